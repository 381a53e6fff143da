//! What a journal keeps: failed calls and administrative acts.

use super::{record::CallRecord, recording::Recording};
use crate::{
    credential::Act,
    id::{AccountId, UserId},
    time::Timestamp,
};

/// One entry of a journal. `Display` prints one line of logfmt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "most are calls, and a box for each would cost an allocation")]
pub enum JournalEntry {
    /// A call that failed.
    Call(CallRecord),
    /// Something that an administrator did.
    Act(Act),
}

/// Which part of a journal an entry belongs to. Each has room of its own: no number of entries of one part pushes out
/// those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum JournalPart {
    /// What administrators did.
    Acts,
    /// Failed calls of callers who had proven who they are.
    Calls,
    /// Failed calls of which nothing was proven. Anybody can make as many as they like.
    Attempts,
}

impl JournalPart {
    /// All parts.
    pub const ALL: [Self; 3] = [Self::Acts, Self::Calls, Self::Attempts];
}

impl JournalEntry {
    /// Which part it belongs to.
    pub fn part(&self) -> JournalPart {
        match self {
            Self::Act(_) => JournalPart::Acts,
            Self::Call(call) if call.is_proven() => JournalPart::Calls,
            Self::Call(_) => JournalPart::Attempts,
        }
    }

    /// When it happened; of several, the first.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Act(act) => act.at,
            Self::Call(call) => call.at(),
        }
    }

    /// When the last of what it stands for happened.
    pub fn last(&self) -> Timestamp {
        match self {
            Self::Act(act) => act.at,
            Self::Call(call) => call.last(),
        }
    }

    /// How many events it stands for.
    pub fn count(&self) -> u64 {
        match self {
            Self::Act(_) => 1,
            Self::Call(call) => call.count(),
        }
    }

    /// The account that it concerns, if that is known.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Act(act) => Some(act.account),
            Self::Call(call) => call.account(),
        }
    }

    /// The API user that it concerns, if that is known.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::Act(act) => act.user,
            Self::Call(call) => call.user(),
        }
    }
}

impl From<CallRecord> for JournalEntry {
    fn from(call: CallRecord) -> Self {
        Self::Call(call)
    }
}

/// Without a reply.
impl From<Recording> for JournalEntry {
    fn from(recording: Recording) -> Self {
        Self::Call(recording.into())
    }
}

impl From<Act> for JournalEntry {
    fn from(act: Act) -> Self {
        Self::Act(act)
    }
}
