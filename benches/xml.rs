//! Requests of the XML API, beside the event loop that reads them.
//!
//! Each is measured by itself, and both in turns, round by round, for a ratio that a busy machine distorts little.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{BenchmarkId, Criterion, Throughput};
use keyward::mapp::Request;
use quick_xml::{Reader, events::Event};

const ROUNDS: usize = 101;
/// Bytes that one round reads, whatever their number of requests: a millisecond or so.
const ROUND: usize = 256 * 1024;

pub(crate) fn all(criterion: &mut Criterion) {
    let shapes = [1, 10, 100].map(|calls| (calls, request(calls)));
    let mut group = criterion.benchmark_group("xml");
    for (calls, xml) in &shapes {
        let name = |what: &str| BenchmarkId::new(what, calls);
        let form = format!("data={}", escaped(xml));
        assert_eq!(read(xml), *calls);
        assert_eq!(read_form(&form), *calls);
        assert_eq!(events(xml), 30 + 38 * calls);
        group.throughput(Throughput::Bytes(xml.len() as u64));
        group.bench_function(name("events of quick-xml alone"), |run| run.iter(|| events(xml)));
        group.bench_function(name("read"), |run| run.iter(|| read(xml)));
        group.bench_function(name("read from a form"), |run| run.iter(|| read_form(&form)));
    }
    group.finish();
    for (calls, xml) in &shapes {
        let lines = xml.replace('\n', "\r\n");
        println!(
            "xml/{calls}: {:.2} times what the events of quick-xml take; {:.2} with line ends of Windows",
            ratio(xml),
            ratio(&lines)
        );
    }
}

fn read(xml: &str) -> usize {
    Request::read(Some("application/xml"), black_box(xml).as_bytes()).expect("a request").calls().len()
}

fn read_form(form: &str) -> usize {
    let form = black_box(form).as_bytes();
    Request::read(Some("application/x-www-form-urlencoded"), form).expect("a request").calls().len()
}

/// The median over rounds in which both have their turn.
fn ratio(xml: &str) -> f64 {
    let repeat = (ROUND / xml.len()).max(1);
    let mut ratios: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let ours = timed(|| (0..repeat).map(|_| read(xml)).sum::<usize>());
            let bare = timed(|| (0..repeat).map(|_| events(xml)).sum::<usize>());
            ours.as_secs_f64() / bare.as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios[ROUNDS / 2]
}

#[allow(clippy::disallowed_methods, reason = "time is what is measured")]
fn timed(run: impl FnOnce() -> usize) -> Duration {
    let start = Instant::now();
    black_box(run());
    start.elapsed()
}

/// As the clients' templates write it: an element a line, some values in CDATA, a reference here and there.
fn request(calls: usize) -> String {
    let call = |number| {
        format!(
            "    <methodCall>\n      <methodName>legacy.manage_subscriber</methodName>\n      \
             <email><![CDATA[subscriber{number}@example.com]]></email>\n      <firstname>Ada</firstname>\n      \
             <lastname>Lovelace &amp; Co</lastname>\n      <grp>{number}</grp>\n      <custom>\n        \
             <city>London</city>\n        <since>1843-09-01</since>\n      </custom>\n    </methodCall>\n"
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<api>\n  <authentication>\n    \
         <api_key>0123456789abcdef0123456789abcdef</api_key>\n    \
         <shared_secret>fedcba9876543210fedcba9876543210</shared_secret>\n    <response_type>xml</response_type>\n    \
         <no_halt>1</no_halt>\n  </authentication>\n  <data>\n{}  </data>\n</api>\n",
        (0..calls).map(call).collect::<String>()
    )
}

/// The bare loop: whatever is read by quick-xml takes this.
fn events(xml: &str) -> usize {
    let mut reader = Reader::from_str(black_box(xml));
    let mut count = 0;
    while black_box(reader.read_event().expect("well-formed")) != Event::Eof {
        count += 1;
    }
    count
}

/// As a client's library escapes a form.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        byte if byte.is_ascii_alphanumeric() || b"-_.*".contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}
