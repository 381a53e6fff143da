//! A replay guard that is down or full, and a request that comes twice at a time.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use keyward::{
    Code, Fault, Gate, MemoryReplay, ModulePolicy, Policy, Replay,
    conformance::{FaultPlan, Faulty, Inject, Operation},
};

use super::{
    common::{
        NOW, World,
        signing::{POST, Signing, signing_engine, world as signing_world},
    },
    send, stored,
};

fn world() -> World {
    let mut world = signing_world();
    world.set(ModulePolicy::default().replay(Policy::enforce(Replay::Every)));
    world
}

#[test]
fn a_guard_that_is_down_is_a_fault_and_never_lets_anybody_in() {
    for (inject, then) in [(Inject::Fail, None), (Inject::LoseAnswer, Some(Code::SignatureReplayed))] {
        let world = world();
        let guard = Faulty::new(
            MemoryReplay::bounded(1 << 16),
            FaultPlan::none().at(Operation::Claim, 1, inject).at(Operation::Claim, 2, Inject::Fail),
        );
        let gate = Gate::new(signing_engine(), stored(&world)).with_replay(&guard);
        let signed = world.signed(POST);
        for _ in 0..2 {
            assert!(matches!(send(&gate, &world, &signed), Err(Fault::Replay(_))), "{inject:?}");
        }
        // What was claimed though nobody was told is not let in: its sender signs anew.
        assert_eq!(send(&gate, &world, &signed).unwrap(), then, "{inject:?}");
        assert_eq!(send(&gate, &world, &signed).unwrap(), Some(Code::SignatureReplayed));
    }
}

#[test]
fn a_guard_that_is_full_and_a_gate_without_one_are_faults() {
    let world = world();
    let full = Gate::new(signing_engine(), stored(&world)).with_replay(MemoryReplay::bounded(0));
    let without = Gate::new(signing_engine(), stored(&world));
    for _ in 0..2 {
        let answer = send(&full, &world, &world.signed(POST));
        assert!(matches!(answer, Err(Fault::Replay(_))), "{answer:?}");
        assert!(matches!(send(&without, &world, &world.signed(POST)), Err(Fault::Replay(_))));
    }
}

#[test]
fn a_claim_that_a_driver_sends_twice_is_refused_and_not_let_in() {
    let world = world();
    let twice = FaultPlan::none().always(Operation::Claim, Inject::Twice);
    let guard = Faulty::new(MemoryReplay::bounded(1 << 16), twice);
    let gate = Gate::new(signing_engine(), stored(&world)).with_replay(guard);
    assert_eq!(send(&gate, &world, &world.signed(POST)).unwrap(), Some(Code::SignatureReplayed));
}

#[test]
fn of_two_verifiers_that_have_one_request_at_a_time_one_accepts_it() {
    const REQUESTS: u64 = 60;
    let mut world = world();
    let (store, guard) = (stored(&world), MemoryReplay::bounded(1 << 18));
    let requests: Vec<_> = (0..REQUESTS)
        .map(|second| {
            world.now = NOW.plus(Duration::from_secs(second));
            world.signed(POST)
        })
        .collect();
    let accepted: Vec<_> = requests.iter().map(|_| AtomicU32::new(0)).collect();
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let world = self::world(); // the same account, user and key
                let gate = Gate::new(signing_engine(), &store).with_replay(&guard);
                for (request, accepted) in requests.iter().zip(&accepted) {
                    barrier.wait();
                    match send(&gate, &world, request).unwrap() {
                        None => drop(accepted.fetch_add(1, Ordering::Relaxed)),
                        code => assert_eq!(code, Some(Code::SignatureReplayed)),
                    }
                }
            });
        }
    });
    assert!(accepted.iter().all(|accepted| accepted.load(Ordering::Relaxed) == 1));
}
