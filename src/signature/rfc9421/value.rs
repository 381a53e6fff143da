//! The value of a component in the request at hand (RFC 9421 §2.1, §2.2).

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    component::{Component, Kind},
    query::put_param,
};
use crate::{
    request::{RequestHead, trimmed},
    signature::{
        bytes::cut,
        flaw::Flaw,
        sink::Sink,
        structured::{Nothing, Unread, put_field, put_value},
    },
};

/// The request as far as components look at it.
#[derive(Clone, Copy)]
pub(crate) struct Values<'r> {
    pub(crate) head: RequestHead<'r>,
    pub(crate) host: Option<&'r str>,
    /// Whether folded lines are read.
    pub(crate) folds: bool,
}

impl<'r> Values<'r> {
    /// Writes the value of `component`, or says why it has none.
    pub(crate) fn put<S: Sink + ?Sized>(&self, component: &Component<'_>, out: &mut S) -> Result<(), Flaw> {
        match component.kind {
            Kind::Method => put_visible(self.head.method, Flaw::Method, out),
            Kind::TargetUri => self.put_uri(out),
            Kind::Authority => self.put_authority(out),
            Kind::Scheme => put_lower(self.scheme()?, out),
            Kind::RequestTarget => put_visible(self.head.target, Flaw::Path, out),
            Kind::Path => self.put_path(out),
            Kind::Query => {
                out.put(b"?");
                put_visible(self.query(), Flaw::Parameters, out)
            }
            Kind::QueryParam(name) => put_param(self.query(), name, out),
            Kind::Field if self.folds => self.put_lines(component.name, out, put_folded),
            Kind::Field => self.put_lines(component.name, out, put_line),
            Kind::Lines => self.put_lines(component.name, out, |line, out| {
                put_base64(line, out);
                Ok(())
            }),
            Kind::Structured => {
                self.first(component.name)?;
                put_field(self.lines(component.name), out).map_err(of_value)
            }
            Kind::Member(member) => {
                let found = put_value(self.lines(component.name), member, out).map_err(of_value)?;
                if found { Ok(()) } else { Err(Flaw::Absent) }
            }
            Kind::Trailer => Err(Flaw::Absent),
        }
    }

    fn lines<'n>(&self, name: &'n [u8]) -> impl Iterator<Item = &'r [u8]> + use<'r, 'n> {
        self.head.headers.all(core::str::from_utf8(name).unwrap_or_default()).map(trimmed)
    }

    fn first(&self, name: &[u8]) -> Result<&'r [u8], Flaw> {
        self.lines(name).next().ok_or(Flaw::Absent)
    }

    /// All lines of a field, joined as §2.1 joins them.
    fn put_lines<S: Sink + ?Sized>(
        &self,
        name: &[u8],
        out: &mut S,
        put: impl Fn(&[u8], &mut S) -> Result<(), Flaw>,
    ) -> Result<(), Flaw> {
        let mut lines = self.lines(name);
        put(lines.next().ok_or(Flaw::Absent)?, out)?;
        for line in lines {
            out.put(b", ");
            put(line, out)?;
        }
        Ok(())
    }

    /// §2.2.4. Of a request that does not say how it came, nobody can tell.
    fn scheme(&self) -> Result<&'r str, Flaw> {
        match (absolute(self.head.target).map(|(scheme, _)| scheme), self.head.scheme) {
            (Some(one), Some(other)) if !one.eq_ignore_ascii_case(other) => Err(Flaw::Absolute),
            (found, other) => found.or(other).ok_or(Flaw::Absent),
        }
    }

    /// §2.2.2: as sent, or put together as RFC 9110 §7.1 says.
    fn put_uri<S: Sink + ?Sized>(&self, out: &mut S) -> Result<(), Flaw> {
        let scheme = self.scheme()?;
        if absolute(self.head.target).is_none() {
            put_lower(scheme, out)?;
            out.put(b"://");
            // RFC 9110 §7.1 puts it together of what was sent; only `@authority` is normalised.
            put_visible(self.host.ok_or(Flaw::HostMissing)?, Flaw::Value, out)?;
            self.put_path(&mut Nothing)?;
        }
        put_visible(self.head.target, Flaw::Path, out)
    }

    /// §2.2.3: lower case, without the port that the scheme has anyway. A service that does not know the scheme drops
    /// either.
    fn put_authority<S: Sink + ?Sized>(&self, out: &mut S) -> Result<(), Flaw> {
        let host = self.host.ok_or(Flaw::HostMissing)?;
        let scheme = self.scheme().unwrap_or_default();
        let default = [("https", ":443"), ("http", ":80")].into_iter().find_map(|(known, port)| {
            let may = scheme.is_empty() || scheme.eq_ignore_ascii_case(known);
            host.strip_suffix(port).filter(|bare| may && (!bare.contains(':') || bare.ends_with(']')))
        });
        put_lower(default.unwrap_or(host), out)
    }

    /// §2.2.6: an empty path is `/`.
    fn put_path<S: Sink + ?Sized>(&self, out: &mut S) -> Result<(), Flaw> {
        match self.path() {
            "" => out.put(b"/"),
            path if path.starts_with('/') => return put_visible(path, Flaw::Path, out),
            _ => return Err(Flaw::Path),
        }
        Ok(())
    }

    fn path(&self) -> &'r str {
        match self.head.target {
            target if target.starts_with('/') => cut(target, b'?').map_or(target, |(path, _)| path),
            _ => self.head.path(),
        }
    }

    /// §2.2.7, without its `?`.
    fn query(&self) -> &'r str {
        cut(self.head.target, b'?').map_or("", |(_, query)| query)
    }
}

