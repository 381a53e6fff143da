//! Guards: what stands left of an untrusted hop was written by the client and changes nothing; how header lines are cut
//! changes nothing; and a list means the same however it is written, indexed or merged.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use keyward::{AddrSource, AddressSet, Allowlist, ClientAddr, Forwarding, Headers, Rule, TrustedProxies};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::common::config;

const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

fn proxies(header: Forwarding) -> TrustedProxies {
    TrustedProxies::parse(header, "10.0.0.0/24\n2001:db8:1::/64").expect("proxies")
}

fn client(header: Forwarding, lines: &[Vec<u8>]) -> ClientAddr {
    let name = match header {
        Forwarding::XForwardedFor => "x-forwarded-for",
        Forwarding::Forwarded => "forwarded",
    };
    let lines: Vec<_> = lines.iter().map(|line| (name, line.as_slice())).collect();
    proxies(header).client(Headers::lines(&lines), PEER)
}

fn trusted() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u8>().prop_map(|last| Ipv4Addr::new(10, 0, 0, last).into()),
        any::<u16>().prop_map(|last| Ipv6Addr::new(0x2001, 0xDB8, 1, 0, 0, 0, 0, last).into()),
    ]
}

fn untrusted() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u8>().prop_map(|last| Ipv4Addr::new(203, 0, 113, last).into()),
        any::<u16>().prop_map(|last| Ipv6Addr::new(0x2001, 0xDB8, 2, 0, 0, 0, 0, last).into()),
    ]
}

/// How a proxy may write an address into X-Forwarded-For.
fn loose(ip: IpAddr, style: u8) -> String {
    match (ip, style % 4) {
        (_, 0) => ip.to_string(),
        (IpAddr::V4(ip), 1) => format!("{ip}:4711"),
        (IpAddr::V4(ip), 2) => format!("::ffff:{ip}"),
        (IpAddr::V6(ip), 1) => format!("[{ip}]:4711"),
        (IpAddr::V6(ip), 2) => format!("[{ip}]"),
        _ => format!(" \"{ip}\"\t"),
    }
}

/// How a proxy may write an address into Forwarded.
fn strict(ip: IpAddr, style: u8) -> String {
    match (ip, style % 4) {
        (IpAddr::V4(ip), 0) => format!("for={ip}"),
        (IpAddr::V4(ip), 1) => format!(" proto=https;FOR=\"{ip}:4711\" "),
        (IpAddr::V4(ip), 2) => format!("for={ip};host=\"a,b;c\""),
        (IpAddr::V4(ip), _) => format!("\tfor=\"[::ffff:{ip}]\""),
        (IpAddr::V6(ip), 0) => format!("for=\"[{ip}]:_p\""),
        (IpAddr::V6(ip), 1) => format!("for=\"[{ip}]\";by=_b"),
        (IpAddr::V6(ip), 2) => format!("host=\"\\\",\";for=\"[{ip}]\""),
        (IpAddr::V6(ip), _) => format!(";;for=\"\\[{ip}]\";"),
    }
}

fn hop(ip: impl Strategy<Value = IpAddr>) -> impl Strategy<Value = (IpAddr, u8)> {
    (ip, any::<u8>())
}

/// An element of either header: good, bad, or neither.
fn element() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (prop_oneof![trusted(), untrusted()], any::<u8>()).prop_map(|(ip, style)| strict(ip, style)),
        4 => (prop_oneof![trusted(), untrusted()], any::<u8>()).prop_map(|(ip, style)| loose(ip, style)),
        2 => select(vec!["", " ", "unknown", "_hidden", "for=unknown", "for=_x", "proto=http", "for=\"", "a=b;a=c", "a b"])
            .prop_map(str::to_owned),
    ]
}

fn headers() -> impl Strategy<Value = Forwarding> {
    select(vec![Forwarding::XForwardedFor, Forwarding::Forwarded])
}

fn joined(elements: &[String]) -> Vec<u8> {
    elements.join(",").into_bytes()
}

