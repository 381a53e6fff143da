//! The worked examples: what is signed is keyward's word, how it is signed is done here step by step, with a MAC and a
//! hash alone, and has to end in the same signature.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use keyward::{
    Code, Flaw, Headers, MessageProfile, MessageSigner, Payload, Profile, Rejected, RequestHead, Secret,
    Signer, Timestamp, Verified, Verifier, Webhook, WebhookError,
};
use sha2::{Digest, Sha256};

/// 2026-11-09 12:00:00 UTC.
const NOW: Timestamp = Timestamp::from_unix(1_794_225_600);
const SECRET: &str = "Example+Secret/For-The-Docs";
const WEBHOOK_SECRET: &str = "whsec_RXhhbXBsZSBzZWNyZXQgZm9yIHRoZSBkb2Nz";

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// A request as it goes over the wire.
#[derive(Clone)]
struct Request {
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    body: &'static str,
}

impl Request {
    fn new(method: &'static str, target: &str, headers: &[(&str, &str)], body: &'static str) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { method, target: target.to_owned(), headers, body }
    }

    fn event(host: &str) -> Self {
        let headers = [("Host", host), ("Content-Type", "application/json")];
        let body = r#"{"customer":"1234","action":"point_add"}"#;
        Self::new("POST", "/v1/events?locale=de&source=web%20shop", &headers, body)
    }

    fn with<'n, 'v>(&self, added: impl IntoIterator<Item = (&'n str, &'v str)>) -> Self {
        let mut signed = self.clone();
        let added = added.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        signed.headers.extend(added);
        signed
    }

    fn without(&self, name: &str) -> Self {
        let mut less = self.clone();
        less.headers.retain(|(found, _)| !found.eq_ignore_ascii_case(name));
        less
    }

    fn payload(&self) -> Payload<'_> {
        if self.body.is_empty() { Payload::Absent } else { Payload::Bytes(self.body.as_bytes()) }
    }

    fn as_head<T>(&self, then: impl FnOnce(RequestHead<'_>) -> T) -> T {
        let lines: Vec<_> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        then(RequestHead::new(self.method, &self.target, Headers::lines(&lines)))
    }

    fn text(&self) -> String {
        let lines: String = self.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        format!("{} {} HTTP/1.1\n{lines}\n{}", self.method, self.target, self.body)
    }
}

