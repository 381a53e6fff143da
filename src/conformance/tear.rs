//! Records as a failing disk leaves them.

use alloc::vec::Vec;

use crate::id::{AccountId, UserId};

/// Whose record is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RecordOf {
    /// An account's.
    Account(AccountId),
    /// An API user's.
    User(AccountId, UserId),
}

/// What is left of a record of which the bytes behind `at` were never written. Beyond its end it wraps, so that every
/// number cuts something off.
pub(super) fn cut(mut record: Vec<u8>, at: usize) -> Vec<u8> {
    let length = at.checked_rem(record.len()).unwrap_or(0);
    record.truncate(length);
    record
}

/// A record with the lowest bit of the byte at `at` turned. Beyond its end it wraps.
pub(super) fn flip(mut record: Vec<u8>, at: usize) -> Vec<u8> {
    let place = at.checked_rem(record.len()).and_then(|place| record.get_mut(place));
    if let Some(byte) = place {
        *byte ^= 1;
    }
    record
}
