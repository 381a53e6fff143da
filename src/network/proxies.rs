//! Proxies that are believed, and the client's address that they name.

use core::{
    net::IpAddr,
    num::{NonZeroU8, NonZeroUsize},
};

use crate::request::{Headers, MAX_HEADER_LINES};

use super::{
    client::ClientAddr,
    forwarded::{Hop, Hops},
    hop,
    problem::RuleProblem,
    rule::Rule,
    set::AddressSet,
    text::{self, InvalidRules},
};

/// The header in which proxies say whom they forward for. One, by configuration: a proxy that writes one of them passes
/// on what a caller wrote into the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Forwarding {
    /// `X-Forwarded-For: 203.0.113.9, 10.0.0.2`.
    ///
    /// Entries stand between commas: addresses, IPv6 bare or in brackets, with a port (`203.0.113.9:4711`,
    /// `[2001:db8::1]:4711`) or without, in double quotes or not.
    XForwardedFor,
    /// `Forwarded: for=203.0.113.9;proto=https, for="[2001:db8::1]:4711"`, RFC 7239 to the letter: blanks around commas
    /// only, IPv6 in brackets and quotes, no parameter twice in an element, and at most 16 in one. An error anywhere in
    /// it makes the client unknown.
    Forwarded,
}

impl Forwarding {
    const fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

/// Most hops that are walked. Chains of proxies have a handful; a longer one is a loop or an attempt to keep us busy.
pub const MAX_HOPS: usize = 64;
/// Most bytes of the header, over all its lines. Servers stop at 8 to 64 KiB for all headers together.
pub const MAX_FORWARDING: usize = 64 * 1024;

/// Which proxies stand before the service, and how to learn from them who calls.
///
/// A header is believed as far as those who wrote it: from the right, hop by hop, as long as each address is a trusted
/// proxy's. The first that is not is the client. What stands to its left was written by that client, and is not looked
/// at; there is no mode that takes the leftmost entry whoever wrote it.
///
/// | what came | the client |
/// |---|---|
/// | no peer address | unknown |
/// | a peer that is no trusted proxy | the peer, whatever the headers say |
/// | a trusted peer without the header | the peer, as [`ProxyItself`](crate::AddrSource::ProxyItself), which no list admits |
/// | hops, of which one is not trusted | the rightmost such |
/// | hops, all trusted | the leftmost |
/// | on the way a hop that is no address: `unknown`, `_hidden`, empty, with a zone, without `for` | unknown |
/// | anything else in the way: a syntax error in `Forwarded`, more than [`MAX_HOPS`] walked, more than [`MAX_FORWARDING`] bytes or [`MAX_HEADER_LINES`] lines | unknown |
///
/// An unknown client is in no list, so what cannot be read is refused wherever addresses count. Nothing here allocates.
///
/// ```
/// use keyward::{AddrSource, Forwarding, Headers, TrustedProxies};
/// let proxies = TrustedProxies::parse(Forwarding::XForwardedFor, "10.0.0.0/28")?;
/// let lines = [("x-forwarded-for", b"192.0.2.66, 203.0.113.9, 10.0.0.2".as_slice())];
/// let peer = "10.0.0.1".parse::<std::net::IpAddr>().expect("an address");
/// let client = proxies.client(Headers::lines(&lines), peer);
/// assert_eq!((client.to_string().as_str(), client.source()), ("203.0.113.9", AddrSource::Header));
/// # Ok::<(), keyward::InvalidRules>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedProxies {
    header: Forwarding,
    trust: Trust,
    are_clients: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Trust {
    In(AddressSet),
    Hops(NonZeroU8),
}

impl TrustedProxies {
    /// Nobody is believed: the client is the peer.
    pub fn none() -> Self {
        Self::of(Forwarding::XForwardedFor, Trust::In(AddressSet::default()))
    }

    /// The proxies' addresses, as a text area in the grammar of
    /// [`Allowlist::parse`](crate::Allowlist::parse). No rule at all is [`none`](Self::none).
    ///
    /// ```
    /// use keyward::{Forwarding, TrustedProxies};
    /// let error = TrustedProxies::parse(Forwarding::Forwarded, "10.0.0.0/8\n0.0.0.0/0").unwrap_err();
    /// assert_eq!(error.lines()[0].number, 2);
    /// ```
    ///
    /// # Errors
    /// Every bad line, with its number. Trusting every address of a family is refused
    /// ([`RuleProblem::TrustsEveryone`]), be it by one line or by several together; the last line is named then.
    pub fn parse(header: Forwarding, text: &str) -> Result<Self, InvalidRules> {
        let everyone = |rule: &Rule| {
            AddressSet::from_iter([rule]).has_a_whole_family().then_some(RuleProblem::TrustsEveryone)
        };
        let set: AddressSet = text::rules_but(text, everyone)?.iter().collect();
        if set.has_a_whole_family() {
            return Err(InvalidRules::last_line(text, RuleProblem::TrustsEveryone));
        }
        Ok(Self::of(header, Trust::In(set)))
    }

