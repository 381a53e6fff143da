//! How one text is shown: its names, its values and the documents within them.

use alloc::{borrow::Cow, format, string::String};

use super::{
    find::Finder,
    mask::masked,
    shown::{Content, MASK},
    unescape::Unescaped,
};

/// What a document shows takes no more than this.
pub(super) const MAX_SHOWN: usize = 16 * 1024;
/// A longer value shows as its shape: it is searched as a whole or not at all, since half of a credential looks like
/// none.
const MAX_VALUE: usize = 4 * 1024;
/// A longer name is none that anybody gave.
const MAX_NAME: usize = 128;
/// Documents within one another: XML in a form, JSON in XML in a form.
pub(super) const MAX_NESTED: usize = 3;

/// A text that is not of its grammar, or beyond its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// What is looked through.
#[derive(Clone, Copy)]
pub(super) struct Lens<'a> {
    pub(super) finder: Finder<'a>,
    pub(super) content: Content,
    /// How many documents may still lie within this one.
    pub(super) nested: usize,
    /// Shows a document that stands in a value, in so many bytes; `None` of a text that is none.
    pub(super) document: fn(&Lens<'_>, &str, usize) -> Option<Result<String, Malformed>>,
}

impl Lens<'_> {
    /// Whether the field of this name is secret.
    pub(super) fn is_secret(&self, name: &str) -> bool {
        let names = self.finder.names;
        names.hold(name.as_bytes())
            || Unescaped::of(name.as_bytes()).is_some_and(|name| names.hold(&name.bytes))
    }

    /// A name as it shows: masked as a whole if it holds anything.
    pub(super) fn name<'t>(&self, name: &'t str) -> &'t str {
        if name.len() > MAX_NAME || self.finder.any(name.as_bytes()) { MASK } else { name }
    }

    /// A text value as it shows, in at most `room` bytes if it is a document.
    pub(super) fn value<'t>(&self, text: &'t str, room: usize) -> Cow<'t, str> {
        match (self.document)(self, text, room) {
            Some(Ok(shown)) => Cow::Owned(shown),
            Some(Err(Malformed)) => shape("string", text.len()),
            None if self.content != Content::Redacted || text.len() > MAX_VALUE => {
                shape("string", text.len())
            }
            None => masked(text, self.finder),
        }
    }

    /// A number, or another word of the grammar.
    pub(super) fn bare<'t>(&self, kind: &str, text: &'t str) -> Result<&'t str, Cow<'static, str>> {
        if self.content != Content::Redacted || text.len() > MAX_VALUE {
            return Err(shape(kind, text.len()));
        }
        if self.finder.any(text.as_bytes()) { Err(Cow::Borrowed(MASK)) } else { Ok(text) }
    }
}

/// Type and length.
pub(super) fn shape(kind: &str, length: usize) -> Cow<'static, str> {
    Cow::Owned(format!("{kind}({length})"))
}
