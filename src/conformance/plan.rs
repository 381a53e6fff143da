//! What goes wrong, and at which call: written down or drawn from a seed, never by chance.

use alloc::vec::Vec;

/// A method of a seam that may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// [`Lookup::find`](crate::Lookup::find).
    Find,
    /// [`Registry::account`](crate::Registry::account).
    Account,
    /// [`Registry::put_account`](crate::Registry::put_account).
    PutAccount,
    /// [`Registry::user`](crate::Registry::user).
    User,
    /// [`Registry::list`](crate::Registry::list).
    List,
    /// [`Registry::insert`](crate::Registry::insert).
    Insert,
    /// [`Registry::update`](crate::Registry::update).
    Update,
    /// [`Registry::revoke`](crate::Registry::revoke).
    Revoke,
    /// [`Registry::disable`](crate::Registry::disable).
    Disable,
    /// [`Registry::delete`](crate::Registry::delete).
    Delete,
    /// [`Registry::count_by_key`](crate::Registry::count_by_key).
    CountByKey,
    /// [`ReplayGuard::claim`](crate::ReplayGuard::claim).
    Claim,
    /// [`Journal::append`](crate::Journal::append).
    Append,
    /// [`Journal::browse`](crate::Journal::browse).
    Browse,
    /// [`Journal::forget`](crate::Journal::forget).
    Forget,
}

/// What goes wrong at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Inject {
    /// Nothing is done, and the answer is an error: a connection that could not be had.
    Fail,
    /// It is done, and the answer is an error: a connection that broke before the acknowledgement.
    LoseAnswer,
    /// The future is pending for so many polls before anything is done: a slow store, and a place to drop it at.
    DelayBefore(u32),
    /// It is done, and the future is pending for so many polls before it answers.
    DelayAfter(u32),
    /// It is done twice, and the second answer is given: a driver that sends again what it has no answer to.
    Twice,
    /// The record ends at this byte, in a read once, in a write until the record is written whole. A journal keeps the
    /// first so many of the entries and fails. Elsewhere there is no record, and it is [`Fail`](Self::Fail).
    Cut(usize),
    /// The record has a bit of this byte turned; else as [`Cut`](Self::Cut).
    Flip(usize),
}

/// Which calls something goes wrong at. Calls of each [`Operation`] are counted from 1.
///
/// ```
/// use keyward::conformance::{FaultPlan, Inject, Operation};
/// let plan = FaultPlan::none()
///     .at(Operation::Update, 1, Inject::LoseAnswer) // the first update
///     .always(Operation::Find, Inject::DelayBefore(3)); // every look-up
/// let drawn = FaultPlan::seeded(7, 50); // 50 calls in a thousand, the same ones whenever the seed is 7
/// # drop((plan, drawn));
/// ```
#[derive(Clone, Debug, Default)]
pub struct FaultPlan {
    written: Vec<(Operation, Option<u64>, Inject)>,
    drawn: Option<(u64, u64)>,
}

impl FaultPlan {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// At so many of a thousand calls something goes wrong, of every kind. Which calls, and what, depends on the seed, the
    /// operation and its count alone.
    pub fn seeded(seed: u64, of_a_thousand: u64) -> Self {
        Self { written: Vec::new(), drawn: Some((seed, of_a_thousand)) }
    }

    /// At one call of an operation, the first being 1. What is said first about a call holds.
    #[must_use]
    pub fn at(mut self, operation: Operation, call: u64, inject: Inject) -> Self {
        self.written.push((operation, Some(call), inject));
        self
    }

    /// At every call of an operation about which nothing else is said before.
    #[must_use]
    pub fn always(mut self, operation: Operation, inject: Inject) -> Self {
        self.written.push((operation, None, inject));
        self
    }

    /// What goes wrong at a call.
    pub fn what(&self, operation: Operation, call: u64) -> Option<Inject> {
        let meant = |(of, at, _): &&(Operation, Option<u64>, Inject)| {
            *of == operation && at.is_none_or(|at| at == call)
        };
        let written = self.written.iter().find(meant).map(|(_, _, inject)| *inject);
        written.or_else(|| self.drawn.and_then(|(seed, often)| draw(seed, often, operation, call)))
    }
}

fn draw(seed: u64, often: u64, operation: Operation, call: u64) -> Option<Inject> {
    let first = mixed(seed ^ mixed(operation as u64) ^ mixed(call.wrapping_add(1 << 32)));
    let second = mixed(first);
    let number = second >> 8;
    let few = u32::try_from(number % 4).map_or(1, |polls| polls + 1);
    let place = usize::try_from(number % 4096).unwrap_or(0);
    let inject = match second % 7 {
        0 => Inject::Fail,
        1 => Inject::LoseAnswer,
        2 => Inject::DelayBefore(few),
        3 => Inject::DelayAfter(few),
        4 => Inject::Twice,
        5 => Inject::Cut(place),
        _ => Inject::Flip(place),
    };
    (first % 1000 < often).then_some(inject)
}

/// `SplitMix64`, from Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}
