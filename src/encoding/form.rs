//! Queries and form bodies, `application/x-www-form-urlencoded` (URL Standard, §5.1), decoded as they are read.

use alloc::vec::Vec;

use zeroize::Zeroizing;

/// Name and value of each pair, undecoded; of a pair without `=` the value is empty.
pub(crate) fn pairs(parameters: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    parameters.split(|byte| *byte == b'&').map(|pair| {
        let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = pair.split_at_checked(equals).unwrap_or((pair, b""));
        (name, value.strip_prefix(b"=").unwrap_or(value))
    })
}

/// `+` is a space; an escape that is none stands for itself.
pub(crate) fn decoded(text: &[u8]) -> impl Iterator<Item = u8> {
    let mut rest = text;
    core::iter::from_fn(move || {
        let (byte, behind) = first(rest)?;
        rest = behind;
        Some(byte)
    })
}

/// All of that in one block, which is wiped and was not grown.
pub(crate) fn text(value: &[u8]) -> Zeroizing<Vec<u8>> {
    // Every byte has its place beforehand: one that is pushed would ask for room each time.
    let mut text = Zeroizing::new(alloc::vec![0; value.len()]);
    let mut rest = value;
    let mut length = 0;
    for slot in text.iter_mut() {
        let Some((byte, behind)) = first(rest) else { break };
        (*slot, rest) = (byte, behind);
        length += 1;
    }
    text.truncate(length);
    text
}

/// The first byte that is meant, and what is left.
#[inline]
fn first(text: &[u8]) -> Option<(u8, &[u8])> {
    let (first, after) = text.split_first()?;
    Some(match (first, after) {
        (b'+', _) => (b' ', after),
        (b'%', [high, low, behind @ ..]) => match (digit(*high), digit(*low)) {
            (Some(high), Some(low)) => (high << 4 | low, behind),
            _ => (b'%', after),
        },
        (byte, _) => (*byte, after),
    })
}

#[inline]
fn digit(hex: u8) -> Option<u8> {
    match hex {
        b'0'..=b'9' => Some(hex - b'0'),
        b'a'..=b'f' => Some(hex - b'a' + 10),
        b'A'..=b'F' => Some(hex - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_decoded_at_once_as_it_is_byte_by_byte() {
        for (value, meant) in [
            ("", ""),
            ("a", "a"),
            ("a+b", "a b"),
            ("%3Capi%3E", "<api>"),
            ("%3capi%3e", "<api>"),
            ("+", " "),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz%41", "%zzA"),
            ("%%41", "%A"),
            ("%2B%25", "+%"),
            ("a%20+b%", "a  b%"),
        ] {
            assert_eq!(*text(value.as_bytes()), *meant.as_bytes(), "{value}");
            assert!(decoded(value.as_bytes()).eq(meant.bytes()), "{value}");
        }
    }
}
