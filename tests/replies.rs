//! What refused callers get, to the byte: every code through every renderer, compared with the files under
//! tests/expected/replies.
//!
//! `KEYWARD_WRITE=1 cargo test --all-features --test replies` writes them; read what changed.

mod common;

use std::{collections::BTreeSet, env, fs, path::Path};

use common::{IMPORT, World, catalogue, ending, list, ring};
use keyward::{
    AccessLevel, AntavoErrors, Authorizer, Catalogue, Challenge, ClientAddr, Code, Denial, Fault, Forwarding,
    Headers, InvalidChallenge, Lifecycle, ModulePolicy, NoGuard, Policy, Presented, Problem, Render, Reply,
    Strength, Timestamp, TrustedProxies,
};
use serde_json::{Value, json};

const RENDERERS: [(&str, &dyn Render); 2] = [("problem", &Problem), ("antavo", &AntavoErrors)];

/// A caller of that catalogue for one method, from an address that its list has.
fn world(method: &'static str, level: AccessLevel) -> World {
    let mut world = World::with(level, list("192.0.2.0/24"));
    world.engine = Authorizer::new(ending(), ring());
    world.method = method;
    world
}

fn denied(world: &World) -> Denial {
    world.verdict().into_result().unwrap_err()
}

/// Addresses as they are learnt, none of them in a list of the worlds here.
fn clients() -> [(&'static str, ClientAddr); 5] {
    let forwarded = [("x-forwarded-for", b"203.0.113.9".as_slice())];
    let proxies = TrustedProxies::parse(Forwarding::XForwardedFor, "10.0.0.0/8").unwrap();
    let behind =
        |lines| proxies.client(Headers::lines(lines), "10.0.0.1".parse::<std::net::IpAddr>().unwrap());
    [
        ("ipv4", common::from("203.0.113.9")),
        ("ipv6", common::from("2001:db8:1234:5678:9abc:def0:1234:5678")),
        ("forwarded", behind(&forwarded)),
        ("proxy_itself", behind(&[])),
        ("unknown", ClientAddr::unknown()),
    ]
}

fn cases() -> Vec<(String, Denial)> {
    let mut all: Vec<_> = Code::ALL.iter().map(|code| (code.to_string(), Denial::new(*code))).collect();
    let mut add = |name: &str, expected: Code, denial: Denial| {
        assert_eq!(denial.code(), expected, "{name}");
        all.push((format!("{expected}.{name}"), denial));
    };
    for (name, client) in clients() {
        let mut world = World::new();
        world.client = client;
        add(name, Code::AccessIpUser, denied(&world));
        let mut world = World::with(AccessLevel::Full, keyward::Allowlist::Any);
        let policy = ModulePolicy::default().addresses(Policy::enforce(list("192.0.2.1")));
        world.account = world.account.clone().enable("events", policy);
        world.client = client;
        add(name, Code::AccessIpEndpoint, denied(&world));
    }
    let mut world = World::new();
    add("key_only", Code::CredentialInvalid, by_key(&world));
    let bare = ModulePolicy::default().strength(Policy::enforce(Strength::KeyOnly)).danger_key_only();
    world.account = world.account.clone().enable("events", bare);
    world.client = common::from("203.0.113.9");
    add("key_only", Code::AccessIpUser, by_key(&world));
    let other = || AccessLevel::custom(["events.list"]);
    add("linked", Code::EndpointRetired, denied(&world_of("events.old")));
    add("deprecated", Code::AccessMethod, denied(&self::world("events.create", other())));
    add("ending", Code::AccessMethod, denied(&self::world("coupons.issue", other())));
    let mut world = world_of("coupons.issue");
    world.account = world.account.clone().disable("coupons");
    add("ending", Code::AccessModule, denied(&world));
    let mut world = world_of("coupons.issue");
    world.client = common::from("203.0.113.9");
    add("ending", Code::AccessIpUser, denied(&world));
    all
}

fn world_of(method: &'static str) -> World {
    world(method, AccessLevel::Full)
}

fn by_key(world: &World) -> Denial {
    world.decide(Presented::key_only(world.key())).into_result().unwrap_err()
}

fn replies() -> Vec<(String, Reply)> {
    let catalogue = ending();
    let mut all = Vec::new();
    for (renderer, render) in RENDERERS {
        let named = |(name, denial): (String, Denial)| (name, render.denial(&denial, &catalogue));
        let fault = (Fault::CODE.to_owned(), render.fault(&Fault::Lookup(Box::new(NoGuard))));
        let replies = cases().into_iter().map(named).chain([fault]);
        all.extend(replies.map(|(name, reply)| (format!("{renderer}/{name}.http"), reply)));
    }
    all
}

fn text(reply: &Reply) -> String {
    let lines = reply.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
    let body = std::str::from_utf8(&reply.body).unwrap();
    format!("HTTP/1.1 {}\n{}\n{body}\n", reply.status, lines.collect::<String>())
}

fn header<'r>(reply: &'r Reply, name: &str) -> Vec<&'r str> {
    reply.headers.iter().filter(|(known, _)| *known == name).map(|(_, value)| &**value).collect()
}

