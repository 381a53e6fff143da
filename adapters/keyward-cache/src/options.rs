//! How a cache is made.

use std::time::Duration;

use keyward::Lookup;

use crate::{cached::Cached, clock::Clock, error::InvalidBound};

/// The shortest bound. Some clocks tick no finer than the tenth of it.
pub(crate) const MIN_BOUND: Duration = Duration::from_millis(10);
/// The longest bound: as long may a revoked key work where nobody says what has changed. Nobody waits longer for an
/// administrator's click to count.
pub(crate) const MAX_BOUND: Duration = Duration::from_secs(300);
/// Subjects that are kept, unless said: a hundred megabytes of users with a hundred methods each.
const ENTRIES: usize = 16_384;
/// The most of them.
const MAX_ENTRIES: usize = 1 << 24;
/// Key ids of nobody that are kept, unless said: two megabytes.
const UNKNOWN: usize = 16_384;
/// The most of them.
const MAX_UNKNOWN: usize = 1 << 20;
/// How long they are kept, unless said: a caller that tries a key before it is stored tries again by then.
const UNKNOWN_FOR: Duration = Duration::from_secs(1);

/// How a [`Cached`] is made: how old an answer may be, and how many are kept.
///
/// ```
/// use std::time::Duration;
/// use keyward::MemoryStore;
/// use keyward_cache::{CacheOptions, Monotonic};
/// let options = CacheOptions::new(Duration::from_secs(5))?;
/// let options = options.entries(200_000).unknown(10_000, Duration::from_millis(500));
/// let cached = options.over(MemoryStore::new(), Monotonic::start());
/// assert_eq!(cached.bound(), Duration::from_secs(5));
/// # Ok::<(), keyward_cache::InvalidBound>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "options make a cache with `over`"]
pub struct CacheOptions {
    pub(crate) bound: Duration,
    pub(crate) entries: usize,
    pub(crate) unknown: usize,
    pub(crate) unknown_for: Duration,
}

impl CacheOptions {
    /// With a staleness bound of 10 milliseconds to 5 minutes: 16,384 subjects, and as many key ids of nobody for a second
    /// each, or for the bound if that is shorter.
    ///
    /// # Errors
    /// [`InvalidBound`]: shorter or longer. It is not moved to the nearest: a bound is a promise that somebody made.
    pub fn new(bound: Duration) -> Result<Self, InvalidBound> {
        if bound < MIN_BOUND {
            return Err(InvalidBound::TooShort(bound));
        }
        if bound > MAX_BOUND {
            return Err(InvalidBound::TooLong(bound));
        }
        let unknown_for = UNKNOWN_FOR.min(bound);
        Ok(Self { bound, entries: ENTRIES, unknown: UNKNOWN, unknown_for })
    }

    /// Subjects that are kept, about; 1 to 16,777,216, else the nearest of the two. Beyond, one goes that was asked for
    /// seldom: a sweep over every user leaves those alone that are asked for again and again. A user with four rules and a
    /// hundred methods takes six kilobytes.
    pub fn entries(self, entries: usize) -> Self {
        Self { entries: entries.clamp(1, MAX_ENTRIES), ..self }
    }

    /// Key ids of nobody that are kept, about, and how long: 1 to 1,048,576, and no longer than the bound. They have room
    /// of their own: whoever asks for random ids pushes out others' random ids.
    ///
    /// As long may a new key be refused on an instance that was asked for it before it was stored.
    pub fn unknown(self, keys: usize, life: Duration) -> Self {
        Self { unknown: keys.clamp(1, MAX_UNKNOWN), unknown_for: life.min(self.bound), ..self }
    }

    /// The cache of this store, by this clock.
    pub fn over<L: Lookup, C: Clock>(&self, store: L, clock: C) -> Cached<L, C> {
        Cached::made(self, store, clock)
    }
}
