//! `name=value`, `name: value` and `<name>value</name>` in a text that has no grammar.
//!
//! What a value is depends on what follows its name. Where that leaves a doubt, more is taken for it:
//!
//! | what follows | the value ends |
//! |---|---|
//! | a quote, behind any number of backslashes | at the quote that closes it, else at the end of the text |
//! | `{` or `[` | at the end of the text |
//! | anything else behind `=` | where another `name=` begins, else at the end of the line |
//! | anything else behind `:` | at the end of the line |
//! | a tag's end, where `<` stands before the name | where the element is closed, else at the end of the text |
//! | anything, where the name is itself a value: `name="password"` | at the end of the text |

use core::ops::Range;

use super::names::{Names, State};

/// A name is read so far beyond the word that makes it secret, and so far back from it.
const MAX_NAME: usize = 128;
/// Blanks, quotes and the like between a name and what separates it from its value, and behind that.
const MAX_BETWEEN: usize = 16;

/// Hands over every value whose name says that it is secret.
pub(super) fn each(names: &Names, text: &[u8], mut value: impl FnMut(Range<usize>)) {
    let (mut state, mut at, mut tried) = (State::default(), 0, 0);
    while let Some(byte) = text.get(at) {
        at += 1;
        // What follows a name is looked at once, however many words the name holds.
        if !names.step(&mut state, *byte) || at <= tried {
            continue;
        }
        tried = at + count(text, at, MAX_NAME, is_name);
        if let Some(found) = value_behind(text, at, tried) {
            (at, state) = (found.end, State::default());
            value(found);
        }
    }
}

/// The value of the name in which a word ends at `word`, and which itself ends at `end`.
fn value_behind(text: &[u8], word: usize, end: usize) -> Option<Range<usize>> {
    if let Some(name) = tag(text, word, end) {
        let start = end + usize::from(text.get(end) == Some(&b'>'));
        return Some(start..closed(text, start, name));
    }
    if is_value(text, word) {
        return Some(end + count(text, end, MAX_BETWEEN, |byte| is_quote(byte) || byte == b'\\')..text.len());
    }
    let between = |byte| is_blank(byte) || is_quote(byte) || matches!(byte, b'\\' | b']' | b')');
    let at = end + count(text, end, MAX_BETWEEN, between);
    let separator = text.get(at).filter(|byte| matches!(byte, b'=' | b':'))?;
    let at = at + count(text, at, MAX_BETWEEN, |byte| matches!(byte, b'=' | b':' | b'>'));
    let start = at + count(text, at, text.len(), |byte| is_blank(byte) || is_break(byte));
    Some(value_at(text, start, *separator))
}

/// The name, if it is an element's.
fn tag(text: &[u8], word: usize, end: usize) -> Option<&[u8]> {
    let before = before_name(text, word);
    text.get(before.len()..end).filter(|_| before.ends_with(b"<"))
}

/// Whether the name is a value in quotes, as a part of a form and a field of a page are named.
fn is_value(text: &[u8], word: usize) -> bool {
    let [before @ .., quote] = before_name(text, word) else { return false };
    let slashes = before.iter().rev().take(MAX_BETWEEN).take_while(|byte| **byte == b'\\').count();
    let before = before.get(..before.len() - slashes).unwrap_or_default();
    is_quote(*quote) && before.ends_with(b"=")
}

/// What stands before the name in which a word ends at `word`.
fn before_name(text: &[u8], word: usize) -> &[u8] {
    let before = text.get(..word).unwrap_or_default();
    let is_in = |byte: &&u8| is_name(**byte) || **byte == b':';
    let back = before.iter().rev().take(MAX_NAME).take_while(is_in).count();
    before.get(..word - back).unwrap_or_default()
}

/// Where `</name` stands.
fn closed(text: &[u8], from: usize, name: &[u8]) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let mut at = 0;
    while let Some(here) = rest.get(at..) {
        let Some(next) = here.iter().position(|byte| *byte == b'<') else { break };
        if here
            .get(next + 1..)
            .is_some_and(|tag| tag.strip_prefix(b"/").is_some_and(|tag| tag.starts_with(name)))
        {
            return from + at + next;
        }
        at += next + 1;
    }
    text.len()
}

fn value_at(text: &[u8], start: usize, separator: u8) -> Range<usize> {
    let slashes = count(text, start, text.len(), |byte| byte == b'\\');
    match text.get(start + slashes) {
        Some(quote) if is_quote(*quote) => {
            let start = start + slashes + 1;
            start..quoted(text, start, *quote, slashes)
        }
        Some(b'{' | b'[') => start..text.len(),
        _ if separator == b':' => start..start + count(text, start, text.len(), |byte| !is_break(byte)),
        _ => start..before_next(text, start),
    }
}

/// A text in quotes that stand behind so many backslashes each ends at one behind as many: more of them are a quote
/// within it. Whoever puts a text into quotes once more doubles them and adds one.
fn quoted(text: &[u8], start: usize, quote: u8, opened: usize) -> usize {
    if !(opened + 1).is_power_of_two() {
        return text.len();
    }
    let mut slashes = 0;
    for (at, byte) in text.iter().enumerate().skip(start) {
        if *byte == quote && slashes % (2 * (opened + 1)) == opened {
            return at - opened;
        }
        slashes = if *byte == b'\\' { slashes + 1 } else { 0 };
    }
    text.len()
}

/// The end of the line, or what separates the value from another name.
fn before_next(text: &[u8], start: usize) -> usize {
    let mut delimiter = None;
    for (at, byte) in text.iter().enumerate().skip(start) {
        match byte {
            b'\r' | b'\n' => return at,
            b' ' | b'\t' | b'&' | b';' | b',' => delimiter = Some(at),
            // A name has at least one character, and padding of base64 is no value.
            b'=' if text.get(at + 1) != Some(&b'=') => match delimiter.take() {
                Some(before) if before + 1 < at => return before,
                _ => {}
            },
            byte if is_name(*byte) => {}
            _ => delimiter = None,
        }
    }
    text.len()
}

fn count(text: &[u8], from: usize, most: usize, is: impl Fn(u8) -> bool) -> usize {
    text.iter().skip(from).take(most).take_while(|byte| is(**byte)).count()
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'_' | b'.' | b'[' | b']' | b'$' | b'@')
        || !byte.is_ascii()
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn is_break(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}
