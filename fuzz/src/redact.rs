//! Requests and replies made fit for the journal: no canary comes out, and what comes out can be read.

use std::{collections::HashMap, sync::LazyLock};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use keyward::{Content, Headers, Needles, RedactionKey, Redactor, RequestHead, Shown};

use crate::world;

/// What the request presents. It has characters of every kind that some encoding changes, and no run twice.
const SECRET: &str = "Zq7/w+K2mXv9_Rt-B4n0pLs5Gd8Hf";
/// Fewer consecutive characters may stand by chance.
const SHOWN: usize = 9;

/// JSON comes out as JSON, and only what another reader takes is taken.
pub fn redact_json(data: &[u8]) {
    checked("application/json", data, |body, shown| {
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text);
        assert!(read(shown).is_ok(), "{shown}");
        assert!(read(body).is_ok(), "it was none");
    });
}

/// A form comes out as a form of no more pairs.
pub fn redact_form(data: &[u8]) {
    checked("application/x-www-form-urlencoded", data, |body, shown| {
        is_form(shown);
        assert!(shown.split('&').count() <= body.split('&').count());
    });
}

/// What another reader takes comes out as what that reader takes.
pub fn redact_xml(data: &[u8]) {
    checked("text/xml", data, |body, shown| {
        if roxmltree::Document::parse(body).is_ok() {
            assert!(roxmltree::Document::parse(shown).is_ok(), "{shown}");
        }
    });
}

/// Parts come out as a form.
pub fn redact_multipart(data: &[u8]) {
    checked("multipart/form-data; boundary=b", data, |_, shown| is_form(shown));
}

/// A text comes out without what is masked, in a body, a target, a header line and a log.
pub fn redact_text(data: &[u8]) {
    checked("text/plain", data, |_, _| {});
    let Some(data) = text(data) else { return };
    let redactor = redactor();
    // Without a request, only what is of our format is known.
    let ours: String = data
        .chars()
        .filter(|char| !('\x01'..='\x0e').contains(char) || "\x02\x0b\x0c".contains(*char))
        .collect();
    assert!(found(&redactor.text(&filled(&ours)), &OURS).is_none(), "{ours}");
    let data = filled(data);
    for needles in needles() {
        silent(&redactor.text_with(&data, needles));
        let line = [("x-request-id", data.as_bytes())];
        redactor.headers(Headers::lines(&line), needles).iter().for_each(|(_, value)| silent(value));
        for content in [Content::None, Content::Shape, Content::Redacted] {
            silent(&redactor.target(&data, needles, content).to_string());
        }
    }
}

fn redactor() -> &'static Redactor {
    static REDACTOR: LazyLock<Redactor> =
        LazyLock::new(|| Redactor::new(RedactionKey::new([7; 32]).expect("a key")));
    &REDACTOR
}

/// Of a request that presents the secret as a whole, and of one that has it in its body.
fn needles() -> &'static [Needles; 2] {
    static NEEDLES: LazyLock<[Needles; 2]> = LazyLock::new(|| {
        let bearer = format!("Bearer {SECRET}");
        let presented = [("authorization", bearer.as_bytes())];
        let typed = [("content-type", b"application/json".as_slice())];
        let body = format!("{{\"password\":\"{SECRET}\"}}");
        let of = |lines: &[(&str, &[u8])], body: &str| {
            redactor().needles(&RequestHead::new("POST", "/", Headers::lines(lines)), body.as_bytes())
        };
        [of(&presented, ""), of(&typed, &body)]
    });
    &NEEDLES
}

/// The input as text. A fuzzer that sees comparisons may write a piece of the token by itself: without its mark nobody
/// knows it for one.
fn text(data: &[u8]) -> Option<&str> {
    crate::text(data).filter(|data| found(data, &OURS).is_none())
}

/// Canaries in the places of control characters, which the fuzzer moves about.
fn filled(data: &str) -> String {
    let token = &world::tokens()[0];
    let mut out = String::new();
    for char in data.chars() {
        match char {
            '\x01' => out.push_str(SECRET),
            '\x02' => out.push_str(token),
            '\x03' => out.push_str(&hex(SECRET)),
            '\x04' => out.push_str(&STANDARD.encode(SECRET)),
            '\x05' => out.push_str(&URL_SAFE_NO_PAD.encode(format!("a{SECRET}b"))),
            '\x06' => out.push_str(&SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>()),
            '\x07' => out.push_str(&SECRET.bytes().map(|byte| format!("\\u{byte:04X}")).collect::<String>()),
            '\x08' => out.push_str(&SECRET.bytes().map(|byte| format!("&#{byte};")).collect::<String>()),
            '\x0b' => out.push_str(&hex(token).to_uppercase()),
            '\x0c' => out.push_str(&STANDARD.encode(format!("{{\"a\":\"{token}\"}}"))),
            '\x0e' => out.push_str(&STANDARD.encode(hex(SECRET))),
            other => out.push(other),
        }
    }
    out
}

