//! Text areas: one rule a line, and every line of a text that is no rule.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use super::{
    problem::{InvalidRule, RuleProblem},
    rule::Rule,
};

/// One rule a line, lines ended by LF or CRLF, space and tab around a rule ignored, blank lines skipped.
pub(super) fn rules(text: &str) -> Result<Vec<Rule>, InvalidRules> {
    rules_but(text, |_| None)
}

/// Refuses in addition what `refuse` finds wrong with a rule.
pub(super) fn rules_but(
    text: &str,
    refuse: impl Fn(&Rule) -> Option<RuleProblem>,
) -> Result<Vec<Rule>, InvalidRules> {
    let (mut rules, mut lines) = (Vec::new(), Vec::new());
    for (index, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line).trim_matches([' ', '\t']);
        if line.is_empty() {
            continue;
        }
        let rule = line.parse().and_then(|rule| match refuse(&rule) {
            Some(problem) => Err(InvalidRule::at(0, problem)),
            None => Ok(rule),
        });
        match rule {
            Ok(rule) => rules.push(rule),
            Err(error) => lines.push(InvalidLine { number: index + 1, error }),
        }
    }
    if lines.is_empty() { Ok(rules) } else { Err(InvalidRules { lines: lines.into() }) }
}

/// Every line of a text that is no rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRules {
    lines: Box<[InvalidLine]>,
}

/// One line that is no rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {number}, {error}")]
pub struct InvalidLine {
    /// From 1.
    pub number: usize,
    /// What is wrong with it; positions count from the trimmed line's first byte.
    pub error: InvalidRule,
}

impl InvalidRules {
    /// The bad lines, in order; there is at least one.
    pub fn lines(&self) -> &[InvalidLine] {
        &self.lines
    }

    /// The whole text is at fault, which its last line completes.
    pub(super) fn last_line(text: &str, problem: RuleProblem) -> Self {
        let number = text.trim_end_matches(['\n', '\r', ' ', '\t']).split('\n').count();
        Self { lines: Box::new([InvalidLine { number, error: InvalidRule::at(0, problem) }]) }
    }
}

impl fmt::Display for InvalidRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().enumerate().try_for_each(|(index, line)| {
            if index > 0 {
                f.write_str("\n")?;
            }
            line.fmt(f)
        })
    }
}

impl core::error::Error for InvalidRules {}
