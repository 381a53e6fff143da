//! One refusal, for `scripts/level-work.sh` to count: an unknown key, a wrong secret and a revoked credential must not
//! differ in the work that they cause.
//!
//! ```text
//! cargo run --example level_work -- --list    the names of all cases
//! cargo run --example level_work -- CASE      prepares one, then calls `authorize` once
//! ```
//!
//! A case is named RING.IDS.FORM.CALLER:
//!
//! - a key ring of `one` pepper, or of `two`, of which one is retired;
//! - account id, user id and vendor prefix as short as can be, `min`, or as long, `max`;
//! - `Authorization: Bearer` with `key:secret`, a `pair`, or with a `token`;
//! - `unknown`, a key id of our own form; `unknown1` and `unknown55`, ids of that many bytes; `wrong` and `revoked`,
//!   where `-retired` says that the credential is hashed under the retired pepper.
//!
//! Signed requests have a ring that can `seal`. They are signed in a `header` or `presigned`, or by RFC 9421 as a
//! `message`. Their callers are those of the list in `signed`, where `-warm` says that a right request came before.

mod signed;

use std::{error::Error, hint::black_box, sync::Arc};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, ClientAddr, Code, EntropyError,
    Fault, Headers, Keep, KeyRing, ModulePolicy, Pepper, Presented, RequestHead, Revealed, Step, Subject,
    Timestamp, Verdict,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const ANY_FORM: [&str; 3] = ["unknown", "wrong", "revoked"];
const AS_PAIR: [&str; 2] = ["unknown1", "unknown55"];
const RING_OF_TWO: [&str; 2] = ["wrong-retired", "revoked-retired"];

const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);

fn main() -> Result<()> {
    let name = std::env::args().nth(1).ok_or("no case; write --list for their names")?;
    if name == "--list" {
        let names: Vec<_> = cases().iter().map(|case| case.join(".")).collect();
        println!("{}", names.join("\n"));
        return Ok(());
    }
    let case = cases().into_iter().find(|case| case.join(".") == name);
    let case = case.ok_or("no such case; write --list for their names")?;
    if case[0] == "seal" {
        let (first, second) = (signed::prepare(case)?, signed::prepare(case)?);
        // The allocator's own work depends on what was freed before; now the same was.
        drop(first.engine.decide(first.request.presented(&first.engine), first.subject, &first.ask)?);
        let signed::Prepared { engine, request, subject, ask, refused } = second;
        return counted(&engine, request.presented(&engine), subject, &ask, refused);
    }
    let [ring, ids, form, caller] = case;
    let (caller, hashed_under) = match caller.strip_suffix("-retired") {
        Some(caller) => (caller, RETIRED),
        None => (caller, CURRENT),
    };
    let engine = engine(ring == "two")?;
    let credential = credential(ids == "max", hashed_under)?;
    let (value, subject) = request(caller, form, &credential);
    let lines = [("Host", b"api.example.test".as_slice()), ("Authorization", value.as_bytes())];
    let head = RequestHead::new("POST", "/events", Headers::lines(&lines));
    let ask = ask(NOW)?;
    if subject.is_some() {
        check(&engine, head, &ask, credential.live, caller == "revoked")?;
    }
    counted(&engine, engine.present(head), subject, &ask, true)
}

/// The one call that is counted.
fn counted(
    engine: &Authorizer,
    presented: Presented<'_>,
    subject: Option<Subject>,
    ask: &Ask<'_>,
    refused: bool,
) -> Result<()> {
    match black_box(engine.authorize(black_box(presented), black_box(subject), ask)) {
        Ok(Verdict::Deny(denial)) if refused && denial.code() == Code::CredentialInvalid => Ok(()),
        // Only who is proven and live is asked to claim.
        Err(Fault::Unclaimed) if !refused => Ok(()),
        _ => Err("not answered as the case says".into()),
    }
}

fn ask(now: Timestamp) -> Result<Ask<'static>> {
    Ok(Ask::new("events.create", ClientAddr::direct("192.0.2.1".parse()?), now))
}

