//! The key that a request's MAC is made with, and the MAC.

use core::fmt;

use hmac::{Hmac, KeyInit, Mac, digest::Output};
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use super::sink::Sink;
use crate::{body::HashAlg, credential::MAX_SECRET, secret::same_mac};

/// Bytes of a scheme's name before the secret: `AWS4`, `ANTAVO` and their like.
pub(crate) const MAX_PREFIX: usize = 32;

/// An HMAC key, at most a block of SHA-256 long, with zeros behind it: HMAC pads keys with zeros itself (RFC 2104 §2),
/// so these are the same key. Wiped on drop.
pub(crate) struct SigningKey {
    alg: HashAlg,
    bytes: Zeroizing<[u8; SigningKey::LEN]>,
}

impl SigningKey {
    pub(crate) const LEN: usize = 64;

    /// A secret as it is. A longer one than a block is hashed first, as RFC 2104 says.
    pub(crate) fn whole(secret: &[u8]) -> Self {
        let mut bytes = Zeroizing::new([0; Self::LEN]);
        match bytes.get_mut(..secret.len()) {
            Some(room) => room.copy_from_slice(secret),
            None => bytes.iter_mut().zip(Sha256::digest(secret)).for_each(|(slot, byte)| *slot = byte),
        }
        Self { alg: HashAlg::Sha256, bytes }
    }

    /// As SigV4 derives it: under `prefix` and the secret the MAC of the first part, under that the MAC of the next, and
    /// so on.
    pub(crate) fn derived<'p>(
        alg: HashAlg,
        prefix: &[u8],
        secret: &[u8],
        parts: impl IntoIterator<Item = &'p [u8]>,
    ) -> Self {
        let mut joined = Zeroizing::new([0; MAX_PREFIX + MAX_SECRET]);
        let length =
            joined.iter_mut().zip(prefix.iter().chain(secret)).map(|(slot, byte)| *slot = *byte).count();
        let first = joined.get(..length).unwrap_or_default();
        let mut parts = parts.into_iter();
        let mut key = Self::from_tag(&mac(alg, first, |sink| sink.put(parts.next().unwrap_or_default())));
        for part in parts {
            key = Self::from_tag(&key.mac(|sink| sink.put(part)));
        }
        key
    }

    fn from_tag(tag: &Tag) -> Self {
        let mut bytes = Zeroizing::new([0; Self::LEN]);
        bytes.iter_mut().zip(tag.as_bytes()).for_each(|(slot, byte)| *slot = *byte);
        Self { alg: tag.alg(), bytes }
    }

    pub(crate) fn bytes(&self) -> &[u8; Self::LEN] {
        &self.bytes
    }

    pub(crate) fn from_bytes(alg: HashAlg, bytes: Zeroizing<[u8; Self::LEN]>) -> Self {
        Self { alg, bytes }
    }

    /// The MAC of what `feed` puts.
    pub(crate) fn mac(&self, feed: impl FnOnce(&mut dyn Sink)) -> Tag {
        mac(self.alg, self.bytes.as_slice(), feed)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?}, ..)", self.alg)
    }
}

fn mac(alg: HashAlg, key: &[u8], feed: impl FnOnce(&mut dyn Sink)) -> Tag {
    match alg {
        HashAlg::Sha256 => Tag::Sha256(keyed::<Hmac<Sha256>>(key, feed).into()),
        HashAlg::Sha512 => Tag::Sha512(keyed::<Hmac<Sha512>>(key, feed).into()),
    }
}

fn keyed<M: Mac + KeyInit + Sink>(key: &[u8], feed: impl FnOnce(&mut dyn Sink)) -> Output<M> {
    // HMAC takes keys of any length, so this cannot fail; if it ever did, no MAC would match.
    let Ok(mut hmac) = <M as KeyInit>::new_from_slice(key) else { return Output::<M>::default() };
    feed(&mut hmac);
    hmac.finalize().into_bytes()
}

