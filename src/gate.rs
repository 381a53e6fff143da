//! The thin driver: check what no record decides, look up, decide, claim.

mod note;

use alloc::boxed::Box;
#[cfg(target_has_atomic = "64")]
use alloc::sync::Arc;
use core::{error::Error, fmt};

#[cfg(target_has_atomic = "64")]
use crate::tally::Tally;
use crate::{
    batch::{Batch, BatchCall, CallOutcome, Turn},
    decided::Decided,
    decision::Fault,
    engine::{Admission, AdmitStep, Ask, Authorizer, Step, Verdict, unread},
    presented::Presented,
    store::{Lookup, NoReplayGuard, ReplayGuard},
    time::Timestamp,
};
use note::Notes;

/// An engine with its store and its replay guard. It reads and claims, and writes nothing else.
///
/// With the feature `tracing` it says what it decided: one event for every request, every admission and every call of a
/// batch, as `trace` writes it.
///
/// ```
/// # #[cfg(feature = "memory")] pollster::block_on(async {
/// use keyward::*;
/// let engine = Authorizer::new(Catalogue::builder().build()?, KeyRing::new(Pepper::new(1, [7; 32])?));
/// let gate = Gate::new(engine, MemoryStore::new());
/// let presented = gate.engine().present(RequestHead::new("GET", "/", Headers::lines(&[])));
/// let ask = Ask::new("events.list", ClientAddr::unknown(), Timestamp::from_unix(0));
/// let denial = gate.authorize(presented, &ask).await?.into_result().expect_err("nothing was presented");
/// assert_eq!(denial.code(), Code::CredentialMissing);
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
pub struct Gate<L, R = NoReplayGuard> {
    engine: Authorizer,
    lookup: L,
    replay: R,
    notes: Notes,
}

impl<L: Lookup> Gate<L> {
    /// A gate that takes plain credentials. A signed request that has to be claimed is a fault here.
    pub fn new(engine: Authorizer, lookup: L) -> Self {
        Self { engine, lookup, replay: NoReplayGuard, notes: Notes::default() }
    }
}

impl<L: Lookup, R: ReplayGuard> Gate<L, R> {
    /// With a replay guard in place of the one it has.
    pub fn with_replay<S: ReplayGuard>(self, replay: S) -> Gate<L, S> {
        Gate { engine: self.engine, lookup: self.lookup, replay, notes: self.notes }
    }

    /// Counts everything that it decides: requests, admissions, and calls of a batch one by one.
    #[cfg(target_has_atomic = "64")]
    #[must_use]
    pub fn with_tally(mut self, tally: Arc<Tally>) -> Self {
        self.notes = Notes::counting(tally);
        self
    }

    /// The engine.
    pub fn engine(&self) -> &Authorizer {
        &self.engine
    }

    /// Looks the key up, decides, and claims what has to be claimed.
    ///
    /// A request without a readable key is decided without asking the store, and so is a signed one that is refused
    /// whatever the record says: for its date, its host, its algorithm, its scope, what it leaves unsigned, its body's digest.
    ///
    /// # Errors
    /// [`Fault`]: the store, the guard or a record is broken. Never a verdict.
    pub async fn authorize(&self, presented: Presented<'_>, ask: &Ask<'_>) -> Result<Verdict, Fault> {
        // All in one future: one within would hold once more what it is given.
        let mut checked = None;
        let step = match self.engine.precheck(&presented, ask.now, &mut checked) {
            Ok(Ok(read)) => {
                let found = match presented.key_id() {
                    Some(key) => self.lookup.find(key).await.map_err(down),
                    None => Ok(None),
                };
                found.and_then(|subject| self.engine.decide_read(&presented, &read, subject, ask))
            }
            Ok(Err(refused)) => Ok(Step::Done(self.engine.refuse(refused, &presented, ask))),
            Err(fault) => Err(fault),
        };
        let verdict = match step {
            Ok(Step::Done(verdict)) => Ok(verdict),
            Ok(Step::Claim(unclaimed)) => {
                let claim = self.replay.claim(unclaimed.key(), ask.now).await;
                claim.map(|claim| unclaimed.settle(claim)).map_err(unclaimable)
            }
            Err(fault) => Err(fault),
        };
        self.note(&verdict);
        verdict
    }

