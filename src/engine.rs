//! The engine: one immutable value that decides requests, purely.
//!
//! ```text
//! request head ── present ──▶ Presented ── key_id ──▶ [look-up] ──▶ Option<Subject>
//!                                                                        │
//! decide(presented, subject, Ask { method, client, now }) ◀──────────────┘
//!     admit : readable → proven → live                                  once a request
//!     permit: strong enough → user's list → endpoint's filter → known → not retired → module → level
//! ```

mod admit;
mod again;
mod diagnose;
mod explain;
mod live;
mod permit;
mod prove;
mod read;
mod verdict;

pub use admit::Admitted;
pub use explain::{Check, Explanation, Outcome};
pub(crate) use verdict::Permission;
pub use verdict::{Admission, AdmitStep, Grant, Step, Unclaimed, UnclaimedAdmission, Verdict};

use core::fmt;

use crate::{
    access::{Catalogue, MethodId, Wanted},
    body::Payload,
    credential::KeyRing,
    decision::{Denial, Fault},
    network::ClientAddr,
    policy::Strength,
    presented::{Accept, Presented},
    request::RequestHead,
    signature::{Checked, Diagnosis, MessageProfile, Profile, Verifier},
    subject::Subject,
    time::Timestamp,
};
pub(crate) use admit::unread;
use admit::{admit_read, ended, enough_anywhere};
use again::again;
use live::live;
use permit::{Demand, permit, replay_mode, strictest_replay_mode};
use prove::{Dummy, Means};
use read::{Read, Refused, has_body, readable};

/// Decides requests by one catalogue and one key ring.
///
/// It never changes; to change it, build another and swap the `Arc` that holds it.
///
/// ```
/// use keyward::*;
/// # let catalogue = Catalogue::builder().module("events", ["events.create"]).build()?;
/// let engine = Authorizer::new(catalogue, KeyRing::new(Pepper::new(1, [7; 32])?));
/// let lines = [("authorization", b"Bearer kwk_unknown:guess".as_slice())];
/// let presented = engine.present(RequestHead::new("POST", "/events", Headers::lines(&lines)));
/// let subject = None; // what the service's store has under presented.key_id()
/// let client = ClientAddr::direct("192.0.2.1".parse()?);
/// let verdict = engine.authorize(presented, subject, &Ask::new("events.create", client, Timestamp::from_unix(0)))?;
/// let denial = verdict.into_result().expect_err("nobody knows this key");
/// assert_eq!(denial.code(), Code::CredentialInvalid);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Authorizer {
    catalogue: Catalogue,
    keys: KeyRing,
    accept: Accept,
    verifier: Verifier,
    dummy: Dummy,
}

/// What is asked of the engine besides the credential.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Ask<'a> {
    /// What the request wants to call.
    pub method: Wanted<'a>,
    /// Where it comes from.
    pub client: ClientAddr,
    /// When its head arrived.
    pub now: Timestamp,
}

impl<'a> Ask<'a> {
    /// By a method's name or number, the client's address, and the moment at which the head arrived.
    pub fn new(method: impl Into<Wanted<'a>>, client: ClientAddr, now: Timestamp) -> Self {
        Self { method: method.into(), client, now }
    }
}

impl Authorizer {
    /// An engine for this catalogue and these keys.
    pub fn new(catalogue: Catalogue, keys: KeyRing) -> Self {
        let dummy = Dummy::new(&keys);
        Self { catalogue, keys, accept: Accept::default(), verifier: Verifier::new(), dummy }
    }

    /// Reads credentials from these carriers instead of from all headers.
    #[must_use]
    pub fn accept(mut self, accept: Accept) -> Self {
        self.accept = accept;
        self
    }

