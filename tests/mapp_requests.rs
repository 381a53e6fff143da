//! Requests of the XML API: the shapes that clients send, from four transports; every bound and every mistake, with its
//! sentence; who they say they are, to the engine.
#![cfg(feature = "mapp")]

mod common;

use std::sync::Arc;

use common::{NOW, by, ring, secret, seeded};
use keyward::{
    AccessLevel, Account, Admission, AdmitStep, Allowlist, ApiUser, Authorizer, Batch, BatchCall, Catalogue,
    ClientAddr, Code, Denial, Fault, Headers, Imported, Keep, KeyId, MAX_CALLS, ModulePolicy, OnError,
    RequestHead, Subject, Wanted,
    mapp::{Answer, Arg, Call, InvalidRequest, Reader, Request, RequestProblem, ResponseType, Value},
};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const SECRET: &str = "fedcba9876543210";
const FORM: &str = "application/x-www-form-urlencoded";

/// The vendor's own shape, as its pages print it.
const USUAL: &str = "<api>
  <authentication>
    <api_key>0123456789abcdef0123456789abcdef</api_key>
    <shared_secret>fedcba9876543210</shared_secret>
    <response_type>xml</response_type>
    <no_halt>0</no_halt>
  </authentication>
  <data>
    <methodCall>
      <methodName>legacy.manage_subscriber</methodName>
      <email>ada@example.com</email>
    </methodCall>
  </data>
</api>";

fn read(xml: &str) -> Result<Request<'_>, InvalidRequest> {
    Request::read(Some("application/xml"), xml.as_bytes())
}

fn problem(xml: &str) -> RequestProblem {
    read(xml).map(|_| ()).unwrap_err().problem()
}

/// A request of one call that has these arguments.
fn called(arguments: &str) -> String {
    format!("<api><data><methodCall><methodName>a.b</methodName>{arguments}</methodCall></data></api>")
}

/// A request with these elements in its `authentication`.
fn authenticated(elements: &str) -> String {
    let call = "<methodCall><methodName>legacy.retrieve_active</methodName></methodCall>";
    format!("<api><authentication>{elements}</authentication><data>{call}</data></api>")
}

/// What the first argument says.
fn said(arguments: &str) -> String {
    let xml = called(arguments);
    let request = read(&xml).unwrap_or_else(|error| panic!("{xml}: {error}"));
    request.calls()[0].args().next().unwrap().text().to_owned()
}

/// Everything of a request that is no secret, as one text.
fn outline(request: &Request<'_>) -> String {
    fn shown(arg: &Arg<'_>) -> String {
        let inner: String = arg.args().map(|inner| shown(&inner)).collect();
        format!("({} {:?}{inner})", arg.name(), arg.text())
    }
    let calls = request.calls().iter().map(|call| {
        let args: String = call.args().map(|arg| shown(&arg)).collect();
        format!("[{} {args}]", call.method())
    });
    let key = request.present().key_id();
    format!("{key:?} {:?} {} {}", request.on_error(), request.response_type(), calls.collect::<String>())
}

// --- Who calls

/// An engine with the vendor's catalogue, one account with everything enabled, one user whose pair came from elsewhere.
struct World {
    engine: Authorizer,
    subject: Subject,
}

impl World {
    fn new() -> Self {
        let engine = Authorizer::new(Catalogue::mapp(), ring());
        let account = Account::new("acme".parse().unwrap());
        let account = engine
            .catalogue()
            .modules()
            .fold(account, |account, module| account.enable(module, ModulePolicy::default()));
        let id = "u1".parse().unwrap();
        let mut user = ApiUser::new(account.id(), id, "shop", AccessLevel::Full, Allowlist::Any).unwrap();
        let key: KeyId = KEY.parse().unwrap();
        let pair = Imported::new(key, secret(SECRET)).unwrap();
        let _ = user.import(&pair, Keep::Hashed, engine.keys(), by(NOW), &mut seeded(3)).unwrap();
        let subject = Subject::new(Arc::new(account), Arc::new(user), key).unwrap();
        Self { engine, subject }
    }

    fn admit(&self, request: &Request<'_>) -> Admission {
        let presented = request.present();
        let subject = presented.key_id().filter(|key| key.as_str() == KEY).map(|_| self.subject.clone());
        match self.engine.admit(presented, subject, NOW).unwrap() {
            AdmitStep::Done(admission) => admission,
            AdmitStep::Claim(_) => panic!("nothing is signed here"),
        }
    }

    fn denied(&self, request: &Request<'_>) -> Option<Denial> {
        match self.admit(request) {
            Admission::Admit(_) => None,
            Admission::Deny(denial) => Some(denial),
        }
    }
}

#[test]
fn key_and_secret_of_the_authentication_element_are_proven_by_the_stored_hash() {
    let world = World::new();
    let pair = |key: &str, secret: &str| {
        authenticated(&format!("<api_key>{key}</api_key><shared_secret>{secret}</shared_secret>"))
    };
    for xml in [
        USUAL.to_owned(),
        pair(KEY, SECRET),
        pair(&format!("<![CDATA[{KEY}]]>"), &format!("<![CDATA[{SECRET}]]>")),
        pair(&format!("\n  {KEY}\t"), &format!(" \r\n{SECRET}\n ")),
        pair("0123456789abcdef<!-- -->0123456789abcdef", "fedcba98<![CDATA[7654]]>3210"),
        pair("&#x30;123456789abcdef0123456789abcde&#102;", "fedcba9876543210"),
        authenticated(&format!(
            "<no_halt>0</no_halt><shared_secret>{SECRET}</shared_secret><api_key>{KEY}</api_key>"
        )),
    ] {
        let request = read(&xml).unwrap();
        assert_eq!(request.present().key_id(), Some(KEY.parse().unwrap()), "{xml}");
        assert!(world.denied(&request).is_none(), "{xml}");
    }
    for secret in [
        &SECRET[1..],
        "fedcba9876543211",
        "FEDCBA9876543210",
        "fedcba98 76543210",
        &format!("{SECRET}0"),
        KEY,
    ] {
        let denial = world.denied(&read(&pair(KEY, secret)).unwrap()).unwrap();
        assert_eq!(denial.code(), Code::CredentialInvalid, "{secret}");
    }
}

