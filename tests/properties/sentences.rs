//! Guards: whatever is refused says in one sentence what was found and what to write instead, and repeats nothing of
//! what the caller wrote.

use std::{error::Error, fmt::Display};

use keyward::{
    AccessLevel, AccountId, Allowlist, ApiUser, Catalogue, Challenge, Code, Denial, EntropyError, Fault,
    IntegrationId, InvalidKey, IssueError, KeyId, KeyRing, Lifecycle, NoGuard, Pepper, Refusal, Rule,
    SealingKey, Timestamp, UnknownKey, UserId, Vendor, Verdict, WebhookSecret,
};
use proptest::{prelude::*, test_runner::TestCaseResult};

use crate::{
    common::{anything, config},
    world::world,
};

/// Texts that no sentence has by chance: one that no grammar takes, one of letters, one of digits, one beyond ASCII.
const MARKERS: [&str; 4] = ["~^|Zq!Vx{Kj}?", "qzjxvkwqpzjxvkzq", "918273645546372819", "ÞßœŁđŋ→¶ƞƕǂʬ"];

/// One sentence, in one line.
fn sentence(text: &str) -> TestCaseResult {
    prop_assert!(!text.trim().is_empty());
    prop_assert!(!text.ends_with(['.', ' ', ';', ':']), "{:?}", text);
    prop_assert!(!text.contains(|c: char| c.is_control()), "{:?}", text);
    prop_assert!(!text.starts_with(|c: char| c.is_uppercase()), "{:?}", text);
    Ok(())
}

/// What was found, and what to do about it.
fn remedy(text: &str) -> TestCaseResult {
    sentence(text)?;
    let (found, instead) = text.split_once("; ").unwrap_or_default();
    prop_assert!(!found.is_empty() && !instead.is_empty(), "no remedy in {:?}", text);
    Ok(())
}

/// A remedy that shows nothing of the marker.
fn silent<T>(result: Result<T, impl Display>, marker: &str) -> TestCaseResult {
    let Err(error) = result else { return Ok(()) };
    let text = error.to_string();
    let marker: Vec<char> = marker.chars().collect();
    for piece in marker.windows(5).map(String::from_iter) {
        prop_assert!(!text.contains(&piece), "{:?} repeats {:?}", text, piece);
    }
    prop_assert!(!text.contains(". ") && !text.contains(".;"), "{:?} is more than one sentence", text);
    text.split('\n').try_for_each(remedy)
}

/// A marker with something around it, and the marker.
fn marked() -> impl Strategy<Value = (String, &'static str)> {
    let before = prop_oneof![
        Just(String::new()),
        r"[0-9a-f.:/\[%x-]{0,20}",
        "(10\\.0\\.0\\.1[-/]?|2001:db8::1[-/]?|::ffff:10.0.0.1/?|whsec_|kw|[A-Za-z0-9]{1,60})",
        anything(),
    ];
    let after = prop_oneof![Just(String::new()), r"[0-9a-f.:/\]%x-]{0,20}", "[A-Za-z0-9]{1,90}", anything()];
    (before, prop::sample::select(&MARKERS[..]), after)
        .prop_map(|(before, marker, after)| (format!("{before}{marker}{after}"), marker))
}

/// Errors that take no text from outside.
fn fixed() -> Vec<Box<dyn Error>> {
    let ring = || KeyRing::new(Pepper::new(1, [1; 32]).expect("a key"));
    let pepper = |id, byte| Pepper::new(id, [byte; 32]).expect("a key");
    let sealing = |id, byte| SealingKey::new(id, [byte; 32]).expect("a key");
    let keys: [Result<KeyRing, InvalidKey>; 5] = [
        ring().retired_pepper(pepper(1, 2)),
        ring().retired_pepper(pepper(2, 1)),
        ring().sealing(sealing(1, 1)),
        ring().sealing(sealing(1, 2)).and_then(|ring| ring.sealing(sealing(1, 3))),
        ring().sealing(sealing(1, 2)).and_then(|ring| ring.retired_pepper(pepper(3, 2))),
    ];
    let mut all: Vec<Box<dyn Error>> = vec![
        Box::new(EntropyError::Failed),
        Box::new(EntropyError::Stuck),
        Box::new(IssueError::TooMany),
        Box::new(IssueError::UnknownKey),
        Box::new(IssueError::Over),
        Box::new(IssueError::Entropy(EntropyError::Failed)),
        Box::new(UnknownKey),
        Box::new(NoGuard),
        Box::new(Refusal::NoAccount),
        Box::new(Refusal::NameTaken),
        Box::new(Refusal::KeyTaken("kwk_0000000000000000".parse().expect("a key id"))),
        Box::new(Refusal::IdTaken),
        Box::new(Pepper::new(1, [0; 32]).expect_err("zeros")),
        Box::new(SealingKey::new(1, [0; 32]).expect_err("zeros")),
    ];
    let bad = ["", "Bearer\n", "Bearer realm=\"", "Bearer "].map(str::to_owned);
    let challenges = bad.into_iter().chain(["a".repeat(513)]).map(Challenge::new);
    all.extend(challenges.map(|bad| Box::new(bad.expect_err("no challenge")) as Box<dyn Error>));
    all.extend(keys.into_iter().map(|key| Box::new(key.expect_err("not to be taken")) as Box<dyn Error>));
    all
}

