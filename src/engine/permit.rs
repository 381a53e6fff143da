//! What a proven caller may do: seven checks in a fixed order, each with a proof of its own. Once a method.

use super::admit::Admitted;
use crate::{
    access::{Catalogue, Deprecation, Lifecycle, MethodId},
    account::Withheld,
    decision::{Code, Denial, Finding, Findings, Reason, Who},
    network::ClientAddr,
    policy::{Mode, ModulePolicy, Presigned, Replay, Strength},
    subject::Subject,
    time::Timestamp,
};

/// What is asked for, with the method already looked for in the catalogue.
#[derive(Clone, Copy)]
pub(super) struct Demand<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) method: Option<MethodId>,
    pub(super) client: ClientAddr,
    pub(super) now: Timestamp,
}

/// All seven proofs, and what they found out on the way.
#[derive(Clone)]
pub(super) struct Permitted {
    method: MethodId,
    client: ClientAddr,
    observed: Findings,
    deprecation: Option<Deprecation>,
    _proofs: Proofs,
}

/// One value per check; only the check makes it.
#[derive(Clone, Copy)]
struct Proofs(StrongEnough, UserListed, FilterPassed, Known, NotRetired, ModuleEnabled, LevelGrants);

#[derive(Clone, Copy)]
struct StrongEnough(());
#[derive(Clone, Copy)]
struct UserListed(());
#[derive(Clone, Copy)]
struct FilterPassed(());
#[derive(Clone, Copy)]
struct Known(());
#[derive(Clone, Copy)]
struct NotRetired(());
#[derive(Clone, Copy)]
struct ModuleEnabled(());
#[derive(Clone, Copy)]
struct LevelGrants(());

impl Permitted {
    pub(super) fn method(&self) -> MethodId {
        self.method
    }

    pub(super) fn client(&self) -> ClientAddr {
        self.client
    }

    pub(super) fn observed(&self) -> Findings {
        self.observed
    }

    pub(super) fn deprecation(&self) -> Option<Deprecation> {
        self.deprecation
    }
}

pub(super) fn permit(admitted: &Admitted, demand: Demand<'_>) -> Result<Permitted, Denial> {
    let refuse = |(code, reason): Refused| {
        Denial::because(code, reason, Who::Known(admitted.subject().clone())).presented(admitted.strength())
    };
    check(admitted, demand).map_err(refuse)
}

pub(super) type Refused = (Code, Reason);

fn check(admitted: &Admitted, demand: Demand<'_>) -> Result<Permitted, Refused> {
    let subject = admitted.subject();
    let (enabled, policy) = policies(subject, demand);
    let mut observed = Findings::NONE;
    let strong =
        strong_enough(admitted.strength(), admitted.is_presigned(), policy, demand.now, &mut observed)?;
    let listed = user_listed(subject, demand)?;
    let passed = filter_passed(policy, demand, &mut observed)?;
    let (known, method) = known(demand)?;
    let (current, deprecation) = not_retired(demand.catalogue, method)?;
    let on = module_enabled(enabled)?;
    let granted = level_grants(subject, demand.catalogue, method)?;
    let proofs = Proofs(strong, listed, passed, known, current, on, granted);
    Ok(Permitted { method, client: demand.client, observed, deprecation, _proofs: proofs })
}

/// How each of the seven turns out by itself, in their order; `None` where an unknown method leaves nothing to check.
pub(super) fn each(
    subject: &Subject,
    (strength, presigned): (Strength, bool),
    demand: Demand<'_>,
) -> [Option<Result<Findings, Refused>>; 7] {
    let (enabled, policy) = policies(subject, demand);
    let method = demand.method;
    let (mut by_strength, mut by_filter) = (Findings::NONE, Findings::NONE);
    [
        Some(strong_enough(strength, presigned, policy, demand.now, &mut by_strength).map(|_| by_strength)),
        Some(user_listed(subject, demand).map(|_| Findings::NONE)),
        Some(filter_passed(policy, demand, &mut by_filter).map(|_| by_filter)),
        Some(known(demand).map(|_| Findings::NONE)),
        method.map(|method| not_retired(demand.catalogue, method).map(|_| Findings::NONE)),
        method.map(|_| module_enabled(enabled).map(|_| Findings::NONE)),
        method.map(|method| level_grants(subject, demand.catalogue, method).map(|_| Findings::NONE)),
    ]
}

/// The module's policy, if it is enabled, and the one that counts.
fn policies<'s>(subject: &'s Subject, demand: Demand<'_>) -> (Option<&'s ModulePolicy>, &'s ModulePolicy) {
    let account = subject.account();
    let module = demand.method.and_then(|method| demand.catalogue.module_of(method));
    let enabled = module.and_then(|module| account.module(module));
    (enabled, enabled.unwrap_or(account.fallback()))
}

/// What a replay guard's answer does to a signed request for this method: `Off`, where it need not be asked.
pub(super) fn replay_mode(subject: &Subject, demand: Demand<'_>, presigned: bool, safe: bool) -> Mode {
    let (_, policy) = policies(subject, demand);
    replay_mode_of(policy, demand.now, presigned, safe)
}

