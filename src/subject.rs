//! What a look-up returns: an account, an API user and one of its credentials behind one pointer.

use alloc::sync::Arc;
use core::fmt;

use crate::{
    account::Account,
    credential::{Context, Owner},
    id::KeyId,
    user::{ApiUser, Credential},
};

/// The caller that a key id names, found but not yet proven to be calling.
///
/// One counted pointer: cloning it for a request touches one counter. Build it when a record is read, not for every
/// request: it hashes the ids that the stored secret is bound to.
#[derive(Clone)]
pub struct Subject(Arc<Inner>);

struct Inner {
    account: Arc<Account>,
    user: Arc<ApiUser>,
    credential: Credential,
    context: Context,
}

impl Subject {
    /// Joins the three. `None` if the user belongs to another account or does not have the key.
    pub fn new(account: Arc<Account>, user: Arc<ApiUser>, key_id: KeyId) -> Option<Self> {
        if user.account() != account.id() {
            return None;
        }
        let credential = user.credentials().iter().find(|held| held.key_id() == key_id)?.clone();
        let context = Owner { account: account.id(), user: user.id(), key_id }.context();
        Some(Self(Arc::new(Inner { account, user, credential, context })))
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.0.account
    }

    /// The API user.
    pub fn user(&self) -> &ApiUser {
        &self.0.user
    }

    /// The credential.
    pub fn credential(&self) -> &Credential {
        &self.0.credential
    }

    /// The credential's key id.
    pub fn key_id(&self) -> KeyId {
        self.0.credential.key_id()
    }

    pub(crate) fn context(&self) -> Context {
        self.0.context
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("account", &self.account().id())
            .field("user", &self.user().id())
            .field("key_id", &self.key_id())
            .finish()
    }
}
