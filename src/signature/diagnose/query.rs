//! The forms of a query that clients sign.

use alloc::vec::Vec;

use super::{cause::How, search::Part};
use crate::signature::{
    canonical::{Coding, escape, pair},
    profile::Rules,
};

#[derive(Clone, Copy)]
struct Options {
    order: Order,
    code: Code,
    plus: Option<&'static [u8]>,
    /// What an empty pair is written as.
    empty: Option<&'static [u8]>,
    bare_keys: bool,
    left: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    ByText,
    ByKey,
    ByRawText,
    Sent,
}

#[derive(Clone, Copy)]
enum Code {
    Of(Coding),
    Lower,
    Raw,
    Decoded,
    Twice,
}

type Mistake = (How, fn(&mut Options));

const MISTAKES: &[Mistake] = &[
    (How::QuerySent, |options| options.order = Order::Sent),
    (How::QuerySorted, |options| {
        options.order = if options.order == Order::ByKey { Order::ByText } else { Order::ByKey };
    }),
    (How::QueryRawSorted, |options| options.order = Order::ByRawText),
    (How::PlusSpace, |options| options.plus = Some(b"%20")),
    (How::PlusPlus, |options| options.plus = Some(b"%2B")),
    (How::PlusBare, |options| options.plus = Some(b"+")),
    (How::QueryRaw, |options| options.code = Code::Raw),
    (How::QueryDecoded, |options| options.code = Code::Decoded),
    (How::QueryTwice, |options| options.code = Code::Twice),
    (How::QueryLower, |options| options.code = Code::Lower),
    (How::QuerySigns, |options| options.code = Code::Of(Coding::Escher)),
    (How::QuerySigns, |options| options.code = Code::Of(Coding::Aws)),
    (How::QuerySigns, |options| options.code = Code::Of(Coding::AntavoPhp)),
    (How::QueryEmpty, |options| options.empty = Some(b"")),
    (How::QueryEmpty, |options| options.empty = Some(b"=")),
    (How::QueryBare, |options| options.bare_keys = true),
    (How::QueryLeft, |options| options.left = true),
];

/// `right` and its other forms. `skip` says which pairs are left out.
pub(super) fn forms(right: &[u8], query: &str, rules: Rules, skip: impl Fn(&str) -> bool + Copy) -> Part {
    let mut part = Part::new(right);
    let start = Options {
        order: if rules == Rules::Aws { Order::ByKey } else { Order::ByText },
        code: Code::Of(rules.coding()),
        plus: None,
        empty: None,
        bare_keys: false,
        left: false,
    };
    let with = |mistakes: &[Mistake]| {
        let mut options = start;
        for (_, make) in mistakes {
            make(&mut options);
        }
        render(query, rules.coding(), skip, options)
    };
    for mistake in MISTAKES {
        part.add(mistake.0, with(&[*mistake]));
    }
    for (place, mistake) in MISTAKES.iter().enumerate() {
        for other in MISTAKES.iter().skip(place + 1) {
            part.add_two(mistake.0, other.0, with(&[*mistake, *other]));
        }
    }
    part
}

/// A pair as it is signed, and as it was sent.
struct Pair<'q> {
    key: Vec<u8>,
    /// From the equals sign on.
    value: Vec<u8>,
    raw: &'q str,
}

fn render(query: &str, coding: Coding, skip: impl Fn(&str) -> bool, options: Options) -> Vec<u8> {
    let mut out = Vec::new();
    if query.is_empty() || options.left {
        return out;
    }
    let sent = query.split('&').filter(|text| !skip(text));
    let sent = sent.filter(|text| !text.is_empty() || options.empty.is_some());
    let mut pairs: Vec<_> = sent.map(|text| encoded(text, coding, options)).collect();
    match options.order {
        Order::Sent => {}
        Order::ByText => pairs.sort_by(|a, b| a.text().cmp(b.text())),
        Order::ByKey => pairs.sort_by(|a, b| (&a.key, &a.value).cmp(&(&b.key, &b.value))),
        Order::ByRawText => pairs.sort_by(|a, b| a.raw.cmp(b.raw)),
    }
    for (place, pair) in pairs.iter().enumerate() {
        if place > 0 {
            out.push(b'&');
        }
        out.extend(pair.text());
    }
    out
}

impl Pair<'_> {
    fn text(&self) -> impl Iterator<Item = u8> {
        self.key.iter().chain(&self.value).copied()
    }
}

fn encoded(raw: &str, coding: Coding, options: Options) -> Pair<'_> {
    if raw.is_empty() {
        return Pair { key: Vec::new(), value: options.empty.unwrap_or_default().into(), raw };
    }
    let (key, value) = pair(raw);
    let mut written = Vec::new();
    if raw.contains('=') || !options.bare_keys {
        written.push(b'=');
        put(value, coding, options, &mut written);
    }
    let mut name = Vec::new();
    put(key, coding, options, &mut name);
    Pair { key: name, value: written, raw }
}

