//! Guards: a call is allowed if and only if every check of the design passes, and the first that does not names the
//! code.

use std::collections::BTreeSet;

use keyward::{
    Code, Denial, Fault, Finding, Keep, Life, Lifecycle, Mode, Strength, Subject, Timestamp, Verdict,
};
use proptest::{collection::vec, prelude::*, strategy::ValueTree, test_runner::TestRunner};

use crate::{
    common::{answer, by, config, entropy},
    model::{Check, checks, findings, floor, lifecycle, proven, refusal, required},
    world::{Asked, Fate, Level, METHODS, Module, Sent, World, world},
};

fn decided(world: &World) -> Verdict {
    world.verdict().expect("no fault in a whole world")
}

/// Worlds in which only what a module demands stands in the way.
fn open_world() -> impl Strategy<Value = World> {
    world().prop_map(|mut world| {
        world.sent = if matches!(world.sent, Sent::Key | Sent::UnknownKey) { Sent::Key } else { Sent::Pair };
        (world.level, world.list, world.fate) = (Level::Full, None, Fate::default());
        world.lifecycles.fill(Lifecycle::Legacy);
        world.asked = Asked::Name(world.client);
        for module in &mut world.modules {
            *module = match module {
                Module::Enabled(demands) | Module::Disabled(demands) => Module::Enabled(demands.clone()),
                Module::Never => Module::Enabled(world.fallback.clone()),
            };
        }
        world
    })
}

/// Open worlds in which the user stands for a third party.
fn integration_world() -> impl Strategy<Value = World> {
    (world(), open_world()).prop_map(|(closed, mut world)| {
        world.level = Level::Integration(usize::from(closed.now % 9 == 0));
        world.list = closed.list;
        world
    })
}

pub(crate) fn any_world() -> impl Strategy<Value = World> {
    prop_oneof![world(), open_world(), integration_world()]
}

/// One of the policies of a world: of a module, or the default that stands in; its filter or its strength.
#[derive(Clone, Copy, Debug)]
struct Slot {
    module: Option<usize>,
    filter: bool,
}

fn slot() -> impl Strategy<Value = Slot> {
    (prop::option::of(0..3usize), any::<bool>()).prop_map(|(module, filter)| Slot { module, filter })
}

fn with_mode(world: &World, slot: Slot, mode: Mode) -> World {
    let mut world = world.clone();
    let Some(demands) = world.demands_mut(slot.module) else { return world };
    if slot.filter {
        (demands.filter.mode, demands.filter.enforce_from) = (mode, None);
    } else {
        (demands.strength.mode, demands.strength.enforce_from) = (mode, None);
    }
    world
}

/// Why a key and its secret are not valid, whatever is asked for.
#[derive(Clone, Copy, Debug)]
enum Doom {
    Unknown,
    /// Of a bare key: too weak.
    Wrong,
    Revoked,
    Expired,
    Early,
    Disabled,
}

fn doom() -> impl Strategy<Value = Doom> {
    use Doom::{Disabled, Early, Expired, Revoked, Unknown, Wrong};
    prop::sample::select(vec![Unknown, Wrong, Revoked, Expired, Early, Disabled])
}

fn doomed(mut world: World, doom: Doom, key_only: bool) -> World {
    world.sent = if key_only { Sent::Key } else { Sent::Pair };
    match (doom, key_only) {
        (Doom::Unknown, true) => world.sent = Sent::UnknownKey,
        (Doom::Unknown, false) => world.sent = Sent::UnknownPair,
        (Doom::Wrong, true) => {
            let counts = world.enabled_module();
            world.demands_mut(counts).expect("the demands that count").key_only = false;
        }
        (Doom::Wrong, false) => world.sent = Sent::WrongSecret,
        (Doom::Revoked, _) => world.fate.revoked = true,
        (Doom::Expired, _) => world.fate.expires = Some(world.now),
        (Doom::Early, _) => world.fate.not_before = Some(world.now + 1),
        (Doom::Disabled, _) => world.fate.disabled = true,
    }
    world
}

fn denial(world: &World) -> Denial {
    decided(world).into_result().expect_err("nobody lives through this")
}

/// Something that is done to a user or a credential, `after` seconds later.
#[derive(Clone, Debug)]
enum Done {
    Enable,
    Disable,
    Postpone(i64),
    Expire(i64),
    Revoke,
    Regenerate,
    Issue,
}

