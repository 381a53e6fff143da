//! Which mistake of a client explains its signature. The clients here sign by themselves, each making one mistake or
//! two, and share no code with the library.

#[path = "../common/mod.rs"]
mod common;

mod client;
mod limits;
mod messages;
mod mistakes;

use keyward::{AccessLevel, Cause, Clue, Fault, Headers, Keep, Profile, RequestHead, Schemes, Secret};

use client::{Client, KEY, SECRET, causes};
use common::{NOW, World, list, sealing_engine};

#[test]
fn the_engine_diagnoses_by_the_sealed_secret_and_leaves_nothing_behind() {
    let engine = sealing_engine().profile(Profile::antavo("st1")).authorities(["api.example.test:8443"]);
    let keep = Keep::Sealed(Schemes::SIGV4);
    let world = World::keeping(keep, engine, AccessLevel::Full, list("192.0.2.0/24"));
    let subject = world.subject().unwrap();
    let minted = world.revealed.secret().expose();
    let client = Client { secret: minted.into(), ..Client::escher() };
    let diagnose = |client: &Client, engine: &keyward::Authorizer, subject| {
        client.with_head(|head, body| {
            // The key of this world in place of the client's.
            let lines: Vec<_> = head
                .headers
                .iter()
                .map(|(name, value)| {
                    (name, String::from_utf8_lossy(value).replace(KEY, world.key().as_str()).into_bytes())
                })
                .collect();
            let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_slice())).collect();
            let head = RequestHead::new(head.method, head.target, Headers::lines(&lines));
            engine.diagnose(head, body, subject, NOW)
        })
    };
    assert!(diagnose(&client, &world.engine, &subject).unwrap().is_clean());
    let wrong = Client { query: "b=x%20y&a=1", ..client.clone() };
    let found = diagnose(&wrong, &world.engine, &subject).unwrap();
    assert_eq!(causes(&found), [Cause::QueryOrder]);
    let text = format!("{found:?} {}", found.report());
    assert!(minted.as_bytes().windows(9).all(|piece| !text.contains(std::str::from_utf8(piece).unwrap())));
    let other = client.with_head(|head, body| world.engine.diagnose(head, body, &subject, NOW));
    assert!(matches!(other, Err(Fault::WrongSubject)));

    let hashed = World::new();
    let mut hashed_client = client.clone();
    hashed_client.secret = hashed.revealed.secret().expose().into();
    let engine = common::engine().profile(Profile::antavo("st1")).authorities(["api.example.test:8443"]);
    let found = diagnose(&hashed_client, &engine, &hashed.subject().unwrap()).unwrap();
    assert_eq!(causes(&found), [Cause::NotSealed]);
}

#[test]
fn a_secret_and_its_diagnosis_are_not_printed() {
    let own_secret = Secret::new(SECRET.to_owned());
    let clue = Clue::Secret(&own_secret);
    assert_eq!(format!("{clue:?}"), "Secret(..)");
}
