//! RFC 9421, component by component.

use base64::{Engine, engine::general_purpose::STANDARD};
use keyward::{Cause, Clue, Diagnosis, Headers, MessageProfile, Payload, RequestHead, Verifier};
use sha2::{Digest, Sha256};

use super::{
    client::{KEY, SECRET, assert_tells_nothing, causes, hmac, moment},
    common::secret,
};

/// A client of RFC 9421: the base as it writes it, and the parameters as it sends them.
pub(crate) fn message(base: &str, secret: &[u8], see: &mut dyn FnMut(RequestHead<'_>, &str)) {
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

pub(crate) const BODY: &[u8] = b"{\r\n}";
pub(crate) const COMPONENTS: &str = "(\"@method\" \"@authority\" \"@path\" \"@query\" \"@target-uri\" \"content-digest\" \"content-type\" \"x-many\")";

pub(crate) fn base() -> String {
    format!(
        "\"@method\": POST\n\"@authority\": api.example.test\n\"@path\": /a%20b\n\"@query\": ?b=1+2&a=2\n\
         \"@target-uri\": https://api.example.test/a%20b?b=1+2&a=2\n\"content-digest\": sha-256=:{}:\n\
         \"content-type\": application/json\n\"x-many\": 1, 2\n\
         \"@signature-params\": {COMPONENTS};created=1795348800;keyid=\"{KEY}\";alg=\"hmac-sha256\"",
        STANDARD.encode(Sha256::digest(BODY))
    )
}

pub(crate) fn message_by(base: &str, secret: &[u8], clue: Clue<'_>) -> Diagnosis {
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
