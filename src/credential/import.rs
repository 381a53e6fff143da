//! Pairs that another system made, taken over with a floor below their strength.

use super::format::opens_like_ours;
use crate::{id::KeyId, secret::Secret, time::Timestamp};

/// The longest secret, in bytes.
pub const MAX_SECRET: usize = 128;

/// The least that an imported secret may be worth, in bits: 16 hexadecimal characters, the shortest secret that either
/// of the two products hands out.
const MIN_BITS: usize = 64;

/// Fewer distinct characters are a repetition, whatever the length.
const MIN_DISTINCT: usize = 8;

/// A key and secret that another system made, checked.
///
/// A secret has 1 to 128 bytes and is worth at least 64 bits: its length times the bits of the smallest alphabet that
/// holds all its characters (digits 3.3, hexadecimal 4, one case of letters 4.7, with digits 5.1, both cases 5.7, with
/// digits 5.9, the base64 alphabets 6, anything else 6.5). At least 8 of its characters differ. Neither does it contain
/// its key id, which is public, nor stand in it, and neither of the two has the form of ours. It has no blank or line
/// break at its ends: header lines lose them on their way, so it would never verify.
///
/// ```
/// use keyward::{ImportError, Imported, Secret};
/// let pair = |secret: &str| Imported::new("0123456789abcdef0123456789abcdef".parse().unwrap(), Secret::new(secret.into()));
/// assert!(pair("fedcba9876543210").is_ok());
/// assert_eq!(pair("fedcba987654321").unwrap_err(), ImportError::Weak { bits: 60 });
/// ```
#[derive(Debug)]
pub struct Imported {
    pub(crate) key_id: KeyId,
    pub(crate) secret: Secret,
    pub(crate) weak: bool,
    pub(crate) until: Option<Timestamp>,
}

impl Imported {
    /// Checks a pair.
    ///
    /// # Errors
    /// [`ImportError`].
    pub fn new(key_id: KeyId, secret: Secret) -> Result<Self, ImportError> {
        shape(key_id, &secret)?;
        strength(&secret)?;
        Ok(Self { key_id, secret, weak: false, until: None })
    }

    /// Takes a pair over that may be below the floor, until `end`. One that is below it is taken for at most
    /// [`MAX_WEAK`](crate::MAX_WEAK), by API users whose list restricts them.
    ///
    /// # Errors
    /// [`ImportError`], all but the floor's.
    pub fn danger_weak(key_id: KeyId, secret: Secret, end: Timestamp) -> Result<Self, ImportError> {
        shape(key_id, &secret)?;
        let weak = strength(&secret).is_err();
        Ok(Self { key_id, secret, weak, until: Some(end) })
    }
}

fn shape(key_id: KeyId, secret: &Secret) -> Result<(), ImportError> {
    let text = secret.expose();
    if !(1..=MAX_SECRET).contains(&text.len()) {
        return Err(ImportError::Length(text.len()));
    }
    if text.contains(key_id.as_str()) {
        return Err(ImportError::HoldsKeyId);
    }
    if key_id.as_str().contains(text) {
        return Err(ImportError::InKeyId);
    }
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        return Err(ImportError::Blank);
    }
    if opens_like_ours(key_id.as_str().as_bytes()) || opens_like_ours(text.as_bytes()) {
        return Err(ImportError::LikeOurs);
    }
    Ok(())
}

fn strength(secret: &Secret) -> Result<(), ImportError> {
    let text = secret.expose();
    let bits = text.len() * centibits(text) / 100;
    let distinct = super::format::distinct(text.as_bytes());
    if bits < MIN_BITS {
        return Err(ImportError::Weak { bits });
    }
    if distinct < MIN_DISTINCT { Err(ImportError::Repetitive { distinct }) } else { Ok(()) }
}

type Holds = fn(u8) -> bool;

/// 100 × log₂ of the smallest alphabet that holds every character.
fn centibits(text: &str) -> usize {
    let all = |allowed: Holds| text.bytes().all(allowed);
    let alphabets: [(Holds, usize); 9] = [
        (|byte| byte.is_ascii_digit(), 332),
        (|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte), 400),
        (|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte), 400),
        (|byte| byte.is_ascii_lowercase(), 470),
        (|byte| byte.is_ascii_uppercase(), 470),
        (|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase(), 516),
        (|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase(), 516),
        (|byte| byte.is_ascii_alphabetic(), 570),
        (|byte| byte.is_ascii_alphanumeric(), 595),
    ];
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte);
    let found = alphabets.iter().find(|(allowed, _)| all(*allowed)).map(|(_, bits)| *bits);
    found.unwrap_or(if text.bytes().all(base64) { 600 } else { 655 })
}

/// Why a pair is not taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Empty or too long.
    #[error("secret of {0} bytes; import one of 1 to 128")]
    Length(usize),
    /// Below the floor.
    #[error("secret worth {bits} bits; import one of at least 64, or issue a new credential")]
    Weak {
        /// What it is worth.
        bits: usize,
    },
    /// Long, but made of few characters.
    #[error("secret of {distinct} distinct characters; import one of at least 8, or issue a new credential")]
    Repetitive {
        /// How many differ.
        distinct: usize,
    },
    /// The secret would give itself away by its key.
    #[error("secret that contains its key id; issue a new credential instead")]
    HoldsKeyId,
    /// The key, which is public, would give the secret away.
    #[error("secret that stands in its key id; issue a new credential instead")]
    InKeyId,
    /// A blank or a line break at its ends, as a file's last line has one.
    #[error("blank or line break at an end of the secret; import it without")]
    Blank,
    /// It would be taken for one of ours by scanners and people.
    #[error(
        "key or secret in the form of this product's own; import it where it was made, or issue a new credential"
    )]
    LikeOurs,
}
