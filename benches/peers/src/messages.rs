//! RFC 9421 and Standard Webhooks, beside httpsig and standardwebhooks.

use std::{hint::black_box, time::SystemTime, time::UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{KeyInit, Mac};
use http::HeaderMap;
use httpsig::prelude::{
    AlgorithmName, HttpSignatureBase, HttpSignatureHeaders, HttpSignatureParams, SharedKey,
    message_component::HttpMessageComponent,
};
use keyward::{Headers, MessageProfile, Timestamp, Verifier, Webhook};

use crate::{
    bar::Bars,
    hmac::Keyed,
    report::Report,
    rig::{Effort, Rig},
    signatures::body,
    signed::{HOST, KEY, PATH, QUERY, SECRET, Service, Wire},
    world::NOW,
};

pub(crate) const MESSAGE: &str = "RFC 9421, six components, head to verdict";
pub(crate) const HTTPSIG: &str = "httpsig, six components, parsed, put together and verified";
const MESSAGE_HASH: &str = "HMAC of the RFC 9421 base alone";
pub(crate) const WEBHOOK: &str = "Standard Webhooks, delivery of 1 KiB";
pub(crate) const STANDARD_WEBHOOKS: &str = "standardwebhooks, delivery of 1 KiB";
const WEBHOOK_HASH: &str = "HMAC of the delivery alone";

pub(crate) fn measure(report: &mut Report, effort: Effort) {
    messages(report, effort);
    webhooks(report, effort);
}

pub(crate) fn bars(bars: &mut Bars<'_>) {
    bars.times_faster(MESSAGE, 3.0, HTTPSIG);
    bars.times_faster(WEBHOOK, 4.0, STANDARD_WEBHOOKS);
}

/// What is signed, as httpsig takes it: the lines of the base.
fn components(wire: &Wire) -> Vec<String> {
    let target = wire.target.split_once('?').expect("a query");
    let derived = [("@method", wire.method), ("@authority", HOST), ("@path", target.0)];
    let query = format!("?{}", target.1);
    let fields = ["accept", "x-request-id"].map(|name| (name, wire.value(name)));
    let all = derived.into_iter().chain([("@query", query.as_str())]).chain(fields);
    all.map(|(name, value)| format!("\"{name}\": {value}")).collect()
}

fn parsed(lines: &[String]) -> Vec<HttpMessageComponent> {
    lines.iter().map(|line| HttpMessageComponent::try_from(line.as_str()).expect("a component")).collect()
}

/// From the two headers' texts and the lines to whether it is signed.
fn httpsig_takes(key: &SharedKey, wire: &Wire, lines: &[String]) -> bool {
    let (signature, input) = (wire.value("signature"), wire.value("signature-input"));
    let found = HttpSignatureHeaders::try_parse(signature, input).expect("headers of its own");
    let found = found.get("sig1").expect("a signature");
    let base = HttpSignatureBase::try_new(&parsed(lines), found.signature_params()).expect("a base");
    base.verify_signature_headers(key, found).is_ok()
}

fn messages(report: &mut Report, effort: Effort) {
    // Without a body, which keyward's profile wants to be digested.
    let mut wire = Wire::new("GET", Vec::new());
    assert_eq!(wire.target, format!("{PATH}?{QUERY}"));
    let lines = components(&wire);
    let names: Vec<_> = lines.iter().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    let params = format!("({});created={};keyid=\"{KEY}\"", names.join(" "), NOW.unix());
    let params = HttpSignatureParams::try_from(params.as_str()).expect("parameters");
    let base = HttpSignatureBase::try_new(&parsed(&lines), &params).expect("a base");
    let key = SharedKey::from_base64(&AlgorithmName::HmacSha256, &STANDARD.encode(SECRET)).expect("a key");
    let signed = base.build_signature_headers(&key, Some("sig1")).expect("a signature");
    wire.add("signature-input", &signed.signature_input_header_value());
    wire.add("signature", &signed.signature_header_value());

    let service = Service::new(|engine| engine.messages(MessageProfile::new()));
    service.check(&wire);
    assert!(httpsig_takes(&key, &wire, &lines));
    for changed in wire.changed() {
        assert!(!httpsig_takes(&key, &changed, &components(&changed)));
    }
    let own = wire.lines();
    let (head, payload) = (wire.head(&own), wire.payload());
    let verifier = Verifier::new().messages(MessageProfile::new()).authorities([HOST]);
    let text = verifier.canonical(head, payload).expect("a signed request").to_sign().to_vec();
    assert_eq!(text, base.as_bytes(), "one base");
    let keyed = Keyed::new_from_slice(SECRET.as_bytes()).expect("a key of any length");
    let claimed = base.build_raw_signature(&key).expect("a signature");
    let hash = |text: &[u8]| verified(&keyed, &[text], &claimed);
    assert!(hash(&text) && !hash(&text[1..]));

    let mut rig = Rig::default();
    rig.row(MESSAGE_HASH, || assert!(hash(black_box(&text))));
    rig.row(MESSAGE, || assert!(service.takes(black_box(head), black_box(payload))));
    rig.row(HTTPSIG, || assert!(httpsig_takes(&key, black_box(&wire), black_box(&lines))));
    report.number("bytes of the RFC 9421 base", text.len() as f64, "B");
    report.add(rig.measure(effort));
}

fn verified(keyed: &Keyed, pieces: &[&[u8]], claimed: &[u8]) -> bool {
    let mut keyed = keyed.clone();
    for piece in pieces {
        keyed.update(piece);
    }
    keyed.verify_slice(claimed).is_ok()
}

fn webhooks(report: &mut Report, effort: Effort) {
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    // Of the specification's own example, without its prefix.
    const SHARED: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    // The peer looks at the clock itself.
    let sent = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs().cast_signed();
    let (now, body) = (Timestamp::from_unix(sent), body(1024));
    let mut other = body.clone();
    other[700] ^= 1;
    let secret = format!("whsec_{SHARED}");
    let peer = standardwebhooks::Webhook::new(&secret).expect("a secret");
    let signature = peer.sign(ID, sent, &body).expect("a signature");
    let sent = sent.to_string();
    let fields = [
        ("webhook-id", ID),
        ("webhook-timestamp", &sent),
        ("webhook-signature", &signature),
        ("content-type", "application/json"),
    ];
    let lines = fields.map(|(name, value)| (name, value.as_bytes()));
    let mut map = HeaderMap::new();
    for (name, value) in fields {
        map.insert(name, value.parse().expect("a value"));
    }
    let ours = Webhook::new("shop".parse().expect("an id"), secret.parse().expect("a secret"));
    let takes = |body: &[u8]| ours.verify(Headers::lines(black_box(&lines)), body, now).is_ok();
    assert!(takes(&body) && !takes(&other));
    assert!(peer.verify(&body, &map).is_ok() && peer.verify(&other, &map).is_err());
    let keyed = Keyed::new_from_slice(&STANDARD.decode(SHARED).expect("base64")).expect("a key");
    let opening = format!("{ID}.{sent}.");
    let claimed = signature.split_once(',').and_then(|found| STANDARD.decode(found.1).ok()).expect("base64");
    let hash = |body: &[u8]| verified(&keyed, &[opening.as_bytes(), body], &claimed);
    assert!(hash(&body) && !hash(&other));

    let mut rig = Rig::default();
    rig.row(WEBHOOK_HASH, || assert!(hash(black_box(&body))));
    rig.row(WEBHOOK, || assert!(takes(black_box(&body))));
    rig.row(STANDARD_WEBHOOKS, || assert!(peer.verify(black_box(&body), black_box(&map)).is_ok()));
    report.add(rig.measure(effort));
}
