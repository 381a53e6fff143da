//! Text and byte encodings: base62 drawn from a random source, the checksum of a secret, length prefixes.

pub(crate) mod form;
pub(crate) mod media;
pub(crate) mod multipart;

use crc::{CRC_32_ISO_HDLC, Crc};
use sha2::digest::Update;
use zeroize::Zeroize;

use crate::entropy::{Entropy, EntropyError};

/// Digits, upper case, lower case: the order of ASCII, so that encoded numbers sort as they count.
pub(crate) const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Characters of a checksum: 62⁶ > 2³².
pub(crate) const CHECKSUM_CHARS: usize = 6;

/// 248 = 4 × 62: bytes from here on would favour the first eight characters and are thrown away.
const REJECT_FROM: u8 = 248;

/// Bytes drawn at once, and how many such draws one text may take. A fair source fills 43 characters in the first
/// draw almost always (each byte is kept with 31/32); only a stuck one needs sixteen.
const DRAW: usize = 64;
const MAX_DRAWS: usize = 16;

/// Fills `out` with uniformly distributed base62 characters, by rejection sampling.
pub(crate) fn random_base62(
    out: &mut [u8],
    entropy: &mut (impl Entropy + ?Sized),
) -> Result<(), EntropyError> {
    let mut slots = out.iter_mut();
    let mut draw = [0u8; DRAW];
    for _ in 0..MAX_DRAWS {
        let filled = entropy.fill(&mut draw);
        if let Err(error) = filled {
            draw.zeroize();
            return Err(error);
        }
        for byte in draw.iter().filter(|byte| **byte < REJECT_FROM) {
            let Some(slot) = slots.next() else {
                draw.zeroize();
                return Ok(());
            };
            *slot = base62_char(u32::from(*byte));
        }
    }
    draw.zeroize();
    if slots.next().is_some() { Err(EntropyError::Stuck) } else { Ok(()) }
}

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// CRC-32 (ISO-HDLC, as in zip and PNG) of a text in pieces, as six base62 characters, most significant first.
pub(crate) fn checksum_of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> [u8; CHECKSUM_CHARS] {
    let mut crc = CRC.digest();
    for piece in pieces {
        crc.update(piece);
    }
    let mut rest = crc.finalize();
    let mut out = [0; CHECKSUM_CHARS];
    for slot in out.iter_mut().rev() {
        *slot = base62_char(rest);
        rest /= 62;
    }
    out
}

/// CRC-32 (ISO-HDLC) of a record.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    CRC.checksum(bytes)
}

/// The character for `value` modulo 62.
fn base62_char(value: u32) -> u8 {
    BASE62.get((value % 62) as usize).copied().unwrap_or(b'0')
}

/// A hash for tables in memory: it is written nowhere, and another release may have another. Without a seed, so a table
/// that outsiders fill needs a bound of its own on what meets in one place.
#[inline]
pub(crate) fn scatter(text: &[u8]) -> u64 {
    let halves = |chunk: &[u8; 16]| {
        let number = u128::from_le_bytes(*chunk);
        (low(number), low(number >> u64::BITS))
    };
    let mut hash = PHI ^ u64::try_from(text.len()).unwrap_or_default();
    let (chunks, rest) = text.as_chunks();
    for (first, second) in chunks.iter().map(halves) {
        hash = folded(hash ^ first, PI ^ second);
    }
    // The last sixteen bytes once more, where there are as many: no length is left over then.
    let mut short = [0; 16];
    short.iter_mut().zip(rest).for_each(|(slot, byte)| *slot = *byte);
    let (first, second) = halves(text.last_chunk().unwrap_or(&short));
    folded(folded(hash ^ first, PI ^ second), PHI)
}

/// Fractions of the golden ratio and of pi: no digits that somebody picked.
const PHI: u64 = 0x9E37_79B9_7F4A_7C15;
const PI: u64 = 0x243F_6A88_85A3_08D3;

#[inline]
pub(crate) fn folded(a: u64, b: u64) -> u64 {
    laid_over(u128::from(a) * u128::from(b))
}

/// One half of a number by the other.
#[cfg(feature = "memory")]
#[inline]
pub(crate) fn halves_product(number: u128) -> u128 {
    u128::from(low(number)) * u128::from(low(number >> u64::BITS))
}