fn v4_rule() -> impl Strategy<Value = Rule> {
    (any::<u32>(), 0..=32u8, any::<bool>(), any::<u16>()).prop_map(|(bits, prefix, block, length)| {
        let bits = bits & 0x0003_FFFF | 0x0A00_0000;
        let (first, last) = (Ipv4Addr::from_bits(bits), Ipv4Addr::from_bits(bits + u32::from(length)));
        let text = if block { format!("{first}/{}", prefix.max(14)) } else { format!("{first}-{last}") };
        text.parse().expect("a rule")
    })
}

fn v6_rule() -> impl Strategy<Value = Rule> {
    (any::<u32>(), 0..=128u8, any::<bool>(), any::<u64>()).prop_map(|(bits, prefix, block, length)| {
        let bits = 0x2001_0DB8 << 96 | u128::from(bits) << 40;
        let (first, last) = (Ipv6Addr::from_bits(bits), Ipv6Addr::from_bits(bits + u128::from(length)));
        let text = if block { format!("{first}/{prefix}") } else { format!("{first}-{last}") };
        text.parse().expect("a rule")
    })
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    vec(prop_oneof![v4_rule(), v6_rule()], 0..60)
}

fn probes(rules: &[Rule]) -> Vec<IpAddr> {
    let around = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => {
            [-1, 0, 1].map(|step: i32| Ipv4Addr::from_bits(ip.to_bits().wrapping_add_signed(step)).into())
        }
        IpAddr::V6(ip) => {
            [-1, 0, 1].map(|step: i128| Ipv6Addr::from_bits(ip.to_bits().wrapping_add_signed(step)).into())
        }
    };
    rules.iter().flat_map(|rule| [rule.first(), rule.last()]).flat_map(around).collect()
}

