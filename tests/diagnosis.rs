//! Which mistake of a client explains its signature. The clients here sign by themselves, each making one mistake or
//! two, and share no code with the library.

mod common;

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use common::{NOW, World, list, sealing_engine, secret, seeded};
use hmac::{Hmac, KeyInit, Mac};
use keyward::{
    AccessLevel, Cause, Clue, Diagnosis, Fault, Flaw, Headers, Keep, MessageProfile, Payload, Profile,
    RequestHead, Schemes, Secret, Timestamp, Verifier,
};
use sha2::{Digest, Sha256, Sha512};

const SECRET: &str = "Tm90aGluZ0luSGVyZUlzU2VjcmV0QnV0VGhpczEy";
const KEY: &str = "AKIDEXAMPLE";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hmac(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(data);
    mac.finalize().into_bytes().to_vec()
}

/// A client of the SigV4 family: every line that it signs, as it writes it.
#[derive(Clone)]
struct Client {
    profile: Profile,
    prefix: &'static str,
    auth_header: &'static str,
    method: &'static str,
    target: &'static str,
    /// As sent.
    lines: Vec<(&'static str, &'static str)>,
    body: &'static [u8],
    names: &'static str,
    /// As signed.
    signed_method: &'static str,
    path: &'static str,
    query: &'static str,
    headers: String,
    signed_names: &'static str,
    digest: String,
    algorithm: String,
    date: &'static str,
    scope: &'static str,
    request_hash: fn(&[u8]) -> String,
    key_prefix: &'static str,
    secret: Vec<u8>,
    key_scope: &'static str,
    derives: bool,
}

const SCOPE: &str = "20261122/us-east-1/host/aws4_request";

impl Client {
    fn aws() -> Self {
        Self {
            profile: Profile::aws("us-east-1", "host"),
            prefix: "AWS4",
            auth_header: "Authorization",
            method: "POST",
            target: "/a%20b/c?b=x+y&a=1&k&z=%2F*",
            lines: vec![
                ("Host", "api.example.test:8443"),
                ("X-Amz-Date", "20261122T120000Z"),
                ("X-Tag", "one  two"),
                ("X-Many", "1"),
                ("X-Many", "2"),
            ],
            body: b"{\"a\":\r\n1}\r\n",
            names: "x-tag;host;x-amz-date;x-many",
            signed_method: "POST",
            path: "/a%2520b/c",
            query: "a=1&b=x%2By&k=&z=%2F%2A",
            headers: "host:api.example.test:8443\nx-amz-date:20261122T120000Z\nx-many:1,2\nx-tag:one two\n"
                .into(),
            signed_names: "host;x-amz-date;x-many;x-tag",
            digest: sha256(b"{\"a\":\r\n1}\r\n"),
            algorithm: "AWS4-HMAC-SHA256".into(),
            date: "20261122T120000Z",
            scope: SCOPE,
            request_hash: sha256,
            key_prefix: "AWS4",
            secret: SECRET.into(),
            key_scope: SCOPE,
            derives: true,
        }
    }

    fn escher() -> Self {
        Self {
            profile: Profile::antavo("st1"),
            prefix: "ANTAVO",
            method: "GET",
            target: "/customers?b=x+y&a=1",
            lines: vec![("Host", "api.example.test:8443"), ("Date", "Sun, 22 Nov 2026 12:00:00 GMT")],
            body: b"",
            names: "date;host",
            signed_method: "GET",
            path: "/customers",
            query: "a=1&b=x%20y",
            headers: "date:Sun, 22 Nov 2026 12:00:00 GMT\nhost:api.example.test:8443\n".into(),
            signed_names: "date;host",
            digest: sha256(b""),
            algorithm: "ANTAVO-HMAC-SHA256".into(),
            scope: "20261122/st1/api/antavo_request",
            key_prefix: "ANTAVO",
            key_scope: "20261122/st1/api/antavo_request",
            ..Self::aws()
        }
    }

    fn canonical(&self) -> String {
        [self.signed_method, self.path, self.query, &self.headers, self.signed_names, &self.digest].join("\n")
    }