fn lines<'n, 'v>(headers: impl IntoIterator<Item = (&'n str, &'v str)>) -> String {
    headers.into_iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

/// The steps from a secret to a signature, each with its value.
fn steps(prefix: &str, scope: &str, to_sign: &str, signature: &str) -> String {
    let mut key = format!("{prefix}{SECRET}").into_bytes();
    let mut text = format!("key 0 = {prefix}{SECRET}\n");
    for (number, part) in scope.split('/').enumerate() {
        key = hmac(&key, part.as_bytes());
        text += &format!("key {} = HMAC(key {number}, {part}) = {}\n", number + 1, hex(&key));
    }
    let made = hex(&hmac(&key, to_sign.as_bytes()));
    assert_eq!(made, signature, "signed step by step");
    text + &format!("signature = HMAC(key {}, string to sign) = {made}\n", scope.split('/').count())
}

struct Family {
    name: &'static str,
    prefix: &'static str,
    scope: &'static str,
    signer: Signer,
}

fn antavo() -> Family {
    let key = "AN1EXAMPLEKEY000001".parse().unwrap();
    let signer = Signer::new(Profile::antavo("st1"), key, Secret::new(SECRET.to_owned()));
    Family { name: "antavo", prefix: "ANTAVO", scope: "20261109/st1/api/antavo_request", signer }
}

fn sigv4() -> Family {
    let key = "AKIDEXAMPLEKEY000001".parse().unwrap();
    let signer =
        Signer::new(Profile::aws("eu-central-1", "execute-api"), key, Secret::new(SECRET.to_owned()));
    let scope = "20261109/eu-central-1/execute-api/aws4_request";
    Family { name: "sigv4", prefix: "AWS4", scope, signer }
}

impl Family {
    fn signed(&self, request: &Request) -> Request {
        let made = request.as_head(|head| self.signer.sign(head, request.payload(), NOW)).unwrap();
        request.with(made.iter())
    }

    fn texts(&self, request: &Request) -> Vec<(String, String)> {
        let made = request.as_head(|head| self.signer.sign(head, request.payload(), NOW)).unwrap();
        assert_eq!(made.canonical_request().rsplit('\n').next(), Some(&*sha256(request.body)));
        assert_eq!(
            made.string_to_sign().rsplit('\n').next(),
            Some(&*sha256(made.canonical_request())),
            "{}",
            self.name
        );
        let (_, authorization) = made.iter().last().unwrap();
        let signature = authorization.rsplit_once("Signature=").unwrap().1;
        [
            ("request", request.text()),
            ("canonical-request", made.canonical_request().to_owned()),
            ("string-to-sign", made.string_to_sign().to_owned()),
            ("keys", steps(self.prefix, self.scope, made.string_to_sign(), signature)),
            ("headers", lines(made.iter())),
            ("signed", self.signed(request).text()),
        ]
        .map(|(part, text)| (format!("{}/{part}", self.name), text))
        .to_vec()
    }
}

const CUSTOMER: &str = "https://api.st1.antavo.com/v1/customers/1234?fields=name%2Ctier";

fn presigned_request() -> Request {
    let url = antavo().signer.presign(CUSTOMER, Duration::from_secs(3600), NOW).unwrap();
    let target = url.strip_prefix("https://api.st1.antavo.com").unwrap();
    Request::new("GET", target, &[("Host", "api.st1.antavo.com")], "")
}

fn presigned() -> Vec<(String, String)> {
    let family = antavo();
    let request = presigned_request();
    let verifier = Verifier::new().profile(Profile::antavo("st1"));
    let canonical = request.as_head(|head| verifier.canonical(head, Payload::Absent)).unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (form, to_sign) = (text(canonical.request().unwrap()), text(canonical.to_sign()));
    assert_eq!(form.rsplit('\n').next(), Some(&*sha256("UNSIGNED-PAYLOAD")));
    assert_eq!(to_sign.rsplit('\n').next(), Some(&*sha256(&form)));
    let (unsigned, signature) = request.target.rsplit_once("&X-Antavo-Signature=").unwrap();
    steps(family.prefix, family.scope, &to_sign, signature);
    [
        ("url", CUSTOMER.to_owned()),
        ("unsigned-url", format!("https://api.st1.antavo.com{unsigned}")),
        ("canonical-request", form),
        ("string-to-sign", to_sign),
        ("signed-url", format!("https://api.st1.antavo.com{}", request.target)),
        ("signed", request.text()),
    ]
    .map(|(part, text)| (format!("presigned/{part}"), text))
    .to_vec()
}

fn message_signer() -> MessageSigner {
    let key = "demok_Example000000001".parse().unwrap();
    MessageSigner::new(MessageProfile::new(), key, Secret::new(SECRET.to_owned()))
}

fn message() -> (Request, Vec<(String, String)>) {
    let request = Request::event("api.example.com");
    let made = request.as_head(|head| message_signer().sign(head, request.payload(), NOW)).unwrap();
    let signature = STANDARD.encode(hmac(SECRET.as_bytes(), made.signature_base().as_bytes()));
    let digest = STANDARD.encode(Sha256::digest(request.body));
    let found = |name: &str| made.iter().find(|(found, _)| *found == name).unwrap().1.to_owned();
    assert_eq!(found("signature"), format!("sig1=:{signature}:"), "signed step by step");
    assert_eq!(found("content-digest"), format!("sha-256=:{digest}:"));
    let signed = request.with(made.iter());
    let texts = [
        ("request", request.text()),
        ("signature-base", made.signature_base().to_owned()),
        (
            "keys",
            format!(
                "digest = base64(SHA-256(body)) = {digest}\nkey = {SECRET}\n\
                 signature = base64(HMAC(key, signature base)) = {signature}"
            ),
        ),
        ("headers", lines(made.iter())),
        ("signed", signed.text()),
    ];
    (signed, texts.map(|(part, text)| (format!("rfc9421/{part}"), text)).to_vec())
}

fn webhook() -> Webhook {
    Webhook::new("loyalty".parse().unwrap(), WEBHOOK_SECRET.parse().unwrap())
}

fn delivery() -> (Request, Vec<(String, String)>) {
    let headers = [("Host", "hooks.example.com"), ("Content-Type", "application/json")];
    let body = r#"{"type":"points.added","data":{"customer":"1234","points":50}}"#;
    let request = Request::new("POST", "/loyalty", &headers, body);
    let id = "msg_2ExampleMessage0001";
    let made = webhook().sign(id, NOW, body.as_bytes()).unwrap();
    let base64 = WEBHOOK_SECRET.strip_prefix("whsec_").unwrap();
    let key = STANDARD.decode(base64).unwrap();
    let content = format!("{id}.{}.{body}", NOW.unix());
    let signature = STANDARD.encode(hmac(&key, content.as_bytes()));
    let signed = request.with(made.iter());
    assert_eq!(signed.headers.last().unwrap().1, format!("v1,{signature}"), "signed step by step");
    let texts = [
        ("request", request.text()),
        ("signed-content", content),
        (
            "keys",
            format!(
                "key = base64-decoded({base64}), {} bytes = {}\n\
                 signature = base64(HMAC(key, signed content)) = {signature}",
                key.len(),
                hex(&key)
            ),
        ),
        ("headers", lines(made.iter())),
        ("signed", signed.text()),
    ];
    (signed, texts.map(|(part, text)| (format!("webhook/{part}"), text)).to_vec())
}

pub(crate) fn texts() -> BTreeMap<String, String> {
    let header = antavo().texts(&Request::event("api.st1.antavo.com"));
    let aws = sigv4().texts(&Request::event("api.example.com"));
    header.into_iter().chain(presigned()).chain(aws).chain(message().1).chain(delivery().1).collect()
}

/// As a service has it: no conformance, its own host alone.
fn verifier() -> Verifier {
    Verifier::new()
        .profile(Profile::antavo("st1"))
        .profile(Profile::aws("eu-central-1", "execute-api"))
        .messages(MessageProfile::new())
        .authorities(["api.st1.antavo.com", "api.example.com"])
}

fn verify(request: &Request, now: Timestamp) -> Result<Verified, Rejected> {
    request.as_head(|head| verifier().verify(head, request.payload(), now, |_| Some(SECRET)))
}

fn later(seconds: i64) -> Timestamp {
    Timestamp::from_unix(NOW.unix() + seconds)
}

/// In headers, by scheme.
fn signed() -> [(&'static str, Request); 3] {
    [
        ("antavo", antavo().signed(&Request::event("api.st1.antavo.com"))),
        ("sigv4", sigv4().signed(&Request::event("api.example.com"))),
        ("rfc9421", message().0),
    ]
}

#[test]
fn the_pages_requests_verify_for_300_seconds_either_way() {
    for (name, request) in signed() {
        for seconds in [-300, 0, 300] {
            let verified = verify(&request, later(seconds)).unwrap();
            assert!(!verified.is_presigned(), "{name}");
        }
        for seconds in [-301, 301] {
            let rejected = verify(&request, later(seconds)).unwrap_err();
            assert_eq!(rejected, Rejected::Flaw(Flaw::Window), "{name}");
        }
    }
    let url = presigned_request();
    for seconds in [-300, 0, 3900] {
        assert!(verify(&url, later(seconds)).unwrap().is_presigned());
    }
    for seconds in [-301, 3901] {
        assert_eq!(verify(&url, later(seconds)).unwrap_err(), Rejected::Flaw(Flaw::Window));
    }
    let delivery = delivery().0;
    let webhook = webhook();
    let verify = |seconds| {
        let body = delivery.body.as_bytes();
        delivery.as_head(|head| webhook.verify(head.headers, body, later(seconds)).map(drop))
    };
    assert_eq!([-300, 0, 300].map(verify), [Ok(()); 3]);
    assert_eq!([-301, 301].map(verify), [Err(WebhookError::Window); 2]);
}

/// A change that something between the two may make, and what comes of it.
type Change = (&'static str, fn(&Request) -> Request, Option<Code>);

const CHANGES: [Change; 8] = [
    ("the path is written with another escape", |request| target(request, "/v1", "/%761"), MALFORMED),
    ("the path gets a slash more", |request| target(request, "/v1/", "/v1//"), MALFORMED),
    ("the query loses a pair", |request| target(request, "locale=de&", ""), Some(Code::CredentialInvalid)),
    (
        "the host is the backend's own",
        |request| request.without("host").with([("Host", "10.0.0.7:9000")]),
        Some(Code::SignatureScope),
    ),
    (
        "the body is written anew",
        |request| Request { body: r#"{"action":"point_add","customer":"1234"}"#, ..request.clone() },
        Some(Code::CredentialInvalid),
    ),
    (
        "a header that nobody signed is added",
        |request| request.with([("X-Forwarded-For", "192.0.2.1")]),
        None,
    ),
    (
        "the lines are sorted and their names in lower case",
        |request| {
            let mut sorted = request.clone();
            sorted.headers.sort();
            sorted.headers.iter_mut().for_each(|line| line.0.make_ascii_lowercase());
            sorted
        },
        None,
    ),
    (
        "the method is another",
        |request| Request { method: "PUT", ..request.clone() },
        Some(Code::CredentialInvalid),
    ),
];

const MALFORMED: Option<Code> = Some(Code::SignatureMalformed);

fn target(request: &Request, from: &str, to: &str) -> Request {
    assert!(request.target.contains(from));
    Request { target: request.target.replacen(from, to, 1), ..request.clone() }
}

#[test]
fn what_a_proxy_may_change_is_what_is_not_signed() {
    for (name, request) in signed() {
        for (what, change, expected) in CHANGES {
            let code = verify(&change(&request), NOW).err().map(Code::from);
            // A message signature signs the body's digest, which is compared before any key is looked at.
            let digest = name == "rfc9421" && what.starts_with("the body");
            let expected = if digest { Some(Code::SignatureUncovered) } else { expected };
            assert_eq!(code, expected, "{name}: {what}");
        }
    }
    for (name, header) in [("antavo", "date"), ("sigv4", "x-amz-date"), ("rfc9421", "content-type")] {
        let (_, request) = signed().into_iter().find(|(found, _)| *found == name).unwrap();
        assert!(verify(&request.without(header), NOW).is_err(), "{name} without {header}");
    }
}

#[test]
fn a_host_without_a_line_is_the_authority_of_http_2() {
    for (name, request) in signed() {
        let host = &request.headers.iter().find(|line| line.0 == "Host").unwrap().1;
        let less = request.without("host");
        let verified = less.as_head(|head| {
            verifier().verify(head.authority(host), less.payload(), NOW, |_| Some(SECRET)).map(drop)
        });
        assert_eq!(verified, Ok(()), "{name}");
    }
}

/// What the prose says without a block.
#[test]
fn the_prose_says_what_is_signed_and_read() {
    let page = std::fs::read_to_string(crate::root().join("docs/signing.md")).unwrap();
    let event = Request::event("api.st1.antavo.com");
    for date in ["20261109T120000Z", "Mon, 09 Nov 2026 12:00:00 GMT", "2026-11-09T12:00:00+00:00"] {
        assert!(page.contains(&format!("`{date}`")), "{date}");
        let dated = event.with([("Date", date)]);
        let signed = antavo().signed(&dated);
        assert_eq!(signed.headers.iter().filter(|line| line.0 == "Date").count(), 1);
        assert!(verify(&signed, NOW).is_ok(), "{date}");
        let texts = antavo().texts(&dated);
        let canonical = &texts.iter().find(|text| text.0 == "antavo/canonical-request").unwrap().1;
        assert!(canonical.contains(&format!("\ndate:{date}\n")), "as it is written");
    }

    assert!(page.contains("`%20` is signed as `%2520`"));
    let spaced = Request::new("GET", "/a%20b", &[("Host", "api.example.com")], "");
    let form = |family: Family| {
        spaced
            .as_head(|head| family.signer.sign(head, Payload::Absent, NOW))
            .unwrap()
            .canonical_request()
            .to_owned()
    };
    assert!(form(sigv4()).starts_with("GET\n/a%2520b\n\nhost:"));
    assert!(form(antavo()).starts_with("GET\n/a%20b\n\ndate:"));

    let base = spaced.as_head(|head| message_signer().sign(head, Payload::Absent, NOW)).unwrap();
    assert!(base.signature_base().contains("\n\"@query\": ?\n"), "{}", base.signature_base());
    assert!(base.signature_base().ends_with('"'), "no line end behind it");

    let digest = |request: &Request| *verify(request, NOW).unwrap().replay_key().digest();
    for (name, request) in signed() {
        assert_eq!(digest(&request), digest(&request.clone()), "{name}: of one second, so one request");
    }
    let with_nonce = |nonce: &str| {
        let plain = Request::event("api.example.com");
        let made = plain.as_head(|head| message_signer().sign_with_nonce(nonce, head, plain.payload(), NOW));
        plain.with(made.unwrap().iter())
    };
    assert_ne!(digest(&with_nonce("1")), digest(&with_nonce("2")));
}
