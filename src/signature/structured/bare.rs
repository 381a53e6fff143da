//! Bare items, and how they are written.

use crate::signature::sink::Sink;

/// A bare item (RFC 8941 §3.3), as it stands in the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bare<'r> {
    Integer(i64),
    /// In thousandths.
    Decimal(i64),
    /// Between the quotes, escapes kept: there is one way to write a string, so this is its canonical form.
    Text(&'r [u8]),
    Token(&'r [u8]),
    /// Base64 between the colons.
    Bytes(&'r [u8]),
    Flag(bool),
}

impl Bare<'_> {
    /// RFC 8941 §4.1.3.1.
    pub(crate) fn put<S: Sink + ?Sized>(&self, out: &mut S) {
        match *self {
            Self::Integer(number) => put_number(number, out),
            Self::Decimal(thousandths) => put_decimal(thousandths, out),
            Self::Text(text) => {
                out.put(b"\"");
                out.put(text);
                out.put(b"\"");
            }
            Self::Token(token) => out.put(token),
            Self::Bytes(base64) => {
                out.put(b":");
                out.put(base64);
                out.put(b":");
            }
            Self::Flag(flag) => out.put(if flag { b"?1" } else { b"?0" }),
        }
    }
}

fn put_number<S: Sink + ?Sized>(number: i64, out: &mut S) {
    if number < 0 {
        out.put(b"-");
    }
    put_digits(number.unsigned_abs(), 1, out);
}

/// RFC 8941 §4.1.5: at least one digit behind the point, and beyond it no zero at the end.
fn put_decimal<S: Sink + ?Sized>(thousandths: i64, out: &mut S) {
    if thousandths < 0 {
        out.put(b"-");
    }
    put_digits(thousandths.unsigned_abs() / 1000, 1, out);
    out.put(b".");
    let parts = thousandths.unsigned_abs() % 1000;
    match (parts % 100, parts % 10) {
        (0, _) => put_digits(parts / 100, 1, out),
        (_, 0) => put_digits(parts / 10, 2, out),
        _ => put_digits(parts, 3, out),
    }
}

fn put_digits<S: Sink + ?Sized>(number: u64, least: usize, out: &mut S) {
    let mut digits = [b'0'; 20];
    let mut rest = number;
    let mut used = 0;
    for slot in digits.iter_mut().rev() {
        if rest == 0 && used >= least {
            break;
        }
        *slot = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        used += 1;
    }
    out.put(digits.get(digits.len() - used..).unwrap_or_default());
}
