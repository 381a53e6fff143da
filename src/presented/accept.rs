//! Which carriers an engine reads.

/// The places of a request in which a credential is looked for.
///
/// | carrier | what it carries |
/// |---|---|
/// | `Authorization: Bearer` | a token, or `key:secret` |
/// | `Authorization: ApiKey` | a token, or `key:secret` |
/// | `Authorization: Basic` (RFC 7617) | base64 of `key:secret` |
/// | `X-Api-Key` with `X-Api-Secret` | the key id, the secret |
/// | `X-Api-Key` alone | the key id, which proves nothing |
/// | `api_key` in the query | the key id, which proves nothing |
/// | `api_key` in a form body | the key id, which proves nothing |
///
/// The default reads the headers. The query and form bodies are read on request alone: a query is logged by every
/// proxy, so no secret is ever read from there, and a bare key is enough only where a policy says so
/// ([`ModulePolicy::danger_key_only`](crate::ModulePolicy::danger_key_only)).
///
/// Names of schemes and headers are compared without case, `api_key` byte by byte after percent-decoding. One request
/// carries one credential: two of anything, or an `Authorization` scheme that no accepted carrier reads, is unreadable
/// as a whole, and nothing falls back to something weaker. An `api_key` beside another carrier has to name the same key.
///
/// ```
/// use keyward::*;
/// # let engine = Authorizer::new(Catalogue::builder().build()?, KeyRing::new(Pepper::new(1, [7; 32])?));
/// let engine = engine.accept(Accept::headers().query_key());
/// let head = RequestHead::new("GET", "/events?api_key=AN1EXAMPLEKEY000001", Headers::lines(&[]));
/// assert_eq!(engine.present(head).key_id(), Some("AN1EXAMPLEKEY000001".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "a set of independent switches, set by name")]
#[must_use]
pub struct Accept {
    pub(super) bearer: bool,
    pub(super) api_key: bool,
    pub(super) basic: bool,
    pub(super) header_pair: bool,
    pub(super) query_key: bool,
    pub(super) form_key: bool,
}

impl Accept {
    /// No carrier; add those that are wanted.
    pub const fn none() -> Self {
        let off = false;
        Self { bearer: off, api_key: off, basic: off, header_pair: off, query_key: off, form_key: off }
    }

    /// All carriers in headers.
    pub const fn headers() -> Self {
        Self::none().bearer().api_key().basic().header_pair()
    }

    /// Adds `Authorization: Bearer`.
    pub const fn bearer(mut self) -> Self {
        self.bearer = true;
        self
    }

    /// Adds `Authorization: ApiKey`.
    pub const fn api_key(mut self) -> Self {
        self.api_key = true;
        self
    }

    /// Adds `Authorization: Basic`.
    pub const fn basic(mut self) -> Self {
        self.basic = true;
        self
    }

    /// Adds `X-Api-Key`, alone and with `X-Api-Secret`. Without it these headers mean nothing.
    pub const fn header_pair(mut self) -> Self {
        self.header_pair = true;
        self
    }

    /// Adds the query's `api_key`.
    pub const fn query_key(mut self) -> Self {
        self.query_key = true;
        self
    }

    /// Adds the `api_key` of `application/x-www-form-urlencoded` bodies. Such a body has to be given before anything
    /// is decided: [`Presented::body_need`](crate::Presented::body_need).
    pub const fn form_key(mut self) -> Self {
        self.form_key = true;
        self
    }
}

impl Default for Accept {
    fn default() -> Self {
        Self::headers()
    }
}
