//! What clients of the XML API are answered, in both formats: refusals of a POST, and the calls of one.
#![cfg(feature = "mapp")]

mod common;
#[path = "common/mapp.rs"]
mod reading;

use std::{collections::BTreeMap, env, fs, path::Path};

use common::{World, catalogue, from, list};
use keyward::{
    AccessLevel, AddrSource, Authorizer, CallOutcome, ClientAddr, Code, Denial, Fault, Forwarding, Headers,
    Render, Reply, TrustedProxies,
    mapp::{Answer, Envelope, ResponseType, Value, Wording},
};
use reading::{Key, Php, Tree, read_php, read_xml};

const TYPES: [ResponseType; 2] = [ResponseType::Xml, ResponseType::Php];

fn text(reply: &Reply) -> &str {
    std::str::from_utf8(&reply.body).unwrap()
}

/// The items of an answer, which both formats carry alike.
fn items(of: impl Fn(Envelope) -> Reply) -> Vec<Tree> {
    let tree = read_xml(text(&of(Envelope::new(ResponseType::Xml)))).unwrap();
    let php = read_php(text(&of(Envelope::new(ResponseType::Php)))).unwrap();
    assert_eq!(php, tree.php(), "both formats carry one tree");
    let Some(Tree::Group(items)) = tree.member("methodResponse") else {
        panic!("no group of items: {tree:?}")
    };
    assert!(!items.is_empty() && items.iter().all(|(name, _)| name == "item"));
    items.iter().map(|(_, item)| item.clone()).collect()
}

