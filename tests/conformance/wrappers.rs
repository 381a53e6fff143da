//! The wrapper does what its plan says and nothing else, and without one it keeps the duties of what it wraps.

use std::{cell::Cell, time::Duration};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Claim, Insert, Journal, JournalQuery, MemoryJournal,
    MemoryReplay, MemoryStore, Registry, ReplayGuard, ReplayKey, Timestamp,
    conformance::{
        self, FakeClock, FaultPlan, Faulty, Inject, Injected, Operation, RecordOf, drop_at_each_poll,
        poll_for,
    },
};
use pollster::block_on;

const OPERATIONS: [Operation; 15] = [
    Operation::Find,
    Operation::Account,
    Operation::PutAccount,
    Operation::User,
    Operation::List,
    Operation::Insert,
    Operation::Update,
    Operation::Revoke,
    Operation::Disable,
    Operation::Delete,
    Operation::CountByKey,
    Operation::Claim,
    Operation::Append,
    Operation::Browse,
    Operation::Forget,
];

fn account() -> Account {
    Account::new("acme".parse().unwrap())
}

fn user() -> ApiUser {
    ApiUser::new(account().id(), "u1".parse().unwrap(), "till", AccessLevel::Full, Allowlist::Any).unwrap()
}

#[test]
fn without_a_plan_it_keeps_every_duty_of_what_it_wraps() {
    let plan = FaultPlan::none;
    let report = block_on(conformance::registry(async || Faulty::new(MemoryStore::new(), plan())));
    assert!(report.passed(), "{report}");
    let report = block_on(conformance::replay(async || Faulty::new(MemoryReplay::bounded(1 << 16), plan())));
    assert!(report.passed(), "{report}");
    let report =
        block_on(conformance::journal(async || Faulty::new(MemoryJournal::bounded(400, 1 << 20), plan())));
    assert!(report.passed(), "{report}");
}

#[test]
fn a_store_that_is_merely_slow_keeps_every_duty() {
    let slow = || {
        OPERATIONS.iter().enumerate().fold(FaultPlan::none(), |plan, (place, operation)| {
            let inject = if place % 2 == 0 { Inject::DelayBefore(2) } else { Inject::DelayAfter(2) };
            plan.always(*operation, inject)
        })
    };
    let report = block_on(conformance::registry(async || Faulty::new(MemoryStore::new(), slow())));
    assert!(report.passed(), "{report}");
    let report = block_on(conformance::replay(async || Faulty::new(MemoryReplay::bounded(1 << 16), slow())));
    assert!(report.passed(), "{report}");
}

#[test]
fn each_fault_does_to_a_write_what_it_is_named_for() {
    let insert = |inject| {
        let store = Faulty::new(MemoryStore::new(), FaultPlan::none().at(Operation::Insert, 1, inject));
        block_on(store.put_account(&account())).unwrap();
        let answer = block_on(store.insert(&user()));
        assert_eq!((store.calls(Operation::Insert), store.injected(Operation::Insert)), (1, 1));
        let kept = block_on(store.inner().user(user().account(), user().id())).unwrap().is_some();
        let read = block_on(store.user(user().account(), user().id()));
        (answer, kept, read)
    };
    assert!(matches!(insert(Inject::Fail), (Err(Injected::Failed), false, Ok(None))));
    assert!(matches!(insert(Inject::LoseAnswer), (Err(Injected::AnswerLost), true, Ok(Some(_)))));
    assert!(matches!(insert(Inject::Twice), (Ok(Insert::Refused(_)), true, Ok(Some(_)))));
    assert!(matches!(insert(Inject::DelayBefore(3)), (Ok(Insert::Stored), true, Ok(Some(_)))));
    for at in (0..user().encode().len()).step_by(9) {
        assert!(
            matches!(insert(Inject::Cut(at)), (Ok(Insert::Stored), true, Err(Injected::Torn(_)))),
            "{at}"
        );
        assert!(
            matches!(insert(Inject::Flip(at)), (Ok(Insert::Stored), true, Err(Injected::Torn(_)))),
            "{at}"
        );
    }
}

#[test]
fn a_torn_record_stays_so_until_it_is_written_whole() {
    let plan = FaultPlan::none().at(Operation::PutAccount, 1, Inject::Cut(9));
    let store = Faulty::new(MemoryStore::new(), plan);
    block_on(store.put_account(&account())).unwrap();
    for _ in 0..2 {
        assert!(matches!(block_on(store.account(account().id())), Err(Injected::Torn(_))));
    }
    block_on(store.put_account(&account())).unwrap();
    assert_eq!(block_on(store.account(account().id())).unwrap(), Some(account()));

    let other = Account::new("other".parse().unwrap());
    store.overwrite(RecordOf::Account(account().id()), other.encode());
    assert!(matches!(block_on(store.account(account().id())), Err(Injected::Misplaced)));

    store.plan(FaultPlan::none().at(Operation::Account, 2, Inject::Flip(0)));
    block_on(store.put_account(&account())).unwrap();
    let read = [0; 3].map(|_| block_on(store.account(account().id())).is_ok());
    assert_eq!(read, [true, false, true], "a read is torn once");
}

