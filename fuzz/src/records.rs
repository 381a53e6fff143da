//! Encoded records. A fuzzer does not guess a checksum, so each input is read as it is and with the right one.

use std::sync::Arc;

use keyward::{Account, ApiUser, CorruptRecord, ModulePolicy, Presented, Secret, Subject, Verdict};

use crate::world::{ask, world};

/// A user that can be read is what would be written, within its bounds, and no record makes another secret right.
pub fn user_record(data: &[u8]) {
    for record in [data.to_vec(), sealed_by_crc(data)] {
        match ApiUser::decode(&record) {
            Ok(user) => {
                assert_eq!(user.encode(), record, "one record per user");
                assert!((1..=100).contains(&user.name().len()) && user.credentials().len() <= 17);
                assert!(!user.name().contains(char::is_control));
                assert!(user.named_keys().count() >= user.credentials().len());
                every_bit_counts(&record, data, |record| ApiUser::decode(record).is_ok());
                secrets_stay_secret(&user);
            }
            Err(error) => is_told(&error, "API user", &record),
        }
    }
}

/// The version in which accounts are written. Those of the one before are read, and written anew in this one.
const ACCOUNT: u8 = 2;

/// An account that can be read is what would be written, and every module of it is found by its name.
pub fn account_record(data: &[u8]) {
    for record in [data.to_vec(), sealed_by_crc(data)] {
        match Account::decode(&record) {
            Ok(account) => {
                let written = account.encode();
                if record[3] == ACCOUNT {
                    assert_eq!(written, record, "one record per account");
                } else {
                    assert_eq!((record[3], written[3]), (1, ACCOUNT));
                    assert_eq!(Account::decode(&written).as_ref(), Ok(&account), "it is the same account");
                }
                assert!(account.modules().all(|name| account.module(name).is_some()));
                assert!(account.modules().is_sorted_by(|a, b| a < b));
                every_bit_counts(&record, data, |record| Account::decode(record).is_ok());
            }
            Err(error) => is_told(&error, "account", &record),
        }
    }
}

/// A changed bit is noticed, whichever it is (CRC-32 sees every single one).
fn every_bit_counts(record: &[u8], data: &[u8], is_read: impl Fn(&[u8]) -> bool) {
    let chosen =
        data.iter().fold(0, |sum: usize, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    for bit in [chosen % (record.len() * 8), 0, record.len() * 8 - 1] {
        let mut torn = record.to_vec();
        torn[bit / 8] ^= 1 << (bit % 8);
        assert!(!is_read(&torn), "bit {bit} was changed");
    }
}

/// A guess is never allowed; the known secret only to the user for whom it was made.
fn secrets_stay_secret(user: &ApiUser) {
    let world = world();
    let account = Arc::new(Account::new(user.account()).enable("events", ModulePolicy::default()));
    let stored = Arc::new(user.clone());
    let own = (world.user.account(), world.user.id(), world.key_id);
    for held in user.credentials().iter().take(4) {
        for text in ["guess", &world.secret] {
            let secret = Secret::new(text.to_owned());
            let subject = Subject::new(Arc::clone(&account), Arc::clone(&stored), held.key_id());
            let presented = Presented::pair(held.key_id(), &secret);
            if let Ok(Verdict::Allow(_)) = world.engine.authorize(presented, subject, &ask()) {
                assert_eq!(text, world.secret, "a guess is allowed");
                assert_eq!((user.account(), user.id(), held.key_id()), own, "a hash that was moved verifies");
            } else {
                assert!(
                    *user.encode() != world.user.encode() || text == "guess",
                    "the right secret is refused"
                );
            }
        }
    }
}

/// The error holds nothing of the record but its version.
fn is_told(error: &CorruptRecord, wanted: &str, record: &[u8]) {
    let expected = match error {
        CorruptRecord::NotOne(kind) if *kind == wanted => {
            format!("bytes that are no {kind} record; read the column that holds them")
        }
        CorruptRecord::Version { kind, version } if *kind == wanted && Some(version) == record.get(3) => {
            assert!(*version == 0 || *version > if wanted == "account" { ACCOUNT } else { 1 });
            format!("{kind} record of format version {version}; read it with a release that knows it")
        }
        CorruptRecord::Checksum(kind) if *kind == wanted => {
            assert!(record.len() < 8 || sealed_by_crc(record) != record, "the checksum fits");
            format!("{kind} record whose checksum does not fit; restore it from a backup")
        }
        CorruptRecord::Field { kind, field } if *kind == wanted => {
            format!("{kind} record with an impossible {field}; restore it from a backup")
        }
        _ => panic!("{error:?}"),
    };
    assert_eq!(error.to_string(), expected);
}

/// The input with its last four bytes as the checksum of all before them.
pub fn sealed_by_crc(data: &[u8]) -> Vec<u8> {
    let body = &data[..data.len().saturating_sub(4)];
    [body, &crc32(body).to_be_bytes()].concat()
}

/// CRC-32 of zip and PNG, bit by bit.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 },
        )
    })
}
