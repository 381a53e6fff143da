//! Bare keys in the query and in forms: read where they are accepted, and never more than a key.

mod common;

use common::{World, code};
use keyward::{
    Accept, Authorizer, BodyHasher, BodyNeed, Code, Fault, HashAlg, Headers, ModulePolicy, Payload, Policy,
    RequestHead, Strength, Verdict,
};

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// A world whose events take a bare key, and whose engine reads it from everywhere.
fn world(accept: Accept) -> World {
    let mut world = World::new();
    let policy = ModulePolicy::default().strength(Policy::enforce(Strength::KeyOnly)).danger_key_only();
    world.account = world.account.enable("events", policy);
    world.engine = Authorizer::new(common::catalogue(), common::ring()).accept(accept);
    world
}

fn decide(world: &World, target: &str, lines: &[(&str, &str)], body: Option<Payload<'_>>) -> Option<Code> {
    let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    let mut presented = world.engine.present(RequestHead::new("POST", target, Headers::lines(&lines)));
    if let Some(body) = body {
        presented.set_body(body);
    }
    code(&world.decide(presented))
}

#[test]
fn a_key_in_the_query_is_read_where_it_is_accepted_and_nowhere_else() {
    let on = world(Accept::headers().query_key());
    let target = format!("/events?a=b&api_key={}", on.key());
    assert_eq!(decide(&on, &target, &[], None), None);
    assert_eq!(decide(&world(Accept::headers()), &target, &[], None), Some(Code::CredentialMissing));
    let absolute = format!("https://api.example.test{target}");
    assert_eq!(decide(&on, &absolute, &[], None), None);
}

#[test]
fn a_key_alone_is_no_secret_wherever_it_stood() {
    let mut world = world(Accept::headers().query_key());
    world.account = world.account.enable("events", ModulePolicy::default());
    let target = format!("/events?api_key={}", world.key());
    assert_eq!(decide(&world, &target, &[], None), Some(Code::CredentialInvalid));
}

#[test]
fn a_key_in_a_form_is_read_once_the_body_is_given() {
    let world = world(Accept::headers().form_key());
    let form = format!("type=checkin&api_key={}", world.key());
    let lines = [("content-type", FORM.as_bytes())];
    let head = RequestHead::new("POST", "/events", Headers::lines(&lines));
    let mut presented = world.engine.present(head);
    assert_eq!((presented.body_need(), presented.key_id()), (BodyNeed::Bytes, None));
    presented.set_body(Payload::Bytes(form.as_bytes()));
    assert_eq!((presented.body_need(), presented.key_id()), (BodyNeed::Nothing, Some(world.key())));
    assert!(matches!(world.decide(presented), Verdict::Allow(_)));
}

#[test]
fn nothing_is_decided_before_the_body_is_given() {
    let world = world(Accept::headers().form_key());
    let bearer = format!("Bearer {}", world.revealed.token().expose());
    for lines in [&[("content-type", FORM)][..], &[("content-type", FORM), ("authorization", &bearer)]] {
        let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let presented = world.engine.present(RequestHead::new("POST", "/events", Headers::lines(&lines)));
        let fault = world.engine.authorize(presented, world.subject(), &world.ask()).unwrap_err();
        assert!(matches!(fault, Fault::BodyUnread));
    }
}

#[test]
fn only_forms_are_asked_for() {
    let world = world(Accept::headers().form_key());
    for (content_type, need) in [
        (FORM, BodyNeed::Bytes),
        ("Application/X-WWW-Form-Urlencoded", BodyNeed::Bytes),
        ("application/json", BodyNeed::Nothing),
        ("multipart/form-data; boundary=x", BodyNeed::Nothing),
        ("application/x-www-form-urlencoded2", BodyNeed::Nothing),
    ] {
        let lines = [("content-type", content_type.as_bytes())];
        let head = RequestHead::new("POST", "/", Headers::lines(&lines));
        assert_eq!(world.engine.present(head).body_need(), need, "{content_type}");
        let plain = Authorizer::new(common::catalogue(), common::ring());
        assert_eq!(plain.present(head).body_need(), BodyNeed::Nothing);
    }
}

#[test]
fn two_keys_are_read_only_if_they_are_one() {
    let world = world(Accept::headers().query_key().form_key());
    let key = world.key();
    let (bearer, form) = (format!("Bearer {}", world.revealed.token().expose()), format!("api_key={key}"));
    let (same, other) = (format!("/?api_key={key}"), "/?api_key=another");
    let auth = [("authorization", bearer.as_str())];
    assert_eq!(decide(&world, &same, &auth, None), None);
    assert_eq!(decide(&world, other, &auth, None), Some(Code::CredentialMalformed));
    let typed = [("content-type", FORM)];
    let given =
        |target: &str, body: &str| decide(&world, target, &typed, Some(Payload::Bytes(body.as_bytes())));
    assert_eq!(given(&same, &form), None);
    assert_eq!(given(other, &form), Some(Code::CredentialMalformed));
    assert_eq!(given("/", &format!("{form}&{form}")), Some(Code::CredentialMalformed));
    assert_eq!(given(&format!("{same}&api%5Fkey={key}"), ""), Some(Code::CredentialMalformed));
    assert_eq!(given("/", ""), Some(Code::CredentialMissing));
    assert_eq!(given("/", "api_key="), Some(Code::CredentialMalformed));
}

