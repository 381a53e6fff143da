//! Levels, modules, filters and strength: which check refuses, and in which order.

mod common;

use common::{NOW, World, code, from, list};
use keyward::{
    AccessLevel, Admission, AdmitStep, Allowlist, Ask, ClientAddr, Code, Finding, Forwarding, Headers,
    Lifecycle, MethodId, ModulePolicy, Policy, Presented, Strength, Timestamp, TrustedProxies, Verdict,
    Wanted,
};

fn world(level: AccessLevel) -> World {
    World::with(level, list("192.0.2.0/24"))
}

fn crm() -> AccessLevel {
    AccessLevel::Integration("crm".parse().unwrap())
}

fn with_events(policy: ModulePolicy) -> World {
    let mut world = World::new();
    world.account = world.account.enable("events", policy);
    world
}

#[test]
fn a_user_has_exactly_one_level() {
    // The type says it; what it says is what the record keeps.
    for level in [AccessLevel::Full, AccessLevel::custom(["events.list"]), crm()] {
        assert_eq!(world(level.clone()).user.level(), &level);
    }
}

#[test]
fn full_reaches_every_method_of_enabled_modules_and_no_other() {
    let mut world = world(AccessLevel::Full);
    for (method, denied) in [
        ("events.create", None),
        ("events.list", None),
        ("coupons.issue", None),
        ("coupons.list", None),
        ("wallet.read", Some(Code::AccessModule)),
    ] {
        world.method = method;
        assert_eq!(world.denied(), denied, "{method}");
    }
}

#[test]
fn custom_reaches_the_listed_methods_and_nothing_by_prefix_or_case() {
    let mut world =
        world(AccessLevel::custom(["events.list", "coupons.*", "wallet.read", "EVENTS.CREATE", "gone"]));
    for (method, denied) in [
        ("events.list", None),
        ("events.create", Some(Code::AccessMethod)),
        ("coupons.list", Some(Code::AccessMethod)),
        ("wallet.read", Some(Code::AccessModule)),
        ("gone", Some(Code::EndpointUnknown)),
        ("EVENTS.CREATE", Some(Code::EndpointUnknown)),
    ] {
        world.method = method;
        assert_eq!(world.denied(), denied, "{method}");
    }
}

#[test]
fn an_integration_works_only_while_the_account_is_enabled_for_it() {
    let mut world = world(crm());
    world.method = "events.list";
    assert_eq!(world.denied(), Some(Code::AccessIntegration));
    world.account = world.account.enable_integration("crm".parse().unwrap());
    assert_eq!(world.denied(), None);
    world.method = "events.create";
    assert_eq!(world.denied(), Some(Code::AccessIntegration), "not one of its methods");
    world.method = "wallet.read";
    assert_eq!(world.denied(), Some(Code::AccessModule), "one of its methods, in a module that is off");
    world.method = "events.list";
    world.account = world.account.disable_integration("crm".parse().unwrap());
    assert_eq!(world.denied(), Some(Code::AccessIntegration));
}

#[test]
fn an_integration_the_catalogue_does_not_have_grants_nothing() {
    let mut world = world(AccessLevel::Integration("none".parse().unwrap()));
    world.account = world.account.enable_integration("none".parse().unwrap());
    world.method = "events.list";
    assert_eq!(world.denied(), Some(Code::AccessIntegration));
}

#[test]
fn an_integrations_addresses_count_in_its_users_lists_only_and_only_while_enabled() {
    let mut integration = World::with(crm(), Allowlist::none());
    integration.method = "events.list";
    integration.client = from("192.0.2.77");
    assert_eq!(integration.denied(), Some(Code::AccessIpUser), "not enabled");
    integration.account = integration.account.enable_integration("crm".parse().unwrap());
    assert_eq!(integration.denied(), None);
    let filter = Policy::enforce(list("192.0.2.1"));
    integration.account = integration.account.enable("events", ModulePolicy::default().addresses(filter));
    assert_eq!(integration.denied(), Some(Code::AccessIpEndpoint), "they never enter endpoint filters");
    let mut full = World::with(AccessLevel::Full, Allowlist::none());
    full.account = full.account.enable_integration("crm".parse().unwrap());
    full.client = from("192.0.2.77");
    assert_eq!(full.denied(), Some(Code::AccessIpUser), "another user's list is its own");
}

