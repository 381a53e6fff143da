//! The scanner finds what the published expression finds, and checks it.

use keyward::{Found, SCANNER_EXPRESSION, scan};

/// Written by `scripts/known-answers.py` with Python's `re`.
const KNOWN: &str = include_str!("known-answers/credentials.json");

fn known() -> serde_json::Value {
    serde_json::from_str(KNOWN).unwrap()
}

fn found(text: &str) -> Vec<Found> {
    scan(text.as_bytes()).collect()
}

#[test]
fn the_scanner_finds_what_the_published_expression_finds() {
    let known = known();
    assert_eq!(known["expression"], SCANNER_EXPRESSION);
    let cases = known["scanned"].as_array().unwrap();
    assert!(cases.len() >= 15);
    for case in cases {
        let text = case["text"].as_str().unwrap();
        let ranges: Vec<_> =
            found(text).into_iter().map(|hit| serde_json::json!([hit.range.start, hit.range.end])).collect();
        assert_eq!(serde_json::Value::from(ranges), case["found"], "{text}");
    }
}

#[test]
fn a_right_checksum_tells_a_credential_from_a_false_alarm() {
    for case in known()["minted"].as_array().unwrap() {
        let text = |name: &str| case[name].as_str().unwrap().to_owned();
        let (secret, token) = (text("secret"), text("token"));
        assert!(found(&secret)[0].checksum);
        let hit = &found(&token)[0];
        assert!(hit.checksum);
        assert_eq!(hit.key_id.unwrap().as_str(), text("key_id"));
        let last = if token.ends_with('0') { '1' } else { '0' };
        let mistyped = format!("{}{last}", &token[..token.len() - 1]);
        assert!(!found(&mistyped)[0].checksum);
    }
}

#[test]
fn a_false_alarm_hides_no_credential() {
    let case = &known()["minted"][0];
    let (secret, token) = (case["secret"].as_str().unwrap(), case["token"].as_str().unwrap());
    for (decoy, real) in [("aas1_", secret), ("aas1_", token), ("aat1_0123456789ABCDEF_", secret)] {
        for filler in 0..49 {
            let text = format!("{decoy}{}{real}", "A".repeat(filler));
            let hit = found(&text).into_iter().find(|hit| hit.checksum);
            let end = hit.map(|hit| hit.range.end);
            assert_eq!(end, Some(text.len()), "{text}");
        }
    }
}

#[test]
fn the_checksum_finds_the_vendor_in_a_longer_word() {
    let case = &known()["minted"][0];
    let token = case["token"].as_str().unwrap();
    let glued = format!("bearer{token}");
    let hit = &found(&glued)[0];
    assert_eq!((hit.range.clone(), hit.checksum), (6..glued.len(), true));
    assert_eq!(hit.key_id.unwrap().as_str(), case["key_id"].as_str().unwrap());
}
