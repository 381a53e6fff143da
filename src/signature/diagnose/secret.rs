//! The forms in which clients use a secret.

use alloc::vec::Vec;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use zeroize::Zeroizing;

use super::{cause::How, search::Part};
use crate::id::KeyId;

/// `derives`: whether the scheme derives a key from the secret.
pub(super) fn forms(secret: &[u8], key_id: KeyId, derives: bool) -> Part {
    let mut part = Part::new(secret);
    if derives {
        part.add(How::NoPrefix, secret);
        part.add(How::NotDerived, secret);
    }
    if let Some(bytes) = from_base64(secret) {
        part.add(How::Base64, bytes);
    }
    if let Some(bytes) = from_hex(secret) {
        part.add(How::Hex, bytes);
    }
    for (how, before, behind) in
        [(How::Blank, "", " "), (How::Blank, " ", ""), (How::Line, "", "\n"), (How::Line, "", "\r\n")]
    {
        let mut text = Vec::with_capacity(before.len() + secret.len() + behind.len());
        text.extend_from_slice(before.as_bytes());
        text.extend_from_slice(secret);
        text.extend_from_slice(behind.as_bytes());
        part.add(how, text);
    }
    part.add(How::Trimmed, secret.trim_ascii());
    part.add(How::KeyId, key_id.as_str().as_bytes());
    part
}

fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    // Wiped also where decoding stops halfway.
    let mut bytes = Zeroizing::new(alloc::vec![0; text.len()]);
    for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
        if let Ok(length) = engine.decode_slice(text, &mut bytes) {
            bytes.truncate(length);
            return Some(core::mem::take(&mut *bytes));
        }
    }
    None
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_chunks::<2>();
    if pairs.is_empty() || !rest.is_empty() {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Zeroizing::new(Vec::with_capacity(pairs.len()));
    for [high, low] in pairs {
        bytes.push(digit(*high)? << 4 | digit(*low)?);
    }
    Some(core::mem::take(&mut *bytes))
}
