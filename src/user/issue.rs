//! Making and replacing credentials. Each act checks first and changes then, so that one that fails changes nothing.

use core::time::Duration;

use super::{
    credential::{Credential, Origin},
    once::{Fresh, Repeated},
    record::{ApiUser, MAX_RECORDED},
};
use crate::{
    credential::{self, Act, ActKind, AtRest, By, Imported, Keep, KeyRing, Reveal, SealError, SecretText},
    entropy::{Entropy, EntropyError},
    id::KeyId,
    time::Timestamp,
};

/// Live credentials of one API user: two in use and two on their way out.
pub const MAX_LIVE: usize = 4;

/// The longest time that a rotated credential lives on beside its successor: a week, for whoever deploys on one day of
/// it.
pub const MAX_OVERLAP: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The longest life of an imported secret below the floor: a quarter, to move a partner to a better one.
pub const MAX_WEAK: Duration = Duration::from_secs(92 * 24 * 60 * 60);

/// Imported credentials that a record holds, dead ones included: their ids are never forgotten, since somebody could
/// import them again. With four live ones beside them a record holds at most sixteen.
pub const MAX_IMPORTS: usize = 12;

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

    /// Takes over a pair that another system made. It is marked as imported until it is regenerated. Whoever signs with
    /// it goes on signing if it is kept sealed ([`Keep::Sealed`]); as a hash it proves plain credentials alone.
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
        let owner = self.owner(pair.key_id);
        let secret = SecretText::whole(pair.secret.expose().as_bytes());
        let held = self.credentials.iter().find(|held| held.key_id == pair.key_id);
        let until = pair.until.map(|end| end.unix().to_be_bytes());
        let until: &[u8] = until.as_ref().map_or(&[], |end| end);
        let parameters = [pair.key_id.as_str().as_bytes(), &[scheme_bits(keep)], until];
        let fresh = match (self.requests.begin(ActKind::Import, &parameters, by), held) {
            // The secret is a parameter too, and only its hash is kept.
            (Err(Repeated::Done(_)), Some(held))
                if held.at_rest.hashed().verify(keys, &owner.context(), secret) == Some(false) =>
            {
                return Err(IssueError::RequestConflict);
            }
            (fresh, _) => fresh?,
        };
        if held.is_some() {
            return Err(IssueError::KeyTaken);
        }
        if pair.weak && !self.allowlist.restricts() {
            return Err(IssueError::WeakWithoutList);
        }
        if pair.weak && pair.until.is_none_or(|end| end > by.at.plus(MAX_WEAK)) {
            return Err(IssueError::WeakTooLong);
        }
        self.has_room(by.at)?;
        if self.credentials.iter().filter(|held| held.origin != Origin::Minted).count() >= MAX_IMPORTS {
            return Err(IssueError::TooManyImports);
        }
        let at_rest = AtRest::new(keep, keys, owner, secret, entropy)?;
        let origin = if pair.weak { Origin::ImportedWeak } else { Origin::Imported };
        let credential =
            Credential { expires_at: pair.until, origin, ..fresh_credential(pair.key_id, at_rest, by) };
        self.hold(credential, fresh, by);
        Ok(self.act(ActKind::Import, Some(pair.key_id), by))
    }

    /// Replaces a credential: a new key and secret, kept as the old ones were; the old ones are refused from this
    /// moment. The new pair has no end, whatever the old one had. [`what_stops`](Self::what_stops) says beforehand what that cuts off.
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
        let mut reveal = self.mint(fresh, ActKind::Regenerate, keep, keys, by, entropy)?;
        if let Ok(old) = self.held(key_id) {
            old.revoked_at = Some(by.at);
        }
        (reveal.act.replaced, reveal.act.end) = (Some(key_id), Some(by.at));
        Ok(reveal)
    }

    /// Replaces a credential without a gap: a new key and secret, kept as the old ones were; the old ones live on for
    /// `overlap`, at most [`MAX_OVERLAP`] and never past their own end. The new pair has no end.
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
        let mut reveal = self.mint(fresh, ActKind::Rotate, keep, keys, by, entropy)?;
        let end = by.at.plus(overlap);
        if let Ok(old) = self.held(key_id) {
            let end = old.expires_at.map_or(end, |own| own.min(end));
            old.expires_at = Some(end);
            (reveal.act.replaced, reveal.act.end) = (Some(key_id), Some(end));
        }
        Ok(reveal)
    }
}

impl ApiUser {
    fn has_room(&self, now: Timestamp) -> Result<(), IssueError> {
        let live = self.credentials.iter().filter(|held| held.has_future(now)).count();
        if live < MAX_LIVE { Ok(()) } else { Err(IssueError::TooMany) }
    }

    fn replaceable(&self, key_id: KeyId, now: Timestamp) -> Result<&Credential, IssueError> {
        let held =
            self.credentials.iter().find(|held| held.key_id == key_id).ok_or(IssueError::UnknownKey)?;
        if held.has_future(now) { Ok(held) } else { Err(IssueError::Over) }
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
        let forgotten = |held: &Credential| held.origin == Origin::Minted && !held.has_future(by.at);
        let dead = self.credentials.iter().position(forgotten);
        if let Some(index) = dead.filter(|_| self.credentials.len() >= MAX_RECORDED) {
            self.credentials.remove(index);
        }
        self.changed();
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
    #[error(
        "weak secret for an API user whose list does not restrict it; list the addresses that it calls from"
    )]
    WeakWithoutList,
    /// A pair below the floor that would live longer than [`MAX_WEAK`].
    #[error("weak secret for more than 92 days; let it end earlier")]
    WeakTooLong,
    /// [`MAX_IMPORTS`] imported credentials stand in the record, dead ones included.
    #[error("thirteenth imported credential of an API user; make another API user for it")]
    TooManyImports,
    /// The same actor did this under the same request id within 24 hours. Nothing was made now.
    #[error(
        "done already under this request id, by making key {key_id}; regenerate that one if nobody has its secret"
    )]
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
