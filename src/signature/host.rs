//! The one host that a request names.

use super::flaw::Flaw;
use crate::request::{RequestHead, trimmed};

/// `:authority`, or the authority of an absolute target, or else the one Host line. Two that differ, or two lines, are
/// refused: whoever stands in front may have read the other.
pub(crate) fn host<'r>(head: &RequestHead<'r>) -> Result<Option<&'r str>, Flaw> {
    let mut lines = head.headers.all("host");
    let line = match (lines.next(), lines.next()) {
        (_, Some(_)) => return Err(Flaw::Hosts),
        (Some(line), None) => Some(core::str::from_utf8(trimmed(line)).map_err(|_| Flaw::Value)?),
        (None, None) => None,
    };
    [head.authority, absolute(head.target), line].into_iter().flatten().try_fold(
        None,
        |found: Option<&str>, host| match found {
            Some(found) if !found.eq_ignore_ascii_case(host) => Err(Flaw::Hosts),
            _ => Ok(found.or(Some(host))),
        },
    )
}

/// The authority of `scheme://authority/path`.
fn absolute(target: &str) -> Option<&str> {
    if target.starts_with('/') {
        return None; // nearly always, and cheaper than a search
    }
    let (scheme, rest) = target.split_once("://")?;
    if scheme.contains(['/', '?']) {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Headers;

    #[test]
    fn a_request_names_one_host() {
        let one: &[(&str, &[u8])] = &[("Host", b" a.test ")];
        let two: &[(&str, &[u8])] = &[("Host", b"a.test"), ("host", b"a.test")];
        let of = |target, lines, authority| {
            let head = RequestHead::new("GET", target, Headers::lines(lines));
            host(&RequestHead { authority, ..head })
        };
        assert_eq!(of("/", one, None), Ok(Some("a.test")));
        assert_eq!(of("/", &[], Some("A.test")), Ok(Some("A.test")));
        assert_eq!(of("/", one, Some("A.test")), Ok(Some("A.test")));
        assert_eq!(of("https://a.test/x?y", one, None), Ok(Some("a.test")));
        assert_eq!(of("/?u=https://b.test/", one, None), Ok(Some("a.test")));
        assert_eq!(of("/", &[], None), Ok(None));
        for differs in [of("/", one, Some("b.test")), of("https://b.test/", one, None), of("/", two, None)] {
            assert_eq!(differs, Err(Flaw::Hosts));
        }
    }
}
