//! The thin driver: look up, decide, claim.

use alloc::boxed::Box;
use core::fmt;

use crate::{
    decision::Fault,
    engine::{Ask, Authorizer, Step, Verdict},
    presented::Presented,
    store::{Lookup, NoReplayGuard, ReplayGuard},
};

/// An engine with its store and its replay guard. It reads and claims, and writes nothing else.
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
}

impl<L: Lookup> Gate<L> {
    /// A gate that takes plain credentials. A signed request that has to be claimed is a fault here.
    pub fn new(engine: Authorizer, lookup: L) -> Self {
        Self { engine, lookup, replay: NoReplayGuard }
    }
}

impl<L: Lookup, R: ReplayGuard> Gate<L, R> {
    /// With a replay guard in place of the one it has.
    pub fn with_replay<S: ReplayGuard>(self, replay: S) -> Gate<L, S> {
        Gate { engine: self.engine, lookup: self.lookup, replay }
    }

    /// The engine.
    pub fn engine(&self) -> &Authorizer {
        &self.engine
    }

    /// Looks the key up, decides, and claims what has to be claimed.
    ///
    /// A request without a readable key is decided without asking the store.
    ///
    /// # Errors
    /// [`Fault`]: the store, the guard or a record is broken. Never a verdict.
    pub async fn authorize(&self, presented: Presented<'_>, ask: &Ask<'_>) -> Result<Verdict, Fault> {
        let subject = match presented.key_id() {
            Some(key) => self.lookup.find(key).await.map_err(|error| Fault::Lookup(Box::new(error)))?,
            None => None,
        };
        let step = self.engine.decide(presented, subject, ask)?;
        self.settle(step, ask).await
    }

    async fn settle(&self, step: Step, ask: &Ask<'_>) -> Result<Verdict, Fault> {
        match step {
            Step::Done(verdict) => Ok(verdict),
            Step::Claim(unclaimed) => {
                let claim = self.replay.claim(unclaimed.key(), ask.now).await;
                Ok(unclaimed.settle(claim.map_err(|error| Fault::Replay(Box::new(error)))?))
            }
        }
    }
}

impl<L, R> fmt::Debug for Gate<L, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("engine", &self.engine).finish_non_exhaustive()
    }
}
