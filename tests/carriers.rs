//! What is read from a request's headers, and what is not.

mod common;

use base64::{Engine, engine::general_purpose::STANDARD};
use common::{World, code};
use keyward::{Code, Headers, MAX_HEADER_LINES, RequestHead};

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

fn parts(world: &World) -> (String, String, String) {
    let revealed = &world.revealed;
    (
        revealed.key_id().to_string(),
        revealed.secret().expose().to_owned(),
        revealed.token().expose().to_owned(),
    )
}

#[test]
fn every_carrier_brings_the_pair() {
    let world = World::new();
    let (key, secret, token) = parts(&world);
    let pair = format!("{key}:{secret}");
    for (name, value) in [
        ("authorization", format!("Bearer {token}")),
        ("Authorization", format!("bearer {pair}")),
        ("AUTHORIZATION", format!("BEARER   {token} \t")),
        ("authorization", format!("ApiKey {token}")),
        ("authorization", format!("apikey {pair}")),
        ("authorization", basic(&pair)),
        ("authorization", basic(&pair).replace("Basic", "basic")),
    ] {
        assert_eq!(code(&world.lines(&[("host", "x"), (name, &value)])), None, "{name}: {value}");
    }
    assert_eq!(code(&world.lines(&[("X-Api-Key", &key), ("x-api-secret", &secret)])), None);
    assert_eq!(code(&world.lines(&[("x-api-secret", &secret), ("x-api-key", &key)])), None);
}

#[test]
fn a_changed_secret_is_invalid_by_every_carrier() {
    let world = World::new();
    let (key, secret, token) = parts(&world);
    let wrong = |text: &str| format!("{}!", &text[..text.len() - 1]);
    for value in [
        format!("Bearer {}", wrong(&token)),
        format!("ApiKey {key}:{}", wrong(&secret)),
        format!("Bearer {key}:{secret}0"),
        basic(&format!("{key}:{}", wrong(&secret))),
    ] {
        assert_eq!(
            code(&world.lines(&[("authorization", &value)])),
            Some(Code::CredentialInvalid),
            "{value}"
        );
    }
}

#[test]
fn a_bare_key_proves_nothing() {
    let world = World::new();
    let denial = world.lines(&[("x-api-key", world.key().as_str())]).into_result().unwrap_err();
    assert_eq!(denial.code(), Code::CredentialInvalid);
    assert_eq!(denial.key_id(), Some(world.key()));
}

#[test]
fn nothing_presented_is_missing() {
    let world = World::new();
    for lines in [&[][..], &[("cookie", "a=b"), ("api_key", "x")]] {
        assert_eq!(code(&world.lines(lines)), Some(Code::CredentialMissing));
    }
}

#[test]
fn what_cannot_be_read_is_malformed_and_falls_back_to_nothing() {
    let world = World::new();
    let (key, secret, token) = parts(&world);
    let bearer = format!("Bearer {token}");
    let (cut, long) = (token[..token.len() - 1].to_owned(), "s".repeat(129));
    let values = [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        token.clone(),
        "Digest username=\"x\"".to_owned(),
        "Basic".to_owned(),
        "Basic !!!".to_owned(),
        basic("no colon"),
        basic(&format!("{key}:")),
        basic(&format!(":{secret}")),
        basic(&format!("bad key:{secret}")),
        basic(&format!("{key}:{long}")),
        format!("Basic {}", "A".repeat(4096)),
        format!("Bearer {cut}"),
        format!("Bearer {token}0"),
        format!("Bearer {key}:"),
        format!("Bearer {key}:{long}"),
        format!("Bearer :{secret}"),
        format!("Bearer {token} {token}"),
        format!("Token {token}"),
    ];
    for value in values {
        assert_eq!(
            code(&world.lines(&[("authorization", &value)])),
            Some(Code::CredentialMalformed),
            "{value}"
        );
    }
    let twice: [&[(&str, &str)]; 6] = [
        &[("authorization", &bearer), ("authorization", &bearer)],
        &[("authorization", &bearer), ("x-api-key", &key)],
        &[("authorization", "Digest x"), ("x-api-key", &key), ("x-api-secret", &secret)],
        &[("x-api-key", &key), ("x-api-key", &key), ("x-api-secret", &secret)],
        &[("x-api-key", &key), ("x-api-secret", &secret), ("x-api-secret", &secret)],
        &[("x-api-secret", &secret)],
    ];
    for lines in twice {
        assert_eq!(code(&world.lines(lines)), Some(Code::CredentialMalformed), "{lines:?}");
    }
}

