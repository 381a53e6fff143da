//! Requests of the XML API.

#[path = "../../tests/common/xml.rs"]
mod reading;

use keyward::{
    Headers, RequestHead,
    mapp::{InvalidRequest, Reader, Request, RequestProblem},
};
use reading::{Said, agree, said, second};

const FORM: &str = "application/x-www-form-urlencoded";
const BOUNDARY: &str = "----b0undary";

/// A content type, an empty line's worth of nothing, a body: what another reader of XML reads in it is read alike or
/// refused for a documented reason, and every transport carries it alike.
pub fn xml_request(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (line, body) = (&data[..end], data.get(end + 1..).unwrap_or_default());
    let Some(line) = crate::text(line) else { return };
    let content_type = (!line.is_empty()).then_some(line);
    let read = seen(Request::read(content_type, body));
    match content_type {
        Some("text/xml") => {
            let Some(xml) = crate::text(body) else {
                return assert!(matches!(read, Err(RequestProblem::NotUtf8 | RequestProblem::Utf16)));
            };
            let second = second(xml);
            assert!(agree(read.as_ref().ok(), &second), "{xml:?}: {read:?}, {second:?}");
            everywhere(xml, &read);
        }
        Some(FORM) => {
            let expected = parameter(body);
            if let Some(xml) = expected.as_deref().and_then(crate::text) {
                let second = second(xml);
                assert!(agree(read.as_ref().ok(), &second), "{xml:?}: {read:?}, {second:?}");
            } else {
                assert!(read.is_err());
            }
        }
        _ => {}
    }
}

fn seen(read: Result<Request<'_>, InvalidRequest>) -> Result<Said, RequestProblem> {
    match read {
        Ok(request) => Ok(said(&request)),
        Err(error) => {
            assert_eq!(error.reply().status, 200);
            assert!(error.to_string().is_ascii(), "{error}");
            Err(error.problem())
        }
    }
}

/// The same XML from the other transports.
fn everywhere(xml: &str, expected: &Result<Said, RequestProblem>) {
    let escaped: String = xml.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let form = format!("a=b&data={escaped}");
    assert_eq!(&seen(Request::read(Some(FORM), form.as_bytes())), expected);
    let target = format!("/?{form}");
    let head = RequestHead::new("GET", &target, Headers::lines(&[]));
    assert_eq!(&seen(Reader::new().danger_get().receive(&head, b"")), expected);
    if !xml.contains(BOUNDARY) {
        let head = "Content-Disposition: form-data; name=\"data\"";
        let parts = format!("--{BOUNDARY}\r\n{head}\r\n\r\n{xml}\r\n--{BOUNDARY}--\r\n");
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        assert_eq!(&seen(Request::read(Some(&content_type), parts.as_bytes())), expected);
    }
}

/// The one `data` of a form, decoded by way of text.
fn parameter(body: &[u8]) -> Option<Vec<u8>> {
    let decoded = |text: &[u8]| {
        let mut out = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let escape = text.get(at + 1..at + 3).filter(|hex| hex.iter().all(u8::is_ascii_hexdigit));
            match (text[at], escape) {
                (b'%', Some(hex)) => {
                    let hex = str::from_utf8(hex).expect("digits");
                    out.push(u8::from_str_radix(hex, 16).expect("two digits"));
                    at += 2;
                }
                (b'+', _) => out.push(b' '),
                (byte, _) => out.push(byte),
            }
            at += 1;
        }
        out
    };
    let mut values = body.split(|byte| *byte == b'&').filter_map(|pair| {
        let mut parts = pair.splitn(2, |byte| *byte == b'=');
        let name = decoded(parts.next()?);
        (name == b"data").then(|| decoded(parts.next().unwrap_or_default()))
    });
    let first = values.next()?;
    values.next().is_none().then_some(first)
}
