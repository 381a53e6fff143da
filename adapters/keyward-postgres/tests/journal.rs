//! What holds where several instances write one journal.

mod common;

use std::{collections::BTreeMap, net::Ipv4Addr, sync::Arc, time::Duration};

use common::{NOW, Place, by, config, server, user};
use keyward::{
    Ask, Authorizer, CallRecord, Catalogue, ClientAddr, Gate, Journal, JournalEntry, JournalPart,
    JournalQuery, KeyRing, MemoryStore, Pepper, Presented, Timestamp,
};
use keyward_postgres::{NoTls, PostgresStore};

fn act(name: &str) -> JournalEntry {
    user(name, name).0.disable(by()).into()
}

/// Someone tries a key that nobody has.
async fn attempt(at: Timestamp) -> JournalEntry {
    let catalogue = Catalogue::builder().module("events", ["events.create"]).build().unwrap();
    let engine = Authorizer::new(catalogue, KeyRing::new(Pepper::new(1, [7; 32]).unwrap()));
    let gate = Gate::new(engine, MemoryStore::new());
    let secret = keyward::Secret::new("b1946ac92492d2347c6235b4d2611184".to_owned());
    let presented = Presented::pair("nobody".parse().unwrap(), &secret);
    let client = ClientAddr::direct(Ipv4Addr::new(192, 0, 2, 7).into());
    let verdict = gate.authorize(presented, &Ask::new("events.create", client, at)).await.unwrap();
    let denial = verdict.into_result().expect_err("nobody has it");
    CallRecord::refused(&denial, at, gate.engine().catalogue()).into()
}

/// Everything, page by page, what arrived last first.
async fn all(store: &PostgresStore, query: &JournalQuery) -> Vec<JournalEntry> {
    let (mut entries, mut after) = (Vec::new(), None);
    loop {
        let page = store.browse(&query.clone().after(after).limit(7)).await.unwrap();
        entries.extend(page.entries);
        after = page.next;
        if after.is_none() {
            return entries;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_append_in_the_order_of_their_commits() {
    let place = Place::new(server!());
    let reader = place.open().await;
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (options, config) = (place.options(), config(place.server));
            tokio::spawn(async move {
                let store = options.connect(config, NoTls).await.unwrap();
                for batch in 0..10 {
                    let acts = (0..5).map(|number| act(&format!("w{writer}-{batch}-{number}")));
                    store.append(acts.collect()).await.unwrap();
                }
            })
        })
        .collect();
    // What a page was behind stays behind it, whatever arrives.
    let mut seen = Vec::new();
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        let entries = all(&reader, &JournalQuery::all()).await;
        let known: Vec<_> = entries[entries.len() - seen.len()..].to_vec();
        assert_eq!(known, seen, "an entry has come in behind what was shown");
        seen = entries;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let entries = all(&reader, &JournalQuery::all()).await;
    assert_eq!(entries.len(), 200);
    let mut batches = BTreeMap::new();
    for entry in entries.iter().rev() {
        let user = entry.user().unwrap();
        let (batch, number) = user.as_str().rsplit_once('-').unwrap();
        let next = batches.entry(batch.to_owned()).or_insert(0);
        assert_eq!(number, next.to_string(), "in the order in which they stood");
        *next += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_that_are_alike_are_counted_together_whoever_saw_them() {
    let place = Place::new(server!());
    let reader = place.open().await;
    let first = attempt(NOW).await;
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let (options, config, first) = (place.options(), config(place.server), first.clone());
            tokio::spawn(async move {
                let store = options.connect(config, NoTls).await.unwrap();
                for _ in 0..10 {
                    store.append(vec![first.clone(), first.clone()]).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let entries = all(&reader, &JournalQuery::all()).await;
    let [JournalEntry::Call(call)] = &entries[..] else { panic!("{} entries", entries.len()) };
    assert_eq!(call.count(), 80);
    // An hour later another one begins, also where both arrive together.
    let later = attempt(NOW.plus(Duration::from_secs(3_601))).await;
    reader.append(vec![first, later.clone(), later]).await.unwrap();
    let counts: Vec<_> = all(&reader, &JournalQuery::all())
        .await
        .iter()
        .map(|entry| if let JournalEntry::Call(call) = entry { call.count() } else { 0 })
        .collect();
    assert_eq!(counts, [2, 81]);
}

#[tokio::test]
async fn each_part_keeps_its_room_and_what_is_over_is_forgotten_whatever_its_number() {
    let place = Place::new(server!());
    let store = Arc::new(place.options().entries(20).connect(config(place.server), NoTls).await.unwrap());
    let acts: Vec<_> = (0..30).map(|number| act(&format!("u{number}"))).collect();
    store.append(acts.clone()).await.unwrap();
    let kept = all(&store, &JournalQuery::all()).await;
    assert_eq!(kept, acts.iter().rev().take(20).cloned().collect::<Vec<_>>());
    place
        .sql(
            "INSERT INTO journal (part, last, account, entry)
              SELECT part, 5, account, entry FROM journal, generate_series(1, 1100) WHERE part = 0",
        )
        .await;
    assert_eq!(store.forget(JournalPart::Acts, Timestamp::from_unix(6)).await.unwrap(), 22_000);
    assert_eq!(all(&store, &JournalQuery::all()).await, kept);
    let client = place.client().await;
    let used = client.query_one("SELECT used FROM journal_parts WHERE part = 0", &[]).await;
    assert_eq!(used.unwrap().get::<_, i64>(0), 20, "counted where rows come and go");
}
