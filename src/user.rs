//! An API user: a named caller, its level, its list, its credentials, and what can be done to them.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use crate::{
    access::AccessLevel,
    credential::{self, Act, ActKind, AtRest, By, Context, Hashed, Keep, KeyRing, Reveal, SecretText},
    entropy::{Entropy, EntropyError},
    id::{AccountId, KeyId, UserId},
    network::Allowlist,
    time::Timestamp,
};

/// Live credentials of one API user: two in use and two on their way out.
pub const MAX_LIVE: usize = 4;

/// Credentials kept in the record for display, dead ones included; beyond that the oldest dead one goes.
const MAX_KEPT: usize = 16;

/// The longest name of an API user, in bytes.
const MAX_NAME: usize = 100;

/// A named caller of an account, stored as one record.
///
/// Every change raises its [`revision`](Self::revision), takes who did it and when, and returns an [`Act`] for the
/// journal. A change that fails changes nothing.
#[derive(Clone)]
pub struct ApiUser {
    account: AccountId,
    id: UserId,
    name: Box<str>,
    level: AccessLevel,
    allowlist: Allowlist,
    disabled: bool,
    credentials: Vec<Credential>,
    revision: u64,
}

/// One key of an API user. Its secret is not in here, only what verifies it.
#[derive(Clone)]
pub struct Credential {
    key_id: KeyId,
    at_rest: AtRest,
    issued_at: Timestamp,
    not_before: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

/// Where a credential stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Life {
    /// It verifies.
    Live,
    /// Its time has not come: [`Credential::not_before`].
    NotYetValid,
    /// Its time is over: [`Credential::expires_at`] is reached. For good.
    Expired,
    /// Somebody refused it. For good.
    Revoked,
}

impl Credential {
    /// The public half.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// When it was made.
    pub fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    /// The first moment at which it verifies, if it has one.
    pub fn not_before(&self) -> Option<Timestamp> {
        self.not_before
    }

    /// The first moment at which it verifies no more, if it has one.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// When it was revoked, for display: a revoked credential is refused at any time.
    pub fn revoked_at(&self) -> Option<Timestamp> {
        self.revoked_at
    }

    /// Where it stands at `now`.
    pub fn life(&self, now: Timestamp) -> Life {
        if self.revoked_at.is_some() {
            Life::Revoked
        } else if self.expires_at.is_some_and(|end| now >= end) {
            Life::Expired
        } else if self.not_before.is_some_and(|start| now < start) {
            Life::NotYetValid
        } else {
            Life::Live
        }
    }

    /// Not over for good.
    fn has_future(&self, now: Timestamp) -> bool {
        matches!(self.life(now), Life::Live | Life::NotYetValid)
    }

    pub(crate) fn at_rest(&self) -> &AtRest {
        &self.at_rest
    }
}

impl ApiUser {
    /// A caller without a credential yet. The list is an explicit choice: there is no default.
    ///
    /// ```
    /// use keyward::{AccessLevel, Allowlist, ApiUser};
    /// let list = Allowlist::parse("192.0.2.0/24")?;
    /// let user = ApiUser::new("acme".parse()?, "u1".parse()?, "checkout", AccessLevel::Full, list)?;
    /// assert_eq!(user.name(), "checkout");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidName`]: 1 to 100 bytes without control characters.
    pub fn new(
        account: AccountId,
        id: UserId,
        name: &str,
        level: AccessLevel,
        allowlist: Allowlist,
    ) -> Result<Self, InvalidName> {
        let name = checked(name)?;
        let credentials = Vec::new();
        Ok(Self { account, id, name, level, allowlist, disabled: false, credentials, revision: 0 })
    }

    /// The account that it calls for.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Its stable id.
    pub fn id(&self) -> UserId {
        self.id
    }

    /// Its name, unique within the account.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it may call.
    pub fn level(&self) -> &AccessLevel {
        &self.level
    }

    /// Where it may call from.
    pub fn allowlist(&self) -> &Allowlist {
        &self.allowlist
    }

    /// Whether it is switched off.
    pub fn is_disabled(&self) -> bool {
        self.disabled
    }

    /// Its credentials, oldest first; the latest dead ones among them.
    pub fn credentials(&self) -> &[Credential] {
        &self.credentials
    }

