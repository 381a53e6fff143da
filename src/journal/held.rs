//! An entry in memory: how much room it takes, and which others are counted in it.

use super::{
    attempt::Alike,
    entry::JournalEntry,
    exchange::{LINE, Request},
    record::CallRecord,
    redact::Shown,
};

impl JournalEntry {
    pub(super) fn as_attempt(&self) -> Option<Alike> {
        if let Self::Call(call) = self { call.as_attempt() } else { None }
    }

    /// Both are attempts that are alike.
    pub(super) fn count_in(&mut self, other: &Self) {
        if let (Self::Call(held), Self::Call(other)) = (self, other) {
            held.count_in(other);
        }
    }

    /// Memory that it takes, about.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Act(act) => act.actor.len(),
                Self::Call(call) => call.heap(),
            }
    }
}

impl CallRecord {
    fn heap(&self) -> usize {
        let caller = self.caller.as_ref().map_or(0, |caller| caller.name.len());
        let called = self.called.as_ref().map_or(0, |called| called.module.len() + called.method.len());
        let key = self.key.as_ref().map_or(0, |key| key.len());
        // An attempt stands in an index besides.
        let index = if self.is_proven() { 0 } else { size_of::<(Alike, u64)>() + key };
        let request = self.request.as_ref().map_or(0, |request| request.bytes());
        let reply = self.reply.as_ref().map_or(0, |reply| size_of::<Shown>() + heap(reply));
        caller + called + key + index + self.reason.len() + request + reply
    }
}

impl Request {
    fn bytes(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| LINE + name.len() + value.len()).sum();
        size_of::<Self>() + self.verb.len() + heap(&self.target) + headers + heap(&self.body)
    }
}

/// Bytes that it takes beside itself.
fn heap(shown: &Shown) -> usize {
    if let Shown::Text(text) = shown { text.len() } else { 0 }
}
