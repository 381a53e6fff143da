//! Between whoever answers requests and the journal: a queue that never makes them wait.
//!
//! ```text
//! offer ─▶ acts      at most n                      ┐
//!       ─▶ calls     at most n, and n × 4 KiB       ├─▶ Drain ─▶ Journal
//!       ─▶ attempts  at most n kinds, each counted  ┘
//! ```

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Poll, Waker},
    vec::Vec,
};

use super::{attempts::Attempts, entry::JournalEntry, keep::Journal};

/// Takes entries from whoever answers requests, and keeps them until the [`Drain`] passes them on. Cloning it is cheap.
///
/// [`offer`](Self::offer) never waits for a journal. It is bounded: acts, calls of proven callers and attempts have room of
/// their own, so none of them drops another. What finds no room is dropped and [counted](Self::dropped); attempts are
/// counted together where they are alike, by code, source (an IPv4 address or an IPv6 /64) and key, and beyond the room
/// by code alone.
///
/// ```
/// # pollster::block_on(async {
/// use keyward::*;
/// let (recorder, drain) = Recorder::bounded(4096);
/// let journal = std::sync::Arc::new(MemoryJournal::bounded(10_000, 16 << 20));
/// # let (now, catalogue) = (Timestamp::from_unix(0), Catalogue::builder().build()?);
/// let denial = Denial::new(Code::RequestTooLarge);
/// recorder.offer(CallRecord::refused(&denial, now, &catalogue)); // where requests are answered
/// drop(recorder);
/// drain.drain_into(journal.clone()).await; // in a task of its own: it ends when the last recorder is gone
/// assert_eq!(journal.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Recorder(Arc<Sender>);

/// The other end of a [`Recorder`].
#[must_use = "nothing is kept until somebody drains"]
pub struct Drain(Arc<Shared>);

/// What the recorders share: when it goes, the last of them is gone.
struct Sender(Arc<Shared>);

struct Shared {
    waiting: Mutex<Waiting>,
    dropped: AtomicU64,
}

struct Waiting {
    acts: Queue,
    calls: Queue,
    attempts: Attempts,
    /// What the next entry is given, to put them in order again.
    number: u64,
    waker: Option<Waker>,
    is_offered: bool,
    is_drained: bool,
}

/// What waited.
struct Taken {
    acts: VecDeque<(u64, JournalEntry)>,
    calls: VecDeque<(u64, JournalEntry)>,
    attempts: Attempts,
}

struct Queue {
    entries: VecDeque<(u64, JournalEntry)>,
    bytes: usize,
    room: usize,
}

/// Bytes that a queued call may take on average; four times what one without bodies takes.
const MEAN: usize = 4096;

impl Recorder {
    /// Room for `entries` of each kind: acts, calls of proven callers, kinds of attempts.
    pub fn bounded(entries: usize) -> (Self, Drain) {
        let queue = || Queue { entries: VecDeque::new(), bytes: 0, room: entries };
        let shared = Arc::new(Shared {
            waiting: Mutex::new(Waiting {
                acts: queue(),
                calls: queue(),
                attempts: Attempts::new(entries),
                number: 0,
                waker: None,
                is_offered: true,
                is_drained: true,
            }),
            dropped: AtomicU64::new(0),
        });
        (Self(Arc::new(Sender(Arc::clone(&shared)))), Drain(shared))
    }

    /// Takes an entry, or counts it as dropped where there is no room or nobody drains. It takes a lock for a moment and
    /// waits for nothing else.
    pub fn offer(&self, entry: impl Into<JournalEntry>) {
        self.0.0.offer(entry.into());
    }

    /// How many events were dropped: for want of room, because nobody drains, or because the journal failed.
    pub fn dropped(&self) -> u64 {
        self.0.0.dropped.load(Ordering::Relaxed)
    }
}

