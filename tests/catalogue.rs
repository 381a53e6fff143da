//! The catalogue: what stands in it, what is added later, what routes lead to, and the two that are built in.

mod common;

use std::time::Duration;

use common::{NOW, World, catalogue, from, list, ring};
use keyward::{
    AccessLevel, Account, Allowlist, Authorizer, Catalogue, Code, Headers, Lifecycle, ModulePolicy,
    RequestHead, Routes, Timestamp,
};

const DEPRECATED: Lifecycle =
    Lifecycle::Deprecated { since: Timestamp::from_unix(1_795_348_800), sunset: None };

fn lifecycle(catalogue: &Catalogue, method: &str) -> Lifecycle {
    catalogue.lifecycle(catalogue.method(method).unwrap()).unwrap()
}

/// The catalogue of the tests, one release later.
fn later() -> Catalogue {
    catalogue().to_builder().method("events", "events.replay").build().unwrap()
}

#[test]
fn the_catalogue_lists_every_method_under_its_module() {
    let catalogue = catalogue();
    let listed: Vec<_> =
        catalogue.modules().map(|name| (name, catalogue.methods_of(name).collect::<Vec<_>>())).collect();
    let expected = [
        ("coupons", vec!["coupons.issue", "coupons.list"]),
        ("events", vec!["events.create", "events.list", "events.old"]),
        ("wallet", vec!["wallet.read"]),
    ];
    assert_eq!(listed, expected);
    assert_eq!(catalogue.methods_of("nothing").count(), 0);
    let integrations: Vec<_> = catalogue.integrations().map(|entry| entry.id().to_string()).collect();
    assert_eq!(integrations, ["crm"]);
}

#[test]
fn where_a_method_stands_is_data() {
    let status = [Lifecycle::Current, Lifecycle::Legacy, DEPRECATED, Lifecycle::Retired];
    let mut world = World::new();
    for (lifecycle, denied, notice) in [
        (status[0], None, false),
        (status[1], None, false),
        (status[2], None, true),
        (status[3], Some(Code::EndpointRetired), false),
    ] {
        let catalogue = catalogue().to_builder().lifecycle("events.create", lifecycle).build().unwrap();
        assert_eq!(self::lifecycle(&catalogue, "events.create"), lifecycle);
        world.engine = Authorizer::new(catalogue, ring());
        assert_eq!(world.denied(), denied, "{lifecycle:?}");
        if denied.is_none() {
            assert_eq!(world.granted().deprecation().is_some(), notice, "{lifecycle:?}");
        }
    }
}

#[test]
fn full_reaches_methods_that_are_added_later() {
    let mut world = World::new();
    world.method = "events.replay";
    assert_eq!(world.denied(), Some(Code::EndpointUnknown));
    world.engine = Authorizer::new(later(), ring());
    assert_eq!(world.denied(), None);
}

#[test]
fn custom_does_not_reach_methods_that_are_added_later() {
    let account = World::new().account;
    let everything = AccessLevel::custom(catalogue().selectable(&account));
    let mut world = World::with(everything, list("192.0.2.0/24"));
    world.engine = Authorizer::new(later(), ring());
    for method in ["events.create", "events.list", "coupons.issue", "coupons.list"] {
        world.method = method;
        assert_eq!(world.denied(), None, "{method}");
    }
    world.method = "events.replay";
    assert_eq!(world.denied(), Some(Code::AccessMethod), "nobody granted it");
    let chosen = later();
    world = World::with(AccessLevel::custom(chosen.selectable(&account)), list("192.0.2.0/24"));
    world.engine = Authorizer::new(later(), ring());
    world.method = "events.replay";
    assert_eq!(world.denied(), None, "now somebody did");
}

#[test]
fn a_custom_level_is_chosen_from_enabled_modules() {
    let catalogue = catalogue();
    let offered = |account: &Account| catalogue.selectable(account).map(str::to_owned).collect::<Vec<_>>();
    let account = Account::new("acme".parse().unwrap());
    assert!(offered(&account).is_empty());
    let account = account.enable("events", ModulePolicy::default()).enable("none", ModulePolicy::default());
    assert_eq!(offered(&account), ["events.create", "events.list"], "and not the retired one");
    let account = account.enable("wallet", ModulePolicy::default()).disable("events");
    assert_eq!(offered(&account), ["wallet.read"]);
}

