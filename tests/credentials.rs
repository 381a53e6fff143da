//! Issuing, revealing and ending credentials.

mod common;

use std::time::Duration;

use common::{NOW, World, by, code, engine, list, ring, secret, seeded};
use keyward::{
    AccessLevel, Account, ActKind, ApiUser, Authorizer, Code, EntropyError, Fault, Headers, IssueError, Keep,
    KeyRing, Life, MAX_LIVE, Pepper, Presented, RequestHead, Subject, UnknownKey,
};

/// A change to the world's user.
type Prepare = fn(&mut World);

fn user() -> ApiUser {
    ApiUser::new("acme".parse().unwrap(), "u1".parse().unwrap(), "checkout", AccessLevel::Full, list("::/0"))
        .unwrap()
}

#[test]
fn issuing_makes_a_key_and_a_secret_that_verify() {
    let world = World::new();
    assert_eq!(world.denied(), None);
    let shown = world.revealed.secret().expose();
    assert!(world.key().as_str().starts_with("kwk_") && shown.starts_with("kws1_"));
}

#[test]
fn every_credential_has_its_own_key_and_secret() {
    let mut user = user();
    let keys = ring();
    let mut entropy = seeded(3);
    let one = user.issue(Keep::Hashed, &keys, by(NOW), &mut entropy).unwrap().reveal();
    let two = user.issue(Keep::Hashed, &keys, by(NOW), &mut entropy).unwrap().reveal();
    assert_ne!(one.key_id(), two.key_id());
    assert_ne!(one.secret().expose(), two.secret().expose());
}

#[test]
fn the_key_stays_readable_and_the_secret_does_not() {
    let world = World::new();
    assert_eq!(world.user.credentials()[0].key_id(), world.key());
    let record = format!("{:?} {:?} {:?}", world.user, world.subject(), world.engine);
    assert!(record.contains(world.key().as_str()));
    let random = &world.revealed.secret().expose()[5..];
    for window in random.as_bytes().windows(9) {
        assert!(!record.contains(std::str::from_utf8(window).unwrap()));
    }
}

#[test]
fn a_regenerated_pair_is_refused_at_once_and_the_new_one_works() {
    let mut world = World::new();
    let old = world.key();
    let made = world.user.regenerate(old, &ring(), by(NOW), &mut seeded(2)).unwrap();
    assert_eq!((made.act().kind, made.act().key_id), (ActKind::Regenerate, Some(made.key_id())));
    assert_eq!(world.denied(), Some(Code::CredentialInvalid));
    world.revealed = made.reveal();
    assert_ne!(world.key(), old);
    assert_eq!(world.denied(), None);
}

#[test]
fn one_pair_serves_every_method_of_the_level() {
    let mut world = World::new();
    for method in ["events.create", "events.list", "coupons.issue"] {
        world.method = method;
        assert_eq!(world.denied(), None, "{method}");
    }
}

#[test]
fn an_api_user_is_a_name_with_a_pair_and_an_account_has_several() {
    let engine = engine();
    let account = Account::new("acme".parse().unwrap()).enable("events", keyward::ModulePolicy::default());
    for (id, name) in [("u1", "checkout"), ("u2", "backoffice")] {
        let mut world = World::new();
        world.user =
            ApiUser::new(account.id(), id.parse().unwrap(), name, AccessLevel::Full, list("192.0.2.1"))
                .unwrap();
        world.revealed =
            world.user.issue(Keep::Hashed, engine.keys(), by(NOW), &mut seeded(9)).unwrap().reveal();
        assert_eq!(world.granted().user().name(), name);
    }
}

#[test]
fn each_life_is_one_refusal_and_only_the_operator_learns_which() {
    let hour = Duration::from_secs(3600);
    let prepared = |prepare: fn(&mut World)| {
        let mut world = World::new();
        prepare(&mut world);
        world
    };
    let cases: [(Prepare, &str); 4] = [
        (|world| drop(world.user.revoke(world.key(), by(NOW))), "revoked"),
        (|world| drop(world.user.expire(world.key(), NOW, by(NOW.minus(Duration::from_secs(1))))), "expired"),
        (
            |world| drop(world.user.postpone(world.key(), NOW.plus(Duration::from_secs(1)), by(NOW))),
            "before its time",
        ),
        (|world| drop(world.user.disable(by(NOW))), "disabled"),
    ];
    for (prepare, word) in cases {
        let world = prepared(prepare);
        let denial = world.verdict().into_result().unwrap_err();
        assert_eq!(denial.code(), Code::CredentialInvalid, "{word}");
        let sentence = denial.operator().sentence(world.engine.catalogue()).to_string();
        assert!(sentence.contains(word), "{sentence}");
        assert!(!denial.to_string().contains(word));
    }
    // The bounds: the first moment of the life, and the first after it.
    let mut world = prepared(|_| ());
    let key = world.key();
    let _ = world.user.postpone(key, NOW, by(NOW)).unwrap();
    let _ = world.user.expire(key, NOW.plus(hour), by(NOW)).unwrap();
    for (at, life) in [
        (NOW.minus(Duration::from_secs(1)), Life::NotYetValid),
        (NOW, Life::Live),
        (NOW.plus(hour).minus(Duration::from_secs(1)), Life::Live),
        (NOW.plus(hour), Life::Expired),
    ] {
        assert_eq!(world.user.credentials()[0].life(at), life);
        world.now = at;
        assert_eq!(world.denied().is_none(), life == Life::Live);
    }
}

