//! What holds between two handles of one file, over a restart, and where the file is damaged.

use std::{
    pin::pin,
    sync::Barrier,
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, Claim, ClientAddr, Gate,
    Insert, Journal, JournalEntry, JournalQuery, Keep, KeyId, KeyRing, Life, Lookup, ModulePolicy, OsEntropy,
    Pepper, Presented, Refusal, Registry, ReplayGuard, ReplayKey, Stop, Timestamp, Write,
};
use keyward_sqlite::{SqliteError, SqliteOptions, SqliteStore};
use pollster::block_on;
use rusqlite::Connection;
use tempfile::TempDir;

const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);

fn by() -> By<'static> {
    By::new("admin@acme", NOW)
}

fn user(id: &str, name: &str) -> (ApiUser, KeyId) {
    let (account, id) = ("acme".parse().unwrap(), id.parse().unwrap());
    let mut user = ApiUser::new(account, id, name, AccessLevel::Full, Allowlist::Any).unwrap();
    let ring = KeyRing::new(Pepper::new(1, [7; 32]).unwrap());
    let key = user.issue(Keep::Hashed, &ring, by(), &mut OsEntropy).unwrap().key_id();
    (user, key)
}

struct File(TempDir);

impl File {
    /// With the account and one user.
    fn new() -> (Self, SqliteStore, KeyId) {
        let file = Self(tempfile::tempdir().unwrap());
        let store = file.open();
        block_on(store.put_account(&Account::new("acme".parse().unwrap()))).unwrap();
        let (user, key) = user("u1", "checkout");
        assert_eq!(block_on(store.insert(&user)).unwrap(), Insert::Stored);
        (file, store, key)
    }

    fn open(&self) -> SqliteStore {
        SqliteStore::open(self.0.path().join("keyward.db")).unwrap()
    }

    fn sql(&self, sql: &str) {
        let connection = Connection::open(self.0.path().join("keyward.db")).unwrap();
        connection.busy_timeout(Duration::from_secs(5)).unwrap();
        connection.execute_batch(sql).unwrap();
    }
}

fn read(store: &SqliteStore, id: &str) -> ApiUser {
    block_on(store.user("acme".parse().unwrap(), id.parse().unwrap())).unwrap().unwrap()
}

fn at_once<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        let one = scope.spawn(|| {
            barrier.wait();
            one()
        });
        barrier.wait();
        let other = other();
        (one.join().unwrap(), other)
    })
}

#[test]
fn of_two_handles_that_change_one_revision_one_wins() {
    let (file, one, _) = File::new();
    let other = file.open();
    for _ in 0..20 {
        let change = |store: &SqliteStore| {
            let mut copy = read(store, "u1");
            let _ = if copy.is_disabled() { copy.enable(by()) } else { copy.disable(by()) };
            copy
        };
        let (first, second) = (change(&one), change(&other));
        let (a, b) = at_once(|| block_on(one.update(&first)), || block_on(other.update(&second)));
        let answers = [a.unwrap(), b.unwrap()];
        assert_eq!(answers.iter().filter(|answer| **answer == Write::Stored).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| **answer == Write::Conflict).count(), 1);
    }
}

#[test]
fn of_two_handles_that_insert_one_name_one_wins() {
    let (file, one, _) = File::new();
    let other = file.open();
    for round in 0..10 {
        let name = format!("name {round}");
        let (a, b) = (user(&format!("a{round}"), &name).0, user(&format!("b{round}"), &name).0);
        let (a, b) = at_once(|| block_on(one.insert(&a)), || block_on(other.insert(&b)));
        let answers = [a.unwrap(), b.unwrap()];
        assert!(answers.contains(&Insert::Stored), "{answers:?}");
        assert!(answers.contains(&Insert::Refused(Refusal::NameTaken)), "{answers:?}");
    }
}

#[test]
fn a_revocation_loses_to_none_of_a_thousand_edits() {
    let (file, one, key) = File::new();
    let other = file.open();
    let edit = || {
        let mut stored = 0;
        while stored < 1_000 {
            let mut copy = read(&one, "u1");
            let by = by();
            let _ = if copy.is_disabled() { copy.enable(by) } else { copy.disable(by) };
            stored += usize::from(block_on(one.update(&copy)).unwrap() == Write::Stored);
        }
    };
    let revoke = || {
        thread::sleep(Duration::from_millis(50));
        let answer = block_on(other.revoke(key, NOW)).unwrap();
        // From the answer on every look-up sees it, whatever the edits do.
        for _ in 0..200 {
            let found = block_on(other.find(key)).unwrap().unwrap();
            assert_eq!(found.credential().life(NOW), Life::Revoked);
        }
        answer
    };
    let ((), answer) = at_once(edit, revoke);
    assert_eq!(answer, Stop::Stopped);
    assert!(read(&one, "u1").credentials()[0].revoked_at().is_some());
}

