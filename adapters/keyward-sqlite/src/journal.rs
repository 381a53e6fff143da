//! Entries of the journal, each a row.

use std::time::Duration;

use keyward::{
    AccountId, CallRecord, Journal, JournalCursor, JournalEntry, JournalPage, JournalPart, JournalQuery,
    Timestamp,
};
use rusqlite::{OptionalExtension, Transaction, params};

use crate::{error::SqliteError, store::SqliteStore};

/// Attempts are counted in one entry for so long.
const TOGETHER: Duration = Duration::from_secs(3_600);

/// Account and part are looked for in an index; the other conditions are checked entry by entry, on a thread that
/// reads.
impl Journal for SqliteStore {
    type Error = SqliteError;

    async fn append(&self, entries: Vec<JournalEntry>) -> Result<(), SqliteError> {
        let room = self.entries;
        self.write(move |transaction| {
            for entry in &entries {
                append(transaction, entry)?;
            }
            JournalPart::ALL.into_iter().try_for_each(|part| trim(transaction, part, room))
        })
        .await
    }

    async fn browse(&self, query: &JournalQuery) -> Result<JournalPage, SqliteError> {
        let query = query.clone();
        self.read(move |transaction| browse(transaction, &query)).await
    }

    async fn forget(&self, part: JournalPart, before: Timestamp) -> Result<u64, SqliteError> {
        self.write(move |transaction| {
            let mut forget =
                transaction.prepare_cached("DELETE FROM journal WHERE part = ?1 AND last < ?2")?;
            let gone = forget.execute([number(part), before.unix()])?;
            Ok(u64::try_from(gone).unwrap_or(u64::MAX))
        })
        .await
    }
}

/// As it is in the file, for good. A part that a later release adds counts as attempts, the part that anybody can fill.
fn number(part: JournalPart) -> i64 {
    match part {
        JournalPart::Acts => 0,
        JournalPart::Calls => 1,
        _ => 2,
    }
}

fn append(transaction: &Transaction<'_>, entry: &JournalEntry) -> Result<(), SqliteError> {
    let alike = if let JournalEntry::Call(call) = entry { call.alike() } else { None };
    if let (Some(alike), JournalEntry::Call(call)) = (&alike, entry)
        && count(transaction, alike, call)?
    {
        return Ok(());
    }
    let sql = "INSERT INTO journal (part, last, account, alike, entry) VALUES (?1, ?2, ?3, ?4, ?5)";
    let (part, last, account) = (number(entry.part()), entry.last().unix(), entry.account());
    let account = account.as_ref().map(AccountId::as_str);
    transaction.prepare_cached(sql)?.execute(params![part, last, account, alike, entry.encode()])?;
    Ok(())
}

/// Counts an attempt in one that is alike. One that is too old for it is not counted in any more.
fn count(transaction: &Transaction<'_>, alike: &str, call: &CallRecord) -> Result<bool, SqliteError> {
    let mut held = transaction.prepare_cached("SELECT number, entry FROM journal WHERE alike = ?1")?;
    let held: Option<(i64, Vec<u8>)> =
        held.query_row([alike], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((place, record)) = held else { return Ok(false) };
    if let JournalEntry::Call(mut held) = JournalEntry::decode(&record)?
        && call.last() <= held.at().plus(TOGETHER)
        && held.absorb(call)
    {
        let (last, account) = (held.last().unix(), held.account());
        let account = account.as_ref().map(AccountId::as_str);
        let record = JournalEntry::Call(held).encode();
        let sql = "UPDATE journal SET last = ?2, account = ?3, entry = ?4 WHERE number = ?1";
        transaction.prepare_cached(sql)?.execute(params![place, last, account, record])?;
        return Ok(true);
    }
    transaction.prepare_cached("UPDATE journal SET alike = NULL WHERE number = ?1")?.execute([place])?;
    Ok(false)
}

/// Each part has its own room, and gives up its own oldest.
fn trim(transaction: &Transaction<'_>, part: JournalPart, room: usize) -> Result<(), SqliteError> {
    let mut used = transaction.prepare_cached("SELECT used FROM journal_parts WHERE part = ?1")?;
    let used: i64 = used.query_row([number(part)], |row| row.get(0)).optional()?.unwrap_or(0);
    let beyond = used.saturating_sub(i64::try_from(room).unwrap_or(i64::MAX));
    if beyond > 0 {
        let sql = "DELETE FROM journal WHERE number IN
             (SELECT number FROM journal WHERE part = ?1 ORDER BY number LIMIT ?2)";
        transaction.prepare_cached(sql)?.execute([number(part), beyond])?;
    }
    Ok(())
}

fn browse(transaction: &Transaction<'_>, query: &JournalQuery) -> Result<JournalPage, SqliteError> {
    let mut sql = String::from("SELECT number, entry FROM journal WHERE number < ?1");
    // A condition that is not asked for still names its parameter, so that all statements take the same three.
    sql.push_str(if query.account.is_some() { " AND account = ?2" } else { " AND ?2 IS NULL" });
    sql.push_str(if query.part.is_some() { " AND part = ?3" } else { " AND ?3 IS NULL" });
    sql.push_str(" ORDER BY number DESC");
    let behind = query.after.map_or(i64::MAX, |after| i64::try_from(after.number()).unwrap_or(i64::MAX));
    let account = query.account.as_ref().map(AccountId::as_str);
    let mut statement = transaction.prepare_cached(&sql)?;
    let mut rows = statement.query(params![behind, account, query.part.map(number)])?;
    let (mut entries, mut next) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        let entry = JournalEntry::decode(&row.get::<_, Vec<u8>>(1)?)?;
        if !query.is_met_by(&entry) {
            continue;
        }
        if entries.len() == query.page() {
            return Ok(JournalPage::new(entries, next));
        }
        next = Some(JournalCursor::behind(row.get::<_, i64>(0)?.cast_unsigned()));
        entries.push(entry);
    }
    Ok(JournalPage::new(entries, None))
}
