//! What refused callers read.

use alloc::borrow::Cow;

use crate::decision::Code;

/// The sentences of error items, for a service to change.
///
/// Those for who calls, from where, and for a method that there is not are the vendor's to the letter; clients and their
/// tests compare them. What it says in the other cases is not public, so their defaults are a choice.
///
/// ```
/// use keyward::mapp::{Envelope, Wording};
/// let mut wording = Wording::default();
/// wording.refused_method = "This API user may not call this method".into();
/// let envelope = Envelope::default().wording(wording);
/// # let denial = keyward::Denial::new(keyward::Code::AccessMethod);
/// let body = String::from_utf8(envelope.refused(&denial).body)?;
/// assert!(body.contains("<responseText><![CDATA[This API user may not call this method]]></responseText>"));
/// # Ok::<(), std::string::FromUtf8Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wording {
    /// Whatever is 401, the wrong pair among it.
    pub unauthenticated: Cow<'static, str>,
    /// `access.ip_user` and `access.ip_endpoint`. The address stands in `request_ip`.
    pub refused_address: Cow<'static, str>,
    /// `endpoint.unknown`, and a POST without a call.
    pub unknown_method: Cow<'static, str>,
    /// `access.method`, `access.module`, `access.integration`. By default what is said of a method that there is not, so
    /// that clients that know the one sentence know both cases.
    pub refused_method: Cow<'static, str>,
    /// `endpoint.retired`.
    pub retired_method: Cow<'static, str>,
    /// `batch.alone`.
    pub alone: Cow<'static, str>,
    /// `request.too_large`.
    pub too_large: Cow<'static, str>,
    /// `replay.quota`.
    pub quota: Cow<'static, str>,
    /// A call whose handler was dropped before it said how it went.
    pub interrupted: Cow<'static, str>,
    /// A fault, and the call from which on nothing was run: that may be sent again.
    pub unavailable: Cow<'static, str>,
}

impl Wording {
    pub(super) fn of(&self, code: Code) -> &str {
        match code {
            Code::CredentialMissing
            | Code::CredentialMalformed
            | Code::CredentialInvalid
            | Code::SignatureMalformed
            | Code::SignatureClock
            | Code::SignatureScope
            | Code::SignatureUncovered
            | Code::SignatureAlgorithm
            | Code::SignatureRequired
            | Code::SignatureReplayed => &self.unauthenticated,
            Code::AccessIpUser | Code::AccessIpEndpoint => &self.refused_address,
            Code::EndpointUnknown => &self.unknown_method,
            Code::AccessModule | Code::AccessMethod | Code::AccessIntegration => &self.refused_method,
            Code::EndpointRetired => &self.retired_method,
            Code::BatchAlone => &self.alone,
            Code::RequestTooLarge => &self.too_large,
            Code::ReplayQuota => &self.quota,
        }
    }
}

impl Default for Wording {
    fn default() -> Self {
        const NO_SUCH_METHOD: Cow<'static, str> = Cow::Borrowed("Incorrect Action Specified");
        Self {
            unauthenticated: "Could not authenticate".into(),
            refused_address:
                "Invalid Request IP: Please add request_ip to the API Whitelist in your account. (Account -> \
                              Edit Account: API Tab)"
                    .into(),
            unknown_method: NO_SUCH_METHOD,
            refused_method: NO_SUCH_METHOD,
            retired_method: "This method is gone; use its successor".into(),
            alone: "This method must be the only call of its POST; send it by itself".into(),
            too_large: "The request is too large; send less".into(),
            quota: "Too many signed requests with this key at once; wait and sign again".into(),
            interrupted: "Interrupted, and may have taken effect".into(),
            unavailable: "Not run, the service is unavailable; try again later".into(),
        }
    }
}
