//! The SigV4 family: one mistake, two, and what is known without the secret.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use keyward::{Cause, Clue, Flaw, Headers, Payload, Profile, RequestHead, Timestamp, Verifier};
use sha2::{Digest, Sha512};

use super::{
    client::{Client, KEY, SECRET, causes, hex, hmac, moment, sha256},
    common::secret,
};

type Mistake = (Cause, fn(&mut Client));

/// One mistake each, in a request of AWS's kind.
const MISTAKES: &[Mistake] = &[
    (Cause::PathEncoding, |client| client.path = "/a%20b/c"),
    (Cause::PathEncoding, |client| client.path = "/a b/c"),
    (Cause::PathEncoding, |client| client.path = "/a%252520b/c"),
    (Cause::PathEncoding, |client| client.path = "/a%20b/c?b=x+y&a=1&k&z=%2F*"),
    (Cause::PathNormalisation, |client| client.path = "/a%2520b/c/"),
    (Cause::Plus, |client| client.query = "a=1&b=x%20y&k=&z=%2F%2A"),
    (Cause::Plus, |client| client.query = "a=1&b=x+y&k=&z=%2F%2A"),
    (Cause::QueryOrder, |client| client.query = "b=x%2By&a=1&k=&z=%2F%2A"),
    (Cause::QueryEncoding, |client| client.query = "a=1&b=x%2By&k&z=%2F%2A"),
    (Cause::QueryEncoding, |client| client.query = "a=1&b=x+y&k=&z=%2F*"),
    (Cause::QueryEncoding, |client| client.query = "a=1&b=x+y&k=&z=/*"),
    (Cause::QueryEncoding, |client| client.query = "a=1&b=x%2by&k=&z=%2f%2a"),
    (Cause::QueryEncoding, |client| client.query = ""),
    (Cause::HeaderFolding, |client| client.headers = client.headers.replace("one two", "one  two")),
    (Cause::HeaderFolding, |client| client.headers = client.headers.replace("1,2", "1, 2")),
    (Cause::HeaderFolding, |client| client.headers = client.headers.replace("1,2", "2")),
    (Cause::HeaderFolding, |client| client.headers = client.headers.replace("1,2", "1")),
    (Cause::HeaderMissing, |client| client.headers = client.headers.replace("x-many:1,2\n", "")),
    (Cause::HeaderMissing, |client| client.headers = client.headers.replace("x-many:1,2\n", "x-many:\n")),
    (Cause::HeaderOrder, |client| {
        client.headers =
            "x-tag:one two\nhost:api.example.test:8443\nx-amz-date:20261122T120000Z\nx-many:1,2\n".into();
        client.signed_names = client.names;
    }),
    (Cause::HostOrPort, |client| client.headers = client.headers.replace(":8443", "")),
    (Cause::BodyHash, |client| client.digest = sha256(b"")),
    (Cause::BodyHash, |client| client.digest = "UNSIGNED-PAYLOAD".into()),
    (Cause::BodyHash, |client| client.digest = sha256(b"UNSIGNED-PAYLOAD")),
    (Cause::BodyHash, |client| client.digest = sha256(b"{\"a\":\n1}\n")),
    (Cause::BodyHash, |client| client.digest = sha256(b"{\"a\":\r\n1}")),
    (Cause::BodyHash, |client| client.digest = client.digest.to_uppercase()),
    (Cause::BodyHash, |client| client.digest = hex(&Sha512::digest(client.body))),
    (Cause::Method, |client| client.signed_method = "post"),
    (Cause::Date, |client| client.date = "2026-11-22T12:00:00Z"),
    (Cause::Scope, |client| client.key_scope = "20261123/us-east-1/host/aws4_request"),
    (Cause::Scope, |client| client.scope = "20261121/us-east-1/host/aws4_request"),
    (Cause::Scope, |client| {
        client.scope = "20261123/us-east-1/host/aws4_request";
        client.key_scope = client.scope;
    }),
    (Cause::HashLabel, |client| client.algorithm = "AWS4-HMAC-SHA512".into()),
    (Cause::HashLabel, |client| client.request_hash = |bytes| hex(&Sha512::digest(bytes))),
    (Cause::SecretForm, |client| client.key_prefix = ""),
    (Cause::SecretForm, |client| client.derives = false),
    (Cause::SecretForm, |client| client.secret = STANDARD.decode(SECRET).unwrap()),
    (Cause::SecretForm, |client| client.secret.push(b'\n')),
    (Cause::SecretForm, |client| client.secret.push(b' ')),
    (Cause::SecretForm, |client| client.secret.insert(0, b' ')),
    (Cause::SecretForm, |client| client.secret = KEY.into()),
    (Cause::Unknown, |client| client.secret = b"another".into()),
    (Cause::Unknown, |client| client.digest = sha256(b"another body")),
];

