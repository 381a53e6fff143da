//! Signed requests: SigV4 and Escher here, the others in `messages`, and what remembers them in `claims`.

use std::{hint::black_box, time::Duration, time::Instant, time::UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::SigningParams,
};
use chrono::{DateTime, Utc};
use keyward::{Profile, Secret, Signer, Verifier};
use scratchstack_aws_signature::{
    GetSigningKeyRequest, GetSigningKeyResponse, KSecretKey, KSigningKey, NO_ADDITIONAL_SIGNED_HEADERS,
    SignatureOptions,
    principal::{Principal, User},
    sigv4_validate_request,
};
use tower::{BoxError, service_fn};

use crate::{
    bar::Bars,
    claims, messages,
    random::Random,
    report::Report,
    rig::{Effort, Rig, nanoseconds},
    signed::{BareSigV4, HOST, KEY, SECRET, Service, Wire},
    world::{NOW, ready},
};

const REGION: &str = "us-east-1";
const SERVICE: &str = "example";
const END: &str = "aws4_request";
/// Of `NOW`.
const DAY: &str = "20261122";
const ESCHER: [&str; 4] = [DAY, "eu", "bench", "escher_request"];
/// As signed: with the date.
const NAMES: [&str; 4] = ["accept", "content-type", "host", "x-request-id"];

/// A request that is measured, and how many times the hashes alone it may take, and how many times faster than the peer
/// it is to be.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// In the chart.
    pub(crate) title: &'static str,
    method: &'static str,
    body: usize,
    hashes: f64,
    faster: f64,
}

pub(crate) const CASES: [Case; 2] = [
    Case {
        name: "GET",
        title: "Is it signed? SigV4, a GET without a body",
        method: "GET",
        body: 0,
        hashes: 4.0,
        faster: 3.5,
    },
    Case {
        name: "POST of 1 KiB",
        title: "Is it signed? SigV4, a POST of 1 KiB",
        method: "POST",
        body: 1024,
        hashes: 2.3,
        faster: 2.7,
    },
];

pub(crate) fn sigv4(case: &str) -> String {
    format!("SigV4 {case}, head to verdict")
}

pub(crate) fn scratchstack(case: &str) -> String {
    format!("scratchstack-aws-signature, {case}, key at hand")
}

pub(crate) fn hashes(scheme: &str, case: &str) -> String {
    format!("hashes of the {scheme} {case} alone")
}

fn escher(case: &str) -> String {
    format!("Escher {case}, head to verdict")
}

fn verifier(case: &str) -> String {
    format!("SigV4 {case}, Verifier, key derived each time")
}

pub(crate) fn measure(report: &mut Report, effort: Effort) {
    for case in &CASES {
        amazon(report, effort, case);
        escher_case(report, effort, case);
    }
    messages::measure(report, effort);
    claims::measure(report, effort);
}

pub(crate) fn bars(bars: &mut Bars<'_>) {
    for Case { name, hashes: most, faster, .. } in &CASES {
        bars.at_most(&sigv4(name), *most, &hashes("SigV4", name));
        bars.times_faster(&sigv4(name), *faster, &scratchstack(name));
        bars.at_most(&escher(name), *most, &hashes("Escher", name));
    }
    messages::bars(bars);
    claims::bars(bars);
}

/// `{"data":"…"}`.
pub(crate) fn body(length: usize) -> Vec<u8> {
    let mut random = Random::new(9);
    let mut text =
        |room: usize| (0..room).map(|_| (b'a' + random.below(26) as u8) as char).collect::<String>();
    length
        .checked_sub(11)
        .map(|room| format!("{{\"data\":\"{}\"}}", text(room)).into_bytes())
        .unwrap_or_default()
}

/// Signed by AWS's own crate.
fn amazon_signed(case: &Case) -> Wire {
    let mut wire = Wire::new(case.method, body(case.body));
    let identity = Credentials::new(KEY, SECRET, None, None, "bench").into();
    let now = Duration::from_secs(NOW.unix().cast_unsigned());
    let params = SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name(SERVICE)
        .time(UNIX_EPOCH + now)
        .settings(SigningSettings::default())
        .build()
        .expect("all that is asked for")
        .into();
    let url = format!("https://{HOST}{}", wire.target);
    let headers: Vec<_> = wire.headers.iter().filter(|line| NAMES.contains(&&*line.0)).cloned().collect();
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let signable = SignableRequest::new(case.method, url, headers, SignableBody::Bytes(&wire.body));
    let (signed, _) = sign(signable.expect("a request"), &params).expect("a signature").into_parts();
    signed.headers().for_each(|(name, value)| wire.add(name, value));
    wire
}

