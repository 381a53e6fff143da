//! The public codes of denials.

use core::fmt;

use crate::signature::{Flaw, Rejected};

/// Why a request was refused, as far as its sender may know.
///
/// The codes are stable; new ones may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Code {
    /// Nothing was presented.
    CredentialMissing,
    /// What was presented could not be read.
    CredentialMalformed,
    /// Key and secret do not prove a live credential. Everything that a record decides before proof looks like this.
    CredentialInvalid,
    /// The signature could not be read.
    SignatureMalformed,
    /// The request's date lies outside the window.
    SignatureClock,
    /// The signature was made for another scope or host.
    SignatureScope,
    /// The signature leaves something out that it has to cover.
    SignatureUncovered,
    /// The signature's algorithm is not accepted here.
    SignatureAlgorithm,
    /// This endpoint takes signed requests only.
    SignatureRequired,
    /// The signed request was used before.
    SignatureReplayed,
    /// The request is larger than what is read.
    RequestTooLarge,
    /// The caller's address is not in its list.
    AccessIpUser,
    /// The caller's address is not in the endpoint's filter.
    AccessIpEndpoint,
    /// The account has not enabled the module.
    AccessModule,
    /// The method is not among the caller's.
    AccessMethod,
    /// The account is not enabled for the integration, or the integration does not have the method.
    AccessIntegration,
    /// No such method.
    EndpointUnknown,
    /// The method is gone.
    EndpointRetired,
    /// A method that must be the only call of its request was called among others.
    BatchAlone,
    /// The key's share of the replay guard is used up.
    ReplayQuota,
}

/// What had been established when a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Decided by the request and the configuration alone; no record was looked at.
    Static,
    /// The caller had not proven who it is.
    BeforeProof,
    /// The caller had.
    AfterProof,
}

impl Code {
    /// The code of what is wrong with a signed request.
    pub const fn of_flaw(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Header
            | Flaw::Query
            | Flaw::Incomplete
            | Flaw::Twice
            | Flaw::HostMissing
            | Flaw::Hosts
            | Flaw::DateMissing
            | Flaw::Date
            | Flaw::Method
            | Flaw::Override
            | Flaw::Absolute
            | Flaw::Path
            | Flaw::Parameters
            | Flaw::Value
            | Flaw::TooMany
            | Flaw::Token
            | Flaw::BodyMissing
            | Flaw::KeyId => Self::SignatureMalformed,
            Flaw::Window | Flaw::Life => Self::SignatureClock,
            Flaw::Scope | Flaw::ScopeDay | Flaw::Authority => Self::SignatureScope,
            Flaw::HostUnsigned
            | Flaw::DateUnsigned
            | Flaw::Unsigned(_)
            | Flaw::Absent
            | Flaw::PresignedHeaders
            | Flaw::PresignedBody
            | Flaw::BodyUnsigned
            | Flaw::Digest
            | Flaw::DigestMissing => Self::SignatureUncovered,
            Flaw::Algorithm => Self::SignatureAlgorithm,
        }
    }

    /// All codes.
    pub const ALL: &[Self] = &[
        Self::CredentialMissing,
        Self::CredentialMalformed,
        Self::CredentialInvalid,
        Self::SignatureMalformed,
        Self::SignatureClock,
        Self::SignatureScope,
        Self::SignatureUncovered,
        Self::SignatureAlgorithm,
        Self::SignatureRequired,
        Self::SignatureReplayed,
        Self::RequestTooLarge,
        Self::AccessIpUser,
        Self::AccessIpEndpoint,
        Self::AccessModule,
        Self::AccessMethod,
        Self::AccessIntegration,
        Self::EndpointUnknown,
        Self::EndpointRetired,
        Self::BatchAlone,
        Self::ReplayQuota,
    ];

    /// The code as it stands in replies.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CredentialMissing => "credential.missing",
            Self::CredentialMalformed => "credential.malformed",
            Self::CredentialInvalid => "credential.invalid",
            Self::SignatureMalformed => "signature.malformed",
            Self::SignatureClock => "signature.clock",
            Self::SignatureScope => "signature.scope",
            Self::SignatureUncovered => "signature.uncovered",
            Self::SignatureAlgorithm => "signature.algorithm",
            Self::SignatureRequired => "signature.required",
            Self::SignatureReplayed => "signature.replayed",
            Self::RequestTooLarge => "request.too_large",
            Self::AccessIpUser => "access.ip_user",
            Self::AccessIpEndpoint => "access.ip_endpoint",
            Self::AccessModule => "access.module",
            Self::AccessMethod => "access.method",
            Self::AccessIntegration => "access.integration",
            Self::EndpointUnknown => "endpoint.unknown",
            Self::EndpointRetired => "endpoint.retired",
            Self::BatchAlone => "batch.alone",
            Self::ReplayQuota => "replay.quota",
        }
    }

    /// The HTTP status that goes with it.
    pub const fn status(self) -> u16 {
        match self {
            Self::BatchAlone => 400,
            Self::CredentialMissing
            | Self::CredentialMalformed
            | Self::CredentialInvalid
            | Self::SignatureMalformed
            | Self::SignatureClock
            | Self::SignatureScope
            | Self::SignatureUncovered
            | Self::SignatureAlgorithm
            | Self::SignatureRequired
            | Self::SignatureReplayed => 401,
            Self::AccessIpUser
            | Self::AccessIpEndpoint
            | Self::AccessModule
            | Self::AccessMethod
            | Self::AccessIntegration => 403,
            Self::EndpointUnknown => 404,
            Self::EndpointRetired => 410,
            Self::RequestTooLarge => 413,
            Self::ReplayQuota => 429,
        }
    }

    /// What had been established.
    pub const fn stage(self) -> Stage {
        match self {
            Self::CredentialMissing
            | Self::CredentialMalformed
            | Self::SignatureMalformed
            | Self::SignatureClock
            | Self::SignatureScope
            | Self::SignatureUncovered
            | Self::SignatureAlgorithm
            | Self::RequestTooLarge => Stage::Static,
            Self::CredentialInvalid => Stage::BeforeProof,
            Self::SignatureRequired
            | Self::SignatureReplayed
            | Self::AccessIpUser
            | Self::AccessIpEndpoint
            | Self::AccessModule
            | Self::AccessMethod
            | Self::AccessIntegration
            | Self::EndpointUnknown
            | Self::EndpointRetired
            | Self::BatchAlone
            | Self::ReplayQuota => Stage::AfterProof,
        }
    }
}

/// The code that the request would be denied with.
impl From<Rejected> for Code {
    fn from(rejected: Rejected) -> Self {
        match rejected {
            Rejected::Unsigned => Self::CredentialMissing,
            Rejected::Flaw(flaw) => Self::of_flaw(flaw),
            Rejected::UnknownKey(_) | Rejected::Mismatch(_) | Rejected::Digested => Self::CredentialInvalid,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
