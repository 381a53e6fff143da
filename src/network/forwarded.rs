//! Reads RFC 7239's Forwarded.
//!
//! ```text
//! Forwarded         = 1#forwarded-element
//! forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] )
//! forwarded-pair    = token "=" value
//! value             = token / quoted-string
//! ```
//!
//! As written: blanks stand around commas and nowhere else. Each line is read by itself, so that a quote which one line
//! leaves open swallows nothing of the next.

use core::net::IpAddr;

use super::hop::{self, MAX_HOP};

/// Most pairs of one element. Four are registered (by, for, host, proto); each is compared with those before it.
const MAX_PAIRS: usize = 16;

/// A line that is not by the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// What an element says after `for=`, still quoted; nothing, if it does not say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hop<'h>(Option<&'h [u8]>);

impl Hop<'_> {
    /// The address, if the hop is named by one.
    pub(super) fn ip(self) -> Option<IpAddr> {
        let value = self.0?;
        let Some(quoted) = value.strip_prefix(b"\"") else { return hop::strict(value) };
        let (mut plain, mut length) = ([0; MAX_HOP], 0);
        let mut bytes = quoted.strip_suffix(b"\"")?.iter();
        while let Some(byte) = bytes.next() {
            *plain.get_mut(length)? = if *byte == b'\\' { *bytes.next()? } else { *byte };
            length += 1;
        }
        hop::strict(plain.get(..length)?)
    }
}

/// The hops of one line, from the left.
pub(super) struct Hops<'h> {
    rest: &'h [u8],
    more: bool,
}

impl<'h> Hops<'h> {
    pub(super) fn of(line: &'h [u8]) -> Self {
        Self { rest: line, more: true }
    }

    /// One element, and the comma behind it.
    fn element(&mut self) -> Result<Hop<'h>, Malformed> {
        let mut names: [&[u8]; MAX_PAIRS] = [&[]; MAX_PAIRS];
        let (mut pairs, mut hop) = (0, Hop(None));
        self.blanks();
        loop {
            let name = self.token();
            if !name.is_empty() {
                self.eat(b'=').ok_or(Malformed)?;
                let value = self.value()?;
                if names.iter().take(pairs).any(|known| known.eq_ignore_ascii_case(name)) {
                    return Err(Malformed);
                }
                *names.get_mut(pairs).ok_or(Malformed)? = name;
                pairs += 1;
                if name.eq_ignore_ascii_case(b"for") {
                    hop = Hop(Some(value));
                }
            }
            if self.eat(b';').is_none() {
                break;
            }
        }
        self.blanks();
        self.more = self.eat(b',').is_some();
        if self.more || self.rest.is_empty() { Ok(hop) } else { Err(Malformed) }
    }

    fn value(&mut self) -> Result<&'h [u8], Malformed> {
        if self.rest.first() == Some(&b'"') {
            let length = quoted(self.rest).ok_or(Malformed)?;
            return Ok(self.take(length));
        }
        let value = self.token();
        if value.is_empty() { Err(Malformed) } else { Ok(value) }
    }

    fn token(&mut self) -> &'h [u8] {
        self.take(self.rest.iter().take_while(|byte| is_token(**byte)).count())
    }

    fn blanks(&mut self) {
        self.take(self.rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count());
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        self.rest = self.rest.strip_prefix(&[byte])?;
        Some(())
    }

    fn take(&mut self, length: usize) -> &'h [u8] {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }
}

impl<'h> Iterator for Hops<'h> {
    type Item = Result<Hop<'h>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        self.more.then(|| {
            self.more = false;
            self.element()
        })
    }
}

/// The length of the quoted-string (RFC 9110 §5.6.4) that `text` begins with, quotes included.
fn quoted(text: &[u8]) -> Option<usize> {
    let mut bytes = text.iter().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at + 1),
            b'\\' => bytes.next().filter(|(_, byte)| is_text(**byte)).map(drop)?,
            byte if is_text(*byte) => {}
            _ => return None,
        }
    }
    None
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7F)
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
