//! The duties of a store, a guard and a journal, by keyward's own checks.

use std::{path::Path, sync::Mutex};

use keyward::conformance::{self, RecordOf};
use keyward_sqlite::{SqliteOptions, SqliteStore};
use rusqlite::{Connection, params};
use tempfile::TempDir;

/// Empty stores, each in a folder that goes when the test ends.
#[derive(Default)]
struct Folders(Mutex<Vec<TempDir>>);

impl Folders {
    fn empty(&self) -> SqliteStore {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions::new().readers(2).claims(1_600).entries(1_000);
        let store = options.open(folder.path().join("keyward.db")).unwrap();
        self.0.lock().unwrap().push(folder);
        store
    }
}

#[test]
fn it_keeps_every_duty_of_a_store() {
    let folders = Folders::default();
    let report = pollster::block_on(conformance::registry(async || folders.empty()));
    assert!(report.passed(), "{report}");
    assert_eq!(report.checks().len(), 29);
}

/// Writes past the store, as whoever opens the file with another program.
fn overwrite(path: &Path, record: RecordOf, bytes: &[u8]) {
    let file = Connection::open(path).unwrap();
    let rows = match record {
        RecordOf::Account(id) => {
            file.execute("UPDATE accounts SET record = ?2 WHERE id = ?1", params![id.as_str(), bytes])
        }
        RecordOf::User(account, id) => file.execute(
            "UPDATE users SET record = ?3 WHERE account = ?1 AND id = ?2",
            params![account.as_str(), id.as_str(), bytes],
        ),
        _ => unreachable!("no other kind of record is kept"),
    };
    assert_eq!(rows.unwrap(), 1, "{record:?}");
}

#[test]
fn it_keeps_every_duty_toward_its_rows() {
    let folders = Folders::default();
    let latest = || folders.0.lock().unwrap().last().unwrap().path().join("keyward.db");
    let report = pollster::block_on(conformance::rows(
        async || folders.empty(),
        async |_, record, bytes| overwrite(&latest(), record, &bytes),
    ));
    assert!(report.passed(), "{report}");
    assert_eq!(report.checks().len(), 4);
}

#[test]
fn it_keeps_every_duty_of_a_replay_guard() {
    let folders = Folders::default();
    let report = pollster::block_on(conformance::replay(async || folders.empty()));
    assert!(report.passed(), "{report}");
    assert_eq!(report.checks().len(), 8);
}

#[test]
fn it_keeps_every_duty_of_a_journal() {
    let folders = Folders::default();
    let report = pollster::block_on(conformance::journal(async || folders.empty()));
    assert!(report.passed(), "{report}");
    assert_eq!(report.checks().len(), 13);
}
