//! What a regenerated credential cuts off, said beforehand.

use alloc::{collections::BTreeSet, vec::Vec};
use core::{fmt, net::IpAddr};

use super::record::{ApiUser, UnknownKey};
use crate::{id::KeyId, time::Timestamp};

/// That a credential was used, as an application recorded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// Which credential.
    pub key_id: KeyId,
    /// When.
    pub at: Timestamp,
    /// Where from, if that is known.
    pub client: Option<IpAddr>,
}

/// What stops working when a credential is regenerated. `Display` is a sentence for whoever is about to do it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WhatStops {
    /// The credential.
    pub key_id: KeyId,
    /// When it was last used; `None` if no use was recorded.
    pub last_use: Option<Timestamp>,
    /// Every address that it was seen from, in order.
    pub callers: Vec<IpAddr>,
}

impl ApiUser {
    /// What regenerating this credential would cut off, from the uses that the application recorded.
    ///
    /// # Errors
    /// [`UnknownKey`].
    pub fn what_stops(&self, key_id: KeyId, uses: &[LastUse]) -> Result<WhatStops, UnknownKey> {
        if !self.credentials.iter().any(|held| held.key_id == key_id) {
            return Err(UnknownKey);
        }
        let uses = || uses.iter().filter(|seen| seen.key_id == key_id);
        let callers: BTreeSet<_> =
            uses().filter_map(|seen| seen.client).map(|ip| ip.to_canonical()).collect();
        let last_use = uses().map(|seen| seen.at).max();
        Ok(WhatStops { key_id, last_use, callers: callers.into_iter().collect() })
    }
}

/// Addresses that are spelled out; the rest is counted.
const SHOWN: usize = 5;

impl fmt::Display for WhatStops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {} is refused from now on; ", self.key_id)?;
        match self.last_use {
            Some(at) => write!(f, "it was last used at {at}")?,
            None => f.write_str("no use of it was recorded")?,
        }
        for (index, ip) in self.callers.iter().take(SHOWN).enumerate() {
            write!(f, "{}{ip}", if index == 0 { " and was seen from " } else { ", " })?;
        }
        match self.callers.len().checked_sub(SHOWN) {
            Some(more) if more > 0 => write!(f, " and {more} more"),
            _ => Ok(()),
        }
    }
}
