//! Guards: what is signed verifies, and what differs in one byte from what was signed does not, unless it means the same.

use std::time::Duration;

use keyward::{
    Headers, MessageProfile, MessageSigner, Payload, Profile, Rejected, RequestHead, Secret, Signer,
    Timestamp, Verified, Verifier, Webhook, WebhookSecret,
};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::common::config;

const HOST: &str = "api.example.test";
const KEY: &str = "AN1EXAMPLEKEY000001";
const SECRET: &str = "Example+Secret/For-Properties";
const NOW: i64 = 1_795_348_800;

/// A request that a client of any scheme may sign: its path is canonical, everything else is anything.
#[derive(Clone, Debug)]
struct Request {
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Request {
    fn lines(&self) -> Vec<(&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect()
    }

    fn with<T>(&self, then: impl FnOnce(RequestHead<'_>, Payload<'_>) -> T) -> T {
        let lines = self.lines();
        let head = RequestHead::new(&self.method, &self.target, Headers::lines(&lines)).scheme("https");
        let payload = if self.body.is_empty() { Payload::Absent } else { Payload::Bytes(&self.body) };
        then(head, payload)
    }
}

fn segment() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z0-9_~-]{1,6}", "[a-z]%C3%A9[a-z]", "%20[A-Z]"]
}

/// Encoded as clients do, with everything that canonical forms treat apart: `+`, repeated and empty keys, no `=`.
fn query() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        "[a-z0-9._~-]{0,5}",
        Just("%2B".to_owned()),
        Just("+".to_owned()),
        Just("a%20b".to_owned()),
        Just("%C3%A9".to_owned())
    ];
    let pair = (text.clone(), text, any::<bool>())
        .prop_map(|(name, value, equals)| if equals { format!("{name}={value}") } else { name });
    vec(pair, 0..5).prop_map(|pairs| pairs.join("&"))
}

fn request() -> impl Strategy<Value = Request> {
    let value = "[!-~]([ -~]{0,12}[!-~])?";
    (
        prop_oneof![Just("GET"), Just("POST"), Just("PUT"), Just("PATCH"), Just("DELETE"), Just("HEAD")],
        vec(segment(), 0..4),
        query(),
        vec(("x-[a-z]{1,5}", value), 0..4),
        vec(any::<u8>(), 0..200),
    )
        .prop_map(|(method, segments, query, extra, body)| {
            let path = format!("/{}", segments.join("/"));
            let target = if query.is_empty() { path } else { format!("{path}?{query}") };
            let own = [("Host".to_owned(), HOST.as_bytes().to_vec())];
            let kind = [("Content-Type".to_owned(), b"application/octet-stream".to_vec())];
            let extra = extra.into_iter().map(|(name, value)| (name, value.into_bytes()));
            let headers = own.into_iter().chain(kind).chain(extra).collect();
            Request { method: method.to_owned(), target, headers, body }
        })
}

#[derive(Clone, Copy, Debug)]
enum Scheme {
    Escher,
    Antavo,
    Aws,
    S3,
    Message,
}

fn scheme() -> impl Strategy<Value = Scheme> {
    prop_oneof![
        Just(Scheme::Escher),
        Just(Scheme::Antavo),
        Just(Scheme::Aws),
        Just(Scheme::S3),
        Just(Scheme::Message)
    ]
}

impl Scheme {
    fn profile(self) -> Profile {
        match self {
            Self::Escher => Profile::escher("eu/suite/ems_request"),
            Self::Antavo | Self::Message => Profile::antavo("st1"),
            Self::Aws => Profile::aws("us-east-1", "service"),
            Self::S3 => Profile::aws_s3("us-east-1"),
        }
    }

    fn verifier(self) -> Verifier {
        let verifier = Verifier::new().authorities([HOST]);
        match self {
            Self::Message => verifier.messages(MessageProfile::new()),
            _ => verifier.profile(self.profile()),
        }
    }

    /// The request with what signs it.
    fn signed(self, request: &Request) -> Request {
        let secret = Secret::new(SECRET.to_owned());
        let now = Timestamp::from_unix(NOW);
        let also: Vec<String> = request.headers[1..].iter().map(|(name, _)| name.to_lowercase()).collect();
        let added: Vec<(String, Vec<u8>)> = request.with(|head, body| {
            if let Self::Message = self {
                let signer = MessageSigner::new(MessageProfile::new(), KEY.parse().unwrap(), secret);
                let signed = signer.sign(head, body, now).unwrap();
                return signed.iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            }
            let signer = Signer::new(self.profile(), KEY.parse().unwrap(), secret).also(also);
            let signed = signer.sign(head, body, now).unwrap();
            signed.iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
        });
        let mut signed = request.clone();
        signed.headers.extend(added);
        signed
    }

    fn verify(self, request: &Request, now: i64) -> Result<Verified, Rejected> {
        request.with(|head, body| {
            self.verifier().verify(head, body, Timestamp::from_unix(now), |_| Some(SECRET))
        })
    }

    /// What is signed of a request, in canonical form.
    fn canonical(self, request: &Request) -> Option<Vec<u8>> {
        request.with(|head, body| {
            let canonical = self.verifier().canonical(head, body).ok()?;
            Some([canonical.request().unwrap_or_default(), canonical.to_sign()].join(&0))
        })
    }
}

/// A place of a request in which one byte is changed.
#[derive(Clone, Copy, Debug)]
enum Place {
    Method,
    Target,
    Header,
    Body,
}

