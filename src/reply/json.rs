//! JSON objects, written so that no text breaks out of its string and a document has one root.

use alloc::vec::Vec;
use core::fmt::{Display, Write};

/// One document: an object with these members. Names are the renderers' own and need no escape.
pub(super) fn object(room: usize, members: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(room);
    Object::write(&mut out, members);
    out
}

pub(super) struct Object<'o> {
    out: &'o mut Vec<u8>,
    empty: bool,
}

impl<'o> Object<'o> {
    fn write(out: &'o mut Vec<u8>, members: impl FnOnce(&mut Self)) {
        out.push(b'{');
        let mut object = Self { out, empty: true };
        members(&mut object);
        object.out.push(b'}');
    }

    pub(super) fn text(&mut self, name: &'static str, value: impl Display) {
        self.name(name);
        self.out.push(b'"');
        // Only a value's own `fmt` can fail, and then its string ends there.
        let _ = write!(Escaped(self.out), "{value}");
        self.out.push(b'"');
    }

    pub(super) fn number(&mut self, name: &'static str, value: u16) {
        self.name(name);
        let _ = write!(Escaped(self.out), "{value}");
    }

    pub(super) fn object(&mut self, name: &'static str, members: impl FnOnce(&mut Object<'_>)) {
        self.name(name);
        Object::write(self.out, members);
    }

    fn name(&mut self, name: &'static str) {
        if !core::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }
}

/// The inside of a string (RFC 8259 §7).
struct Escaped<'o>(&'o mut Vec<u8>);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let mut rest = text.as_bytes();
        while let Some((plain, from)) = split(rest) {
            self.0.extend_from_slice(plain);
            rest = match from {
                // U+2028 and U+2029, which end a line for whoever pastes the document into a script.
                [0xE2, 0x80, last @ (0xA8 | 0xA9), rest @ ..] => {
                    self.escape(0x2000 | u16::from(last & 0x3F));
                    rest
                }
                [0xE2, rest @ ..] => {
                    self.0.push(0xE2);
                    rest
                }
                [special, rest @ ..] => {
                    self.escape(u16::from(*special));
                    rest
                }
                [] => from,
            };
        }
        self.0.extend_from_slice(rest);
        Ok(())
    }
}

impl Escaped<'_> {
    fn escape(&mut self, unit: u16) {
        let digit = |shift: u16| HEX.get(usize::from(unit >> shift & 0xF)).copied().unwrap_or(b'0');
        self.0.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Before and from the first byte that may not stand in a string as it is, or begins a character of which two do not.
fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let special = |byte: &u8| matches!(byte, ..0x20 | b'"' | b'\\' | 0xE2);
    text.split_at_checked(text.iter().position(special)?)
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    fn inside(text: &str) -> String {
        let written = object(0, |object| object.text("a", text));
        let written = String::from_utf8(written).unwrap();
        written.strip_prefix("{\"a\":\"").and_then(|rest| rest.strip_suffix("\"}")).unwrap().into()
    }

    #[test]
    fn members_stand_between_braces_with_a_comma_between_them() {
        let written = object(0, |object| {
            object.text("a", 1);
            object.object("b", |inner| {
                inner.number("c", 65_535);
                inner.object("d", |_| ());
            });
            object.number("e", 0);
        });
        assert_eq!(written, br#"{"a":"1","b":{"c":65535,"d":{}},"e":0}"#);
        assert_eq!(object(0, |_| ()), b"{}");
    }

    #[test]
    fn what_may_not_stand_in_a_string_is_escaped_and_nothing_else_is() {
        for (text, written) in [
            ("", ""),
            ("calls from 2001:db8::1 are not allowed", "calls from 2001:db8::1 are not allowed"),
            ("\"},{\"", "\\u0022},{\\u0022"),
            ("\\\"", "\\u005c\\u0022"),
            ("\0\u{1}\t\n\r\u{1f} \u{7f}", "\\u0000\\u0001\\u0009\\u000a\\u000d\\u001f \u{7f}"),
            ("a\u{2028}b\u{2029}", "a\\u2028b\\u2029"),
            // Neighbours of the two, and what shares their bytes.
            (
                "\u{2027}\u{202a}\u{20a8}\u{2168}\u{a8}\u{e2}€",
                "\u{2027}\u{202a}\u{20a8}\u{2168}\u{a8}\u{e2}€",
            ),
            ("é\u{10ffff}/</script>", "é\u{10ffff}/</script>"),
        ] {
            assert_eq!(inside(text), written);
        }
    }

    #[test]
    fn a_value_of_any_length_is_written_whole() {
        let long = "x\"\u{2028}".repeat(100_000);
        assert_eq!(inside(&long), "x\\u0022\\u2028".repeat(100_000));
    }

    #[test]
    fn a_value_that_cannot_be_written_ends_within_its_string() {
        struct Broken;
        impl Display for Broken {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("half\"")?;
                Err(core::fmt::Error)
            }
        }
        let written = object(0, |object| {
            object.text("a", Broken);
            object.number("b", 1);
        });
        assert_eq!(written, br#"{"a":"half\u0022","b":1}"#);
    }
}
