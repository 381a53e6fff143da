//! Everything that can be done to an API user. Each act checks first and changes then, so that one that fails changes
//! nothing.

use alloc::{boxed::Box, vec::Vec};
use core::time::Duration;

use super::{
    credential::{Credential, Origin},
    once::{Fresh, Repeated},
    record::{ApiUser, InvalidName, MAX_RECORDED, checked},
};
use crate::{
    access::AccessLevel,
    credential::{
        self, Act, ActKind, AtRest, By, Imported, Keep, KeyRing, Owner, Reveal, SealError, SecretText,
        Unopened,
    },
    entropy::{Entropy, EntropyError},
    id::KeyId,
    network::Allowlist,
    time::Timestamp,
};

/// Live credentials of one API user: two in use and two on their way out.
pub const MAX_LIVE: usize = 4;

/// The longest time that a rotated credential lives on beside its successor: a week, for whoever deploys on one day of
/// it.
pub const MAX_OVERLAP: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Making and replacing credentials.
impl ApiUser {
    /// Makes a credential.
    ///
    /// # Errors
    /// [`IssueError`]; then the user is as it was.
    pub fn issue(
        &mut self,
        keep: Keep,
        keys: &KeyRing,
        by: By<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<Reveal, IssueError> {
        let fresh = self.requests.begin(ActKind::Issue, &[&[scheme_bits(keep)]], by)?;
        self.has_room(by.at)?;
        self.mint(fresh, ActKind::Issue, keep, keys, by, entropy)
    }

    /// Takes over a pair that another system made. It is marked as imported until it is regenerated.
    ///
    /// # Errors
    /// [`IssueError`]; then the user is as it was. A pair below the floor needs an API user with a list of addresses.
    pub fn import(
        &mut self,
        pair: &Imported,
        keep: Keep,
        keys: &KeyRing,
        by: By<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<Act, IssueError> {
        let secret = SecretText::whole(pair.secret.expose().as_bytes());
        let at_rest = AtRest::new(keep, keys, self.owner(pair.key_id), secret, entropy)?;
        let parameters = [pair.key_id.as_str().as_bytes(), &[scheme_bits(keep)], at_rest.hashed().mac()];
        let fresh = self.requests.begin(ActKind::Import, &parameters, by)?;
        if self.credentials.iter().any(|held| held.key_id == pair.key_id) {
            return Err(IssueError::KeyTaken);
        }
        if pair.weak_until.is_some()
            && (self.allowlist == Allowlist::Any || self.allowlist == Allowlist::none())
        {
            return Err(IssueError::WeakWithoutList);
        }
        self.has_room(by.at)?;
        let origin = if pair.weak_until.is_some() { Origin::ImportedWeak } else { Origin::Imported };
        let credential =
            Credential { expires_at: pair.weak_until, origin, ..fresh_credential(pair.key_id, at_rest, by) };
        self.hold(credential, fresh, by);
        Ok(self.act(ActKind::Import, Some(pair.key_id), by))
    }

    /// Replaces a credential: a new key and secret, kept as the old ones were; the old ones are refused from this
    /// moment. [`what_stops`](Self::what_stops) says beforehand what that cuts off.
    ///
    /// # Errors
    /// [`IssueError`]; then the old credential still verifies.
    pub fn regenerate(
        &mut self,
        key_id: KeyId,
        keys: &KeyRing,
        by: By<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<Reveal, IssueError> {
        let fresh = self.requests.begin(ActKind::Regenerate, &[key_id.as_str().as_bytes()], by)?;
        let keep = self.replaceable(key_id, by.at)?.at_rest.keep();
        let reveal = self.mint(fresh, ActKind::Regenerate, keep, keys, by, entropy)?;
        if let Ok(old) = self.held(key_id) {
            old.revoked_at = Some(by.at);
        }
        Ok(reveal)
    }

    /// Replaces a credential without a gap: a new key and secret, kept as the old ones were; the old ones live on for
    /// `overlap`, at most [`MAX_OVERLAP`] and never past their own end.
    ///
    /// # Errors
    /// [`IssueError`]; then the user is as it was.
    pub fn rotate(
        &mut self,
        key_id: KeyId,
        overlap: Duration,
        keys: &KeyRing,
        by: By<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<Reveal, IssueError> {
        let seconds = overlap.as_secs().to_be_bytes();
        let fresh = self.requests.begin(ActKind::Rotate, &[key_id.as_str().as_bytes(), &seconds], by)?;
        if overlap > MAX_OVERLAP {
            return Err(IssueError::Overlap);
        }
        let keep = self.replaceable(key_id, by.at)?.at_rest.keep();
        self.has_room(by.at)?;
        let reveal = self.mint(fresh, ActKind::Rotate, keep, keys, by, entropy)?;
        let end = by.at.plus(overlap);
        if let Ok(old) = self.held(key_id) {
            old.expires_at = Some(old.expires_at.map_or(end, |own| own.min(end)));
        }
        Ok(reveal)
    }
}

/// Ending and switching.
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

    /// Ends a credential at `end`; an end that has been reached cannot be moved.
    ///
    /// # Errors
    /// [`UnknownKey`], also for a credential that is over.
    pub fn expire(&mut self, key_id: KeyId, end: Timestamp, by: By<'_>) -> Result<Act, UnknownKey> {
        self.with_future(key_id, by.at)?.expires_at = Some(end);
        self.changed();
        Ok(self.act(ActKind::Expire, Some(key_id), by))
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
}

/// Changing what it is.
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
    /// [`ListNeeded`] for a list that does not restrict, while a credential below the floor lives.
    pub fn change_allowlist(&mut self, allowlist: Allowlist, by: By<'_>) -> Result<Act, ListNeeded> {
        let weak = |held: &Credential| held.origin == Origin::ImportedWeak && held.has_future(by.at);
        if allowlist == Allowlist::Any && self.credentials.iter().any(weak) {
            return Err(ListNeeded);
        }
        self.allowlist = allowlist;
        self.changed();
        Ok(self.act(ActKind::ChangeAllowlist, None, by))
    }
}

/// Moving to current keys. No administrative acts: nothing changes for anyone.
impl ApiUser {
    /// Takes over the hash under the current pepper that a grant came with. `false` if there is nothing to take over,
    /// because the credential is gone or the hash was changed in the meantime; then forget it.
    pub fn rehash(&mut self, rehash: &Rehash) -> bool {
        let Ok(held) = self.held(rehash.key_id) else { return false };
        if held.at_rest.hashed().pepper() != rehash.retired {
            return false;
        }
        held.at_rest.replace_hash(rehash.hash.clone());
        self.changed();
        true
    }

    /// Seals anew what is sealed under a retired key, and says how many secrets that were.
    ///
    /// # Errors
    /// [`ResealError`]; then the user is as it was.
    pub fn reseal(
        &mut self,
        keys: &KeyRing,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<usize, ResealError> {
        let mut moved = Vec::new();
        for (index, held) in self.credentials.iter().enumerate() {
            let AtRest::Sealed(hashed, sealed, schemes) = &held.at_rest else { continue };
            if keys.is_current(credential::NamedKey::Sealing(sealed.key())) {
                continue;
            }
            let owner = self.owner(held.key_id);
            let secret = sealed.open(keys, owner)?;
            let sealed = credential::Sealed::seal(keys, owner, SecretText::whole(&secret), entropy)?;
            moved.push((index, AtRest::Sealed(hashed.clone(), sealed, *schemes)));
        }
        let count = moved.len();
        for (index, at_rest) in moved {
            if let Some(held) = self.credentials.get_mut(index) {
                held.at_rest = at_rest;
            }
        }
        if count > 0 {
            self.changed();
        }
        Ok(count)
    }
}

impl ApiUser {
    /// It saturates for a record that claims to have changed 2⁶⁴ times: no store has written such a one.
    fn changed(&mut self) {
        self.revision = self.revision.saturating_add(1);
    }

    fn owner(&self, key_id: KeyId) -> Owner {
        Owner { account: self.account, user: self.id, key_id }
    }

    fn has_room(&self, now: Timestamp) -> Result<(), IssueError> {
        let live = self.credentials.iter().filter(|held| held.has_future(now)).count();
        if live < MAX_LIVE { Ok(()) } else { Err(IssueError::TooMany) }
    }

    fn replaceable(&self, key_id: KeyId, now: Timestamp) -> Result<&Credential, IssueError> {
        let held =
            self.credentials.iter().find(|held| held.key_id == key_id).ok_or(IssueError::UnknownKey)?;
        if held.has_future(now) { Ok(held) } else { Err(IssueError::Over) }
    }

    fn held(&mut self, key_id: KeyId) -> Result<&mut Credential, UnknownKey> {
        self.credentials.iter_mut().find(|held| held.key_id == key_id).ok_or(UnknownKey)
    }

    fn with_future(&mut self, key_id: KeyId, now: Timestamp) -> Result<&mut Credential, UnknownKey> {
        self.held(key_id).and_then(|held| if held.has_future(now) { Ok(held) } else { Err(UnknownKey) })
    }

    fn switch(&mut self, disabled: bool, kind: ActKind, by: By<'_>) -> Act {
        if self.disabled != disabled {
            self.disabled = disabled;
            self.changed();
        }
        self.act(kind, None, by)
    }

    fn mint(
        &mut self,
        fresh: Fresh,
        kind: ActKind,
        keep: Keep,
        keys: &KeyRing,
        by: By<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<Reveal, IssueError> {
        let (key_id, secret) = credential::mint(keys.minting_for(), entropy)?;
        if self.credentials.iter().any(|held| held.key_id == key_id) {
            return Err(IssueError::Entropy(EntropyError::Stuck));
        }
        let text = SecretText::whole(secret.expose().as_bytes());
        let at_rest = AtRest::new(keep, keys, self.owner(key_id), text, entropy)?;
        self.hold(fresh_credential(key_id, at_rest, by), fresh, by);
        Ok(Reveal { key_id, secret, act: self.act(kind, Some(key_id), by) })
    }

    fn hold(&mut self, credential: Credential, fresh: Fresh, by: By<'_>) {
        self.requests.done(fresh, credential.key_id, by.at);
        self.credentials.push(credential);
        let dead = self.credentials.iter().position(|held| !held.has_future(by.at));
        if let Some(index) = dead.filter(|_| self.credentials.len() >= MAX_RECORDED) {
            self.credentials.remove(index);
        }
        self.changed();
    }

    fn act(&self, kind: ActKind, key_id: Option<KeyId>, by: By<'_>) -> Act {
        Act {
            kind,
            account: self.account,
            user: Some(self.id),
            key_id,
            actor: Box::from(by.actor),
            at: by.at,
        }
    }
}

fn fresh_credential(key_id: KeyId, at_rest: AtRest, by: By<'_>) -> Credential {
    let (not_before, expires_at, revoked_at) = (None, None, None);
    Credential {
        key_id,
        at_rest,
        origin: Origin::Minted,
        issued_at: by.at,
        not_before,
        expires_at,
        revoked_at,
    }
}

fn scheme_bits(keep: Keep) -> u8 {
    match keep {
        Keep::Hashed => 0,
        Keep::Sealed(schemes) => schemes.bits(),
    }
}

/// A hash under the current pepper, for a credential whose stored hash names a retired one.
///
/// A [`Grant`](crate::Grant) carries it after proof. Store it when it is convenient: read the user, call
/// [`ApiUser::rehash`], store it under compare-and-set, and give up silently if that conflicts. `Debug` shows the key id alone.
#[derive(Clone)]
pub struct Rehash {
    pub(crate) key_id: KeyId,
    pub(crate) retired: u32,
    pub(crate) hash: credential::Hashed,
}

impl Rehash {
    /// Whose hash it is.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }
}

impl core::fmt::Debug for Rehash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Rehash").field("key_id", &self.key_id).finish_non_exhaustive()
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
    /// Longer than [`MAX_OVERLAP`].
    #[error("overlap of more than 7 days; rotate with a shorter one, and again later")]
    Overlap,
    /// The user has the imported key already.
    #[error("key that the user has already; import each pair once")]
    KeyTaken,
    /// A pair below the floor, for a user that calls from anywhere or from nowhere.
    #[error("weak secret for an API user without a list of addresses; list the addresses that it calls from")]
    WeakWithoutList,
    /// The same actor did this under the same request id within 24 hours. Nothing was made now.
    #[error("done already under this request id, by making key {key_id}; its secret was shown then")]
    AlreadyIssued {
        /// The key that it made.
        key_id: KeyId,
    },
    /// The request id was used for something else.
    #[error("request id that was used with other parameters; take a new one")]
    RequestConflict,
    /// Sixteen acts with request ids within 24 hours.
    #[error("seventeenth act with a request id within 24 hours; repeat it without one, or later")]
    TooManyRequests,
    /// The ring has no sealing key.
    #[error("secret to be sealed without a sealing key; add one to the key ring")]
    NoSealingKey,
    /// The random source failed.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

impl From<SealError> for IssueError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::NoSealingKey => Self::NoSealingKey,
            SealError::Entropy(error) => Self::Entropy(error),
            // No secret comes near the cipher's 256 GiB.
            SealError::TooLong => Self::Entropy(EntropyError::Failed),
        }
    }
}

impl From<Repeated> for IssueError {
    fn from(repeated: Repeated) -> Self {
        match repeated {
            Repeated::Done(key_id) => Self::AlreadyIssued { key_id },
            Repeated::OtherParameters => Self::RequestConflict,
            Repeated::Full => Self::TooManyRequests,
        }
    }
}

/// Why a sweep could not move a user's secrets; the user is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResealError {
    /// A sealed secret did not open.
    #[error(transparent)]
    Unopened(#[from] Unopened),
    /// The new seal could not be made.
    #[error(transparent)]
    Unsealed(IssueError),
}

impl From<SealError> for ResealError {
    fn from(error: SealError) -> Self {
        Self::Unsealed(error.into())
    }
}

/// The user has no such live credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("key not among the user's live credentials; name one of them")]
pub struct UnknownKey;

/// A credential below the floor lives only behind a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "any address for an API user with a weak imported secret; regenerate that first, or list the addresses"
)]
pub struct ListNeeded;
