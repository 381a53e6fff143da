//! A cache of look-ups for [keyward], for services whose store is a network away.
//!
//! ```text
//! find ─▶ kept? young enough? nothing changed? ─▶ the subject, without an allocation
//!            │ no
//!            └─▶ one load a key, whoever waits drives it ─▶ kept, unless something changed meanwhile
//! feed ─▶ changed: dropped · caught_up: what is kept stays good without being read again
//! ```
//!
//! **It promises:** nothing is handed out that is older than the bound it was made with, which the verdict states
//! ([`Grant::staleness`](keyward::Grant::staleness)); nothing that was read before a change that it had heard of; and
//! no more is kept than it has room for, whatever callers ask for.
//!
//! **It refuses to** serve what is too old while a store is down, to remember errors, to start threads, and to work
//! unless it is chosen: nothing in keyward caches by itself.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod cached;
mod clock;
mod error;
mod flight;
mod flights;
mod fresh;
mod options;
mod sync;
mod wait;
mod wakers;

pub use cached::Cached;
pub use clock::{Clock, Monotonic};
pub use error::{InvalidBound, StoreFailed};
pub use options::CacheOptions;
