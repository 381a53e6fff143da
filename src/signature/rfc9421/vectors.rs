//! The published vectors.

use alloc::{format, string::String, vec::Vec};
use std::{eprintln, path::PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::*;
use crate::{request::Headers, signature::key::SigningKey};

fn vectors() -> Option<Vec<Value>> {
    let given = std::env::var_os("KEYWARD_VECTORS").map(PathBuf::from);
    let folder =
        given.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/vectors")));
    match std::fs::read_to_string(folder.join("rfc9421.json")) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(error) if std::env::var_os("KEYWARD_REQUIRE_ALL").is_some() => {
            panic!("{}: {error}", folder.display())
        }
        Err(error) => {
            eprintln!("SKIPPED: no vectors in {}: {error}", folder.display());
            None
        }
    }
}

fn profile_of(config: &Value) -> MessageProfile {
    let seconds = |name: &str| config[name].as_u64().map(core::time::Duration::from_secs);
    let required =
        config["required_components"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let mut profile = MessageProfile::new().danger_conformance().require(required);
    profile = profile.window(seconds("clock_skew_s").unwrap());
    if let Some(age) = seconds("max_age_s") {
        profile = profile.max_age(age);
    }
    if config["require_created"].as_bool().unwrap() {
        profile = profile.require_created();
    }
    if config["require_content_digest"] == Value::Bool(true) {
        profile = profile.require_content_digest();
    }
    if let Some(label) = config["label"].as_str() {
        profile = profile.label(label);
    }
    profile
}

/// What a verifier says, and the base that it made.
fn verify(case: &Value) -> (Result<(), String>, Vec<u8>) {
    let request = &case["request"];
    let (scheme, rest) = request["url"].as_str().unwrap().split_once("://").unwrap();
    let (authority, target) = rest.split_at(rest.find('/').unwrap());
    let text = |value: &Value| String::from(value.as_str().unwrap());
    let lines: Vec<_> =
        request["headers"].as_array().unwrap().iter().map(|line| (text(&line[0]), text(&line[1]))).collect();
    let lines: Vec<_> = lines.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let head = RequestHead::new(request["method"].as_str().unwrap(), target, Headers::lines(&lines));
    let head = head.scheme(scheme).authority(authority);
    let body = match (&request["body"], &request["body_b64"]) {
        (Value::String(text), _) => text.as_bytes().to_vec(),
        (_, Value::String(base64)) => STANDARD.decode(base64).unwrap(),
        _ => Vec::new(),
    };
    let now = Timestamp::from_unix(case["now"].as_i64().unwrap());
    let profile = profile_of(&case["config"]);
    let mut base = Vec::new();
    let signed = match Signed::read(&profile, &head) {
        None => return (Err("not signed".into()), base),
        Some(Err(flaw)) => return (Err(format!("{flaw:?}")), base),
        Some(Ok(signed)) => signed,
    };
    if let Err(flaw) = signed.check(&profile, &Authorities::default(), &Payload::Bytes(&body), now) {
        return (Err(format!("{flaw:?}")), base);
    }
    signed.signature_base(&mut base);
    let keys = case["key_db"].as_array().unwrap();
    let Some(key) = keys.iter().find(|key| key[0] == signed.key_id().as_str()) else {
        return (Err("unknown key".into()), base);
    };
    let key = SigningKey::whole(&STANDARD.decode(key[1].as_str().unwrap()).unwrap());
    let same = key.mac(|sink| signed.signature_base(sink)).same(&signed.claimed());
    (if same { Ok(()) } else { Err("another MAC".into()) }, base)
}

/// Why the published rejects are refused, beside the MAC that does not match and the key that nobody has.
const REFUSALS: [(&str, &str); 14] = [
    ("2.1.2/missing-member", "Absent"),
    ("2.2.8/repeated-name-must-fail", "Parameters"),
    ("2.2.9/status-in-request", "Header"),
    ("3.2/duplicate-component", "Twice"),
    ("3.2/uppercase-component", "Header"),
    ("3.2/unknown-derived", "Header"),
    ("3.2/signature-params-covered", "Header"),
    ("3.2/missing-field", "Absent"),
    ("3.2/alg-mismatch", "Algorithm"),
    ("3.2/expired", "Window"),
    ("3.2/created-in-future", "Window"),
    ("3.2/too-old", "Window"),
    ("3.2/required-component-not-covered", "Unsigned(0)"),
    ("3.2/created-required", "DateMissing"),
];

#[test]
fn every_rfc_9421_vector_is_answered_as_published() {
    let Some(cases) = vectors() else { return };
    assert_eq!(cases.len(), 42);
    let mut accepted = 0;
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let (verdict, base) = verify(case);
        if case["expect"]["result"] == "accept" {
            assert_eq!(verdict, Ok(()), "{name}");
            let published = case["expect"]["signature_base"].as_str().unwrap();
            assert_eq!(String::from_utf8(base).unwrap(), published, "{name}");
            accepted += 1;
        } else {
            let mac = if name == "3.2/unknown-key" { "unknown key" } else { "another MAC" };
            let why = REFUSALS.iter().find(|(known, _)| *known == name).map_or(mac, |(_, why)| why);
            assert_eq!(verdict, Err(why.into()), "{name}");
        }
    }
    assert_eq!(accepted, 25);
}
