//! The exact words of every error and of every denial's two faces.

mod common;

use common::{NOW, World, by, from, list, secret};
use keyward::{
    AccessLevel, Allowlist, ApiUser, Catalogue, Code, Denial, EntropyError, Fault, InvalidKey, IssueError,
    KeyRing, Lifecycle, ModulePolicy, NoGuard, Pepper, Policy, Presented, Refusal, SealingKey, Strength,
    UnknownKey, UserId, Vendor, WebhookSecret,
};

#[test]
fn public_sentences_are_fixed() {
    let said: Vec<_> = Code::ALL.iter().map(|code| (code.as_str(), Denial::new(*code).to_string())).collect();
    let unknown = "calls from an address that cannot be told are not allowed here; ask who runs the service";
    let expected = [
        (
            "credential.missing",
            "no credential was presented; send a key and its secret, for example as `Authorization: Bearer TOKEN`",
        ),
        (
            "credential.malformed",
            "the credential could not be read; send exactly one of `Authorization: Bearer TOKEN`, \
             `Authorization: ApiKey KEY:SECRET`, `Authorization: Basic`, or `X-Api-Key` with `X-Api-Secret`",
        ),
        ("credential.invalid", "the key or its secret is not valid"),
        (
            "signature.malformed",
            "the signature could not be read; check its header against the documentation",
        ),
        (
            "signature.clock",
            "the request's date is not within the accepted time range; set the clock and sign again",
        ),
        ("signature.scope", "the signature is for another scope or host; sign for this one"),
        ("signature.uncovered", "the signature leaves out what it has to cover; sign all required parts"),
        ("signature.algorithm", "the signature's algorithm is not accepted; use the documented one"),
        ("signature.required", "this endpoint requires a signed request; sign it with the key's secret"),
        ("signature.replayed", "this signed request was used before; sign every attempt anew"),
        ("request.too_large", "the request is too large; send less"),
        ("access.ip_user", unknown),
        ("access.ip_endpoint", unknown),
        ("access.module", "this module is not enabled; enable it for the account"),
        ("access.method", "this key may not call this method; add the method to its access level"),
        ("access.integration", "this integration may not call this method; enable it for the account"),
        ("endpoint.unknown", "there is no such endpoint; check method and path"),
        ("endpoint.retired", "this endpoint is gone; use its successor"),
        ("batch.alone", "this method must be the only call of its request; send it by itself"),
        ("replay.quota", "too many signed requests with this key at once; wait and sign again"),
    ];
    assert_eq!(said.len(), expected.len());
    for ((code, sentence), expected) in said.iter().zip(expected) {
        assert_eq!((*code, sentence.as_str()), expected);
    }
}

#[test]
fn statuses_are_fixed() {
    let statuses: Vec<_> = Code::ALL.iter().map(|code| code.status()).collect();
    let expected =
        [401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 413, 403, 403, 403, 403, 403, 404, 410, 400, 429];
    assert_eq!(statuses, expected);
    assert_eq!((Fault::STATUS, Fault::CODE), (503, "backend.unavailable"));
    assert_eq!(Fault::PUBLIC, "the request could not be decided; try again later");
}

const WHO: &str = "user \"checkout\" (u1, key KEY)";
const SOMEONE: &str = "someone with the key of user \"checkout\" (u1, key KEY)";

/// What the operator reads when `prepare` went wrong; `KEY` stands for the key id.
fn operator(prepare: impl FnOnce(&mut World)) -> String {
    let mut world = World::new();
    prepare(&mut world);
    let pair = Presented::pair(world.key(), world.revealed.secret());
    said(&world, pair)
}

fn said(world: &World, presented: Presented<'_>) -> String {
    let denial = world.decide(presented).into_result().unwrap_err();
    denial.operator().sentence(world.engine.catalogue()).to_string().replace(world.key().as_str(), "KEY")
}

