//! Guards: a batch turns out as a slow model of its rules says, whatever its calls, its handlers, its store and its clock
//! do; and each of its calls is decided as it would be by itself.

use std::{io, mem, sync::Mutex, time::Duration};

use keyward::{
    AccessLevel, Account, Admission, AdmitStep, Admitted, Allowlist, ApiUser, Authorizer, Batch, BatchCall,
    CallOutcome, Catalogue, ClientAddr, Fault, Gate, Keep, KeyId, Lookup, ModulePolicy, OnError, Presented,
    Results, Revealed, Subject, Timestamp, Turn, Verdict, Wanted,
};
use proptest::{collection::vec, option, prelude::*};

use crate::{
    common::{answer, by, config, entropy, ring},
    decisions::any_world,
    store::polled,
    world::{Asked, World, asked, wanted},
};

/// Methods, and how each is answered among others.
const CALLS: [(&str, &str); 6] = [
    ("events.create", "allow"),
    ("events.list", "allow"),
    ("events.delete", "access.method"),
    ("events.export", "batch.alone"),
    ("wallet.read", "access.module"),
    ("no.such", "endpoint.unknown"),
];

const ALONE: usize = 3;

/// What a look-up finds, if there is one.
#[derive(Clone, Copy, Debug)]
enum Found {
    Same,
    Revoked,
    Disabled,
    Nobody,
    Down,
    OtherKey,
}

/// How the handler of a call that is permitted ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Done,
    Failed,
    Dropped,
    Leaked,
}

/// One pull: the clock moves, the store changes, a handler runs.
#[derive(Clone, Copy, Debug)]
struct Pull {
    step: i64,
    found: Found,
    end: End,
}

#[derive(Clone, Debug)]
struct Case {
    calls: Vec<usize>,
    pulls: Vec<Pull>,
    on_error: OnError,
    bound: i64,
    expires: Option<i64>,
}

fn pull() -> impl Strategy<Value = Pull> {
    let step = prop_oneof![6 => 0..3i64, 2 => 3..9i64, 1 => -9..0i64];
    let found = prop_oneof![
        9 => Just(Found::Same),
        1 => Just(Found::Revoked),
        1 => Just(Found::Disabled),
        1 => Just(Found::Nobody),
        1 => Just(Found::Down),
        1 => Just(Found::OtherKey),
    ];
    let end = prop_oneof![
        6 => Just(End::Done),
        1 => Just(End::Failed),
        1 => Just(End::Dropped),
        1 => Just(End::Leaked),
    ];
    (step, found, end).prop_map(|(step, found, end)| Pull { step, found, end })
}

fn case() -> impl Strategy<Value = Case> {
    let call = prop_oneof![6 => 0..2usize, 1 => 0..CALLS.len()];
    let on_error = prop_oneof![Just(OnError::Halt), Just(OnError::Continue)];
    (vec(call, 0..12), vec(pull(), 12), on_error, 1..7i64, option::of(0..30i64))
        .prop_map(|(calls, pulls, on_error, bound, expires)| Case { calls, pulls, on_error, bound, expires })
}

/// The rules, written down once more.
fn model(case: &Case) -> Vec<&'static str> {
    let mut outcomes: Vec<&'static str> = Vec::new();
    let (mut now, mut read) = (0, 0);
    'pulls: for pull in &case.pulls {
        now += pull.step;
        let expired = case.expires.is_some_and(|end| end <= now);
        let halted = |outcomes: &[&str]| {
            case.on_error == OnError::Halt && outcomes.last().is_some_and(|last| *last != "done")
        };
        if outcomes.len() == case.calls.len() || halted(&outcomes) {
            break;
        }
        if now < read || now - read >= case.bound {
            match pull.found {
                Found::Down | Found::OtherKey => {
                    outcomes.push("fault");
                    break;
                }
                Found::Same if !expired => read = now,
                _ => {
                    outcomes.push("credential.invalid");
                    break;
                }
            }
        }
        while outcomes.len() < case.calls.len() && !halted(&outcomes) {
            if expired {
                outcomes.push("credential.invalid");
                break 'pulls;
            }
            let call = case.calls[outcomes.len()];
            let alone = call == ALONE && case.calls.len() == 1;
            match CALLS[call].1 {
                refused if refused != "allow" && !alone => outcomes.push(refused),
                _ => {
                    outcomes.push(match pull.end {
                        End::Done => "done",
                        End::Failed => "failed",
                        End::Dropped | End::Leaked => "abandoned",
                    });
                    continue 'pulls;
                }
            }
        }
    }
    outcomes.resize(case.calls.len(), "not run");
    outcomes
}

