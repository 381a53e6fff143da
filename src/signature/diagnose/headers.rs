//! The forms of the signed headers, and how a client's lines differ from ours.

use alloc::{string::String, vec::Vec};

use super::{
    cause::{Difference, How},
    search::Part,
};
use crate::{
    request::{RequestHead, trimmed},
    signature::{
        canonical::{Names, put_header},
        profile::Profile,
    },
};

#[derive(Clone, Copy)]
struct Options {
    value: Value,
    lines: Lines,
    host: Host,
    sent_order: bool,
}

#[derive(Clone, Copy)]
enum Value {
    Canonical,
    Trimmed,
    Raw,
}

#[derive(Clone, Copy)]
enum Lines {
    Joined,
    Spaced,
    Last,
    First,
}

#[derive(Clone, Copy)]
enum Host {
    Sent,
    Bare,
    Lower,
    Port(&'static str),
}

/// Signed headers each of which is left out together with every other mistake: more than clients sign by habit.
const FEW: usize = 16;

type Mistake = (How, fn(&mut Options));

const MISTAKES: &[Mistake] = &[
    (How::Unfolded, |options| options.value = Value::Trimmed),
    (How::Untrimmed, |options| options.value = Value::Raw),
    (How::LinesSpaced, |options| options.lines = Lines::Spaced),
    (How::LinesLast, |options| options.lines = Lines::Last),
    (How::LinesFirst, |options| options.lines = Lines::First),
    (How::HostBare, |options| options.host = Host::Bare),
    (How::HostCase, |options| options.host = Host::Lower),
    (How::HostPort, |options| options.host = Host::Port(":443")),
    (How::HostPort, |options| options.host = Host::Port(":80")),
    (How::HeadersSent, |options| options.sent_order = true),
];

/// `right`, the lines of the signed headers and their list, and its other forms.
pub(super) fn forms(right: &[u8], profile: &Profile, head: &RequestHead<'_>, names: Names<'_>) -> Part {
    let mut part = Part::new(right);
    let start =
        Options { value: Value::Canonical, lines: Lines::Joined, host: Host::Sent, sent_order: false };
    let mut sorted: Vec<&str> = names.iter().collect();
    sorted.sort_unstable();
    let sent: Vec<&str> = names.iter().collect();
    let with = |mistakes: &[Mistake]| {
        let mut options = start;
        for (_, make) in mistakes {
            make(&mut options);
        }
        let order = if options.sent_order { &sent } else { &sorted };
        block(order, |name| value(profile, head, name, options))
    };
    for mistake in MISTAKES {
        part.add(mistake.0, with(&[*mistake]));
    }
    for left in &sorted {
        let without =
            |options| listed(&sorted, |name| (name != *left).then(|| value(profile, head, name, options)));
        part.add_of(How::HeaderLeft, left, None, without(start));
        let emptied = |name: &str| if name == *left { Vec::new() } else { value(profile, head, name, start) };
        part.add_of(How::HeaderEmpty, left, None, block(&sorted, emptied));
        for (how, make) in MISTAKES.iter().filter(|_| sorted.len() <= FEW) {
            let mut options = start;
            make(&mut options);
            part.add_of(How::HeaderLeft, left, Some(*how), without(options));
        }
    }
    for (place, mistake) in MISTAKES.iter().enumerate() {
        for other in MISTAKES.iter().skip(place + 1) {
            part.add_two(mistake.0, other.0, with(&[*mistake, *other]));
        }
    }
    part
}

fn block(order: &[&str], value: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    listed(order, |name| Some(value(name)))
}

fn listed(order: &[&str], value: impl Fn(&str) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut out = Vec::new();
    for name in order {
        let Some(value) = value(name) else { continue };
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        out.extend(value);
        out.push(b'\n');
    }
    out.push(b'\n');
    out.extend_from_slice(order.join(";").as_bytes());
    out
}

fn value(profile: &Profile, head: &RequestHead<'_>, name: &str, options: Options) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = head.headers.all(name).collect();
    let authority = head.authority.unwrap_or_default().as_bytes();
    if lines.is_empty() && name == "host" {
        lines.push(authority);
    }
    let kept: &[&[u8]] = match (options.lines, lines.as_slice()) {
        (Lines::Last, [.., last]) => core::slice::from_ref(last),
        (Lines::First, [first, ..]) => core::slice::from_ref(first),
        (_, all) => all,
    };
    let mut out = Vec::new();
    for (place, line) in kept.iter().enumerate() {
        if place > 0 {
            out.extend_from_slice(if matches!(options.lines, Lines::Spaced) { b", " } else { b"," });
        }
        match options.value {
            Value::Canonical => put_header(line, profile.rules, &mut out),
            Value::Trimmed => out.extend_from_slice(trimmed(line)),
            Value::Raw => out.extend_from_slice(line),
        }
    }
    if name == "host" { as_host(out, options.host) } else { out }
}

fn as_host(mut host: Vec<u8>, form: Host) -> Vec<u8> {
    match form {
        Host::Lower => host.make_ascii_lowercase(),
        Host::Bare => host.truncate(bare(&host).len()),
        Host::Port(port) if bare(&host).len() == host.len() => host.extend_from_slice(port.as_bytes()),
        Host::Sent | Host::Port(_) => {}
    }
    host
}

/// Without its port.
pub(super) fn bare(host: &[u8]) -> &[u8] {
    let Some(colon) = host.iter().rposition(|byte| *byte == b':') else { return host };
    let (bare, port) = host.split_at_checked(colon).unwrap_or((host, &[]));
    let digits = port.get(1..).unwrap_or_default();
    // A colon within brackets is an address's.
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) { host } else { bare }
}

