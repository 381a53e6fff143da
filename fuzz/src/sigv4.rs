//! Signed requests of the SigV4 family, against the [model](crate::model).

use std::{cell::Cell, sync::LazyLock, time::Duration};

use keyward::{Flaw, KeyId, Rejected, Secret, Signer, Timestamp, Verified, Verifier};
use regex::bytes::Regex;

use crate::{
    model::{ANTAVO, DIGEST, ESCHER, Scheme, decode, hex},
    request::{Request, seed, trimmed},
};

pub(crate) const HOST: &str = "api.example.test";
pub(crate) const KEY: &str = "AN1EXAMPLEKEY000001";
pub(crate) const SECRET: &str = "Example+Secret/For-Fuzzing";
pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);
const DATE: &str = "20261122T120000Z";

/// What one request is to a verifier: as it is to one who only looks, it is to one who checks.
fn verify(scheme: Scheme, request: &Request) -> Result<Verified, Rejected> {
    agreed(&Verifier::new().profile(scheme.profile()).authorities([HOST]), request)
}

/// Verifies, and holds what is true of every request of every scheme: nothing is asked about a key that is none, and
/// what cannot be put in canonical form does not verify.
pub(crate) fn agreed(verifier: &Verifier, request: &Request) -> Result<Verified, Rejected> {
    let asked = Cell::new(None::<KeyId>);
    let secret = |key: KeyId| {
        asked.set(Some(key));
        (key.as_str() == KEY).then_some(SECRET)
    };
    let outcome = request.under(|head, body| verifier.verify(head, body, NOW, secret));
    let canonical = request.under(|head, body| verifier.canonical(head, body));
    match (&canonical, &outcome) {
        (Err(unread), Err(refused)) => assert_eq!(unread, refused, "two answers to what cannot be read"),
        (Err(unread), Ok(_)) => panic!("verified, and has no canonical form: {unread}"),
        (Ok(_), Err(refused)) => assert!(!matches!(refused, Rejected::Unsigned)),
        (Ok(_), Ok(outcome)) => assert_eq!(outcome.key_id().as_str(), KEY),
    }
    if let Some(key) = asked.get() {
        static KEY_ID: LazyLock<Regex> =
            LazyLock::new(|| Regex::new("^[A-Za-z0-9_-]{1,55}$").expect("an expression"));
        assert!(canonical.is_ok() && KEY_ID.is_match(key.as_str().as_bytes()), "{key} was asked for");
    }
    outcome
}

/// `Authorization` as Antavo has it: read exactly by its grammar, here a regular expression.
pub fn authorization(data: &[u8]) {
    static HEADER: LazyLock<Regex> = LazyLock::new(|| {
        let key = "(?P<key>[A-Za-z0-9_-]{1,55})/(?P<day>[0-9]{8})/[^,]*";
        Regex::new(&format!(
            r"^(?s-u)ANTAVO-HMAC-(?P<hash>[^ ]+) +Credential={key}, *SignedHeaders=(?P<names>[^,]*), *Signature=(?P<mac>[^,]*)$"
        ))
        .expect("an expression")
    });
    static NAMES: LazyLock<Regex> = LazyLock::new(|| {
        let name = "[!#$&'*+.^_`|~0-9a-z-]+";
        Regex::new(&format!("^(?-u){name}(?:;{name})*$")).expect("an expression")
    });
    let request = Request {
        method: "GET".into(),
        target: "/events?b=2&a=1".into(),
        lines: vec![
            ("Host".into(), HOST.into()),
            ("Date".into(), DATE.into()),
            ("Authorization".into(), data.to_vec()),
        ],
        body: Vec::new(),
    };
    let verified = verify(ANTAVO, &request);
    let value = trimmed(data);
    if !value.starts_with(b"ANTAVO-HMAC-") {
        assert!(matches!(verified, Err(Rejected::Unsigned)), "{verified:?}");
        return;
    }
    let parts = HEADER.captures(value).filter(|_| crate::text(value).is_some());
    let part = |name| parts.as_ref().and_then(|parts| crate::text(parts.name(name)?.as_bytes()));
    let mut names: Vec<_> = part("names").unwrap_or_default().split(';').map(str::to_owned).collect();
    names.sort();
    let lower_hex =
        |mac: &str| mac.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let whole = |mac: &str| match part("hash") {
        Some("SHA256") => mac.len() == 64 && lower_hex(mac),
        Some("SHA512") => mac.len() == 128 && lower_hex(mac),
        _ => true,
    };
    let readable = part("names").is_some_and(|list| NAMES.is_match(list.as_bytes()))
        && names.len() <= 64
        && names.windows(2).all(|pair| pair[0] != pair[1])
        && part("mac").is_some_and(whole);
    let canonical = request.under(|head, body| {
        Verifier::new().profile(ANTAVO.profile()).authorities([HOST]).canonical(head, body)
    });
    assert_eq!(canonical.is_ok(), readable, "{canonical:?}");
    if let Err(Rejected::UnknownKey(key) | Rejected::Mismatch(key)) = verified {
        assert_eq!(Some(key.as_str()), part("key"));
    }
    if verified.is_ok() {
        let to_sign = ANTAVO.to_sign(&ANTAVO.canonical(&request, &names, false), DATE);
        assert_eq!(part("mac"), Some(&*ANTAVO.mac(&to_sign, &DATE[..8], SECRET)));
    }
}

