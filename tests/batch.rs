//! A batch: admitted once, each call permitted on its own, halted by the first error unless it was asked to go on.

mod common;

use std::{mem, time::Duration};

use common::{NOW, World, by, list, ring};
use keyward::{
    AccessLevel, Admission, AdmitStep, Admitted, Authorizer, Batch, BatchCall, CallOutcome, Code, Fault,
    MAX_CALLS, ModulePolicy, OnError, Policy, Presented, Results, Strength, Subject, Timestamp,
};

const CALLS: [&str; 4] = ["events.create", "events.list", "coupons.issue", "coupons.list"];

fn at(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn admitted(world: &World) -> Admitted {
    let pair = Presented::pair(world.key(), world.revealed.secret());
    match world.engine.admit(pair, world.subject(), world.now).unwrap() {
        AdmitStep::Done(Admission::Admit(admitted)) => admitted,
        step => panic!("{step:?}"),
    }
}

fn batch<'b>(world: &'b World, calls: &'b [&'b str], on_error: OnError) -> Batch<'b, &'b str, &'static str> {
    Batch::new(admitted(world), world.client, calls, on_error, &world.engine)
}

/// One word an outcome; of a refusal its code.
fn said<T>(results: &Results<T>) -> Vec<&'static str> {
    let word = |outcome: &CallOutcome<T>| match outcome {
        CallOutcome::Done(_) => "done",
        CallOutcome::Failed(_) => "failed",
        CallOutcome::Abandoned => "abandoned",
        CallOutcome::Refused(denial) => denial.code().as_str(),
        CallOutcome::Fault(Fault::Stale) => "stale",
        CallOutcome::Fault(_) => "fault",
        CallOutcome::NotRun => "not run",
        _ => panic!("an outcome of another kind"),
    };
    results.outcomes().iter().map(word).collect()
}

/// Runs every call that may, at one moment.
fn run(mut batch: Batch<'_, impl BatchCall, &str>, now: Timestamp) -> Vec<&'static str> {
    while let Some(turn) = batch.turn(now) {
        turn.done("");
    }
    said(&batch.finish())
}

#[test]
fn many_calls_of_one_request_are_each_permitted_on_their_own() {
    let mut world = World::with(
        AccessLevel::custom(["events.create", "events.old", "coupons.issue", "wallet.read"]),
        list("192.0.2.0/24"),
    );
    let filtered = ModulePolicy::default().addresses(Policy::enforce(list("203.0.113.1")));
    world.account = world.account.enable("coupons", filtered);
    let calls = ["events.create", "coupons.issue", "events.list", "events.old", "wallet.read", "no.such"];
    let refused = ["access.ip_endpoint", "access.method", "endpoint.retired", "access.module"];
    let expected = [&["done"], &refused[..], &["endpoint.unknown"]].concat();
    assert_eq!(run(batch(&world, &calls, OnError::Continue), NOW), expected);
    for (call, expected) in calls.iter().zip(expected) {
        world.method = call;
        let alone = world.denied().map_or("done", Code::as_str);
        assert_eq!(alone, expected, "{call} as by itself");
    }
}

#[test]
fn a_turn_has_the_grant_of_its_own_call() {
    let world = World::new();
    let calls = [("events.create", 1), ("coupons.list", 2)];
    let mut batch = Batch::new(admitted(&world), world.client, &calls, OnError::Halt, &world.engine);
    let mut seen = Vec::new();
    while let Some(turn) = batch.turn(NOW) {
        let (name, number) = *turn.call();
        assert_eq!(world.engine.catalogue().name(turn.grant().method()), Some(name));
        assert_eq!(turn.grant().client(), world.client);
        assert_eq!(turn.grant().key_id(), world.key());
        seen.push(number);
        turn.done(number * 10);
    }
    assert_eq!(seen, [1, 2]);
    let results = batch.finish();
    assert_eq!(results.completed(), 2);
    let values: Vec<_> = results.into_outcomes();
    assert!(matches!(values[..], [CallOutcome::Done(10), CallOutcome::Done(20)]));
}

/// Ways in which the second of four calls does not succeed.
#[derive(Clone, Copy, Debug)]
enum Error {
    Failed,
    Dropped,
    Leaked,
    Refused,
}

const ERRORS: [(Error, &str); 4] = [
    (Error::Failed, "failed"),
    (Error::Dropped, "abandoned"),
    (Error::Leaked, "abandoned"),
    (Error::Refused, "access.module"),
];

fn with_error(error: Error, on_error: OnError) -> Vec<&'static str> {
    let world = World::new();
    let second = if matches!(error, Error::Refused) { "wallet.read" } else { "events.list" };
    let calls = ["events.create", second, "coupons.issue", "coupons.list"];
    let mut batch = batch(&world, &calls, on_error);
    while let Some(turn) = batch.turn(NOW) {
        match error {
            _ if *turn.call() != "events.list" => turn.done(""),
            Error::Failed => turn.failed(""),
            Error::Leaked => mem::forget(turn),
            Error::Dropped | Error::Refused => drop(turn),
        }
    }
    assert!(batch.turn(NOW).is_none(), "and it stays over");
    said(&batch.finish())
}

