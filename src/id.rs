//! Public ids: short, inline, `Copy`, checked once when they are parsed.

use core::{fmt, str::FromStr};

use crate::encoding::OPENING;

/// The text of an id, inline: its bytes, zeros, and in the last byte its length. No id has a zero byte among its own, so
/// comparing all of it compares the texts.
///
/// It is aligned for copies and comparisons in whole words: a verdict has to wait for what is read in other pieces than
/// it was written in.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Inline<const SIZE: usize>([u8; SIZE]);

impl<const SIZE: usize> Inline<SIZE> {
    const MAX: usize = SIZE - 1;

    /// Joins `pieces` if they have 1 to `MAX` bytes together, and says how many they have otherwise. What bytes those
    /// are is not looked at.
    #[inline]
    fn joined(pieces: &[&[u8]]) -> Result<Self, usize> {
        let total = pieces.iter().fold(0, |total: usize, piece| total.saturating_add(piece.len()));
        let length = u8::try_from(total).ok().filter(|_| (1..=Self::MAX).contains(&total)).ok_or(total)?;
        let mut id = Self([0; SIZE]);
        if let Some(last) = id.0.last_mut() {
            *last = length;
        }
        let mut rest = id.0.as_mut_slice();
        for piece in pieces {
            // All of them fit, as was just counted.
            let Some((slots, behind)) = rest.split_at_mut_checked(piece.len()) else { break };
            slots.copy_from_slice(piece);
            rest = behind;
        }
        Ok(id)
    }

    /// Copies `text` if the grammar allows it.
    fn parse(text: &[u8], grammar: &'static Grammar) -> Result<Self, InvalidId> {
        let invalid = |problem| InvalidId { grammar, max: Self::MAX, problem };
        let id = Self::joined(&[text]).map_err(|length| match length {
            0 => invalid(Problem::Empty),
            _ => invalid(Problem::TooLong(length)),
        })?;
        let fits = |byte: &u8| grammar.allowed.get(usize::from(*byte)) == Some(&true);
        match text.iter().position(|byte| !fits(byte)) {
            None => Ok(id),
            Some(position) => Err(invalid(Problem::Character(position))),
        }
    }

    #[inline]
    fn is(&self, other: &Self) -> bool {
        let ((a, a_rest), (b, b_rest)) = (self.0.as_chunks(), other.0.as_chunks());
        let words = a.iter().zip(b).map(|(a, b)| u64::from_ne_bytes(*a) ^ u64::from_ne_bytes(*b));
        words.fold(0, |all, word| all | word) == 0 && a_rest == b_rest
    }

    fn as_bytes(&self) -> &[u8] {
        let length = self.0.last().copied().unwrap_or_default();
        self.0.get(..usize::from(length)).unwrap_or_default()
    }

    /// ASCII by construction, so the check of UTF-8 cannot fail.
    fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

/// What an id may be made of.
struct Grammar {
    what: &'static str,
    /// Beside letters and digits.
    also: &'static [u8],
    allowed: [bool; 256],
}

impl Grammar {
    #[allow(
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        reason = "a table of all bytes, made at compile time"
    )]
    const fn new(what: &'static str, also: &'static [u8]) -> Self {
        let mut allowed = [false; 256];
        let mut byte = 0;
        while byte < allowed.len() {
            allowed[byte] = (byte as u8).is_ascii_alphanumeric();
            byte += 1;
        }
        let mut at = 0;
        while at < also.len() {
            allowed[also[at] as usize] = true;
            at += 1;
        }
        Self { what, also, allowed }
    }
}

/// One grammar is one type's, so its name stands for it.
impl PartialEq for Grammar {
    fn eq(&self, other: &Self) -> bool {
        (self.what, self.also) == (other.what, other.also)
    }
}

impl Eq for Grammar {}

impl fmt::Debug for Grammar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