/// A digit that chooses the scheme, then a request. Its canonical form is the model's; what the model signs verifies,
/// or is refused for what it is; one changed byte is refused, unless that request has the same canonical form.
pub fn canonical(data: &[u8]) {
    let Some((digit, rest)) = data.split_first() else { return };
    let (scheme, Some(request)) = (Scheme::chosen(*digit), Request::read(rest)) else { return };
    let request =
        request.without(&["host", scheme.auth, scheme.date]).with("Host", HOST).with(scheme.date, DATE);
    let has_digest = request.all(DIGEST).next().is_some();
    let digest = hex(&<sha2::Sha256 as sha2::Digest>::digest(&request.body));
    let request = if scheme.is_s3() && !has_digest { request.with(DIGEST, digest) } else { request };
    let is_name = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&'*+-.^_`|~".contains(&byte))
    };
    let mut names: Vec<_> =
        request.lines.iter().map(|line| line.0.to_ascii_lowercase()).filter(|name| is_name(name)).collect();
    names.sort();
    names.dedup();
    if names.len() > 64 {
        return;
    }
    let form = scheme.canonical(&request, &names, false);
    let to_sign = scheme.to_sign(&form, DATE);
    let mac = scheme.mac(&to_sign, &DATE[..8], SECRET);
    let signed = request.with(scheme.auth, authorization_of(scheme, &names, &mac));

    let verifier = Verifier::new().profile(scheme.profile()).authorities([HOST]);
    match signed.under(|head, body| verifier.canonical(head, body)) {
        Ok(canonical) => {
            assert_eq!(shown(canonical.request().unwrap_or_default()), shown(&form), "{signed:?}");
            assert_eq!(canonical.to_sign(), to_sign.as_bytes());
        }
        // One signature in the header and one in the query.
        Err(refused) => {
            assert_eq!(refused, Rejected::Flaw(Flaw::Twice));
            assert!(signed.target.contains(&format!("X-{}-", scheme.vendor)));
        }
    }
    let outcome = agreed(&verifier, &signed);
    assert!(matches!(outcome, Ok(_) | Err(Rejected::Flaw(_))), "a right signature: {outcome:?}");

    let other = format!("{}{}", &mac[1..], &mac[..1]);
    let forged =
        signed.clone().without(&[scheme.auth]).with(scheme.auth, authorization_of(scheme, &names, &other));
    assert!(other == mac || agreed(&verifier, &forged).is_err(), "a wrong signature verifies");

    for changed in signed.changes(seed(data)) {
        if agreed(&verifier, &changed).is_ok() {
            assert_eq!(shown(&scheme.canonical(&changed, &names, false)), shown(&form), "{changed:?}");
            assert!(changed.all(scheme.auth).eq(signed.all(scheme.auth)), "another signature verifies");
        }
    }
}

fn authorization_of(scheme: Scheme, names: &[String], mac: &str) -> String {
    format!(
        "{}-HMAC-SHA256 Credential={KEY}/{}/{}, SignedHeaders={}, Signature={mac}",
        scheme.prefix,
        &DATE[..8],
        scheme.scope,
        names.join(";")
    )
}

fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// A digit that chooses the scheme, then a target. It is read exactly if its parameters are there, once; what is
/// presigned from its rest verifies with the model's signature, and not with one byte changed.
pub fn presigned(data: &[u8]) {
    let Some((digit, rest)) = data.split_first() else { return };
    let Some(target) = crate::text(rest) else { return };
    let scheme = Scheme::chosen(*digit);
    let request = |target: &str| Request {
        method: "GET".into(),
        target: target.into(),
        lines: vec![("Host".into(), HOST.into())],
        body: Vec::new(),
    };
    let verified = verify(scheme, &request(target));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let opens = format!("X-{}-", scheme.vendor);
    let pairs: Vec<_> = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    let count = |role: &str| pairs.iter().filter(|(name, _)| name.strip_prefix(&opens) == Some(role)).count();
    let unsigned = count("Algorithm") + count("Signature") == 0;
    assert_eq!(matches!(verified, Err(Rejected::Unsigned)), unsigned, "{verified:?}");
    let credential = if scheme.scope.contains("aws4") { "Credential" } else { "Credentials" };
    let roles = ["Algorithm", credential, "Date", "Expires", "SignedHeaders", "Signature"];
    if !matches!(verified, Err(Rejected::Unsigned | Rejected::Flaw(_))) {
        assert!(roles.iter().all(|role| count(role) == 1), "read in two ways: {target}");
    }
    if let Err(Rejected::UnknownKey(key) | Rejected::Mismatch(key)) = verified {
        let sent = pairs.iter().find(|pair| pair.0.strip_prefix(&opens) == Some(credential));
        let sent = decode(sent.expect("it was read").1);
        assert!(sent.starts_with(format!("{key}/").as_bytes()), "{key} is not who signed");
    }

    if !path.starts_with('/') {
        return;
    }
    let rest: Vec<_> = query.split('&').filter(|pair| !pair.starts_with(&opens)).collect();
    let url = format!("https://{HOST}{path}?{}", rest.join("&"));
    let life = Duration::from_secs(seed(data) % 604_800);
    let own = Signer::new(scheme.profile(), KEY.parse().expect("a key"), Secret::new(SECRET.to_owned()));
    let Ok(url) = own.presign(&url, life, NOW) else { return };
    let url = url.split('#').next().unwrap_or_default();
    let signed = request(url.strip_prefix("https://api.example.test").expect("of that host"));
    assert!(verify(scheme, &signed).is_ok(), "{signed:?}");
    let names = ["host".to_owned()];
    let form = scheme.canonical(&signed, &names, true);
    let mac = scheme.mac(&scheme.to_sign(&form, DATE), &DATE[..8], SECRET);
    assert!(signed.target.ends_with(&format!("Signature={mac}")), "{signed:?}: {}", shown(&form));

    for changed in signed.changes(seed(data)) {
        if verify(scheme, &changed).is_ok() {
            assert_eq!(shown(&scheme.canonical(&changed, &names, true)), shown(&form), "{changed:?}");
            assert!(changed.target.ends_with(&mac), "another signature verifies");
        }
    }
}

/// For the seeds: what the properties sign with.
#[must_use]
pub fn signed_authorization() -> String {
    let names = ["date".to_owned(), "host".to_owned()];
    let request = Request {
        method: "GET".into(),
        target: "/events?b=2&a=1".into(),
        lines: vec![("Host".into(), HOST.into()), ("Date".into(), DATE.into())],
        body: Vec::new(),
    };
    let to_sign = ANTAVO.to_sign(&ANTAVO.canonical(&request, &names, false), DATE);
    authorization_of(ANTAVO, &names, &ANTAVO.mac(&to_sign, &DATE[..8], SECRET))
}

/// For the seeds: a presigned target of Escher's.
///
/// # Panics
/// Never.
#[must_use]
pub fn presigned_target() -> String {
    let signer = Signer::new(ESCHER.profile(), KEY.parse().expect("a key"), Secret::new(SECRET.to_owned()));
    let url = signer.presign("https://api.example.test/a?b=1", Duration::from_secs(60), NOW).expect("a url");
    url.replace("https://api.example.test", "")
}