#[test]
fn what_cannot_be_read_of_a_pair_is_for_the_engine_to_deny() {
    let world = World::new();
    let denied = |elements: &str, code| {
        let xml = authenticated(elements);
        let request = read(&xml).unwrap();
        assert_eq!(world.denied(&request).map(|denial| denial.code()), Some(code), "{elements}");
    };
    let key = |text: &str| format!("<api_key>{text}</api_key>");
    let secret = |text: &str| format!("<shared_secret>{text}</shared_secret>");
    denied("", Code::CredentialMissing);
    denied(&secret(SECRET), Code::CredentialMalformed);
    for text in ["", " ", "0123 4567", "clé", &"a".repeat(56), "a&amp;b", "kws1_0123456789"] {
        denied(&format!("{}{}", key(text), secret(SECRET)), Code::CredentialMalformed);
    }
    for text in ["", "\n", &"a".repeat(129)] {
        denied(&format!("{}{}", key(KEY), secret(text)), Code::CredentialMalformed);
    }
    // A bare key proves nothing.
    denied(&key(KEY), Code::CredentialInvalid);
    // Without `authentication` at all.
    let request =
        read("<api><data><methodCall><methodName>a</methodName></methodCall></data></api>").unwrap();
    assert_eq!(world.denied(&request).unwrap().code(), Code::CredentialMissing);
}

#[test]
fn whoever_is_not_known_is_answered_with_item_445() {
    let world = World::new();
    let answer = "<methodResponse>\n<item>\n<error><![CDATA[1]]></error>\n\
        <responseText><![CDATA[Could not authenticate]]></responseText>\n<responseData>\n\
        <responseCode><![CDATA[445]]></responseCode>\n</responseData>\n<responseNum><![CDATA[1]]></responseNum>\n\
        <totalRequests><![CDATA[1]]></totalRequests>\n<totalCompleted><![CDATA[0]]></totalCompleted>\n</item>\n\
        </methodResponse>\n";
    let pair =
        |key: &str, secret: &str| format!("<api_key>{key}</api_key><shared_secret>{secret}</shared_secret>");
    let unknown = "f".repeat(32);
    for elements in [
        pair(KEY, "fedcba9876543211"),
        pair(&unknown, SECRET),
        pair("", SECRET),
        pair(KEY, ""),
        String::new(),
    ] {
        let xml = authenticated(&elements);
        let request = read(&xml).unwrap();
        let reply = request.refused(&world.denied(&request).unwrap());
        assert_eq!((reply.status, str::from_utf8(&reply.body).unwrap()), (200, answer), "{elements}");
        let xml = authenticated(&format!("{elements}<response_type>PHP</response_type>"));
        let request = read(&xml).unwrap();
        let reply = request.refused(&world.denied(&request).unwrap());
        assert!(reply.body.starts_with(b"a:1:{s:14:\"methodResponse\";"), "{elements}");
    }
}

// --- How to answer

#[test]
fn response_type_is_read_without_case_and_is_xml_where_it_is_left_out() {
    for (said, meant) in [
        ("", ResponseType::Xml),
        ("<response_type/>", ResponseType::Xml),
        ("<response_type> </response_type>", ResponseType::Xml),
        ("<response_type>XML</response_type>", ResponseType::Xml),
        ("<response_type>php</response_type>", ResponseType::Php),
        ("<response_type>\n<![CDATA[PHP]]> </response_type>", ResponseType::Php),
    ] {
        assert_eq!(read(&authenticated(said)).unwrap().response_type(), meant, "{said}");
    }
    for said in ["json", "xmls", "x ml", "0"] {
        let xml = authenticated(&format!("<response_type>{said}</response_type>"));
        assert_eq!(problem(&xml), RequestProblem::ResponseType, "{said}");
    }
}

#[test]
fn no_halt_1_goes_on() {
    for said in ["1", " 1\n", "<![CDATA[1]]>", "&#49;"] {
        let xml = authenticated(&format!("<no_halt>{said}</no_halt>"));
        assert_eq!(read(&xml).unwrap().on_error(), OnError::Continue, "{said}");
    }
    for said in ["2", "01", "true", "yes", "no", "off", "on", "-1", "1 1", "１"] {
        let xml = authenticated(&format!("<no_halt>{said}</no_halt>"));
        assert_eq!(problem(&xml), RequestProblem::NoHalt, "{said}");
    }
}

#[test]
fn without_no_halt_or_with_0_a_call_that_fails_is_the_last() {
    for said in
        ["", "<no_halt/>", "<no_halt></no_halt>", "<no_halt>0</no_halt>", "<no_halt><![CDATA[0]]></no_halt>"]
    {
        assert_eq!(read(&authenticated(said)).unwrap().on_error(), OnError::Halt, "{said}");
    }
}

// --- Calls

