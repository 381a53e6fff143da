//! Pairs of other systems: the floor, the exception below it, and what may not come in.

mod common;

use std::time::Duration;

use common::{
    NOW, World, by, list, ring, secret, seeded,
    signing::{HOST, Scheme, Signed, profile},
};
use keyward::{
    AccessLevel, Act, ActKind, Allowlist, ApiUser, Code, Headers, ImportError, Imported, IssueError, Keep,
    KeyId, MessageProfile, MessageSigner, Origin, Payload, Presented, RequestHead, Schemes, Signer, Subject,
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
            let subject = Subject::new(world.account.clone().into(), world.user.clone().into(), key(key_id));
            let line = format!("Bearer {key_id}:{text}");
            let lines = [("authorization", line.as_bytes())];
            let request = RequestHead::new("POST", "/", Headers::lines(&lines));
            world.engine.authorize(world.engine.present(request), subject, &world.ask()).unwrap()
        };
        assert_eq!(common::code(&decide(text)), None);
        assert_eq!(common::code(&decide(&text[1..])), Some(Code::CredentialInvalid));
    }
}

/// A signature over a GET by each scheme's signer, with a customer's own pair.
fn signed_by(scheme: Scheme, key_id: &str, text: &str) -> Signed {
    let lines = [("Host", HOST.as_bytes())];
    let head = RequestHead::new("GET", "/events", Headers::lines(&lines)).scheme("https");
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.as_bytes().to_vec());
    let added: Vec<_> = match scheme {
        Scheme::SigV4 => {
            let signer = Signer::new(profile(), key(key_id), secret(text));
            signer.sign(head, Payload::Absent, NOW).unwrap().iter().map(owned).collect()
        }
        Scheme::Message => {
            let signer = MessageSigner::new(MessageProfile::new(), key(key_id), secret(text));
            signer.sign(head, Payload::Absent, NOW).unwrap().iter().map(owned).collect()
        }
    };
    let host = [("Host".to_owned(), HOST.as_bytes().to_vec())];
    Signed {
        method: "GET".into(),
        target: "/events".into(),
        headers: host.into_iter().chain(added).collect(),
        body: Vec::new(),
    }
}

/// What an engine that demands signatures says of it, where the pair is kept like this.
fn signed_code(imported: &Imported, keep: Keep, signed: &Signed) -> Option<Code> {
    let world = common::signing::world();
    let mut user = world.user.clone();
    let _ = user.import(imported, keep, world.engine.keys(), by(NOW), &mut seeded(3)).unwrap();
    let read_back = ApiUser::decode(&user.encode()).unwrap();
    signed.present(&world.engine, |presented| {
        let found = presented.key_id().unwrap();
        let subject = Subject::new(world.account.clone().into(), read_back.into(), found);
        common::code(&world.engine.authorize(presented, subject, &world.ask()).unwrap())
    })
}

#[test]
fn an_imported_pair_signs_by_the_schemes_that_it_is_sealed_for_and_by_no_others() {
    let (sigv4, messages) = (Schemes::SIGV4, Schemes::RFC9421);
    for (key_id, text) in [(HEX_KEY, HEX_SECRET), ("AN1EXAMPLEKEY000001", "a1B2/c3D4+e5F6/g7H8+i9J0kLm")] {
        let pair = pair(key_id, text).unwrap();
        for (scheme, good, other) in [(Scheme::SigV4, sigv4, messages), (Scheme::Message, messages, sigv4)] {
            let signed = signed_by(scheme, key_id, text);
            for keep in [Keep::Sealed(good), Keep::Sealed(sigv4.and(messages).and(Schemes::PLAIN))] {
                assert_eq!(signed_code(&pair, keep, &signed), None, "{scheme:?} {keep:?}");
            }
            for keep in [Keep::Hashed, Keep::Sealed(other), Keep::Sealed(Schemes::PLAIN)] {
                let refused = signed_code(&pair, keep, &signed);
                assert_eq!(refused, Some(Code::CredentialInvalid), "{scheme:?} {keep:?}");
            }
            let forged = signed_by(scheme, key_id, &text[1..]);
            assert_eq!(signed_code(&pair, Keep::Sealed(good), &forged), Some(Code::CredentialInvalid));
        }
    }
}

