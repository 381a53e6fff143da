//! What shows of requests and replies, and what does not.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
};
use keyward::{
    Content, Headers, InvalidField, InvalidKey, Needles, RedactionKey, Redactor, RequestHead, Shown,
};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const TEXT: &str = "text/plain";

/// Nobody's: 20 characters, as an imported secret may have.
const SECRET: &str = "Zq7/w+K2m=Xv9_Rt-B4n";

fn redactor() -> Redactor {
    Redactor::new(RedactionKey::new([7; 32]).unwrap())
}

fn needles(lines: &[(&str, &str)], target: &str, body: &str) -> Needles {
    let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    redactor().needles(&RequestHead::new("POST", target, Headers::lines(&lines)), body.as_bytes())
}

fn nothing() -> Needles {
    needles(&[], "/", "")
}

/// A secret that was presented.
fn presented() -> Needles {
    needles(&[("authorization", &format!("Bearer {SECRET}"))], "/", "")
}

fn body(content_type: &str, body: &str, needles: &Needles) -> Shown {
    redactor().body(Some(content_type.as_bytes()), body.as_bytes(), needles, Content::Redacted)
}

fn shape(content_type: &str, body: &str) -> String {
    redactor().body(Some(content_type.as_bytes()), body.as_bytes(), &nothing(), Content::Shape).to_string()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn is_digest(shown: &Shown) -> bool {
    matches!(shown, Shown::Digest(..))
}

// Rule 1.

#[test]
fn short_secrets_are_masked_in_base64_wherever_their_group_begins() {
    // Shorter than what is decoded as base64 wherever it stands.
    for secret in ["q7W+k2/Xv", "q7W+k2/X", "q7W+k2/"] {
        let needles = needles(&[("x-api-secret", secret)], "/", "");
        for before in ["", "-", "--"] {
            let text = STANDARD.encode(format!("{before}{secret}"));
            let own =
                &text[before.len() + usize::from(!before.is_empty())..(before.len() + secret.len()) * 8 / 6];
            let shown = body(TEXT, &format!("so {text} it is"), &needles).to_string();
            assert!(!shown.contains(own), "{before:?} {secret}: {shown}");
        }
    }
}

#[test]
fn what_a_request_presented_is_masked_wherever_it_was_presented() {
    let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
    let signed = format!(
        "AWS4-HMAC-SHA256 Credential=AK/20261127/r/s/aws4_request, SignedHeaders=host;date, Signature={SECRET}"
    );
    for lines in [
        vec![("authorization", format!("Bearer {SECRET}"))],
        vec![("Authorization", format!("bearer   key:{SECRET}"))],
        vec![("authorization", format!("ApiKey key:{SECRET}"))],
        vec![("authorization", SECRET.to_owned())],
        vec![("authorization", format!("Whatever {SECRET}"))],
        vec![("authorization", format!("{SECRET} Whatever"))],
        vec![("authorization", basic(&format!("key:{SECRET}")))],
        vec![("authorization", basic(&format!("key:{SECRET}")).replace('=', ""))],
        vec![("authorization", basic(SECRET))],
        vec![("authorization", format!("Basic {SECRET}"))],
        vec![("authorization", signed.clone())],
        vec![("authorization", signed.replace("AWS4", "ANTAVO").replace("256", "512"))],
        vec![("proxy-authorization", format!("Bearer {SECRET}"))],
        vec![("x-api-key", "key".to_owned()), ("x-api-secret", SECRET.to_owned())],
        vec![("X-Api-Key", SECRET.to_owned())],
        vec![("cookie", format!("a=b; session={SECRET}; c=d"))],
        vec![("cookie", SECRET.to_owned())],
        vec![("signature", format!("sig1=:{SECRET}:")), ("signature-input", "sig1=()".to_owned())],
        vec![("webhook-signature", format!("v1,{SECRET} v1,other"))],
        vec![("x-amz-security-token", SECRET.to_owned())],
    ] {
        let borrowed: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let shown = body(JSON, &format!(r#"{{"note":"({SECRET})"}}"#), &needles(&borrowed, "/", ""));
        assert_eq!(shown.to_string(), r#"{"note":"(***)"}"#, "{lines:?}");
    }
}

#[test]
fn values_of_secret_fields_are_masked_wherever_else_they_stand() {
    let encoded = percent(SECRET);
    let part =
        format!("--b\r\nContent-Disposition: form-data; name=\"pass-word\"\r\n\r\n{SECRET}\r\n--b--\r\n");
    for (content_type, request) in [
        (JSON, format!(r#"{{"password":"{SECRET}"}}"#)),
        (JSON, format!(r#"{{"credentials":{{"a":[1,{{"b":"{SECRET}"}}]}}}}"#)),
        (JSON, format!(r#"{{"a":"{{\"to\\u006ben\":\"{SECRET}\"}}"}}"#)),
        ("application/problem+json; charset=utf-8", format!(r#"[{{"token":"{SECRET}"}}]"#)),
        (FORM, format!("a=b&pass%77ord={encoded}")),
        (FORM, format!("data={}", percent(&format!(r#"{{"secret":"{SECRET}"}}"#)))),
        ("multipart/form-data; boundary=b", part),
        (TEXT, format!("hello\npassword: {SECRET}\n")),
        (TEXT, format!(r#"{{"token":"{SECRET}"}}"#)),
        ("", format!(r#"{{"token":"{SECRET}"}}"#)),
        // What cannot be read is searched as a text.
        (JSON, format!(r#"{{"token":"{SECRET}", oops"#)),
        ("application/octet-stream", format!("token={SECRET}")),
    ] {
        let needles = needles(&[("content-type", content_type)], "/", &request);
        assert_eq!(body(TEXT, &format!("({SECRET})"), &needles).to_string(), "(***)", "{request}");
    }
    let by_query = needles(&[], &format!("/a?x=y&api_key={encoded}"), "");
    assert_eq!(body(TEXT, SECRET, &by_query).to_string(), "***");
}

#[test]
fn a_secret_is_masked_in_every_form_that_it_may_take() {
    let needles = presented();
    let json_units: String = SECRET.bytes().map(|byte| format!("\\u{byte:04X}")).collect();
    let references: String = SECRET.bytes().map(|byte| format!("&#x{byte:x};")).collect();
    let mut forms = vec![
        SECRET.to_owned(),
        SECRET.to_lowercase(),
        hex(SECRET),
        hex(SECRET).to_uppercase(),
        percent(SECRET),
        percent(SECRET).to_lowercase(),
        percent(&percent(SECRET)),
        SECRET.replace('/', "%2f").replace('+', "%2B"),
        SECRET.replace('+', " "),
        SECRET.replace('/', "\\/"),
        json_units.clone(),
        percent(&json_units),
        references,
    ];
    for before in ["", "a", "ab"] {
        let whole = format!("{before}{SECRET} and more");
        // What its neighbours decide a part of may stand.
        for text in [STANDARD.encode(&whole), URL_SAFE.encode(&whole)] {
            let cut = &text[(before.len() * 4).div_ceil(3)..(before.len() + SECRET.len()) * 4 / 3];
            forms.push(cut.to_owned());
            forms.push(percent(cut));
        }
    }
    for form in forms {
        let shown = body(TEXT, &format!("({form})"), &needles).to_string();
        assert_eq!(shown, "(***)", "{form}");
        let quoted = serde_json::Value::from(format!("({form})")).to_string();
        assert_eq!(body(JSON, &quoted, &needles).to_string(), "\"(***)\"", "{form}");
    }
}

#[test]
fn encodings_within_one_another_are_undone() {
    let needles = presented();
    let json = format!(r#"{{"note":"{}"}}"#, SECRET.replace('/', "\\/"));
    for text in [
        STANDARD.encode(hex(SECRET)),
        hex(&STANDARD.encode(SECRET)),
        STANDARD.encode(&json),
        URL_SAFE_NO_PAD.encode(&json),
        hex(&json),
        STANDARD.encode(percent(SECRET)),
        percent(&STANDARD.encode(percent(SECRET))),
        STANDARD.encode(STANDARD.encode(STANDARD.encode(SECRET))),
    ] {
        let shown = body(TEXT, &format!("({text})"), &needles).to_string();
        assert!(shown.starts_with("(***") && shown.len() < 12, "{text}: {shown}");
    }
    // Deeper than is looked, nothing of it shows.
    let deep = percent(&percent(&percent(&percent("anything"))));
    assert_eq!(body(TEXT, &format!("({deep})"), &nothing()).to_string(), "***");
}

#[test]
fn eight_characters_of_a_secret_are_masked_and_seven_may_stand() {
    let needles = presented();
    for start in 0..=SECRET.len() - 8 {
        let part = &SECRET[start..start + 8];
        assert_eq!(body(TEXT, &format!("({part})"), &needles).to_string(), "(***)", "{part}");
        let part = format!("({})", &SECRET[start..start + 7]);
        assert_eq!(body(TEXT, &part, &needles).to_string(), part);
    }
}

#[test]
fn a_short_secret_is_masked_as_a_whole() {
    let with = |secret: &str| needles(&[("x-api-secret", secret)], "/", "");
    for (secret, text, shown) in [
        ("hun2", "a hun2 b", "a *** b"),
        ("hun2", "hun 2hun", "hun 2hun"),
        ("hunter2", "xhunter2x hunter", "x***x hunter"),
        ("hun2", &hex("hun2"), "***"),
        ("hunte", &STANDARD.encode("hunte"), "***U="),
        ("hun2", &STANDARD.encode("hun2"), "***=="),
        ("hun2", &percent("hun2"), "***"),
        // It would stand in every other word.
        ("hun", "hunter", "hunter"),
    ] {
        assert_eq!(body(TEXT, text, &with(secret)).to_string(), shown, "{secret} in {text}");
    }
}

#[test]
fn the_key_id_beside_a_secret_is_public() {
    let key = "AN1EXAMPLEKEY000001";
    let basic = format!("Basic {}", STANDARD.encode(format!("{key}:{SECRET}")));
    let signed = format!(
        "ANTAVO-HMAC-SHA256 Credential={key}/20261127/st1/api/antavo_request, SignedHeaders=date;host, Signature=0123456789abcdef"
    );
    for lines in [
        vec![("authorization", basic.as_str())],
        vec![("authorization", &format!("Bearer {key}:{SECRET}"))],
        vec![("authorization", &signed)],
        vec![("x-api-key", key), ("x-api-secret", SECRET)],
    ] {
        let text = format!("{key} date;host");
        assert_eq!(body(TEXT, &text, &needles(&lines, "/", "")).to_string(), text);
    }
    let presigned = format!(
        "/?X-Amz-Credential={key}/20261127/r/s/aws4_request&X-Amz-Date=20261127T000000Z&X-Amz-Signature=01234567"
    );
    let shown = redactor().target(&presigned, &needles(&[], &presigned, ""), Content::Redacted).to_string();
    assert_eq!(shown, "/?X-Amz-Credential=***&X-Amz-Date=20261127T000000Z&X-Amz-Signature=***");
    // One of ours in its place is none.
    let ours = "kws1_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg012345";
    let swapped = needles(&[("authorization", &format!("Bearer {ours}:key"))], "/", "");
    assert_eq!(body(TEXT, "(89ABCDEF)", &swapped).to_string(), "(***)");
    let signed = signed.replace(key, ours);
    let swapped = needles(&[("authorization", &signed)], "/", "");
    assert_eq!(body(TEXT, "(89ABCDEF)", &swapped).to_string(), "(***)");
}

#[test]
fn a_token_of_ours_hides_its_secret_and_not_its_key_id() {
    let token = "kwt1_0123456789ABCDEF_zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFED";
    assert_eq!(token.len(), 2 + 3 + 16 + 1 + 49);
    let needles = needles(&[("authorization", &format!("Bearer {token}"))], "/", "");
    for (text, shown) in
        [("(zyxwvuts)", "(***)"), ("(kws1_zyx)", "(***)"), ("kwk_0123456789ABCDEF", "kwk_0123456789ABCDEF")]
    {
        assert_eq!(body(TEXT, text, &needles).to_string(), shown);
    }
}

#[test]
fn more_secrets_than_are_looked_for_leave_length_and_digest() {
    let fields = |count: usize| -> String { (0..count).map(|at| format!("token{at}={at:08}&")).collect() };
    let with = |body: &str| needles(&[("content-type", FORM)], "/a?b=c", body);
    let (some, many) = (with(&fields(256)), with(&fields(257)));
    assert_eq!(body(TEXT, "hello", &some).to_string(), "hello");
    assert!(is_digest(&body(TEXT, "hello", &many)));
    assert!(is_digest(&redactor().target("/a?b=c", &many, Content::Redacted)));
    let lines = [("host", b"api.example.test".as_slice())];
    assert!(redactor().headers(Headers::lines(&lines), &many).is_empty());
    assert!(redactor().text_with("hello", &many).starts_with("(5 bytes, "));
    // One of them is counted once, however often it stands.
    assert_eq!(body(TEXT, "hello", &with(&"token=abcdefgh&".repeat(1000))).to_string(), "hello");
    let long = |length: usize| format!("token={}", "x".repeat(length));
    assert_eq!(body(TEXT, "hello", &with(&long(8192))).to_string(), "hello");
    assert!(is_digest(&body(TEXT, "hello", &with(&long(8193)))));
}

// Rule 2.

#[test]
fn a_field_is_masked_by_its_name() {
    for (content_type, text, shown) in [
        (JSON, r#"{"a":1,"Pass-Word":"x"}"#, r#"{"a":1,"Pass-Word":"***"}"#),
        (JSON, r#"{"to\u006Ben":[1,{"b":"x"}],"c":2}"#, r#"{"token":"***","c":2}"#),
        (JSON, r#"{"a":[{"API key":null}]}"#, r#"{"a":[{"API key":"***"}]}"#),
        (JSON, r#"{"pass%77ord":"x"}"#, r#"{"pass%77ord":"***"}"#),
        (JSON, r#"{"a":"{\"pwd\":\"x\",\"b\":\"y\"}"}"#, r#"{"a":"{\"pwd\":\"***\",\"b\":\"y\"}"}"#),
        (JSON, r#"{"a":"x?token=y&b=z"}"#, r#"{"a":"x?token=***&b=z"}"#),
        (FORM, "a=1&user[password]=x&b=2", "a=1&user[password]=***&b=2"),
        (FORM, "p%61sswd=x", "passwd=***"),
        (FORM, "data=%7B%22secret%22%3A%22x%22%7D", "data=%7B%22secret%22:%22***%22%7D"),
        (
            "Multipart/Form-Data; boundary=b",
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\n\
             Content-Disposition: form-data; name=\"Api.Key\"\r\n\r\nx\r\n--b--",
            "a=1&Api.Key=***",
        ),
        (TEXT, "a=1 token=x", "a=1 token=***"),
    ] {
        assert_eq!(body(content_type, text, &nothing()).to_string(), shown, "{text}");
    }
    let target = |target| redactor().target(target, &nothing(), Content::Redacted).to_string();
    assert_eq!(target("/a/b?c=d&X-Amz-Signature=ab"), "/a/b?c=d&X-Amz-Signature=***");
    assert_eq!(target("https://user:x@api.example.test/a?b"), "/a?string(1)");
}

#[cfg(feature = "mapp")]
#[test]
fn an_element_is_masked_by_its_name() {
    let xml = "text/xml; charset=UTF-8";
    for (text, shown) in [
        (
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<api>\n <shared_secret><![CDATA[x]]></shared_secret>\n <a>1</a>\n</api>",
            "<api><shared_secret>***</shared_secret><a>1</a></api>",
        ),
        ("<a><b:token c='x'><d>y</d></b:token></a>", "<a><b:token c=\"***\">***</b:token></a>"),
        ("<a token='x' b='1'/>", "<a token=\"***\" b=\"1\"></a>"),
        ("<a><f name='password' c='x'>y</f></a>", "<a><f name=\"***\" c=\"***\">***</f></a>"),
        ("<a>password: &#120; <!-- no --><?no?>y</a>", "<a>password: ***</a>"),
        ("<a>{\"pwd\":\"x\"}</a>", "<a>{&quot;pwd&quot;:&quot;***&quot;}</a>"),
        ("<a>&amp;&lt;&gt;&quot;&apos;</a>", "<a>&amp;&lt;&gt;&quot;'</a>"),
    ] {
        assert_eq!(body(xml, text, &nothing()).to_string(), shown, "{text}");
    }
    let form = "data=%3Capi%3E%3Cauthentication%3E%3Capi_key%3Ek%3C/api_key%3E%3Cshared_secret%3Ex%3C/shared_secret%3E%3C/authentication%3E%3C/api%3E";
    let shown = form.replace("Ek%", "E***%").replace("Ex%", "E***%");
    assert_eq!(body(FORM, form, &nothing()).to_string(), shown);
    let request = format!("<api><shared_secret> {SECRET}\n</shared_secret><b token='other-secret'/></api>");
    let needles = needles(&[("content-type", xml)], "/", &request);
    assert_eq!(body(TEXT, &format!("{SECRET} other-secret"), &needles).to_string(), "*** ***");
    let by_form = self::needles(&[("content-type", FORM)], "/", &format!("data={}", percent(&request)));
    assert_eq!(body(TEXT, SECRET, &by_form).to_string(), "***");
}

#[test]
fn pairs_are_masked_in_any_text() {
    for (text, shown) in [
        ("password=x", "password=***"),
        ("a=1 password=x y b=2", "a=1 password=*** b=2"),
        ("a=1&password=x&b=2", "a=1&password=***&b=2"),
        ("password=x, b=2; c", "password=*** b=2; c"),
        ("password=ab== c", "password=***"),
        ("password: x y\nb", "password: ***\nb"),
        ("Password:\n\n  x\nb", "Password:\n\n  ***\nb"),
        ("Authorization: Digest a=\"b\", c=\"d\"\nb", "Authorization: ***\nb"),
        ("my.api-key => x", "my.api-key => ***"),
        ("'token' : 'x\\'y', b", "'token' : '***', b"),
        (r#"{"token":"x\"y","b":"c"}"#, r#"{"token":"***","b":"c"}"#),
        (r#"{\"token\":\"x\\\"y\",\"b\":1}"#, r#"{\"token\":\"***\",\"b\":1}"#),
        (r#""token":"x"#, r#""token":"***"#),
        ("secrets: [1, {2}]\nb", "secrets: ***"),
        ("<pwd>x</pwd> <b>", "<pwd>***</pwd> <b>"),
        ("<a:pwd><b>x</b></a:pwd> c", "<a:pwd>***</a:pwd> c"),
        ("<pwd value='x'/> c", "<pwd***"),
        ("<f id='a' name='password' value='x'>\ny</f>", "<f id='a' name='password'***"),
        (r#"a; name=\"my-token\"\r\n\r\nx"#, r#"a; name=\"my-token\"***"#),
        ("password%3Dx%26b=1", "password%3D***%26b=1"),
        ("tokenization is not a pair", "tokenization is not a pair"),
        ("a secret thing: none", "a secret thing: none"),
        ("password=", "password="),
        ("password", "password"),
        ("", ""),
    ] {
        assert_eq!(redactor().text(text), shown, "{text}");
    }
}

#[test]
fn an_application_adds_names() {
    let redactor = redactor().mask_field("Pin-Code").unwrap().default_content(Content::Redacted);
    let shown = redactor.body(
        Some(b"application/json"),
        br#"{"my_pin_code":1,"pin":2}"#,
        &nothing(),
        Content::Redacted,
    );
    assert_eq!(shown.to_string(), r#"{"my_pin_code":"***","pin":2}"#);
    assert_eq!(Redactor::mask_field(redactor, "--").unwrap_err(), InvalidField::Length);
}

// Rule 3.

#[test]
fn credentials_of_ours_are_masked_whoevers_they_are() {
    let secret = "kws1_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg012345";
    let token = "acmet1_0123456789ABCDEF_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg012345";
    for text in [secret, token] {
        let quoted = format!("\"{text}\"");
        assert_eq!(body(TEXT, &format!("({text})"), &nothing()).to_string(), "(***)");
        assert_eq!(body(JSON, &quoted, &nothing()).to_string(), "\"***\"");
        assert_eq!(body(JSON, &format!("{{{quoted}:1}}"), &nothing()).to_string(), r#"{"***":1}"#);
        assert_eq!(
            body(FORM, &format!("a={}&{text}=b", percent(text)), &nothing()).to_string(),
            "a=***&***=b"
        );
        assert_eq!(
            redactor().target(&format!("/a/{text}/b"), &nothing(), Content::None).to_string(),
            "/a/***/b"
        );
        for encoded in [STANDARD.encode(text), hex(text)] {
            let shown = body(TEXT, &format!("({encoded})"), &nothing()).to_string();
            assert!(shown.starts_with("(***"), "{shown}");
        }
        // Cut, it is one still.
        for end in text.len() - 40..text.len() {
            let shown = body(TEXT, &text[..end], &nothing()).to_string();
            assert!(shown.ends_with("***") && shown.len() <= 8, "{shown}");
        }
    }
}

// How much is kept.

#[test]
fn content_is_chosen_by_module() {
    let redactor = redactor().content("events", Content::Redacted).content("wallet", Content::None);
    assert_eq!(redactor.content_of(Some("events")), Content::Redacted);
    assert_eq!(redactor.content_of(Some("wallet")), Content::None);
    assert_eq!(redactor.content_of(Some("coupons")), Content::Shape);
    assert_eq!(redactor.content_of(None), Content::Shape);
    let redactor = redactor.default_content(Content::None).content("events", Content::Shape);
    assert_eq!(redactor.content_of(Some("events")), Content::Shape);
    assert_eq!(redactor.content_of(None), Content::None);
}

#[test]
fn a_shape_has_names_types_and_lengths() {
    for (content_type, text, shown) in [
        (
            JSON,
            r#" {"a":"x\u00e9y","b":[1,-2.5e7,true,null,{}],"token":"x","c":"{\"d\":\"e\"}"} "#,
            r#"{"a":"string(4)","b":["number(1)","number(6)","boolean","null",{}],"token":"***","c":"{\"d\":\"string(1)\"}"}"#,
        ),
        (FORM, "a=b%20c&&d=&e", "a=string(3)&d=string(0)&string(1)"),
        (TEXT, "hello", "text(5)"),
    ] {
        assert_eq!(shape(content_type, text), shown, "{text}");
    }
    let parts =
        b"--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f.png\"\r\n\r\n\xff\xd8\xff\r\n--b--";
    let shown =
        redactor().body(Some(b"multipart/form-data; boundary=b"), parts, &nothing(), Content::Redacted);
    assert_eq!(shown.to_string(), "a=bytes(3)");
    assert_eq!(redactor().target("/a?b=c", &nothing(), Content::Shape).to_string(), "/a?b=string(1)");
    assert_eq!(redactor().target("/a?b=c", &nothing(), Content::None).to_string(), "/a");
    assert_eq!(redactor().body(Some(b"text/plain"), b"a", &nothing(), Content::None), Shown::Nothing);
    assert_eq!(redactor().body(Some(b"text/plain"), b"", &nothing(), Content::Redacted), Shown::Nothing);
}

#[test]
fn what_cannot_be_read_shows_its_length_and_keyed_digest() {
    for (content_type, text) in [
        (JSON, r#"{"a":1"#),
        (JSON, "{\"a\":1}\0"),
        (JSON, "\u{feff}{}"),
        (JSON, &("[".repeat(65) + &"]".repeat(65))),
        ("application/json; charset=utf-16", "{}"),
        ("application/json; charset=utf-8; charset=utf-7", "{}"),
        (FORM, "a=%"),
        (FORM, "a=%zz"),
        (FORM, "a=%ff"),
        (FORM, r#"{"password":"x"}"#),
        (FORM, "<api/>"),
        (FORM, "a b"),
        ("multipart/form-data; boundary=b", "--b\r\n"),
        ("multipart/form-data", "--b--"),
        ("multipart/mixed; boundary=b", "--b--"),
        (TEXT, "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nx\r\n--b--"),
        ("text/html", "<html></html>"),
        ("text/csv", "a,b"),
        ("application/x-ndjson", "{}"),
        ("application/octet-stream", "abc"),
        ("", "hello"),
        ("nonsense", "{}"),
    ] {
        for content in [Content::Shape, Content::Redacted] {
            let shown = redactor().body(Some(content_type.as_bytes()), text.as_bytes(), &nothing(), content);
            assert!(is_digest(&shown), "{content_type}: {text}: {shown}");
        }
    }
    assert!(is_digest(&redactor().body(Some(b"text/plain"), b"\xff", &nothing(), Content::Redacted)));
    assert!(is_digest(&redactor().body(None, b"hello", &nothing(), Content::Redacted)));
    // Python: hmac.new(bytes([7] * 32), b"keyward/digest/1<html>", "sha256").hexdigest()[:32]
    assert_eq!(
        body("text/html", "<html>", &nothing()).to_string(),
        "(6 bytes, 9693cb69b6472a226a6bf510c4cc25dc)"
    );
    let other = Redactor::new(RedactionKey::new([8; 32]).unwrap());
    assert_ne!(
        other.body(None, b"<html>", &nothing(), Content::Shape),
        body("text/html", "<html>", &nothing())
    );
    assert_eq!(RedactionKey::new([0; 32]).unwrap_err(), InvalidKey::AllZero);
}

#[cfg(feature = "mapp")]
#[test]
fn xml_that_is_not_strictly_so_shows_its_length_and_digest() {
    for text in [
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>x",
        "x<a/>",
        "<a>&no;</a>",
        "<a>&#1;</a>",
        "<a>\u{1}</a>",
        "<a b=c/>",
        "<a b='1' b='2'/>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "<!DOCTYPE a><a/>",
        "<?xml version='1.0' encoding='utf-16'?><a/>",
        "<a b='&no;'/>",
        "<\u{e9}/>",
        "<a\"/>",
        "",
        " ",
        &("<a>".repeat(65) + &"</a>".repeat(65)),
        &format!("<a {}/>", (0..65).map(|at| format!("a{at}='' ")).collect::<String>()),
    ] {
        let shown = body("application/xml", &format!("{text} "), &nothing());
        assert!(is_digest(&shown), "{text}: {shown}");
    }
    assert_eq!(body(FORM, "data=%3Ca%3Ex", &nothing()).to_string(), "data=string(4)");
}

#[cfg(not(feature = "mapp"))]
#[test]
fn xml_shows_its_length_and_digest_where_it_is_not_read() {
    assert!(is_digest(&body("text/xml", "<a/>", &nothing())));
    assert_eq!(body(FORM, "data=%3Ca/%3E", &nothing()).to_string(), "data=string(4)");
}

#[test]
fn what_is_too_long_ends_early_and_is_of_its_grammar_still() {
    const MOST: usize = 16 * 1024;
    let object =
        format!("{{{}\"z\":[[[1]]]}}", (0..5000).map(|at| format!("\"f{at}\":\"v\",")).collect::<String>());
    let array = format!("[{}{{}}]", "[[{\"a\":[1,2,3]}]],".repeat(2000));
    let long = format!("{{\"a\":\"{}\",\"b\":1}}", "x".repeat(5000));
    for text in [&object, &array] {
        let shown = body(JSON, text, &nothing()).to_string();
        assert!(shown.len() <= MOST && shown.len() > MOST - 200, "{}", shown.len());
        serde_json::from_str::<serde_json::Value>(&shown).unwrap();
        assert!(shown.contains("\"...\""));
    }
    assert_eq!(body(JSON, &long, &nothing()).to_string(), r#"{"a":"string(5000)","b":1}"#);
    // It is read to its end all the same.
    assert!(is_digest(&body(JSON, &format!("{object}x"), &nothing())));
    let form = "name=value&".repeat(5000);
    let shown = body(FORM, &form, &nothing()).to_string();
    assert!(shown.len() <= MOST && shown.ends_with("&..."));
    assert!(is_digest(&body(FORM, &format!("{form}%"), &nothing())));
    let shown = body(TEXT, &"é".repeat(20_000), &nothing()).to_string();
    assert!(shown.len() <= MOST && shown.ends_with("é..."));
    assert!(is_digest(&redactor().target(&format!("/{}", "a".repeat(MOST)), &nothing(), Content::Redacted)));
    assert!(is_digest(&body(TEXT, &"a".repeat(4 * 1024 * 1024 + 1), &nothing())));
    assert!(is_digest(&body(TEXT, "a", &needles(&[], "/", &"a".repeat(4 * 1024 * 1024 + 1)))));
}

#[cfg(feature = "mapp")]
#[test]
fn xml_that_is_too_long_ends_early_and_is_xml_still() {
    let text = format!("<r xmlns:b='u'>{}</r>", "<b:a c='1'>x<d/></b:a>".repeat(3000));
    let shown = body("text/xml", &text, &nothing()).to_string();
    assert!(shown.len() <= 16 * 1024 && shown.len() > 16_000 && shown.contains("..."), "{}", shown.len());
    assert!(shown.ends_with("</r>") && shown.starts_with("<r xmlns:b=\"u\">"));
    assert!(is_digest(&body("text/xml", &format!("{text}<x/>"), &nothing())));
}

#[test]
fn documents_within_one_another_are_read_to_a_depth() {
    let mut text = r#"{"a":"b"}"#.to_owned();
    for depth in 0..5 {
        let shown = shape(JSON, &text);
        assert!(serde_json::from_str::<serde_json::Value>(&shown).is_ok());
        // Below the third, a document is a text; its pairs are found all the same.
        assert_eq!(shown.contains("string(1)"), depth <= 3, "{shown}");
        text = serde_json::json!({ "d": text }).to_string();
    }
    let mut text = r#"{"token":"b"}"#.to_owned();
    for _ in 0..5 {
        assert!(body(JSON, &text, &nothing()).to_string().contains("***"));
        text = serde_json::json!({ "d": text }).to_string();
    }
}

#[test]
fn a_name_that_holds_a_secret_is_masked() {
    let needles = presented();
    let text = format!(r#"{{"x{SECRET}":1,"{}":2}}"#, "n".repeat(129));
    assert_eq!(body(JSON, &text, &needles).to_string(), r#"{"***":1,"***":2}"#);
    assert_eq!(body(FORM, &format!("{}=1", percent(SECRET)), &needles).to_string(), "***=1");
    let number = self::needles(&[("x-api-secret", "1234567890")], "/", "");
    assert_eq!(body(JSON, "[1234567890,12345678e2,true]", &number).to_string(), r#"["***","***",true]"#);
}

#[test]
fn headers_show_by_a_list_and_the_secret_ones_among_them_masked() {
    let lines: Vec<(&str, &[u8])> = vec![
        ("Host", b"api.example.test"),
        ("authorization", b"Bearer Zq7/w+K2m=Xv9_Rt-B4n"),
        ("User-Agent", b"curl Zq7/w+K2m=Xv9_Rt-B4n"),
        ("accept", b"a\xff"),
        ("x-secret-thing", b"x"),
        ("X-Extra", b"token=abc d"),
        ("X-Other", b"y"),
    ];
    let long = vec![b'a'; 1025];
    let mut with_long = lines.clone();
    with_long.push(("date", &long));
    let redactor = redactor().show_header("X-EXTRA").show_header("x-secret-thing");
    let shown = redactor.headers(Headers::lines(&with_long), &presented());
    let shown: Vec<_> = shown.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(shown[..2], [("host", "api.example.test"), ("user-agent", "curl ***")]);
    assert!(shown[2].0 == "accept" && shown[2].1.starts_with("(2 bytes, "));
    assert_eq!(shown[3..5], [("x-secret-thing", "***"), ("x-extra", "token=***")]);
    assert!(shown[5].0 == "date" && shown[5].1.starts_with("(1025 bytes, "));
    assert_eq!(shown.len(), 6);
    let many = vec![("host", b"a".as_slice()); 100];
    assert_eq!(redactor.headers(Headers::lines(&many), &nothing()).len(), 64);
    let more = vec![("x", b"a".as_slice()); 1001];
    let needles = redactor.needles(&RequestHead::new("GET", "/", Headers::lines(&more)), b"");
    assert!(is_digest(&redactor.target("/", &needles, Content::Shape)));
}

#[test]
fn a_query_that_cannot_be_read_shows_its_digest_behind_the_path() {
    let shown = redactor().target("/a/%41b?c=%", &nothing(), Content::Redacted).to_string();
    assert!(shown.starts_with("/a/%41b?(3 bytes, ") && shown.ends_with(')'), "{shown}");
}

#[test]
fn nothing_of_a_secret_prints() {
    let redactor = redactor().show_header("x-a");
    for text in
        [format!("{redactor:?}"), format!("{:?}", presented()), format!("{:?}", RedactionKey::new([7; 32]))]
    {
        assert!(!text.contains('7') && !text.contains(&SECRET[..8]), "{text}");
    }
}

#[test]
fn a_credential_in_a_query_that_is_not_of_its_grammar_is_masked_in_the_reply() {
    let key = "k9Xq2LmPz7Rt4Vw8";
    for rest in ["d=100%", "f=a|b", "filter={a}", "q=caf%E9", "a=b"] {
        let escaped = percent(key);
        for target in [
            format!("/events?api_key={key}&{rest}"),
            format!("/events?{rest}&api_key={key}"),
            format!("/events?{rest}&api%5Fkey={escaped}"),
            format!("/events?%61pi_key={escaped}&{rest}"),
        ] {
            let shown =
                body(JSON, &format!("{{\"note\":\"no such key: {key}\"}}"), &needles(&[], &target, ""));
            assert_eq!(shown.to_string(), "{\"note\":\"no such key: ***\"}", "{target}");
        }
    }
}

#[test]
fn a_signature_is_masked_whatever_its_header_is_called() {
    let mac = "0123456789abcdef".repeat(4);
    for (name, scheme) in [("x-escher-auth", "ESR-HMAC-SHA256"), ("X-Ems-Auth", "EMS-HMAC-SHA512")] {
        let value = format!("{scheme} Credential=k/20261126/eu/x, SignedHeaders=host, Signature={mac}");
        let shown = body(TEXT, &format!("expected {mac}, on 20261126"), &needles(&[(name, &value)], "/", ""));
        assert_eq!(shown.to_string(), "expected ***, on 20261126", "{name}");
    }
}

#[test]
fn secrets_of_a_form_within_a_string_are_masked_in_the_reply_too() {
    let nested = |rest: &str| format!("{{\"payload\":\"a=1&password=Tr0ub4dor-9x&b={rest}\"}}");
    let masked = |body: &str| needles(&[("content-type", JSON)], "/", body);
    assert_eq!(body(TEXT, "(Tr0ub4dor-9x)", &masked(&nested("2"))).to_string(), "(***)");
    // So long a value is no form.
    let long = masked(&nested(&"2".repeat(4096)));
    assert_eq!(body(TEXT, "(Tr0ub4dor-9x)", &long).to_string(), "(Tr0ub4dor-9x)");
}

#[test]
fn a_secret_that_looks_like_a_signatures_scope_is_one_all_the_same() {
    let secret = "hunter2x/20261127/eu-west-1";
    let needles = needles(&[("content-type", FORM)], "/", &format!("password={}", percent(secret)));
    assert_eq!(body(TEXT, &format!("({secret})"), &needles).to_string(), "(***)");
}

#[test]
fn basic_with_a_blank_within_holds_the_same_secret() {
    let encoded = STANDARD.encode(format!("AN1EXAMPLEKEY000001:{SECRET}"));
    let (start, end) = encoded.split_at(21);
    let needles = needles(&[("authorization", &format!("Basic {start} {end}"))], "/", "");
    assert_eq!(body(TEXT, &format!("({SECRET})"), &needles).to_string(), "(***)");
}
