//! What a byte is to a signature: one look into a table instead of a chain of comparisons, which random text makes
//! unpredictable.

/// `unreserved` of RFC 3986 §2.3: never escaped.
pub(crate) const BARE: u8 = 1;
/// `!` and `*`, which Escher does not escape either.
pub(crate) const STARRED: u8 = 2;
/// What a path's segment may hold beside those and escapes (`pchar` of RFC 3986 §3.3).
pub(crate) const SEGMENT: u8 = 4;
/// `tchar` of RFC 9110 §5.6.2 in lower case, other than `%`, which a list in a query could not tell from an escape.
pub(crate) const NAME: u8 = 8;
/// What parts segments.
pub(crate) const SLASH: u8 = 16;

const fn classes_of(byte: u8) -> u8 {
    match byte {
        b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'a'..=b'z' => BARE | NAME,
        b'A'..=b'Z' => BARE,
        b'!' | b'*' => STARRED | SEGMENT | NAME,
        b'$' | b'&' | b'\'' | b'+' => SEGMENT | NAME,
        b'(' | b')' | b',' | b';' | b'=' | b':' | b'@' => SEGMENT,
        b'#' | b'^' | b'`' | b'|' => NAME,
        b'/' => SLASH,
        _ => 0,
    }
}

const fn digit_of(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        b'A'..=b'F' => byte - b'A' + 10,
        _ => 0xFF,
    }
}

macro_rules! table {
    ($of:ident) => {{
        let mut table = [0; 256];
        let mut byte = 0u8;
        loop {
            #[allow(clippy::indexing_slicing, reason = "at compile time")]
            {
                table[byte as usize] = $of(byte);
            }
            if byte == u8::MAX {
                break table;
            }
            byte += 1;
        }
    }};
}

const CLASSES: [u8; 256] = table!(classes_of);
const DIGITS: [u8; 256] = table!(digit_of);

/// Whether `byte` is in one of `classes`.
pub(crate) fn is(byte: u8, classes: u8) -> bool {
    CLASSES.get(usize::from(byte)).is_some_and(|found| found & classes != 0)
}

/// Whether `wanted` stands anywhere.
pub(crate) fn has(text: &str, wanted: u8) -> bool {
    text.bytes().fold(false, |found, byte| found | (byte == wanted))
}

/// Whether every byte is in one of `classes`. Most texts are what they should be, so nothing stops at the first that is not.
pub(crate) fn all_are(text: &str, classes: u8) -> bool {
    text.bytes().fold(true, |all, byte| all & is(byte, classes))
}

/// The byte that two hexadecimal digits of either case write.
pub(crate) fn octet(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| DIGITS.get(usize::from(byte)).copied().unwrap_or(0xFF);
    let (high, low) = (digit(high), digit(low));
    ((high | low) < 16).then_some(high << 4 | low)
}

/// The value of a lower-case hexadecimal digit, and more than 15 for anything else. By sums, which a loop does for a whole
/// vector at once, and without a branch.
pub(crate) fn lower_digit(byte: u8) -> u8 {
    let (number, letter) = (byte.wrapping_sub(b'0'), byte.wrapping_sub(b'a'));
    let letter = if letter < 6 { letter + 10 } else { 0xFF };
    if number < 10 { number } else { letter }
}

/// The lower-case hexadecimal digit of a value below 16.
pub(crate) fn hex_digit(value: u8) -> u8 {
    value + if value < 10 { b'0' } else { b'a' - 10 }
}

/// Where `wanted` first stands. Eight bytes at a time: those that are no other than it become zero, and subtracting one
/// from each borrows through zeros alone, so the lowest high bit that this sets is the first one's.
pub(crate) fn find(bytes: &[u8], wanted: u8) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let (words, rest) = bytes.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let other = u64::from_le_bytes(*word) ^ (ONES * u64::from(wanted));
        let zeros = other.wrapping_sub(ONES) & !other & (ONES << 7);
        if zeros != 0 {
            return Some(8 * place + zeros.trailing_zeros() as usize / 8);
        }
    }
    rest.iter().position(|byte| *byte == wanted).map(|at| 8 * words.len() + at)
}

/// Before and behind the first `separator`, an ASCII byte. As `str::split_once`, which for texts as short as these takes
/// several times as long.
pub(crate) fn cut(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = find(text.as_bytes(), separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The pieces between `separator`s, an ASCII byte. As `str::split`.
pub(crate) fn pieces(text: &str, separator: u8) -> impl Iterator<Item = &str> + Clone {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest.take()?;
        let Some((piece, more)) = cut(text, separator) else { return Some(text) };
        rest = Some(more);
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn texts_are_cut_as_the_standard_library_cuts_them() {
        for text in ["", "&", "a", "a&", "&a", "a&b", "a&&b", "é&ü&", "a=b&c"] {
            assert_eq!(cut(text, b'&'), text.split_once('&'), "{text}");
            assert!(
                pieces(text, b'&').eq(text.split('&')),
                "{text}: {:?}",
                pieces(text, b'&').collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn a_byte_is_found_wherever_it_stands() {
        for length in 0..40 {
            for (wanted, other) in [(b'&', b'a'), (b'&', b'\''), (b'&', b'%'), (0, 1), (0xFF, 0), (0x80, 0)] {
                let mut bytes = alloc::vec![other; length];
                assert_eq!(find(&bytes, wanted), None);
                for at in (0..length).rev() {
                    bytes[at] = wanted;
                    assert_eq!(find(&bytes, wanted), Some(at), "{length} bytes of {other}");
                }
            }
        }
    }

    #[test]
    fn every_byte_is_in_the_classes_of_the_grammars() {
        for byte in 0..=u8::MAX {
            let among = |set: &[u8]| set.contains(&byte);
            let alphanumeric = byte.is_ascii_alphanumeric();
            assert_eq!(is(byte, BARE), alphanumeric || among(b"-._~"));
            assert_eq!(is(byte, STARRED), among(b"!*"));
            assert_eq!(is(byte, BARE | SEGMENT), alphanumeric || among(b"-._~!$&'()*+,;=:@"));
            let name = alphanumeric && !byte.is_ascii_uppercase();
            assert_eq!(is(byte, SLASH), byte == b'/');
            assert_eq!(is(byte, NAME), name || among(b"!#$&'*+-.^_`|~"));
            let lower = if byte.is_ascii_uppercase() { None } else { char::from(byte).to_digit(16) };
            assert_eq!(Some(u32::from(lower_digit(byte))).filter(|digit| *digit < 16), lower);
            for other in 0..=u8::MAX {
                let text = [byte, other];
                let read = core::str::from_utf8(&text).ok().filter(|text| !text.starts_with('+'));
                assert_eq!(octet(byte, other), read.and_then(|text| u8::from_str_radix(text, 16).ok()));
            }
        }
    }
}
