//! Who was admitted is admitted again by the record as it is now, or not.

mod common;

use std::{sync::Arc, time::Duration};

use common::{NOW, World, by, catalogue, secret, seeded};
use keyward::{
    AccessLevel, Account, Admission, AdmitStep, Admitted, Allowlist, ApiUser, Ask, Authorizer, ClientAddr,
    Code, Fault, Imported, Keep, KeyId, KeyRing, ModulePolicy, Pepper, Presented, Schemes, SealingKey,
    Strength, Subject, Timestamp, Unopened, Verdict,
};

const SECRET: &str = "cUeMDnOvQEuhXEsP0vLSDg==";
const OTHER: &str = "dVfNEoPwRFviYFtQ1wMTEh==";

fn key() -> KeyId {
    "AN1EXAMPLEKEY000001".parse().unwrap()
}

fn later() -> Timestamp {
    NOW.plus(Duration::from_secs(5))
}

fn pepper(id: u8) -> Pepper {
    Pepper::new(id.into(), [id; 32]).unwrap()
}

/// The first is current.
fn ring(peppers: &[u8]) -> KeyRing {
    let ring = KeyRing::new(pepper(peppers[0])).sealing(SealingKey::new(1, [9; 32]).unwrap()).unwrap();
    peppers[1..].iter().fold(ring, |ring, id| ring.retired_pepper(pepper(*id)).unwrap())
}

fn engine(peppers: &[u8]) -> Authorizer {
    Authorizer::new(catalogue(), ring(peppers))
}

/// A record as somebody with that ring wrote it.
#[derive(Clone, Copy)]
struct Written<'a> {
    peppers: &'a [u8],
    keep: Keep,
    owner: (&'a str, &'a str),
    secret: &'a str,
}

const FIRST: Written<'_> =
    Written { peppers: &[1], keep: Keep::Hashed, owner: ("acme", "u1"), secret: SECRET };

impl Written<'_> {
    fn user(self) -> ApiUser {
        let (account, id) = (self.owner.0.parse().unwrap(), self.owner.1.parse().unwrap());
        let mut user = ApiUser::new(account, id, "checkout", AccessLevel::Full, Allowlist::Any).unwrap();
        let pair = Imported::new(key(), secret(self.secret)).unwrap();
        let seed = u64::from(self.peppers[0]);
        let _ = user.import(&pair, self.keep, &ring(self.peppers), by(NOW), &mut seeded(seed)).unwrap();
        user
    }

    fn subject(self) -> Subject {
        subject(self.user())
    }
}

fn subject(user: ApiUser) -> Subject {
    let account = Account::new(user.account()).enable("events", ModulePolicy::default());
    Subject::new(Arc::new(account), Arc::new(user), key()).unwrap()
}

fn admitted(engine: &Authorizer, record: Written<'_>) -> Admitted {
    let text = secret(record.secret);
    match engine.admit(Presented::pair(key(), &text), Some(record.subject()), NOW).unwrap() {
        AdmitStep::Done(Admission::Admit(admitted)) => admitted,
        step => panic!("{step:?}"),
    }
}

fn again(engine: &Authorizer, admitted: &Admitted, now: Written<'_>) -> Result<Admitted, String> {
    match engine.readmit(admitted, Some(now.subject()), later()).unwrap() {
        Admission::Admit(admitted) => Ok(admitted),
        Admission::Deny(denial) => {
            assert_eq!(denial.code(), Code::CredentialInvalid);
            assert_eq!(denial.to_string(), "the key or its secret is not valid");
            Err(denial.operator().sentence(engine.catalogue()).to_string())
        }
    }
}

const WHO: &str = "user \"checkout\" (u1, key AN1EXAMPLEKEY000001)";

fn replaced(result: Result<Admitted, String>) -> bool {
    let said = result.expect_err("refused");
    let what = "proved a secret that is not its record's any more, while its calls were under way";
    said == format!("{WHO} {what}; have it call again with the new one")
}