#[test]
fn revoked_and_expired_are_for_good() {
    let later = NOW.plus(Duration::from_secs(10));
    let mut world = World::new();
    let key = world.key();
    let first = world.user.revoke(key, by(NOW)).unwrap();
    assert_eq!((first.kind, first.actor.as_ref(), first.at), (ActKind::Revoke, "admin@acme.test", NOW));
    let _ = world.user.revoke(key, by(later)).unwrap();
    assert_eq!(world.user.credentials()[0].revoked_at(), Some(NOW), "the first revocation counts");
    assert_eq!(world.user.expire(key, later, by(NOW)).unwrap_err(), UnknownKey);
    assert_eq!(world.user.postpone(key, NOW, by(NOW)).unwrap_err(), UnknownKey);
    let _ = world.user.disable(by(NOW));
    let _ = world.user.enable(by(NOW));
    world.now = later;
    assert_eq!(world.denied(), Some(Code::CredentialInvalid));

    let mut world = World::new();
    let _ = world.user.expire(key, NOW, by(NOW.minus(Duration::from_secs(1)))).unwrap();
    assert_eq!(world.user.expire(key, later, by(NOW)).unwrap_err(), UnknownKey, "no second life");
    assert_eq!(world.denied(), Some(Code::CredentialInvalid));
}

#[test]
fn disabling_is_reversible_and_stops_every_credential() {
    let mut world = World::new();
    let _ = world.user.disable(by(NOW));
    assert_eq!(world.denied(), Some(Code::CredentialInvalid));
    let act = world.user.enable(by(NOW));
    assert_eq!((act.kind, act.key_id), (ActKind::Enable, None));
    assert_eq!(world.denied(), None);
}

#[test]
fn a_user_has_at_most_four_live_credentials() {
    let (mut user, keys, mut entropy) = (user(), ring(), seeded(5));
    let mut issue =
        |user: &mut ApiUser| user.issue(Keep::Hashed, &keys, by(NOW), &mut entropy).map(|made| made.key_id());
    let first = issue(&mut user).unwrap();
    for _ in 1..MAX_LIVE {
        issue(&mut user).unwrap();
    }
    let revision = user.revision();
    assert_eq!(issue(&mut user).unwrap_err(), IssueError::TooMany);
    assert_eq!(user.revision(), revision, "a refused act changes nothing");
    let _ = user.revoke(first, by(NOW)).unwrap();
    issue(&mut user).unwrap();
}

#[test]
fn a_full_user_can_still_regenerate() {
    let (mut user, keys, mut entropy) = (user(), ring(), seeded(5));
    for _ in 0..MAX_LIVE {
        drop(user.issue(Keep::Hashed, &keys, by(NOW), &mut entropy).unwrap());
    }
    let key = user.credentials()[0].key_id();
    drop(user.regenerate(key, &keys, by(NOW), &mut entropy).unwrap());
    assert_eq!(user.credentials().iter().filter(|held| held.life(NOW) == Life::Live).count(), MAX_LIVE);
    assert_eq!(user.regenerate(key, &keys, by(NOW), &mut entropy).err(), Some(IssueError::Over));
}

#[test]
fn the_record_stays_bounded_however_often_a_key_is_replaced() {
    let (mut user, keys, mut entropy) = (user(), ring(), seeded(5));
    let mut key = user.issue(Keep::Hashed, &keys, by(NOW), &mut entropy).unwrap().key_id();
    for _ in 0..100 {
        key = user.regenerate(key, &keys, by(NOW), &mut entropy).unwrap().key_id();
    }
    assert!(user.credentials().len() <= 17);
    assert!(user.credentials().iter().any(|held| held.key_id() == key && held.life(NOW) == Life::Live));
}

