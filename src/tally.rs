//! Counts of what was decided, for whatever exports metrics.

use core::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::{
    decided::{ADMIT, ALLOW, Decided},
    decision::{Code, Fault},
};

/// How often each thing was decided, since it was made. It is counted without a lock, and read while it is counted.
///
/// A [`Gate`](crate::Gate) counts into the one that it is [given](crate::Gate::with_tally); several may count into one.
/// Without a gate, [`count`](Self::count) what was decided.
///
/// ```
/// use keyward::{Code, Denial, Tally};
/// let tally = Tally::new();
/// tally.count(&Denial::new(Code::RequestTooLarge));
/// for (code, count) in tally.iter().filter(|(_, count)| *count > 0) {
///     assert_eq!((code, count), ("request.too_large", 1)); // for example `verdicts_total{code="request.too_large"} 1`
/// }
/// ```
pub struct Tally {
    allow: AtomicU64,
    admit: AtomicU64,
    /// One for each of [`Code::ALL`], in their order.
    deny: [AtomicU64; Code::ALL.len()],
    fault: AtomicU64,
}

impl Tally {
    /// All zero.
    pub const fn new() -> Self {
        let deny = [const { AtomicU64::new(0) }; Code::ALL.len()];
        Self { allow: AtomicU64::new(0), admit: AtomicU64::new(0), deny, fault: AtomicU64::new(0) }
    }

    /// Counts one thing that was decided.
    pub fn count<'d>(&self, decided: impl Into<Decided<'d>>) {
        let counter = match decided.into() {
            Decided::Allow(_) => Some(&self.allow),
            Decided::Admit(_) => Some(&self.admit),
            Decided::Deny(denial) => {
                self.denials().find(|(code, _)| *code == denial.code()).map(|(_, at)| at)
            }
            Decided::Fault(_) => Some(&self.fault),
        };
        if let Some(counter) = counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What was decided and how often: `allow`, `admit`, every [`Code`], and the code of a fault; those that never
    /// happened too. What is counted meanwhile may be seen or not.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let before = [(ALLOW, &self.allow), (ADMIT, &self.admit)];
        let denials = self.denials().map(|(code, counter)| (code.as_str(), counter));
        let all = before.into_iter().chain(denials).chain([(Fault::CODE, &self.fault)]);
        all.map(|(code, counter)| (code, counter.load(Ordering::Relaxed)))
    }

    fn denials(&self) -> impl Iterator<Item = (Code, &AtomicU64)> {
        Code::ALL.iter().copied().zip(&self.deny)
    }
}

impl Default for Tally {
    fn default() -> Self {
        Self::new()
    }
}

/// What has happened at all.
impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().filter(|(_, count)| *count > 0)).finish()
    }
}
