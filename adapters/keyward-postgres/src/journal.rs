//! Entries of the journal, each a row.

use std::{collections::BTreeMap, time::Duration};

use deadpool_postgres::{Object, Transaction};
use keyward::{
    AccountId, CallRecord, Journal, JournalCursor, JournalEntry, JournalPage, JournalPart, JournalQuery,
    Timestamp,
};
use tokio::time::timeout;

use crate::{
    error::PostgresError,
    store::{PostgresStore, transact},
};

/// Attempts are counted in one entry for so long.
const TOGETHER: Duration = Duration::from_secs(3_600);

/// Entries that are written in one statement, at 66 KiB at the most.
const CHUNK: usize = 256;

/// Entries that one transaction drops: others wait for it.
const DROPPED: i64 = 10_000;

/// Entries that are read at a time where they are looked through.
const PAGE: i64 = 256;

/// How long looking through them may take.
const SWEEP: Duration = Duration::from_secs(60);

/// Account and part are looked for in an index; the other conditions are checked entry by entry, page after page.
///
/// Instances append one after the other, in the order of their commits. Append many entries at a time.
impl Journal for PostgresStore {
    type Error = PostgresError;

    async fn append(&self, entries: Vec<JournalEntry>) -> Result<(), PostgresError> {
        let room = i64::try_from(self.options.entries).unwrap_or(i64::MAX);
        transact!(self, async |transaction| append(transaction, &entries, room).await)
    }

    async fn browse(&self, query: &JournalQuery) -> Result<JournalPage, PostgresError> {
        let answer = self.options.answer;
        self.within(SWEEP, async |client| browse(client, query, answer).await).await
    }

    async fn forget(&self, part: JournalPart, before: Timestamp) -> Result<u64, PostgresError> {
        let mut forgotten = 0;
        loop {
            let gone = transact!(self, async |transaction| forget(transaction, part, before).await)?;
            forgotten += gone;
            if gone < DROPPED.unsigned_abs() {
                return Ok(forgotten);
            }
        }
    }
}

/// As it is in the table, for good. A part that a later release adds counts as attempts, the part that anybody can fill.
fn number(part: JournalPart) -> i16 {
    match part {
        JournalPart::Acts => 0,
        JournalPart::Calls => 1,
        _ => 2,
    }
}

/// Whoever writes is alone until the commit: so numbers are in the order of the commits, and no page is passed by an
/// entry that is committed late.
async fn lock(transaction: &Transaction<'_>) -> Result<(), PostgresError> {
    let lock = transaction.prepare_cached("SELECT FROM journal_parts ORDER BY part FOR UPDATE").await?;
    transaction.query(&lock, &[]).await?;
    Ok(())
}

/// An entry to be written: a new one, or one that has its place.
struct Draft {
    place: Option<i64>,
    alike: Option<String>,
    entry: JournalEntry,
}

async fn append(
    transaction: &Transaction<'_>,
    entries: &[JournalEntry],
    room: i64,
) -> Result<(), PostgresError> {
    lock(transaction).await?;
    let (drafts, over) = draft(held(transaction, entries).await?, entries);
    let free = transaction.prepare_cached("UPDATE journal SET alike = NULL WHERE number = ANY ($1)").await?;
    transaction.execute(&free, &[&over]).await?;
    let (placed, new): (Vec<_>, Vec<_>) = drafts.into_iter().partition(|draft| draft.place.is_some());
    put(transaction, &placed).await?;
    insert(transaction, &new).await?;
    trim(transaction, room, entries.len()).await
}

/// The entries in which attempts that are alike are counted, by what they have in common.
async fn held(
    transaction: &Transaction<'_>,
    entries: &[JournalEntry],
) -> Result<BTreeMap<String, (i64, JournalEntry)>, PostgresError> {
    let alike: Vec<_> = entries.iter().filter_map(alike).collect();
    let alike: Vec<&[u8]> = alike.iter().map(String::as_bytes).collect();
    let sql = "SELECT number, alike, entry FROM journal WHERE alike = ANY ($1)";
    let held = transaction.prepare_cached(sql).await?;
    let rows = transaction.query(&held, &[&alike]).await?;
    let held = rows.iter().map(|row| {
        let alike = String::from_utf8_lossy(row.try_get(1)?).into_owned();
        Ok((alike, (row.try_get(0)?, JournalEntry::decode(row.try_get(2)?)?)))
    });
    held.collect()
}

fn alike(entry: &JournalEntry) -> Option<String> {
    if let JournalEntry::Call(call) = entry { call.alike() } else { None }
}

/// What is to be written, in its order, and the places of entries in which nothing is counted any more.
fn draft(held: BTreeMap<String, (i64, JournalEntry)>, entries: &[JournalEntry]) -> (Vec<Draft>, Vec<i64>) {
    let (mut drafts, mut over) = (Vec::new(), Vec::new());
    let mut counting = BTreeMap::new();
    for (alike, (place, entry)) in held {
        counting.insert(alike.clone(), drafts.len());
        drafts.push(Draft { place: Some(place), alike: Some(alike), entry });
    }
    for entry in entries {
        let alike = alike(entry);
        let counted = alike.as_ref().and_then(|alike| drafts.get_mut(*counting.get(alike)?));
        if let (Some(counted), JournalEntry::Call(call)) = (counted, entry) {
            if count(counted, call) {
                continue;
            }
            counted.alike = None;
            over.extend(counted.place);
        }
        if let Some(alike) = &alike {
            counting.insert(alike.clone(), drafts.len());
        }
        drafts.push(Draft { place: None, alike, entry: entry.clone() });
    }
    (drafts, over)
}

