//! What a request carries, read once at the edge.
//!
//! | carrier | what it carries |
//! |---|---|
//! | `Authorization: Bearer` | a token, or `key:secret` |
//! | `Authorization: ApiKey` | a token, or `key:secret` |
//! | `Authorization: Basic` (RFC 7617) | base64 of `key:secret` |
//! | `X-Api-Key` with `X-Api-Secret` | the key id, the secret |
//! | `X-Api-Key` alone | the key id, which proves nothing |
//!
//! Scheme and header names are compared without case. One request carries one credential: two of anything, or a
//! scheme that no carrier reads, is unreadable as a whole. Nothing falls back to something weaker.

use alloc::vec::Vec;
use core::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{
    credential::{MAX_SECRET, SecretText, opens_like_a_secret, split_token},
    id::KeyId,
    request::{Headers, MAX_HEADER_LINES, RequestHead},
    secret::Secret,
};

/// Base64 of the longest `key:secret`.
const MAX_BASIC: usize = (KeyId::MAX_LEN + 1 + MAX_SECRET).div_ceil(3) * 4;

/// A request's credential, read but not proven.
///
/// It borrows what stands in the request; what had to be decoded (Basic) lies in one heap block that is wiped. It is
/// used once. Reading never fails: what could not be read is inside, and the engine denies it.
#[must_use = "a presented credential is to be decided"]
pub struct Presented<'r>(pub(crate) Form<'r>);

pub(crate) enum Form<'r> {
    Missing,
    TooLarge,
    Malformed(Malformed),
    /// A key id and nothing that proves it.
    Key(KeyId),
    Pair(KeyId, SecretText<'r>),
    /// A pair that was decoded: all of `key:secret`, and where the secret starts.
    Decoded(KeyId, Zeroizing<Vec<u8>>, usize),
}

/// Why a credential could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    Twice,
    Scheme,
    Token,
    Basic,
    KeyId,
    /// A secret where a key id belongs. It would fit, and be printed as the public thing that it is not.
    MixedUp,
    NoKeyId,
    Secret,
}

impl<'r> Presented<'r> {
    /// A pair that the caller of this function has read itself.
    pub fn pair(key_id: KeyId, secret: &'r Secret) -> Self {
        Self(pair(key_id, secret.expose().as_bytes()))
    }

    /// A key id that the caller of this function has read itself, with nothing to prove it.
    pub fn key_only(key_id: KeyId) -> Self {
        Self(Form::Key(key_id))
    }

    /// The key to look up. `None` where nothing readable was presented; then there is nothing to look up.
    pub fn key_id(&self) -> Option<KeyId> {
        match self.0 {
            Form::Key(key_id) | Form::Pair(key_id, _) | Form::Decoded(key_id, ..) => Some(key_id),
            Form::Missing | Form::TooLarge | Form::Malformed(_) => None,
        }
    }

    pub(crate) fn read(head: &RequestHead<'r>) -> Self {
        if head.headers.len() > MAX_HEADER_LINES {
            return Self(Form::TooLarge);
        }
        Self(carriers(head.headers).unwrap_or_else(Form::Malformed))
    }
}

fn carriers(headers: Headers<'_>) -> Result<Form<'_>, Malformed> {
    let (mut authorization, mut key, mut secret) = (None, None, None);
    for (name, value) in headers.iter() {
        let slot = if name.eq_ignore_ascii_case("authorization") {
            &mut authorization
        } else if name.eq_ignore_ascii_case("x-api-key") {
            &mut key
        } else if name.eq_ignore_ascii_case("x-api-secret") {
            &mut secret
        } else {
            continue;
        };
        if slot.replace(value).is_some() {
            return Err(Malformed::Twice);
        }
    }
    match (authorization, key, secret) {
        (None, None, None) => Ok(Form::Missing),
        (Some(value), None, None) => self::authorization(trimmed(value)),
        (None, Some(key), None) => Ok(Form::Key(key_id(trimmed(key))?)),
        (None, Some(key), Some(secret)) => sized(key_id(trimmed(key))?, trimmed(secret)),
        (None, None, Some(_)) => Err(Malformed::NoKeyId),
        (Some(_), ..) => Err(Malformed::Twice),
    }
}

fn authorization(value: &[u8]) -> Result<Form<'_>, Malformed> {
    let space = value.iter().position(|byte| *byte == b' ').ok_or(Malformed::Scheme)?;
    let (scheme, rest) = value.split_at_checked(space).ok_or(Malformed::Scheme)?;
    let rest = trimmed(rest);
    let is = |name: &str| scheme.eq_ignore_ascii_case(name.as_bytes());
    if is("basic") {
        basic(rest)
    } else if is("bearer") || is("apikey") {
        one_string(rest)
    } else {
        Err(Malformed::Scheme)
    }
}

fn one_string(text: &[u8]) -> Result<Form<'_>, Malformed> {
    if let Some(colon) = text.iter().position(|byte| *byte == b':') {
        let (key, secret) = text.split_at_checked(colon).ok_or(Malformed::Token)?;
        return sized(key_id(key)?, secret.get(1..).unwrap_or_default());
    }
    split_token(text).map(|(key_id, secret)| Form::Pair(key_id, secret)).ok_or(Malformed::Token)
}

/// The one carrier that allocates: base64 cannot be borrowed.
fn basic(text: &[u8]) -> Result<Form<'_>, Malformed> {
    if text.len() > MAX_BASIC {
        return Err(Malformed::Basic);
    }
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len()));
    // The slice form does not touch the vector's length, so a failed decode is wiped with the rest of it.
    decoded.resize(text.len(), 0);
    let length = STANDARD.decode_slice(text, &mut decoded).map_err(|_| Malformed::Basic)?;
    decoded.truncate(length);
    let colon = decoded.iter().position(|byte| *byte == b':').ok_or(Malformed::Basic)?;
    let key_id = key_id(decoded.get(..colon).unwrap_or_default())?;
    let start = colon + 1;
    check_size(length - start)?;
    Ok(Form::Decoded(key_id, decoded, start))
}

fn sized(key_id: KeyId, secret: &[u8]) -> Result<Form<'_>, Malformed> {
    check_size(secret.len())?;
    Ok(pair(key_id, secret))
}

fn pair(key_id: KeyId, secret: &[u8]) -> Form<'_> {
    Form::Pair(key_id, SecretText::whole(secret))
}

fn check_size(length: usize) -> Result<(), Malformed> {
    if (1..=MAX_SECRET).contains(&length) { Ok(()) } else { Err(Malformed::Secret) }
}

fn key_id(text: &[u8]) -> Result<KeyId, Malformed> {
    if opens_like_a_secret(text) {
        return Err(Malformed::MixedUp);
    }
    KeyId::from_bytes(text).map_err(|_| Malformed::KeyId)
}

/// Without the optional white space of RFC 9110 §5.6.3 around it.
fn trimmed(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// The key id and what was carried, never the secret.
impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Missing => f.write_str("Presented(nothing)"),
            Form::TooLarge => f.write_str("Presented(too many header lines)"),
            Form::Malformed(why) => write!(f, "Presented(unreadable: {why:?})"),
            Form::Key(key_id) => write!(f, "Presented({key_id})"),
            Form::Pair(key_id, _) | Form::Decoded(key_id, ..) => write!(f, "Presented({key_id}, ..)"),
        }
    }
}
