//! A new secret, shown once: the types that make a second time impossible.

use super::{act::Act, format};
use crate::{id::KeyId, secret::Secret};

/// A new credential whose secret nobody has seen yet.
///
/// Save the user first, then [`reveal`](Self::reveal): if the save fails, drop this and no secret is loose. It has
/// no `Clone`, `Debug` or `Serialize`, and revealing consumes it.
#[must_use = "save the user, then reveal the secret: there is no second time"]
#[allow(missing_debug_implementations, reason = "nothing that holds an unseen secret is printed")]
pub struct Reveal {
    pub(crate) key_id: KeyId,
    pub(crate) secret: Secret,
    pub(crate) act: Act,
}

impl Reveal {
    /// The new credential's public half.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// What happened, for the journal.
    pub fn act(&self) -> &Act {
        &self.act
    }

    /// Gives the secret away.
    pub fn reveal(self) -> Revealed {
        Revealed { token: format::token(self.key_id, &self.secret), key_id: self.key_id, secret: self.secret }
    }
}

/// A revealed credential: show it to its owner and drop it, which wipes it.
#[allow(missing_debug_implementations, reason = "nothing that holds a secret is printed")]
pub struct Revealed {
    key_id: KeyId,
    secret: Secret,
    token: Secret,
}

impl Revealed {
    /// The public half.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The secret half.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Both halves in one string, for `Authorization: Bearer` or `ApiKey`.
    pub fn token(&self) -> &Secret {
        &self.token
    }

    /// The secret half alone, to keep.
    pub fn into_secret(self) -> Secret {
        self.secret
    }
}