/// Counts an attempt in one that is alike. One that is too old for it is not counted in any more.
fn count(counted: &mut Draft, call: &CallRecord) -> bool {
    let JournalEntry::Call(held) = &mut counted.entry else { return false };
    call.last() <= held.at().plus(TOGETHER) && held.absorb(call)
}

async fn put(transaction: &Transaction<'_>, drafts: &[Draft]) -> Result<(), PostgresError> {
    let sql = "UPDATE journal SET last = new.last, account = new.account, entry = new.entry
         FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bytea[]) new (number, last, account, entry)
         WHERE journal.number = new.number";
    let put = transaction.prepare_cached(sql).await?;
    for chunk in drafts.chunks(CHUNK) {
        let places: Vec<_> = chunk.iter().filter_map(|draft| draft.place).collect();
        let columns = Columns::of(chunk);
        transaction.execute(&put, &[&places, &columns.last, &columns.accounts(), &columns.entries]).await?;
    }
    Ok(())
}

async fn insert(transaction: &Transaction<'_>, drafts: &[Draft]) -> Result<(), PostgresError> {
    let sql = "INSERT INTO journal (part, last, account, alike, entry)
         SELECT part, last, account, alike, entry
         FROM unnest($1::smallint[], $2::bigint[], $3::text[], $4::bytea[], $5::bytea[])
             WITH ORDINALITY new (part, last, account, alike, entry, place)
         ORDER BY place";
    let insert = transaction.prepare_cached(sql).await?;
    for chunk in drafts.chunks(CHUNK) {
        let parts: Vec<_> = chunk.iter().map(|draft| number(draft.entry.part())).collect();
        let alike: Vec<_> = chunk.iter().map(|draft| draft.alike.as_ref().map(String::as_bytes)).collect();
        let columns = Columns::of(chunk);
        let accounts = columns.accounts();
        transaction.execute(&insert, &[&parts, &columns.last, &accounts, &alike, &columns.entries]).await?;
    }
    Ok(())
}

struct Columns {
    last: Vec<i64>,
    accounts: Vec<Option<AccountId>>,
    entries: Vec<Vec<u8>>,
}

impl Columns {
    fn of(drafts: &[Draft]) -> Self {
        Self {
            last: drafts.iter().map(|draft| draft.entry.last().unix()).collect(),
            accounts: drafts.iter().map(|draft| draft.entry.account()).collect(),
            entries: drafts.iter().map(|draft| draft.entry.encode()).collect(),
        }
    }

    fn accounts(&self) -> Vec<Option<&str>> {
        self.accounts.iter().map(|account| account.as_ref().map(AccountId::as_str)).collect()
    }
}

/// Each part has its own room, and gives up its own oldest. Where the room has become much smaller, a little more than was
/// written at a time.
async fn trim(transaction: &Transaction<'_>, room: i64, written: usize) -> Result<(), PostgresError> {
    let sql = "SELECT part, used - $1 FROM journal_parts WHERE used > $1";
    let over = transaction.prepare_cached(sql).await?;
    let sql = "DELETE FROM journal WHERE number IN
         (SELECT number FROM journal WHERE part = $1 ORDER BY number LIMIT $2)";
    let trim = transaction.prepare_cached(sql).await?;
    let most = DROPPED.saturating_add(i64::try_from(written).unwrap_or(i64::MAX));
    for row in transaction.query(&over, &[&room]).await? {
        let (part, over): (i16, i64) = (row.try_get(0)?, row.try_get(1)?);
        transaction.execute(&trim, &[&part, &over.min(most)]).await?;
    }
    Ok(())
}

/// Some of them, and how many.
async fn forget(
    transaction: &Transaction<'_>,
    part: JournalPart,
    before: Timestamp,
) -> Result<u64, PostgresError> {
    lock(transaction).await?;
    let sql = "DELETE FROM journal WHERE number IN
         (SELECT number FROM journal WHERE part = $1 AND last < $2 ORDER BY last LIMIT $3)";
    let forget = transaction.prepare_cached(sql).await?;
    Ok(transaction.execute(&forget, &[&number(part), &before.unix(), &DROPPED]).await?)
}

async fn browse(
    client: &Object,
    query: &JournalQuery,
    answer: Duration,
) -> Result<JournalPage, PostgresError> {
    let mut sql = String::from("SELECT number, entry FROM journal WHERE number < $1");
    // A condition that is not asked for still names its parameter, so that all statements take the same ones.
    sql.push_str(if query.account.is_some() { " AND account = $2" } else { " AND $2::text IS NULL" });
    sql.push_str(if query.part.is_some() { " AND part = $3" } else { " AND $3::smallint IS NULL" });
    sql.push_str(" ORDER BY number DESC LIMIT $4");
    let statement = client.prepare_cached(&sql).await?;
    let account = query.account.as_ref().map(AccountId::as_str);
    let part = query.part.map(number);
    let mut behind = query.after.map_or(i64::MAX, |after| i64::try_from(after.number()).unwrap_or(i64::MAX));
    let (mut entries, mut next) = (Vec::new(), None);
    loop {
        let rows = timeout(answer, client.query(&statement, &[&behind, &account, &part, &PAGE])).await;
        let rows = rows.map_err(|_| PostgresError::TimedOut(answer))??;
        for row in &rows {
            behind = row.try_get(0)?;
            let entry = JournalEntry::decode(row.try_get(1)?)?;
            if !query.is_met_by(&entry) {
                continue;
            }
            if entries.len() == query.page() {
                return Ok(JournalPage::new(entries, next));
            }
            next = Some(JournalCursor::behind(behind.cast_unsigned()));
            entries.push(entry);
        }
        if rows.is_empty() {
            return Ok(JournalPage::new(entries, None));
        }
    }
}