#[test]
fn every_known_mistake_is_found_by_the_signature_alone() {
    for (place, (cause, make)) in MISTAKES.iter().enumerate() {
        let mut client = Client::aws();
        make(&mut client);
        let diagnosis = client.by_secret();
        assert_eq!(causes(&diagnosis), [*cause], "{place}: {}", diagnosis.report());
        assert_eq!((diagnosis.flaw(), diagnosis.is_clean()), (None, false));
    }
}

#[test]
fn two_mistakes_at_once_are_found() {
    let singles: Vec<_> = MISTAKES.iter().filter(|(cause, _)| *cause != Cause::Unknown).step_by(4).collect();
    let mut tried = 0;
    for (place, one) in singles.iter().enumerate() {
        for other in singles.iter().skip(place + 1) {
            let of = |mistakes: &[&Mistake]| {
                let mut client = Client::aws();
                for (_, make) in mistakes {
                    make(&mut client);
                }
                client
            };
            let client = of(&[*one, *other]);
            // In the same line a second mistake may undo the first, or find nothing left to spoil.
            let alone = [of(&[*one]).signature(), of(&[*other]).signature()];
            let query = [Cause::Plus, Cause::QueryOrder, Cause::QueryEncoding];
            let overwritten = query.contains(&one.0) && query.contains(&other.0);
            if one.0 == other.0 || overwritten || alone.contains(&client.signature()) {
                continue;
            }
            let diagnosis = client.by_secret();
            let found = causes(&diagnosis);
            assert!(
                found.len() == 2 && found.contains(&one.0) && found.contains(&other.0),
                "{:?} {:?} {found:?}",
                one.0,
                other.0
            );
            tried += 1;
        }
    }
    assert!(tried > 40, "{tried}");
    let mut client = Client::aws();
    client.query = "b=x%20y&a=1&k=&z=%2F%2A";
    assert_eq!(causes(&client.by_secret()), [Cause::QueryOrder, Cause::Plus]);
}

#[test]
fn antavo_and_escher_clients_are_told_their_own_mistakes() {
    for (cause, make) in [
        (Cause::Plus, (|client| client.query = "a=1&b=x%2By") as fn(&mut Client)),
        (Cause::QueryOrder, |client| client.query = "b=x%20y&a=1"),
        (Cause::Date, |client| client.date = "Sun, 22 Nov 2026 12:00:00 GMT"),
        (Cause::Method, |client| client.signed_method = "get"),
        (Cause::BodyHash, |client| client.digest = sha256(b"UNSIGNED-PAYLOAD")),
        (Cause::BodyHash, |client| client.digest = sha256(b"\n")),
        (Cause::HostOrPort, |client| client.headers = client.headers.replace(":8443", "")),
        (Cause::SecretForm, |client| client.key_prefix = ""),
        (Cause::Scope, |client| client.key_scope = "20261121/st1/api/antavo_request"),
    ] {
        let mut client = Client::escher();
        make(&mut client);
        let diagnosis = client.by_secret();
        assert_eq!(causes(&diagnosis), [cause], "{}", diagnosis.report());
    }
    assert!(Client::escher().by_secret().is_clean());
}

#[test]
fn paths_that_are_not_canonical_are_diagnosed_where_they_are_taken() {
    for (profile, path, cause) in [
        (Profile::aws("us-east-1", "host").lenient_path(), "/a/../b//c", Cause::PathNormalisation),
        (
            Profile::aws("us-east-1", "host").normalize_path(false).lenient_path(),
            "/b/c",
            Cause::PathNormalisation,
        ),
    ] {
        let client = Client { profile, target: "/a/../b//c", path, query: "", ..Client::aws() };
        let diagnosis = client.by_secret();
        assert_eq!(causes(&diagnosis), [cause], "{}", diagnosis.report());
    }
}

