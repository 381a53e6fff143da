//! A document as it was read: its elements in one list, in the order in which they begin.
//!
//! Texts are places in the document itself. What had to be put together (references, line ends, text in pieces) stands
//! in one buffer beside it; that buffer, and a document that was decoded, are wiped, for a secret is among it.

use alloc::{string::String, vec::Vec};
use core::iter;

use zeroize::Zeroizing;

/// Where the document's own text is.
pub(super) enum Source<'r> {
    /// In the request's body.
    Borrowed(&'r str),
    /// Decoded from a form.
    Decoded(Zeroizing<String>),
}

impl Source<'_> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Decoded(text) => text,
        }
    }
}

pub(super) struct Document<'r> {
    pub(super) source: Source<'r>,
    pub(super) nodes: Nodes,
}

#[derive(Default)]
pub(super) struct Nodes {
    pub(super) all: Vec<Node>,
    /// Never grown: growing would leave a copy behind.
    pub(super) decoded: Zeroizing<String>,
}

pub(super) struct Node {
    pub(super) name: Span,
    pub(super) text: Span,
    /// Whether the text stands among what was put together.
    pub(super) decoded: bool,
    /// The first element behind this one and all inside it. While it is open: the one that it is in.
    pub(super) end: u32,
}

/// A place in a text.
#[derive(Clone, Copy, Default)]
pub(super) struct Span {
    start: u32,
    length: u32,
}

impl Span {
    /// No text that is read has more than `u32::MAX` bytes.
    pub(super) fn new(start: usize, length: usize) -> Self {
        Self { start: short(start), length: short(length) }
    }

    pub(super) fn is_empty(self) -> bool {
        self.length == 0
    }

    pub(super) fn of(self, text: &str) -> &str {
        let start = long(self.start);
        text.get(start..start + long(self.length)).unwrap_or_default()
    }

    pub(super) fn grow(&mut self, length: usize) {
        self.length += short(length);
    }
}

pub(super) fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

pub(super) fn long(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// One element of a document.
#[derive(Clone, Copy)]
pub(super) struct Element<'t> {
    document: &'t Document<'t>,
    at: u32,
}

impl Document<'_> {
    /// The one that all others are in.
    pub(super) fn root(&self) -> Option<Element<'_>> {
        (!self.nodes.all.is_empty()).then_some(Element { document: self, at: 0 })
    }

    /// The element of that number.
    pub(super) fn element(&self, at: u32) -> Element<'_> {
        Element { document: self, at }
    }
}

impl<'t> Element<'t> {
    /// Its number.
    pub(super) fn at(self) -> u32 {
        self.at
    }

    /// Where its name stands in the document.
    pub(super) fn position(self) -> usize {
        self.node().map_or(0, |node| long(node.name.start))
    }

    pub(super) fn name(self) -> &'t str {
        self.node().map_or("", |node| node.name.of(self.document.source.as_str()))
    }

    /// The text in it; white space around elements is none.
    pub(super) fn text(self) -> &'t str {
        let Some(node) = self.node() else { return "" };
        node.text.of(if node.decoded { &self.document.nodes.decoded } else { self.document.source.as_str() })
    }

    /// The elements in it, in order.
    pub(super) fn children(self) -> impl Iterator<Item = Self> + use<'t> {
        let end = self.node().map_or(0, |node| node.end);
        let mut next = self.at.saturating_add(1);
        iter::from_fn(move || {
            let child = Self { at: next, ..self };
            // Every end lies behind its element, so this goes forward.
            next = child.node().filter(|_| next < end)?.end;
            Some(child)
        })
    }

    fn node(self) -> Option<&'t Node> {
        self.document.nodes.all.get(long(self.at))
    }
}
