//! What a service does with a request: it reads the credential, looks its owner up, and asks for a verdict.

use std::collections::{HashMap, HashSet};

use keyward::{
    Ask, Authorizer, BodyNeed, Claim, KeyId, Payload, ReplayKey, Routes, Step, Subject, Timestamp,
    TrustedProxies, Verdict,
};

use crate::{Result, log::Log, requests::Captured, table};

pub(crate) struct Service {
    pub(crate) engine: Authorizer,
    pub(crate) routes: Routes,
    pub(crate) proxies: TrustedProxies,
    pub(crate) now: Timestamp,
    pub(crate) subjects: HashMap<KeyId, Subject>,
    pub(crate) log: Log,
}

/// The signed requests that came already. That a service runs twice, restarts, and cannot remember forever is the rest of
/// a guard's work: see `ReplayGuard`, and `MemoryReplay` behind the feature `memory`.
#[derive(Default)]
struct Guard(HashSet<[u8; 32]>);

impl Guard {
    fn claim(&mut self, key: &ReplayKey) -> Claim {
        if self.0.insert(*key.digest()) { Claim::Fresh } else { Claim::Replayed }
    }
}

impl Service {
    /// Decides them in their order, as if none of them had come before.
    pub(crate) fn decide_all(&self, requests: &[Captured]) -> table::Rows {
        let (mut rows, mut guard) = (table::Rows::default(), Guard::default());
        for request in requests {
            rows.push(&request.name, &self.decide(request, &mut guard), self.engine.catalogue());
        }
        rows
    }

    fn decide(&self, request: &Captured, guard: &mut Guard) -> Result<Verdict> {
        request.with_head(|head, read_body| {
            let mut body = Vec::new();
            let mut presented = self.engine.present(head);
            // A signature covers the body, a plain secret does not need it.
            if presented.body_need() != BodyNeed::Nothing {
                body = read_body()?;
                presented.set_body(Payload::Bytes(&body));
            }
            let subject = presented.key_id().and_then(|key| self.subjects.get(&key)).cloned();
            let client = self.proxies.client(head.headers, request.peer);
            let ask = Ask::new(self.routes.resolve(&head), client, request.at.unwrap_or(self.now));
            let verdict = match self.engine.decide(presented, subject, &ask)? {
                Step::Done(verdict) => verdict,
                Step::Claim(unclaimed) => {
                    let claim = guard.claim(unclaimed.key());
                    unclaimed.settle(claim)
                }
            };
            if let Verdict::Deny(denial) = &verdict {
                self.log.refused(denial, ask.now, self.engine.catalogue(), head, &body);
            }
            Ok(verdict)
        })
    }
}
