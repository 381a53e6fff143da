//! The duties of a store, a guard and a journal, by keyward's own checks.

use std::sync::Mutex;

use keyward::conformance;
use keyward_sqlite::{SqliteOptions, SqliteStore};
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
    assert_eq!(report.checks().len(), 23);
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
    assert_eq!(report.checks().len(), 12);
}
