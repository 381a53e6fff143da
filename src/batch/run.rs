//! A batch as it runs: the next call that may, how it went, and what follows from that.

use alloc::vec::Vec;
use core::{fmt, mem, time::Duration};

use super::{
    call::{BatchCall, OnError},
    outcome::{CallOutcome, Results},
};
use crate::{
    decision::{Code, Denial, Fault, Reason, Who},
    engine::{Admission, Admitted, Ask, Authorizer, Grant, Permission},
    id::KeyId,
    network::ClientAddr,
    subject::Subject,
    time::Timestamp,
};

/// Calls of one batch. Whoever reads the request may refuse more at once; here the first one is then refused with
/// [`Code::RequestTooLarge`] and none is run.
pub const MAX_CALLS: usize = 1000;

/// How old the caller's record may be when a call is permitted. A batch that takes longer runs on by one look-up more
/// every five seconds, and whoever revokes a key that leaked need not ask what is still under way.
const STALE_AFTER: Duration = Duration::from_secs(5);

/// No clock of this crate is finer.
const MIN_STALE: Duration = Duration::from_secs(1);

/// The most that it may be set to: a revocation that takes more than a minute is none.
const MAX_STALE: Duration = Duration::from_secs(60);

/// The calls of one request, each of them permitted at its own moment and settled before the next one.
///
/// Pull a [`turn`](Self::turn), act on its grant, [settle](Turn::done) it, and [`finish`](Self::finish) when there is none
/// left. With a [`Gate`](crate::Gate) pull by [`Gate::turn`](crate::Gate::turn), which also reads the caller's record again
/// where that is due.
///
/// **What stops a batch.** A call that failed, was refused or was dropped stops it under [`OnError::Halt`]. Whatever
/// [`OnError`] says, it is stopped by a caller that has ended (expired, revoked, disabled or deleted by now): the next
/// call is refused with [`Code::CredentialInvalid`] and nothing is run behind it; and by a [`Fault`].
///
/// ```
/// use keyward::*;
/// # fn batch(engine: &Authorizer, admitted: Admitted, client: ClientAddr, clock: impl Fn() -> Timestamp) {
/// let calls = [("events.create", "signup"), ("events.list", ""), ("coupons.issue", "SPRING")];
/// let mut batch = Batch::new(admitted, client, &calls, OnError::Continue, engine);
/// while let Some(turn) = batch.turn(clock()) {
///     let (method, argument) = turn.call();
///     if argument.is_empty() {
///         turn.failed(format!("{method} needs an argument"));
///     } else {
///         turn.done(format!("{method} did it for {argument}"));
///     }
/// }
/// let results = batch.finish();
/// assert_eq!(results.outcomes().len(), calls.len()); // what was refused and what was not run, too
/// # }
/// ```
#[must_use = "its calls are not run yet"]
pub struct Batch<'b, C, T> {
    admitted: Admitted,
    client: ClientAddr,
    calls: &'b [C],
    on_error: OnError,
    engine: &'b Authorizer,
    stale_after: Duration,
    /// Of the calls up to the one whose turn it is, which is down as abandoned until it is settled.
    outcomes: Vec<CallOutcome<T>>,
    /// How many of them were asked for.
    told: usize,
    /// Nothing more is run, whatever the rule.
    over: bool,
}

impl<'b, C: BatchCall, T> Batch<'b, C, T> {
    /// The calls of a request whose caller was admitted, in the order in which they are to be run. Of more than
    /// [`MAX_CALLS`] none is.
    pub fn new(
        admitted: Admitted,
        client: ClientAddr,
        calls: &'b [C],
        on_error: OnError,
        engine: &'b Authorizer,
    ) -> Self {
        let outcomes = Vec::with_capacity(calls.len());
        let (stale_after, told, over) = (STALE_AFTER, 0, false);
        let mut batch = Self { admitted, client, calls, on_error, engine, stale_after, outcomes, told, over };
        if calls.len() > MAX_CALLS {
            let denial = batch.denial(Code::RequestTooLarge, Reason::TooManyCalls);
            batch.end(CallOutcome::Refused(denial.asked(client, None)));
        }
        batch
    }

    /// How old the caller's record may be when a call is permitted, in place of five seconds: whole seconds, from one
    /// to sixty. A look-up that answers from a cache adds that cache's own bound.
    pub fn stale_after(mut self, bound: Duration) -> Self {
        self.stale_after = bound.clamp(MIN_STALE, MAX_STALE);
        self
    }

    /// The next call that is permitted, if there is one. Those before it that are not are refused on the way.
    ///
    /// `now` is the moment of this call: what has expired by then is refused. If the caller's record is [stale](Self::stale),
    /// this call cannot be decided: its outcome is [`Fault::Stale`], and none is run any more.
    ///
    /// A turn that is dropped without being settled counts as failed.
    #[inline]
    pub fn turn(&mut self, now: Timestamp) -> Option<Turn<'_, 'b, C, T>> {
        let (call, grant) = self.advance(now)?;
        Some(self.turn_of(call, grant))
    }

    /// Whose record is to be read again before the next turn: it is as old as the bound, or dated later than `now`, so
    /// that a clock that was set back makes nothing fresh. `None` too where nothing is left to run.
    pub fn stale(&self, now: Timestamp) -> Option<KeyId> {
        (self.upcoming().is_some() && !self.is_fresh(now)).then(|| self.admitted.subject().key_id())
    }