/// Why a text is no id. It never holds the text itself, which may be a secret in the wrong place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidId {
    grammar: &'static Grammar,
    max: usize,
    problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    Empty,
    TooLong(usize),
    Character(usize),
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Grammar { what, also, .. } = self.grammar;
        match self.problem {
            Problem::Empty => write!(f, "empty {what}")?,
            Problem::TooLong(length) => write!(f, "{what} of {length} bytes")?,
            Problem::Character(position) => write!(f, "unexpected character in {what} at byte {position}")?,
        }
        let also = core::str::from_utf8(also).unwrap_or_default();
        write!(f, "; write 1 to {} letters, digits or any of `{also}`", self.max)
    }
}

impl core::error::Error for InvalidId {}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $max:literal, $what:literal, $also:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name(Inline<{ $max + 1 }>);

        impl $name {
            /// The longest, in bytes.
            pub const MAX_LEN: usize = $max;

            /// The text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// From bytes as they stand in a request.
            #[allow(dead_code, reason = "not every id arrives as bytes")]
            pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidId> {
                static GRAMMAR: Grammar = Grammar::new($what, $also);
                Inline::parse(bytes, &GRAMMAR).map(Self)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::from_bytes(text.as_bytes())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.as_str())
            }
        }

        impl PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                self.0.is(&other.0)
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> core::cmp::Ordering {
                self.0.0.cmp(&other.0.0)
            }
        }

        impl core::hash::Hash for $name {
            fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
                self.0.as_bytes().hash(state);
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                crate::encoding::parse_str(from)
            }
        }
    };
}

id! {
    /// The public half of a credential: `[A-Za-z0-9_-]{1,55}`.
    ///
    /// Ours read `{vendor}k_` and 16 base62 characters; imported ones keep their form. A key id is never given to a
    /// second credential: regenerating and rotating mint new ones. 55 bytes hold the ids of every product looked at
    /// (the longest has 40) and make the type 56 bytes.
    ///
    /// ```
    /// use keyward::KeyId;
    /// let id: KeyId = "kwk_8fZ0000000000000".parse()?;
    /// assert_eq!(id.as_str(), "kwk_8fZ0000000000000");
    /// let error = "no spaces".parse::<KeyId>().unwrap_err();
    /// assert_eq!(error.to_string(), "unexpected character in key id at byte 2; write 1 to 55 letters, digits or any of `_-`");
    /// # Ok::<(), keyward::InvalidId>(())
    /// ```
    KeyId, 55, "key id", b"_-"
}

impl KeyId {
    /// From pieces whose characters the caller has looked at; `None` if they have no or too many of them.
    #[inline]
    pub(crate) fn joined(pieces: &[&[u8]]) -> Option<Self> {
        let id = Self(Inline::joined(pieces).ok()?);
        debug_assert_eq!(Self::from_bytes(id.0.as_bytes()), Ok(id));
        Some(id)
    }

    /// Of the first `cut` bytes of `opening`, at most twelve, `mark` and `rest`, whose characters the caller has looked at.
    ///
    /// Put together as numbers: pieces that are laid one over another in memory are waited for wherever they are read.
    #[inline]
    pub(crate) fn spliced(opening: [u8; OPENING], cut: usize, mark: [u8; 2], rest: [u8; OPENING]) -> Self {
        let [opening, rest] = [opening, rest].map(u128::from_le_bytes);
        let cut = u8::try_from(cut).unwrap_or(u8::MAX).min(12);
        let (marked, behind) = (8 * u32::from(cut), 8 * (u32::from(cut) + 2));
        let kept = opening & !u128::MAX.unbounded_shl(marked);
        let mark = u128::from(u16::from_le_bytes(mark)).unbounded_shl(marked);
        let low = kept | mark | rest.unbounded_shl(behind);
        let high = rest.unbounded_shr(u128::BITS - behind);
        let mut id = Inline([0; Self::MAX_LEN + 1]);
        let (halves, _) = id.0.as_chunks_mut();
        halves.iter_mut().zip([low, high]).for_each(|(slot, half)| *slot = half.to_le_bytes());
        if let Some(last) = id.0.last_chunk_mut() {
            *last = [0, 0, 0, 0, 0, 0, 0, cut + 2 + 16];
        }
        debug_assert_eq!(Self::from_bytes(id.as_bytes()), Ok(Self(id)));
        Self(id)
    }