#[test]
fn many_calls_in_one_post_are_run_in_their_order_and_answered_one_by_one() {
    let world = World::new();
    let names = ["account.getCategories", "LEGACY.retrieve_active", "no.such", "transactional.listtemplates"];
    let calls: String = names
        .iter()
        .map(|name| format!("<methodCall><methodName>{name}</methodName><n>1</n></methodCall>"))
        .collect();
    let xml = format!(
        "<api><data>{calls}</data><authentication><api_key>{KEY}</api_key><shared_secret>{SECRET}</shared_secret>\
         <no_halt>1</no_halt></authentication></api>"
    );
    let request = read(&xml).unwrap();
    assert!(request.calls().iter().map(Call::method).eq(names));
    let Admission::Admit(admitted) = world.admit(&request) else { panic!("the right pair") };
    let mut batch =
        Batch::new(admitted, ClientAddr::unknown(), request.calls(), request.on_error(), &world.engine);
    let mut run = Vec::new();
    while let Some(turn) = batch.turn(NOW) {
        run.push(world.engine.catalogue().name(turn.grant().method()).unwrap().to_owned());
        let answer = match turn.call().require(["n"]) {
            Ok([n]) => Answer::new(n.text()),
            Err(answer) => answer,
        };
        turn.done(answer);
    }
    // Found in whatever case, by the catalogue's spelling.
    assert_eq!(run, ["account.getCategories", "legacy.retrieve_active", "transactional.listTemplates"]);
    let reply = request.reply(batch.finish());
    let body = String::from_utf8(reply.body).unwrap();
    let echoed: Vec<_> = body.lines().filter(|line| line.starts_with("<methodName>")).collect();
    assert_eq!(
        echoed,
        names.map(|name| format!("<methodName><![CDATA[{name}]]></methodName>")),
        "as they were sent"
    );
    assert_eq!(body.matches("<error>").count(), 1);
    assert!(body.contains(
        "<totalRequests><![CDATA[4]]></totalRequests>\n<totalCompleted><![CDATA[3]]></totalCompleted>"
    ));
}

#[test]
fn methods_are_known_in_any_case() {
    let catalogue = Catalogue::mapp();
    let xml = called("").replace("a.b", "Transactional.LISTTEMPLATES");
    let request = read(&xml).unwrap();
    let id = catalogue.method("transactional.listTemplates").unwrap();
    assert_eq!(request.calls()[0].wanted(&catalogue), Wanted::Id(id));
    let xml = called("").replace("a.b", "transactional.listTemplates.");
    assert_eq!(read(&xml).unwrap().calls()[0].wanted(&catalogue), Wanted::Unknown);
}

#[test]
fn a_fault_and_a_refusal_of_the_whole_count_all_calls() {
    let two = called("").replace("</data>", "<methodCall><methodName>c.d</methodName></methodCall></data>");
    let request = read(&two).unwrap();
    let counts =
        |body: &[u8]| String::from_utf8_lossy(body).contains("<totalRequests><![CDATA[2]]></totalRequests>");
    let refused = request.refused(&Denial::new(Code::CredentialInvalid));
    let fault = request.fault(&Fault::BodyUnread);
    assert!(counts(&refused.body) && counts(&fault.body));
    assert_eq!((refused.status, fault.status), (200, 503));
}

#[test]
fn arguments_nest_and_repeat() {
    let xml = called(
        "<a>1</a><b><a>2</a><a>3</a><c><d>4</d></c></b><a><![CDATA[5]]></a><e/><methodname>6</methodname>",
    );
    let request = read(&xml).unwrap();
    let call = &request.calls()[0];
    let names: Vec<_> = call.args().map(|arg| arg.name()).collect();
    assert_eq!(names, ["a", "b", "a", "e", "methodname"]);
    assert_eq!(call.arg("a").unwrap().text(), "1");
    assert!(call.all("a").map(|arg| arg.text()).eq(["1", "5"]));
    let b = call.arg("b").unwrap();
    assert!(b.all("a").map(|arg| arg.text()).eq(["2", "3"]));
    assert_eq!(b.args().count(), 3);
    assert_eq!(b.arg("c").unwrap().arg("d").unwrap().text(), "4");
    assert_eq!((b.text(), call.arg("e").unwrap().text()), ("", ""));
    assert!(call.arg("d").is_none() && call.arg("methodName").is_none() && b.arg("e").is_none());
}

#[test]
fn arguments_that_are_missing_are_named() {
    let xml = called("<email>a@b.test</email><grp/><list><item/></list><blank> \n</blank><zero>0</zero>");
    let request = read(&xml).unwrap();
    let call = &request.calls()[0];
    let [zero, list, email] = call.require(["zero", "list", "email"]).unwrap();
    assert_eq!((zero.text(), list.args().count(), email.text()), ("0", 1, "a@b.test"));
    let missing = call.require(["email", "group_id", "grp", "blank", "list"]).unwrap_err();
    assert_eq!(
        missing,
        Answer::failure("Missing variables", Value::fields([("missing_vars", "group_id,grp,blank")]))
    );
    assert_eq!(call.require([]).unwrap().len(), 0);
}

