//! Signed requests: one that all sides verify, an engine that takes it, and the hashes alone that no side can leave out.

use hmac::{KeyInit, Mac};
use keyward::{
    AccessLevel, Allowlist, ApiUser, Ask, Authorizer, By, Canonical, Headers, Imported, Keep, KeyRing,
    ModulePolicy, Payload, Pepper, Policy, RequestHead, Schemes, SealingKey, Secret, Step, Strength, Subject,
    Verdict,
};
use sha2::{Digest, Sha256};

use crate::{
    hmac::Keyed,
    random::Random,
    world::{self, NOW, PEPPER},
};

pub(crate) const KEY: &str = "BENCHKEY000000000001";
/// As long as AWS's, for a peer takes no other.
pub(crate) const SECRET: &str = "bench/secret+of/forty+characters/0123456";
pub(crate) const HOST: &str = "api.example.com";
pub(crate) const PATH: &str = "/v1/projects/42/contacts";
pub(crate) const QUERY: &str = "limit=50&offset=100&sort=created_at&filter=active%20users";

/// A request as it goes over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Wire {
    /// Unsigned, with the headers that an ordinary client sends.
    pub(crate) fn new(method: &'static str, body: Vec<u8>) -> Self {
        let mut headers = vec![
            ("host", HOST),
            ("accept", "application/json"),
            ("accept-encoding", "gzip, deflate"),
            ("connection", "keep-alive"),
            ("user-agent", "peer-bench/1.0 (linux)"),
            ("x-request-id", "3f1c6a52-7f5e-4b0c-9a55-1f0e2f7f6a11"),
        ];
        let length = body.len().to_string();
        if !body.is_empty() {
            headers.extend([("content-type", "application/json"), ("content-length", &length)]);
        }
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { method, target: format!("{PATH}?{QUERY}"), headers, body }
    }

    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }

    pub(crate) fn value(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|line| line.0 == name);
        found.map(|line| line.1.as_str()).expect("a header that was added")
    }

    /// Each with another part of what is signed changed: the query, a header, the body.
    pub(crate) fn changed(&self) -> Vec<Self> {
        let mut all = vec![self.clone(); 2];
        all[0].target = self.target.replace("limit=50", "limit=51");
        for line in &mut all[1].headers {
            if line.0 == "accept" {
                line.1 = "text/plain".into();
            }
        }
        if let Some(last) = self.body.len().checked_sub(1) {
            let mut other = self.clone();
            other.body[last] ^= 1;
            all.push(other);
        }
        assert!(all[0].target != self.target && all[1].headers != self.headers);
        all
    }

    pub(crate) fn lines(&self) -> Vec<(&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
    }

    pub(crate) fn head<'r>(&'r self, lines: &'r [(&'r str, &'r [u8])]) -> RequestHead<'r> {
        RequestHead::new(self.method, &self.target, Headers::lines(lines))
    }

    pub(crate) fn payload(&self) -> Payload<'_> {
        if self.body.is_empty() { Payload::Absent } else { Payload::Bytes(&self.body) }
    }
}

/// A service with one caller, found before: signatures are enforced, a filter and a list of four rules stand.
#[derive(Debug)]
pub(crate) struct Service {
    engine: Authorizer,
    subject: Subject,
    method: String,
}

impl Service {
    pub(crate) fn new(schemes: impl FnOnce(Authorizer) -> Authorizer) -> Self {
        let ring = KeyRing::new(Pepper::new(1, PEPPER).expect("32 bytes"));
        let ring = ring.sealing(SealingKey::new(1, [9; 32]).expect("32 bytes")).expect("one of this number");
        let engine = schemes(world::engine_with(ring)).authorities([HOST]);
        let filter = Allowlist::parse("192.0.2.0/24\n198.51.100.7\n10.0.0.0-10.0.3.255\n2001:db8::/32")
            .expect("rules");
        let policy = ModulePolicy::default()
            .addresses(Policy::enforce(filter.clone()))
            .strength(Policy::enforce(Strength::Signature));
        let account = world::account("acme").enable("module-0", policy);
        let mut user = ApiUser::new(
            account.id(),
            "till".parse().expect("an id"),
            "till",
            AccessLevel::custom((0..100).map(world::method)),
            filter,
        )
        .expect("a name");
        let key = KEY.parse().expect("an id");
        let pair = Imported::new(key, Secret::new(SECRET.into())).expect("a strong pair");
        let keep = Keep::Sealed(Schemes::SIGV4.and(Schemes::RFC9421));
        let by = By::new("admin@acme.test", NOW);
        let _ = user.import(&pair, keep, engine.keys(), by, &mut Random::new(1)).expect("room for one");
        let subject = Subject::new(account.into(), user.into(), key).expect("the user's own key");
        Self { engine, subject, method: world::method(0) }
    }

