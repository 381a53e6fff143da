//! The headers of a delivery, and what may be wrong with one.

use alloc::string::String;
use core::fmt;

use crate::{
    request::{Headers, trimmed},
    time::Timestamp,
};

pub(super) const ID: &str = "webhook-id";
pub(super) const TIMESTAMP: &str = "webhook-timestamp";
pub(super) const SIGNATURE: &str = "webhook-signature";

/// Bytes of an id. Those in use have 30 to 40.
pub(super) const MAX_ID: usize = 256;

/// Digits of a timestamp: until the year 33,658.
pub(super) const MAX_DIGITS: usize = 12;

/// The three headers of a delivery. Whoever has them can send it, so `Debug` shows its id alone.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookHeaders {
    id: String,
    timestamp: String,
    signature: String,
}

impl WebhookHeaders {
    pub(super) fn new(id: &str, timestamp: String, signature: String) -> Self {
        Self { id: id.into(), timestamp, signature }
    }

    /// Names, in lower case, and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [(ID, &*self.id), (TIMESTAMP, &*self.timestamp), (SIGNATURE, &*self.signature)].into_iter()
    }

    /// Sets them, in place of what was there.
    #[cfg(feature = "http")]
    pub fn apply(&self, headers: &mut http::HeaderMap) {
        for (name, value) in self.iter() {
            // Visible ASCII, which every header may hold.
            if let Ok(value) = http::HeaderValue::from_str(value) {
                headers.insert(http::HeaderName::from_static(name), value);
            }
        }
    }
}

impl fmt::Debug for WebhookHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WebhookHeaders").field(&self.id).finish()
    }
}

/// Why a delivery was refused, or could not be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// A header is not there.
    #[error("no {0} header; a delivery has webhook-id, webhook-timestamp and webhook-signature")]
    Missing(&'static str),
    /// A header stands twice.
    #[error("two {0} headers; send one")]
    Twice(&'static str),
    /// The id is not of its form.
    #[error("webhook-id that is not 1 to 256 visible ASCII characters without a full stop")]
    Id,
    /// The timestamp is not of its form.
    #[error("webhook-timestamp that is not 1 to 12 digits; write seconds of the Unix epoch")]
    Timestamp,
    /// The timestamp is too far from now.
    #[error("webhook-timestamp outside the window; set the sender's clock, and sign every attempt anew")]
    Window,
    /// More signatures than are looked at.
    #[error("more than 16 signatures in webhook-signature; send one for every secret")]
    TooMany,
    /// No signature matches.
    #[error(
        "no v1 signature by a secret that is known here; compare the secrets, and sign the bytes that are sent"
    )]
    Signature,
}

pub(super) fn one<'r>(headers: Headers<'r>, name: &'static str) -> Result<&'r [u8], WebhookError> {
    let mut lines = headers.all(name);
    match (lines.next(), lines.next()) {
        (Some(line), None) => Ok(trimmed(line)),
        (None, _) => Err(WebhookError::Missing(name)),
        (_, Some(_)) => Err(WebhookError::Twice(name)),
    }
}

/// Without a full stop: it ends the id in what is signed, and an id that had one could be cut elsewhere.
pub(super) fn read_id(id: &[u8]) -> Result<&str, WebhookError> {
    let visible = id.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'.');
    let text = core::str::from_utf8(id).ok().filter(|_| visible && (1..=MAX_ID).contains(&id.len()));
    text.ok_or(WebhookError::Id)
}

pub(super) fn read_timestamp(digits: &[u8]) -> Result<Timestamp, WebhookError> {
    if !(1..=MAX_DIGITS).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return Err(WebhookError::Timestamp);
    }
    let seconds = digits.iter().fold(0, |seconds, digit| seconds * 10 + i64::from(digit - b'0'));
    Ok(Timestamp::from_unix(seconds))
}
