//! What an observed policy would have refused.

use core::fmt;

use super::code::Code;

/// A rule that was broken while its policy only observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Finding {
    /// The caller named a key and proved nothing.
    BareKey,
    /// The caller presented its secret where a signature is wanted.
    PlainSecret,
    /// The caller's address is not in the endpoint's filter.
    EndpointFilter,
    /// The signed query holds a plus or a space in a form that its canonical form does not tell apart: what was signed
    /// is what arrived, or that with the other.
    AmbiguousQuery,
    /// The signed request was used before.
    Replayed,
    /// The key's share of the replay guard is used up.
    OverQuota,
}

/// A set of findings, one bit each.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Findings(u8);

impl Findings {
    /// None.
    pub const NONE: Self = Self(0);

    const ALL: [Finding; 6] = [
        Finding::BareKey,
        Finding::PlainSecret,
        Finding::EndpointFilter,
        Finding::AmbiguousQuery,
        Finding::Replayed,
        Finding::OverQuota,
    ];

    /// Whether nothing was found.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this was found.
    pub const fn contains(self, finding: Finding) -> bool {
        self.0 & bit(finding) != 0
    }

    /// What was found, in the order of the checks.
    pub fn iter(self) -> impl Iterator<Item = Finding> {
        Self::ALL.into_iter().filter(move |finding| self.contains(*finding))
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn insert(&mut self, finding: Finding) {
        self.0 |= bit(finding);
    }
}

const fn bit(finding: Finding) -> u8 {
    match finding {
        Finding::BareKey => 1,
        Finding::PlainSecret => 2,
        Finding::EndpointFilter => 4,
        Finding::Replayed => 8,
        Finding::OverQuota => 16,
        Finding::AmbiguousQuery => 32,
    }
}

impl fmt::Debug for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Finding {
    /// The code of the denial that it would have been.
    pub const fn code(self) -> Code {
        match self {
            Self::BareKey => Code::CredentialInvalid,
            Self::PlainSecret => Code::SignatureRequired,
            Self::EndpointFilter => Code::AccessIpEndpoint,
            Self::AmbiguousQuery => Code::SignatureUncovered,
            Self::Replayed => Code::SignatureReplayed,
            Self::OverQuota => Code::ReplayQuota,
        }
    }
}

/// The code of the denial that it would have been.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code().fmt(f)
    }
}
