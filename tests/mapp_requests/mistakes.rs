//! Every mistake with its place and its sentence.

use keyward::mapp::{Reader, Request, RequestProblem, ResponseType};

use super::{FORM, authenticated, called, problem, read};

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
