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

#[cfg(test)]
mod tests {
    use alloc::{string::ToString, sync::Arc};

    use super::*;
    use crate::{
        access::{AccessLevel, Catalogue},
        account::Account,
        credential::{By, Keep, KeyRing, Pepper},
        decision::Code,
        engine::Unclaimed,
        id::KeyId,
        network::{Allowlist, ClientAddr},
        policy::{Mode, ModulePolicy},
        signature::{Claim, ReplayKey},
        subject::Subject,
        time::Timestamp,
        user::ApiUser,
    };

    const NOW: Timestamp = Timestamp::from_unix(1_000);

    struct Nobody;
    impl Lookup for Nobody {
        type Error = core::convert::Infallible;
        async fn find(&self, _: KeyId) -> Result<Option<Subject>, Self::Error> {
            Ok(None)
        }
    }

    struct Answers(Claim);
    impl ReplayGuard for Answers {
        type Error = core::convert::Infallible;
        async fn claim(&self, _: &ReplayKey, _: Timestamp) -> Result<Claim, Self::Error> {
            Ok(self.0)
        }
    }

    fn engine() -> Authorizer {
        let catalogue = Catalogue::builder().module("events", ["events.create"]).build().unwrap();
        Authorizer::new(catalogue, KeyRing::new(Pepper::new(1, [7; 32]).unwrap()))
    }

    /// What a signed request will leave behind: a grant that is earned by every check, and not yet claimed.
    fn unclaimed(engine: &Authorizer) -> Unclaimed {
        let account = Account::new("acme".parse().unwrap()).enable("events", ModulePolicy::default());
        let mut user =
            ApiUser::new(account.id(), "u1".parse().unwrap(), "u", AccessLevel::Full, Allowlist::Any)
                .unwrap();
        let mut counter = 0u8;
        let mut entropy = |bytes: &mut [u8]| {
            for byte in bytes {
                counter = counter.wrapping_add(1);
                *byte = counter;
            }
            Ok(())
        };
        let by = By::new("test", NOW);
        let revealed = user.issue(Keep::Hashed, engine.keys(), by, &mut entropy).unwrap().reveal();
        let key_id = revealed.key_id();
        let subject = Subject::new(Arc::new(account), Arc::new(user), key_id);
        let ask = Ask::new("events.create", ClientAddr::unknown(), NOW);
        let presented = Presented::pair(key_id, revealed.secret());
        let grant = engine.authorize(presented, subject, &ask).unwrap().into_result().unwrap();
        Unclaimed::new(grant, ReplayKey::new("test", key_id, b"unique", NOW, NOW), Mode::Enforce)
    }

    fn settled<R: ReplayGuard>(gate: &Gate<Nobody, R>) -> Result<Verdict, Fault> {
        let ask = Ask::new("events.create", ClientAddr::unknown(), NOW);
        let step = Step::Claim(unclaimed(&gate.engine));
        pollster::block_on(gate.settle(step, &ask))
    }

    #[test]
    fn only_a_fresh_claim_is_granted() {
        let gate = |claim| Gate::new(engine(), Nobody).with_replay(Answers(claim));
        assert!(matches!(settled(&gate(Claim::Fresh)), Ok(Verdict::Allow(_))));
        for (claim, code) in
            [(Claim::Replayed, Code::SignatureReplayed), (Claim::OverQuota, Code::ReplayQuota)]
        {
            let denial = settled(&gate(claim)).unwrap().into_result().unwrap_err();
            assert_eq!(denial.code(), code);
            assert_eq!(denial.subject().unwrap().user().name(), "u");
            assert!(denial.method().is_some());
        }
    }

    #[test]
    fn without_a_guard_a_claim_is_a_fault() {
        let fault = settled(&Gate::new(engine(), Nobody)).unwrap_err();
        assert!(
            matches!(&fault, Fault::Replay(source) if source.to_string() == crate::store::NoGuard.to_string())
        );
        assert_eq!(Fault::STATUS, 503);
    }

    #[test]
    fn replay_keys_differ_in_scheme_key_and_request() {
        let key = |scheme, key: &str, unique: &[u8]| {
            *ReplayKey::new(scheme, key.parse().unwrap(), unique, NOW, NOW).digest()
        };
        let one = key("a", "k", b"x");
        assert_eq!(one, key("a", "k", b"x"));
        for other in [key("b", "k", b"x"), key("a", "l", b"x"), key("a", "k", b"y"), key("ak", "x", b"")] {
            assert_ne!(one, other);
        }
    }
}