    /// Verifies requests that are signed as this profile says. An engine takes any number of profiles that stand in
    /// different headers or have different prefixes; a request that carries two signatures is refused, and so is one that
    /// two profiles take for theirs, whatever their scopes. A profile that is [not usable](Profile::is_usable) takes none.
    ///
    /// Which hosts are this service's is to be said too: [`authorities`](Self::authorities).
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.verifier = self.verifier.profile(profile);
        self
    }

    /// Verifies requests that are signed as RFC 9421 says, with `hmac-sha256`.
    #[must_use]
    pub fn messages(mut self, profile: MessageProfile) -> Self {
        self.verifier = self.verifier.messages(profile);
        self
    }

    /// The hosts under which this service is called, as callers sign them: `api.example.com`, with a port where it is
    /// not the default. A request that was signed for another host is refused, and without any host every signed one
    /// is.
    #[must_use]
    pub fn authorities<H: AsRef<str>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        self.verifier = self.verifier.authorities(hosts);
        self
    }

    /// The catalogue.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The keys, for issuing.
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// Reads a request's credential. This never fails: what cannot be read is denied when it is decided.
    #[inline]
    pub fn present<'r>(&self, head: RequestHead<'r>) -> Presented<'r> {
        Presented::read(&head, self.accept, &self.verifier)
    }

    /// Decides, and leaves a signed request to be claimed at a replay guard.
    ///
    /// `subject` is what the look-up returned for [`Presented::key_id`]; `None` if the key is unknown.
    ///
    /// # Errors
    /// [`Fault`]: it cannot be decided, which is no verdict.
    #[allow(clippy::needless_pass_by_value, reason = "a presented credential is used once, and wiped then")]
    pub fn decide(
        &self,
        presented: Presented<'_>,
        subject: Option<Subject>,
        ask: &Ask<'_>,
    ) -> Result<Step, Fault> {
        // Not by `precheck`: what is read within two results is moved to be read.
        has_body(&presented)?;
        let mut checked = None;
        let read = match readable(&self.verifier, &presented, ask.now, &mut checked) {
            Ok(read) => read,
            Err(refused) => return Ok(Step::Done(self.refuse(refused, &presented, ask))),
        };
        self.decide_read(&presented, &read, subject, ask)
    }

    /// What a gate asks before it looks the key up: what is to prove the caller, or why nothing can, whatever the record
    /// says.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "what is read stays in registers, and nobody waits for a copy of it"
    )]
    pub(crate) fn precheck<'c, 'p: 'c, 'r>(
        &'p self,
        presented: &'p Presented<'r>,
        now: Timestamp,
        checked: &'c mut Option<Checked<'p, 'r>>,
    ) -> Result<Result<Read<'c, 'p, 'r>, Refused>, Fault> {
        has_body(presented)?;
        Ok(readable(&self.verifier, presented, now, checked))
    }

    /// The verdict on what [`precheck`](Self::precheck) refused. Apart, so that what is not refused is small.
    #[inline(never)]
    pub(crate) fn refuse(&self, refused: Refused, presented: &Presented<'_>, ask: &Ask<'_>) -> Verdict {
        Verdict::Deny(unread(refused, presented).asked(ask.client, self.find(ask.method)))
    }

    /// As [`decide`](Self::decide), of what [`precheck`](Self::precheck) has read.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "what was read stays in registers, and nobody waits for a copy of it"
    )]
    pub(crate) fn decide_read(
        &self,
        presented: &Presented<'_>,
        read: &Read<'_, '_, '_>,
        subject: Option<Subject>,
        ask: &Ask<'_>,
    ) -> Result<Step, Fault> {
        let method = self.find(ask.method);
        let denied = |denial: Denial| Ok(Step::Done(Verdict::Deny(denial.asked(ask.client, method))));
        let demand = Demand { catalogue: &self.catalogue, method, client: ask.client, now: ask.now };
        let mode = |subject: &Subject, presigned| {
            replay_mode(subject, demand, presigned, presented.method_is_safe())
        };
        let pass = |admitted, claim| match permit(&admitted, demand) {
            Ok(permitted) => {
                let grant = Grant { admitted, permitted };
                Ok(match claim {
                    Some((key, mode)) => Step::Claim(Unclaimed::new(grant, key, mode)),
                    None => Step::Done(Verdict::Allow(grant)),
                })
            }
            Err(denial) => denied(denial),
        };
        admit_read(self.means(), presented, read, subject, ask.now, mode, pass, denied)
    }

    /// Decides a request that needs no replay guard.
    ///
    /// # Errors
    /// As [`decide`](Self::decide), and [`Fault::Unclaimed`] where a claim is outstanding.
    #[inline(never)] // so that profilers see it as one frame
    pub fn authorize(
        &self,
        presented: Presented<'_>,
        subject: Option<Subject>,
        ask: &Ask<'_>,
    ) -> Result<Verdict, Fault> {
        match self.decide(presented, subject, ask)? {
            Step::Done(verdict) => Ok(verdict),
            Step::Claim(_) => Err(Fault::Unclaimed),
        }
    }

    /// Decides who is calling, for a request that asks for several methods. Each of them is then permitted by
    /// [`permit`](Self::permit).
    ///
    /// A bare key is refused here unless some module of the account, or its fallback, takes one
    /// ([`ModulePolicy::danger_key_only`](crate::ModulePolicy::danger_key_only)): in a batch the count of refusals would
    /// tell a live key from an unknown one. A signed request is claimed here, once for all its calls, if any module of the account wants that.
    ///
    /// # Errors
    /// As [`decide`](Self::decide).
    #[allow(clippy::needless_pass_by_value, reason = "a presented credential is used once, and wiped then")]
    pub fn admit(
        &self,
        presented: Presented<'_>,
        subject: Option<Subject>,
        now: Timestamp,
    ) -> Result<AdmitStep, Fault> {
        has_body(&presented)?;
        let mut checked = None;
        let read = match readable(&self.verifier, &presented, now, &mut checked) {
            Ok(read) => read,
            Err(refused) => return Ok(AdmitStep::Done(Admission::Deny(unread(refused, &presented)))),
        };
        self.admit_read(&presented, &read, subject, now)
    }

    /// As [`admit`](Self::admit), of what [`precheck`](Self::precheck) has read.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "what was read stays in registers, and nobody waits for a copy of it"
    )]
    pub(crate) fn admit_read(
        &self,
        presented: &Presented<'_>,
        read: &Read<'_, '_, '_>,
        subject: Option<Subject>,
        now: Timestamp,
    ) -> Result<AdmitStep, Fault> {
        let mode = |subject: &Subject, presigned| {
            strictest_replay_mode(subject, now, presigned, presented.method_is_safe())
        };
        let refuse = |denial| Ok(AdmitStep::Done(Admission::Deny(denial)));
        let pass = |admitted: Admitted, claim| match claim {
            Some((key, mode)) => Ok(AdmitStep::Claim(UnclaimedAdmission::new(admitted, key, mode))),
            // No floor lies above a secret.
            None if admitted.strength() >= Strength::Secret => {
                Ok(AdmitStep::Done(Admission::Admit(admitted)))
            }
            None => enough_anywhere(admitted)
                .map_or_else(refuse, |admitted| Ok(AdmitStep::Done(Admission::Admit(admitted)))),
        };
        admit_read(self.means(), presented, read, subject, now, mode, pass, refuse)
    }

    /// Decides whether an admitted caller may call one method, at its own moment: a credential that has ended since is
    /// refused.
    pub fn permit(&self, admitted: &Admitted, ask: &Ask<'_>) -> Verdict {
        match self.permission(admitted, ask) {
            Permission::Granted(grant) => Verdict::Allow(grant),
            Permission::Refused(denial) | Permission::Ended(denial) => Verdict::Deny(denial),
        }
    }

    /// As [`permit`](Self::permit), with a caller that has ended told apart from a method that it may not call.
    pub(crate) fn permission(&self, admitted: &Admitted, ask: &Ask<'_>) -> Permission {
        let method = self.find(ask.method);
        if let Err(reason) = live(admitted.subject(), admitted.scheme(), ask.now) {
            return Permission::Ended(ended(admitted, reason).asked(ask.client, method));
        }
        let demand = Demand { catalogue: &self.catalogue, method, client: ask.client, now: ask.now };
        match permit(admitted, demand) {
            Ok(permitted) => Permission::Granted(Grant { admitted: admitted.clone(), permitted }),
            Err(denial) => Permission::Refused(denial.asked(ask.client, method)),
        }
    }

    /// Decides whether an admitted caller still stands by its record as it was just read again: for whatever takes longer
    /// than the service's own promise of how soon a revocation counts. `subject` is what a look-up returned for the
    /// admitted caller's key.
    ///
    /// Who is admitted again is permitted by the record as it is now: its level, its lists, its account's policies. Refused
    /// is, as before proof, who is unknown, revoked, expired, not yet valid or disabled by now, whose credential may not
    /// prove what it proved, and whose record has another secret. A hash that names another pepper is of the same
    /// secret if it is the one that [`Grant::rehash`] carried, or if the secret is sealed beside it.
    ///
    /// ```
    /// # use keyward::*;
    /// # fn go_on(engine: &Authorizer, admitted: &Admitted, find: impl Fn(KeyId) -> Option<Subject>, now: Timestamp) -> Result<(), Fault> {
    /// if admitted.as_of().plus(core::time::Duration::from_secs(5)) <= now {
    ///     match engine.readmit(admitted, find(admitted.subject().key_id()), now)? {
    ///         Admission::Admit(admitted) => { /* go on with this one */ }
    ///         Admission::Deny(denial) => { /* stop */ }
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Fault::WrongSubject`]: the subject is another key's. [`Fault::UnknownPepper`] and [`Fault::Unsealed`]: whether
    /// the secret is the same cannot be told.
    pub fn readmit(
        &self,
        admitted: &Admitted,
        subject: Option<Subject>,
        now: Timestamp,
    ) -> Result<Admission, Fault> {
        Ok(match again(&self.keys, admitted, subject, now)? {
            Ok(admitted) => Admission::Admit(admitted),
            Err(denial) => Admission::Deny(denial),
        })
    }

    /// Runs the same checks and says how each of them turns out, the later ones too where an earlier one refuses. For
    /// the back office: it grants nothing, and it tells what a caller must not learn.
    #[allow(clippy::needless_pass_by_value, reason = "a presented credential is used once, and wiped then")]
    pub fn explain(&self, presented: Presented<'_>, subject: Option<Subject>, ask: &Ask<'_>) -> Explanation {
        let method = self.find(ask.method);
        let demand = Demand { catalogue: &self.catalogue, method, client: ask.client, now: ask.now };
        explain::explain(self.means(), &presented, subject, demand)
    }

    /// Which part of a signed request differs from what its client signed, by the secret that `subject`'s record seals:
    /// known mistakes are tried until one makes the signature that was sent. For the back office; it takes a thousand
    /// times the work of a verdict, proves nothing and keeps nothing. [`Verifier::diagnose`] compares with what the
    /// client itself prints.
    ///
    /// # Errors
    /// [`Fault::WrongSubject`]: the request names another key. [`Fault::Unsealed`]: the secret cannot be had.
    pub fn diagnose(
        &self,
        head: RequestHead<'_>,
        body: Payload<'_>,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<Diagnosis, Fault> {
        diagnose::diagnose(self.means(), head, body, subject, now)
    }

    fn means(&self) -> Means<'_> {
        Means { keys: &self.keys, verifier: &self.verifier, dummy: &self.dummy }
    }

    /// The method of the catalogue that is asked for.
    pub(crate) fn find(&self, wanted: Wanted<'_>) -> Option<MethodId> {
        match wanted {
            Wanted::Name(name) => self.catalogue.method(name),
            Wanted::Id(method) => self.catalogue.name(method).map(|_| method),
            Wanted::Unknown => None,
        }
    }
}

impl fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorizer")
            .field("methods", &self.catalogue.methods().count())
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}
