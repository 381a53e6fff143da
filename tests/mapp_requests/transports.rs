//! From raw XML, a form, parts and a query alike.

use keyward::mapp::{Reader, Request, RequestProblem};
use keyward::{Headers, RequestHead};

use super::{FORM, KEY, SECRET, USUAL, outline, read, world::World};

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
