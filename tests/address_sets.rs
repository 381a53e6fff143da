//! The compiled set against a model of two lines, at the edges of every prefix and in sets of every shape; and rules
//! from and to std and `ipnet`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use keyward::{AddressSet, Allowlist, ClientAddr, Rule, RuleProblem};

/// splitmix64.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn wide(&mut self) -> u128 {
        u128::from(self.next()) << 64 | u128::from(self.next())
    }
}

fn v4(bits: u32) -> IpAddr {
    Ipv4Addr::from_bits(bits).into()
}

fn v6(bits: u128) -> IpAddr {
    Ipv6Addr::from_bits(bits).into()
}

/// Start ≤ a ≤ end.
fn matches(rules: &[Rule], a: IpAddr) -> bool {
    let a = a.to_canonical();
    rules.iter().any(|rule| rule.first() <= a && a <= rule.last() && rule.first().is_ipv4() == a.is_ipv4())
}

fn neighbours(rule: &Rule) -> Vec<IpAddr> {
    match (rule.first(), rule.last()) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            let (first, last) = (first.to_bits(), last.to_bits());
            [first.wrapping_sub(1), first, first / 2 + last / 2, last, last.wrapping_add(1)].map(v4).to_vec()
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            let (first, last) = (first.to_bits(), last.to_bits());
            [first.wrapping_sub(1), first, first / 2 + last / 2, last, last.wrapping_add(1)].map(v6).to_vec()
        }
        mixed => panic!("{mixed:?}"),
    }
}

/// Asks at the edges of a sample of the rules, and elsewhere.
fn check(rules: &[Rule], numbers: &mut Numbers, what: &str) {
    let set: AddressSet = rules.iter().collect();
    let list: Allowlist = rules.iter().cloned().collect();
    let Allowlist::Only(listed) = &list else { panic!("a list") };
    let index = listed.index();
    let step = rules.len() / 60 + 1;
    let mut probes: Vec<_> = rules.iter().step_by(step).flat_map(neighbours).collect();
    probes.extend([v4(0), v4(u32::MAX), v6(0), v6(u128::MAX)]);
    probes.extend((0..30).map(|_| v4(u32::try_from(numbers.below(1 << 32)).unwrap())));
    probes.extend((0..30).map(|_| v6(numbers.wide())));
    for ip in probes {
        let client = ClientAddr::direct(ip);
        let expected = matches(rules, ip);
        assert_eq!(set.contains(ip), expected, "{what}: {ip}");
        assert_eq!(list.admits(client), expected, "{what}: {ip}");
        let by_hand = rules.iter().find(|rule| rule.matches(ip));
        assert_eq!((listed.matching(client), index.matching(client)), (by_hand, by_hand), "{what}: {ip}");
    }
    let merged: Vec<Rule> = set.rules().collect();
    assert!(merged.len() <= rules.len());
    assert_eq!(merged.iter().collect::<AddressSet>(), set, "{what}");
}

#[test]
fn every_prefix_matches_from_its_first_to_its_last_address() {
    for bits in [0, 1, 0x0A01_02FF, 0x7FFF_FFFF, 0x8000_0000, 0xC0A8_0003, u32::MAX] {
        for prefix in 0..=32u8 {
            let net = Ipv4Net::new(Ipv4Addr::from_bits(bits), prefix).unwrap();
            every_edge(net.into(), u128::from(bits), 32);
        }
    }
    for bits in [0, 1, 0x2001_0DB8 << 96 | 0xFFFF, u128::MAX / 2, 1 << 127, 0xFE80 << 112 | 7, u128::MAX] {
        for prefix in 0..=128u8 {
            let net = Ipv6Net::new(Ipv6Addr::from_bits(bits), prefix).unwrap();
            every_edge(net.into(), bits, 128);
        }
    }
}

fn every_edge(net: IpNet, bits: u128, width: u32) {
    let rule: Rule = net.to_string().parse().unwrap();
    let size = 1u128.checked_shl(width - u32::from(net.prefix_len()));
    let first = size.map_or(0, |size| bits / size * size);
    let last = size.map_or(u128::MAX, |size| first + (size - 1));
    let ip = |bits: u128| if width == 32 { v4(u32::try_from(bits).unwrap()) } else { v6(bits) };
    assert_eq!((rule.first(), rule.last()), (ip(first), ip(last)), "{net}");
    let set = AddressSet::from_iter([&rule]);
    let mut edges = vec![(first, true), (last, true)];
    edges.extend(first.checked_sub(1).map(|bits| (bits, false)));
    edges.extend(
        last.checked_add(1).filter(|bits| width == 128 || *bits >> 32 == 0).map(|bits| (bits, false)),
    );
    for (bits, inside) in edges {
        if width == 128 && bits >> 32 == 0xFFFF {
            continue;
        }
        assert_eq!((rule.matches(ip(bits)), set.contains(ip(bits))), (inside, inside), "{net} {}", ip(bits));
        assert_eq!(net.contains(&ip(bits)), inside, "ipnet: {net} {}", ip(bits));
    }
    assert_eq!(rule.nets().collect::<Vec<_>>(), [net.trunc()]);
    assert_eq!(Rule::from(net), rule.canonical());
    let bare = if size == Some(1) { net.addr().to_string() } else { net.trunc().to_string() };
    assert_eq!(rule.canonical().to_string(), bare);
    assert_eq!(bare.parse(), Ok(rule.canonical()));
}

