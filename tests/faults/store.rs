//! A store that is down, and one that is slow.

use std::{
    error::Error,
    future::Future,
    pin::pin,
    task::{Context, Waker},
};

use keyward::{
    Admission, Batch, CallOutcome, Fault, Gate, OnError, Presented, Registry, Timestamp,
    conformance::{FaultPlan, Inject, Injected, Operation, poll_for},
};
use pollster::block_on;

use super::{
    common::{NOW, World, by, engine, secret},
    faulty, plain,
};

const BREAKS: [Inject; 4] = [Inject::Fail, Inject::LoseAnswer, Inject::Cut(40), Inject::Flip(40)];

/// The store's own error, behind the fault.
fn injected(fault: &Fault) -> &Injected<std::convert::Infallible> {
    assert!(matches!(fault, Fault::Lookup(_)), "{fault}");
    fault.source().and_then(|source| source.downcast_ref()).unwrap()
}

#[test]
fn a_store_that_fails_is_a_fault_and_never_a_verdict_whoever_asks() {
    for inject in BREAKS {
        let world = World::new();
        let plan = FaultPlan::none().at(Operation::Find, 1, inject).at(Operation::Find, 3, inject);
        let gate = Gate::new(engine(), faulty(&world, plan));
        let fault = plain(&gate, &world).unwrap_err();
        match inject {
            Inject::Fail => assert!(matches!(injected(&fault), Injected::Failed)),
            Inject::LoseAnswer => assert!(matches!(injected(&fault), Injected::AnswerLost)),
            _ => assert!(matches!(injected(&fault), Injected::Torn(_))),
        }
        assert_eq!(plain(&gate, &world).unwrap(), None, "nothing of the fault is remembered");
        let wrong = secret("not the secret that was issued");
        let answer = block_on(gate.authorize(Presented::pair(world.key(), &wrong), &world.ask()));
        assert!(matches!(answer, Err(Fault::Lookup(_))), "{inject:?}: a wrong secret is no better off");
    }
}

#[test]
fn a_store_that_fails_says_nothing_about_a_key_that_it_may_not_have() {
    let world = World::new();
    let gate = Gate::new(engine(), faulty(&world, FaultPlan::none().at(Operation::Find, 1, Inject::Fail)));
    let stranger = "kwk_0000000000000001".parse().unwrap();
    for known in [false, true] {
        let answer = block_on(gate.authorize(Presented::pair(stranger, &secret("x")), &world.ask()));
        assert_eq!(answer.is_ok(), known, "down it is a fault, up it is refused");
    }
}

#[test]
fn a_store_that_fails_stops_an_admission_and_a_batch() {
    let world = World::new();
    let plan = FaultPlan::none().at(Operation::Find, 1, Inject::Fail).at(Operation::Find, 3, Inject::Fail);
    let gate = Gate::new(engine(), faulty(&world, plan));
    let presented = || Presented::pair(world.key(), world.revealed.secret());
    assert!(matches!(block_on(gate.admit(presented(), NOW)), Err(Fault::Lookup(_))));
    let Ok(Admission::Admit(admitted)) = block_on(gate.admit(presented(), NOW)) else {
        panic!("it is up again")
    };
    let calls = ["events.create", "events.list"];
    let mut batch: Batch<'_, _, ()> =
        Batch::new(admitted, world.client, &calls, OnError::Continue, gate.engine());
    let later = Timestamp::from_unix(NOW.unix() + 60); // the record is read again
    assert!(block_on(gate.turn(&mut batch, later)).is_none());
    assert!(block_on(gate.turn(&mut batch, later)).is_none(), "and nothing is run behind it");
    let results = batch.finish();
    assert!(matches!(results.outcomes(), [CallOutcome::Fault(Fault::Lookup(_)), CallOutcome::NotRun]));
}

#[test]
fn a_slow_store_holds_its_own_caller_alone_and_that_one_no_longer_than_it_waits() {
    let world = World::new();
    let plan = FaultPlan::none().at(Operation::Find, 1, Inject::DelayBefore(u32::MAX));
    let gate = Gate::new(engine(), faulty(&world, plan));
    let presented = || Presented::pair(world.key(), world.revealed.secret());
    let ask = world.ask();
    let mut slow = pin!(gate.authorize(presented(), &ask));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..3 {
        assert!(slow.as_mut().poll(&mut context).is_pending());
        assert_eq!(plain(&gate, &world).unwrap(), None, "others are served while it waits");
    }
}

#[test]
fn a_caller_that_gives_up_on_a_slow_store_leaves_nothing_behind() {
    let world = World::new();
    let plan = FaultPlan::none().at(Operation::Find, 1, Inject::DelayBefore(u32::MAX));
    let gate = Gate::new(engine(), faulty(&world, plan));
    let ask = world.ask();
    let presented = || Presented::pair(world.key(), world.revealed.secret());
    assert!(poll_for(100, gate.authorize(presented(), &ask)).is_none(), "its deadline came first");
    assert!(poll_for(1, gate.authorize(presented(), &ask)).is_some_and(|answer| answer.is_ok()));
}

#[test]
fn a_write_that_waits_for_its_answer_holds_no_lock() {
    let world = World::new();
    let plan = FaultPlan::none()
        .always(Operation::Update, Inject::DelayAfter(u32::MAX))
        .always(Operation::PutAccount, Inject::DelayAfter(u32::MAX));
    let store = faulty(&world, plan);
    let mut user = block_on(store.user(world.account.id(), world.user.id())).unwrap().unwrap();
    let _ = user.rename("till", by(NOW)).unwrap();
    let (mut update, mut put) = (pin!(store.update(&user)), pin!(store.put_account(&world.account)));
    let mut context = Context::from_waker(Waker::noop());
    assert!(update.as_mut().poll(&mut context).is_pending());
    assert!(put.as_mut().poll(&mut context).is_pending());
    let gate = Gate::new(engine(), &store);
    assert_eq!(plain(&gate, &world).unwrap(), None);
    assert!(block_on(store.disable(world.account.id(), world.user.id(), by(NOW))).unwrap().is_some());
    assert_eq!(block_on(store.list(world.account.id(), None, 9)).unwrap().len(), 1);
    assert_eq!(block_on(store.revoke(world.key(), NOW)).unwrap(), keyward::Stop::Stopped);
    assert!(plain(&gate, &world).unwrap().is_some(), "and what is stopped meanwhile is stopped");
}
