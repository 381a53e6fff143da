//! One line of a field, read in place.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    bare::Bare,
    classes::{in_key, in_text, in_token},
};
use crate::signature::{bytes::find, sink::Sink};

/// Names of one dictionary, or of one item's parameters: more than any field in use has, and few enough to compare
/// each with all before it.
const MAX_NAMES: usize = 32;

/// Why a field was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Not of the grammar.
    Malformed,
    /// A name stands twice.
    Twice,
    /// More than [`MAX_NAMES`] or [`MAX_BYTES`].
    TooMany,
}

/// The names of a dictionary or of parameters, none of them twice.
pub(crate) struct Names<'r> {
    few: [&'r [u8]; FEW],
    /// Made when it is needed: most fields have fewer.
    more: Option<[&'r [u8]; MAX_NAMES - FEW]>,
    used: usize,
}

const FEW: usize = 4;

impl<'r> Names<'r> {
    pub(crate) fn new() -> Self {
        Self { few: [&[]; FEW], more: None, used: 0 }
    }

    pub(crate) fn add(&mut self, name: &'r [u8]) -> Result<(), Unread> {
        let known = self.few.iter().chain(self.more.iter().flatten());
        if known.take(self.used).any(|known| *known == name) {
            return Err(Unread::Twice);
        }
        let slot = match self.used.checked_sub(FEW) {
            None => self.few.get_mut(self.used),
            Some(at) => self.more.get_or_insert([&[]; MAX_NAMES - FEW]).get_mut(at),
        };
        *slot.ok_or(Unread::TooMany)? = name;
        self.used += 1;
        Ok(())
    }
}

/// A place in one line of a field.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'r> {
    rest: &'r [u8],
    loose: bool,
}

impl<'r> Reader<'r> {
    pub(crate) fn new(line: &'r [u8]) -> Self {
        Self { rest: line, loose: false }
    }

    /// Whether something was read that is not in canonical form.
    pub(crate) fn loose(&self) -> bool {
        self.loose
    }

