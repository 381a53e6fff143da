//! What is asked of a body, how it is given, and its digest, which only a finished hasher makes.

use core::fmt;

use sha2::{Digest, Sha256, Sha512};

/// The hashes that a body may be digested with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HashAlg {
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-512 (FIPS 180-4).
    Sha512,
}

/// What of a body the engine has to see before it decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyNeed {
    /// Nothing: decide without reading it.
    Nothing,
    /// Its digest, or all of its bytes.
    Digest(HashAlg),
    /// All of its bytes.
    Bytes,
}

/// A body, as it is given to the engine.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Payload<'r> {
    /// The request has none.
    Absent,
    /// All of its bytes.
    Bytes(&'r [u8]),
    /// Its digest, for a body that was too large to hold.
    Digest(BodyDigest),
}

impl Payload<'_> {
    /// Its digest. `None` if it was digested otherwise.
    pub(crate) fn digest(&self, alg: HashAlg) -> Option<BodyDigest> {
        match self {
            Self::Digest(digest) => (digest.alg() == alg).then_some(*digest),
            Self::Absent | Self::Bytes([]) => Some(BodyDigest::of_nothing(alg)),
            Self::Bytes(bytes) => {
                let mut hasher = BodyHasher::new(alg);
                hasher.update(bytes);
                Some(hasher.finish())
            }
        }
    }

    /// Whether there is not a single byte.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Absent => true,
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::Digest(digest) => *digest == BodyDigest::of_nothing(digest.alg()),
        }
    }
}

/// A body may hold anything, so only its kind and length show.
impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("Payload(absent)"),
            Self::Bytes(bytes) => write!(f, "Payload({} bytes)", bytes.len()),
            Self::Digest(digest) => write!(f, "Payload({digest:?})"),
        }
    }
}

/// Digests a body that is too large to hold, piece by piece.
///
/// ```
/// use keyward::{BodyHasher, HashAlg};
/// let mut hasher = BodyHasher::new(HashAlg::Sha256);
/// hasher.update(b"ab");
/// hasher.update(b"c");
/// let digest = hasher.finish();
/// assert_eq!(digest.as_bytes()[..4], [0xba, 0x78, 0x16, 0xbf]); // FIPS 180-4's "abc"
/// ```
#[derive(Clone)]
pub struct BodyHasher(State);

#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "one lives for one request, on the stack")]
enum State {
    Sha256(Sha256),
    Sha512(Sha512),
}

impl BodyHasher {
    /// Over no bytes yet.
    pub fn new(alg: HashAlg) -> Self {
        Self(match alg {
            HashAlg::Sha256 => State::Sha256(Sha256::new()),
            HashAlg::Sha512 => State::Sha512(Sha512::new()),
        })
    }

    /// Adds the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha256(hash) => hash.update(bytes),
            State::Sha512(hash) => hash.update(bytes),
        }
    }

    /// The digest of everything added.
    pub fn finish(self) -> BodyDigest {
        BodyDigest(match self.0 {
            State::Sha256(hash) => Digested::Sha256(hash.finalize().into()),
            State::Sha512(hash) => Digested::Sha512(hash.finalize().into()),
        })
    }
}

impl fmt::Debug for BodyHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyHasher(..)")
    }
}

/// What [`BodyHasher::finish`] made, and nothing else can make: a digest that somebody sent is not a digest that
/// somebody computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyDigest(Digested);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Digested {
    Sha256([u8; 32]),
    Sha512([u8; 64]),
}

impl BodyDigest {
    /// Of no bytes, as most requests have: a short one would take an eighth longer with this computed every time.
    pub(crate) fn of_nothing(alg: HashAlg) -> Self {
        Self(match alg {
            HashAlg::Sha256 => Digested::Sha256([
                0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
                0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
                0xb8, 0x55,
            ]),
            HashAlg::Sha512 => Digested::Sha512([
                0xcf, 0x83, 0xe1, 0x35, 0x7e, 0xef, 0xb8, 0xbd, 0xf1, 0x54, 0x28, 0x50, 0xd6, 0x6d, 0x80,
                0x07, 0xd6, 0x20, 0xe4, 0x05, 0x0b, 0x57, 0x15, 0xdc, 0x83, 0xf4, 0xa9, 0x21, 0xd3, 0x6c,
                0xe9, 0xce, 0x47, 0xd0, 0xd1, 0x3c, 0x5d, 0x85, 0xf2, 0xb0, 0xff, 0x83, 0x18, 0xd2, 0x87,
                0x7e, 0xec, 0x2f, 0x63, 0xb9, 0x31, 0xbd, 0x47, 0x41, 0x7a, 0x81, 0xa5, 0x38, 0x32, 0x7a,
                0xf9, 0x27, 0xda, 0x3e,
            ]),
        })
    }

    /// How it was computed.
    pub fn alg(&self) -> HashAlg {
        match self.0 {
            Digested::Sha256(_) => HashAlg::Sha256,
            Digested::Sha512(_) => HashAlg::Sha512,
        }
    }

    /// 32 or 64 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Digested::Sha256(bytes) => bytes,
            Digested::Sha512(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_nothing_is_what_a_hasher_makes_of_it() {
        for alg in [HashAlg::Sha256, HashAlg::Sha512] {
            let nothing = BodyHasher::new(alg).finish();
            assert_eq!(BodyDigest::of_nothing(alg), nothing);
            for empty in [Payload::Absent, Payload::Bytes(b""), Payload::Digest(nothing)] {
                assert_eq!(empty.digest(alg), Some(nothing));
                assert!(empty.is_empty());
            }
            assert_ne!(Payload::Bytes(b"\0").digest(alg), Some(nothing));
        }
    }
}