/// The lines of signed headers, and their list behind an empty line.
struct Block<'t> {
    lines: Vec<(&'t [u8], &'t [u8])>,
    names: &'t [u8],
}

impl<'t> Block<'t> {
    fn read(text: &'t [u8]) -> Self {
        let mut rows: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
        let names = rows.pop().unwrap_or_default();
        let cut = |row: &'t [u8]| {
            let colon = row.iter().position(|byte| *byte == b':')?;
            let (name, value) = row.split_at_checked(colon)?;
            Some((name, value.get(1..)?))
        };
        Self { lines: rows.into_iter().filter_map(cut).collect(), names }
    }

    fn find(&self, name: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
        self.lines.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).copied()
    }
}

/// What differs, header by header. Only what our side lists is named.
pub(super) fn compare(ours: &[u8], theirs: &[u8], date_name: &str, found: &mut Vec<Difference>) {
    let (ours, theirs) = (Block::read(ours), Block::read(theirs));
    let before = found.len();
    for (name, value) in &ours.lines {
        let part = String::from_utf8_lossy(name);
        let mut differ = |how| found.push(Difference::of(how, Some(&part)));
        match theirs.find(name) {
            None => differ(How::HeaderLeft),
            Some((written, _)) if written != *name => differ(How::HeaderCase),
            Some((_, signed)) if signed == *value => {}
            Some((_, signed)) => differ(value_differs(name, value, signed, date_name)),
        }
    }
    if theirs.lines.iter().any(|(name, _)| ours.find(name).is_none()) {
        found.push(Difference::new(How::HeaderExtra));
    }
    if found.len() > before {
        return;
    }
    if ours.lines.iter().map(|line| line.0).ne(theirs.lines.iter().map(|line| line.0)) {
        found.push(Difference::new(How::HeadersSent));
    } else if ours.names != theirs.names {
        found.push(Difference::new(How::NamesOther));
    }
}

