//! Guards: the store in memory answers for exactly the key that is asked for; no edit undoes a revocation.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use keyward::{Account, ApiUser, Keep, Lookup, MemoryStore, NotStored, Verdict};
use proptest::{collection::vec, prelude::*};

use crate::{
    carriers::{Carrier, Pair},
    common::{Open, ask, borrowed, by, config, entropy, head, ring},
};

/// The result of a future that never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a store in memory does not wait"),
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
    store.put_account(Account::clone(&open.account));
    store.insert_user(open.user.clone()).expect("a first user");
    store
}

fn is_allowed(open: &Open, store: &MemoryStore) -> bool {
    let lines = Carrier::BearerToken.lines(&Pair::of(&open.revealed));
    let lines = borrowed(&lines);
    let presented = open.engine.present(head(&lines));
    let found = ready(store.find(open.revealed.key_id())).expect("a store in memory does not fail");
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
        let user = edited(open.user.clone(), &edits);
        prop_assert_eq!(store.update_user(open.user.revision(), user.clone()), Ok(()));
        for credential in user.credentials() {
            let found = ready(store.find(credential.key_id())).expect("no failure");
            prop_assert_eq!(found.map(|subject| subject.key_id()), Some(credential.key_id()));
        }
        let other = Open::minted(seed ^ 1, "kw").revealed.key_id();
        prop_assert!(ready(store.find(other)).expect("no failure").is_none());
    }

    #[test]
    fn a_change_to_any_other_revision_is_refused(seed: u64, read in prop_oneof![0..9u64, any::<u64>()]) {
        let open = Open::minted(seed, "kw");
        let store = stored(&open);
        let expected = if read == open.user.revision() { Ok(()) } else { Err(NotStored::Stale) };
        prop_assert_eq!(store.update_user(read, edited(open.user.clone(), &[true])), expected);
    }

    #[test]
    fn a_copy_read_before_a_revocation_never_undoes_it(seed: u64, edits in vec(any::<bool>(), 1..4)) {
        let open = Open::minted(seed, "kw");
        let store = stored(&open);
        let copy = store.user(open.user.account(), open.user.id()).expect("it was just stored");
        let (read, mut revoked) = (copy.revision(), copy.clone());
        let _ = revoked.revoke(open.revealed.key_id(), by(10)).expect("its own key");
        prop_assert_eq!(store.update_user(read, revoked), Ok(()));
        prop_assert_eq!(store.update_user(read, edited(copy, &edits)), Err(NotStored::Stale));
        prop_assert!(!is_allowed(&open, &store));
    }
}
