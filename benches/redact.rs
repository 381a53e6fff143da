//! A megabyte of JSON made fit for the journal, beside what reading it into a tree takes.
//!
//! Each shape is measured by itself, and both in turns, round by round, for a ratio that a busy machine distorts little.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{BenchmarkId, Criterion, Throughput};
use keyward::{Content, Headers, RedactionKey, Redactor, RequestHead, Shown};
use serde_json::Value;

const SIZE: usize = 1 << 20;
const ROUNDS: usize = 60;

pub(crate) fn all(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("redact");
    group.throughput(Throughput::Bytes(SIZE as u64));
    let shapes = shapes();
    for (name, body) in &shapes {
        let redactor = redactor();
        group
            .bench_function(BenchmarkId::new("redacted", name), |run| run.iter(|| redacted(&redactor, body)));
        group.bench_function(BenchmarkId::new("serde_json", name), |run| run.iter(|| parsed(body)));
    }
    let (redactor, text) = (redactor(), text());
    group.bench_function("text", |run| run.iter(|| redactor.text(black_box(&text))));
    group.finish();
    if std::env::args().any(|argument| argument == "--test") {
        return; // nothing is measured
    }
    for (name, body) in &shapes {
        let (worst, typical, ours) = ratio(body);
        println!(
            "redact/{name}: {ours:?}, {typical:.2} times what serde_json takes (slowest quarter {worst:.2})"
        );
    }
}

fn redactor() -> Redactor {
    Redactor::new(RedactionKey::new([7; 32]).expect("a key"))
}

/// As the journal does it: the request's secrets, then its body.
fn redacted(redactor: &Redactor, body: &[u8]) -> Shown {
    let lines = [
        (
            "authorization",
            b"Bearer kwt1_0123456789ABCDEF_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM".as_slice(),
        ),
        ("content-type", b"application/json"),
    ];
    let head = RequestHead::new("POST", "/events", Headers::lines(black_box(&lines)));
    let needles = redactor.needles(&head, black_box(body));
    let shown = redactor.body(Some(b"application/json"), black_box(body), &needles, Content::Redacted);
    assert!(matches!(shown, Shown::Text(_)), "it is JSON");
    shown
}

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(black_box(body)).expect("it is JSON")
}

/// Ours by theirs, the upper quartile and the median of rounds in which both run one after the other; and ours alone.
fn ratio(body: &[u8]) -> (f64, f64, Duration) {
    let redactor = redactor();
    let rounds = (0..ROUNDS).map(|_| (timed(|| redacted(&redactor, body)).0, timed(|| parsed(body)).0));
    let (mut ours, mut ratios): (Vec<_>, Vec<_>) =
        rounds.map(|(ours, theirs)| (ours, ours.as_secs_f64() / theirs.as_secs_f64())).unzip();
    ours.sort();
    ratios.sort_by(f64::total_cmp);
    (ratios[ROUNDS * 3 / 4], ratios[ROUNDS / 2], ours[ROUNDS / 2])
}

#[allow(clippy::disallowed_methods, reason = "time is what is measured")]
fn timed<T>(run: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let made = run();
    (start.elapsed(), made)
}

/// Shapes that strain a reader in different places.
fn shapes() -> Vec<(&'static str, Vec<u8>)> {
    let record = |at: usize| {
        format!(
            r#"{{"id":{at},"mail":"user{at}@example.com","active":true,"score":{}.25,"tags":["a","b"],"note":null}}"#,
            at * 7
        )
    };
    let list = |item: &dyn Fn(usize) -> String| {
        let mut text = String::from("[");
        for at in 0.. {
            let item = item(at);
            if text.len() + item.len() + 2 > SIZE {
                break;
            }
            text.push_str(if at > 0 { "," } else { "" });
            text.push_str(&item);
        }
        (text + "]").into_bytes()
    };
    let deep = |_| format!("{}1{}", "[".repeat(60), "]".repeat(60));
    let fields = |at: usize| format!(r#"{{"f{at}":"","g":{{"h":{{}}}},"i":[]}}"#);
    let sentence = "the quick brown fox jumps over the lazy dog ";
    vec![
        ("records", list(&record)),
        ("numbers", list(&|at| (at * 31 % 1000).to_string())),
        ("floats", list(&|at| format!("-{}.{}e-3", at % 97, at))),
        ("deep", list(&deep)),
        ("fields", list(&fields)),
        ("sentences", list(&|_| format!("\"{}\"", sentence.repeat(4)))),
        (
            "one string",
            list(&|at| {
                if at == 0 { format!("\"{}\"", sentence.repeat(SIZE / 50)) } else { sentence.repeat(SIZE) }
            }),
        ),
        ("escapes", list(&|_| r#""a\nb\tc\"d\u00e9\\ \/""#.to_owned())),
        ("other scripts", list(&|_| r#""Прихожу в шумный зал, 日本語のテキスト""#.to_owned())),
        ("nested", list(&|at| format!(r#""{{\"id\":{at},\"name\":\"n{at}\"}}""#))),
        (
            "nested secret fields",
            list(&|at| format!(r#""{{\"id\":{at},\"token\":\"abcdefgh{}\"}}""#, at % 200)),
        ),
        ("secret fields", list(&|at| format!(r#"{{"name":"n{at}","password":"ab"}}"#))),
    ]
}

fn text() -> String {
    let line = "2026-11-27T10:00:00Z INFO request id=4711 user=joe path=/events/42 took=13ms status=200\n";
    line.repeat(SIZE / line.len())
}
