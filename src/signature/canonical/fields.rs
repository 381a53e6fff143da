//! The lines of signed headers, each looked for once: what is checked is what is signed.

use super::headers::{Names, is_one_line, stands_as_signed};
use crate::{
    request::{RequestHead, trimmed},
    signature::flaw::Flaw,
};

/// Headers whose lines are kept; a request that signs more has them looked for again when they are signed.
const FEW: usize = 16;

/// A signed header.
#[derive(Clone, Copy)]
pub(super) struct Field<'r> {
    pub(super) name: &'r str,
    /// Of its one line, where it is signed as it stands.
    pub(super) value: Option<&'r [u8]>,
}

/// The signed headers of one request.
pub(crate) struct Fields<'r> {
    few: [Field<'r>; FEW],
    /// How many are signed.
    pub(crate) count: usize,
    pub(crate) signs_host: bool,
    pub(crate) signs_date: bool,
    /// The first that is not to be signed: absent, or with a value that is not one line.
    pub(crate) flaw: Option<Flaw>,
}

impl<'r> Fields<'r> {
    pub(crate) fn of(names: Names<'r>, head: &RequestHead<'r>, date_name: &str, folds: bool) -> Self {
        let few = [Field { name: "", value: None }; FEW];
        let mut fields = Self { few, count: 0, signs_host: false, signs_date: false, flaw: None };
        for name in names.iter() {
            fields.signs_host |= name == "host";
            fields.signs_date |= name == date_name;
            let value = value(name, head, folds).unwrap_or_else(|flaw| {
                fields.flaw = fields.flaw.or(Some(flaw));
                None
            });
            if let Some(slot) = fields.few.get_mut(fields.count) {
                *slot = Field { name, value };
            }
            fields.count += 1;
        }
        if !names.are_sorted() {
            let few = fields.few.get_mut(..fields.count).unwrap_or_default();
            few.sort_unstable_by_key(|field| field.name);
        }
        fields
    }

    /// All of them in the order in which they are signed, if they are few.
    pub(super) fn in_order(&self) -> Option<&[Field<'r>]> {
        self.few.get(..self.count)
    }
}

/// `None`: it has to be put together.
fn value<'r>(name: &str, head: &RequestHead<'r>, folds: bool) -> Result<Option<&'r [u8]>, Flaw> {
    let mut lines = head.headers.all(name);
    let (first, second) = (lines.next(), lines.next());
    let Some(first) = first else {
        // `:authority` stands in for a host that has no line.
        return if name == "host" { Ok(None) } else { Err(Flaw::Absent) };
    };
    let value = trimmed(first);
    if second.is_none() && stands_as_signed(value) {
        return Ok(Some(value));
    }
    let mut all = [Some(first), second].into_iter().flatten().chain(lines);
    if all.all(|line| is_one_line(line, folds)) { Ok(None) } else { Err(Flaw::Value) }
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};
    use std::format;

    use super::*;
    use crate::request::Headers;

    fn fields<T>(list: &str, lines: &[(&str, &[u8])], then: impl FnOnce(Fields<'_>) -> T) -> T {
        let head = RequestHead::new("GET", "/", Headers::lines(lines));
        then(Fields::of(Names::read(list, Flaw::Header).unwrap(), &head, "date", false))
    }

    #[test]
    fn a_value_is_kept_where_it_is_signed_as_it_stands() {
        let lines: [(&str, &[u8]); 7] = [
            ("A", b" one "),
            ("b", b"two  spaces"),
            ("c", b"1"),
            ("d", b"tab\there"),
            ("c", b"2"),
            ("e", b""),
            ("Date", b"x\xFF"),
        ];
        fields("e;d;date;c;host;b;a", &lines, |fields| {
            assert!(fields.signs_host && fields.signs_date && fields.flaw.is_none());
            let kept: Vec<_> =
                fields.in_order().unwrap().iter().map(|field| (field.name, field.value)).collect();
            let (one, none, date) = (Some(&b"one"[..]), Some(&b""[..]), Some(&b"x\xFF"[..]));
            let wanted = [
                ("a", one),
                ("b", None),
                ("c", None),
                ("d", None),
                ("date", date),
                ("e", none),
                ("host", None),
            ];
            assert_eq!(kept, wanted);
        });
    }

    #[test]
    fn the_first_header_that_is_not_to_be_signed_is_told() {
        let lines: [(&str, &[u8]); 4] = [("a", b"1"), ("b", b"1\n2"), ("c", b"1"), ("c", b"\0")];
        for (list, flaw) in [
            ("a", None),
            ("a;b;x", Some(Flaw::Value)),
            ("a;x;b", Some(Flaw::Absent)),
            ("c", Some(Flaw::Value)),
            ("host", None),
        ] {
            assert_eq!(fields(list, &lines, |fields| fields.flaw), flaw, "{list}");
        }
    }

    #[test]
    fn more_than_a_few_are_checked_and_looked_for_again() {
        let names: Vec<String> = (10..=10 + FEW).map(|n| format!("x-{n}")).collect();
        let lines: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"v"[..])).collect();
        for count in [FEW, FEW + 1] {
            fields(&names[..count].join(";"), &lines, |fields| {
                assert_eq!((fields.count, fields.flaw), (count, None));
                assert_eq!(fields.in_order().is_some(), count == FEW);
            });
            fields(&names[..count].join(";"), &lines[..count - 1], |fields| {
                assert_eq!(fields.flaw, Some(Flaw::Absent));
            });
        }
    }
}