    /// Counts changes. Stores compare it before they set.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Makes a credential.
    ///
    /// # Errors
    /// [`IssueError::TooMany`], [`IssueError::Entropy`].
    pub fn issue(
        &mut self,
        keep: Keep,
        keys: &KeyRing,
        by: By<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<Reveal, IssueError> {
        if self.credentials.iter().filter(|held| held.has_future(by.at)).count() >= MAX_LIVE {
            return Err(IssueError::TooMany);
        }
        self.mint(ActKind::Issue, keep, keys, by, entropy)
    }

    /// Replaces a credential: a new key and secret, the old ones refused from this moment.
    ///
    /// # Errors
    /// [`IssueError::UnknownKey`], [`IssueError::Over`] for a credential that is revoked or expired,
    /// [`IssueError::Entropy`]; then the old credential still verifies.
    pub fn regenerate(
        &mut self,
        key_id: KeyId,
        keys: &KeyRing,
        by: By<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<Reveal, IssueError> {
        let old = self.credentials.iter().find(|held| held.key_id == key_id).ok_or(IssueError::UnknownKey)?;
        if !old.has_future(by.at) {
            return Err(IssueError::Over);
        }
        let keep = match old.at_rest {
            AtRest::Hashed(_) => Keep::Hashed,
        };
        let reveal = self.mint(ActKind::Regenerate, keep, keys, by, entropy)?;
        if let Some(old) = self.credentials.iter_mut().find(|held| held.key_id == key_id) {
            old.revoked_at = Some(by.at);
        }
        Ok(reveal)
    }

    /// Refuses a credential for good. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`UnknownKey`].
    pub fn revoke(&mut self, key_id: KeyId, by: By<'_>) -> Result<Act, UnknownKey> {
        let credential = self.held(key_id)?;
        if credential.revoked_at.is_none() {
            credential.revoked_at = Some(by.at);
            self.revision += 1;
        }
        Ok(self.act(ActKind::Revoke, Some(key_id), by))
    }

    /// Ends a credential at `end`; an end that has been reached cannot be moved.
    ///
    /// # Errors
    /// [`UnknownKey`], also for a credential that is over.
    pub fn expire(&mut self, key_id: KeyId, end: Timestamp, by: By<'_>) -> Result<Act, UnknownKey> {
        let credential = self.held(key_id)?;
        if !credential.has_future(by.at) {
            return Err(UnknownKey);
        }
        credential.expires_at = Some(end);
        self.revision += 1;
        Ok(self.act(ActKind::Expire, Some(key_id), by))
    }

    /// Lets a credential begin at `start`.
    ///
    /// # Errors
    /// [`UnknownKey`], also for a credential that is over.
    pub fn postpone(&mut self, key_id: KeyId, start: Timestamp, by: By<'_>) -> Result<Act, UnknownKey> {
        let credential = self.held(key_id)?;
        if !credential.has_future(by.at) {
            return Err(UnknownKey);
        }
        credential.not_before = Some(start);
        self.revision += 1;
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

    fn switch(&mut self, disabled: bool, kind: ActKind, by: By<'_>) -> Act {
        if self.disabled != disabled {
            self.disabled = disabled;
            self.revision += 1;
        }
        self.act(kind, None, by)
    }

    fn held(&mut self, key_id: KeyId) -> Result<&mut Credential, UnknownKey> {
        self.credentials.iter_mut().find(|held| held.key_id == key_id).ok_or(UnknownKey)
    }

    fn mint(
        &mut self,
        kind: ActKind,
        keep: Keep,
        keys: &KeyRing,
        by: By<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<Reveal, IssueError> {
        let (key_id, secret) = credential::mint(keys.minting_for(), entropy)?;
        let context = Context::of(self.account, self.id, key_id);
        let text = SecretText::whole(secret.expose().as_bytes());
        let at_rest = match keep {
            Keep::Hashed => AtRest::Hashed(Hashed::new(keys, context, text)),
        };
        let (not_before, expires_at, revoked_at) = (None, None, None);
        let issued_at = by.at;
        self.credentials.push(Credential { key_id, at_rest, issued_at, not_before, expires_at, revoked_at });
        self.forget_oldest_dead(by.at);
        self.revision += 1;
        Ok(Reveal { key_id, secret, act: self.act(kind, Some(key_id), by) })
    }

    /// Keeps the record bounded however often a key is replaced.
    fn forget_oldest_dead(&mut self, now: Timestamp) {
        let dead = self.credentials.iter().position(|held| !held.has_future(now));
        if let Some(index) = dead.filter(|_| self.credentials.len() > MAX_KEPT) {
            self.credentials.remove(index);
        }
    }

    fn act(&self, kind: ActKind, key_id: Option<KeyId>, by: By<'_>) -> Act {
        Act { kind, account: self.account, user: self.id, key_id, actor: by.actor.into(), at: by.at }
    }
}

/// A name is printed in lists, sentences and logs, so nothing in it moves a cursor or breaks a line.
fn checked(name: &str) -> Result<Box<str>, InvalidName> {
    let control = name.char_indices().find(|(_, character)| character.is_control());
    match (name.trim().is_empty(), name.len() > MAX_NAME, control) {
        (true, _, _) => Err(InvalidName::Empty),
        (_, true, _) => Err(InvalidName::TooLong(name.len())),
        (_, _, Some((position, _))) => Err(InvalidName::Control(position)),
        _ => Ok(name.into()),
    }
}

impl fmt::Debug for ApiUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiUser")
            .field("account", &self.account)
            .field("id", &self.id)
            .field("name", &self.name)
            .field("level", &self.level)
            .field("allowlist", &self.allowlist)
            .field("disabled", &self.disabled)
            .field("credentials", &self.credentials)
            .field("revision", &self.revision)
            .finish()
    }
}

/// Everything but what verifies the secret.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("key_id", &self.key_id)
            .field("issued_at", &self.issued_at)
            .field("not_before", &self.not_before)
            .field("expires_at", &self.expires_at)
            .field("revoked_at", &self.revoked_at)
            .finish_non_exhaustive()
    }
}

/// Why no credential was made; the user is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// [`MAX_LIVE`] credentials live already.
    #[error("fifth live credential of an API user; revoke one of its four first")]
    TooMany,
    /// The user does not have the key that should be replaced.
    #[error("key to replace not among the user's credentials; name one of them")]
    UnknownKey,
    /// The key that should be replaced is revoked or expired.
    #[error("key to replace is revoked or expired; issue a new one instead")]
    Over,
    /// The random source failed.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// The user has no such live credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("key not among the user's live credentials; name one of them")]
pub struct UnknownKey;

/// Why a text is no name of an API user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidName {
    /// Nothing, or only blanks.
    #[error("empty name; write 1 to 100 bytes, for example `checkout`")]
    Empty,
    /// Too long.
    #[error("name of {0} bytes; write 1 to 100 bytes")]
    TooLong(usize),
    /// A control character.
    #[error("control character in the name at byte {0}; write it without line breaks, tabs or escapes")]
    Control(usize),
}
