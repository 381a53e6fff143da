//! The tree that an answer is, in a form that both formats hold.
//!
//! Names and texts become what XML can say when the tree is made, and equal names of a group stand together, because an
//! array of PHP has each key once. So the writers have nothing to decide, and their outputs cannot differ.

use alloc::{borrow::Cow, collections::BTreeMap, string::String, vec, vec::Vec};

/// The name of an element and of a key: `[A-Za-z_][A-Za-z0-9._-]{0,63}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name(Cow<'static, str>);

/// A text, or named nodes in their order.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Node {
    Text(Text),
    Group(Group),
}

/// Characters that XML 1.0 has (§2.2), with the line ends that its readers see (§2.11).
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Text(String);

/// Each name once, with all of its nodes; one at least.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Group {
    fields: Vec<(Name, Vec<Node>)>,
    depth: usize,
}

/// Bytes of a name: as many as a catalogue's names have.
const MAX_NAME: usize = 64;

impl Name {
    /// What each member of a list is called.
    pub(super) const ITEM: Self = Self(Cow::Borrowed("item"));

    /// For names in this module's own sources, which are of the grammar.
    pub(super) const fn fixed(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// Any text: each character that does not fit is `_`, one more `_` stands before a first character that may not be
    /// the first, and what is too long is cut.
    ///
    /// ASCII alone: which other letters a name may have depends on the edition of XML that its reader knows.
    pub(super) fn of(text: &str) -> Self {
        let fits = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
        let begins = text.starts_with(|first: char| first.is_ascii_digit() || ".-".contains(first));
        let first = if begins || text.is_empty() { "_" } else { "" };
        let rest = text.chars().map(|char| if fits(char) { char } else { '_' });
        Self(first.chars().chain(rest).take(MAX_NAME).collect::<String>().into())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Text {
    /// Any text: characters that XML 1.0 does not have are U+FFFD, and CR, with an LF behind it or without, is LF.
    pub(super) fn of(raw: String) -> Self {
        let fits =
            |char: char| !matches!(char, '\0'..='\u{8}' | '\u{B}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}');
        if raw.chars().all(fits) {
            return Self(raw);
        }
        let lines = raw.replace("\r\n", "\n");
        let replaced = lines.chars().map(|char| match char {
            '\r' => '\n',
            char if fits(char) => char,
            _ => char::REPLACEMENT_CHARACTER,
        });
        Self(replaced.collect())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Node {
    pub(super) fn text(raw: impl Into<String>) -> Self {
        Self::Text(Text::of(raw.into()))
    }

    /// Groups on the way to the deepest text.
    pub(super) fn depth(&self) -> usize {
        match self {
            Self::Text(_) => 0,
            Self::Group(group) => group.depth,
        }
    }
}

impl Group {
    /// In the order in which each name is first met.
    pub(super) fn of(nodes: impl IntoIterator<Item = (Name, Node)>) -> Self {
        let mut group = Self { fields: Vec::new(), depth: 1 };
        let mut places = BTreeMap::new();
        for (name, node) in nodes {
            group.depth = group.depth.max(node.depth() + 1);
            let next = group.fields.len();
            let place = *places.entry(name.clone()).or_insert(next);
            match group.fields.get_mut(place) {
                Some((_, nodes)) => nodes.push(node),
                None => group.fields.push((name, vec![node])),
            }
        }
        group
    }

    pub(super) fn fields(&self) -> impl ExactSizeIterator<Item = (&Name, &[Node])> {
        self.fields.iter().map(|(name, nodes)| (name, nodes.as_slice()))
    }
}
