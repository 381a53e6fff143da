//! Address lists and forwarded addresses.

use std::{hint::black_box, net::IpAddr};

use criterion::{BenchmarkId, Criterion, Throughput};
use keyward::{AddressSet, Allowlist, ClientAddr, Forwarding, Headers, RuleSet, TrustedProxies};

use crate::world::{addresses, rules};

pub(crate) fn all(criterion: &mut Criterion) {
    lists(criterion);
    client(criterion);
}

fn lists(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("networks");
    for count in [4, 64, 4096] {
        let (rules, name) = (rules(count), |what: &str| BenchmarkId::new(what, count));
        let list: Allowlist = rules.iter().cloned().collect();
        let clients: Vec<_> = addresses(&rules).into_iter().map(ClientAddr::direct).collect();
        let admitted = clients.iter().filter(|client| list.admits(**client)).count();
        assert!((clients.len() / 2..clients.len()).contains(&admitted), "half are in a rule");
        group.throughput(Throughput::Elements(clients.len() as u64));
        group.bench_function(name("admits"), |run| {
            run.iter(|| clients.iter().filter(|client| list.admits(black_box(**client))).count());
        });
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(name("compiled"), |run| {
            run.iter(|| black_box(&rules).iter().collect::<AddressSet>());
        });
        let text = list.to_string();
        group.bench_function(name("parsed"), |run| run.iter(|| Allowlist::parse(black_box(&text))));
        group.bench_function(name("linted"), |run| run.iter(|| black_box(&list).lint().count()));
        if let Allowlist::Only(set) = &list {
            group.throughput(Throughput::Elements(1));
            explained(&mut group, set, clients[clients.len() - 1], count);
        }
    }
}

type Group<'c> = criterion::BenchmarkGroup<'c, criterion::measurement::WallTime>;

/// Which rule it is, for whoever asks once and for whoever asks often.
fn explained(group: &mut Group<'_>, set: &RuleSet, client: ClientAddr, count: usize) {
    let index = set.index();
    group.bench_function(BenchmarkId::new("matching rule", count), |run| {
        run.iter(|| set.matching(black_box(client)));
    });
    group.bench_function(BenchmarkId::new("matching rule, indexed", count), |run| {
        run.iter(|| index.matching(black_box(client)));
    });
}

fn client(criterion: &mut Criterion) {
    let proxies = TrustedProxies::parse(Forwarding::XForwardedFor, "10.0.0.0/8").expect("a rule");
    let peer: IpAddr = "10.0.0.1".parse().expect("an address");
    let lines: [(&str, &[u8]); 2] =
        [("host", b"api.example.com"), ("x-forwarded-for", b"192.0.2.7, 10.1.2.3, 10.0.0.9")];
    assert_eq!(proxies.client(Headers::lines(&lines), peer).to_string(), "192.0.2.7");
    criterion.bench_function("networks/client behind proxies", |run| {
        run.iter(|| proxies.client(Headers::lines(black_box(&lines)), peer));
    });
}
