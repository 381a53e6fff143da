//! Admitting once and permitting often; and every check explained by the engine that decides.

mod common;

use std::time::Duration;

use common::{NOW, World, by, code, from, list, secret};
use keyward::{
    AccessLevel, Admission, AdmitStep, Admitted, Ask, Check, Code, Finding, ModulePolicy, Outcome, Policy,
    Presented, Strength, Wanted,
};

fn admitted(world: &World) -> Admitted {
    let pair = Presented::pair(world.key(), world.revealed.secret());
    match world.engine.admit(pair, world.subject(), world.now).unwrap() {
        AdmitStep::Done(Admission::Admit(admitted)) => admitted,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_caller_is_admitted_once_and_permitted_method_by_method() {
    let world = World::with(AccessLevel::custom(["events.list", "coupons.list"]), list("192.0.2.0/24"));
    let admitted = admitted(&world);
    assert_eq!((admitted.strength(), admitted.subject().key_id()), (Strength::Secret, world.key()));
    for (method, denied) in [
        ("events.list", None),
        ("events.create", Some(Code::AccessMethod)),
        ("coupons.list", None),
        ("wallet.read", Some(Code::AccessModule)),
        ("nothing", Some(Code::EndpointUnknown)),
    ] {
        let verdict = world.engine.permit(&admitted, &Ask::new(method, world.client, world.now));
        assert_eq!(code(&verdict), denied, "{method}: no right carries over");
    }
    let elsewhere = world.engine.permit(&admitted, &Ask::new("events.list", from("203.0.113.1"), world.now));
    assert_eq!(code(&elsewhere), Some(Code::AccessIpUser));
}

#[test]
fn a_credential_that_ends_after_admission_is_refused() {
    let mut world = World::new();
    let end = NOW.plus(Duration::from_secs(60));
    let _ = world.user.expire(world.key(), end, by(NOW)).unwrap();
    let admitted = admitted(&world);
    let at = |now| code(&world.engine.permit(&admitted, &Ask::new("events.list", world.client, now)));
    assert_eq!(at(NOW.plus(Duration::from_secs(59))), None);
    assert_eq!(at(end), Some(Code::CredentialInvalid));
}

#[test]
fn who_is_not_proven_is_not_admitted() {
    let world = World::new();
    let wrong = secret("wrong");
    for (presented, code) in [
        (Presented::pair(world.key(), &wrong), Code::CredentialInvalid),
        (
            world.engine.present(keyward::RequestHead::new("GET", "/", keyward::Headers::lines(&[]))),
            Code::CredentialMissing,
        ),
    ] {
        match world.engine.admit(presented, world.subject(), NOW).unwrap() {
            AdmitStep::Done(Admission::Deny(denial)) => assert_eq!(denial.code(), code),
            other => panic!("{other:?}"),
        }
    }
}

/// What refuses, by check, in the engine's order.
fn refusals(world: &World, presented: Presented<'_>) -> Vec<(Check, Code)> {
    let explanation = world.engine.explain(presented, world.subject(), &world.ask());
    let refused = |(check, outcome)| match outcome {
        Outcome::Refused(code) => Some((check, code)),
        _ => None,
    };
    explanation.checks().filter_map(refused).collect()
}

#[test]
fn an_explanation_shows_every_check_that_refuses_and_not_the_first_alone() {
    let mut world = World::with(AccessLevel::custom(["none"]), list("198.51.100.1"));
    let policy = ModulePolicy::default()
        .strength(Policy::enforce(Strength::Signature))
        .addresses(Policy::enforce(list("198.51.100.2")));
    world.account = world.account.enable("events", policy);
    world.method = "events.old";
    let _ = world.user.disable(by(NOW));
    let pair = Presented::pair(world.key(), world.revealed.secret());
    let expected = [
        (Check::Live, Code::CredentialInvalid),
        (Check::Strength, Code::SignatureRequired),
        (Check::UserList, Code::AccessIpUser),
        (Check::EndpointFilter, Code::AccessIpEndpoint),
        (Check::NotRetired, Code::EndpointRetired),
        (Check::Level, Code::AccessMethod),
    ];
    assert_eq!(refusals(&world, pair), expected);
}

#[test]
fn an_explanation_answers_what_the_engine_answers() {
    let worlds: [fn(&mut World); 8] = [
        |_| (),
        |world| drop(world.user.disable(by(NOW))),
        |world| world.client = from("203.0.113.1"),
        |world| world.method = "nothing",
        |world| world.method = "events.old",
        |world| world.method = "wallet.read",
        |world| drop(world.user.change_level(AccessLevel::custom(["x"]), by(NOW))),
        |world| {
            let observed = ModulePolicy::default().strength(Policy::observe(Strength::Signature));
            world.account = world.account.clone().enable("events", observed);
        },
    ];
    let wrong = secret("wrong");
    for prepare in worlds {
        let mut world = World::new();
        prepare(&mut world);
        let right = || Presented::pair(world.key(), world.revealed.secret());
        let bare = || Presented::key_only(world.key());
        let guess = || Presented::pair(world.key(), &wrong);
        for (decided, explained) in [(right(), right()), (bare(), bare()), (guess(), guess())] {
            let verdict = world.decide(decided);
            let explanation = world.engine.explain(explained, world.subject(), &world.ask());
            assert_eq!(explanation.allows(), code(&verdict).is_none());
            assert_eq!(explanation.denial().map(keyward::Denial::code), code(&verdict));
            let first = explanation.checks().find_map(|(_, outcome)| match outcome {
                Outcome::Refused(code) => Some(code),
                _ => None,
            });
            assert_eq!(first, code(&verdict), "the first check that refuses gives the code");
        }
    }
}

#[test]
fn an_explanation_says_what_is_only_observed() {
    let mut world = World::new();
    let policy = ModulePolicy::default()
        .strength(Policy::observe(Strength::Signature))
        .addresses(Policy::observe(list("198.51.100.2")));
    world.account = world.account.enable("events", policy);
    let pair = Presented::pair(world.key(), world.revealed.secret());
    let explanation = world.engine.explain(pair, world.subject(), &world.ask());
    assert!(explanation.allows());
    let observed: Vec<_> = explanation
        .checks()
        .filter_map(|(check, outcome)| match outcome {
            Outcome::Observed(finding) => Some((check, finding)),
            _ => None,
        })
        .collect();
    assert_eq!(
        observed,
        [(Check::Strength, Finding::PlainSecret), (Check::EndpointFilter, Finding::EndpointFilter)]
    );
}

#[test]
fn where_there_is_no_record_nothing_behind_it_is_reached() {
    let world = World::new();
    let ask = Ask::new(Wanted::Unknown, world.client, NOW);
    let unknown = world.engine.explain(Presented::key_only("k".parse().unwrap()), None, &ask);
    let outcomes: Vec<_> = unknown.checks().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes[..2], [Outcome::Passed, Outcome::Refused(Code::CredentialInvalid)]);
    assert!(outcomes[2..].iter().all(|outcome| *outcome == Outcome::NotReached));
    let head = keyward::RequestHead::new("GET", "/", keyward::Headers::lines(&[]));
    let missing = world.engine.explain(world.engine.present(head), None, &ask);
    assert_eq!(missing.checks().next(), Some((Check::Readable, Outcome::Refused(Code::CredentialMissing))));
    let known = world.engine.explain(Presented::key_only(world.key()), world.subject(), &ask);
    let last: Vec<_> = known.checks().skip(6).map(|(_, outcome)| outcome).collect();
    assert_eq!(last[0], Outcome::Refused(Code::EndpointUnknown));
    assert!(last[1..].iter().all(|outcome| *outcome == Outcome::NotReached));
}

#[test]
fn a_mistyped_secret_is_told_from_a_guessed_one() {
    let world = World::new();
    let right = world.revealed.secret().expose().to_owned();
    let (token, key) = (world.revealed.token().expose().to_owned(), world.key());
    let swapped = |text: &str| {
        let cut = text.len() - 20;
        format!(
            "{}{}{}",
            &text[..cut],
            if text.as_bytes()[cut] == b'x' { 'y' } else { 'x' },
            &text[cut + 1..]
        )
    };
    for (line, mistyped) in [
        (format!("Bearer {token}"), false),
        (format!("Bearer {}", swapped(&token)), true),
        (format!("Bearer {key}:{right}"), false),
        (format!("Bearer {key}:{}", swapped(&right)), true),
        (format!("Bearer {key}:a-guess"), false),
    ] {
        let lines = [("authorization", line.as_bytes())];
        let head = keyward::RequestHead::new("GET", "/", keyward::Headers::lines(&lines));
        let explanation = world.engine.explain(world.engine.present(head), world.subject(), &world.ask());
        assert_eq!(explanation.mistyped(), mistyped, "{line}");
    }
}

#[test]
fn a_fault_is_explained_as_a_fault() {
    let world = World::new();
    let explanation =
        world.engine.explain(Presented::key_only("other".parse().unwrap()), world.subject(), &world.ask());
    assert!(!explanation.allows() && explanation.denial().is_none());
    assert!(matches!(explanation.fault(), Some(keyward::Fault::WrongSubject)));
}

#[test]
fn a_report_is_a_line_per_check_and_the_operators_sentence() {
    let mut world = World::new();
    world.method = "events.old";
    let pair = Presented::pair(world.key(), world.revealed.secret());
    let explanation = world.engine.explain(pair, world.subject(), &world.ask());
    let expected = format!(
        "readable         passed\nproven           passed\nlive             passed\nstrength         passed\n\
         user list        passed\nendpoint filter  passed\nknown            passed\n\
         not retired      refused endpoint.retired\nmodule           passed\nlevel            passed\n\
         denied: user \"checkout\" (u1, key {}) called events.old, which is retired; have it move to the successor",
        world.key()
    );
    assert_eq!(explanation.report(world.engine.catalogue()).to_string(), expected);
    let shown = format!("{explanation:?}");
    assert!(!shown.contains(&world.revealed.secret().expose()[5..14]));
}

#[test]
fn verdicts_and_explanations_say_how_old_their_record_may_be() {
    let (mut world, age) = (World::new(), Duration::from_secs(5));
    assert_eq!(world.granted().staleness(), Duration::ZERO, "a record that was read anew");
    let decide = |world: &World, subject| {
        let pair = Presented::pair(world.key(), world.revealed.secret());
        world.engine.authorize(pair, subject, &world.ask()).unwrap().into_result()
    };
    let kept = |world: &World| world.subject().map(|subject| subject.no_older_than(age));
    assert_eq!(decide(&world, kept(&world)).unwrap().staleness(), age);
    // What is laid over it later leaves that alone.
    let subject = kept(&world).map(|subject| subject.revoked(NOW));
    assert_eq!(decide(&world, subject).unwrap_err().operator().staleness(), Some(age));
    assert_eq!(decide(&world, None).unwrap_err().operator().staleness(), None);

    let _ = world.user.disable(by(NOW));
    let explain = |subject| {
        let pair = Presented::pair(world.key(), world.revealed.secret());
        let explanation = world.engine.explain(pair, subject, &world.ask());
        (explanation.staleness(), explanation.report(world.engine.catalogue()).to_string())
    };
    let (read, report) = explain(world.subject());
    assert_eq!(read, Some(Duration::ZERO));
    assert!(!report.contains("ago"), "{report}");
    let (kept, report) = explain(kept(&world));
    assert_eq!(kept, Some(age));
    assert!(report.ends_with("by a record of up to 5s ago"), "{report}");
    assert_eq!(explain(None).0, None);
}

#[test]
fn a_subject_that_is_said_to_be_older_leaves_its_copies_alone() {
    let world = World::new();
    let fresh = world.subject().unwrap();
    let kept = fresh.clone().no_older_than(Duration::from_secs(5));
    assert_eq!((fresh.staleness(), kept.staleness()), (Duration::ZERO, Duration::from_secs(5)));
}
