//! The address that a request came from.

use core::{fmt, net::IpAddr};

/// A client's address, or the knowledge that there is none.
///
/// IPv4 addresses mapped into IPv6 (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) are IPv4 from here on. An unknown address
/// is admitted by [`Allowlist::Any`](crate::Allowlist::Any) and by no list.
///
/// ```
/// use keyward::{AddrSource, ClientAddr};
/// let client = ClientAddr::direct("::ffff:192.0.2.1".parse()?);
/// assert_eq!(client.to_string(), "192.0.2.1");
/// assert_eq!(client.source(), AddrSource::Peer);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddr {
    ip: Option<IpAddr>,
    source: AddrSource,
}

/// Where a client's address was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AddrSource {
    /// The other end of the connection.
    Peer,
    /// Nowhere.
    Unknown,
}

impl ClientAddr {
    /// The peer of a connection that no proxy stands in. Behind a proxy this is the proxy's own address, for everyone.
    pub const fn direct(peer: IpAddr) -> Self {
        Self { ip: Some(peer.to_canonical()), source: AddrSource::Peer }
    }

    /// No address is known: a Unix socket, for example.
    pub const fn unknown() -> Self {
        Self { ip: None, source: AddrSource::Unknown }
    }

    /// The address, if one is known. Never a mapped one.
    pub const fn ip(self) -> Option<IpAddr> {
        self.ip
    }

    /// Where the address was read.
    pub const fn source(self) -> AddrSource {
        self.source
    }
}

impl fmt::Display for ClientAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip {
            Some(ip) => ip.fmt(f),
            None => f.pad("unknown"),
        }
    }
}