struct Store(Mutex<Result<Option<Subject>, &'static str>>);

impl Lookup for Store {
    type Error = io::Error;
    async fn find(&self, _: KeyId) -> Result<Option<Subject>, io::Error> {
        self.0.lock().expect("no panic under it").clone().map_err(io::Error::other)
    }
}

struct Scene {
    account: Account,
    user: ApiUser,
    revealed: Revealed,
    other: KeyId,
}

impl Scene {
    fn of(case: &Case) -> Self {
        let account = Account::new("acme".parse().expect("an id")).enable("events", ModulePolicy::default());
        let level = AccessLevel::custom(["events.create", "events.list", "events.export", "wallet.read"]);
        let id = "u1".parse().expect("an id");
        let mut user = ApiUser::new(account.id(), id, "u", level, Allowlist::Any).expect("a name");
        let issue = |user: &mut ApiUser, seed| {
            user.issue(Keep::Hashed, &ring(), by(0), &mut entropy(seed)).expect("room for two").reveal()
        };
        let (revealed, other) = (issue(&mut user, 1), issue(&mut user, 2).key_id());
        if let Some(end) = case.expires {
            let _ = user.expire(revealed.key_id(), Timestamp::from_unix(end), by(0)).expect("it lives");
        }
        Self { account, user, revealed, other }
    }

    fn engine() -> Authorizer {
        let catalogue = Catalogue::builder()
            .module("events", ["events.create", "events.list", "events.delete", "events.export"])
            .module("wallet", ["wallet.read"])
            .alone("events.export");
        Authorizer::new(catalogue.build().expect("a catalogue"), ring())
    }

    fn subject(&self, user: ApiUser, key: KeyId) -> Option<Subject> {
        Subject::new(self.account.clone().into(), user.into(), key)
    }

    fn find(&self, found: Found) -> Result<Option<Subject>, &'static str> {
        let (key, mut user) = (self.revealed.key_id(), self.user.clone());
        match found {
            Found::Same => Ok(self.subject(user, key)),
            Found::Revoked => Ok(self.subject(user, key).map(|found| found.revoked(Timestamp::from_unix(0)))),
            Found::Disabled => {
                let _ = user.disable(by(0));
                Ok(self.subject(user, key))
            }
            Found::Nobody => Ok(None),
            Found::Down => Err("down"),
            Found::OtherKey => Ok(self.subject(user, self.other)),
        }
    }

    /// `None` for a credential that has ended to begin with.
    fn admitted(&self, engine: &Authorizer) -> Option<Admitted> {
        let presented = Presented::pair(self.revealed.key_id(), self.revealed.secret());
        let subject = self.find(Found::Same).expect("it is there");
        match engine.admit(presented, subject, Timestamp::from_unix(0)).expect("no fault") {
            AdmitStep::Done(Admission::Admit(admitted)) => Some(admitted),
            _ => None,
        }
    }
}

fn end<C: BatchCall>(turn: Turn<'_, '_, C, ()>, how: End) {
    match how {
        End::Done => turn.done(()),
        End::Failed => turn.failed(()),
        End::Dropped => drop(turn),
        End::Leaked => mem::forget(turn),
    }
}

fn said(results: &Results<()>) -> Vec<&'static str> {
    let word = |outcome: &CallOutcome<()>| match outcome {
        CallOutcome::Done(()) => "done",
        CallOutcome::Failed(()) => "failed",
        CallOutcome::Abandoned => "abandoned",
        CallOutcome::Refused(denial) => denial.code().as_str(),
        CallOutcome::Fault(_) => "fault",
        _ => "not run",
    };
    results.outcomes().iter().map(word).collect()
}

fn new<'b>(
    case: &Case,
    admitted: Admitted,
    calls: &'b [&'b str],
    engine: &'b Authorizer,
) -> Batch<'b, &'b str, ()> {
    Batch::new(admitted, ClientAddr::unknown(), calls, case.on_error, engine)
        .stale_after(Duration::from_secs(case.bound.unsigned_abs()))
}

/// A call that asks for what a world asks for.
struct Call(Asked);

