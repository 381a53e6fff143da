//! Who is calling, and may it: beside the one hash that cannot be left out.

use std::{collections::HashSet, hint::black_box};

use keyward::{AccessLevel, Catalogue};
use prefixed_api_key::{PrefixedApiKey, PrefixedApiKeyController};
use subtle::ConstantTimeEq;

use crate::{
    bar::Bars,
    hmac::{Bare, Yardstick},
    random::Random,
    report::{Report, grouped},
    rig::{Effort, Rig},
    world::{self, Level, decide, decide_lines, engine, filled, verify},
};

const USERS: usize = 10_000;
/// With `zeroize`, as it is in every build that has keyward in it.
pub(crate) const HMAC: &str = "HMAC-SHA-256 alone";
/// Without, in a process of its own.
const BARE: &str = "HMAC-SHA-256 alone, zeroize off";
pub(crate) const PREFIXED: &str = "prefixed-api-key, parse and check";
pub(crate) const VERIFY: &str = "plain verify, complete";
const VERIFY_ANY: &str = "plain verify, keys at random";
pub(crate) const DECIDE: &str = "whole authorize";
const DECIDE_LINES: &str = "whole authorize, 9 header lines";
const SLICE: &str = "subtle over a slice of 32 bytes";
const FOLDED: &str = "32 bytes folded to one word, then subtle";
/// Methods that are looked for by name.
const SIZES: [usize; 2] = [100, 10_000];
const DECIDE_ANY: &str = "whole authorize, keys and methods at random";

pub(crate) fn measure(report: &mut Report, effort: Effort) {
    verdicts(report, effort);
    for methods in SIZES {
        by_name(report, methods, effort);
    }
    comparison(report, effort);
}

pub(crate) fn bars(bars: &mut Bars<'_>) {
    bars.at_most(VERIFY, 1.5, HMAC);
    bars.at_most(VERIFY, 1.5, BARE);
    bars.at_most(VERIFY, 1.0, PREFIXED);
    bars.at_most(DECIDE, 2.5, HMAC);
    bars.at_most(DECIDE, 2.5, BARE);
    for methods in SIZES {
        bars.at_most(&level(methods), 2.0, &set(methods));
        bars.at_most(&catalogue(methods), 2.0, &set(methods));
    }
    bars.at_most(FOLDED, 1.0, SLICE);
}

fn verdicts(report: &mut Report, effort: Effort) {
    let (engine, yardstick) = (engine(), Yardstick::new());
    let (store, callers) = filled(&engine, USERS, Level::Custom, |_| true);
    assert!(callers.iter().all(|caller| verify(&engine, &store, caller) && decide(&engine, &store, caller)));
    let hot = &callers[0];
    let mut lines = world::USUAL_LINES.to_vec();
    lines.push(("authorization", hot.authorization.as_bytes()));

    let controller = PrefixedApiKeyController::configure()
        .prefix("mycompany".to_owned())
        .seam_defaults()
        .short_token_length(8)
        .long_token_length(32)
        .finalize()
        .expect("a configuration");
    let (key, hash) = controller.try_generate_key_and_hash().expect("a key");
    let text = key.to_string();

    let mut rig = Rig::default();
    rig.row(HMAC, || black_box(&yardstick).hash());
    if let Some(mut bare) = Bare::start() {
        let length = yardstick.message.len();
        rig.timed(BARE, move |count| bare.batch(length, count));
    }
    rig.row(PREFIXED, || {
        let key = PrefixedApiKey::from_string(black_box(&text)).expect("its own text");
        assert!(controller.check_hash(&key, black_box(&hash)));
    });
    rig.row(VERIFY, || verify(&engine, &store, black_box(hot)));
    rig.row(DECIDE, || decide(&engine, &store, black_box(hot)));
    rig.row(DECIDE_LINES, || decide_lines(&engine, &store, black_box(&lines), black_box(&hot.method)));
    let mut turn = callers.iter().cycle();
    rig.row(VERIFY_ANY, || turn.next().is_some_and(|caller| verify(&engine, &store, caller)));
    let mut turn = callers.iter().cycle();
    rig.row(DECIDE_ANY, || turn.next().is_some_and(|caller| decide(&engine, &store, caller)));
    report.number("bytes hashed for a secret", yardstick.message.len() as f64, "B");
    report.add(rig.measure(effort));
}

pub(crate) fn set(methods: usize) -> String {
    format!("std HashSet<String>, {} methods", grouped(methods))
}

pub(crate) fn level(methods: usize) -> String {
    format!("MethodNames::contains, {} methods", grouped(methods))
}

fn catalogue(methods: usize) -> String {
    format!("Catalogue::method, {} methods", grouped(methods))
}

/// May it call this method, by name: half of the questions are about methods that it may not.
fn by_name(report: &mut Report, methods: usize, effort: Effort) {
    let allowed = || (0..methods).map(|number| world::method(2 * number));
    let mut questions: Vec<_> = (0..2 * methods).map(world::method).collect();
    Random::new(77).shuffle(&mut questions);
    let std: HashSet<String> = allowed().collect();
    let AccessLevel::Custom(listed) = AccessLevel::custom(allowed()) else { unreachable!() };
    let catalogue = Catalogue::builder().module("all", allowed()).build().expect("names in the grammar");
    let yes = |has: &dyn Fn(&str) -> bool| questions.iter().filter(|name| has(name.as_str())).count();
    assert_eq!(yes(&|name| std.contains(name)), methods);
    assert_eq!(yes(&|name| listed.contains(name)), methods);
    assert_eq!(yes(&|name| catalogue.method(name).is_some()), methods);

    let mut rig = Rig::default();
    let mut turn = questions.iter().cycle();
    rig.row(set(methods), || turn.next().is_some_and(|name| std.contains(black_box(name.as_str()))));
    let mut turn = questions.iter().cycle();
    rig.row(level(methods), || turn.next().is_some_and(|name| listed.contains(black_box(name))));
    let mut turn = questions.iter().cycle();
    rig.row(self::catalogue(methods), || turn.next().and_then(|name| catalogue.method(black_box(name))));
    report.add(rig.measure(effort));
}

/// Two MACs: `subtle` over the slice, and folded to one word first as src/secret.rs does. That function is private and
/// is stated again here.
fn comparison(report: &mut Report, effort: Effort) {
    let (a, b) = ([0x5A_u8; 32], [0x5A_u8; 32]);
    let mut rig = Rig::default();
    rig.row(SLICE, || bool::from(black_box(&a).as_slice().ct_eq(black_box(&b).as_slice())));
    rig.row(FOLDED, || same_mac(black_box(&a), black_box(&b)));
    report.add(rig.measure(effort));
}

fn same_mac(a: &[u8; 32], b: &[u8; 32]) -> bool {
    let difference = words(a).zip(words(b)).fold(0, |folded, (a, b)| folded | (a ^ b));
    black_box(difference).ct_eq(&0).into()
}

fn words(mac: &[u8; 32]) -> impl Iterator<Item = u64> {
    let (words, _) = mac.as_chunks::<8>();
    words.iter().map(|word| u64::from_ne_bytes(*word))
}
