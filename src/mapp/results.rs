//! The answer to each call of a POST.

use alloc::vec::Vec;
use core::iter;

use super::{
    answer::Answer,
    envelope::{Envelope, OK},
    item::{Counters, Said, error, success},
};
use crate::{
    batch::CallOutcome,
    decision::{Code, Denial, Fault},
    reply::Reply,
};

impl Envelope {
    /// The answer to a POST of calls: their names as they were sent, and what became of each.
    ///
    /// A call that was not reached has no item, if the call before it has an error: that is why. Where there is no such
    /// reason the first call that was not reached has an error of its own, so no answer looks complete that is not.
    ///
    /// Where every call was refused for who calls, or because the caller's address is not in its list, the POST is
    /// refused as a whole, with one item: that is what the vendor's clients know.
    pub fn batch<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
        outcomes: Vec<CallOutcome<Answer>>,
    ) -> Reply {
        let total = outcomes.len();
        if let Some(denial) = refused_as_a_whole(&outcomes) {
            return self.whole(OK, self.refusal(denial), total);
        }
        let completed = outcomes.iter().filter(|outcome| matches!(outcome, CallOutcome::Done(_))).count();
        let counters = Counters { total, completed };
        let nothing_was_run = outcomes.iter().all(|outcome| !was_run(outcome));
        let mut status = OK;
        let mut items = Vec::with_capacity(total);
        let mut after_an_error = false;
        let names = names.into_iter().map(Some).chain(iter::repeat(None));
        for ((number, outcome), name) in (1..).zip(outcomes).zip(names) {
            let said = match outcome {
                CallOutcome::Done(answer) => {
                    items.push(success(name, answer, number));
                    after_an_error = false;
                    continue;
                }
                CallOutcome::NotRun if after_an_error => continue,
                CallOutcome::Failed(answer) => answer.into(),
                CallOutcome::Refused(denial) => self.refusal(&denial),
                CallOutcome::Abandoned => Said::sentence(&self.wording.interrupted),
                CallOutcome::Fault(_) | CallOutcome::NotRun => {
                    status = if nothing_was_run { Fault::STATUS } else { status };
                    Said::sentence(&self.wording.unavailable)
                }
            };
            items.push(error(name, said, number, counters));
            after_an_error = true;
        }
        if items.is_empty() {
            return self.whole(OK, Said::sentence(&self.wording.unknown_method), total);
        }
        self.reply(status, items)
    }
}

/// The denial of all calls that were decided, if it is of who calls and from where, and not of what.
fn refused_as_a_whole(outcomes: &[CallOutcome<Answer>]) -> Option<&Denial> {
    let mut decided =
        outcomes.iter().filter(|outcome| !matches!(outcome, CallOutcome::NotRun)).map(|outcome| {
            let CallOutcome::Refused(denial) = outcome else { return None };
            let of_the_caller = denial.code() == Code::AccessIpUser || denial.public().status() == 401;
            of_the_caller.then_some(denial)
        });
    let first = decided.next()??;
    decided.all(|denial| denial.is_some()).then_some(first)
}

/// Whether it may have taken effect.
fn was_run(outcome: &CallOutcome<Answer>) -> bool {
    matches!(outcome, CallOutcome::Done(_) | CallOutcome::Failed(_) | CallOutcome::Abandoned)
}
