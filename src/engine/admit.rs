//! Who is calling: readable, proven, live. Once a request.
//!
//! What a record decides (unknown, wrong, revoked, expired, too early, disabled) is one answer to the caller, after
//! the same work.

use core::fmt;

use super::{
    prove::{Means, Proof, Proven, prove},
    read::{Read, has_body, readable},
};
use crate::{
    credential::{Hashed, KeyRing, NamedKey, Schemes, SecretText},
    decision::{Code, Denial, Fault, Finding, Findings, Reason, Who},
    policy::Strength,
    presented::Presented,
    signature::ReplayKey,
    subject::Subject,
    time::Timestamp,
    user::{Life, Rehash},
};

/// A caller that has proven who it is, for a live credential, and may be permitted one method after another.
///
/// It is no leave to call anything: [`Authorizer::permit`](crate::Authorizer::permit) gives that, method by method.
#[derive(Clone)]
#[must_use = "an admitted caller may not call anything yet"]
pub struct Admitted {
    subject: Subject,
    strength: Strength,
    scheme: Schemes,
    presigned: bool,
    observed: Findings,
    rehash: Option<Hashed>,
    _proven: Proven,
    _live: Live,
}

/// The credential lives and its user is enabled. Only [`live`] makes it.
#[derive(Clone, Copy)]
pub(super) struct Live(());

impl Admitted {
    /// Who was admitted.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// What was proven.
    pub fn strength(&self) -> Strength {
        self.strength
    }

    /// With what it was proven.
    pub(super) fn scheme(&self) -> Schemes {
        self.scheme
    }

    pub(super) fn is_presigned(&self) -> bool {
        self.presigned
    }

    pub(super) fn observed(&self) -> Findings {
        self.observed
    }

    pub(super) fn found(&mut self, finding: Finding) {
        self.observed.insert(finding);
    }

    pub(super) fn rehash(&self) -> Option<Rehash> {
        let hash = self.rehash.clone()?;
        let retired = self.subject.credential().at_rest().hashed().pepper();
        Some(Rehash { key_id: self.subject.key_id(), retired, hash })
    }
}

/// An admitted caller and, if its request is signed, under what that is claimed.
pub(super) type AdmittedOnce = (Admitted, Option<ReplayKey>);

pub(super) fn admit(
    means: Means<'_>,
    presented: &Presented<'_>,
    subject: Option<Subject>,
    now: Timestamp,
) -> Result<Result<AdmittedOnce, Denial>, Fault> {
    has_body(presented)?;
    let read = match readable(means.verifier, presented, now) {
        Ok(read) => read,
        Err((code, reason)) => {
            let who = presented.key_id().map_or(Who::Nobody, Who::Key);
            return Ok(Err(Denial::because(code, reason, who)));
        }
    };
    if subject.as_ref().is_some_and(|subject| subject.key_id() != read.key_id()) {
        return Err(Fault::WrongSubject);
    }
    let lives = subject.as_ref().map(|subject| live(subject, read.scheme(), now));
    let slot = subject.as_ref().filter(|_| matches!(lives, Some(Ok(_)))).and_then(Subject::slot);
    let proof = prove(means, &read, subject.as_ref(), slot)?;
    let mut admitted = standing(&read, subject.zip(lives), proof);
    if let (Ok((admitted, _)), Some(secret)) = (&mut admitted, read.secret()) {
        admitted.rehash = rehash(means.keys, &admitted.subject, secret);
    }
    Ok(admitted)
}

/// After proof alone: a second hash before it would tell which pepper a record names.
fn rehash(keys: &KeyRing, subject: &Subject, secret: SecretText<'_>) -> Option<Hashed> {
    let named = NamedKey::Pepper(subject.credential().at_rest().hashed().pepper());
    (!keys.is_current(named)).then(|| Hashed::new(keys, subject.context(), secret))
}

fn standing(
    read: &Read<'_, '_>,
    subject: Option<(Subject, Result<Live, Reason>)>,
    proof: Option<Proof>,
) -> Result<AdmittedOnce, Denial> {
    let (strength, scheme) = (read.strength(), read.scheme());
    let invalid = |reason, who| Denial::because(Code::CredentialInvalid, reason, who).presented(strength);
    let Some((subject, lives)) = subject else {
        return Err(invalid(Reason::UnknownKey, Who::Key(read.key_id())));
    };
    let Some(Proof { proven, mac }) = proof else {
        let reason = match strength {
            Strength::Signature if subject.credential().at_rest().sealed().is_none() => Reason::NotSealed,
            Strength::Signature => Reason::WrongSignature,
            _ => Reason::WrongSecret,
        };
        return Err(invalid(reason, Who::Known(subject)));
    };
    match lives {
        Ok(live) => {
            let (presigned, observed) = (read.is_presigned(), Findings::NONE);
            let (_proven, _live) = (proven, live);
            let admitted =
                Admitted { subject, strength, scheme, presigned, observed, rehash: None, _proven, _live };
            // Not before: it is hashed, and who is refused here is to have caused no more work than others.
            Ok((admitted, mac.and_then(|mac| read.claim(&mac))))
        }
        Err(reason) => Err(invalid(reason, Who::Known(subject))),
    }
}

pub(super) fn live(subject: &Subject, scheme: Schemes, now: Timestamp) -> Result<Live, Reason> {
    match subject.credential().life(now) {
        Life::Revoked => Err(Reason::Revoked),
        Life::Expired => Err(Reason::Expired),
        Life::NotYetValid => Err(Reason::NotYetValid),
        Life::Live if subject.user().is_disabled() => Err(Reason::Disabled),
        Life::Live if !subject.credential().schemes().contains(scheme) => Err(Reason::OtherScheme(scheme)),
        Life::Live => Ok(Live(())),
    }
}

/// The denial of a caller that was admitted and whose credential has ended since.
pub(super) fn ended(admitted: &Admitted, reason: Reason) -> Denial {
    let who = Who::Known(admitted.subject.clone());
    Denial::because(Code::CredentialInvalid, reason, who).presented(admitted.strength)
}

impl fmt::Debug for Admitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admitted")
            .field("subject", &self.subject)
            .field("strength", &self.strength)
            .finish_non_exhaustive()
    }
}
