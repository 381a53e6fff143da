//! A request's head as the engine sees it: borrowed, whatever read it.

/// Most header lines that are looked at. hyper stops at 100 by default, nginx at 1,000 in HTTP/2; more is
/// `request.too_large`.
pub const MAX_HEADER_LINES: usize = 1000;

/// Headers from which some frameworks take the method, in lower case.
pub(crate) const OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// The header lines of one request, in order, with duplicates. Names are compared without case.
///
/// ```
/// use keyward::Headers;
/// let lines = [("Host", b"api.example.test".as_slice()), ("Accept", b"a"), ("accept", b"b")];
/// let headers = Headers::lines(&lines);
/// assert_eq!(headers.all("accept").collect::<Vec<_>>(), [b"a", b"b"]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Headers<'r>(Source<'r>);

#[derive(Clone, Copy)]
enum Source<'r> {
    Lines(&'r [(&'r str, &'r [u8])]),
    #[cfg(feature = "http")]
    Map(&'r http::HeaderMap),
}

/// Values may be secrets, so only the count shows.
impl core::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let count = match self {
            Source::Lines(lines) => lines.len(),
            #[cfg(feature = "http")]
            Source::Map(map) => map.len(),
        };
        write!(f, "{count} lines")
    }
}

impl<'r> Headers<'r> {
    /// From name and value pairs as they stood in the request.
    pub const fn lines(lines: &'r [(&'r str, &'r [u8])]) -> Self {
        Self(Source::Lines(lines))
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        match self.0 {
            Source::Lines(lines) => lines.len(),
            #[cfg(feature = "http")]
            Source::Map(map) => map.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every value under `name`, in order.
    pub fn all<'n>(&self, name: &'n str) -> impl DoubleEndedIterator<Item = &'r [u8]> + use<'r, 'n> {
        let lines = match self.0 {
            Source::Lines(lines) => lines.iter(),
            #[cfg(feature = "http")]
            Source::Map(_) => [].iter(),
        };
        let values = lines.filter(move |(found, _)| same_name(found, name)).map(|line| line.1);
        #[cfg(feature = "http")]
        let values = values.chain(match self.0 {
            Source::Lines(_) => None.into_iter().flatten(),
            Source::Map(map) => {
                Some(map.get_all(name).iter().map(http::HeaderValue::as_bytes)).into_iter().flatten()
            }
        });
        values
    }

    /// Every line, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'r str, &'r [u8])> + use<'r> {
        let lines = match self.0 {
            Source::Lines(lines) => lines.iter().copied(),
            #[cfg(feature = "http")]
            Source::Map(_) => [].iter().copied(),
        };
        #[cfg(feature = "http")]
        let lines = lines.chain(match self.0 {
            Source::Lines(_) => None.into_iter().flatten(),
            Source::Map(map) => {
                Some(map.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))).into_iter().flatten()
            }
        });
        lines
    }
}

#[cfg(feature = "http")]
impl<'r> From<&'r http::HeaderMap> for Headers<'r> {
    fn from(map: &'r http::HeaderMap) -> Self {
        Self(Source::Map(map))
    }
}

/// Method, target and headers of one request.
///
/// The target is what stood in the request line, undecoded: path and query, or an absolute URL. In HTTP/2 the
/// authority is a pseudo-header and not among the headers: set it.
///
/// `Debug` shows how many headers there are and nothing else: a target can carry a key.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct RequestHead<'r> {
    /// As sent, case kept.
    pub method: &'r str,
    /// As sent, undecoded.
    pub target: &'r str,
    /// All header lines.
    pub headers: Headers<'r>,
    /// `:scheme` of HTTP/2, if known.
    pub scheme: Option<&'r str>,
    /// `:authority` of HTTP/2, if there was one.
    pub authority: Option<&'r str>,
}

impl<'r> RequestHead<'r> {
    /// A head as HTTP/1.1 has it.
    pub const fn new(method: &'r str, target: &'r str, headers: Headers<'r>) -> Self {
        Self { method, target, headers, scheme: None, authority: None }
    }

    /// With the `:scheme` of HTTP/2.
    #[must_use]
    pub const fn scheme(mut self, scheme: &'r str) -> Self {
        self.scheme = Some(scheme);
        self
    }

    /// With the `:authority` of HTTP/2.
    #[must_use]
    pub const fn authority(mut self, authority: &'r str) -> Self {
        self.authority = Some(authority);
        self
    }

