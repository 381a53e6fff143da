//! Changing what an API user is.

use super::{
    credential::{Credential, Origin},
    record::{ApiUser, InvalidName, checked},
};
use crate::{
    access::AccessLevel,
    credential::{Act, ActKind, By},
    network::Allowlist,
};

impl ApiUser {
    /// Gives it another name.
    ///
    /// # Errors
    /// [`InvalidName`].
    pub fn rename(&mut self, name: &str, by: By<'_>) -> Result<Act, InvalidName> {
        self.name = checked(name)?;
        self.changed();
        Ok(self.act(ActKind::Rename, None, by))
    }

    /// Gives it another access level.
    pub fn change_level(&mut self, level: AccessLevel, by: By<'_>) -> Act {
        self.level = level;
        self.changed();
        self.act(ActKind::ChangeLevel, None, by)
    }

    /// Gives it another address list, as a whole. Without a rule it refuses every address.
    ///
    /// # Errors
    /// [`ListNeeded`] for a list that admits everyone or no one, while a credential below the floor lives.
    pub fn change_allowlist(&mut self, allowlist: Allowlist, by: By<'_>) -> Result<Act, ListNeeded> {
        let weak = |held: &Credential| held.origin == Origin::ImportedWeak && held.has_future(by.at);
        if !allowlist.restricts() && self.credentials.iter().any(weak) {
            return Err(ListNeeded);
        }
        self.allowlist = allowlist;
        self.changed();
        Ok(self.act(ActKind::ChangeAllowlist, None, by))
    }
}

/// A credential below the floor lives only behind a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "any address for an API user with a weak imported secret; regenerate that first, or list the addresses"
)]
pub struct ListNeeded;
