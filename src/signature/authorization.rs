//! The parts of a signature in a header: `{prefix}-HMAC-{hash} Credential=.., SignedHeaders=.., Signature=..`.

use super::{
    bytes::{cut, pieces},
    canonical::Names,
    flaw::Flaw,
    profile::Profile,
};
use crate::{
    id::KeyId,
    request::{RequestHead, trimmed},
};

/// What both forms of a signature carry.
pub(super) struct Parts<'r> {
    /// The hash's name.
    pub(super) label: &'r str,
    pub(super) credential: Credential,
    pub(super) names: Names<'r>,
    /// Hexadecimal, not yet read.
    pub(super) signature: &'r str,
}

/// `{key}/{YYYYMMDD}/{scope}`.
pub(super) struct Credential {
    pub(super) key_id: KeyId,
    pub(super) day: u32,
    /// Whether the scope is the profile's.
    pub(super) scope_matches: bool,
}

/// `None`: the head carries no header of this profile.
pub(super) fn read<'r>(profile: &Profile, head: &RequestHead<'r>) -> Option<Result<Parts<'r>, Flaw>> {
    let mut lines = head.headers.all(&profile.auth_header);
    let ours = |line: &&[u8]| profile.owns_header() || opens_ours(trimmed(line), profile);
    let first = lines.next()?;
    let Some(second) = lines.next() else { return ours(&first).then(|| parts(first, profile)) };
    [first, second].into_iter().chain(lines).any(|line| ours(&line)).then_some(Err(Flaw::Twice))
}

fn opens_ours(line: &[u8], profile: &Profile) -> bool {
    line.strip_prefix(profile.prefix.as_bytes()).is_some_and(|rest| rest.starts_with(b"-HMAC-"))
}

fn parts<'r>(line: &'r [u8], profile: &Profile) -> Result<Parts<'r>, Flaw> {
    let text = core::str::from_utf8(trimmed(line)).map_err(|_| Flaw::Header)?;
    let (label, rest) = profile.label(text).and_then(|text| cut(text, b' ')).ok_or(Flaw::Header)?;
    if label.is_empty() {
        return Err(Flaw::Header);
    }
    let mut found: [Option<&str>; 3] = [None; 3];
    let mut next = 0;
    for part in pieces(rest, b',') {
        let (name, value) = cut(part.trim_start_matches(' '), b'=').ok_or(Flaw::Header)?;
        let place = NAMES.iter().position(|known| *known == name).ok_or(Flaw::Header)?;
        let slot = found.get_mut(place).ok_or(Flaw::Header)?;
        if slot.is_some() {
            return Err(Flaw::Twice);
        }
        if place != next {
            return Err(Flaw::Header);
        }
        (*slot, next) = (Some(value), next + 1);
    }
    let [Some(credential), Some(names), Some(signature)] = found else { return Err(Flaw::Header) };
    Ok(Parts {
        label,
        credential: Credential::read(credential.bytes(), profile, Flaw::Header)?,
        names: Names::read(names, Flaw::Header)?,
        signature,
    })
}

/// In this order, as every implementation writes them.
const NAMES: [&str; 3] = ["Credential", "SignedHeaders", "Signature"];

impl Credential {
    /// `form` is what another form is called.
    pub(super) fn read(
        mut text: impl Iterator<Item = u8>,
        profile: &Profile,
        form: Flaw,
    ) -> Result<Self, Flaw> {
        let mut key = [0; KeyId::MAX_LEN + 1];
        let mut length = 0;
        loop {
            match text.next().ok_or(form)? {
                b'/' => break,
                byte => key.get_mut(length).into_iter().for_each(|slot| *slot = byte),
            }
            length += 1;
        }
        let mut day = 0;
        for _ in 0..8 {
            let digit = text.next().filter(u8::is_ascii_digit).ok_or(form)?;
            day = day * 10 + u32::from(digit - b'0');
        }
        if text.next() != Some(b'/') {
            return Err(form);
        }
        let key_id = key.get(..length).and_then(|key| KeyId::from_bytes(key).ok()).ok_or(Flaw::KeyId)?;
        Ok(Self { key_id, day, scope_matches: text.eq(profile.scope.bytes()) })
    }
}