/// The strictest of all modules that the account has enabled, for a request that will ask for several methods.
pub(super) fn strictest_replay_mode(subject: &Subject, now: Timestamp, presigned: bool, safe: bool) -> Mode {
    let modes = subject.account().policies().map(|policy| replay_mode_of(policy, now, presigned, safe));
    let strictness = |mode: &Mode| match mode {
        Mode::Off => 0,
        Mode::Observe => 1,
        Mode::Enforce => 2,
    };
    modes.max_by_key(strictness).unwrap_or(Mode::Off)
}

fn replay_mode_of(policy: &ModulePolicy, now: Timestamp, presigned: bool, safe: bool) -> Mode {
    if presigned {
        return if policy.presigned == Presigned::SingleUse { Mode::Enforce } else { Mode::Off };
    }
    let enforced =
        policy.strength.rule == Strength::Signature && policy.strength.mode_at(now) == Mode::Enforce;
    match policy.replay.rule {
        Replay::Unsafe if safe || !enforced => Mode::Off,
        Replay::Unsafe | Replay::Every => policy.replay.mode_at(now),
    }
}

/// `Off` and `Observe` soften the rule down to the floor and never below it. A presigned request is taken for a signed
/// one where the policy says so, and for nothing elsewhere.
fn strong_enough(
    proven: Strength,
    presigned: bool,
    policy: &ModulePolicy,
    now: Timestamp,
    observed: &mut Findings,
) -> Result<StrongEnough, Refused> {
    if presigned && policy.presigned == Presigned::Refuse {
        return Err((Code::SignatureRequired, Reason::Presigned));
    }
    let floor = policy.floor();
    let wanted = policy.strength.rule.max(floor);
    let required = match policy.strength.mode_at(now) {
        Mode::Enforce => wanted,
        Mode::Observe => {
            if (floor..wanted).contains(&proven) {
                let bare = proven == Strength::KeyOnly;
                observed.insert(if bare { Finding::BareKey } else { Finding::PlainSecret });
            }
            floor
        }
        Mode::Off => floor,
    };
    match proven {
        enough if enough >= required => Ok(StrongEnough(())),
        // Nothing was proven, so the answer is the one for an unknown key.
        Strength::KeyOnly => Err((Code::CredentialInvalid, Reason::TooWeak(required))),
        _ => Err((Code::SignatureRequired, Reason::TooWeak(required))),
    }
}

/// The user's own list, and the addresses of the integration that it stands for while the account is enabled for it.
fn user_listed(subject: &Subject, demand: Demand<'_>) -> Result<UserListed, Refused> {
    let (account, user) = (subject.account(), subject.user());
    let integration = account.integration(user.level(), demand.catalogue);
    let admits = user.allowlist().admits(demand.client)
        || integration.is_some_and(|entry| entry.addresses().admits(demand.client));
    if admits { Ok(UserListed(())) } else { Err((Code::AccessIpUser, Reason::AsCoded)) }
}

fn filter_passed(
    policy: &ModulePolicy,
    demand: Demand<'_>,
    observed: &mut Findings,
) -> Result<FilterPassed, Refused> {
    let mode = policy.addresses.mode_at(demand.now);
    if mode != Mode::Off && !policy.addresses.rule.admits(demand.client) {
        if mode == Mode::Enforce {
            return Err((Code::AccessIpEndpoint, Reason::AsCoded));
        }
        observed.insert(Finding::EndpointFilter);
    }
    Ok(FilterPassed(()))
}

fn known(demand: Demand<'_>) -> Result<(Known, MethodId), Refused> {
    demand.method.map(|method| (Known(()), method)).ok_or((Code::EndpointUnknown, Reason::AsCoded))
}

fn not_retired(
    catalogue: &Catalogue,
    method: MethodId,
) -> Result<(NotRetired, Option<Deprecation>), Refused> {
    match catalogue.lifecycle(method) {
        None | Some(Lifecycle::Retired) => Err((Code::EndpointRetired, Reason::AsCoded)),
        Some(Lifecycle::Deprecated { since, sunset }) => {
            Ok((NotRetired(()), Some(Deprecation { since, sunset })))
        }
        Some(Lifecycle::Current | Lifecycle::Legacy) => Ok((NotRetired(()), None)),
    }
}

fn module_enabled(enabled: Option<&ModulePolicy>) -> Result<ModuleEnabled, Refused> {
    enabled.map(|_| ModuleEnabled(())).ok_or((Code::AccessModule, Reason::AsCoded))
}

fn level_grants(subject: &Subject, catalogue: &Catalogue, method: MethodId) -> Result<LevelGrants, Refused> {
    let name = catalogue.name(method).unwrap_or_default();
    let granted = subject.account().grants(subject.user().level(), catalogue, name);
    granted.map(|()| LevelGrants(())).map_err(|withheld| match withheld {
        Withheld::NotListed => (Code::AccessMethod, Reason::AsCoded),
        Withheld::IntegrationOff => (Code::AccessIntegration, Reason::IntegrationOff),
        Withheld::NotInIntegration => (Code::AccessIntegration, Reason::AsCoded),
    })
}
