//! Attempts: calls of which nothing was proven, counted together where they are alike.

use alloc::{
    boxed::Box,
    string::{String, ToString},
};
use core::fmt;

use super::{record::CallRecord, source::CallSource};
use crate::decision::Code;

/// By what attempts are alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Alike {
    pub(super) answer: Answer,
    pub(super) source: CallSource,
    pub(super) key: Option<Box<str>>,
}

/// What they were told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Answer {
    Refused(Code),
    Failed(u16),
}

impl CallRecord {
    /// By what attempts are counted together, for the index of a journal: code, source and key. `None` for a call of a
    /// proven caller, which is kept by itself.
    pub fn alike(&self) -> Option<String> {
        self.as_attempt().map(|alike| alike.to_string())
    }

    /// Counts an attempt that is [alike](Self::alike) in this record. `false` if it is not; then nothing changes.
    ///
    /// What the two do not have in common is forgotten, of addresses all but their IPv6 /64. Request and reason stay.
    pub fn absorb(&mut self, other: &Self) -> bool {
        let alike = self.as_attempt().is_some_and(|alike| other.as_attempt() == Some(alike));
        if alike {
            self.count_in(other);
        }
        alike
    }

    pub(super) fn as_attempt(&self) -> Option<Alike> {
        let answer = self.code.map_or(Answer::Failed(self.status), Answer::Refused);
        (!self.is_proven()).then(|| Alike { answer, source: self.source.grouped(), key: self.key.clone() })
    }

    pub(super) fn count_in(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.count = self.count.saturating_add(other.count);
        self.source = self.source.with(other.source);
        if (self.account(), self.user()) != (other.account(), other.user()) {
            self.caller = None;
        }
        if self.called != other.called {
            self.called = None;
        }
        if self.strength != other.strength {
            self.strength = None;
        }
    }
}

impl fmt::Display for Alike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.answer {
            Answer::Refused(code) => code.fmt(f)?,
            Answer::Failed(status) => status.fmt(f)?,
        }
        write!(f, " {}", self.source)?;
        self.key.as_ref().map_or(Ok(()), |key| write!(f, " {key}"))
    }
}