fn batch(names: &[&'static str], outcomes: impl Fn() -> Vec<CallOutcome<Answer>>) -> Vec<Tree> {
    items(|envelope| envelope.batch(names.iter().copied(), outcomes()))
}

/// Number, and the text of an error; `ok` for a success.
fn outline(items: &[Tree]) -> Vec<String> {
    let field = |item: &Tree, name| match item.member(name) {
        Some(Tree::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let line = |item| match field(item, "error").as_str() {
        "" => format!("{} ok", field(item, "responseNum")),
        error => format!(
            "{} {error} {} {}/{}",
            field(item, "responseNum"),
            field(item, "responseText"),
            field(item, "totalCompleted"),
            field(item, "totalRequests")
        ),
    };
    items.iter().map(line).collect()
}

/// A denial because of the client's address, as the engine gives it.
fn refused(client: ClientAddr) -> Denial {
    let mut world = World::with(AccessLevel::Full, list("192.0.2.0/24"));
    world.client = client;
    let denial = world.verdict().into_result().unwrap_err();
    assert_eq!(denial.code(), Code::AccessIpUser);
    denial
}

fn expected(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected/mapp")
}

/// Compares with what is committed; `KEYWARD_WRITE=1` writes it anew.
fn committed(name: &str, found: &str) {
    if env::var_os("KEYWARD_WRITE").is_some_and(|value| value == "1") {
        fs::write(folder().join(name), found).unwrap();
    }
    assert_eq!(found, expected(name), "tests/expected/mapp/{name}");
}

#[test]
fn a_refused_address_is_answered_as_the_vendor_does_to_the_byte() {
    // Written by hand from the manual and never by a test.
    let fixture = expected("refused_address.xml");
    let denial = || refused(from("208.79.252.143"));
    let envelope = Envelope::default();
    for reply in [
        envelope.refused(&denial()),
        envelope.denial(&denial(), &catalogue()),
        envelope.batch(["legacy.bulk_sync"], vec![CallOutcome::Refused(denial())]),
    ] {
        assert_eq!(text(&reply), fixture);
        assert_eq!(reply.status, 200);
    }

    // The manual's own print wraps the sentence.
    let printed = "<methodResponse>\n<item>\n<error><![CDATA[1]]></error>\n\
        <responseText><![CDATA[Invalid Request IP: Please add request_ip to\n\
        the API Whitelist in your account. (Account -> Edit Account: API Tab)]]></responseText>\n\
        <responseData>\n<request_ip><![CDATA[208.79.252.143]]></request_ip>\n</responseData>\n\
        <responseNum><![CDATA[1]]></responseNum>\n<totalRequests><![CDATA[1]]></totalRequests>\n\
        <totalCompleted><![CDATA[0]]></totalCompleted>\n</item>\n</methodResponse>\n";
    let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(folded(&fixture), folded(printed));
}

#[test]
fn request_ip_is_the_clients_address_behind_proxies_too() {
    let proxies = TrustedProxies::parse(Forwarding::XForwardedFor, "10.0.0.0/8").unwrap();
    let behind = |value: &str| {
        let lines = [("X-Forwarded-For", value.as_bytes())];
        proxies.client(Headers::lines(&lines), "10.0.0.1".parse().ok())
    };
    let stripped = proxies.client(Headers::lines(&[]), "10.0.0.1".parse().ok());
    assert_eq!(stripped.source(), AddrSource::ProxyItself);
    for (client, told) in [
        (from("203.0.113.9"), "203.0.113.9"),
        (behind("203.0.113.9"), "203.0.113.9"),
        (behind("198.51.100.7, 203.0.113.9, 10.0.0.2"), "203.0.113.9"),
        (behind("2001:DB8:0:0::9"), "2001:db8::9"),
        (behind("::ffff:203.0.113.9"), "203.0.113.9"),
        // Not the proxy's own address: it is no client's, and no list would let it in.
        (stripped, ""),
        (behind("unknown"), ""),
        (ClientAddr::unknown(), ""),
    ] {
        let [item] = &items(|envelope| envelope.refused(&refused(client)))[..] else { panic!("one item") };
        assert_eq!(item.member("responseData"), Some(&Tree::group([("request_ip", Tree::text(told))])));
    }
}

#[test]
fn a_wrong_pair_is_answered_with_445_and_every_401_like_it() {
    let of = |code| items(|envelope| envelope.calls(3).refused(&Denial::new(code)));
    let wrong = of(Code::CredentialInvalid);
    let data = Tree::group([("responseCode", Tree::text("445"))]);
    let fields = [
        ("error", Tree::text("1")),
        ("responseText", Tree::text("Could not authenticate")),
        ("responseData", data),
        ("responseNum", Tree::text("1")),
        ("totalRequests", Tree::text("3")),
        ("totalCompleted", Tree::text("0")),
    ];
    assert_eq!(wrong, [Tree::group(fields)]);
    for code in Code::ALL {
        assert_eq!(of(*code) == wrong, code.status() == 401, "{code}");
    }
}

#[test]
fn every_denial_is_answered_as_committed() {
    for response_type in TYPES {
        let envelope = Envelope::new(response_type).calls(2);
        let mut said: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let mut order = Vec::new();
        let mut say = |name, reply: Reply| {
            let headers: String =
                reply.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
            let answer = format!("{}\n{headers}{}\n", reply.status, text(&reply).trim_end());
            if !said.contains_key(&answer) {
                order.push(answer.clone());
            }
            said.entry(answer).or_default().push(name);
        };
        for code in Code::ALL {
            let reply = envelope.refused(&Denial::new(*code));
            assert_eq!(reply.status, 200, "{code}");
            assert_eq!(envelope.denial(&Denial::new(*code), &catalogue()), reply);
            say(code.as_str(), reply);
        }
        say(Fault::CODE, envelope.fault(&Fault::WrongSubject));
        let page: String =
            order.iter().map(|answer| format!("== {}\n{answer}\n", said[answer].join(", "))).collect();
        committed(&format!("denials.{response_type}.txt"), &page);
    }
}

fn every_outcome() -> Vec<CallOutcome<Answer>> {
    let segments = Value::fields([
        ("total", Value::from(2)),
        ("segments", Value::list([Value::fields([("id", "1")]), Value::fields([("id", "2")])])),
    ]);
    vec![
        CallOutcome::Done(Answer::new(segments).text("Two segments")),
        CallOutcome::Done(Answer::new("").text(Value::list(["Cache rebuilt", "Sent"])).without_code()),
        CallOutcome::Failed(Answer::missing_variables(["group_id"])),
        CallOutcome::Failed(Answer::failure(
            "No such segment",
            Value::fields([("group_id", "7 <&]]> \u{1F600}")]),
        )),
        CallOutcome::Refused(Denial::new(Code::EndpointUnknown)),
        CallOutcome::Refused(Denial::new(Code::AccessMethod)),
        CallOutcome::Refused(refused(from("203.0.113.9"))),
        CallOutcome::Refused(Denial::new(Code::CredentialInvalid)),
        CallOutcome::Refused(Denial::new(Code::BatchAlone)),
        CallOutcome::Abandoned,
        CallOutcome::Fault(Fault::WrongSubject),
        CallOutcome::NotRun,
    ]
}

const NAMES: [&str; 12] = [
    "account.getStaticSegments",
    "Transactional.REBUILDTEMPLATE",
    "legacy.group_clear",
    "legacy.group_rename",
    "legacy.]]>&<b>",
    "legacy.bulk_sync",
    "legacy.bulk_sync",
    "legacy.bulk_sync",
    "legacy.message_stats",
    "legacy.send_campaign",
    "legacy.send_campaign",
    "legacy.send_campaign",
];

#[test]
fn the_calls_of_a_post_are_answered_as_committed() {
    for response_type in TYPES {
        let reply = Envelope::new(response_type).batch(NAMES, every_outcome());
        assert_eq!(reply.status, 200);
        committed(&format!("batch.{response_type}"), text(&reply));
    }
    let items = batch(&NAMES, every_outcome);
    let expected = [
        "1 ok",
        "2 ok",
        "3 1 Missing variables 2/12",
        "4 1 No such segment 2/12",
        "5 1 Incorrect Action Specified 2/12",
        "6 1 Incorrect Action Specified 2/12",
        "7 1 Invalid Request IP: Please add request_ip to the API Whitelist in your account. (Account -> Edit Account: API Tab) 2/12",
        "8 1 Could not authenticate 2/12",
        "9 1 This method must be the only call of its POST; send it by itself 2/12",
        "10 1 Interrupted, and may have taken effect 2/12",
        "11 1 Not run, the service is unavailable; try again later 2/12",
    ];
    assert_eq!(outline(&items), expected);
}

#[test]
fn the_fields_of_an_item_are_the_vendors_in_its_order() {
    let names = |item: &Tree| item.names().join(" ");
    let done = batch(&["a.b"], || vec![CallOutcome::Done(Answer::new(""))]);
    assert_eq!(names(&done[0]), "methodName responseCode responseText responseData responseNum");
    let failed = batch(&["a.b"], || vec![CallOutcome::Failed(Answer::new("").code(500))]);
    let error = "error responseText responseData responseNum totalRequests totalCompleted";
    assert_eq!(names(&failed[0]), format!("methodName {error}"), "an error has no code of its own");
    let whole = items(|envelope| envelope.failed(Answer::failure("No XML", "")));
    assert_eq!(names(&whole[0]), error);
    let unnamed = batch(&[], || vec![CallOutcome::Abandoned]);
    assert_eq!(names(&unnamed[0]), error, "a name that was not given is not invented");
}

#[test]
fn what_a_call_succeeded_with_has_a_code_of_three_digits() {
    let code = |answer: fn() -> Answer| {
        let items = batch(&["a.b"], || vec![CallOutcome::Done(answer())]);
        items[0].member("responseCode").cloned()
    };
    assert_eq!(code(|| Answer::new("")), Some(Tree::text("201")));
    assert_eq!(code(|| Answer::new("").code(202)), Some(Tree::text("202")));
    assert_eq!(code(|| Answer::new("").code(7)), Some(Tree::text("100")));
    assert_eq!(code(|| Answer::new("").code(u16::MAX)), Some(Tree::text("999")));
    assert_eq!(code(|| Answer::new("").without_code()), None);
    let items = batch(&["utilities.checkemail"], || {
        vec![CallOutcome::Done(Answer::new(Value::fields([("valid", 1)])).text("The user has been added"))]
    });
    let fields = [
        ("methodName", Tree::text("utilities.checkemail")),
        ("responseCode", Tree::text("201")),
        ("responseText", Tree::text("The user has been added")),
        ("responseData", Tree::group([("valid", Tree::text("1"))])),
        ("responseNum", Tree::text("1")),
    ];
    assert_eq!(items, [Tree::group(fields)]);
}

#[test]
fn missing_variables_are_named_in_one_text() {
    for (names, told) in
        [(&["group_id"][..], "group_id"), (&["group_id", "email"], "group_id,email"), (&[], "")]
    {
        let items = batch(&["legacy.group_clear"], || {
            vec![CallOutcome::Failed(Answer::missing_variables(names.iter().copied()))]
        });
        let fields = [
            ("methodName", Tree::text("legacy.group_clear")),
            ("error", Tree::text("1")),
            ("responseText", Tree::text("Missing variables")),
            ("responseData", Tree::group([("missing_vars", Tree::text(told))])),
            ("responseNum", Tree::text("1")),
            ("totalRequests", Tree::text("1")),
            ("totalCompleted", Tree::text("0")),
        ];
        assert_eq!(items, [Tree::group(fields)]);
    }
}

#[test]
fn unknown_and_refused_methods_are_incorrect_actions_unless_worded_otherwise() {
    let of = |code, wording: &Wording| {
        let items = items(|envelope| {
            let outcomes = vec![CallOutcome::Refused(Denial::new(code))];
            envelope.wording(wording.clone()).batch(["Legacy.Bulk_Sync"], outcomes)
        });
        assert_eq!(items[0].member("methodName"), Some(&Tree::text("Legacy.Bulk_Sync")), "as it was sent");
        assert_eq!(items[0].member("responseData"), Some(&Tree::text("")));
        outline(&items).remove(0)
    };
    let refused = [Code::AccessMethod, Code::AccessModule, Code::AccessIntegration];
    let plain = Wording::default();
    for code in refused.into_iter().chain([Code::EndpointUnknown]) {
        assert_eq!(of(code, &plain), "1 1 Incorrect Action Specified 0/1", "{code}");
    }
    let mut worded = Wording::default();
    worded.refused_method = "Not yours".into();
    assert!(refused.into_iter().all(|code| of(code, &worded) == "1 1 Not yours 0/1"));
    assert_eq!(of(Code::EndpointUnknown, &worded), "1 1 Incorrect Action Specified 0/1");
}

type Outcomes<'o> = &'o dyn Fn() -> Vec<CallOutcome<Answer>>;

#[test]
fn what_was_not_reached_is_absent_behind_an_error_and_said_where_there_is_none() {
    use CallOutcome::{Abandoned, Done, Failed, Fault as Broken, NotRun, Refused};
    let done = || Done(Answer::new(""));
    let failed = || Failed(Answer::failure("no", ""));
    let unknown = || Refused(Denial::new(Code::EndpointUnknown));
    let fault = || Broken(Fault::WrongSubject);
    let down = "Not run, the service is unavailable; try again later";
    let interrupted = "Interrupted, and may have taken effect";
    let cases: [(Outcomes<'_>, u16, &[String]); 14] = [
        (&|| vec![done(), done()], 200, &["1 ok".into(), "2 ok".into()]),
        (&|| vec![failed(), NotRun, NotRun], 200, &["1 1 no 0/3".into()]),
        (
            &|| vec![done(), unknown(), NotRun],
            200,
            &["1 ok".into(), "2 1 Incorrect Action Specified 1/3".into()],
        ),
        (
            &|| vec![failed(), done(), failed()],
            200,
            &["1 1 no 1/3".into(), "2 ok".into(), "3 1 no 1/3".into()],
        ),
        (&|| vec![Abandoned, NotRun], 200, &[format!("1 1 {interrupted} 0/2")]),
        (
            &|| vec![failed(), done(), NotRun],
            200,
            &["1 1 no 1/3".into(), "2 ok".into(), format!("3 1 {down} 1/3")],
        ),
        // A POST that is sent again would run the first call twice.
        (&|| vec![done(), fault(), NotRun], 200, &["1 ok".into(), format!("2 1 {down} 1/3")]),
        (&|| vec![done(), NotRun, NotRun], 200, &["1 ok".into(), format!("2 1 {down} 1/3")]),
        (&|| vec![failed(), fault()], 200, &["1 1 no 0/2".into(), format!("2 1 {down} 0/2")]),
        (&|| vec![Abandoned, fault()], 200, &[format!("1 1 {interrupted} 0/2"), format!("2 1 {down} 0/2")]),
        // These run nothing twice.
        (&|| vec![fault(), NotRun], 503, &[format!("1 1 {down} 0/2")]),
        (
            &|| vec![unknown(), fault()],
            503,
            &["1 1 Incorrect Action Specified 0/2".into(), format!("2 1 {down} 0/2")],
        ),
        (&|| vec![NotRun, NotRun], 503, &[format!("1 1 {down} 0/2")]),
        (&Vec::new, 200, &["1 1 Incorrect Action Specified 0/0".into()]),
    ];
    for (outcomes, status, expected) in cases {
        assert_eq!(outline(&batch(&["a", "b", "c"], outcomes)), expected);
        assert_eq!(Envelope::default().batch(["a", "b", "c"], outcomes()).status, status, "{expected:?}");
    }
}

#[test]
fn a_caller_that_is_refused_with_every_call_gets_one_item_without_a_name() {
    let outline = |outcomes: Outcomes<'_>| {
        let items = batch(&["a", "b"], outcomes);
        let named = items.iter().filter(|item| item.member("methodName").is_some()).count();
        (items.len(), named)
    };
    let address = || CallOutcome::Refused(refused(from("203.0.113.9")));
    let of = |code| CallOutcome::Refused(Denial::new(code));
    assert_eq!(outline(&|| vec![address(), CallOutcome::NotRun]), (1, 0), "halted");
    assert_eq!(outline(&|| vec![address(), address()]), (1, 0), "gone on");
    assert_eq!(outline(&|| vec![of(Code::CredentialInvalid), of(Code::CredentialInvalid)]), (1, 0));
    // What is refused for the call, or behind one that was run, is an item of its own.
    assert_eq!(outline(&|| vec![of(Code::AccessIpEndpoint), CallOutcome::NotRun]), (1, 1));
    assert_eq!(outline(&|| vec![of(Code::AccessMethod), address()]), (2, 2));
    assert_eq!(outline(&|| vec![CallOutcome::Done(Answer::new("")), of(Code::CredentialInvalid)]), (2, 2));
    assert_eq!(outline(&|| vec![address(), CallOutcome::Fault(Fault::WrongSubject)]), (2, 2));
    let reply = Envelope::default().batch(["a", "b"], vec![address(), CallOutcome::NotRun]);
    let one = expected("refused_address.xml").replace("208.79.252.143", "203.0.113.9");
    assert_eq!(text(&reply), one.replace("<totalRequests><![CDATA[1]]>", "<totalRequests><![CDATA[2]]>"));
}

#[test]
fn a_method_name_is_sent_back_within_bounds() {
    let name: &'static str = "ä".repeat(10_000).leak();
    let items = batch(&[name], || vec![CallOutcome::Refused(Denial::new(Code::EndpointUnknown))]);
    assert_eq!(items[0].member("methodName"), Some(&Tree::Text("ä".repeat(128))));
}

#[test]
fn the_response_type_is_xml_unless_php_is_asked_for() {
    assert_eq!(ResponseType::default(), ResponseType::Xml);
    assert_eq!(Envelope::default(), Envelope::new(ResponseType::Xml));
    for (text, read) in [
        ("xml", Some(ResponseType::Xml)),
        ("XML", Some(ResponseType::Xml)),
        ("Xml", Some(ResponseType::Xml)),
        ("php", Some(ResponseType::Php)),
        ("PHP", Some(ResponseType::Php)),
        ("json", None),
        ("", None),
        (" xml", None),
        ("xml\0", None),
        ("phpx", None),
    ] {
        assert_eq!(text.parse().ok(), read, "{text:?}");
    }
    let said = "json".parse::<ResponseType>().unwrap_err().to_string();
    assert_eq!(said, "unknown response type; write `xml` or `php`, or leave `response_type` out");
    assert_eq!(TYPES.map(|known| known.to_string()), ["xml", "php"]);
}

#[test]
fn an_answer_says_what_it_is() {
    for (response_type, content_type) in
        TYPES.into_iter().zip(["text/xml; charset=utf-8", "application/vnd.php.serialized; charset=utf-8"])
    {
        let envelope = Envelope::new(response_type);
        let denial = Denial::new(Code::CredentialInvalid);
        let replies = [
            envelope.refused(&denial),
            envelope.fault(&Fault::WrongSubject),
            envelope.failed(Answer::failure("no", "")),
            envelope.batch(["a"], vec![CallOutcome::Done(Answer::new(""))]),
        ];
        for reply in replies {
            assert_eq!(reply.headers[0], ("content-type", content_type.into()));
            assert!(reply.headers.contains(&("cache-control", "no-store".into())), "{:?}", reply.headers);
            let again = reply.headers.iter().any(|(name, _)| *name == "retry-after");
            assert_eq!(again, reply.status == 503, "{:?}", reply.headers);
            assert!(
                reply.headers.iter().all(|(name, _)| *name != "www-authenticate"),
                "no prompt with a 200"
            );
        }
    }
}

#[test]
fn a_refused_post_says_where_to_read_about_its_methods_end() {
    let page = "https://docs.example.test/events-old";
    let linked = catalogue().to_builder().link("events.old", page).build().unwrap();
    let mut world = World::new();
    world.engine = Authorizer::new(linked, common::ring());
    world.method = "events.old";
    let denial = world.verdict().into_result().unwrap_err();
    assert_eq!(denial.code(), Code::EndpointRetired);
    let reply = Envelope::default().denial(&denial, world.engine.catalogue());
    let link = reply.headers.iter().find(|(name, _)| *name == "link").map(|(_, value)| value.clone());
    assert_eq!(link.as_deref(), Some(&*format!("<{page}>; rel=\"deprecation sunset\"")));
    assert_eq!(reply.status, 200);
}

#[test]
fn answers_are_not_printed() {
    let answer = Answer::new(Value::fields([("email", "jane@example.test")])).text("Hello Jane");
    let value = Value::from("Jane");
    let printed = format!("{answer:?} {answer:#?} {value:?} {:?}", Value::list(["Jane"]));
    assert!(!printed.contains("ane"), "{printed}");
}

#[test]
fn the_reader_of_the_tests_is_strict() {
    let one = Php::Array(vec![(Key::Name("a".into()), Php::Text("é\"".into()))]);
    assert_eq!(read_php("a:1:{s:1:\"a\";s:3:\"é\"\";}"), Ok(one));
    for wrong in [
        "a:1:{s:1:\"a\";s:2:\"é\"\";}",
        "a:1:{s:1:\"a\";s:4:\"é\"\";}",
        "a:2:{s:1:\"a\";s:1:\"b\";}",
        "a:0:{s:1:\"a\";s:1:\"b\";}",
        "a:01:{s:1:\"a\";s:1:\"b\";}",
        "a:2:{s:1:\"a\";s:0:\"\";s:1:\"a\";s:0:\"\";}",
        "a:0:{};",
        "a:0:{}\n",
        "i:1;",
        "N;",
        "b:1;",
        "O:8:\"stdClass\":0:{}",
        "a:-1:{}",
        "s:1:\"a\"",
        "",
    ] {
        assert!(read_php(wrong).is_err(), "{wrong}");
    }
    for wrong in
        ["<a>\n</a>", "<a>b</a>\n", "<a>\n</b>\n", "<a>\n</a>\n ", "<1>\n</1>\n", "<a b=\"\">\n</a>\n", ""]
    {
        assert!(read_xml(wrong).is_err(), "{wrong}");
    }
    assert_eq!(read_xml("<a>\n</a>\n"), Ok(Tree::group([("a", Tree::group([]))])));
}
