//! Guards: whatever a canary is wrapped in, no part of it comes out of the redactor, and what comes out can be read.

use std::fmt::Write;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use keyward::{Content, Headers, RedactionKey, Redactor, RequestHead, Shown};
use proptest::{collection::vec, prelude::*, sample::select, test_runner::TestCaseResult};

use crate::common::{Open, anything, config};

/// Characters of a canary that may stand by chance; one more may not.
const BY_CHANCE: usize = 8;

/// A secret, and the characters of it that are random.
#[derive(Clone, Debug)]
struct Canary {
    text: String,
    random: String,
}

/// Of our format.
fn minted() -> impl Strategy<Value = Canary> {
    any::<u64>().prop_map(|seed| {
        let text = Open::minted(seed, "kw").revealed.secret().expose().to_owned();
        let random = text["kws1_".len()..][..43].to_owned();
        Canary { text, random }
    })
}

/// As other systems made them: 16 hexadecimal digits, or base64.
fn imported() -> impl Strategy<Value = Canary> {
    let hex = "[0-9a-f]{16}"
        .prop_filter("as digits of nothing else", |text| text.bytes().any(|byte| byte.is_ascii_alphabetic()));
    let base64 = "[A-Za-z0-9]{4}[A-Za-z0-9+/]{15,40}[+/]{0,2}[A-Za-z0-9+/]{9}={0,2}";
    prop_oneof![hex, base64].prop_map(|text: String| {
        let random = text.trim_end_matches('=').to_owned();
        Canary { text, random }
    })
}

/// Chooses again and again, from few bytes.
#[derive(Clone, Debug)]
struct Choices(Vec<u8>, usize);

impl Choices {
    fn next(&mut self, of: usize) -> usize {
        self.1 += 1;
        usize::from(self.0[self.1 % self.0.len()]) % of
    }
}

fn choices() -> impl Strategy<Value = Choices> {
    vec(any::<u8>(), 24..48).prop_map(|bytes| Choices(bytes, 0))
}

fn percent(text: &str, choices: &mut Choices) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match choices.next(4) {
            0 => write!(out, "%{byte:02x}").unwrap(),
            1 => write!(out, "%{byte:02X}").unwrap(),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => write!(out, "%{byte:02X}").unwrap(),
        }
    }
    out
}

/// Between the quotes of a JSON string.
fn json(text: &str, choices: &mut Choices) -> String {
    let mut out = String::new();
    for char in text.chars() {
        match (char, choices.next(4)) {
            ('/', 0 | 1) => out.push_str("\\/"),
            ('"' | '\\', _) => write!(out, "\\{char}").unwrap(),
            ('\0'..='\x1f', _) => write!(out, "\\u{:04x}", u32::from(char)).unwrap(),
            (_, 0) if u32::from(char) < 0xD800 => write!(out, "\\u{:04X}", u32::from(char)).unwrap(),
            (_, 1) if u32::from(char) < 0xD800 => write!(out, "\\u{:04x}", u32::from(char)).unwrap(),
            _ => out.push(char),
        }
    }
    out
}

