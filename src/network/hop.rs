//! The address that one entry of a forwarding header names.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::request::trimmed;

/// Most bytes of an entry that names an address: an IPv6 address with an IPv4 tail (45), brackets, and a port's colon
/// and five digits, or an obfuscated port; longer ones name none.
pub(super) const MAX_HOP: usize = 64;

/// An entry of X-Forwarded-For, which no standard describes: an address, IPv6 with or without brackets, with a port
/// behind it or not, quoted or not.
pub(super) fn loose(entry: &[u8]) -> Option<IpAddr> {
    let entry = text(trimmed(entry))?;
    let entry = entry.strip_prefix('"').map_or(Some(entry), |rest| rest.strip_suffix('"'))?;
    match entry.parse::<Ipv6Addr>() {
        Ok(ip) => Some(ip.into()),
        Err(_) => node(entry, is_port),
    }
}

/// RFC 7239 §6: `nodename [ ":" node-port ]`, IPv6 in brackets. `unknown` and obfuscated names are no addresses.
pub(super) fn strict(name: &[u8]) -> Option<IpAddr> {
    node(text(name)?, |port| is_port(port) || is_obfuscated(port))
}

fn text(entry: &[u8]) -> Option<&str> {
    core::str::from_utf8(entry).ok().filter(|entry| entry.len() <= MAX_HOP)
}

fn node(text: &str, is_port: impl Fn(&str) -> bool) -> Option<IpAddr> {
    let (ip, rest): (IpAddr, _) = if let Some(text) = text.strip_prefix('[') {
        let (ip, rest) = text.split_once(']')?;
        (ip.parse::<Ipv6Addr>().ok()?.into(), rest)
    } else {
        let (ip, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
        (ip.parse::<Ipv4Addr>().ok()?.into(), rest)
    };
    (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port)).then_some(ip)
}

fn is_port(text: &str) -> bool {
    text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// RFC 7239 §6.3: `"_" 1*(ALPHA / DIGIT / "." / "_" / "-")`.
fn is_obfuscated(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    text.strip_prefix('_').is_some_and(|name| !name.is_empty() && name.bytes().all(allowed))
}
