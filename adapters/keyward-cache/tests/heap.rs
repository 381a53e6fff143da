//! What is answered from the cache allocates nothing, and what an entry takes.

mod common;
#[path = "../../../tests/common/heap.rs"]
mod heap;

use std::{
    collections::HashMap,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use common::{BOUND, account, by};
use heap::{NOTHING, held, watch};
use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, CorruptRecord, Keep, KeyId, KeyRing, Lookup, OsEntropy, Pepper,
    Schemes, SealingKey, Subject,
};
use keyward_cache::CacheOptions;

const USERS: usize = 2_000;

fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// Reads every record anew, as a database's adapter does.
struct Decoding {
    account: Vec<u8>,
    users: HashMap<KeyId, Vec<u8>>,
}

impl Lookup for Decoding {
    type Error = CorruptRecord;
    async fn find(&self, key: KeyId) -> Result<Option<Subject>, CorruptRecord> {
        let Some(user) = self.users.get(&key) else { return Ok(None) };
        Ok(Subject::new(Account::decode(&self.account)?.into(), ApiUser::decode(user)?.into(), key))
    }
}

/// Users of the usual size: four rules, a hundred methods, a secret that is sealed besides.
fn stored() -> (Decoding, Vec<KeyId>) {
    let ring = KeyRing::new(Pepper::new(1, [7; 32]).unwrap()).sealing(SealingKey::new(1, [9; 32]).unwrap());
    let (ring, acme) = (ring.unwrap(), account("acme"));
    let list = Allowlist::parse("192.0.2.0/24\n203.0.113.9\n10.9.0.0-10.9.3.255\n2001:db8:7::/48").unwrap();
    let user = |number| {
        let id = format!("u{number}");
        let level = AccessLevel::custom((0..100).map(|method| format!("v2.contacts.{method:05}")));
        let mut user = ApiUser::new(acme.id(), id.parse().unwrap(), &id, level, list.clone()).unwrap();
        let keep = Keep::Sealed(Schemes::PLAIN.and(Schemes::RFC9421));
        let key = user.issue(keep, &ring, by(), &mut OsEntropy).unwrap().key_id();
        (key, user.encode())
    };
    let users: HashMap<_, _> = (0..USERS).map(user).collect();
    let keys = users.keys().copied().collect();
    (Decoding { account: acme.encode(), users }, keys)
}

#[test]
fn what_is_kept_is_answered_without_an_allocation() {
    let (store, keys) = stored();
    let cached = CacheOptions::new(BOUND).unwrap().over(store, || Duration::from_secs(1));
    let nobody: KeyId = "kwk_0000000000000000".parse().unwrap();
    assert!(ready(cached.find(nobody)).unwrap().is_none());
    assert!(ready(cached.find(keys[0])).unwrap().is_some());
    assert_eq!(watch(b"", || ready(cached.find(keys[0]))), NOTHING);
    assert_eq!(watch(b"", || ready(cached.find(nobody))), NOTHING);
}

#[test]
fn no_more_is_kept_than_there_is_room_for() {
    let (store, keys) = stored();
    let cached = CacheOptions::new(BOUND).unwrap().entries(500).over(store, || Duration::from_secs(1));
    let before = held();
    for key in keys.iter().cycle().take(3 * USERS) {
        assert!(ready(cached.find(*key)).unwrap().is_some());
    }
    let kept = held() - before;
    assert!(kept < 600 * 6 * 1024, "{kept} bytes, and 500 entries have room");
    let shown = format!("{cached:?}");
    assert!(
        shown.starts_with("Cached { bound: 5s, known: 5") && shown.ends_with(", unknown: 0, .. }"),
        "{shown}"
    );
}

#[test]
fn an_entry_takes_no_more_than_is_said() {
    let (store, keys) = stored();
    let cached = CacheOptions::new(BOUND).unwrap().over(store, || Duration::from_secs(1));
    let before = held();
    for key in &keys {
        assert!(ready(cached.find(*key)).unwrap().is_some());
    }
    let each = (held() - before) / isize::try_from(USERS).unwrap();
    let before = held();
    for number in 0..16_384 {
        assert!(ready(cached.find(format!("kwk_{number:016x}").parse().unwrap())).unwrap().is_none());
    }
    let unknown = (held() - before) / 16_384;
    println!("{each} bytes an entry, {unknown} bytes a key of nobody");
    assert!(each < 6 * 1024 && unknown < 200, "{each} {unknown}");
}