#[test]
fn the_operator_reads_who_what_and_what_to_do() {
    let user = |world: &World, level, allowlist| {
        let mut user =
            ApiUser::new(world.account.id(), "u1".parse().unwrap(), "checkout", level, allowlist).unwrap();
        let issued =
            user.issue(keyward::Keep::Hashed, &common::ring(), by(NOW), &mut common::seeded(1)).unwrap();
        assert_eq!(issued.key_id(), world.key());
        user
    };
    let crm = AccessLevel::Integration("crm".parse().unwrap());
    let cases = [
        (
            operator(|world| drop(world.user.revoke(world.key(), by(NOW)))),
            format!(
                "{WHO} presented a revoked credential; hand over the new one, or if that one leaked, find out who calls"
            ),
        ),
        (
            operator(|world| {
                drop(world.user.expire(world.key(), NOW, by(NOW.minus(std::time::Duration::from_secs(1)))));
            }),
            format!("{WHO} presented an expired credential; issue a new one"),
        ),
        (
            operator(|world| {
                drop(world.user.postpone(world.key(), NOW.plus(std::time::Duration::from_secs(1)), by(NOW)));
            }),
            format!("{WHO} presented a credential before its time; wait, or let it begin earlier"),
        ),
        (
            operator(|world| drop(world.user.disable(by(NOW)))),
            format!("{WHO} is disabled; enable it if it should call"),
        ),
        (
            operator(|world| {
                let policy = ModulePolicy::default().strength(Policy::enforce(Strength::Signature));
                world.account = world.account.clone().enable("events", policy);
            }),
            format!(
                "{WHO} presented a plain secret to events.create, whose module enforces signatures; have it sign"
            ),
        ),
        (
            operator(|world| world.client = from("203.0.113.9")),
            format!(
                "{WHO} called from 203.0.113.9, which no rule of its list matches; add the address if it is the \
                 user's; the secret was right, so suspect that it was stolen"
            ),
        ),
        (
            operator(|world| {
                let policy = ModulePolicy::default().addresses(Policy::enforce(list("198.51.100.1")));
                world.account = world.account.clone().enable("events", policy);
            }),
            format!(
                "{WHO} called events.create from 192.0.2.1, which no rule of the endpoint's filter matches; add the \
                 address if it belongs there"
            ),
        ),
        (
            operator(|world| world.method = "wallet.read"),
            format!(
                "{WHO} called wallet.read, whose module wallet the account has not enabled; enable it if it should be"
            ),
        ),
        (
            operator(|world| world.user = user(world, AccessLevel::custom(["events.list"]), Allowlist::Any)),
            format!(
                "{WHO} called events.create, which its custom access level does not list; add it there if it should be"
            ),
        ),
        (
            operator(|world| world.user = user(world, crm.clone(), Allowlist::Any)),
            format!(
                "{WHO} called events.create, but the account is not enabled for integration crm; enable it if it should be"
            ),
        ),
        (
            operator(|world| {
                world.user = user(world, crm.clone(), Allowlist::Any);
                world.account = world.account.clone().enable_integration("crm".parse().unwrap());
            }),
            format!(
                "{WHO} called events.create, which integration crm does not have; give the caller another access level \
                 if it needs it"
            ),
        ),
        (
            operator(|world| world.method = "nothing"),
            format!(
                "{WHO} asked for what no route or method of the catalogue answers; have it check method and path"
            ),
        ),
        (
            operator(|world| world.method = "events.old"),
            format!("{WHO} called events.old, which is retired; have it move to the successor"),
        ),
    ];
    for (said, expected) in cases {
        assert_eq!(said, expected);
    }
}

#[test]
fn the_operator_reads_that_a_method_must_be_called_by_itself() {
    let said = Denial::new(Code::BatchAlone).operator().sentence(&common::catalogue()).to_string();
    let expected = "a caller called an unknown method among other calls, though it must be the only one of its request; \
                    have it send it by itself";
    assert_eq!(said, expected);
}

#[test]
fn the_operator_reads_who_did_not_prove_it() {
    let world = World::new();
    let wrong = secret("wrong");
    assert_eq!(
        said(&world, Presented::pair(world.key(), &wrong)),
        format!(
            "{SOMEONE} presented a wrong secret; if it was mistyped, copy it again, if it is lost, regenerate"
        )
    );
    assert_eq!(
        said(&world, Presented::key_only(world.key())),
        format!("{SOMEONE} presented a bare key where its secret is required; have it send both")
    );
    assert_eq!(
        said(&world, Presented::pair("nobodys".parse().unwrap(), &wrong)),
        "key nobodys is unknown; it may be mistyped, deleted or another environment's"
    );
    let mut signing = World::new();
    let policy = ModulePolicy::default().strength(Policy::enforce(Strength::Signature));
    signing.account = signing.account.enable("events", policy);
    assert_eq!(
        said(&signing, Presented::key_only(signing.key())),
        format!("{SOMEONE} presented a bare key where a signature is required; have it sign")
    );
}

#[test]
fn a_wrong_secret_is_never_told_as_the_users_whatever_the_credentials_life() {
    type Prepare = fn(&mut World);
    let lives: [Prepare; 4] = [
        |world| drop(world.user.revoke(world.key(), by(NOW))),
        |world| drop(world.user.expire(world.key(), NOW, by(NOW.minus(std::time::Duration::from_secs(1))))),
        |world| drop(world.user.postpone(world.key(), NOW.plus(std::time::Duration::from_secs(1)), by(NOW))),
        |world| drop(world.user.disable(by(NOW))),
    ];
    let wrong = secret("wrong");
    for prepare in lives {
        let mut world = World::new();
        prepare(&mut world);
        let sentence = said(&world, Presented::pair(world.key(), &wrong));
        assert!(sentence.starts_with(&format!("{SOMEONE} presented a wrong secret")), "{sentence}");
    }
}