#[test]
fn the_first_error_halts_a_batch_and_the_rest_is_not_run() {
    for (error, word) in ERRORS {
        assert_eq!(with_error(error, OnError::Halt), ["done", word, "not run", "not run"], "{error:?}");
    }
    assert_eq!(OnError::default(), OnError::Halt);
}

#[test]
fn a_batch_that_was_asked_to_goes_on_behind_an_error() {
    for (error, word) in ERRORS {
        assert_eq!(with_error(error, OnError::Continue), ["done", word, "done", "done"], "{error:?}");
    }
}

#[test]
fn a_batch_that_nobody_pulls_has_not_run() {
    let world = World::new();
    assert_eq!(said(&batch(&world, &CALLS, OnError::Continue).finish()), ["not run"; 4]);
    assert!(said(&batch(&world, &[], OnError::Continue).finish()).is_empty());
    assert!(batch(&world, &[], OnError::Continue).turn(NOW).is_none());
}

fn with_export(world: &mut World) {
    let catalogue = world.engine.catalogue().to_builder();
    let catalogue = catalogue.method("events", "events.export").alone("events.export");
    world.engine = Authorizer::new(catalogue.build().unwrap(), ring());
}

#[test]
fn a_method_that_stands_alone_is_refused_among_others_and_run_by_itself() {
    let mut world = World::new();
    with_export(&mut world);
    let run = |calls: &[&str]| run(batch(&world, calls, OnError::Continue), NOW);
    assert_eq!(run(&["events.export"]), ["done"]);
    assert_eq!(run(&["events.create", "events.export"]), ["done", "batch.alone"]);
    assert_eq!(run(&["events.export", "events.create"]), ["batch.alone", "done"]);
    assert_eq!(run(&["events.export", "events.export"]), ["batch.alone"; 2]);
    let mut halted = batch(&world, &["events.export", "events.create"], OnError::Halt);
    assert!(halted.turn(NOW).is_none());
    let results = halted.finish();
    let [CallOutcome::Refused(denial), CallOutcome::NotRun] = results.outcomes() else {
        panic!("{results:?}")
    };
    assert_eq!((denial.code(), denial.client()), (Code::BatchAlone, world.client));
    assert_eq!(denial.method(), world.engine.catalogue().method("events.export"));
    assert_eq!(denial.key_id(), Some(world.key()));
}

#[test]
fn who_may_not_call_a_method_is_not_told_that_it_stands_alone() {
    let mut world = World::with(AccessLevel::custom(["events.create"]), list("192.0.2.0/24"));
    with_export(&mut world);
    let said = run(batch(&world, &["events.export", "events.create"], OnError::Continue), NOW);
    assert_eq!(said, ["access.method", "done"]);
}

#[test]
fn each_call_is_decided_at_its_own_moment() {
    let mut world = World::new();
    let strict = ModulePolicy::default().strength(Policy::enforce_from(Strength::Signature, at(2)));
    world.account = world.account.enable("events", strict);
    let calls = ["events.create"; 4];
    let mut batch = batch(&world, &calls, OnError::Continue);
    for now in [0, 1] {
        batch.turn(at(now)).expect("not enforced yet").done("");
    }
    assert!(batch.turn(at(2)).is_none());
    assert_eq!(said(&batch.finish()), ["done", "done", "signature.required", "signature.required"]);
}

