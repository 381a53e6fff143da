//! A `WWW-Authenticate` of one's own.

use alloc::borrow::Cow;

/// What a 401 asks for in place of the usual schemes, checked once and put into [replies](crate::Reply::challenge).
///
/// ```text
/// one or more challenges of RFC 9110 §11.6.1, as they stand in the header: SCHEME, or SCHEME name="value", …
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(Cow<'static, str>);

impl Challenge {
    /// Checks a header's value.
    ///
    /// # Errors
    /// It has more than 512 bytes, holds something else than visible ASCII and single spaces between words, does not begin
    /// with a scheme's name, or leaves a quote open.
    ///
    /// ```
    /// use keyward::Challenge;
    /// assert!(Challenge::new(r#"Bearer realm="till", ApiKey realm="till""#).is_ok());
    /// assert!(Challenge::new("Bearer realm=\"till").is_err());
    /// ```
    pub fn new(value: impl Into<Cow<'static, str>>) -> Result<Self, InvalidChallenge> {
        let value = value.into();
        if value.len() > MAX_CHALLENGE {
            return Err(InvalidChallenge::TooLong);
        }
        if let Some(at) = value.bytes().position(|byte| !matches!(byte, b' '..=b'~')) {
            return Err(InvalidChallenge::Character(at));
        }
        let scheme = value.split(' ').next().unwrap_or_default();
        if scheme.is_empty() || !scheme.bytes().all(is_token) {
            return Err(InvalidChallenge::NoScheme);
        }
        if value.ends_with(' ') || !closed(&value) {
            return Err(InvalidChallenge::Unfinished);
        }
        Ok(Self(value))
    }

    pub(super) fn as_header(&self) -> Cow<'static, str> {
        self.0.clone()
    }
}

/// The longest challenge, in bytes. It goes out with every 401, and servers stop at 8 to 64 KiB for all headers together.
const MAX_CHALLENGE: usize = 512;

/// RFC 9110 §5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Whether every quoted string (RFC 9110 §5.6.4) ends.
fn closed(value: &str) -> bool {
    let (mut quoted, mut escaped) = (false, false);
    for byte in value.bytes() {
        (quoted, escaped) = match byte {
            _ if escaped => (quoted, false),
            b'\\' => (quoted, quoted),
            b'"' => (!quoted, false),
            _ => (quoted, false),
        };
    }
    !quoted
}

/// Why a text is no challenge. It comes from the program, and is not repeated all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidChallenge {
    /// More than 512 bytes.
    #[error("challenge of more than 512 bytes; name fewer schemes, or shorter realms")]
    TooLong,
    /// A line break, or anything else that is no visible ASCII character.
    #[error("unexpected character in the challenge at byte {0}; write visible ASCII and spaces")]
    Character(usize),
    /// It does not begin with the name of a scheme.
    #[error("challenge that does not begin with a scheme; write one, for example `Bearer realm=\"api\"`")]
    NoScheme,
    /// A quote that is never closed, or a space at the end.
    #[error("challenge that is cut off; close the last quote and end without a space")]
    Unfinished,
}