#[test]
fn a_key_that_nobody_has_is_printed_whole_only_in_our_own_form() {
    // What was sent as a key may be another system's secret.
    let world = World::new();
    let wrong = secret("wrong");
    for (sent, shown) in [
        ("fedcba9876543210", "key fedcba98.. is unknown"),
        ("kwk_0123456789ABCDEF", "key kwk_0123456789ABCDEF is unknown"),
    ] {
        let key = sent.parse().unwrap();
        let denial = world.decide(Presented::pair(key, &wrong)).into_result().unwrap_err();
        let sentence = denial.operator().sentence(world.engine.catalogue()).to_string();
        assert!(sentence.starts_with(shown), "{sentence}");
        assert_eq!(
            format!("{denial:?} {:?}", Presented::key_only(key)).contains(sent),
            sent.starts_with("kwk_")
        );
        assert_eq!(denial.key_id(), Some(key), "whoever needs it asks for it");
    }
}

#[test]
fn the_operator_reads_what_could_not_be_read() {
    let world = World::new();
    let lines = |lines: &[(&str, &str)]| {
        let denial = world.lines(lines).into_result().unwrap_err();
        denial.operator().sentence(world.engine.catalogue()).to_string()
    };
    for (given, sentence) in [
        (&[][..], "a caller presented nothing; tell it to send its key and secret"),
        (
            &[("x-api-key", "k"), ("authorization", "Basic x")],
            "a caller presented more than one credential; have it send one, in one header line",
        ),
        (
            &[("authorization", "Digest x")],
            "a caller used an Authorization scheme that is not read here; have it use Bearer, ApiKey or Basic, or if it signs, give the service a usable profile for it",
        ),
        (
            &[("authorization", "kwt1_cut")],
            "a caller sent an Authorization header of one word; have it write a scheme before its token, for example Bearer",
        ),
        (
            &[("authorization", "Bearer kwt1_cut")],
            "a caller presented neither a whole token nor key:secret; the token may be cut off",
        ),
        (
            &[("authorization", "Basic ???")],
            "a caller presented Basic credentials that are not base64 of key:secret",
        ),
        (
            &[("x-api-key", "not a key")],
            "a caller presented a key with characters or a length that no key has",
        ),
        (
            &[("x-api-key", "kws1_012345678"), ("x-api-secret", "k")],
            "a caller presented a secret or a token where its key belongs; have it send the key there",
        ),
        (&[("x-api-secret", "s")], "a caller sent a secret without its key; have it send both"),
        (
            &[("authorization", "Bearer k:")],
            "a caller presented an empty or overlong secret; have it send the one it was shown",
        ),
    ] {
        assert_eq!(lines(given), sentence);
    }
}