fn xml(text: &str, choices: &mut Choices) -> String {
    if choices.next(4) == 0 && !text.contains("]]>") {
        return format!("<![CDATA[{text}]]>");
    }
    let mut out = String::new();
    for char in text.chars() {
        match (char, choices.next(4)) {
            ('<' | '&' | '>' | '"', _) | (_, 0) => write!(out, "&#{};", u32::from(char)).unwrap(),
            (_, 1) => write!(out, "&#x{:x};", u32::from(char)).unwrap(),
            _ => out.push(char),
        }
    }
    out
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// What an application may have done to a text before it put it anywhere.
fn encoded(text: &str, choices: &mut Choices) -> String {
    match choices.next(9) {
        0 => hex(text),
        1 => hex(text).to_uppercase(),
        2 => STANDARD.encode(text),
        3 => URL_SAFE_NO_PAD.encode(text),
        4 => STANDARD_NO_PAD.encode(format!("{}{text}.", &"ab"[..choices.next(3)])),
        5 => URL_SAFE.encode(format!("{{\"a\":\"{text}\"}}")),
        6 => percent(text, choices),
        7 => json(text, choices),
        _ => text.to_owned(),
    }
}

/// A body and the type that it is of, with a text in one place and perhaps in a field of that name.
fn wrapped(name: &str, text: &str, choices: &mut Choices) -> (&'static str, String) {
    const FORM: &str = "application/x-www-form-urlencoded";
    match choices.next(8) {
        0 => (
            "application/json",
            format!(r#"{{"a":1,"{}": "{}","b":[2]}}"#, json(name, choices), json(text, choices)),
        ),
        1 => (
            "application/json",
            format!(r#"[{{"{}":{{"b":["x","{}"]}}}}]"#, json(name, choices), json(text, choices)),
        ),
        2 => (FORM, format!("a=1&{}={}&b=2", percent(name, choices), percent(text, choices))),
        3 => ("text/xml", format!("<a><b>1</b><{name}>{}</{name}><c/></a>", xml(text, choices))),
        4 => (
            "application/xml",
            format!(
                "<a><b {name}='{}'>1</b></a>",
                xml(text, choices).replace("<![CDATA[", "").replace("]]>", "")
            ),
        ),
        5 => {
            let head = "Content-Disposition: form-data; name=";
            (
                "multipart/form-data; boundary=b",
                format!("--b\r\n{head}\"a\"\r\n\r\n1\r\n--b\r\n{head}\"{name}\"\r\n\r\n{text}\r\n--b--\r\n"),
            )
        }
        6 => ("text/plain", format!("a: 1\n{name}: {text}\nb: 2")),
        _ => {
            let (_, inner) = wrapped(name, text, choices);
            match choices.next(3) {
                0 => ("application/json", format!(r#"{{"data":"{}"}}"#, json(&inner, choices))),
                1 => (FORM, format!("a=1&data={}", percent(&inner, choices))),
                _ => ("text/plain", STANDARD.encode(inner)),
            }
        }
    }
}

const TYPES: [&str; 9] = [
    "application/json",
    "application/problem+json; charset=utf-8",
    "application/x-www-form-urlencoded",
    "text/xml",
    "multipart/form-data; boundary=b",
    "text/plain",
    "text/html",
    "application/octet-stream",
    "",
];

/// The type that a body is of, or another one.
fn typed(own: &'static str, choices: &mut Choices) -> &'static str {
    if choices.next(2) == 0 { own } else { TYPES[choices.next(TYPES.len())] }
}

/// Cut somewhere in its last half, or not.
fn cut(mut body: String, choices: &mut Choices) -> String {
    if choices.next(2) == 0 {
        let end = body.len() - (choices.next(256) * body.len() / 512).min(body.len());
        let end = (0..=end).rev().find(|at| body.is_char_boundary(*at)).unwrap_or_default();
        body.truncate(end);
    }
    body
}

fn redactor() -> Redactor {
    Redactor::new(RedactionKey::new([7; 32]).expect("a key"))
}

/// What a reader of the output could make of it.
fn views(output: &str) -> Vec<String> {
    let unescaped = |text: &str| {
        let quoted = format!("\"{}\"", text.replace('"', "\\u0022"));
        let whole: Option<String> = serde_json::from_str(&quoted).ok();
        whole.unwrap_or_else(|| text.replace("\\/", "/").replace("\\\"", "\"").replace("\\\\", "\\"))
    };
    let mut views = vec![output.to_owned()];
    for _ in 0..2 {
        let last = views.last().expect("one").clone();
        views.push(percent_decoded(&last));
        views.push(unescaped(&last));
    }
    views.iter().map(|view| view.replace('-', "+").replace('_', "/")).collect()
}

fn percent_decoded(text: &str) -> String {
    String::from_utf8_lossy(&percent_bytes(text)).into_owned()
}

fn percent_bytes(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let digits = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    out
}

/// No nine consecutive random characters of the canary, nor their hexadecimal digits, base64 or percent form.
fn silent(output: &str, canary: &Canary) -> TestCaseResult {
    let views = views(output);
    let lower: Vec<String> = views.iter().map(|view| view.to_lowercase()).collect();
    let random = canary.random.replace('-', "+").replace('_', "/");
    for start in 0..random.len().saturating_sub(BY_CHANCE) {
        let piece = &random[start..=start + BY_CHANCE];
        prop_assert!(!views.iter().any(|view| view.contains(piece)), "{piece} in {output}");
        let digits = hex(&canary.random[start..=start + BY_CHANCE]);
        prop_assert!(!lower.iter().any(|view| view.contains(&digits)), "{digits} in {output}");
        for before in 0..3 {
            let text = format!("{}{}", &"..."[..before], &canary.random[start..=start + BY_CHANCE]);
            let whole = STANDARD_NO_PAD.encode(&text);
            let own = &whole[(before * 8).div_ceil(6)..text.len() * 8 / 6];
            prop_assert!(!views.iter().any(|view| view.contains(own)), "{own} in {output}");
        }
    }
    Ok(())
}

/// What comes out of a body is of the body's grammar.
fn readable(content_type: &str, body: &str, shown: &Shown) -> TestCaseResult {
    let Shown::Text(text) = shown else { return Ok(()) };
    prop_assert!(text.len() <= 16 * 1024);
    if content_type.contains("json") {
        prop_assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
    } else if content_type.contains("xml") && roxmltree::Document::parse(body).is_ok() {
        prop_assert!(roxmltree::Document::parse(text).is_ok(), "{body} as {text}");
    } else if content_type.contains("form") {
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            for part in [name, value] {
                prop_assert!(!part.contains(['"', '<', '>', ' ', '\n', '{', '#']), "{text}");
                prop_assert!(String::from_utf8(percent_bytes(part)).is_ok(), "{text}");
            }
        }
    }
    Ok(())
}

struct Call<'c> {
    lines: Vec<(&'c str, String)>,
    target: String,
    body: String,
}

/// Shows a request and a reply in both contents: what shows is readable and silent.
fn shown(call: &Call<'_>, reply: (&str, &str), canary: &Canary) -> TestCaseResult {
    let redactor = redactor().show_header("x-note");
    let lines: Vec<_> = call.lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    let head = RequestHead::new("POST", &call.target, Headers::lines(&lines));
    let needles = redactor.needles(&head, call.body.as_bytes());
    let content_type =
        call.lines.iter().find(|(name, _)| *name == "content-type").map_or("", |(_, value)| value);
    for content in [Content::Shape, Content::Redacted] {
        silent(&redactor.target(&call.target, &needles, content).to_string(), canary)?;
        for (content_type, body) in [(content_type, call.body.as_str()), reply] {
            let out = redactor.body(Some(content_type.as_bytes()), body.as_bytes(), &needles, content);
            readable(content_type, body, &out)?;
            silent(&out.to_string(), canary)?;
        }
    }
    for (name, value) in redactor.headers(head.headers, &needles) {
        silent(&format!("{name}: {value}"), canary)?;
    }
    silent(&redactor.text_with(&call.body, &needles), canary)
}

/// A request that presents a canary, or does not, and holds it in another place besides.
fn call(canary: &Canary, presented: bool, choices: &mut Choices) -> Call<'static> {
    let secret = &canary.text;
    let mut lines = match choices.next(6) {
        _ if !presented => vec![("x-request-id", "1".to_owned())],
        0 => vec![("authorization", format!("Bearer {secret}"))],
        1 => vec![("authorization", format!("ApiKey AN1:{secret}"))],
        2 => vec![("authorization", format!("Basic {}", STANDARD.encode(format!("AN1:{secret}"))))],
        3 => vec![("x-api-key", "AN1".to_owned()), ("x-api-secret", secret.clone())],
        4 => vec![("cookie", format!("a=b; s={}", percent(secret, choices)))],
        _ => vec![("proxy-authorization", format!("Other {secret}"))],
    };
    let text = (0..choices.next(3)).fold(secret.clone(), |text, _| encoded(&text, choices));
    let name = if choices.next(4) == 0
        && !text.contains(['"', '<', '\\', '=', '/', '&', '+', ' ', '%', ':', '{'])
        && text.starts_with(char::is_alphabetic)
    {
        text.clone()
    } else {
        "note".to_owned()
    };
    let (own, body) = wrapped(&name, &text, choices);
    lines.push(("content-type", typed(own, choices).to_owned()));
    lines.push(("user-agent", text.clone()));
    lines.push(("x-note", format!("a {secret} b")));
    let path = percent(&text, choices);
    let target = format!("/a/{path}/b?c={}&{path}=d", percent(&text, choices));
    Call { lines, target: cut(target, choices), body: cut(body, choices) }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_part_of_a_presented_secret_is_shown(
        canary in prop_oneof![minted(), imported()], mut choices in choices(),
    ) {
        let call = call(&canary, true, &mut choices);
        let text = encoded(&canary.text, &mut choices);
        let (own, reply) = wrapped("note", &text, &mut choices);
        let (content_type, reply) = (typed(own, &mut choices), cut(reply, &mut choices));
        shown(&call, (content_type, &reply), &canary)?;
    }

    #[test]
    fn no_part_of_a_credential_of_ours_is_shown(canary in minted(), mut choices in choices()) {
        let call = call(&canary, false, &mut choices);
        let text = encoded(&canary.text, &mut choices);
        let (own, reply) = wrapped("note", &text, &mut choices);
        let (content_type, reply) = (typed(own, &mut choices), cut(reply, &mut choices));
        shown(&call, (content_type, &reply), &canary)?;
    }

    /// Cut or of a wrong type, a field is found by its name alone.
    #[test]
    fn no_part_of_a_secret_field_is_shown(
        canary in imported(), mut choices in choices(),
        name in select(vec!["password", "api_key", "my-token", "Shared_Secret", "x.signature"]),
    ) {
        let (own, body) = wrapped(name, &canary.text, &mut choices);
        let whole = Call {
            lines: vec![("content-type", own.to_owned())],
            target: format!("/?{name}={}", percent(&canary.text, &mut choices)),
            body: body.clone(),
        };
        let (other, reply) = wrapped("note", &encoded(&canary.text, &mut choices), &mut choices);
        shown(&whole, (other, &reply), &canary)?;
        let content_type = typed(own, &mut choices);
        let lines = vec![("content-type", content_type.to_owned())];
        let cut = Call { lines, target: "/".to_owned(), body: cut(body, &mut choices) };
        shown(&cut, ("", ""), &canary)?;
    }

    #[test]
    fn whatever_is_read_is_written_readably(body in anything(), at in select(TYPES.to_vec()), mut choices in choices()) {
        let (own, inside) = wrapped("note", &body, &mut choices);
        for (content_type, body) in [(at, body.as_str()), (own, inside.as_str()), (at, inside.as_str())] {
            let call = RequestHead::new("POST", "/", Headers::lines(&[]));
            let needles = redactor().needles(&call, b"");
            for content in [Content::Shape, Content::Redacted] {
                readable(content_type, body, &redactor().body(Some(content_type.as_bytes()), body.as_bytes(), &needles, content))?;
            }
        }
    }
}
