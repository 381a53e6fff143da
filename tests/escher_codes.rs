//! Refusals as Escher's libraries number and word them, through the public API.

mod common;

use std::{env, fs, path::PathBuf, time::Duration};

use common::{NOW, World, by, list, sealing_engine};
use hmac::{Hmac, KeyInit, Mac};
use keyward::{
    AccessLevel, Authorizer, Denial, EscherText, HashAlg, Headers, Keep, Payload, Profile, RequestHead,
    Schemes, Timestamp, Verdict, Verifier,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// All numbers of the PHP library's exceptions.
const CODES: [u16; 16] =
    [1001, 1100, 1101, 1102, 2001, 2002, 2003, 2004, 3001, 3002, 3003, 3004, 4001, 4002, 5001, 6001];

const HOST: (&str, &str) = ("Host", "api.example.test");
const DATE: (&str, &str) = ("Date", "20261122T120000Z");
const SCOPE: &str = "20261122/st1/api/antavo_request";

fn authorization(key: &str, algorithm: &str, scope: &str, names: &str) -> String {
    format!("{algorithm} Credential={key}/{scope}, SignedHeaders={names}, Signature={:064}", 0)
}

/// Why a verifier, which knows the key `key` alone, refuses this request.
fn refused(
    profile: &Profile,
    target: &str,
    lines: &[(&str, &str)],
    now: Timestamp,
) -> Option<(Option<u16>, String)> {
    let verifier = Verifier::new().profile(profile.clone()).authorities(["api.example.test"]);
    let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    let head = RequestHead::new("GET", target, Headers::lines(&lines));
    let known = |key: keyward::KeyId| (key.as_str() == "key").then_some("secret");
    let rejected = verifier.verify(head, Payload::Absent, now, known).unwrap_err();
    rejected.escher(profile, &head).map(|text| (text.code(), text.to_string()))
}

#[test]
fn all_sixteen_numbers_are_reached() {
    let antavo = Profile::antavo("st1");
    let escher = Profile::escher("st1/api/antavo_request");
    let required = Profile::antavo("st1").require_signed(["x-tag"]);
    let right = authorization("key", "ANTAVO-HMAC-SHA256", SCOPE, "date;host");
    let unknown = authorization("other", "ANTAVO-HMAC-SHA256", SCOPE, "date;host");
    let hash = authorization("key", "ANTAVO-HMAC-MD5", SCOPE, "date;host");
    let scope = authorization("key", "ANTAVO-HMAC-SHA256", "20261122/st2/api/antavo_request", "date;host");
    let day = authorization("key", "ANTAVO-HMAC-SHA256", "20261121/st1/api/antavo_request", "date;host");
    let dateless = authorization("key", "ANTAVO-HMAC-SHA256", SCOPE, "date");
    let own = authorization("key", "ESR-HMAC-SHA256", SCOPE, "host;x-escher-date");
    let auth = |value: &str| ("Authorization", String::from(value));
    let own_auth = ("X-Escher-Auth", own);
    let late = Timestamp::from_unix(1_795_348_800 + 301);
    let query = "/?X-Antavo-Algorithm=ANTAVO-HMAC-SHA256";
    let bad = format!(
        "{query}&X-Antavo-Credentials=key&X-Antavo-Date=20261122T120000Z&X-Antavo-Expires=60\
         &X-Antavo-SignedHeaders=host&X-Antavo-Signature={:064}",
        0
    );
    let date = |text| ("Date", text);
    let mut reached = Vec::new();
    for (code, text, profile, target, lines, signature, now) in [
        (1001, "The authorization header is missing", &antavo, "/", vec![HOST, DATE], None, NOW),
        (1100, "The date header is missing", &antavo, "/", vec![HOST], Some(auth(&right)), NOW),
        (1101, "A signature parameter is missing", &antavo, query, vec![HOST], None, NOW),
        (1102, "The host header is missing", &antavo, "/", vec![DATE], Some(auth(&right)), NOW),
        (
            2001,
            "Date header is invalid, the expected format is Wed, 04 Nov 2015 09:20:22 GMT",
            &antavo,
            "/",
            vec![HOST, date("today")],
            Some(auth(&right)),
            NOW,
        ),
        (2002, "Could not parse auth header", &antavo, "/", vec![HOST, DATE], Some(auth("Bearer x")), NOW),
        (2003, "Could not parse the signature parameters", &antavo, &bad, vec![HOST], None, NOW),
        (
            2004,
            "Date header is invalid, the expected format is 20151104T092022Z",
            &escher,
            "/",
            vec![HOST, ("X-Escher-Date", "Sun, 22 Nov 2026 12:00:00 GMT")],
            Some(own_auth),
            NOW,
        ),
        (3001, "Invalid Escher key", &antavo, "/", vec![HOST, DATE], Some(auth(&unknown)), NOW),
        (
            3002,
            "Only SHA256 and SHA512 hash algorithms are allowed",
            &antavo,
            "/",
            vec![HOST, DATE],
            Some(auth(&hash)),
            NOW,
        ),
        (3003, "The credential scope is invalid", &antavo, "/", vec![HOST, DATE], Some(auth(&scope)), NOW),
        (
            3004,
            "The credential date does not match with the request date",
            &antavo,
            "/",
            vec![HOST, DATE],
            Some(auth(&day)),
            NOW,
        ),
        (4001, "The host header is not signed", &antavo, "/", vec![HOST, DATE], Some(auth(&dateless)), NOW),
        (4002, "The x-tag header is not signed", &required, "/", vec![HOST, DATE], Some(auth(&right)), NOW),
        (
            5001,
            "The request date is not within the accepted time range",
            &antavo,
            "/",
            vec![HOST, DATE],
            Some(auth(&right)),
            late,
        ),
        (6001, "The signatures do not match", &antavo, "/", vec![HOST, DATE], Some(auth(&right)), NOW),
    ] {
        let mut lines = lines;
        lines.extend(signature.iter().map(|(name, value)| (*name, value.as_str())));
        assert_eq!(refused(profile, target, &lines, now), Some((Some(code), text.into())));
        reached.push(code);
    }
    assert_eq!(reached, CODES);
}

fn with(value: &str) -> [(&str, &str); 3] {
    [HOST, DATE, ("Authorization", value)]
}

/// A caller whose secret is sealed, and its profile's engine.
fn world(profile: &Profile) -> World {
    let engine = sealing_engine().profile(profile.clone()).authorities(["api.example.test"]);
    World::keeping(Keep::Sealed(Schemes::SIGV4), engine, AccessLevel::Full, list("192.0.2.0/24"))
}

fn denial(world: &World, engine: &Authorizer, lines: &[(&str, &str)]) -> Denial {
    let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    let mut presented = engine.present(RequestHead::new("GET", "/", Headers::lines(&lines)));
    presented.set_body(Payload::Absent);
    let subject = world.subject().filter(|subject| presented.key_id() == Some(subject.key_id()));
    match engine.authorize(presented, subject, &world.ask()).unwrap() {
        Verdict::Deny(denial) => denial,
        Verdict::Allow(_) => panic!("allowed"),
    }
}

#[test]
fn a_denial_has_the_number_of_what_happened() {
    let profile = Profile::antavo("st1");
    let mut world = world(&profile);
    let number = |world: &World, lines: &[(&str, &str)]| {
        let denial = denial(world, &world.engine, lines);
        denial.operator().escher(&profile).map(|text| text.code().unwrap())
    };
    let signed = |key: &str, scope: &str| authorization(key, "ANTAVO-HMAC-SHA256", scope, "date;host");
    let own = signed(world.key().as_str(), SCOPE);
    assert_eq!(number(&world, &[HOST, DATE]), Some(1001));
    assert_eq!(number(&world, &with("Other scheme")), Some(2002));
    assert_eq!(number(&world, &with(&signed("other", SCOPE))), Some(3001));
    assert_eq!(number(&world, &with(&signed("key", "20261122/st2/api/antavo_request"))), Some(3003));
    assert_eq!(number(&world, &with(&own)), Some(6001));
    let elsewhere = Profile::escher("x");
    let foreign = denial(&world, &world.engine, &with("Other scheme"));
    assert_eq!(foreign.operator().escher(&elsewhere).and_then(|text| text.code()), Some(1001));
    let wrong = format!("Bearer {}:guess", world.key());
    assert_eq!(number(&world, &with(&wrong)), None, "a plain secret is nothing that Escher knows");
    let _ = world.user.revoke(world.key(), by(NOW)).unwrap();
    assert_eq!(
        number(&world, &with(&own)),
        Some(6001),
        "the signature is wrong before anything is looked at"
    );
    let right = own.replace(&format!("{:064}", 0), &signature(world.revealed.secret().expose()));
    assert_eq!(number(&world, &with(&right)), Some(3001), "a key that has ended is one that nobody has");
}

/// What a client signs for the one request of these tests.
fn signature(secret: &str) -> String {
    let hex = |bytes: &[u8]| bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let mac = |key: &[u8], data: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(data.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let canonical = format!(
        "GET\n/\n\ndate:20261122T120000Z\nhost:api.example.test\n\ndate;host\n{}",
        hex(&Sha256::digest(b""))
    );
    let digest = hex(&Sha256::digest(canonical.as_bytes()));
    let to_sign = format!("ANTAVO-HMAC-SHA256\n20261122T120000Z\n{SCOPE}\n{digest}");
    let key = SCOPE.split('/').fold(format!("ANTAVO{secret}").into_bytes(), |key, part| mac(&key, part));
    hex(&mac(&key, &to_sign))
}

fn suite() -> Option<Vec<Value>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors");
    let file = env::var_os("KEYWARD_VECTORS").map_or_else(beside, PathBuf::from).join("escher.json");
    match fs::read_to_string(&file) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(error) => {
            assert!(env::var_os("KEYWARD_REQUIRE_ALL").is_none(), "{}: {error}", file.display());
            eprintln!("SKIPPED: no {}: {error}; set KEYWARD_VECTORS", file.display());
            None
        }
    }
}

