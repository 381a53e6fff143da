//! A batch over a gate: admitted and claimed once, its caller's record read again while it runs.

mod common;

use std::{
    future::Future,
    io,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use common::{
    NOW, World, by, engine,
    signing::{POST, Signed, Signing, signing_engine, world as signing_world},
};
use keyward::{
    AccessLevel, Admission, Admitted, Batch, CallOutcome, Claim, Code, Fault, Gate, KeyId, Lookup,
    ModulePolicy, OnError, Policy, Presented, Replay, ReplayGuard, ReplayKey, Subject, Timestamp,
};
use pollster::block_on;

const CALLS: [&str; 4] = ["events.create", "events.list", "coupons.issue", "coupons.list"];

fn at(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// What the store answers from now on.
#[derive(Clone)]
enum Answer {
    Found(Option<Subject>),
    Down,
    /// Not yet, however often it is asked.
    Never,
}

#[derive(Clone)]
struct Store(Arc<(Mutex<Answer>, AtomicUsize)>);

impl Store {
    fn new(subject: Option<Subject>) -> Self {
        Self(Arc::new((Mutex::new(Answer::Found(subject)), AtomicUsize::new(0))))
    }

    fn set(&self, answer: Answer) {
        *self.0.0.lock().unwrap() = answer;
    }

    fn reads(&self) -> usize {
        self.0.1.load(Ordering::Relaxed)
    }
}

impl Lookup for Store {
    type Error = io::Error;
    async fn find(&self, _: KeyId) -> Result<Option<Subject>, io::Error> {
        self.0.1.fetch_add(1, Ordering::Relaxed);
        let answer = self.0.0.lock().unwrap().clone();
        match answer {
            Answer::Found(subject) => Ok(subject),
            Answer::Down => Err(io::Error::other("the store is down")),
            Answer::Never => std::future::pending().await,
        }
    }
}

/// A guard that counts, and answers the first claim of each request as fresh.
#[derive(Clone, Default)]
struct Claims(Arc<Mutex<Vec<[u8; 32]>>>);

impl ReplayGuard for Claims {
    type Error = io::Error;
    async fn claim(&self, key: &ReplayKey, _: Timestamp) -> Result<Claim, io::Error> {
        let mut seen = self.0.lock().unwrap();
        let known = seen.contains(key.digest());
        seen.push(*key.digest());
        Ok(if known { Claim::Replayed } else { Claim::Fresh })
    }
}

struct Scene {
    world: World,
    store: Store,
    gate: Gate<Store>,
}

fn scene() -> Scene {
    let world = World::new();
    let store = Store::new(world.subject());
    let gate = Gate::new(engine(), store.clone());
    Scene { world, store, gate }
}

impl Scene {
    fn admitted(&self) -> Admitted {
        let presented = Presented::pair(self.world.key(), self.world.revealed.secret());
        match block_on(self.gate.admit(presented, NOW)).unwrap() {
            Admission::Admit(admitted) => admitted,
            Admission::Deny(denial) => panic!("{denial}"),
        }
    }

    fn batch<'b>(&'b self, calls: &'b [&'b str]) -> Batch<'b, &'b str, u64> {
        Batch::new(self.admitted(), self.world.client, calls, OnError::Continue, self.gate.engine())
    }
}

/// Settles the next turn, if there is one.
fn done<L: Lookup, R: ReplayGuard>(gate: &Gate<L, R>, batch: &mut Batch<'_, &str, u64>, second: u64) -> bool {
    let turn = block_on(gate.turn(batch, at(second)));
    turn.map(|turn| turn.done(second)).is_some()
}

fn said(batch: Batch<'_, &str, u64>) -> Vec<String> {
    let word = |outcome: &CallOutcome<u64>| match outcome {
        CallOutcome::Done(second) => format!("done at {second}"),
        CallOutcome::Refused(denial) => denial.code().to_string(),
        CallOutcome::Fault(fault) => format!("fault: {fault}"),
        CallOutcome::NotRun => "not run".to_owned(),
        other => format!("{other:?}"),
    };
    batch.finish().outcomes().iter().map(word).collect()
}