/// Scheme and the rest of a target in absolute form.
fn absolute(target: &str) -> Option<(&str, &str)> {
    if target.starts_with('/') {
        return None; // nearly always, and cheaper than a search
    }
    target.split_once("://").filter(|(scheme, _)| !scheme.contains(['/', '?']))
}

/// What stands in a request line or a host: no blank, no control, and no fragment.
fn put_visible<S: Sink + ?Sized>(text: &str, otherwise: Flaw, out: &mut S) -> Result<(), Flaw> {
    // No early end: that way a whole vector of bytes is looked at at once.
    if !text.bytes().fold(true, |all, byte| all & (byte.is_ascii_graphic() && byte != b'#')) {
        return Err(otherwise);
    }
    out.put(text.as_bytes());
    Ok(())
}

fn put_lower<S: Sink + ?Sized>(text: &str, out: &mut S) -> Result<(), Flaw> {
    if !text.bytes().fold(false, |any, byte| any | byte.is_ascii_uppercase()) {
        return put_visible(text, Flaw::Value, out);
    }
    put_visible(text, Flaw::Value, &mut Nothing)?;
    text.bytes().for_each(|byte| out.put(&[byte.to_ascii_lowercase()]));
    Ok(())
}

/// One line of a field: ASCII (§2.5).
fn put_line<S: Sink + ?Sized>(line: &[u8], out: &mut S) -> Result<(), Flaw> {
    if !line.iter().fold(true, |all, byte| all & matches!(byte, b' '..=b'~' | b'\t')) {
        return Err(Flaw::Value);
    }
    out.put(line);
    Ok(())
}

/// One line whose folds become a blank (§2.1).
fn put_folded<S: Sink + ?Sized>(line: &[u8], out: &mut S) -> Result<(), Flaw> {
    let mut rest = line;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\r') {
        let (piece, fold) = rest.split_at_checked(end).unwrap_or_default();
        let [b'\r', b'\n', next @ ..] = fold else { return Err(Flaw::Value) };
        if !next.starts_with(b" ") && !next.starts_with(b"\t") {
            return Err(Flaw::Value);
        }
        put_line(trimmed(piece), out)?;
        out.put(b" ");
        rest = trimmed(next);
    }
    put_line(rest, out)
}

/// `;bs` (§2.1.3): any bytes, so that nothing has to be refused.
fn put_base64<S: Sink + ?Sized>(line: &[u8], out: &mut S) {
    out.put(b":");
    let mut base64 = [0; 64];
    for bytes in line.chunks(48) {
        let length = STANDARD.encode_slice(bytes, &mut base64).unwrap_or_default();
        out.put(base64.get(..length).unwrap_or_default());
    }
    out.put(b":");
}

fn of_value(unread: Unread) -> Flaw {
    if unread == Unread::TooMany { Flaw::TooMany } else { Flaw::Value }
}
