//! From a request's head to the verdict, as it turns out in one way or another.

use std::hint::black_box;

use criterion::Criterion;
use keyward::{Ask, Authorizer, ClientAddr, Code, Headers, MemoryStore, RequestHead, Verdict};

use crate::world::{NOW, engine, find, method, store};

const USERS: usize = 1000;

pub(crate) fn all(criterion: &mut Criterion) {
    let engine = engine();
    let (store, lines) = store(&engine, USERS);
    let line = lines[7].as_str();
    let from = |address: &str| ClientAddr::direct(address.parse().expect("an address"));
    let (inside, outside) = (from("192.0.2.77"), from("198.18.0.1"));
    let mut wrong = line.to_owned();
    let last = if wrong.pop() == Some('0') { '1' } else { '0' };
    wrong.push(last);
    let rows = [
        ("allowed", line, 0, inside, None),
        ("refused by the user's list", line, 0, outside, Some(Code::AccessIpUser)),
        ("refused by the level", line, 1, inside, Some(Code::AccessMethod)),
        ("wrong secret", &wrong, 0, inside, Some(Code::CredentialInvalid)),
        ("unknown key", "Bearer kwk_unknown:guess", 0, inside, Some(Code::CredentialInvalid)),
        ("unreadable", "Bearer", 0, inside, Some(Code::CredentialMalformed)),
    ];
    let mut group = criterion.benchmark_group("verdict");
    for (name, line, number, client, outcome) in rows {
        let (lines, method) = ([("authorization", line.as_bytes())], method(number));
        assert_eq!(decide(&engine, &store, &lines, &method, client), outcome, "{name}");
        group.bench_function(name, |run| {
            run.iter(|| decide(&engine, &store, black_box(&lines), black_box(&method), client));
        });
    }
    let usual: Vec<(&str, &[u8])> = [("host", "api.example.com"), ("accept", "*/*"), ("authorization", line)]
        .map(|(name, value)| (name, value.as_bytes()))
        .to_vec();
    group.bench_function("head read", |run| {
        run.iter(|| engine.present(RequestHead::new("POST", "/events", Headers::lines(black_box(&usual)))));
    });
}

fn decide(
    engine: &Authorizer,
    store: &MemoryStore,
    lines: &[(&str, &[u8])],
    method: &str,
    client: ClientAddr,
) -> Option<Code> {
    let (presented, subject) = find(engine, store, lines);
    match engine.authorize(presented, subject, &Ask::new(method, client, NOW)).expect("no fault") {
        Verdict::Allow(_) => None,
        Verdict::Deny(denial) => Some(denial.code()),
    }
}
