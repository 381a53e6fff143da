//! By what a store tells one state of a record from every other that stood under its id.
//!
//! ```text
//! revision = 0 (1 bit)  changes (31 bits)  first 32 bits of SHA-256(the record as encoded, with the revision before)
//! ```
//!
//! A count alone comes round: a user that is deleted and made again under its id may have been changed as often as the one
//! that an administrator still has open, and that edit would then be laid over it.

use sha2::{Digest, Sha256};

use super::record::ApiUser;

const DIGEST: u32 = 32;

/// The highest bit stays free: many databases have signed numbers alone.
const MOST_CHANGES: u64 = (1 << 31) - 1;

impl ApiUser {
    /// The revision of a record that was just made.
    pub(super) fn begun(self) -> Self {
        Self { revision: self.digest(), ..self }
    }

    /// After two thousand million changes it counts from zero again: what is compared is whether two are equal.
    pub(super) fn changed(&mut self) {
        let changes = (self.revision >> DIGEST).wrapping_add(1) & MOST_CHANGES;
        self.revision = changes << DIGEST | self.digest();
    }

    fn digest(&self) -> u64 {
        let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(self.encode()));
        u32::from_be_bytes([a, b, c, d]).into()
    }
}
