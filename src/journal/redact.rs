//! Requests and replies made fit to be kept: what shows of them holds no secret.
//!
//! Three rules say what is masked:
//!
//! 1. what this very request presented as a credential, and the values of its secret fields: anywhere in it and in its
//!    reply, in any eight consecutive characters, as they are, with percent, JSON or XML escapes, in base64 of either
//!    alphabet wherever it begins, and in hexadecimal digits;
//! 2. fields whose name, decoded and folded, holds a word such as `password`: with everything beneath them, in headers,
//!    queries, forms, JSON, XML and multipart, and as `name=value` or `name: value` in any text;
//! 3. credentials of our own format, whoever's they are, cut ones too.
//!
//! What is not of its grammar, of no known grammar, or beyond a bound shows as length and keyed digest.
//!
//! **It does not see** a secret that was not presented, is not of our format and stands under no telling name: in
//! `{"name": "password", "value": "..."}` the name is a value. Nor does it take the first half of `key:secret` for a secret
//! where it could be a key, so halves that a caller has swapped are masked in their header alone.

#[cfg(feature = "mapp")]
mod buffer;
mod carried;
mod collect;
mod digest;
mod document;
mod find;
mod form;
mod grams;
mod json;
mod lens;
mod mask;
mod multipart;
mod names;
mod needles;
mod pairs;
mod runs;
mod shown;
mod unescape;
#[cfg(feature = "mapp")]
mod xml;

use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

pub use self::{
    digest::{KeyedDigest, RedactionKey},
    names::InvalidField,
    needles::Needles,
    shown::{Content, Shown},
};
use self::{
    document::Format,
    find::Finder,
    grams::Seed,
    lens::{Lens, MAX_NESTED, MAX_SHOWN},
    mask::masked,
    names::Names,
    shown::MASK,
};
use crate::request::{Headers, RequestHead};

/// Header lines that are shown unless more are named.
const HEADERS: [&str; 7] =
    ["host", "content-type", "content-length", "user-agent", "accept", "date", "x-request-id"];

/// Header lines that are shown of one request, and bytes of each.
const MAX_LINES: usize = 64;
const MAX_LINE: usize = 1024;
/// Bytes of a target that is looked into.
const MAX_TARGET: usize = 16 * 1024;
/// Bytes of a body, or of another text, that is looked into: four times what adapters take.
const MAX_TEXT: usize = 4 * 1024 * 1024;

/// Makes of requests and replies what a journal may keep.
///
/// [`needles`](Self::needles) of the request come first; everything else of it and of its reply is shown through them.
///
/// ```
/// use keyward::{Content, Headers, RedactionKey, Redactor, RequestHead};
/// let redactor = Redactor::new(RedactionKey::new([7; 32])?).default_content(Content::Redacted);
/// let lines = [("authorization", b"Bearer correct-horse-battery".as_slice())];
/// let head = RequestHead::new("POST", "/events?token=4711-0815", Headers::lines(&lines));
/// let body = br#"{"note": "it said correct-horse-battery", "pass-word": ["hunter2"]}"#;
///
/// let needles = redactor.needles(&head, body);
/// assert_eq!(redactor.target(head.target, &needles, Content::Redacted).to_string(), "/events?token=***");
/// let shown = redactor.body(Some(b"application/json"), body, &needles, Content::Redacted);
/// assert_eq!(shown.to_string(), r#"{"note":"it said ***","pass-word":"***"}"#);
/// # Ok::<(), keyward::InvalidKey>(())
/// ```
pub struct Redactor {
    key: RedactionKey,
    seed: Seed,
    names: Names,
    headers: Vec<String>,
    modules: Vec<(String, Content)>,
    default: Content,
}

impl Redactor {
    /// With the built-in header and field names, and [`Content::Shape`] for every module.
    pub fn new(key: RedactionKey) -> Self {
        Self {
            seed: Seed::new(key.seed()),
            key,
            names: Names::new(),
            headers: HEADERS.map(ToOwned::to_owned).to_vec(),
            modules: Vec::new(),
            default: Content::default(),
        }
    }

    /// With this content for calls of one module.
    #[must_use]
    pub fn content(mut self, module: &str, content: Content) -> Self {
        self.modules.retain(|(name, _)| name != module);
        self.modules.push((module.to_owned(), content));
        self
    }

    /// With this content for calls of every module that has none of its own.
    #[must_use]
    pub fn default_content(mut self, content: Content) -> Self {
        self.default = content;
        self
    }

    /// With one more header that is shown, whatever its case. The value of one that is secret by its name stays masked.
    #[must_use]
    pub fn show_header(mut self, name: &str) -> Self {
        self.headers.push(name.to_ascii_lowercase());
        self
    }

