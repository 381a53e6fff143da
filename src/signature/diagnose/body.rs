//! The forms of a body's digest that clients sign.

use alloc::{borrow::Cow, vec::Vec};

use super::cause::How;
use crate::body::{BodyDigest, HashAlg, Payload};

/// Bytes of a body that is digested in other forms too; of a longer one only what needs no bytes is tried.
const MAX_BODY: usize = 1024 * 1024;

/// Digests of what a client may have taken for the body, each with the mistake.
pub(super) fn digests(body: &Payload<'_>, alg: HashAlg) -> Vec<(How, BodyDigest)> {
    let mut found = Vec::new();
    let mut add = |how, payload: Payload<'_>| found.extend(payload.digest(alg).map(|digest| (how, digest)));
    add(How::BodyNone, Payload::Absent);
    let Payload::Bytes(bytes) = body else { return found };
    if bytes.len() > MAX_BODY {
        return found;
    }
    add(How::BodyLf, Payload::Bytes(&with_lf(bytes)));
    add(How::BodyCrlf, Payload::Bytes(&with_crlf(bytes)));
    let cut = bytes.strip_suffix(b"\n").map(|cut| cut.strip_suffix(b"\r").unwrap_or(cut));
    add(How::BodyCut, Payload::Bytes(cut.unwrap_or(bytes)));
    for end in [b"\n".as_slice(), b"\r\n"] {
        add(How::BodyLine, Payload::Bytes(&[bytes, end].concat()));
    }
    found
}

fn with_lf(bytes: &[u8]) -> Cow<'_, [u8]> {
    let pairs = || bytes.iter().zip(bytes.iter().skip(1).map(Some).chain([None]));
    let opens = |byte: u8, next: Option<&u8>| byte == b'\r' && next == Some(&b'\n');
    if !pairs().any(|(byte, next)| opens(*byte, next)) {
        return Cow::Borrowed(bytes);
    }
    Cow::Owned(pairs().filter(|(byte, next)| !opens(**byte, *next)).map(|(byte, _)| *byte).collect())
}

fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut last = 0;
    for byte in bytes {
        if *byte == b'\n' && last != b'\r' {
            out.push(b'\r');
        }
        out.push(*byte);
        last = *byte;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_changed_and_nothing_else() {
        assert_eq!(*with_lf(b"a\r\nb\rc\n"), *b"a\nb\rc\n");
        assert_eq!(*with_lf(b"\r\n"), *b"\n");
        assert_eq!(*with_lf(b"\r"), *b"\r");
        assert_eq!(with_crlf(b"a\nb\r\nc\r"), b"a\r\nb\r\nc\r");
    }

    #[test]
    fn a_large_body_is_digested_in_no_other_form() {
        let large = alloc::vec![b'\n'; MAX_BODY + 1];
        assert_eq!(digests(&Payload::Bytes(&large), HashAlg::Sha256).len(), 1);
        assert_eq!(digests(&Payload::Bytes(&large[1..]), HashAlg::Sha256).len(), 6);
    }
}
