//! Who is calling: readable, proven, live. Once a request.
//!
//! What a record decides (unknown, wrong, revoked, expired, too early, disabled) is one answer to the caller, after
//! the same work.

use core::fmt;

use super::{
    live::{Live, live},
    prove::{Means, Proven, prove},
    read::{Read, Refused},
};
use crate::{
    credential::{Hashed, KeyRing, NamedKey, Schemes, SecretText},
    decision::{Code, Denial, Fault, Finding, Findings, Reason, Who},
    policy::{Mode, Strength},
    presented::Presented,
    signature::ReplayKey,
    subject::Subject,
    time::Timestamp,
    user::Rehash,
};

/// A caller that has proven who it is, as far as [`strength`](Self::strength) says, for a live credential, and may
/// be permitted one method after another.
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
    /// As it is to be stored: another than it is where that names a retired pepper.
    hash: Hashed,
    as_of: Timestamp,
    _proven: Proven,
    _live: Live,
}

impl Admitted {
    /// Who was admitted.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// What was proven.
    pub fn strength(&self) -> Strength {
        self.strength
    }

    /// When: the moment of its admission, or of the [latest](crate::Authorizer::readmit) look at its record. What happened
    /// to the record since is not seen.
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// The same caller by its record as it is at `now`.
    pub(super) fn renewed(
        &self,
        subject: Subject,
        rehash: Option<Hashed>,
        now: Timestamp,
        live: Live,
    ) -> Self {
        let hash = rehash.unwrap_or_else(|| subject.credential().at_rest().hashed().clone());
        Self { subject, hash, as_of: now, _live: live, ..self.clone() }
    }

    /// The hash to store instead.
    pub(super) fn moved_to(&self) -> Option<&Hashed> {
        let stored = self.subject.credential().at_rest().hashed();
        (self.hash.pepper() != stored.pepper()).then_some(&self.hash)
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
        let hash = self.moved_to()?.clone();
        let retired = self.subject.credential().at_rest().hashed().pepper();
        Some(Rehash { key_id: self.subject.key_id(), retired, hash })
    }
}

/// What becomes of the caller: `pass` is given one that is admitted, and for a signed request that `mode` wants claimed
/// (given its subject and whether it is presigned) under what, and in that mode; `refuse` the denial.
///
/// What they make of it is what is returned, written where it is returned. An admission that was handed back, and moved
/// there, would be waited for: it is written in small pieces, and moved in large ones.
#[inline]
#[allow(clippy::too_many_arguments, reason = "three of them are what becomes of it")]
pub(super) fn admit_read<T>(
    means: Means<'_>,
    presented: &Presented<'_>,
    read: &Read<'_, '_, '_>,
    subject: Option<Subject>,
    now: Timestamp,
    mode: impl FnOnce(&Subject, bool) -> Mode,
    pass: impl FnOnce(Admitted, Option<(ReplayKey, Mode)>) -> Result<T, Fault>,
    refuse: impl FnOnce(Denial) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let named = |subject: &Subject| presented.names(subject.credential().key_id_ref());
    if !subject.as_ref().is_none_or(named) {
        return Err(Fault::WrongSubject);
    }
    let mut mac = None;
    let proven = prove(means, read, subject.as_ref(), now, &mut mac)?;
    let (subject, proven, live) = match standing(presented, read, subject, proven, now) {
        Ok(standing) => standing,
        Err(denial) => return refuse(denial),
    };
    let admitted = |subject: Subject| Admitted {
        strength: read.strength(),
        scheme: read.scheme(),
        presigned: read.is_presigned(),
        observed: read.findings(),
        hash: current(means.keys, &subject, read.secret()),
        as_of: now,
        subject,
        _proven: proven,
        _live: live,
    };
    let Some(mac) = mac else { return pass(admitted(subject), None) };
    // Not before: it is hashed, and who is refused here is to have caused no more work than others.
    let claim = match mode(&subject, read.is_presigned()) {
        Mode::Off => None,
        mode => read.claim(&mac).map(|key| (key, mode)),
    };
    pass(admitted(subject), claim)
}

/// The denial of what no record was looked at for.
#[inline(never)]
pub(crate) fn unread((code, reason): Refused, presented: &Presented<'_>) -> Denial {
    Denial::because(code, reason, whoever(presented))
}

fn whoever(presented: &Presented<'_>) -> Who {
    presented.key_id().map_or(Who::Nobody, Who::Key)
}

/// Whether what was proven could be enough for any method at all. What can never be is told nothing more.
///
/// Seldom called, and apart, so that an admission of the usual kind is not moved to be looked at.
#[inline(never)]
pub(super) fn enough_anywhere(admitted: Admitted) -> Result<Admitted, Denial> {
    let floor = admitted.subject.account().lowest_floor();
    if admitted.strength >= floor { Ok(admitted) } else { Err(ended(&admitted, Reason::TooWeak(floor))) }
}

/// The hash of the caller's secret under the current pepper; as it is stored, where the secret itself was not presented.
///
/// After proof alone: a second hash before it would tell which pepper a record names.
#[inline]
fn current(keys: &KeyRing, subject: &Subject, secret: Option<SecretText<'_>>) -> Hashed {
    let stored = subject.credential().at_rest().hashed();
    match secret {
        Some(secret) if !keys.is_current(NamedKey::Pepper(stored.pepper())) => {
            Hashed::new(keys, subject.context(), secret)
        }
        _ => stored.clone(),
    }
}

#[inline]
fn standing(
    presented: &Presented<'_>,
    read: &Read<'_, '_, '_>,
    subject: Option<Subject>,
    proven: Option<Proven>,
    now: Timestamp,
) -> Result<(Subject, Proven, Live), Denial> {
    let strength = read.strength();
    let invalid = |reason, who| Denial::because(Code::CredentialInvalid, reason, who).presented(strength);
    let Some(subject) = subject else { return Err(invalid(Reason::UnknownKey, whoever(presented))) };
    let Some(proven) = proven else {
        let reason = match strength {
            Strength::Signature if subject.credential().at_rest().sealed().is_none() => Reason::NotSealed,
            Strength::Signature => Reason::WrongSignature,
            _ => Reason::WrongSecret,
        };
        return Err(invalid(reason, Who::Known(subject)));
    };
    match live(&subject, read.scheme(), now) {
        Ok(live) => Ok((subject, proven, live)),
        Err(reason) => Err(invalid(reason, Who::Known(subject))),
    }
}

/// The denial of a caller that was admitted, and is so no more.
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
