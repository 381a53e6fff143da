//! Finding our credentials in any text.

use core::ops::Range;

use super::format::{ID_CHARS, SECRET_MARK, TAIL_CHARS, TOKEN_MARK, Vendor, checks, key_id};
use crate::id::KeyId;

/// What secret scanners look for: a secret or a token of any vendor prefix. The syntax is the common subset of RE2,
/// PCRE, Python and Rust's `regex`. A hit whose checksum is wrong is a false alarm, or mistyped.
pub const SCANNER_EXPRESSION: &str =
    "[a-z][a-z0-9]{1,9}(?:s1_[0-9A-Za-z]{49}|t1_[0-9A-Za-z]{16}_[0-9A-Za-z]{49})";

/// A secret or token of ours in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// Which bytes of the text.
    pub range: Range<usize>,
    /// The public half, if it was a token.
    pub key_id: Option<KeyId>,
    /// Whether the checksum fits. If not, the text is mistyped or no credential.
    pub checksum: bool,
}

/// Finds every secret and token of ours, in one pass and in linear time.
///
/// Of several prefixes that would do, the one with a fitting checksum is taken, else the longest. A hit without a
/// fitting checksum hides none: what begins inside it is found as well, so hits may overlap.
///
/// ```
/// let text = b"token=kwt1_0123456789ABCDEF_00000000000000000000000000000000000000000000000000; path=/";
/// let found: Vec<_> = keyward::scan(text).collect();
/// assert_eq!(found.len(), 1);
/// assert_eq!(found[0].key_id.unwrap().as_str(), "kwk_0123456789ABCDEF");
/// assert!(!found[0].checksum);
/// ```
pub fn scan(text: &[u8]) -> impl Iterator<Item = Found> {
    let mut from = 0;
    core::iter::from_fn(move || {
        let (at, found) = (from..text.len()).find_map(|at| Some((at, at_mark(text, at, from)?)))?;
        from = if found.checksum { found.range.end } else { at + SECRET_MARK.len() };
        Some(found)
    })
}

/// The credential whose mark stands at `at`, starting at `from` or later.
fn at_mark(text: &[u8], at: usize, from: usize) -> Option<Found> {
    let rest = text.get(at..)?;
    if let Some(rest) = rest.strip_prefix(SECRET_MARK) {
        let tail = base62(rest, TAIL_CHARS)?;
        return before(text, at, from, tail, None, at + SECRET_MARK.len() + TAIL_CHARS);
    }
    let rest = rest.strip_prefix(TOKEN_MARK)?;
    let id = base62(rest, ID_CHARS)?;
    let tail = base62(rest.get(ID_CHARS..)?.strip_prefix(b"_")?, TAIL_CHARS)?;
    before(text, at, from, tail, Some(id), at + TOKEN_MARK.len() + ID_CHARS + 1 + TAIL_CHARS)
}

/// Chooses the vendor prefix before the mark.
fn before(text: &[u8], at: usize, from: usize, tail: &[u8], id: Option<&[u8]>, end: usize) -> Option<Found> {
    let found = |(start, vendor): (usize, Vendor)| Found {
        range: start..end,
        key_id: id.and_then(|id| key_id(vendor.as_bytes(), id)),
        checksum: checks(vendor, tail),
    };
    let starts =
        (2..=Vendor::MAX_LEN).filter_map(|length| at.checked_sub(length)).filter(|start| *start >= from);
    let vendors = starts.filter_map(|start| Some((start, Vendor::from_bytes(text.get(start..at)?)?)));
    vendors.map(found).reduce(|kept, longer| if kept.checksum { kept } else { longer })
}

fn base62(text: &[u8], length: usize) -> Option<&[u8]> {
    text.get(..length).filter(|found| found.iter().all(u8::is_ascii_alphanumeric))
}
