//! What really happened: finer than the public code, for operators alone.

use crate::{credential::Schemes, policy::Strength, presented::Malformed, signature::Flaw};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The code says it all.
    AsCoded,
    Malformed(Malformed),
    /// What is wrong with a signed request, whoever sent it.
    Flaw(Flaw),
    UnknownKey,
    WrongSecret,
    WrongSignature,
    /// A signature, for which the secret itself is needed, and only its hash is kept.
    NotSealed,
    Revoked,
    Expired,
    NotYetValid,
    Disabled,
    /// The credential may not prove itself this way.
    OtherScheme(Schemes),
    /// A presigned request, where none is taken.
    Presigned,
    /// A bare key where more is wanted.
    TooWeak(Strength),
    /// The record of an admitted caller is not there any more.
    Gone,
    /// The record of an admitted caller has another secret than was proven, or another owner.
    Replaced,
    /// More calls than one request may ask for.
    TooManyCalls,
    /// The account is not enabled for the user's integration.
    IntegrationOff,
}
