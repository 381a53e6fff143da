//! The service's offer, and its customer Acme.

use std::{collections::HashMap, sync::Arc};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Catalogue, Forwarding, Imported, KeyId, Lifecycle, Mode,
    ModulePolicy, Policy, Presigned, Routes, Secret, Strength, Subject, Timestamp, TrustedProxies,
};

use crate::Result;

/// What the service offers: twelve methods in six modules, and a third party that needs three of them.
pub(crate) fn catalogue() -> Result<Catalogue> {
    let announced = Timestamp::from_unix(1_788_220_800); // 2026-09-01
    let sunset = Some(Timestamp::from_unix(1_798_761_600)); // 2027-01-01
    Ok(Catalogue::builder()
        .module("events", ["events.create", "events.list", "events.delete"])
        .module("customers", ["customers.read", "customers.update", "customers.delete"])
        .module("coupons", ["coupons.issue", "coupons.list"])
        .module("rewards", ["rewards.list", "rewards.claim"])
        .module("leaderboard", ["leaderboard.read"])
        .module("wallet", ["wallet.read"])
        .lifecycle("coupons.list", Lifecycle::Deprecated { since: announced, sunset })
        .lifecycle("leaderboard.read", Lifecycle::Retired)
        .integration(
            "crm",
            ["customers.read", "coupons.list", "rewards.list"],
            Allowlist::parse("127.0.0.1")?,
        )
        .build()?)
}

pub(crate) fn routes() -> Routes {
    Routes::new()
        .route("POST", "/events", "events.create")
        .route("GET", "/events", "events.list")
        .route("DELETE", "/events/{id}", "events.delete")
        .route("GET", "/customers/{id}", "customers.read")
        .route("PATCH", "/customers/{id}", "customers.update")
        .route("DELETE", "/customers/{id}", "customers.delete")
        .route("POST", "/coupons", "coupons.issue")
        .route("GET", "/coupons", "coupons.list")
        .route("GET", "/rewards", "rewards.list")
        .route("POST", "/rewards/{id}/claims", "rewards.claim")
        .route("GET", "/leaderboard", "leaderboard.read")
        .route("GET", "/wallet", "wallet.read")
}

/// One API user per access level. The list is a choice that each of them has to make.
pub(crate) fn users(account: &Account) -> Result<[ApiUser; 3]> {
    let user = |id: &str, name, level, list| -> Result<ApiUser> {
        Ok(ApiUser::new(account.id(), id.parse()?, name, level, list)?)
    };
    Ok([
        user("u1", "backoffice", AccessLevel::Full, Allowlist::parse("127.0.0.1\n10.0.0.0/8")?)?,
        user(
            "u2",
            "checkout",
            AccessLevel::custom(["events.create", "events.list"]),
            Allowlist::parse("127.0.0.0/29")?,
        )?,
        // Its addresses come with the integration, so its own list may stay empty.
        user("u3", "crm-sync", AccessLevel::Integration("crm".parse()?), Allowlist::none())?,
    ])
}

/// A pair that another system made. Both are invented; `scripts/signed_requests.py` signs with them.
pub(crate) const PARTNERS_KEY: &str = "AN1EXAMPLEKEY000001";
pub(crate) const PARTNERS_SECRET: &str = "Invented/secret+of/a+partner";

pub(crate) fn pair() -> Result<Imported> {
    Ok(Imported::new(PARTNERS_KEY.parse()?, Secret::new(PARTNERS_SECRET.into()))?)
}

pub(crate) fn partner(account: &Account) -> Result<ApiUser> {
    let level = AccessLevel::custom(["coupons.issue", "coupons.list", "customers.read", "rewards.list"]);
    Ok(ApiUser::new(account.id(), "u4".parse()?, "partner", level, Allowlist::parse("127.0.0.1")?)?)
}

/// Every module but the wallet, which Acme has not booked. Whoever has a presigned URL may see the rewards as often as its
/// life allows, and a customer once; other modules take none.
fn with_modules(account: Account, events: ModulePolicy, coupons: ModulePolicy) -> Account {
    account
        .enable("events", events)
        .enable("coupons", coupons)
        .enable("customers", ModulePolicy::default().presigned(Presigned::SingleUse))
        .enable("rewards", ModulePolicy::default().presigned(Presigned::Reusable))
        .enable("leaderboard", ModulePolicy::default())
}

/// What Acme demands: that events come from its shops, and that coupons are signed for.
pub(crate) fn demanding(account: Account, mode: Mode) -> Result<Account> {
    let shops = Policy { mode, rule: Allowlist::parse("127.0.0.1\n192.0.2.0/24")?, enforce_from: None };
    let signed = Policy { mode, rule: Strength::Signature, enforce_from: None };
    Ok(with_modules(
        account,
        ModulePolicy::default().addresses(shops),
        ModulePolicy::default().strength(signed),
    ))
}

/// What a store would hold: every key with its user and account.
pub(crate) fn subjects(account: Account, users: &[ApiUser]) -> HashMap<KeyId, Subject> {
    let account = Arc::new(account);
    let mut subjects = HashMap::new();
    for user in users {
        let user = Arc::new(user.clone());
        for credential in user.credentials() {
            let key = credential.key_id();
            subjects.extend(Subject::new(account.clone(), user.clone(), key).map(|subject| (key, subject)));
        }
    }
    subjects
}

/// One load balancer stands before the service, and says whom it forwards for.
pub(crate) fn proxies() -> Result<TrustedProxies> {
    Ok(TrustedProxies::parse(Forwarding::XForwardedFor, "127.0.0.5")?)
}
