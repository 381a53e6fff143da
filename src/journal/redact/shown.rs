//! How much is kept, and what of it shows.

use alloc::string::String;
use core::fmt;

use super::digest::KeyedDigest;

/// What stands where something is masked.
pub(super) const MASK: &str = "***";
/// What stands where a text ends before its end.
pub(super) const CUT: &str = "...";

/// How much of queries and bodies is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Content {
    /// Nothing.
    None,
    /// Names, types and lengths: `{"mail":"string(17)"}`. Lengths are in bytes of the decoded value.
    #[default]
    Shape,
    /// Values, with what is secret masked, at most 16 KiB of them. A value of more than 4 KiB shows as its shape.
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
    /// Length in bytes and keyed digest, of what could not be read or was too much.
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
