//! `@query-param` (RFC 9421 §2.2.8): one pair of a query, decoded as forms are and encoded anew.

use crate::signature::{flaw::Flaw, sink::Sink};

/// Writes the value of the one pair whose name, encoded anew, is `name`.
///
/// None is [`Flaw::Absent`]; two are refused, since only one of them could be signed (§2.2.8). A pair whose escapes or
/// characters cannot be read is refused, where the URL standard would put in a replacement.
pub(crate) fn put_param<S: Sink + ?Sized>(query: &str, name: &[u8], out: &mut S) -> Result<(), Flaw> {
    let mut found = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let mut rest = Expected(Some(name));
        encode_anew(key.as_bytes(), &mut rest)?;
        if rest.0.is_some_and(<[u8]>::is_empty) && found.replace(value).is_some() {
            return Err(Flaw::Parameters);
        }
    }
    encode_anew(found.ok_or(Flaw::Absent)?.as_bytes(), out)
}

/// What is still to come of a text that is compared piece by piece; `None` once it differed.
struct Expected<'n>(Option<&'n [u8]>);

impl Sink for Expected<'_> {
    fn put(&mut self, bytes: &[u8]) {
        self.0 = self.0.and_then(|rest| rest.strip_prefix(bytes));
    }
}

/// From `application/x-www-form-urlencoded` to its percent-encode set, a blank as `%20` (URL standard, "percent-encode
/// after encoding").
fn encode_anew<S: Sink + ?Sized>(text: &[u8], out: &mut S) -> Result<(), Flaw> {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    if text.iter().all(|byte| unreserved(*byte)) {
        out.put(text);
        return Ok(());
    }
    let mut utf8 = Utf8::default();
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let (byte, after) = match (first, after) {
            (b'+', _) => (b' ', after),
            (b'%', [high, low, after @ ..]) => (digit(*high)? << 4 | digit(*low)?, after),
            (b'%', _) => return Err(Flaw::Parameters),
            _ => (*first, after),
        };
        rest = after;
        utf8.push(byte)?;
        if unreserved(byte) {
            out.put(&[byte]);
        } else {
            let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or_default();
            out.put(&[b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    utf8.end()
}

fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"*-._".contains(&byte)
}

fn digit(hex: u8) -> Result<u8, Flaw> {
    char::from(hex).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or(Flaw::Parameters)
}

/// Checks UTF-8 byte by byte: a character has at most four.
#[derive(Default)]
struct Utf8 {
    bytes: [u8; 4],
    used: usize,
}

impl Utf8 {
    fn push(&mut self, byte: u8) -> Result<(), Flaw> {
        *self.bytes.get_mut(self.used).ok_or(Flaw::Parameters)? = byte;
        self.used += 1;
        match core::str::from_utf8(self.bytes.get(..self.used).unwrap_or_default()) {
            Ok(_) => self.used = 0,
            Err(wrong) if wrong.error_len().is_some() => return Err(Flaw::Parameters),
            Err(_) => {}
        }
        Ok(())
    }

    fn end(&self) -> Result<(), Flaw> {
        if self.used == 0 { Ok(()) } else { Err(Flaw::Parameters) }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};

    use super::*;

    fn param(query: &str, name: &str) -> Result<String, Flaw> {
        let mut out = Vec::new();
        put_param(query, name.as_bytes(), &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_parameter_is_decoded_as_a_form_and_encoded_anew() {
        let query = "var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something";
        for (name, value) in [
            ("var", "this%20is%20a%20big%0Amultiline%20value"),
            ("bar", "with%20plus%20whitespace"),
            ("fa%C3%A7ade%22%3A%20", "something"),
        ] {
            assert_eq!(param(query, name).as_deref(), Ok(value));
        }
        assert_eq!(param("a=~!%41*-._%2a&&b&=c", "a").as_deref(), Ok("%7E%21A*-._*"));
        assert_eq!(param("a=~&&b&=c", "b").as_deref(), Ok(""));
        assert_eq!(param("a=~&&b&=c", "").as_deref(), Ok("c"));
        assert_eq!(param("a=b=c", "a").as_deref(), Ok("b%3Dc"));
        assert_eq!(param("%C3%A9=%F0%9F%A6%80", "%C3%A9").as_deref(), Ok("%F0%9F%A6%80"));
    }

    #[test]
    fn a_parameter_that_is_not_there_once_and_readable_is_refused() {
        for (query, name) in [("", "a"), ("b=1", "a"), ("ab=1", "a"), ("a=1", "ab"), ("%C3%A9=1", "%c3%a9")] {
            assert_eq!(param(query, name), Err(Flaw::Absent), "{query}");
        }
        for query in [
            "a=1&a=2",
            "a=1&%61=2",
            "a=1&a",
            "a=%",
            "a=%4",
            "a=%zz",
            "a=%C3",
            "a=%FF",
            "a=%ED%A0%80",
            "a=1&%=2",
        ] {
            assert_eq!(param(query, "a"), Err(Flaw::Parameters), "{query}");
        }
    }
}
