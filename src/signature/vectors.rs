//! The published suites, at the level of the pure modules: no engine, no store.

use std::{
    env, eprintln, format, fs,
    path::PathBuf,
    string::{String, ToString},
    time::Duration,
    vec::Vec,
};

use serde_json::Value;

use super::{
    authority::Authorities,
    escher_text::{self, escher},
    profile::Profile,
    sigv4::Signed,
};
use crate::{
    body::{HashAlg, Payload},
    request::{Headers, RequestHead},
    time::Timestamp,
};

/// The cases of a suite. `None`, loudly, where the suites are not beside the repository.
fn suite(name: &str, count: usize) -> Option<Vec<Value>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors");
    let folder = env::var_os("KEYWARD_VECTORS").map_or_else(beside, PathBuf::from);
    let Ok(text) = fs::read_to_string(folder.join(name)) else {
        assert!(env::var_os("KEYWARD_REQUIRE_ALL").is_none(), "{name} is not in {}", folder.display());
        eprintln!("SKIPPED: {name} is not in {}; set KEYWARD_VECTORS", folder.display());
        return None;
    };
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(cases.len(), count, "{name} is another suite");
    Some(cases)
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key}"))
}

fn profile_of(case: &Value) -> Profile {
    let config = &case["config"];
    let mut profile = match text(case, "scheme") {
        "sigv4" if config["service"] == "s3" => Profile::aws_s3(text(config, "region")),
        "sigv4" => Profile::aws(text(config, "region"), text(config, "service"))
            .normalize_path(config["normalize_path"] == true)
            .encode_path(config["double_encode_path"] == true),
        _ => Profile::escher(text(config, "credential_scope"))
            .algo_prefix(text(config, "algo_prefix"))
            .vendor_key(text(config, "vendor_key"))
            .auth_header(text(config, "auth_header_name"))
            .date_header(text(config, "date_header_name"))
            .hash(if config["hash_algo"] == "SHA512" { HashAlg::Sha512 } else { HashAlg::Sha256 }),
    };
    profile =
        profile.danger_conformance().window(Duration::from_secs(config["clock_skew_s"].as_u64().unwrap()));
    if config["omit_session_token"] == true {
        profile = profile.danger_session_token(false);
    }
    if let Some(names) = config["mandatory_signed_headers"].as_array() {
        profile = profile.require_signed(names.iter().map(|name| name.as_str().unwrap()));
    }
    if config["canonicalizer"] == "antavo_php" {
        profile = profile.antavo_php();
    }
    assert!(profile.is_usable());
    profile
}

/// What a verifier found.
#[derive(Default)]
struct Seen {
    key_id: Option<String>,
    canonical: String,
    to_sign: String,
    signature: String,
}

fn printed(text: escher_text::EscherText<'_>) -> (u16, String) {
    (text.code().unwrap_or_default(), text.to_string())
}

fn verify(case: &Value, request: &Value) -> Result<Seen, (u16, String)> {
    let profile = profile_of(case);
    let lines: Vec<_> = request["headers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line[0].as_str().unwrap(), line[1].as_str().unwrap().as_bytes()))
        .collect();
    let head = RequestHead::new(text(request, "method"), text(request, "url"), Headers::lines(&lines));
    assert!(request.get("body_b64").is_none());
    let body = request.get("body").and_then(Value::as_str);
    let body = body.map_or(Payload::Absent, |body| Payload::Bytes(body.as_bytes()));
    let signed =
        Signed::read(&profile, &head).ok_or_else(|| printed(escher_text::unsigned(&profile, &head)))?;
    let signed = signed.map_err(|flaw| printed(escher(flaw, &profile)))?;
    let now = Timestamp::from_unix(case["now"].as_i64().unwrap());
    let checked = signed.check(&profile, &Authorities::default(), &body, now);
    checked.map_err(|flaw| printed(escher(flaw, &profile)))?;
    let known = case["key_db"].as_array().unwrap().iter();
    let mut secret =
        known.filter(|pair| pair[0] == signed.key_id().as_str()).map(|pair| pair[1].as_str().unwrap());
    let secret = secret.next_back().ok_or_else(|| printed(escher_text::KEY))?;
    let (mut canonical, mut to_sign) = (Vec::new(), Vec::new());
    signed.canonical_request(&profile, &body, &mut canonical);
    let hash = signed.request_hash(&profile, &body);
    signed.string_to_sign(&profile, &hash, &mut to_sign);
    let key = signed.signing_key(&profile, secret.as_bytes());
    let tag = key.mac(|sink| signed.string_to_sign(&profile, &hash, sink));
    if !tag.same(&signed.claimed()) {
        return Err(printed(escher_text::MISMATCH));
    }
    Ok(Seen {
        key_id: Some(signed.key_id().to_string()),
        canonical: String::from_utf8(canonical).unwrap(),
        to_sign: String::from_utf8(to_sign).unwrap(),
        signature: tag.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}

/// Everything that a case says about its outcome. Returns what differs.
fn differences(case: &Value) -> Vec<String> {
    let expect = &case["expect"];
    let mut found = Vec::new();
    let mut differ = |what: &str, wanted: &Value, seen: &str| {
        if wanted.is_string() && wanted != seen {
            found.push(format!("{}: {what} is {seen:?}, not {wanted}", text(case, "name")));
        }
    };
    match verify(case, &case["request"]) {
        Ok(seen) => {
            differ("result", &expect["result"], "accept");
            differ("key", &expect["key_id"], &seen.key_id.unwrap_or_default());
            differ("canonical request", &expect["canonical_request"], &seen.canonical);
            differ("string to sign", &expect["string_to_sign"], &seen.to_sign);
            differ("signature", &expect["signature"], &seen.signature);
        }
        Err((code, said)) => {
            differ("result", &expect["result"], "reject");
            if expect["result"] == "accept" {
                differ("error", &Value::from(""), &said);
            } else if text(case, "source").starts_with("EscherAuth/test-cases") {
                differ("error", &expect["error"], &said);
            } else if text(case, "name").starts_with("antavo") {
                differ("code", &expect["error"], &code.to_string());
            }
        }
    }
    found
}

fn assert_suite(name: &str, count: usize) {
    let Some(cases) = suite(name, count) else { return };
    let found: Vec<_> = cases.iter().flat_map(differences).collect();
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}

#[test]
fn the_escher_suite_is_decided_and_worded_as_published() {
    assert_suite("escher.json", 107);
}

#[test]
fn the_sigv4_suite_is_decided_as_published() {
    assert_suite("sigv4.json", 81);
}

#[test]
fn the_antavo_vectors_are_decided_as_recomputed() {
    assert_suite("antavo.json", 44);
}