#[test]
fn errors_say_what_was_found_and_what_to_write() {
    let user = |name: &str| {
        ApiUser::new("a".parse().unwrap(), "u".parse().unwrap(), name, AccessLevel::Full, Allowlist::none())
            .unwrap_err()
    };
    let zero = Pepper::new(1, [0; 32]).unwrap_err();
    let ring = KeyRing::new(Pepper::new(1, [1; 32]).unwrap());
    let same_id = ring.retired_pepper(Pepper::new(1, [2; 32]).unwrap()).unwrap_err();
    let ring = KeyRing::new(Pepper::new(1, [1; 32]).unwrap());
    let same_bytes = ring.sealing(SealingKey::new(1, [1; 32]).unwrap()).unwrap_err();
    assert_eq!(
        (zero, same_id, same_bytes),
        (InvalidKey::AllZero, InvalidKey::SameId(1), InvalidKey::SameBytes(1))
    );
    for (said, expected) in [
        (
            "".parse::<UserId>().unwrap_err().to_string(),
            "empty user id; write 1 to 39 letters, digits or any of `._-`",
        ),
        (
            "é".parse::<UserId>().unwrap_err().to_string(),
            "unexpected character in user id at byte 0; write 1 to 39 letters, digits or any of `._-`",
        ),
        (
            "a".repeat(56).parse::<keyward::KeyId>().unwrap_err().to_string(),
            "key id of 56 bytes; write 1 to 55 letters, digits or any of `_-`",
        ),
        (
            "K".parse::<Vendor>().unwrap_err().to_string(),
            "unfit vendor prefix; write a lower-case letter and 1 to 9 lower-case letters or digits, for example `acme`",
        ),
        (user(" ").to_string(), "empty name; write 1 to 100 bytes, for example `checkout`"),
        (user(&"n".repeat(101)).to_string(), "name of 101 bytes; write 1 to 100 bytes"),
        (
            user("a\u{1b}[31m").to_string(),
            "control character in the name at byte 1; write it without line breaks, tabs, escapes or bidi marks",
        ),
        (zero.to_string(), "key of zeros only; fill it with 32 bytes from a random source"),
        (same_id.to_string(), "second key with number 1; give each key of the ring a number of its own"),
        (same_bytes.to_string(), "same bytes as key 1; fill each key of the ring from a random source"),
        (
            "x".parse::<WebhookSecret>().unwrap_err().to_string(),
            "webhook secret that is not base64; write `whsec_` and base64 of 24 to 64 bytes",
        ),
        (
            "AAAA".parse::<WebhookSecret>().unwrap_err().to_string(),
            "webhook secret of 3 bytes; write `whsec_` and base64 of 24 to 64 bytes",
        ),
        (
            IssueError::TooMany.to_string(),
            "fifth live credential of an API user; revoke one of its four first",
        ),
        (
            IssueError::UnknownKey.to_string(),
            "key to replace not among the user's credentials; name one of them",
        ),
        (IssueError::Over.to_string(), "key to replace is revoked or expired; issue a new one instead"),
        (
            IssueError::Entropy(EntropyError::Failed).to_string(),
            "the random source failed; nothing was made, try again once the source works",
        ),
        (
            EntropyError::Stuck.to_string(),
            "the random source repeats itself; nothing was made, use the operating system's source",
        ),
        (UnknownKey.to_string(), "key not among the user's live credentials; name one of them"),
        (NoGuard.to_string(), "no replay guard to claim a signed request at; give the gate one"),
        (
            Fault::Lookup("down".into()).to_string(),
            "the look-up of the key failed; the source is the store's own error",
        ),
        (Fault::Replay("down".into()).to_string(), "the replay guard failed; the source is its own error"),
        (
            Fault::WrongSubject.to_string(),
            "the look-up returned the subject of another key; it must return the one it was asked for",
        ),
        (
            Fault::UnknownPepper(3).to_string(),
            "a stored hash names pepper 3, which is not in the key ring; add it as a retired pepper",
        ),
        (
            Fault::Stale.to_string(),
            "the caller's record was read too long ago to run another call; read it again and `refresh` the batch, or let `Gate::turn`",
        ),
        (
            Fault::Unclaimed.to_string(),
            "a signed request is left unclaimed; use `decide` and a replay guard, or a `Gate`",
        ),
    ] {
        assert_eq!(said, expected);
    }
}

#[test]
fn a_catalogue_says_which_name_does_not_fit() {
    let build = |builder: keyward::CatalogueBuilder| builder.build().unwrap_err().to_string();
    let new = Catalogue::builder;
    let open = Allowlist::Any;
    for (said, expected) in [
        (
            build(new().module("m", ["m.*"])),
            "name \"m.*\" in the catalogue; write 1 to 64 letters, digits or any of `._-`, without wildcards",
        ),
        (
            build(new().module("m", ["a"]).module("m", ["b"])),
            "module `m` added twice; name all its methods in one call",
        ),
        (
            build(new().module("m", ["a"]).module("n", ["a"])),
            "method `a` added twice; a method belongs to one module",
        ),
        (
            build(new().lifecycle("a", Lifecycle::Retired)),
            "method \"a\" is in no module; add it to one first",
        ),
        (
            build(new().integration("i", ["a"], Allowlist::none())),
            "method \"a\" is in no module; add it to one first",
        ),
        (
            build(new().integration("no id", [""; 0], Allowlist::none())),
            "unexpected character in integration id at byte 2; write 1 to 39 letters, digits or any of `._-`",
        ),
        (
            build(new().integration("i", [""; 0], Allowlist::none()).integration(
                "i",
                [""; 0],
                Allowlist::none(),
            )),
            "integration `i` added twice; name all its methods in one call",
        ),
        (
            build(new().integration("i", [""; 0], open)),
            "integration `i` with any address; list the addresses that it calls from, or none",
        ),
    ] {
        assert_eq!(said, expected);
    }
}

#[test]
fn refusals_of_a_store_say_what_to_do() {
    for (refusal, sentence) in [
        (Refusal::NoAccount, "user of an account that is not stored; put the account first"),
        (
            Refusal::IdTaken,
            "second user of that id in the account; choose another id, or read the stored one and update it",
        ),
        (Refusal::NameTaken, "second user of that name in the account; choose another name"),
        (
            Refusal::KeyTaken("kwk_1".parse().unwrap()),
            "key id kwk_1 is or was another user's; issue a new credential",
        ),
    ] {
        assert_eq!(refusal.to_string(), sentence);
    }
}
