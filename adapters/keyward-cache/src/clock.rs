//! The clock that entries grow old by.

use std::time::{Duration, Instant};

/// A monotonic clock: how long it has been since a start that only it knows. Any closure that says so is one.
///
/// **Duty:** it never goes back, and it goes on while nobody asks. One that stands still keeps revoked keys working. Not
/// the time of day: that is set, by people and by protocols. Where it goes back nevertheless, by a millisecond or more,
/// all that is kept is dropped.
pub trait Clock: Send + Sync {
    /// The time since the start.
    fn now(&self) -> Duration;
}

impl<F: Fn() -> Duration + Send + Sync> Clock for F {
    fn now(&self) -> Duration {
        self()
    }
}

/// The operating system's, by [`Instant`]. On some of them it stands still while the machine sleeps.
#[derive(Clone, Copy, Debug)]
pub struct Monotonic(Instant);

impl Monotonic {
    /// Starts now.
    #[allow(clippy::disallowed_methods, reason = "whoever calls this chooses the system's clock")]
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Monotonic {
    #[inline]
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}
