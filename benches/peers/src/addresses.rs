//! Is this address in the list: beside a scan where lists are short, beside a compressed trie where they are long.

use std::{hint::black_box, net::IpAddr, time::Instant};

use ipnet::IpNet;
use iptrie::{IpPrefix, Ipv4LCTrieSet, Ipv4RTrieSet, Ipv6LCTrieSet, Ipv6RTrieSet};
use keyward::{AddressSet, Allowlist, ClientAddr, Rule};

use crate::{
    heap::held,
    networks::{Shape, addresses},
    report::{Report, Sense, grouped, number},
    rig::{Effort, Rig, nanoseconds},
};

/// Rules, how much of the trie's time building may take.
const LARGE: [(usize, f64); 3] = [(256, 0.5), (10_000, 0.35), (1_000_000, 0.1)];
const MOST_BYTES: f64 = 26.0;

pub(crate) const SET: &str = "AddressSet";
const LIST: &str = "Allowlist";
pub(crate) const SCAN: &str = "scan of cidr";
pub(crate) const TRIE: &str = "iptrie";

pub(crate) fn measure(effort: Effort) -> Report {
    let mut report = Report::default();
    for rules in [1, 4, 16] {
        short_list(&mut report, rules, effort);
    }
    for shape in [Shape::Mixed, Shape::Clustered] {
        for (rules, build) in LARGE {
            long_list(&mut report, shape, rules, build, effort);
        }
    }
    report
}

fn short_list(report: &mut Report, count: usize, effort: Effort) {
    let rules = Shape::Mixed.rules(count);
    let asked = addresses(&rules, 65_536);
    let clients: Vec<_> = asked.iter().map(|address| ClientAddr::direct(*address)).collect();
    let set: AddressSet = rules.iter().copied().collect();
    let list: Allowlist = rules.iter().map(|net| Rule::from(*net)).collect();
    let scan: Vec<_> = rules
        .iter()
        .map(|net| cidr::IpCidr::new(net.network(), net.prefix_len()).expect("a block"))
        .collect();
    let by_set = |address: &IpAddr| set.contains(*address);
    let by_list = |client: &ClientAddr| list.admits(*client);
    let by_scan = |address: &IpAddr| scan.iter().any(|block| block.contains(address));
    check(&asked, by_set);
    check(&clients, by_list);
    check(&asked, by_scan);

    let row = |structure, chained| row(structure, count, "", chained);
    let mut rig = Rig::default();
    rig.timed(row(SET, false), independent(&asked, by_set));
    rig.timed(row(LIST, false), independent(&clients, by_list));
    rig.timed(row(SCAN, false), independent(&asked, by_scan));
    rig.timed(row(SET, true), chained(&asked, by_set));
    rig.timed(row(LIST, true), chained(&clients, by_list));
    rig.timed(row(SCAN, true), chained(&asked, by_scan));
    report.add(rig.measure(effort));
    for chained in [false, true] {
        for ours in [SET, LIST] {
            report.at_most(&row(ours, chained), 1.0, &row(SCAN, chained));
        }
    }
}

