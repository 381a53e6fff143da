//! The service's journal: refused calls and what administrators did, collected beside the requests and read afterwards.

use keyward::{
    CallRecord, Catalogue, Denial, Drain, Entropy, Journal, JournalEntry, JournalPart, JournalQuery, KeyId,
    MemoryJournal, Recorder, RedactionKey, Redactor, RequestHead, Timestamp, UserId,
};

use crate::Result;

pub(crate) struct Log {
    recorder: Recorder,
    drain: Drain,
    journal: MemoryJournal,
    redactor: Redactor,
}

impl Log {
    pub(crate) fn new(entropy: &mut impl Entropy) -> Result<Self> {
        let mut key = [0; 32];
        entropy.fill(&mut key)?;
        let (recorder, drain) = Recorder::bounded(1024);
        let journal = MemoryJournal::bounded(10_000, 16 << 20);
        Ok(Self { recorder, drain, journal, redactor: Redactor::new(RedactionKey::new(key)?) })
    }

    /// Where requests are answered. It waits for nothing.
    pub(crate) fn refused(
        &self,
        denial: &Denial,
        now: Timestamp,
        catalogue: &Catalogue,
        head: RequestHead<'_>,
        body: &[u8],
    ) {
        self.recorder.offer(CallRecord::refused(denial, now, catalogue).request(head, body, &self.redactor));
    }

    pub(crate) fn act(&self, act: impl Into<JournalEntry>) {
        self.recorder.offer(act);
    }

    /// What a task of a service does all the time: `drain.drain_into(journal)`.
    pub(crate) fn drain(&mut self) -> Result<()> {
        Ok(pollster::block_on(self.journal.append(self.drain.take()))?)
    }

    /// A page of one part, and how much there is of it.
    pub(crate) fn page(&self, part: JournalPart, lines: usize) -> Result<String> {
        let query = JournalQuery::all().part(part);
        let page = pollster::block_on(self.journal.browse(&query.clone().limit(lines)))?;
        let mut table = vec![heading(part).iter().map(|&column| column.into()).collect()];
        table.extend(page.entries.iter().map(row));
        let (mut more, mut next) = (0, page.next);
        while next.is_some() {
            let page = pollster::block_on(self.journal.browse(&query.clone().after(next)))?;
            more += page.entries.len();
            next = page.next;
        }
        let more = if more > 0 { format!("  {more} more on the next pages\n") } else { String::new() };
        Ok(aligned(&table) + &more)
    }
}

fn heading(part: JournalPart) -> &'static [&'static str] {
    match part {
        JournalPart::Acts => &["when", "what", "user", "key", "in place of", "by"],
        JournalPart::Attempts => &["last", "answer", "user", "called", "from", "calls"],
        _ => &["when", "answer", "user", "called", "from"],
    }
}

fn row(entry: &JournalEntry) -> Vec<String> {
    let text = |text: Option<&str>| text.unwrap_or("-").to_owned();
    match entry {
        JournalEntry::Act(act) => vec![
            act.at.to_string(),
            act.kind.to_string(),
            text(act.user.as_ref().map(UserId::as_str)),
            text(act.key_id.as_ref().map(KeyId::as_str)),
            text(act.replaced.as_ref().map(KeyId::as_str)),
            act.actor.to_string(),
        ],
        JournalEntry::Call(call) => {
            let calls = (!call.is_proven()).then(|| call.count().to_string());
            let answer = format!("{} {}", call.status(), call.code().map_or("", |code| code.as_str()));
            let (user, called) = (text(call.user_name()), text(call.method()));
            let row = [call.last().to_string(), answer, user, called, call.client().to_string()];
            row.into_iter().chain(calls).collect()
        }
        other => vec![other.to_string()],
    }
}

fn aligned(table: &[Vec<String>]) -> String {
    let columns = table.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column| table.iter().filter_map(|row| row.get(column)).map(String::len).max();
    let widths: Vec<_> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("  {cell:<width$}"));
        format!("{}\n", cells.collect::<String>().trim_end())
    };
    table.iter().map(line).collect()
}
