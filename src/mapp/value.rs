//! What an application answers with.

use alloc::string::{String, ToString};
use core::fmt;

use super::tree::{Group, Name, Node};

/// A text, named fields, or a list: what stands in `responseData` and `responseText`.
///
/// | | in XML | in PHP's format |
/// |---|---|---|
/// | a text | CDATA | a string; numbers too |
/// | a field whose name stands once | an element | a key |
/// | fields of one name | elements, put together where the first stands | one key, with a list |
/// | a list | one `item` element each | one key `item`, with a list even of one |
///
/// Whatever is put in comes out as XML 1.0 can hold it, and in both formats alike:
///
/// - In a text, characters that XML does not have (controls but tab and line feed, U+FFFE, U+FFFF) are U+FFFD, and CR and
///   CR LF are LF.
/// - In a name, whatever is not one of `[A-Za-z0-9._-]` is `_`; a name that is empty or begins with a digit, a full
///   stop or a hyphen has one more `_` in front; it ends after 64 characters.
/// - A value of 32 levels, put into one more, is the text U+FFFD there.
///
/// A text may have any length. In an answer it takes at most five times as many bytes.
///
/// ```
/// use keyward::mapp::Value;
/// let value = Value::fields([
///     ("template_id", Value::from(1_055_589)),
///     ("segments", Value::list(["spring", "summer"])),
/// ]);
/// assert_ne!(value, Value::from("spring"));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct Value(Node);

/// Groups within groups. The deepest answer of the vendor's that is public has four; libxml2 reads 256 levels.
const MAX_DEPTH: usize = 32;

impl Value {
    /// Named values, in their order. Use a [list](Self::list) where there may be one or several of a kind: in PHP's format
    /// a list of fields becomes a list from the second one on.
    pub fn fields<N: AsRef<str>, V: Into<Self>>(fields: impl IntoIterator<Item = (N, V)>) -> Self {
        Self::group(fields.into_iter().map(|(name, value)| (Name::of(name.as_ref()), value.into())))
    }

    /// Values without names.
    pub fn list<V: Into<Self>>(items: impl IntoIterator<Item = V>) -> Self {
        Self::group(items.into_iter().map(|value| (Name::ITEM, value.into())))
    }

    fn group(values: impl Iterator<Item = (Name, Self)>) -> Self {
        let shallow = |node: Node| if node.depth() < MAX_DEPTH { node } else { Node::text("\u{FFFD}") };
        Self(Node::Group(Group::of(values.map(|(name, value)| (name, shallow(value.0))))))
    }

    pub(super) fn into_node(self) -> Node {
        self.0
    }
}

/// A text.
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self(Node::text(text))
    }
}

/// A text.
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self(Node::text(text))
    }
}

macro_rules! numbers {
    ($($number:ty),*) => { $(
        /// Its decimal digits: the vendor's leaves are texts.
        impl From<$number> for Value {
            fn from(number: $number) -> Self {
                Self::from(number.to_string())
            }
        }
    )* };
}

numbers!(i32, i64, u32, u64, usize);

/// Without what is in it: that may be the callers' own.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Node::Text(_) => "Value(text)",
            Node::Group(_) => "Value(group)",
        })
    }
}
