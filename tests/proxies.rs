//! Who called, when proxies stand between: one test for each rule of [`keyward::TrustedProxies`].

mod common;

use std::{net::IpAddr, num::NonZeroU8};

use common::{World, list};
use keyward::{
    AccessLevel, AddrSource, Allowlist, ClientAddr, Code, Forwarding, Headers, MAX_FORWARDING,
    MAX_HEADER_LINES, MAX_HOPS, RuleProblem, TrustedProxies,
};

const X: &str = "X-Forwarded-For";
const F: &str = "Forwarded";

fn kind(header: &str) -> Forwarding {
    if header == X { Forwarding::XForwardedFor } else { Forwarding::Forwarded }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Address and source, for short: `203.0.113.9 Header`.
fn said(client: ClientAddr) -> String {
    match client.ip() {
        Some(ip) => format!("{ip} {:?}", client.source()),
        None => format!("{:?}", client.source()),
    }
}

fn ask(proxies: &TrustedProxies, peer: &str, lines: &[(&str, &str)]) -> String {
    let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    said(proxies.client(Headers::lines(&lines), ip(peer)))
}

/// Behind 10.0.0.0/24, from the proxy 10.0.0.1.
fn behind(header: &str, values: &[&str]) -> String {
    let proxies = TrustedProxies::parse(kind(header), "10.0.0.0/24").unwrap();
    let lines: Vec<_> = values.iter().map(|value| (header, *value)).collect();
    ask(&proxies, "10.0.0.1", &lines)
}

fn hops(header: &str, count: u8, values: &[&str]) -> String {
    let proxies = TrustedProxies::hops(kind(header), NonZeroU8::new(count).unwrap());
    let lines: Vec<_> = values.iter().map(|value| (header, *value)).collect();
    ask(&proxies, "192.0.2.1", &lines)
}

#[test]
fn an_untrusted_peer_is_the_client_whatever_the_headers_say() {
    let proxies = TrustedProxies::parse(Forwarding::Forwarded, "10.0.0.0/24").unwrap();
    let huge = "x".repeat(MAX_FORWARDING + 1);
    for value in ["for=203.0.113.9", "for=\"", "", &huge] {
        assert_eq!(ask(&proxies, "192.0.2.1", &[(F, value), (X, value)]), "192.0.2.1 Peer");
    }
}

#[test]
fn nobody_is_trusted_unless_listed() {
    let empty = TrustedProxies::parse(Forwarding::XForwardedFor, "\n \n").unwrap();
    assert_eq!(empty, TrustedProxies::none());
    assert_eq!(ask(&empty, "10.0.0.1", &[(X, "203.0.113.9")]), "10.0.0.1 Peer");
    assert_eq!(ask(&empty, "::ffff:10.0.0.1", &[]), "10.0.0.1 Peer");
}

#[test]
fn without_a_peer_the_client_is_unknown() {
    let lines = [(X, b"203.0.113.9".as_slice()), (F, b"for=203.0.113.9")];
    let one = NonZeroU8::MIN;
    for proxies in [
        TrustedProxies::none(),
        TrustedProxies::parse(Forwarding::XForwardedFor, "10.0.0.0/24").unwrap(),
        TrustedProxies::hops(Forwarding::Forwarded, one).danger_proxies_are_clients(),
    ] {
        assert_eq!(proxies.client(Headers::lines(&lines), None), ClientAddr::unknown());
    }
}

#[test]
fn the_client_is_the_first_untrusted_hop_from_the_right() {
    for (values, client) in [
        (&["203.0.113.9"][..], "203.0.113.9 Header"),
        (&["203.0.113.9, 10.0.0.2"], "203.0.113.9 Header"),
        (&["192.0.2.66, 203.0.113.9,10.0.0.3 ,\t10.0.0.2"], "203.0.113.9 Header"),
        (&["192.0.2.66", "203.0.113.9", "10.0.0.2"], "203.0.113.9 Header"),
        (&["192.0.2.66, 203.0.113.9", "10.0.0.2"], "203.0.113.9 Header"),
        (&["10.0.0.9, 203.0.113.9"], "203.0.113.9 Header"),
        (&["::ffff:203.0.113.9, ::ffff:10.0.0.2"], "203.0.113.9 Header"),
        (&["2001:db8::1"], "2001:db8::1 Header"),
    ] {
        assert_eq!(behind(X, values), client, "{values:?}");
    }
    for (values, client) in [
        (&["for=203.0.113.9"][..], "203.0.113.9 Header"),
        (&["for=192.0.2.66, for=203.0.113.9;proto=https , FOR=10.0.0.2;by=_gate"], "203.0.113.9 Header"),
        (&["for=192.0.2.66", "for=203.0.113.9", "by=10.0.0.1;for=\"10.0.0.2\""], "203.0.113.9 Header"),
        (&["for=\"[2001:db8::1]\";host=\"a,b;c\\\"for=x\""], "2001:db8::1 Header"),
        (&["for=\"203.0.113.\\9\""], "203.0.113.9 Header"),
    ] {
        assert_eq!(behind(F, values), client, "{values:?}");
    }
}

#[test]
fn the_other_header_is_not_looked_at() {
    let proxies = TrustedProxies::parse(Forwarding::XForwardedFor, "10.0.0.0/24").unwrap();
    let lines = [(F, "for=192.0.2.66"), ("x-forwarded-for", "203.0.113.9"), ("X-Real-IP", "192.0.2.66")];
    assert_eq!(ask(&proxies, "10.0.0.1", &lines), "203.0.113.9 Header");
    assert_eq!(ask(&proxies, "10.0.0.1", &lines[..1]), "10.0.0.1 ProxyItself");
}

#[test]
fn when_all_hops_are_trusted_the_leftmost_is_the_client() {
    assert_eq!(behind(X, &["10.0.0.3, 10.0.0.2"]), "10.0.0.3 Header");
    assert_eq!(behind(F, &["for=10.0.0.3", "for=10.0.0.2"]), "10.0.0.3 Header");
}

#[test]
fn ports_quotes_and_brackets_are_taken_off() {
    for (entry, client) in [
        ("203.0.113.9:4711", "203.0.113.9 Header"),
        ("203.0.113.9:0", "203.0.113.9 Header"),
        ("203.0.113.9:65535", "203.0.113.9 Header"),
        ("\"203.0.113.9\"", "203.0.113.9 Header"),
        ("\"203.0.113.9:4711\"", "203.0.113.9 Header"),
        ("[2001:db8::1]", "2001:db8::1 Header"),
        ("[2001:db8::1]:4711", "2001:db8::1 Header"),
        ("\"[2001:db8::1]:4711\"", "2001:db8::1 Header"),
        ("[::ffff:203.0.113.9]:1", "203.0.113.9 Header"),
        ("2001:db8::1:4711", "2001:db8::1:4711 Header"),
    ] {
        assert_eq!(behind(X, &[entry]), client, "{entry}");
    }
    for (element, client) in [
        ("for=\"203.0.113.9:4711\"", "203.0.113.9 Header"),
        ("for=\"203.0.113.9:_hidden.port-1\"", "203.0.113.9 Header"),
        ("for=\"[2001:db8::1]:4711\"", "2001:db8::1 Header"),
        ("for=\"[::ffff:203.0.113.9]\"", "203.0.113.9 Header"),
    ] {
        assert_eq!(behind(F, &[element]), client, "{element}");
    }
}

#[test]
fn a_walked_hop_that_is_no_address_makes_the_client_unknown() {
    for entry in [
        "",
        " ",
        "unknown",
        "_hidden",
        "fe80::1%eth0",
        "[fe80::1%eth0]:1",
        "[203.0.113.9]",
        "[2001:db8::1",
        "2001:db8::1]",
        "203.0.113.9:",
        "203.0.113.9:65536",
        "203.0.113.9:123456",
        "203.0.113.9:000080",
        "203.0.113.9:+1",
        "203.0.113.9:_p",
        "203.0.113.9 10.0.0.2",
        "203.0.113.09",
        "203.0.113",
        "3405803785",
        "0xcb.0.113.9",
        "\"203.0.113.9",
        "203.0.113.9\"",
        "\"\"203.0.113.9\"\"",
        "for=203.0.113.9",
        "203.0.113.9\u{a0}",
        "203.0.113.9;",
        "localhost",
        "\u{661}",
    ] {
        assert_eq!(behind(X, &[entry]), "Unknown", "{entry:?}");
        assert_eq!(behind(X, &[&format!("203.0.113.9,{entry},10.0.0.2")]), "Unknown", "{entry:?}");
        assert_eq!(behind(X, &[&format!("{entry},203.0.113.9,10.0.0.2")]), "203.0.113.9 Header", "{entry:?}");
    }
    for element in [
        "",
        ";",
        "proto=https",
        "for=unknown",
        "for=_hidden",
        "for=\"\"",
        "for=\"2001:db8::1\"",
        "for=\"[fe80::1%eth0]\"",
        "for=\"203.0.113.9:\"",
        "for=\"203.0.113.9:_\"",
        "for=\"203.0.113.9:_a b\"",
        "for=\" 203.0.113.9\"",
        "for=\"203.0.113.9\\:70000\"",
        "for=203.0.113.09",
        "host=for",
        "fo=203.0.113.9",
    ] {
        assert_eq!(behind(F, &[element]), "Unknown", "{element:?}");
        let middle = format!("for=192.0.2.66,{element},for=10.0.0.2");
        assert_eq!(behind(F, &[&middle]), "Unknown", "{element:?}");
        let left = format!("{element},for=203.0.113.9,for=10.0.0.2");
        assert_eq!(behind(F, &[&left]), "203.0.113.9 Header", "{element:?}");
    }
}

#[test]
fn a_lexical_error_anywhere_in_forwarded_makes_the_client_unknown() {
    for bad in [
        "for",
        "for=",
        "=203.0.113.9",
        "for =192.0.2.1",
        "for= 192.0.2.1",
        "for=192.0.2.1; proto=http",
        "for=192.0.2.1 ;proto=http",
        "for=192.0.2.1:80",
        "for=[2001:db8::1]",
        "for=\"192.0.2.1",
        "for=192.0.2.1\"",
        "for=\"192.0.2.1\"x",
        "for=\"a\\",
        "for=\"a\u{7f}\"",
        "for=\"a\u{1}\"",
        "for=a b",
        "for=\u{e9}",
        "a/b=c",
        "@",
    ] {
        for values in [vec![bad, "for=203.0.113.9"], vec!["for=203.0.113.9", bad]] {
            assert_eq!(behind(F, &values), "Unknown", "{values:?}");
            assert_eq!(hops(F, 1, &values), "Unknown", "{values:?}");
        }
        assert_eq!(behind(F, &[&format!("{bad}, for=203.0.113.9")]), "Unknown", "{bad}");
    }
    assert_eq!(
        behind(F, &["for=\"\u{e9}\", for=203.0.113.9"]),
        "203.0.113.9 Header",
        "quoted bytes above ASCII"
    );
}

#[test]
fn a_quote_left_open_hides_no_hop() {
    // The caller sent the first half; the proxy appended, on the same line or on another.
    assert_eq!(behind(F, &["for=10.0.0.9;host=\", for=203.0.113.9"]), "Unknown");
    assert_eq!(behind(F, &["for=10.0.0.9;host=\"", "for=203.0.113.9"]), "Unknown");
    assert_eq!(behind(F, &["for=10.0.0.9;host=\", for=\"[2001:db8::1]\""]), "Unknown");
}

#[test]
fn a_doubled_parameter_is_a_syntax_error() {
    for element in
        ["for=203.0.113.9;for=203.0.113.9", "for=203.0.113.9;FOR=192.0.2.1", "for=203.0.113.9;a=b;A=c"]
    {
        assert_eq!(behind(F, &[element]), "Unknown", "{element}");
        assert_eq!(behind(F, &[element, "for=203.0.113.9"]), "Unknown", "{element}");
    }
    assert_eq!(behind(F, &["for=192.0.2.1;a=b, for=203.0.113.9;a=b"]), "203.0.113.9 Header");
    let pairs =
        |count: usize| (0..count).map(|at| format!("p{at}=v;")).collect::<String>() + "for=203.0.113.9";
    assert_eq!(behind(F, &[&pairs(15)]), "203.0.113.9 Header");
    assert_eq!(behind(F, &[&pairs(16)]), "Unknown");
}

#[test]
fn a_trusted_peer_without_the_header_is_the_proxy_itself_and_in_no_list() {
    let proxies = TrustedProxies::parse(Forwarding::XForwardedFor, "10.0.0.0/24").unwrap();
    let none = Headers::lines(&[]);
    let client = proxies.client(none, ip("::ffff:10.0.0.1"));
    assert_eq!(said(client), "10.0.0.1 ProxyItself");
    let list = Allowlist::parse("10.0.0.0/8").unwrap();
    let Allowlist::Only(set) = &list else { panic!("a list") };
    assert!(!list.admits(client));
    assert_eq!(set.matching(client).or(set.index().matching(client)), None);
    assert!(Allowlist::Any.admits(client));

    let client = proxies.danger_proxies_are_clients().client(none, ip("10.0.0.1"));
    assert_eq!((said(client).as_str(), client.source()), ("10.0.0.1 ProxyItself", AddrSource::ProxyItself));
    assert!(list.admits(client));
    assert_eq!(set.matching(client), set.index().matching(client));
    assert_eq!(set.matching(client), Some(&set.rules()[0]));
    assert!(!Allowlist::parse("192.0.2.0/24").unwrap().admits(client));
}

#[test]
fn an_empty_header_is_there_and_names_nobody() {
    assert_eq!(behind(X, &[""]), "Unknown");
    assert_eq!(behind(F, &[""]), "Unknown");
}

#[test]
fn counted_hops_take_the_nth_from_the_right_and_too_few_are_unknown() {
    let chain = ["192.0.2.66, 203.0.113.9", "203.0.113.8", "10.0.0.2"];
    for (count, client) in [(1, "10.0.0.2"), (2, "203.0.113.8"), (3, "203.0.113.9"), (4, "192.0.2.66")] {
        assert_eq!(hops(X, count, &chain), format!("{client} Header"));
        let forwarded =
            chain.map(|line| line.split(", ").map(|ip| format!("for={ip}")).collect::<Vec<_>>().join(","));
        assert_eq!(hops(F, count, &forwarded.each_ref().map(String::as_str)), format!("{client} Header"));
    }
    assert_eq!(
        (hops(X, 5, &chain), hops(X, 1, &[]), hops(F, 1, &[])),
        ("Unknown".into(), "Unknown".into(), "Unknown".into())
    );
    assert_eq!(
        (hops(X, 2, &["unknown, 10.0.0.2"]), hops(F, 1, &["for=_x"])),
        ("Unknown".into(), "Unknown".into())
    );
    let long = vec!["10.0.0.2"; 200].join(",");
    assert_eq!(hops(X, 200, &[&long]), "10.0.0.2 Header");
    let long = vec!["for=10.0.0.2"; 200].join(",");
    assert_eq!(
        (hops(F, 200, &[&long]), hops(F, 201, &[&long])),
        ("10.0.0.2 Header".into(), "Unknown".into())
    );
}

#[test]
fn more_hops_than_the_cap_are_not_walked() {
    for (trusted, client) in
        [(MAX_HOPS - 1, "203.0.113.9 Header"), (MAX_HOPS, "Unknown"), (MAX_HOPS + 9, "Unknown")]
    {
        let chain = format!("203.0.113.9{}", ",10.0.0.2".repeat(trusted));
        assert_eq!(behind(X, &[&chain]), client, "{trusted}");
        let chain = format!("for=203.0.113.9{}", ",for=10.0.0.2".repeat(trusted));
        assert_eq!(behind(F, &[&chain]), client, "{trusted}");
    }
    assert_eq!(behind(X, &[vec!["10.0.0.2"; MAX_HOPS].join(",").as_str()]), "10.0.0.2 Header");
    let far = format!("{}203.0.113.9,10.0.0.2", "192.0.2.66,".repeat(5000));
    assert_eq!(behind(X, &[&far]), "203.0.113.9 Header", "only walked hops count");
}

#[test]
fn more_bytes_than_the_cap_are_not_read() {
    let fill = |bytes: usize| format!("{}203.0.113.9", " ".repeat(bytes - "203.0.113.9".len()));
    assert_eq!(behind(X, &[&fill(MAX_FORWARDING)]), "203.0.113.9 Header");
    assert_eq!(behind(X, &[&fill(MAX_FORWARDING + 1)]), "Unknown");
    assert_eq!(behind(X, &["x", &fill(MAX_FORWARDING)]), "Unknown", "over all lines");
    assert_eq!(hops(X, 1, &[&fill(MAX_FORWARDING + 1)]), "Unknown");
}

#[test]
fn more_header_lines_than_the_cap_are_not_read() {
    let with = |lines: usize| {
        let mut lines = vec![("accept", "a"); lines - 1];
        lines.push((X, "203.0.113.9"));
        let proxies = TrustedProxies::parse(Forwarding::XForwardedFor, "10.0.0.0/24").unwrap();
        let counted = TrustedProxies::hops(Forwarding::XForwardedFor, NonZeroU8::MIN);
        (ask(&proxies, "10.0.0.1", &lines), ask(&counted, "10.0.0.1", &lines))
    };
    let client = String::from("203.0.113.9 Header");
    assert_eq!(with(MAX_HEADER_LINES), (client.clone(), client));
    assert_eq!(with(MAX_HEADER_LINES + 1), ("Unknown".into(), "Unknown".into()));
}

#[test]
fn the_client_behind_proxies_is_who_is_let_in_and_whom_a_denial_names() {
    let proxies = TrustedProxies::parse(Forwarding::XForwardedFor, "10.0.0.0/24\n2001:db8:1::/64").unwrap();
    let mut world = World::with(AccessLevel::Full, list("203.0.113.9\n10.0.0.0/24"));
    let lines = [(X, b"203.0.113.9, 2001:db8:1::5".as_slice())];
    world.client = proxies.client(Headers::lines(&lines), ip("10.0.0.1"));
    assert_eq!(world.denied(), None);
    assert_eq!(world.granted().client().to_string(), "203.0.113.9");

    let operator = |world: &World| {
        let denial = world.verdict().into_result().unwrap_err();
        assert_eq!(denial.code(), Code::AccessIpUser);
        (denial.to_string(), denial.operator().sentence(world.engine.catalogue()).to_string())
    };
    let lines = [(X, b"203.0.113.10, 2001:db8:1::5".as_slice())];
    world.client = proxies.client(Headers::lines(&lines), ip("10.0.0.1"));
    assert!(operator(&world).0.contains("calls from 203.0.113.10 are not allowed"));
    assert!(operator(&world).1.contains(" called from 203.0.113.10, which no rule of its list matches; add"));
    world.client = proxies.client(Headers::lines(&[]), ip("10.0.0.1"));
    let through = " called through the proxy 10.0.0.1, which named no client; have the proxy send its forwarding header";
    assert!(operator(&world).1.contains(through), "{}", operator(&world).1);
    world.client = proxies.client(Headers::lines(&[(X, b"unknown")]), ip("10.0.0.1"));
    let untold = " called from an address that could not be told, which its list never matches; check the peer address \
                  and what the proxies send";
    assert!(operator(&world).1.contains(untold), "{}", operator(&world).1);
}

#[test]
fn trusting_everyone_is_refused_with_its_own_sentence() {
    const SENTENCE: &str = "every address of a family would be a trusted proxy, so that any caller could name any client; \
                            write the addresses of your own proxies, for example `10.0.0.0/28`";
    for (text, line) in [
        ("0.0.0.0/0", 1),
        ("10.0.0.0/8\n\n::/0\n", 3),
        ("::ffff:1.2.3.4/96", 1),
        ("0.0.0.0-255.255.255.255", 1),
        ("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1),
        ("0.0.0.0/1\n128.0.0.0/1\n \n", 2),
        ("8000::/1\n::-7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 2),
    ] {
        let error = TrustedProxies::parse(Forwarding::XForwardedFor, text).unwrap_err();
        let [only] = error.lines() else { panic!("{error}") };
        assert_eq!((only.number, only.error.problem()), (line, RuleProblem::TrustsEveryone), "{text}");
        assert_eq!(error.to_string(), format!("line {line}, byte 0: {SENTENCE}"));
    }
    let error = TrustedProxies::parse(Forwarding::Forwarded, "10.1\n0.0.0.0/0\n10.0.0.0/8\nx").unwrap_err();
    assert_eq!(error.lines().iter().map(|line| line.number).collect::<Vec<_>>(), [1, 2, 4]);
    assert!(Allowlist::parse("0.0.0.0/0").is_ok(), "a list may say so");
}

#[test]
#[cfg(feature = "http")]
fn lines_of_a_header_map_are_walked_in_their_order_too() {
    let mut map = http::HeaderMap::new();
    for value in ["192.0.2.66", "203.0.113.9", "10.0.0.2"] {
        map.append("x-forwarded-for", value.parse().unwrap());
    }
    let proxies = TrustedProxies::parse(Forwarding::XForwardedFor, "10.0.0.0/24").unwrap();
    assert_eq!(said(proxies.client(Headers::from(&map), ip("10.0.0.1"))), "203.0.113.9 Header");
}