#[test]
fn a_text_is_what_stands_between_its_tags() {
    for (argument, meant) in [
        ("<t>plain</t>", "plain"),
        ("<t>  kept \t\n </t>", "  kept \t\n "),
        ("<t></t>", ""),
        ("<t/>", ""),
        ("<t >x</t\n>", "x"),
        ("<t>&lt;b&gt; &amp;amp; &quot;&apos;&#65;&#x1F600;&#13;</t>", "<b> &amp; \"'A\u{1F600}\r"),
        ("<t><![CDATA[<b> & ]] > ]]></t>", "<b> & ]] > "),
        ("<t>a<![CDATA[b]]>c<![CDATA[]]>d</t>", "abcd"),
        ("<t><![CDATA[]]]]><![CDATA[>]]></t>", "]]>"),
        ("<t>a<!-- - -> <b> -->b<!---->c</t>", "abc"),
        ("<t>a\r\nb\rc\r\r\nd\n</t>", "a\nb\nc\n\nd\n"),
        ("<t><![CDATA[a\r\nb\r]]>\n</t>", "a\nb\n\n"),
        ("<t>é \u{1F600} \u{FFFD}</t>", "é \u{1F600} \u{FFFD}"),
        ("<t a='1' xmlns:x=\"urn:x\" x:b=\">\">x > y</t>", "x > y"),
        ("<t>\n <u/> \r\n<!-- --> <![CDATA[ ]]>&#32;<u>x</u>\n</t>", ""),
    ] {
        assert_eq!(said(argument), meant, "{argument}");
    }
}

// --- How it is sent

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| if byte == b' ' { "+".to_owned() } else { format!("%{byte:02x}") }).collect()
}

fn multipart(xml: &str) -> (&'static str, String) {
    let other = "--b0undary\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\ndata\r\n";
    let data =
        "Content-Disposition: form-data; name=\"data\"; filename=\"r.xml\"\r\nContent-Type: text/xml\r\n\r\n";
    (
        "multipart/form-data; boundary=\"b0undary\"",
        format!("{other}--b0undary\r\n{data}{xml}\r\n--b0undary--\r\n"),
    )
}

#[test]
fn shapes_that_clients_send_are_read_alike_from_every_transport() {
    let call = "<methodCall><methodName>legacy.manage_subscriber</methodName><email>ada@example.com</email></methodCall>";
    let cdata = |text: &str| format!("<![CDATA[{text}]]>");
    let shapes = [
        USUAL.to_owned(),
        USUAL.replace('\n', "\r\n"),
        format!("\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n{USUAL}\n"),
        format!("<?xml version=\"1.0\"?>\n<!-- a template -->\n{USUAL}<!-- -->"),
        // One line, everything in CDATA.
        format!(
            "<api><authentication><api_key>{}</api_key><shared_secret>{}</shared_secret><response_type>{}</response_type>\
             <no_halt>{}</no_halt></authentication><data><methodCall><methodName>{}</methodName><email>{}</email>\
             </methodCall></data></api>",
            cdata(KEY),
            cdata(SECRET),
            cdata("xml"),
            cdata("0"),
            cdata("legacy.manage_subscriber"),
            cdata("ada@example.com"),
        ),
        // In the order of the alphabet, and data first; without what may be left out.
        format!(
            "<api><authentication><api_key>{KEY}</api_key><no_halt>0</no_halt><response_type>xml</response_type>\
             <shared_secret>{SECRET}</shared_secret></authentication><data>{call}</data></api>"
        ),
        format!(
            "<api><data>{call}</data><authentication><shared_secret>{SECRET}</shared_secret><api_key>{KEY}</api_key>\
             </authentication></api>"
        ),
        // By a serializer that declares its namespaces.
        USUAL.replace(
            "<api>",
            "<api xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd='urn:x'>",
        ),
    ];
    let world = World::new();
    let expected = outline(&read(USUAL).unwrap());
    assert!(
        expected.contains("Halt xml [legacy.manage_subscriber (email \"ada@example.com\")]"),
        "{expected}"
    );
    for xml in &shapes {
        let form = format!("other=1&data={}", escaped(xml));
        // As a template glues it together, without escaping anything.
        let unescaped = format!("data={xml}");
        let (parts_type, parts) = multipart(xml);
        let target = format!("/api/xmlrpc/index.php?{form}");
        let typed = |content_type, body: &str| {
            let request = Request::read(content_type, body.as_bytes());
            let request = request.unwrap_or_else(|error| panic!("{content_type:?} {body}: {error}"));
            assert_eq!(outline(&request), expected, "{content_type:?} {body}");
            assert!(world.denied(&request).is_none(), "{content_type:?} {body}");
        };
        typed(Some("application/xml"), xml);
        typed(Some("text/xml; charset=UTF-8"), xml);
        typed(None, xml);
        typed(Some(FORM), &form);
        typed(Some("Application/X-WWW-Form-Urlencoded; charset=ISO-8859-1"), &form);
        typed(Some(FORM), &unescaped);
        typed(Some(parts_type), &parts);
        let head = RequestHead::new("GET", &target, Headers::lines(&[]));
        let got = Reader::new().danger_get().receive(&head, b"");
        assert_eq!(outline(&got.unwrap()), expected);
    }
}

#[test]
fn a_query_is_read_where_that_is_switched_on_and_nowhere_else() {
    let target = format!("/?data={}", escaped(USUAL));
    let received = |reader: Reader, method, target: &str, body: &str| {
        let lines = [("content-type", FORM.as_bytes())];
        let head = RequestHead::new(method, target, Headers::lines(&lines));
        reader
            .receive(&head, body.as_bytes())
            .map(|request| outline(&request))
            .map_err(|error| error.problem())
    };
    let (off, on) = (Reader::new(), Reader::new().danger_get());
    assert_eq!(received(off, "GET", &target, ""), Err(RequestProblem::Query));
    assert!(received(on, "GET", &target, "").is_ok());
    assert_eq!(received(on, "GET", &target, "data=x"), Err(RequestProblem::QueryAndBody));
    assert_eq!(received(on, "GET", "/", ""), Err(RequestProblem::NoData));
    assert_eq!(received(on, "GET", "/?", ""), Err(RequestProblem::NoData));
    // A query beside a body is nothing.
    assert_eq!(received(on, "POST", &target, ""), Err(RequestProblem::NoData));
    let body = format!("data={}", escaped(USUAL));
    assert!(received(off, "POST", "/?data=x", &body).is_ok());
    for method in ["PUT", "HEAD", "OPTIONS", "post", "get", ""] {
        assert_eq!(received(on, method, &target, &body), Err(RequestProblem::Method), "{method}");
    }
}