#[test]
fn a_method_behind_a_switch_is_a_module_of_its_own() {
    let catalogue = catalogue().to_builder().module("events-beta", ["events.create_many"]).build().unwrap();
    let mut full = World::new();
    let mut custom =
        World::with(AccessLevel::custom(["events.create", "events.create_many"]), list("192.0.2.0/24"));
    for world in [&mut full, &mut custom] {
        world.engine = Authorizer::new(catalogue.clone(), ring());
        world.method = "events.create";
        assert_eq!(world.denied(), None);
        world.method = "events.create_many";
        assert_eq!(world.denied(), Some(Code::AccessModule));
        world.account = world.account.clone().enable("events-beta", ModulePolicy::default());
        assert_eq!(world.denied(), None);
        world.account = world.account.clone().disable("events-beta");
        assert_eq!(world.denied(), Some(Code::AccessModule));
    }
}

fn routes() -> Routes {
    Routes::new()
        .route("POST", "/events", "events.create")
        .route("GET", "/events", "events.list")
        .route("POST", "/accounts/{account}/coupons", "coupons.issue")
        .route("GET", "/accounts/{account}/coupons", "coupons.list")
        .route("GET", "/wallet", "wallet.read")
}

#[test]
fn a_path_leads_to_its_endpoint() {
    let (routes, catalogue) = (routes(), catalogue());
    let module = |method, target| {
        let head = RequestHead::new(method, target, Headers::lines(&[]));
        match routes.resolve(&head) {
            keyward::Wanted::Name(name) => catalogue.module_of(catalogue.method(name)?),
            _ => None,
        }
    };
    for (method, target, expected) in [
        ("POST", "/events", Some("events")),
        ("GET", "/events?page=2", Some("events")),
        ("POST", "/accounts/7/coupons", Some("coupons")),
        ("GET", "/wallet", Some("wallet")),
        ("DELETE", "/events", None),
        ("GET", "/accounts//coupons", None),
        ("GET", "/events/../wallet", None),
        ("GET", "/Wallet", None),
        ("GET", "/wallet?a#b", None),
        ("GET", "https://api.example.test#/wallet", None),
    ] {
        assert_eq!(module(method, target), expected, "{method} {target}");
    }
}

#[test]
fn a_literal_segment_goes_before_a_placeholder_whichever_was_added_first() {
    let added = [
        ("/events/{id}", "read"),
        ("/events/export", "export"),
        ("/{any}/export", "any"),
        ("/events/{id}/{part}", "part"),
        ("/events/export/{part}", "export.part"),
        ("/events/{id}/size", "size"),
        ("/events/{again}", "again"),
    ];
    let name =
        |routes: &Routes, target| match routes.resolve(&RequestHead::new("GET", target, Headers::lines(&[])))
        {
            keyward::Wanted::Name(name) => name.to_owned(),
            other => panic!("{other:?} of {target}"),
        };
    let all = |routes: Routes, (path, name): &(&str, &str)| routes.route("GET", path, name);
    for routes in
        [added[..6].iter().fold(Routes::new(), all), added.iter().rev().skip(1).fold(Routes::new(), all)]
    {
        for (target, expected) in [
            ("/events/7", "read"),
            ("/events/export", "export"),
            ("/users/export", "any"),
            ("/events/7/body", "part"),
            ("/events/7/size", "size"),
            ("/events/export/size", "export.part"),
        ] {
            assert_eq!(name(&routes, target), expected, "{target}");
        }
    }
    let routes = added.iter().fold(Routes::new(), all);
    assert_eq!(name(&routes, "/events/7"), "read", "of two alike the first");
}

#[test]
fn routes_and_catalogue_cover_each_other_or_both_gaps_are_named() {
    let catalogue = catalogue();
    catalogue.assert_covers(routes().names());
    catalogue.assert_covers(routes().route("GET", "/old", "events.old").names());

    let astray = routes().route("GET", "/event", "event.list").route("GET", "/e", "event.list");
    let found = catalogue.covers(astray.names().filter(|name| *name != "wallet.read")).unwrap_err();
    assert_eq!(found.unknown().collect::<Vec<_>>(), ["event.list"]);
    assert_eq!(found.unreached().collect::<Vec<_>>(), ["wallet.read"]);

    let all = catalogue.covers([]).unwrap_err();
    assert_eq!(
        all.to_string(),
        "no route leads to coupons.issue, coupons.list, events.create, events.list, wallet.read; \
         add one, or retire what is not served"
    );
}