fn value_differs(name: &[u8], ours: &[u8], theirs: &[u8], date_name: &str) -> How {
    let words = |text: &[u8]| {
        let words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        words.map(<[u8]>::to_vec).collect::<Vec<_>>().join(&b' ')
    };
    let packed =
        |text: &[u8]| text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<_>>();
    if name == b"host" {
        return match (bare(ours), bare(theirs)) {
            _ if ours.eq_ignore_ascii_case(theirs) => How::HostCase,
            (bare, _) if bare.eq_ignore_ascii_case(theirs) => How::HostBare,
            (_, bare) if bare.eq_ignore_ascii_case(ours) => How::HostPort,
            _ => How::HostOther,
        };
    }
    let behind_comma =
        |whole: &[u8], part: &[u8]| !part.is_empty() && whole.ends_with(part) && whole.contains(&b',');
    match () {
        () if trimmed(theirs) == ours => How::Untrimmed,
        () if words(theirs) == words(ours) => How::Unfolded,
        () if packed(theirs) == packed(ours) => How::LinesSpaced,
        () if name == date_name.as_bytes() => How::DateOther,
        () if theirs.is_empty() => How::HeaderEmpty,
        () if behind_comma(ours, theirs) => How::LinesLast,
        () if !theirs.is_empty() && ours.starts_with(theirs) && ours.contains(&b',') => How::LinesFirst,
        () => How::HeaderOther,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_port_is_cut_from_a_host() {
        for (host, name) in [
            ("a.test", "a.test"),
            ("a.test:443", "a.test"),
            ("[::1]:80", "[::1]"),
            ("[::1]", "[::1]"),
            ("a.test:", "a.test:"),
            ("a.test:x", "a.test:x"),
            ("", ""),
        ] {
            assert_eq!(bare(host.as_bytes()), name.as_bytes());
        }
    }

    #[test]
    fn lines_are_compared_by_name_and_only_our_names_are_told() {
        let ours = b"date:x\nhost:a.test\nx-a:1,2\n\ndate;host;x-a";
        for (theirs, how, part) in [
            ("date:x\nhost:a.test\n\ndate;host;x-a", How::HeaderLeft, Some("x-a")),
            ("date:y\nhost:a.test\nx-a:1,2\n\ndate;host;x-a", How::DateOther, Some("date")),
            ("date:x\nhost:a.test:80\nx-a:1,2\n\ndate;host;x-a", How::HostPort, Some("host")),
            ("date:x\nhost:b.test\nx-a:1,2\n\ndate;host;x-a", How::HostOther, Some("host")),
            ("date:x\nhost:a.test\nx-a:1, 2\n\ndate;host;x-a", How::LinesSpaced, Some("x-a")),
            ("date:x\nhost:a.test\nx-a:2\n\ndate;host;x-a", How::LinesLast, Some("x-a")),
            ("date:x\nhost:a.test\nx-a:1\n\ndate;host;x-a", How::LinesFirst, Some("x-a")),
            ("date:x\nhost:a.test\nx-a: 1,2\n\ndate;host;x-a", How::Untrimmed, Some("x-a")),
            ("date:x\nhost:a.test\nx-a:3\n\ndate;host;x-a", How::HeaderOther, Some("x-a")),
            ("date:x\nHost:a.test\nx-a:1,2\n\ndate;host;x-a", How::HeaderCase, Some("host")),
            ("date:x\nhost:a.test\nx-a:1,2\nx-secret:4\n\ndate;host;x-a", How::HeaderExtra, None),
            ("host:a.test\ndate:x\nx-a:1,2\n\nhost;date;x-a", How::HeadersSent, None),
            ("date:x\nhost:a.test\nx-a:1,2\n\ndate,host,x-a", How::NamesOther, None),
        ] {
            let mut found = Vec::new();
            compare(ours, theirs.as_bytes(), "date", &mut found);
            assert_eq!(found, [Difference::of(how, part)], "{theirs}");
        }
        let mut found = Vec::new();
        compare(ours, ours, "date", &mut found);
        assert_eq!(found, []);
    }
}
