//! One level of escapes undone, whoever wrote them: percent, JSON and other languages' backslashes, XML's references.
//!
//! What comes out is searched and never shown, so all of them are read at once: an escape that was none only means that
//! one more text is searched.

use alloc::vec::Vec;
use core::ops::Range;

use zeroize::Zeroizing;

/// The longest escape that is looked for: a reference with leading zeros, `&#x0000000041;`.
const MAX_ESCAPE: usize = 16;

/// A text without its escapes, and where each byte comes from.
pub(super) struct Unescaped {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Start and end in the text that was unescaped.
    places: Vec<(u32, u32)>,
}

impl Unescaped {
    /// `None` of a text without escapes.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        if !text.iter().any(|byte| matches!(byte, b'%' | b'\\' | b'&')) {
            return None;
        }
        let mut made = Self {
            bytes: Zeroizing::new(Vec::with_capacity(text.len())),
            places: Vec::with_capacity(text.len()),
        };
        let (mut at, mut found) = (0, false);
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let (char, length) = escape(rest).map_or((None, 1), |(char, length)| (Some(char), length));
            found |= char.is_some();
            match char {
                Some(Char::Text(char)) => made.push(char.encode_utf8(&mut [0; 4]).as_bytes(), at, length),
                Some(Char::Byte(byte)) => made.push(&[byte], at, length),
                None => made.push(rest.get(..1).unwrap_or_default(), at, length),
            }
            at += length;
        }
        found.then_some(made)
    }

    /// No escape is shorter than what it stands for, so nothing grows.
    fn push(&mut self, bytes: &[u8], at: usize, length: usize) {
        let number = |place| u32::try_from(place).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(bytes);
        self.places.extend(bytes.iter().map(|_| (number(at), number(at + length))));
    }

    /// Where these bytes stood, escapes and all.
    pub(super) fn place(&self, range: &Range<usize>) -> Range<usize> {
        let place = |at: usize| self.places.get(at).copied().unwrap_or_default();
        let end = range.end.checked_sub(1).map_or(0, |last| place(last).1);
        place(range.start).0 as usize..end as usize
    }
}

enum Char {
    Byte(u8),
    Text(char),
}

/// What an escape at the start of a text stands for, and how many bytes it takes.
fn escape(text: &[u8]) -> Option<(Char, usize)> {
    match text {
        [b'%', b'u' | b'U', rest @ ..] => Some((unit(*rest.first_chunk()?)?, 6)),
        [b'%', high, low, ..] => Some((Char::Byte(hex(*high)? << 4 | hex(*low)?), 3)),
        [b'\\', b'u', rest @ ..] => surrogates(rest).or_else(|| Some((unit(*rest.first_chunk()?)?, 6))),
        [b'\\', b'x', high, low, ..] => Some((Char::Byte(hex(*high)? << 4 | hex(*low)?), 4)),
        [b'\\', byte, ..] => Some((Char::Byte(simple(*byte)?), 2)),
        [b'&', rest @ ..] => {
            let end = rest.iter().take(MAX_ESCAPE).position(|byte| *byte == b';')?;
            Some((reference(rest.get(..end)?)?, end + 2))
        }
        _ => None,
    }
}

fn simple(byte: u8) -> Option<u8> {
    Some(match byte {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        b'"' | b'\\' | b'/' | b'\'' => byte,
        _ => return None,
    })
}

fn unit(digits: [u8; 4]) -> Option<Char> {
    char::from_u32(number(&digits, 16)?).map(Char::Text)
}

/// Behind `\u`: both halves of a character beyond the first 65,536.
fn surrogates(text: &[u8]) -> Option<(Char, usize)> {
    let (high, rest) = text.split_first_chunk::<4>()?;
    let low = rest.strip_prefix(b"\\u")?.first_chunk::<4>()?;
    let (high, low) = (number(high, 16)?, number(low, 16)?);
    if !(0xD800..0xDC00).contains(&high) || !(0xDC00..0xE000).contains(&low) {
        return None;
    }
    let char = char::from_u32(0x1_0000 + ((high - 0xD800) << 10 | (low - 0xDC00)))?;
    Some((Char::Text(char), 12))
}

fn reference(name: &[u8]) -> Option<Char> {
    let char = match name {
        b"lt" => '<',
        b"gt" => '>',
        b"amp" => '&',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        _ => return None,
    };
    Some(Char::Text(char))
}

fn number(digits: &[u8], base: u32) -> Option<u32> {
    let add = |sum: u32, digit: &u8| sum.checked_mul(base)?.checked_add(char::from(*digit).to_digit(base)?);
    digits.iter().try_fold(0, add).filter(|_| !digits.is_empty())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    fn unescaped(text: &str) -> Option<String> {
        Unescaped::of(text.as_bytes()).map(|made| String::from_utf8(made.bytes.to_vec()).unwrap())
    }

    #[test]
    fn every_escape_is_undone_and_what_is_none_stands() {
        for (text, plain) in [
            ("%41%4a%4A", "AJJ"),
            ("%u0041", "A"),
            (r"\u0041\/\\\n\x41", "A/\\\nA"),
            (r"\ud83d\ude00", "😀"),
            ("&#65;&#x41;&#x00041;&amp;&lt;&gt;&quot;&apos;", "AAA&<>\"'"),
            ("%C3%A9", "é"),
            (r"%4\u0041", "%4A"),
            (r"\ud83d\u0041", r"\ud83dA"),
        ] {
            assert_eq!(unescaped(text).as_deref(), Some(plain), "{text}");
        }
        for text in [
            "",
            "A",
            "%",
            "%4",
            "%4g",
            r"\",
            r"\q",
            r"\u12",
            r"\ud83d",
            "&",
            "&;",
            "&no;",
            "&#;",
            "&#xD800;",
            "100% & more",
        ] {
            assert_eq!(unescaped(text), None, "{text}");
        }
    }

    #[test]
    fn a_place_is_that_of_the_escapes() {
        let made = Unescaped::of(r"a%41\u00e9b&amp;c".as_bytes()).unwrap();
        assert_eq!(&**made.bytes, "aAéb&c".as_bytes());
        for (range, place) in
            [(0..1, 0..1), (0..2, 0..4), (1..2, 1..4), (2..3, 4..10), (3..4, 4..10), (4..7, 10..17)]
        {
            assert_eq!(made.place(&range), place, "{range:?}");
        }
    }
}