/// Both halves of a product or of a sum of some, laid over each other: where the bits of one are unevenly spread, those of
/// the other are not.
#[inline]
pub(crate) fn laid_over(number: u128) -> u64 {
    low(number ^ (number >> u64::BITS))
}

#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
fn low(number: u128) -> u64 {
    number as u64
}

/// Feeds `bytes` behind their length as a big-endian u32, so that no two lists of fields feed the same bytes.
pub(crate) fn length_prefixed(hash: &mut impl Update, bytes: &[u8]) {
    hash.update(&prefix_of(bytes.len()));
    hash.update(bytes);
}

/// How much of a text is moved at once where only its first few bytes are wanted.
pub(crate) const OPENING: usize = 16;

/// Lays the first `cut` bytes of `opening`, `mark` and `rest` into `to`, one behind the other, and says how many bytes they
/// are; `None`, and nothing laid, where there is no room for them.
///
/// Every move is of a length that is known when this is compiled, so none is a call: what the first one has too many is
/// covered by those behind it.
#[inline]
pub(crate) fn spliced<const M: usize, const N: usize>(
    to: &mut [u8],
    opening: &[u8; OPENING],
    cut: usize,
    mark: &[u8; M],
    rest: &[u8; N],
) -> Option<usize> {
    const { assert!(M + N >= OPENING, "what is too many is covered") };
    let length = cut.min(OPENING) + M + N;
    let to = to.get_mut(..length)?;
    *to.first_chunk_mut()? = *opening;
    let (marked, behind) = to.get_mut(length - M - N..)?.split_first_chunk_mut()?;
    *marked = *mark;
    *behind.first_chunk_mut()? = *rest;
    Some(length)
}

/// The length prefix alone, for a field that is fed in pieces. Every field is bounded far below 4 GiB.
pub(crate) fn prefix_of(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

/// For types whose serde form is their text.
#[cfg(feature = "serde")]
pub(crate) fn parse_str<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: core::str::FromStr<Err: core::fmt::Display>,
{
    let text: alloc::borrow::Cow<'de, str> = serde::Deserialize::deserialize(from)?;
    text.parse().map_err(serde::de::Error::custom)
}

/// Bytes as base64 text.
#[cfg(feature = "serde")]
pub(crate) mod base64_bytes {
    use alloc::{string::String, vec::Vec};

    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde::{Deserialize, de::Error};

    pub(crate) fn serialize<S: serde::Serializer>(bytes: impl AsRef<[u8]>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D, B>(from: D) -> Result<B, D::Error>
    where
        D: serde::Deserializer<'de>,
        B: TryFrom<Vec<u8>>,
    {
        let bytes = STANDARD
            .decode(String::deserialize(from)?)
            .map_err(|_| D::Error::custom("bytes that are not base64"))?;
        B::try_from(bytes).map_err(|_| D::Error::custom("bytes of another length"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_is_the_published_crc32_in_base62() {
        // CRC-32/ISO-HDLC of "123456789" is 0xCBF43926 (the CRC catalogue's check value) = 3_421_780_262.
        let digits = checksum_of([b"1234".as_slice(), b"56789"]);
        let value = digits.iter().fold(0u64, |sum, digit| {
            sum * 62 + BASE62.iter().position(|known| known == digit).unwrap() as u64
        });
        assert_eq!(value, 0xCBF4_3926);
    }

    #[test]
    fn a_stuck_source_ends_instead_of_looping() {
        let mut out = [0; 43];
        let mut stuck = |buffer: &mut [u8]| {
            buffer.fill(0xFF);
            Ok(())
        };
        assert_eq!(random_base62(&mut out, &mut stuck), Err(EntropyError::Stuck));
    }

    #[test]
    fn sampling_is_uniform_over_all_bytes() {
        // Every byte value once: 248 are kept, four of each character.
        let mut next = 0u8;
        let mut counter = |buffer: &mut [u8]| {
            for byte in buffer {
                *byte = next;
                next = next.wrapping_add(1);
            }
            Ok(())
        };
        let mut out = [0; 248];
        random_base62(&mut out, &mut counter).unwrap();
        for character in BASE62 {
            assert_eq!(out.iter().filter(|found| *found == character).count(), 4);
        }
    }
}
