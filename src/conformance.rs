//! The duties of a store, of a replay guard and of a journal, as checks that any of them can run.
//!
//! ```
//! # #[cfg(feature = "memory")] {
//! use keyward::{MemoryStore, conformance};
//! let report = pollster::block_on(conformance::registry(async || MemoryStore::new()));
//! assert!(report.passed(), "{report}");
//!
//! use keyward::MemoryReplay;
//! let report = pollster::block_on(conformance::replay(async || MemoryReplay::bounded(1 << 16)));
//! assert!(report.passed(), "{report}");
//!
//! use keyward::MemoryJournal;
//! let report = pollster::block_on(conformance::journal(async || MemoryJournal::bounded(1_000, 1 << 20)));
//! assert!(report.passed(), "{report}");
//! # }
//! ```

mod change;
mod claim;
mod find;
mod insert;
mod keep;
mod list;
mod sizes;
mod stop;
mod world;

use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::{
    journal::Journal,
    store::{Registry, ReplayGuard},
};

macro_rules! run {
    ($make:ident: $($duty:literal: $check:path),* $(,)?) => {{
        let mut checks = Vec::new();
        $(
            let outcome = $check(&$make().await).await;
            checks.push(Check { duty: $duty, broken: outcome.err().map(|broken| broken.0) });
        )*
        Report { checks }
    }};
}

/// Runs every duty of a [`Registry`] and of its [`Lookup`](crate::Lookup). `make` gives each of them an empty store of
/// its own; where it cannot, it may panic.
///
/// The checks act one after the other, as two administrators would whose edits overlap. What happens between two
/// connections at the same instant is the store's transaction to order, and not seen here. A store passes or fails
/// without a clock or a random source.
pub async fn registry<S: Registry>(make: impl AsyncFn() -> S) -> Report {
    run! { make:
        "an unknown key is nobody's": find::unknown,
        "an inserted user is found by each of its keys": find::inserted,
        "ids differ by every byte": find::bytes,
        "a user needs a stored account": insert::account,
        "a user id is given once in an account": insert::id,
        "a name is given once in an account": insert::name,
        "a key id is given once": insert::key,
        "accounts do not meet": insert::accounts,
        "a change counts from the next look-up on": change::counts,
        "of two changes to one revision the second conflicts": change::conflict,
        "only a user that is stored is updated": change::unread,
        "a change to what is taken is refused": change::taken,
        "an account counts from the next look-up on": change::account,
        "a revocation counts from the next look-up on": stop::revoke,
        "a revocation loses to no edit": stop::revoke_stays,
        "a disabled user stays disabled": stop::disable,
        "a deleted user is gone, its name and id are free": stop::delete,
        "a deleted user's keys stay taken": stop::tombstones,
        "a key that left its record stays taken": stop::dropped,
        "pages are stable": list::pages,
        "keys of the ring are counted by user": list::keys,
        "names of any script are kept and told apart": sizes::names,
        "records of any size are kept": sizes::largest,
    }
}

/// Runs every duty of a [`ReplayGuard`]. `make` gives each of them an empty guard of its own; where it cannot, it may
/// panic.
///
/// Make it hold fewer than 2,000 claims if it can: then three of the checks see what it does when it is full. `now` is an
/// argument, so what happens at the end of a window is checked in no time; a guard whose own clock decides is checked
/// for the rest. Eight claims are under way at once in one task; threads and processes are for the guard's own tests.
pub async fn replay<R: ReplayGuard>(make: impl AsyncFn() -> R) -> Report {
    run! { make:
        "a first claim is fresh and every later one is replayed": claim::once,
        "requests that differ are claimed apart": claim::apart,
        "a claim is kept to its end": claim::end,
        "a request that is dated ahead is kept to its own end": claim::ahead,
        "a clock that is set back lets nothing in again": claim::back,
        "of claims at one time exactly one is fresh": claim::race,
        "a flood lets nothing in again": claim::flood,
        "a flood of one key leaves room to the others": claim::share,
    }
}

/// Runs every duty of a [`Journal`]. `make` gives each of them an empty journal of its own; where it cannot, it may panic.
///
/// Make it hold fewer than 2,000 attempts if it can: then a check sees what it does when it is full. A hundred entries of
/// each part are the least that it needs room for.
pub async fn journal<J: Journal>(make: impl AsyncFn() -> J) -> Report {
    run! { make:
        "what is appended is read back": keep::kept,
        "what arrived last is listed first": keep::newest,
        "pages end and leave nothing out": keep::pages,
        "what arrives between two pages moves neither": keep::arriving,
        "what is forgotten between two pages moves neither": keep::leaving,
        "an account is shown its own entries": keep::accounts,
        "calls are found by module, method and code": keep::calls,
        "parts are told apart": keep::parts,
        "entries are found by their time": keep::times,
        "no flood of attempts displaces what was proven": keep::displacing,
        "attempts are counted, and together only where they are alike": keep::alike,
        "what is over before a moment is forgotten": keep::forgetting,
    }
}

/// How a store, a guard or a journal keeps its duties. `Display` prints a line for each.
#[derive(Clone, Debug)]
#[must_use = "what fails a duty must not be used"]
pub struct Report {
    checks: Vec<Check>,
}

/// One duty, and how it was kept.
#[derive(Clone, Debug)]
pub struct Check {
    duty: &'static str,
    broken: Option<String>,
}

impl Report {
    /// Whether every duty is kept.
    pub fn passed(&self) -> bool {
        self.failures().next().is_none()
    }

    /// All duties, in the order in which they were checked.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Those that are broken.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.broken.is_some())
    }
}

impl Check {
    /// The rule.
    pub fn duty(&self) -> &'static str {
        self.duty
    }

    /// What was found instead, and what to do about it.
    pub fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.checks.iter().try_for_each(|check| writeln!(f, "{check}"))
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.broken {
            None => write!(f, "ok      {}", self.duty),
            Some(broken) => write!(f, "BROKEN  {}: {broken}", self.duty),
        }
    }
}