#[test]
#[should_panic = "routes lead to event.list, which the catalogue does not have; add what is missing or mend the route"]
fn the_gate_of_a_test_says_what_is_missing() {
    catalogue().assert_covers(routes().route("GET", "/event", "event.list").names());
}

#[test]
fn catalogues_that_are_built_in_pass_every_check() {
    for built_in in [Catalogue::antavo(), Catalogue::mapp(), catalogue()] {
        assert_eq!(built_in.to_builder().build(), Ok(built_in));
    }
}

#[test]
fn antavo_has_thirteen_endpoints_with_their_status() {
    let catalogue = Catalogue::antavo();
    let modules = "challenges coupons customer display entities events faq leaderboard levels offers rewards \
                   wallet workflow-campaigns";
    assert_eq!(catalogue.modules().collect::<Vec<_>>().join(" "), modules);
    for module in catalogue.modules() {
        assert!(catalogue.methods_of(module).count() > 0, "{module}");
        for method in catalogue.methods_of(module) {
            assert!(method.starts_with(&format!("{module}.")), "{method}");
            let expected = match module {
                "challenges" => Lifecycle::Legacy,
                "levels" | "wallet" => Lifecycle::Deprecated { since: Timestamp::from_unix(0), sunset: None },
                _ => Lifecycle::Current,
            };
            assert_eq!(lifecycle(&catalogue, method), expected, "{method}");
        }
    }
}

#[test]
fn mapp_has_seven_module_groups_and_two_third_parties() {
    let catalogue = Catalogue::mapp();
    let sizes: Vec<_> =
        catalogue.modules().map(|module| (module, catalogue.methods_of(module).count())).collect();
    let expected = [
        ("account-configuration", 17),
        ("conversion-tracking", 2),
        ("coupon-distribution", 0),
        ("miscellaneous", 3),
        ("promotional-messaging", 14),
        ("subscriber-responses", 3),
        ("transactional-messaging", 11),
    ];
    assert_eq!(sizes, expected);
    let group = |method| catalogue.module_of(catalogue.method(method).unwrap());
    assert_eq!(group("welcome.messageStats"), Some("promotional-messaging"), "not by its prefix");
    let integrations: Vec<_> = catalogue.integrations().map(|entry| entry.id().to_string()).collect();
    assert_eq!(integrations, ["salesforce.com", "seewhy"]);
}

#[test]
fn a_third_party_of_mapp_is_refused_until_its_methods_and_addresses_are_supplied() {
    let seewhy = "seewhy".parse().unwrap();
    let mut world = World::with(AccessLevel::Integration(seewhy), Allowlist::none());
    world.account =
        world.account.enable("transactional-messaging", ModulePolicy::default()).enable_integration(seewhy);
    world.method = "transactional.sendTransaction";
    world.engine = Authorizer::new(Catalogue::mapp(), ring());
    assert_eq!(world.denied(), Some(Code::AccessIpUser));
    let placed = Catalogue::mapp().to_builder().integration_addresses("seewhy", list("198.51.100.0/28"));
    world.client = from("198.51.100.7");
    world.engine = Authorizer::new(placed.clone().build().unwrap(), ring());
    assert_eq!(world.denied(), Some(Code::AccessIntegration));
    let supplied = placed.integration_methods("seewhy", ["transactional.sendTransaction"]);
    world.engine = Authorizer::new(supplied.build().unwrap(), ring());
    assert_eq!(world.denied(), None);
}

#[test]
fn a_name_in_any_case_is_the_one_method_that_it_can_mean() {
    let methods = ["a.b", "A.c", "a.C", "list", "LIST", "List", "send_All"];
    let catalogue = Catalogue::builder().module("m", methods).build().unwrap();
    let found = |name| catalogue.method_any_case(name).and_then(|id| catalogue.name(id));
    for name in methods {
        assert_eq!(found(name), Some(name), "as it stands it is found whatever else there is");
    }
    assert_eq!(found("A.B"), Some("a.b"));
    assert_eq!(found("SEND_ALL"), Some("send_All"));
    assert_eq!((found("a.c"), found("lisT"), found("LIst")), (None, None, None), "of several none");
    // U+212A is a k for Unicode, and none for a name.
    for name in ["", "a.", "a.bb", "lis", "send-all", "\u{212a}", "send_a\u{2113}l", &"l".repeat(1000)] {
        assert_eq!(found(name), None, "{name}");
    }
    for catalogue in [Catalogue::antavo(), Catalogue::mapp(), Catalogue::builder().build().unwrap()] {
        for name in catalogue.methods() {
            for written in [name.to_owned(), name.to_uppercase(), name.to_lowercase()] {
                let found = catalogue.method_any_case(&written);
                assert_eq!((found, found.is_some()), (catalogue.method(name), true), "{written}");
            }
        }
        assert_eq!(catalogue.method_any_case("nothing"), None);
    }
}