/// A MAC, computed or claimed. `Debug` shows its kind alone: the right one for a refused request is a key to it.
#[derive(Clone, Copy)]
pub(crate) enum Tag {
    Sha256([u8; 32]),
    Sha512([u8; 64]),
}

impl Tag {
    pub(crate) fn alg(&self) -> HashAlg {
        match self {
            Self::Sha256(_) => HashAlg::Sha256,
            Self::Sha512(_) => HashAlg::Sha512,
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sha256(bytes) => bytes,
            Self::Sha512(bytes) => bytes,
        }
    }

    /// From lower-case hexadecimal of exactly its length.
    pub(crate) fn from_hex(alg: HashAlg, hex: &[u8]) -> Option<Self> {
        fn read<const N: usize>(hex: &[u8]) -> Option<[u8; N]> {
            let (pairs, rest) = hex.as_chunks::<2>();
            if !rest.is_empty() || pairs.len() != N {
                return None;
            }
            let mut bytes = [0; N];
            for (slot, [high, low]) in bytes.iter_mut().zip(pairs) {
                *slot = digit(*high)? << 4 | digit(*low)?;
            }
            Some(bytes)
        }
        Some(match alg {
            HashAlg::Sha256 => Self::Sha256(read(hex)?),
            HashAlg::Sha512 => Self::Sha512(read(hex)?),
        })
    }

    /// In constant time. MACs of two kinds are never the same, and their kinds are public.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sha256(a), Self::Sha256(b)) => same_mac(a, b),
            (Self::Sha512(a), Self::Sha512(b)) => same_mac(a, b),
            _ => false,
        }
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({:?}, ..)", self.alg())
    }
}

fn digit(hex: u8) -> Option<u8> {
    match hex {
        b'0'..=b'9' => Some(hex - b'0'),
        b'a'..=b'f' => Some(hex - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn macs_are_those_of_rfc_4231() {
        // Test cases 1, 2, 3 and 6: a short key, a word, 20 bytes, and 131 bytes, which are hashed first.
        for (key, data, sha256) in [
            (
                hex(&"0b".repeat(20)),
                b"Hi There".to_vec(),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe".to_vec(),
                b"what do ya want for nothing?".to_vec(),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                hex(&"aa".repeat(20)),
                [0xdd; 50].to_vec(),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            ),
            (
                hex(&"aa".repeat(131)),
                b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ] {
            let tag = SigningKey::whole(&key).mac(|sink| data.chunks(7).for_each(|piece| sink.put(piece)));
            assert_eq!(tag.as_bytes(), hex(sha256));
        }
    }

    #[test]
    fn a_derived_key_is_the_published_one() {
        // AWS, "Examples of how to derive a signing key": 20150830, us-east-1, iam.
        let parts: [&[u8]; 4] = [b"20150830", b"us-east-1", b"iam", b"aws4_request"];
        let key =
            SigningKey::derived(HashAlg::Sha256, b"AWS4", b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", parts);
        assert_eq!(
            key.bytes()[..32],
            hex("c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9")
        );
        assert_eq!(key.bytes()[32..], [0; 32]);
    }

    #[test]
    fn a_claimed_mac_is_lower_case_and_whole() {
        let text = "0a".repeat(32);
        assert!(Tag::from_hex(HashAlg::Sha256, text.as_bytes()).unwrap().same(&Tag::Sha256([10; 32])));
        for bad in [&text[1..], &text[2..], "", &text.to_uppercase(), &"0a".repeat(64), &"0g".repeat(32)] {
            assert!(Tag::from_hex(HashAlg::Sha256, bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(!Tag::Sha256([0; 32]).same(&Tag::Sha512([0; 64])));
        for bit in 0..512 {
            let mut other = [0; 64];
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!Tag::Sha512([0; 64]).same(&Tag::Sha512(other)), "bit {bit}");
        }
    }
}
