//! Reading a request's one credential, from whichever accepted carrier holds it.

use alloc::vec::Vec;
use core::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::{
    accept::Accept,
    malformed::{Malformed, key_id, unmixed},
    parameter,
};
use crate::{
    body::{BodyNeed, Payload},
    credential::{MAX_SECRET, Masked, Token},
    id::KeyId,
    request::{Headers, MAX_HEADER_LINES, RequestHead, trimmed},
    secret::Secret,
    signature::{Flaw, Signed, Verifier},
};

/// Base64 of the longest `key:secret`.
const MAX_BASIC: usize = (KeyId::MAX_LEN + 1 + MAX_SECRET).div_ceil(3) * 4;

/// A request's credential, read but not proven.
///
/// It borrows what stands in the request; what had to be decoded (Basic) lies in one heap block that is wiped. It is
/// used once. Reading never fails: what could not be read is inside, and the engine denies it. Of a signed request
/// [`body_need`](Self::body_need) asks for the body before anything is decided.
#[must_use = "a presented credential is to be decided"]
pub struct Presented<'r> {
    pub(crate) form: Form<'r>,
    /// Where it is signed; then nothing else is presented. Apart from the form, which is moved about and small without it.
    pub(crate) signed: Option<Signed<'r>>,
    /// A form body may hold the key, and has not been given yet.
    awaits_form: bool,
    /// Signed, and of the methods that change nothing; who else repeats it needs no signature.
    safe: bool,
}