#[test]
fn a_module_switched_off_is_refused_at_once() {
    let mut world = World::new();
    world.account = world.account.disable("events");
    assert_eq!(world.denied(), Some(Code::AccessModule));
}

#[test]
fn each_user_has_a_list_of_its_own_and_an_empty_one_refuses_all() {
    let mut world = World::with(AccessLevel::Full, list("192.0.2.1\n198.51.100.0/24"));
    for (client, denied) in [
        (from("192.0.2.1"), None),
        (from("198.51.100.255"), None),
        (from("192.0.2.2"), Some(Code::AccessIpUser)),
        (from("2001:db8::1"), Some(Code::AccessIpUser)),
        (ClientAddr::unknown(), Some(Code::AccessIpUser)),
    ] {
        world.client = client;
        assert_eq!(world.denied(), denied, "{client}");
    }
    let empty = World::with(AccessLevel::Full, list("\n \n"));
    assert_eq!(empty.denied(), Some(Code::AccessIpUser));
    assert!(empty.verdict().into_result().unwrap_err().stolen_secret_suspected());
}

#[test]
fn outside_the_endpoints_filter_is_forbidden_with_the_callers_address() {
    let mut world = with_events(ModulePolicy::default().addresses(Policy::enforce(list("192.0.2.1"))));
    assert_eq!(world.denied(), None);
    world.client = from("192.0.2.2");
    let denial = world.verdict().into_result().unwrap_err();
    assert_eq!((denial.code(), denial.public().status()), (Code::AccessIpEndpoint, 403));
    assert!(denial.to_string().contains("192.0.2.2"));
    assert!(!denial.stolen_secret_suspected());
}

#[test]
fn an_endpoint_without_a_list_is_open_and_one_with_an_empty_list_is_shut() {
    let mut world = World::with(AccessLevel::Full, Allowlist::Any);
    for client in [from("203.0.113.9"), from("2001:db8::1"), ClientAddr::unknown()] {
        world.client = client;
        assert_eq!(world.denied(), None, "{client}");
    }
    world.account =
        world.account.enable("events", ModulePolicy::default().addresses(Policy::enforce(Allowlist::none())));
    assert_eq!(world.denied(), Some(Code::AccessIpEndpoint));
}

#[test]
fn filters_stand_per_endpoint() {
    let mut world = with_events(ModulePolicy::default().addresses(Policy::enforce(list("198.51.100.1"))));
    assert_eq!(world.denied(), Some(Code::AccessIpEndpoint));
    world.method = "coupons.issue";
    assert_eq!(world.denied(), None);
}

#[test]
fn signature_enforcement_stands_per_endpoint_and_refuses_a_plain_secret() {
    let mut world = with_events(ModulePolicy::default().strength(Policy::enforce(Strength::Signature)));
    let denial = world.verdict().into_result().unwrap_err();
    assert_eq!((denial.code(), denial.public().status()), (Code::SignatureRequired, 401));
    world.method = "coupons.issue";
    assert_eq!(world.denied(), None);
}

#[test]
fn observing_softens_its_own_finding_and_says_so() {
    let policy = ModulePolicy::default()
        .strength(Policy::observe(Strength::Signature))
        .addresses(Policy::observe(list("198.51.100.1")));
    let mut world = with_events(policy);
    let observed: Vec<_> = world.granted().observed().iter().collect();
    assert_eq!(observed, [Finding::PlainSecret, Finding::EndpointFilter]);
    world.method = "coupons.issue";
    assert!(world.granted().observed().is_empty());
    world.method = "events.create";
    world.client = from("203.0.113.9");
    assert_eq!(world.denied(), Some(Code::AccessIpUser), "the user's own list is never observed");
    world.client = from("192.0.2.1");
    let wrong = common::secret("wrong");
    let verdict = world.decide(Presented::pair(world.key(), &wrong));
    assert_eq!(code(&verdict), Some(Code::CredentialInvalid), "nor is a wrong secret");
}

