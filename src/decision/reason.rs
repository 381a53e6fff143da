//! What really happened: finer than the public code, for operators alone.

use crate::{policy::Strength, presented::Malformed};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The code says it all.
    AsCoded,
    Malformed(Malformed),
    UnknownKey,
    WrongSecret,
    Revoked,
    Expired,
    NotYetValid,
    Disabled,
    /// The credential may not prove itself this way.
    OtherScheme,
    /// A bare key where more is wanted.
    TooWeak(Strength),
    /// The account is not enabled for the user's integration.
    IntegrationOff,
}
