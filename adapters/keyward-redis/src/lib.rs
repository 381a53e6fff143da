//! The replay guard of [keyward] in Redis, for a service of many instances.
//!
//! ```text
//! claim ─▶ a connection whose server was looked at ─▶ one script: held? forgotten? over its share? else SET NX PX ─▶ answer
//! ```
//!
//! It promises: of all claims of one request, whatever the instance, exactly one is fresh; a claim is kept to its end; a
//! clock that is set back lets nothing in again; a server that has lost its claims is noticed. It refuses a server that
//! evicts and one that copies another, and every wait has a bound. What it cannot promise is what Redis does not: a
//! failover may lose the latest claims, and nobody is told.
//!
//! It runs under tokio.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod claim;
mod error;
mod guard;
mod link;
mod server;

pub use error::RedisReplayError;
pub use guard::{RedisReplay, RedisReplayOptions};