#[test]
fn a_rule_that_is_off_is_kept_and_not_looked_at() {
    let policy = ModulePolicy::default()
        .strength(Policy::off(Strength::Signature))
        .addresses(Policy::off(list("198.51.100.1")));
    let world = with_events(policy.clone());
    assert!(world.granted().observed().is_empty());
    assert_eq!(world.account.module("events"), Some(&policy));
}

#[test]
fn enforcement_begins_at_its_date() {
    let at = |seconds: i64| Timestamp::from_unix(NOW.unix() + seconds);
    let mut world =
        with_events(ModulePolicy::default().strength(Policy::enforce_from(Strength::Signature, at(60))));
    world.now = at(59);
    assert!(world.granted().observed().contains(Finding::PlainSecret));
    world.now = at(60);
    assert_eq!(world.denied(), Some(Code::SignatureRequired));
}

#[test]
fn no_mode_goes_below_the_floor_unless_the_danger_is_named() {
    let bare = |policy: ModulePolicy| {
        let world = with_events(policy);
        code(&world.decide(Presented::key_only(world.key())))
    };
    let rules = [
        Policy::off(Strength::KeyOnly),
        Policy::observe(Strength::KeyOnly),
        Policy::enforce(Strength::KeyOnly),
    ];
    for rule in rules {
        let policy = ModulePolicy::default().strength(rule);
        assert_eq!(bare(policy.clone()), Some(Code::CredentialInvalid));
        assert_eq!(bare(policy.danger_key_only()), None);
    }
    let danger = ModulePolicy::default().danger_key_only();
    assert_eq!(bare(danger.clone()), Some(Code::CredentialInvalid), "the default rule still wants a secret");
    assert_eq!(bare(danger.strength(Policy::observe(Strength::Secret))), None);
}

#[test]
fn a_bare_key_that_suffices_learns_what_a_proven_caller_learns() {
    let policy = ModulePolicy::default().strength(Policy::enforce(Strength::KeyOnly)).danger_key_only();
    let mut world = with_events(policy);
    let decide = |world: &World| code(&world.decide(Presented::key_only(world.key())));
    assert_eq!(decide(&world), None);
    world.method = "events.old";
    assert_eq!(decide(&world), Some(Code::EndpointRetired));
    world.client = from("203.0.113.9");
    let denial = world.decide(Presented::key_only(world.key())).into_result().unwrap_err();
    assert_eq!(denial.code(), Code::AccessIpUser);
    assert!(!denial.stolen_secret_suspected(), "nothing was proven, so nothing was stolen");
    assert_eq!(denial.stage(), keyward::Stage::BeforeProof);
    let by_hand = keyward::Denial::new(Code::AccessIpUser);
    assert!(!by_hand.stolen_secret_suspected(), "nor of a denial that nobody decided");
}

#[test]
fn checks_run_in_the_published_order() {
    // Everything is wrong at once; mending the first wrong thing shows the next.
    let mut world = World::with(AccessLevel::custom(["none"]), list("198.51.100.1"));
    let refusing = |strength| {
        ModulePolicy::default()
            .strength(Policy::enforce(strength))
            .addresses(Policy::enforce(list("198.51.100.2")))
    };
    world.method = "nothing";
    world.account = world.account.default_policy(refusing(Strength::Signature));
    assert_eq!(world.denied(), Some(Code::SignatureRequired));
    world.account = world.account.default_policy(refusing(Strength::Secret));
    assert_eq!(world.denied(), Some(Code::AccessIpUser));
    world.client = from("198.51.100.1");
    assert_eq!(world.denied(), Some(Code::AccessIpEndpoint));
    world.account = world.account.default_policy(ModulePolicy::default()).disable("events");
    assert_eq!(world.denied(), Some(Code::EndpointUnknown));
    world.method = "events.old";
    assert_eq!(world.denied(), Some(Code::EndpointRetired));
    world.method = "events.create";
    assert_eq!(world.denied(), Some(Code::AccessModule));
    world.account = world.account.enable("events", ModulePolicy::default());
    assert_eq!(world.denied(), Some(Code::AccessMethod));
}