#[test]
fn a_credential_that_ends_between_two_calls_ends_the_batch_whatever_the_rule() {
    for on_error in [OnError::Halt, OnError::Continue] {
        let mut world = World::new();
        let key = world.key();
        let _ = world.user.expire(key, at(3), by(NOW)).unwrap();
        let mut batch = batch(&world, &CALLS, on_error);
        batch.turn(at(2)).expect("it lives").done("");
        assert!(batch.turn(at(3)).is_none());
        assert!(batch.turn(at(2)).is_none(), "a clock that is set back brings nothing back");
        let results = batch.finish();
        assert_eq!(said(&results), ["done", "credential.invalid", "not run", "not run"]);
        let [_, CallOutcome::Refused(denial), ..] = results.outcomes() else { panic!() };
        assert_eq!(denial.method(), world.engine.catalogue().method(CALLS[1]));
        assert!(denial.operator().sentence(world.engine.catalogue()).to_string().contains("expired"));
    }
}

#[test]
fn a_batch_of_too_many_calls_is_refused_and_none_is_run() {
    let world = World::new();
    let calls = vec!["events.create"; MAX_CALLS + 1];
    let most = run(batch(&world, &calls[1..], OnError::Halt), NOW);
    assert_eq!((most.len(), most.iter().all(|word| *word == "done")), (MAX_CALLS, true));
    let mut batch = batch(&world, &calls, OnError::Continue);
    assert!(batch.turn(NOW).is_none());
    assert_eq!(batch.stale(at(99)), None, "nothing is left to read for");
    let results = batch.finish();
    let [CallOutcome::Refused(denial), rest @ ..] = results.outcomes() else { panic!() };
    assert_eq!((denial.code(), denial.client()), (Code::RequestTooLarge, world.client));
    assert_eq!(
        denial.operator().sentence(world.engine.catalogue()).to_string(),
        format!(
            "user \"checkout\" (u1, key {}) sent more calls in one request than are run; have it send fewer at a time",
            world.key()
        )
    );
    assert_eq!(rest.len(), MAX_CALLS);
    assert!(rest.iter().all(|outcome| matches!(outcome, CallOutcome::NotRun)));
}

#[test]
fn a_record_that_is_five_seconds_old_decides_no_call() {
    let world = World::new();
    let mut batch = batch(&world, &CALLS, OnError::Continue);
    assert_eq!((batch.stale(at(0)), batch.stale(at(4))), (None, None));
    batch.turn(at(4)).unwrap().done("");
    assert_eq!(batch.stale(at(5)), Some(world.key()));
    assert!(batch.turn(at(5)).is_none());
    assert!(batch.turn(at(4)).is_none(), "it does not go on in the past");
    let results = batch.finish();
    assert_eq!(said(&results), ["done", "stale", "not run", "not run"]);
    let [_, CallOutcome::Fault(fault), ..] = results.outcomes() else { panic!() };
    assert!(fault.to_string().contains("`refresh` the batch"), "{fault}");
}

#[test]
fn the_bound_is_whole_seconds_from_one_to_sixty() {
    let world = World::new();
    for (asked, bound) in [(0, 1), (999, 1), (1000, 1), (2900, 2), (60_000, 60), (60_001, 60), (u64::MAX, 60)]
    {
        let batch = batch(&world, &CALLS, OnError::Halt).stale_after(Duration::from_millis(asked));
        assert_eq!(batch.stale(at(bound - 1)), None, "{asked}");
        assert!(batch.stale(at(bound)).is_some(), "{asked}");
    }
}