#[test]
fn a_pair_below_the_floor_has_its_list_and_its_end_however_it_is_kept() {
    let mut world = World::keeping(Keep::Hashed, common::sealing_engine(), AccessLevel::Full, Allowlist::Any);
    let keep = Keep::Sealed(Schemes::SIGV4);
    let weak = |end| Imported::danger_weak(key("k"), secret("hunter2"), end).unwrap();
    let keys = world.engine.keys();
    let mut import = |end| world.user.import(&weak(end), keep, keys, by(NOW), &mut seeded(3));
    assert_eq!(import(NOW.plus(Duration::from_secs(60))).unwrap_err(), IssueError::WeakWithoutList);
    let _ = world.user.change_allowlist(list("192.0.2.0/24"), by(NOW)).unwrap();
    let mut import = |end| world.user.import(&weak(end), keep, keys, by(NOW), &mut seeded(3));
    assert_eq!(import(NOW.plus(Duration::from_secs(93 * 86_400))).unwrap_err(), IssueError::WeakTooLong);
    assert!(import(NOW.plus(Duration::from_secs(60))).is_ok());
}

#[test]
fn an_import_is_not_sealed_without_a_sealing_key() {
    let mut world = World::new();
    let keep = Keep::Sealed(Schemes::SIGV4);
    let refused =
        world.user.import(&pair(HEX_KEY, HEX_SECRET).unwrap(), keep, &ring(), by(NOW), &mut seeded(3));
    assert_eq!(refused.unwrap_err(), IssueError::NoSealingKey);
    assert_eq!(world.user.credentials().len(), 1, "nothing came in");
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
        (HEX_KEY, HEX_KEY[16..].to_owned(), ImportError::InKeyId),
        (HEX_KEY, format!("{HEX_SECRET}\n"), ImportError::Blank),
        (HEX_KEY, format!("{HEX_SECRET}\r\n"), ImportError::Blank),
        (HEX_KEY, format!(" {HEX_SECRET}"), ImportError::Blank),
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
fn an_import_that_is_refused_says_what_to_do() {
    for (error, said) in [
        (ImportError::Length(129), "secret of 129 bytes; import one of 1 to 128"),
        (
            ImportError::Weak { bits: 60 },
            "secret worth 60 bits; import one of at least 64, or issue a new credential",
        ),
        (
            ImportError::Repetitive { distinct: 7 },
            "secret of 7 distinct characters; import one of at least 8, or issue a new credential",
        ),
        (ImportError::HoldsKeyId, "secret that contains its key id; issue a new credential instead"),
        (ImportError::InKeyId, "secret that stands in its key id; issue a new credential instead"),
        (ImportError::Blank, "blank or line break at an end of the secret; import it without"),
        (
            ImportError::LikeOurs,
            "key or secret in the form of this product's own; import it where it was made, or issue a new credential",
        ),
    ] {
        assert_eq!(error.to_string(), said);
    }
}

#[test]
fn below_the_floor_needs_a_list_that_restricts_and_has_an_end() {
    let end = NOW.plus(Duration::from_secs(60));
    let weak = |end| Imported::danger_weak(key("k"), secret("hunter2"), end).unwrap();
    for open in [Allowlist::Any, Allowlist::none(), list("0.0.0.0/1\n128.0.0.0/1"), list("192.0.2.1\n::/0")] {
        let mut world = World::with(AccessLevel::Full, open);
        assert_eq!(import(&mut world.user, &weak(end)).unwrap_err(), IssueError::WeakWithoutList);
    }
    let mut world = World::new();
    let longest = NOW.plus(Duration::from_secs(92 * 86_400));
    let too_long = import(&mut world.user, &weak(longest.plus(Duration::from_secs(1))));
    assert_eq!(too_long.unwrap_err(), IssueError::WeakTooLong);
    assert!(import(&mut world.user.clone(), &weak(longest)).is_ok());
    let _ = import(&mut world.user, &weak(end)).unwrap();
    let held = world.user.credentials().last().unwrap();
    assert_eq!((held.origin(), held.expires_at()), (Origin::ImportedWeak, Some(end)));
    let _ = world.user.expire(key("k"), end.plus(Duration::from_secs(1)), by(NOW)).unwrap();
    assert_eq!(world.user.credentials().last().unwrap().expires_at(), Some(end), "and no later one");
    for open in [Allowlist::Any, list("0.0.0.0/0\n::/0")] {
        assert!(world.user.change_allowlist(open, by(NOW)).is_err(), "the list stays while it lives");
    }
    assert!(world.user.change_allowlist(list("192.0.2.9"), by(NOW)).is_ok());
    let _ = world.user.postpone(key("k"), NOW.plus(Duration::from_secs(30)), by(NOW)).unwrap();
    assert!(world.user.change_allowlist(Allowlist::Any, by(NOW)).is_err(), "nor before its time comes");
    assert!(world.user.change_allowlist(Allowlist::Any, by(end)).is_ok(), "its end is its end");
}

#[test]
fn a_strong_secret_by_the_dangerous_call_keeps_the_end_that_was_asked_for() {
    let strong =
        Imported::danger_weak(key(HEX_KEY), secret(HEX_SECRET), NOW.plus(Duration::from_secs(9))).unwrap();
    let mut world = World::with(AccessLevel::Full, Allowlist::Any);
    let _ = import(&mut world.user, &strong).unwrap();
    let held = world.user.credentials().last().unwrap();
    assert_eq!(
        (held.origin(), held.expires_at()),
        (Origin::Imported, Some(NOW.plus(Duration::from_secs(9))))
    );
}

#[test]
fn a_revoked_import_never_comes_back_however_often_keys_are_replaced() {
    let mut world = World::new();
    let (keys, mut entropy) = (ring(), seeded(8));
    let _ = import(&mut world.user, &pair(HEX_KEY, HEX_SECRET).unwrap()).unwrap();
    let _ = world.user.revoke(key(HEX_KEY), by(NOW)).unwrap();
    let mut current = world.key();
    for _ in 0..40 {
        current = world.user.regenerate(current, &keys, by(NOW), &mut entropy).unwrap().key_id();
    }
    let again = import(&mut world.user, &pair(HEX_KEY, HEX_SECRET).unwrap());
    assert_eq!(again.unwrap_err(), IssueError::KeyTaken);
    assert!(world.user.clone().delete(by(NOW)).tombstones.contains(&key(HEX_KEY)));
}

#[test]
fn a_record_holds_twelve_imports_and_stays_bounded() {
    let mut world = World::new();
    for n in 0..12 {
        let name = format!("k{n}");
        let _ = import(&mut world.user, &pair(&name, HEX_SECRET).unwrap()).unwrap();
        let _ = world.user.revoke(key(&name), by(NOW)).unwrap();
    }
    let one_more = import(&mut world.user, &pair("k12", HEX_SECRET).unwrap());
    assert_eq!(one_more.unwrap_err(), IssueError::TooManyImports);
    let (keys, mut entropy) = (ring(), seeded(8));
    let mut current = world.key();
    for _ in 0..20 {
        current = world.user.regenerate(current, &keys, by(NOW), &mut entropy).unwrap().key_id();
    }
    assert!(world.user.credentials().len() <= 16);
    assert!(ApiUser::decode(&world.user.encode()).is_ok());
}

#[test]
fn an_import_is_recognised_after_the_pepper_was_turned() {
    let mut world = World::new();
    let once = by(NOW).request("r1".parse().unwrap());
    let good = pair(HEX_KEY, HEX_SECRET).unwrap();
    let _ = world.user.import(&good, Keep::Hashed, &ring(), once, &mut seeded(3)).unwrap();
    let turned = keyward::KeyRing::new(keyward::Pepper::new(2, [8; 32]).unwrap())
        .retired_pepper(keyward::Pepper::new(1, [7; 32]).unwrap())
        .unwrap();
    let again = world.user.import(&good, Keep::Hashed, &turned, once, &mut seeded(3)).unwrap_err();
    assert_eq!(again, IssueError::AlreadyIssued { key_id: key(HEX_KEY) });
    let other = pair(HEX_KEY, "0011223344556677889900").unwrap();
    let conflict = world.user.import(&other, Keep::Hashed, &turned, once, &mut seeded(3)).unwrap_err();
    assert_eq!(conflict, IssueError::RequestConflict, "the secret is a parameter too");
}

#[test]
fn an_import_that_is_repeated_with_another_end_conflicts() {
    let mut world = World::new();
    let once = by(NOW).request("r1".parse().unwrap());
    let ending = |seconds| {
        let end = NOW.plus(Duration::from_secs(seconds));
        Imported::danger_weak(key(HEX_KEY), secret(HEX_SECRET), end).unwrap()
    };
    let mut import = |pair: &Imported| {
        world.user.import(pair, Keep::Hashed, &ring(), once, &mut seeded(3)).map(|act| act.key_id)
    };
    assert_eq!(import(&ending(60)), Ok(Some(key(HEX_KEY))));
    assert_eq!(import(&ending(60)), Err(IssueError::AlreadyIssued { key_id: key(HEX_KEY) }));
    assert_eq!(
        import(&ending(59)),
        Err(IssueError::RequestConflict),
        "its end would be another than asked for"
    );
    let endless = pair(HEX_KEY, HEX_SECRET).unwrap();
    assert_eq!(import(&endless), Err(IssueError::RequestConflict));
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
    let subject = Subject::new(world.account.clone().into(), world.user.clone().into(), key(HEX_KEY));
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