    pub(crate) fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// What was read since `start`, an earlier copy of this reader.
    pub(crate) fn since(&self, start: &Self) -> &'r [u8] {
        start.rest.get(..start.rest.len() - self.rest.len()).unwrap_or_default()
    }

    pub(crate) fn skip(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.advance(1);
        }
        found
    }

    fn advance(&mut self, by: usize) {
        self.rest = self.rest.get(by..).unwrap_or_default();
    }

    fn take_while(&mut self, allowed: impl Fn(u8) -> bool) -> &'r [u8] {
        let end = self.rest.iter().position(|byte| !allowed(*byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or_default();
        self.rest = rest;
        taken
    }

    /// Blanks within an inner list and before a parameter, of which the canonical form has exactly `wanted`.
    fn blanks(&mut self, wanted: usize) {
        let found = self.take_while(|byte| byte == b' ').len();
        self.loose |= found != wanted;
    }

    /// A key (§4.2.3.3).
    pub(crate) fn key(&mut self) -> Result<&'r [u8], Unread> {
        match self.peek() {
            Some(b'a'..=b'z' | b'*') => Ok(self.take_while(in_key)),
            _ => Err(Unread::Malformed),
        }
    }

    /// A bare item (§4.2.3.1).
    pub(crate) fn bare(&mut self) -> Result<Bare<'r>, Unread> {
        match self.peek().ok_or(Unread::Malformed)? {
            b'"' => self.text().map(Bare::Text),
            b'?' => self.flag(),
            b':' => self.bytes().map(Bare::Bytes),
            b'-' | b'0'..=b'9' => self.number(),
            b'A'..=b'Z' | b'a'..=b'z' | b'*' => Ok(Bare::Token(self.take_while(in_token))),
            _ => Err(Unread::Malformed),
        }
    }

    /// A string (§4.2.5), without its quotes.
    pub(crate) fn text(&mut self) -> Result<&'r [u8], Unread> {
        if !self.skip(b'"') {
            return Err(Unread::Malformed);
        }
        let start = *self;
        loop {
            self.take_while(in_text);
            match self.rest {
                [b'"', ..] => {
                    let text = self.since(&start);
                    self.advance(1);
                    return Ok(text);
                }
                [b'\\', b'"' | b'\\', ..] => self.advance(2),
                _ => return Err(Unread::Malformed),
            }
        }
    }

    /// A string up to its quote, if neither a parameter nor the end follows. What is in it has not been looked at.
    pub(crate) fn quoted(&mut self) -> Option<&'r [u8]> {
        let [b'"', rest @ ..] = self.rest else { return None };
        let (text, behind) = rest.split_at_checked(find(rest, b'"')?)?;
        let behind = behind.strip_prefix(b"\"").filter(|behind| matches!(behind, [b' ' | b')', ..]))?;
        self.rest = behind;
        Some(text)
    }

    fn flag(&mut self) -> Result<Bare<'r>, Unread> {
        let flag = match self.rest {
            [b'?', flag @ (b'0' | b'1'), ..] => *flag == b'1',
            _ => return Err(Unread::Malformed),
        };
        self.advance(2);
        Ok(Bare::Flag(flag))
    }

    fn bytes(&mut self) -> Result<&'r [u8], Unread> {
        let base64 = self.base64()?;
        if canonical_base64(base64) { Ok(base64) } else { Err(Unread::Malformed) }
    }

    fn base64(&mut self) -> Result<&'r [u8], Unread> {
        if !self.skip(b':') {
            return Err(Unread::Malformed);
        }
        let base64 = self.take_while(|byte| byte != b':');
        if self.skip(b':') { Ok(base64) } else { Err(Unread::Malformed) }
    }

    /// A byte sequence (§4.2.7) of at most `N` bytes, decoded, and how many it has.
    pub(crate) fn decoded<const N: usize>(&mut self) -> Result<([u8; N], usize), Unread> {
        let mut bytes = [0; N];
        let length = STANDARD.decode_slice(self.base64()?, &mut bytes).map_err(|_| Unread::Malformed)?;
        Ok((bytes, length))
    }

    /// An integer or a decimal (§4.2.4): at most fifteen digits, or twelve and three behind the point.
    fn number(&mut self) -> Result<Bare<'r>, Unread> {
        let negative = self.skip(b'-');
        let whole = self.take_while(|byte| byte.is_ascii_digit());
        let point = self.peek() == Some(b'.');
        if whole.is_empty() || whole.len() > if point { 12 } else { 15 } {
            return Err(Unread::Malformed);
        }
        let sign = if negative { -1 } else { 1 };
        let leading = whole.len() > 1 && whole.first() == Some(&b'0');
        if !point {
            let number = sign * digits(whole);
            self.loose |= leading || (negative && number == 0);
            return Ok(Bare::Integer(number));
        }
        self.advance(1);
        let parts = self.take_while(|byte| byte.is_ascii_digit());
        let thousandths = match parts {
            [_] => digits(parts) * 100,
            [_, _] => digits(parts) * 10,
            [_, _, _] => digits(parts),
            _ => return Err(Unread::Malformed),
        };
        let number = sign * (digits(whole) * 1000 + thousandths);
        self.loose |= leading || (negative && number == 0) || matches!(parts, [_, .., b'0']);
        Ok(Bare::Decimal(number))
    }

    /// The next parameter (§4.2.3.2), if there is one.
    pub(crate) fn parameter(&mut self) -> Result<Option<(&'r [u8], Bare<'r>)>, Unread> {
        if !self.skip(b';') {
            return Ok(None);
        }
        self.blanks(0);
        let name = self.key()?;
        if !self.skip(b'=') {
            return Ok(Some((name, Bare::Flag(true))));
        }
        let value = self.bare()?;
        self.loose |= value == Bare::Flag(true);
        Ok(Some((name, value)))
    }

    /// Behind the `(` of an inner list, or behind one of its items: whether another item follows. `)` is read too.
    pub(crate) fn another(&mut self, first: bool) -> Result<bool, Unread> {
        let before = *self;
        let blanks = self.take_while(|byte| byte == b' ').len();
        if self.skip(b')') {
            self.loose |= blanks > 0;
            return Ok(false);
        }
        self.loose |= blanks != usize::from(!first);
        if self.at_end() || (before.peek() != Some(b' ') && !first) {
            return Err(Unread::Malformed);
        }
        Ok(true)
    }

    /// Reads an item or an inner list with its parameters, and writes it in canonical form.
    pub(crate) fn member<S: Sink + ?Sized>(&mut self, out: &mut S) -> Result<(), Unread> {
        if self.peek() == Some(b'(') {
            self.list(out)?;
        } else {
            self.bare()?.put(out);
        }
        self.parameters(out)
    }

    /// Reads an inner list up to its parameters, and writes it in canonical form.
    pub(crate) fn list<S: Sink + ?Sized>(&mut self, out: &mut S) -> Result<(), Unread> {
        if !self.skip(b'(') {
            return Err(Unread::Malformed);
        }
        out.put(b"(");
        let mut first = true;
        while self.another(first)? {
            if !first {
                out.put(b" ");
            }
            self.bare()?.put(out);
            self.parameters(out)?;
            first = false;
        }
        out.put(b")");
        Ok(())
    }

    /// Reads parameters and writes them in canonical form.
    pub(crate) fn parameters<S: Sink + ?Sized>(&mut self, out: &mut S) -> Result<(), Unread> {
        if self.peek() != Some(b';') {
            return Ok(());
        }
        let mut names = Names::new();
        while let Some((name, value)) = self.parameter()? {
            names.add(name)?;
            out.put(b";");
            out.put(name);
            if value != Bare::Flag(true) {
                out.put(b"=");
                value.put(out);
            }
        }
        Ok(())
    }

    /// Behind a member of a list or dictionary: whether another follows on this line.
    pub(crate) fn comma(&mut self) -> Result<bool, Unread> {
        self.optional_blanks();
        if self.at_end() {
            return Ok(false);
        }
        let comma = self.skip(b',');
        self.optional_blanks();
        if comma && !self.at_end() { Ok(true) } else { Err(Unread::Malformed) }
    }

    fn optional_blanks(&mut self) {
        self.take_while(|byte| matches!(byte, b' ' | b'\t'));
    }
}