    /// From the head to the verdict, whether or not a claim is left to be made.
    pub(crate) fn takes(&self, head: RequestHead<'_>, body: Payload<'_>) -> bool {
        let mut presented = self.engine.present(head);
        presented.set_body(body);
        let known = presented.key_id() == Some(self.subject.key_id());
        let subject = known.then(|| self.subject.clone());
        let ask = Ask::new(self.method.as_str(), world::client(), NOW);
        let step = self.engine.decide(presented, subject, &ask);
        matches!(step, Ok(Step::Done(Verdict::Allow(_)) | Step::Claim(_)))
    }

    /// Takes this one, which makes the caller's key one that was derived before, and none that was changed.
    pub(crate) fn check(&self, wire: &Wire) {
        let takes = |wire: &Wire| self.takes(wire.head(&wire.lines()), wire.payload());
        assert!(takes(wire), "keyward refuses what was signed");
        for changed in wire.changed() {
            assert!(!takes(&changed), "keyward takes what was not signed");
        }
        assert!(takes(wire));
    }
}

/// HMAC-SHA-256 over pieces.
pub(crate) fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut keyed = Keyed::new_from_slice(key).expect("a key of any length");
    keyed.update(message);
    keyed.finalize().into_bytes().into()
}

/// The hashes of one SigV4 request, of texts that are laid out before: body, canonical request, string to sign.
#[derive(Debug)]
pub(crate) struct BareSigV4 {
    keyed: Keyed,
    body: Vec<u8>,
    canonical: Vec<u8>,
    to_sign: Vec<u8>,
    claimed: [u8; 32],
}

/// A digest in hexadecimal, at the end of a text.
const HEX: usize = 64;

impl BareSigV4 {
    /// `claimed` is the signature that came with the request; other texts would not make it.
    pub(crate) fn new(
        prefix: &str,
        scope: [&str; 4],
        canonical: &Canonical,
        body: &[u8],
        claimed: &str,
    ) -> Self {
        let secret = format!("{prefix}{SECRET}");
        let key = scope.iter().fold(secret.into_bytes(), |key, part| mac(&key, part.as_bytes()).to_vec());
        let mut bare = Self {
            keyed: Keyed::new_from_slice(&key).expect("a key of any length"),
            body: body.to_vec(),
            canonical: canonical.request().expect("a canonical request").to_vec(),
            to_sign: canonical.to_sign().to_vec(),
            claimed: unhex(claimed),
        };
        // What is hashed at run time is not there beforehand.
        for text in [&mut bare.canonical, &mut bare.to_sign].into_iter().skip(usize::from(body.is_empty())) {
            let start = text.len() - HEX;
            text[start..].fill(b'?');
        }
        assert!(bare.hash(), "not what was signed");
        bare.body.iter_mut().take(1).for_each(|byte| *byte ^= 1);
        assert_eq!(bare.hash(), body.is_empty(), "another body");
        bare.body.iter_mut().take(1).for_each(|byte| *byte ^= 1);
        bare
    }

    pub(crate) fn length(&self) -> usize {
        self.canonical.len()
    }

    #[inline]
    pub(crate) fn hash(&mut self) -> bool {
        if !self.body.is_empty() {
            hex_at_end(&Sha256::digest(&self.body), &mut self.canonical);
        }
        hex_at_end(&Sha256::digest(&self.canonical), &mut self.to_sign);
        let mut keyed = self.keyed.clone();
        keyed.update(&self.to_sign);
        keyed.verify_slice(&self.claimed).is_ok()
    }
}

fn hex_at_end(digest: &[u8], text: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let (_, end) = text.split_at_mut(text.len() - HEX);
    for (slot, byte) in end.as_chunks_mut::<2>().0.iter_mut().zip(digest) {
        *slot = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    }
}

fn unhex(text: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (slot, at) in bytes.iter_mut().zip((0..text.len()).step_by(2)) {
        *slot = u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal digits");
    }
    bytes
}