fn put(text: &str, coding: Coding, options: Options, out: &mut Vec<u8>) {
    let Some(plus) = options.plus else { return put_piece(text, coding, options.code, out) };
    for (place, piece) in text.split('+').enumerate() {
        if place > 0 {
            out.extend_from_slice(plus);
        }
        put_piece(piece, coding, options.code, out);
    }
}

fn put_piece(text: &str, coding: Coding, code: Code, out: &mut Vec<u8>) {
    match code {
        Code::Of(coding) => coding.put(text, out),
        Code::Raw => out.extend_from_slice(text.as_bytes()),
        Code::Decoded => out.extend(coding.decoded(text)),
        Code::Lower => {
            let from = out.len();
            coding.put(text, out);
            lower_escapes(out.get_mut(from..).unwrap_or_default());
        }
        Code::Twice => {
            for byte in text.bytes() {
                let bare = coding.bare(byte);
                let escaped = escape(byte);
                out.extend_from_slice(if bare { core::slice::from_ref(&byte) } else { &escaped });
            }
        }
    }
}

fn lower_escapes(text: &mut [u8]) {
    let mut digits = 0;
    for byte in text {
        if digits > 0 {
            byte.make_ascii_lowercase();
            digits -= 1;
        }
        if *byte == b'%' {
            digits = 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec};

    use super::*;
    use crate::signature::diagnose::search::Form;

    fn explained(query: &str, rules: Rules, signed: &str) -> Vec<String> {
        let options = Options {
            order: if rules == Rules::Aws { Order::ByKey } else { Order::ByText },
            code: Code::Of(rules.coding()),
            plus: None,
            empty: None,
            bare_keys: false,
            left: false,
        };
        let right = render(query, rules.coding(), |_| false, options);
        let part = forms(&right, query, rules, |_| false);
        let form = part.explain(signed.as_bytes());
        form.into_iter()
            .flat_map(Form::differences)
            .map(|found| alloc::format!("{:?}", found.cause()))
            .collect()
    }

    #[test]
    fn the_right_form_is_the_one_that_is_signed() {
        for (rules, query) in [
            (Rules::Aws, "a-b=1&a=2&a%20=1&x&&y=%e9+%2b!*'()"),
            (Rules::Escher, "a-b=1&a=2&a%20=1&x&&y=%e9+%2b!*'()"),
            (Rules::AntavoPhp, "a-b=1&a=2&a%20=1&x&y=%e9+%2b!*'()"),
        ] {
            let profile = crate::signature::profile::Profile::aws("r", "s");
            let profile = crate::signature::profile::Profile { rules, ..profile };
            let target = alloc::format!("/?{query}");
            let lines = [("host", b"a.test".as_slice())];
            let head =
                crate::request::RequestHead::new("GET", &target, crate::request::Headers::lines(&lines));
            let names =
                crate::signature::canonical::Names::read("host", crate::signature::flaw::Flaw::Header)
                    .unwrap();
            let fields = crate::signature::canonical::Fields::of(names, &head, "date", false);
            let mut out = Vec::new();
            crate::signature::canonical::put(
                &profile,
                &head,
                (names, &fields),
                crate::signature::canonical::PayloadLine::Unsigned,
                |_| false,
                &mut out,
            );
            let canonical = String::from_utf8(out).unwrap();
            let right = canonical.lines().nth(2).unwrap();
            let ours = render(
                query,
                rules.coding(),
                |_| false,
                Options {
                    order: if rules == Rules::Aws { Order::ByKey } else { Order::ByText },
                    code: Code::Of(rules.coding()),
                    plus: None,
                    empty: None,
                    bare_keys: false,
                    left: false,
                },
            );
            assert_eq!(String::from_utf8(ours).unwrap(), right);
        }
    }

    #[test]
    fn what_was_done_to_a_query_is_told_from_what_was_signed() {
        for (query, rules, signed, causes) in [
            ("b=1&a=2", Rules::Aws, "b=1&a=2", vec!["QueryOrder"]),
            ("a=x+y", Rules::Aws, "a=x%20y", vec!["Plus"]),
            ("a=x+y", Rules::Aws, "a=x+y", vec!["Plus"]),
            ("a=x+y", Rules::Escher, "a=x%2By", vec!["Plus"]),
            ("a=x:y", Rules::Aws, "a=x:y", vec!["QueryEncoding"]),
            ("a&b=1", Rules::Aws, "a&b=1", vec!["QueryEncoding"]),
            ("a=1&&b=1", Rules::Aws, "&a=1&b=1", vec!["QueryEncoding"]),
            ("a=%2F", Rules::Aws, "a=%252F", vec!["QueryEncoding"]),
            ("a=%2F", Rules::Aws, "a=%2f", vec!["QueryEncoding"]),
            ("a=*", Rules::Aws, "a=*", vec!["QueryEncoding"]),
            ("b=x+y&a=1", Rules::Aws, "b=x%20y&a=1", vec!["QueryOrder", "Plus"]),
            ("b=1&a=2", Rules::Aws, "a=2&b=1", vec![]),
            ("b=1&a=2", Rules::Aws, "a=3&b=1", vec![]),
        ] {
            assert_eq!(explained(query, rules, signed), causes, "{query} {signed}");
        }
    }
}