#[test]
fn the_right_request_differs_in_nothing() {
    for client in [Client::aws(), Client::escher()] {
        client.with_head(|head, body| {
            let verified = client.verifier().verify(head, body, moment(), |_| Some(SECRET));
            assert!(verified.is_ok(), "the client of this test signs as it should: {verified:?}");
        });
        let (canonical, to_sign) = (client.canonical(), client.to_sign());
        for (diagnosis, said) in [
            (client.by_secret(), "nothing differs: the signature matches"),
            (
                client.by(Clue::CanonicalRequest(&canonical)),
                "nothing differs: the client signs this canonical request",
            ),
            (client.by(Clue::StringToSign(&to_sign)), "nothing differs: the client signs this text"),
        ] {
            assert!(
                diagnosis.is_clean() && diagnosis.report().to_string().starts_with(said),
                "{diagnosis:?}"
            );
            assert_eq!(diagnosis.key_id().unwrap().as_str(), KEY);
        }
        let sent = client.with_head(|head, body| {
            client.verifier().diagnose(head, body, moment(), Clue::Request(head, body))
        });
        assert!(sent.is_clean(), "{}", sent.report());
    }
}

#[test]
fn a_printed_canonical_request_is_compared_part_by_part() {
    let request = [
        Cause::PathEncoding,
        Cause::PathNormalisation,
        Cause::Plus,
        Cause::QueryOrder,
        Cause::QueryEncoding,
        Cause::HeaderFolding,
        Cause::HeaderMissing,
        Cause::HeaderOrder,
        Cause::HostOrPort,
        Cause::BodyHash,
        Cause::Method,
    ];
    let mut tried = 0;
    for (cause, make) in MISTAKES.iter().filter(|(cause, _)| request.contains(cause)) {
        let mut client = Client::aws();
        make(&mut client);
        let printed = client.canonical();
        for text in
            [printed.clone(), printed.replace('\n', "\r\n"), format!("\"{}\"", printed.replace('\n', "\\n"))]
        {
            let diagnosis = client.by(Clue::CanonicalRequest(&text));
            assert_eq!(causes(&diagnosis), [*cause], "{}", diagnosis.report());
        }
        let diagnosis = client.by(Clue::StringToSign(&client.to_sign()));
        assert_eq!(causes(&diagnosis), [*cause], "found by its digest: {}", diagnosis.report());
        tried += 1;
    }
    assert_eq!(tried, 29);
    let named = |make: fn(&mut Client)| {
        let mut client = Client::aws();
        make(&mut client);
        let diagnosis = client.by(Clue::CanonicalRequest(&client.canonical()));
        diagnosis.iter().next().unwrap().part().unwrap().to_owned()
    };
    assert_eq!(named(|client| client.headers = client.headers.replace("x-many:1,2\n", "")), "x-many");
    assert_eq!(named(|client| client.headers = client.headers.replace("one two", "three")), "x-tag");
}

#[test]
fn a_printed_string_to_sign_is_compared_line_by_line() {
    for (cause, make) in MISTAKES.iter().filter(|(cause, _)| [Cause::Date, Cause::HashLabel].contains(cause))
    {
        let mut client = Client::aws();
        make(&mut client);
        let diagnosis = client.by(Clue::StringToSign(&client.to_sign()));
        assert_eq!(causes(&diagnosis), [*cause], "{}", diagnosis.report());
    }
    for (cause, make) in [
        (Cause::Scope, (|client| client.scope = "20261123/us-east-1/host/aws4_request") as fn(&mut Client)),
        (Cause::Scope, |client| client.scope = "20261122/eu-west-1/host/aws4_request"),
        (Cause::Date, |client| client.date = "20261122T115959Z"),
        (Cause::HashLabel, |client| client.algorithm = "AWS4-HMAC-sha256".into()),
        (Cause::Unknown, |client| client.digest = sha256(b"another body")),
    ] {
        let mut client = Client::aws();
        make(&mut client);
        let diagnosis = client.by(Clue::StringToSign(&client.to_sign()));
        assert_eq!(causes(&diagnosis), [cause], "{}", diagnosis.report());
    }
}

