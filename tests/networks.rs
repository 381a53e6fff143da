//! Address rules and lists: what they match, what they refuse to read, and in which words.

mod common;

use common::{World, from, list};
use keyward::{AccessLevel, AddrSource, Allowlist, ClientAddr, Code, Rule};

fn ends(rule: &str) -> (String, String) {
    let rule: Rule = rule.parse().unwrap();
    (rule.first().to_string(), rule.last().to_string())
}

#[test]
fn an_address_matches_itself_alone() {
    let only = list("192.0.2.1");
    assert!(only.admits(from("192.0.2.1")));
    for near in ["192.0.2.0", "192.0.2.2", "192.0.3.1", "::192.0.2.1"] {
        assert!(!only.admits(from(near)), "{near}");
    }
}

#[test]
fn host_bits_of_a_block_may_be_set() {
    // The vendor's own example: with these two entries only 192.168.1.2 and 192.168.0.0–255 go through.
    assert_eq!(ends("192.168.0.3/24"), ("192.168.0.0".into(), "192.168.0.255".into()));
    let example = list("192.168.1.2\n192.168.0.3/24");
    for (client, admitted) in [
        ("192.168.0.0", true),
        ("192.168.0.255", true),
        ("192.168.1.2", true),
        ("192.168.1.1", false),
        ("192.168.1.3", false),
        ("192.167.255.255", false),
    ] {
        assert_eq!(example.admits(from(client)), admitted, "{client}");
    }
}

#[test]
fn every_prefix_length_has_its_ends() {
    assert_eq!(ends("255.255.255.255/0"), ("0.0.0.0".into(), "255.255.255.255".into()));
    assert_eq!(ends("10.0.0.1/31"), ("10.0.0.0".into(), "10.0.0.1".into()));
    assert_eq!(ends("10.0.0.1/32"), ("10.0.0.1".into(), "10.0.0.1".into()));
    assert_eq!(ends("2001:db8::1/0").0, "::");
    assert_eq!(
        ends("2001:db8::1/32"),
        ("2001:db8::".into(), "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff".into())
    );
    assert_eq!(ends("2001:db8::1/128"), ("2001:db8::1".into(), "2001:db8::1".into()));
}

#[test]
fn mapped_addresses_are_ipv4_in_rules_and_clients() {
    assert_eq!(ends("::ffff:192.0.2.7/120"), ("192.0.2.0".into(), "192.0.2.255".into()));
    assert_eq!(ends("::ffff:c000:201"), ("192.0.2.1".into(), "192.0.2.1".into()));
    assert!(list("192.0.2.0/24").admits(from("::ffff:192.0.2.9")));
    assert!(!list("::/0").admits(from("192.0.2.9")), "an IPv6 rule matches no IPv4 client");
    assert!(!list("::/0").admits(from("::ffff:192.0.2.9")));
    assert!(!list("0.0.0.0/0").admits(from("2001:db8::1")));
}

#[test]
fn a_range_includes_both_ends_and_any_bounds() {
    let range = list("10.0.0.250-10.0.1.5");
    for (client, admitted) in [
        ("10.0.0.249", false),
        ("10.0.0.250", true),
        ("10.0.1.0", true),
        ("10.0.1.5", true),
        ("10.0.1.6", false),
    ] {
        assert_eq!(range.admits(from(client)), admitted, "{client}");
    }
    assert_eq!(ends("2001:db8::1-2001:db8::ff").1, "2001:db8::ff");
}

#[test]
fn several_entries_stand_one_a_line() {
    let text = "  192.0.2.1\t\r\n\r\n\t\n198.51.100.0/24\n2001:db8::/32";
    let several = list(text);
    for client in ["192.0.2.1", "198.51.100.7", "2001:db8::9"] {
        assert!(several.admits(from(client)), "{client}");
    }
    assert_eq!(several.to_string(), "192.0.2.1\n198.51.100.0/24\n2001:db8::/32");
}

