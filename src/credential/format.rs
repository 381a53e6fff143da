//! Minting credentials in the published format, and cutting a token apart.

use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};

use zeroize::Zeroizing;

use crate::{
    encoding::{CHECKSUM_CHARS, OPENING, checksum_of, random_base62},
    entropy::{Entropy, EntropyError},
    id::KeyId,
    secret::Secret,
};

/// 62¹⁶ > 2⁹⁵: no two ids collide by chance.
pub(super) const ID_CHARS: usize = 16;
/// 62⁴³ > 2²⁵⁶.
const RANDOM_CHARS: usize = 43;
pub(super) const TAIL_CHARS: usize = RANDOM_CHARS + CHECKSUM_CHARS;

const KEY_MARK: &[u8; 2] = b"k_";
pub(super) const SECRET_MARK: &[u8; 3] = b"s1_";
pub(super) const TOKEN_MARK: &[u8; 3] = b"t1_";

/// Fewer distinct characters than this in 43 random ones mean a broken source: a fair one does so with a chance
/// below 2⁻¹⁰⁰.
const MIN_DISTINCT: usize = 8;

/// The prefix by which people and scanners tell one product's credentials from another's: `[a-z][a-z0-9]{1,9}`.
///
/// It opens every text that is minted, in this format:
///
/// ```text
/// vendor   = lower (lower / digit){1,9}
/// key id   = vendor "k_" id                       id       = 16 base62 (0-9 A-Z a-z)
/// secret   = vendor "s1_" random checksum         random   = 43 base62, over 256 bits
/// token    = vendor "t1_" id "_" random checksum  checksum = 6 base62, CRC-32/ISO-HDLC of vendor "s1_" random,
///                                                            most significant digit first
/// ```
///
/// All parts but the vendor have a fixed length and are cut from the end. Verification evaluates neither format nor
/// checksum, so a mistyped secret takes as long as any other wrong one; they serve minting, scanners and people.
///
/// ```
/// use keyward::Vendor;
/// assert_eq!(Vendor::default().as_str(), "kw");
/// assert!("Acme".parse::<Vendor>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Vendor {
    length: u8,
    bytes: [u8; Self::MAX_LEN],
}

impl Vendor {
    /// The longest, in bytes.
    pub const MAX_LEN: usize = 10;

    /// `kw`, where an application names none of its own.
    pub const DEFAULT: Self = Self { length: 2, bytes: *b"kw\0\0\0\0\0\0\0\0" };

    /// The text.
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        core::str::from_utf8(bytes).unwrap_or_default()
    }

    pub(super) fn from_bytes(text: &[u8]) -> Option<Self> {
        let length = u8::try_from(text.len()).ok().filter(|_| is_vendor(text))?;
        let mut bytes = [0; Self::MAX_LEN];
        bytes.iter_mut().zip(text).for_each(|(slot, byte)| *slot = *byte);
        Some(Self { length, bytes })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.as_str().as_bytes()
    }
}

fn is_vendor(text: &[u8]) -> bool {
    (2..=Vendor::MAX_LEN).contains(&text.len())
        && text.first().is_some_and(u8::is_ascii_lowercase)
        && text.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

impl Default for Vendor {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl FromStr for Vendor {
    type Err = InvalidVendor;
    fn from_str(text: &str) -> Result<Self, InvalidVendor> {
        Self::from_bytes(text.as_bytes()).ok_or(InvalidVendor)
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vendor({self})")
    }
}

/// A text that is no vendor prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unfit vendor prefix; write a lower-case letter and 1 to 9 lower-case letters or digits, for example `acme`"
)]
pub struct InvalidVendor;

/// Draws a new key id and its secret.
pub(crate) fn mint(
    vendor: Vendor,
    entropy: &mut (impl Entropy + ?Sized),
) -> Result<(KeyId, Secret), EntropyError> {
    let mut id = [0; ID_CHARS];
    random_base62(&mut id, entropy)?;
    let mut random = Zeroizing::new([0; RANDOM_CHARS]);
    random_base62(&mut *random, entropy)?;
    if distinct(&*random) < MIN_DISTINCT {
        return Err(EntropyError::Stuck);
    }
    let key_id = key_id(vendor.as_bytes(), &id).ok_or(EntropyError::Failed)?;
    let mut text = Zeroizing::new(Vec::with_capacity(Vendor::MAX_LEN + SECRET_MARK.len() + TAIL_CHARS));
    text.extend_from_slice(vendor.as_str().as_bytes());
    text.extend_from_slice(SECRET_MARK);
    text.extend_from_slice(&*random);
    let sum = checksum_of([text.as_slice()]);
    text.extend_from_slice(&sum);
    let text = String::from_utf8(core::mem::take(&mut *text)).unwrap_or_default();
    Ok((key_id, Secret::new(text)))
}

