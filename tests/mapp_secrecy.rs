//! Guards the promise that a request of the XML API leaves nothing of its secret behind on the heap, whatever it was read
//! from, and whether it could be read.
#![cfg(feature = "mapp")]

#[path = "common/heap.rs"]
mod heap;

use heap::watch;
use keyward::{
    Headers, RequestHead,
    mapp::{Reader, Request, RequestProblem},
};

const SECRET: &str = "fedcba9876543210fedcba9876543210";

/// Around a secret that is written in some way.
fn xml(secret: &str, behind: &str) -> String {
    format!(
        "<api><authentication><api_key>0123456789abcdef0123456789abcdef</api_key><shared_secret>{secret}</shared_secret>\
         </authentication>{behind}<data><methodCall><methodName>a.b</methodName><x>&amp;</x></methodCall></data></api>"
    )
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Every way in which XML can say it.
fn spellings() -> [String; 6] {
    let (first, rest) = SECRET.split_at(16);
    [
        SECRET.to_owned(),
        format!("<![CDATA[{SECRET}]]>"),
        format!("{first}<![CDATA[{rest}]]>"),
        format!("\r\n{SECRET}\r"),
        format!("{first}<!-- -->{rest}"),
        SECRET.chars().map(|char| format!("&#{};", u32::from(char))).collect(),
    ]
}

/// What is read, from each transport.
fn every_transport(xml: &str, check: impl Fn(Result<Request<'_>, keyward::mapp::InvalidRequest>)) {
    let form = format!("data={}", escaped(xml));
    let parts = format!("--b\r\nContent-Disposition: form-data; name=data\r\n\r\n{xml}\r\n--b--\r\n");
    let target = format!("/?{form}");
    let head = RequestHead::new("GET", &target, Headers::lines(&[]));
    let seen = [
        watch(SECRET.as_bytes(), || check(Request::read(Some("text/xml"), xml.as_bytes()))),
        watch(SECRET.as_bytes(), || {
            check(Request::read(Some("application/x-www-form-urlencoded"), form.as_bytes()));
        }),
        watch(SECRET.as_bytes(), || {
            check(Request::read(Some("multipart/form-data; boundary=b"), parts.as_bytes()));
        }),
        watch(SECRET.as_bytes(), || check(Reader::new().danger_get().receive(&head, b""))),
    ];
    for (transport, seen) in seen.into_iter().enumerate() {
        assert!(seen.allocations > 0 && seen.allocations == seen.frees, "{transport}: {seen:?}");
        assert_eq!(seen.unwiped, 0, "transport {transport}: {xml}");
    }
}

#[test]
fn a_request_that_was_read_leaves_nothing_of_its_secret_on_the_heap() {
    for spelling in spellings() {
        every_transport(&xml(&spelling, ""), |read| {
            let request = read.unwrap();
            assert!(request.present().key_id().is_some());
            assert_eq!(request.calls()[0].arg("x").unwrap().text(), "&");
        });
    }
}

#[test]
fn a_request_that_could_not_be_read_leaves_nothing_of_its_secret_on_the_heap() {
    for spelling in spellings() {
        for (behind, problem) in [
            ("&x;", RequestProblem::Reference),
            ("<a>", RequestProblem::EndTag),
            ("\u{1}", RequestProblem::Character),
            ("</b>", RequestProblem::EndTag),
        ] {
            every_transport(&xml(&spelling, behind), |read| {
                let error = read.map(|_| ()).unwrap_err();
                assert_eq!(error.problem(), problem);
                assert!(error.reply().status == 200);
            });
        }
    }
    // Decoded from a form, and then no UTF-8.
    let form = format!("data={}%FF", escaped(&xml(SECRET, "")));
    let seen = watch(SECRET.as_bytes(), || {
        let read = Request::read(Some("application/x-www-form-urlencoded"), form.as_bytes());
        assert_eq!(read.map(|_| ()).unwrap_err().problem(), RequestProblem::NotUtf8);
    });
    assert!(seen.allocations > 0);
    assert_eq!(seen.unwiped, 0);
}
