//! What happens when something breaks, on the store, the guard and the journal in memory behind `conformance::Faulty`.
//!
//! | what breaks | what holds | in |
//! |---|---|---|
//! | the store fails | a fault, never a verdict, and not remembered | `store` |
//! | the store is slow | the caller's deadline; nobody else waits | `store` |
//! | a future is dropped anywhere | done or not done, never half | `drops` |
//! | a key is rotated | both work within the overlap alone, never neither | `rotate` |
//! | a record is torn or changed | a fault | `torn` |
//! | the answer to an act is lost | its repetition makes nothing, its secret is seen once at most | `rotate` |
//! | a user is deleted and made again | no edit of the former reaches it | `reborn` |
//! | the clock is set | no panic, what is stopped stays so, no claim is released early | `clock` |
//! | the replay guard is down or full | a fault | `replay` |
//! | two verifiers have one request | one accepts it | `replay` |
//! | the journal is down | verdicts are the same, what is lost is counted | `journal` |
//! | a list is read anew with a bad rule | the old list stays | `reload` |
#![cfg(all(feature = "memory", feature = "conformance"))]

#[path = "../common/mod.rs"]
mod common;

mod clock;
mod drops;
mod journal;
mod reborn;
mod reload;
mod replay;
mod rotate;
mod store;
mod torn;

use common::{World, code, signing::Signed};
use keyward::{
    Code, Fault, Gate, Lookup, MemoryStore, Presented, Registry, ReplayGuard,
    conformance::{FaultPlan, Faulty},
};
use pollster::block_on;

type Store = Faulty<MemoryStore>;

/// The world's account and user, stored.
fn stored(world: &World) -> MemoryStore {
    let store = MemoryStore::new();
    block_on(store.put_account(&world.account)).unwrap();
    assert_eq!(block_on(store.insert(&world.user)), Ok(keyward::Insert::Stored));
    store
}

fn faulty(world: &World, plan: FaultPlan) -> Store {
    Faulty::new(stored(world), plan)
}

/// `None` if it is allowed.
type Answer = Result<Option<Code>, Fault>;

/// Presents the world's own pair.
fn plain<L: Lookup, R: ReplayGuard>(gate: &Gate<L, R>, world: &World) -> Answer {
    let presented = Presented::pair(world.key(), world.revealed.secret());
    block_on(gate.authorize(presented, &world.ask())).map(|verdict| code(&verdict))
}

/// Sends a signed request.
fn send<L: Lookup, R: ReplayGuard>(gate: &Gate<L, R>, world: &World, signed: &Signed) -> Answer {
    let ask = world.ask();
    let verdict = signed.present(gate.engine(), |presented| block_on(gate.authorize(presented, &ask)));
    verdict.map(|verdict| code(&verdict))
}