#[test]
fn a_key_that_is_not_there_any_more_is_refused() {
    let engine = engine(&[1]);
    let first = admitted(&engine, FIRST);
    let Admission::Deny(denial) = engine.readmit(&first, None, later()).unwrap() else { panic!("nobody") };
    let said = denial.operator().sentence(engine.catalogue()).to_string();
    let what =
        "is not there any more, and its calls were under way; if it was deleted, find out who still calls";
    assert_eq!((denial.code(), said), (Code::CredentialInvalid, format!("{WHO} {what}")));
}

#[test]
fn the_same_record_admits_again_as_of_now() {
    let engine = engine(&[1]);
    let first = admitted(&engine, FIRST);
    assert_eq!(first.as_of(), NOW);
    let second = again(&engine, &first, FIRST).unwrap();
    assert_eq!((second.as_of(), second.strength()), (later(), Strength::Secret));
    assert_eq!(second.subject().key_id(), key());
}

#[test]
fn another_secret_or_another_owner_is_not_whom_was_proven() {
    let engine = engine(&[1]);
    let first = admitted(&engine, FIRST);
    assert!(replaced(again(&engine, &first, Written { secret: OTHER, ..FIRST })));
    for owner in [("acme", "u2"), ("acme2", "u1")] {
        assert!(replaced(again(&engine, &first, Written { owner, ..FIRST })), "{owner:?}");
    }
    let sealed = Keep::Sealed(Schemes::PLAIN);
    assert!(replaced(again(&engine, &first, Written { secret: OTHER, keep: sealed, ..FIRST })));
    let bare = engine.admit(Presented::key_only(key()), Some(FIRST.subject()), NOW).unwrap();
    assert!(matches!(bare, AdmitStep::Done(Admission::Deny(_))), "nothing is proven to begin with");
}

/// The very hash, and the owner's id written over.
#[cfg(feature = "serde")]
#[test]
fn a_row_that_was_copied_to_another_owner_admits_nobody() {
    let engine = engine(&[1]);
    let first = admitted(&engine, FIRST);
    let stored = serde_json::to_string(&FIRST.user()).unwrap();
    for (from, to) in [("u1", "u2"), ("acme", "acme2")] {
        let json = stored.replace(&format!("\"{from}\""), &format!("\"{to}\""));
        let user: ApiUser = serde_json::from_str(&json).unwrap();
        assert!([user.id().as_str(), user.account().as_str()].contains(&to));
        let moved = engine.readmit(&first, Some(subject(user)), later()).unwrap();
        assert!(matches!(moved, Admission::Deny(_)), "{to}");
    }
}

#[test]
fn a_secret_that_was_hashed_anew_by_this_very_proof_is_the_same() {
    let engine = engine(&[2, 1]);
    let first = admitted(&engine, FIRST);
    let ask = Ask::new("events.create", ClientAddr::unknown(), NOW);
    let rehash = |admitted: &Admitted| match engine.permit(admitted, &ask) {
        Verdict::Allow(grant) => grant.rehash(),
        Verdict::Deny(denial) => panic!("{denial}"),
    };
    let before = again(&engine, &first, FIRST).unwrap();
    let carried = rehash(&before).expect("the record is as it was, so it is to be stored yet");
    let mut user = FIRST.user();
    assert!(user.rehash(&carried));
    let Admission::Admit(second) = engine.readmit(&first, Some(subject(user.clone())), later()).unwrap()
    else {
        panic!("the same secret")
    };
    assert!(rehash(&second).is_none(), "it was stored");
    let third = engine.readmit(&second, Some(subject(user)), later()).unwrap();
    assert!(matches!(third, Admission::Admit(_)));
}