impl Drain {
    /// Waits until there is something, and takes all of it in the order in which it was offered. `None` when the last
    /// recorder is gone and everything was taken.
    ///
    /// Nothing is lost if its future is dropped.
    pub async fn next(&mut self) -> Option<Vec<JournalEntry>> {
        std::future::poll_fn(|context| {
            let mut waiting = self.0.waiting();
            if !waiting.is_empty() {
                let taken = waiting.take();
                drop(waiting);
                return Poll::Ready(Some(taken.in_order()));
            }
            if !waiting.is_offered {
                return Poll::Ready(None);
            }
            waiting.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Takes what is there, for a service with a timer of its own: attempts that come in between are counted together.
    pub fn take(&mut self) -> Vec<JournalEntry> {
        let taken = self.0.waiting().take();
        taken.in_order()
    }

    /// How many events were dropped: see [`Recorder::dropped`].
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Passes everything on until the last recorder is gone. Needs no runtime in particular.
    ///
    /// What the journal fails to keep is counted as dropped, and it goes on with what comes: the verdicts were given long
    /// before. So is what was under way or waits, if its future is dropped.
    pub async fn drain_into<J: Journal>(mut self, journal: J) {
        while let Some(entries) = self.next().await {
            let under_way = UnderWay { events: events(&entries), shared: &self.0 };
            if journal.append(entries).await.is_ok() {
                under_way.arrived();
            }
        }
    }
}

/// What a journal was given: dropped, unless it says that it arrived.
struct UnderWay<'s> {
    events: u64,
    shared: &'s Shared,
}

impl UnderWay<'_> {
    fn arrived(mut self) {
        self.events = 0;
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.shared.drop_events(self.events);
    }
}

fn events(entries: &[JournalEntry]) -> u64 {
    entries.iter().map(JournalEntry::count).fold(0, u64::saturating_add)
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn offer(&self, entry: JournalEntry) {
        let events = entry.count();
        let alike = entry.as_attempt();
        let mut waiting = self.waiting();
        if !waiting.is_drained {
            return self.drop_events(events);
        }
        let number = waiting.number;
        waiting.number += 1;
        let taken = match (entry, alike) {
            (JournalEntry::Call(call), Some(alike)) => waiting.attempts.add(number, call, alike),
            (act @ JournalEntry::Act(_), _) => waiting.acts.push(number, act),
            (call @ JournalEntry::Call(_), None) => waiting.calls.push(number, call),
        };
        let waker = waiting.waker.take();
        drop(waiting);
        if !taken {
            self.drop_events(events);
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn drop_events(&self, events: u64) {
        self.dropped.fetch_add(events, Ordering::Relaxed);
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.acts.entries.is_empty() && self.calls.entries.is_empty() && self.attempts.is_empty()
    }

    /// Leaves empty ones in their places, and whatever has to be done with them to when the lock is free.
    fn take(&mut self) -> Taken {
        let attempts = self.attempts.take();
        Taken { acts: self.acts.take(), calls: self.calls.take(), attempts }
    }
}

impl Taken {
    fn in_order(self) -> Vec<JournalEntry> {
        let mut all: Vec<_> = self.acts.into_iter().chain(self.calls).collect();
        all.extend(self.attempts.into_calls().map(|(number, call)| (number, JournalEntry::Call(call))));
        all.sort_unstable_by_key(|(number, _)| *number);
        all.into_iter().map(|(_, entry)| entry).collect()
    }
}

impl Queue {
    fn push(&mut self, number: u64, entry: JournalEntry) -> bool {
        let bytes = self.bytes.saturating_add(entry.bytes());
        let fits = self.entries.len() < self.room && bytes <= self.room.saturating_mul(MEAN);
        if fits {
            self.bytes = bytes;
            self.entries.push_back((number, entry));
        }
        fits
    }

    fn take(&mut self) -> VecDeque<(u64, JournalEntry)> {
        self.bytes = 0;
        core::mem::take(&mut self.entries)
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let waker = {
            let mut waiting = self.0.waiting();
            waiting.is_offered = false;
            waiting.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// What it leaves is dropped, and so is what comes from then on.
impl Drop for Drain {
    fn drop(&mut self) {
        let left = {
            let mut waiting = self.0.waiting();
            waiting.is_drained = false;
            waiting.take()
        };
        self.0.drop_events(events(&left.in_order()));
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("dropped", &self.dropped()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Drain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").field("dropped", &self.dropped()).finish_non_exhaustive()
    }
}
