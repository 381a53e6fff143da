//! Pairs of other systems: the floor, the exception below it, and what may not come in.

mod common;

use std::time::Duration;

use common::{NOW, World, by, list, ring, secret, seeded};
use keyward::{
    Act, ActKind, Allowlist, ApiUser, Code, ImportError, Imported, IssueError, Keep, KeyId, Origin, Presented,
};

const HEX_KEY: &str = "0123456789abcdef0123456789abcdef";
const HEX_SECRET: &str = "fedcba9876543210";

fn key(text: &str) -> KeyId {
    text.parse().unwrap()
}

fn pair(key_id: &str, text: &str) -> Result<Imported, ImportError> {
    Imported::new(key(key_id), secret(text))
}

fn import(user: &mut ApiUser, pair: &Imported) -> Result<Act, IssueError> {
    user.import(pair, Keep::Hashed, &ring(), by(NOW), &mut seeded(3))
}

#[test]
fn both_products_pairs_verify_by_every_carrier_of_pairs() {
    let shapes = [(HEX_KEY, HEX_SECRET), ("AN1EXAMPLEKEY000001", "a1B2/c3D4+e5F6/g7H8+i9J0kLm")];
    for (key_id, text) in shapes {
        let mut world = World::new();
        let act = import(&mut world.user, &pair(key_id, text).unwrap()).unwrap();
        assert_eq!((act.kind, act.key_id), (ActKind::Import, Some(key(key_id))));
        let held = world.user.credentials().iter().find(|held| held.key_id() == key(key_id)).unwrap();
        assert_eq!(held.origin(), Origin::Imported);
        let decide = |text: &str| {
            let subject =
                keyward::Subject::new(world.account.clone().into(), world.user.clone().into(), key(key_id));
            let line = format!("Bearer {key_id}:{text}");
            let lines = [("authorization", line.as_bytes())];
            let request = keyward::RequestHead::new("POST", "/", keyward::Headers::lines(&lines));
            world.engine.authorize(world.engine.present(request), subject, &world.ask()).unwrap()
        };
        assert_eq!(common::code(&decide(text)), None);
        assert_eq!(common::code(&decide(&text[1..])), Some(Code::CredentialInvalid));
    }
}

#[test]
fn a_secret_is_worth_at_least_64_bits_by_alphabet_and_length() {
    for (text, bits) in [
        ("fedcba9876543210", None), // 16 hexadecimal characters: 64 bits
        ("fedcba987654321", Some(60)),
        ("FEDCBA9876543210", None),
        ("12345678901234567890", None), // 20 digits: 66 bits
        ("1234567890123456789", Some(63)),
        ("abcdefghijklmn", None), // 14 letters: 65.8 bits
        ("zyxwvutsrqpon", Some(61)),
        ("aBcDeFgHiJk0", None), // 12 of letters and digits: 71 bits
        ("aBcDeFgHiJ", Some(57)),
        ("a/b+c/d+e/f", None), // 11 of base64: 66 bits
        ("a b!c;d?e.", None),  // 10 of anything: 65 bits
    ] {
        let expected = bits.map(|bits| ImportError::Weak { bits });
        assert_eq!(pair(HEX_KEY, text).err(), expected, "{text}");
    }
}

#[test]
fn a_long_repetition_is_no_secret() {
    assert_eq!(pair(HEX_KEY, &"abcdefg".repeat(10)).err(), Some(ImportError::Repetitive { distinct: 7 }));
    assert!(pair(HEX_KEY, &"abcdefgh".repeat(10)).is_ok());
}

#[test]
fn what_may_not_come_in_by_any_call() {
    let minted = World::new();
    let (ours, our_key) = (minted.revealed.secret().expose().to_owned(), minted.key().to_string());
    let token = minted.revealed.token().expose().to_owned();
    for (key_id, text, error) in [
        (HEX_KEY, String::new(), ImportError::Length(0)),
        (HEX_KEY, "ab1".repeat(43), ImportError::Length(129)),
        (HEX_KEY, format!("x{HEX_KEY}y"), ImportError::HoldsKeyId),
        (HEX_KEY, ours, ImportError::LikeOurs),
        (HEX_KEY, token, ImportError::LikeOurs),
        (&our_key, HEX_SECRET.to_owned(), ImportError::LikeOurs),
    ] {
        assert_eq!(pair(key_id, &text).err(), Some(error));
        assert_eq!(Imported::danger_weak(key(key_id), secret(&text), NOW).err(), Some(error));
    }
    assert!(pair(HEX_KEY, &"aB3".repeat(42)).is_err() && pair(HEX_KEY, &"aB3dE6gH".repeat(16)).is_ok());
}

