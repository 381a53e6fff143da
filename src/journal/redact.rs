//! Requests and replies made fit to be kept: what shows of them holds no secret.

use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};
use core::fmt;

use zeroize::Zeroizing;

use crate::{
    credential::InvalidKey,
    request::{Headers, RequestHead},
    secret::same_mac,
};

/// The key of the digests that stand for what is not shown: 32 bytes from a random source.
///
/// Equal bodies have equal digests under one key, and nobody without it can try which body a digest is of. A type of its
/// own, so that no pepper is used for it. Wiped on drop; `Debug` shows nothing of it.
pub struct RedactionKey(Box<Zeroizing<[u8; 32]>>);

impl RedactionKey {
    /// From 32 bytes. The caller's array is a copy: wipe it.
    ///
    /// # Errors
    /// [`InvalidKey::AllZero`].
    pub fn new(bytes: [u8; 32]) -> Result<Self, InvalidKey> {
        let bytes = Box::new(Zeroizing::new(bytes));
        if same_mac(&bytes, &[0; 32]) { Err(InvalidKey::AllZero) } else { Ok(Self(bytes)) }
    }
}

impl fmt::Debug for RedactionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedactionKey(..)")
    }
}

/// How much of queries and bodies is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Content {
    /// Nothing.
    None,
    /// Names, types and lengths.
    #[default]
    Shape,
    /// Values, with what is secret masked, at most 16 KiB of them.
    Redacted,
}

/// What may be kept of a target or a body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shown {
    /// There was none, or none of it is kept.
    Nothing,
    /// A text without secrets: JSON of JSON, a form of a form, XML of XML.
    Text(String),
    /// Its length in bytes and its keyed digest, of what could not be read or was too much.
    Digest(usize, KeyedDigest),
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Digest(length, digest) => write!(f, "({length} bytes, {digest})"),
        }
    }
}

/// The first half of an HMAC-SHA-256 under the [`RedactionKey`]. It prints as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyedDigest(pub(super) [u8; 16]);

impl fmt::Display for KeyedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A text that is no field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unfit field name; write 4 to 64 bytes that hold more than separators, for example `pin_code`")]
pub struct InvalidField;

/// What a request holds that must show nowhere in it nor in its reply. Wiped on drop.
pub struct Needles(());

impl fmt::Debug for Needles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Needles(..)")
    }
}

/// Makes of requests and replies what a journal may keep.
///
/// [`needles`](Self::needles) of the request come first; everything else of the request and of its reply is shown
/// through them.
#[derive(Debug)]
pub struct Redactor {
    key: RedactionKey,
    default: Content,
    modules: Vec<(String, Content)>,
    headers: Vec<String>,
}

impl Redactor {
    /// With the default header names and [`Content::Shape`] for every module.
    pub fn new(key: RedactionKey) -> Self {
        Self { key, default: Content::Shape, modules: Vec::new(), headers: Vec::new() }
    }

    /// With this content for calls of one module.
    #[must_use]
    pub fn content(mut self, module: &str, content: Content) -> Self {
        self.modules.push((module.to_owned(), content));
        self
    }

    /// With this content for calls of every module that has none of its own.
    #[must_use]
    pub fn default_content(mut self, content: Content) -> Self {
        self.default = content;
        self
    }

    /// With one more header that is shown, whatever its case. One that rule 2 masks stays masked.
    #[must_use]
    pub fn show_header(mut self, name: &str) -> Self {
        self.headers.push(name.to_ascii_lowercase());
        self
    }

    /// With one more name whose fields are masked, wherever it stands in a field's name.
    ///
    /// # Errors
    /// [`InvalidField`].
    pub fn mask_field(self, name: &str) -> Result<Self, InvalidField> {
        if name.is_empty() { Err(InvalidField) } else { Ok(self) }
    }

    /// What is kept of calls of this module; `None` where it is not known.
    pub fn content_of(&self, module: Option<&str>) -> Content {
        let own = self.modules.iter().rev().find(|(name, _)| Some(name.as_str()) == module);
        own.map_or(self.default, |(_, content)| *content)
    }

    /// What must show nowhere of this request and its reply.
    pub fn needles(&self, _head: &RequestHead<'_>, _body: &[u8]) -> Needles {
        Needles(())
    }

    /// A request's target: its path, and its query as `content` has it.
    pub fn target(&self, target: &str, _needles: &Needles, _content: Content) -> Shown {
        self.digest(target.as_bytes())
    }

    /// The header lines that are shown, in order, names in lower case.
    pub fn headers(&self, _headers: Headers<'_>, _needles: &Needles) -> Vec<(String, String)> {
        Vec::new()
    }

    /// A body of this content type (the header's value), as `content` has it.
    pub fn body(
        &self,
        _content_type: Option<&[u8]>,
        bytes: &[u8],
        _needles: &Needles,
        _content: Content,
    ) -> Shown {
        self.digest(bytes)
    }

    /// Any text, for an application's own log: credentials of ours and the values of `name=value` and `name: value`
    /// whose name says that they are secret are masked.
    pub fn text(&self, text: &str) -> String {
        Self::masked(text)
    }

    /// The same, and what this request must not show.
    pub fn text_with(&self, text: &str, _needles: &Needles) -> String {
        Self::masked(text)
    }

    fn masked(text: &str) -> String {
        alloc::format!("({} bytes)", text.len())
    }

    fn digest(&self, bytes: &[u8]) -> Shown {
        let key = crate::mac::MacKey::new(&**self.key.0);
        let mac = key.mac(|message| message.update(bytes));
        let mut digest = [0; 16];
        digest.iter_mut().zip(mac).for_each(|(slot, byte)| *slot = byte);
        Shown::Digest(bytes.len(), KeyedDigest(digest))
    }
}