pub(crate) enum Form<'r> {
    Missing,
    TooLarge,
    Malformed(Malformed),
    /// A key id and nothing that proves it.
    Key(KeyId),
    Pair(KeyId, &'r [u8]),
    Token(Token<'r>),
    /// A pair that was decoded: all of `key:secret`, and where the secret starts.
    Decoded(KeyId, Zeroizing<Vec<u8>>, usize),
    /// A signed request that cannot be read.
    Flawed(Flaw),
}

impl<'r> Presented<'r> {
    /// A pair that the caller of this function has read itself, under the same bounds as any other: an empty secret,
    /// or one of more than [`MAX_SECRET`](crate::MAX_SECRET) bytes, is unreadable.
    pub fn pair(key_id: KeyId, secret: &'r Secret) -> Self {
        let read = unmixed(key_id).and_then(|key_id| sized(key_id, secret.expose().as_bytes()));
        Self::from(read.unwrap_or_else(Form::Malformed))
    }

    /// A key id that the caller of this function has read itself, with nothing to prove it.
    pub fn key_only(key_id: KeyId) -> Self {
        Self::from(unmixed(key_id).map_or_else(Form::Malformed, Form::Key))
    }

    /// Key and secret as elements of a document have them. One that is missing or cannot be read is denied.
    #[cfg(feature = "mapp")]
    pub(crate) fn elements(key: Option<&'r [u8]>, secret: Option<&'r [u8]>) -> Self {
        Self::from(apart(key, secret).unwrap_or_else(Form::Malformed))
    }

    /// The key to look up. `None` where nothing readable was presented, or nothing yet; then there is nothing to look
    /// up.
    #[inline]
    pub fn key_id(&self) -> Option<KeyId> {
        match &self.signed {
            _ if self.awaits_form => None,
            Some(signed) => Some(*signed.key_id()),
            None => self.form.key_id(),
        }
    }

    /// Whether it is this key that was presented.
    #[inline]
    pub(crate) fn names(&self, key_id: &KeyId) -> bool {
        match (&self.signed, &self.form) {
            (None, Form::Token(token)) => token.names(key_id),
            _ => self.key_id().is_some_and(|presented| presented == *key_id),
        }
    }

    /// What has to be given to [`set_body`](Self::set_body) before this is decided.
    pub fn body_need(&self) -> BodyNeed {
        match &self.signed {
            _ if self.awaits_form => BodyNeed::Bytes,
            Some(signed) => signed.body_need(),
            None => BodyNeed::Nothing,
        }
    }

    /// Whether it cannot be decided yet, for want of the body.
    pub(crate) fn is_open(&self) -> bool {
        self.body_need() != BodyNeed::Nothing
    }

    pub(crate) fn method_is_safe(&self) -> bool {
        self.safe
    }

    /// Gives the body, as [`body_need`](Self::body_need) asks for it: a digest where that is asked for, or all of its
    /// bytes. A body that was not asked for changes nothing, and the first one counts.
    pub fn set_body(&mut self, body: Payload<'r>) {
        if let Some(signed) = &mut self.signed {
            signed.set_body(body);
        }
        if !core::mem::take(&mut self.awaits_form) {
            return;
        }
        let found = match body {
            Payload::Absent => Ok(None),
            Payload::Bytes(bytes) => parameter::api_key(bytes),
            Payload::Digest(_) => Err(Malformed::Body),
        };
        self.join(found);
    }

    pub(crate) fn read(head: &RequestHead<'r>, accept: Accept, verifier: &Verifier) -> Self {
        if head.headers.len() > MAX_HEADER_LINES {
            return Self::from(Form::TooLarge);
        }
        let mut presented = match verifier.read(head) {
            None => match Lines::read(head.headers, accept, false) {
                Ok(lines) => {
                    // The usual case: what is left at once is written where it is returned, and not moved there.
                    if let (Some(token), false) = (lines.token(accept), accept.query_key | accept.form_key) {
                        return Self::from(Form::Token(token));
                    }
                    Self::from(lines.form(accept).unwrap_or_else(Form::Malformed))
                }
                Err(malformed) => Self::from(Form::Malformed(malformed)),
            },
            Some(Err(flaw)) => Self::from(Form::Flawed(flaw)),
            Some(Ok(signed)) => {
                match beside(verifier.takes_authorization(&signed), &signed, head.headers, accept) {
                    Ok(()) => Self { signed: Some(signed), ..Self::from(Form::Missing) },
                    Err(malformed) => Self::from(Form::Malformed(malformed)),
                }
            }
        };
        presented.safe = presented.signed.is_some() && head.is_safe();
        if accept.query_key {
            let query = head.target.split_once('?').map_or("", |(_, query)| query);
            presented.join(parameter::api_key(query.as_bytes()));
        }
        presented.awaits_form = accept.form_key && is_form(head.headers);
        presented
    }

    /// Adds an `api_key` that stood elsewhere: alone it is the credential, beside one it has to name the same key.
    fn join(&mut self, found: Result<Option<&[u8]>, Malformed>) {
        let key = match found.and_then(|value| value.map(parameter::key_id).transpose()) {
            Ok(None) => return,
            Ok(Some(key)) => Ok(key),
            Err(malformed) => Err(malformed),
        };
        if let Some(signed) = &self.signed {
            let same =
                key.and_then(|key| if key == *signed.key_id() { Ok(()) } else { Err(Malformed::Twice) });
            if let Err(malformed) = same {
                (self.signed, self.form) = (None, Form::Malformed(malformed));
            }
            return;
        }
        self.form = match (core::mem::replace(&mut self.form, Form::Missing), key) {
            (unreadable @ (Form::TooLarge | Form::Malformed(_) | Form::Flawed(_)), _) => unreadable,
            (_, Err(malformed)) => Form::Malformed(malformed),
            (Form::Missing, Ok(key)) => Form::Key(key),
            (read, Ok(key)) if read.key_id() == Some(key) => read,
            _ => Form::Malformed(Malformed::Twice),
        };
    }
}

impl<'r> From<Form<'r>> for Presented<'r> {
    fn from(form: Form<'r>) -> Self {
        Self { form, signed: None, awaits_form: false, safe: false }
    }
}

impl Form<'_> {
    #[inline]
    fn key_id(&self) -> Option<KeyId> {
        match self {
            Self::Key(key_id) | Self::Pair(key_id, _) | Self::Decoded(key_id, ..) => Some(*key_id),
            Self::Token(token) => Some(token.key_id()),
            Self::Missing | Self::TooLarge | Self::Malformed(_) | Self::Flawed(_) => None,
        }
    }
}

/// Whether no other credential stands beside a signature; a bare key of the same name may.
fn beside(
    takes_authorization: bool,
    signed: &Signed<'_>,
    headers: Headers<'_>,
    accept: Accept,
) -> Result<(), Malformed> {
    match Lines::read(headers, accept, takes_authorization)?.form(accept)? {
        Form::Missing => Ok(()),
        Form::Key(key_id) if key_id == *signed.key_id() => Ok(()),
        _ => Err(Malformed::Twice),
    }
}

/// Parameters such as a charset play no part.
fn is_form(headers: Headers<'_>) -> bool {
    headers.all("content-type").any(|value| {
        let end = value.iter().position(|byte| *byte == b';').unwrap_or(value.len());
        let media = trimmed(value.get(..end).unwrap_or_default());
        media.eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
    })
}

/// The header lines that may carry a credential, each at most once.
struct Lines<'r> {
    authorization: Option<&'r [u8]>,
    key: Option<&'r [u8]>,
    secret: Option<&'r [u8]>,
}

