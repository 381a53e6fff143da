//! A user that is deleted and made again under its id is another one.

use std::collections::HashSet;

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Keep, KeyRing, Lookup, MemoryStore, Registry, Write,
};
use pollster::block_on;

use super::common::{NOW, by, ring, seeded};

fn made(keys: u64, edits: u64, ring: &KeyRing, seed: u64) -> ApiUser {
    let (account, id) = ("acme".parse().unwrap(), "u1".parse().unwrap());
    let mut user = ApiUser::new(account, id, "checkout", AccessLevel::Full, Allowlist::Any).unwrap();
    for key in 0..keys {
        let _ = user.issue(Keep::Hashed, ring, by(NOW), &mut seeded(seed * 100 + key)).unwrap();
    }
    for edit in 0..edits {
        let _ = user.rename(&format!("till {edit}"), by(NOW)).unwrap();
    }
    user
}

#[test]
fn a_copy_of_a_deleted_user_is_never_stored_over_the_one_that_has_its_id_now() {
    let ring = ring();
    // However often either was changed, with keys and without.
    for (old_keys, old_edits) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0)] {
        for (new_keys, new_edits) in [(0, 1), (0, 2), (1, 0), (1, 1), (2, 0)] {
            let store = MemoryStore::new();
            block_on(store.put_account(&Account::new("acme".parse().unwrap()))).unwrap();
            let old = made(old_keys, old_edits, &ring, 1);
            let _ = block_on(store.insert(&old)).unwrap();
            let mut stale = block_on(store.user(old.account(), old.id())).unwrap().unwrap();
            let _ = block_on(store.delete(old.account(), old.id())).unwrap();
            let new = made(new_keys, new_edits, &ring, 2);
            if (old_keys, old_edits) == (0, new_edits) && new_keys == 0 {
                continue; // the same in every byte: then nothing is lost
            }
            assert_eq!(block_on(store.insert(&new)), Ok(keyward::Insert::Stored));
            let _ = stale.disable(by(NOW));
            assert_eq!(
                block_on(store.update(&stale)),
                Ok(Write::Conflict),
                "{old_keys} {old_edits} {new_keys} {new_edits}"
            );
            let kept = block_on(store.user(new.account(), new.id())).unwrap().unwrap();
            assert_eq!(kept.encode(), new.encode());
            for held in new.credentials() {
                assert!(block_on(store.find(held.key_id())).unwrap().is_some());
            }
        }
    }
}

#[test]
fn states_of_a_record_that_differ_have_revisions_that_differ_and_rise() {
    let ring = ring();
    let (mut seen, mut records) = (HashSet::new(), HashSet::new());
    for life in 0..100u64 {
        let mut user = made(life % 2, life % 3, &ring, life);
        for change in 0..10 {
            let before = user.revision();
            let _ = match (life + change) % 3 {
                0 => user.disable(by(NOW)),
                1 => user.enable(by(NOW)),
                _ => user.rename(&format!("{life} {change}"), by(NOW)).unwrap(),
            };
            assert!(user.revision() >= before && i64::try_from(user.revision()).is_ok());
            if user.revision() != before {
                assert_eq!(seen.insert(user.revision()), records.insert(user.encode()));
            }
        }
    }
    assert!(seen.len() > 500);
}

#[test]
fn a_revision_that_an_older_release_counted_goes_on_and_one_at_the_end_comes_round() {
    // The revision stands in front of two empty lists and the checksum.
    let counted = |revision: u64| {
        let record = made(0, 0, &ring(), 0).encode();
        let place = record.len() - 4 - 4 - 4 - 8;
        let mut old = [&record[..place], &revision.to_be_bytes(), &[0; 8]].concat();
        let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&old);
        old.extend(crc.to_be_bytes());
        ApiUser::decode(&old).unwrap()
    };
    for revision in [0, 1, 7, u64::from(u32::MAX), i64::MAX.unsigned_abs(), u64::MAX] {
        let mut user = counted(revision);
        assert_eq!((user.revision(), user.based_on()), (revision, Some(revision)));
        let _ = user.disable(by(NOW));
        assert!(user.revision() != revision && i64::try_from(user.revision()).is_ok(), "{revision}");
        assert_eq!(user.based_on(), Some(revision));
    }
}