fn checked(content_type: &str, data: &[u8], readable: impl Fn(&str, &str)) {
    let Some(data) = text(data) else {
        // Whatever it is, it is read without a panic.
        redactor().body(Some(content_type.as_bytes()), data, &needles()[0], Content::Redacted);
        return;
    };
    let body = filled(data);
    let lines = [("content-type", content_type.as_bytes()), ("x-api-secret", SECRET.as_bytes())];
    let head = RequestHead::new("POST", "/", Headers::lines(&lines));
    let own = redactor().needles(&head, body.as_bytes());
    for needles in needles().iter().chain([&own]) {
        for content in [Content::Shape, Content::Redacted] {
            let shown = redactor().body(Some(content_type.as_bytes()), body.as_bytes(), needles, content);
            silent(&shown.to_string());
            if let Shown::Text(shown) = shown {
                assert!(shown.len() <= 16 * 1024);
                readable(&body, &shown);
            }
        }
    }
}

fn is_form(form: &str) {
    assert!(!form.bytes().any(|byte| !byte.is_ascii_graphic() || b"\"<>#{}".contains(&byte)), "{form}");
    let decoded = decoded(form.as_bytes());
    assert!(str::from_utf8(&decoded).is_ok(), "{form}");
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Percent escapes and JSON's, undone in one pass; anything else stands.
fn decoded(text: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), text);
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0u32, |sum, digit| Some(sum << 4 | char::from(*digit).to_digit(16)?))
    };
    while let [first, behind @ ..] = rest {
        let (byte, length) = match rest {
            [b'%', a, b, ..] => (number(&[*a, *b]), 3),
            [b'\\', b'u', a, b, c, d, ..] => (number(&[*a, *b, *c, *d]), 6),
            [b'\\', b'/' | b'\\' | b'"', ..] => (Some(u32::from(rest[1])), 2),
            _ => (None, 1),
        };
        let byte = byte.and_then(|byte| u8::try_from(byte).ok());
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &rest[length..] } else { behind };
    }
    out
}

/// Pieces by how they begin.
type Pieces = HashMap<[u8; 8], Vec<Vec<u8>>>;

static PRESENTED: LazyLock<Pieces> = LazyLock::new(|| pieces(SECRET));
static OURS: LazyLock<Pieces> = LazyLock::new(|| {
    let token = &world::tokens()[0];
    pieces(&token[token.len() - 49..token.len() - 6])
});

/// No nine consecutive characters of a canary, nor their hexadecimal digits or base64, even if what shows is decoded.
fn silent(shown: &str) {
    for known in [&*PRESENTED, &*OURS] {
        let found = found(shown, known);
        assert!(found.is_none(), "{} in {shown}", String::from_utf8_lossy(found.unwrap_or_default()));
    }
}

fn found<'p>(shown: &str, pieces: &'p Pieces) -> Option<&'p [u8]> {
    let once = decoded(shown.as_bytes());
    let twice = decoded(&once);
    [shown.as_bytes(), &once, &twice].into_iter().find_map(|view| {
        let view: Vec<u8> = view.iter().copied().map(alike).collect();
        view.windows(8).enumerate().find_map(|(at, start)| {
            let known = pieces.get(start.first_chunk()?)?;
            known.iter().find(|piece| view[at..].starts_with(piece)).map(Vec::as_slice)
        })
    })
}

/// Both alphabets of base64 are one.
fn alike(byte: u8) -> u8 {
    match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    }
}

fn pieces(canary: &str) -> Pieces {
    let mut pieces: HashMap<_, Vec<_>> = HashMap::new();
    let mut add = |piece: &str| {
        let piece: Vec<u8> = piece.bytes().map(alike).collect();
        pieces.entry(*piece.first_chunk().expect("longer")).or_default().push(piece);
    };
    for window in canary.as_bytes().windows(SHOWN) {
        let window = str::from_utf8(window).expect("it is ASCII");
        for piece in [window, &hex(window), &hex(window).to_uppercase()] {
            add(piece);
        }
        for before in 0..3 {
            let whole = STANDARD_NO_PAD.encode(format!("{}{window}", &"..."[..before]));
            add(&whole[(before * 8usize).div_ceil(6)..(before + SHOWN) * 8 / 6]);
        }
    }
    pieces
}