#[test]
fn a_batch_reads_its_callers_record_once_and_then_every_five_seconds() {
    let scene = scene();
    let mut batch = scene.batch(&CALLS);
    for (second, reads) in [(0, 1), (4, 1), (5, 2), (9, 2)] {
        assert!(done(&scene.gate, &mut batch, second));
        assert_eq!(scene.store.reads(), reads, "at {second}");
    }
    assert!(!done(&scene.gate, &mut batch, 99));
    assert_eq!(scene.store.reads(), 2, "nothing is left to read for");
    assert_eq!(said(batch), ["done at 0", "done at 4", "done at 5", "done at 9"]);
}

#[test]
fn a_revocation_between_two_calls_stops_the_rest_within_the_bound() {
    let mut scene = scene();
    let revoked = {
        let key = scene.world.key();
        let _ = scene.world.user.revoke(key, by(at(1))).unwrap();
        scene.world.subject()
    };
    let scene = scene;
    let mut batch = scene.batch(&CALLS);
    assert!(done(&scene.gate, &mut batch, 0));
    scene.store.set(Answer::Found(revoked));
    assert!(done(&scene.gate, &mut batch, 4), "not read yet");
    assert!(!done(&scene.gate, &mut batch, 5));
    assert!(!done(&scene.gate, &mut batch, 6));
    assert_eq!(said(batch), ["done at 0", "done at 4", "credential.invalid", "not run"]);
}

#[test]
fn a_caller_that_was_deleted_is_stopped_too() {
    let scene = scene();
    let mut batch = scene.batch(&CALLS).stale_after(Duration::from_secs(1));
    assert!(done(&scene.gate, &mut batch, 0));
    scene.store.set(Answer::Found(None));
    assert!(!done(&scene.gate, &mut batch, 1));
    assert_eq!(said(batch), ["done at 0", "credential.invalid", "not run", "not run"]);
}

#[test]
fn a_level_that_was_narrowed_counts_from_the_next_look_on() {
    let mut scene = scene();
    let narrowed = {
        let level = AccessLevel::custom(["coupons.issue"]);
        let _ = scene.world.user.change_level(level, by(at(1)));
        scene.world.subject()
    };
    let scene = scene;
    let mut batch = scene.batch(&CALLS);
    assert!(done(&scene.gate, &mut batch, 0));
    scene.store.set(Answer::Found(narrowed));
    assert!(done(&scene.gate, &mut batch, 5));
    assert!(!done(&scene.gate, &mut batch, 5));
    assert_eq!(said(batch), ["done at 0", "access.method", "done at 5", "access.method"]);
}

#[test]
fn a_store_that_does_not_answer_is_the_calls_fault_and_the_rest_is_not_run() {
    let scene = scene();
    let mut batch = scene.batch(&CALLS);
    assert!(done(&scene.gate, &mut batch, 0));
    scene.store.set(Answer::Down);
    assert!(!done(&scene.gate, &mut batch, 5));
    scene.store.set(Answer::Found(scene.world.subject()));
    assert!(!done(&scene.gate, &mut batch, 6), "it stays over");
    let fault = "fault: the look-up of the key failed; the source is the store's own error";
    assert_eq!(said(batch), ["done at 0", fault, "not run", "not run"]);
}

#[test]
fn another_keys_record_is_the_calls_fault_too() {
    let scene = scene();
    let mut other = World::new();
    let key = other.user.issue(keyward::Keep::Hashed, other.engine.keys(), by(NOW), &mut common::seeded(7));
    let key = key.unwrap().key_id();
    let other = Subject::new(Arc::new(other.account.clone()), Arc::new(other.user.clone()), key);
    let mut batch = scene.batch(&CALLS);
    scene.store.set(Answer::Found(other));
    assert!(!done(&scene.gate, &mut batch, 5));
    let outcomes = batch.finish().into_outcomes();
    assert!(matches!(&outcomes[..], [CallOutcome::Fault(Fault::WrongSubject), CallOutcome::NotRun, ..]));
}

/// Polls once and drops.
fn dropped(future: impl Future) {
    let mut future = pin!(future);
    let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Pending));
}

