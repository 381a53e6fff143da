//! Attempts that wait for the drain, each counted with those that are alike.
//!
//! ```text
//! attempt ─▶ one of code, source and key         one of few keys of a source
//!         ─▶ one of code and source              a source that tries many keys
//!         ─▶ one of code                         no room for another source
//! ```

use std::collections::{HashMap, hash_map::RandomState};

use super::{
    attempt::{Alike, Answer},
    record::CallRecord,
    source::CallSource,
};

/// Keys of one source and code that are kept apart, of those that nobody has. A person mistypes a few; whoever tries more is
/// trying keys.
const MAX_KEYS: u32 = 8;

/// Answers of which the rest is counted: all codes, and the statuses that calls with a bare key end in.
const MAX_ANSWERS: usize = 64;

/// Bounded by number; an attempt takes at most 4 KiB, since it has no body.
pub(super) struct Attempts {
    held: HashMap<Alike, (u64, CallRecord), RandomState>,
    /// How many keys that nobody has are held apart of a source.
    keys: HashMap<(Answer, CallSource), u32, RandomState>,
    /// What is counted by its answer alone.
    rest: HashMap<Answer, (u64, CallRecord), RandomState>,
    room: usize,
}

impl Attempts {
    pub(super) fn new(room: usize) -> Self {
        Self { held: HashMap::default(), keys: HashMap::default(), rest: HashMap::default(), room }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty() && self.rest.is_empty()
    }

    /// Counts it, under `number` if it is the first of its kind. `false` if there is no room even for its answer.
    pub(super) fn add(&mut self, number: u64, call: CallRecord, alike: Alike) -> bool {
        if let Some((_, held)) = self.held.get_mut(&alike) {
            held.count_in(&call);
            return true;
        }
        if self.held.len() >= self.room {
            return self.add_to_rest(number, call, alike.answer);
        }
        if call.caller.is_none() && alike.key.is_some() {
            let keys = self.keys.entry((alike.answer, alike.source)).or_default();
            if *keys >= MAX_KEYS {
                return self.add(number, call.of_any_key(), Alike { key: None, ..alike });
            }
            *keys += 1;
        }
        self.held.insert(alike, (number, call));
        true
    }

    fn add_to_rest(&mut self, number: u64, call: CallRecord, answer: Answer) -> bool {
        let call = call.of_any_source();
        if let Some((_, held)) = self.rest.get_mut(&answer) {
            held.count_in(&call);
            return true;
        }
        let room = self.room > 0 && self.rest.len() < MAX_ANSWERS;
        if room {
            self.rest.insert(answer, (number, call));
        }
        room
    }

    /// Leaves an empty one in its place.
    pub(super) fn take(&mut self) -> Self {
        let empty = Self::new(self.room);
        core::mem::replace(self, empty)
    }

    /// All of it, under their numbers.
    pub(super) fn into_calls(self) -> impl Iterator<Item = (u64, CallRecord)> {
        self.held.into_values().chain(self.rest.into_values())
    }
}

impl CallRecord {
    /// One of many keys that a source tries.
    fn of_any_key(self) -> Self {
        let reason = "a caller tried more keys than are kept apart; see what else comes from there";
        let (caller, key) = (None, None);
        Self { caller, key, reason: reason.into(), ..self }
    }

    /// One of more sources than are kept apart. Of its request nothing stays.
    fn of_any_source(self) -> Self {
        let reason = "callers from more places than are kept apart got this answer; have the service's edge slow them down";
        let (called, strength, request) = (None, None, None);
        Self {
            source: CallSource::Many,
            called,
            strength,
            request,
            reason: reason.into(),
            ..self.of_any_key()
        }
    }
}