#[test]
fn forgetting_data_has_sentences_of_its_own() {
    let told = |content_type, body: &str| {
        Request::read(Some(content_type), body.as_bytes()).unwrap_err().to_string()
    };
    let missing = "a form without the parameter `data`; send the XML, URL-encoded, as `data=...`";
    for body in ["", "xml=%3Capi%3E", &escaped(USUAL), "Data=x", "data%5b%5d=x"] {
        assert_eq!(told(FORM, body), missing, "{body}");
    }
    let bare = "a form that is bare XML; send the XML, URL-encoded, as `data=...`, or with the content type `application/xml`";
    for body in [USUAL, "<?xml version=\"1.0\"?><api/>", "\n <api/>", "\u{FEFF}<api/>"] {
        assert_eq!(told(FORM, body), bare, "{body}");
    }
    let (content_type, parts) = multipart(USUAL);
    assert_eq!(told(content_type, &parts.replace("\"data\"", "\"date\"")), missing);
}

#[test]
fn other_bodies_say_what_to_send() {
    let (parts_type, parts) = multipart(USUAL);
    let twice = format!("data={0}&data={0}", escaped(USUAL));
    let doubled = parts.replace("\"other\"", "data");
    let cut = &parts[..parts.len() - 10];
    for (content_type, body, expected) in [
        (Some("application/json"), "{}", RequestProblem::ContentType),
        (Some("text/plain"), USUAL, RequestProblem::ContentType),
        (Some(""), USUAL, RequestProblem::ContentType),
        (Some("text/xml; charset"), USUAL, RequestProblem::ContentType),
        (None, "data=%3Capi%3E", RequestProblem::ContentType),
        (None, "", RequestProblem::ContentType),
        (Some("text/xml; charset=iso-8859-1"), USUAL, RequestProblem::Charset),
        (Some("application/xml; charset=\"utf-16\""), USUAL, RequestProblem::Charset),
        (Some(FORM), &twice, RequestProblem::TwoData),
        (Some(FORM), "data=a&d%61ta=b", RequestProblem::TwoData),
        (Some(parts_type), &doubled, RequestProblem::TwoData),
        (Some(parts_type), cut, RequestProblem::Multipart),
        (Some(parts_type), USUAL, RequestProblem::Multipart),
        (Some("multipart/form-data"), &parts, RequestProblem::Multipart),
        (Some("multipart/mixed; boundary=b0undary"), &parts, RequestProblem::ContentType),
    ] {
        let found = Request::read(content_type, body.as_bytes()).map(|_| ()).map_err(|error| error.problem());
        assert_eq!(found, Err(expected), "{content_type:?}");
    }
    let lines: [(&str, &[u8]); 2] = [("Content-Type", b"text/xml"), ("content-type", b"text/xml")];
    for (lines, expected) in [
        (&lines[..0], None),
        (&lines[..1], None),
        (&lines[..], Some(RequestProblem::ContentType)),
        (&[("content-type", b"\xFF".as_slice())][..], Some(RequestProblem::ContentType)),
    ] {
        let head = RequestHead::new("POST", "/", Headers::lines(lines));
        let found = Reader::new().receive(&head, USUAL.as_bytes());
        assert_eq!(found.err().map(|error| error.problem()), expected, "{} lines", lines.len());
    }
}

// --- Bounds

#[test]
fn a_body_has_at_most_a_mebibyte_unless_a_reader_says_otherwise() {
    let padded = |length: usize| format!("{USUAL}{}", " ".repeat(length - USUAL.len()));
    let most = 1024 * 1024;
    assert!(read(&padded(most)).is_ok());
    assert_eq!(problem(&padded(most + 1)), RequestProblem::TooLarge(most));
    let small = Reader::new().max_bytes(USUAL.len());
    assert!(small.read(None, USUAL.as_bytes()).is_ok());
    let too_large = RequestProblem::TooLarge(USUAL.len());
    assert_eq!(small.read(None, padded(USUAL.len() + 1).as_bytes()).unwrap_err().problem(), too_large);
    let target = format!("/?{}", "x".repeat(USUAL.len() + 1));
    let head = RequestHead::new("GET", &target, Headers::lines(&[]));
    assert_eq!(small.danger_get().receive(&head, b"").unwrap_err().problem(), too_large);
    assert!(Reader::new().max_bytes(most + 1).read(None, padded(most + 1).as_bytes()).is_ok());
    assert_eq!(Reader::new().max_bytes(usize::MAX), Reader::new().max_bytes(1 << 31));
}

#[test]
fn a_request_has_at_most_as_many_calls_as_a_batch_runs() {
    let calls = |count| {
        format!(
            "<api><data>{}</data></api>",
            "<methodCall><methodName>a</methodName></methodCall>".repeat(count)
        )
    };
    assert_eq!(read(&calls(MAX_CALLS)).unwrap().calls().len(), MAX_CALLS);
    assert_eq!(problem(&calls(MAX_CALLS + 1)), RequestProblem::TooManyCalls(MAX_CALLS));
    let single = Reader::new().max_calls(1);
    assert!(single.read(None, calls(1).as_bytes()).is_ok());
    assert_eq!(
        single.read(None, calls(2).as_bytes()).unwrap_err().problem(),
        RequestProblem::TooManyCalls(1)
    );
    assert_eq!(Reader::new().max_calls(usize::MAX), Reader::new());
}

