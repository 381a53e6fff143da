//! Guards: a rule matches the addresses from its first to its last and no others, and a list admits what one of its
//! rules matches, however it is written.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use keyward::{Allowlist, ClientAddr, Rule, RuleProblem};
use proptest::{collection::vec, prelude::*};

use crate::common::config;

/// A rule's text, and what it means, computed by division where the crate uses masks.
#[derive(Clone, Debug)]
struct Known {
    text: String,
    v4: bool,
    first: u128,
    last: u128,
}

const V4_MAX: u128 = u32::MAX as u128;
const MAPPED: u128 = 0xFFFF << 32;

fn v4_bits() -> impl Strategy<Value = u32> {
    let near = prop::sample::select(vec![0, 0x0A00_0000, 0x0A00_00FF, 0xC0A8_0003, u32::MAX - 3]);
    prop_oneof![3 => (near, 0..4u32).prop_map(|(base, step)| base.saturating_add(step)), 1 => any::<u32>()]
}

/// Never a mapped address.
fn v6_bits() -> impl Strategy<Value = u128> {
    let near =
        prop::sample::select(vec![0, MAPPED - 3, MAPPED + V4_MAX + 1, 0x2001_0DB8 << 96, u128::MAX - 3]);
    prop_oneof![3 => (near, 0..4u128).prop_map(|(base, step)| base.saturating_add(step)), 1 => any::<u128>()]
        .prop_filter("mapped", |bits| bits >> 32 != 0xFFFF)
}

fn v4_text(bits: u32, mapped: bool) -> String {
    let ip = Ipv4Addr::from_bits(bits);
    if mapped { format!("::ffff:{ip}") } else { ip.to_string() }
}

fn v6_text(bits: u128, long: bool) -> String {
    let ip = Ipv6Addr::from_bits(bits);
    let groups = ip.segments().map(|group| format!("{group:04X}"));
    if long { groups.join(":") } else { ip.to_string() }
}

fn block(bits: u128, width: u32, prefix: u32) -> (u128, u128) {
    let Some(size) = 1u128.checked_shl(width - prefix) else { return (0, u128::MAX) };
    (bits / size * size, bits / size * size + (size - 1))
}

fn v4_rule() -> impl Strategy<Value = Known> {
    let of = |text: String, (first, last): (u128, u128)| Known { text, v4: true, first, last };
    prop_oneof![
        (v4_bits(), any::<bool>())
            .prop_map(move |(ip, mapped)| of(v4_text(ip, mapped), (ip.into(), ip.into()))),
        (v4_bits(), 0..=32u32, any::<bool>()).prop_map(move |(ip, prefix, mapped)| {
            let typed = if mapped { prefix + 96 } else { prefix };
            of(format!("{}/{typed}", v4_text(ip, mapped)), block(ip.into(), 32, prefix))
        }),
        (v4_bits(), v4_bits(), any::<bool>()).prop_map(move |(a, b, mapped)| {
            let text = format!("{}-{}", v4_text(a.min(b), mapped), v4_text(a.max(b), mapped));
            of(text, (a.min(b).into(), a.max(b).into()))
        }),
    ]
}

fn v6_rule() -> impl Strategy<Value = Known> {
    let of = |text: String, (first, last): (u128, u128)| Known { text, v4: false, first, last };
    prop_oneof![
        (v6_bits(), any::<bool>()).prop_map(move |(ip, long)| of(v6_text(ip, long), (ip, ip))),
        (v6_bits(), 0..=128u32, any::<bool>()).prop_map(move |(ip, prefix, long)| {
            of(format!("{}/{prefix}", v6_text(ip, long)), block(ip, 128, prefix))
        }),
        (v6_bits(), v6_bits(), any::<bool>()).prop_map(move |(a, b, long)| {
            let text = format!("{}-{}", v6_text(a.min(b), long), v6_text(a.max(b), !long));
            of(text, (a.min(b), a.max(b)))
        }),
    ]
}

fn rule() -> impl Strategy<Value = Known> {
    prop_oneof![v4_rule(), v6_rule()]
}

fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![v4_bits().prop_map(v4), v6_bits().prop_map(v6), v4_bits().prop_map(mapped)]
}

fn v4(bits: u32) -> IpAddr {
    Ipv4Addr::from_bits(bits).into()
}