#[test]
fn the_default_policy_stands_in_for_unknown_methods_and_modules_that_are_off() {
    let mut world = World::new();
    world.account =
        world.account.default_policy(ModulePolicy::default().strength(Policy::enforce(Strength::Signature)));
    for method in ["nothing", "wallet.read"] {
        world.method = method;
        assert_eq!(world.denied(), Some(Code::SignatureRequired), "{method}");
    }
    world.method = "events.create";
    assert_eq!(world.denied(), None);
}

#[test]
fn a_method_can_be_asked_for_by_number() {
    let world = World::new();
    let id: MethodId = world.engine.catalogue().method("events.create").unwrap();
    let pair = || Presented::pair(world.key(), world.revealed.secret());
    let ask = |wanted: Wanted<'static>| Ask::new(wanted, world.client, NOW);
    let grant =
        world.engine.authorize(pair(), world.subject(), &ask(id.into())).unwrap().into_result().unwrap();
    assert_eq!(grant.method(), id);
    let large =
        keyward::Catalogue::builder().module("m", (0..99).map(|n| format!("m.{n:02}"))).build().unwrap();
    let foreign = large.method("m.98").unwrap();
    // The same number in another catalogue, where it is another method's.
    let other = keyward::Catalogue::builder().module("a", ["a.a", "a.b", "a.c", "a.d"]).build().unwrap();
    let shifted = other.method("a.c").unwrap();
    for wanted in [foreign.into(), shifted.into(), Wanted::Unknown] {
        let verdict = world.engine.authorize(pair(), world.subject(), &ask(wanted)).unwrap();
        assert_eq!(code(&verdict), Some(Code::EndpointUnknown));
    }
}

#[test]
fn a_deprecated_method_is_granted_with_its_notice() {
    let mut world = World::new();
    let catalogue = keyward::Catalogue::builder()
        .module("events", ["events.create", "events.list"])
        .lifecycle("events.create", Lifecycle::Deprecated { since: NOW, sunset: None })
        .lifecycle("events.list", Lifecycle::Legacy)
        .build()
        .unwrap();
    world.engine = keyward::Authorizer::new(catalogue, common::ring());
    let notice = world.granted().deprecation().unwrap();
    assert_eq!((notice.since, notice.sunset), (NOW, None));
    world.method = "events.list";
    assert!(world.granted().deprecation().is_none());
}

#[test]
fn verdicts_tell_who_still_calls_what_goes_away() {
    let catalogue = keyward::Catalogue::builder()
        .module("events", ["events.create", "events.list", "events.old"])
        .lifecycle("events.list", Lifecycle::Deprecated { since: NOW, sunset: None })
        .lifecycle("events.old", Lifecycle::Retired)
        .build()
        .unwrap();
    let mut still: std::collections::BTreeMap<_, u32> = std::collections::BTreeMap::new();
    for (name, calls) in
        [("till", &["events.list", "events.list", "events.create"][..]), ("crm", &["events.old"])]
    {
        let mut world = World::new();
        world.engine = keyward::Authorizer::new(catalogue.clone(), common::ring());
        let _ = world.user.rename(name, common::by(NOW)).unwrap();
        for call in calls {
            world.method = call;
            let (method, user) = match world.verdict() {
                Verdict::Allow(grant) if grant.deprecation().is_some() => {
                    (Some(grant.method()), grant.user().name().to_owned())
                }
                Verdict::Deny(denial) if denial.code() == Code::EndpointRetired => {
                    (denial.method(), denial.subject().unwrap().user().name().to_owned())
                }
                _ => continue,
            };
            let method = catalogue.name(method.unwrap()).unwrap();
            *still.entry((method, user)).or_default() += 1;
        }
    }
    let said: Vec<_> =
        still.iter().map(|((method, user), calls)| format!("{method} {user} {calls}")).collect();
    assert_eq!(said, ["events.list till 2", "events.old crm 1"]);
}