#[test]
fn few_rules_and_many_agree_with_the_model() {
    let mut numbers = Numbers(1);
    for count in [0, 1, 2, 15, 16, 17, 18, 31, 33, 64, 300, 2000] {
        let rules: Vec<Rule> = (0..count)
            .map(|_| {
                let prefix = u8::try_from(8 + numbers.below(25)).unwrap();
                let ip = Ipv4Addr::from_bits(u32::try_from(numbers.below(1 << 32)).unwrap());
                let six = u8::try_from(20 + numbers.below(109)).unwrap();
                let net6 = Ipv6Net::new(Ipv6Addr::from_bits(numbers.wide() >> 3 | 1 << 125), six).unwrap();
                if numbers.below(2) == 0 { Ipv4Net::new(ip, prefix).unwrap().into() } else { net6.into() }
            })
            .collect();
        check(&rules, &mut numbers, &format!("{count} uniform"));
    }
}

#[test]
fn clusters_within_clusters_agree_with_the_model() {
    let mut numbers = Numbers(2);
    // Parents by the top bits, children by ever lower ones, and a lone rule far away on either side.
    for (parents, depth) in [(1u32, 1), (2, 1), (3, 2), (5, 3), (2, 5)] {
        let mut rules = vec![
            Rule::from(v4(1)),
            Rule::from(v4(u32::MAX - 1)),
            Rule::from(v6(1)),
            Rule::from(v6(u128::MAX - 1)),
        ];
        for level in 0..depth {
            for parent in 0..parents {
                let base4 = 0x1000_0000 * (parent + 1) + (0x0080_0000 >> (3 * level));
                let base6 = u128::from(parent + 1) << 120 | 1 << (100 - 20 * level);
                for _ in 0..400 {
                    let low = u32::try_from(numbers.below(1 << (20 - 3 * level))).unwrap();
                    rules.push(Ipv4Net::new(Ipv4Addr::from_bits(base4 + low), 30).unwrap().into());
                    let low = numbers.wide() >> (44 + 20 * level);
                    rules.push(Ipv6Net::new(Ipv6Addr::from_bits(base6 + low), 128).unwrap().into());
                }
            }
        }
        check(&rules, &mut numbers, &format!("{parents} parents, depth {depth}"));
    }
}

#[test]
fn ever_closer_starts_agree_with_the_model() {
    // Each bit alone: whatever bits a table splits by, most rules fall into one bucket.
    let mut rules: Vec<Rule> = (0..128).map(|bit| Rule::from(v6(1 << bit))).collect();
    rules.extend((0..32).map(|bit| Rule::from(v4(1 << bit))));
    rules.extend((0..100).map(|step| Rule::from(v6(step * 2))));
    rules.extend((0..3000).map(|step| Rule::from(v4(0xFFFF_0000 + step * 2))));
    rules.extend((0..3000u128).map(|step| Rule::from(v6(u128::MAX - step * 2))));
    check(&rules, &mut Numbers(3), "ever closer");
}

#[test]
fn a_hundred_thousand_rules_agree_with_the_model() {
    let mut numbers = Numbers(4);
    let rules: Vec<Rule> = (0..100_000u32)
        .map(|at| match at % 4 {
            0 => Rule::from(v4(0x0A00_0000 + at * 8)),
            1 => Rule::from(v4(u32::try_from(numbers.below(1 << 32)).unwrap())),
            2 => Ipv6Net::new(Ipv6Addr::from_bits(0x2001_0DB8 << 96 | numbers.wide() >> 32), 64)
                .unwrap()
                .into(),
            _ => Ipv6Net::new(Ipv6Addr::from_bits(0x2A00_1450 << 96 | u128::from(at) << 80), 48)
                .unwrap()
                .into(),
        })
        .collect();
    check(&rules, &mut numbers, "100,000");
}

#[test]
fn a_set_is_the_same_however_its_addresses_are_written() {
    let written = [
        "10.0.0.0-10.0.0.127\n10.0.0.128/25",
        "10.0.0.9/24",
        "::ffff:10.0.0.0/120\n10.0.0.1",
        "10.0.0.0-10.0.0.255",
    ];
    let sets = written.map(|text| match Allowlist::parse(text).unwrap() {
        Allowlist::Only(set) => set.addresses().clone(),
        Allowlist::Any => panic!("a list"),
    });
    assert!(sets.iter().all(|set| *set == sets[0]));
    assert_eq!(sets[0].rules().map(|rule| rule.to_string()).collect::<Vec<_>>(), ["10.0.0.0/24"]);
    let nets: AddressSet = sets[0].rules().flat_map(|rule| rule.nets().collect::<Vec<_>>()).collect();
    assert_eq!(nets, sets[0]);
    assert_eq!(sets[0].rules().collect::<AddressSet>(), sets[0]);
}

