//! What a refused caller gets back, beside the same bytes written by std's own formatting into a fresh text.

use std::{fmt::Write, hint::black_box};

use criterion::Criterion;
use keyward::{AntavoErrors, ClientAddr, Code, Denial, Problem, Render, Reply, Verdict};

use crate::world::{NOW, engine, find, method, store};

pub(crate) fn all(criterion: &mut Criterion) {
    let engine = engine();
    let catalogue = engine.catalogue();
    let denials = [
        ("wrong secret", Denial::new(Code::CredentialInvalid)),
        ("refused by the user's list", by_address()),
    ];
    let mut group = criterion.benchmark_group("replies");
    for (name, denial) in &denials {
        let problem = || Problem.denial(black_box(denial), catalogue);
        let written = || formatted(black_box(denial));
        assert_eq!(problem().body, written().into_bytes(), "the same bytes");
        group.bench_function(format!("problem/{name}"), |run| run.iter(problem));
        group.bench_function(format!("formatted/{name}"), |run| run.iter(written));
        let antavo = || -> Reply { AntavoErrors.denial(black_box(denial), catalogue) };
        group.bench_function(format!("antavo/{name}"), |run| run.iter(antavo));
    }
    group.finish();
}

/// Its sentence names the caller's address.
fn by_address() -> Denial {
    let engine = engine();
    let (store, lines) = store(&engine, 1);
    let lines = [("authorization", lines[0].as_bytes())];
    let (presented, subject) = find(&engine, &store, &lines);
    let client = ClientAddr::direct("2001:db8::1:7".parse().expect("an address"));
    let name = method(0);
    match engine
        .authorize(presented, subject, &keyward::Ask::new(name.as_str(), client, NOW))
        .expect("no fault")
    {
        Verdict::Deny(denial) if denial.code() == Code::AccessIpUser => denial,
        _ => unreachable!("no list has it"),
    }
}

/// Without an escape, which these sentences do not need, and without headers.
fn formatted(denial: &Denial) -> String {
    let (public, mut text) = (denial.public(), String::new());
    let (status, code) = (public.status(), public.code());
    let title = if status == 401 { "Unauthorized" } else { "Forbidden" };
    let _ = write!(
        text,
        r#"{{"type":"about:blank","title":"{title}","status":{status},"detail":"{public}","code":"{code}"}}"#
    );
    text
}