#[test]
fn one_address_may_stand_in_the_lists_of_several_users() {
    for name in ["checkout", "backoffice"] {
        let mut world = World::with(AccessLevel::Full, list("192.0.2.1"));
        let _ = world.user.rename(name, common::by(NOW)).unwrap();
        assert_eq!(world.granted().user().name(), name);
    }
}

#[test]
fn observing_softens_no_other_code() {
    type Prepare = fn(&mut World);
    let broken: [(Prepare, Code); 9] = [
        (|world| drop(world.user.disable(common::by(NOW))), Code::CredentialInvalid),
        (|world| world.client = from("203.0.113.9"), Code::AccessIpUser),
        (|world| world.method = "nothing", Code::EndpointUnknown),
        (|world| world.method = "events.old", Code::EndpointRetired),
        (|world| world.method = "wallet.read", Code::AccessModule),
        (|world| world.account = world.account.clone().disable("events"), Code::AccessModule),
        (
            |world| drop(world.user.change_level(AccessLevel::custom(["x"]), common::by(NOW))),
            Code::AccessMethod,
        ),
        (|world| drop(world.user.change_level(crm(), common::by(NOW))), Code::AccessIntegration),
        (|world| drop(world.user.revoke(world.key(), common::by(NOW))), Code::CredentialInvalid),
    ];
    let observing = ModulePolicy::default()
        .strength(Policy::observe(Strength::Signature))
        .addresses(Policy::observe(list("198.51.100.1")));
    for (prepare, code) in broken {
        let mut world = World::new();
        world.account = world.account.enable("events", observing.clone()).default_policy(observing.clone());
        prepare(&mut world);
        assert_eq!(world.denied(), Some(code));
    }
    let mut world = World::new();
    world.account = world.account.enable("events", observing);
    let too_many = vec![("x", "y"); keyward::MAX_HEADER_LINES + 1];
    for (lines, expected) in [
        (&[][..], Code::CredentialMissing),
        (&[("authorization", "Digest x")], Code::CredentialMalformed),
        (&too_many, Code::RequestTooLarge),
    ] {
        assert_eq!(code(&world.lines(lines)), Some(expected));
    }
    let bare = world.decide(Presented::key_only(world.key()));
    assert_eq!(code(&bare), Some(Code::CredentialInvalid), "the floor is not observed away");
}

#[test]
fn a_bare_key_that_suffices_nowhere_is_not_admitted_to_a_batch() {
    // Otherwise the count of refusals in a batch would tell a live key from an unknown one.
    let mut world = World::new();
    let admit = |world: &World, subject| {
        let presented = Presented::key_only(world.key());
        world.engine.admit(presented, subject, world.now).unwrap()
    };
    let refused = |step| match step {
        AdmitStep::Done(Admission::Deny(denial)) => (denial.code(), denial.stage(), denial.to_string()),
        other => panic!("{other:?}"),
    };
    let (known, unknown) = (refused(admit(&world, world.subject())), refused(admit(&world, None)));
    assert_eq!(known, unknown);
    assert_eq!(known.0, Code::CredentialInvalid);
    let open = ModulePolicy::default().strength(Policy::enforce(Strength::KeyOnly)).danger_key_only();
    world.account = world.account.clone().enable("coupons", open);
    assert!(matches!(admit(&world, world.subject()), AdmitStep::Done(Admission::Admit(_))));
}

#[test]
fn a_caller_whose_address_cannot_be_told_is_told_no_address() {
    let mut world = World::new();
    let proxies = TrustedProxies::parse(Forwarding::XForwardedFor, "192.0.2.1").unwrap();
    let stripped = proxies.client(Headers::lines(&[]), "192.0.2.1".parse().ok());
    for client in [stripped, ClientAddr::unknown()] {
        world.client = client;
        let denial = world.verdict().into_result().unwrap_err();
        assert_eq!(denial.code(), Code::AccessIpUser);
        assert!(
            !denial.to_string().contains("192.0.2.1") && !denial.to_string().contains("add the"),
            "{denial}"
        );
    }
}
