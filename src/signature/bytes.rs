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

const fn classes_of(byte: u8) -> u8 {
    match byte {
        b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'a'..=b'z' => BARE | NAME,
        b'A'..=b'Z' => BARE,
        b'!' | b'*' => STARRED | SEGMENT | NAME,
        b'$' | b'&' | b'\'' | b'+' => SEGMENT | NAME,
        b'(' | b')' | b',' | b';' | b'=' | b':' | b'@' => SEGMENT,
        b'#' | b'^' | b'`' | b'|' => NAME,
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

/// The byte that two hexadecimal digits of either case write.
pub(crate) fn octet(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| DIGITS.get(usize::from(byte)).copied().unwrap_or(0xFF);
    let (high, low) = (digit(high), digit(low));
    ((high | low) < 16).then_some(high << 4 | low)
}

/// Before and behind the first `separator`, an ASCII byte. As `str::split_once`, which for texts as short as these takes
/// twice as long to look for a character as this takes to look at bytes.
pub(crate) fn cut(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
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
    fn every_byte_is_in_the_classes_of_the_grammars() {
        for byte in 0..=u8::MAX {
            let among = |set: &[u8]| set.contains(&byte);
            let alphanumeric = byte.is_ascii_alphanumeric();
            assert_eq!(is(byte, BARE), alphanumeric || among(b"-._~"));
            assert_eq!(is(byte, STARRED), among(b"!*"));
            assert_eq!(is(byte, BARE | SEGMENT), alphanumeric || among(b"-._~!$&'()*+,;=:@"));
            let name = alphanumeric && !byte.is_ascii_uppercase();
            assert_eq!(is(byte, NAME), name || among(b"!#$&'*+-.^_`|~"));
            for other in 0..=u8::MAX {
                let text = [byte, other];
                let read = core::str::from_utf8(&text).ok().filter(|text| !text.starts_with('+'));
                assert_eq!(octet(byte, other), read.and_then(|text| u8::from_str_radix(text, 16).ok()));
            }
        }
    }
}