#[test]
fn a_bad_line_refuses_the_whole_text_and_every_bad_line_is_named() {
    let error = Allowlist::parse("192.0.2.1\n10.1\n\n192.0.2.0/33\n2001:db8::1").unwrap_err();
    assert_eq!(error.lines().iter().map(|line| line.number).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(
        error.to_string(),
        "line 2, byte 0: short form of an IPv4 address; write all four octets, for example `192.0.2.1`\n\
         line 4, byte 10: prefix length beyond the address; write at most 32 for IPv4, 128 for IPv6"
    );
}

#[test]
fn no_text_opens_a_list() {
    for text in ["", " ", "\n\n", "\r\n"] {
        assert_eq!(list(text), Allowlist::none());
    }
    for text in ["any", "*", "0.0.0.0/0 ; any", "all"] {
        assert!(Allowlist::parse(text).is_err(), "{text}");
    }
    assert!(!Allowlist::none().admits(from("192.0.2.1")));
    assert!(!list("0.0.0.0/0\n::/0").admits(ClientAddr::unknown()), "an unknown address is in no list");
    assert!(Allowlist::Any.admits(ClientAddr::unknown()));
}

#[test]
fn a_clients_source_is_kept() {
    assert_eq!(from("::ffff:192.0.2.1").ip().unwrap().to_string(), "192.0.2.1");
    assert_eq!(from("192.0.2.1").source(), AddrSource::Peer);
    assert_eq!((ClientAddr::unknown().ip(), ClientAddr::unknown().source()), (None, AddrSource::Unknown));
}

#[test]
fn an_address_is_a_rule() {
    let rule = Rule::from("::ffff:192.0.2.1".parse::<std::net::IpAddr>().unwrap());
    assert_eq!(rule.to_string(), "192.0.2.1");
    assert_eq!(rule, "192.0.2.1".parse().unwrap());
}

#[test]
fn what_is_refused_says_where_and_what_to_write() {
    const EMPTY: &str = "empty rule; write an address, a block or a range, for example `192.0.2.0/24`";
    const BLANK: &str = "blank inside a rule; write it without spaces, for example `192.0.2.1-192.0.2.9`";
    const ASCII: &str = "character outside ASCII in a rule; write digits 0-9, letters a-f and `.:/-`";
    const ZERO: &str =
        "leading zero, which some read as octal; write the number without it, for example `10.0.0.1`";
    const SHORT: &str = "short form of an IPv4 address; write all four octets, for example `192.0.2.1`";
    const OCTET: &str = "octet above 255 in an IPv4 address; write each of the four as 0 to 255";
    const HEX: &str = "hexadecimal in an IPv4 address; write decimal octets, for example `192.0.2.1`";
    const ZONE: &str = "zone id in an IPv6 address; write the address without `%` and what follows";
    const BRACKETS: &str = "brackets around an IPv6 address; write it bare, for example `2001:db8::1`";
    const MASK: &str = "netmask behind `/`; write the number of leading one bits, for example `10.0.0.0/8`";
    const NUMBER: &str = "no number behind `/`; write a prefix length, for example `10.0.0.0/8`";
    const LONG: &str = "prefix length beyond the address; write at most 32 for IPv4, 128 for IPv6";
    const MAPPED: &str =
        "prefix below 96 on an IPv4 address mapped into IPv6; write the IPv4 block, for example `10.0.0.0/8`";
    const MIXED: &str = "range from one address family into the other; write one range for each";
    const REVERSED: &str = "range whose end lies before its start; write the lower address first";
    const NOT: &str = "not an IP address; write for example `192.0.2.1`, `192.0.2.0/24` or `2001:db8::1`";
    for (rule, position, sentence) in [
        ("", 0, EMPTY),
        (" 192.0.2.1", 0, BLANK),
        ("192.0.2.1 - 192.0.2.9", 9, BLANK),
        ("١٩٢.0.2.1", 0, ASCII),
        ("192.0.2.１", 8, ASCII),
        ("010.0.0.1", 0, ZERO),
        ("10.0.00.1", 5, ZERO),
        ("10.0.0.0/08", 9, ZERO),
        ("10.0.0.1-10.0.0.09", 16, ZERO),
        ("10.1", 0, SHORT),
        ("3232235521", 0, SHORT),
        ("0x0a.0.0.1", 0, HEX),
        ("10.0.0.0xff", 7, HEX),
        ("fe80::1%eth0", 7, ZONE),
        ("[2001:db8::1]", 0, BRACKETS),
        ("10.0.0.0/255.0.0.0", 9, MASK),
        ("2001:db8::/ffff::", 11, MASK),
        ("10.0.0.0/", 9, NUMBER),
        ("10.0.0.0/+8", 9, NUMBER),
        ("10.0.0.0/8/8", 9, NUMBER),
        ("10.0.0.0/33", 9, LONG),
        ("2001:db8::/129", 11, LONG),
        ("2001:db8::/4294967296", 11, LONG),
        ("::ffff:10.0.0.0/95", 16, MAPPED),
        ("::ffff:10.0.0.0/129", 16, LONG),
        ("10.0.0.1-2001:db8::1", 9, MIXED),
        ("::ffff:10.0.0.1-::1:0:0:0", 16, MIXED),
        ("10.0.0.1-::ffff:10.0.0.2", 9, MIXED),
        ("10.0.0.9-10.0.0.1", 9, REVERSED),
        ("2001:db8::2-2001:db8::1", 12, REVERSED),
        ("localhost", 0, NOT),
        ("192.0.2.256", 8, OCTET),
        ("300.1.1.1", 0, OCTET),
        ("192.0.2.1.1", 0, NOT),
        ("192.0.2.", 8, NOT),
        ("2001:db8:::1", 0, NOT),
        ("10.0.0.1-", 9, NOT),
        ("/8", 0, NOT),
        ("*", 0, NOT),
    ] {
        let error = rule.parse::<Rule>().unwrap_err();
        assert_eq!(error.to_string(), format!("byte {position}: {sentence}"), "{rule:?}");
        assert_eq!(error.position(), position);
    }
}

#[test]
fn one_address_may_stand_in_the_lists_of_several_users() {
    let of = |rules: &str| World::with(AccessLevel::Full, list(rules));
    let (mut first, mut second) = (of("203.0.113.9"), of("203.0.113.0/24\n198.51.100.1"));
    for (client, expected) in [
        ("203.0.113.9", (None, None)),
        ("198.51.100.1", (Some(Code::AccessIpUser), None)),
        ("192.0.2.1", (Some(Code::AccessIpUser), Some(Code::AccessIpUser))),
    ] {
        (first.client, second.client) = (from(client), from(client));
        assert_eq!((first.denied(), second.denied()), expected, "{client}");
    }
}