#[test]
fn a_write_whose_future_is_dropped_is_whole_or_not_there() {
    let (file, store, _) = File::new();
    for number in 0..50 {
        let (new, _) = user(&format!("d{number}"), &format!("dropped {number}"));
        let mut insert = Box::pin(store.insert(&new));
        let _ = insert.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    drop(store);
    let store = file.open();
    for user in block_on(store.list("acme".parse().unwrap(), None, 1_000)).unwrap() {
        for held in user.credentials() {
            assert_eq!(block_on(store.find(held.key_id())).unwrap().unwrap().user().id(), user.id());
        }
    }
    let (late, _) = user("late", "late");
    let future = pin!(store.insert(&late));
    assert_eq!(block_on(future).unwrap(), Insert::Stored);
}

#[test]
fn what_was_answered_is_there_after_a_restart() {
    let (file, store, key) = File::new();
    let claim = ReplayKey::for_tests("escher", key, b"its MAC", NOW, NOW.plus(Duration::from_secs(301)));
    assert_eq!(block_on(store.claim(&claim, NOW)).unwrap(), Claim::Fresh);
    assert_eq!(block_on(store.revoke(key, NOW)).unwrap(), Stop::Stopped);
    drop(store);
    let store = file.open();
    assert_eq!(block_on(store.claim(&claim, NOW)).unwrap(), Claim::Replayed);
    assert_eq!(block_on(store.find(key)).unwrap().unwrap().credential().life(NOW), Life::Revoked);
}

#[test]
fn of_claims_at_two_handles_exactly_one_is_fresh() {
    let (file, one, key) = File::new();
    let other = file.open();
    for round in 0..20_u8 {
        let claim = ReplayKey::for_tests("escher", key, &[round], NOW, NOW.plus(Duration::from_secs(301)));
        let (a, b) = at_once(|| block_on(one.claim(&claim, NOW)), || block_on(other.claim(&claim, NOW)));
        let answers = [a.unwrap(), b.unwrap()];
        assert!(answers.contains(&Claim::Fresh) && answers.contains(&Claim::Replayed), "{answers:?}");
    }
}

#[test]
fn a_torn_row_is_an_error_and_never_unknown() {
    for torn in [
        "UPDATE users SET record = substr(record, 1, 20)",
        "UPDATE users SET record = x''",
        "UPDATE accounts SET record = zeroblob(40)",
        "PRAGMA foreign_keys = OFF; DELETE FROM users",
        "PRAGMA foreign_keys = OFF; DELETE FROM accounts",
        "UPDATE keys SET user = 'u2'",
    ] {
        let (file, store, key) = File::new();
        assert!(block_on(store.find(key)).unwrap().is_some());
        file.sql(torn);
        assert!(block_on(store.find(key)).is_err(), "{torn}");
    }
    let (file, store, _) = File::new();
    file.sql("UPDATE users SET revision = revision + 1");
    let read = block_on(store.user("acme".parse().unwrap(), "u1".parse().unwrap()));
    assert!(matches!(read, Err(SqliteError::TornUser(_))), "{read:?}");
}

#[test]
fn a_later_releases_file_and_a_place_without_a_log_are_refused() {
    let (file, store, _) = File::new();
    drop(store);
    file.sql("PRAGMA user_version = 99");
    let refused = SqliteStore::open(file.0.path().join("keyward.db")).unwrap_err();
    assert!(matches!(refused, SqliteError::Newer { found: 99, .. }), "{refused}");
    assert!(refused.to_string().contains("99"));
    assert!(matches!(SqliteStore::open(":memory:"), Err(SqliteError::NoWal(_))));
}

#[test]
fn options_beyond_their_bounds_are_the_nearest() {
    for (said, held) in [(0, "readers: 1,"), (1_000, "readers: 64,")] {
        let shown = format!("{:?}", SqliteOptions::new().readers(said));
        assert!(shown.contains(held), "{shown}");
    }
    let shown = format!("{:?}", SqliteOptions::new().busy_timeout(Duration::MAX));
    assert!(shown.contains("busy: 3600s"), "{shown}");
}

#[test]
fn a_write_waits_for_another_process_as_long_as_it_may() {
    let (file, store, key) = File::new();
    drop(store);
    let path = file.0.path().join("keyward.db");
    let store = SqliteOptions::new().busy_timeout(Duration::from_millis(50)).open(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let busy = block_on(store.revoke(key, NOW));
    assert!(matches!(busy, Err(SqliteError::NotCommitted(_))), "{busy:?}");
    // Who reads does not wait for who writes.
    assert!(block_on(store.find(key)).unwrap().is_some());
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(block_on(store.revoke(key, NOW)).unwrap(), Stop::Stopped);
}

/// 63 turns of 64 writes: if each waited for the lock again, the last would be answered after 63 times what was said.
#[test]
#[allow(clippy::disallowed_methods, reason = "what is measured is a wait")]
fn many_writes_wait_for_another_process_no_longer_than_one() {
    let (file, store, key) = File::new();
    drop(store);
    let path = file.0.path().join("keyward.db");
    let said = Duration::from_millis(200);
    let store = SqliteOptions::new().busy_timeout(said).open(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = Instant::now();
    let mut waiting: Vec<_> = (0..4_000).map(|_| Box::pin(store.revoke(key, NOW))).collect();
    let mut context = Context::from_waker(Waker::noop());
    let is_busy = |answer| assert!(matches!(answer, Err(SqliteError::NotCommitted(_))), "{answer:?}");
    waiting.retain_mut(|revoke| match revoke.as_mut().poll(&mut context) {
        Poll::Ready(early) => {
            is_busy(early);
            false
        }
        Poll::Pending => true,
    });
    waiting.into_iter().map(block_on).for_each(is_busy);
    let waited = begun.elapsed();
    assert!(waited < 30 * said, "{waited:?}");
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(block_on(store.revoke(key, NOW)).unwrap(), Stop::Stopped);
}

#[test]
fn calls_beyond_the_queue_are_an_error_at_once() {
    let (file, store, key) = File::new();
    drop(store);
    let path = file.0.path().join("keyward.db");
    let store = SqliteOptions::new().busy_timeout(Duration::from_secs(60)).open(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // At most 64 are at work and wait for the lock, 4,096 wait for them, and the next ones are told so.
    let mut waiting: Vec<_> = (0..5_000).map(|_| Box::pin(store.revoke(key, NOW))).collect();
    let mut context = Context::from_waker(Waker::noop());
    let refused = waiting.iter_mut().filter_map(|revoke| match revoke.as_mut().poll(&mut context) {
        Poll::Ready(Err(SqliteError::Overloaded)) => Some(()),
        _ => None,
    });
    let refused = refused.count();
    assert!((840..=904).contains(&refused), "{refused}");
    other.execute_batch("COMMIT").unwrap();
    drop(waiting);
    // Those that wait are served, whether somebody still listens or not.
    while matches!(block_on(store.revoke(key, NOW)), Err(SqliteError::Overloaded)) {
        thread::yield_now();
    }
    assert_eq!(block_on(store.find(key)).unwrap().unwrap().credential().life(NOW), Life::Revoked);
}

/// What a gate makes of it: no verdict, so that nobody takes it for an unknown key.
#[test]
fn a_torn_row_is_a_fault_of_the_gate_until_it_is_mended() {
    let (file, store, _) = File::new();
    let ring = KeyRing::new(Pepper::new(1, [7; 32]).unwrap());
    let engine =
        Authorizer::new(Catalogue::builder().module("events", ["events.create"]).build().unwrap(), ring);
    let account = Account::new("acme".parse().unwrap()).enable("events", ModulePolicy::default());
    block_on(store.put_account(&account)).unwrap();
    let mut caller =
        ApiUser::new(account.id(), "u2".parse().unwrap(), "caller", AccessLevel::Full, Allowlist::Any)
            .unwrap();
    let revealed = caller.issue(Keep::Hashed, engine.keys(), by(), &mut OsEntropy).unwrap().reveal();
    assert_eq!(block_on(store.insert(&caller)).unwrap(), Insert::Stored);
    let gate = Gate::new(engine, store);
    let ask = Ask::new("events.create", ClientAddr::unknown(), NOW);
    let call = || block_on(gate.authorize(Presented::pair(revealed.key_id(), revealed.secret()), &ask));
    assert!(call().unwrap().into_result().is_ok());
    let record = caller.encode();
    for at in 0..record.len() {
        // One byte of the record is another one.
        let mut torn = record.clone();
        torn[at] ^= 0x20;
        let hex: String = torn.iter().map(|byte| format!("{byte:02x}")).collect();
        file.sql(&format!("UPDATE users SET record = x'{hex}' WHERE id = 'u2'"));
        assert!(call().is_err(), "byte {at} of {}", record.len());
    }
    let hex: String = record.iter().map(|byte| format!("{byte:02x}")).collect();
    file.sql(&format!("UPDATE users SET record = x'{hex}' WHERE id = 'u2'"));
    assert!(call().unwrap().into_result().is_ok());
}

#[test]
fn a_torn_entry_of_the_journal_is_an_error() {
    let (file, store, _) = File::new();
    let act = block_on(store.disable("acme".parse().unwrap(), "u1".parse().unwrap(), by())).unwrap().unwrap();
    block_on(store.append(vec![JournalEntry::Act(act)])).unwrap();
    assert_eq!(block_on(store.browse(&JournalQuery::default())).unwrap().entries.len(), 1);
    file.sql("UPDATE journal SET entry = substr(entry, 1, length(entry) - 1)");
    let torn = block_on(store.browse(&JournalQuery::default()));
    assert!(matches!(torn, Err(SqliteError::Corrupt(_))), "{torn:?}");
}
