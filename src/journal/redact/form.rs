//! Queries and forms, `application/x-www-form-urlencoded`: what of them is secret, and what of them shows.
//!
//! Both are read strictly: an escape that is none, or a character that a client has to escape, and the whole is no form.
//! So is JSON or XML that was sent as one. A pair without `=` has no name, so no more than its length shows.

use alloc::{string::String, vec::Vec};
use core::fmt::Write;

use zeroize::Zeroizing;

use super::{
    collect::Collector,
    lens::{Lens, Malformed, shape},
    shown::{CUT, MASK},
};
use crate::encoding::form::{pairs, text as decoded};

/// Room that is kept for the mark of a cut.
const RESERVE: usize = 1 + CUT.len();
/// A character of a document in a value takes up to as many in the form.
const ESCAPED: usize = 3;

/// Adds the values of secret names, and those of documents in values.
pub(super) fn collect(form: &str, into: &mut Collector<'_>) -> Result<(), Malformed> {
    for (name, value) in pairs(checked(form)?.as_bytes()) {
        let name = plain(name)?;
        if into.is_secret(&name) {
            into.field(&name, plain(value)?.as_bytes());
        } else {
            let plain = plain(value)?;
            into.value(&plain, || plain.as_str());
        }
    }
    Ok(())
}

/// Adds what [`collect`] does, of a query that is not of the grammar: whoever reads it less strictly finds the same.
pub(super) fn salvage(form: &str, into: &mut Collector<'_>) {
    for (name, value) in pairs(form.as_bytes()) {
        let (name, value) = (decoded(name), decoded(value));
        let name = String::from_utf8_lossy(&name);
        if into.is_secret(&name) {
            into.field(&name, &value);
        } else if let Ok(value) = core::str::from_utf8(&value) {
            into.value(value, || value);
        }
    }
    into.pairs(form.as_bytes());
}

/// The form as it shows, in at most `room` bytes.
pub(super) fn show(form: &str, lens: &Lens<'_>, room: usize) -> Result<String, Malformed> {
    let mut out = Pairs::new(lens, room);
    for pair in checked(form)?.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some((name, value)) => out.pair(&plain(name.as_bytes())?, &plain(value.as_bytes())?),
            None => out.unnamed(&plain(pair.as_bytes())?),
        }
    }
    Ok(out.finish())
}

/// A form that is written pair by pair.
pub(super) struct Pairs<'p> {
    lens: &'p Lens<'p>,
    out: String,
    room: usize,
    cut: bool,
}

impl<'p> Pairs<'p> {
    pub(super) fn new(lens: &'p Lens<'p>, room: usize) -> Self {
        Self { lens, out: String::new(), room: room.saturating_sub(RESERVE), cut: false }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    /// A name and its value, masked if the name is secret.
    pub(super) fn pair(&mut self, name: &str, value: &str) {
        let lens = self.lens;
        self.write(|out, room| {
            encode(lens.name(name), out);
            out.push('=');
            if lens.is_secret(name) {
                out.push_str(MASK);
            } else {
                encode(&lens.value(value, room.saturating_sub(out.len()) / ESCAPED), out);
            }
        });
    }

    /// A name, and of its value type and length alone.
    pub(super) fn opaque(&mut self, name: &str, kind: &str, length: usize) {
        let lens = self.lens;
        self.write(|out, _| {
            encode(lens.name(name), out);
            out.push('=');
            encode(&shape(kind, length), out);
        });
    }

    fn unnamed(&mut self, text: &str) {
        self.write(|out, _| encode(&shape("string", text.len()), out));
    }

    /// Writes, or takes back what does not fit and ends here.
    fn write(&mut self, write: impl FnOnce(&mut String, usize)) {
        if self.cut {
            return;
        }
        let before = self.out.len();
        self.out.push_str(if before > 0 { "&" } else { "" });
        let begin = self.out.len();
        write(&mut self.out, self.room);
        if self.out.len() > self.room {
            self.out.truncate(begin);
            self.out.push_str(CUT);
            self.cut = true;
        }
    }
}

/// The form, if a client may have encoded it so: visible ASCII characters that need no escape in a query (RFC 3986 §3.4),
/// the brackets that lists are written with, and escapes of two digits.
fn checked(form: &str) -> Result<&str, Malformed> {
    let mut bytes = form.bytes();
    while let Some(byte) = bytes.next() {
        let stands = match byte {
            b'%' => (0..2).all(|_| bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit())),
            b'"' | b'#' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => false,
            other => other.is_ascii_graphic(),
        };
        if !stands {
            return Err(Malformed);
        }
    }
    Ok(form)
}

fn plain(escaped: &[u8]) -> Result<Zeroizing<String>, Malformed> {
    text(decoded(escaped))
}

/// Bytes as a text, in the same block.
pub(super) fn text(mut bytes: Zeroizing<Vec<u8>>) -> Result<Zeroizing<String>, Malformed> {
    core::str::from_utf8(&bytes).map_err(|_| Malformed)?;
    let text = String::from_utf8(core::mem::take(&mut *bytes)).map_err(|_| Malformed)?;
    Ok(Zeroizing::new(text))
}

/// Readable, as far as a form's grammar lets it be.
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'*' | b'!' | b'(' | b')' | b',' | b':' | b'/' | b'@' | b'['
            | b']' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            other => {
                // A string takes whatever is written to it.
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
}