    fn to_sign(&self) -> String {
        [&self.algorithm, self.date, self.scope, &(self.request_hash)(self.canonical().as_bytes())].join("\n")
    }

    fn signature(&self) -> String {
        let mut key = self.secret.clone();
        if self.derives {
            key = [self.key_prefix.as_bytes(), &self.secret].concat();
            for part in self.key_scope.split('/') {
                key = hmac(&key, part.as_bytes());
            }
        }
        hex(&hmac(&key, self.to_sign().as_bytes()))
    }

    fn verifier(&self) -> Verifier {
        Verifier::new().profile(self.profile.clone()).authorities(["api.example.test:8443"])
    }

    fn with_head<T>(&self, see: impl FnOnce(RequestHead<'_>, Payload<'_>) -> T) -> T {
        let authorization = format!(
            "{}-HMAC-SHA256 Credential={KEY}/{}, SignedHeaders={}, Signature={}",
            self.prefix,
            self.sent_scope(),
            self.names,
            self.signature()
        );
        let mut lines: Vec<_> = self.lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        lines.push((self.auth_header, authorization.as_bytes()));
        see(RequestHead::new(self.method, self.target, Headers::lines(&lines)), Payload::Bytes(self.body))
    }

    /// What stands in the credential: the scope of the day on which it is sent.
    fn sent_scope(&self) -> &'static str {
        match self.prefix {
            "ANTAVO" => "20261122/st1/api/antavo_request",
            _ => SCOPE,
        }
    }

    fn by(&self, clue: Clue<'_>) -> Diagnosis {
        let diagnosis = self.with_head(|head, body| self.verifier().diagnose(head, body, moment(), clue));
        assert_tells_nothing(&diagnosis, &self.signature());
        diagnosis
    }

    /// What is found with the secret.
    fn by_secret(&self) -> Diagnosis {
        self.by(Clue::Secret(&secret(SECRET)))
    }
}

/// 2026-11-22T12:00:00Z.
fn moment() -> Timestamp {
    Timestamp::from_unix(1_795_348_800)
}

/// No MAC and no nine consecutive characters of the secret, whichever way it is printed.
fn assert_tells_nothing(diagnosis: &Diagnosis, mac: &str) {
    let mut texts = vec![diagnosis.report().to_string(), format!("{diagnosis:?}"), format!("{diagnosis:#?}")];
    texts.extend(diagnosis.iter().flat_map(|found| [found.to_string(), format!("{found:?}")]));
    for text in texts {
        for secret in [SECRET.as_bytes(), mac.as_bytes()].into_iter().flat_map(|secret| secret.windows(9)) {
            let piece = std::str::from_utf8(secret).unwrap();
            assert!(!text.contains(piece), "{text}");
        }
    }
}

fn causes(diagnosis: &Diagnosis) -> Vec<Cause> {
    diagnosis.iter().map(keyward::Difference::cause).collect()
}

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

/// A client of RFC 9421: the base as it writes it, and the parameters as it sends them.
fn message(base: &str, secret: &[u8], see: &mut dyn FnMut(RequestHead<'_>, &str)) {
    let params = format!("{COMPONENTS};created=1795348800;keyid=\"{KEY}\";alg=\"hmac-sha256\"");
    let mac = STANDARD.encode(hmac(secret, base.as_bytes()));
    let (input, signature) = (format!("sig={params}"), format!("sig=:{mac}:"));
    let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(BODY)));
    let lines = [
        ("Host", b"api.example.test".as_slice()),
        ("Content-Type", b"application/json"),
        ("Content-Digest", digest.as_bytes()),
        ("X-Many", b"1"),
        ("X-Many", b"2"),
        ("Signature-Input", input.as_bytes()),
        ("Signature", signature.as_bytes()),
    ];
    let head = RequestHead::new("POST", "/a%20b?b=1+2&a=2", Headers::lines(&lines)).scheme("https");
    see(head, &mac);
}

const BODY: &[u8] = b"{\r\n}";
const COMPONENTS: &str = "(\"@method\" \"@authority\" \"@path\" \"@query\" \"@target-uri\" \"content-digest\" \"content-type\" \"x-many\")";