#[test]
fn a_hash_of_another_pepper_is_the_same_secret_only_where_it_is_sealed_beside_it() {
    let engine = engine(&[1, 2]);
    let moved = |keep, secret| Written { peppers: &[2], keep, secret, ..FIRST };
    let first = admitted(&engine, FIRST);
    assert!(replaced(again(&engine, &first, moved(Keep::Hashed, SECRET))), "a hash alone does not tell");
    let sealed = Keep::Sealed(Schemes::PLAIN);
    let first = admitted(&engine, Written { keep: sealed, ..FIRST });
    assert!(again(&engine, &first, moved(sealed, SECRET)).is_ok());
    assert!(replaced(again(&engine, &first, moved(sealed, OTHER))));
}

#[test]
fn a_hash_that_is_to_be_stored_is_not_carried_over_a_newer_one() {
    let keep = Keep::Sealed(Schemes::PLAIN);
    let engine = engine(&[2, 3, 1]);
    let first = admitted(&engine, Written { keep, ..FIRST });
    let ask = Ask::new("events.create", ClientAddr::unknown(), NOW);
    let rehash = |admitted: &Admitted| engine.permit(admitted, &ask).into_result().unwrap().rehash();
    let unmoved = again(&engine, &first, Written { keep, ..FIRST }).unwrap();
    assert!(rehash(&unmoved).is_some());
    // Somebody who has the next pepper already was faster.
    let moved = again(&engine, &first, Written { peppers: &[3, 1], keep, ..FIRST }).unwrap();
    assert!(rehash(&moved).is_none());
}

#[test]
fn what_cannot_be_told_is_a_fault_and_no_verdict() {
    let sealed = Keep::Sealed(Schemes::PLAIN);
    let moved = Written { peppers: &[2], keep: sealed, ..FIRST };
    let without_pepper = engine(&[1]);
    let first = admitted(&without_pepper, Written { keep: sealed, ..FIRST });
    let fault = without_pepper.readmit(&first, Some(moved.subject()), later()).unwrap_err();
    assert!(matches!(fault, Fault::UnknownPepper(2)), "{fault}");
    let without_seal =
        Authorizer::new(catalogue(), KeyRing::new(pepper(1)).retired_pepper(pepper(2)).unwrap());
    let first = admitted(&without_seal, FIRST);
    let fault = without_seal.readmit(&first, Some(moved.subject()), later()).unwrap_err();
    assert!(matches!(fault, Fault::Unsealed(Unopened::UnknownKey(1))), "{fault}");
}

#[test]
fn another_keys_record_is_a_fault() {
    let engine = engine(&[1]);
    let first = admitted(&engine, FIRST);
    let fault = engine.readmit(&first, World::new().subject(), later()).unwrap_err();
    assert!(matches!(fault, Fault::WrongSubject), "{fault}");
}

#[test]
fn a_credential_that_may_not_prove_it_so_any_more_is_refused() {
    let engine = engine(&[1]);
    let first = admitted(&engine, FIRST);
    let signs = Written { keep: Keep::Sealed(Schemes::SIGV4), ..FIRST };
    let refused = again(&engine, &first, signs).unwrap_err();
    assert!(refused.contains("a credential for signatures alone"), "{refused}");
}

/// Whoever named a key alone proved no secret, so none can have changed.
#[test]
fn a_bare_key_is_admitted_again_whatever_its_secret() {
    let engine = engine(&[1]);
    let open = |written: Written<'_>| {
        let policy = ModulePolicy::default().danger_key_only();
        let account = Account::new("acme".parse().unwrap()).enable("events", policy);
        Subject::new(Arc::new(account), Arc::new(written.user()), key())
    };
    let step = engine.admit(Presented::key_only(key()), open(FIRST), NOW).unwrap();
    let AdmitStep::Done(Admission::Admit(first)) = step else { panic!("{step:?}") };
    let other = Written { secret: OTHER, ..FIRST };
    let second = engine.readmit(&first, open(other), later()).unwrap();
    assert!(matches!(second, Admission::Admit(_)));
    let gone = engine.readmit(&first, None, later()).unwrap();
    let Admission::Deny(denial) = gone else { panic!("nobody is there") };
    assert_eq!(
        denial.to_string(),
        "this key is not valid here, or this endpoint requires a signed request",
        "as for a key that was never there"
    );
}