    /// With one more word that makes a field secret, wherever it stands in the field's name.
    ///
    /// # Errors
    /// [`InvalidField`].
    pub fn mask_field(mut self, name: &str) -> Result<Self, InvalidField> {
        self.names = self.names.with(name)?;
        Ok(self)
    }

    /// What is kept of calls of this module; `None` where it is not known.
    pub fn content_of(&self, module: Option<&str>) -> Content {
        let own = self.modules.iter().find(|(name, _)| Some(name.as_str()) == module);
        own.map_or(self.default, |(_, content)| *content)
    }

    /// What must not show of this request and its reply.
    pub fn needles(&self, head: &RequestHead<'_>, body: &[u8]) -> Needles {
        Needles::of(head, Some(body).filter(|body| body.len() <= MAX_TEXT), &self.names, self.seed)
    }

    /// A request's target: its path, and its query as `content` has it. Neither scheme nor host of an absolute one.
    pub fn target(&self, target: &str, needles: &Needles, content: Content) -> Shown {
        if !needles.complete || target.len() > MAX_TARGET {
            return self.digest(target.as_bytes());
        }
        let lens = self.lens(needles, content);
        let head = RequestHead::new("", target, Headers::lines(&[]));
        let mut shown = masked(head.path(), lens.finder).into_owned();
        if let Some((_, query)) = target.split_once('?').filter(|_| content != Content::None) {
            let query = form::show(query, &lens, MAX_SHOWN)
                .map_or_else(|_| self.digest(query.as_bytes()), Shown::Text);
            shown = format!("{shown}?{query}");
        }
        Shown::Text(shown)
    }

    /// The header lines that are shown, in order, names in lower case.
    pub fn headers(&self, headers: Headers<'_>, needles: &Needles) -> Vec<(String, String)> {
        let names = headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
        let listed = names.filter(|(name, _)| needles.complete && self.headers.contains(name));
        let shown = listed.map(|(name, value)| {
            let value = self.header(&name, value, needles);
            (name, value)
        });
        shown.take(MAX_LINES).collect()
    }

    fn header(&self, name: &str, value: &[u8], needles: &Needles) -> String {
        if self.names.hold(name.as_bytes()) {
            return MASK.to_owned();
        }
        match core::str::from_utf8(value) {
            Ok(text) if text.len() <= MAX_LINE => masked(text, self.finder(needles)).into_owned(),
            _ => self.digest(value).to_string(),
        }
    }

    /// A body of this content type (the header's value), as `content` has it. Without a type it is what it opens like,
    /// JSON or XML.
    pub fn body(
        &self,
        content_type: Option<&[u8]>,
        bytes: &[u8],
        needles: &Needles,
        content: Content,
    ) -> Shown {
        if bytes.is_empty() || content == Content::None {
            return Shown::Nothing;
        }
        let format = Format::of(content_type, bytes);
        let bounded = Some(bytes).filter(|bytes| is_bounded(bytes, needles));
        bounded
            .and_then(|bytes| document::show(format, bytes, &self.lens(needles, content), MAX_SHOWN).ok())
            .map_or_else(|| self.digest(bytes), Shown::Text)
    }

    /// Any text, for an application's own log: credentials of ours, and the values of `name=value` and `name: value`
    /// whose name is secret, are masked.
    ///
    /// ```
    /// # let redactor = keyward::Redactor::new(keyward::RedactionKey::new([7; 32]).unwrap());
    /// assert_eq!(redactor.text("login user=joe password=hunter2 from=app"), "login user=joe password=*** from=app");
    /// ```
    pub fn text(&self, text: &str) -> String {
        self.text_with(text, &Needles::none(self.seed))
    }

    /// The same, and what a request must not show.
    pub fn text_with(&self, text: &str, needles: &Needles) -> String {
        if is_bounded(text.as_bytes(), needles) {
            masked(text, self.finder(needles)).into_owned()
        } else {
            self.digest(text.as_bytes()).to_string()
        }
    }

    fn finder<'a>(&'a self, needles: &'a Needles) -> Finder<'a> {
        Finder { names: &self.names, grams: &needles.grams }
    }

    fn lens<'a>(&'a self, needles: &'a Needles, content: Content) -> Lens<'a> {
        Lens { finder: self.finder(needles), content, nested: MAX_NESTED, document: document::within }
    }

    fn digest(&self, bytes: &[u8]) -> Shown {
        Shown::Digest(bytes.len(), self.key.digest(bytes))
    }
}

fn is_bounded(text: &[u8], needles: &Needles) -> bool {
    needles.complete && text.len() <= MAX_TEXT
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor")
            .field("default", &self.default)
            .field("modules", &self.modules)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
