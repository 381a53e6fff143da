//! Problem details for HTTP APIs (RFC 9457).

use super::{json, render::Render, whole::Reply};
use crate::{
    access::Catalogue,
    decision::{Denial, Fault},
};

/// Problem details as RFC 9457 has them, `application/problem+json`: the default.
///
/// ```
/// use keyward::{Catalogue, Code, Denial, Problem, Render};
/// let reply = Problem.denial(&Denial::new(Code::AccessMethod), &Catalogue::antavo());
/// let body = concat!(
///     r#"{"type":"about:blank","title":"Forbidden","status":403,"#,
///     r#""detail":"this key may not call this method; add the method to its access level","#,
///     r#""code":"access.method"}"#,
/// );
/// assert_eq!((reply.status, reply.body.as_slice()), (403, body.as_bytes()));
/// ```
///
/// `code` is the stable name that a program branches on; `detail` is for people and may be worded anew. The type is
/// `about:blank`, so the title is the status's own phrase (§4.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Problem;

impl Render for Problem {
    fn denial(&self, denial: &Denial, catalogue: &Catalogue) -> Reply {
        let public = denial.public();
        let body = body(public.status(), public, public.code());
        Reply::refusing(denial, catalogue, CONTENT_TYPE, body)
    }

    fn fault(&self, _: &Fault) -> Reply {
        Reply::faulty(CONTENT_TYPE, body(Fault::STATUS, Fault::PUBLIC, Fault::CODE))
    }
}

const CONTENT_TYPE: &str = "application/problem+json";

/// The longest body has 279 bytes; growing would allocate again.
const ROOM: usize = 320;

fn body(status: u16, detail: impl core::fmt::Display, code: &str) -> alloc::vec::Vec<u8> {
    json::object(ROOM, |problem| {
        problem.text("type", "about:blank");
        problem.text("title", phrase(status));
        problem.number("status", status);
        problem.text("detail", detail);
        problem.text("code", code);
    })
}

/// RFC 9110 §15, and for 429 RFC 6585 §4.
pub(super) fn phrase(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        410 => "Gone",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Error",
    }
}
