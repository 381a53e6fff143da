//! Users and accounts as bytes: what is written is read, and nothing else is.

mod common;

use std::time::Duration;

use common::{NOW, World, by, list, ring, secret, seeded};
use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, CorruptRecord, Imported, Keep, ModulePolicy, Policy, Schemes,
    SealingKey, Strength,
};

/// A user with one of everything.
fn full_user() -> ApiUser {
    let mut world = World::with(
        AccessLevel::custom(["events.create", "events.list"]),
        list("192.0.2.0/24\n10.0.0.1-10.0.0.9"),
    );
    let keys = ring().sealing(SealingKey::new(3, [3; 32]).unwrap()).unwrap();
    let user = &mut world.user;
    let mut entropy = seeded(9);
    let once = by(NOW).request("job-1".parse().unwrap());
    let sealed = user
        .issue(Keep::Sealed(Schemes::PLAIN.and(Schemes::SIGV4)), &keys, once, &mut entropy)
        .unwrap()
        .key_id();
    let pair = Imported::new("AN1EXAMPLEKEY000001".parse().unwrap(), secret("a1B2/c3D4+e5F6/g7H8")).unwrap();
    let _ = user.import(&pair, Keep::Hashed, &keys, by(NOW), &mut entropy).unwrap();
    let _ = user.postpone(sealed, NOW, by(NOW)).unwrap();
    drop(user.rotate(sealed, Duration::from_secs(60), &keys, by(NOW), &mut entropy).unwrap());
    let _ = user.revoke(user.credentials()[0].key_id(), by(NOW)).unwrap();
    let _ = user.disable(by(NOW));
    user.clone()
}

fn full_account() -> Account {
    let policy = ModulePolicy::default()
        .addresses(Policy::observe(list("192.0.2.1")))
        .strength(Policy::enforce_from(Strength::Signature, NOW));
    Account::new("acme".parse().unwrap())
        .enable("events", policy.clone().danger_key_only())
        .enable("coupons", policy.clone())
        .disable("coupons")
        .enable_integration("crm".parse().unwrap())
        .default_policy(policy)
}

#[test]
fn what_is_written_is_read() {
    let user = full_user();
    let read = ApiUser::decode(&user.encode()).unwrap();
    assert_eq!(format!("{read:?}"), format!("{user:?}"));
    assert_eq!(read.encode(), user.encode());
    for level in [AccessLevel::Full, AccessLevel::Integration("crm".parse().unwrap())] {
        for allowlist in [Allowlist::Any, Allowlist::none()] {
            let user = World::with(level.clone(), allowlist).user;
            assert_eq!(format!("{:?}", ApiUser::decode(&user.encode()).unwrap()), format!("{user:?}"));
        }
    }
    let account = full_account();
    assert_eq!(Account::decode(&account.encode()).unwrap(), account);
}

#[cfg(feature = "serde")]
#[test]
fn what_serde_writes_serde_reads() {
    let user = full_user();
    let json = serde_json::to_string(&user).unwrap();
    let read: ApiUser = serde_json::from_str(&json).unwrap();
    assert_eq!(read.encode(), user.encode());
    let account = full_account();
    let json = serde_json::to_string(&account).unwrap();
    assert_eq!(serde_json::from_str::<Account>(&json).unwrap(), account);
}

#[cfg(feature = "serde")]
#[test]
fn an_account_in_serdes_formats_has_each_module_once() {
    let account = Account::new("acme".parse().unwrap()).enable("events", ModulePolicy::default());
    let mut json = serde_json::to_value(&account).unwrap();
    let again = json["modules"][0].clone();
    json["modules"].as_array_mut().unwrap().push(again);
    let error = serde_json::from_value::<Account>(json).unwrap_err();
    assert_eq!(error.to_string(), "account with a module twice; write each once");
}

#[test]
fn an_account_of_the_first_format_is_read() {
    // Written before requests could be signed: replay and presigned URLs have their defaults. A version 1 record of
    // `acme` with the module `events`, enabled, under the default policy.
    let account = Account::new("acme".parse().unwrap()).enable("events", ModulePolicy::default());
    let mut fields = b"kwa\x01\0\0\0\x04acme\0\0\0\x01\0\0\0\x06events\x01".to_vec();
    let policy = [2, 0, 0, 2, 1, 0, 1];
    fields.extend(policy);
    fields.extend([0; 4]);
    fields.extend(policy);
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&fields);
    fields.extend(crc.to_be_bytes());
    assert_eq!(Account::decode(&fields), Ok(account));
}

#[cfg(feature = "serde")]
#[test]
fn what_serde_reads_is_checked() {
    let json = serde_json::to_value(full_user()).unwrap();
    let refused = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut json = json.clone();
        change(&mut json);
        serde_json::from_value::<ApiUser>(json).is_err()
    };
    assert!(!refused(&|_| ()));
    assert!(refused(&|json| json["name"] = "a\nb".into()));
    assert!(refused(&|json| json["more"] = 1.into()));
    assert!(refused(&|json| json["allowlist"] = "all".into()));
    assert!(refused(&|json| json["level"] = "some".into()));
    assert!(refused(&|json| json["credentials"][0]["key_id"] = "a b".into()));
    assert!(refused(&|json| json["credentials"][0]["at_rest"]["hashed"]["mac"] = "AAAA".into()));
    assert!(refused(&|json| {
        let one = json["credentials"][0].clone();
        json["credentials"] = vec![one; 18].into();
    }));
    assert!(
        refused(&|json| json["credentials"][1]["at_rest"]["sealed"][2] = 8.into()),
        "a scheme that is not known"
    );
    for moment in ["not_before", "expires_at", "revoked_at"] {
        let without = |json: &mut serde_json::Value| {
            json["credentials"][0].as_object_mut().unwrap().remove(moment).unwrap();
        };
        assert!(refused(&without), "it would be read as a credential without {moment}");
    }
    assert!(refused(&|json| json["credentials"][0]["suspended_at"] = 1.into()), "it would not count");
    // An account is put in order, whatever order it was written in.
    let mut json = serde_json::to_value(full_account()).unwrap();
    json["modules"].as_array_mut().unwrap().reverse();
    assert_eq!(serde_json::from_value::<Account>(json).unwrap(), full_account());
}

