//! The canonical form of a request: what both sides hash.

mod encode;
mod fields;
mod headers;
mod path;
mod query;

pub(super) use encode::{Coding, escape, escapes_are_whole, put_escaped, put_hex};
pub(super) use fields::Fields;
pub(super) use headers::{Names, is_one_line, put_value as put_header};
pub(super) use path::{is_normal, is_strict, put as put_path};
pub(super) use query::{pair, pairs};

use super::{bytes::cut, host::host, profile::Profile, profile::Rules, sink::Sink};
use crate::{body::BodyDigest, request::RequestHead};

/// What stands in place of a body's digest where the body is not signed.
pub(super) const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// The last line of a canonical request.
#[derive(Clone, Copy)]
pub(super) enum PayloadLine {
    Digest(BodyDigest),
    Unsigned,
}

/// Path and query of a target: the query is what stands behind the first `?`.
pub(super) fn split(target: &str) -> (&str, &str) {
    cut(target, b'?').unwrap_or((target, ""))
}

/// Puts the canonical request. `skip` says which pairs of the query are left out.
pub(super) fn put(
    profile: &Profile,
    head: &RequestHead<'_>,
    (names, fields): (Names<'_>, &Fields<'_>),
    payload: PayloadLine,
    skip: impl Fn(&str) -> bool + Copy,
    out: &mut impl Sink,
) {
    let (path, query) = split(head.target);
    put_method(head.method, profile.rules, out);
    out.put(b"\n");
    path::put(path, profile.rules, profile.path, out);
    out.put(b"\n");
    query::put(query, profile.rules, skip, out);
    out.put(b"\n");
    if let Some(fields) = fields.in_order() {
        for field in fields {
            out.put(field.name.as_bytes());
            if let Some(value) = field.value {
                out.put(b":");
                out.put(value);
            } else {
                put_values(field.name, head, profile.rules, out);
            }
            out.put(b"\n");
        }
    } else {
        names.for_each(|name| {
            out.put(name.as_bytes());
            put_values(name, head, profile.rules, out);
            out.put(b"\n");
        });
    }
    if let Some(list) = names.as_signed() {
        out.put(b"\n");
        out.put(list.as_bytes());
    } else {
        let mut between = b"\n";
        names.for_each(|name| {
            out.put(between);
            out.put(name.as_bytes());
            between = b";";
        });
    }
    out.put(b"\n");
    match payload {
        PayloadLine::Digest(digest) => put_hex(digest.as_bytes(), out),
        PayloadLine::Unsigned => out.put(UNSIGNED.as_bytes()),
    }
}

/// Escher signs methods in upper case.
fn put_method(method: &str, rules: Rules, out: &mut impl Sink) {
    match rules {
        Rules::Escher | Rules::AntavoPhp if method.bytes().any(|byte| byte.is_ascii_lowercase()) => {
            method.bytes().for_each(|byte| out.put(&[byte.to_ascii_uppercase()]));
        }
        _ => out.put(method.as_bytes()),
    }
}

/// All values of a header behind a colon, joined by commas in the order of their lines. The host may have come without
/// a line, as `:authority`.
fn put_values(name: &str, head: &RequestHead<'_>, rules: Rules, out: &mut impl Sink) {
    let mut between: &[u8] = b":";
    for value in head.headers.all(name) {
        out.put(between);
        headers::put_value(value, rules, out);
        between = b",";
    }
    if between == b":" {
        out.put(between);
        let authority = if name == "host" { host(head).ok().flatten() } else { None };
        headers::put_value(authority.unwrap_or_default().as_bytes(), rules, out);
    }
}
