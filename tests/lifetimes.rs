//! The life of credentials and users: rotation with overlap, acts that happen once, what stops, moving to new keys.

mod common;

use std::time::Duration;

use common::{NOW, World, by, code, list, ring, seeded};
use keyward::{
    AccessLevel, ActKind, Allowlist, ApiUser, Authorizer, Code, IssueError, Keep, KeyRing, LastUse,
    MAX_OVERLAP, NamedKey, Pepper, Presented, RequestId, ResealError, Revealed, Schemes, SealingKey,
    Timestamp, UnknownKey, Unopened,
};

const HOUR: Duration = Duration::from_secs(3600);

fn request(id: &str) -> RequestId {
    id.parse().unwrap()
}

fn at(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// The code for this pair at that time, or `None` if it is allowed.
fn decided(world: &World, revealed: &Revealed, now: Timestamp) -> Option<Code> {
    let subject =
        keyward::Subject::new(world.account.clone().into(), world.user.clone().into(), revealed.key_id());
    let ask = keyward::Ask::new(world.method, world.client, now);
    code(
        &world
            .engine
            .authorize(Presented::pair(revealed.key_id(), revealed.secret()), subject, &ask)
            .unwrap(),
    )
}

#[test]
fn while_a_rotation_overlaps_both_pairs_work_and_then_the_new_one_alone() {
    let mut world = World::new();
    let old = world.key();
    let made = world.user.rotate(old, HOUR, &ring(), by(NOW), &mut seeded(2)).unwrap();
    assert_eq!((made.act().kind, made.act().key_id), (ActKind::Rotate, Some(made.key_id())));
    assert_eq!(
        (made.act().replaced, made.act().end),
        (Some(old), Some(at(3600))),
        "the journal says what ends, and when"
    );
    let new = made.reveal();
    for (now, old_works) in [(at(0), true), (at(3599), true), (at(3600), false), (at(9999), false)] {
        assert_eq!(decided(&world, &world.revealed, now).is_none(), old_works, "{now}");
        assert_eq!(decided(&world, &new, now), None, "never neither");
    }
}

#[test]
fn an_overlap_never_outlives_the_old_credentials_own_end() {
    let mut world = World::new();
    let key = world.key();
    let _ = world.user.expire(key, at(60), by(NOW)).unwrap();
    drop(world.user.rotate(key, HOUR, &ring(), by(NOW), &mut seeded(2)).unwrap());
    assert_eq!(world.user.credentials()[0].expires_at(), Some(at(60)));
}

#[test]
fn an_end_is_only_brought_forward() {
    let mut world = World::new();
    let key = world.key();
    drop(world.user.rotate(key, HOUR, &ring(), by(NOW), &mut seeded(2)).unwrap());
    let act = world.user.expire(key, at(9_999_999), by(NOW)).unwrap();
    assert_eq!((act.end, world.user.credentials()[0].expires_at()), (Some(at(3600)), Some(at(3600))));
    let act = world.user.expire(key, at(60), by(NOW)).unwrap();
    assert_eq!((act.end, world.user.credentials()[0].expires_at()), (Some(at(60)), Some(at(60))));
}

#[test]
fn an_overlap_is_at_most_a_week_and_may_be_nothing() {
    let mut world = World::new();
    let key = world.key();
    let before = world.user.encode();
    let too_long =
        world.user.rotate(key, MAX_OVERLAP + Duration::from_secs(1), &ring(), by(NOW), &mut seeded(2));
    assert_eq!(too_long.err(), Some(IssueError::Overlap));
    assert_eq!(world.user.encode(), before);
    drop(world.user.rotate(key, MAX_OVERLAP, &ring(), by(NOW), &mut seeded(2)).unwrap());
    let mut world = World::new();
    let new = world.user.rotate(key, Duration::ZERO, &ring(), by(NOW), &mut seeded(2)).unwrap().reveal();
    assert_eq!(world.denied(), Some(Code::CredentialInvalid));
    assert_eq!(decided(&world, &new, NOW), None);
}

#[test]
fn rotating_needs_room_and_a_living_credential() {
    let mut world = World::new();
    let (keys, mut entropy) = (ring(), seeded(2));
    let key = world.key();
    for _ in 0..3 {
        drop(world.user.rotate(key, HOUR, &keys, by(NOW), &mut entropy).unwrap());
    }
    let full = world.user.rotate(key, HOUR, &keys, by(NOW), &mut entropy);
    assert_eq!(full.err(), Some(IssueError::TooMany));
    let _ = world.user.revoke(key, by(NOW)).unwrap();
    assert_eq!(world.user.rotate(key, HOUR, &keys, by(NOW), &mut entropy).err(), Some(IssueError::Over));
    let stranger = "kwk_none".parse().unwrap();
    assert_eq!(
        world.user.rotate(stranger, HOUR, &keys, by(NOW), &mut entropy).err(),
        Some(IssueError::UnknownKey)
    );
}

#[test]
fn an_act_that_is_repeated_under_its_request_id_happens_once() {
    let mut world = World::new();
    let (keys, mut entropy) = (ring(), seeded(2));
    let once = by(NOW).request(request("r1"));
    let made = world.user.issue(Keep::Hashed, &keys, once, &mut entropy).unwrap().key_id();
    let before = world.user.encode();
    for later in [NOW, at(86_399)] {
        let again = by(later).request(request("r1"));
        let repeated = world.user.issue(Keep::Hashed, &keys, again, &mut entropy).err();
        assert_eq!(repeated, Some(IssueError::AlreadyIssued { key_id: made }));
    }
    assert_eq!(world.user.encode(), before, "nothing was made");
    let next_day = by(at(86_400)).request(request("r1"));
    assert!(world.user.issue(Keep::Hashed, &keys, next_day, &mut entropy).is_ok());
}

#[test]
fn request_ids_belong_to_an_actor_and_an_operation() {
    let mut world = World::new();
    let (keys, mut entropy) = (ring(), seeded(2));
    let key = world.key();
    let once = by(NOW).request(request("r1"));
    let other = keyward::By::new("someone@acme.test", NOW).request(request("r1"));
    assert!(world.user.issue(Keep::Hashed, &keys, once, &mut entropy).is_ok());
    assert!(world.user.issue(Keep::Hashed, &keys, other, &mut entropy).is_ok());
    assert!(world.user.regenerate(key, &keys, once, &mut entropy).is_ok());
    let repeated = world.user.regenerate(key, &keys, once, &mut entropy).err();
    assert!(matches!(repeated, Some(IssueError::AlreadyIssued { .. })), "though the old key is gone by now");
}

#[test]
fn other_parameters_under_one_request_id_conflict() {
    let mut world = World::new();
    let (keys, mut entropy) = (ring(), seeded(2));
    let key = world.key();
    let once = by(NOW).request(request("r1"));
    drop(world.user.rotate(key, HOUR, &keys, once, &mut entropy).unwrap());
    let longer = world.user.rotate(key, HOUR * 2, &keys, once, &mut entropy).err();
    assert_eq!(longer, Some(IssueError::RequestConflict));
}

#[test]
fn a_refused_act_is_not_remembered() {
    let mut world = World::new();
    let once = by(NOW).request(request("r1"));
    let mut broken = |_: &mut [u8]| Err(keyward::EntropyError::Failed);
    assert!(world.user.issue(Keep::Hashed, &ring(), once, &mut broken).is_err());
    assert!(world.user.issue(Keep::Hashed, &ring(), once, &mut seeded(2)).is_ok());
}

#[test]
fn sixteen_acts_are_remembered_and_none_is_forgotten_for_a_seventeenth() {
    let mut world = World::new();
    let (keys, mut entropy) = (ring(), seeded(2));
    let mut key = world.key();
    for n in 0..16 {
        let once = by(NOW).request(request(&format!("r{n}")));
        key = world.user.regenerate(key, &keys, once, &mut entropy).unwrap().key_id();
    }
    let one_more = world.user.regenerate(key, &keys, by(NOW).request(request("r16")), &mut entropy);
    assert_eq!(one_more.err(), Some(IssueError::TooManyRequests));
    let first = world.user.issue(Keep::Hashed, &keys, by(NOW).request(request("r0")), &mut entropy);
    assert_eq!(first.err(), Some(IssueError::TooManyRequests), "another operation of that name is a new act");
    assert!(world.user.regenerate(key, &keys, by(NOW), &mut entropy).is_ok(), "without an id it goes on");
}

#[test]
fn before_regenerating_it_is_said_what_stops() {
    let world = World::new();
    let (key, other) = (world.key(), "kwk_other".parse().unwrap());
    let seen =
        |key_id, seconds, ip: &str| LastUse { key_id, at: at(seconds), client: Some(ip.parse().unwrap()) };
    let uses = [
        seen(key, 5, "192.0.2.9"),
        seen(key, 60, "192.0.2.1"),
        seen(key, 7, "::ffff:192.0.2.1"),
        seen(other, 99, "192.0.2.7"),
        LastUse { key_id: key, at: at(1), client: None },
    ];
    let stops = world.user.what_stops(key, &uses).unwrap();
    assert_eq!(
        stops.to_string(),
        format!(
            "key {key} is refused from now on; it was last used at {} and was seen from 192.0.2.1, 192.0.2.9",
            at(60)
        )
    );
    let many: Vec<_> = (1..=7).map(|n| seen(key, n, &format!("192.0.2.{n}"))).collect();
    assert!(world.user.what_stops(key, &many).unwrap().to_string().ends_with("192.0.2.5 and 2 more"));
    let unused = world.user.what_stops(key, &[]).unwrap();
    assert_eq!(unused.to_string(), format!("key {key} is refused from now on; no use of it was recorded"));
    assert_eq!(world.user.what_stops(other, &uses).unwrap_err(), UnknownKey);
}

#[test]
fn every_act_names_its_actor_and_its_time() {
    let mut world = World::new();
    let key = world.key();
    let acts = [
        world.user.created(by(NOW)),
        world.user.postpone(key, NOW, by(NOW)).unwrap(),
        world.user.expire(key, at(9), by(NOW)).unwrap(),
        world.user.disable(by(NOW)),
        world.user.enable(by(NOW)),
        world.user.rename("till", by(NOW)).unwrap(),
        world.user.change_level(AccessLevel::custom(["events.list"]), by(NOW)),
        world.user.change_allowlist(list("192.0.2.1"), by(NOW)).unwrap(),
        world.user.revoke(key, by(NOW)).unwrap(),
        world.user.clone().delete(by(NOW)).act,
    ];
    let kinds: Vec<_> = acts.iter().map(|act| act.kind.to_string()).collect();
    let expected = [
        "create",
        "postpone",
        "expire",
        "disable",
        "enable",
        "rename",
        "change-level",
        "change-allowlist",
        "revoke",
        "delete",
    ];
    assert_eq!(kinds, expected);
    for act in &acts {
        assert_eq!((&*act.actor, act.at, act.user), ("admin@acme.test", NOW, Some(world.user.id())));
    }
    assert_eq!((world.user.name(), world.user.allowlist()), ("till", &list("192.0.2.1")));
}

#[test]
fn a_bad_name_leaves_the_old_one() {
    let mut world = World::new();
    let before = world.user.encode();
    assert!(world.user.rename("a\nb", by(NOW)).is_err());
    assert_eq!(world.user.encode(), before);
}

#[test]
fn deleting_leaves_a_tombstone_for_every_key() {
    let mut world = World::new();
    let old = world.key();
    let new = world.user.regenerate(old, &ring(), by(NOW), &mut seeded(2)).unwrap().key_id();
    let deleted = world.user.delete(by(NOW));
    assert_eq!((deleted.act.kind, deleted.tombstones), (ActKind::Delete, vec![old, new]));
}

#[test]
fn the_last_credential_may_always_be_revoked() {
    let mut world = World::new();
    let act = world.user.revoke(world.key(), by(NOW)).unwrap();
    assert_eq!(act.kind, ActKind::Revoke);
}

fn sealing(id: u32) -> SealingKey {
    SealingKey::new(id, [100 + u8::try_from(id).unwrap(); 32]).unwrap()
}

fn sealed_world(schemes: Schemes) -> World {
    let mut world = World::new();
    let keys = ring().sealing(sealing(1)).unwrap();
    let made = world.user.issue(Keep::Sealed(schemes), &keys, by(NOW), &mut seeded(6)).unwrap();
    world.revealed = made.reveal();
    world
}

#[test]
fn one_sealed_pair_is_plain_too_if_it_was_issued_so() {
    assert_eq!(sealed_world(Schemes::PLAIN.and(Schemes::SIGV4)).denied(), None);
    let signing = sealed_world(Schemes::SIGV4);
    let denial = signing.verdict().into_result().unwrap_err();
    assert_eq!(denial.code(), Code::CredentialInvalid);
    let sentence = denial.operator().sentence(signing.engine.catalogue()).to_string();
    assert!(
        sentence.ends_with("presented a plain secret with a credential for signatures alone; have it sign")
    );
}

#[test]
fn without_a_sealing_key_nothing_is_sealed() {
    let mut world = World::new();
    let before = world.user.encode();
    let failed = world.user.issue(Keep::Sealed(Schemes::PLAIN), &ring(), by(NOW), &mut seeded(6)).err();
    assert_eq!(failed, Some(IssueError::NoSealingKey));
    assert_eq!(world.user.encode(), before);
}

#[test]
fn a_replaced_credential_is_kept_as_its_predecessor_was() {
    let mut world = sealed_world(Schemes::PLAIN.and(Schemes::RFC9421));
    let keys = ring().sealing(sealing(1)).unwrap();
    let made = world.user.rotate(world.key(), HOUR, &keys, by(NOW), &mut seeded(7)).unwrap().reveal();
    let held = world.user.credentials().iter().find(|held| held.key_id() == made.key_id()).unwrap();
    assert_eq!(held.schemes(), Schemes::PLAIN.and(Schemes::RFC9421));
}

#[test]
fn a_sweep_moves_sealed_secrets_to_the_current_key() {
    let mut world = sealed_world(Schemes::PLAIN);
    let named = |user: &ApiUser, key| user.named_keys().filter(|named| *named == key).count();
    assert_eq!(named(&world.user, NamedKey::Sealing(1)), 1);
    let keys = ring().sealing(sealing(2)).unwrap().retired_sealing(sealing(1)).unwrap();
    let revision = world.user.revision();
    assert_eq!(world.user.reseal(&keys, &mut seeded(8)), Ok(1));
    assert_eq!(world.user.revision() >> 32, (revision >> 32) + 1);
    assert_eq!((named(&world.user, NamedKey::Sealing(1)), named(&world.user, NamedKey::Sealing(2))), (0, 1));
    assert_eq!(world.user.reseal(&keys, &mut seeded(8)), Ok(0), "and then there is nothing to do");
    assert_eq!(world.user.revision() >> 32, (revision >> 32) + 1);
    assert_eq!(world.denied(), None);
}

#[test]
fn a_sweep_that_fails_changes_nothing() {
    let mut world = sealed_world(Schemes::PLAIN);
    let before = world.user.encode();
    let unknown = ring().sealing(sealing(2)).unwrap();
    let failed = world.user.reseal(&unknown, &mut seeded(8)).unwrap_err();
    assert_eq!(failed, ResealError::Unopened(Unopened::UnknownKey(1)));
    let wrong = unknown.retired_sealing(SealingKey::new(1, [9; 32]).unwrap()).unwrap();
    let failed = world.user.reseal(&wrong, &mut seeded(8)).unwrap_err();
    assert_eq!(failed, ResealError::Unopened(Unopened::Corrupt));
    let right = ring().sealing(sealing(2)).unwrap().retired_sealing(sealing(1)).unwrap();
    let mut broken = |_: &mut [u8]| Err(keyward::EntropyError::Failed);
    assert!(world.user.reseal(&right, &mut broken).is_err());
    assert_eq!(world.user.encode(), before);
}

#[test]
fn a_proven_caller_under_a_retired_pepper_brings_the_new_hash() {
    let mut world = World::new();
    assert!(world.granted().rehash().is_none(), "the pepper is current");
    let turned = KeyRing::new(Pepper::new(2, [8; 32]).unwrap())
        .retired_pepper(Pepper::new(1, [7; 32]).unwrap())
        .unwrap();
    world.engine = Authorizer::new(common::catalogue(), turned);
    let rehash = world.granted().rehash().unwrap();
    assert_eq!(rehash.key_id(), world.key());
    assert!(world.user.rehash(&rehash));
    assert_eq!(world.user.named_keys().collect::<Vec<_>>(), [NamedKey::Pepper(2)]);
    assert!(world.granted().rehash().is_none());
    assert!(!world.user.rehash(&rehash), "once");
    // From now on the retired pepper can go.
    world.engine = Authorizer::new(common::catalogue(), KeyRing::new(Pepper::new(2, [8; 32]).unwrap()));
    assert_eq!(world.denied(), None);
}

#[test]
fn a_rehash_of_a_credential_that_is_gone_is_forgotten() {
    let world = World::new();
    let turned = KeyRing::new(Pepper::new(2, [8; 32]).unwrap())
        .retired_pepper(Pepper::new(1, [7; 32]).unwrap())
        .unwrap();
    let engine = Authorizer::new(common::catalogue(), turned);
    let pair = Presented::pair(world.key(), world.revealed.secret());
    let grant = engine.authorize(pair, world.subject(), &world.ask()).unwrap().into_result().unwrap();
    let mut other = ApiUser::new(
        world.account.id(),
        "u2".parse().unwrap(),
        "other",
        AccessLevel::Full,
        Allowlist::none(),
    )
    .unwrap();
    let before = other.encode();
    assert!(!other.rehash(&grant.rehash().unwrap()));
    assert_eq!(other.encode(), before);
    let shown = format!("{:?}", grant.rehash());
    assert_eq!(shown, format!("Some(Rehash {{ key_id: KeyId({}), .. }})", world.key()));
}
