//! What is wrong with a signed request, as far as the request and the configuration tell.

use core::fmt;

/// Why a signed request was refused before its key was looked at. For operators: [`Denial::flaw`](crate::Denial::flaw).
///
/// Nothing here depends on a record, so the public code of each may be told to anyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Flaw {
    // signature.malformed
    /// The signature's header is not of the scheme's form.
    Header,
    /// The signature's query parameters are not of the scheme's form.
    Query,
    /// A part of the signature is not there.
    Incomplete,
    /// Two signatures, or one part of a signature twice.
    Twice,
    /// No host.
    HostMissing,
    /// Two hosts, or two that differ.
    Hosts,
    /// No date.
    DateMissing,
    /// A date in none of the scheme's forms.
    Date,
    /// A method that the scheme does not sign.
    Method,
    /// A header that overrides the method and is not signed.
    Override,
    /// A target that is an absolute URL where the scheme signs a path.
    Absolute,
    /// A path that is not canonical.
    Path,
    /// A query that the canonical form leaves partly unsigned, or that cannot be read.
    Parameters,
    /// A header value that another reader may split or join.
    Value,
    /// More parts than are looked at.
    TooMany,
    /// A session token, which nothing here can check.
    Token,
    /// No body under POST, where a published suite wants at least an empty one; under the conformance profile alone.
    BodyMissing,
    /// A key id with characters or a length that no key has.
    KeyId,

    // signature.clock
    /// The date is outside the window.
    Window,
    /// The life of a presigned request is longer than allowed.
    Life,

    // signature.scope
    /// The credential scope is another.
    Scope,
    /// The day of the scope is not the day of the date.
    ScopeDay,
    /// The host is none of ours.
    Authority,

    // signature.uncovered
    /// The host is not signed.
    HostUnsigned,
    /// The date is not signed.
    DateUnsigned,
    /// A required header or component is not signed: its place among the profile's.
    Unsigned(u8),
    /// A header is signed that is not there.
    Absent,
    /// A presigned request signs another list of headers than it may.
    PresignedHeaders,
    /// A presigned request has a body, which it does not sign.
    PresignedBody,
    /// A body that this canonical form leaves unsigned.
    BodyUnsigned,
    /// A digest that is signed is not the body's.
    Digest,
    /// A body without the signed digest that is required.
    DigestMissing,

    // signature.algorithm
    /// An algorithm that is not accepted.
    Algorithm,
}

/// What the request does, behind "a caller": one clause with its remedy.
impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "sent a signature header that is not of the scheme's form; compare it with the documentation",
            Self::Query => "sent signature parameters that are not of the scheme's form; compare them with the documentation",
            Self::Incomplete => "left a part of the signature out; have it send all of them",
            Self::Twice => "sent two signatures, or one part of a signature twice; have it send one, and see that no two profiles share header and prefix",
            Self::HostMissing => "sent no host; have it send the Host header that it signs",
            Self::Hosts => "sent two hosts; have it send one",
            Self::DateMissing => "sent no date; have it send the date header that it signs",
            Self::Date => "sent a date in a form that is not read here; have it write YYYYMMDDTHHMMSSZ",
            Self::Method => "used a method that this scheme does not sign; have it use another, or another form of signature",
            Self::Override => "overrode the method in a header that it did not sign; have it send the method itself",
            Self::Absolute => "sent an absolute URL as its target; have it send path and query",
            Self::Path => "sent a path that is not canonical; have it resolve dots and slashes and escape nothing needlessly",
            Self::Parameters => "sent a query that cannot be signed as a whole; have it write every pair as key=value, encoded",
            Self::Value => "sent a header value with a line break or a control character; have it send one line",
            Self::TooMany => "sent more parameters or signed headers than are read; have it send fewer",
            Self::Token => "sent a session token, which is not taken here; have it use a key of its own",
            Self::BodyMissing => "sent no body where the scheme wants one; have it send an empty one",
            Self::KeyId => "signed with a key that has characters or a length that no key has",
            Self::Window => "signed with a date outside the window; have it set its clock and sign every attempt anew",
            Self::Life => "signed for a longer life than is accepted; have it ask for a shorter one",
            Self::Scope => "signed for another credential scope; have it use this service's",
            Self::ScopeDay => "signed with a scope of another day than its date; have it take both from one moment, in UTC",
            Self::Authority => "signed for a host that is none of this service's; have it call the right one, or add the host as it is signed, without `https://`",
            Self::HostUnsigned => "did not sign the host; have it sign it",
            Self::DateUnsigned => "did not sign the date; have it sign it",
            Self::Unsigned(place) => {
                return write!(f, "did not sign part {} of those that the profile requires; have it sign it", place.saturating_add(1));
            }
            Self::Absent => "signed a header that did not arrive; have it sign what it sends, and look for a proxy that removes it",
            Self::PresignedHeaders => "presigned other headers than it may; have it sign exactly the host",
            Self::PresignedBody => "sent a body with a presigned request, which does not sign it; have it sign in headers",
            Self::BodyUnsigned => "sent a body that its form of signature leaves unsigned; have it sign the body's digest",
            Self::Digest => "signed a digest that is not the body's; have it digest the bytes that it sends, and look for a proxy that changes them",
            Self::DigestMissing => "sent a body and signed no digest of it; have it send and sign Content-Digest",
            Self::Algorithm => "signed with an algorithm that is not accepted; have it use the documented one",
        })
    }
}