fn amazon(report: &mut Report, effort: Effort, case: &Case) {
    let wire = amazon_signed(case);
    let profile = Profile::aws(REGION, SERVICE);
    let service = Service::new(|engine| engine.profile(profile.clone()));
    service.check(&wire);
    let lines = wire.lines();
    let (head, payload) = (wire.head(&lines), wire.payload());

    let peer = Peer::new();
    assert!(peer.takes(http(&wire)), "the peer refuses what was signed");
    for changed in wire.changed() {
        assert!(!peer.takes(http(&changed)), "the peer takes what was not signed");
    }
    let verifying = Verifier::new().profile(profile).authorities([HOST]);
    let canonical = verifying.canonical(head, payload).expect("a signed request");
    let authorization = wire.value("authorization");
    let signature = authorization.rsplit_once("Signature=").expect("it was signed").1;
    let scope = [DAY, REGION, SERVICE, END];
    let mut bare = BareSigV4::new("AWS4", scope, &canonical, &wire.body, signature);
    report.number(format!("bytes of the canonical SigV4 {}", case.name), bare.length() as f64, "B");

    let request = http(&wire);
    let mut rig = Rig::default();
    rig.row(hashes("SigV4", case.name), || assert!(black_box(&mut bare).hash()));
    rig.row(sigv4(case.name), || assert!(service.takes(black_box(head), black_box(payload))));
    rig.row(verifier(case.name), || {
        let verified = verifying.verify(black_box(head), black_box(payload), NOW, |_| Some(SECRET));
        assert!(verified.is_ok());
    });
    // It takes requests whole; copies of them are made beforehand.
    rig.timed(scratchstack(case.name), |count| {
        let requests = vec![request.clone(); count];
        let start = Instant::now();
        for request in requests {
            assert!(peer.takes(black_box(request)));
        }
        nanoseconds(start)
    });
    report.add(rig.measure(effort));
}

fn escher_case(report: &mut Report, effort: Effort, case: &Case) {
    let mut wire = Wire::new(case.method, body(case.body));
    let profile = Profile::escher(&ESCHER[1..].join("/"));
    let sent = wire.headers.iter().map(|line| line.0.as_str()).filter(|name| NAMES.contains(name));
    let signer =
        Signer::new(profile.clone(), KEY.parse().expect("an id"), Secret::new(SECRET.into())).also(sent);
    let made = signer.sign(wire.head(&wire.lines()), wire.payload(), NOW).expect("a request to sign");
    made.iter().for_each(|(name, value)| wire.add(name, value));
    let service = Service::new(|engine| engine.profile(profile.clone()));
    service.check(&wire);
    let lines = wire.lines();
    let (head, payload) = (wire.head(&lines), wire.payload());
    let canonical = Verifier::new().profile(profile).canonical(head, payload).expect("a signed request");
    let signature = wire.value("x-escher-auth").rsplit_once("Signature=").expect("it was signed").1;
    let mut bare = BareSigV4::new("ESR", ESCHER, &canonical, &wire.body, signature);
    let mut rig = Rig::default();
    rig.row(hashes("Escher", case.name), || assert!(black_box(&mut bare).hash()));
    rig.row(escher(case.name), || assert!(service.takes(black_box(head), black_box(payload))));
    report.add(rig.measure(effort));
}

fn http(wire: &Wire) -> http::Request<Vec<u8>> {
    let request = http::Request::builder().method(wire.method).uri(&wire.target);
    let request = wire.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
    request.body(wire.body.clone()).expect("a request")
}

/// scratchstack-aws-signature with its key derived beforehand.
struct Peer {
    key: KSigningKey,
    principal: Principal,
    now: DateTime<Utc>,
}

impl Peer {
    fn new() -> Self {
        let now = DateTime::from_timestamp(NOW.unix(), 0).expect("a moment");
        assert_eq!(now.format("%Y%m%d").to_string(), DAY);
        let secret: KSecretKey = SECRET.parse().expect("40 characters");
        let key = secret.to_ksigning(now.date_naive(), REGION, SERVICE);
        let user = User::new("aws", "123456789012", "/engineering/", "user").expect("a user");
        Self { key, principal: user.into(), now }
    }

    fn takes(&self, request: http::Request<Vec<u8>>) -> bool {
        let mut keys = service_fn(|_: GetSigningKeyRequest| {
            let (key, principal) = (self.key, self.principal.clone());
            async move {
                Ok::<_, BoxError>(
                    GetSigningKeyResponse::builder().principal(principal).signing_key(key).build()?,
                )
            }
        });
        let options = SignatureOptions::default();
        let none = &NO_ADDITIONAL_SIGNED_HEADERS;
        ready(sigv4_validate_request(request, REGION, SERVICE, &mut keys, self.now, none, options)).is_ok()
    }
}