#[test]
fn a_turn_whose_future_is_dropped_skips_nothing_and_runs_nothing() {
    let scene = scene();
    let mut batch = scene.batch(&CALLS);
    assert!(done(&scene.gate, &mut batch, 0));
    scene.store.set(Answer::Never);
    for _ in 0..3 {
        dropped(scene.gate.turn(&mut batch, at(5)));
    }
    assert!(batch.stale(at(5)).is_some(), "what was not read is not taken for read");
    scene.store.set(Answer::Found(scene.world.subject()));
    for second in 5..8 {
        assert!(done(&scene.gate, &mut batch, second));
    }
    assert_eq!(said(batch), ["done at 0", "done at 5", "done at 6", "done at 7"]);
}

#[test]
fn a_turn_that_is_had_and_dropped_is_abandoned() {
    let scene = scene();
    let mut batch = scene.batch(&CALLS[..2]);
    drop(block_on(scene.gate.turn(&mut batch, NOW)));
    assert!(done(&scene.gate, &mut batch, 0));
    let outcomes = batch.finish().into_outcomes();
    assert!(matches!(outcomes[..], [CallOutcome::Abandoned, CallOutcome::Done(0)]));
}

#[test]
fn who_is_not_proven_is_not_admitted_to_a_batch() {
    let scene = scene();
    let wrong = common::secret("kws1_no-such-secret");
    let Admission::Deny(denial) =
        block_on(scene.gate.admit(Presented::pair(scene.world.key(), &wrong), NOW)).unwrap()
    else {
        panic!("a wrong secret")
    };
    assert_eq!(denial.code(), Code::CredentialInvalid);
    scene.store.set(Answer::Down);
    let right = Presented::pair(scene.world.key(), scene.world.revealed.secret());
    assert!(matches!(block_on(scene.gate.admit(right, NOW)), Err(Fault::Lookup(_))));
}

/// `coupons` takes everything once, so a batch is claimed whatever it calls.
fn signed_scene() -> (World, Signed) {
    let mut world = signing_world();
    let once = ModulePolicy::default().replay(Policy::enforce(Replay::Every));
    world.account = world.account.clone().enable("coupons", once);
    let signed = world.signed(POST);
    (world, signed)
}

fn admission<R: ReplayGuard>(gate: &Gate<Store, R>, signed: &Signed) -> Result<Admission, Fault> {
    signed.present(gate.engine(), |presented| block_on(gate.admit(presented, NOW)))
}

#[test]
fn a_signed_batch_is_claimed_exactly_once_however_many_calls_it_has() {
    let (world, signed) = signed_scene();
    let (store, claims) = (Store::new(world.subject()), Claims::default());
    let gate = Gate::new(signing_engine(), store).with_replay(claims.clone());
    let Ok(Admission::Admit(admitted)) = admission(&gate, &signed) else { panic!("a fresh one") };
    let calls = ["coupons.issue"; 12];
    let mut batch = Batch::new(admitted, world.client, &calls, OnError::Continue, gate.engine());
    for second in 0..12 {
        assert!(done(&gate, &mut batch, second), "with two looks at the record in between");
    }
    assert_eq!(claims.0.lock().unwrap().len(), 1);
    assert_eq!(batch.finish().completed(), 12);

    let Ok(Admission::Deny(denial)) = admission(&gate, &signed) else { panic!("the same again") };
    assert_eq!(denial.code(), Code::SignatureReplayed);
    assert_eq!(claims.0.lock().unwrap().len(), 2);
}

#[test]
fn a_signed_batch_without_a_guard_is_a_fault() {
    let (world, signed) = signed_scene();
    let gate = Gate::new(signing_engine(), Store::new(world.subject()));
    assert!(matches!(admission(&gate, &signed), Err(Fault::Replay(_))));
}

#[test]
fn a_refused_batch_claims_nothing() {
    let (mut world, signed) = signed_scene();
    let _ = world.user.disable(by(NOW));
    let claims = Claims::default();
    let gate = Gate::new(signing_engine(), Store::new(world.subject())).with_replay(claims.clone());
    assert!(matches!(admission(&gate, &signed), Ok(Admission::Deny(_))));
    assert!(claims.0.lock().unwrap().is_empty());
}
