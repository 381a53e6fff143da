//! Requests of the XML API, beside the event loop that reads them.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use keyward::mapp::Request;
use quick_xml::{Reader, events::Event};

pub(crate) fn all(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("xml");
    for calls in [1, 10, 100] {
        let (xml, name) = (request(calls), |what: &str| BenchmarkId::new(what, calls));
        let form = format!("data={}", escaped(&xml));
        let read = |content_type: &str, body: &str| {
            let request = Request::read(Some(content_type), body.as_bytes()).expect("a request");
            request.calls().iter().filter(|call| call.arg("email").is_some()).count()
        };
        assert_eq!(read("application/xml", &xml), calls);
        assert_eq!(read("application/x-www-form-urlencoded", &form), calls);
        assert_eq!(events(&xml), 30 + 38 * calls);
        group.throughput(Throughput::Bytes(xml.len() as u64));
        group.bench_function(name("events of quick-xml alone"), |run| run.iter(|| events(black_box(&xml))));
        for (what, content_type, body) in [
            ("read", "application/xml", &xml),
            ("read from a form", "application/x-www-form-urlencoded", &form),
        ] {
            group.bench_function(name(what), |run| {
                run.iter(|| Request::read(Some(content_type), black_box(body).as_bytes()));
            });
        }
    }
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
    let mut reader = Reader::from_str(xml);
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