/// What a member belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    List,
    Dictionary,
}

impl<'r> Reader<'r> {
    /// Behind a key of a dictionary.
    pub(crate) fn value<S: Sink + ?Sized>(&mut self, out: &mut S) -> Result<(), Unread> {
        if self.skip(b'=') {
            return self.member(out);
        }
        Bare::Flag(true).put(out);
        self.parameters(out)
    }

    pub(super) fn any_member<S: Sink + ?Sized>(
        &mut self,
        names: &mut Names<'r>,
        out: &mut S,
    ) -> Result<Option<Kind>, Unread> {
        let start = *self;
        let key = self.key().unwrap_or_default();
        // `=` is in no token, so a longer token is no key.
        if key.is_empty() || start.clone().take_while(in_token).len() > key.len() {
            *self = start;
            return self.member(out).map(|()| Some(Kind::List));
        }
        names.add(key)?;
        out.put(key);
        if !self.skip(b'=') {
            self.parameters(out)?;
            return Ok(None);
        }
        if self.rest.starts_with(b"?1") {
            self.advance(2);
            self.parameters(out)?;
        } else {
            out.put(b"=");
            self.member(out)?;
        }
        Ok(Some(Kind::Dictionary))
    }
}

/// Reads a field for its form alone.
pub(crate) struct Nothing;

impl Sink for Nothing {
    fn put(&mut self, _: &[u8]) {}
}

/// Whether a text is a key as a whole.
pub(crate) fn is_key(text: &[u8]) -> bool {
    let mut reader = Reader::new(text);
    reader.key().is_ok() && reader.at_end()
}

/// At most fifteen digits, so nothing overflows.
fn digits(text: &[u8]) -> i64 {
    text.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'))
}

/// Padded, and with nothing in the bits behind the last byte.
fn canonical_base64(text: &[u8]) -> bool {
    let mut piece = [0; 48];
    text.chunks(64).enumerate().all(|(at, chunk)| {
        let last = (at + 1) * 64 >= text.len();
        STANDARD.decode_slice(chunk, &mut piece).is_ok_and(|length| last || length == 48)
    })
}
