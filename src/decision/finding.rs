//! What an observed policy would have refused.

use core::fmt;

/// A rule that was broken while its policy only observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Finding {
    /// The caller proved less than the module's strength policy wants.
    Strength,
    /// The caller's address is not in the endpoint's filter.
    EndpointFilter,
}

/// A set of findings, one bit each.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Findings(u8);

impl Findings {
    /// None.
    pub const NONE: Self = Self(0);

    const ALL: [Finding; 2] = [Finding::Strength, Finding::EndpointFilter];

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

    pub(crate) fn insert(&mut self, finding: Finding) {
        self.0 |= bit(finding);
    }
}

const fn bit(finding: Finding) -> u8 {
    match finding {
        Finding::Strength => 1,
        Finding::EndpointFilter => 2,
    }
}

impl fmt::Debug for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The code of the denial that it would have been.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Strength => "signature.required",
            Self::EndpointFilter => "access.ip_endpoint",
        })
    }
}