#[test]
fn a_living_credential_is_never_forgotten_for_a_new_one() {
    let mut world = World::new();
    let (keys, mut entropy) = (ring(), seeded(5));
    let mut other = world.user.issue(Keep::Hashed, &keys, by(NOW), &mut entropy).unwrap().key_id();
    for _ in 0..40 {
        other = world.user.regenerate(other, &keys, by(NOW), &mut entropy).unwrap().key_id();
    }
    assert_eq!(world.denied(), None, "the first one, beside forty that came and went");
}

#[test]
fn a_random_source_that_fails_leaves_the_old_state() {
    let mut world = World::new();
    let (key, revision) = (world.key(), world.user.revision());
    let mut broken = |_: &mut [u8]| Err(EntropyError::Failed);
    let failed = world.user.regenerate(key, &ring(), by(NOW), &mut broken).err();
    assert_eq!(failed, Some(IssueError::Entropy(EntropyError::Failed)));
    assert_eq!(world.user.issue(Keep::Hashed, &ring(), by(NOW), &mut broken).err(), failed);
    assert_eq!((world.user.revision(), world.user.credentials().len()), (revision, 1));
    assert_eq!(world.denied(), None, "the old pair still works");
}

#[test]
fn a_retired_pepper_still_verifies_and_a_missing_one_is_a_fault() {
    let world = World::new();
    let pair = || Presented::pair(world.key(), world.revealed.secret());
    let turned = KeyRing::new(Pepper::new(2, [8; 32]).unwrap());
    let with_old = Authorizer::new(
        common::catalogue(),
        turned.retired_pepper(Pepper::new(1, [7; 32]).unwrap()).unwrap(),
    );
    assert_eq!(code(&with_old.authorize(pair(), world.subject(), &world.ask()).unwrap()), None);
    let without = Authorizer::new(common::catalogue(), KeyRing::new(Pepper::new(2, [8; 32]).unwrap()));
    let fault = without.authorize(pair(), world.subject(), &world.ask()).unwrap_err();
    assert!(matches!(fault, Fault::UnknownPepper(1)));
}

#[test]
fn another_keys_subject_is_a_fault() {
    let world = World::new();
    let other = Presented::pair("k".parse().unwrap(), world.revealed.secret());
    let fault = world.engine.authorize(other, world.subject(), &world.ask()).unwrap_err();
    assert!(matches!(fault, Fault::WrongSubject));
    // As one string, which is compared before it is put together.
    let mut other = World::new();
    let issued = other.user.issue(Keep::Hashed, &ring(), by(NOW), &mut seeded(77)).unwrap();
    other.revealed = issued.reveal();
    let token = format!("Bearer {}", other.revealed.token().expose());
    let lines = [("authorization", token.as_bytes())];
    let presented = world.engine.present(RequestHead::new("GET", "/", Headers::lines(&lines)));
    let fault = world.engine.authorize(presented, world.subject(), &world.ask()).unwrap_err();
    assert!(matches!(fault, Fault::WrongSubject));
}

#[test]
fn a_subject_joins_only_what_belongs_together() {
    let world = World::new();
    let stranger = Account::new("other".parse().unwrap());
    let user = std::sync::Arc::new(world.user.clone());
    assert!(Subject::new(std::sync::Arc::new(stranger), user.clone(), world.key()).is_none());
    assert!(
        Subject::new(std::sync::Arc::new(world.account.clone()), user, "kwk_none".parse().unwrap()).is_none()
    );
}

#[test]
fn format_and_checksum_play_no_part_in_verification() {
    // A stored secret of any shape is verified as it is; a right checksum on a wrong secret changes nothing.
    let world = World::new();
    for wrong in ["x", "kws1_0000000000000000000000000000000000000000000000000", "🦀"] {
        let presented = secret(wrong);
        let verdict = world.decide(Presented::pair(world.key(), &presented));
        assert_eq!(code(&verdict), Some(Code::CredentialInvalid));
    }
}

#[test]
fn a_vendor_prefix_marks_key_secret_and_token() {
    let keys = ring().vendor("acme9".parse().unwrap());
    let revealed = user().issue(Keep::Hashed, &keys, by(NOW), &mut seeded(1)).unwrap().reveal();
    assert!(revealed.key_id().as_str().starts_with("acme9k_"));
    assert!(revealed.secret().expose().starts_with("acme9s1_"));
    assert!(revealed.token().expose().starts_with("acme9t1_"));
    assert_eq!(revealed.into_secret().expose().len(), 5 + 3 + 49);
}
