//! The published suites, at the level of the pure modules: no engine, no store.

mod signing;

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

fn lines_of(request: &Value) -> Vec<(&str, &[u8])> {
    let lines = request["headers"].as_array().unwrap().iter();
    lines.map(|line| (line[0].as_str().unwrap(), line[1].as_str().unwrap().as_bytes())).collect()
}

fn body_of(request: &Value) -> Payload<'_> {
    assert!(request.get("body_b64").is_none());
    let body = request.get("body").and_then(Value::as_str);
    body.map_or(Payload::Absent, |body| Payload::Bytes(body.as_bytes()))
}

fn now_of(case: &Value) -> Timestamp {
    Timestamp::from_unix(case["now"].as_i64().unwrap())
}

fn secret_of<'v>(case: &'v Value, key: &str) -> Option<&'v str> {
    let known = case["key_db"].as_array().unwrap().iter();
    known.rev().find(|pair| pair[0] == key).map(|pair| pair[1].as_str().unwrap())
}

fn verify(case: &Value, request: &Value) -> Result<Seen, (u16, String)> {
    let profile = profile_of(case);
    let (lines, body) = (lines_of(request), body_of(request));
    let head = RequestHead::new(text(request, "method"), text(request, "url"), Headers::lines(&lines));
    let signed =
        Signed::read(&profile, &head).ok_or_else(|| printed(escher_text::unsigned(&profile, &head)))?;
    let signed = signed.map_err(|flaw| printed(escher(flaw, &profile)))?;
    let fields = signed.fields(&profile);
    let checked = signed.check(&profile, &fields, &Authorities::default(), &body, now_of(case));
    checked.map_err(|flaw| printed(escher(flaw, &profile)))?;
    let secret = secret_of(case, signed.key_id().as_str()).ok_or_else(|| printed(escher_text::KEY))?;
    let (mut canonical, mut to_sign) = (Vec::new(), Vec::new());
    signed.canonical_request(&profile, &fields, &body, &mut canonical);
    let hash = signed.request_hash(&profile, &fields, &body);
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

fn accepted(case: &Value) -> bool {
    case["expect"]["result"] == "accept"
}

#[test]
fn no_accepted_request_is_accepted_after_a_change() {
    let mut refused = 0;
    for (name, count) in [("escher.json", 107), ("sigv4.json", 81), ("antavo.json", 44)] {
        let Some(cases) = suite(name, count) else { return };
        for case in cases.iter().filter(|case| accepted(case)) {
            for (change, mutant) in mutants(&case["request"], case) {
                assert!(verify(case, &mutant).is_err(), "{}: {change}", case["name"]);
                refused += 1;
            }
        }
    }
    assert!(refused > 1200, "only {refused} mutants");
}

fn mutants(request: &Value, case: &Value) -> Vec<(&'static str, Value)> {
    let url = text(request, "url");
    let presigned = url.contains("-Signature=");
    let mut all = Vec::new();
    let mut mutant = |change, key: &str, value: Value| {
        let mut other = request.clone();
        other[key] = value;
        all.push((change, other));
    };
    mutant("another method", "method", if request["method"] == "PUT" { "GET" } else { "PUT" }.into());
    let joint = if url.contains('?') { "&" } else { "?" };
    mutant("one more pair", "url", format!("{url}{joint}zz=1").into());
    let (path, query) = url.split_at(url.find('?').unwrap_or(url.len()));
    mutant("another path", "url", format!("{path}x{query}").into());
    // Escher's presigned requests, and S3's, do not sign a body.
    let unsigned_body = presigned && (case["scheme"] == "escher" || case["config"]["service"] == "s3");
    if !unsigned_body {
        mutant("another body", "body", format!("{}x", request["body"].as_str().unwrap_or_default()).into());
    }
    for (place, line) in request["headers"].as_array().unwrap().iter().enumerate() {
        let (name, value) = (line[0].as_str().unwrap().to_lowercase(), line[1].as_str().unwrap());
        let listed = |list: &str| list.split([';', ',', '&', ' ', '=']).any(|found| found == name);
        let lists = || request["headers"].as_array().unwrap().iter().filter_map(|line| line[1].as_str());
        let signed = lists().any(|text| text.contains("SignedHeaders") && listed(text))
            || listed(&url.replace("%3B", ";"));
        if signed {
            let mut headers = request["headers"].clone();
            headers[place][1] = format!("{value}x").into();
            mutant("another signed value", "headers", headers);
        }
        if value.contains("Signature=") {
            let mut auth = |change, other: String| {
                let mut headers = request["headers"].clone();
                headers[place][1] = other.into();
                mutant(change, "headers", headers);
            };
            auth("another bit", flipped(value));
            auth("another key", value.replacen("Credential=", "Credential=x", 1));
        }
    }
    if presigned {
        mutant("another bit", "url", flipped(url).into());
        mutant("another life", "url", url.replace("-Expires=", "-Expires=1").into());
    }
    all
}

/// With another first digit in its signature.
fn flipped(text: &str) -> String {
    let (before, behind) = text.split_once("Signature=").unwrap();
    let digit = if behind.starts_with('0') { '1' } else { '0' };
    format!("{before}Signature={digit}{}", &behind[1..])
}