fn mapped(bits: u32) -> IpAddr {
    v6(MAPPED + u128::from(bits))
}

fn v6(bits: u128) -> IpAddr {
    Ipv6Addr::from_bits(bits).into()
}

impl Known {
    fn rule(&self) -> Rule {
        self.text.parse().unwrap_or_else(|error| panic!("{}: {error}", self.text))
    }

    /// The model.
    fn matches(&self, ip: IpAddr) -> bool {
        let (v4, bits) = match ip {
            IpAddr::V4(ip) => (true, u128::from(ip.to_bits())),
            IpAddr::V6(ip) if ip.to_bits() >> 32 == 0xFFFF => (true, ip.to_bits() & V4_MAX),
            IpAddr::V6(ip) => (false, ip.to_bits()),
        };
        self.v4 == v4 && (self.first..=self.last).contains(&bits)
    }

    /// Both ends and their neighbours, IPv4 in both of its forms.
    fn edges(&self) -> Vec<IpAddr> {
        let (first, last) = (self.first, self.last);
        let bits = [first.saturating_sub(1), first, last, last.saturating_add(1)];
        if self.v4 {
            let bits = bits.map(|bits| u32::try_from(bits).unwrap_or(u32::MAX));
            bits.into_iter().flat_map(|bits| [v4(bits), mapped(bits)]).collect()
        } else {
            bits.into_iter().map(v6).collect()
        }
    }
}

fn list(rules: &[Known]) -> Allowlist {
    rules.iter().map(Known::rule).collect()
}

