//! The key that a request's MAC is made with, and the MAC.

use alloc::vec::Vec;
use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use zeroize::{Zeroize, Zeroizing};

use super::{bytes::lower_digit, sink::Sink};
use crate::{
    body::HashAlg,
    credential::MAX_SECRET,
    mac::MacKey,
    secret::{Wiped, same_mac, wiped},
};

/// Bytes of a scheme's name before the secret: `AWS4`, `ANTAVO` and their like.
pub(crate) const MAX_PREFIX: usize = 32;

/// An HMAC key. Wiped on drop.
///
/// Under SHA-256 it is the two states behind the key's block ([`MacKey`]): what is kept beside a record then signs, and
/// does not give the secret back. Under SHA-512 it is a derived key, which is none either.
pub(crate) struct SigningKey(Kept);

enum Kept {
    Sha256(MacKey),
    /// HMAC pads keys with zeros itself (RFC 2104 §2).
    Sha512(Wiped<{ SigningKey::LEN }>),
}

impl SigningKey {
    pub(crate) const LEN: usize = 64;

    /// A secret as it is, under SHA-256.
    pub(crate) fn whole(secret: &[u8]) -> Self {
        Self(Kept::Sha256(MacKey::new(secret)))
    }

    /// As SigV4 derives it: under `prefix` and the secret the MAC of the first part, under that the MAC of the next, and
    /// so on.
    pub(crate) fn derived<'p>(
        alg: HashAlg,
        prefix: &[u8],
        secret: &[u8],
        parts: impl IntoIterator<Item = &'p [u8]>,
    ) -> Self {
        // A record's secret fits; a signer's own, or a verifier's without records, may be of any length.
        let mut joined = wiped([0; MAX_PREFIX + MAX_SECRET]);
        let mut longer = Zeroizing::new(Vec::new());
        let length = prefix.len() + secret.len();
        let first = if let Some(room) = joined.get_mut(..length) {
            room.iter_mut().zip(prefix.iter().chain(secret)).for_each(|(slot, byte)| *slot = *byte);
            room
        } else {
            longer.reserve_exact(length); // a vector that grew would leave copies behind
            longer.extend(prefix.iter().chain(secret));
            longer.as_mut_slice()
        };
        let mut parts = parts.into_iter();
        let part = parts.next().unwrap_or_default();
        let mut key = match alg {
            HashAlg::Sha256 => Self::of(&mut Self::whole(first).mac(|sink| sink.put(part))),
            // Longer than the key that is kept, and hashed once.
            HashAlg::Sha512 => Self::of(&mut sha512(first, |sink| sink.put(part))),
        };
        for part in parts {
            key = Self::of(&mut key.mac(|sink| sink.put(part)));
        }
        key
    }

    /// A MAC as the next key. It is wiped.
    fn of(tag: &mut Tag) -> Self {
        match tag {
            Tag::Sha256(bytes) => {
                let key = MacKey::new(bytes.as_slice());
                bytes.zeroize();
                Self(Kept::Sha256(key))
            }
            Tag::Sha512(bytes) => {
                let key = wiped(*bytes);
                bytes.zeroize();
                Self(Kept::Sha512(key))
            }
        }
    }

    /// To be kept beside a record.
    pub(crate) fn bytes(&self) -> Wiped<{ Self::LEN }> {
        match &self.0 {
            Kept::Sha256(key) => key.to_bytes(),
            Kept::Sha512(bytes) => bytes.clone(),
        }
    }

    /// As it was kept.
    pub(crate) fn from_bytes(alg: HashAlg, bytes: Wiped<{ Self::LEN }>) -> Self {
        Self(match alg {
            HashAlg::Sha256 => Kept::Sha256(MacKey::from_bytes(&bytes)),
            HashAlg::Sha512 => Kept::Sha512(bytes),
        })
    }

    /// The MAC of what `feed` puts.
    pub(crate) fn mac(&self, feed: impl FnOnce(&mut dyn Sink)) -> Tag {
        match &self.0 {
            Kept::Sha256(key) => Tag::Sha256(key.mac(|message| feed(message))),
            Kept::Sha512(bytes) => sha512(bytes.as_slice(), feed),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kept::Sha256(_) => "SigningKey(Sha256, ..)",
            Kept::Sha512(_) => "SigningKey(Sha512, ..)",
        })
    }
}

fn sha512(key: &[u8], feed: impl FnOnce(&mut dyn Sink)) -> Tag {
    // HMAC takes keys of any length, so this cannot fail; if it ever did, no MAC would match.
    let Ok(mut hmac) = Hmac::<Sha512>::new_from_slice(key) else { return Tag::Sha512([0; 64]) };
    feed(&mut hmac);
    Tag::Sha512(hmac.finalize().into_bytes().into())
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
            // Without a branch on each digit: they are random, and half of the guesses would be wrong.
            let mut all = 0;
            for (slot, [high, low]) in bytes.iter_mut().zip(pairs) {
                let (high, low) = (lower_digit(*high), lower_digit(*low));
                all |= high | low;
                *slot = high << 4 | low;
            }
            (all < 16).then_some(bytes)
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
        let published = hex("c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
        let of = |key: &SigningKey| key.mac(|sink| sink.put(b"string to sign"));
        assert!(of(&key).same(&of(&SigningKey::whole(&published))));
        assert!(!key.bytes().windows(8).any(|kept| published.windows(8).any(|part| part == kept)));
    }

    #[test]
    fn every_byte_of_a_secret_counts_however_long_it_is() {
        for length in [1, 60, 128, 154, 155, 200, 1000] {
            for alg in [HashAlg::Sha256, HashAlg::Sha512] {
                let mut secret = alloc::vec![7; length];
                let of = |secret: &[u8]| {
                    SigningKey::derived(alg, b"ANTAVO", secret, [b"day".as_slice()])
                        .mac(|sink| sink.put(b"x"))
                };
                let right = of(&secret);
                let joined = [b"ANTAVO", secret.as_slice()].concat();
                let by_another = SigningKey::of(&mut match alg {
                    HashAlg::Sha256 => {
                        let mut hmac = Hmac::<sha2::Sha256>::new_from_slice(&joined).unwrap();
                        hmac.update(b"day");
                        Tag::Sha256(hmac.finalize().into_bytes().into())
                    }
                    HashAlg::Sha512 => sha512(&joined, |sink| sink.put(b"day")),
                });
                assert!(right.same(&by_another.mac(|sink| sink.put(b"x"))), "{alg:?}, {length} bytes");
                secret[length - 1] ^= 1;
                assert!(!right.same(&of(&secret)), "{alg:?}, the last of {length} bytes");
            }
        }
    }

    #[test]
    fn a_key_that_was_kept_is_the_same_key_and_shows_no_secret() {
        let secret = b"Example+Secret/For-Tests";
        let derived = |alg| SigningKey::derived(alg, b"KW", secret, [b"one".as_slice(), b"two"]);
        for (alg, key) in [
            (HashAlg::Sha256, SigningKey::whole(secret)),
            (HashAlg::Sha256, derived(HashAlg::Sha256)),
            (HashAlg::Sha512, derived(HashAlg::Sha512)),
        ] {
            let kept = key.bytes();
            assert!(!kept.windows(4).any(|kept| secret.windows(4).any(|part| part == kept)));
            let again = SigningKey::from_bytes(alg, kept);
            let of = |key: &SigningKey| key.mac(|sink| sink.put(b"string to sign"));
            assert!(of(&again).same(&of(&key)));
            assert_eq!(of(&key).alg(), alg);
        }
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
