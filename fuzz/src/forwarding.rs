//! The client that a forwarding header names.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::NonZeroU8,
    sync::LazyLock,
};

use keyward::{AddrSource, ClientAddr, Forwarding, Headers, MAX_HOPS, TrustedProxies};
use regex::bytes::Regex;

const PROXIES: &str = "10.0.0.0/28\n2001:db8::/64";
const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

/// Each line is a header's value. The client is the rightmost entry that is no proxy's, or nobody.
pub fn x_forwarded_for(data: &[u8]) {
    let lines: Vec<_> = data.split(|byte| *byte == b'\n').collect();
    let entries = lines.iter().flat_map(|line| line.split(|byte| *byte == b','));
    names(
        Forwarding::XForwardedFor,
        "X-Forwarded-For",
        &lines,
        Some(&entries.map(loose).collect::<Vec<_>>()),
    );
}

/// Each line is a header's value of RFC 7239, here read by regular expressions. An error anywhere is no client at all.
pub fn forwarded(data: &[u8]) {
    let lines: Vec<_> = data.split(|byte| *byte == b'\n').collect();
    let hops: Option<Vec<_>> = lines.iter().map(|line| elements(line)).collect();
    names(Forwarding::Forwarded, "forwarded", &lines, hops.map(|hops| hops.concat()).as_deref());
}

/// Compares the client with what these hops, from the left, lead to.
fn names(header: Forwarding, name: &str, lines: &[&[u8]], hops: Option<&[Option<IpAddr>]>) {
    let lines: Vec<_> = [("forwarded-by", b"203.0.113.1".as_slice())]
        .into_iter()
        .chain(lines.iter().map(|line| (name, *line)))
        .collect();
    let headers = Headers::lines(&lines);
    let told = |ip: Option<IpAddr>| (ip.map(|ip| ip.to_canonical()), source(ip.is_some()));
    let seen = |client: ClientAddr| (client.ip(), client.source());

    let proxies = TrustedProxies::parse(header, PROXIES).expect("a list");
    let walked = hops.and_then(walk).filter(|_| lines.len() <= keyward::MAX_HEADER_LINES);
    assert_eq!(seen(proxies.client(headers, PEER)), told(walked));
    let stranger = "192.0.2.7".parse().expect("an address");
    assert_eq!(
        proxies.client(headers, Some(stranger)),
        ClientAddr::direct(stranger),
        "a stranger is not believed"
    );
    assert_eq!(proxies.client(headers, None), ClientAddr::unknown());

    for count in [1, 2, 65].map(|count| NonZeroU8::new(count).expect("not zero")) {
        let at =
            |hops: &[Option<IpAddr>]| hops.iter().copied().rev().nth(usize::from(count.get()) - 1).flatten();
        let nth = hops.and_then(at).filter(|_| lines.len() <= keyward::MAX_HEADER_LINES);
        assert_eq!(
            seen(TrustedProxies::hops(header, count).client(headers, stranger)),
            told(nth),
            "hop {count}"
        );
    }
}

fn source(known: bool) -> AddrSource {
    if known { AddrSource::Header } else { AddrSource::Unknown }
}

fn walk(hops: &[Option<IpAddr>]) -> Option<IpAddr> {
    let strange = hops.iter().rev().position(|hop| hop.is_none_or(|ip| !trusted(ip)));
    let steps = strange.map_or(hops.len(), |at| at + 1);
    let hop = hops.get(hops.len() - steps).copied().flatten();
    hop.filter(|_| steps <= MAX_HOPS)
}

fn trusted(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.octets()[..3] == [10, 0, 0] && ip.octets()[3] < 16,
        IpAddr::V6(ip) => ip.segments()[..4] == [0x2001, 0xdb8, 0, 0],
    }
}

fn loose(entry: &[u8]) -> Option<IpAddr> {
    let first = entry.iter().position(|byte| !b" \t".contains(byte))?;
    let last = entry.iter().rposition(|byte| !b" \t".contains(byte))?;
    let entry = crate::text(&entry[first..=last]).filter(|entry| entry.len() <= 64)?;
    let entry = match entry.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => entry,
    };
    entry.parse::<Ipv6Addr>().map(IpAddr::from).ok().or_else(|| node(entry, false))
}

/// An IPv4 address or one of IPv6 in brackets, and a port.
fn node(text: &str, obfuscated: bool) -> Option<IpAddr> {
    static NODE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+))(?::(?:([0-9]{1,5})|(_[A-Za-z0-9._-]+)))?$")
            .expect("an expression")
    });
    let found = NODE.captures(text.as_bytes())?;
    let group = |number| found.get(number).and_then(|group| crate::text(group.as_bytes()));
    let port = group(3).is_none_or(|port| port.parse::<u16>().is_ok());
    let ip = match (group(1), group(2)) {
        (Some(v6), _) => v6.parse::<Ipv6Addr>().ok()?.into(),
        (_, v4) => v4?.parse::<Ipv4Addr>().ok()?.into(),
    };
    (port && (obfuscated || group(4).is_none())).then_some(ip)
}

/// What `for` says in each element of a line; `None` for a line that is not by the grammar.
fn elements(line: &[u8]) -> Option<Vec<Option<IpAddr>>> {
    const PAIR: &str = r#"[!#$%&'*+\-.^_`|~0-9A-Za-z]+=(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*")"#;
    static ELEMENT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(r"^(?-u:[\t ]*(?:{PAIR})?(?:;(?:{PAIR})?)*[\t ]*)(,|$)")).expect("an expression")
    });
    static ONE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(&format!("(?-u:{PAIR})")).expect("an expression"));
    let (mut rest, mut hops) = (line, Vec::new());
    loop {
        let found = ELEMENT.captures(rest)?;
        let whole = found.get(0).expect("all of it").end();
        let pairs: Vec<_> = ONE.find_iter(&rest[..whole]).map(|pair| pair.as_bytes()).collect();
        let mut names = Vec::new();
        let mut hop = None;
        for pair in &pairs {
            let equals = pair.iter().position(|byte| *byte == b'=').expect("a pair");
            let name = pair[..equals].to_ascii_lowercase();
            if name == b"for" {
                hop = unquoted(&pair[equals + 1..]).and_then(|value| node(crate::text(&value)?, true));
            }
            names.push(name);
        }
        names.sort_unstable();
        if pairs.len() > 16 || names.windows(2).any(|pair| pair[0] == pair[1]) {
            return None;
        }
        hops.push(hop);
        if found.get(1).is_none_or(|comma| comma.is_empty()) {
            return Some(hops);
        }
        rest = &rest[whole..];
    }
}

/// At most 64 bytes, and IPv6 stands in quotes, since a token has neither brackets nor colons.
fn unquoted(value: &[u8]) -> Option<Vec<u8>> {
    let Some(quoted) = value.strip_prefix(b"\"") else { return (value.len() <= 64).then(|| value.to_vec()) };
    let mut plain = Vec::new();
    let mut bytes = quoted[..quoted.len() - 1].iter();
    while let Some(byte) = bytes.next() {
        plain.push(if *byte == b'\\' { *bytes.next()? } else { *byte });
    }
    (plain.len() <= 64).then_some(plain)
}