    /// Looks the key up and decides who is calling, for a request that asks for several methods; each of them is then
    /// permitted by [`turn`](Self::turn). A signed request is claimed here, once for all its calls.
    ///
    /// # Errors
    /// As [`authorize`](Self::authorize).
    pub async fn admit(&self, presented: Presented<'_>, now: Timestamp) -> Result<Admission, Fault> {
        let mut checked = None;
        let step = match self.engine.precheck(&presented, now, &mut checked) {
            Ok(Ok(read)) => {
                let found = match presented.key_id() {
                    Some(key) => self.lookup.find(key).await.map_err(down),
                    None => Ok(None),
                };
                found.and_then(|subject| self.engine.admit_read(&presented, &read, subject, now))
            }
            Ok(Err(refused)) => Ok(AdmitStep::Done(Admission::Deny(unread(refused, &presented)))),
            Err(fault) => Err(fault),
        };
        let admission = match step {
            Ok(AdmitStep::Done(admission)) => Ok(admission),
            Ok(AdmitStep::Claim(unclaimed)) => {
                let claim = self.replay.claim(unclaimed.key(), now).await;
                claim.map(|claim| unclaimed.settle(claim)).map_err(unclaimable)
            }
            Err(fault) => Err(fault),
        };
        self.note(&admission);
        admission
    }

    /// The next call of a batch that is permitted, as [`Batch::turn`] has it, with the caller's record read again before
    /// it where that is [due](Batch::stale). Where the store does not answer, the call's outcome is the
    /// fault, and nothing is run behind it.
    ///
    /// A future that is dropped leaves the batch as it was: nothing is skipped, and nothing is run twice.
    ///
    /// ```
    /// # use keyward::*;
    /// # async fn post<L: Lookup, R: ReplayGuard>(
    /// #     gate: &Gate<L, R>, presented: Presented<'_>, client: ClientAddr, calls: &[&str], clock: impl Fn() -> Timestamp,
    /// # ) -> Result<Results<String>, Box<dyn std::error::Error>> {
    /// let admitted = match gate.admit(presented, clock()).await? {
    ///     Admission::Admit(admitted) => admitted,
    ///     Admission::Deny(denial) => return Err(denial.into()),
    /// };
    /// let mut batch = Batch::new(admitted, client, calls, OnError::Halt, gate.engine());
    /// while let Some(turn) = gate.turn(&mut batch, clock()).await {
    ///     let name = turn.grant().user().name().to_owned();
    ///     turn.done(name);
    /// }
    /// Ok(batch.finish())
    /// # }
    /// ```
    pub async fn turn<'t, 'b, C: BatchCall, T>(
        &self,
        batch: &'t mut Batch<'b, C, T>,
        now: Timestamp,
    ) -> Option<Turn<'t, 'b, C, T>> {
        if let Some(key) = batch.stale(now) {
            // Nothing of the batch changes before the answer is there.
            let read = self.lookup.find(key).await;
            if let Err(fault) = read.map_err(down).and_then(|subject| batch.refresh(subject, now)) {
                batch.fault(fault);
            }
        }
        let next = batch.advance(now);
        for outcome in batch.untold() {
            match outcome {
                CallOutcome::Refused(denial) => self.note(denial),
                CallOutcome::Fault(fault) => self.note(fault),
                _ => {}
            }
        }
        let (call, grant) = next?;
        self.note(&grant);
        Some(batch.turn_of(call, grant))
    }

    fn note<'d>(&self, decided: impl Into<Decided<'d>>) {
        self.notes.take(decided.into(), self.engine.catalogue());
    }
}

fn down(error: impl Error + Send + Sync + 'static) -> Fault {
    Fault::Lookup(Box::new(error))
}

fn unclaimable(error: impl Error + Send + Sync + 'static) -> Fault {
    Fault::Replay(Box::new(error))
}

impl<L, R> fmt::Debug for Gate<L, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("engine", &self.engine).finish_non_exhaustive()
    }
}