#[test]
fn every_denial_is_answered_as_it_is_written_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected/replies");
    let write = env::var_os("KEYWARD_WRITE").is_some_and(|value| value == "1");
    let replies = replies();
    for (name, reply) in &replies {
        let path = root.join(name);
        if write {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text(reply)).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(text(reply), expected, "{name}");
    }
    let known: BTreeSet<_> = replies.iter().map(|(name, _)| name.clone()).collect();
    let mut found = BTreeSet::new();
    for (renderer, _) in RENDERERS {
        for entry in fs::read_dir(root.join(renderer)).unwrap() {
            found.insert(format!("{renderer}/{}", entry.unwrap().file_name().to_str().unwrap()));
        }
    }
    assert_eq!(found, known, "left: the files; right: what there is to answer");
}

/// An object with exactly these members, in any order.
fn members(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn problem_details_are_one_object_of_their_public_face() {
    let catalogue = ending();
    for (name, denial) in cases() {
        let reply = Problem.denial(&denial, &catalogue);
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        let expected = BTreeSet::from(["type", "title", "status", "detail", "code"]);
        assert_eq!(members(&body), expected, "{name}");
        let public = denial.public();
        assert_eq!(body["type"], "about:blank");
        assert_eq!(body["status"], public.status());
        assert_eq!(body["detail"], public.to_string());
        assert_eq!(body["code"], public.code());
        assert_ne!(body["title"], "Error", "{name} has a phrase");
        assert_eq!(reply.status, public.status());
        assert_eq!(header(&reply, "content-type"), ["application/problem+json"]);
    }
    let reply = Problem.fault(&Fault::WrongSubject);
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(
        body,
        json!({
            "type": "about:blank", "title": "Service Unavailable", "status": 503, "detail": Fault::PUBLIC,
            "code": "backend.unavailable",
        })
    );
    assert_eq!(header(&reply, "retry-after"), ["10"]);
}

#[test]
fn no_key_at_all_is_answered_as_antavo_answers_it() {
    let world = World::new();
    let denial = world.lines(&[]).into_result().unwrap_err();
    let reply = AntavoErrors.denial(&denial, world.engine.catalogue());
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    let error = json!({ "type": "UnauthorizedException", "code": 0, "message": "No api_key provided" });
    assert_eq!((reply.status, body), (401, json!({ "error": error })));
    assert_eq!(header(&reply, "www-authenticate").len(), 1);
}

#[test]
fn antavos_envelope_has_a_type_after_its_status_and_nothing_but_the_public_sentence() {
    let catalogue = ending();
    for (name, denial) in cases() {
        let reply = AntavoErrors.denial(&denial, &catalogue);
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(members(&body), BTreeSet::from(["error"]));
        let error = &body["error"];
        assert_eq!(members(error), BTreeSet::from(["type", "code", "message"]), "{name}");
        let exception = match denial.public().status() {
            400 => "BadRequestException",
            401 => "UnauthorizedException",
            403 => "ForbiddenException",
            404 => "NotFoundException",
            410 => "GoneException",
            413 => "ContentTooLargeException",
            429 => "TooManyRequestsException",
            other => panic!("{other} of {name}"),
        };
        assert_eq!((&error["type"], &error["code"]), (&json!(exception), &json!(0)));
        let message = match denial.code() {
            Code::CredentialMissing => "No api_key provided".to_owned(),
            Code::EndpointUnknown => "Not Found".to_owned(),
            _ => denial.public().to_string(),
        };
        assert_eq!(error["message"], message);
        assert_eq!(header(&reply, "content-type"), ["application/json"]);
    }
}

#[test]
fn outside_a_filter_the_reply_is_403_with_the_callers_address() {
    for (name, denial) in cases().iter().filter(|(name, _)| name.starts_with("access.ip_endpoint.")) {
        for (renderer, render) in RENDERERS {
            let reply = render.denial(denial, &ending());
            let body = String::from_utf8(reply.body).unwrap();
            assert_eq!(reply.status, 403, "{name}");
            let learnt = ["ipv4", "ipv6", "forwarded"].iter().any(|known| name.ends_with(known));
            let address = denial.client().ip().filter(|_| learnt).map(|ip| ip.to_string());
            let said =
                format!("calls from {} ", address.as_deref().unwrap_or("an address that cannot be told"));
            assert!(body.contains(&said), "{renderer} {name}: {body}");
            assert!(renderer != "antavo" || body.contains("ForbiddenException"));
        }
    }
}

#[test]
fn every_reply_is_for_one_caller_and_a_401_says_how_to_come_back() {
    for (name, reply) in replies() {
        assert_eq!(header(&reply, "cache-control"), ["no-store"], "{name}");
        assert_eq!(header(&reply, "www-authenticate").len(), usize::from(reply.status == 401), "{name}");
        let waits = matches!(reply.status, 429 | 503);
        assert_eq!(header(&reply, "retry-after").len(), usize::from(waits), "{name}");
        for (name, value) in &reply.headers {
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
            assert!(value.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{value}");
        }
    }
}

#[test]
fn what_goes_away_is_said_to_whoever_may_know_of_the_method() {
    let notice = |world: &World, code: Code| {
        let denial = denied(world);
        assert_eq!(denial.code(), code);
        let reply = Problem.denial(&denial, world.engine.catalogue());
        ["deprecation", "sunset", "link"].map(|name| header(&reply, name).join(", "))
    };
    let none = AccessLevel::custom([""; 0]);
    let both = format!("<{IMPORT}>; rel=\"deprecation sunset\"");
    let ending = ["@1795348800", "Fri, 01 Jan 2027 12:00:00 GMT", &both];
    let nothing = [""; 3];
    assert_eq!(notice(&world("coupons.issue", none.clone()), Code::AccessMethod), ending);
    assert_eq!(notice(&world("events.create", none.clone()), Code::AccessMethod), ["@1795348800", "", ""]);
    assert_eq!(notice(&world("coupons.list", none), Code::AccessMethod), nothing, "it stays");
    assert_eq!(notice(&world_of("events.old"), Code::EndpointRetired), ["", "", &both]);
    let mut world = world_of("coupons.issue");
    world.account = world.account.clone().disable("coupons");
    assert_eq!(notice(&world, Code::AccessModule), ending);
    // Before a method was looked for, an answer that shows it would tell which there are.
    for client in ["203.0.113.9", "2001:db8::9"] {
        for method in ["coupons.issue", "events.old"] {
            let mut world = world_of(method);
            world.client = common::from(client);
            assert_eq!(notice(&world, Code::AccessIpUser), nothing);
        }
    }
}

#[test]
fn a_granted_call_brings_the_notice_of_its_method() {
    let notices = |world: &World| {
        let notices = world.granted().notices(world.engine.catalogue());
        notices.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
    };
    assert_eq!(notices(&world_of("events.create")), ["deprecation: @1795348800"]);
    assert_eq!(
        notices(&world_of("coupons.issue")),
        [
            "deprecation: @1795348800".to_owned(),
            "sunset: Fri, 01 Jan 2027 12:00:00 GMT".to_owned(),
            format!("link: <{IMPORT}>; rel=\"deprecation sunset\""),
        ]
    );
    let mut world = world_of("events.list");
    assert!(notices(&world).is_empty());
    let current = catalogue().to_builder().link("events.list", IMPORT).build().unwrap();
    world.engine = Authorizer::new(current, ring());
    assert!(notices(&world).is_empty(), "a page about an end that nobody announced");
}

#[test]
fn a_date_that_no_header_can_hold_is_left_out() {
    for (since, sunset, expected) in [
        (i64::MIN, i64::MAX, &["link"][..]),
        (0, i64::MAX, &["deprecation: @0", "link"]),
        (-1, 253_402_300_799, &["deprecation: @-1", "sunset: Fri, 31 Dec 9999 23:59:59 GMT", "link"]),
        (253_402_300_800, 253_402_300_800, &["link"]),
    ] {
        let (since, sunset) = (Timestamp::from_unix(since), Some(Timestamp::from_unix(sunset)));
        let lifecycle = Lifecycle::Deprecated { since, sunset };
        let catalogue = ending().to_builder().lifecycle("coupons.issue", lifecycle).build().unwrap();
        let mut world = world_of("coupons.issue");
        world.engine = Authorizer::new(catalogue, ring());
        let notices = world.granted().notices(world.engine.catalogue());
        let found = notices.map(|(name, value)| match name {
            "link" => name.to_owned(),
            _ => format!("{name}: {value}"),
        });
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn another_challenge_takes_the_place_of_the_first_and_stands_on_no_other_status() {
    let challenge = Challenge::new("ANTAVO-HMAC-SHA256 realm=\"api\"").unwrap();
    for code in Code::ALL {
        let reply = Problem.denial(&Denial::new(*code), &ending());
        let changed = reply.clone().challenge(&challenge);
        if code.status() == 401 {
            assert_eq!(header(&changed, "www-authenticate"), ["ANTAVO-HMAC-SHA256 realm=\"api\""]);
            assert_eq!(changed.headers.len(), reply.headers.len());
        } else {
            assert_eq!(changed, reply);
        }
    }
}

#[test]
fn a_challenge_is_what_a_header_can_hold() {
    let longest = format!("Bearer realm=\"{}\"", "x".repeat(497));
    for good in
        ["Negotiate", "Basic YQ==, Bearer realm=\"a, b\"", "A realm=\"\\\"\"", "A realm=\"\\\\\"", &longest]
    {
        assert!(Challenge::new(good.to_owned()).is_ok(), "{good}");
    }
    for (bad, error) in [
        (format!("{longest} "), InvalidChallenge::TooLong),
        ("Bearer realm=\"a\"\r\nset-cookie: a".into(), InvalidChallenge::Character(16)),
        ("Bearer realm=\"ä\"".into(), InvalidChallenge::Character(14)),
        ("Bearer\trealm".into(), InvalidChallenge::Character(6)),
        (String::new(), InvalidChallenge::NoScheme),
        (" Bearer".into(), InvalidChallenge::NoScheme),
        ("\"Bearer\"".into(), InvalidChallenge::NoScheme),
        ("Bearer, Basic".into(), InvalidChallenge::NoScheme),
        ("Bearer ".into(), InvalidChallenge::Unfinished),
        ("Bearer realm=\"api".into(), InvalidChallenge::Unfinished),
        ("Bearer realm=\"api\\\"".into(), InvalidChallenge::Unfinished),
    ] {
        assert_eq!(Challenge::new(bad.clone()), Err(error), "{bad:?}");
    }
}

#[test]
fn whoever_writes_a_renderer_makes_replies() {
    struct Plain;
    impl Render for Plain {
        fn denial(&self, denial: &Denial, _: &Catalogue) -> Reply {
            Reply::new(denial.public().status(), "text/plain", denial.to_string().into_bytes())
        }
        fn fault(&self, _: &Fault) -> Reply {
            Reply::new(Fault::STATUS, "text/plain", Fault::PUBLIC.into())
        }
    }
    let reply = Plain.denial(&Denial::new(Code::EndpointUnknown), &ending());
    assert_eq!(
        text(&reply),
        "HTTP/1.1 404\ncontent-type: text/plain\n\nthere is no such endpoint; check method and path\n"
    );
    assert_eq!(Plain.fault(&Fault::Unclaimed).status, 503);
    assert!(!format!("{reply:?}").contains("endpoint"), "a body may be somebody's own");
}

#[cfg(feature = "http")]
mod as_http {
    use super::{Catalogue, Code, Denial, Problem, Render, Reply, replies};

    #[test]
    fn a_reply_is_the_same_as_a_response_of_the_http_crate() {
        for (name, reply) in replies() {
            let response: http::Response<Vec<u8>> = reply.clone().into_http();
            assert_eq!(response.status().as_u16(), reply.status, "{name}");
            assert_eq!(response.headers().len(), reply.headers.len(), "{name}");
            for (header, value) in &reply.headers {
                assert_eq!(response.headers()[*header], **value, "{name}");
            }
            assert_eq!(*response.body(), reply.body);
        }
    }

    #[test]
    fn what_http_does_not_have_is_left_out_of_a_reply_that_was_changed() {
        let mut reply = Problem.denial(&Denial::new(Code::EndpointUnknown), &Catalogue::antavo());
        reply.headers.push(("x-broken", "a\r\nset-cookie: b=c".into()));
        reply.headers.push(("x-broken", "a\nb".to_owned().into()));
        reply.headers.push(("not a name", "a".into()));
        reply.headers.push(("X-Upper", "a".into()));
        reply.headers.push(("link", "<https://a>".to_owned().into()));
        reply.headers.push(("link", "<https://b>".into()));
        let response: http::Response<Vec<u8>> = reply.into_http();
        let names: Vec<_> = response.headers().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["content-type", "cache-control", "x-upper", "link", "link"]);
        for (status, expected) in [(99, 500), (1000, 500), (0, 500), (100, 100), (999, 999)] {
            let response: http::Response<Vec<u8>> = Reply::new(status, "text/plain", Vec::new()).into_http();
            assert_eq!(response.status().as_u16(), expected);
        }
    }
}
