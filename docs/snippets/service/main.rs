//! Takes signed requests: what a service sets up once, and what it does with each request.

use std::{error::Error, time::SystemTime};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, BodyNeed, By, Catalogue, ClientAddr, Gate,
    Headers, Insert, Keep, KeyRing, MemoryReplay, MemoryStore, MessageProfile, ModulePolicy, OsEntropy,
    Payload, Pepper, Policy, Profile, Registry, RequestHead, Revealed, Schemes, SealingKey, Secret, Signer,
    Strength, Timestamp,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Once. Both keys are 32 bytes of your secret manager.
async fn set_up(now: Timestamp) -> Outcome<(Gate<MemoryStore, MemoryReplay>, Revealed)> {
    let keys = KeyRing::new(Pepper::new(1, [7; 32])?).sealing(SealingKey::new(1, [8; 32])?)?;
    let catalogue = Catalogue::builder().module("events", ["events.create"]).build()?;
    let engine = Authorizer::new(catalogue, keys)
        .profile(Profile::antavo("st1"))
        .messages(MessageProfile::new())
        .authorities(["api.st1.antavo.com"]); // without a host, no signed request is taken

    let policy = ModulePolicy::default().strength(Policy::enforce(Strength::Signature));
    let account = Account::new("acme".parse()?).enable("events", policy);
    let mut user = ApiUser::new(account.id(), "u1".parse()?, "till", AccessLevel::Full, Allowlist::Any)?;
    let keep = Keep::Sealed(Schemes::SIGV4.and(Schemes::RFC9421)); // a hash alone proves no signature
    let reveal = user.issue(keep, engine.keys(), By::new("admin@acme", now), &mut OsEntropy)?;
    let store = MemoryStore::new();
    store.put_account(&account).await?;
    assert_eq!(store.insert(&user).await?, Insert::Stored);
    Ok((Gate::new(engine, store).with_replay(MemoryReplay::bounded(64 << 20)), reveal.reveal()))
}

/// With each request: its head as it arrived, then its body, then the verdict.
async fn handle(
    gate: &Gate<MemoryStore, MemoryReplay>,
    lines: &[(&str, &[u8])],
    body: &[u8],
    now: Timestamp,
) -> Outcome<String> {
    let mut presented = gate.engine().present(RequestHead::new("POST", "/v1/events", Headers::lines(lines)));
    if presented.body_need() != BodyNeed::Nothing {
        presented.set_body(Payload::Bytes(body)); // the bytes that arrived, before anybody parses them
    }
    let ask = Ask::new("events.create", ClientAddr::direct("192.0.2.1".parse()?), now);
    Ok(match gate.authorize(presented, &ask).await?.into_result() {
        Ok(grant) => format!("200, proved by {}", grant.strength()),
        Err(denial) => format!("{} {denial}", denial.code().status()),
    })
}

#[allow(clippy::disallowed_methods, reason = "a program, not the library: its clock is the system's")]
fn main() -> Outcome<()> {
    pollster::block_on(async {
        let now = Timestamp::from(SystemTime::now());
        let (gate, revealed) = set_up(now).await?;
        let secret = Secret::new(revealed.secret().expose().to_owned());
        let signer = Signer::new(Profile::antavo("st1"), revealed.key_id(), secret);
        let host = [("host", b"api.st1.antavo.com".as_slice())];
        let head = RequestHead::new("POST", "/v1/events", Headers::lines(&host));
        let added = signer.sign(head, Payload::Bytes(b"{}"), now)?;
        let added = added.iter().map(|(name, value)| (name, value.as_bytes()));
        let lines: Vec<_> = host.into_iter().chain(added).collect();
        for attempt in ["first", "second"] {
            println!("{attempt}: {}", handle(&gate, &lines, b"{}", now).await?);
        }
        Ok(())
    })
}
