//! What a refused caller gets back, in the form that its client reads.
//!
//! A renderer sees a denial's [public face](crate::PublicFace) and nothing else of it, so nothing that it writes tells more.

use alloc::{borrow::Cow, vec::Vec};
use core::fmt;

use crate::{
    access::Catalogue,
    decision::{Denial, Fault},
};

/// A whole reply: status, headers and body, for whatever server sends it.
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

/// How denials and faults are written for callers.
pub trait Render {
    /// The answer to a refused request. The catalogue is the one that decided; what it says of a method (for example
    /// what to use in its place) stands in headers.
    fn denial(&self, denial: &Denial, catalogue: &Catalogue) -> Reply;

    /// The answer to a request that could not be decided: 503, the same for every fault.
    fn fault(&self, fault: &Fault) -> Reply;
}

/// Without the body: what an application has written there may be its callers' own.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
