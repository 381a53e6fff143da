//! A client's side of signatures: what is signed, what is not, and what a retry needs.

use std::time::Duration;

use keyward::{
    BodyHasher, Flaw, HashAlg, Headers, MessageProfile, MessageSigner, Payload, Profile, RequestHead, Secret,
    SignError, SignedHeaders, Signer, Timestamp, Webhook,
};

const NOW: Timestamp = Timestamp::from_unix(1_794_225_600); // 2026-11-09T12:00:00Z
const LINES: [(&str, &[u8]); 1] = [("Host", b"api.st1.antavo.com")];

fn signer(profile: Profile) -> Signer {
    Signer::new(
        profile,
        "AN1EXAMPLEKEY000001".parse().unwrap(),
        Secret::new("Example+Secret/For-Tests".into()),
    )
}

fn antavo() -> Signer {
    signer(Profile::antavo("st1"))
}

fn sign(signer: &Signer, target: &str, lines: &[(&str, &[u8])]) -> Result<SignedHeaders, SignError> {
    signer.sign(RequestHead::new("GET", target, Headers::lines(lines)), Payload::Absent, NOW)
}

fn value<'s>(signed: &'s SignedHeaders, name: &str) -> Option<&'s str> {
    signed.iter().find(|line| line.0 == name).map(|line| line.1)
}

#[test]
fn a_date_is_written_as_the_products_clients_write_it() {
    let date = |profile: Profile, name| {
        value(&sign(&signer(profile), "/", &LINES).unwrap(), name).unwrap().to_owned()
    };
    assert_eq!(date(Profile::antavo("st1"), "Date"), "20261109T120000Z");
    assert_eq!(date(Profile::escher("a/b/c"), "X-Escher-Date"), "20261109T120000Z");
    assert_eq!(date(Profile::escher("a/b/c").date_header("Date"), "Date"), "Mon, 09 Nov 2026 12:00:00 GMT");
    assert_eq!(date(Profile::aws("r", "s"), "X-Amz-Date"), "20261109T120000Z");
}

#[test]
fn a_date_that_says_now_is_kept_and_another_replaced() {
    let with = |date: &'static str| [LINES[0], ("date", date.as_bytes())];
    for kept in ["20261109T120000Z", "2026-11-09T13:00:00+01:00", "Fri, 09 Nov 2026 12:00:00 GMT"] {
        let signed = sign(&antavo(), "/", &with(kept)).unwrap();
        assert_eq!(value(&signed, "Date"), None, "{kept}");
        assert!(signed.canonical_request().contains(&format!("\ndate:{kept}\n")));
        assert!(signed.string_to_sign().contains("\n20261109T120000Z\n"));
    }
    for replaced in ["20261109T115959Z", "yesterday", ""] {
        let signed = sign(&antavo(), "/", &with(replaced)).unwrap();
        assert_eq!(value(&signed, "Date"), Some("20261109T120000Z"), "{replaced}");
    }
}

#[test]
fn a_retry_is_signed_anew_over_its_first_signature() {
    let first = sign(&antavo(), "/a", &LINES).unwrap();
    let mut lines = LINES.to_vec();
    lines.extend(first.iter().map(|(name, value)| (name, value.as_bytes())));
    let head = RequestHead::new("GET", "/a", Headers::lines(&lines));
    let later = NOW.plus(Duration::from_secs(600));
    let retry = antavo().sign(head, Payload::Absent, later).unwrap();
    assert_eq!(value(&retry, "Date"), Some("20261109T121000Z"));
    assert_ne!(value(&retry, "Authorization"), value(&first, "Authorization"));
    assert_eq!(
        retry,
        antavo().sign(RequestHead::new("GET", "/a", Headers::lines(&LINES)), Payload::Absent, later).unwrap()
    );
}

