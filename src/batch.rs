//! Many calls in one request: admitted once, each permitted on its own.

use alloc::vec::Vec;

use crate::{
    access::{Catalogue, Wanted},
    decision::{Denial, Fault},
};

/// One call of a batch, as whatever read the request has it.
pub trait BatchCall {
    /// Which method it asks for. The catalogue is the one that decides.
    fn wanted<'a>(&'a self, catalogue: &'a Catalogue) -> Wanted<'a>;
}

/// By its name, byte for byte.
impl BatchCall for &str {
    fn wanted<'a>(&'a self, _: &'a Catalogue) -> Wanted<'a> {
        Wanted::Name(self)
    }
}

/// A named call with whatever goes with it.
impl<C: BatchCall, T> BatchCall for (C, T) {
    fn wanted<'a>(&'a self, catalogue: &'a Catalogue) -> Wanted<'a> {
        self.0.wanted(catalogue)
    }
}

/// What follows a call that did not succeed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// Nothing more is run.
    #[default]
    Halt,
    /// The next one is run all the same.
    Continue,
}

/// What became of one call.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallOutcome<T> {
    /// It was permitted, and succeeded.
    Done(T),
    /// It was permitted, and failed.
    Failed(T),
    /// It was permitted, and its handler was dropped before it said how it went.
    Abandoned,
    /// It was not permitted.
    Refused(Denial),
    /// It could not be decided; nothing was run behind it.
    Fault(Fault),
    /// It was not reached.
    NotRun,
}

/// What became of all calls of a batch, one outcome each, in their order.
#[derive(Debug)]
#[must_use = "the outcomes are the reply"]
pub struct Results<T> {
    outcomes: Vec<CallOutcome<T>>,
}

impl<T> Results<T> {
    /// One outcome a call, in the order of the calls.
    pub fn outcomes(&self) -> &[CallOutcome<T>] {
        &self.outcomes
    }

    /// The outcomes themselves.
    pub fn into_outcomes(self) -> Vec<CallOutcome<T>> {
        self.outcomes
    }

    /// How many succeeded.
    pub fn completed(&self) -> usize {
        self.outcomes.iter().filter(|outcome| matches!(outcome, CallOutcome::Done(_))).count()
    }
}