/// The one-string form of a pair that [`mint`] made; `key:secret` for any other.
pub(crate) fn token(key_id: KeyId, secret: &Secret) -> Secret {
    let (key, text) = (key_id.as_str().as_bytes(), secret.expose().as_bytes());
    let ours = key.len().checked_sub(ID_CHARS).and_then(|cut| {
        let vendor = key.get(..cut)?.strip_suffix(KEY_MARK)?;
        let tail = text.strip_prefix(vendor)?.strip_prefix(SECRET_MARK)?;
        Some([vendor, TOKEN_MARK, key.get(cut..)?, b"_", tail])
    });
    let pieces = ours.unwrap_or([b"", b"", key, b":", text]);
    // Reserved in full beforehand: a text that grew would leave copies of the secret behind.
    let mut token = Zeroizing::new(Vec::with_capacity(pieces.iter().map(|piece| piece.len()).sum()));
    for piece in pieces {
        token.extend_from_slice(piece);
    }
    Secret::new(String::from_utf8(core::mem::take(&mut *token)).unwrap_or_default())
}

/// A presented secret as up to three pieces that stand apart in a token: nothing is copied to join them.
#[derive(Clone, Copy)]
pub(crate) enum SecretText<'r> {
    /// In one piece.
    Whole(&'r [u8]),
    /// As a token holds it: vendor, mark and tail.
    Token(&'r Token<'r>),
}

impl<'r> SecretText<'r> {
    /// A secret that stands in one piece.
    pub(crate) fn whole(text: &'r [u8]) -> Self {
        Self::Whole(text)
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Whole(text) => text.len(),
            Self::Token(token) => token.vendor + SECRET_MARK.len() + token.tail.len(),
        }
    }

    /// Whether the checksum fits; `None` for a text that is not in our format, which has none.
    pub(crate) fn checksum(&self) -> Option<bool> {
        let (vendor, tail) = match self {
            Self::Whole(text) => {
                let (before, tail) = text.split_last_chunk::<TAIL_CHARS>()?;
                (before.strip_suffix(SECRET_MARK)?, tail.as_slice())
            }
            Self::Token(token) => (token.vendor(), token.tail.as_slice()),
        };
        Some(checks(Vendor::from_bytes(vendor)?, tail))
    }

    /// Hands its pieces over in order.
    #[inline]
    pub(crate) fn feed(&self, mut to: impl FnMut(&[u8])) {
        match self {
            Self::Whole(text) => to(text),
            Self::Token(token) => {
                to(token.vendor());
                to(SECRET_MARK);
                to(token.tail.as_slice());
            }
        }
    }
}

/// A key id and its secret in one string, cut but not put together: what is copied is waited for wherever it is moved.
#[derive(Clone, Copy)]
pub(crate) struct Token<'r> {
    /// So many bytes of it are the vendor.
    pub(super) opening: &'r [u8; OPENING],
    pub(super) vendor: usize,
    id: &'r [u8; ID_CHARS],
    pub(super) tail: &'r [u8; TAIL_CHARS],
}

impl<'r> Token<'r> {
    /// The tail is taken as it is, unless it has a colon, which only `key:secret` has; otherwise only where the cuts lie is
    /// checked.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "what is cut stays in registers, and nobody waits for a copy of it"
    )]
    pub(crate) fn split(text: &'r [u8]) -> Option<Self> {
        let opening = text.first_chunk()?;
        let (rest, tail) = text.split_last_chunk::<TAIL_CHARS>()?;
        let (rest, id) = rest.strip_suffix(b"_")?.split_last_chunk::<ID_CHARS>()?;
        let vendor = rest.strip_suffix(TOKEN_MARK)?;
        // Both go over a fixed length without a branch on any character, which takes a few instructions.
        let colon = tail.iter().fold(false, |any, byte| any | (*byte == b':'));
        let base62 = id.iter().fold(true, |all, byte| all & byte.is_ascii_alphanumeric());
        let fits = !colon && base62 && is_vendor(vendor);
        fits.then_some(Self { opening, vendor: vendor.len(), id, tail })
    }

    #[inline]
    pub(crate) fn key_id(&self) -> KeyId {
        KeyId::spliced(*self.opening, self.vendor, *KEY_MARK, *self.id)
    }

    /// Whether this is its key id, which is not put together for it.
    #[inline]
    pub(crate) fn names(&self, key_id: &KeyId) -> bool {
        key_id.is_spliced(self.opening, self.vendor, *KEY_MARK, self.id)
    }

    fn vendor(&self) -> &'r [u8] {
        self.opening.get(..self.vendor).unwrap_or(self.opening)
    }
}

