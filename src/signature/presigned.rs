//! The parts of a signature in the query: `X-{vendor}-Algorithm`, `-Credentials` and their like.

use super::{
    authorization::{Credential, Parts},
    build::MAX_PART,
    bytes::has,
    canonical::{Names, escapes_are_whole, pair, pairs},
    date::read_basic,
    flaw::Flaw,
    profile::{Profile, Rules},
};
use crate::{id::KeyId, time::Timestamp};

/// A signature of the query form.
pub(super) struct Query<'r> {
    pub(super) parts: Parts<'r>,
    pub(super) requested_at: Timestamp,
    /// As it is written.
    pub(super) date: &'r [u8],
    /// In seconds. One that no u64 holds is the longest that one does, which is too long.
    pub(super) life: u64,
}

/// Bytes of a credential that are looked at, decoded: one more than a key id, a day and a scope have, so that a longer
/// scope is another one.
const MAX_CREDENTIAL: usize = KeyId::MAX_LEN + "/YYYYMMDD/".len() + MAX_PART + 1;

/// The parameters as they stand in the query, by [`ROLES`].
type Found<'r> = [Option<&'r str>; 6];

/// Escher's credential has a plural here, and in the header none.
const ROLES: [(&str, &str); 6] = [
    ("Algorithm", "Algorithm"),
    ("Credentials", "Credential"),
    ("Date", "Date"),
    ("Expires", "Expires"),
    ("SignedHeaders", "SignedHeaders"),
    ("Signature", "Signature"),
];

pub(super) const TOKEN: &str = "Security-Token";
pub(super) const SIGNATURE: &str = "Signature";

/// A parameter's name in this profile, behind `X-{vendor}-`.
pub(super) fn role(profile: &Profile, (escher, aws): (&'static str, &'static str)) -> &'static str {
    if profile.rules == Rules::Aws { aws } else { escher }
}

/// The six parameters' names, in the order in which a signer writes them.
pub(super) fn roles(profile: &Profile) -> [&'static str; 6] {
    ROLES.map(|names| role(profile, names))
}

/// `None`: the query carries neither an algorithm nor a signature of this profile.
pub(super) fn read<'r>(profile: &Profile, query: &'r str) -> Option<Result<Query<'r>, Flaw>> {
    if !may_have_parameters(query) {
        return None;
    }
    let mut found: Found<'r> = [None; 6];
    let mut twice = false;
    for text in pairs(query) {
        let Some(rest) = profile.parameter(text) else { continue };
        let (name, value) = pair(rest);
        let slots = found.iter_mut().zip(ROLES);
        let slot = slots.into_iter().find(|(_, names)| role(profile, *names) == name);
        if let Some((slot, _)) = slot {
            twice |= slot.replace(value).is_some();
        }
    }
    match found {
        [None, .., None] => None,
        _ if twice => Some(Err(Flaw::Twice)),
        _ => Some(parts(profile, found)),
    }
}

/// Whether a parameter of any profile can stand in this query: all of them begin with a capital, which most queries do not
/// have.
pub(super) fn may_have_parameters(query: &str) -> bool {
    has(query, b'X')
}

fn parts<'r>(profile: &Profile, found: Found<'r>) -> Result<Query<'r>, Flaw> {
    let [Some(algorithm), Some(credential), Some(date), Some(expires), Some(names), Some(signature)] = found
    else {
        return Err(Flaw::Incomplete);
    };
    let label = profile.label(algorithm).filter(|label| !label.is_empty()).ok_or(Flaw::Query)?;
    if !escapes_are_whole(credential) {
        return Err(Flaw::Query);
    }
    let mut text = [0; MAX_CREDENTIAL];
    let decoded = profile.rules.coding().decoded(credential);
    let length = text.iter_mut().zip(decoded).map(|(slot, byte)| *slot = byte).count();
    let credential = text.get(..length).unwrap_or_default();
    Ok(Query {
        parts: Parts {
            label,
            credential: Credential::read(credential, profile, Flaw::Query)?,
            names: Names::from_query(names, Flaw::Query)?,
            signature,
        },
        requested_at: read_basic(date.as_bytes()).ok_or(Flaw::Date)?,
        date: date.as_bytes(),
        life: seconds(expires).ok_or(Flaw::Query)?,
    })
}

fn seconds(digits: &str) -> Option<u64> {
    let only_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    only_digits.then(|| digits.parse().unwrap_or(u64::MAX))
}
