//! What the design says of a world: every check in its order, computed without the crate's engine.

use keyward::{Lifecycle, Mode, Policy, Strength};

use crate::world::{Asked, Demands, Fate, Level, Module, Sent, World, admits};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Presented,
    Readable,
    /// A known key, its secret if one is claimed, a live credential of an enabled user: one answer for all.
    Valid,
    Strong,
    UserList,
    Filter,
    Known,
    NotRetired,
    Module,
    Level,
}

/// Every check with whether it passes and the code of its refusal, in the order of the design.
pub(crate) fn checks(world: &World) -> [(Check, bool, &'static str); 10] {
    let demands = world.demands();
    let weak =
        if proven(world.sent) == Strength::KeyOnly { "credential.invalid" } else { "signature.required" };
    let level = match world.level {
        Level::Integration(_) => "access.integration",
        Level::Full | Level::Custom(_) => "access.method",
    };
    [
        (Check::Presented, world.sent != Sent::Nothing, "credential.missing"),
        (Check::Readable, world.sent != Sent::Unreadable, "credential.malformed"),
        (
            Check::Valid,
            matches!(world.sent, Sent::Key | Sent::Pair) && lives(&world.fate, world.now),
            "credential.invalid",
        ),
        (Check::Strong, proven(world.sent) >= required(demands, world.now), weak),
        (Check::UserList, user_list_admits(world), "access.ip_user"),
        (Check::Filter, !(enforced(&demands.filter, world.now) && filtered(world)), "access.ip_endpoint"),
        (Check::Known, method(world).is_some(), "endpoint.unknown"),
        (Check::NotRetired, lifecycle(world) != Some(Lifecycle::Retired), "endpoint.retired"),
        (Check::Module, world.enabled_module().is_some(), "access.module"),
        (Check::Level, level_grants(world), level),
    ]
}

/// The check that refuses a world and its code, if one does.
pub(crate) fn refusal(world: &World) -> Option<(Check, &'static str)> {
    checks(world).into_iter().find(|(_, passes, _)| !passes).map(|(check, _, code)| (check, code))
}

/// What an allowed call would have been refused for, were its policies enforced: (strength, filter).
pub(crate) fn findings(world: &World) -> (bool, bool) {
    let demands = world.demands();
    let wanted = demands.strength.rule.max(floor(demands));
    let strength = observed(&demands.strength, world.now) && proven(world.sent) < wanted;
    (strength, observed(&demands.filter, world.now) && filtered(world))
}

/// The method that is asked for, if the catalogue has it.
pub(crate) fn method(world: &World) -> Option<usize> {
    match world.asked {
        Asked::Name(method) | Asked::Number(method) => Some(method),
        Asked::NameOfNone | Asked::Unknown => None,
    }
}

pub(crate) fn lifecycle(world: &World) -> Option<Lifecycle> {
    method(world).map(|method| world.lifecycles[method])
}

pub(crate) fn proven(sent: Sent) -> Strength {
    if matches!(sent, Sent::Key | Sent::UnknownKey) { Strength::KeyOnly } else { Strength::Secret }
}

pub(crate) fn floor(demands: &Demands) -> Strength {
    if demands.key_only { Strength::KeyOnly } else { Strength::Secret }
}

/// Off and Observe soften down to the floor, never below it.
pub(crate) fn required(demands: &Demands, now: i64) -> Strength {
    let floor = floor(demands);
    if enforced(&demands.strength, now) { demands.strength.rule.max(floor) } else { floor }
}

/// Before its date Enforce observes.
fn enforced<T>(policy: &Policy<T>, now: i64) -> bool {
    policy.mode == Mode::Enforce && policy.enforce_from.is_none_or(|from| from.unix() <= now)
}

fn observed<T>(policy: &Policy<T>, now: i64) -> bool {
    policy.mode == Mode::Observe || (policy.mode == Mode::Enforce && !enforced(policy, now))
}

fn filtered(world: &World) -> bool {
    !admits(&world.demands().filter.rule, world.client)
}

fn lives(fate: &Fate, now: i64) -> bool {
    let begun = fate.not_before.is_none_or(|start| start <= now);
    let over = fate.expires.is_some_and(|end| end <= now);
    begun && !over && !fate.revoked && !fate.disabled
}

/// The integration that the user stands for, if the account is enabled for it and the catalogue has it.
fn integration(world: &World) -> Option<&(Vec<usize>, Vec<usize>)> {
    match world.level {
        Level::Integration(0) if world.integrations[0] => Some(&world.crm),
        _ => None,
    }
}

fn user_list_admits(world: &World) -> bool {
    let entry = integration(world).is_some_and(|(_, rules)| admits(&Some(rules.clone()), world.client));
    admits(&world.list, world.client) || entry
}

fn level_grants(world: &World) -> bool {
    let Some(method) = method(world) else { return false };
    let granted = match &world.level {
        Level::Full => true,
        Level::Custom(methods) => methods.contains(&method),
        Level::Integration(_) => integration(world).is_some_and(|(methods, _)| methods.contains(&method)),
    };
    granted && matches!(world.modules[method / 2], Module::Enabled(_))
}
