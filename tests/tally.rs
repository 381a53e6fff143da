//! What a gate decided is counted: requests, admissions, calls of batches one by one.

mod common;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use common::{NOW, World, engine, secret};
use keyward::{
    Admission, Ask, Batch, Code, Decided, Denial, Fault, Gate, KeyId, Lookup, OnError, Presented, Subject,
    Tally, Verdict,
};
use pollster::block_on;

struct Store(Subject, AtomicBool);

impl Lookup for Store {
    type Error = io::Error;
    async fn find(&self, key: KeyId) -> Result<Option<Subject>, io::Error> {
        if self.1.load(Ordering::Relaxed) {
            return Err(io::Error::other("down"));
        }
        Ok(Some(self.0.clone()).filter(|subject| subject.key_id() == key))
    }
}

fn counted(tally: &Tally) -> Vec<(&'static str, u64)> {
    tally.iter().filter(|(_, count)| *count > 0).collect()
}

#[test]
fn every_outcome_has_a_counter_that_starts_at_zero() {
    let names: Vec<_> = Tally::new().iter().map(|(code, count)| (code, count == 0)).collect();
    let codes = Code::ALL.iter().map(|code| code.as_str());
    let expected: Vec<_> =
        ["allow", "admit"].into_iter().chain(codes).chain([Fault::CODE]).map(|code| (code, true)).collect();
    assert_eq!(names, expected);
}

#[test]
fn every_code_is_counted_under_its_own_name() {
    for code in Code::ALL {
        let tally = Tally::new();
        tally.count(&Denial::new(*code));
        tally.count(&Denial::new(*code));
        assert_eq!(counted(&tally), [(code.as_str(), 2)]);
        assert_eq!(Decided::from(&Denial::new(*code)).code(), code.as_str());
    }
}

#[test]
fn a_gate_counts_requests_and_every_call_of_a_batch() {
    let world = World::new();
    let tally = Arc::new(Tally::new());
    let store = Arc::new(Store(world.subject().unwrap(), AtomicBool::new(false)));
    let gate = Gate::new(engine(), Arc::clone(&store)).with_tally(Arc::clone(&tally));
    let gate = gate.with_replay(keyward::NoReplayGuard); // it goes on counting
    let pair = || Presented::pair(world.key(), world.revealed.secret());

    assert!(matches!(block_on(gate.authorize(pair(), &world.ask())), Ok(Verdict::Allow(_))));
    let wrong = secret("kws1_wrong");
    for _ in 0..2 {
        let _ = block_on(gate.authorize(Presented::pair(world.key(), &wrong), &world.ask())).unwrap();
    }
    let _ = block_on(gate.admit(Presented::pair(world.key(), &wrong), NOW)).unwrap();
    assert_eq!(counted(&tally), [("allow", 1), ("credential.invalid", 3)]);

    let Ok(Admission::Admit(admitted)) = block_on(gate.admit(pair(), NOW)) else { panic!("the right pair") };
    let calls = ["events.list", "wallet.read", "events.old", "events.list", "coupons.list", "coupons.list"];
    let mut batch = Batch::new(admitted, world.client, &calls, OnError::Continue, gate.engine());
    for _ in 0..2 {
        block_on(gate.turn(&mut batch, NOW)).expect("permitted").failed("of no matter here");
    }
    store.1.store(true, Ordering::Relaxed);
    let later = NOW.plus(std::time::Duration::from_secs(9));
    assert!(block_on(gate.turn(&mut batch, later)).is_none());
    assert!(block_on(gate.turn(&mut batch, later)).is_none(), "told once");
    let expected = [
        ("allow", 3),
        ("admit", 1),
        ("credential.invalid", 3),
        ("access.module", 1),
        ("endpoint.retired", 1),
        ("backend.unavailable", 1),
    ];
    assert_eq!(counted(&tally), expected);
    assert!(format!("{tally:?}").contains("\"endpoint.retired\": 1"), "{tally:?}");
}

#[test]
fn a_batch_of_too_many_calls_is_counted() {
    let world = World::new();
    let tally = Arc::new(Tally::new());
    let store = Store(world.subject().unwrap(), AtomicBool::new(false));
    let gate = Gate::new(engine(), store).with_tally(Arc::clone(&tally));
    let pair = Presented::pair(world.key(), world.revealed.secret());
    let Ok(Admission::Admit(admitted)) = block_on(gate.admit(pair, NOW)) else { panic!("the right pair") };
    let calls = vec!["events.list"; keyward::MAX_CALLS + 1];
    let mut batch = Batch::<_, ()>::new(admitted, world.client, &calls, OnError::Halt, gate.engine());
    assert!(block_on(gate.turn(&mut batch, NOW)).is_none());
    assert_eq!(counted(&tally), [("admit", 1), ("request.too_large", 1)]);
}

#[test]
fn no_count_is_lost_between_threads() {
    let tally = Tally::new();
    thread::scope(|scope| {
        for code in [Code::AccessModule, Code::AccessModule, Code::CredentialInvalid] {
            let tally = &tally;
            scope.spawn(move || (0..5000).for_each(|_| tally.count(&Denial::new(code))));
        }
    });
    assert_eq!(counted(&tally), [("credential.invalid", 5000), ("access.module", 10_000)]);
}

#[test]
fn without_a_gate_what_an_engine_returned_is_counted() {
    let world = World::new();
    let tally = Tally::new();
    tally.count(&world.verdict());
    let wrong = secret("kws1_wrong");
    let pair = Presented::pair(world.key(), &wrong);
    let ask = Ask::new("events.list", world.client, NOW);
    tally.count(&world.engine.authorize(pair, world.subject(), &ask));
    let pair = Presented::pair("kwk_0000000000000000".parse().unwrap(), &wrong);
    let fault = world.engine.authorize(pair, world.subject(), &ask);
    assert!(matches!(fault, Err(Fault::WrongSubject)));
    tally.count(&fault);
    assert_eq!(counted(&tally), [("allow", 1), ("credential.invalid", 1), ("backend.unavailable", 1)]);
}
