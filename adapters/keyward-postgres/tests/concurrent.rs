//! What holds between instances that do it at the same instant.

mod common;

use std::{sync::Arc, time::Duration};

use common::{NOW, Place, by, read, server, user};
use keyward::{
    Claim, Credential, Imported, Insert, Keep, KeyId, KeyRing, Life, Lookup, OsEntropy, Pepper, Refusal,
    Registry, ReplayGuard, ReplayKey, Secret, Stop, Write,
};
use keyward_postgres::PostgresStore;
use tokio::{sync::Barrier, task::JoinSet};

/// Runs it so many times at once, each on a store of its own, and returns the answers.
async fn at_once<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    place: &Place<'_>,
    times: usize,
    job: impl Fn(usize, Arc<PostgresStore>) -> F,
) -> Vec<T> {
    let barrier = Arc::new(Barrier::new(times));
    let mut tasks = JoinSet::new();
    for number in 0..times {
        let store = Arc::new(place.open().await);
        store.account("acme".parse().unwrap()).await.unwrap();
        let (job, barrier) = (job(number, store), Arc::clone(&barrier));
        tasks.spawn(async move {
            barrier.wait().await;
            job.await
        });
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_eight_that_insert_one_key_one_wins() {
    let place = Place::new(server!());
    let (store, _) = place.with_one().await;
    for round in 0..5 {
        let key: KeyId = format!("shared-{round}").parse().unwrap();
        let answers = at_once(&place, 8, |number, store| {
            let name = format!("r{round}-{number}");
            let (mut new, _) = user(&name, &name);
            let secret = Secret::new("b1946ac92492d2347c6235b4d2611184".to_owned());
            let imported = Imported::new(key, secret).unwrap();
            let ring = KeyRing::new(Pepper::new(1, [7; 32]).unwrap());
            let _ = new.import(&imported, Keep::Hashed, &ring, by(), &mut OsEntropy).unwrap();
            async move { (new.id(), store.insert(&new).await.unwrap()) }
        })
        .await;
        let stored: Vec<_> = answers.iter().filter(|(_, answer)| *answer == Insert::Stored).collect();
        assert_eq!(stored.len(), 1, "{answers:?}");
        let refused = Insert::Refused(Refusal::KeyTaken(key));
        assert_eq!(answers.iter().filter(|(_, answer)| *answer == refused).count(), 7, "{answers:?}");
        assert_eq!(store.find(key).await.unwrap().unwrap().user().id(), stored[0].0);
        let listed = store.list("acme".parse().unwrap(), None, 100).await.unwrap();
        assert_eq!(
            listed.iter().filter(|user| user.id().as_str().starts_with(&format!("r{round}"))).count(),
            1
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_eight_that_insert_one_name_one_wins() {
    let place = Place::new(server!());
    let _ = place.with_one().await;
    let answers = at_once(&place, 8, |number, store| async move {
        let (new, _) = user(&format!("n{number}"), "one name");
        store.insert(&new).await.unwrap()
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| **answer == Insert::Stored).count(), 1, "{answers:?}");
    let refused = Insert::Refused(Refusal::NameTaken);
    assert_eq!(answers.iter().filter(|answer| **answer == refused).count(), 7, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_rotate_one_key_one_wins() {
    let place = Place::new(server!());
    let (store, key) = place.with_one().await;
    let mut held = key;
    for _ in 0..10 {
        let stored = read(&store, "u1").await;
        let answers = at_once(&place, 2, |_, store| {
            let mut copy = stored.clone();
            async move {
                let ring = KeyRing::new(Pepper::new(1, [7; 32]).unwrap());
                let new = copy.regenerate(held, &ring, by(), &mut OsEntropy).unwrap().key_id();
                (new, store.update(&copy).await.unwrap())
            }
        })
        .await;
        let mut winners = answers.iter().filter(|(_, answer)| *answer == Write::Stored);
        held = winners.next().unwrap().0;
        assert!(winners.next().is_none(), "{answers:?}");
        let (lost, _) = answers.iter().find(|(_, answer)| *answer == Write::Conflict).unwrap();
        assert!(store.find(held).await.unwrap().is_some() && store.find(*lost).await.unwrap().is_none());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_loses_to_none_of_a_thousand_edits() {
    let place = Place::new(server!());
    let (store, key) = place.with_one().await;
    let edits = place.open().await;
    let editing = tokio::spawn(async move {
        let mut stored = 0;
        while stored < 1_000 {
            let mut copy = read(&edits, "u1").await;
            let _ = if copy.is_disabled() { copy.enable(by()) } else { copy.disable(by()) };
            stored += usize::from(edits.update(&copy).await.unwrap() == Write::Stored);
        }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(store.revoke(key, NOW).await.unwrap(), Stop::Stopped);
    assert!(!editing.is_finished(), "revoked behind the edits");
    // From the answer on every look-up sees it, whatever the edits do.
    while !editing.is_finished() {
        let found = store.find(key).await.unwrap().unwrap();
        assert_eq!(found.credential().life(NOW), Life::Revoked);
    }
    editing.await.unwrap();
    let shown = read(&store, "u1").await;
    assert!(shown.credentials().iter().all(|held: &Credential| held.revoked_at().is_some()));
}

#[tokio::test]
async fn a_revocation_does_not_wait_for_an_edit() {
    let place = Place::new(server!());
    let (store, key) = place.with_one().await;
    let edit = place.client().await;
    edit.batch_execute("BEGIN; UPDATE users SET name = 'till' WHERE id = 'u1'").await.unwrap();
    let revoked = tokio::time::timeout(Duration::from_secs(2), store.revoke(key, NOW)).await;
    assert_eq!(revoked.expect("it waits for a lock").unwrap(), Stop::Stopped);
    edit.batch_execute("COMMIT").await.unwrap();
    assert_eq!(store.find(key).await.unwrap().unwrap().credential().life(NOW), Life::Revoked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixteen_claims_of_one_request_one_is_fresh() {
    let place = Place::new(server!());
    let (_, key) = place.with_one().await;
    for round in 0..5_u8 {
        let ends = NOW.plus(Duration::from_secs(301));
        let claim = ReplayKey::for_tests("escher", key, &[round], NOW, ends);
        let answers =
            at_once(&place, 16, |_, store| async move { store.claim(&claim, NOW).await.unwrap() }).await;
        assert_eq!(answers.iter().filter(|answer| **answer == Claim::Fresh).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| **answer == Claim::Replayed).count(), 15);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_are_counted_where_they_come_and_go() {
    let place = Place::new(server!());
    let (_, key) = place.with_one().await;
    let answers = at_once(&place, 8, |number, store| async move {
        for claim in 0..50_u8 {
            let unique = [u8::try_from(number).unwrap(), claim];
            let ends = NOW.plus(Duration::from_secs(301));
            let claim = ReplayKey::for_tests("escher", key, &unique, NOW, ends);
            assert_eq!(store.claim(&claim, NOW).await.unwrap(), Claim::Fresh);
        }
    });
    assert_eq!(answers.await.len(), 8);
    let client = place.client().await;
    let counts =
        "SELECT (SELECT sum(used) FROM claim_shards)::bigint, (SELECT sum(held) FROM claim_shares)::bigint,
         (SELECT count(*) FROM claims), (SELECT max(forgotten) FROM claim_shards)";
    let row = client.query_one(counts, &[]).await.unwrap();
    assert_eq!((row.get(0), row.get(1), row.get(2)), (400_i64, 400_i64, 400_i64));
    assert_eq!(row.get::<_, Option<i64>>(3), None);
    client.batch_execute("DELETE FROM claims").await.unwrap();
    let row = client.query_one(counts, &[]).await.unwrap();
    assert_eq!((row.get(0), row.get(1), row.get(2)), (0_i64, None::<i64>, 0_i64));
    assert_eq!(
        row.get::<_, Option<i64>>(3),
        Some(NOW.unix() + 301),
        "what was thrown away is known by its end"
    );
}
