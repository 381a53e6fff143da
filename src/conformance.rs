//! The duties of a store, of a replay guard and of a journal, as checks that any of them can run; and for an application's
//! own tests faults by a plan, futures that are dropped, and a clock that goes where it is told.
//!
//! One call runs them and answers with a [`Report`], which prints a line for each:
//!
//! ```
//! # #[cfg(feature = "memory")] {
//! use keyward::{MemoryStore, conformance};
//! let report = pollster::block_on(conformance::registry(async || MemoryStore::new()));
//! println!("{report}"); // ok      an unknown key is nobody's
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
#[cfg(feature = "std")]
mod clock;
mod crowd;
mod drops;
#[cfg(feature = "std")]
mod faulty;
mod find;
mod insert;
mod keep;
mod list;
mod plan;
mod race;
mod rows;
mod sizes;
mod stop;
mod tear;
mod together;
mod world;

use alloc::{string::String, vec::Vec};
use core::fmt;

#[cfg(feature = "std")]
pub use clock::FakeClock;
pub use drops::{drop_at_each_poll, poll_for};
#[cfg(feature = "std")]
pub use faulty::{Faulty, Injected};
pub use plan::{FaultPlan, Inject, Operation};
pub use tear::RecordOf;

use crate::{
    journal::Journal,
    store::{Registry, ReplayGuard},
};

macro_rules! run {
    ($make:ident: $($duty:literal: $check:path),* $(,)?) => {
        Report { checks: Vec::from([$(Check::of($duty, $check(&$make().await).await)),*]) }
    };
    ($make:ident, $given:ident: $($duty:literal: $check:path),* $(,)?) => {
        Report { checks: Vec::from([$(Check::of($duty, $check(&$make().await, &$given).await)),*]) }
    };
}

/// Runs every duty of a [`Registry`] and of its [`Lookup`](crate::Lookup). `make` gives each of them an empty store of
/// its own; where it cannot, it may panic.
///
/// Most checks act one after the other, as two administrators would whose edits overlap. The last five have up to eight
/// calls under way at once, all in one task; what threads and processes do to each other is for the store's own tests. A
/// thousand edits are made, which a store on a disk needs some seconds for. A store passes or fails without a clock or a
/// random source.
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
        "an edit of a deleted user reaches nobody else": stop::reborn,
        "pages are stable": list::pages,
        "keys of the ring are counted by user": list::keys,
        "names of any script are kept and told apart": sizes::names,
        "records of any size are kept": sizes::largest,
        "of inserts at one time one takes what they share": race::inserts,
        "of rotations at one time one is stored": race::rotations,
        "a request that is repeated makes one secret": race::repeated,
        "a revocation is done among a thousand edits": crowd::revocation,
        "a walk through the pages meets everyone while others write": crowd::walk,
    }
}

/// Runs the duties of a [`Registry`] toward records that it did not write as they are: of older formats, damaged, or in
/// another's row. `make` gives each check an empty store of its own. `overwrite` puts bytes in the place of a stored
/// record, past the store, and leaves every other column and the key index as they are: for a store on a database an
/// `UPDATE` of the column that holds the record.
///
/// A store that keeps no bytes has nothing to check here.
///
/// ```
/// # #[cfg(feature = "memory")] {
/// use keyward::{MemoryStore, conformance::{self, FaultPlan, Faulty}};
/// let make = async || Faulty::new(MemoryStore::new(), FaultPlan::none());
/// let report = pollster::block_on(conformance::rows(make, async |store, record, bytes| store.overwrite(record, bytes)));
/// assert!(report.passed(), "{report}");
/// # }
/// ```
pub async fn rows<S: Registry>(
    make: impl AsyncFn() -> S,
    overwrite: impl AsyncFn(&S, RecordOf, Vec<u8>),
) -> Report {
    run! { make, overwrite:
        "records of older formats are read": rows::older,
        "a corrupt record is an error": rows::corrupt,
        "a record in another's row is an error": rows::misplaced,
        "a user whose record is corrupt can be stopped": rows::stopped,
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
        "entries of any script and size are kept": keep::any_size,
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
    fn of(duty: &'static str, outcome: world::Checked) -> Self {
        Self { duty, broken: outcome.err().map(|broken| broken.0) }
    }

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