#[test]
fn a_key_beside_a_wrong_secret_does_not_help() {
    let world = world(Accept::headers().query_key());
    let wrong = format!("Bearer {}:wrong", world.key());
    let target = format!("/?api_key={}", world.key());
    assert_eq!(decide(&world, &target, &[("authorization", &wrong)], None), Some(Code::CredentialInvalid));
    let unread = [("authorization", "Digest x")];
    assert_eq!(decide(&world, &target, &unread, None), Some(Code::CredentialMalformed), "nothing falls back");
}

#[test]
fn a_digest_holds_no_key_and_an_absent_body_none_either() {
    let world = world(Accept::headers().form_key());
    let typed = [("content-type", FORM)];
    let digest = BodyHasher::new(HashAlg::Sha256).finish();
    assert_eq!(decide(&world, "/", &typed, Some(Payload::Digest(digest))), Some(Code::CredentialMalformed));
    assert_eq!(decide(&world, "/", &typed, Some(Payload::Absent)), Some(Code::CredentialMissing));
}

#[test]
fn a_body_that_nobody_asked_for_changes_nothing() {
    let world = world(Accept::headers());
    let form = format!("api_key={}", world.key());
    let body = Payload::Bytes(form.as_bytes());
    assert_eq!(decide(&world, "/", &[("content-type", FORM)], Some(body)), Some(Code::CredentialMissing));
    assert_eq!(format!("{body:?}"), format!("Payload({} bytes)", form.len()));
}

#[test]
fn a_secret_in_the_query_is_not_taken_for_a_key() {
    let world = world(Accept::headers().query_key());
    for mixed_up in [world.revealed.secret().expose(), &world.revealed.token().expose()[..50]] {
        let target = format!("/?api_key={mixed_up}");
        assert_eq!(decide(&world, &target, &[], None), Some(Code::CredentialMalformed));
    }
}

#[test]
fn a_carrier_that_is_not_accepted_is_not_read() {
    let with = |accept| {
        let mut world = World::new();
        world.engine = Authorizer::new(common::catalogue(), common::ring()).accept(accept);
        world
    };
    let all = with(Accept::headers());
    let (key, secret) = (all.key().to_string(), all.revealed.secret().expose().to_owned());
    let bearer = format!("Bearer {key}:{secret}");
    let pair = [("x-api-key", key.as_str()), ("x-api-secret", secret.as_str())];
    let only_pair = with(Accept::none().header_pair());
    assert_eq!(code(&only_pair.lines(&pair)), None);
    assert_eq!(code(&only_pair.lines(&[("authorization", &bearer)])), Some(Code::CredentialMalformed));
    let token = format!("Bearer {}", only_pair.revealed.token().expose());
    assert_eq!(code(&only_pair.lines(&[("authorization", &token)])), Some(Code::CredentialMalformed));
    let only_bearer = with(Accept::none().bearer());
    assert_eq!(code(&only_bearer.lines(&[("authorization", &bearer)])), None);
    assert_eq!(code(&only_bearer.lines(&pair)), Some(Code::CredentialMissing));
    let beside = [("authorization", bearer.as_str()), ("x-api-key", "another")];
    assert_eq!(
        code(&only_bearer.lines(&beside)),
        None,
        "a header that means nothing is no second credential"
    );
    for scheme in ["ApiKey", "Basic"] {
        let line = format!("{scheme} {key}:{secret}");
        assert_eq!(code(&only_bearer.lines(&[("authorization", &line)])), Some(Code::CredentialMalformed));
    }
}

#[test]
fn a_key_beside_a_token_has_to_be_its_own_wherever_either_stands() {
    for accept in [Accept::headers().query_key(), Accept::headers().query_key().form_key()] {
        let world = world(accept);
        let token = format!("Bearer {}", world.revealed.token().expose());
        let lines = [("authorization", token.as_str())];
        let query =
            |key: &str| decide(&world, &format!("/events?api_key={key}"), &lines, Some(Payload::Bytes(b"")));
        assert_eq!(query(world.key().as_str()), None);
        assert_eq!(query("kwk_0000000000000000"), Some(Code::CredentialMalformed));
    }
    let world = world(Accept::headers().form_key());
    let token = format!("Bearer {}", world.revealed.token().expose());
    let lines = [("authorization", token.as_str()), ("content-type", FORM)];
    let form = |key: &str| {
        decide(&world, "/events", &lines, Some(Payload::Bytes(format!("api_key={key}").as_bytes())))
    };
    assert_eq!(form(world.key().as_str()), None);
    assert_eq!(form("kwk_0000000000000000"), Some(Code::CredentialMalformed));
}

#[test]
fn a_token_with_a_colon_in_it_is_none() {
    let world = World::new();
    let token = world.revealed.token().expose();
    for place in token.len() - 45..token.len() {
        let line = format!("Bearer {}:{}", &token[..place], &token[place + 1..]);
        let lines = [("authorization", line.as_bytes())];
        let presented = world.engine.present(RequestHead::new("GET", "/", Headers::lines(&lines)));
        assert_ne!(presented.key_id(), Some(world.key()), "{place}");
    }
}
