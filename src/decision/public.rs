//! A denial as its caller sees it.

use core::fmt;

use super::{
    code::Code,
    denial::Denial,
    headers::{CHALLENGE, NO_STORE, QUOTA},
};
use crate::{network::AddrSource, policy::Strength};

/// What a refused caller may know: status, code, headers, and a sentence as `Display`.
///
/// Within what a caller can present without proving anything, all faces are the same to the byte.
#[derive(Clone, Copy, Debug)]
pub struct PublicFace<'d>(&'d Denial);

impl Denial {
    /// What the caller may know.
    pub fn public(&self) -> PublicFace<'_> {
        PublicFace(self)
    }
}

/// The public face.
impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.public().fmt(f)
    }
}

impl core::error::Error for Denial {}

impl PublicFace<'_> {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.0.code().status()
    }

    /// The code as it stands in a reply.
    pub fn code(&self) -> &'static str {
        self.0.code().as_str()
    }

    /// Headers that go with the status: `Cache-Control: no-store` with each, `WWW-Authenticate` with 401, `Retry-After` in
    /// seconds with 429.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        let own = match self.status() {
            401 => Some(CHALLENGE),
            429 => Some(QUOTA),
            _ => None,
        };
        [NO_STORE].into_iter().chain(own)
    }
}

impl fmt::Display for PublicFace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(denial) = self;
        f.write_str(match denial.code() {
            Code::CredentialMissing => {
                "no credential was presented; send a key and its secret, for example as `Authorization: Bearer TOKEN`"
            }
            Code::CredentialMalformed => {
                "the credential could not be read; send exactly one of `Authorization: Bearer TOKEN`, \
                 `Authorization: ApiKey KEY:SECRET`, `Authorization: Basic`, or `X-Api-Key` with `X-Api-Secret`"
            }
            Code::CredentialInvalid if denial.presented_strength() == Some(Strength::KeyOnly) => {
                "this key is not valid here, or this endpoint requires a signed request"
            }
            Code::CredentialInvalid => "the key or its secret is not valid",
            Code::SignatureMalformed => "the signature could not be read; check its header against the documentation",
            Code::SignatureClock => "the request's date is not within the accepted time range; set the clock and sign again",
            Code::SignatureScope => "the signature is for another scope or host; sign for this one",
            Code::SignatureUncovered => "the signature leaves out what it has to cover; sign all required parts",
            Code::SignatureAlgorithm => "the signature's algorithm is not accepted; use the documented one",
            Code::SignatureRequired => "this endpoint requires a signed request; sign it with the key's secret",
            Code::SignatureReplayed => "this signed request was used before; sign every attempt anew",
            Code::RequestTooLarge => "the request is too large; send less",
            Code::AccessIpUser | Code::AccessIpEndpoint
                if !matches!(denial.client().source(), AddrSource::Peer | AddrSource::Header) =>
            {
                "calls from an address that cannot be told are not allowed here; ask who runs the service"
            }
            Code::AccessIpUser => {
                return write!(f, "calls from {} are not allowed with this key; add the address to its list", denial.client());
            }
            Code::AccessIpEndpoint => {
                return write!(f, "calls from {} are not allowed to this endpoint; add the address to its filter", denial.client());
            }
            Code::AccessModule => "this module is not enabled; enable it for the account",
            Code::AccessMethod => "this key may not call this method; add the method to its access level",
            Code::AccessIntegration => "this integration may not call this method; enable it for the account",
            Code::EndpointUnknown => "there is no such endpoint; check method and path",
            Code::EndpointRetired => "this endpoint is gone; use its successor",
            Code::BatchAlone => "this method must be the only call of its request; send it by itself",
            Code::ReplayQuota => "too many signed requests with this key at once; wait and sign again",
        })
    }
}