impl<'r> Lines<'r> {
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "what is found stays in registers, and nobody waits for a copy of it"
    )]
    fn read(headers: Headers<'r>, accept: Accept, signed_there: bool) -> Result<Self, Malformed> {
        let (mut authorization, mut key, mut secret) = (None, None, None);
        for (name, value) in headers.iter() {
            // Each by itself: one place that is one of three lies in memory, and is waited for.
            let before = if is(name, "authorization") {
                if signed_there { None } else { authorization.replace(value) }
            } else if !accept.header_pair {
                None
            } else if is(name, "x-api-key") {
                key.replace(value)
            } else if is(name, "x-api-secret") {
                secret.replace(value)
            } else {
                None
            };
            if before.is_some() {
                return Err(Malformed::Twice);
            }
        }
        Ok(Self { authorization, key, secret })
    }

    /// The token that stands alone behind `Bearer`, as nearly all are written. What is not found here may be one all the
    /// same: [`form`](Self::form) tells.
    #[inline]
    fn token(&self, accept: Accept) -> Option<Token<'r>> {
        let (Some(value), None, None, true) = (self.authorization, self.key, self.secret, accept.bearer)
        else {
            return None;
        };
        Token::split(value.strip_prefix(b"Bearer ")?)
    }

    fn form(&self, accept: Accept) -> Result<Form<'r>, Malformed> {
        match (self.authorization, self.key, self.secret) {
            (None, ..) => apart(self.key.map(trimmed), self.secret.map(trimmed)),
            (Some(value), None, None) => authorization(trimmed(value), accept),
            (Some(_), ..) => Err(Malformed::Twice),
        }
    }
}

/// Without case; but nearly all are written like that, and equal texts are told by a few moves.
#[inline]
fn is(found: &str, name: &'static str) -> bool {
    found == name || found.eq_ignore_ascii_case(name)
}

/// A key id and a secret in two places.
fn apart<'r>(key: Option<&'r [u8]>, secret: Option<&'r [u8]>) -> Result<Form<'r>, Malformed> {
    match (key, secret) {
        (None, None) => Ok(Form::Missing),
        (Some(key), None) => Ok(Form::Key(key_id(key)?)),
        (Some(key), Some(secret)) => sized(key_id(key)?, secret),
        (None, Some(_)) => Err(Malformed::NoKeyId),
    }
}

fn authorization(value: &[u8], accept: Accept) -> Result<Form<'_>, Malformed> {
    let space = value.iter().position(|byte| *byte == b' ').ok_or(Malformed::NoScheme)?;
    let (scheme, rest) = value.split_at_checked(space).ok_or(Malformed::NoScheme)?;
    let rest = trimmed(rest);
    let is = |name: &str| scheme.eq_ignore_ascii_case(name.as_bytes());
    if accept.basic && is("basic") {
        basic(rest)
    } else if (accept.bearer && is("bearer")) || (accept.api_key && is("apikey")) {
        one_string(rest)
    } else {
        Err(Malformed::Scheme)
    }
}

fn one_string(text: &[u8]) -> Result<Form<'_>, Malformed> {
    if let Some(token) = Token::split(text) {
        return Ok(Form::Token(token));
    }
    let colon = text.iter().position(|byte| *byte == b':').ok_or(Malformed::Token)?;
    let (key, secret) = text.split_at_checked(colon).ok_or(Malformed::Token)?;
    sized(key_id(key)?, secret.get(1..).unwrap_or_default())
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
    Ok(Form::Pair(key_id, secret))
}

fn check_size(length: usize) -> Result<(), Malformed> {
    if (1..=MAX_SECRET).contains(&length) { Ok(()) } else { Err(Malformed::Secret) }
}

/// The key id and what was carried, never the secret.
impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(signed) = &self.signed {
            return write!(f, "Presented({}, signed)", Masked(*signed.key_id()));
        }
        match &self.form {
            Form::Missing => f.write_str("Presented(nothing)"),
            Form::TooLarge => f.write_str("Presented(too many header lines)"),
            Form::Malformed(why) => write!(f, "Presented(unreadable: {why:?})"),
            Form::Flawed(flaw) => write!(f, "Presented(unreadable: {flaw:?})"),
            Form::Key(key_id) => write!(f, "Presented({})", Masked(*key_id)),
            Form::Pair(key_id, _) | Form::Decoded(key_id, ..) => {
                write!(f, "Presented({}, ..)", Masked(*key_id))
            }
            Form::Token(token) => write!(f, "Presented({}, ..)", Masked(token.key_id())),
        }
    }
}
