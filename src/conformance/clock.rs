//! A clock that a test sets.

use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::time::Timestamp;

/// Wall time and monotonic time, both of which stand still until somebody moves them. Clones are the same clock.
///
/// Wall time goes where it is told, back and before 1970 too, as an administrator or NTP sets it; the monotonic time of a
/// machine does not follow it.
///
/// ```
/// use core::time::Duration;
/// use keyward::{Timestamp, conformance::FakeClock};
/// let clock = FakeClock::at(Timestamp::from_unix(1_795_348_800));
/// clock.advance(Duration::from_millis(90_500)); // time goes by
/// assert_eq!((clock.now().unix(), clock.monotonic()), (1_795_348_890, Duration::from_millis(90_500)));
/// clock.jump(-3_600); // somebody sets the clock back by an hour
/// assert_eq!((clock.now().unix(), clock.monotonic()), (1_795_345_290, Duration::from_millis(90_500)));
/// let given = clock.clone();
/// let monotonic = move || given.monotonic(); // for whoever is given a clock when it is built
/// # drop(monotonic);
/// ```
#[derive(Clone, Debug)]
pub struct FakeClock(Arc<Mutex<Times>>);

#[derive(Debug)]
struct Times {
    wall: Timestamp,
    /// Part of a second that has gone by since `wall`.
    nanos: u32,
    monotonic: Duration,
}

impl FakeClock {
    /// A wall time, and the beginning of monotonic time.
    pub fn at(wall: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Times { wall, nanos: 0, monotonic: Duration::ZERO })))
    }

    /// Wall time, in whole seconds.
    pub fn now(&self) -> Timestamp {
        self.times().wall
    }

    /// Monotonic time since the clock was made.
    pub fn monotonic(&self) -> Duration {
        self.times().monotonic
    }

    /// Lets time go by on both.
    pub fn advance(&self, by: Duration) {
        let mut times = self.times();
        let past = Duration::from_nanos(times.nanos.into()).saturating_add(by);
        times.wall = times.wall.plus(past);
        times.nanos = past.subsec_nanos();
        times.monotonic = times.monotonic.saturating_add(by);
    }

    /// Sets wall time.
    pub fn set(&self, wall: Timestamp) {
        let mut times = self.times();
        (times.wall, times.nanos) = (wall, 0);
    }

    /// Moves wall time by so many seconds, back if they are negative.
    pub fn jump(&self, seconds: i64) {
        let mut times = self.times();
        times.wall = Timestamp::from_unix(times.wall.unix().saturating_add(seconds));
    }

    /// Sets monotonic time, also back: no machine does that, and whoever relies on it has to stand it.
    pub fn set_monotonic(&self, monotonic: Duration) {
        self.times().monotonic = monotonic;
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
