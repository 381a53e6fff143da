//! Gathering what must not show.

use alloc::vec::Vec;
use core::ops::Deref;

use zeroize::Zeroizing;

use super::{names::Names, pairs, unescape::Unescaped};
use crate::{credential::opens_like_a_secret, id::KeyId};

/// Secrets of one request, and bytes of them all. A request with more shows by length and digest alone.
const MAX_SECRETS: usize = 256;
const MAX_BYTES: usize = 8 * 1024;
/// A shorter one would stand in every other word.
const MIN_SECRET: usize = 4;

/// A value that is longer is no form within a document.
const MAX_FORM: usize = 4 * 1024;

/// What was gathered so far.
pub(super) struct Collector<'a> {
    names: &'a Names,
    /// In order, each once.
    pub(super) secrets: Vec<Zeroizing<Vec<u8>>>,
    bytes: usize,
    /// Whether there was no more than is looked for.
    pub(super) complete: bool,
    /// How many documents may still lie within the one that is read.
    pub(super) nested: usize,
    /// Gathers from a document that stands in a value.
    document: fn(&mut Self, &str),
}

impl<'a> Collector<'a> {
    pub(super) fn new(names: &'a Names, nested: usize, document: fn(&mut Self, &str)) -> Self {
        Self { names, secrets: Vec::new(), bytes: 0, complete: true, nested, document }
    }

    pub(super) fn is_secret(&self, name: &str) -> bool {
        self.names.hold(name.as_bytes())
            || Unescaped::of(name.as_bytes()).is_some_and(|name| self.names.hold(&name.bytes))
    }

    /// Adds the value of a field that is secret by its name.
    pub(super) fn field(&mut self, name: &str, value: &[u8]) {
        if names_a_credential(name) { self.credential(value) } else { self.secret(value) }
    }

    /// Adds what a signature names its key by, unless it is what it should be.
    pub(super) fn credential(&mut self, text: &[u8]) {
        if !is_scope(text) {
            self.secret(text);
        }
    }

    /// Adds a secret, and what it is without escapes.
    pub(super) fn secret(&mut self, text: &[u8]) {
        self.add(text);
        if let Some(plain) = Unescaped::of(text) {
            self.add(&plain.bytes);
        }
    }

    /// Adds the values that a text without a grammar names.
    pub(super) fn pairs(&mut self, text: &[u8]) {
        let names = self.names;
        pairs::each(names, text, |value| {
            // The name may be that of a signature's credential.
            self.credential(text.get(value).unwrap_or_default());
        });
    }

    fn add(&mut self, text: &[u8]) {
        if text.len() < MIN_SECRET {
            return;
        }
        let Err(place) = self.secrets.binary_search_by(|known| known.as_slice().cmp(text)) else { return };
        self.bytes = self.bytes.saturating_add(text.len());
        if self.secrets.len() >= MAX_SECRETS || self.bytes > MAX_BYTES {
            self.complete = false;
            return;
        }
        self.secrets.insert(place, Zeroizing::new(text.to_vec()));
    }

    /// Adds what a value holds that is secret by no name of its own: a document may have names, and so may a form. `raw` is
    /// the value as it stands, so that most need not be decoded.
    pub(super) fn value<T: Deref<Target = str>>(&mut self, raw: &str, plain: impl FnOnce() -> T) {
        // A name may have escapes within; no other of them stands for a letter.
        let names = || raw.contains("\\u") || self.names.hold(raw.as_bytes());
        if may_open(raw) {
            if names() {
                (self.document)(self, &plain());
            }
        } else if raw.len() <= MAX_FORM && raw.as_bytes().contains(&b'=') && names() {
            self.pairs(plain().as_bytes());
        }
    }
}

/// Whether a text in a key's place may be one. A secret of ours that was put there is none.
pub(super) fn is_public(key: &[u8]) -> bool {
    let parsed = core::str::from_utf8(key).is_ok_and(|key| key.parse::<KeyId>().is_ok());
    parsed && !opens_like_a_secret(key)
}

/// `X-Amz-Credential`, `X-Escher-Credentials` and their like, in a query.
fn names_a_credential(name: &str) -> bool {
    let name = name.strip_suffix('s').unwrap_or(name);
    let ends = name.len().checked_sub("-Credential".len()).and_then(|at| name.get(at..));
    ends.is_some_and(|end| end.eq_ignore_ascii_case("-Credential"))
}

/// `key/20261127/..`, as the SigV4 family has it: were it a secret, its day would be masked in every date.
fn is_scope(text: &[u8]) -> bool {
    let mut parts = text.splitn(3, |byte| *byte == b'/');
    let (Some(key), Some(day), Some(_)) = (parts.next(), parts.next(), parts.next()) else { return false };
    day.len() == 8 && day.iter().all(u8::is_ascii_digit) && is_public(key)
}

/// Whether a value may be a document, by its first byte as it stands, escapes and all. Most values end here.
fn may_open(raw: &str) -> bool {
    matches!(
        raw.as_bytes().first(),
        Some(b'{' | b'[' | b'<' | b' ' | b'\t' | b'\r' | b'\n' | b'\\' | b'%' | b'+' | b'&')
    )
}
