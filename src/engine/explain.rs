//! The same checks, each by itself, for the back office.

use core::{fmt, time::Duration};

use super::{
    admit::{admit_read, unread},
    live::live,
    permit::{Demand, each, permit},
    prove::{Means, prove},
    read::{has_body, readable},
};
use crate::{
    access::Catalogue,
    credential::Schemes,
    decision::{Code, Denial, Fault, Finding, Findings},
    policy::{Mode, Strength},
    presented::Presented,
    subject::Subject,
};

/// A check of the engine, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// Exactly one credential can be read.
    Readable,
    /// The key is known and its secret is the right one, if one was presented.
    Proven,
    /// The credential lives and its user is enabled.
    Live,
    /// The module demands no more than was proven.
    Strength,
    /// The address is in the user's list.
    UserList,
    /// The address is in the endpoint's filter.
    EndpointFilter,
    /// The catalogue has the method.
    Known,
    /// The method is not retired.
    NotRetired,
    /// The account has enabled the module.
    Module,
    /// The access level grants the method.
    Level,
}

/// How a check turned out by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not hold, and its policy only observes.
    Observed(Finding),
    /// It refuses, with this code.
    Refused(Code),
    /// There is nothing to check: no record, or no method.
    NotReached,
}

/// What the engine would answer, and how every check turned out, the later ones too where an earlier one refuses.
///
/// It tells what a caller must not learn: show it in the back office alone.
#[derive(Debug)]
pub struct Explanation {
    outcomes: [(Check, Outcome); 10],
    answer: Answer,
    mistyped: bool,
    staleness: Option<Duration>,
}

#[derive(Debug)]
enum Answer {
    Allow,
    Deny(Denial),
    Fault(Fault),
}

impl Explanation {
    /// Every check in the engine's order, with its outcome.
    pub fn checks(&self) -> impl Iterator<Item = (Check, Outcome)> {
        self.outcomes.iter().copied()
    }

    /// Whether the engine would allow the call.
    pub fn allows(&self) -> bool {
        matches!(self.answer, Answer::Allow)
    }

    /// The denial that the engine would answer with.
    pub fn denial(&self) -> Option<&Denial> {
        match &self.answer {
            Answer::Deny(denial) => Some(denial),
            Answer::Allow | Answer::Fault(_) => None,
        }
    }

    /// The fault that the engine would answer with.
    pub fn fault(&self) -> Option<&Fault> {
        match &self.answer {
            Answer::Fault(fault) => Some(fault),
            Answer::Allow | Answer::Deny(_) => None,
        }
    }

    /// The secret has our format and a checksum that does not fit: it was mistyped or cut, not guessed.
    pub fn mistyped(&self) -> bool {
        self.mistyped
    }

    /// How old, at most, the record was that was given, when it was looked up; `None` without a record.
    pub fn staleness(&self) -> Option<Duration> {
        self.staleness
    }

    /// One line per check, then the answer. Names come from the catalogue that decided.
    pub fn report<'c>(&self, catalogue: &'c Catalogue) -> impl fmt::Display + use<'c, '_> {
        Report { explanation: self, catalogue }
    }
}

pub(super) fn explain(
    means: Means<'_>,
    presented: &Presented<'_>,
    subject: Option<Subject>,
    demand: Demand<'_>,
) -> Explanation {
    let staleness = subject.as_ref().map(Subject::staleness);
    let outcomes = outcomes(means, presented, subject.as_ref(), demand);
    let mut checked = None;
    let read = readable(means.verifier, presented, demand.now, &mut checked);
    let mistyped = read.as_ref().ok().and_then(|read| read.secret()?.checksum()) == Some(false);
    let pass = |admitted, _| Ok(permit(&admitted, demand));
    let refuse = |denial| Ok(Err(denial));
    let answer = match has_body(presented).map(|()| read) {
        Err(fault) => Err(fault),
        Ok(Err(refused)) => refuse(unread(refused, presented)),
        Ok(Ok(read)) => {
            admit_read(means, presented, &read, subject, demand.now, |_, _| Mode::Off, pass, refuse)
        }
    };
    let answer = match answer {
        Err(fault) => Answer::Fault(fault),
        Ok(Ok(_)) => Answer::Allow,
        Ok(Err(denial)) => Answer::Deny(denial.asked(demand.client, demand.method)),
    };
    Explanation { outcomes, answer, mistyped, staleness }
}

