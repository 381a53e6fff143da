//! A store and a clock that tests drive by hand.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part of it")]

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, By, Imported, Keep, KeyId, KeyRing, Lookup, ModulePolicy,
    Pepper, Secret, Subject, Timestamp,
};
use keyward_cache::{CacheOptions, Cached, StoreFailed};

pub const BOUND: Duration = Duration::from_secs(5);

pub fn ring() -> KeyRing {
    KeyRing::new(Pepper::new(1, [7; 32]).unwrap())
}

pub fn by() -> By<'static> {
    By::new("admin", Timestamp::from_unix(1_795_348_800))
}

pub fn key(text: &str) -> KeyId {
    text.parse().unwrap()
}

pub fn account(id: &str) -> Account {
    Account::new(id.parse().unwrap()).enable("events", ModulePolicy::default())
}

/// A user of the account with this name and one key.
pub fn user(account: &Account, name: &str, key: KeyId) -> ApiUser {
    let id = key.as_str().parse().unwrap();
    let mut user = ApiUser::new(account.id(), id, name, AccessLevel::Full, Allowlist::Any).unwrap();
    let secret = Secret::new("b1946ac92492d2347c6235b4d2611184".to_owned());
    let pair = Imported::new(key, secret).unwrap();
    let _ = user.import(&pair, Keep::Hashed, &ring(), by(), &mut |_: &mut [u8]| Ok(())).unwrap();
    user
}

pub fn subject(of: &str, name: &str, key: KeyId) -> Subject {
    let account = account(of);
    let user = user(&account, name, key);
    Subject::new(account.into(), user.into(), key).unwrap()
}

pub fn revoked(subject: Subject) -> Subject {
    subject.revoked(Timestamp::from_unix(1_795_348_801))
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the store is down")]
pub struct Down;

pub type Answer = Result<Option<Subject>, Down>;

/// Whose look-ups end when the test says so.
#[derive(Clone, Default)]
pub struct ByHand(Arc<Mutex<Vec<Call>>>);

struct Call {
    key: KeyId,
    answer: Option<Answer>,
    waker: Option<Waker>,
    dropped: bool,
    panics: bool,
}

impl ByHand {
    pub fn calls(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    pub fn key(&self, call: usize) -> KeyId {
        self.0.lock().unwrap()[call].key
    }

    pub fn is_dropped(&self, call: usize) -> bool {
        self.0.lock().unwrap()[call].dropped
    }

    pub fn answer(&self, call: usize, answer: Answer) {
        let waker = {
            let mut calls = self.0.lock().unwrap();
            calls[call].answer = Some(answer);
            calls[call].waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Answers without telling anybody, as if nobody had to be told.
    pub fn answer_quietly(&self, call: usize, answer: Answer) {
        self.0.lock().unwrap()[call].answer = Some(answer);
    }

    pub fn panic(&self, call: usize) {
        let waker = {
            let mut calls = self.0.lock().unwrap();
            calls[call].panics = true;
            calls[call].waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Lookup for ByHand {
    type Error = Down;

    async fn find(&self, key: KeyId) -> Answer {
        let call = {
            let mut calls = self.0.lock().unwrap();
            calls.push(Call { key, answer: None, waker: None, dropped: false, panics: false });
            calls.len() - 1
        };
        Waits { store: self.clone(), call }.await
    }
}

struct Waits {
    store: ByHand,
    call: usize,
}

impl Future for Waits {
    type Output = Answer;
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer> {
        let mut calls = self.store.0.lock().unwrap();
        let call = &mut calls[self.call];
        if call.panics {
            drop(calls);
            panic!("as the test wants");
        }
        call.waker = Some(cx.waker().clone());
        call.answer.take().map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.store.0.lock().unwrap()[self.call].dropped = true;
    }
}

/// A clock that stands where the test puts it.
#[derive(Clone, Default)]
pub struct Hand(Arc<AtomicU64>);

impl Hand {
    pub fn put(&self, millis: u64) {
        self.0.store(millis, Ordering::SeqCst);
    }

    pub fn at(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    pub fn step(&self, millis: u64) {
        self.put(self.at() + millis);
    }
}

impl keyward_cache::Clock for Hand {
    fn now(&self) -> Duration {
        Duration::from_millis(self.at())
    }
}

/// A cache by hand: five seconds, and half a second for keys of nobody.
pub fn cached() -> (Arc<Cached<ByHand, Hand>>, ByHand, Hand) {
    let (store, clock) = (ByHand::default(), Hand::default());
    clock.put(1_000_000);
    let options = CacheOptions::new(BOUND).unwrap().unknown(1_000, Duration::from_millis(500));
    (Arc::new(options.over(store.clone(), clock.clone())), store, clock)
}

pub type Found = Result<Option<Subject>, StoreFailed<Down>>;

/// A look-up that is polled when the test says so.
pub struct Asked {
    future: Pin<Box<dyn Future<Output = Found> + Send>>,
    woken: Arc<Woken>,
}

#[derive(Default)]
struct Woken(AtomicUsize, AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
        self.1.store(true, Ordering::SeqCst);
    }
}

impl Asked {
    /// Polled once.
    pub fn of(cached: &Arc<Cached<ByHand, Hand>>, key: KeyId) -> (Self, Option<Found>) {
        let cached = Arc::clone(cached);
        let future = Box::pin(async move { cached.find(key).await });
        let mut asked = Self { future, woken: Arc::default() };
        let found = asked.poll();
        (asked, found)
    }

    pub fn waits(cached: &Arc<Cached<ByHand, Hand>>, key: KeyId) -> Self {
        let (asked, found) = Self::of(cached, key);
        assert!(found.is_none(), "{found:?}");
        asked
    }

    pub fn poll(&mut self) -> Option<Found> {
        self.woken.1.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&self.woken));
        match self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(found) => Some(found),
            Poll::Pending => None,
        }
    }

    /// How often it has been told to go on.
    pub fn woken(&self) -> usize {
        self.woken.0.load(Ordering::SeqCst)
    }

    /// Whether it has been, since it was polled.
    pub fn is_told(&self) -> bool {
        self.woken.1.load(Ordering::SeqCst)
    }
}

/// What is kept, without asking the store for anything: `None` if it would be asked.
pub fn kept(cached: &Arc<Cached<ByHand, Hand>>, key: KeyId) -> Option<Found> {
    Asked::of(cached, key).1
}

/// Asks and has the store answer.
pub fn filled(cached: &Arc<Cached<ByHand, Hand>>, store: &ByHand, key: KeyId, answer: Answer) -> Found {
    let mut asked = Asked::waits(cached, key);
    store.answer(store.calls() - 1, answer);
    asked.poll().expect("the store has answered")
}

pub fn name(found: &Found) -> &str {
    found.as_ref().unwrap().as_ref().unwrap().user().name()
}