fn changed(signed: &Request, place: Place, at: Index, byte: u8) -> Option<Request> {
    let mut changed = signed.clone();
    let text = |text: &str| {
        let mut bytes = text.as_bytes().to_vec();
        if bytes.is_empty() {
            return None;
        }
        *at.get_mut(&mut bytes) = byte & 0x7F;
        String::from_utf8(bytes).ok()
    };
    match place {
        Place::Method => changed.method = text(&signed.method)?,
        Place::Target => changed.target = text(&signed.target)?,
        Place::Header => {
            let line = at.index(signed.headers.len());
            let value = &mut changed.headers[line].1;
            *at.get_mut(value) = byte;
        }
        Place::Body if signed.body.is_empty() => changed.body.push(byte),
        Place::Body => *at.get_mut(&mut changed.body) = byte,
    }
    Some(changed)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_signed_verifies(request in request(), scheme in scheme()) {
        let signed = scheme.signed(&request);
        let verified = scheme.verify(&signed, NOW).map(|verified| verified.key_id().to_string());
        prop_assert_eq!(verified, Ok(KEY.to_owned()), "{:?}", signed);
    }

    #[test]
    fn one_changed_byte_is_refused_unless_it_means_the_same(
        request in request(), scheme in scheme(), at: Index, byte: u8,
        place in prop_oneof![Just(Place::Method), Just(Place::Target), Just(Place::Header), Just(Place::Body)],
    ) {
        let signed = scheme.signed(&request);
        let Some(changed) = changed(&signed, place, at, byte) else { return Ok(()) };
        if scheme.verify(&changed, NOW).is_ok() {
            let same = scheme.canonical(&changed);
            prop_assert!(same.is_some());
            prop_assert_eq!(same, scheme.canonical(&signed), "{:?} became {:?}", signed, changed);
        }
    }

    #[test]
    fn another_secret_verifies_nothing(request in request(), scheme in scheme(), at: Index, byte in b'!'..=b'~') {
        let signed = scheme.signed(&request);
        let mut other = SECRET.as_bytes().to_vec();
        *at.get_mut(&mut other) = byte;
        prop_assume!(other != SECRET.as_bytes());
        let verified = signed.with(|head, body| {
            scheme.verifier().verify(head, body, Timestamp::from_unix(NOW), |_| Some(&other))
        });
        prop_assert!(matches!(verified, Err(Rejected::Mismatch(_))));
    }

    #[test]
    fn the_window_is_total_and_closed(request in request(), scheme in scheme(), now: i64) {
        let signed = scheme.signed(&request);
        let inside = (NOW - 300..=NOW + 300).contains(&now);
        prop_assert_eq!(scheme.verify(&signed, now).is_ok(), inside);
    }

    #[test]
    fn the_window_holds_near_its_ends(request in request(), scheme in scheme(), offset in -310i64..=310) {
        let signed = scheme.signed(&request);
        prop_assert_eq!(scheme.verify(&signed, NOW + offset).is_ok(), offset.abs() <= 300);
    }

    #[test]
    fn a_presigned_url_is_good_for_its_life(
        segments in vec(segment(), 0..3), query in query(), life in 1u64..=604_800, offset in -1000i64..=605_000,
        escher: bool,
    ) {
        let profile = if escher { Profile::escher("eu/suite/ems_request") } else { Profile::antavo("st1") };
        let signer = Signer::new(profile.clone(), KEY.parse().unwrap(), Secret::new(SECRET.to_owned()));
        let url = format!("https://{HOST}/{}?{query}", segments.join("/"));
        let life_of = Duration::from_secs(life);
        let signed = signer.presign(&url, life_of, Timestamp::from_unix(NOW)).unwrap();
        let target = signed.strip_prefix("https://api.example.test").unwrap();
        let lines = [("host", HOST.as_bytes())];
        let head = RequestHead::new("GET", target, Headers::lines(&lines));
        let verifier = Verifier::new().profile(profile).authorities([HOST]);
        let now = Timestamp::from_unix(NOW + offset);
        let verified = verifier.verify(head, Payload::Absent, now, |_| Some(SECRET));
        let end = i64::try_from(life).unwrap() + 300;
        prop_assert_eq!(verified.is_ok(), (-300..=end).contains(&offset), "{}: {:?}", signed, verified);
    }

    #[test]
    fn a_webhook_verifies_and_one_changed_byte_does_not(
        bytes in vec(any::<u8>(), 24..=64), id in "[a-z0-9_]{1,40}", body in vec(any::<u8>(), 0..300), at: Index, byte: u8,
    ) {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let secret: WebhookSecret = format!("whsec_{}", STANDARD.encode(&bytes)).parse().unwrap();
        let webhook = Webhook::new("hook".parse().unwrap(), secret);
        let now = Timestamp::from_unix(NOW);
        let signed = webhook.sign(&id, now, &body).unwrap();
        let lines: Vec<_> = signed.iter().map(|(name, value)| (name, value.as_bytes())).collect();
        prop_assert!(webhook.verify(Headers::lines(&lines), &body, now).is_ok());
        let mut other = body.clone();
        if other.is_empty() { other.push(byte) } else { *at.get_mut(&mut other) = byte }
        prop_assume!(other != body);
        prop_assert!(webhook.verify(Headers::lines(&lines), &other, now).is_err());
        let mut other = lines.iter().map(|(name, value)| (*name, value.to_vec())).collect::<Vec<_>>();
        let line = at.index(other.len());
        let place = at.get_mut(&mut other[line].1);
        prop_assume!(*place != byte);
        *place = byte;
        let lines: Vec<_> = other.iter().map(|(name, value)| (*name, value.as_slice())).collect();
        // Base64 has one way to write a signature, so no other text is it.
        prop_assert!(webhook.verify(Headers::lines(&lines), &body, now).is_err(), "{:?}", other);
    }
}
