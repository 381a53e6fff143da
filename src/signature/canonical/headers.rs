//! Signed headers: their names, and their values as they are signed.

use crate::{
    request::trimmed,
    signature::{
        bytes::{NAME, all_are, find, has},
        flaw::Flaw,
        profile::Rules,
        sink::Sink,
    },
};

/// Most headers that one request signs. Browsers' requests have about twenty in all; each name is looked for among all
/// lines, so this bounds the work to 64 times a thousand comparisons of lengths.
const MAX_SIGNED: usize = 64;

/// The list of signed headers, as it stands in the request: separated by `;`, which in a query may be `%3B`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'r> {
    list: &'r str,
    /// They stand in the order in which they are signed.
    sorted: bool,
    /// Some separator may be escaped.
    escapes: bool,
}

impl<'r> Names<'r> {
    /// Lower-case names, none twice. `form` is what anything else is called.
    pub(crate) fn read(list: &'r str, form: Flaw) -> Result<Self, Flaw> {
        Self::separated(list, false, form)
    }

    /// The same, from a query.
    pub(crate) fn from_query(list: &'r str, form: Flaw) -> Result<Self, Flaw> {
        Self::separated(list, has(list, b'%'), form)
    }

    fn separated(list: &'r str, escapes: bool, form: Flaw) -> Result<Self, Flaw> {
        let mut sorted = true;
        let mut before = "";
        for (place, name) in split(list, escapes).enumerate() {
            if place == MAX_SIGNED {
                return Err(Flaw::TooMany);
            }
            if name.is_empty() || !all_are(name, NAME) {
                return Err(form);
            }
            sorted &= before.bytes().lt(name.bytes()); // they differ early, and a call takes longer
            before = name;
        }
        let names = Self { list, sorted, escapes };
        if !sorted {
            let all = names.in_order();
            let mut neighbours = all.iter().zip(all.iter().skip(1));
            if neighbours.any(|(a, b)| a == b) {
                return Err(Flaw::Twice);
            }
        }
        Ok(names)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = &'r str> {
        split(self.list, self.escapes)
    }

    /// The list as it is signed, if it stands so in the request.
    pub(super) fn as_signed(self) -> Option<&'r str> {
        (self.sorted && !self.escapes).then_some(self.list)
    }

    pub(super) fn are_sorted(self) -> bool {
        self.sorted
    }

    pub(crate) fn contain(self, wanted: &str) -> bool {
        self.iter().any(|name| name == wanted)
    }

    /// Calls `each` in the order in which they are signed.
    pub(super) fn for_each(self, each: impl FnMut(&'r str)) {
        if self.sorted {
            self.iter().for_each(each);
        } else {
            self.in_order().iter().for_each(each);
        }
    }

    fn in_order(self) -> Sorted<'r> {
        let mut names = [""; MAX_SIGNED];
        let mut count = 0;
        for (slot, name) in names.iter_mut().zip(self.iter()) {
            *slot = name;
            count += 1;
        }
        names.get_mut(..count).unwrap_or_default().sort_unstable();
        Sorted { names, count }
    }
}

fn split(list: &str, escapes: bool) -> impl Iterator<Item = &str> {
    let mut rest = Some(list);
    core::iter::from_fn(move || {
        let text = rest.take()?;
        let end = if escapes {
            text.bytes().position(|byte| byte == b';' || byte == b'%')
        } else {
            find(text.as_bytes(), b';')
        };
        let cut = end.and_then(|at| text.split_at_checked(at));
        // A `%` that opens no separator stays in the name, where it is refused.
        let Some((name, more)) = cut.and_then(|(name, tail)| Some((name, behind_separator(tail)?))) else {
            return Some(text);
        };
        rest = Some(more);
        Some(name)
    })
}

fn behind_separator(text: &str) -> Option<&str> {
    text.strip_prefix(';').or_else(|| text.strip_prefix("%3B")).or_else(|| text.strip_prefix("%3b"))
}

struct Sorted<'r> {
    names: [&'r str; MAX_SIGNED],
    count: usize,
}

impl<'r> Sorted<'r> {
    fn iter(&self) -> impl Iterator<Item = &'r str> {
        self.names.iter().take(self.count).copied()
    }
}

/// Whether a value is one line. A folded one (RFC 9112 §5.2, obsolete) is one only where `folds` are.
pub(crate) fn is_one_line(value: &[u8], folds: bool) -> bool {
    let fold =
        |rest: &[u8]| folds && matches!(rest, [b'\n', b' ' | b'\t', ..] | [b'\r', b'\n', b' ' | b'\t', ..]);
    let broken = |byte: &u8| matches!(byte, b'\n' | b'\r' | 0);
    let mut rest = trimmed(value);
    if !rest.iter().fold(false, |found, byte| found | broken(byte)) {
        return true;
    }
    while let Some(at) = rest.iter().position(broken) {
        let tail = rest.get(at..).unwrap_or_default();
        if !fold(tail) {
            return false;
        }
        rest = tail.strip_prefix(b"\r").unwrap_or(tail).get(1..).unwrap_or_default();
    }
    true
}

