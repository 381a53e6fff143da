//! The hosts that a verifier answers for.

use alloc::{boxed::Box, vec::Vec};

/// The hosts of a service, as its callers sign them: a request signed for another is refused.
///
/// Names are compared without case; a port counts unless it is the default of the scheme (80, 443), which is dropped on
/// both sides (RFC 9110 §4.2.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Authorities(Vec<Box<str>>);

impl Authorities {
    pub(crate) fn add(&mut self, host: &str) {
        self.0.push(bare(host).to_ascii_lowercase().into());
    }

    /// Whether `host` is one of ours. None is, where nobody said which are ours.
    pub(crate) fn contain(&self, host: &str) -> bool {
        let host = bare(host);
        self.0.iter().any(|ours| ours.eq_ignore_ascii_case(host))
    }
}

/// Without a default port. Which scheme the request came by is not asked: a service that answers on both ports under
/// one name is one service.
fn bare(host: &str) -> &str {
    let bare = host.strip_suffix(":443").or_else(|| host.strip_suffix(":80"));
    // `[::1]:443` has a port, `::443` is an address without its brackets.
    bare.filter(|bare| !bare.contains(':') || bare.ends_with(']')).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_compared_without_case_and_default_port() {
        let mut ours = Authorities::default();
        for host in ["api.example.test", "API2.example.test:443", "api3.example.test:8443", "[::1]:443"] {
            ours.add(host);
        }
        for host in [
            "api.example.test",
            "API.EXAMPLE.test:80",
            "api2.example.test",
            "api3.example.test:8443",
            "[::1]",
        ] {
            assert!(ours.contain(host), "{host}");
        }
        for host in [
            "",
            "example.test",
            "xapi.example.test",
            "api.example.test.",
            "api3.example.test",
            "api.example.test:8443",
            "[::1]:80:80",
        ] {
            assert!(!ours.contain(host), "{host}");
        }
        assert!(!Authorities::default().contain("api.example.test"));
    }
}
