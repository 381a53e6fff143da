//! A whole reply, for whatever server sends it.

use alloc::{borrow::Cow, vec, vec::Vec};
use core::fmt;

use super::{challenge::Challenge, notice};
use crate::{
    access::Catalogue,
    decision::{Denial, Fault},
};

/// A whole reply: status, headers and body, for whatever server sends it.
///
/// Renderers make it; whoever writes a renderer makes one with [`new`](Self::new). It may be changed before it is sent.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a reply is to be sent"]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case, `content-type` among them; values of visible ASCII characters, spaces and tabs.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body, UTF-8 in every format of this crate.
    pub body: Vec<u8>,
}

impl Reply {
    /// A reply with a body of that type and no other header.
    pub fn new(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type", content_type.into())], body }
    }

    /// To a refused request: with the headers of its public face, and what it says of a method that goes away.
    pub(super) fn refusing(
        denial: &Denial,
        catalogue: &Catalogue,
        content_type: &'static str,
        body: Vec<u8>,
    ) -> Self {
        let public = denial.public();
        let mut headers = Vec::with_capacity(HEADERS);
        headers.push(("content-type", content_type.into()));
        headers.extend(public.headers().map(|(name, value)| (name, value.into())));
        headers.extend(notice::of_denial(denial, catalogue));
        Self { status: public.status(), headers, body }
    }

    /// To a request that could not be decided.
    pub(super) fn faulty(content_type: &'static str, body: Vec<u8>) -> Self {
        let mut headers = Vec::with_capacity(1 + Fault::HEADERS.len());
        headers.push(("content-type", content_type.into()));
        headers.extend(Fault::HEADERS.iter().map(|(name, value)| (*name, Cow::Borrowed(*value))));
        Self { status: Fault::STATUS, headers, body }
    }

    /// With another `WWW-Authenticate`, if this is a 401: for services that take other schemes than those that are
    /// announced. Give every reply of a service the same one: one that differs tells what the rest keeps quiet.
    ///
    /// ```
    /// use keyward::{Catalogue, Challenge, Code, Denial, Problem, Render};
    /// let signed_only = Challenge::new(r#"ANTAVO-HMAC-SHA256 realm="api""#)?;
    /// let denial = Denial::new(Code::CredentialMissing);
    /// let reply = Problem.denial(&denial, &Catalogue::antavo()).challenge(&signed_only);
    /// assert!(reply.headers.contains(&("www-authenticate", r#"ANTAVO-HMAC-SHA256 realm="api""#.into())));
    /// # Ok::<(), keyward::InvalidChallenge>(())
    /// ```
    pub fn challenge(mut self, challenge: &Challenge) -> Self {
        if self.status == 401 {
            self.headers.retain(|(name, _)| *name != "www-authenticate");
            self.headers.push(("www-authenticate", challenge.as_header()));
        }
        self
    }

    /// As a response of the `http` crate, with whatever body it is given to.
    ///
    /// What the crate's own renderers write fits as it is. Of a reply that was changed, a header with a name or value that
    /// HTTP does not have is left out (a broken line could end the head), and a status outside of 100 to 999 is 500.
    #[cfg(feature = "http")]
    pub fn into_http<B: From<Vec<u8>>>(self) -> http::Response<B> {
        let mut response = http::Response::new(B::from(self.body));
        let status = http::StatusCode::from_u16(self.status);
        *response.status_mut() = status.unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            let name = http::HeaderName::from_bytes(name.as_bytes());
            let value = match value {
                Cow::Borrowed(text) => http::HeaderValue::from_str(text),
                Cow::Owned(text) => http::HeaderValue::try_from(text),
            };
            if let (Ok(name), Ok(value)) = (name, value) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// Room for all headers that a denial can have: type, storage, two dates and a link.
const HEADERS: usize = 5;

/// Without the body: what an application has written there may be its callers' own.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