    /// Takes the record as it is now: what a look-up returned for the key that is [stale](Self::stale), `None` if it has no
    /// such key any more. The calls that follow are permitted by its level, its lists and its account's policies.
    ///
    /// `now` is the moment before the look-up. A caller that does not stand any more
    /// ([`Authorizer::readmit`](crate::Authorizer::readmit)) is refused the next call, and nothing is run behind it.
    ///
    /// # Errors
    /// [`Fault::WrongSubject`]: it is another key's. [`Fault::UnknownPepper`] and [`Fault::Unsealed`]: whether the secret is
    /// the same cannot be told. The batch is then as it was; [`fault`](Self::fault) ends it with that.
    pub fn refresh(&mut self, subject: Option<Subject>, now: Timestamp) -> Result<(), Fault> {
        match self.engine.readmit(&self.admitted, subject, now)? {
            Admission::Admit(admitted) => self.admitted = admitted,
            Admission::Deny(denial) => {
                let wanted = self.upcoming().map(|call| call.wanted(self.engine.catalogue()));
                let method = wanted.and_then(|wanted| self.engine.find(wanted));
                self.end(CallOutcome::Refused(denial.asked(self.client, method)));
            }
        }
        Ok(())
    }

    /// Ends the batch with what kept its next call from being decided, for example
    /// [`Fault::Lookup`] where the store that was to read the record again did not answer.
    pub fn fault(&mut self, fault: Fault) {
        self.end(CallOutcome::Fault(fault));
    }

    /// What became of every call: one outcome each, [`CallOutcome::NotRun`] for those that were not reached.
    pub fn finish(self) -> Results<T> {
        let Self { mut outcomes, calls, .. } = self;
        outcomes.resize_with(calls.len(), || CallOutcome::NotRun);
        Results::new(outcomes)
    }

    /// The outcomes that were not asked for before; the one of a call whose turn it is, as abandoned.
    pub(crate) fn untold(&mut self) -> &[CallOutcome<T>] {
        let first = mem::replace(&mut self.told, self.outcomes.len());
        self.outcomes.get(first..).unwrap_or_default()
    }

    /// As [`turn`](Self::turn), for whoever has more to do with the batch before it is borrowed.
    #[inline]
    pub(crate) fn advance(&mut self, now: Timestamp) -> Option<(&'b C, Grant)> {
        if self.stale(now).is_some() {
            self.fault(Fault::Stale);
        }
        loop {
            let call = self.upcoming()?;
            let catalogue = self.engine.catalogue();
            let ask = Ask::new(call.wanted(catalogue), self.client, now);
            match self.engine.permission(&self.admitted, &ask) {
                Permission::Granted(grant)
                    if self.calls.len() > 1 && catalogue.stands_alone(grant.method()) =>
                {
                    let denial = self.denial(Code::BatchAlone, Reason::AsCoded);
                    let denial = denial.asked(self.client, Some(grant.method()));
                    self.outcomes.push(CallOutcome::Refused(denial));
                }
                Permission::Granted(grant) => {
                    // Until it is settled, so that it counts however its turn ends, even if that is leaked.
                    self.outcomes.push(CallOutcome::Abandoned);
                    return Some((call, grant));
                }
                Permission::Refused(denial) => self.outcomes.push(CallOutcome::Refused(denial)),
                Permission::Ended(denial) => self.end(CallOutcome::Refused(denial)),
            }
        }
    }

    #[inline]
    pub(crate) fn turn_of(&mut self, call: &'b C, grant: Grant) -> Turn<'_, 'b, C, T> {
        Turn { batch: self, call, grant }
    }

    /// The call whose turn is next, if any more is run.
    #[inline]
    fn upcoming(&self) -> Option<&'b C> {
        let went_well = self.outcomes.last().is_none_or(|last| matches!(last, CallOutcome::Done(_)));
        let goes_on = !self.over && (went_well || self.on_error == OnError::Continue);
        if goes_on { self.calls.get(self.outcomes.len()) } else { None }
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        let read = self.admitted.as_of();
        (read..read.plus(self.stale_after)).contains(&now)
    }

    /// The outcome of the next call, if one is left, and of nothing behind it.
    fn end(&mut self, outcome: CallOutcome<T>) {
        if self.upcoming().is_some() {
            self.outcomes.push(outcome);
            self.over = true;
        }
    }

    fn denial(&self, code: Code, reason: Reason) -> Denial {
        let who = Who::Known(self.admitted.subject().clone());
        Denial::because(code, reason, who).presented(self.admitted.strength())
    }
}

impl<C, T> fmt::Debug for Batch<'_, C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("admitted", &self.admitted)
            .field("calls", &self.calls.len())
            .field("on_error", &self.on_error)
            .field("decided", &self.outcomes.len())
            .finish_non_exhaustive()
    }
}

/// One call's turn: it is permitted, and has not said yet how it went.
#[must_use = "a turn that is dropped counts as failed"]
pub struct Turn<'t, 'b, C, T> {
    batch: &'t mut Batch<'b, C, T>,
    call: &'b C,
    grant: Grant,
}

impl<'b, C, T> Turn<'_, 'b, C, T> {
    /// Leave to run this call, and no other.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The call.
    pub fn call(&self) -> &'b C {
        self.call
    }

    /// It succeeded, with what stands in the reply.
    pub fn done(self, value: T) {
        self.settle(CallOutcome::Done(value));
    }

    /// It failed, with what stands in the reply. Under [`OnError::Halt`] it was the last one.
    pub fn failed(self, value: T) {
        self.settle(CallOutcome::Failed(value));
    }

    #[inline]
    fn settle(self, outcome: CallOutcome<T>) {
        if let Some(own) = self.batch.outcomes.last_mut() {
            *own = outcome;
        }
    }
}

impl<C, T> fmt::Debug for Turn<'_, '_, C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("grant", &self.grant).finish_non_exhaustive()
    }
}
