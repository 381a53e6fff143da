//! Ending credentials, switching users off and on, removing them.

use alloc::vec::Vec;

use super::record::{ApiUser, UnknownKey};
use crate::{
    credential::{Act, ActKind, By},
    id::KeyId,
    time::Timestamp,
};

impl ApiUser {
    /// The act of having made this user, for the journal.
    pub fn created(&self, by: By<'_>) -> Act {
        self.act(ActKind::Create, None, by)
    }

    /// Refuses a credential for good. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`UnknownKey`].
    pub fn revoke(&mut self, key_id: KeyId, by: By<'_>) -> Result<Act, UnknownKey> {
        let credential = self.held(key_id)?;
        if credential.revoked_at.is_none() {
            credential.revoked_at = Some(by.at);
            self.changed();
        }
        Ok(self.act(ActKind::Revoke, Some(key_id), by))
    }

    /// Ends a credential at `end`. An end that it has already is only ever brought forward: to let callers stay longer,
    /// issue or rotate.
    ///
    /// # Errors
    /// [`UnknownKey`], also for a credential that is over.
    pub fn expire(&mut self, key_id: KeyId, end: Timestamp, by: By<'_>) -> Result<Act, UnknownKey> {
        let credential = self.with_future(key_id, by.at)?;
        let end = credential.expires_at.map_or(end, |own| own.min(end));
        credential.expires_at = Some(end);
        self.changed();
        Ok(Act { end: Some(end), ..self.act(ActKind::Expire, Some(key_id), by) })
    }

    /// Lets a credential begin at `start`.
    ///
    /// # Errors
    /// [`UnknownKey`], also for a credential that is over.
    pub fn postpone(&mut self, key_id: KeyId, start: Timestamp, by: By<'_>) -> Result<Act, UnknownKey> {
        self.with_future(key_id, by.at)?.not_before = Some(start);
        self.changed();
        Ok(self.act(ActKind::Postpone, Some(key_id), by))
    }

    /// Switches the user off, with all its credentials.
    pub fn disable(&mut self, by: By<'_>) -> Act {
        self.switch(true, ActKind::Disable, by)
    }

    /// Switches the user on again.
    pub fn enable(&mut self, by: By<'_>) -> Act {
        self.switch(false, ActKind::Enable, by)
    }

    /// Removes the user. Its key ids stay taken for good: a store keeps them as tombstones.
    pub fn delete(self, by: By<'_>) -> Deleted {
        let act = self.act(ActKind::Delete, None, by);
        Deleted { act, tombstones: self.credentials.iter().map(|held| held.key_id).collect() }
    }

    fn switch(&mut self, disabled: bool, kind: ActKind, by: By<'_>) -> Act {
        if self.disabled != disabled {
            self.disabled = disabled;
            self.changed();
        }
        self.act(kind, None, by)
    }
}

/// What is left of a removed user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deleted {
    /// For the journal.
    pub act: Act,
    /// Key ids that no credential may ever have again.
    pub tombstones: Vec<KeyId>,
}
