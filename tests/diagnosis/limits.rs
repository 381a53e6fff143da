//! What is too large or is garbage is answered too.

use keyward::{Cause, Clue, Headers, Payload, RequestHead};

use super::{
    client::{Client, KEY, SECRET, causes, moment},
    common::{secret, seeded},
    messages::{base, message_by},
};

#[test]
fn garbage_and_huge_texts_are_answered_with_a_sentence() {
    let client = Client::aws();
    let huge = "a\n".repeat(1 << 20);
    let wide = "x".repeat(60_000);
    let secret_text = format!("GET\n/{SECRET}\n\nx-{SECRET}:{SECRET}\n\n{SECRET}\n{SECRET}");
    for text in [
        "",
        "\n",
        "\n\n\n\n\n\n\n",
        "é\u{0}\r\r\n",
        "\\n\\n",
        "\"",
        &huge,
        &wide,
        &secret_text,
        &"\n".repeat(50_000),
    ] {
        for clue in [Clue::CanonicalRequest(text), Clue::StringToSign(text), Clue::SignatureBase(text)] {
            let found = client.by(clue);
            assert!(!found.is_clean() && !found.report().to_string().is_empty());
            let found = message_by(&base(), b"", clue);
            assert!(!found.is_clean());
            assert!(!format!("{clue:?}").contains(SECRET));
        }
    }
    assert_eq!(causes(&client.by(Clue::CanonicalRequest(&huge))), [Cause::Unreadable]);
    assert_eq!(causes(&client.by(Clue::StringToSign(&wide))), [Cause::Unreadable]);
    assert_eq!(causes(&client.by(Clue::SignatureBase("\"a\": b"))), [Cause::Unreadable]);
}

#[test]
fn a_request_that_is_too_large_to_try_says_so() {
    // One mistake, which is found as long as the head is small enough.
    let with = |pairs: usize| {
        let query: &'static str = vec!["a=b"; pairs].join("&").leak();
        let target: &'static str = format!("/x?{query}").leak();
        Client { target, query, path: "/x", signed_method: "post", ..Client::aws() }
    };
    assert_eq!(causes(&with(10).by_secret()), [Cause::Method]);
    assert_eq!(causes(&with(3900).by_secret()), [Cause::Method]);
    assert_eq!(causes(&with(4100).by_secret()), [Cause::Incomplete]);
}

#[test]
fn the_largest_request_that_is_tried_ends_in_time() {
    let names: Vec<_> = (0..60).map(|n| format!("x-{n}")).collect();
    let list: &'static str = format!("host;x-amz-date;{}", names.join(";")).leak();
    let mut client = Client::aws();
    client.target = format!("/?{}", "b+&a&".repeat(2500)).leak();
    client.names = list;
    client.lines.extend(names.into_iter().map(|name| (&*name.leak(), "1, 2  3")));
    client.secret = b"another".into();
    let diagnosis = client.by_secret();
    assert_eq!(causes(&diagnosis), [Cause::Incomplete]);
}

#[test]
fn no_request_and_no_text_stops_a_diagnosis() {
    let pieces = [
        "\n",
        "\r\n",
        ":",
        ": ",
        "/",
        "?",
        "&",
        "=",
        "+",
        "%",
        "%2",
        "%2B",
        "GET",
        "host",
        "\"@path\"",
        "(",
        ")",
        ";",
        "\"",
        "a",
        "é",
        "\0",
        " ",
        ",",
        "X-Antavo-Signature",
        "ANTAVO-HMAC-SHA256",
        "20261122",
        "@signature-params",
    ];
    let mut random = seeded(11);
    let mut next = |below: usize| {
        let mut bytes = [0; 2];
        random(&mut bytes).unwrap();
        usize::from(u16::from_le_bytes(bytes)) % below
    };
    let own_secret = secret(SECRET);
    for _ in 0..60 {
        let mut text = |most: usize| (0..next(most)).map(|_| pieces[next(pieces.len())]).collect::<String>();
        let (target, value, host, printed) = (format!("/{}", text(12)), text(8), text(4), text(30));
        let base = Client::escher();
        let names = ["date;host", "host;date;x-any", "date;host;x-gone"][text(9).len() % 3];
        let signature = format!(
            "ANTAVO-HMAC-SHA256 Credential={KEY}/20261122/st1/api/antavo_request, SignedHeaders={names}, Signature={:064x}",
            1
        );
        let input = format!("sig=(\"@path\" \"@query\" \"x-any\" \"@authority\"){}", text(6));
        let lines = [
            ("Host", host.as_bytes()),
            ("Date", b"20261122T120000Z"),
            ("X-Any", value.as_bytes()),
            ("Authorization", signature.as_bytes()),
            ("Signature-Input", if value.len() % 2 == 0 { input.as_bytes() } else { b"" }),
        ];
        let head = RequestHead::new("GET", &target, Headers::lines(&lines));
        let verifier = base.verifier();
        for clue in [
            Clue::CanonicalRequest(&printed),
            Clue::StringToSign(&printed),
            Clue::SignatureBase(&printed),
            Clue::Request(head, Payload::Bytes(printed.as_bytes())),
            Clue::Secret(&own_secret),
        ] {
            let found = verifier.diagnose(head, Payload::Bytes(value.as_bytes()), moment(), clue);
            assert!(!format!("{found:?}{}", found.report()).contains("antavo_request"));
        }
    }
}