fn outcomes(
    means: Means<'_>,
    presented: &Presented<'_>,
    subject: Option<&Subject>,
    demand: Demand<'_>,
) -> [(Check, Outcome); 10] {
    let refused =
        |refuses: bool| if refuses { Outcome::Refused(Code::CredentialInvalid) } else { Outcome::Passed };
    let mut checked = None;
    let read = readable(means.verifier, presented, demand.now, &mut checked);
    let (scheme, strength, presigned) =
        read.as_ref().map_or((Schemes::PLAIN, Strength::KeyOnly, false), |read| {
            (read.scheme(), read.strength(), read.is_presigned())
        });
    let proven = read.as_ref().ok().filter(|_| has_body(presented).is_ok()).map(|read| {
        let same = prove(means, read, subject, demand.now, &mut None).is_ok_and(|proven| proven.is_some());
        refused(subject.is_none() || !same)
    });
    let lives = subject.map(|subject| refused(live(subject, scheme, demand.now).is_err()));
    let rest = subject.map(|subject| each(subject, (strength, presigned), demand).map(outcome));
    let [strong, listed, passed, known, current, on, granted] = rest.unwrap_or([Outcome::NotReached; 7]);
    [
        (Check::Readable, read.map_or_else(|(code, _)| Outcome::Refused(code), |_| Outcome::Passed)),
        (Check::Proven, proven.unwrap_or(Outcome::NotReached)),
        (Check::Live, lives.unwrap_or(Outcome::NotReached)),
        (Check::Strength, strong),
        (Check::UserList, listed),
        (Check::EndpointFilter, passed),
        (Check::Known, known),
        (Check::NotRetired, current),
        (Check::Module, on),
        (Check::Level, granted),
    ]
}

fn outcome(result: Option<Result<Findings, super::permit::Refused>>) -> Outcome {
    match result {
        None => Outcome::NotReached,
        Some(Err((code, _))) => Outcome::Refused(code),
        Some(Ok(findings)) => findings.iter().next().map_or(Outcome::Passed, Outcome::Observed),
    }
}

struct Report<'e, 'c> {
    explanation: &'e Explanation,
    catalogue: &'c Catalogue,
}

impl fmt::Display for Report<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (check, outcome) in self.explanation.checks() {
            writeln!(f, "{check:<16} {outcome}")?;
        }
        match &self.explanation.answer {
            Answer::Allow => f.write_str("allowed")?,
            Answer::Deny(denial) => write!(f, "denied: {}", denial.operator().sentence(self.catalogue))?,
            Answer::Fault(fault) => write!(f, "fault: {fault}")?,
        }
        if self.explanation.mistyped {
            f.write_str("; the secret's checksum does not fit, so it was mistyped or cut")?;
        }
        match self.explanation.staleness {
            Some(age) if !age.is_zero() => write!(f, "; by a record of up to {age:?} ago")?,
            _ => {}
        }
        Ok(())
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Readable => "readable",
            Self::Proven => "proven",
            Self::Live => "live",
            Self::Strength => "strength",
            Self::UserList => "user list",
            Self::EndpointFilter => "endpoint filter",
            Self::Known => "known",
            Self::NotRetired => "not retired",
            Self::Module => "module",
            Self::Level => "level",
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Observed(finding) => write!(f, "observed {finding}"),
            Self::Refused(code) => write!(f, "refused {code}"),
            Self::NotReached => f.write_str("not reached"),
        }
    }
}
