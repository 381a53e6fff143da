//! Guards: a million forged signatures leave nothing behind. No key is derived for keeping, no claim is taken, no byte held.
#![cfg(feature = "memory")]

mod common;
#[path = "common/heap.rs"]
mod heap;

use common::{
    World,
    signing::{GET, HOST, Request, Scheme, Signed, Signing, profile, world},
};
use keyward::{
    Ask, Authorizer, BodyNeed, Code, Fault, Gate, Headers, KeyId, KeyRing, Lookup, MemoryReplay,
    MessageProfile, Payload, Pepper, RequestHead, Subject, Verdict,
};

const FLOOD: u32 = 1_000_000;

/// The one subject, which keeps its derived key for whoever proves that it has the secret.
struct One(Subject);

impl Lookup for One {
    type Error = std::convert::Infallible;
    async fn find(&self, key: KeyId) -> Result<Option<Subject>, Self::Error> {
        Ok((self.0.key_id() == key).then(|| self.0.clone()))
    }
}

/// The value that holds the signature, with a number written over the beginning of its MAC.
struct Forged {
    signed: Signed,
    line: usize,
    mac: usize,
    number: fn(u32) -> String,
}

impl Forged {
    fn of(world: &World, scheme: Scheme) -> Self {
        let signed = world.signed(Request { scheme, ..GET });
        let (name, before): (&str, &[u8]) = match scheme {
            Scheme::SigV4 => ("authorization", b"Signature="),
            Scheme::Message => ("signature", b"=:"),
        };
        let line = signed.headers.iter().position(|(found, _)| found.eq_ignore_ascii_case(name)).unwrap();
        let value = &signed.headers[line].1;
        let mac = value.windows(before.len()).position(|piece| piece == before).unwrap() + before.len();
        let number: fn(u32) -> String = match scheme {
            Scheme::SigV4 => |number| format!("{number:08x}"),
            // Of base64's alphabet too.
            Scheme::Message => |number| format!("{number:08}"),
        };
        Self { signed, line, mac, number }
    }

    fn write(&mut self, number: u32) {
        let text = (self.number)(number);
        self.signed.headers[self.line].1[self.mac..self.mac + 8].copy_from_slice(text.as_bytes());
    }
}

fn decide(gate: &Gate<One, &MemoryReplay>, ask: &Ask<'_>, signed: &Signed) -> Result<Verdict, Fault> {
    let lines: [(&str, &[u8]); 8] = std::array::from_fn(|at| {
        signed.headers.get(at).map_or(("x-none", b"".as_slice()), |(name, value)| (name.as_str(), value))
    });
    let head = RequestHead::new(&signed.method, &signed.target, Headers::lines(&lines));
    let mut presented = gate.engine().present(head);
    if presented.body_need() != BodyNeed::Nothing {
        presented.set_body(Payload::Absent);
    }
    pollster::block_on(gate.authorize(presented, ask))
}

/// Under a ring that opens no sealed secret only a key that the subject keeps verifies.
fn blind(subject: Subject, replay: &MemoryReplay) -> Gate<One, &MemoryReplay> {
    let ring = KeyRing::new(Pepper::new(1, [7; 32]).unwrap());
    let engine =
        Authorizer::new(common::catalogue(), ring).profile(profile()).messages(MessageProfile::new());
    Gate::new(engine.authorities([HOST]), One(subject)).with_replay(replay)
}

fn leave_every_cache_empty(scheme: Scheme) {
    let mut world = world();
    world.method = "events.list";
    let replay = MemoryReplay::bounded(1 << 20);
    let subject = world.subject().unwrap();
    let engine = std::mem::replace(&mut world.engine, common::signing::signing_engine());
    let gate = Gate::new(engine, One(subject.clone())).with_replay(&replay);
    let mut forged = Forged::of(&world, scheme);
    let good = forged.signed.clone();
    let held = heap::held();
    for number in 0..FLOOD / 2 {
        forged.write(number);
        let denied = decide(&gate, &world.ask(), &forged.signed).unwrap().into_result().unwrap_err();
        assert_eq!(denied.code(), Code::CredentialInvalid);
    }
    assert!(heap::held() - held <= 256, "{} bytes", heap::held() - held);
    assert_eq!(replay.used(), 0);
    let blind = blind(subject, &replay);
    assert!(matches!(decide(&blind, &world.ask(), &good), Err(Fault::Unsealed(_))), "a key was kept");
    // What would be seen if one had been: the right request keeps it.
    assert!(matches!(decide(&gate, &world.ask(), &good), Ok(Verdict::Allow(_))));
    assert!(matches!(decide(&blind, &world.ask(), &good), Ok(Verdict::Allow(_))));
}

// Two tests, for they are side by side then.

#[test]
fn half_a_million_forged_requests_of_the_sigv4_family_leave_every_cache_empty() {
    leave_every_cache_empty(Scheme::SigV4);
}

#[test]
fn half_a_million_forged_messages_leave_every_cache_empty() {
    leave_every_cache_empty(Scheme::Message);
}
