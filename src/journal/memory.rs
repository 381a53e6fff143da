//! A journal in memory, of a bounded size.

use std::{
    collections::{HashMap, hash_map::RandomState},
    convert::Infallible,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    vec::Vec,
};

use super::{
    attempt::Alike,
    browse::{JournalCursor, JournalPage, JournalQuery},
    entry::{JournalEntry, JournalPart},
    keep::Journal,
    ring::Ring,
    source::CallSource,
};
use crate::time::Timestamp;

/// The latest entries in memory, for tests, small services and as the reference of what a journal does. Nothing outlives
/// the process; its futures are ready at the first poll.
///
/// Calls have half of the room, acts and attempts a quarter each; the oldest of a part goes for its newest. Attempts that
/// are alike are one entry for up to an hour, and those that a recorder could not keep apart have a little room of their
/// own, since few entries stand for many. A query looks through the entries one by one.
///
/// ```
/// # pollster::block_on(async {
/// use keyward::*;
/// let journal = MemoryJournal::bounded(10_000, 16 << 20); // at most so many entries and bytes
/// # let now = Timestamp::from_unix(1_795_348_800);
/// let mut user = ApiUser::new("acme".parse()?, "u1".parse()?, "checkout", AccessLevel::Full, Allowlist::none())?;
/// let act = user.disable(By::new("admin@acme", now));
/// journal.append(vec![act.into()]).await?;
/// let page = journal.browse(&JournalQuery::of_account("acme".parse()?)).await?;
/// assert_eq!(page.entries[0].to_string(), "at=2026-11-22T12:00:00Z event=disable account=acme user=u1 actor=admin@acme");
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
pub struct MemoryJournal(Mutex<Kept>);

struct Kept {
    acts: Ring,
    calls: Ring,
    attempts: Ring,
    /// Attempts of more sources than were kept apart.
    rest: Ring,
    /// Where attempts that are alike are counted.
    alike: HashMap<Alike, u64, RandomState>,
    /// What the next entry is given.
    number: u64,
    /// Events whose entries had to go for newer ones.
    displaced: u64,
}

/// Seconds from an attempt to the last that is counted in its entry. So a page of yesterday does not change today, and who
/// keeps trying shows once an hour.
const MERGED: u64 = 3600;

impl MemoryJournal {
    /// Keeps at most so many entries, and so many bytes of them: a quarter for acts, half for calls of proven callers, the
    /// rest for attempts. An entry that has no room in its part by itself is not kept, and counts as displaced; the
    /// longest of a proven call has about 64 KB, so give it a few MiB.
    ///
    /// All accounts share the rooms: the failing calls of one of them can push out another's. Where that matters, keep a
    /// journal for each.
    pub fn bounded(entries: usize, bytes: usize) -> Self {
        let part = |sixteenths: usize| {
            let share = |room: usize| room / 16 * sixteenths + room % 16 * sixteenths / 16;
            Ring::new(share(entries), share(bytes))
        };
        Self(Mutex::new(Kept {
            acts: part(4),
            calls: part(8),
            attempts: part(3),
            rest: part(1),
            alike: HashMap::default(),
            number: 0,
            displaced: 0,
        }))
    }

    /// How many events were in entries that had to go for newer ones.
    pub fn displaced(&self) -> u64 {
        self.kept().displaced
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        let kept = self.kept();
        kept.rings().map(Ring::len).sum()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn rings(&self) -> impl Iterator<Item = &Ring> {
        [&self.acts, &self.calls, &self.attempts, &self.rest].into_iter()
    }

    /// Where an entry belongs.
    fn ring(&mut self, entry: &JournalEntry) -> &mut Ring {
        match entry {
            JournalEntry::Act(_) => &mut self.acts,
            JournalEntry::Call(call) if call.is_proven() => &mut self.calls,
            JournalEntry::Call(call) if call.client() == CallSource::Many => &mut self.rest,
            JournalEntry::Call(_) => &mut self.attempts,
        }
    }

    fn append(&mut self, entry: JournalEntry) {
        let alike = entry.as_attempt();
        if let Some(number) = alike.as_ref().and_then(|alike| self.alike.get(alike).copied())
            && self.ring(&entry).change(number, |held| merged(held, &entry))
        {
            return;
        }
        let number = self.number;
        self.number += 1;
        if let Some(alike) = alike {
            self.alike.insert(alike, number);
        }
        let (mut gone, mut displaced) = (Vec::new(), 0);
        self.ring(&entry).push(number, entry, |number, old| {
            displaced += old.count();
            gone.extend(old.as_attempt().map(|alike| (alike, number)));
        });
        self.displaced += displaced;
        self.part_with(gone);
    }

    /// These are gone; others that are alike may have taken their places already.
    fn part_with(&mut self, gone: Vec<(Alike, u64)>) {
        for (alike, number) in gone {
            if self.alike.get(&alike) == Some(&number) {
                self.alike.remove(&alike);
            }
        }
    }

    fn forget(&mut self, part: JournalPart, before: Timestamp) -> u64 {
        let (mut forgotten, mut gone) = (0, Vec::new());
        let rings = [&mut self.acts, &mut self.calls, &mut self.attempts, &mut self.rest];
        for ring in rings {
            ring.forget(part, before, |number, old| {
                forgotten += 1;
                gone.extend(old.as_attempt().map(|alike| (alike, number)));
            });
        }
        self.part_with(gone);
        forgotten
    }

    fn browse(&self, query: &JournalQuery) -> JournalPage {
        let mut rings: Vec<_> = self.rings().map(|ring| ring.found(query).peekable()).collect();
        let mut entries = Vec::new();
        let mut last = None;
        loop {
            let heads = rings.iter_mut().enumerate().filter_map(|(at, ring)| Some((ring.peek()?.0, at)));
            let Some((_, newest)) = heads.max() else { return JournalPage::new(entries, None) };
            if entries.len() == query.page() {
                return JournalPage::new(entries, last);
            }
            let Some((number, entry)) = rings.get_mut(newest).and_then(Iterator::next) else { continue };
            entries.push(entry.clone());
            last = Some(JournalCursor::behind(*number));
        }
    }
}

/// Counts an attempt in one that is alike, unless that is too old for it.
fn merged(held: &mut JournalEntry, entry: &JournalEntry) -> bool {
    let apart = entry.last().unix().saturating_sub(held.at().unix());
    let near = apart.unsigned_abs() < MERGED;
    if near {
        held.count_in(entry);
    }
    near
}

impl Journal for MemoryJournal {
    type Error = Infallible;

    async fn append(&self, entries: Vec<JournalEntry>) -> Result<(), Infallible> {
        let mut kept = self.kept();
        for entry in entries {
            kept.append(entry);
        }
        Ok(())
    }

    async fn browse(&self, query: &JournalQuery) -> Result<JournalPage, Infallible> {
        Ok(self.kept().browse(query))
    }

    async fn forget(&self, part: JournalPart, before: Timestamp) -> Result<u64, Infallible> {
        Ok(self.kept().forget(part, before))
    }
}

impl fmt::Debug for MemoryJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryJournal").field("entries", &self.len()).finish_non_exhaustive()
    }
}
