//! From a request's method and path to a name in the catalogue.

use alloc::{boxed::Box, vec::Vec};

use super::catalogue::MethodId;
use crate::request::RequestHead;

/// Which method a request asks for, for services whose router does not know already.
///
/// A pattern is a path of literal segments and `{placeholders}`; a placeholder stands for exactly one segment. HTTP
/// methods and paths are compared byte by byte. Of several patterns that fit, the one counts that has a literal where
/// the others have a placeholder, the leftmost such segment deciding; of two that are alike, the one added first. So do
/// routers that do not go by order; in one that does, add literals first.
///
/// A target with a `#`, or with a path that is not in canonical form, is no route: an empty, `.` or `..` segment, a
/// backslash, a `%` that does not start an escape, or an escape of `/`, `\`, `.`, NUL or any other character that needs
/// none (RFC 3986 §6.2.2). So the path that was decided is the path that a router serves.
///
/// ```
/// use keyward::{Headers, RequestHead, Routes, Wanted};
/// let routes = Routes::new()
///     .route("GET", "/events/{id}", "events.read")
///     .route("GET", "/events/export", "events.export");
/// let wanted = |target| routes.resolve(&RequestHead::new("GET", target, Headers::lines(&[])));
/// assert_eq!(wanted("/events/7?verbose=1"), Wanted::Name("events.read"));
/// assert_eq!(wanted("/events/export"), Wanted::Name("events.export"));
/// assert_eq!(wanted("/events/../admin"), Wanted::Unknown);
/// assert_eq!(wanted("/events/%2e%2e"), Wanted::Unknown);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Routes(Vec<Route>);

#[derive(Clone, Debug)]
struct Route {
    method: Box<str>,
    path: Box<str>,
    name: Box<str>,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// A method by its name; a name that the catalogue does not have is unknown.
    Name(&'a str),
    /// A method by its number.
    Id(MethodId),
    /// Nothing that is known.
    Unknown,
}

impl<'a> From<&'a str> for Wanted<'a> {
    fn from(name: &'a str) -> Self {
        Self::Name(name)
    }
}

impl From<MethodId> for Wanted<'_> {
    fn from(method: MethodId) -> Self {
        Self::Id(method)
    }
}

impl Routes {
    /// No route yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a route from an HTTP method and a path pattern to a method's name.
    pub fn route(mut self, method: &str, path: &str, name: &str) -> Self {
        self.0.push(Route { method: method.into(), path: path.into(), name: name.into() });
        self
    }

    /// What this request asks for. The query plays no part.
    pub fn resolve(&self, head: &RequestHead<'_>) -> Wanted<'_> {
        let path = head.path();
        // A fragment never belongs into a request; where one hides a path, parsers disagree.
        if head.target.contains('#') || !canonical(path) {
            return Wanted::Unknown;
        }
        let fitting =
            self.0.iter().filter(|route| *route.method == *head.method && matches(&route.path, path));
        let found = fitting.min_by(|a, b| placeholders(&a.path).cmp(placeholders(&b.path)));
        found.map_or(Wanted::Unknown, |route| Wanted::Name(&route.name))
    }

    /// The names that the routes lead to, in the order in which they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|route| &*route.name)
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    let all = pattern.split('/').all(|wanted| match segments.next() {
        Some(found) => (is_placeholder(wanted) && !found.is_empty()) || wanted == found,
        None => false,
    });
    all && segments.next().is_none()
}

/// Which of a pattern's segments are placeholders.
fn placeholders(pattern: &str) -> impl Iterator<Item = bool> {
    pattern.split('/').map(is_placeholder)
}

fn is_placeholder(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

/// Whether a path has one reading: what routers and canonicalisers disagree about is not in it.
pub(crate) fn canonical(path: &str) -> bool {
    let Some(segments) = path.as_bytes().strip_prefix(b"/") else { return false };
    if words_alone(path.as_bytes()) {
        return true; // nearly always, and a vector of bytes at once
    }
    // A last empty segment is a trailing slash, which a pattern may have too.
    let mut all = segments.split(|byte| *byte == b'/').peekable();
    while let Some(segment) = all.next() {
        let empty = segment.is_empty() && all.peek().is_some();
        if empty || segment == b"." || segment == b".." || !canonical_segment(segment) {
            return false;
        }
    }
    true
}

/// Whether all segments are words, and none but the last is empty.
fn words_alone(path: &[u8]) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() | (byte == b'-') | (byte == b'_');
    let all = path.iter().fold(true, |all, byte| all & (word(*byte) | (*byte == b'/')));
    let pairs = path.iter().zip(path.iter().skip(1));
    all && !pairs.fold(false, |found, (a, b)| found | ((*a == b'/') & (*b == b'/')))
}

fn canonical_segment(segment: &[u8]) -> bool {
    let mut pieces = segment.split(|byte| *byte == b'%');
    let bare = pieces.next().unwrap_or_default();
    if !plain(bare) {
        return false;
    }
    pieces.all(|piece| piece.split_at_checked(2).is_some_and(|(hex, rest)| needed_escape(hex) && plain(rest)))
}

/// `pchar` of RFC 3986 without the escapes, which leaves out `\`, `#`, blanks, controls and everything beyond ASCII.
fn plain(text: &[u8]) -> bool {
    text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(byte))
}

/// Two upper-case hex digits of a byte that has to be escaped, other than the ones that routers disagree about.
fn needed_escape(hex: &[u8]) -> bool {
    let upper = hex.iter().all(|digit| digit.is_ascii_digit() || (b'A'..=b'F').contains(digit));
    let byte =
        core::str::from_utf8(hex).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or_default();
    let unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    upper && !unreserved && !b"/\\\0".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_paths_lead_anywhere() {
        for path in ["/", "/a", "/a/", "/a%20b", "/%C3%A9", "/a:b@c"] {
            assert!(canonical(path), "{path}");
        }
        let not = [
            "", "a", "*", "//", "/a//b", "/.", "/a/..", "/a\\b", "/%2f", "/%2F", "/%5C", "/%2E", "/%41",
            "/%c3", "/%", "/%4", "/%zz", "/a b", "/é", "/%00", "/a#b",
        ];
        for path in not {
            assert!(!canonical(path), "{path}");
        }
    }

    #[test]
    fn a_placeholder_is_exactly_one_segment() {
        assert!(matches("/a/{b}/c", "/a/x/c"));
        for path in ["/a/c", "/a/x/y/c", "/a//c", "/a/x/c/", "/a/x"] {
            assert!(!matches("/a/{b}/c", path), "{path}");
        }
    }
}