#[test]
fn every_error_is_one_sentence_with_a_remedy() {
    for error in fixed() {
        remedy(&error.to_string()).unwrap_or_else(|failure| panic!("{error:?}: {failure}"));
    }
}

#[test]
fn every_fault_is_one_sentence_with_a_remedy() {
    let faults = [
        Fault::Lookup(Box::new(NoGuard)),
        Fault::Replay(Box::new(NoGuard)),
        Fault::WrongSubject,
        Fault::UnknownPepper(7),
        Fault::Unclaimed,
        Fault::Stale,
    ];
    let without: Vec<_> = faults.iter().filter(|fault| remedy(&fault.to_string()).is_err()).collect();
    assert!(without.is_empty(), "{without:?}");
    assert!(remedy(Fault::PUBLIC).is_ok());
}

#[test]
fn every_code_is_answered_with_one_sentence() {
    for code in Code::ALL {
        sentence(&Denial::new(*code).to_string()).unwrap_or_else(|failure| panic!("{code}: {failure}"));
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_parser_repeats_what_it_refuses((text, marker) in marked()) {
        silent(text.parse::<KeyId>(), marker)?;
        silent(text.parse::<UserId>(), marker)?;
        silent(text.parse::<AccountId>(), marker)?;
        silent(text.parse::<IntegrationId>(), marker)?;
        silent(text.parse::<Vendor>(), marker)?;
        silent(text.parse::<Rule>(), marker)?;
        silent(Allowlist::parse(&text), marker)?;
        silent(text.parse::<WebhookSecret>(), marker)?;
    }

    #[test]
    fn no_bad_line_of_a_list_is_repeated(lines in prop::collection::vec(marked(), 1..4)) {
        let text = lines.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join("\n");
        for (_, marker) in &lines {
            silent(Allowlist::parse(&text), marker)?;
        }
    }

    #[test]
    fn a_refused_name_of_a_user_is_not_repeated((text, marker) in marked()) {
        let (account, id) = ("acme".parse().expect("an id"), "u1".parse().expect("an id"));
        for name in [text.clone(), format!("{text}\u{1b}[2J")] {
            silent(ApiUser::new(account, id, &name, AccessLevel::Full, Allowlist::Any), marker)?;
        }
    }

    /// Its names come from the program, so they are repeated; they still break no line.
    #[test]
    fn a_catalogue_that_is_refused_is_one_sentence_with_a_remedy(
        module in anything(), method in anything(), other in anything(), id in anything(),
    ) {
        let whole = || Catalogue::builder().module("events", ["events.create"]);
        let refused = [
            Catalogue::builder().module(&module, [method.as_str()]),
            whole().module("events", ["events.list"]),
            whole().module("coupons", ["events.create"]),
            whole().lifecycle(&other, Lifecycle::Retired),
            whole().lifecycle("events.create", Lifecycle::Deprecated {
                since: Timestamp::from_unix(1),
                sunset: Some(Timestamp::from_unix(0)),
            }),
            whole().link("events.create", &other),
            whole().link(&other, "https://docs.example.test"),
            whole().alone(&other),
            whole().integration("crm", [other.as_str()], Allowlist::none()),
            whole().integration(&id, ["events.create"], Allowlist::none()),
            whole().integration("crm", ["events.create"], Allowlist::Any),
            whole().integration("crm", ["events.create"], Allowlist::none())
                .integration("crm", ["events.create"], Allowlist::none()),
        ];
        for builder in refused {
            if let Err(error) = builder.build() {
                remedy(&error.to_string())?;
            }
        }
    }

    #[test]
    fn both_faces_of_a_denial_are_one_sentence(world in world()) {
        let built = world.build();
        if let Ok(Verdict::Deny(denial)) = built.verdict(&world) {
            sentence(&denial.to_string())?;
            sentence(&denial.operator().sentence(built.engine.catalogue()).to_string())?;
        }
    }
}
