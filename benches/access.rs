//! Methods by name, routes, and what the back office asks.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion};
use keyward::{AccessLevel, Catalogue, Headers, RequestHead, Routes};

use crate::world::method;

pub(crate) fn all(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("access");
    for count in [100, 10_000] {
        let name = |what: &str| BenchmarkId::new(what, count);
        let catalogue = Catalogue::builder().module("all", (0..count).map(method)).build().expect("names");
        let AccessLevel::Custom(names) = AccessLevel::custom((0..count).step_by(2).map(method)) else {
            unreachable!("it is made as Custom")
        };
        let (granted, other) = (method(count / 2), method(count / 2 + 1));
        assert!(names.contains(&granted) && !names.contains(&other));
        assert!(catalogue.method(&other).is_some());
        group.bench_function(name("listed"), |run| run.iter(|| names.contains(black_box(&granted))));
        group.bench_function(name("not listed"), |run| run.iter(|| names.contains(black_box(&other))));
        group
            .bench_function(name("in the catalogue"), |run| run.iter(|| catalogue.method(black_box(&other))));
        group.bench_function(name("level made"), |run| {
            run.iter(|| AccessLevel::custom((0..count).step_by(2).map(|number| black_box(method(number)))));
        });
    }
    group.finish();
    route(criterion);
}

fn route(criterion: &mut Criterion) {
    let add =
        |routes: Routes, number| routes.route("POST", &format!("/v2/{number}/{{id}}/send"), &method(number));
    let routes = (0..200).fold(Routes::new(), add);
    let head = RequestHead::new("POST", "/v2/150/4711/send?page=2", Headers::lines(&[]));
    assert_eq!(routes.resolve(&head), method(150).as_str().into());
    criterion.bench_function("access/route of 200", |run| run.iter(|| routes.resolve(black_box(&head))));
}