#[test]
fn a_secret_in_the_place_of_the_key_is_not_taken_for_one() {
    // The text of a secret would fit a key id, and key ids are printed.
    let world = World::new();
    let (key, secret, token) = parts(&world);
    for mixed_up in [secret.as_str(), &secret[..20], &token[..40]] {
        let verdict = world.lines(&[("x-api-key", mixed_up), ("x-api-secret", &key)]);
        let denial = verdict.into_result().unwrap_err();
        assert_eq!((denial.code(), denial.key_id()), (Code::CredentialMalformed, None));
        let said = format!("{denial:?} {}", denial.operator().sentence(world.engine.catalogue()));
        assert!(!said.contains(&secret[5..14]), "{said}");
        let pair = format!("Bearer {mixed_up}:{key}");
        assert_eq!(code(&world.lines(&[("authorization", &pair)])), Some(Code::CredentialMalformed));
        let pair = basic(&format!("{mixed_up}:{key}"));
        assert_eq!(code(&world.lines(&[("authorization", &pair)])), Some(Code::CredentialMalformed));
    }
}

#[test]
fn more_header_lines_than_are_read_is_too_large() {
    let world = World::new();
    let bearer = format!("Bearer {}", world.revealed.token().expose());
    let mut lines = vec![("x", "y"); MAX_HEADER_LINES - 1];
    lines.push(("authorization", &bearer));
    assert_eq!(code(&world.lines(&lines)), None);
    lines.push(("x", "y"));
    assert_eq!(code(&world.lines(&lines)), Some(Code::RequestTooLarge));
}

#[test]
fn published_bounds_are_what_they_are() {
    // By number: a test that used the constants would follow wherever they go.
    assert_eq!((MAX_HEADER_LINES, keyward::MAX_SECRET, keyward::KeyId::MAX_LEN), (1000, 128, 55));
    let world = World::new();
    let pair = |key: usize, secret: usize| basic(&format!("{}:{}", "k".repeat(key), "s".repeat(secret)));
    let decide = |line: &str| code(&world.lines(&[("authorization", line)]));
    assert_eq!(pair(55, 128).len(), "Basic ".len() + 248);
    assert_eq!(decide(&pair(55, 128)), Some(Code::CredentialInvalid), "the longest that is read");
    assert_eq!(decide(&pair(56, 128)), Some(Code::CredentialMalformed));
    assert_eq!(decide(&pair(55, 129)), Some(Code::CredentialMalformed));
    let longer = format!("Basic {}", "a".repeat(252));
    assert_eq!(decide(&longer), Some(Code::CredentialMalformed));
}

#[test]
fn a_pair_that_was_read_elsewhere_has_the_same_bounds() {
    let world = World::new();
    let decide = |text: String| {
        let secret = keyward::Secret::new(text);
        code(&world.decide(keyward::Presented::pair(world.key(), &secret)))
    };
    assert_eq!(decide("s".repeat(128)), Some(Code::CredentialInvalid));
    for text in [String::new(), "s".repeat(129), "s".repeat(5_000_000)] {
        assert_eq!(decide(text), Some(Code::CredentialMalformed));
    }
    let mixed_up = world.revealed.secret().expose().parse().unwrap();
    let bare = keyward::Presented::key_only(mixed_up);
    assert_eq!((bare.key_id(), code(&world.decide(bare))), (None, Some(Code::CredentialMalformed)));
}

#[test]
fn what_was_presented_does_not_show() {
    let world = World::new();
    let (key, secret, token) = parts(&world);
    for value in [format!("Bearer {token}"), basic(&format!("{key}:{secret}")), format!("Digest {secret}")] {
        let lines = [("authorization", value.as_bytes())];
        let head = RequestHead::new("GET", "/?api_key=k", Headers::lines(&lines));
        let shown = format!("{:?} {head:?}", world.engine.present(head));
        assert!(
            secret.as_bytes().windows(9).all(|part| !shown.contains(std::str::from_utf8(part).unwrap())),
            "{shown}"
        );
        assert!(!shown.contains("api_key"));
    }
}

#[cfg(feature = "http")]
#[test]
fn http_types_are_read_as_they_are() {
    let world = World::new();
    let request = http::Request::post("https://api.example.test/events?x=1")
        .header("Authorization", format!("Bearer {}", world.revealed.token().expose()))
        .header("Accept", "a")
        .header("Accept", "b")
        .body(())
        .unwrap();
    let head = RequestHead::of(&request);
    assert_eq!((head.method, head.target, head.path()), ("POST", "/events?x=1", "/events"));
    assert_eq!((head.scheme, head.authority), (Some("https"), Some("api.example.test")));
    assert_eq!(head.headers.all("accept").collect::<Vec<_>>(), [b"a", b"b"]);
    assert_eq!((head.headers.len(), head.headers.iter().count()), (3, 3));
    assert!(matches!(world.decide(world.engine.present(head)), keyward::Verdict::Allow(_)));
    let (parts, ()) = request.into_parts();
    assert_eq!(RequestHead::from(&parts).target, "/events?x=1");
}
