//! What a service asks of signatures as RFC 9421 has them.

use alloc::{boxed::Box, vec::Vec};
use core::time::Duration;

/// Most that a window or an age may be: a signature that lives longer is a password.
const MAX_WINDOW: u16 = 900;

/// Which HTTP message signatures (RFC 9421, `hmac-sha256`) are accepted, and how they are made.
///
/// A signature covers `@method`, `@authority`, `@path` and `@query`, and with a body `content-digest` and
/// `content-type`; it says when it was `created`, and by whom in `keyid`. It is valid from `created` for the
/// [maximum age](Self::max_age), or until it `expires` if that is sooner, with the [window](Self::window) added at both
/// ends for clocks that differ. The digests of `Content-Digest` (RFC 9530; `sha-256`, `sha-512`) are the body's, all of
/// them.
///
/// ```
/// use core::time::Duration;
/// use keyward::MessageProfile;
/// let profile = MessageProfile::new().tag("orders").require(["x-request-id"]).window(Duration::from_secs(60));
/// assert_ne!(profile, MessageProfile::new());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageProfile {
    label: Option<Box<str>>,
    tag: Option<Box<str>>,
    required: Vec<Box<str>>,
    /// Seconds that clocks may differ.
    skew: u16,
    /// Seconds that a signature may be old; `None`: any number.
    max_age: Option<u16>,
    created: bool,
    body: Body,
    any_host: bool,
    published: bool,
}

/// What must be covered where there is a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    DigestAndType,
    Digest,
    Nothing,
}

impl Default for MessageProfile {
    fn default() -> Self {
        Self::new()
    }
}

impl MessageProfile {
    /// The profile that the type describes, with a window of 300 seconds.
    pub fn new() -> Self {
        Self {
            label: None,
            tag: None,
            required: ["@method", "@authority", "@path", "@query"].map(Box::from).to_vec(),
            skew: 300,
            max_age: Some(0),
            created: true,
            body: Body::DigestAndType,
            any_host: false,
            published: false,
        }
    }

    /// The signature with this label is the caller's, whatever others there are; they may be a proxy's. Without a label
    /// and a [tag](Self::tag) a request carries one signature. A label is a key of RFC 8941 §3.1.2: lower case, digits,
    /// `_`, `-`, `.` or `*`; another one is on no request.
    #[must_use]
    pub fn label(mut self, label: &str) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The signature with this `tag` (RFC 9421 §2.3) is the caller's, whatever others there are: printable ASCII.
    #[must_use]
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Components that must be covered as well: lower-case names of headers, or derived ones such as `@target-uri`. One
    /// that is covered with a parameter, `"date";bs`, does not count. A signature covers at most 32.
    #[must_use]
    pub fn require<'n>(mut self, components: impl IntoIterator<Item = &'n str>) -> Self {
        for component in components {
            if !self.required.iter().any(|known| **known == *component) {
                self.required.push(component.into());
            }
        }
        self
    }

    /// How far the clocks of caller and service may differ: 1 to 900 seconds, the nearest of which is taken.
    #[must_use]
    pub fn window(mut self, skew: Duration) -> Self {
        self.skew = seconds(skew).max(u16::from(!self.published));
        self
    }

    /// How old a signature may be, the window aside: 0 (the default) to 900 seconds, the nearest of which is taken. For
    /// callers that sign a request before they queue it.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(seconds(age));
        self
    }

    /// Accepts what was signed for any host, so also what a caller signed for another service. It has to be signed all
    /// the same.
    #[must_use]
    pub fn danger_any_host(mut self) -> Self {
        self.any_host = true;
        self
    }

    /// The rules of published test suites, for a tool that runs them: any host, nothing that must be covered, no
    /// `created`, no age and no end, folded lines, any path, clocks that agree to the second. What is asked for afterwards
    /// holds.
    #[must_use]
    pub fn danger_conformance(self) -> Self {
        Self {
            required: Vec::new(),
            skew: 0,
            max_age: None,
            created: false,
            body: Body::Nothing,
            any_host: true,
            published: true,
            ..self
        }
    }

    /// With `created`, as every profile but that of test suites asks.
    #[must_use]
    pub fn require_created(mut self) -> Self {
        self.created = true;
        self
    }

    /// With `content-digest` covered where there is a body, as every profile but that of test suites asks.
    #[must_use]
    pub fn require_content_digest(mut self) -> Self {
        if self.body == Body::Nothing {
            self.body = Body::Digest;
        }
        self
    }

    pub(crate) fn chosen_label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    pub(crate) fn chosen_tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    pub(crate) fn required(&self) -> &[Box<str>] {
        &self.required
    }

    pub(crate) fn skew(&self) -> Duration {
        Duration::from_secs(self.skew.into())
    }

    pub(crate) fn oldest(&self) -> Option<Duration> {
        self.max_age.map(|age| Duration::from_secs(age.into()))
    }

    /// How long after `created` a signature may expire.
    pub(crate) fn longest_life(&self) -> Option<Duration> {
        (!self.published).then(|| Duration::from_secs(MAX_WINDOW.into()))
    }

    pub(crate) fn wants_created(&self) -> bool {
        self.created
    }

    pub(crate) fn body(&self) -> Body {
        self.body
    }

    pub(crate) fn any_host(&self) -> bool {
        self.any_host
    }

    /// Whether folded lines and paths in any form are read, which a service's router would refuse or change.
    pub(crate) fn as_published(&self) -> bool {
        self.published
    }
}

fn seconds(duration: Duration) -> u16 {
    u16::try_from(duration.as_secs()).unwrap_or(MAX_WINDOW).min(MAX_WINDOW)
}
