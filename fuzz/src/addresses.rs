//! Address rules and lists of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use keyward::{Allowlist, ClientAddr, Rule, RuleProblem};

/// A rule is exactly its grammar, prints what was typed, and matches from its first address to its last.
pub fn rule(data: &[u8]) {
    let Some(text) = crate::text(data) else { return };
    let (parsed, meant) = (text.parse::<Rule>(), meaning(text));
    assert_eq!(parsed.is_ok(), meant.is_some(), "{text:?}: {parsed:?}");
    match parsed {
        Err(error) => {
            assert!(error.position() <= text.len(), "a position inside the text");
            let told =
                |known: &RuleProblem| format!("byte {}: {known}", error.position()) == error.to_string();
            assert!(SENTENCES.iter().any(told), "a fixed sentence");
        }
        Ok(rule) => {
            let (first, last) = meant.expect("checked above");
            assert_eq!(rule.to_string(), text);
            assert_eq!((number(rule.first()), number(rule.last())), (first, last));
            assert_eq!(rule.first().is_ipv4(), rule.last().is_ipv4());
            let canonical = rule.canonical();
            assert_eq!(canonical.to_string().parse().as_ref(), Ok(&canonical));
            assert_eq!((canonical.first(), canonical.last()), (rule.first(), rule.last()));
            let nets: Vec<_> =
                rule.nets().map(|net| (number(net.network()), number(net.broadcast()))).collect();
            assert_eq!((nets[0].0, nets[nets.len() - 1].1), (first, last));
            assert!(nets.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0), "blocks without a gap");
            for probe in around(first, last) {
                let family = rule.first().is_ipv4() == address(probe).is_ipv4();
                let within = family && (first..=last).contains(&probe);
                assert_eq!(rule.matches(address(probe)), within, "{rule} and {}", address(probe));
                let mapped = Ipv6Addr::from_bits(probe).into();
                assert_eq!(rule.matches(mapped), within, "an address and its mapped form are one");
            }
        }
    }
}

/// A text is read line by line as rules, wholly or not at all; a list admits what one of its rules matches.
pub fn allowlist(data: &[u8]) {
    let Some(text) = crate::text(data) else { return };
    let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let rules: Vec<_> = (1..)
        .zip(lines.map(|line| line.trim_matches([' ', '\t'])))
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| (number, line.parse::<Rule>()))
        .collect();
    match Allowlist::parse(text) {
        Ok(list) => {
            let rules: Vec<_> =
                rules.into_iter().map(|(_, rule)| rule.expect("every line is a rule")).collect();
            admits_what_a_rule_matches(&list, &rules);
            assert_eq!(Allowlist::parse(&list.to_string()).as_ref(), Ok(&list), "it prints what it reads");
            assert_eq!(rules.into_iter().collect::<Allowlist>(), list);
        }
        Err(error) => {
            let bad: Vec<_> =
                rules.into_iter().filter_map(|(number, rule)| Some((number, rule.err()?))).collect();
            let told: Vec<_> = error.lines().iter().map(|line| (line.number, line.error)).collect();
            assert_eq!(told, bad, "every bad line and no other");
            let sentences: Vec<_> = bad.iter().map(|(line, error)| format!("line {line}, {error}")).collect();
            assert_eq!(error.to_string(), sentences.join("\n"));
        }
    }
}

fn admits_what_a_rule_matches(list: &Allowlist, rules: &[Rule]) {
    assert_ne!(*list, Allowlist::Any, "no text opens a list");
    assert!(!list.admits(ClientAddr::unknown()));
    let Allowlist::Only(set) = list else { return };
    let index = set.index();
    // Every pair of ends is compared with every rule, so a long list is sampled.
    for rule in rules.iter().take(16) {
        for probe in around(number(rule.first()), number(rule.last())) {
            let matched = rules.iter().any(|rule| rule.matches(address(probe)));
            let client = ClientAddr::direct(address(probe));
            assert_eq!(list.admits(client), matched, "{}", address(probe));
            let first = rules.iter().find(|rule| rule.matches(address(probe)));
            assert_eq!((set.matching(client), index.matching(client)), (first, first));
        }
    }
}

/// First and last address of a rule, IPv4 among the mapped addresses; std's parsers and a mask.
fn meaning(text: &str) -> Option<(u128, u128)> {
    if let Some((ip, prefix)) = text.split_once('/') {
        let digits = prefix.bytes().all(|byte| byte.is_ascii_digit())
            && !(prefix.len() > 1 && prefix.starts_with('0'));
        let (ip, bits): (IpAddr, u32) = (ip.parse().ok()?, prefix.parse().ok().filter(|_| digits)?);
        let bits = bits.checked_add(if ip.is_ipv4() { 96 } else { 0 }).filter(|bits| *bits <= 128)?;
        let hosts = if bits == 128 { 0 } else { u128::MAX >> bits };
        let mapped = ip.to_canonical().is_ipv4();
        return (!mapped || bits >= 96).then(|| (number(ip) & !hosts, number(ip) | hosts));
    }
    let Some((first, last)) = text.split_once('-') else {
        return text.parse().ok().map(|ip| (number(ip), number(ip)));
    };
    let (first, last): (IpAddr, IpAddr) = (first.parse().ok()?, last.parse().ok()?);
    let same =
        first.is_ipv4() == last.is_ipv4() && first.to_canonical().is_ipv4() == last.to_canonical().is_ipv4();
    (same && number(first) <= number(last)).then(|| (number(first), number(last)))
}

fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

fn address(number: u128) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from_bits(number)).to_canonical()
}

/// The ends of a span, their neighbours, its middle, and an address of each family.
fn around(first: u128, last: u128) -> [u128; 9] {
    let far = Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped().to_bits();
    let (before, behind) = (first.wrapping_sub(1), last.wrapping_add(1));
    [first, last, before, behind, first / 2 + last / 2, first.wrapping_add(1), last.wrapping_sub(1), far, 1]
}

const SENTENCES: [RuleProblem; 16] = [
    RuleProblem::Empty,
    RuleProblem::Blank,
    RuleProblem::NotAscii,
    RuleProblem::LeadingZero,
    RuleProblem::ShortForm,
    RuleProblem::Octet,
    RuleProblem::Hexadecimal,
    RuleProblem::Zone,
    RuleProblem::Brackets,
    RuleProblem::Netmask,
    RuleProblem::PrefixNotANumber,
    RuleProblem::PrefixTooLong,
    RuleProblem::MappedPrefix,
    RuleProblem::MixedFamilies,
    RuleProblem::Reversed,
    RuleProblem::NotAnAddress,
];