#[cfg(feature = "serde")]
#[test]
fn data_lowers_the_floor_only_by_the_name_of_its_danger() {
    let read = |json: &str| serde_json::from_str::<ModulePolicy>(json);
    let policy = serde_json::to_string(&ModulePolicy::default()).unwrap();
    assert!(!policy.contains("floor"));
    assert_eq!(read(&policy).unwrap(), ModulePolicy::default());
    let lowered = serde_json::to_string(&ModulePolicy::default().danger_key_only()).unwrap();
    assert!(lowered.contains("\"danger_floor\":\"key_only\""), "{lowered}");
    assert_eq!(read(&lowered).unwrap().floor(), Strength::KeyOnly);
    assert!(read(&lowered.replace("danger_floor", "floor")).is_err());
    assert!(read(&policy.replace("\"mode\"", "\"enforce_fron\":1,\"mode\"")).is_err());
}

#[test]
fn a_record_that_was_read_verifies_as_before() {
    let mut world = World::new();
    world.user = ApiUser::decode(&world.user.encode()).unwrap();
    world.account = Account::decode(&world.account.encode()).unwrap();
    assert_eq!(world.denied(), None);
}

#[test]
fn a_request_that_was_stored_is_recognised_after_reading() {
    let mut read = ApiUser::decode(&full_user().encode()).unwrap();
    let keys = ring().sealing(SealingKey::new(3, [3; 32]).unwrap()).unwrap();
    let once = by(NOW).request("job-1".parse().unwrap());
    let again = read.issue(Keep::Sealed(Schemes::PLAIN.and(Schemes::SIGV4)), &keys, once, &mut seeded(1));
    assert!(matches!(again.err(), Some(keyward::IssueError::AlreadyIssued { .. })));
}

#[test]
fn a_record_cut_anywhere_or_changed_anywhere_is_corrupt() {
    let record = full_user().encode();
    for length in 0..record.len() {
        assert!(ApiUser::decode(&record[..length]).is_err(), "cut at {length}");
    }
    for index in 0..record.len() {
        let mut changed = record.clone();
        changed[index] ^= 0x10;
        assert!(ApiUser::decode(&changed).is_err(), "byte {index}");
    }
    let longer = [record.as_slice(), b"\0"].concat();
    assert!(ApiUser::decode(&longer).is_err());
    let record = full_account().encode();
    for index in 0..record.len() {
        let mut changed = record.clone();
        changed[index] ^= 0x10;
        assert!(
            Account::decode(&changed).is_err() && Account::decode(&record[..index]).is_err(),
            "byte {index}"
        );
    }
}

/// The same bytes with a checksum that fits again, so that the fields themselves have to hold.
fn resummed(mut record: Vec<u8>) -> Vec<u8> {
    let body = record.len() - 4;
    record.truncate(body);
    let mut crc = u32::MAX;
    for byte in &record {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    record.extend_from_slice(&(!crc).to_be_bytes());
    record
}

#[test]
fn a_forged_record_with_a_right_checksum_is_read_as_a_whole_or_not_at_all() {
    let (user, account) = (full_user().encode(), full_account().encode());
    assert_eq!(resummed(user.clone()), user, "the checksum here is the checksum there");
    for record in [&user, &account] {
        for index in 4..record.len() - 4 {
            for value in [0, 1, 0x7F, 0xFF] {
                let mut forged = record.clone();
                forged[index] = value;
                let forged = resummed(forged);
                // What is accepted is a record in its own right: it is written as it was read.
                if let Ok(read) = ApiUser::decode(&forged) {
                    assert!(read.encode() == forged, "byte {index} = {value}");
                }
                if let Ok(read) = Account::decode(&forged) {
                    assert!(read.encode() == forged, "byte {index} = {value}");
                }
            }
        }
    }
}

#[test]
fn other_kinds_and_later_versions_are_told_apart() {
    let (user, account) = (full_user().encode(), full_account().encode());
    let refused = |record: &[u8]| ApiUser::decode(record).unwrap_err();
    assert_eq!(refused(&account), CorruptRecord::NotOne("API user"));
    assert_eq!(refused(b""), CorruptRecord::NotOne("API user"));
    let mut later = user.clone();
    later[3] = 2;
    assert_eq!(refused(&resummed(later)), CorruptRecord::Version { kind: "API user", version: 2 });
    // No release has written version 0.
    let (mut none, mut no_account) = (user.clone(), account.clone());
    (none[3], no_account[3]) = (0, 0);
    assert!(ApiUser::decode(&resummed(none)).is_err());
    assert!(Account::decode(&resummed(no_account)).is_err());
    let mut torn = user;
    let middle = torn.len() / 2;
    torn[middle] ^= 1;
    assert_eq!(refused(&torn), CorruptRecord::Checksum("API user"));
    assert_eq!(Account::decode(&resummed(account[..20].to_vec())).unwrap_err().to_string(), {
        "account record with an impossible module; restore it from a backup"
    });
}