#[test]
fn a_clock_that_is_set_back_makes_nothing_fresh() {
    let world = World::new();
    let mut batch = batch(&world, &CALLS, OnError::Continue);
    let before = NOW.minus(Duration::from_secs(1));
    for earlier in [before, Timestamp::from_unix(0), Timestamp::from_unix(i64::MIN)] {
        assert_eq!(batch.stale(earlier), Some(world.key()));
    }
    batch.refresh(world.subject(), before).unwrap();
    assert_eq!(batch.stale(before), None);
    assert_eq!(batch.stale(NOW), None);
    assert!(batch.stale(at(4)).is_some(), "counted from when it was read, by the clock of then");
    batch.turn(before).unwrap().done("");
    assert!(batch.turn(Timestamp::from_unix(0)).is_none());
    assert_eq!(said(&batch.finish()), ["done", "stale", "not run", "not run"]);
}

#[test]
fn a_clock_at_its_end_makes_nothing_fresh() {
    let world = World::new();
    let mut batch = batch(&world, &CALLS, OnError::Continue);
    let end = Timestamp::from_unix(i64::MAX);
    batch.refresh(world.subject(), end).unwrap();
    assert!(batch.stale(end).is_some());
}

#[test]
fn what_is_read_again_decides_from_then_on() {
    let mut world = World::new();
    let admitted = admitted(&world);
    let engine = common::engine();
    let mut batch = Batch::new(admitted, world.client, &CALLS, OnError::Continue, &engine);
    batch.turn(NOW).unwrap().done(());
    let _ = world.user.change_level(AccessLevel::custom(["coupons.list"]), by(NOW));
    batch.turn(at(4)).expect("by the record that it was admitted by").done(());
    batch.refresh(world.subject(), at(5)).unwrap();
    batch.turn(at(5)).expect("coupons.list").done(());
    assert_eq!(said(&batch.finish()), ["done", "done", "access.method", "done"]);
}

/// What may have happened to a caller while its calls are run.
const ENDS: [fn(&mut World); 4] = [
    |world| drop(world.user.revoke(world.revealed.key_id(), by(NOW)).unwrap()),
    |world| drop(world.user.expire(world.revealed.key_id(), at(1), by(NOW)).unwrap()),
    |world| drop(world.user.postpone(world.revealed.key_id(), at(999), by(NOW)).unwrap()),
    |world| drop(world.user.disable(by(NOW))),
];

/// What the operator reads of it.
const SENTENCES: [&str; 4] = [
    "presented a revoked credential",
    "presented an expired credential",
    "presented a credential before its time",
    "is disabled",
];

fn refreshed(world: &World, calls: &[&str], subject: Option<Subject>) -> (Vec<&'static str>, String) {
    let mut batch = Batch::new(admitted(world), world.client, calls, OnError::Continue, &world.engine);
    batch.turn(NOW).unwrap().done("");
    batch.refresh(subject, at(5)).unwrap();
    assert!(batch.turn(at(5)).is_none());
    let results = batch.finish();
    let sentence = results.outcomes().iter().find_map(|outcome| match outcome {
        CallOutcome::Refused(denial) => {
            assert_eq!(denial.method(), world.engine.catalogue().method(calls[1]));
            assert_eq!(denial.client(), world.client);
            Some(denial.operator().sentence(world.engine.catalogue()).to_string())
        }
        _ => None,
    });
    (said(&results), sentence.unwrap_or_default())
}

#[test]
fn who_ended_between_two_calls_is_refused_and_the_rest_is_not_run() {
    let stopped = ["done", "credential.invalid", "not run", "not run"];
    for (end, sentence) in ENDS.iter().zip(SENTENCES) {
        let world = World::new();
        let mut ended = World::new();
        end(&mut ended);
        let (outcomes, operator) = refreshed(&world, &CALLS, ended.subject());
        assert_eq!(outcomes, stopped, "{sentence}");
        assert!(operator.contains(sentence), "{operator}");
    }
    let world = World::new();
    let (outcomes, operator) = refreshed(&world, &CALLS, None);
    assert_eq!(outcomes, stopped);
    assert!(operator.contains("is not there any more"), "{operator}");
}

#[test]
fn a_revocation_in_the_key_index_stops_a_batch() {
    let world = World::new();
    let revoked = world.subject().unwrap().revoked(at(1));
    assert_eq!(refreshed(&world, &CALLS, Some(revoked)).0[1..], ["credential.invalid", "not run", "not run"]);
}