    /// The path of the target: before the query, behind the authority of an absolute target.
    ///
    /// ```
    /// use keyward::{Headers, RequestHead};
    /// let path = |target| RequestHead::new("GET", target, Headers::lines(&[])).path();
    /// assert_eq!(path("/a/b?c=d"), "/a/b");
    /// assert_eq!(path("https://api.example.test/a?b"), "/a");
    /// assert_eq!(path("https://api.example.test"), "/");
    /// assert_eq!(path("*"), "*");
    /// ```
    pub fn path(&self) -> &'r str {
        // By bytes: for a text this short a search for a character takes several times as long.
        let end = self.target.bytes().position(|byte| byte == b'?').unwrap_or(self.target.len());
        let target = self.target.get(..end).unwrap_or(self.target);
        if target.starts_with('/') {
            return target; // nearly always, and cheaper than a search
        }
        match target.split_once("://") {
            Some((scheme, rest)) if !scheme.contains('/') => {
                rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or("/")
            }
            _ => target,
        }
    }

    /// Whether it changes nothing (RFC 9110 §9.2.1), whichever of its methods is served: one that a header puts in the
    /// place of the sent one is not looked at, and counts as one that does.
    pub(crate) fn is_safe(&self) -> bool {
        // All of them begin alike, and most lines do not.
        let overrides = |name: &str| {
            matches!(name.as_bytes().first(), Some(b'x' | b'X'))
                && OVERRIDES.iter().any(|known| known.eq_ignore_ascii_case(name))
        };
        matches!(self.method, "GET" | "HEAD" | "OPTIONS" | "TRACE")
            && !self.headers.iter().any(|(name, _)| overrides(name))
    }

    #[cfg(feature = "http")]
    fn from_http(method: &'r http::Method, uri: &'r http::Uri, headers: &'r http::HeaderMap) -> Self {
        Self {
            method: method.as_str(),
            target: uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str),
            headers: Headers::from(headers),
            scheme: uri.scheme_str(),
            authority: uri.authority().map(http::uri::Authority::as_str),
        }
    }

    /// The head of an `http` request.
    #[cfg(feature = "http")]
    pub fn of<B>(request: &'r http::Request<B>) -> Self {
        Self::from_http(request.method(), request.uri(), request.headers())
    }
}

/// As `eq_ignore_ascii_case`, which takes short texts byte by byte. Here the last eight of them overlap the ones before.
fn same_name(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let same = |a: u64, b: u64| a == b || lower(a) == lower(b);
    if let (Some(last), Some(other)) = (a.last_chunk(), b.last_chunk()) {
        let (words, others) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
        return words
            .iter()
            .zip(others)
            .chain([(last, other)])
            .all(|(a, b)| same(u64::from_ne_bytes(*a), u64::from_ne_bytes(*b)));
    }
    let halves = |text: &[u8]| {
        let (first, last) = (text.first_chunk()?, text.last_chunk()?);
        Some(u64::from(u32::from_ne_bytes(*first)) << 32 | u64::from(u32::from_ne_bytes(*last)))
    };
    match (halves(a), halves(b)) {
        (Some(a), Some(b)) => same(a, b),
        _ => a.eq_ignore_ascii_case(b),
    }
}

/// Eight bytes with their ASCII capitals in lower case. Of the seven low bits of each, two sums carry into the eighth: from
/// `A` on, and behind `Z`.
fn lower(word: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let low = word & !HIGH;
    let from_a = low + ONES * u64::from(0x80 - b'A');
    let behind_z = low + ONES * u64::from(0x7F - b'Z');
    word | (from_a & !behind_z & !word & HIGH) >> 2
}

/// Without the optional white space of RFC 9110 §5.6.3 around it.
pub(crate) fn trimmed(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

#[cfg(feature = "http")]
impl<'r> From<&'r http::request::Parts> for RequestHead<'r> {
    fn from(parts: &'r http::request::Parts) -> Self {
        Self::from_http(&parts.method, &parts.uri, &parts.headers)
    }
}

impl core::fmt::Debug for RequestHead<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RequestHead").field("headers", &self.headers).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};

    use super::*;

    #[test]
    fn names_are_compared_as_the_standard_library_compares_them() {
        let edges = ['@', 'A', 'Z', '[', '`', 'a', 'z', '{', '\0', '\x7F', '-'];
        for length in 0..20 {
            let base: Vec<char> = "x-Ems-Date-é-Q".chars().cycle().take(length).collect();
            for at in 0..length.max(1) {
                for (one, other) in edges.iter().flat_map(|one| edges.map(|other| (*one, other))) {
                    let with = |char| {
                        let mut text = base.clone();
                        text.iter_mut().skip(at).take(1).for_each(|slot| *slot = char);
                        text.into_iter().collect::<String>()
                    };
                    let (one, other) = (with(one), with(other));
                    assert_eq!(same_name(&one, &other), one.eq_ignore_ascii_case(&other), "{one} {other}");
                }
            }
        }
        assert!(!same_name("host", "hosts") && !same_name("é", "É"));
    }

    #[test]
    fn capitals_alone_are_put_in_lower_case() {
        for byte in 0..=255u8 {
            let word = [byte, b'A', byte, 0xC1, b'z', byte, 0xDA, byte];
            let wanted = word.map(|byte| byte.to_ascii_lowercase());
            assert_eq!(lower(u64::from_ne_bytes(word)).to_ne_bytes(), wanted, "{byte}");
        }
    }
}
