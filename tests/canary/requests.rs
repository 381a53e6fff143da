//! Requests that carry a secret in every place and form that somebody may put it.

use base64::{Engine, engine::general_purpose::STANDARD};

/// One request, owned.
#[derive(Clone)]
pub struct Sent {
    pub what: String,
    pub target: String,
    pub lines: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Sent {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), target: "/events?page=2".into(), lines: Vec::new(), body: Vec::new() }
    }

    fn line(mut self, name: &str, value: impl Into<String>) -> Self {
        self.lines.push((name.into(), value.into()));
        self
    }

    fn target(mut self, target: impl Into<String>) -> Self {
        self.target = target.into();
        self
    }

    fn body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut sent = self.line("Content-Type", content_type);
        sent.body = body.into();
        sent
    }
}

pub fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn half_percent(text: &str) -> String {
    let each = |(at, byte): (usize, u8)| match at % 2 {
        0 => format!("%{byte:02x}"),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().enumerate().map(each).collect()
}

pub fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("\\u00{byte:02X}")).collect()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Folded in the middle, as mail programs do.
fn blank(base64: &str) -> String {
    let (first, last) = base64.split_at(base64.len() / 2);
    format!("Basic {first} {last}")
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json; charset=utf-8";
const XML: &str = "text/xml";

/// The ways in which a pair is presented.
pub fn carriers(key: &str, secret: &str) -> Vec<Sent> {
    let pair = format!("{key}:{secret}");
    vec![
        Sent::new("Bearer").line("Authorization", format!("Bearer {pair}")),
        Sent::new("ApiKey").line("authorization", format!("ApiKey {pair}")),
        Sent::new("Basic").line("Authorization", format!("Basic {}", STANDARD.encode(&pair))),
        Sent::new("two headers").line("X-Api-Key", key).line("X-Api-Secret", secret),
        // And the ways in which it is presented by mistake.
        Sent::new("the secret as a token").line("Authorization", format!("Bearer {secret}")),
        Sent::new("no scheme").line("Authorization", secret),
        Sent::new("another scheme").line("Authorization", format!("Token {secret}")),
        Sent::new("the secret as the key").line("X-Api-Key", secret),
        Sent::new("halves that are swapped").line("Authorization", format!("Bearer {secret}:{key}")),
        Sent::new("a secret alone").line("X-Api-Secret", secret),
        Sent::new("twice").line("X-Api-Key", key).line("X-Api-Secret", secret).line("X-Api-Secret", secret),
        Sent::new("a cookie").line("Cookie", format!("theme=dark; session={secret}")).line("X-Api-Key", key),
        Sent::new("the key in the query").target(format!("/events?api_key={}", percent(secret))),
        Sent::new("a field of the query")
            .target(format!("/events?api_key={key}&shared_secret={}", percent(secret))),
        Sent::new("the key in a form").body(FORM, format!("api_key={}", half_percent(secret))),
        Sent::new("Basic with a blank").line("Authorization", blank(&STANDARD.encode(&pair))),
        Sent::new("a field of a query that is unreadable")
            .target(format!("/events?a=%zz&shared%5Fsecret={}&b", percent(secret))),
        Sent::new("Digest").line("Proxy-Authorization", format!("Digest response=\"{secret}\"")),
    ]
}

/// The secret of a request that presents it properly, said again where nobody looks for it.
pub fn echoes(key: &str, secret: &str) -> Vec<Sent> {
    let proper = |what: &str| Sent::new(what).line("X-Api-Key", key).line("X-Api-Secret", secret);
    let base64 = STANDARD.encode(format!("x{secret}"));
    let nested = format!("{{\"in\":\"{{\\\"note\\\":\\\"{secret}\\\"}}\"}}");
    let part = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n--b--\r\n")
    };
    vec![
        proper("in the path").target(format!("/events/{}/x", percent(secret))),
        proper("a name of the query").target(format!("/events?{}=1", half_percent(secret))),
        proper("a harmless header")
            .line("User-Agent", format!("curl {secret}"))
            .line("X-Request-Id", hex(secret)),
        proper("JSON").body(JSON, format!("{{\"note\":\"{secret}\"}}")),
        proper("JSON, escaped").body(JSON, format!("{{\"note\":[1,{{\"a\":\"{}\"}}]}}", escaped(secret))),
        proper("JSON, half escaped").body(JSON, format!("[\"{}\"]", secret.replace('/', "\\/"))),
        proper("a key of JSON").body(JSON, format!("{{\"{secret}\":1,\"a\":{{\"{}\":2}}}}", escaped(secret))),
        proper("JSON in JSON").body(JSON, nested),
        proper("base64").body(JSON, format!("{{\"note\":\"{base64}\"}}")),
        proper("hexadecimal").body(JSON, format!("{{\"note\":\"{}\"}}", hex(secret).to_uppercase())),
        proper("percent in JSON").body(JSON, format!("{{\"note\":\"a={}\"}}", percent(secret))),
        proper("a form").body(FORM, format!("note={}&b=c", half_percent(secret))),
        proper("a name of a form").body(FORM, format!("{}=&b=c", percent(secret))),
        proper("XML").body(XML, format!("<a><note>{secret}</note><b c=\"{secret}\"/></a>")),
        proper("CDATA").body(XML, format!("<a><![CDATA[{secret}]]></a>")),
        proper("plain").body("text/plain", format!("it is {secret}, is it not?")),
        proper("parts").body("multipart/form-data; boundary=b", part("note", secret)),
        proper("a name of a part").body("multipart/form-data; boundary=b", part(secret, "x")),
        proper("JSON as a form").body(FORM, format!("{{\"note\":\"{secret}\"}}")),
        proper("a form as JSON").body(JSON, format!("note={}", percent(secret))),
        proper("JSON as XML").body(XML, format!("{{\"note\":\"{secret}\"}}")),
        proper("XML as JSON").body(JSON, format!("<a>{secret}</a>")),
        proper("of no known type").body("application/octet-stream", secret),
    ]
}

/// Secrets that are no credential of the request: a password in its field, and another's credential of our format.
pub fn fields(key: &str, secret: &str, password: &str, others: &str) -> Vec<Sent> {
    let proper = |what: &str| Sent::new(what).line("X-Api-Key", key).line("X-Api-Secret", secret);
    vec![
        proper("a password in JSON")
            .body(JSON, format!("{{\"user\":{{\"Pass-Word\":\"{password}\",\"age\":3}}}}")),
        proper("an escaped name")
            .body(JSON, format!("{{\"p\\u0061ssword_2\":[[\"{}\"]]}}", escaped(password))),
        proper("a password in a form").body(FORM, format!("a=b&user%5Bpassword%5D={}", percent(password))),
        proper("a form in JSON")
            .body(JSON, format!("{{\"sent\":\"user=jane&password={password}\",\"again\":\"{password}\"}}")),
        proper("a token in the query").target(format!("/events?access%5Ftoken={}", percent(password))),
        proper("a password in XML")
            .body(XML, format!("<a><sharedSecret><![CDATA[{password}]]></sharedSecret></a>")),
        proper("a password in text").body("text/plain", format!("user=jane\npassword: {password}\n")),
        proper("another's in JSON").body(JSON, format!("{{\"note\":\"see {}\"}}", escaped(others))),
        proper("another's in a form").body(FORM, format!("note={}", percent(others))),
        proper("another's in the path").target(format!("/events/{others}")),
        proper("another's in text").body("text/plain", format!("I found {others} in a log")),
    ]
}
