//! What a back office shows of its API users: who may call what and from where, and what to look at.

mod common;

use common::{NOW, World, by, catalogue, from, list, ring, secret, seeded};
use keyward::{
    AccessLevel, Account, AccountLint, Allowlist, ApiUser, Authorizer, Catalogue, Code, Imported, Keep,
    KeyId, ModulePolicy, Obstacle, Reach, RuleOrigin, UserLint, Withheld,
};

fn crm() -> AccessLevel {
    AccessLevel::Integration("crm".parse().unwrap())
}

fn caller(level: AccessLevel) -> World {
    World::with(level, list("192.0.2.0/24"))
}

fn lint(world: &World) -> Vec<UserLint> {
    world.user.lint(world.engine.catalogue(), &world.account, world.now).collect()
}

fn account_lint<'a>(account: &Account, users: impl IntoIterator<Item = &'a ApiUser>) -> Vec<AccountLint> {
    account.lint(&catalogue(), users, NOW).collect()
}

/// The engine's answer for the same caller from an address that is listed.
fn decided(reach: Reach) -> Option<Code> {
    match reach {
        Reach::No(Obstacle::Disabled) => Some(Code::CredentialInvalid),
        Reach::No(Obstacle::Unknown) => Some(Code::EndpointUnknown),
        Reach::No(Obstacle::Retired) => Some(Code::EndpointRetired),
        Reach::No(Obstacle::ModuleOff) => Some(Code::AccessModule),
        Reach::No(Obstacle::Level(Withheld::NotListed)) => Some(Code::AccessMethod),
        Reach::No(Obstacle::Level(_)) => Some(Code::AccessIntegration),
        Reach::Full | Reach::Custom | Reach::Integration(_) => None,
        other => panic!("{other:?} has no answer here"),
    }
}

#[test]
fn the_matrix_says_what_the_engine_decides() {
    let levels = [
        AccessLevel::Full,
        AccessLevel::custom(["events.list", "events.old", "wallet.read", "gone"]),
        AccessLevel::custom(Vec::<String>::new()),
        crm(),
        AccessLevel::Integration("none".parse().unwrap()),
    ];
    let (mut asked, mut allowed) = (0, 0);
    for level in &levels {
        for switches in 0_u8..16 {
            let on = |bit: u8| switches & (1 << bit) != 0;
            let mut world = World::with(level.clone(), Allowlist::Any);
            if !on(0) {
                world.account = world.account.disable("events");
            }
            if on(1) {
                world.account = world.account.enable("wallet", ModulePolicy::default());
            }
            if on(2) {
                for id in ["crm", "none"] {
                    world.account = world.account.enable_integration(id.parse().unwrap());
                }
            }
            if on(3) {
                let _ = world.user.disable(by(NOW));
            }
            for method in
                ["events.create", "events.list", "events.old", "coupons.issue", "coupons.list", "wallet.read"]
            {
                world.method = method;
                let id = world.engine.catalogue().method(method).unwrap();
                let reach = world.user.reach(world.engine.catalogue(), &world.account, id);
                assert_eq!(world.denied(), decided(reach), "{level:?} {switches:04b} {method}: {reach}");
                (asked, allowed) = (asked + 1, allowed + usize::from(world.denied().is_none()));
            }
        }
    }
    assert_eq!((asked, allowed > 40 && allowed < 200), (5 * 16 * 6, true), "{allowed}");
}

#[test]
fn the_matrix_shows_every_method_against_every_user() {
    let account = World::new()
        .account
        .disable("coupons")
        .enable("wallet", ModulePolicy::default())
        .enable_integration("crm".parse().unwrap());
    let user = |name: &str, level| {
        ApiUser::new(account.id(), "u1".parse().unwrap(), name, level, Allowlist::none()).unwrap()
    };
    let mut off = user("off", AccessLevel::Full);
    let _ = off.disable(by(NOW));
    let other = ApiUser::new(
        "other".parse().unwrap(),
        "u1".parse().unwrap(),
        "Zoë | Ltd",
        AccessLevel::Full,
        Allowlist::none(),
    );
    let users = [
        user("shop", AccessLevel::Full),
        user("report", AccessLevel::custom(["events.list", "coupons.list"])),
        user("crm", crm()),
        off,
        other.unwrap(),
    ];
    let expected = "\
module  | method        | shop         | report       | crm                  | off             | Zoë \\| Ltd
coupons | coupons.issue | - module off | - module off | - module off         | - user disabled | - other account
coupons | coupons.list  | - module off | - module off | - module off         | - user disabled | - other account
events  | events.create | full         | - not listed | - not in integration | - user disabled | - other account
events  | events.list   | full         | custom       | integration crm      | - user disabled | - other account
events  | events.old    | - retired    | - retired    | - retired            | - user disabled | - other account
wallet  | wallet.read   | full         | - not listed | integration crm      | - user disabled | - other account
";
    assert_eq!(catalogue().access_matrix(&account, &users).to_string(), expected);
    let nobody = catalogue().access_matrix(&account, []).to_string();
    assert_eq!(nobody.lines().count(), 7);
    let off = account.clone().disable_integration("crm".parse().unwrap());
    let matrix = catalogue().access_matrix(&off, &users).to_string();
    assert!(matrix.contains("events  | events.list   | full         | custom       | - integration off"));
    let foreign = Catalogue::mapp().method("account.addCategory");
    let unknown = Catalogue::builder().build().unwrap();
    assert_eq!(users[0].reach(&unknown, &account, foreign.unwrap()), Reach::No(Obstacle::Unknown));
}