fn profile_of(config: &Value) -> Profile {
    let text = |name: &str| config[name].as_str().unwrap();
    let profile = Profile::escher(text("credential_scope"))
        .algo_prefix(text("algo_prefix"))
        .vendor_key(text("vendor_key"))
        .auth_header(text("auth_header_name"))
        .date_header(text("date_header_name"))
        .hash(if text("hash_algo") == "SHA512" { HashAlg::Sha512 } else { HashAlg::Sha256 })
        .danger_conformance()
        .window(Duration::from_secs(config["clock_skew_s"].as_u64().unwrap()));
    match config["mandatory_signed_headers"].as_array() {
        Some(names) => profile.require_signed(names.iter().map(|name| name.as_str().unwrap())),
        None => profile,
    }
}

#[test]
fn the_published_suite_is_worded_as_published_by_verifier_and_engine() {
    let Some(cases) = suite() else { return };
    let mut told = 0;
    for case in &cases {
        let Some(wanted) = case["expect"]["error"].as_str() else { continue };
        if !case["source"].as_str().unwrap().starts_with("EscherAuth/test-cases") {
            continue;
        }
        let profile = profile_of(&case["config"]);
        let request = &case["request"];
        let lines = request["headers"].as_array().unwrap().iter();
        let lines: Vec<_> =
            lines.map(|line| (line[0].as_str().unwrap(), line[1].as_str().unwrap().as_bytes())).collect();
        let (method, target) = (request["method"].as_str().unwrap(), request["url"].as_str().unwrap());
        let head = RequestHead::new(method, target, Headers::lines(&lines));
        let body = request["body"].as_str().map_or(Payload::Absent, |body| Payload::Bytes(body.as_bytes()));
        let now = Timestamp::from_unix(case["now"].as_i64().unwrap());
        let known = case["key_db"].as_array().unwrap();
        let secret = |key: keyward::KeyId| {
            let pair = known.iter().find(|pair| pair[0] == key.as_str())?;
            Some(pair[1].as_str().unwrap())
        };
        let rejected = Verifier::new().profile(profile.clone()).verify(head, body, now, secret).unwrap_err();
        let said = rejected.escher(&profile, &head).as_ref().map(EscherText::to_string);
        assert_eq!(said.as_deref(), Some(wanted), "{}", case["name"]);

        let world = world(&profile);
        let mut presented = world.engine.present(head);
        presented.set_body(body);
        // Whichever key the suite knows, in place of one that was minted here.
        let is_known = presented.key_id().is_some_and(|key| secret(key).is_some());
        if is_known && wanted == "The signatures do not match" {
            continue; // needs a record under the suite's key; `a_denial_has_the_number_of_what_happened` has one
        }
        let ask = keyward::Ask::new("events.list", world.client, now);
        let denial = world.engine.authorize(presented, None, &ask).unwrap().into_result().unwrap_err();
        let said = denial.operator().escher(&profile).as_ref().map(EscherText::to_string);
        assert_eq!(said.as_deref(), Some(wanted), "by the engine: {}", case["name"]);
        told += 1;
    }
    assert_eq!(told, 17);
}