#[test]
fn a_request_has_at_most_65536_elements_unless_a_reader_says_otherwise() {
    // Four stand around the arguments.
    let elements = |count: usize| called(&"<a/>".repeat(count - 4));
    assert!(read(&elements(64 * 1024)).is_ok());
    assert_eq!(problem(&elements(64 * 1024 + 1)), RequestProblem::TooManyElements);
    let few = Reader::new().max_elements(10);
    assert!(few.read(None, elements(10).as_bytes()).is_ok());
    assert_eq!(
        few.read(None, elements(11).as_bytes()).unwrap_err().problem(),
        RequestProblem::TooManyElements
    );
    assert!(Reader::new().max_elements(70_000).read(None, elements(70_000).as_bytes()).is_ok());
}

#[test]
fn elements_nest_at_most_32_deep() {
    // Three are around an argument.
    let nested = |depth: usize| called(&format!("{}x{}", "<a>".repeat(depth - 3), "</a>".repeat(depth - 3)));
    assert!(read(&nested(32)).is_ok());
    assert_eq!(problem(&nested(33)), RequestProblem::TooDeep);
    assert_eq!(problem(&nested(100_000)), RequestProblem::TooDeep);
    assert_eq!(problem(&called(&"<a>".repeat(200_000))), RequestProblem::TooDeep);
}

// --- Mistakes

/// A document, the line and the column of its mistake, and the sentence.
type Mistake = (&'static str, usize, usize, &'static str);

/// XML that is not read.
const UNREADABLE: &[Mistake] = &[
    ("", 1, 1, "XML without an element; send `<api>...</api>`"),
    (" \n", 2, 1, "XML without an element; send `<api>...</api>`"),
    ("<!-- -->", 1, 9, "XML without an element; send `<api>...</api>`"),
    ("<api>\n <data>", 2, 8, "end of the XML inside an element, a tag or a section; send all of it"),
    ("<api><data", 1, 6, "end of the XML inside an element, a tag or a section; send all of it"),
    ("<api><![CDATA[x</api>", 1, 6, "end of the XML inside an element, a tag or a section; send all of it"),
    ("<api><!-- </api>", 1, 6, "end of the XML inside an element, a tag or a section; send all of it"),
    ("<api a=\"></api>", 1, 1, "end of the XML inside an element, a tag or a section; send all of it"),
    (
        "<api></apj>",
        1,
        6,
        "a closing tag that is not of the innermost open element; close each element by its own",
    ),
    (
        "<api><a></api>",
        1,
        9,
        "a closing tag that is not of the innermost open element; close each element by its own",
    ),
    (
        "</api>",
        1,
        1,
        "a closing tag that is not of the innermost open element; close each element by its own",
    ),
    ("<api/><api/>", 1, 7, "a second root element; send one `<api>...</api>`"),
    ("x<api/>", 1, 1, "text outside the root element; leave it out"),
    ("<api/>\n x", 1, 7, "text outside the root element; leave it out"),
    ("<api/>&#32;", 1, 7, "text outside the root element; leave it out"),
    ("<api/><![CDATA[ ]]>", 1, 7, "text outside the root element; leave it out"),
    ("<!DOCTYPE api><api/>", 1, 1, "a document type; leave it out"),
    ("<?php echo 1 ?><api/>", 1, 1, "a processing instruction; leave it out"),
    ("<api><?x?></api>", 1, 6, "a processing instruction; leave it out"),
    (
        " <?xml version=\"1.0\"?><api/>",
        1,
        2,
        "an XML declaration that is wrong or not at the start; write `<?xml version=\"1.0\"?>` or none",
    ),
    (
        "<?xml version=\"1.1\"?><api/>",
        1,
        1,
        "an XML declaration that is wrong or not at the start; write `<?xml version=\"1.0\"?>` or none",
    ),
    (
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><api/>",
        1,
        1,
        "an XML declaration with another encoding; send UTF-8 and declare it, or declare none",
    ),
    ("<api>\u{1}</api>", 1, 6, "a character that XML does not have; leave it out"),
    ("<api>é\u{FFFE}</api>", 1, 8, "a character that XML does not have; leave it out"),
    (
        "<api>\n&nbsp;</api>",
        2,
        1,
        "an `&` that begins no known reference; write `&amp;` for `&`, and `&#...;` for other characters",
    ),
    (
        "<api>a & b</api>",
        1,
        8,
        "an `&` that begins no known reference; write `&amp;` for `&`, and `&#...;` for other characters",
    ),
    (
        "<api>&#0;</api>",
        1,
        6,
        "an `&` that begins no known reference; write `&amp;` for `&`, and `&#...;` for other characters",
    ),
    ("<api>]]></api>", 1, 6, "`]]>` in a text; write `]]&gt;`"),
    ("<api><!-- -- --></api>", 1, 6, "a comment with `--` in it or before its end; leave it out"),
    ("<api><!-- ---></api>", 1, 6, "a comment with `--` in it or before its end; leave it out"),
    ("<api><!x></api>", 1, 6, "a `<` that begins no tag, comment or CDATA section; write `&lt;` for `<`"),
    (
        "<api><1/></api>",
        1,
        6,
        "a name of an element that is not of letters, digits and `_-.`, or begins with none; write it so",
    ),
    (
        "<x:api/>",
        1,
        1,
        "a name of an element that is not of letters, digits and `_-.`, or begins with none; write it so",
    ),
    (
        "<api>a < b</api>",
        1,
        8,
        "a name of an element that is not of letters, digits and `_-.`, or begins with none; write it so",
    ),
    ("<api a=b/>", 1, 1, "attributes that are not well-formed; leave them out, or write `name=\"value\"`"),
    ("<api a=\"\" a=\"\"/>", 1, 1, "an attribute that stands twice; leave it out"),
    (
        "<api><data>x<a/></data></api>",
        1,
        13,
        "text beside elements in one element; write markup in a text as CDATA",
    ),
    (
        "<api><data><a/>x</data></api>",
        1,
        16,
        "text beside elements in one element; write markup in a text as CDATA",
    ),
];