#[test]
fn what_a_proxy_changed_is_told_from_the_request_that_was_sent() {
    let sent = Client::aws();
    for (cause, change) in [
        (Cause::QueryEncoding, (|client| client.target = "/a%20b/c?b=x+y&a=2&k&z=%2F*") as fn(&mut Client)),
        (Cause::PathEncoding, |client| client.target = "/internal/c?b=x+y&a=1&k&z=%2F*"),
        (Cause::BodyHash, |client| client.body = b"{}"),
        (Cause::HostOrPort, |client| client.lines[0].1 = "backend:8080"),
        (Cause::HeaderValue, |client| client.lines[2].1 = "two"),
        (Cause::Method, |client| client.method = "PUT"),
    ] {
        let mut arrived = sent.clone();
        change(&mut arrived);
        let found = sent.with_head(|theirs, body| {
            let clue = Clue::Request(theirs, body);
            arrived.with_head(|head, body| sent.verifier().diagnose(head, body, moment(), clue))
        });
        assert_eq!(causes(&found), [cause], "{}", found.report());
    }
}

#[test]
fn what_the_request_alone_tells_is_said_first() {
    let late = Timestamp::from_unix(1_795_348_800 + 86_400);
    let client = Client::aws();
    let own_secret = secret(SECRET);
    let found = client
        .with_head(|head, body| client.verifier().diagnose(head, body, late, Clue::Secret(&own_secret)));
    assert_eq!((found.flaw(), causes(&found).len()), (Some(Flaw::Window), 0));
    let report = found.report().to_string();
    assert!(report.starts_with("a caller signed with a date outside the window"), "{report}");
    assert!(report.ends_with("\nnothing differs: the signature matches"), "{report}");

    let elsewhere = Client { profile: Profile::aws("eu-west-1", "host"), ..Client::aws() };
    let found = elsewhere.by_secret();
    assert_eq!(
        (found.flaw(), causes(&found).len()),
        (Some(Flaw::Scope), 0),
        "the scope as sent is the signed one"
    );
    let configured = "20261122/eu-west-1/host/aws4_request";
    let signed_ours = Client { scope: configured, key_scope: configured, ..elsewhere };
    assert_eq!(causes(&signed_ours.by_secret()), [Cause::Scope]);

    let unsigned = Verifier::new().profile(Profile::antavo("st1"));
    let head = RequestHead::new("GET", "/", Headers::lines(&[]));
    let found = unsigned.diagnose(head, Payload::Absent, moment(), Clue::Secret(&own_secret));
    assert_eq!(causes(&found), [Cause::Unsigned]);
}

#[test]
fn mistakes_that_only_some_requests_allow_are_found_in_those() {
    let plain = || Client {
        lines: vec![("Host", "api.example.test"), ("X-Amz-Date", "20261122T120000Z"), ("X-Tag", "  one")],
        names: "host;x-amz-date;x-tag",
        headers: "host:api.example.test\nx-amz-date:20261122T120000Z\nx-tag:one\n".into(),
        signed_names: "host;x-amz-date;x-tag",
        ..Client::aws()
    };
    for (cause, make) in [
        (
            Cause::HostOrPort,
            (|client| client.headers = client.headers.replace(".test", ".test:443")) as fn(&mut Client),
        ),
        (Cause::HostOrPort, |client| client.headers = client.headers.replace(".test", ".test:80")),
        (Cause::HeaderFolding, |client| client.headers = client.headers.replace(":one", ":  one")),
        (Cause::QueryEncoding, |client| (client.target, client.query) = ("/a%20b/c?a=1&&b=2", "&a=1&b=2")),
        (Cause::QueryEncoding, |client| (client.target, client.query) = ("/a%20b/c?a=1&&b=2", "=&a=1&b=2")),
        (Cause::QueryEncoding, |client| (client.target, client.query) = ("/a%20b/c?a=%2F", "a=%252F")),
        (Cause::BodyHash, |client| (client.body, client.digest) = (b"a\n", sha256(b"a\r\n"))),
        (Cause::BodyHash, |client| (client.body, client.digest) = (b"a", sha256(b"a\n"))),
    ] {
        let mut client = plain();
        make(&mut client);
        let verifier = Verifier::new().profile(client.profile.clone()).authorities(["api.example.test"]);
        let own_secret = secret(SECRET);
        let found =
            client.with_head(|head, body| verifier.diagnose(head, body, moment(), Clue::Secret(&own_secret)));
        assert_eq!((causes(&found), found.flaw()), (vec![cause], None), "{}", found.report());
    }
    for (text, used) in
        [("00ff10AB00ff10ab", vec![0, 255, 16, 171, 0, 255, 16, 171]), (" spaced\n", b"spaced".to_vec())]
    {
        let client = Client { secret: used, ..Client::aws() };
        assert_eq!(causes(&client.by(Clue::Secret(&secret(text)))), [Cause::SecretForm], "{text:?}");
    }
}