fn base() -> String {
    format!(
        "\"@method\": POST\n\"@authority\": api.example.test\n\"@path\": /a%20b\n\"@query\": ?b=1+2&a=2\n\
         \"@target-uri\": https://api.example.test/a%20b?b=1+2&a=2\n\"content-digest\": sha-256=:{}:\n\
         \"content-type\": application/json\n\"x-many\": 1, 2\n\
         \"@signature-params\": {COMPONENTS};created=1795348800;keyid=\"{KEY}\";alg=\"hmac-sha256\"",
        STANDARD.encode(Sha256::digest(BODY))
    )
}

fn message_by(base: &str, secret: &[u8], clue: Clue<'_>) -> Diagnosis {
    let verifier = Verifier::new().messages(MessageProfile::new()).authorities(["api.example.test"]);
    let mut found = None;
    message(base, secret, &mut |head, mac| {
        let diagnosis = verifier.diagnose(head, Payload::Bytes(BODY), moment(), clue);
        assert_tells_nothing(&diagnosis, mac);
        found = Some(diagnosis);
    });
    found.unwrap()
}

#[test]
fn message_signatures_are_diagnosed_component_by_component() {
    let right = base();
    let own_secret = secret(SECRET);
    let by = |base: &str| message_by(base, SECRET.as_bytes(), Clue::Secret(&own_secret));
    assert!(by(&right).is_clean(), "{}", by(&right).report());
    assert!(message_by(&right, b"", Clue::SignatureBase(&right)).is_clean());
    let other_digest = STANDARD.encode(Sha256::digest(b"{\n}"));
    let digest = STANDARD.encode(Sha256::digest(BODY));
    for (from, to, cause) in [
        ("\"@method\": POST", "\"@method\": post", Cause::Method),
        ("\"@path\": /a%20b", "\"@path\": /a%20b?b=1+2&a=2", Cause::PathEncoding),
        ("\"@path\": /a%20b", "\"@path\": /a b", Cause::PathEncoding),
        ("\"@query\": ?b", "\"@query\": b", Cause::Component),
        ("\"@query\": ?b=1+2&a=2", "\"@query\": ?a=2&b=1+2", Cause::QueryOrder),
        ("\"@query\": ?b=1+2&a=2", "\"@query\": ?b=1%202&a=2", Cause::Plus),
        ("\"@authority\": api.example.test", "\"@authority\": api.example.test:443", Cause::HostOrPort),
        ("\"@authority\": api.example.test", "\"@authority\": API.EXAMPLE.TEST", Cause::HostOrPort),
        ("\"@target-uri\": https", "\"@target-uri\": http", Cause::Component),
        ("\"@target-uri\": https://api.example.test", "\"@target-uri\": ", Cause::Component),
        (
            ";created=1795348800;keyid=\"AKIDEXAMPLE\"",
            ";keyid=\"AKIDEXAMPLE\";created=1795348800",
            Cause::Component,
        ),
        (";alg=\"hmac-sha256\"", "", Cause::Component),
        (&digest, &other_digest, Cause::BodyHash),
        ("\"x-many\": 1, 2", "\"x-many\": 1,2", Cause::HeaderFolding),
        ("\"x-many\": 1, 2", "\"x-many\": 2", Cause::HeaderFolding),
        ("\"content-type\": application/json\n", "", Cause::Component),
    ] {
        let wrong = right.replacen(from, to, 1);
        assert_ne!(wrong, right, "{from}");
        let found = by(&wrong);
        assert_eq!(causes(&found), [cause], "{to}: {}", found.report());
        let found = message_by(&wrong, b"", Clue::SignatureBase(&wrong));
        assert_eq!(causes(&found), [cause], "printed, {to}: {}", found.report());
    }
    let ended = format!("{right}\n");
    let headless = right.rsplit_once('\n').unwrap().0;
    for (wrong, cause) in [(ended.as_str(), Cause::Component), (headless, Cause::Component)] {
        assert_eq!(causes(&by(wrong)), [cause]);
    }
    let swapped = right.replacen("\"@method\": POST\n", "", 1).replacen(
        "\"x-many\"",
        "\"@method\": POST\n\"x-many\"",
        1,
    );
    assert_eq!(causes(&message_by(&swapped, b"", Clue::SignatureBase(&swapped))), [Cause::Component]);
    let two = right.replacen("\"@query\": ?", "\"@query\": ", 1).replacen("1, 2", "1,2", 1);
    assert_eq!(causes(&by(&two)), [Cause::Component, Cause::HeaderFolding]);
    let decoded = STANDARD.decode(SECRET).unwrap();
    assert_eq!(causes(&message_by(&right, &decoded, Clue::Secret(&own_secret))), [Cause::SecretForm]);
    assert_eq!(causes(&message_by(&right, b"another", Clue::Secret(&own_secret))), [Cause::Unknown]);
}

