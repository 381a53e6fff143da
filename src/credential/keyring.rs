//! The keys that a service keeps outside its database: peppers for hashes, sealing keys for sealed secrets.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use zeroize::Zeroizing;

use super::format::Vendor;
use crate::{mac::MacKey, secret::same_mac};

/// The bytes of one key, on the heap so that moving it copies nothing, wiped on drop.
struct Key {
    id: u32,
    bytes: Box<Zeroizing<[u8; 32]>>,
}

impl Key {
    fn new(id: u32, bytes: [u8; 32]) -> Result<Self, InvalidKey> {
        let bytes = Box::new(Zeroizing::new(bytes));
        if same_mac(&bytes, &[0; 32]) {
            return Err(InvalidKey::AllZero);
        }
        Ok(Self { id, bytes })
    }

    fn joins<'a>(
        &self,
        same_kind: impl Iterator<Item = &'a Key>,
        other_kind: impl Iterator<Item = &'a Key>,
    ) -> Result<(), InvalidKey> {
        for key in same_kind {
            if key.id == self.id {
                return Err(InvalidKey::SameId(self.id));
            }
            if same_mac(&key.bytes, &self.bytes) {
                return Err(InvalidKey::SameBytes(key.id));
            }
        }
        for key in other_kind {
            if same_mac(&key.bytes, &self.bytes) {
                return Err(InvalidKey::SameBytes(key.id));
            }
        }
        Ok(())
    }
}

/// The key that stored secrets are hashed with, so that a stolen table alone verifies nothing.
///
/// Named by a number that each stored hash carries. Its bytes come from where a service keeps such things (a secret
/// manager, a file readable by it alone), 32 of them from a random source. `Debug` shows the number alone.
pub struct Pepper(Key, Box<MacKey>);

impl Pepper {
    /// A pepper of that number. The caller's array is a copy: wipe it.
    ///
    /// # Errors
    /// [`InvalidKey::AllZero`].
    pub fn new(id: u32, bytes: [u8; 32]) -> Result<Self, InvalidKey> {
        let key = Key::new(id, bytes)?;
        let mac = Box::new(MacKey::new(&**key.bytes));
        Ok(Self(key, mac))
    }

    /// The number that stored hashes name it by.
    pub fn id(&self) -> u32 {
        self.0.id
    }

    pub(super) fn mac(&self) -> &MacKey {
        &self.1
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pepper({}, ..)", self.id())
    }
}

/// The key that secrets are sealed with where a service must read them again. Another type than [`Pepper`], so that
/// neither can stand in for the other. `Debug` shows the number alone.
pub struct SealingKey(Key);

impl SealingKey {
    /// A sealing key of that number. The caller's array is a copy: wipe it.
    ///
    /// # Errors
    /// [`InvalidKey::AllZero`].
    pub fn new(id: u32, bytes: [u8; 32]) -> Result<Self, InvalidKey> {
        Key::new(id, bytes).map(Self)
    }

    /// The number that sealed secrets name it by.
    pub fn id(&self) -> u32 {
        self.0.id
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0.bytes
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({}, ..)", self.id())
    }
}

/// A service's keys: one current pepper, at most one current sealing key, retired ones of both for what still names
/// them; and the vendor prefix of the credentials that it mints.
///
/// Keys of one kind have different numbers; all keys have different bytes.
///
/// ```
/// use keyward::{InvalidKey, KeyRing, Pepper};
/// let ring = KeyRing::new(Pepper::new(2, [2; 32])?).retired_pepper(Pepper::new(1, [1; 32])?)?;
/// assert_eq!(ring.pepper_id(), 2);
/// let twice = ring.retired_pepper(Pepper::new(3, [1; 32])?);
/// assert_eq!(twice.unwrap_err(), InvalidKey::SameBytes(1));
/// # Ok::<(), InvalidKey>(())
/// ```
pub struct KeyRing {
    vendor: Vendor,
    current: Pepper,
    retired: Vec<Pepper>,
    sealing: Option<SealingKey>,
    retired_sealing: Vec<SealingKey>,
}

/// A key of the ring, by kind and number, as stored secrets name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NamedKey {
    /// A pepper.
    Pepper(u32),
    /// A sealing key.
    Sealing(u32),
}

