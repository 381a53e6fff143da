//! A flood of ids that nobody has leaves the users who are there alone.

mod common;

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use common::{BOUND, account, by, ring};
use keyward::{
    AccessLevel, Allowlist, ApiUser, Insert, Keep, KeyId, Lookup, MemoryStore, OsEntropy, Registry, Subject,
};
use keyward_cache::CacheOptions;

const USERS: usize = 1_000;
const FLOOD: usize = 1_000_000;

struct Counted(MemoryStore, Arc<AtomicUsize>);

impl Lookup for Counted {
    type Error = Infallible;
    async fn find(&self, key: KeyId) -> Result<Option<Subject>, Infallible> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.find(key).await
    }
}

#[test]
fn a_million_random_ids_evict_none_of_a_thousand_users() {
    let (store, reads) = (MemoryStore::new(), Arc::new(AtomicUsize::new(0)));
    let acme = account("acme");
    pollster::block_on(store.put_account(&acme)).unwrap();
    let keys: Vec<KeyId> = (0..USERS)
        .map(|number| {
            let id = format!("u{number}");
            let mut user =
                ApiUser::new(acme.id(), id.parse().unwrap(), &id, AccessLevel::Full, Allowlist::Any).unwrap();
            let key = user.issue(Keep::Hashed, &ring(), by(), &mut OsEntropy).unwrap().key_id();
            assert_eq!(pollster::block_on(store.insert(&user)), Ok(Insert::Stored));
            key
        })
        .collect();
    // Room for twice as many users as there are, and for a thousandth of the flood.
    let options = CacheOptions::new(BOUND).unwrap().entries(2 * USERS).unknown(1_000, Duration::from_secs(5));
    let clock = || Duration::from_secs(1);
    let cached = options.over(Counted(store, Arc::clone(&reads)), clock);
    let found = |key: KeyId| pollster::block_on(cached.find(key)).unwrap();
    assert!(keys.iter().all(|key| found(*key).is_some()));
    assert_eq!(reads.load(Ordering::Relaxed), USERS);
    for number in 0..FLOOD {
        assert!(found(format!("kwk_{number:016x}").parse().unwrap()).is_none());
    }
    let flooded = reads.load(Ordering::Relaxed);
    assert!(flooded > FLOOD, "each of them is read once at least");
    assert!(keys.iter().all(|key| found(*key).is_some()));
    assert_eq!(reads.load(Ordering::Relaxed), flooded, "none of the users is read again");
    let shown = format!("{cached:?}");
    let unknown: usize = shown
        .split("unknown: ")
        .nth(1)
        .unwrap()
        .split(|char: char| !char.is_ascii_digit())
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(unknown <= 1_100, "{shown}");
}
