//! Percent-encoding, and reading what others encoded.

use crate::signature::{
    bytes::{BARE, STARRED, all_are, hex_digit, is, octet},
    sink::Sink,
};

const UPPER: &[u8; 16] = b"0123456789ABCDEF";

/// What of a query stays as it is, and what its `+` means.
#[derive(Clone, Copy)]
pub(crate) enum Coding {
    /// `-_.~!*` stay bare, `+` is a space.
    Escher,
    /// `-_.~` stay bare, `+` is a space, and so is an encoded one.
    AntavoPhp,
    /// `-_.~` stay bare, `+` is a plus.
    Aws,
}

impl Coding {
    pub(crate) fn bare(self, byte: u8) -> bool {
        is(byte, if matches!(self, Self::Escher) { BARE | STARRED } else { BARE })
    }

    /// The bytes that `text` stands for. A `%` that opens no escape is itself.
    pub(crate) fn decoded(self, text: &str) -> Decoded<'_> {
        Decoded { coding: self, rest: text.as_bytes() }
    }

    /// The bytes of `text` in canonical encoding.
    pub(super) fn encoded(self, text: &str) -> impl Iterator<Item = u8> {
        self.decoded(text).flat_map(move |byte| {
            let bare = self.bare(byte);
            let [percent, high, low] = escape(byte);
            let first = if bare { byte } else { percent };
            core::iter::once(first).chain([high, low].into_iter().take(if bare { 0 } else { 2 }))
        })
    }

    /// Whether `text` is its own canonical encoding.
    pub(super) fn is_canonical(self, text: &str) -> bool {
        if all_are(text, BARE) {
            return true; // nearly always
        }
        let mut rest = text.as_bytes();
        loop {
            rest = match rest {
                [] => return true,
                [byte, tail @ ..] if self.bare(*byte) => tail,
                [b'%', high, low, tail @ ..] => match octet(*high, *low) {
                    Some(byte) if escape(byte) == [b'%', *high, *low] && self.escapes(byte) => tail,
                    _ => return false,
                },
                _ => return false,
            }
        }
    }

    /// Whether this byte, decoded, is what it was encoded from.
    fn escapes(self, byte: u8) -> bool {
        !self.bare(byte) && (byte != b'+' || !matches!(self, Self::AntavoPhp))
    }

    /// Puts `text` in canonical encoding.
    pub(crate) fn put(self, text: &str, out: &mut (impl Sink + ?Sized)) {
        let mut rest = text.as_bytes();
        loop {
            let run = rest.iter().take_while(|byte| self.bare(**byte)).count();
            let (bare, tail) = rest.split_at_checked(run).unwrap_or((rest, &[]));
            out.put(bare);
            let mut decoded = Decoded { coding: self, rest: tail };
            let Some(byte) = decoded.next() else { return };
            if self.bare(byte) {
                out.put(&[byte]);
            } else {
                out.put(&escape(byte));
            }
            rest = decoded.rest;
        }
    }
}

/// See [`Coding::decoded`].
pub(crate) struct Decoded<'t> {
    coding: Coding,
    rest: &'t [u8],
}

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (byte, rest) = match self.rest {
            [b'%', high, low, rest @ ..] => match octet(*high, *low) {
                Some(byte) => (byte, rest),
                None => (b'%', self.rest.get(1..).unwrap_or_default()),
            },
            [b'+', rest @ ..] if !matches!(self.coding, Coding::Aws) => (b' ', rest),
            [byte, rest @ ..] => (*byte, rest),
            [] => return None,
        };
        self.rest = rest;
        Some(if byte == b'+' && matches!(self.coding, Coding::AntavoPhp) { b' ' } else { byte })
    }
}

/// Whether every `%` opens an escape.
pub(crate) fn escapes_are_whole(text: &str) -> bool {
    text.split('%').skip(1).all(|behind| match behind.as_bytes() {
        [high, low, ..] => octet(*high, *low).is_some(),
        _ => false,
    })
}

/// `%XX`.
pub(crate) fn escape(byte: u8) -> [u8; 3] {
    let digit = |value: u8| UPPER.get(usize::from(value)).copied().unwrap_or_default();
    [b'%', digit(byte >> 4), digit(byte & 15)]
}

/// Puts every byte of `text` as itself or escaped, whatever it may stand for.
pub(crate) fn put_escaped(text: &str, out: &mut impl Sink) {
    for byte in text.bytes() {
        if is(byte, BARE) {
            out.put(&[byte]);
        } else {
            out.put(&escape(byte));
        }
    }
}

/// Puts bytes in lower-case hexadecimal.
pub(crate) fn put_hex(bytes: &[u8], out: &mut (impl Sink + ?Sized)) {
    let mut text = [0; 128];
    let (pairs, _) = text.as_chunks_mut::<2>();
    pairs.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = [hex_digit(byte >> 4), hex_digit(byte & 15)]);
    out.put(text.get(..bytes.len() * 2).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn encode(coding: Coding, text: &str) -> std::string::String {
        let mut out = Vec::new();
        coding.put(text, &mut out);
        assert!(coding.encoded(text).eq(out.iter().copied()), "{text}");
        assert_eq!(coding.is_canonical(text), out == text.as_bytes(), "{text}");
        std::string::String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_family_encodes_as_its_clients_do() {
        for (text, escher, php, aws) in [
            ("a+b", "a%20b", "a%20b", "a%2Bb"),
            ("a%2Bb", "a%2Bb", "a%20b", "a%2Bb"),
            ("a%20b", "a%20b", "a%20b", "a%20b"),
            ("!*'()", "!*%27%28%29", "%21%2A%27%28%29", "%21%2A%27%28%29"),
            ("%21%2a%41", "!*A", "%21%2AA", "%21%2AA"),
            ("%", "%25", "%25", "%25"),
            ("%4", "%254", "%254", "%254"),
            ("%%41", "%25A", "%25A", "%25A"),
            ("%zz", "%25zz", "%25zz", "%25zz"),
            ("é%c3%A9", "%C3%A9%C3%A9", "%C3%A9%C3%A9", "%C3%A9%C3%A9"),
            ("%ff", "%FF", "%FF", "%FF"),
            ("-_.~", "-_.~", "-_.~", "-_.~"),
        ] {
            assert_eq!(encode(Coding::Escher, text), escher);
            assert_eq!(encode(Coding::AntavoPhp, text), php);
            assert_eq!(encode(Coding::Aws, text), aws);
        }
    }
}
