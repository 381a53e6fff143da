//! Races within a process, turn by turn: shuttle says whose turn it is at every lock and every atomic.
//! `scripts/shuttle.sh` runs them; without its flag there is nothing here.
#![cfg(keyward_shuttle)]

use std::{convert::Infallible, sync::Arc, time::Duration};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, By, Changed, Follower, Imported, Keep, KeyId, KeyRing, Lookup,
    Pepper, Secret, Subject, Timestamp,
};
use keyward_cache::Cached;
use shuttle::{
    future,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

const BOUND: Duration = Duration::from_secs(5);

fn key() -> KeyId {
    "key-1".parse().unwrap()
}

/// As the store has it in this state.
fn subject(state: usize) -> Subject {
    let account = Account::new("acme".parse().unwrap());
    let name = format!("state {state}");
    let mut user =
        ApiUser::new(account.id(), "u1".parse().unwrap(), &name, AccessLevel::Full, Allowlist::Any).unwrap();
    let secret = Secret::new("b1946ac92492d2347c6235b4d2611184".to_owned());
    let ring = KeyRing::new(Pepper::new(1, [7; 32]).unwrap());
    let by = By::new("admin", Timestamp::from_unix(0));
    let pair = Imported::new(key(), secret).unwrap();
    let _ = user.import(&pair, Keep::Hashed, &ring, by, &mut |_: &mut [u8]| Ok(())).unwrap();
    Subject::new(account.into(), user.into(), key()).unwrap()
}

fn state(found: Option<&Subject>) -> usize {
    found.unwrap().user().name().strip_prefix("state ").unwrap().parse().unwrap()
}

/// A store with a state that only grows, and that takes turns before and after it is read.
#[derive(Clone)]
struct Growing {
    states: Arc<[Subject]>,
    now: Arc<AtomicUsize>,
    reads: Arc<AtomicUsize>,
}

impl Growing {
    fn new() -> Self {
        Self { states: (0..4).map(subject).collect(), now: Arc::default(), reads: Arc::default() }
    }

    /// Commits a change, and says what state that is.
    fn commit(&self) -> usize {
        self.now.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

impl Lookup for Growing {
    type Error = Infallible;
    async fn find(&self, _: KeyId) -> Result<Option<Subject>, Infallible> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        future::yield_now().await;
        let state = self.now.load(Ordering::SeqCst);
        future::yield_now().await;
        Ok(Some(self.states[state].clone()))
    }
}

type Tested = Arc<Cached<Growing, fn() -> Duration>>;

fn cached(store: &Growing) -> Tested {
    let clock: fn() -> Duration = || Duration::from_secs(1);
    Arc::new(Cached::new(store.clone(), BOUND, clock).unwrap())
}

fn find(cached: &Tested) -> usize {
    state(future::block_on(cached.find(key())).unwrap().as_ref())
}

fn explore(run: impl Fn() + Send + Sync + 'static) {
    let runs = std::env::var("KEYWARD_SHUTTLE").map_or(2_000, |runs| runs.parse().unwrap());
    let run = Arc::new(run);
    let other = Arc::clone(&run);
    shuttle::check_random(move || run(), runs);
    shuttle::check_pct(move || other(), runs, 3);
}

/// Somebody loads, somebody changes and asks after it, and somebody asks when all is over.
fn race(what: fn() -> Changed) {
    let store = Growing::new();
    let cached = cached(&store);
    let loads: Vec<_> = (0..2)
        .map(|_| {
            let cached = Arc::clone(&cached);
            thread::spawn(move || find(&cached))
        })
        .collect();
    let changes = {
        let (cached, store) = (Arc::clone(&cached), store.clone());
        thread::spawn(move || {
            let committed = store.commit();
            cached.changed(what());
            assert!(find(&cached) >= committed, "asked after the change, given what was before it");
        })
    };
    for load in loads {
        load.join().unwrap();
    }
    changes.join().unwrap();
    assert_eq!(find(&cached), 1, "a load that began before the change has filled the cache");
}

#[test]
fn a_revocation_that_races_a_load_is_never_undone_by_it() {
    explore(|| race(|| Changed::Key(key())));
}

#[test]
fn a_change_of_the_account_that_races_a_load_is_never_undone_by_it() {
    explore(|| race(|| Changed::Account("acme".parse().unwrap())));
}

#[test]
fn a_change_of_anything_that_races_a_load_is_never_undone_by_it() {
    explore(|| race(|| Changed::Anything));
}

#[test]
fn what_is_kept_is_not_served_after_a_change_that_was_heard() {
    explore(|| {
        let store = Growing::new();
        let cached = cached(&store);
        assert_eq!(find(&cached), 0);
        let asks: Vec<_> = (0..2)
            .map(|_| {
                let (cached, store) = (Arc::clone(&cached), store.clone());
                thread::spawn(move || {
                    let seen = find(&cached);
                    assert!(seen <= store.now.load(Ordering::SeqCst));
                    let again = find(&cached);
                    assert!(again >= seen, "{again} after {seen}: back in time");
                })
            })
            .collect();
        for what in [Changed::Key(key()), Changed::Account("acme".parse().unwrap())] {
            let committed = store.commit();
            cached.changed(what);
            assert!(find(&cached) >= committed);
        }
        for ask in asks {
            ask.join().unwrap();
        }
    });
}

#[test]
fn two_who_miss_at_once_make_one_load() {
    explore(|| {
        let store = Growing::new();
        let cached = cached(&store);
        let asks: Vec<_> = (0..3)
            .map(|_| {
                let cached = Arc::clone(&cached);
                thread::spawn(move || find(&cached))
            })
            .collect();
        for ask in asks {
            assert_eq!(ask.join().unwrap(), 0);
        }
        assert_eq!(store.reads(), 1);
    });
}

/// Polls so often, and drops what is left.
async fn give_up_after(polls: usize, cached: Tested) {
    let mut find = Box::pin(async move { cached.find(key()).await.map(drop) });
    for _ in 0..polls {
        let polled =
            std::future::poll_fn(|cx| std::task::Poll::Ready(find.as_mut().poll(cx).is_ready())).await;
        if polled {
            return;
        }
        future::yield_now().await;
    }
}

#[test]
fn whoever_drops_its_look_up_hangs_nobody() {
    explore(|| {
        let store = Growing::new();
        let cached = cached(&store);
        let dropping: Vec<_> = (1..3)
            .map(|polls| {
                let cached = Arc::clone(&cached);
                thread::spawn(move || future::block_on(give_up_after(polls, cached)))
            })
            .collect();
        let waits = {
            let cached = Arc::clone(&cached);
            thread::spawn(move || find(&cached))
        };
        assert_eq!(find(&cached), 0);
        assert_eq!(waits.join().unwrap(), 0);
        for dropping in dropping {
            dropping.join().unwrap();
        }
        let reads = store.reads();
        assert_eq!(find(&cached), 0);
        assert_eq!(store.reads(), reads, "what was loaded is kept");
    });
}

#[test]
fn a_look_up_that_is_held_and_not_polled_hangs_nobody() {
    explore(|| {
        let store = Growing::new();
        let cached = cached(&store);
        let held = {
            let cached = Arc::clone(&cached);
            thread::spawn(move || {
                let mut find = Box::pin(async move { cached.find(key()).await.map(drop) });
                let poll =
                    std::future::poll_fn(|cx| std::task::Poll::Ready(find.as_mut().poll(cx).is_ready()));
                let _ = future::block_on(poll);
                find
            })
        };
        assert_eq!(find(&cached), 0);
        drop(held.join().unwrap());
    });
}