#[test]
fn below_the_floor_needs_a_list_and_has_an_end() {
    let end = NOW.plus(Duration::from_secs(60));
    let weak = Imported::danger_weak(key("k"), secret("hunter2"), end).unwrap();
    let mut world = World::with(keyward::AccessLevel::Full, Allowlist::Any);
    assert_eq!(import(&mut world.user, &weak).unwrap_err(), IssueError::WeakWithoutList);
    world = World::with(keyward::AccessLevel::Full, Allowlist::none());
    assert_eq!(import(&mut world.user, &weak).unwrap_err(), IssueError::WeakWithoutList);
    world = World::new();
    let _ = import(&mut world.user, &weak).unwrap();
    let held = world.user.credentials().last().unwrap();
    assert_eq!((held.origin(), held.expires_at()), (Origin::ImportedWeak, Some(end)));
    let _ = world.user.expire(key("k"), end.plus(Duration::from_secs(1)), by(NOW)).unwrap();
    assert_eq!(world.user.credentials().last().unwrap().expires_at(), Some(end), "and no later one");
    let opened = world.user.change_allowlist(Allowlist::Any, by(NOW));
    assert!(opened.is_err(), "the list cannot be taken away while it lives");
    assert!(world.user.change_allowlist(list("192.0.2.9"), by(NOW)).is_ok());
    assert!(world.user.change_allowlist(Allowlist::Any, by(end)).is_ok(), "its end is its end");
}

#[test]
fn a_strong_secret_is_not_weakened_by_the_dangerous_call() {
    let strong = Imported::danger_weak(key(HEX_KEY), secret(HEX_SECRET), NOW).unwrap();
    let mut world = World::with(keyward::AccessLevel::Full, Allowlist::Any);
    let _ = import(&mut world.user, &strong).unwrap();
    let held = world.user.credentials().last().unwrap();
    assert_eq!((held.origin(), held.expires_at()), (Origin::Imported, None));
}

#[test]
fn a_key_is_imported_once_and_counts_as_live() {
    let mut world = World::new();
    let _ = import(&mut world.user, &pair(HEX_KEY, HEX_SECRET).unwrap()).unwrap();
    let again = import(&mut world.user, &pair(HEX_KEY, HEX_SECRET).unwrap());
    assert_eq!(again.unwrap_err(), IssueError::KeyTaken);
    for n in 0..2 {
        let _ = import(&mut world.user, &pair(&format!("k{n}"), HEX_SECRET).unwrap()).unwrap();
    }
    let fifth = import(&mut world.user, &pair("k9", HEX_SECRET).unwrap());
    assert_eq!(fifth.unwrap_err(), IssueError::TooMany);
}

#[test]
fn regenerating_an_import_mints_one_of_ours() {
    let mut world = World::new();
    let _ = import(&mut world.user, &pair(HEX_KEY, HEX_SECRET).unwrap()).unwrap();
    let made = world.user.regenerate(key(HEX_KEY), &ring(), by(NOW), &mut seeded(4)).unwrap();
    world.revealed = made.reveal();
    assert_eq!(world.denied(), None);
    let held = world.user.credentials().iter().find(|held| held.key_id() == world.key()).unwrap();
    assert_eq!(held.origin(), Origin::Minted);
    let old = secret(HEX_SECRET);
    let subject =
        keyward::Subject::new(world.account.clone().into(), world.user.clone().into(), key(HEX_KEY));
    let verdict = world.engine.authorize(Presented::pair(key(HEX_KEY), &old), subject, &world.ask()).unwrap();
    assert_eq!(common::code(&verdict), Some(Code::CredentialInvalid));
}

#[test]
fn nothing_of_an_import_is_printed() {
    let pair = pair(HEX_KEY, HEX_SECRET).unwrap();
    assert!(!format!("{pair:?}").contains(&HEX_SECRET[..9]));
    let mut world = World::new();
    let act = import(&mut world.user, &pair).unwrap();
    assert!(!format!("{act:?} {:?}", world.user).contains(&HEX_SECRET[..9]));
}
