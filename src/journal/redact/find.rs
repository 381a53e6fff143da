//! Everything in a text that must not show, by all three rules, and below its escapes and encodings.

use core::ops::Range;

use super::{grams::Grams, names::Names, pairs, runs, unescape::Unescaped};
use crate::credential::scan;

/// How many encodings that lie within one another are undone: a form in JSON in base64. Where escapes are left below
/// them, the whole text is masked.
const MAX_DECODED: usize = 3;

/// Characters behind a secret's mark that show it although it was cut, as many as are masked of a secret that is known.
const CUT: usize = 8;

/// What is searched for.
#[derive(Clone, Copy)]
pub(super) struct Finder<'a> {
    pub(super) names: &'a Names,
    pub(super) grams: &'a Grams,
}

impl Finder<'_> {
    /// Hands over every range that has to be masked, in no order.
    pub(super) fn each(&self, text: &[u8], mut hit: impl FnMut(Range<usize>)) {
        self.below(text, Depth { left: MAX_DECODED, guessed: false }, &mut hit);
    }

    /// Whether there is any.
    pub(super) fn any(&self, text: &[u8]) -> bool {
        let mut found = false;
        self.each(text, |_| found = true);
        found
    }

    fn below(&self, text: &[u8], depth: Depth, hit: &mut dyn FnMut(Range<usize>)) {
        self.grams.each(text, &mut *hit);
        marked(text, &mut *hit);
        pairs::each(self.names, text, &mut *hit);
        let plain = Unescaped::of(text);
        let Some(left) = depth.left.checked_sub(1) else {
            if plain.is_some() && (!depth.guessed || is_text(text)) {
                hit(0..text.len());
            }
            return;
        };
        if let Some(plain) = plain {
            self.below(&plain.bytes, Depth { left, ..depth }, &mut |range| hit(plain.place(&range)));
        }
        runs::each(text, |run, decoded| {
            let mut found = false;
            self.below(decoded, Depth { left, guessed: true }, &mut |_| found = true);
            if found {
                hit(run.clone());
            }
        });
    }
}

/// How far down a text is.
#[derive(Clone, Copy)]
struct Depth {
    /// How many encodings may still be undone.
    left: usize,
    /// Whether something above may have been decoded that was not encoded: then escapes may stand in noise.
    guessed: bool,
}

/// Noise has bytes that no text has.
fn is_text(text: &[u8]) -> bool {
    let controls = text.iter().any(|byte| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\r' | b'\n'));
    !controls && core::str::from_utf8(text).is_ok()
}

/// Credentials of our format, and what is left of one that was cut.
fn marked(text: &[u8], hit: &mut dyn FnMut(Range<usize>)) {
    if !text.windows(2).any(|pair| pair == b"1_") {
        return;
    }
    scan(text).for_each(|found| hit(found.range));
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if let [b's' | b't', b'1', b'_', behind @ ..] = rest {
            let is_in = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
            let length = behind.iter().take_while(|byte| is_in(byte)).count();
            if length >= CUT {
                hit(at..at + 3 + length);
            }
            at += length;
        }
        at += 1;
    }
}