    /// Whether it is what [`spliced`](Self::spliced) makes of these.
    #[inline]
    pub(crate) fn is_spliced(
        &self,
        opening: &[u8; OPENING],
        cut: usize,
        mark: [u8; 2],
        rest: &[u8; OPENING],
    ) -> bool {
        let Some((own, behind)) = self.0.0.split_at_checked(cut) else { return false };
        let Some((marked, behind)) = behind.split_first_chunk() else { return false };
        let length = self.0.0.last().copied().map(usize::from);
        length == Some(cut + mark.len() + rest.len())
            && behind.first_chunk() == Some(rest)
            && *marked == mark
            && own.iter().zip(opening).all(|(a, b)| a == b)
    }

    /// All of it as numbers, for hashing.
    #[cfg(feature = "memory")]
    #[inline]
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u128> {
        let (numbers, rest) = self.0.0.as_chunks();
        let last = rest.first_chunk().map(|word| u128::from(u64::from_ne_bytes(*word)));
        numbers.iter().map(|number| u128::from_ne_bytes(*number)).chain(last)
    }
}

id! {
    /// An API user's stable id: `[A-Za-z0-9._-]{1,39}`, room for a UUID.
    UserId, 39, "user id", b"._-"
}

id! {
    /// A tenant's id: `[A-Za-z0-9._-]{1,39}`.
    AccountId, 39, "account id", b"._-"
}

id! {
    /// A third party's id in the catalogue: `[A-Za-z0-9._-]{1,39}`.
    IntegrationId, 39, "integration id", b"._-"
}

id! {
    /// By which a program recognises its own repetition of an act: `[A-Za-z0-9._-]{1,64}`, a UUID for example.
    RequestId, 64, "request id", b"._-"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_and_order_ignore_what_lies_behind_the_text() {
        let short: UserId = "a".parse().unwrap();
        let long: UserId = "aa".parse().unwrap();
        assert!(short < long && short != long);
        assert_eq!(short, "a".parse().unwrap());
    }

    #[test]
    fn an_id_that_is_put_together_as_numbers_is_the_one_that_is_laid_out() {
        for cut in 0..=12 {
            let spliced = KeyId::spliced(*b"abcdefghijklmnop", cut, *b"k_", *b"0123456789ABCDEF");
            let laid = KeyId::joined(&[&b"abcdefghijklmnop"[..cut], b"k_", b"0123456789ABCDEF"]).unwrap();
            assert_eq!(spliced, laid);
            assert_eq!(spliced.as_str(), laid.as_str());
            let is = |id: &KeyId, cut, rest| id.is_spliced(b"abcdefghijklmnop", cut, *b"k_", rest);
            assert!(is(&laid, cut, b"0123456789ABCDEF"));
            assert!(!is(&laid, cut + 1, b"0123456789ABCDEF") && !is(&laid, cut, b"0123456789ABCDEf"));
            for at in 0..laid.as_str().len() {
                let other = laid
                    .as_str()
                    .bytes()
                    .enumerate()
                    .map(|(index, byte)| if index == at { b'Z' } else { byte });
                let other = KeyId::from_bytes(&other.collect::<alloc::vec::Vec<_>>()).unwrap();
                assert!(!is(&other, cut, b"0123456789ABCDEF"), "{other}");
            }
            let longer = KeyId::from_bytes(&[laid.as_str().as_bytes(), b"G"].concat()).unwrap();
            assert!(!is(&longer, cut, b"0123456789ABCDEF"));
        }
    }

    #[test]
    fn ids_are_inline_and_small() {
        assert_eq!(size_of::<KeyId>(), 56);
        assert_eq!(size_of::<UserId>(), 40);
    }
}
