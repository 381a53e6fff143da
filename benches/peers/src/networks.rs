//! Rules and addresses to look up, and a plain reference that says which of them are in.

use std::{
    collections::HashSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::random::Random;

/// How rules lie in the address space.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// Half IPv4, half IPv6 (a single rule is IPv4). IPv4 lengths from 8 to 32, each giving away at most 1.5 % of the
    /// space, since a million uniform ones would leave no address outside; IPv6 lengths from 32 to 128.
    Mixed,
    /// As registries hand them out: /24 under few parents of /12, /48 under few of /32, each parent half full.
    Clustered,
}

impl Shape {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Mixed => "mixed",
            Self::Clustered => "clustered",
        }
    }

    /// So many different rules.
    pub(crate) fn rules(self, count: usize) -> Vec<IpNet> {
        let mut random = Random::new(1000 + count as u64);
        let (mut rules, mut seen, mut given) = (Vec::with_capacity(count), HashSet::new(), [0_u64; 33]);
        let parents = Parents::new(count, &mut random);
        while rules.len() < count {
            let v4 = count == 1 || rules.len() % 2 == 0;
            let rule = match (self, v4) {
                (Self::Mixed, true) => mixed_v4(rules.is_empty(), &mut given, &mut random),
                (Self::Mixed, false) => Some(mixed_v6(rules.len() == 1, &mut random)),
                (Self::Clustered, true) => Some(parents.v4(&mut random)),
                (Self::Clustered, false) => Some(parents.v6(&mut random)),
            };
            rules.extend(rule.filter(|rule| seen.insert(*rule)));
        }
        rules
    }
}

fn v4(bits: u32, prefix: u8) -> IpNet {
    Ipv4Net::new(Ipv4Addr::from_bits(bits), prefix).expect("a length up to 32").trunc().into()
}

fn v6(bits: u128, prefix: u8) -> IpNet {
    Ipv6Net::new(Ipv6Addr::from_bits(bits), prefix).expect("a length up to 128").trunc().into()
}

/// In `2000::/3`, where all global addresses are.
fn global(random: &mut Random) -> u128 {
    random.wide() >> 3 | 1 << 125
}

fn mixed_v4(first: bool, given: &mut [u64; 33], random: &mut Random) -> Option<IpNet> {
    // The first is wide enough for as many different addresses as are looked up.
    let prefix = if first { 12 } else { 8 + random.below(25) as u8 };
    let bits = random.word() as u32;
    let most = ((1_u64 << prefix) as f64 * 0.015).max(1.0) as u64;
    let used = &mut given[usize::from(prefix)];
    if *used >= most || !(1..224).contains(&(bits >> 24)) {
        return None;
    }
    *used += 1;
    Some(v4(bits, prefix))
}

fn mixed_v6(first: bool, random: &mut Random) -> IpNet {
    let prefix = if first { 48 } else { 32 + random.below(97) as u8 };
    v6(global(random), prefix)
}

struct Parents {
    v4: Vec<u32>,
    v6: Vec<u128>,
}

impl Parents {
    fn new(rules: usize, random: &mut Random) -> Self {
        // A /12 holds 4,096 blocks of /24, a /32 holds 65,536 of /48.
        let (of_v4, of_v6) = ((rules / 2).div_ceil(2048).max(2), (rules / 2).div_ceil(32_768).max(2));
        let mut distinct = HashSet::new();
        while distinct.len() < of_v4 {
            distinct.insert((16 + random.below(3568) as u32) << 20);
        }
        let mut v4: Vec<_> = distinct.into_iter().collect();
        v4.sort_unstable();
        Self { v4, v6: (0..of_v6).map(|_| global(random) >> 96 << 96).collect() }
    }

    fn v4(&self, random: &mut Random) -> IpNet {
        v4(self.v4[random.below(self.v4.len())] | (random.below(4096) as u32) << 8, 24)
    }

