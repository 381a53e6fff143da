//! The escapes of JSON's strings (RFC 8259 §7): their length, what they stand for, and how ours are written.

use alloc::{string::String, vec::Vec};
use core::fmt::Write;

use zeroize::Zeroizing;

/// Whether this character alone is an escape behind its backslash.
#[inline]
pub(super) fn is_simple(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')
}

/// Bytes of an escape behind its backslash. `None` of one that is none, or half of a pair.
pub(super) fn length(text: &[u8]) -> Option<usize> {
    match text.first()? {
        byte if is_simple(*byte) => Some(1),
        _ => character(text).map(|(_, length)| length),
    }
}

/// What `u` and four digits stand for, or two such halves.
fn character(text: &[u8]) -> Option<(char, usize)> {
    let (first, rest) = unit(text)?;
    if let Some(char) = char::from_u32(first) {
        return Some((char, 5));
    }
    let (second, _) = unit(rest.strip_prefix(b"\\")?)?;
    let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
    let high = first.checked_sub(0xD800).filter(|high| *high < 0x400)?;
    Some((char::from_u32(0x1_0000 + (high << 10 | low))?, 11))
}

fn unit(text: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.strip_prefix(b"u")?.split_first_chunk::<4>()?;
    let add = |sum, digit: &u8| Some(sum << 4 | char::from(*digit).to_digit(16)?);
    Some((digits.iter().try_fold(0, add)?, rest))
}

/// The string itself, of one whose escapes are right.
pub(super) fn decoded(raw: &str) -> Zeroizing<String> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some(slash) = rest.iter().position(|byte| *byte == b'\\') {
        let (before, escape) = rest.split_at_checked(slash).unwrap_or((rest, &[]));
        bytes.extend_from_slice(before);
        let escape = escape.get(1..).unwrap_or_default();
        push(&mut bytes, escape);
        rest = escape.get(length(escape).unwrap_or(1)..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest);
    Zeroizing::new(String::from_utf8(bytes).unwrap_or_default())
}

fn push(bytes: &mut Vec<u8>, escape: &[u8]) {
    match escape.first() {
        Some(b'b') => bytes.push(8),
        Some(b'f') => bytes.push(12),
        Some(b'n') => bytes.push(b'\n'),
        Some(b'r') => bytes.push(b'\r'),
        Some(b't') => bytes.push(b'\t'),
        Some(b'u') => {
            let char = character(escape).map_or(char::REPLACEMENT_CHARACTER, |(char, _)| char);
            bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        }
        other => bytes.extend(other),
    }
}

/// A string with its quotes.
pub(super) fn write(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0'..='\x1F' => {
                // A string takes whatever is written to it.
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_is_read_and_written_as_another_reader_does() {
        for raw in [
            r#"\"\\\/\b\f\n\r\t"#,
            r"\u0000\u001F\u007f\u00e9\uFFFF",
            r"\ud83d\ude00",
            r"\uD800\uDC00\uDBFF\uDFFF",
            "é😀 plain",
            "",
        ] {
            let quoted = alloc::format!("\"{raw}\"");
            let wanted: String = serde_json::from_str(&quoted).unwrap();
            assert_eq!(*decoded(raw), wanted);
            let mut written = String::new();
            write(&wanted, &mut written);
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), wanted);
        }
    }
}