/// Puts a value: trimmed, every run of white space one space. Escher leaves what stands in double quotes as it is.
pub(crate) fn put_value(value: &[u8], rules: Rules, out: &mut impl Sink) {
    let mut rest = trimmed(value);
    if stands_as_signed(rest) {
        return out.put(rest);
    }
    let mut quoted = false;
    let (mut from, mut at) = (rest, 0);
    while let [byte, tail @ ..] = rest {
        let next = tail.first().copied().unwrap_or_default();
        let keeps = quoted || !(blank(*byte) && (*byte != b' ' || blank(next)));
        if keeps {
            quoted ^= *byte == b'"' && !matches!(rules, Rules::Aws);
            at += 1;
            rest = tail;
            continue;
        }
        out.put(from.get(..at).unwrap_or_default());
        out.put(b" ");
        while let [byte, tail @ ..] = rest
            && blank(*byte)
        {
            rest = tail;
        }
        (from, at) = (rest, 0);
    }
    out.put(from);
}

/// Whether a trimmed value is signed as it is: without two spaces in a row or a control character. It is one line, too.
#[allow(clippy::needless_bitwise_bool, reason = "without a branch the loop runs over whole vectors")]
pub(super) fn stands_as_signed(value: &[u8]) -> bool {
    let pairs = value.iter().zip(value.iter().skip(1));
    let last = value.last().is_some_and(|byte| *byte < b' '); // the first of no pair
    !pairs.fold(last, |found, (a, b)| found | (*a < b' ') | ((*a == b' ') & (*b == b' ')))
}

fn blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};

    use super::*;

    fn signed(value: &str, rules: Rules) -> String {
        let mut out = Vec::new();
        put_value(value.as_bytes(), rules, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn white_space_runs_become_one_space() {
        for (value, escher, aws) in [
            ("", "", ""),
            ("  ", "", ""),
            ("a b", "a b", "a b"),
            ("  a   b\t c  ", "a b c", "a b c"),
            ("a\tb", "a b", "a b"),
            ("a \n  b", "a b", "a b"),
            ("\n", " ", " "),
            ("a\r", "a ", "a "),
            ("a\r\n ", "a ", "a "),
            ("\"   foo   bar   \"", "\"   foo   bar   \"", "\" foo bar \""),
            ("a  \"b  c\"  \"d\t\"  e", "a \"b  c\" \"d\t\" e", "a \"b c\" \"d \" e"),
            ("a  \"b  c", "a \"b  c", "a \"b c"),
        ] {
            assert_eq!(signed(value, Rules::Escher), escher, "{value:?}");
            assert_eq!(signed(value, Rules::Aws), aws, "{value:?}");
        }
    }

    #[test]
    fn a_value_that_another_reader_may_split_is_not_one_line() {
        for value in ["a", "", "a\tb", "é", " a\n"] {
            assert_eq!(is_one_line(value.as_bytes(), false), !value.contains('\n'), "{value:?}");
        }
        for value in ["a\nb", "a\rb", "a\0b", "a\n", "a\r\nb", "a\r b"] {
            assert!(
                !is_one_line(value.as_bytes(), false) && !is_one_line(value.as_bytes(), true),
                "{value:?}"
            );
        }
        for value in ["a\n b", "a\r\n\tb", "a\n  b\n   c"] {
            assert!(
                !is_one_line(value.as_bytes(), false) && is_one_line(value.as_bytes(), true),
                "{value:?}"
            );
        }
    }

    #[test]
    fn a_list_of_names_is_lower_case_and_names_each_once() {
        for (list, names) in [
            ("host", &["host"][..]),
            ("x-ems-date;host", &["host", "x-ems-date"]),
            ("host%3Bmy-header1%3bz_9", &["host", "my-header1", "z_9"]),
        ] {
            let read =
                Names::from_query(list, Flaw::Query).map(|read| read.in_order().iter().collect::<Vec<_>>());
            assert_eq!(read.unwrap(), names);
            assert_eq!(Names::read(list, Flaw::Header).is_ok(), !list.contains('%'), "{list}");
        }
        for list in [
            "",
            ";",
            "host;",
            ";host",
            "host;;date",
            "Host",
            "ho st",
            "host,date",
            "host%3C",
            "host%",
            "a%20b;c",
        ] {
            assert_eq!(Names::from_query(list, Flaw::Query).err(), Some(Flaw::Query), "{list}");
            assert_eq!(Names::read(list, Flaw::Header).err(), Some(Flaw::Header), "{list}");
        }
        assert_eq!(Names::read("host;date;host", Flaw::Header).err(), Some(Flaw::Twice));
        let many = |count| (0..count).map(|n| std::format!("x-{n}")).collect::<Vec<_>>().join(";");
        assert!(Names::read(&many(MAX_SIGNED), Flaw::Header).is_ok());
        assert_eq!(Names::read(&many(MAX_SIGNED + 1), Flaw::Header).err(), Some(Flaw::TooMany));
    }
}
