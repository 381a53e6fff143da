//! Whether what was read is still good: by its age, by what changed since, by what the feed has confirmed.
//!
//! A load notes when it began, and how many changes of an account or of everything had been heard by then. What it read
//! is good while no later change concerns it. A change therefore writes one number, however many users the account has,
//! and there is no moment at which a load could slip past it.

use std::{
    hash::{BuildHasher, RandomState},
    iter,
    time::Duration,
};

use keyward::{AccountId, Mark};

use crate::{
    clock::Clock,
    sync::{AtomicU64, Mutex, Ordering, lock},
};

/// Places for accounts, 32 kilobytes: a change of one account makes one in so many of the others' users be read again.
const ACCOUNTS: usize = 4096;

/// How much the clock moves until it is noted again, in nanoseconds: threads that only read share a place for nothing.
const TICK: u64 = 1_000_000;

pub(crate) struct Fresh<C> {
    clock: C,
    /// The latest moment that was noted, less than a tick behind the latest that was read.
    latest: AtomicU64,
    /// All changes that were committed before have been heard.
    confirmed: AtomicU64,
    /// Up to here a mark may be of before the clock went back.
    distrusted: Mutex<u64>,
    /// Changes of accounts and of everything.
    changes: AtomicU64,
    /// The number of the last one of everything.
    anything: AtomicU64,
    /// The number of the last one of each account, or of another with the same place.
    accounts: Box<[AtomicU64]>,
    seed: RandomState,
}

/// When a load began: before its store was asked.
#[derive(Clone, Copy)]
pub(crate) struct Began {
    at: u64,
    number: u64,
}

impl Began {
    /// Whether every change up to this number was heard before.
    pub(crate) fn is_behind(self, number: u64) -> bool {
        self.number >= number
    }
}

/// Where an account's changes are noted.
#[derive(Clone, Copy)]
pub(crate) struct Place(usize);

impl<C: Clock> Fresh<C> {
    pub(crate) fn new(clock: C) -> Self {
        let now = nanos(clock.now());
        Self {
            clock,
            latest: AtomicU64::new(now),
            confirmed: AtomicU64::new(0),
            distrusted: Mutex::new(0),
            changes: AtomicU64::new(0),
            anything: AtomicU64::new(0),
            accounts: iter::repeat_with(|| AtomicU64::new(0)).take(ACCOUNTS).collect(),
            seed: RandomState::new(),
        }
    }

    pub(crate) fn begin(&self) -> Began {
        let at = self.now();
        Began { at, number: self.number() }
    }

    /// How many changes have been heard.
    pub(crate) fn number(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    pub(crate) fn place(&self, account: &AccountId) -> Place {
        // Less than the number of places.
        #[allow(clippy::cast_possible_truncation, reason = "a remainder")]
        Place((self.seed.hash_one(account) % ACCOUNTS as u64) as usize)
    }

    /// Whether the account has not changed since.
    #[inline]
    pub(crate) fn is_unchanged(&self, began: Began, account: Place) -> bool {
        let last = self.accounts.get(account.0).map_or(u64::MAX, |last| last.load(Ordering::Acquire));
        began.is_behind(last) && self.is_standing(began)
    }

    /// Whether nothing has been said to change everything since.
    #[inline]
    pub(crate) fn is_standing(&self, began: Began) -> bool {
        began.is_behind(self.anything.load(Ordering::Acquire))
    }

    /// Whether what was read then is young enough, or has been confirmed lately enough. Ask this before what has
    /// changed: that a clock has gone back is such a change, and is found here.
    #[inline]
    pub(crate) fn is_good(&self, began: Began, life: u64) -> bool {
        // Before the clock: a mark of meanwhile is no mark of the future.
        self.has_lived(began.at.max(self.confirmed.load(Ordering::Acquire)), life)
    }

    /// Whether it is young enough by itself.
    #[inline]
    pub(crate) fn is_young(&self, began: Began, life: u64) -> bool {
        self.has_lived(began.at, life)
    }

    #[inline]
    fn has_lived(&self, since: u64, life: u64) -> bool {
        // What is to come yet is of a clock that went back.
        self.now().checked_sub(since).is_some_and(|age| age <= life)
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark(Duration::from_nanos(self.now()))
    }

    pub(crate) fn caught_up(&self, mark: Mark) {
        let (mark, now) = (nanos(mark.0), self.now());
        let distrusted = lock(&self.distrusted);
        if mark > *distrusted && mark <= now {
            self.confirmed.fetch_max(mark, Ordering::AcqRel);
        }
    }

    pub(crate) fn account_changed(&self, account: &AccountId) {
        let Place(place) = self.place(account);
        let number = self.next();
        if let Some(last) = self.accounts.get(place) {
            last.fetch_max(number, Ordering::AcqRel);
        }
    }

    pub(crate) fn anything_changed(&self) {
        let number = self.next();
        self.anything.fetch_max(number, Ordering::AcqRel);
    }

    fn next(&self) -> u64 {
        self.changes.fetch_add(1, Ordering::AcqRel) + 1
    }

    #[inline]
    fn now(&self) -> u64 {
        // Before the clock: what others read meanwhile is no step back.
        let latest = self.latest.load(Ordering::Acquire);
        let now = nanos(self.clock.now());
        match now.checked_sub(latest) {
            None => self.went_back(latest, now),
            Some(step) if step >= TICK => _ = self.latest.fetch_max(now, Ordering::AcqRel),
            Some(_) => {}
        }
        now
    }

    /// How long ago anything was read or confirmed cannot be told any more.
    #[cold]
    fn went_back(&self, latest: u64, now: u64) {
        let mut distrusted = lock(&self.distrusted);
        self.anything_changed();
        self.confirmed.store(0, Ordering::Release);
        *distrusted = (*distrusted).max(latest.saturating_add(TICK));
        // Last: whoever reads the new moment finds the rest done. Where another one did it, it is done.
        let _ = self.latest.compare_exchange(latest, now, Ordering::AcqRel, Ordering::Acquire);
    }
}

/// 584 years; what is later stands still.
pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
