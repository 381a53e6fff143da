//! One event as one line of logfmt.
//!
//! ```text
//! line   = field *(" " field)
//! field  = name "=" value                                name   = lower-case letters and "_"
//! value  = bare / quoted
//! bare   = 1*(letter / digit / any of . _ : / @ + , ~ % * -)     ASCII alone
//! quoted = %x22 *(character / escape) %x22               escape = \" \\ \n \r \t \uXXXX (of JSON)
//! ```
//!
//! Escaped are the quote, the backslash and every character that [steers](crate::text::steers): nothing that a caller sent
//! breaks a line, colours a terminal or turns the direction of text. A field that has nothing to say is left out.

use core::fmt::{self, Display, Write};

use crate::text::steers;

/// Bytes that one value takes on a line, quotes aside. What is longer is cut between two characters and ends in [`MARK`]
/// and the length that it had.
const MAX_VALUE: usize = 1024;

/// Where a value was cut.
const MARK: &str = "… of ";

/// Room for the mark: its seven bytes, twenty digits and ` bytes`.
const MARK_ROOM: usize = 33;

/// Writes fields, with the spaces between them.
pub(super) struct Line<'f, 'w> {
    to: &'f mut fmt::Formatter<'w>,
    begun: bool,
}

impl<'f, 'w> Line<'f, 'w> {
    pub(super) fn new(to: &'f mut fmt::Formatter<'w>) -> Self {
        Self { to, begun: false }
    }

    /// A value that is bare whatever it is: a number, a moment, an address, a name of ours.
    pub(super) fn bare(&mut self, name: &str, value: impl Display) -> fmt::Result {
        self.name(name)?;
        write!(self.to, "{value}")
    }

    /// A value that is bare, if there is one.
    pub(super) fn bare_if(&mut self, name: &str, value: Option<impl Display>) -> fmt::Result {
        value.map_or(Ok(()), |value| self.bare(name, value))
    }

    /// Any text.
    pub(super) fn text(&mut self, name: &str, value: &str) -> fmt::Result {
        self.name(name)?;
        if !value.is_empty() && value.len() <= MAX_VALUE && value.bytes().all(is_bare) {
            return self.to.write_str(value);
        }
        let (shown, is_cut) = cut(value);
        self.to.write_char('"')?;
        shown.chars().try_for_each(|character| escape(self.to, character))?;
        if is_cut {
            write!(self.to, "{MARK}{} bytes", value.len())?;
        }
        self.to.write_char('"')
    }

    /// Any text, if there is one.
    pub(super) fn text_if(&mut self, name: &str, value: Option<&str>) -> fmt::Result {
        value.map_or(Ok(()), |value| self.text(name, value))
    }

    fn name(&mut self, name: &str) -> fmt::Result {
        if core::mem::replace(&mut self.begun, true) {
            self.to.write_char(' ')?;
        }
        write!(self.to, "{name}=")
    }
}

fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._:/@+,~%*-".contains(&byte)
}

/// As much of a value as fits, and whether that is less than all of it.
fn cut(value: &str) -> (&str, bool) {
    let (mut printed, mut fits) = (0, 0);
    for (at, character) in value.char_indices() {
        printed += width(character);
        let end = at + character.len_utf8();
        if printed <= MAX_VALUE - MARK_ROOM {
            fits = end;
        }
        if printed > MAX_VALUE {
            return (value.get(..fits).unwrap_or_default(), true);
        }
    }
    (value, false)
}

/// Bytes that a character takes on the line.
fn width(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\r' | '\t' => 2,
        _ if steers(character) => 6,
        _ => character.len_utf8(),
    }
}

/// Whatever steers lies below U+10000, so four digits name it.
fn escape(to: &mut impl Write, character: char) -> fmt::Result {
    match character {
        '"' => to.write_str("\\\""),
        '\\' => to.write_str("\\\\"),
        '\n' => to.write_str("\\n"),
        '\r' => to.write_str("\\r"),
        '\t' => to.write_str("\\t"),
        _ if steers(character) => write!(to, "\\u{:04x}", u32::from(character)),
        _ => to.write_char(character),
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::*;

    struct Of<'a>(&'a str);

    impl Display for Of<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let mut line = Line::new(f);
            line.bare("n", 1)?;
            line.text("v", self.0)
        }
    }

    fn value(text: &str) -> String {
        format!("{}", Of(text)).strip_prefix("n=1 v=").unwrap().into()
    }

    #[test]
    fn a_value_is_bare_where_every_reader_takes_it_as_it_is() {
        for bare in ["a", "192.0.2.1", "2001:db8::/64", "events.create", "admin@acme.test", "/a%20b,c~*+-_"] {
            assert_eq!(value(bare), bare);
        }
        for (text, quoted) in [
            ("", r#""""#),
            ("a b", r#""a b""#),
            ("a=b", r#""a=b""#),
            ("ä", r#""ä""#),
            ("\"\\", r#""\"\\""#),
            ("a\nb\rc\td", r#""a\nb\rc\td""#),
        ] {
            assert_eq!(value(text), quoted);
        }
    }

    #[test]
    fn what_breaks_a_line_colours_or_turns_it_is_escaped() {
        for (text, escaped) in [
            ("\0", "0000"),
            ("\u{1b}[31m", "001b[31m"),
            ("\u{7f}", "007f"),
            ("\u{85}", "0085"),
            ("\u{9b}31m", "009b31m"),
            ("\u{b}", "000b"),
            ("\u{1c}", "001c"),
            ("\u{2028}", "2028"),
            ("\u{2029}", "2029"),
            ("\u{61c}", "061c"),
            ("\u{200e}", "200e"),
            ("\u{202e}", "202e"),
            ("\u{2066}", "2066"),
            ("\u{2069}", "2069"),
        ] {
            assert_eq!(value(text), format!("\"\\u{escaped}\""));
        }
    }

    #[test]
    fn a_long_value_is_cut_between_characters_and_says_how_long_it_was() {
        assert_eq!(value(&"a".repeat(1024)), "a".repeat(1024));
        assert_eq!(value(&"a".repeat(1025)), format!("\"{}… of 1025 bytes\"", "a".repeat(991)));
        // Three bytes each: 991 is none of their ends.
        assert_eq!(value(&"€".repeat(342)), format!("\"{}… of 1026 bytes\"", "€".repeat(330)));
        // Six bytes each on the line.
        assert_eq!(value(&"\u{1b}".repeat(171)), format!("\"{}… of 171 bytes\"", "\\u001b".repeat(165)));
        assert_eq!(value(&"\u{1b}".repeat(170)), format!("\"{}\"", "\\u001b".repeat(170)));
        let longest = value(&"x".repeat(1 << 20));
        assert!(longest.len() <= MAX_VALUE + 2, "{}", longest.len());
    }
}
