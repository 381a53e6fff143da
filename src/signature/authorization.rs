//! The parts of a signature in a header: `{prefix}-HMAC-{hash} Credential=.., SignedHeaders=.., Signature=..`.

use super::{
    bytes::{cut, find, pieces},
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
        credential: Credential::read(credential.as_bytes(), profile, Flaw::Header)?,
        names: Names::read(names, Flaw::Header)?,
        signature,
    })
}

/// In this order, as every implementation writes them.
const NAMES: [&str; 3] = ["Credential", "SignedHeaders", "Signature"];

impl Credential {
    /// `form` is what another form is called.
    pub(super) fn read(text: &[u8], profile: &Profile, form: Flaw) -> Result<Self, Flaw> {
        let (key, rest) = find(text, b'/').and_then(|at| text.split_at_checked(at)).ok_or(form)?;
        let (digits, scope) = rest.get(1..).and_then(<[u8]>::split_first_chunk::<8>).ok_or(form)?;
        let scope = scope.strip_prefix(b"/").filter(|_| digits.iter().all(u8::is_ascii_digit)).ok_or(form)?;
        let key_id = KeyId::from_bytes(key).map_err(|_| Flaw::KeyId)?;
        let day = digits.iter().fold(0, |day, digit| day * 10 + u32::from(digit - b'0'));
        Ok(Self { key_id, day, scope_matches: *scope == *profile.scope.as_bytes() })
    }
}