fn cases() -> Vec<[&'static str; 4]> {
    let mut cases = Vec::new();
    for ring in ["one", "two"] {
        for ids in ["min", "max"] {
            for form in ["pair", "token"] {
                let as_pair = AS_PAIR.iter().filter(|_| form == "pair");
                let of_two = RING_OF_TWO.iter().filter(|_| ring == "two");
                let callers = ANY_FORM.iter().chain(as_pair).chain(of_two);
                cases.extend(callers.map(|caller| [ring, ids, form, *caller]));
            }
        }
    }
    cases.extend(signed::cases());
    cases
}

/// Number and bytes of a pepper.
type Key = (u32, [u8; 32]);
const CURRENT: Key = (2, [2; 32]);
const RETIRED: Key = (1, [1; 32]);

fn pepper((id, bytes): Key) -> Result<Pepper> {
    Ok(Pepper::new(id, bytes)?)
}

fn engine(with_retired: bool) -> Result<Authorizer> {
    let catalogue = Catalogue::builder().module("events", ["events.create"]).build()?;
    let keys = KeyRing::new(pepper(CURRENT)?);
    let keys = if with_retired { keys.retired_pepper(pepper(RETIRED)?)? } else { keys };
    Ok(Authorizer::new(catalogue, keys))
}

/// A credential, alive and revoked, and a secret of the same length that is not its own.
struct Known {
    live: Subject,
    revoked: Subject,
    revealed: Revealed,
    other: Revealed,
}

fn credential(long: bool, hashed_under: Key) -> Result<Known> {
    let (vendor, id) = if long { ("abcdefghij", "i".repeat(39)) } else { ("ab", "i".to_owned()) };
    let keys = KeyRing::new(pepper(hashed_under)?).vendor(vendor.parse()?);
    let account = Account::new(id.parse()?).enable("events", ModulePolicy::default());
    let mut user = ApiUser::new(account.id(), id.parse()?, "till", AccessLevel::Full, Allowlist::Any)?;
    let (account, by) = (Arc::new(account), By::new("admin", NOW));
    let mut next = 0u8;
    let mut counter = |bytes: &mut [u8]| -> std::result::Result<(), EntropyError> {
        for byte in bytes {
            *byte = next;
            next = next.wrapping_add(7);
        }
        Ok(())
    };
    let revealed = user.issue(Keep::Hashed, &keys, by, &mut counter)?.reveal();
    let other = user.issue(Keep::Hashed, &keys, by, &mut counter)?.reveal();
    let key_id = revealed.key_id();
    let subject = |user: &ApiUser| {
        Subject::new(Arc::clone(&account), Arc::new(user.clone()), key_id).ok_or("the user has the key")
    };
    let live = subject(&user)?;
    let _ = user.revoke(key_id, by)?;
    Ok(Known { live, revoked: subject(&user)?, revealed, other })
}

/// The header's value, and what a look-up of its key returns.
fn request(caller: &str, form: &str, known: &Known) -> (String, Option<Subject>) {
    let (minted, right) = (known.revealed.key_id(), known.revealed.secret().expose());
    let (key, secret, subject) = match caller {
        "unknown" => (minted.to_string(), right, None),
        "unknown1" => ("k".to_owned(), right, None),
        "unknown55" => ("k".repeat(55), right, None),
        "wrong" => (minted.to_string(), known.other.secret().expose(), Some(known.live.clone())),
        _ => (minted.to_string(), right, Some(known.revoked.clone())),
    };
    let value = match (form, key.rsplit_once("k_"), secret.split_once("s1_")) {
        ("token", Some((vendor, id)), Some((_, tail))) => format!("Bearer {vendor}t1_{id}_{tail}"),
        _ => format!("Bearer {key}:{secret}"),
    };
    (value, subject)
}

/// Whether the case is what its name says: the live credential is proven by the right secret alone.
fn check(
    engine: &Authorizer,
    head: RequestHead<'_>,
    ask: &Ask<'_>,
    live: Subject,
    right: bool,
) -> Result<()> {
    let step = engine.decide(engine.present(head), Some(live), ask)?;
    let proven = matches!(step, Step::Done(Verdict::Allow(_)));
    if proven == right { Ok(()) } else { Err("the secret is not what the case says".into()) }
}