#[test]
fn garbage_and_huge_texts_are_answered_with_a_sentence() {
    let client = Client::aws();
    let huge = "a\n".repeat(1 << 20);
    let wide = "x".repeat(60_000);
    let secret_text = format!("GET\n/{SECRET}\n\nx-{SECRET}:{SECRET}\n\n{SECRET}\n{SECRET}");
    for text in [
        "",
        "\n",
        "\n\n\n\n\n\n\n",
        "é\u{0}\r\r\n",
        "\\n\\n",
        "\"",
        &huge,
        &wide,
        &secret_text,
        &"\n".repeat(50_000),
    ] {
        for clue in [Clue::CanonicalRequest(text), Clue::StringToSign(text), Clue::SignatureBase(text)] {
            let found = client.by(clue);
            assert!(!found.is_clean() && !found.report().to_string().is_empty());
            let found = message_by(&base(), b"", clue);
            assert!(!found.is_clean());
            assert!(!format!("{clue:?}").contains(SECRET));
        }
    }
    assert_eq!(causes(&client.by(Clue::CanonicalRequest(&huge))), [Cause::Unreadable]);
    assert_eq!(causes(&client.by(Clue::StringToSign(&wide))), [Cause::Unreadable]);
    assert_eq!(causes(&client.by(Clue::SignatureBase("\"a\": b"))), [Cause::Unreadable]);
}

#[test]
fn a_request_that_is_too_large_to_try_says_so() {
    // One mistake, which is found as long as the head is small enough.
    let with = |pairs: usize| {
        let query: &'static str = vec!["a=b"; pairs].join("&").leak();
        let target: &'static str = format!("/x?{query}").leak();
        Client { target, query, path: "/x", signed_method: "post", ..Client::aws() }
    };
    assert_eq!(causes(&with(10).by_secret()), [Cause::Method]);
    assert_eq!(causes(&with(3900).by_secret()), [Cause::Method]);
    assert_eq!(causes(&with(4100).by_secret()), [Cause::Incomplete]);
}

#[test]
fn the_largest_request_that_is_tried_ends_in_time() {
    let names: Vec<_> = (0..60).map(|n| format!("x-{n}")).collect();
    let list: &'static str = format!("host;x-amz-date;{}", names.join(";")).leak();
    let mut client = Client::aws();
    client.target = format!("/?{}", "b+&a&".repeat(2500)).leak();
    client.names = list;
    client.lines.extend(names.into_iter().map(|name| (&*name.leak(), "1, 2  3")));
    client.secret = b"another".into();
    let diagnosis = client.by_secret();
    assert_eq!(causes(&diagnosis), [Cause::Incomplete]);
}

