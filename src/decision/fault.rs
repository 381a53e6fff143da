//! What is no verdict: the service cannot decide.

use alloc::boxed::Box;
use core::error::Error;

use super::headers;
use crate::credential::Unopened;

/// The service could not decide. The answer is 503 `backend.unavailable`, never a verdict.
///
/// `Display` is for the operator and names no input; [`PUBLIC`](Self::PUBLIC) is for the caller.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The store failed; its own error is the source.
    #[error("the look-up of the key failed; the source is the store's own error")]
    Lookup(#[source] Box<dyn Error + Send + Sync>),
    /// The replay guard failed; its own error is the source.
    #[error("the replay guard failed; the source is its own error")]
    Replay(#[source] Box<dyn Error + Send + Sync>),
    /// The look-up answered with another key's subject.
    #[error("the look-up returned the subject of another key; it must return the one it was asked for")]
    WrongSubject,
    /// A stored hash names a pepper that the ring does not have.
    #[error("a stored hash names pepper {0}, which is not in the key ring; add it as a retired pepper")]
    UnknownPepper(u32),
    /// The credential may be in the body, and nobody gave the body.
    #[error("a body that may hold the credential was not given; call `set_body` before deciding")]
    BodyUnread,
    /// A signed body was given as a digest of another kind than was asked for.
    #[error(
        "a signed body was given as a digest that its signature cannot be checked with; give what `body_need` asks for"
    )]
    BodyDigested,
    /// A sealed secret does not open; the source says why.
    #[error("the sealed secret of a key could not be had; the source says why")]
    Unsealed(#[from] Unopened),
    /// A signed request has to be claimed, and nobody asked a replay guard.
    #[error("a signed request is left unclaimed; use `decide` and a replay guard, or a `Gate`")]
    Unclaimed,
    /// A batch went on with a record that is older than its bound.
    #[error(
        "the caller's record was read too long ago to run another call; read it again and `refresh` the batch, or let `Gate::turn`"
    )]
    Stale,
}

impl Fault {
    /// The HTTP status.
    pub const STATUS: u16 = 503;
    /// The public code.
    pub const CODE: &str = "backend.unavailable";
    /// The public sentence.
    pub const PUBLIC: &str = "the request could not be decided; try again later";
    /// Headers that go with the status.
    pub const HEADERS: &[(&str, &str)] = headers::FAULT;
}