    /// The client is the `count`th hop from the right: 1 is what the peer itself wrote. For proxies without fixed
    /// addresses, and only where nobody can reach the service past them: any peer is believed. Fewer hops, or no
    /// header, are unknown.
    pub fn hops(header: Forwarding, count: NonZeroU8) -> Self {
        Self::of(header, Trust::Hops(count))
    }

    /// A trusted proxy that sends no header is a client like any other, and lists may admit its address: for a proxy
    /// that calls by itself.
    ///
    /// The danger: where a proxy loses its header, every caller behind it has its address. [`hops`](Self::hops) are not
    /// affected.
    #[must_use]
    pub fn danger_proxies_are_clients(mut self) -> Self {
        self.are_clients = true;
        self
    }

    fn of(header: Forwarding, trust: Trust) -> Self {
        Self { header, trust, are_clients: false }
    }

    /// The client of a request with these headers, whose connection came from `peer`.
    pub fn client(&self, headers: Headers<'_>, peer: impl Into<Option<IpAddr>>) -> ClientAddr {
        let Some(peer) = peer.into() else { return ClientAddr::unknown() };
        let named = match &self.trust {
            Trust::In(set) if !set.contains(peer) => return ClientAddr::direct(peer),
            Trust::In(_) if headers.all(self.header.name()).next().is_none() => {
                return ClientAddr::proxy(peer, self.are_clients);
            }
            _ if !self.fits(headers) => None,
            Trust::In(set) => self.walk(headers, set),
            Trust::Hops(count) => self.nth(headers, NonZeroUsize::from(*count)),
        };
        named.map_or(ClientAddr::unknown(), ClientAddr::forwarded)
    }

    fn fits(&self, headers: Headers<'_>) -> bool {
        let lengths = headers.all(self.header.name()).map(<[u8]>::len);
        headers.len() <= MAX_HEADER_LINES && lengths.sum::<usize>() <= MAX_FORWARDING
    }

    fn walk(&self, headers: Headers<'_>, trusted: &AddressSet) -> Option<IpAddr> {
        match self.header {
            Forwarding::XForwardedFor => first_untrusted(entries(headers).map(hop::loose), trusted),
            Forwarding::Forwarded => {
                let (last, count) = last_hops(headers)?;
                let hops =
                    (0..count).rev().map(|hop| last.get(hop % MAX_HOPS).copied().unwrap_or_default().ip());
                first_untrusted(hops, trusted)
            }
        }
    }

    fn nth(&self, headers: Headers<'_>, count: NonZeroUsize) -> Option<IpAddr> {
        match self.header {
            Forwarding::XForwardedFor => hop::loose(entries(headers).nth(count.get() - 1)?),
            Forwarding::Forwarded => {
                let (_, all) = last_hops(headers)?;
                hops(headers).nth(all.checked_sub(count.get())?)??.ip()
            }
        }
    }
}

/// `hops` from the right.
fn first_untrusted(hops: impl Iterator<Item = Option<IpAddr>>, trusted: &AddressSet) -> Option<IpAddr> {
    let mut leftmost = None;
    for (walked, hop) in hops.enumerate() {
        let ip = hop.filter(|_| walked < MAX_HOPS)?;
        if !trusted.contains(ip) {
            return Some(ip);
        }
        leftmost = Some(ip);
    }
    leftmost
}

/// Of X-Forwarded-For, from the right.
fn entries(headers: Headers<'_>) -> impl Iterator<Item = &[u8]> {
    let lines = headers.all(Forwarding::XForwardedFor.name()).rev();
    lines.flat_map(|line| line.rsplit(|byte| *byte == b','))
}

/// Of Forwarded, from the left; `None` where a line is malformed.
fn hops(headers: Headers<'_>) -> impl Iterator<Item = Option<Hop<'_>>> {
    headers.all(Forwarding::Forwarded.name()).flat_map(Hops::of).map(Result::ok)
}

/// The last hops, each at its number modulo [`MAX_HOPS`], and how many there are in all. Whatever the walk would reach,
/// every line is read to its end: an error left of the client may be a quote that hides a hop.
fn last_hops(headers: Headers<'_>) -> Option<([Hop<'_>; MAX_HOPS], usize)> {
    let (mut last, mut count) = ([Hop::default(); MAX_HOPS], 0);
    for hop in hops(headers) {
        *last.get_mut(count % MAX_HOPS)? = hop?;
        count += 1;
    }
    Some((last, count))
}