#[test]
fn named_headers_are_signed_and_required_ones_without_being_named() {
    let lines = [LINES[0], ("X-Tenant", b" a   b ".as_slice()), ("x-tenant", b"c"), ("X-Other", b"d")];
    let required = signer(Profile::antavo("st1").require_signed(["X-Tenant"]));
    for signer in [antavo().also(["X-Tenant", "x-tenant", "Host"]), required] {
        let signed = sign(&signer, "/", &lines).unwrap();
        assert!(signed.canonical_request().contains("\nx-tenant:a b,c\n\ndate;host;x-tenant\n"));
        assert!(value(&signed, "Authorization").unwrap().contains(" SignedHeaders=date;host;x-tenant, "));
    }
}

#[test]
fn s3_gets_the_digest_of_the_body_in_a_header() {
    // FIPS 180-4's "abc".
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let mut hasher = BodyHasher::new(HashAlg::Sha256);
    hasher.update(b"abc");
    for body in [Payload::Bytes(b"abc"), Payload::Digest(hasher.finish())] {
        let head = RequestHead::new("PUT", "/a//b", Headers::lines(&LINES));
        let profile = Profile::aws_s3("r").lenient_path();
        let signed = signer(profile).sign(head, body, NOW).unwrap();
        assert_eq!(value(&signed, "x-amz-content-sha256"), Some(ABC));
        assert!(signed.canonical_request().starts_with("PUT\n/a//b\n"));
        assert!(signed.canonical_request().ends_with(ABC));
    }
}

#[test]
fn what_would_be_refused_is_not_signed() {
    let refused = |signer: &Signer, target, lines: &[(&str, &[u8])]| sign(signer, target, lines).unwrap_err();
    assert_eq!(refused(&antavo(), "/a/../b", &LINES), SignError::Refused(Flaw::Path));
    assert_eq!(refused(&antavo(), "/", &[]), SignError::Refused(Flaw::HostMissing));
    assert_eq!(refused(&antavo().also(["x-a"]), "/", &LINES), SignError::Refused(Flaw::Absent));
    assert_eq!(refused(&antavo().also(["X A"]), "/", &LINES), SignError::Refused(Flaw::Header));
    assert_eq!(refused(&antavo(), "/?X-Antavo-Signature=1", &LINES), SignError::Refused(Flaw::Twice));
    let overridden = [LINES[0], ("X-HTTP-Method-Override", b"DELETE".as_slice())];
    assert_eq!(refused(&antavo(), "/", &overridden), SignError::Refused(Flaw::Override));
    let split = [LINES[0], ("x-a", b"1\r\nx-b: 2".as_slice())];
    assert_eq!(refused(&antavo().also(["x-a"]), "/", &split), SignError::Refused(Flaw::Value));
    assert_eq!(
        SignError::Refused(Flaw::Absent).to_string(),
        "request that would be refused: its caller signed a header that did not arrive; have it sign what it \
         sends, and look for a proxy that removes it"
    );
}

#[test]
fn a_signer_that_cannot_sign_says_why() {
    assert_eq!(sign(&signer(Profile::antavo("")), "/", &LINES).map(drop), Ok(()), "a stack may be empty");
    assert_eq!(sign(&signer(Profile::antavo("a,b")), "/", &LINES), Err(SignError::Profile));
    for length in [0, 129] {
        let signer =
            Signer::new(Profile::antavo("st1"), "KEY".parse().unwrap(), Secret::new("s".repeat(length)));
        assert_eq!(sign(&signer, "/", &LINES), Err(SignError::Secret(length)));
        assert_eq!(
            signer.presign("https://a.test/", Duration::from_secs(1), NOW),
            Err(SignError::Secret(length))
        );
    }
    let head = RequestHead::new("GET", "/", Headers::lines(&LINES));
    for time in [i64::MIN, i64::MAX, 253_402_300_800] {
        let time = Timestamp::from_unix(time);
        assert_eq!(antavo().sign(head, Payload::Absent, time), Err(SignError::Time));
        assert_eq!(antavo().presign("https://a.test/", Duration::from_secs(1), time), Err(SignError::Time));
    }
    let digest = BodyHasher::new(HashAlg::Sha512).finish();
    assert_eq!(antavo().sign(head, Payload::Digest(digest), NOW), Err(SignError::Digest));
    assert!(!format!("{:?}", antavo()).contains("Example+Secret"));
}