#[test]
fn the_canonical_form_is_an_address_a_block_or_a_range() {
    for (typed, canonical) in [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1/32", "192.0.2.1"),
        ("192.0.2.1-192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.168.0.3/24", "192.168.0.0/24"),
        ("0.0.0.0-255.255.255.255", "0.0.0.0/0"),
        ("10.0.0.2-10.0.0.3", "10.0.0.2/31"),
        ("10.0.0.1-10.0.0.2", "10.0.0.1-10.0.0.2"),
        ("10.0.0.3-10.0.0.6", "10.0.0.3-10.0.0.6"),
        ("2001:DB8:0:0::1/64", "2001:db8::/64"),
        ("::/0", "::/0"),
        ("2001:db8::1-2001:db8::FF", "2001:db8::1-2001:db8::ff"),
        ("::ffff:0:0/95", "::fffe:0:0/95"),
    ] {
        let Ok(rule) = typed.parse::<Rule>() else {
            assert_eq!(typed, "::ffff:0:0/95", "mapped and wider than IPv4: refused");
            continue;
        };
        assert_eq!(rule.to_string(), typed);
        assert_eq!(rule.canonical().to_string(), canonical);
        assert_eq!((rule.canonical().first(), rule.canonical().last()), (rule.first(), rule.last()));
        assert_eq!(format!("{:>40}|{:<40}", rule, rule.canonical()), format!("{typed:>40}|{canonical:<40}"));
    }
}

#[test]
fn rules_come_from_std_and_ipnet() {
    let net4: Ipv4Net = "192.168.0.3/24".parse().unwrap();
    assert_eq!(Rule::from(net4).to_string(), "192.168.0.0/24");
    let net6: Ipv6Net = "::ffff:192.168.0.3/120".parse().unwrap();
    assert_eq!(Rule::from(net6), Rule::from(IpNet::from(net4)));
    let beyond: Ipv6Net = "::ffff:192.168.0.3/90".parse().unwrap();
    assert!(!Rule::from(beyond).matches("192.168.0.3".parse().unwrap()), "it is IPv6");
    assert_eq!(Rule::from(Ipv4Addr::LOCALHOST).to_string(), "127.0.0.1");
    assert_eq!(Rule::from(Ipv6Addr::LOCALHOST).to_string(), "::1");

    let four = |a: &str, b: &str| Rule::try_from(a.parse::<Ipv4Addr>().unwrap()..=b.parse().unwrap());
    let six = |a: &str, b: &str| Rule::try_from(a.parse::<Ipv6Addr>().unwrap()..=b.parse().unwrap());
    let any = |a: &str, b: &str| Rule::try_from(a.parse::<IpAddr>().unwrap()..=b.parse().unwrap());
    assert_eq!(four("10.0.0.1", "10.0.0.9"), "10.0.0.1-10.0.0.9".parse());
    assert_eq!(six("::ffff:10.0.0.1", "::ffff:10.0.0.9"), four("10.0.0.1", "10.0.0.9"));
    assert_eq!(any("2001:db8::1", "2001:db8::9"), "2001:db8::1-2001:db8::9".parse());
    for (refused, problem) in [
        (four("10.0.0.9", "10.0.0.1"), RuleProblem::Reversed),
        (six("::2", "::1"), RuleProblem::Reversed),
        (six("::1", "::ffff:10.0.0.1"), RuleProblem::MixedFamilies),
        (any("10.0.0.1", "::ffff:10.0.0.9"), RuleProblem::MixedFamilies),
        (any("10.0.0.1", "2001:db8::1"), RuleProblem::MixedFamilies),
    ] {
        let error = refused.unwrap_err();
        assert_eq!((error.problem(), error.position()), (problem, 0));
    }
}

#[test]
fn a_range_falls_into_the_fewest_blocks() {
    let nets =
        |rule: &str| rule.parse::<Rule>().unwrap().nets().map(|net| net.to_string()).collect::<Vec<_>>();
    assert_eq!(nets("10.0.0.250-10.0.1.5"), ["10.0.0.250/31", "10.0.0.252/30", "10.0.1.0/30", "10.0.1.4/31"]);
    assert_eq!(nets("0.0.0.0-255.255.255.255"), ["0.0.0.0/0"]);
    assert_eq!(nets("0.0.0.1-255.255.255.254").len(), 62);
    assert_eq!(nets("::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe").len(), 254);
    assert_eq!(nets("255.255.255.255"), ["255.255.255.255/32"]);
}
