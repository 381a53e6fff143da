//! Guards a promise of the redactor: no heap block that a secret lay in, decoded or put together, is given back unwiped.

#[path = "common/heap.rs"]
mod heap;

use base64::{Engine, engine::general_purpose::STANDARD};
use heap::watch;
use keyward::{Content, Headers, RedactionKey, Redactor, RequestHead};

/// Characters that every grammar escapes or lets stand.
const SECRET: &str = "Zq7/w+K2mXv9_Rt-B4n0pLs5Gd8Hf";

fn units() -> String {
    SECRET.bytes().map(|byte| format!("\\u{byte:04x}")).collect()
}

fn percent() -> String {
    SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn references() -> String {
    SECRET.bytes().map(|byte| format!("&#{byte};")).collect()
}

fn bodies() -> Vec<(&'static str, String)> {
    let (units, percent, references) = (units(), percent(), references());
    let encoded = STANDARD.encode(SECRET);
    let mut bodies = vec![
        (
            "application/json",
            format!(r#"{{"token":"{units}","a":"{units}","b":" {{\"pwd\":\"{units}\"}}"}}"#),
        ),
        ("application/json", format!(r#"{{"{units}":["{encoded}","x={percent}"],"b":"{SECRET}"}}"#)),
        ("application/x-www-form-urlencoded", format!("a={percent}&token={percent}&{percent}=b&c={SECRET}")),
        (
            "application/x-www-form-urlencoded",
            format!("a=%7B%22token%22%3A%22{percent}%22%7D&b={percent}%ff"),
        ),
        (
            "multipart/form-data; boundary=b",
            format!("--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n{SECRET}\r\n--b--"),
        ),
        ("text/plain", format!("token={percent} a={units} b={encoded} {references}")),
        ("application/json", format!(r#"{{"token":"{units}", oops"#)),
    ];
    if cfg!(feature = "mapp") {
        bodies.push((
            "text/xml",
            format!("<a><token>{references}</token><b>x<![CDATA[{SECRET}]]>{references}</b></a>"),
        ));
        bodies.push((
            "text/xml",
            format!("<a token='{SECRET}' b='x{references}'><token>{references} {references}</token></a>"),
        ));
        bodies.push((
            "application/x-www-form-urlencoded",
            format!("data=%3Ca%3E%3Ctoken%3E{percent}%3C/token%3E%3C/a%3E"),
        ));
    }
    bodies
}

#[test]
fn no_block_that_a_secret_lay_in_is_given_back_unwiped() {
    let redactor = Redactor::new(RedactionKey::new([7; 32]).unwrap());
    let basic = format!("Basic {}", STANDARD.encode(format!("key:{SECRET}")));
    for (content_type, body) in bodies() {
        let lines = [("content-type", content_type.as_bytes()), ("authorization", basic.as_bytes())];
        let target = format!("/{}?token={}&a={}", percent(), percent(), percent());
        let head = RequestHead::new("POST", &target, Headers::lines(&lines));
        let seen = watch(SECRET.as_bytes(), || {
            let needles = redactor.needles(&head, body.as_bytes());
            let contents = [Content::Shape, Content::Redacted];
            let bodies = contents.map(|content| {
                redactor.body(Some(content_type.as_bytes()), body.as_bytes(), &needles, content)
            });
            let targets = contents.map(|content| redactor.target(&target, &needles, content));
            let text = redactor.text_with(&body, &needles);
            (needles, bodies, targets, text)
        });
        assert!(seen.allocations > 0);
        assert_eq!(seen.unwiped, 0, "{content_type}: {body}");
    }
}
