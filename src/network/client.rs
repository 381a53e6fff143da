//! The address that a request came from.

use core::{fmt, net::IpAddr};

/// A client's address, or the knowledge that there is none.
///
/// Behind proxies [`TrustedProxies::client`](crate::TrustedProxies::client) makes it; without, [`direct`](Self::direct).
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
    /// Whether a list may match it.
    listed: bool,
}

/// Where a client's address was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AddrSource {
    /// The other end of the connection.
    Peer,
    /// A header that a trusted proxy wrote.
    Header,
    /// The other end of the connection, which is a trusted proxy that sent no header: one was lost on the way, or the
    /// proxy itself called. The address is in no list, unless
    /// [`danger_proxies_are_clients`](crate::TrustedProxies::danger_proxies_are_clients) was chosen.
    ProxyItself,
    /// Nowhere.
    Unknown,
}

impl ClientAddr {
    /// The peer of a connection that no proxy stands in. Behind a proxy this is the proxy's own address, for everyone.
    pub const fn direct(peer: IpAddr) -> Self {
        Self::of(peer, AddrSource::Peer)
    }

    /// No address is known: a Unix socket, for example.
    pub const fn unknown() -> Self {
        Self { ip: None, source: AddrSource::Unknown, listed: false }
    }

    pub(super) const fn forwarded(ip: IpAddr) -> Self {
        Self::of(ip, AddrSource::Header)
    }

    pub(super) const fn proxy(peer: IpAddr, is_client: bool) -> Self {
        let mut proxy = Self::of(peer, AddrSource::ProxyItself);
        proxy.listed = is_client;
        proxy
    }

    const fn of(ip: IpAddr, source: AddrSource) -> Self {
        Self { ip: Some(ip.to_canonical()), source, listed: true }
    }

    /// The address, if one is known. Never a mapped one.
    pub const fn ip(self) -> Option<IpAddr> {
        self.ip
    }

    /// The address, if lists may match it.
    pub(super) const fn listed(self) -> Option<IpAddr> {
        if self.listed { self.ip } else { None }
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
