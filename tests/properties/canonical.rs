//! The canonical form of signed requests against a model that takes strings apart and puts them together again.

use std::time::Duration;

use keyward::{Flaw, Headers, Payload, Profile, RequestHead, Secret, SignError, Signer, Timestamp, Verifier};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::common::{anything, config};

const NOW: Timestamp = Timestamp::from_unix(1_794_225_600);
/// FIPS 180-4's "abc", and no byte.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Lines that a signature is made of.
const NAMES: &[&str] =
    &["host", "Host", "date", "x-escher-date", "x-amz-date", "authorization", "x-amz-content-sha256"];

/// Of other lengths and cases, and not in the order of the alphabet.
const MANY: [&str; 48] = [
    "x-9",
    "x-8",
    "x-7",
    "x-6",
    "x-5",
    "x-4",
    "x-3",
    "x-2",
    "x-1",
    "x-0",
    "X-Aa",
    "X-Ab",
    "X-Ba",
    "X-Bb",
    "X-Ca",
    "X-Cb",
    "x-long-name-9",
    "x-long-name-8",
    "x-long-name-7",
    "x-long-name-6",
    "x-long-name-5",
    "x-long-name-4",
    "X-Long-Name-3",
    "X-Long-Name-2",
    "X-Long-Name-1",
    "X-Long-Name-0",
    "x-long-names",
    "x-long",
    "a1",
    "a2",
    "a3",
    "a4",
    "b1",
    "b2",
    "b3",
    "b4",
    "C1",
    "C2",
    "C3",
    "C4",
    "zz",
    "zy",
    "zx",
    "zw",
    "Accept",
    "accept-language",
    "Cookie",
    "pragma",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rules {
    Escher,
    Php,
    Aws { normalize: bool, encode: bool },
}

impl Rules {
    fn profile(self) -> Profile {
        let profile = match self {
            Self::Escher => Profile::escher("a/b/c"),
            Self::Php => Profile::antavo("st1").antavo_php(),
            Self::Aws { normalize, encode } => {
                Profile::aws("r", "s").normalize_path(normalize).encode_path(encode)
            }
        };
        profile.lenient_path()
    }

    fn is_aws(self) -> bool {
        matches!(self, Self::Aws { .. })
    }
}

#[derive(Clone, Debug)]
struct Request {
    method: &'static str,
    path: String,
    query: Option<String>,
    lines: Vec<(&'static str, String)>,
    body: bool,
}

impl Request {
    fn target(&self) -> String {
        self.query.iter().fold(self.path.clone(), |path, query| path + "?" + query)
    }
}

fn encode(bytes: &[u8], bare: &str) -> String {
    let one = |byte: &u8| match char::from(*byte) {
        letter if letter.is_ascii_alphanumeric() || bare.contains(letter) => letter.to_string(),
        _ => format!("%{byte:02X}"),
    };
    bytes.iter().map(one).collect()
}

fn decode(text: &str, plus: bool) -> Vec<u8> {
    let text = if plus { text.replace('+', "%20") } else { text.to_owned() };
    let mut pieces = text.split('%');
    let mut out = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let digits = piece.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        if let Some(digits) = digits {
            out.push(u8::from_str_radix(digits, 16).unwrap());
            out.extend(&piece.as_bytes()[2..]);
        } else {
            out.push(b'%');
            out.extend(piece.as_bytes());
        }
    }
    out
}

fn query(text: &str, rules: Rules) -> String {
    let again = |text: &str| match rules {
        Rules::Escher => encode(&decode(text, true), "-_.~!*"),
        Rules::Php => encode(&decode(text, true), "-_.~").replace("%2B", "%20"),
        Rules::Aws { .. } => encode(&decode(text, false), "-_.~"),
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<(String, String)> = pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (again(key), again(value)))
        .collect();
    pairs.sort();
    let mut texts: Vec<_> = pairs.into_iter().map(|(key, value)| key + "=" + &value).collect();
    if !rules.is_aws() {
        texts.sort();
    }
    texts.join("&")
}

/// By replacing until nothing is left to replace, as the libraries in other languages do.
fn normal(path: &str, keeps_slash: bool) -> String {
    let ends_in_dots = path.ends_with("/.") || path.ends_with("/..");
    let mut text = path.to_owned() + if ends_in_dots { "/" } else { "" };
    for (from, to) in [("//", "/"), ("/./", "/")] {
        while text.contains(from) {
            text = text.replace(from, to);
        }
    }
    while let Some(at) = text.find("/../") {
        let parent = text[..at].rfind('/').unwrap_or(at);
        text.replace_range(parent..at + 3, "");
    }
    let slash = ends_in_dots && !keeps_slash && text.len() > 1;
    text.truncate(text.len() - usize::from(slash));
    text
}

fn path(text: &str, rules: Rules) -> String {
    match rules {
        Rules::Escher => normal(text, true),
        Rules::Php => text.to_owned(),
        Rules::Aws { normalize, encode: again } => {
            let text = if normalize { normal(text, false) } else { text.to_owned() };
            if again { encode(text.as_bytes(), "-_.~/") } else { text }
        }
    }
}

fn folded(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars().map(|letter| if letter == '\t' { ' ' } else { letter }) {
        if letter != ' ' || !out.ends_with(' ') {
            out.push(letter);
        }
    }
    out
}

fn value(text: &str, rules: Rules) -> String {
    let text = text.trim_matches([' ', '\t']);
    if rules.is_aws() {
        return folded(text);
    }
    let quoted = |(place, part): (usize, &str)| if place % 2 == 1 { part.to_owned() } else { folded(part) };
    text.split('"').enumerate().map(quoted).collect::<Vec<_>>().join("\"")
}

fn model(request: &Request, rules: Rules) -> String {
    let date = match rules {
        Rules::Escher => "x-escher-date",
        Rules::Php => "date",
        Rules::Aws { .. } => "x-amz-date",
    };
    let mut lines = request.lines.clone();
    lines.push(("host", "a.test".into()));
    lines.push((date, "20261109T120000Z".into()));
    let mut names: Vec<_> = lines.iter().map(|line| line.0.to_lowercase()).collect();
    names.sort();
    names.dedup();
    let line = |name: &String| {
        let of = lines.iter().filter(|line| line.0.eq_ignore_ascii_case(name));
        format!("{name}:{}\n", of.map(|line| value(&line.1, rules)).collect::<Vec<_>>().join(","))
    };
    let method = if rules.is_aws() { request.method.to_owned() } else { request.method.to_uppercase() };
    format!(
        "{method}\n{}\n{}\n{}\n{}\n{}",
        path(&request.path, rules),
        query(request.query.as_deref().unwrap_or_default(), rules),
        names.iter().map(line).collect::<String>(),
        names.join(";"),
        if request.body { ABC } else { EMPTY }
    )
}

/// Whether Antavo's fork would leave something unsigned.
fn php_refuses(request: &Request) -> Option<Flaw> {
    let target = request.target();
    let path = &request.path;
    if path.contains("//") || path.contains("./") || path.ends_with("/.") || path.ends_with("/..") {
        return Some(Flaw::Path);
    }
    let bad_escape = |text: &str| {
        let hex = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
        let bytes = text.as_bytes();
        (0..bytes.len()).any(|at| bytes[at] == b'%' && !(hex(bytes.get(at + 1)) && hex(bytes.get(at + 2))))
    };
    let query = request.query.as_deref().unwrap_or_default();
    let pair = |pair: &str| pair.is_empty() || pair.matches('=').count() > 1 || bad_escape(pair);
    if target.contains('#') || (!query.is_empty() && query.split('&').any(pair)) {
        return Some(Flaw::Parameters);
    }
    (request.body && !["PUT", "POST"].contains(&&*request.method.to_uppercase()))
        .then_some(Flaw::BodyUnsigned)
}

fn text_of(pieces: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    vec(select(pieces), 0..most).prop_map(|pieces| pieces.concat())
}

fn request() -> impl Strategy<Value = Request> {
    let path = prop_oneof![
        text_of(
            &["/", "a", ".", "..", "/./", "/../", "%2f", "%C3%A9", " ", "é", "+", "%", "\\", "#", "~", "*"],
            12
        ),
        text_of(&["/a", "/bc", "/%20", "/-._~"], 5),
    ];
    let query = prop_oneof![
        text_of(
            &[
                "a", "b", "ab", "=", "&", "&", "a=", "a=b&", "+", "%20", "%2B", "%2b", "%", "%4", "%41",
                "%c3%a9", "é", "!", "*", "'", "~", "/", "?", "#", "%00", "%26", "%3D", "A", "-",
            ],
            16
        ),
        text_of(&["a=b&", "a=%20&", "b=a&", "c=%C3%A9&", "a-=1&", "a=&", "a&"], 60),
    ];
    let letters = &["a", "b", " ", "  ", "\t", "\"", ",", "é", ";", "   \""];
    let line = (select(vec!["X-A", "x-b", "x-a", "x-a-b"]), text_of(letters, 8));
    // More than are found without being looked for again, in any order.
    let many = (select(MANY.as_slice()), text_of(letters, 8));
    let lines = prop_oneof![3 => vec(line, 0..4), 1 => vec(many, 10..50)];
    let method = select(vec!["GET", "get", "POST", "PATCH", "put", "DELETE"]);
    (method, path, proptest::option::of(query), lines, any::<bool>()).prop_map(
        |(method, path, query, lines, body)| Request { method, path: format!("/{path}"), query, lines, body },
    )
}

fn rules() -> impl Strategy<Value = Rules> {
    let aws = (any::<bool>(), any::<bool>()).prop_map(|(normalize, encode)| Rules::Aws { normalize, encode });
    prop_oneof![2 => Just(Rules::Escher), 1 => Just(Rules::Php), 3 => aws]
}

/// The same signature with its list of headers begun elsewhere.
fn turned(value: &str, turn: usize) -> String {
    let Some((before, rest)) = value.split_once("SignedHeaders=") else { return value.to_owned() };
    let (list, after) = rest.split_once(',').unwrap();
    let mut names: Vec<_> = list.split(';').collect();
    let turn = turn % names.len();
    names.rotate_left(turn);
    format!("{before}SignedHeaders={},{after}", names.join(";"))
}

/// Two thousand, or more if they are asked for.
fn cases() -> ProptestConfig {
    let config = config();
    ProptestConfig { cases: config.cases.max(2000), ..config }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_canonical_form_is_the_models(request in request(), rules in rules(), turn in 0_usize..64) {
        let secret = Secret::new("a secret for tests alone".into());
        let names = request.lines.iter().map(|line| line.0);
        let signer = Signer::new(rules.profile(), "KEY".parse().unwrap(), secret).also(names);
        let host = ("Host", b"a.test".as_slice());
        let lines = request.lines.iter().map(|(name, value)| (*name, value.as_bytes())).chain([host]);
        let lines: Vec<_> = lines.collect();
        let target = request.target();
        let head = RequestHead::new(request.method, &target, Headers::lines(&lines));
        let body = if request.body { Payload::Bytes(b"abc") } else { Payload::Bytes(b"") };
        let again = match rules {
            Rules::Aws { normalize, .. } => Rules::Aws { normalize, encode: false },
            other => other,
        };
        if rules != Rules::Php || php_refuses(&request).is_none() {
            prop_assert_eq!(rules.profile().canonical_path(&target), path(&request.path, again));
        }
        let signed = signer.sign(head, body, NOW);
        if let Some(flaw) = php_refuses(&request).filter(|_| rules == Rules::Php) {
            prop_assert_eq!(signed, Err(SignError::Refused(flaw)));
        } else {
            let signed = signed.unwrap();
            prop_assert_eq!(signed.canonical_request(), model(&request, rules));
            // And as it is received, whatever the order of the list.
            let added: Vec<_> = signed.iter().map(|(name, value)| (name, turned(value, turn))).collect();
            let arrived = added.iter().map(|(name, value)| (*name, value.as_bytes()));
            let arrived: Vec<_> = lines.into_iter().chain(arrived).collect();
            let head = RequestHead::new(request.method, &target, Headers::lines(&arrived));
            let canonical = Verifier::new().profile(rules.profile()).canonical(head, body).unwrap();
            prop_assert_eq!(String::from_utf8_lossy(canonical.request().unwrap()), model(&request, rules));
        }
    }

    /// The signer reads what it is given with the verifier's own reader.
    #[test]
    fn whatever_is_to_be_signed_is_signed_or_refused(
        target in prop_oneof![anything(), "/[a-z%./?&=+-]{0,30}(X-(Escher|Amz)-[A-Z][a-zA-Z]{0,9}=[A-Z0-9-]{0,20}&?){0,8}"],
        lines in vec((prop_oneof![anything(), select(NAMES).prop_map(str::to_owned)], anything()), 0..6),
        also in vec(anything(), 0..3),
        url in prop_oneof![anything(), "https?://[a-z@:\\[\\]/?#&=. -]{0,30}"],
        now in any::<i64>(),
        life in any::<u64>(),
        rules in rules(),
    ) {
        for profile in [rules.profile().strict_path(), rules.profile().danger_conformance()] {
            let secret = Secret::new("a secret for tests alone".into());
            let signer = Signer::new(profile, "KEY".parse().unwrap(), secret).also(&also);
            let lines: Vec<_> = lines.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
            let head = RequestHead::new("GET", &target, Headers::lines(&lines));
            for now in [NOW, Timestamp::from_unix(now)] {
                let _ = signer.sign(head, Payload::Absent, now);
                let _ = signer.presign(&url, Duration::from_secs(life), now);
            }
        }
    }
}
