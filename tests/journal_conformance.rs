//! The duties of a journal: the one in memory keeps all of them, and whatever breaks one fails that one.
#![cfg(all(feature = "std", feature = "conformance"))]

use std::{collections::HashMap, convert::Infallible, sync::Mutex};

use keyward::{
    CallRecord, Journal, JournalCursor, JournalEntry, JournalPage, JournalPart, JournalQuery, MemoryJournal,
    Timestamp, conformance,
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Bug {
    None,
    /// Has no column for the end that an act sets.
    LosesEnds,
    /// Orders by the moment of a call.
    ByTime,
    /// Always names a next page.
    Endless,
    /// Takes a cursor for a number of entries to skip.
    Positions,
    /// Numbers its entries anew when some are gone.
    Renumbers,
    /// Compares accounts without case.
    Folds,
    /// Does not look at modules.
    AnyModule,
    /// Takes what is not an act for an attempt.
    NotAnAct,
    /// Leaves the last second of a time out.
    OpenEnd,
    /// Has one room for all parts.
    OneRoom,
    /// Keeps one of many attempts.
    KeepsTheFirst,
    /// Forgets all parts at once.
    ForgetsAll,
    /// Has a column of 16 KiB.
    ShortColumn,
    /// Keeps what is ASCII of a name.
    Ascii,
}

/// A journal of its own, with one bug.
struct Buggy {
    bug: Bug,
    entries: Mutex<Vec<(u64, JournalEntry)>>,
    /// Which of them attempts are counted in.
    alike: Mutex<HashMap<String, u64>>,
}

const ROOM: usize = 1_000;

impl Buggy {
    fn new(bug: Bug) -> Self {
        Self { bug, entries: Mutex::default(), alike: Mutex::default() }
    }

    fn has(&self, bug: Bug) -> bool {
        self.bug == bug
    }

    fn meets(&self, query: &JournalQuery, entry: &JournalEntry) -> bool {
        let mut query = query.clone();
        if self.has(Bug::Folds) {
            let fold = |entry: &JournalEntry| entry.account().map(|account| account.as_str().to_lowercase());
            let wanted = query.account.take().map(|account| account.as_str().to_lowercase());
            return query.is_met_by(entry) && (wanted.is_none() || fold(entry) == wanted);
        }
        if self.has(Bug::AnyModule) {
            query.module = None;
        }
        if self.has(Bug::NotAnAct) && query.part == Some(JournalPart::Attempts) {
            query.part = None;
            return query.is_met_by(entry) && entry.part() != JournalPart::Acts;
        }
        if self.has(Bug::OpenEnd) && query.until == Some(entry.at()) {
            return false;
        }
        query.is_met_by(entry)
    }
}

/// The entry of that number, if it is there yet.
fn numbered(entries: &mut [(u64, JournalEntry)], number: u64) -> Option<&mut CallRecord> {
    let at = entries.binary_search_by_key(&number, |(number, _)| *number).ok()?;
    if let JournalEntry::Call(held) = &mut entries[at].1 { Some(held) } else { None }
}

impl Journal for Buggy {
    type Error = Infallible;

    async fn append(&self, new: Vec<JournalEntry>) -> Result<(), Infallible> {
        let mut entries = self.entries.lock().unwrap();
        for mut entry in new {
            if self.has(Bug::ShortColumn) && entry.encode().len() > 1 << 14 {
                continue;
            }
            if let JournalEntry::Act(act) = &mut entry
                && self.has(Bug::Ascii)
            {
                act.actor = act.actor.chars().filter(char::is_ascii).collect();
            }
            if let JournalEntry::Act(act) = &mut entry
                && self.has(Bug::LosesEnds)
            {
                act.end = None;
            }
            let number = entries.last().map_or(0, |(number, _)| number + 1);
            if let JournalEntry::Call(call) = &entry
                && let Some(alike) = call.alike()
            {
                let held = *self.alike.lock().unwrap().entry(alike).or_insert(number);
                if let Some(held) = numbered(&mut entries, held) {
                    assert!(self.has(Bug::KeepsTheFirst) || held.absorb(call));
                    continue;
                }
            }
            entries.push((number, entry));
            let one = |entry: &JournalEntry| self.has(Bug::OneRoom) || entry.part() == JournalPart::Attempts;
            if entries.len() > ROOM {
                let oldest = entries.iter().position(|(_, entry)| one(entry)).unwrap();
                entries.remove(oldest);
            }
        }
        Ok(())
    }

    async fn browse(&self, query: &JournalQuery) -> Result<JournalPage, Infallible> {
        let mut entries = self.entries.lock().unwrap().clone();
        entries.reverse();
        if self.has(Bug::ByTime) {
            entries.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.at()));
        }
        entries.retain(|(_, entry)| self.meets(query, entry));
        let mut place = 0;
        if let Some(after) = query.after {
            if self.has(Bug::Positions) {
                place = usize::try_from(after.number()).unwrap().min(entries.len());
                entries.drain(..place);
            } else {
                entries.retain(|(number, _)| *number < after.number());
            }
        }
        let more = entries.len() > query.page();
        entries.truncate(query.page());
        let last = if self.has(Bug::Positions) {
            Some(u64::try_from(place + entries.len()).unwrap())
        } else {
            entries.last().map(|(number, _)| *number).or(self.has(Bug::Endless).then_some(0))
        };
        let next = last.filter(|_| more || self.has(Bug::Endless)).map(JournalCursor::behind);
        Ok(JournalPage::new(entries.into_iter().map(|(_, entry)| entry).collect(), next))
    }

    async fn forget(&self, part: JournalPart, before: Timestamp) -> Result<u64, Infallible> {
        let mut entries = self.entries.lock().unwrap();
        let had = entries.len();
        let all = self.has(Bug::ForgetsAll);
        entries.retain(|(_, entry)| entry.last() >= before || (entry.part() != part && !all));
        if self.has(Bug::Renumbers) {
            (0..).zip(&mut *entries).for_each(|(number, entry)| entry.0 = number);
        }
        Ok(u64::try_from(had - entries.len()).unwrap())
    }
}

