//! What an edit changes, as sentences for whoever is about to do it.

use alloc::{boxed::Box, string::String};
use core::fmt;

use crate::{
    policy::{Mode, Presigned, Replay, Strength},
    time::Timestamp,
};

/// One thing that an edit changes. `Display` is a sentence for whoever is about to do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub(super) subject: Box<str>,
    pub(super) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Enabled,
    Disabled,
    IntegrationOn,
    IntegrationOff,
    Filter { from: Option<usize>, to: Option<usize> },
    FilterMode { from: Mode, to: Mode },
    FilterFrom(Option<Timestamp>),
    Strength { from: (Strength, Mode), rule: Strength, mode: Mode },
    StrengthFrom(Option<Timestamp>),
    Replay { from: (Replay, Mode), to: (Replay, Mode) },
    ReplayFrom(Option<Timestamp>),
    Presigned { from: Presigned, to: Presigned },
    DefaultPolicy,
}

impl Change {
    /// Whether it may let callers in that were refused before.
    pub fn opens(&self) -> bool {
        match self.what {
            What::Enabled | What::IntegrationOn => true,
            What::Filter { from, to } => to.is_none() || from.is_some(),
            What::FilterMode { from, to } => from == Mode::Enforce && to != Mode::Enforce,
            What::Strength { from: (before, was), rule, mode } => {
                (mode != Mode::Enforce && was == Mode::Enforce) || rule < before
            }
            What::FilterFrom(from) | What::StrengthFrom(from) | What::ReplayFrom(from) => from.is_some(),
            What::Replay { from, to } => {
                (from.1 == Mode::Enforce && to.1 != Mode::Enforce)
                    || (from.0 == Replay::Every && to.0 != Replay::Every)
            }
            What::Presigned { from, to } => {
                from == Presigned::Refuse || (from == Presigned::SingleUse && to == Presigned::Reusable)
            }
            // What starts with it is enabled by another change, which opens.
            What::Disabled | What::IntegrationOff | What::DefaultPolicy => false,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.subject)?;
        let admits = |count: Option<usize>| match count {
            None => String::from("any address"),
            Some(1) => String::from("1 rule"),
            Some(count) => alloc::format!("{count} rules"),
        };
        match self.what {
            What::Enabled => f.write_str("switched on; levels that name its methods grant them"),
            What::Disabled => f.write_str("switched off; its methods are refused at once"),
            What::IntegrationOn => {
                f.write_str("integration enabled; its API users may call, from its addresses too")
            }
            What::IntegrationOff => f.write_str("integration disabled; its API users are refused at once"),
            What::Filter { from, to: None } => {
                write!(f, "the filter has no rule left instead of {}; this opens the endpoint", admits(from))
            }
            What::Filter { from, to } => {
                write!(f, "the filter admits {} instead of {}", admits(to), admits(from))
            }
            What::FilterMode { to, .. } => write!(f, "the filter is {}", mode_word(to)),
            What::Strength { rule, mode, .. } => {
                write!(f, "callers have to prove {rule}; that is {}", mode_word(mode))
            }
            What::FilterFrom(from) => dated(f, "the filter", from),
            What::StrengthFrom(from) => dated(f, "what callers have to prove", from),
            What::ReplayFrom(from) => dated(f, "that signed requests are taken once", from),
            What::Replay { to: (rule, mode), .. } => {
                let which = match rule {
                    Replay::Unsafe => "signed requests that change something are taken once",
                    Replay::Every => "every signed request is taken once",
                };
                write!(f, "{which}; that is {}", mode_word(mode))
            }
            What::Presigned { to, .. } => f.write_str(match to {
                Presigned::Refuse => "presigned URLs are refused",
                Presigned::Reusable => "presigned URLs are good as often as they are used, until their end",
                Presigned::SingleUse => "presigned URLs are good once",
            }),
            What::DefaultPolicy => f.write_str(
                "another policy for modules to start with; those that the account has keep theirs",
            ),
        }
    }
}

fn dated(f: &mut fmt::Formatter<'_>, what: &str, from: Option<Timestamp>) -> fmt::Result {
    match from {
        Some(at) => write!(f, "{what} is only observed before {at}"),
        None => write!(f, "{what} counts without a date"),
    }
}

fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "switched off",
        Mode::Observe => "observed",
        Mode::Enforce => "enforced",
    }
}
