//! Requests of the XML API: the shapes that clients send, from four transports; every bound and every mistake, with its
//! sentence; who they say they are, to the engine.
#![cfg(feature = "mapp")]

#[path = "../common/mod.rs"]
mod common;

mod bounds;
mod callers;
mod mistakes;
mod transports;
mod world;

use common::NOW;
use keyward::{
    Admission, Batch, BatchCall, Catalogue, ClientAddr, Code, Denial, Fault, OnError, Wanted,
    mapp::{Answer, Arg, Call, InvalidRequest, Request, RequestProblem, ResponseType, Value},
};
use world::World;

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
