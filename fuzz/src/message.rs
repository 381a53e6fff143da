//! Signed requests of RFC 9421.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use keyward::{MessageProfile, MessageSigner, Secret, Verifier};
use regex::bytes::Regex;
use sha2::{Digest, Sha256, Sha512};

use crate::{
    model::hmac,
    request::{Request, seed, trimmed},
    sigv4::{HOST, KEY, NOW, SECRET, agreed},
};

const OWN: [&str; 3] = ["signature-input", "signature", "host"];

fn verifier() -> Verifier {
    Verifier::new().messages(MessageProfile::new()).authorities([HOST])
}

fn base(request: &Request) -> Vec<u8> {
    let canonical = request.under(|head, body| verifier().canonical(head, body));
    canonical.expect("it was verified").to_sign().to_vec()
}

/// A request. What verifies carries the MAC of its base and the digest of its body, both made here; what is signed has the
/// base that is put together here, verifies, and does not with one byte changed, unless the base is the same.
pub fn message(data: &[u8]) {
    let Some(request) = Request::read(data) else { return };
    let request = request.without(&["host"]).with("Host", HOST);
    if agreed(&verifier(), &request).is_ok() {
        proven(&request);
    }
    let bare = request.without(&OWN[..2]);
    let own = MessageSigner::new(
        MessageProfile::new(),
        KEY.parse().expect("a key"),
        Secret::new(SECRET.to_owned()),
    );
    let Ok(made) = bare.under(|head, body| own.sign(head, body, NOW)) else { return };
    let signed = made.iter().fold(bare, |request, (name, value)| request.with(name, value));
    assert!(agreed(&verifier(), &signed).is_ok(), "{signed:?}");
    proven(&signed);
    let input = signed.all("signature-input").next().expect("it was made");
    let list = crate::text(input).and_then(|input| input.strip_prefix("sig1=")).expect("of that label");
    assert_eq!(made.signature_base(), plain_base(&signed, list));
    assert_eq!(base(&signed), made.signature_base().as_bytes());

    for changed in signed.changes(seed(data)) {
        if agreed(&verifier(), &changed).is_ok() {
            proven(&changed);
            assert_eq!(base(&changed), base(&signed), "{changed:?}");
        }
    }
}

/// It verifies, so it has the MAC of its base and every digest is its body's.
fn proven(request: &Request) {
    static BYTES: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(":([A-Za-z0-9+/=]*):").expect("an expression"));
    static QUOTED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"(?s-u)"(?:[^"\\]|\\.)*""#).expect("an expression"));
    // A member of the dictionary, so not part of a longer key and no parameter of another member.
    static DIGEST: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("(?:^|,)[ \t]*(sha-256|sha-512)=:([A-Za-z0-9+/=]*):").expect("an expression")
    });
    let mac = STANDARD.encode(hmac(SECRET.as_bytes(), &base(request)));
    let sent: Vec<_> = request.all("signature").flat_map(|line| BYTES.captures_iter(line)).collect();
    assert!(sent.iter().any(|found| found[1] == *mac.as_bytes()), "verified without its MAC");
    let lines: Vec<_> =
        request.all("content-digest").map(|line| QUOTED.replace_all(trimmed(line), b"".as_slice())).collect();
    let digests: Vec<_> = lines.iter().flat_map(|line| DIGEST.captures_iter(line)).collect();
    assert!(request.body.is_empty() || !digests.is_empty(), "a body that is not signed");
    for found in digests {
        let right = match &found[1] {
            b"sha-256" => STANDARD.encode(Sha256::digest(&request.body)),
            _ => STANDARD.encode(Sha512::digest(&request.body)),
        };
        assert_eq!(&found[2], right.as_bytes(), "another body's digest");
    }
}

/// The base of a list of names without parameters, line by line.
fn plain_base(request: &Request, list: &str) -> String {
    let names = list.split(')').next().unwrap_or_default().trim_start_matches('(').split(' ');
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let mut lines = String::new();
    for quoted in names.filter(|quoted| !quoted.is_empty()) {
        let name = quoted.trim_matches('"');
        let value = match name {
            "@method" => request.method.clone(),
            "@authority" => HOST.to_owned(),
            "@path" => path.to_owned(),
            "@query" => format!("?{query}"),
            field => {
                let values =
                    request.all(field).map(|value| String::from_utf8_lossy(trimmed(value)).into_owned());
                values.collect::<Vec<_>>().join(", ")
            }
        };
        lines.push_str(&format!("{quoted}: {value}\n"));
    }
    format!("{lines}\"@signature-params\": {list}")
}

/// For the seeds: a request as the properties sign it, or with components of its own.
///
/// # Panics
/// Never.
#[must_use]
pub fn signed_message(list: Option<&str>) -> String {
    let body = "{\"hello\": \"world\"}";
    let digest = STANDARD.encode(Sha256::digest(body));
    let lines = format!("Content-Type:application/json\nContent-Digest:sha-256=:{digest}:");
    let request = Request::read(format!("POST /foo?a=b\nHost:{HOST}\n{lines}\n\n{body}").as_bytes());
    let request = request.expect("a request");
    let own = "(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\" \"content-type\")";
    let list = list.map_or_else(|| format!("{own};created=1795348800;keyid=\"{KEY}\""), str::to_owned);
    let unsigned = request
        .with("Signature-Input", format!("sig1={list}"))
        .with("Signature", "sig1=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:");
    let canonical = unsigned.under(|head, body| verifier().canonical(head, body));
    let mac = canonical.map(|canonical| STANDARD.encode(hmac(SECRET.as_bytes(), canonical.to_sign())));
    let mac = mac.unwrap_or_default();
    format!("POST /foo?a=b\n{lines}\nSignature-Input:sig1={list}\nSignature:sig1=:{mac}:\n\n{body}")
}
