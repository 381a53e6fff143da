//! The published suites, signed anew.

use std::{
    format,
    string::{String, ToString},
    time::Duration,
    vec::Vec,
};

use serde_json::Value;

use super::{accepted, body_of, lines_of, now_of, profile_of, secret_of, suite, text};
use crate::{
    request::{Headers, RequestHead},
    secret::Secret,
    signature::{sign::Signer, sigv4::Signed},
    time::Timestamp,
};

/// Signs `request` as the case's headers were signed, or those that are named.
fn signed_anew(case: &Value, request: &Value, names: &[&str], at: Timestamp) -> (String, String, String) {
    let id = case["key_db"][0][0].as_str().unwrap();
    let secret = Secret::new(secret_of(case, id).unwrap().to_string());
    let signer = Signer::new(profile_of(case), id.parse().unwrap(), secret).also(names);
    let lines = lines_of(request);
    let head = RequestHead::new(text(request, "method"), text(request, "url"), Headers::lines(&lines));
    let made = signer.sign(head, body_of(request), at).unwrap();
    let authorization = made.iter().last().unwrap().1.to_string();
    (authorization, made.canonical_request().into(), made.string_to_sign().into())
}

#[test]
fn signing_what_was_published_unsigned_makes_the_published_header() {
    let Some(cases) = suite("escher.json", 107) else { return };
    let mut signed = 0;
    for case in cases.iter().filter(|case| case["kind"] == "signrequest") {
        let names: Vec<_> =
            case["headers_to_sign"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
        let expect = &case["expect"];
        let (authorization, canonical, to_sign) =
            signed_anew(case, &case["unsigned_request"], &names, now_of(case));
        assert_eq!(authorization, text(expect, "authorization"), "{}", case["name"]);
        assert_eq!(canonical, text(expect, "canonical_request"), "{}", case["name"]);
        assert_eq!(to_sign, text(expect, "string_to_sign"), "{}", case["name"]);
        signed += 1;
    }
    assert_eq!(signed, 43);
}

#[test]
fn signing_an_accepted_request_anew_makes_its_signature() {
    let mut signed = 0;
    for (name, count) in [("escher.json", 107), ("sigv4.json", 81), ("antavo.json", 44)] {
        let Some(cases) = suite(name, count) else { return };
        for case in cases.iter().filter(|case| accepted(case)) {
            let lines = lines_of(&case["request"]);
            let profile = profile_of(case);
            let request = &case["request"];
            let head =
                RequestHead::new(text(request, "method"), text(request, "url"), Headers::lines(&lines));
            let at = Signed::read(&profile, &head).unwrap().unwrap().requested_at();
            let header = profile.auth_header;
            let line = lines.iter().find(|line| line.0.eq_ignore_ascii_case(&header));
            let Some((_, sent)) = line else { continue };
            let sent = core::str::from_utf8(sent).unwrap();
            let part = |name: &str| sent.split(name).nth(1).unwrap().split(',').next().unwrap();
            let names: Vec<_> = part("SignedHeaders=").split(';').collect();
            let (authorization, ..) = signed_anew(case, &case["request"], &names, at);
            assert!(authorization.ends_with(part("Signature=")), "{}: {authorization}", case["name"]);
            signed += 1;
        }
    }
    assert_eq!(signed, 120);
}

#[test]
fn presigning_makes_the_published_url() {
    let Some(cases) = suite("escher.json", 107) else { return };
    let mut signed = 0;
    for case in cases.iter().filter(|case| case["kind"] == "presignurl") {
        let id = case["key_db"][0][0].as_str().unwrap();
        let secret = Secret::new(secret_of(case, id).unwrap().to_string());
        let by = Signer::new(profile_of(case), id.parse().unwrap(), secret);
        let input = &case["presign_input"];
        let life = Duration::from_secs(input["expires"].as_u64().unwrap());
        let url = by.presign(text(input, "url"), life, now_of(case)).unwrap();
        assert_eq!(url, text(&case["expect"], "presigned_url"));
        signed += 1;
    }
    assert_eq!(signed, 2);
}

#[test]
fn presigning_an_accepted_url_anew_makes_its_signature() {
    let mut signed = 0;
    for (name, count) in [("escher.json", 107), ("sigv4.json", 81), ("antavo.json", 44)] {
        let Some(cases) = suite(name, count) else { return };
        for case in cases.iter().filter(|case| accepted(case)) {
            let request = &case["request"];
            let (url, profile) = (text(request, "url"), profile_of(case));
            let Some((path, query)) = url.split_once('?') else { continue };
            let vendor = format!("X-{}-", profile.vendor);
            let (ours, rest): (Vec<_>, Vec<_>) = query.split('&').partition(|pair| pair.starts_with(&vendor));
            // Others sign more than the host, or have a token or a body.
            if ours.len() != 6 || !ours.iter().any(|pair| pair.ends_with("SignedHeaders=host")) {
                continue;
            }
            let value = |role: &str| ours.iter().find_map(|pair| pair.split_once(role)).unwrap().1;
            let lines = lines_of(request);
            let head = RequestHead::new(text(request, "method"), url, Headers::lines(&lines));
            let read = Signed::read(&profile, &head).unwrap().unwrap();
            let host = core::str::from_utf8(head.headers.all("host").next().unwrap()).unwrap();
            let (at, id) = (read.requested_at(), read.key_id());
            let secret = Secret::new(secret_of(case, id.as_str()).unwrap().to_string());
            let life = Duration::from_secs(value("Expires=").parse().unwrap());
            let plain = format!("https://{host}{path}?{}", rest.join("&"));
            let anew = Signer::new(profile, *id, secret).presign_as(head.method, &plain, life, at).unwrap();
            assert!(anew.ends_with(value("Signature=")), "{}: {anew}", case["name"]);
            signed += 1;
        }
    }
    assert_eq!(signed, 42);
}