#[test]
fn a_claim_that_is_sent_twice_is_a_replay_and_a_torn_batch_is_half_there() {
    let (now, ends) = (Timestamp::from_unix(0), Timestamp::from_unix(301));
    let key = ReplayKey::for_tests("test", "key".parse().unwrap(), b"mac", now, ends);
    let guard = Faulty::new(
        MemoryReplay::bounded(1 << 16),
        FaultPlan::none().at(Operation::Claim, 1, Inject::Cut(0)).always(Operation::Claim, Inject::Twice),
    );
    assert!(matches!(block_on(guard.claim(&key, now)), Err(Injected::Failed)), "it has no record");
    assert!(matches!(block_on(guard.claim(&key, now)), Ok(Claim::Replayed)));

    let plan = FaultPlan::none().at(Operation::Append, 1, Inject::Cut(2));
    let journal = Faulty::new(MemoryJournal::bounded(100, 1 << 20), plan);
    let act = |second| {
        let by = keyward::By::new("admin", Timestamp::from_unix(second));
        user().disable(by).into()
    };
    assert!(block_on(journal.append((0..4).map(act).collect())).is_err());
    assert_eq!(block_on(journal.browse(&JournalQuery::all())).unwrap().entries.len(), 2);
}

#[test]
fn what_is_drawn_depends_on_the_seed_alone_and_comes_as_often_as_was_said() {
    let drawn = |seed, often| {
        let plan = FaultPlan::seeded(seed, often);
        let all = OPERATIONS.iter().flat_map(|operation| (1..=1_000).map(move |call| (*operation, call)));
        all.map(|(operation, call)| plan.what(operation, call)).collect::<Vec<_>>()
    };
    assert_eq!(drawn(7, 50), drawn(7, 50));
    assert_ne!(drawn(7, 50), drawn(8, 50));
    assert!(drawn(7, 0).iter().all(Option::is_none) && drawn(7, 1_000).iter().all(Option::is_some));
    let some = drawn(7, 100);
    let often = some.iter().flatten().count();
    assert!((1_300..1_700).contains(&often), "{often} of 15,000 calls, where 1,500 were meant");
    let of = |kind: fn(&Inject) -> bool| some.iter().flatten().filter(|inject| kind(inject)).count();
    for count in [
        of(|inject| *inject == Inject::Fail),
        of(|inject| *inject == Inject::LoseAnswer),
        of(|inject| *inject == Inject::Twice),
        of(|inject| matches!(inject, Inject::DelayBefore(1..=4))),
        of(|inject| matches!(inject, Inject::DelayAfter(1..=4))),
        of(|inject| matches!(inject, Inject::Cut(_))),
        of(|inject| matches!(inject, Inject::Flip(_))),
    ] {
        assert!((150..280).contains(&count), "{count}");
    }
}

#[test]
fn a_future_is_dropped_once_at_every_place_where_it_waits() {
    let store = Faulty::new(
        MemoryStore::new(),
        FaultPlan::none().always(Operation::PutAccount, Inject::DelayAfter(3)),
    );
    let (acme, seen, started) = (account(), Cell::new(0), Cell::new(0));
    let put = || {
        started.set(started.get() + 1);
        store.put_account(&acme)
    };
    let answer = drop_at_each_poll(put, |polls| {
        assert_eq!(polls, seen.replace(polls + 1));
        let there = block_on(store.inner().account(acme.id())).unwrap().is_some();
        assert_eq!(there, polls > 0, "after {polls} polls");
    });
    assert!(matches!(answer, Some(Ok(()))));
    assert_eq!((seen.get(), started.get()), (4, 5));
    assert_eq!(drop_at_each_poll(std::future::pending::<()>, |_| ()), None);
    assert_eq!(poll_for(0, std::future::ready(1)), None);
}

#[test]
fn a_fake_clock_goes_where_it_is_told() {
    let clock = FakeClock::at(Timestamp::from_unix(10));
    let same = clock.clone();
    for _ in 0..4 {
        clock.advance(Duration::from_millis(750));
    }
    assert_eq!((same.now().unix(), same.monotonic()), (13, Duration::from_secs(3)));
    same.jump(-100);
    assert_eq!((clock.now().unix(), clock.monotonic()), (-87, Duration::from_secs(3)));
    clock.set(Timestamp::from_unix(i64::MAX));
    clock.jump(1);
    clock.advance(Duration::MAX);
    assert_eq!((clock.now().unix(), clock.monotonic()), (i64::MAX, Duration::MAX));
    clock.set_monotonic(Duration::ZERO);
    assert_eq!(same.monotonic(), Duration::ZERO);
}
