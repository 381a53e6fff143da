//! Base64 and hexadecimal digits within a text, decoded to be searched.

use alloc::vec::Vec;
use core::ops::Range;

use zeroize::Zeroizing;

/// A shorter run holds no more than twelve bytes, which a name and a value need.
const MIN_RUN: usize = 16;
/// Places at which a run of base64 may begin in earnest: what stands before it may be of its alphabet, as a path's `/` is.
const STARTS: usize = 4;

/// Hands over every run and what it decodes to, once for each place at which it may begin.
pub(super) fn each(text: &[u8], mut decoded: impl FnMut(&Range<usize>, &[u8])) {
    let mut bytes = Zeroizing::new(Vec::new());
    for (range, run) in runs(text, |byte| sextet(byte).is_some()) {
        reserve(&mut bytes, run.len());
        for start in 0..STARTS {
            base64(run, start, &mut bytes);
            decoded(&range, &bytes);
        }
    }
    for (range, run) in runs(text, |byte| byte.is_ascii_hexdigit()) {
        reserve(&mut bytes, run.len());
        for start in 0..2 {
            hex(run, start, &mut bytes);
            decoded(&range, &bytes);
        }
    }
}

/// Runs of an alphabet. One may go on in the next line, as mail writes it.
fn runs(text: &[u8], is_of: impl Fn(u8) -> bool) -> impl Iterator<Item = (Range<usize>, &[u8])> {
    let mut at = 0;
    core::iter::from_fn(move || {
        loop {
            let rest = text.get(at..).filter(|rest| rest.len() >= MIN_RUN)?;
            let is_in = |byte: &u8| is_of(*byte) || matches!(byte, b'\r' | b'\n');
            let length = rest.iter().position(|byte| !is_in(byte)).unwrap_or(rest.len());
            let range = at..at + length;
            at = range.end + 1;
            if let Some(run) = rest.get(..length).filter(|run| run.len() >= MIN_RUN) {
                return Some((range, run));
            }
        }
    })
}

/// Room without a copy: a vector that grew would leave its former block behind.
fn reserve(bytes: &mut Zeroizing<Vec<u8>>, length: usize) {
    if bytes.capacity() < length {
        *bytes = Zeroizing::new(Vec::with_capacity(length));
    }
}

/// Of either alphabet, from the character `start` on, line breaks not counted. What does not fill a byte is left.
fn base64(run: &[u8], start: usize, bytes: &mut Vec<u8>) {
    bytes.clear();
    let (mut held, mut bits) = (0u32, 0u32);
    for value in run.iter().filter_map(|byte| sextet(*byte)).skip(start) {
        held = (held << 6 | value) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(low_byte(held >> bits));
        }
    }
}

fn hex(run: &[u8], start: usize, bytes: &mut Vec<u8>) {
    bytes.clear();
    let mut digits = run.iter().filter_map(|byte| char::from(*byte).to_digit(16)).skip(start);
    while let (Some(high), Some(low)) = (digits.next(), digits.next()) {
        bytes.push(low_byte(high << 4 | low));
    }
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

fn low_byte(value: u32) -> u8 {
    let [low, ..] = value.to_le_bytes();
    low
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec};

    use base64::{
        Engine,
        engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
    };

    use super::*;

    fn found(text: &str, wanted: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        each(text.as_bytes(), |range, bytes| {
            if bytes.windows(wanted.len()).any(|window| window == wanted.as_bytes()) {
                found.push(range.clone());
            }
        });
        found
    }

    #[test]
    fn a_run_is_decoded_wherever_it_begins() {
        let plain = "a plain text with \u{fb} and \u{ff} in it";
        for text in [STANDARD.encode(plain), URL_SAFE_NO_PAD.encode(plain)] {
            for before in ["", "data:;base64,", "/", "/a", "/ab/", "-", "_b", "\r\n-", "/\r\n-b", "\n\n\n/ab"]
            {
                let whole = String::from(before) + &text + "\"";
                assert_eq!(found(&whole, plain).len(), 1, "{whole}");
            }
        }
        for text in ["6120706c61696e2074657874", "6120706C61696E2074657874", "0x6120706c61696e2074657874"] {
            assert_eq!(found(text, "a plain text").len(), 1, "{text}");
        }
    }

    #[test]
    fn a_run_goes_on_in_the_next_line() {
        let text = STANDARD.encode("a plain text");
        let (first, rest) = text.split_at(9);
        let whole = alloc::format!("<{first}\r\n{rest}>");
        assert_eq!(found(&whole, "a plain text"), vec![1..whole.len() - 1]);
    }
}