fn long_list(report: &mut Report, shape: Shape, count: usize, build: f64, effort: Effort) {
    let rules = shape.rules(count);
    let asked = addresses(&rules, if count > 100_000 { 524_288 } else { 65_536 });
    let (set, bytes) = held(|| compiled(&rules));
    let (trie, trie_bytes) = held(|| Trie::of(&rules));
    let by_set = |address: &IpAddr| set.contains(*address);
    let by_trie = |address: &IpAddr| trie.contains(*address);
    check(&asked, by_set);
    check(&asked, by_trie);

    let kind = format!("{} ", shape.name());
    let row = |structure: &str, chained| row(structure, count, &kind, chained);
    let mut rig = Rig::default();
    rig.timed(row(SET, false), independent(&asked, by_set));
    rig.timed(row(TRIE, false), independent(&asked, by_trie));
    rig.timed(row(SET, true), chained(&asked, by_set));
    rig.timed(row(TRIE, true), chained(&asked, by_trie));
    // Longer batches: each begins with caches that another row has filled.
    report.add(rig.measure(Effort { batch: 6e6, ..effort }));
    for chained in [false, true] {
        report.at_most(&row(SET, chained), 1.0, &row(TRIE, chained));
    }

    let (ours, peers) = (row("AddressSet built", false), row("iptrie built", false));
    let mut rig = Rig::default();
    rig.timed(&ours, built(|| compiled(&rules)));
    rig.timed(&peers, built(|| Trie::of(&rules)));
    let rounds = if count > 100_000 { 1 } else { effort.rounds };
    report.add(rig.measure(Effort { rounds, ..effort }));
    report.at_most(&ours, build, &peers);

    let (bytes, trie_bytes) = (bytes / count as f64, trie_bytes / count as f64);
    report.number(row("AddressSet held, bytes of heap a rule", false), bytes, "B");
    report.number(row("iptrie held, bytes of heap a rule", false), trie_bytes, "B");
    let figures = format!("iptrie {} B", number(trie_bytes));
    report.bar(
        row("AddressSet, bytes of heap a rule", false),
        figures,
        (bytes, MOST_BYTES, "B"),
        Sense::Exactly,
    );
}

/// A row's name; `kind` is empty, or a shape's name with a space.
pub(crate) fn row(structure: &str, rules: usize, kind: &str, chained: bool) -> String {
    let (many, chained) = (if rules == 1 { "" } else { "s" }, if chained { ", chained" } else { "" });
    format!("{structure}, {} {kind}rule{many}{chained}", grouped(rules))
}

/// Half of the addresses are in the rules, as the reference says.
fn check<A>(asked: &[A], has: impl Fn(&A) -> bool) {
    assert_eq!(asked.iter().filter(|address| has(address)).count(), asked.len() / 2, "wrong answers");
}

/// Look-ups that a processor may overlap.
fn independent<'a, A>(asked: &'a [A], has: impl Fn(&A) -> bool + 'a) -> impl FnMut(usize) -> f64 + 'a {
    let mut next = 0;
    move |count| {
        let (mut left, mut hits) = (count, 0);
        let start = Instant::now();
        while left > 0 {
            let end = (next + left).min(asked.len());
            hits += asked[next..end].iter().filter(|address| has(address)).count();
            left -= end - next;
            next = end % asked.len();
        }
        black_box(hits);
        nanoseconds(start)
    }
}

/// Which address is looked up depends on the answer before, so that each look-up waits for it.
fn chained<'a, A>(asked: &'a [A], has: impl Fn(&A) -> bool + 'a) -> impl FnMut(usize) -> f64 + 'a {
    let (mut next, zero) = (0, black_box(0));
    move |count| {
        let start = Instant::now();
        for _ in 0..count {
            let answer = usize::from(black_box(has(&asked[next])));
            next += 1 + (answer & zero);
            if next >= asked.len() {
                next = 0;
            }
        }
        nanoseconds(start)
    }
}

/// Without dropping what was built.
fn built<T>(build: impl Fn() -> T) -> impl FnMut(usize) -> f64 {
    move |count| {
        let one = |_| {
            let start = Instant::now();
            let made = black_box(build());
            let took = nanoseconds(start);
            drop(made);
            took
        };
        (0..count).map(one).sum()
    }
}

fn compiled(rules: &[IpNet]) -> AddressSet {
    rules.iter().copied().collect()
}

struct Trie {
    v4: Ipv4LCTrieSet,
    v6: Ipv6LCTrieSet,
}

impl Trie {
    fn of(rules: &[IpNet]) -> Self {
        let (mut v4, mut v6) = (Ipv4RTrieSet::new(), Ipv6RTrieSet::new());
        for rule in rules {
            match rule {
                IpNet::V4(rule) => drop(v4.insert((*rule).into())),
                IpNet::V6(rule) => drop(v6.insert((*rule).into())),
            }
        }
        Self { v4: v4.compress(), v6: v6.compress() }
    }

    /// The root stands for every address, with a length of zero.
    #[inline]
    fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.v4.lookup(&address).len() > 0,
            IpAddr::V6(address) => self.v6.lookup(&address).len() > 0,
        }
    }
}
