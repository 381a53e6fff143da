//! Guards: the store in memory answers for exactly the key that is asked for; no edit undoes a revocation.

use std::{
    convert::Infallible,
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use keyward::{ApiUser, Insert, Keep, Lookup, MemoryStore, Registry, Stop, Verdict, Write};
use proptest::{collection::vec, prelude::*};

use crate::{
    carriers::{Carrier, Pair},
    common::{Open, ask, borrowed, by, config, entropy, head, ring},
};

/// The result of a future that neither waits nor fails.
pub(crate) fn ready<T>(future: impl Future<Output = Result<T, Infallible>>) -> T {
    let Ok(value) = polled(future);
    value
}

/// The result of a future that never waits.
pub(crate) fn polled<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("what is in memory does not wait"),
    }
}

/// A changed copy of a user, as another administrator would put it.
fn edited(mut user: ApiUser, edits: &[bool]) -> ApiUser {
    for (number, issue) in (10u64..).zip(edits) {
        if *issue {
            drop(user.issue(Keep::Hashed, &ring(), by(20), &mut entropy(number)));
        } else {
            let _ = (user.disable(by(20)), user.enable(by(20)));
        }
    }
    user
}

fn stored(open: &Open) -> MemoryStore {
    let store = MemoryStore::new();
    ready(store.put_account(&open.account));
    assert_eq!(ready(store.insert(&open.user)), Insert::Stored);
    store
}

fn read(open: &Open, store: &MemoryStore) -> ApiUser {
    ready(store.user(open.user.account(), open.user.id())).expect("it was just stored")
}

fn is_allowed(open: &Open, store: &MemoryStore) -> bool {
    let lines = Carrier::BearerToken.lines(&Pair::of(&open.revealed));
    let lines = borrowed(&lines);
    let presented = open.engine.present(head(&lines));
    let found = ready(store.find(open.revealed.key_id()));
    matches!(open.engine.authorize(presented, found, &ask()), Ok(Verdict::Allow(_)))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_stored_user_is_found_by_each_of_its_keys_and_by_no_other(
        seed: u64, edits in vec(any::<bool>(), 0..4),
    ) {
        let open = Open::minted(seed, "kw");
        let store = stored(&open);
        prop_assert!(is_allowed(&open, &store));
        let before = read(&open, &store);
        let user = edited(before.clone(), &edits);
        prop_assert_eq!(ready(store.update(&user)), Write::Stored);
        for credential in user.credentials() {
            let found = ready(store.find(credential.key_id()));
            prop_assert_eq!(found.map(|subject| subject.key_id()), Some(credential.key_id()));
        }
        let other = Open::minted(seed ^ 1, "kw").revealed.key_id();
        prop_assert!(ready(store.find(other)).is_none());
    }

    #[test]
    fn of_any_edits_of_one_revision_the_first_alone_is_stored(seed: u64, edits in vec(vec(any::<bool>(), 1..4), 2..5)) {
        let open = Open::minted(seed, "kw");
        let store = stored(&open);
        let before = read(&open, &store);
        for (number, edits) in edits.iter().enumerate() {
            let expected = if number == 0 { Write::Stored } else { Write::Conflict };
            prop_assert_eq!(ready(store.update(&edited(before.clone(), edits))), expected);
        }
        prop_assert_eq!(read(&open, &store).encode(), edited(before, &edits[0]).encode());
    }

    #[test]
    fn a_copy_read_before_a_revocation_never_undoes_it(
        seed: u64, edits in vec(any::<bool>(), 1..4), in_the_index: bool,
    ) {
        let open = Open::minted(seed, "kw");
        let store = stored(&open);
        let copy = read(&open, &store);
        let key = open.revealed.key_id();
        let expected = if in_the_index {
            prop_assert_eq!(ready(store.revoke(key, by(10).at)), Stop::Stopped);
            Write::Stored
        } else {
            let mut revoked = copy.clone();
            let _ = revoked.revoke(key, by(10)).expect("its own key");
            prop_assert_eq!(ready(store.update(&revoked)), Write::Stored);
            Write::Conflict
        };
        prop_assert_eq!(ready(store.update(&edited(copy, &edits))), expected);
        prop_assert!(!is_allowed(&open, &store));
    }
}