fn set(list: &Allowlist) -> &keyward::RuleSet {
    match list {
        Allowlist::Only(set) => set,
        Allowlist::Any => panic!("a list"),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn bytes_left_of_an_untrusted_hop_change_nothing(
        before in vec(prop_oneof![any::<u8>(), select(b",\" \\;=:[]fx".to_vec())], 0..300),
        glue in any::<bool>(),
        (ip, style) in hop(untrusted()),
        after in vec(hop(trusted()), 0..5),
    ) {
        let mut tail = vec![loose(ip, style)];
        tail.extend(after.iter().map(|(ip, style)| loose(*ip, *style)));
        let alone = client(Forwarding::XForwardedFor, &[joined(&tail)]);
        prop_assert_eq!((alone.ip(), alone.source()), (Some(ip), AddrSource::Header));
        let lines = if glue {
            vec![[before, b",".to_vec(), joined(&tail)].concat()]
        } else {
            vec![before, joined(&tail)]
        };
        prop_assert_eq!(client(Forwarding::XForwardedFor, &lines), alone);
    }

    #[test]
    fn hops_left_of_an_untrusted_one_change_nothing_in_forwarded(
        before in vec(hop(prop_oneof![trusted(), untrusted()]), 0..9),
        (ip, style) in hop(untrusted()),
        after in vec(hop(trusted()), 0..5),
    ) {
        let all: Vec<_> = before.iter().chain([&(ip, style)]).chain(&after).map(|(ip, style)| strict(*ip, *style)).collect();
        let found = client(Forwarding::Forwarded, &[joined(&all)]);
        prop_assert_eq!((found.ip(), found.source()), (Some(ip), AddrSource::Header));
    }

    #[test]
    fn a_line_cut_at_a_comma_means_the_same(
        header in headers(),
        elements in vec(element(), 1..9),
        cuts in vec(any::<bool>(), 9),
    ) {
        // Elements with an open quote stay whole: there the comma is no comma.
        prop_assume!(header == Forwarding::XForwardedFor || elements.iter().all(|text| !text.ends_with("=\"")));
        let mut lines = vec![Vec::new()];
        for (element, cut) in elements.iter().zip(cuts) {
            lines.last_mut().expect("a line").push(element.clone());
            if cut {
                lines.push(Vec::new());
            }
        }
        let cut: Vec<_> = lines.iter().filter(|line| !line.is_empty()).map(|line| joined(line)).collect();
        prop_assert_eq!(client(header, &cut), client(header, &[joined(&elements)]));
    }

    #[test]
    fn an_untrusted_peer_is_the_client(header in headers(), lines in vec(vec(any::<u8>(), 0..60), 0..4), peer in untrusted()) {
        let lines: Vec<_> = lines.iter().flat_map(|line| [("forwarded", line.as_slice()), ("x-forwarded-for", line)]).collect();
        prop_assert_eq!(proxies(header).client(Headers::lines(&lines), peer), ClientAddr::direct(peer));
    }

    #[test]
    fn whatever_is_sent_the_client_is_one_of_the_four_and_no_list_admits_the_unknown(
        header in headers(),
        lines in vec(prop_oneof![vec(any::<u8>(), 0..60), vec(element(), 0..5).prop_map(|all| joined(&all))], 0..4),
    ) {
        let found = client(header, &lines);
        let everyone = Allowlist::parse("0.0.0.0/0\n::/0").expect("a list");
        let admitted = found.source() == AddrSource::Header;
        prop_assert_eq!(everyone.admits(found), admitted);
        prop_assert_eq!(found.source() == AddrSource::ProxyItself, lines.is_empty());
        prop_assert_eq!(found.ip().is_none(), found.source() == AddrSource::Unknown);
    }

    #[test]
    fn merging_and_splitting_rules_change_no_verdict(rules in rules()) {
        let list: Allowlist = rules.iter().cloned().collect();
        let merged: Allowlist = set(&list).addresses().rules().collect();
        let split: AddressSet = rules.iter().flat_map(Rule::nets).collect();
        prop_assert_eq!(set(&list).addresses(), &split);
        for ip in probes(&rules) {
            let expected = rules.iter().any(|rule| rule.matches(ip));
            let client = ClientAddr::direct(ip);
            prop_assert_eq!((list.admits(client), merged.admits(client), split.contains(ip)), (expected, expected, expected));
        }
    }

    #[test]
    fn removing_a_rule_never_allows(rules in rules(), without in any::<prop::sample::Index>()) {
        prop_assume!(!rules.is_empty());
        let mut fewer = rules.clone();
        fewer.remove(without.index(rules.len()));
        let (all, fewer): (AddressSet, AddressSet) = (rules.iter().collect(), fewer.iter().collect());
        for ip in probes(&rules) {
            prop_assert!(all.contains(ip) || !fewer.contains(ip), "{}", ip);
        }
    }

    #[test]
    fn the_index_finds_the_first_rule_that_matches(rules in rules()) {
        let list: Allowlist = rules.iter().cloned().collect();
        let index = set(&list).index();
        for ip in probes(&rules) {
            let first = rules.iter().find(|rule| rule.matches(ip));
            let client = ClientAddr::direct(ip);
            prop_assert_eq!((index.matching(client), set(&list).matching(client)), (first, first));
        }
    }

    #[test]
    fn canonical_forms_and_blocks_read_back(rule in prop_oneof![v4_rule(), v6_rule()]) {
        let canonical = rule.canonical();
        prop_assert_eq!(canonical.to_string().parse::<Rule>(), Ok(canonical.clone()));
        prop_assert_eq!((canonical.first(), canonical.last()), (rule.first(), rule.last()));
        prop_assert_eq!(rule.nets().collect::<AddressSet>(), AddressSet::from_iter([&rule]));
    }

    #[test]
    fn what_the_lint_calls_superfluous_can_go(rules in rules()) {
        let list: Allowlist = rules.iter().cloned().collect();
        let superfluous: Vec<_> = list.lint().filter_map(|lint| match lint {
            keyward::Lint::Duplicate { rule, .. } | keyward::Lint::Covered { rule, .. } => Some(rule),
            _ => None,
        }).collect();
        let kept = rules.iter().enumerate().filter(|(at, _)| !superfluous.contains(at)).map(|(_, rule)| rule);
        prop_assert_eq!(&kept.collect::<AddressSet>(), set(&list).addresses());
        // And of those that are not, none is covered by one other.
        for (at, rule) in rules.iter().enumerate().filter(|(at, _)| !superfluous.contains(at)) {
            let by = rules.iter().enumerate().any(|(other, by)| {
                other != at && by.first().is_ipv4() == rule.first().is_ipv4() && by.first() <= rule.first() && rule.last() <= by.last()
                    && (by.first(), by.last()) != (rule.first(), rule.last())
            });
            prop_assert!(!by, "{}", rule);
        }
    }
}
