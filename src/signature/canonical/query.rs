//! A query as it is signed: every pair encoded anew, sorted.

use alloc::vec::Vec;
use core::cmp::Ordering;

use super::encode::Coding;
use crate::signature::{
    bytes::{cut, pieces},
    profile::Rules,
    sink::Sink,
};

/// Pairs that are sorted on the stack; a query with more takes one allocation.
const FEW: usize = 32;

impl Rules {
    pub(crate) fn coding(self) -> Coding {
        match self {
            Self::Escher => Coding::Escher,
            Self::AntavoPhp => Coding::AntavoPhp,
            Self::Aws => Coding::Aws,
        }
    }
}

/// Key and value of a pair; one without `=` has an empty value.
pub(crate) fn pair(text: &str) -> (&str, &str) {
    cut(text, b'=').unwrap_or((text, ""))
}

/// The pairs of a query, empty ones left out.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = &str> + Clone {
    pieces(query, b'&').filter(|pair| !pair.is_empty())
}

/// Puts the query, without the pairs that `skip` says.
pub(super) fn put(query: &str, rules: Rules, skip: impl Fn(&str) -> bool + Copy, out: &mut impl Sink) {
    let all = || pairs(query).filter(|text| !skip(text));
    let mut few = [""; FEW];
    let (mut count, mut raw) = (0, true);
    for text in all() {
        if let Some(slot) = few.get_mut(count) {
            *slot = text;
        }
        count += 1;
        raw = raw && is_canonical(rules.coding(), text);
    }
    let order = Order { rules, raw };
    let mut many: Vec<&str>;
    let sorted = if let Some(few) = few.get_mut(..count) {
        few
    } else if all().is_sorted_by(|a, b| order.of(a, b).is_le()) {
        return order.put(all(), out);
    } else {
        many = Vec::with_capacity(count);
        many.extend(all());
        &mut many
    };
    sorted.sort_unstable_by(|a, b| order.of(a, b));
    order.put(sorted.iter().copied(), out);
}

fn is_canonical(coding: Coding, text: &str) -> bool {
    cut(text, b'=').is_some_and(|(key, value)| coding.is_canonical(key) && coding.is_canonical(value))
}

/// How two pairs are ordered: Escher's by the whole text, SigV4's by the key and then the value.
#[derive(Clone, Copy)]
struct Order {
    rules: Rules,
    /// All pairs are canonical, so that they are compared and put as they are.
    raw: bool,
}

impl Order {
    fn of(self, a: &str, b: &str) -> Ordering {
        match (self.raw, self.rules) {
            // In a canonical pair the first `=` is the only one, and nothing is below 1.
            (true, Rules::Aws) => {
                let rank = |byte| if byte == b'=' { 0 } else { byte };
                a.bytes().map(rank).cmp(b.bytes().map(rank))
            }
            (true, _) => a.cmp(b),
            (false, Rules::Aws) => {
                let (a, b) = (pair(a), pair(b));
                let encoded = |text| self.rules.coding().encoded(text);
                encoded(a.0).cmp(encoded(b.0)).then_with(|| encoded(a.1).cmp(encoded(b.1)))
            }
            (false, _) => self.encoded(a).cmp(self.encoded(b)),
        }
    }

    fn encoded(self, text: &str) -> impl Iterator<Item = u8> {
        let (key, value) = pair(text);
        let coding = self.rules.coding();
        coding.encoded(key).chain([b'=']).chain(coding.encoded(value))
    }

    fn put<'q>(self, pairs: impl Iterator<Item = &'q str>, out: &mut impl Sink) {
        for (place, text) in pairs.enumerate() {
            if place > 0 {
                out.put(b"&");
            }
            if self.raw {
                out.put(text.as_bytes());
            } else {
                let (key, value) = pair(text);
                self.rules.coding().put(key, out);
                out.put(b"=");
                self.rules.coding().put(value, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::*;

    fn signed(query: &str, rules: Rules) -> String {
        let mut out = Vec::new();
        put(query, rules, |text| pair(text).0 == "gone", &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn pairs_are_sorted_as_their_family_sorts() {
        let query = "a=1&a-b=1&a.b=1&ab=1&gone=1&a%20=1&gone";
        assert_eq!(signed(query, Rules::Escher), "a%20=1&a-b=1&a.b=1&a=1&ab=1");
        assert_eq!(signed(query, Rules::Aws), "a=1&a%20=1&a-b=1&a.b=1&ab=1");
        assert_eq!(signed("b=2&a=2&a=1", Rules::Aws), "a=1&a=2&b=2");
        assert_eq!(signed("a&&b=c=d&", Rules::Escher), "a=&b=c%3Dd");
        assert_eq!(signed("&", Rules::Escher), "");
    }

    #[test]
    fn many_pairs_are_sorted_like_few() {
        for count in [FEW - 1, FEW, FEW + 1, 500] {
            let falling = |range: &mut dyn Iterator<Item = usize>| {
                range.map(|n| format!("k{n:04}=v")).collect::<Vec<_>>().join("&")
            };
            let sorted = falling(&mut (0..count));
            assert_eq!(signed(&falling(&mut (0..count).rev()), Rules::Aws), sorted);
            assert_eq!(signed(&falling(&mut (0..count).rev()), Rules::Escher), sorted);
        }
    }
}
