//! A message signature as it goes into a request, or why there is none.

use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};
use core::fmt;

use super::flaw::Flaw;

/// What to add to a request, and what was signed. Whoever has the headers can send the request, so `Debug` shows their
/// names alone.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageSignature {
    headers: Vec<(&'static str, String)>,
    base: String,
}

impl MessageSignature {
    /// The base is ASCII: every value was checked to be.
    pub(super) fn new(headers: Vec<(&'static str, String)>, base: Vec<u8>) -> Self {
        Self { headers, base: String::from_utf8(base).unwrap_or_default() }
    }

    /// The headers to add: names, in lower case, and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The text that was signed (RFC 9421 §2.5), to be compared with a service's.
    pub fn signature_base(&self) -> &str {
        &self.base
    }

    /// Adds them to what is there.
    #[cfg(feature = "http")]
    pub fn apply(&self, headers: &mut http::HeaderMap) {
        for (name, value) in self.iter() {
            // Visible ASCII, which every header may hold.
            if let Ok(value) = http::HeaderValue::from_str(value) {
                headers.append(http::HeaderName::from_static(name), value);
            }
        }
    }
}

impl fmt::Debug for MessageSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(|(name, _)| name).collect();
        f.debug_tuple("MessageSignature").field(&names).finish()
    }
}

/// Why a request was not signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageSignError {
    /// The request is not one that a service would take.
    #[error("request that cannot be signed: it {0}")]
    Request(Flaw),
    /// A component that the profile asks for is not in the request.
    #[error("request without `{0}`, which the profile wants covered; send it, or tell the request's scheme")]
    Absent(Box<str>),
    /// The profile's label is none.
    #[error("label that is no key of RFC 8941; write lower-case letters, digits, `_`, `-`, `.` or `*`")]
    Label,
    /// A tag or a nonce with other characters.
    #[error("{0} with characters that are not printable ASCII")]
    Text(&'static str),
    /// The moment has more than fifteen digits.
    #[error("moment of more than fifteen digits; pass seconds of the Unix epoch")]
    Date,
}

impl MessageSignError {
    pub(super) fn of(flaw: Flaw, name: &str) -> Self {
        if flaw == Flaw::Absent { Self::Absent(name.to_owned().into()) } else { Self::Request(flaw) }
    }
}

impl From<Flaw> for MessageSignError {
    fn from(flaw: Flaw) -> Self {
        Self::Request(flaw)
    }
}