    fn v6(&self, random: &mut Random) -> IpNet {
        v6(self.v6[random.below(self.v6.len())] | (random.below(65_536) as u128) << 80, 48)
    }
}

/// Addresses in random order: half of them in the rules; of the others half in the sibling of a rule, half anywhere.
pub(crate) fn addresses(rules: &[IpNet], count: usize) -> Vec<IpAddr> {
    let (mut random, reference) = (Random::new(9000 + rules.len() as u64), Reference::of(rules));
    let mut addresses = Vec::with_capacity(count);
    while addresses.len() < count {
        let inside = addresses.len() % 2 == 0;
        let rule = rules[random.below(rules.len())];
        let kind = if inside {
            Kind::Inside
        } else if random.below(2) == 0 {
            Kind::Sibling
        } else {
            Kind::Anywhere
        };
        let address = address(rule, kind, &mut random);
        if reference.contains(address) == inside {
            addresses.push(address);
        }
    }
    random.shuffle(&mut addresses);
    addresses
}

#[derive(Clone, Copy)]
enum Kind {
    Inside,
    Sibling,
    Anywhere,
}

fn address(rule: IpNet, kind: Kind, random: &mut Random) -> IpAddr {
    match rule {
        IpNet::V4(rule) => {
            let any = random.word() as u32;
            let inside = rule.network().to_bits() | any & rule.hostmask().to_bits();
            let sibling = inside ^ 1_u32.checked_shl(32 - u32::from(rule.prefix_len())).unwrap_or(0);
            Ipv4Addr::from_bits(pick(kind, inside, sibling, any)).into()
        }
        IpNet::V6(rule) => {
            let (any, anywhere) = (random.wide(), global(random));
            let inside = rule.network().to_bits() | any & rule.hostmask().to_bits();
            let sibling = inside ^ 1_u128.checked_shl(128 - u32::from(rule.prefix_len())).unwrap_or(0);
            Ipv6Addr::from_bits(pick(kind, inside, sibling, anywhere)).into()
        }
    }
}

fn pick<W>(kind: Kind, inside: W, sibling: W, anywhere: W) -> W {
    match kind {
        Kind::Inside => inside,
        Kind::Sibling => sibling,
        Kind::Anywhere => anywhere,
    }
}

/// Sorted spans and std's binary search: slow, and plain enough to be right.
struct Reference {
    v4: Vec<(u128, u128)>,
    v6: Vec<(u128, u128)>,
}

impl Reference {
    fn of(rules: &[IpNet]) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for rule in rules {
            let family = if matches!(rule, IpNet::V4(_)) { &mut v4 } else { &mut v6 };
            family.push((number(rule.network()), number(rule.broadcast())));
        }
        Self { v4: merged(v4), v6: merged(v6) }
    }

    fn contains(&self, address: IpAddr) -> bool {
        let spans = if address.is_ipv4() { &self.v4 } else { &self.v6 };
        let number = number(address);
        let after = spans.partition_point(|span| span.0 <= number);
        after > 0 && number <= spans[after - 1].1
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn merged(mut spans: Vec<(u128, u128)>) -> Vec<(u128, u128)> {
    spans.sort_unstable();
    let mut merged: Vec<(u128, u128)> = Vec::new();
    for (first, last) in spans {
        match merged.last_mut() {
            Some(before) if first <= before.1 => before.1 = before.1.max(last),
            _ => merged.push((first, last)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_addresses_are_in_a_rule_as_a_scan_says() {
        for (shape, count) in [(Shape::Mixed, 1), (Shape::Mixed, 300), (Shape::Clustered, 300)] {
            let rules = shape.rules(count);
            assert_eq!(rules.iter().collect::<HashSet<_>>().len(), count);
            let asked = addresses(&rules, 2000);
            let scan = |address: &&IpAddr| rules.iter().any(|rule| rule.contains(*address));
            assert_eq!(asked.iter().filter(scan).count(), 1000, "{} {count}", shape.name());
        }
    }
}