#[test]
fn three_methods_of_mapp_stand_alone() {
    let alone = |catalogue: &Catalogue| {
        let stands = |name: &&str| catalogue.stands_alone(catalogue.method(name).unwrap());
        catalogue.methods().filter(stands).map(str::to_owned).collect::<Vec<_>>()
    };
    let three = ["legacy.group_clear", "legacy.message_stats", "welcome.messageStats"];
    assert_eq!(alone(&Catalogue::mapp()), three);
    assert!(alone(&Catalogue::antavo()).is_empty());
    let more = Catalogue::mapp().to_builder().alone("legacy.manage_subscriber").build().unwrap();
    assert_eq!(alone(&more).len(), 4);
    let foreign = more.method("welcome.messageStats").unwrap();
    assert!(!catalogue().stands_alone(foreign), "another catalogue's");
}

#[test]
fn a_link_is_a_url_that_a_header_can_hold() {
    let built = |url: &str| catalogue().to_builder().link("events.old", url).build();
    let longest = format!("https://a/{}", "x".repeat(502));
    let good =
        ["https://a", "http://docs.example.test:8080/a?b=c&d=%20#e", "https://[2001:db8::1]/", &longest];
    for url in good {
        let catalogue = built(url).unwrap();
        assert_eq!(catalogue.link(catalogue.method("events.old").unwrap()), Some(url));
        assert_eq!(catalogue.link(catalogue.method("events.list").unwrap()), None);
        assert_eq!(catalogue.to_builder().build(), Ok(catalogue), "a builder keeps it");
    }
    let last =
        catalogue().to_builder().link("events.old", "https://a").link("events.old", "https://b").build();
    let last = last.unwrap();
    assert_eq!(last.link(last.method("events.old").unwrap()), Some("https://b"), "the last word counts");
    let bad = [
        "",
        "https://",
        "https:///a",
        "http://?",
        "//a/b",
        "/docs",
        "mailto:a@b.test",
        "ftp://a",
        "HTTPS://a",
        " https://a",
    ];
    let inside = ["<", ">", "\"", "\\", " ", "\t", "\r", "\n", "\0", "\x7f", "é", "^", "`", "{", "|", "}"];
    let inside = inside.map(|part| format!("https://a/{part}"));
    let long = format!("{longest}x");
    for url in bad.into_iter().chain(inside.iter().map(String::as_str)).chain([long.as_str()]) {
        assert_eq!(built(url).unwrap_err(), keyward::InvalidCatalogue::Link("events.old".into()), "{url:?}");
    }
}

#[test]
fn what_cannot_be_built_is_said_with_what_to_write() {
    let builder = || catalogue().to_builder();
    for (builder, said) in [
        (
            builder().module("a b", ["x"]),
            "name \"a b\" in the catalogue; write 1 to 64 letters, digits or any of `._-`, without wildcards",
        ),
        (
            builder().method("events", "events.*"),
            "name \"events.*\" in the catalogue; write 1 to 64 letters, digits or any of `._-`, without wildcards",
        ),
        (builder().module("events", ["x"]), "module `events` added twice; name all its methods in one call"),
        (
            builder().method("coupons", "events.list"),
            "method `events.list` added twice; a method belongs to one module",
        ),
        (
            builder().method("event", "event.list"),
            "module \"event\" was not added; add it, or name one that was",
        ),
        (
            builder().lifecycle("event.list", Lifecycle::Retired),
            "method \"event.list\" is in no module; add it to one first",
        ),
        (
            builder().link("event.list", "https://docs.example.test/"),
            "method \"event.list\" is in no module; add it to one first",
        ),
        (
            builder().link("events.list", "docs.example.test"),
            "link of method `events.list` that no header can hold; write `https://` or `http://`, a host, and in all at \
             most 512 of the characters that RFC 3986 allows",
        ),
        (
            builder().lifecycle(
                "events.list",
                Lifecycle::Deprecated { since: NOW, sunset: Some(NOW.minus(Duration::from_secs(1))) },
            ),
            "method `events.list` that stops before its end is announced; let `sunset` be no earlier than `since`",
        ),
        (builder().alone("event.list"), "method \"event.list\" is in no module; add it to one first"),
        (
            builder().integration_methods("crm", ["event.list"]),
            "method \"event.list\" is in no module; add it to one first",
        ),
        (
            builder().integration("crm", ["events.list"], list("")),
            "integration `crm` added twice; name all its methods in one call",
        ),
        (
            builder().integration_addresses("erp", list("192.0.2.1")),
            "integration \"erp\" was not added; add it, or name one that was",
        ),
        (
            builder().integration_methods("erp", ["events.list"]),
            "integration \"erp\" was not added; add it, or name one that was",
        ),
        (
            builder().integration_addresses("crm", Allowlist::Any),
            "integration `crm` with any address; list the addresses that it calls from, or none",
        ),
    ] {
        assert_eq!(builder.build().unwrap_err().to_string(), said);
    }
}