#[test]
fn requests_of_the_longer_hash_are_diagnosed_too() {
    let sha512 = |bytes: &[u8]| hex(&Sha512::digest(bytes));
    let mac = |key: &[u8], data: &str| {
        let mut mac = Hmac::<Sha512>::new_from_slice(key).unwrap();
        mac.update(data.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let profile = Profile::antavo("st1").hash(keyward::HashAlg::Sha512);
    let verifier = Verifier::new().profile(profile).authorities(["api.example.test"]);
    let own_secret = secret(SECRET);
    let scope = "20261122/st1/api/antavo_request";
    let found = |query: &str, digest: &str, prefix: &str| {
        let signed = "date:20261122T120000Z\nhost:api.example.test\n\ndate;host";
        let canonical = format!("GET\n/x\n{query}\n{signed}\n{digest}");
        let to_sign =
            format!("ANTAVO-HMAC-SHA512\n20261122T120000Z\n{scope}\n{}", sha512(canonical.as_bytes()));
        let key =
            scope.split('/').fold(format!("{prefix}{SECRET}").into_bytes(), |key, part| mac(&key, part));
        let authorization = format!(
            "ANTAVO-HMAC-SHA512 Credential={KEY}/{scope}, SignedHeaders=date;host, Signature={}",
            hex(&mac(&key, &to_sign))
        );
        let lines = [
            ("Host", b"api.example.test".as_slice()),
            ("Date", b"20261122T120000Z"),
            ("Authorization", authorization.as_bytes()),
        ];
        let head = RequestHead::new("GET", "/x?b=1&a=2", Headers::lines(&lines));
        causes(&verifier.diagnose(head, Payload::Absent, moment(), Clue::Secret(&own_secret)))
    };
    assert_eq!(found("a=2&b=1", &sha512(b""), "ANTAVO"), []);
    assert_eq!(found("b=1&a=2", &sha512(b""), "ANTAVO"), [Cause::QueryOrder]);
    assert_eq!(found("a=2&b=1", &sha256(b""), "ANTAVO"), [Cause::BodyHash]);
    assert_eq!(found("a=2&b=1", &sha512(b""), ""), [Cause::SecretForm]);
}

#[test]
fn presigned_urls_are_diagnosed_too() {
    let sign = |date: &str| {
        let query = format!(
            "X-Antavo-Algorithm=ANTAVO-HMAC-SHA256&X-Antavo-Credentials={KEY}%2F20261122%2Fst1%2Fapi%2Fantavo_request\
             &X-Antavo-Date=20261122T120000Z&X-Antavo-Expires=60&X-Antavo-SignedHeaders=host&a=1"
        );
        let digest = sha256(b"UNSIGNED-PAYLOAD");
        let canonical = format!("GET\n/x\n{query}\nhost:api.example.test\n\nhost\n{digest}");
        let scope = "20261122/st1/api/antavo_request";
        let to_sign = format!("ANTAVO-HMAC-SHA256\n{date}\n{scope}\n{}", sha256(canonical.as_bytes()));
        let key = scope
            .split('/')
            .fold(format!("ANTAVO{SECRET}").into_bytes(), |key, part| hmac(&key, part.as_bytes()));
        format!("/x?{query}&X-Antavo-Signature={}", hex(&hmac(&key, to_sign.as_bytes())))
    };
    let verifier = Verifier::new().profile(Profile::antavo("st1")).authorities(["api.example.test"]);
    let own_secret = secret(SECRET);
    let lines = [("host", b"api.example.test".as_slice())];
    let found = |target: &str| {
        let head = RequestHead::new("GET", target, Headers::lines(&lines));
        causes(&verifier.diagnose(head, Payload::Absent, moment(), Clue::Secret(&own_secret)))
    };
    assert_eq!(found(&sign("20261122T120000Z")), []);
    assert_eq!(found(&sign("2026-11-22T12:00:00Z")), [Cause::Date]);
}