/// XML that says something else than a request.
const NO_REQUEST: &[Mistake] = &[
    ("<API/>", 1, 1, "a root element other than `api`; send `<api>...</api>`"),
    ("<api/>", 1, 1, "no `methodCall` in `data`; send one or more"),
    ("<api>\n<data/></api>", 2, 1, "no `methodCall` in `data`; send one or more"),
    ("<api><data>text</data></api>", 1, 6, "no `methodCall` in `data`; send one or more"),
    ("<api><data/><data/></api>", 1, 13, "a second `data`; send one"),
    ("<api><authentication/><authentication/></api>", 1, 23, "a second `authentication`; send one"),
    ("<api><Data/></api>", 1, 6, "an unknown element in `api`; write `authentication` and `data`"),
    ("<api><data><call/></data></api>", 1, 12, "an unknown element in `data`; write `methodCall`"),
    (
        "<api><data><methodCall/></data></api>",
        1,
        12,
        "a `methodCall` without a `methodName`; name the method",
    ),
    (
        "<api><data><methodCall><methodName> </methodName></methodCall></data></api>",
        1,
        12,
        "a `methodCall` without a `methodName`; name the method",
    ),
    (
        "<api><data><methodCall><methodName>a</methodName><methodName>a</methodName></methodCall></data></api>",
        1,
        50,
        "a second `methodName`; send one",
    ),
    (
        "<api><data><methodCall><methodName><a/></methodName></methodCall></data></api>",
        1,
        36,
        "an element in `methodName`; write its text alone",
    ),
    (
        "<api><authentication>\n<no_hlat>1</no_hlat></authentication></api>",
        2,
        1,
        "an unknown element in `authentication`; write `api_key`, `shared_secret`, `response_type` and `no_halt`",
    ),
    (
        "<api><authentication><api_key/><api_key/></authentication></api>",
        1,
        32,
        "a second `api_key`; send one",
    ),
    (
        "<api><authentication><shared_secret/><shared_secret/></authentication></api>",
        1,
        38,
        "a second `shared_secret`; send one",
    ),
    (
        "<api><authentication><response_type/><response_type/></authentication></api>",
        1,
        38,
        "a second `response_type`; send one",
    ),
    (
        "<api><authentication><no_halt/><no_halt/></authentication></api>",
        1,
        32,
        "a second `no_halt`; send one",
    ),
    (
        "<api><authentication><api_key><a/></api_key></authentication></api>",
        1,
        31,
        "an element in `api_key`; write its text alone",
    ),
    (
        "<api><authentication><response_type>json</response_type></authentication></api>",
        1,
        22,
        "an unknown `response_type`; write `xml` or `php`, or leave it out",
    ),
    (
        "<api><authentication><no_halt>yes</no_halt></authentication></api>",
        1,
        22,
        "a `no_halt` that is neither 0 nor 1; write `1` to go on behind a call that failed, or leave it out",
    ),
];

#[test]
fn every_mistake_has_its_sentence_and_its_place() {
    for (xml, line, column, sentence) in UNREADABLE.iter().chain(NO_REQUEST) {
        let error = read(xml).map(|_| ()).expect_err(xml);
        assert_eq!(error.to_string(), format!("line {line}, column {column}: {sentence}"), "{xml}");
    }
}

