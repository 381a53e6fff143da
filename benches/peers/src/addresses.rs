//! Is this address in the list: beside a scan where lists are short, beside a compressed trie where they are long.

use std::{hint::black_box, net::IpAddr, time::Instant};

use ipnet::IpNet;
use iptrie::{IpPrefix, Ipv4LCTrieSet, Ipv4RTrieSet, Ipv6LCTrieSet, Ipv6RTrieSet};
use keyward::{AddressSet, Allowlist, ClientAddr, Rule};

use crate::{
    bar::{Bars, Sense},
    heap::held,
    networks::{Shape, addresses},
    report::{Report, grouped, number},
    rig::{Effort, Rig, nanoseconds},
};

/// Rules, how much of the trie's time building may take.
const LONG: [(usize, f64); 3] = [(256, 0.5), (10_000, 0.35), (1_000_000, 0.1)];
const SHORT: [usize; 3] = [1, 4, 16];
const SHAPES: [Shape; 2] = [Shape::Mixed, Shape::Clustered];
const MOST_BYTES: f64 = 26.0;

pub(crate) const SET: &str = "AddressSet";
const LIST: &str = "Allowlist";
pub(crate) const SCAN: &str = "scan of cidr";
pub(crate) const TRIE: &str = "iptrie";
const SET_BUILT: &str = "AddressSet built";
const TRIE_BUILT: &str = "iptrie built";
const SET_HELD: &str = "AddressSet, bytes of heap a rule";
const TRIE_HELD: &str = "iptrie, bytes of heap a rule";

pub(crate) fn measure(report: &mut Report, effort: Effort) {
    for rules in SHORT {
        short_list(report, rules, effort);
    }
    for shape in SHAPES {
        for (rules, _) in LONG {
            long_list(report, shape, rules, effort);
        }
    }
}

pub(crate) fn bars(bars: &mut Bars<'_>) {
    for rules in SHORT {
        for (chained, ours) in [(false, SET), (false, LIST), (true, SET), (true, LIST)] {
            bars.at_most(&row(ours, rules, "", chained), 1.0, &row(SCAN, rules, "", chained));
        }
    }
    for (kind, (rules, build)) in
        SHAPES.map(Shape::name).into_iter().flat_map(|kind| LONG.map(|long| (kind, long)))
    {
        for chained in [false, true] {
            bars.at_most(&row(SET, rules, kind, chained), 1.0, &row(TRIE, rules, kind, chained));
        }
        bars.at_most(&row(SET_BUILT, rules, kind, false), build, &row(TRIE_BUILT, rules, kind, false));
        let (held, peers) = (row(SET_HELD, rules, kind, false), row(TRIE_HELD, rules, kind, false));
        if let (Some(bytes), Some(peers)) = (bars.value(&held), bars.value(&peers)) {
            let figures = format!("beside {} B", number(peers));
            bars.add(held, figures, (bytes, MOST_BYTES, "B"), Sense::Exactly);
        }
    }
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
}

fn long_list(report: &mut Report, shape: Shape, count: usize, effort: Effort) {
    let rules = shape.rules(count);
    let asked = addresses(&rules, if count > 100_000 { 524_288 } else { 65_536 });
    let (set, bytes) = held(|| compiled(&rules));
    let (trie, trie_bytes) = held(|| Trie::of(&rules));
    let by_set = |address: &IpAddr| set.contains(*address);
    let by_trie = |address: &IpAddr| trie.contains(*address);
    check(&asked, by_set);
    check(&asked, by_trie);

    let row = |structure, chained| row(structure, count, shape.name(), chained);
    let mut rig = Rig::default();
    rig.timed(row(SET, false), independent(&asked, by_set));
    rig.timed(row(TRIE, false), independent(&asked, by_trie));
    rig.timed(row(SET, true), chained(&asked, by_set));
    rig.timed(row(TRIE, true), chained(&asked, by_trie));
    // Longer batches: each begins with caches that another row has filled.
    report.add(rig.measure(Effort { batch: 6e6, ..effort }));

    let mut rig = Rig::default();
    rig.timed(row(SET_BUILT, false), built(|| compiled(&rules)));
    rig.timed(row(TRIE_BUILT, false), built(|| Trie::of(&rules)));
    let rounds = if count > 100_000 { 1 } else { effort.rounds };
    report.add(rig.measure(Effort { rounds, ..effort }));

    report.number(row(SET_HELD, false), bytes / count as f64, "B");
    report.number(row(TRIE_HELD, false), trie_bytes / count as f64, "B");
}

/// A row's name; `kind` is empty, or a shape's name.
pub(crate) fn row(structure: &str, rules: usize, kind: &str, chained: bool) -> String {
    let (space, many) = (if kind.is_empty() { "" } else { " " }, if rules == 1 { "" } else { "s" });
    format!(
        "{structure}, {} {kind}{space}rule{many}{}",
        grouped(rules),
        if chained { ", chained" } else { "" }
    )
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