/// The edges of all rules, and more.
fn probes(rules: &[Known], more: &[IpAddr]) -> Vec<IpAddr> {
    rules.iter().flat_map(Known::edges).chain(more.iter().copied()).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_rule_prints_what_was_typed_and_reads_back_equal(known in rule()) {
        let rule = known.rule();
        prop_assert_eq!(rule.to_string(), known.text);
        prop_assert_eq!(rule.to_string().parse::<Rule>(), Ok(rule));
    }

    #[test]
    fn a_rule_matches_from_its_first_to_its_last_address_and_no_other(
        known in rule(), more in vec(address(), 4),
    ) {
        let rule = known.rule();
        for ip in probes(std::slice::from_ref(&known), &more) {
            prop_assert_eq!(rule.matches(ip), known.matches(ip), "{} {}", rule, ip);
        }
        let (first, last) = if known.v4 {
            let bits = |bits| u32::try_from(bits).map(v4).expect("an IPv4 address");
            (bits(known.first), bits(known.last))
        } else {
            (v6(known.first), v6(known.last))
        };
        prop_assert_eq!((rule.first(), rule.last()), (first, last));
    }

    #[test]
    fn a_list_admits_what_one_of_its_rules_matches(rules in vec(rule(), 0..9), more in vec(address(), 4)) {
        let list = list(&rules);
        for ip in probes(&rules, &more) {
            let scan = rules.iter().any(|known| known.rule().matches(ip));
            prop_assert_eq!(list.admits(ClientAddr::direct(ip)), scan, "{}", ip);
        }
    }

    #[test]
    fn order_and_duplicates_change_no_verdict(
        (rules, shuffled) in vec(rule(), 1..7).prop_flat_map(|rules| {
            let twice = [rules.clone(), rules.clone()].concat();
            (Just(rules), Just(twice).prop_shuffle())
        }),
        more in vec(address(), 4),
    ) {
        for ip in probes(&rules, &more).into_iter().map(ClientAddr::direct) {
            prop_assert_eq!(list(&rules).admits(ip), list(&shuffled).admits(ip), "{}", ip);
        }
    }

    #[test]
    fn a_mapped_address_is_the_ipv4_address_in_it(rules in vec(rule(), 1..5), bits in v4_bits()) {
        prop_assert_eq!(ClientAddr::direct(mapped(bits)), ClientAddr::direct(v4(bits)));
        for known in &rules {
            prop_assert_eq!(known.rule().matches(mapped(bits)), known.rule().matches(v4(bits)));
        }
    }

    #[test]
    fn an_ipv6_rule_never_matches_an_ipv4_client(known in v6_rule(), bits in v4_bits()) {
        let list = list(&[known]);
        prop_assert!(!list.admits(ClientAddr::direct(v4(bits))));
        prop_assert!(!list.admits(ClientAddr::direct(mapped(bits))));
    }

    #[test]
    fn adding_a_rule_never_denies(rules in vec(rule(), 0..6), one_more in rule(), more in vec(address(), 4)) {
        let wider = [rules.clone(), vec![one_more]].concat();
        for ip in probes(&wider, &more).into_iter().map(ClientAddr::direct) {
            prop_assert!(!list(&rules).admits(ip) || list(&wider).admits(ip), "{}", ip);
        }
    }

    #[test]
    fn an_empty_list_and_an_unknown_client_are_refused(rules in vec(rule(), 0..6), ip in address()) {
        prop_assert!(!list(&rules).admits(ClientAddr::unknown()));
        for nothing in [Allowlist::none(), list(&[]), Allowlist::parse(" \r\n\t\n").expect("no line")] {
            prop_assert!(!nothing.admits(ClientAddr::direct(ip)));
            prop_assert!(!nothing.admits(ClientAddr::unknown()));
        }
    }

    #[test]
    fn a_list_reads_back_from_its_print(rules in vec(rule(), 0..6)) {
        let list = list(&rules);
        prop_assert_eq!(Allowlist::parse(&list.to_string()), Ok(list));
    }

    #[test]
    fn every_bad_line_is_named_and_none_is_skipped(
        lines in vec(prop_oneof![
            rule().prop_map(|known| (format!("\t{} ", known.text), true)),
            Just((" \t".to_owned(), true)),
            "[g-z]{1,9}".prop_map(|text| (text, false)),
        ], 0..9),
        end in r"\r?\n",
    ) {
        let text: Vec<&str> = lines.iter().map(|(text, _)| text.as_str()).collect();
        let bad = (1..).zip(&lines).filter(|(_, (_, good))| !good);
        let bad: Vec<usize> = bad.map(|(number, _)| number).collect();
        let named = match Allowlist::parse(&text.join(&end)) {
            Ok(_) => Vec::new(),
            Err(error) => error.lines().iter().map(|line| line.number).collect(),
        };
        prop_assert_eq!(named, bad);
    }

    #[test]
    fn what_others_read_differently_is_refused_by_name(
        bits in v4_bits(), (low, high) in (v6_bits(), v6_bits()), prefix in 0..96u32,
    ) {
        let [a, b, c, d] = bits.to_be_bytes();
        let (ip, six) = (v4_text(bits, false), v6_text(low, false));
        let refused = [
            (format!("0{a}.{b}.{c}.{d}"), RuleProblem::LeadingZero),
            (format!("{a}.{b}.{c}.00{d}"), RuleProblem::LeadingZero),
            (format!("{ip}/0{}", prefix % 33), RuleProblem::LeadingZero),
            (format!("{a}.{b}.{c}"), RuleProblem::ShortForm),
            (format!("{bits}"), RuleProblem::ShortForm),
            (format!("0x{a:02x}.{b}.{c}.{d}"), RuleProblem::Hexadecimal),
            (format!("{six}%eth0"), RuleProblem::Zone),
            (format!("[{six}]"), RuleProblem::Brackets),
            (format!("{ip}/255.255.255.0"), RuleProblem::Netmask),
            (format!("{ip}/{}", prefix + 33), RuleProblem::PrefixTooLong),
            (format!("{six}/{}", prefix + 129), RuleProblem::PrefixTooLong),
            (format!("::ffff:{ip}/{prefix}"), RuleProblem::MappedPrefix),
            (format!("{ip}-{six}"), RuleProblem::MixedFamilies),
            (format!("::ffff:{ip}-{six}"), RuleProblem::MixedFamilies),
            (format!("{ip} "), RuleProblem::Blank),
            (format!("{ip}-\t{ip}"), RuleProblem::Blank),
            (format!("{ip}\u{0663}"), RuleProblem::NotAscii),
        ];
        for (text, problem) in refused {
            prop_assert_eq!(text.parse::<Rule>().map_err(|error| error.problem()), Err(problem), "{}", text);
        }
        if low != high {
            let reversed = format!("{}-{}", v6_text(low.max(high), false), v6_text(low.min(high), false));
            let problem = reversed.parse::<Rule>().map_err(|error| error.problem());
            prop_assert_eq!(problem, Err(RuleProblem::Reversed));
        }
    }
}