#[test]
fn hostile_xml_is_refused_at_once() {
    let entities = (1..10).fold("<!ENTITY e0 \"lol\">".to_owned(), |all, n| {
        format!("{all}<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10))
    });
    let laughs = format!("<!DOCTYPE api [{entities}]>{}", called("<a>&e9;</a>"));
    let external =
        format!("<!DOCTYPE api [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{}", called("<a>&x;</a>"));
    let parameter =
        format!("<!DOCTYPE api [<!ENTITY % x SYSTEM \"http://203.0.113.1/x\"> %x;]>{}", called(""));
    for xml in [
        &laughs,
        &external,
        &parameter,
        "<!doctype api><api/>",
        "<!DOCTYPE",
        "<!DOCTYPE>",
        "<!DOCTYPE api [",
        "<api/><!DOCTYPE api>",
    ] {
        assert_eq!(problem(xml), RequestProblem::DocumentType, "{}", &xml[..xml.len().min(40)]);
    }
    assert_eq!(problem(&called("<a>&x;</a>")), RequestProblem::Reference);
    assert_eq!(problem(&authenticated("<api_key>&key;</api_key>")), RequestProblem::Reference);
    let many: String = (0..100_000).map(|number| format!(" a{number}=\"\"")).collect();
    let wide = Reader::new().max_bytes(4 << 20);
    let error = wide.read(None, called(&format!("<a{many}/>")).as_bytes()).unwrap_err();
    assert_eq!(error.problem(), RequestProblem::TooManyAttributes);
    let namespaces: String = (0..100_000).map(|number| format!("<a xmlns:n{number}=\"u\">")).collect();
    let error = wide.read(None, called(&namespaces).as_bytes()).unwrap_err();
    assert_eq!(error.problem(), RequestProblem::TooDeep);
}

#[test]
fn xml_is_utf_8_and_nothing_else() {
    let bytes = |problem: RequestProblem, body: &[u8]| {
        let form: String = body.iter().map(|byte| format!("%{byte:02X}")).collect();
        for (content_type, body) in
            [(Some("text/xml"), body), (Some(FORM), format!("data={form}").as_bytes())]
        {
            let found = Request::read(content_type, body).map(|_| ()).map_err(|error| error.problem());
            assert_eq!(found, Err(problem), "{content_type:?} {}", body.escape_ascii());
        }
    };
    let xml = called("<a>x</a>");
    let utf16 = |bytes: fn(u16) -> [u8; 2]| xml.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
    bytes(RequestProblem::Utf16, &[b"\xFF\xFE".as_slice(), &utf16(u16::to_le_bytes)].concat());
    bytes(RequestProblem::Utf16, &[b"\xFE\xFF".as_slice(), &utf16(u16::to_be_bytes)].concat());
    bytes(RequestProblem::Utf16, &utf16(u16::to_le_bytes));
    bytes(RequestProblem::Utf16, &utf16(u16::to_be_bytes));
    for (text, problem) in [
        (b"\xE9".as_slice(), RequestProblem::NotUtf8),
        (b"\xC0\x80", RequestProblem::NotUtf8),
        (b"\xED\xA0\x80", RequestProblem::NotUtf8),
        (b"\xF5\x80\x80\x80", RequestProblem::NotUtf8),
        (b"\xE2\x82", RequestProblem::NotUtf8),
        (b"\0", RequestProblem::Character),
        (b"\x1B", RequestProblem::Character),
        (b"\x7F\0", RequestProblem::Character),
        (b"\xEF\xBF\xBF", RequestProblem::Character),
    ] {
        let body = xml.replace('x', "\u{1}").into_bytes();
        let at = body.iter().position(|byte| *byte == 1).unwrap();
        bytes(problem, &[&body[..at], text, &body[at + 1..]].concat());
    }
    let error = Request::read(None, b"<api>\n\xC3\xA9\xFF").unwrap_err();
    assert_eq!(error.to_string(), "line 2, column 3: bytes that are not UTF-8; send UTF-8");
    let place = error.place().unwrap();
    assert_eq!((place.line, place.column), (2, 3));
    assert_eq!(problem("\u{FEFF}\u{FEFF}<api/>"), RequestProblem::OutsideRoot);
}

#[test]
fn a_mistake_is_answered_in_the_format_that_was_asked_for_before_it() {
    let answered = |xml: &str| {
        let error = read(xml).map(|_| ()).expect_err(xml);
        let reply = error.reply();
        let body = String::from_utf8(reply.body).unwrap();
        assert_eq!(reply.status, 200);
        assert!(body.contains(&error.to_string()), "{body}");
        if body.starts_with("<methodResponse>\n<item>\n<error><![CDATA[1]]></error>\n") {
            ResponseType::Xml
        } else {
            assert!(body.starts_with("a:1:{s:14:\"methodResponse\";"), "{body}");
            ResponseType::Php
        }
    };
    let php = "<authentication><response_type>PHP</response_type></authentication>";
    for xml in [
        format!("<api>{php}</api>"),
        format!("<api>{php}<data><methodCall>"),
        format!("<api>{php}<data>&x;"),
        format!("<api>{php}<!DOCTYPE x>"),
        format!("<api>{php}{php}"),
        "<api><authentication><no_halt>x</no_halt><response_type>php</response_type></authentication></api>"
            .into(),
        "<api><authentication><response_type>php".into(),
    ] {
        assert_eq!(answered(&xml), ResponseType::Php, "{xml}");
    }
    for xml in [
        "<api>".to_owned(),
        format!("<api>&x;{php}</api>"),
        "<api><authentication><response_type>json</response_type></authentication></api>".into(),
        format!("<api><data>{php}</data></api>"),
    ] {
        assert_eq!(answered(&xml), ResponseType::Xml, "{xml}");
    }
    assert_eq!(Request::read(None, b"").unwrap_err().place(), None);
}

#[test]
fn no_error_and_no_debug_form_repeats_what_was_sent() {
    const CANARY: &str = "c4n4ry";
    let xml = format!(
        "<api {CANARY}=\"{CANARY}\"><authentication><api_key>{CANARY}</api_key><shared_secret>{CANARY}{CANARY}</shared_secret>\
         </authentication><data><methodCall><methodName>{CANARY}</methodName><{CANARY}>{CANARY}<!-- {CANARY} --></{CANARY}>\
         </methodCall></data></api>"
    );
    let request = read(&xml).unwrap();
    let call = &request.calls()[0];
    let shown = format!("{request:?} {:?} {call:?} {:?}", request.present(), call.args().next().unwrap());
    assert!(!shown.replace(&format!("{:?}", request.present()), "").contains(CANARY), "{shown}");
    // Cut or changed anywhere.
    for at in (0..xml.len()).filter(|at| xml.is_char_boundary(*at)) {
        for insert in ["", "<", "&", "]]>", "\0", "</x>", "\"", "<!--", "<x>", "<?x?>"] {
            for changed in
                [format!("{}{insert}", &xml[..at]), format!("{}{insert}{}", &xml[..at], &xml[at..])]
            {
                if let Err(error) = read(&changed) {
                    let reply = error.reply();
                    let told =
                        format!("{error} {error:?} {} {reply:?}", String::from_utf8_lossy(&reply.body));
                    assert!(!told.contains(CANARY), "{told}");
                }
            }
        }
    }
}
