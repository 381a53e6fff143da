//! Requests that are signed as a client would, and a world that takes them.

use std::time::Duration;

use keyward::{
    AccessLevel, Authorizer, BodyNeed, Claim, Code, Headers, Keep, MessageProfile, MessageSigner,
    ModulePolicy, Payload, Policy, Presented, Profile, RequestHead, Schemes, Secret, Signer, Step, Strength,
};

use super::{World, code, list, sealing_engine, secret};

pub const HOST: &str = "api.example.test";

pub fn profile() -> Profile {
    Profile::antavo("st1")
}

pub fn signing_engine() -> Authorizer {
    signing(sealing_engine())
}

pub fn signing(engine: Authorizer) -> Authorizer {
    engine.profile(profile()).messages(MessageProfile::new()).authorities([HOST])
}

/// A caller that may sign in every scheme and present its secret too, of a module that enforces signatures.
pub fn world() -> World {
    world_with(Policy::enforce(Strength::Signature))
}

pub fn world_with(strength: Policy<Strength>) -> World {
    let schemes = Schemes::PLAIN.and(Schemes::SIGV4).and(Schemes::RFC9421);
    let mut world =
        World::keeping(Keep::Sealed(schemes), signing_engine(), AccessLevel::Full, list("192.0.2.0/24"));
    world.set(ModulePolicy::default().strength(strength));
    world
}

pub trait Signing {
    fn set(&mut self, policy: ModulePolicy);
    fn secret(&self) -> Secret;
    fn signed(&self, request: Request<'_>) -> Signed;
    fn step(&self, signed: &Signed) -> Step;
    fn code(&self, signed: &Signed) -> Option<Code>;
}

/// What is signed, and how.
#[derive(Clone, Copy)]
pub struct Request<'r> {
    pub method: &'r str,
    pub target: &'r str,
    pub body: &'r [u8],
    pub scheme: Scheme,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scheme {
    SigV4,
    Message,
}

pub const POST: Request<'_> =
    Request { method: "POST", target: "/events", body: b"{}", scheme: Scheme::SigV4 };
pub const GET: Request<'_> =
    Request { method: "GET", target: "/events?a=1", body: b"", scheme: Scheme::SigV4 };

/// A request as it goes over the wire.
#[derive(Clone)]
pub struct Signed {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Signed {
    pub fn lines(&self) -> Vec<(&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect()
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    pub fn to(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    /// Hands over the head, and the body where it is asked for.
    pub fn present<T>(&self, engine: &Authorizer, then: impl FnOnce(Presented<'_>) -> T) -> T {
        let lines = self.lines();
        let mut presented =
            engine.present(RequestHead::new(&self.method, &self.target, Headers::lines(&lines)));
        if presented.body_need() != BodyNeed::Nothing {
            presented.set_body(Payload::Bytes(&self.body));
        }
        then(presented)
    }
}

impl Signing for World {
    fn set(&mut self, policy: ModulePolicy) {
        self.account = self.account.clone().enable("events", policy);
    }

    fn secret(&self) -> Secret {
        secret(self.revealed.secret().expose())
    }

    fn signed(&self, request: Request<'_>) -> Signed {
        let lines = [("Host", HOST.as_bytes()), ("Content-Type", b"application/json")];
        let head = RequestHead::new(request.method, request.target, Headers::lines(&lines)).scheme("https");
        let body = if request.body.is_empty() { Payload::Absent } else { Payload::Bytes(request.body) };
        let added: Vec<(String, Vec<u8>)> = match request.scheme {
            Scheme::SigV4 => {
                let signer = Signer::new(profile(), self.key(), self.secret());
                let made = signer.sign(head, body, self.now).unwrap();
                made.iter().map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect()
            }
            Scheme::Message => {
                let signer = MessageSigner::new(MessageProfile::new(), self.key(), self.secret());
                let made = signer.sign(head, body, self.now).unwrap();
                made.iter().map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect()
            }
        };
        let own = lines.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec()));
        Signed {
            method: request.method.to_owned(),
            target: request.target.to_owned(),
            headers: own.chain(added).collect(),
            body: request.body.to_vec(),
        }
    }

    fn step(&self, signed: &Signed) -> Step {
        signed.present(&self.engine, |presented| {
            let subject = self.subject().filter(|_| presented.key_id() == Some(self.key()));
            self.engine.decide(presented, subject, &self.ask()).unwrap()
        })
    }

    /// As if every claim were fresh.
    fn code(&self, signed: &Signed) -> Option<Code> {
        code(&match self.step(signed) {
            Step::Done(verdict) => verdict,
            Step::Claim(unclaimed) => unclaimed.settle(Claim::Fresh),
        })
    }
}

pub fn presigned(world: &World) -> Signed {
    let signer = Signer::new(profile(), world.key(), world.secret());
    let url =
        signer.presign("https://api.example.test/events?a=1", Duration::from_secs(60), world.now).unwrap();
    let target = url.strip_prefix("https://api.example.test").unwrap().to_owned();
    Signed {
        method: "GET".to_owned(),
        target,
        headers: vec![("Host".to_owned(), HOST.as_bytes().to_vec())],
        body: Vec::new(),
    }
}