fn done() -> impl Strategy<Value = (u8, Done)> {
    let what = prop_oneof![
        2 => Just(Done::Enable),
        1 => Just(Done::Disable),
        1 => (-9..300i64).prop_map(Done::Postpone),
        3 => (-9..300i64).prop_map(Done::Expire),
        1 => Just(Done::Revoke),
        1 => Just(Done::Regenerate),
        1 => Just(Done::Issue),
    ];
    (0..40u8, what)
}

/// The worlds would guard nothing if all of them ended at the first check.
#[test]
fn the_worlds_reach_every_answer() {
    let mut runner = TestRunner::deterministic();
    let reached: BTreeSet<_> = (0..4000)
        .map(|_| world().new_tree(&mut runner).expect("a world").current())
        .map(|world| refusal(&world).map_or(("", findings(&world)), |(_, code)| (code, (false, false))))
        .collect();
    let codes: BTreeSet<_> = reached.iter().map(|(code, _)| *code).collect();
    let all = checks(&world().new_tree(&mut runner).expect("a world").current()).map(|(_, _, code)| code);
    assert!(all.iter().all(|code| codes.contains(code)), "{codes:?}");
    assert!(
        codes.contains("signature.required")
            && codes.contains("access.integration")
            && codes.contains("access.method")
    );
    for findings in [(false, false), (false, true), (true, false), (true, true)] {
        assert!(reached.contains(&("", findings)), "{findings:?}");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_presented_is_never_allowed(mut world in world()) {
        world.sent = Sent::Nothing;
        prop_assert_eq!(answer(&decided(&world)), "credential.missing");
    }

    #[test]
    fn a_call_is_allowed_if_and_only_if_every_check_passes(world in any_world()) {
        let allowed = matches!(decided(&world), Verdict::Allow(_));
        for (check, passes, _) in checks(&world) {
            prop_assert!(passes || !allowed, "allowed although {:?} fails", check);
        }
        prop_assert!(allowed || checks(&world).iter().any(|(_, passes, _)| !passes), "refused for nothing");
    }

    #[test]
    fn the_first_check_that_fails_names_the_code(world in any_world()) {
        let expected = refusal(&world).map_or("allow", |(_, code)| code);
        prop_assert_eq!(answer(&decided(&world)), expected);
    }

    #[test]
    fn a_grant_says_what_was_proven_asked_and_observed(world in any_world()) {
        let Verdict::Allow(grant) = decided(&world) else { return Ok(()) };
        let demands = world.demands();
        prop_assert_eq!(grant.strength(), proven(world.sent));
        prop_assert!(grant.strength() >= required(demands, world.now));
        prop_assert!(required(demands, world.now) >= floor(demands));
        let observed = grant.observed();
        let weak = if grant.strength() == Strength::KeyOnly { Finding::BareKey } else { Finding::PlainSecret };
        let found = (observed.contains(weak), observed.contains(Finding::EndpointFilter));
        prop_assert_eq!(observed.iter().count(), usize::from(found.0) + usize::from(found.1));
        prop_assert_eq!(found, findings(&world));
        let notice = grant.deprecation().map(|notice| (notice.since, notice.sunset));
        let expected = match lifecycle(&world) {
            Some(Lifecycle::Deprecated { since, sunset }) => Some((since, sunset)),
            _ => None,
        };
        prop_assert_eq!(notice, expected);
        let name = crate::model::method(&world).map(|method| METHODS[method]);
        let built = world.build();
        prop_assert_eq!(built.engine.catalogue().name(grant.method()), name);
    }

    #[test]
    fn observing_softens_only_its_own_finding(world in any_world(), slot in slot(), off: bool) {
        let enforced = with_mode(&world, slot, Mode::Enforce);
        let softened = with_mode(&world, slot, if off { Mode::Off } else { Mode::Observe });
        let own = if slot.filter { Check::Filter } else { Check::Strong };
        let counts = slot.module == world.enabled_module();
        match refusal(&enforced) {
            Some((check, _)) if counts && check == own => {
                if let Verdict::Allow(grant) = decided(&softened) {
                    let finding = match (slot.filter, grant.strength()) {
                        (true, _) => Finding::EndpointFilter,
                        (_, Strength::KeyOnly) => Finding::BareKey,
                        _ => Finding::PlainSecret,
                    };
                    prop_assert_eq!(grant.observed().contains(finding), !off);
                }
            }
            _ => prop_assert_eq!(answer(&decided(&enforced)), answer(&decided(&softened))),
        }
    }

    #[test]
    fn a_finding_prints_the_code_of_the_denial_that_enforcing_gives(world in open_world()) {
        let Verdict::Allow(grant) = decided(&world) else { return Ok(()) };
        for finding in grant.observed().iter() {
            let slot = Slot { module: world.enabled_module(), filter: finding == Finding::EndpointFilter };
            let enforced = decided(&with_mode(&world, slot, Mode::Enforce));
            prop_assert_eq!(finding.to_string(), answer(&enforced));
        }
    }

    #[test]
    fn no_policy_accepts_less_than_its_floor(mut world in world()) {
        world.sent = Sent::Key;
        if !world.demands().key_only {
            prop_assert_eq!(answer(&decided(&world)), "credential.invalid");
        }
    }

    #[test]
    fn what_a_record_decides_before_proof_looks_the_same_to_its_caller(
        worlds in (world(), world()), doom in (doom(), doom()), key_only: bool,
    ) {
        let a = denial(&doomed(worlds.0, doom.0, key_only));
        let b = denial(&doomed(worlds.1, doom.1, key_only));
        prop_assert_eq!((a.code(), b.code()), (Code::CredentialInvalid, Code::CredentialInvalid));
        prop_assert_eq!(a.to_string(), b.to_string());
        prop_assert_eq!(a.public().status(), b.public().status());
        prop_assert!(a.public().headers().eq(b.public().headers()));
    }

    #[test]
    fn a_credential_lives_from_its_beginning_to_just_before_its_end(
        mut world in world(), start in prop::option::of(-2..=2i64), end in prop::option::of(-2..=2i64),
    ) {
        (world.fate, world.sent) = (Fate::default(), Sent::Pair);
        let whole = answer(&decided(&world));
        world.fate.not_before = start.map(|offset| world.now + offset);
        world.fate.expires = end.map(|offset| world.now + offset);
        let lives = start.is_none_or(|start| start <= 0) && end.is_none_or(|end| end > 0);
        prop_assert_eq!(answer(&decided(&world)), if lives { whole } else { "credential.invalid" });
    }

    #[test]
    fn revoked_and_expired_credentials_stay_refused(mut world in world(), steps in vec(done(), 1..12)) {
        (world.fate, world.sent, world.now) = (Fate::default(), Sent::Pair, 0);
        let mut built = world.build();
        let (key, keys) = (built.key, crate::common::ring());
        let (mut over, mut end) = (false, None);
        for (number, (after, what)) in (2u64..).zip(steps) {
            world.now += i64::from(after);
            let (now, user) = (by(world.now), &mut built.user);
            over |= end.is_some_and(|end| end <= world.now);
            match what {
                Done::Enable => drop(user.enable(now)),
                Done::Disable => drop(user.disable(now)),
                Done::Postpone(start) => drop(user.postpone(key, Timestamp::from_unix(start), now)),
                Done::Expire(at) => {
                    let moved = user.expire(key, Timestamp::from_unix(at), now).is_ok();
                    prop_assert_eq!(moved, !over);
                    if moved {
                        end = Some(end.map_or(at, |own: i64| own.min(at)));
                    }
                }
                Done::Revoke => over |= user.revoke(key, now).is_ok(),
                Done::Regenerate => {
                    let made = user.regenerate(key, &keys, now, &mut entropy(number)).is_ok();
                    prop_assert_eq!(made, !over);
                    over |= made;
                }
                Done::Issue => drop(user.issue(Keep::Hashed, &keys, now, &mut entropy(number))),
            }
            over |= end.is_some_and(|end| end <= world.now);
            let life = built.subject().credential().life(Timestamp::from_unix(world.now));
            prop_assert_eq!(matches!(life, Life::Revoked | Life::Expired), over);
            if over {
                let answer = answer(&built.verdict(&world).expect("no fault")).to_owned();
                prop_assert_eq!(answer, "credential.invalid");
            }
        }
    }

    #[test]
    fn the_subject_of_another_key_is_a_fault_and_no_verdict(world in world(), whole: bool) {
        let mut built = world.build();
        let keys = crate::common::ring();
        let other = built.user.issue(Keep::Hashed, &keys, by(0), &mut entropy(2)).expect("a credential");
        let subject = Subject::new(built.account.clone(), built.user.clone().into(), other.key_id());
        let presented = if whole {
            keyward::Presented::pair(built.key, &built.secret)
        } else {
            keyward::Presented::key_only(built.key)
        };
        let result = built.engine.authorize(presented, subject, &crate::common::ask());
        prop_assert!(matches!(result, Err(Fault::WrongSubject)), "{:?}", result);
    }
}