impl fmt::Display for NamedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pepper(id) => write!(f, "pepper {id}"),
            Self::Sealing(id) => write!(f, "sealing key {id}"),
        }
    }
}

impl KeyRing {
    /// A ring with one pepper, which new secrets are hashed with.
    pub fn new(pepper: Pepper) -> Self {
        Self {
            vendor: Vendor::DEFAULT,
            current: pepper,
            retired: Vec::new(),
            sealing: None,
            retired_sealing: Vec::new(),
        }
    }

    /// Mints credentials with this prefix instead of `kw`. Those minted before stay valid.
    #[must_use]
    pub fn vendor(mut self, vendor: Vendor) -> Self {
        self.vendor = vendor;
        self
    }

    /// Keeps a pepper for the hashes that still name it.
    ///
    /// # Errors
    /// [`InvalidKey::SameId`], [`InvalidKey::SameBytes`].
    pub fn retired_pepper(mut self, pepper: Pepper) -> Result<Self, InvalidKey> {
        pepper.0.joins(self.pepper_keys(), self.sealing_keys())?;
        self.retired.push(pepper);
        Ok(self)
    }

    /// Adds the key that secrets are sealed with from now on; the one before it is retired.
    ///
    /// # Errors
    /// [`InvalidKey::SameId`], [`InvalidKey::SameBytes`].
    pub fn sealing(mut self, key: SealingKey) -> Result<Self, InvalidKey> {
        key.0.joins(self.sealing_keys(), self.pepper_keys())?;
        self.retired_sealing.extend(self.sealing.replace(key));
        Ok(self)
    }

    /// Keeps a sealing key for the secrets that still name it.
    ///
    /// # Errors
    /// [`InvalidKey::SameId`], [`InvalidKey::SameBytes`].
    pub fn retired_sealing(mut self, key: SealingKey) -> Result<Self, InvalidKey> {
        key.0.joins(self.sealing_keys(), self.pepper_keys())?;
        self.retired_sealing.push(key);
        Ok(self)
    }

    /// The keys that new secrets are kept under; every other key of the ring is retired. One that no stored record
    /// names any more can be dropped.
    pub fn is_current(&self, key: NamedKey) -> bool {
        match key {
            NamedKey::Pepper(id) => self.current.id() == id,
            NamedKey::Sealing(id) => self.current_sealing().is_some_and(|current| current.id() == id),
        }
    }

    /// The number of the pepper that new secrets are hashed with.
    pub fn pepper_id(&self) -> u32 {
        self.current.id()
    }

    pub(crate) fn minting_for(&self) -> Vendor {
        self.vendor
    }

    pub(super) fn current(&self) -> &Pepper {
        &self.current
    }

    pub(super) fn pepper(&self, id: u32) -> Option<&Pepper> {
        core::iter::once(&self.current).chain(&self.retired).find(|pepper| pepper.id() == id)
    }

    pub(crate) fn current_sealing(&self) -> Option<&SealingKey> {
        self.sealing.as_ref()
    }

    pub(super) fn sealing_key(&self, id: u32) -> Option<&SealingKey> {
        self.sealing.iter().chain(&self.retired_sealing).find(|key| key.id() == id)
    }

    fn pepper_keys(&self) -> impl Iterator<Item = &Key> {
        core::iter::once(&self.current).chain(&self.retired).map(|pepper| &pepper.0)
    }

    fn sealing_keys(&self) -> impl Iterator<Item = &Key> {
        self.sealing.iter().chain(&self.retired_sealing).map(|key| &key.0)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (vendor, peppers) = (&self.vendor, &self.current);
        f.debug_struct("KeyRing")
            .field("vendor", vendor)
            .field("pepper", peppers)
            .field("retired", &self.retired)
            .field("sealing", &self.sealing)
            .field("retired_sealing", &self.retired_sealing)
            .finish()
    }
}

/// Why a key is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKey {
    /// A buffer that nobody filled.
    #[error("key of zeros only; fill it with 32 bytes from a random source")]
    AllZero,
    /// Two keys of one kind by one number.
    #[error("second key with number {0}; give each key of the ring a number of its own")]
    SameId(u32),
    /// One key under two numbers, or as pepper and as sealing key.
    #[error("same bytes as key {0}; fill each key of the ring from a random source")]
    SameBytes(u32),
}