#[cfg(feature = "serde")]
mod data {
    use serde_json::{Value, from_value, json, to_value};

    use super::{Catalogue, DEPRECATED, catalogue, lifecycle};

    fn form() -> Value {
        json!({
            "modules": [{ "name": "events", "methods": [
                { "name": "events.create", "lifecycle": "current", "link": null, "alone": false },
                {
                    "name": "events.import",
                    "lifecycle": { "deprecated": { "since": 1_795_348_800, "sunset": null } },
                    "link": "https://docs.example.test/import",
                    "alone": true,
                },
            ] }],
            "integrations": [{ "id": "crm", "methods": ["events.create"], "addresses": ["192.0.2.0/28"] }],
        })
    }

    #[test]
    fn a_catalogue_is_read_back_as_it_was_written() {
        for catalogue in [catalogue(), Catalogue::antavo(), Catalogue::mapp()] {
            let written = to_value(&catalogue).unwrap();
            assert_eq!(from_value::<Catalogue>(written).unwrap(), catalogue);
        }
        let read: Catalogue = from_value(form()).unwrap();
        assert_eq!(lifecycle(&read, "events.import"), DEPRECATED);
        let import = read.method("events.import").unwrap();
        assert_eq!(read.link(import), Some("https://docs.example.test/import"));
        assert!(read.stands_alone(import));
        assert_eq!(to_value(&read).unwrap(), form(), "the form is public");
    }

    #[test]
    fn what_goes_without_saying_may_be_left_out() {
        let read: Catalogue =
            from_value(json!({ "modules": [{ "name": "m", "methods": [{ "name": "m.x" }] }] })).unwrap();
        assert_eq!(read, Catalogue::builder().module("m", ["m.x"]).build().unwrap());
    }

    #[test]
    fn data_is_checked_as_a_program_is() {
        let without = |path: &str, field: &str| {
            let mut form = form();
            form.pointer_mut(path).unwrap().as_object_mut().unwrap().remove(field).unwrap();
            form
        };
        let with = |path: &str, value: Value| {
            let mut form = form();
            *form.pointer_mut(path).unwrap() = value;
            form
        };
        for (form, said) in [
            (with("/modules/0/name", json!("a*")), "name \"a*\" in the catalogue"),
            (with("/modules/0/methods/1/name", json!("events.create")), "method `events.create` added twice"),
            (with("/modules/0/methods/1/link", json!("/docs")), "link of method `events.import`"),
            (with("/integrations/0/methods/0", json!("x")), "method \"x\" is in no module"),
            (with("/integrations/0/addresses", json!("any")), "integration `crm` with any address"),
            (with("/integrations/0/addresses/0", json!("10.1")), "short form of an IPv4 address"),
            (with("/integrations/0/id", json!("")), "empty integration id"),
            (without("", "modules"), "missing field `modules`"),
            (without("/modules/0", "methods"), "missing field `methods`"),
            (without("/integrations/0", "addresses"), "missing field `addresses`"),
        ] {
            let error = from_value::<Catalogue>(form).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn a_field_that_is_not_known_is_an_error_wherever_it_stands() {
        let places = [
            "",
            "/modules/0",
            "/modules/0/methods/0",
            "/modules/0/methods/1/lifecycle/deprecated",
            "/integrations/0",
        ];
        for place in places {
            let mut form = form();
            let object = form.pointer_mut(place).unwrap().as_object_mut().unwrap();
            object.insert("comment".to_owned(), json!("x"));
            let error = from_value::<Catalogue>(form).unwrap_err().to_string();
            assert!(error.contains("unknown field `comment`"), "{place}: {error}");
        }
    }
}
