//! What becomes of a batch.

use alloc::vec::Vec;

use crate::decision::{Denial, Fault};

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
    pub(super) fn new(outcomes: Vec<CallOutcome<T>>) -> Self {
        Self { outcomes }
    }

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
