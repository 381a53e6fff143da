//! The two verdicts, and the step before one of them.

use core::{fmt, time::Duration};

use super::{admit::Admitted, permit::Permitted};
use crate::{
    access::{Deprecation, MethodId},
    account::Account,
    decision::{Code, Denial, Finding, Findings, Reason, Who},
    id::KeyId,
    network::ClientAddr,
    policy::{Mode, Strength},
    signature::{Claim, ReplayKey},
    user::{ApiUser, Rehash},
};

/// The answer to a request.
#[derive(Clone, Debug)]
#[must_use = "a verdict that nobody looks at protects nothing"]
pub enum Verdict {
    /// It may go on.
    Allow(Grant),
    /// It is refused.
    Deny(Denial),
}

impl Verdict {
    /// For `?` and combinators.
    ///
    /// # Errors
    /// The denial.
    pub fn into_result(self) -> Result<Grant, Denial> {
        match self {
            Self::Allow(grant) => Ok(grant),
            Self::Deny(denial) => Err(denial),
        }
    }
}

/// Leave to call one method, earned by passing every check. There is no other way to have one: its fields are the
/// proofs, and only the checks make those.
#[derive(Clone)]
#[must_use = "a grant is handed to whatever acts on it"]
pub struct Grant {
    pub(super) admitted: Admitted,
    pub(super) permitted: Permitted,
}

impl Grant {
    /// The caller, as it was admitted.
    #[cfg(feature = "tracing")]
    pub(crate) fn admitted(&self) -> &Admitted {
        &self.admitted
    }

    /// Who calls.
    pub fn user(&self) -> &ApiUser {
        self.admitted.subject().user()
    }

    /// On whose behalf.
    pub fn account(&self) -> &Account {
        self.admitted.subject().account()
    }

    /// With which key.
    pub fn key_id(&self) -> KeyId {
        self.admitted.subject().key_id()
    }

    /// How old, at most, the record was that it was decided by, when it was looked up: the promise of the cache or the
    /// replica that it came from, zero if it was read anew. What was revoked longer before that is not granted.
    pub fn staleness(&self) -> Duration {
        self.admitted.subject().staleness()
    }

    /// What may be called.
    pub fn method(&self) -> MethodId {
        self.permitted.method()
    }

    /// What was proven.
    pub fn strength(&self) -> Strength {
        self.admitted.strength()
    }

    /// Where from.
    pub fn client(&self) -> ClientAddr {
        self.permitted.client()
    }

    /// What would have been refused, were the policies that only observe enforced.
    pub fn observed(&self) -> Findings {
        self.permitted.observed().and(self.admitted.observed())
    }

    /// The hash to store instead, where the stored one names a retired pepper.
    pub fn rehash(&self) -> Option<Rehash> {
        self.admitted.rehash()
    }

    /// The notice to send along, if the method is going away.
    pub fn deprecation(&self) -> Option<Deprecation> {
        self.permitted.deprecation()
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("subject", self.admitted.subject())
            .field("strength", &self.strength())
            .field("method", &self.method())
            .field("client", &self.client())
            .field("observed", &self.observed())
            .field("deprecation", &self.deprecation())
            .finish_non_exhaustive()
    }
}

/// The answer to one call of a caller that was admitted.
pub(crate) enum Permission {
    /// It may go on.
    Granted(Grant),
    /// This call is refused.
    Refused(Denial),
    /// The caller may call nothing any more.
    Ended(Denial),
}

/// The answer to who is calling.
#[derive(Clone, Debug)]
#[must_use = "an admission that nobody looks at protects nothing"]
pub enum Admission {
    /// A proven caller.
    Admit(Admitted),
    /// Refused.
    Deny(Denial),
}

/// How far an admission has come.
#[derive(Debug)]
#[must_use = "a step leads to an admission"]
pub enum AdmitStep {
    /// All the way. A request with a plain credential always comes this far.
    Done(Admission),
    /// The caller is proven; its signed request has to be claimed before it is admitted.
    Claim(UnclaimedAdmission),
}

/// A proven caller whose signed request is not claimed yet.
#[must_use = "ask the replay guard, then settle"]
pub struct UnclaimedAdmission {
    admitted: Admitted,
    key: ReplayKey,
    mode: Mode,
}

impl UnclaimedAdmission {
    pub(super) fn new(admitted: Admitted, key: ReplayKey, mode: Mode) -> Self {
        Self { admitted, key, mode }
    }

    /// What to claim.
    pub fn key(&self) -> &ReplayKey {
        &self.key
    }

    /// Turns the guard's answer into the admission.
    pub fn settle(self, claim: Claim) -> Admission {
        match claimed(self.admitted, claim, self.mode) {
            Ok(admitted) => Admission::Admit(admitted),
            Err(denial) => Admission::Deny(denial),
        }
    }
}

impl fmt::Debug for UnclaimedAdmission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnclaimedAdmission").field("key", &self.key).finish_non_exhaustive()
    }
}

/// The caller goes on with a fresh claim, and with any other where that is only observed.
fn claimed(mut admitted: Admitted, claim: Claim, mode: Mode) -> Result<Admitted, Denial> {
    let (code, finding) = match claim {
        Claim::Fresh => return Ok(admitted),
        Claim::Replayed => (Code::SignatureReplayed, Finding::Replayed),
        Claim::OverQuota => (Code::ReplayQuota, Finding::OverQuota),
    };
    if mode == Mode::Enforce {
        let denial = Denial::because(code, Reason::AsCoded, Who::Known(admitted.subject().clone()));
        return Err(denial.presented(admitted.strength()));
    }
    admitted.found(finding);
    Ok(admitted)
}

/// How far a decision has come.
#[derive(Debug)]
#[must_use = "a step leads to a verdict"]
pub enum Step {
    /// All the way. A request with a plain credential always comes this far.
    Done(Verdict),
    /// Everything is checked; a signed request has to be claimed before it is granted.
    Claim(Unclaimed),
}

/// A request that has passed every check but the replay guard's.
#[must_use = "ask the replay guard, then settle"]
pub struct Unclaimed {
    grant: Grant,
    key: ReplayKey,
    mode: Mode,
}

impl Unclaimed {
    pub(super) fn new(grant: Grant, key: ReplayKey, mode: Mode) -> Self {
        Self { grant, key, mode }
    }

    /// What to claim.
    pub fn key(&self) -> &ReplayKey {
        &self.key
    }

    /// Turns the guard's answer into the verdict.
    pub fn settle(self, claim: Claim) -> Verdict {
        let Grant { admitted, permitted } = self.grant;
        match claimed(admitted, claim, self.mode) {
            Ok(admitted) => Verdict::Allow(Grant { admitted, permitted }),
            Err(denial) => Verdict::Deny(denial.asked(permitted.client(), Some(permitted.method()))),
        }
    }
}

impl fmt::Debug for Unclaimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unclaimed").field("key", &self.key).finish_non_exhaustive()
    }
}
