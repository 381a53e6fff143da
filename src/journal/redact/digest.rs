//! Length and keyed digest: what is kept of a text that must not show.

use alloc::boxed::Box;
use core::fmt;

use crate::{credential::InvalidKey, mac::MacKey, secret::same_mac};

/// Both uses of the key hash their own tag first, so that no body has the digest that seeds an index.
const DIGEST_TAG: &[u8] = b"keyward/digest/1";
const SEED_TAG: &[u8] = b"keyward/needles/1";

/// The key of the digests that stand for what is not shown: 32 bytes from a random source.
///
/// Equal bodies have equal digests under one key, and nobody without it can try which body a digest is of. A type of its
/// own, so that no pepper is used for it. Wiped on drop; `Debug` shows nothing of it.
///
/// ```
/// use keyward::{InvalidKey, RedactionKey};
/// assert!(RedactionKey::new([7; 32]).is_ok());
/// assert_eq!(RedactionKey::new([0; 32]).unwrap_err(), InvalidKey::AllZero);
/// ```
pub struct RedactionKey(Box<MacKey>);

impl RedactionKey {
    /// From 32 bytes. The caller's array is a copy: wipe it.
    ///
    /// # Errors
    /// [`InvalidKey::AllZero`].
    pub fn new(bytes: [u8; 32]) -> Result<Self, InvalidKey> {
        let bytes = zeroize::Zeroizing::new(bytes);
        if same_mac(&bytes, &[0; 32]) {
            return Err(InvalidKey::AllZero);
        }
        Ok(Self(Box::new(MacKey::new(&*bytes))))
    }

    pub(super) fn digest(&self, bytes: &[u8]) -> KeyedDigest {
        KeyedDigest(self.half(DIGEST_TAG, bytes))
    }

    /// Sixteen bytes that a caller cannot know, to place what it sends in a table.
    pub(super) fn seed(&self) -> [u8; 16] {
        self.half(SEED_TAG, &[])
    }

    fn half(&self, tag: &[u8], bytes: &[u8]) -> [u8; 16] {
        let mac = self.0.mac(|message| {
            message.update(tag);
            message.update(bytes);
        });
        let mut half = [0; 16];
        half.iter_mut().zip(mac).for_each(|(slot, byte)| *slot = byte);
        half
    }
}

impl fmt::Debug for RedactionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedactionKey(..)")
    }
}

/// The first half of an HMAC-SHA-256 under a [`RedactionKey`], of `keyward/digest/1` and the bytes. It prints as 32
/// hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyedDigest(pub(crate) [u8; 16]);

impl fmt::Display for KeyedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