/// A key id that no record knows, for printing: whole if it has our form, else its first eight characters. What
/// somebody sent as a key may be the secret of another system.
pub(crate) struct Masked(pub(crate) KeyId);

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(key_id) = self;
        match key_id.as_str().split_at_checked(8) {
            Some((start, rest)) if !rest.is_empty() && !is_key(key_id.as_str().as_bytes()) => {
                write!(f, "{start}..")
            }
            _ => key_id.fmt(f),
        }
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// Whether the last six characters of a secret's tail are the checksum of all before them.
pub(super) fn checks(vendor: Vendor, tail: &[u8]) -> bool {
    let Some((random, sum)) = tail.split_last_chunk::<CHECKSUM_CHARS>() else { return false };
    checksum_of([vendor.as_str().as_bytes(), SECRET_MARK, random]) == *sum
}

/// Whether a text opens like a secret or a token of ours, cut or mistyped in front perhaps, and goes on long enough to
/// hold a part of one. Such a text in the place of a key id is a mix-up, and what it holds must not be printed as a
/// public id.
pub(crate) fn opens_like_a_secret(text: &[u8]) -> bool {
    let marks = [SECRET_MARK, TOKEN_MARK];
    let held = |rest: &[u8]| rest.get(..LEAK).is_some_and(|part| part.iter().all(u8::is_ascii_alphanumeric));
    (0..=Vendor::MAX_LEN)
        .filter_map(|at| text.get(at..))
        .any(|rest| marks.iter().any(|mark| rest.strip_prefix(mark.as_slice()).is_some_and(held)))
}

/// Consecutive characters of a secret that count as a part of it: 53 bits.
const LEAK: usize = 9;

/// Whether a text is a key id of ours, or opens like a secret or a token of ours.
pub(super) fn opens_like_ours(text: &[u8]) -> bool {
    is_key(text) || opens_like_a_secret(text)
}

fn is_key(text: &[u8]) -> bool {
    let key = text.len().checked_sub(ID_CHARS).and_then(|cut| text.split_at_checked(cut));
    let ours = key.and_then(|(vendor, id)| Some((vendor.strip_suffix(KEY_MARK)?, id)));
    ours.is_some_and(|(vendor, id)| {
        Vendor::from_bytes(vendor).is_some() && id.iter().all(u8::is_ascii_alphanumeric)
    })
}

/// Of a vendor and base62, both of which the caller has looked at.
#[inline]
pub(super) fn key_id(vendor: &[u8], id: &[u8]) -> Option<KeyId> {
    KeyId::joined(&[vendor, KEY_MARK, id])
}

pub(super) fn distinct(bytes: &[u8]) -> usize {
    let seen = bytes.iter().fold(0u128, |seen, byte| seen | 1 << (byte & 0x7F));
    usize::try_from(seen.count_ones()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minted() -> (KeyId, Secret) {
        let mut next = 0u8;
        let mut counter = |buffer: &mut [u8]| {
            for byte in buffer {
                next = next.wrapping_mul(5).wrapping_add(3);
                *byte = next;
            }
            Ok(())
        };
        mint("acme2".parse().unwrap(), &mut counter).unwrap()
    }

    #[test]
    fn a_token_splits_into_the_pair_that_made_it() {
        let (key_id, secret) = minted();
        let token = token(key_id, &secret);
        assert_eq!(token.expose().len(), 5 + 3 + 16 + 1 + 49);
        let found = Token::split(token.expose().as_bytes()).unwrap();
        assert_eq!(found.key_id(), key_id);
        let (mut joined, text) = (Vec::new(), SecretText::Token(&found));
        text.feed(|piece| joined.extend_from_slice(piece));
        assert_eq!(joined, secret.expose().as_bytes());
        assert_eq!(text.len(), secret.expose().len());
        for outside in ["-", "_", "~"] {
            let mut other = String::from(token.expose());
            other.replace_range(8..9, outside);
            assert!(Token::split(other.as_bytes()).is_none(), "an id with {outside}");
        }
    }

    #[test]
    fn the_secret_ends_in_the_checksum_of_all_before_it() {
        let (_, secret) = minted();
        let (text, sum) = secret.expose().as_bytes().split_last_chunk::<6>().unwrap();
        assert_eq!(checksum_of([text]), *sum);
    }

    #[test]
    fn an_imported_pair_has_its_own_one_string_form() {
        let token = token("0123abcd".parse().unwrap(), &Secret::new("s:3cret".into()));
        assert_eq!(token.expose(), "0123abcd:s:3cret");
        assert!(Token::split(token.expose().as_bytes()).is_none());
    }

    #[test]
    fn a_source_of_few_values_makes_no_secret() {
        let mut dull = |buffer: &mut [u8]| {
            buffer.iter_mut().zip((0..7u8).cycle()).for_each(|(slot, byte)| *slot = byte);
            Ok(())
        };
        assert_eq!(mint(Vendor::DEFAULT, &mut dull).unwrap_err(), EntropyError::Stuck);
    }
}