#[test]
fn no_request_and_no_text_stops_a_diagnosis() {
    let pieces = [
        "\n",
        "\r\n",
        ":",
        ": ",
        "/",
        "?",
        "&",
        "=",
        "+",
        "%",
        "%2",
        "%2B",
        "GET",
        "host",
        "\"@path\"",
        "(",
        ")",
        ";",
        "\"",
        "a",
        "é",
        "\0",
        " ",
        ",",
        "X-Antavo-Signature",
        "ANTAVO-HMAC-SHA256",
        "20261122",
        "@signature-params",
    ];
    let mut random = seeded(11);
    let mut next = |below: usize| {
        let mut bytes = [0; 2];
        random(&mut bytes).unwrap();
        usize::from(u16::from_le_bytes(bytes)) % below
    };
    let own_secret = secret(SECRET);
    for _ in 0..60 {
        let mut text = |most: usize| (0..next(most)).map(|_| pieces[next(pieces.len())]).collect::<String>();
        let (target, value, host, printed) = (format!("/{}", text(12)), text(8), text(4), text(30));
        let base = Client::escher();
        let names = ["date;host", "host;date;x-any", "date;host;x-gone"][text(9).len() % 3];
        let signature = format!(
            "ANTAVO-HMAC-SHA256 Credential={KEY}/20261122/st1/api/antavo_request, SignedHeaders={names}, Signature={:064x}",
            1
        );
        let input = format!("sig=(\"@path\" \"@query\" \"x-any\" \"@authority\"){}", text(6));
        let lines = [
            ("Host", host.as_bytes()),
            ("Date", b"20261122T120000Z"),
            ("X-Any", value.as_bytes()),
            ("Authorization", signature.as_bytes()),
            ("Signature-Input", if value.len() % 2 == 0 { input.as_bytes() } else { b"" }),
        ];
        let head = RequestHead::new("GET", &target, Headers::lines(&lines));
        let verifier = base.verifier();
        for clue in [
            Clue::CanonicalRequest(&printed),
            Clue::StringToSign(&printed),
            Clue::SignatureBase(&printed),
            Clue::Request(head, Payload::Bytes(printed.as_bytes())),
            Clue::Secret(&own_secret),
        ] {
            let found = verifier.diagnose(head, Payload::Bytes(value.as_bytes()), moment(), clue);
            assert!(!format!("{found:?}{}", found.report()).contains("antavo_request"));
        }
    }
}

#[test]
fn the_engine_diagnoses_by_the_sealed_secret_and_leaves_nothing_behind() {
    let engine = sealing_engine().profile(Profile::antavo("st1")).authorities(["api.example.test:8443"]);
    let keep = Keep::Sealed(Schemes::SIGV4);
    let world = World::keeping(keep, engine, AccessLevel::Full, list("192.0.2.0/24"));
    let subject = world.subject().unwrap();
    let minted = world.revealed.secret().expose();
    let client = Client { secret: minted.into(), ..Client::escher() };
    let diagnose = |client: &Client, engine: &keyward::Authorizer, subject| {
        client.with_head(|head, body| {
            // The key of this world in place of the client's.
            let lines: Vec<_> = head
                .headers
                .iter()
                .map(|(name, value)| {
                    (name, String::from_utf8_lossy(value).replace(KEY, world.key().as_str()).into_bytes())
                })
                .collect();
            let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_slice())).collect();
            let head = RequestHead::new(head.method, head.target, Headers::lines(&lines));
            engine.diagnose(head, body, subject, NOW)
        })
    };
    assert!(diagnose(&client, &world.engine, &subject).unwrap().is_clean());
    let wrong = Client { query: "b=x%20y&a=1", ..client.clone() };
    let found = diagnose(&wrong, &world.engine, &subject).unwrap();
    assert_eq!(causes(&found), [Cause::QueryOrder]);
    let text = format!("{found:?} {}", found.report());
    assert!(minted.as_bytes().windows(9).all(|piece| !text.contains(std::str::from_utf8(piece).unwrap())));
    let other = client.with_head(|head, body| world.engine.diagnose(head, body, &subject, NOW));
    assert!(matches!(other, Err(Fault::WrongSubject)));

    let hashed = World::new();
    let mut hashed_client = client.clone();
    hashed_client.secret = hashed.revealed.secret().expose().into();
    let engine = common::engine().profile(Profile::antavo("st1")).authorities(["api.example.test:8443"]);
    let found = diagnose(&hashed_client, &engine, &hashed.subject().unwrap()).unwrap();
    assert_eq!(causes(&found), [Cause::NotSealed]);
}

#[test]
fn a_secret_and_its_diagnosis_are_not_printed() {
    let own_secret = Secret::new(SECRET.to_owned());
    let clue = Clue::Secret(&own_secret);
    assert_eq!(format!("{clue:?}"), "Secret(..)");
}