impl BatchCall for Call {
    fn wanted<'a>(&'a self, catalogue: &'a Catalogue) -> Wanted<'a> {
        wanted(self.0, catalogue)
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_batch_turns_out_as_the_model_of_its_rules_says(case in case()) {
        let (scene, store) = (Scene::of(&case), Store(Mutex::new(Ok(None))));
        let gate = Gate::new(Scene::engine(), store);
        let Some(admitted) = scene.admitted(gate.engine()) else { return Ok(()) };
        let calls: Vec<_> = case.calls.iter().map(|call| CALLS[*call].0).collect();
        let expected = model(&case);

        // By hand, as a service without a gate does.
        let (mut batch, mut now) = (new(&case, admitted.clone(), &calls, gate.engine()), 0);
        for pull in &case.pulls {
            now += pull.step;
            let moment = Timestamp::from_unix(now);
            if batch.stale(moment).is_some() {
                let read = scene.find(pull.found).map_err(|_| Fault::Stale);
                if let Err(fault) = read.and_then(|subject| batch.refresh(subject, moment)) {
                    batch.fault(fault);
                }
            }
            if let Some(turn) = batch.turn(moment) {
                end(turn, pull.end);
            }
        }
        prop_assert_eq!(&said(&batch.finish()), &expected);
    }

    #[test]
    fn a_gate_drives_a_batch_as_the_model_of_its_rules_says(case in case()) {
        let scene = Scene::of(&case);
        let store = std::sync::Arc::new(Store(Mutex::new(Ok(None))));
        let gate = Gate::new(Scene::engine(), std::sync::Arc::clone(&store));
        let Some(admitted) = scene.admitted(gate.engine()) else { return Ok(()) };
        let calls: Vec<_> = case.calls.iter().map(|call| CALLS[*call].0).collect();
        let (mut batch, mut now) = (new(&case, admitted, &calls, gate.engine()), 0);
        for pull in &case.pulls {
            now += pull.step;
            *store.0.lock().expect("no panic under it") = scene.find(pull.found);
            if let Some(turn) = polled(gate.turn(&mut batch, Timestamp::from_unix(now))) {
                end(turn, pull.end);
            }
        }
        prop_assert_eq!(said(&batch.finish()), model(&case));
    }

    #[test]
    fn each_call_of_a_batch_is_decided_as_it_would_be_by_itself(
        world in any_world(), others in vec(asked(), 0..9), at in 0..9usize,
    ) {
        let built = world.build();
        let moment = Timestamp::from_unix(world.now);
        let step = built.present(&world, |presented, subject| built.engine.admit(presented, subject, moment));
        let Ok(AdmitStep::Done(Admission::Admit(admitted))) = step else { return Ok(()) };
        let mut calls: Vec<_> = others.into_iter().map(Call).collect();
        calls.insert(at.min(calls.len()), Call(world.asked));
        let mut batch = Batch::new(admitted, world.client(), &calls, OnError::Continue, &built.engine);
        while let Some(turn) = batch.turn(moment) {
            turn.done(());
        }
        let results = batch.finish();
        prop_assert_eq!(results.outcomes().len(), calls.len());
        for (outcome, Call(asked)) in results.outcomes().iter().zip(&calls) {
            let alone = World { asked: *asked, ..world.clone() };
            let verdict = built.verdict(&alone).expect("no fault in a whole world");
            let answered = match outcome {
                CallOutcome::Done(()) => "allow",
                CallOutcome::Refused(denial) => denial.code().as_str(),
                _ => "something else",
            };
            prop_assert_eq!(answered, answer(&verdict));
            if let (Verdict::Deny(denial), CallOutcome::Refused(refused)) = (&verdict, outcome) {
                prop_assert_eq!(denial.to_string(), refused.to_string());
            }
        }
    }
}

/// The cases would guard nothing if all of them ended at the first call.
#[test]
fn the_cases_reach_every_outcome_behind_a_call_that_was_done() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let reached: std::collections::BTreeSet<_> = (0..2000)
        .map(|_| case().new_tree(&mut runner).expect("a case").current())
        .flat_map(|case| model(&case).into_iter().skip_while(|word| *word != "done").collect::<Vec<_>>())
        .collect();
    let codes = ["access.method", "access.module", "batch.alone", "credential.invalid", "endpoint.unknown"];
    for word in ["done", "failed", "abandoned", "fault", "not run"].into_iter().chain(codes) {
        assert!(reached.contains(word), "{word}: {reached:?}");
    }
}
