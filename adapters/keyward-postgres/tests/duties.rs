//! The duties of a store, a guard and a journal, by keyward's own checks.

mod common;

use std::sync::{Arc, Mutex};

use common::{Place, config, server};
use keyward::conformance::{self, RecordOf};
use keyward_postgres::{NoTls, PostgresStore};
use keyward_test_pg::Server;

async fn empty(server: &Server) -> PostgresStore {
    let options = Place::new(server).options().connections(2).claims(1_600).entries(1_000);
    options.connect(config(server), NoTls).await.unwrap()
}

#[tokio::test]
async fn it_keeps_every_duty_of_a_store() {
    let server = server!();
    let report = conformance::registry(async || empty(server).await).await;
    assert!(report.passed(), "{report}");
    assert_eq!(report.checks().len(), 29);
}

/// Writes past the store, as whoever has another program open.
async fn overwrite(place: &Place<'_>, record: RecordOf, bytes: &[u8]) {
    let client = place.client().await;
    let rows = match record {
        RecordOf::Account(id) => {
            let sql = "UPDATE accounts SET record = $2 WHERE id = $1";
            client.execute(sql, &[&id.as_str(), &bytes]).await
        }
        RecordOf::User(account, id) => {
            let sql = "UPDATE users SET record = $3 WHERE account = $1 AND id = $2";
            client.execute(sql, &[&account.as_str(), &id.as_str(), &bytes]).await
        }
        _ => unreachable!("no other kind of record is kept"),
    };
    assert_eq!(rows.unwrap(), 1, "{record:?}");
}

#[tokio::test]
async fn it_keeps_every_duty_toward_its_rows() {
    let server = server!();
    let places = Mutex::new(Vec::new());
    let make = async || {
        let place = Place::new(server);
        let store = place.open().await;
        places.lock().unwrap().push(Arc::new(place));
        store
    };
    let latest = || Arc::clone(places.lock().unwrap().last().unwrap());
    let report =
        conformance::rows(make, async |_, record, bytes| overwrite(&latest(), record, &bytes).await).await;
    assert!(report.passed(), "{report}");
    assert_eq!(report.checks().len(), 4);
}

#[tokio::test]
async fn it_keeps_every_duty_of_a_replay_guard() {
    let server = server!();
    let report = conformance::replay(async || empty(server).await).await;
    assert!(report.passed(), "{report}");
    assert_eq!(report.checks().len(), 8);
}

#[tokio::test]
async fn it_keeps_every_duty_of_a_journal() {
    let server = server!();
    let report = conformance::journal(async || empty(server).await).await;
    assert!(report.passed(), "{report}");
    assert_eq!(report.checks().len(), 13);
}
