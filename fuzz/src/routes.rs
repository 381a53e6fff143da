//! From a request's target to a method's name.

use http::Uri;
use keyward::{Headers, RequestHead, Routes, Wanted};

/// The first line is a request's method and target, the others are those of routes. A request leads where the first of
/// the most literal routes that match its decoded path leads, and nowhere if its path could be read in two ways.
pub fn routes(data: &[u8]) {
    let Some(text) = crate::text(data) else { return };
    let mut lines = text.split('\n').map(|line| line.split_once(' ').unwrap_or((line, "/")));
    let (method, target) = lines.next().unwrap_or(("GET", "/"));
    let patterns: Vec<_> = lines.take(8).collect();
    let named = (0..).map(|number: usize| number.to_string());
    let routes = patterns
        .iter()
        .zip(named)
        .fold(Routes::new(), |routes, ((method, path), name)| routes.route(method, path, &name));
    let head = RequestHead::new(method, target, Headers::lines(&[]));
    let path = head.path();
    assert!(path == "/" || target.contains(path), "a path is a part of its target");
    assert!(!path.contains('?'));

    let found = match routes.resolve(&head) {
        Wanted::Name(name) => Some(name.parse::<usize>().expect("a number")),
        Wanted::Id(_) => panic!("routes lead to names"),
        Wanted::Unknown => None,
    };
    let expected = if target.contains('#') { None } else { segments(path) }.and_then(|segments| {
        let fits = |route: &usize| {
            let (wanted, pattern) = patterns[*route];
            wanted == method && matches(pattern, &segments)
        };
        (0..patterns.len()).filter(fits).min_by_key(|route| (literal_first(patterns[*route].1), *route))
    });
    assert_eq!(found, expected, "{method} {target}");
    if let (Some(_), Ok(served)) = (found, target.parse::<Uri>()) {
        assert_eq!(served.path(), path, "a router that is built on the `http` crate sees the same path");
    }
}

/// The raw segments of a path, if decoding and encoding each of them again gives the same text and none of them, read
/// once more, is another path. The last may be empty.
fn segments(path: &str) -> Option<Vec<&str>> {
    let segments: Vec<_> = path.strip_prefix('/')?.split('/').collect();
    let (last, before) = segments.split_last()?;
    let firm = before.iter().all(|segment| !segment.is_empty());
    let all = before.iter().chain([last]).all(|segment| {
        let decoded = decoded(segment);
        let plain = |byte: &u8| !b"/\\\0".contains(byte);
        encoded(&decoded, segment) && decoded.iter().all(plain) && *segment != "." && *segment != ".."
    });
    (firm && all).then_some(segments)
}

fn decoded(segment: &str) -> Vec<u8> {
    let mut bytes = segment.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        let escape = (byte == b'%').then(|| [bytes.next(), bytes.next()].map(|digit| digit.unwrap_or(b'?')));
        let hex = escape.and_then(|pair| u8::from_str_radix(&String::from_utf8_lossy(&pair), 16).ok());
        out.push(hex.unwrap_or(byte));
    }
    out
}

/// Whether `segment` is `decoded` with unreserved characters bare, sub-delimiters, `:` and `@` bare or escaped, and
/// everything else escaped in upper case (RFC 3986 §2.3, §3.3, §6.2.2).
fn encoded(decoded: &[u8], segment: &str) -> bool {
    let mut rest = segment.as_bytes();
    decoded.iter().all(|byte| {
        let unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
        let escape = format!("%{byte:02X}");
        let bare = unreserved || b"!$&'()*+,;=:@".contains(byte);
        let next = match rest.strip_prefix(&[*byte]) {
            Some(next) if bare => Some(next),
            _ => rest.strip_prefix(escape.as_bytes()).filter(|_| !unreserved),
        };
        rest = next.unwrap_or_default();
        next.is_some()
    }) && rest.is_empty()
}

/// A pattern as a text that sorts before those with a placeholder where it has a literal.
fn literal_first(pattern: &str) -> String {
    pattern
        .split('/')
        .map(|wanted| if wanted.starts_with('{') && wanted.ends_with('}') { 'p' } else { 'l' })
        .collect()
}

fn matches(pattern: &str, segments: &[&str]) -> bool {
    let Some(pattern) = pattern.strip_prefix('/') else { return false };
    let wanted: Vec<_> = pattern.split('/').collect();
    wanted.len() == segments.len()
        && wanted.iter().zip(segments).all(|(wanted, found)| {
            let placeholder = wanted.starts_with('{') && wanted.ends_with('}');
            wanted == found || (placeholder && !found.is_empty())
        })
}