#[test]
fn a_presigned_url_keeps_what_it_was_made_of() {
    let presign = |url: &str| antavo().presign(url, Duration::from_secs(60), NOW);
    for (url, opens) in [
        ("https://a.test", "https://a.test/?X-Antavo-Algorithm="),
        ("http://a.test:8080/x", "http://a.test:8080/x?X-Antavo-Algorithm="),
        ("https://a.test?b=c", "https://a.test/?b=c&X-Antavo-Algorithm="),
        ("https://a.test/x?", "https://a.test/x?X-Antavo-Algorithm="),
        ("https://a.test/x?b&", "https://a.test/x?b&X-Antavo-Algorithm="),
        ("https://[::1]:8443/x#y?z", "https://[::1]:8443/x?X-Antavo-Algorithm="),
    ] {
        let presigned = presign(url).unwrap();
        assert!(presigned.starts_with(opens), "{presigned}");
        assert_eq!(presigned.ends_with("#y?z"), url.contains('#'), "{presigned}");
    }
    for url in [
        "",
        "/x",
        "a.test/x",
        "ftp://a.test/",
        "https://",
        "https:///x",
        "https://u:p@a.test/",
        "https://a b/",
    ] {
        assert_eq!(presign(url), Err(SignError::Url), "{url}");
    }
    assert_eq!(presign("https://a.test/a/.."), Err(SignError::Refused(Flaw::Path)));
    assert_eq!(presign(&presign("https://a.test/").unwrap()), Err(SignError::Refused(Flaw::Twice)));
    let week = |seconds| antavo().presign("https://a.test/", Duration::from_secs(seconds), NOW);
    assert!(week(604_800).is_ok());
    assert_eq!(week(604_801), Err(SignError::Refused(Flaw::Life)));
    assert_eq!(
        antavo().presign_as("POST", "https://a.test/", Duration::from_secs(1), NOW),
        Err(SignError::Refused(Flaw::Method))
    );
}

#[cfg(feature = "http")]
#[test]
fn signed_headers_are_set_in_an_http_request_and_take_the_place_of_older_ones() {
    let mut request = http::Request::get("https://api.st1.antavo.com/events").body(()).unwrap();
    for seconds in [0, 600] {
        let now = NOW.plus(Duration::from_secs(seconds));
        let signed = antavo().sign(RequestHead::of(&request), Payload::Absent, now).unwrap();
        signed.apply(request.headers_mut()).unwrap();
        assert!(signed.canonical_request().contains("\nhost:api.st1.antavo.com\n"));
        assert_eq!(request.headers().len(), 2);
        for (name, value) in signed.iter() {
            assert_eq!(request.headers()[name], value);
        }
    }
}

#[test]
fn what_was_signed_does_not_print_what_would_send_it_again() {
    let secret = || Secret::new("Example+Secret/For-Tests".to_owned());
    let lines = [("Host", b"api.example.test".as_slice())];
    let head = RequestHead::new("POST", "/events?api_key=k", Headers::lines(&lines));
    let signer = Signer::new(Profile::antavo("st1"), "key".parse().unwrap(), secret());
    let headers = signer.sign(head, Payload::Bytes(b"{}"), NOW).unwrap();
    assert_eq!(format!("{headers:?}"), r#"SignedHeaders(["Date", "Authorization"])"#);
    let signer = MessageSigner::new(MessageProfile::new(), "key".parse().unwrap(), secret());
    let signature = signer.sign(head, Payload::Absent, NOW).unwrap();
    assert_eq!(format!("{signature:?}"), r#"MessageSignature(["signature-input", "signature"])"#);
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
    let delivery = Webhook::new("shop".parse().unwrap(), secret).sign("msg_1", NOW, b"{}").unwrap();
    assert_eq!(format!("{delivery:?}"), r#"WebhookHeaders("msg_1")"#);
}