#[test]
fn the_journal_in_memory_keeps_every_duty_whatever_its_room() {
    for entries in [400, 4_000, 100_000] {
        let report =
            pollster::block_on(conformance::journal(async || MemoryJournal::bounded(entries, 64 << 20)));
        assert!(report.passed(), "{entries} entries:\n{report}");
        assert_eq!(report.checks().len(), 13);
    }
}

#[test]
fn a_journal_of_another_make_keeps_every_duty() {
    let report = pollster::block_on(conformance::journal(async || Buggy::new(Bug::None)));
    assert!(report.passed(), "{report}");
}

#[test]
fn a_journal_that_breaks_one_duty_fails_that_one_alone() {
    for (bug, duty) in [
        (Bug::LosesEnds, "what is appended is read back"),
        (Bug::ByTime, "what arrived last is listed first"),
        (Bug::Endless, "pages end and leave nothing out"),
        (Bug::Positions, "what arrives between two pages moves neither"),
        (Bug::Renumbers, "what is forgotten between two pages moves neither"),
        (Bug::Folds, "an account is shown its own entries"),
        (Bug::AnyModule, "calls are found by module, method and code"),
        (Bug::NotAnAct, "parts are told apart"),
        (Bug::OpenEnd, "entries are found by their time"),
        (Bug::OneRoom, "no flood of attempts displaces what was proven"),
        (Bug::KeepsTheFirst, "attempts are counted, and together only where they are alike"),
        (Bug::ForgetsAll, "what is over before a moment is forgotten"),
        (Bug::ShortColumn, "entries of any script and size are kept"),
        (Bug::Ascii, "entries of any script and size are kept"),
    ] {
        let report = pollster::block_on(conformance::journal(async || Buggy::new(bug)));
        let failed: Vec<_> = report.failures().map(conformance::Check::duty).collect();
        assert_eq!(failed, [duty], "{bug:?}\n{report}");
        assert!(report.failures().all(|check| check.broken().unwrap().contains("; ")), "{report}");
    }
}

#[test]
fn a_journal_that_fails_breaks_every_duty_and_panics_at_none() {
    #[derive(Debug, thiserror::Error)]
    #[error("the disk is full")]
    struct Full;
    struct Failing;
    impl Journal for Failing {
        type Error = Full;
        async fn append(&self, _: Vec<JournalEntry>) -> Result<(), Full> {
            Err(Full)
        }
        async fn browse(&self, _: &JournalQuery) -> Result<JournalPage, Full> {
            Err(Full)
        }
        async fn forget(&self, _: JournalPart, _: Timestamp) -> Result<u64, Full> {
            Err(Full)
        }
    }
    let report = pollster::block_on(conformance::journal(async || Failing));
    assert_eq!(report.failures().count(), report.checks().len());
    let said = "failed with \"the disk is full\"; it has to answer";
    assert!(report.failures().all(|check| check.broken() == Some(said)));
}