#[test]
fn an_integrations_addresses_are_shown_and_stay_when_the_users_list_is_edited() {
    let mut world = World::with(crm(), list("198.51.100.0/28\n198.51.100.99"));
    world.method = "events.list";
    let shown = |world: &World| {
        let rules = world.user.shown_rules(world.engine.catalogue(), &world.account);
        rules.map(|(rule, origin)| (rule.to_string(), origin)).collect::<Vec<_>>()
    };
    let own = ["198.51.100.0/28", "198.51.100.99"].map(|rule| (rule.to_owned(), RuleOrigin::Own));
    let theirs = ("192.0.2.77".to_owned(), RuleOrigin::Integration("crm".parse().unwrap()));
    assert_eq!(shown(&world), own, "the account is not enabled for it");
    world.account = world.account.enable_integration("crm".parse().unwrap());
    assert_eq!(shown(&world), [own[0].clone(), own[1].clone(), theirs.clone()]);
    assert!(RuleOrigin::Own.is_removable() && !theirs.1.is_removable());

    let _ = world.user.change_allowlist(Allowlist::none(), by(NOW)).unwrap();
    assert_eq!(shown(&world), [theirs], "an edit of the list does not reach it");
    world.client = from("192.0.2.77");
    assert_eq!(world.denied(), None, "what is shown is what counts");
    world.client = from("198.51.100.99");
    assert_eq!(world.denied(), Some(Code::AccessIpUser));
    let _ = world.user.change_level(AccessLevel::Full, by(NOW));
    assert!(shown(&world).is_empty(), "another level stands for no integration");
}

#[test]
fn a_user_in_order_has_no_lint() {
    assert_eq!(lint(&World::new()), []);
    assert_eq!(lint(&World::with(AccessLevel::Full, Allowlist::Any)), []);
    let mut integration = World::with(crm(), Allowlist::none());
    integration.account = integration.account.enable_integration("crm".parse().unwrap());
    assert_eq!(lint(&integration), [], "its integration has addresses");
    let mut disabled = World::new();
    let _ = disabled.user.disable(by(NOW));
    assert_eq!(lint(&disabled), [], "somebody meant that");
}

#[test]
fn imported_credentials_are_in_the_lint_until_they_are_regenerated() {
    let mut world = World::new();
    let (strong, weak): (KeyId, KeyId) = ("imported-1".parse().unwrap(), "imported-2".parse().unwrap());
    let end = NOW.plus(std::time::Duration::from_secs(60));
    let pairs = [
        Imported::new(strong, secret("fedcba9876543210")).unwrap(),
        Imported::danger_weak(weak, secret("short"), end).unwrap(),
    ];
    for pair in &pairs {
        let _ = world.user.import(pair, Keep::Hashed, &ring(), by(NOW), &mut seeded(3)).unwrap();
    }
    let expected = [UserLint::Imported(strong), UserLint::ImportedWeak { key_id: weak, end: Some(end) }];
    assert_eq!(lint(&world), expected);
    world.now = end;
    assert_eq!(lint(&world), expected[..1], "a dead one needs nothing");
    let _ = world.user.regenerate(strong, &ring(), by(NOW), &mut seeded(4)).unwrap();
    assert_eq!(lint(&world), []);
}

#[test]
fn names_and_integrations_that_grant_nothing_are_in_the_lint() {
    let mut world = caller(AccessLevel::custom(["events.list", "events.lst", "events.old", "wallet.read"]));
    assert_eq!(
        lint(&world),
        [
            UserLint::UnknownMethod("events.lst".into()),
            UserLint::RetiredMethod("events.old".into()),
            UserLint::ModuleOff { method: "wallet.read".into(), module: "wallet".into() },
        ]
    );
    let _ = world.user.change_level(crm(), by(NOW));
    assert_eq!(lint(&world), [UserLint::IntegrationOff("crm".parse().unwrap())]);
    let none = "none".parse().unwrap();
    let _ = world.user.change_level(AccessLevel::Integration(none), by(NOW));
    assert_eq!(lint(&world), [UserLint::UnknownIntegration(none), UserLint::IntegrationOff(none)]);
}

