//! Where the head of a request carries secrets.
//!
//! Whether a credential can be read plays no part: what stands in its place is one.

use alloc::vec::Vec;

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

use super::{
    collect::{Collector, is_public},
    form,
};
use crate::{
    credential::{SecretText, Token},
    request::{Headers, MAX_HEADER_LINES, RequestHead, trimmed},
};

/// Schemes of `Authorization` that are registered or in use; any other first word may be a part of the secret.
const SCHEMES: [&str; 10] =
    ["basic", "bearer", "apikey", "digest", "token", "negotiate", "ntlm", "hoba", "dpop", "gnap"];
/// What ends the name of a signature scheme of the SigV4 family.
const SIGNATURE_SCHEMES: [&str; 2] = ["-hmac-sha256", "-hmac-sha512"];

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const ALPHABETS: [GeneralPurpose; 2] =
    [GeneralPurpose::new(&alphabet::STANDARD, LENIENT), GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT)];

/// Adds what headers and query carry.
pub(super) fn collect(head: &RequestHead<'_>, into: &mut Collector<'_>) {
    if head.headers.len() > MAX_HEADER_LINES {
        into.complete = false;
        return;
    }
    for (name, value) in head.headers.iter() {
        header(name, trimmed(value), head.headers, into);
    }
    if let Some((_, query)) = head.target.split_once('?')
        && form::collect(query, into).is_err()
    {
        form::salvage(query, into);
    }
}

fn header(name: &str, value: &[u8], all: Headers<'_>, into: &mut Collector<'_>) {
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    if is("authorization") || is("proxy-authorization") {
        authorization(value, into);
    } else if let Some(signed) = signed(value) {
        // Escher's header has whatever name its vendor chose.
        signature(signed, into);
    } else if is("cookie") {
        value.split(|byte| *byte == b';').for_each(|cookie| into.secret(cookie_value(trimmed(cookie))));
    } else if is("x-api-key") && all.all("x-api-secret").any(|secret| !secret.is_empty()) && is_public(value)
    {
        // Beside its secret it is a key id.
    } else if into.is_secret(name) && !is("signature-input") {
        // Signature-Input says what is signed, and holds nothing that signs.
        into.secret(value);
    }
}

/// Behind a name (a token of RFC 9110 §5.6.2), or all where there is none.
fn cookie_value(cookie: &[u8]) -> &[u8] {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    let end = cookie.iter().take_while(|byte| is_token(byte)).count();
    let value = cookie.get(end..).and_then(|rest| rest.strip_prefix(b"="));
    trimmed(value.filter(|_| end > 0).unwrap_or(cookie))
}

fn authorization(value: &[u8], into: &mut Collector<'_>) {
    let end = value.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(value.len());
    let (scheme, rest) = value.split_at_checked(end).unwrap_or((value, &[]));
    let rest = trimmed(rest);
    let is = |known: &&str| scheme.eq_ignore_ascii_case(known.as_bytes());
    if rest.is_empty() {
        one_string(value, into);
    } else if let Some(signed) = signed(value) {
        signature(signed, into);
    } else if is(&"basic") {
        basic(rest, into);
    } else if SCHEMES.iter().any(is) {
        one_string(rest, into);
    } else {
        one_string(rest, into);
        into.secret(value);
    }
}

/// What stands behind a signature scheme.
fn signed(value: &[u8]) -> Option<&[u8]> {
    let end = value.iter().position(|byte| matches!(byte, b' ' | b'\t'))?;
    let (scheme, rest) = value.split_at_checked(end)?;
    let ends_in = |end: &&str| {
        let at = scheme.len().checked_sub(end.len());
        at.and_then(|at| scheme.get(at..)).is_some_and(|found| found.eq_ignore_ascii_case(end.as_bytes()))
    };
    SIGNATURE_SCHEMES.iter().any(ends_in).then(|| trimmed(rest))
}

/// A token of ours, `key:secret`, or whatever else a scheme carries.
fn one_string(text: &[u8], into: &mut Collector<'_>) {
    if let Some(found) = Token::split(text) {
        return token(SecretText::Token(&found), into);
    }
    halves(text, into);
}

/// The secret that a token stands for, of which the token has two pieces.
fn token(secret: SecretText<'_>, into: &mut Collector<'_>) {
    let mut whole = Zeroizing::new(Vec::with_capacity(secret.len()));
    secret.feed(|piece| whole.extend_from_slice(piece));
    into.secret(&whole);
}

/// `key:secret`, of which the key is public; without a colon it is all secret.
fn halves(text: &[u8], into: &mut Collector<'_>) {
    let colon = text.iter().position(|byte| *byte == b':');
    let (key, secret) = colon.and_then(|at| text.split_at_checked(at)).unwrap_or((&[], text));
    if !is_public(key) {
        into.secret(key);
    }
    into.secret(secret.strip_prefix(b":").unwrap_or(secret));
}

/// Blanks within are passed over: whoever sent them has the same secret.
fn basic(text: &[u8], into: &mut Collector<'_>) {
    let mut tight = Zeroizing::new(Vec::with_capacity(text.len()));
    tight.extend(text.iter().filter(|byte| !matches!(byte, b' ' | b'\t')));
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len()));
    for alphabet in &ALPHABETS {
        decoded.resize(text.len(), 0);
        if let Ok(length) = alphabet.decode_slice(&tight, &mut decoded) {
            decoded.truncate(length);
            return halves(&decoded, into);
        }
    }
    into.secret(text);
}

/// Of `Credential=.., SignedHeaders=.., Signature=..` the last is secret, and a credential that is none; of any other text,
/// all of it.
fn signature(text: &[u8], into: &mut Collector<'_>) {
    let mut found = false;
    for part in text.split(|byte| *byte == b',').map(trimmed) {
        if let Some(mac) = part.strip_prefix(b"Signature=") {
            found = true;
            into.secret(mac);
        } else if let Some(credential) = part.strip_prefix(b"Credential=") {
            into.credential(credential);
        }
    }
    if !found {
        into.secret(text);
    }
}
