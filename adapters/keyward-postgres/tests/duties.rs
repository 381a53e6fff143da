//! The duties of a store, a guard and a journal, by keyward's own checks.

mod common;

use common::{Place, config, server};
use keyward::conformance;
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
    assert_eq!(report.checks().len(), 23);
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
    assert_eq!(report.checks().len(), 12);
}