#[test]
fn a_user_that_cannot_call_is_in_the_lint() {
    assert_eq!(lint(&World::with(AccessLevel::Full, Allowlist::none())), [UserLint::NobodyListed]);
    assert_eq!(lint(&caller(AccessLevel::custom(Vec::<String>::new()))), [UserLint::NoMethod]);

    let mut world = World::new();
    let _ = world.user.postpone(world.key(), NOW.plus(std::time::Duration::from_secs(1)), by(NOW)).unwrap();
    assert_eq!(lint(&world), [UserLint::NoLiveCredential], "its time has not come");
    let _ = world.user.revoke(world.key(), by(NOW)).unwrap();
    assert_eq!(lint(&world), [UserLint::NoLiveCredential]);

    let seewhy = "seewhy".parse().unwrap();
    let mut bare = World::with(AccessLevel::Integration(seewhy), Allowlist::none());
    bare.engine = Authorizer::new(Catalogue::mapp(), ring());
    bare.account = bare.account.enable_integration(seewhy);
    assert_eq!(lint(&bare), [UserLint::NoMethod, UserLint::NobodyListed], "nothing was supplied yet");

    let mut elsewhere = World::with(AccessLevel::Full, Allowlist::none());
    elsewhere.account = Account::new("other".parse().unwrap());
    assert_eq!(lint(&elsewhere), [UserLint::OtherAccount("acme".parse().unwrap())]);
}

#[test]
fn an_account_that_nobody_can_call_for_is_in_the_lint() {
    let world = World::new();
    let cannot = [AccountLint::NoCaller];
    assert_eq!(account_lint(&world.account, []), cannot);
    assert_eq!(account_lint(&world.account, [&world.user]), []);

    let mut disabled = world.user.clone();
    let _ = disabled.disable(by(NOW));
    let mut revoked = world.user.clone();
    let _ = revoked.revoke(world.key(), by(NOW)).unwrap();
    let mut unlisted = world.user.clone();
    let _ = unlisted.change_allowlist(Allowlist::none(), by(NOW)).unwrap();
    let mut unlevelled = world.user.clone();
    let _ = unlevelled.change_level(AccessLevel::custom(["wallet.read"]), by(NOW));
    let users = [disabled, revoked, unlisted, unlevelled];
    for user in &users {
        assert_eq!(account_lint(&world.account, [user]), cannot, "{user:?}");
    }
    assert_eq!(account_lint(&world.account, &users), cannot);
    assert_eq!(account_lint(&world.account, users.iter().chain([&world.user])), []);
    let other = Account::new("other".parse().unwrap()).enable("events", ModulePolicy::default());
    assert_eq!(account_lint(&other, [&world.user]), cannot, "it calls for another account");

    let mistyped = world.account.clone().enable("event", ModulePolicy::default());
    assert_eq!(account_lint(&mistyped, [&world.user]), [AccountLint::UnknownModule("event".into())]);
}

#[test]
fn lint_says_what_was_found_and_what_to_do() {
    let (key_id, id) = ("k1".parse().unwrap(), "crm".parse().unwrap());
    for (lint, said) in [
        (
            UserLint::OtherAccount("acme".parse().unwrap()),
            "the user belongs to account acme; look at it there",
        ),
        (UserLint::NoLiveCredential, "no credential is live; issue one, or let a later one begin earlier"),
        (UserLint::Imported(key_id), "key k1 was imported; regenerate it"),
        (
            UserLint::ImportedWeak { key_id, end: None },
            "key k1 was imported with a weak secret; regenerate it",
        ),
        (
            UserLint::ImportedWeak { key_id, end: Some(NOW) },
            "key k1 was imported with a weak secret and ends at 2026-11-22T12:00:00Z; regenerate it before that",
        ),
        (
            UserLint::UnknownMethod("a\nb".into()),
            "method \"a\\nb\" is listed, and the catalogue does not have it; take it from the level",
        ),
        (
            UserLint::RetiredMethod("events.old".into()),
            "method events.old is listed, and it is retired; take it from the level",
        ),
        (
            UserLint::ModuleOff { method: "wallet.read".into(), module: "wallet".into() },
            "method wallet.read is listed, and the account has not enabled module wallet; \
             enable the module, or take the method from the level",
        ),
        (
            UserLint::IntegrationOff(id),
            "the account is not enabled for integration crm; enable it, or give the user another level",
        ),
        (
            UserLint::UnknownIntegration(id),
            "the catalogue does not have integration crm; add it there, or give the user another level",
        ),
        (
            UserLint::NoMethod,
            "the level and the account's modules leave no method to call; enable a module, or change the level \
             or what its integration may call",
        ),
        (
            UserLint::NobodyListed,
            "no address is listed, so every call is refused; add the ones that the user calls from",
        ),
    ] {
        assert_eq!(lint.to_string(), said);
    }
    assert_eq!(
        AccountLint::NoCaller.to_string(),
        "no API user of the account can call: each is disabled, or lacks a live credential, an address \
         or a method; mend one or create one"
    );
    assert_eq!(
        AccountLint::UnknownModule("event".into()).to_string(),
        "module \"event\" is enabled, and the catalogue does not have it; disable it, or mend its name"
    );
}
