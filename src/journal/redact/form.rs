//! Queries and forms, `application/x-www-form-urlencoded`: what of them is secret, and what of them shows.
//!
//! Both are read strictly: an escape that is none, or a character that a client has to escape, and the whole is no form.
//! JSON or XML that was sent as a form is none either. A pair without `=` has no name, so its text is no more than a
//! length.

use alloc::{string::String, vec::Vec};
use core::fmt::Write;

use zeroize::Zeroizing;

use super::{
    collect::Collector,
    lens::{Lens, Malformed, shape},
    shown::{CUT, MASK},
};
use crate::encoding::form::{decoded, pairs};

/// Room that is kept for the mark of a cut.
const RESERVE: usize = 1 + CUT.len();
/// One character within another's document takes as many in the form.
const ESCAPED: usize = 3;

/// Adds the values of secret names, and those of documents in values.
pub(super) fn collect(text: &str, into: &mut Collector<'_>) -> Result<(), Malformed> {
    for (name, value) in pairs(checked(text)?.as_bytes()) {
        if into.is_secret(&plain(name)?) {
            into.secret(plain(value)?.as_bytes());
        } else {
            let plain = plain(value)?;
            into.value(&plain, || plain.as_str());
        }
    }
    Ok(())
}

/// The form as it shows, in at most `room` bytes.
pub(super) fn show(text: &str, lens: &Lens<'_>, room: usize) -> Result<String, Malformed> {
    let (mut out, room) = (String::new(), room.saturating_sub(RESERVE));
    let mut cut = false;
    for pair in checked(text)?.split('&').filter(|pair| !pair.is_empty()) {
        let before = out.len();
        let (name, value) = pair.split_once('=').map_or((None, pair), |(name, value)| (Some(name), value));
        let (name, value) = (name.map(|name| plain(name.as_bytes())).transpose()?, plain(value.as_bytes())?);
        if cut {
            continue; // still to be read: what is no form in its last byte is none
        }
        if before > 0 {
            out.push('&');
        }
        push(name.as_deref().map(String::as_str), &value, lens, &mut out, room);
        if out.len() > room {
            out.truncate(before);
            out.push_str(if before > 0 { "&" } else { "" });
            out.push_str(CUT);
            cut = true;
        }
    }
    Ok(out)
}

fn push(name: Option<&str>, value: &str, lens: &Lens<'_>, out: &mut String, room: usize) {
    let Some(name) = name else { return encode(&shape("string", value.len()), out) };
    encode(lens.name(name), out);
    out.push('=');
    if lens.is_secret(name) {
        out.push_str(MASK);
    } else {
        let room = room.saturating_sub(out.len()) / ESCAPED;
        encode(&lens.value(value, room), out);
    }
}

/// The text, if a client may have encoded it: visible ASCII characters that need no escape in a query (RFC 3986 §3.4),
/// the brackets that lists are written with, and escapes of two digits.
fn checked(text: &str) -> Result<&str, Malformed> {
    let mut bytes = text.bytes();
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
    Ok(text)
}

fn plain(text: &[u8]) -> Result<Zeroizing<String>, Malformed> {
    let mut bytes = Vec::with_capacity(text.len());
    bytes.extend(decoded(text));
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            Err(Malformed)
        }
    }
}

/// Readable where a form's grammar lets it be.
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
