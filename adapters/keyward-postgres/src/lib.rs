//! The store of [keyward] in PostgreSQL, for many instances of a service.
//!
//! ```text
//! find ──▶ a connection of the pool ──▶ one prepared SELECT
//! write ─▶ BEGIN … COMMIT, at whose end a trigger locks the counter, numbers the change and notifies
//! follow ◀─ a connection of its own: LISTEN, then what is behind the last number, again and again
//! ```
//!
//! It promises: what a write has answered is on the server's disk; a revocation loses to no edit; a change is announced
//! in the transaction that makes it, whoever makes it, and a follower that was away hears of it before anything is
//! fresh again; a record that is torn is an error, never "unknown"; every wait has an end. It refuses a schema of a later
//! release, one that is another program's, a server that only follows another, and one that does not keep UTF-8.
//!
//! It needs tokio, and a session of its own for each connection: put no pooler of transactions between.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod connect;
mod error;
mod feed;
mod journal;
mod lookup;
mod registry;
mod replay;
mod schema;
mod store;

pub use error::PostgresError;
pub use store::{PostgresOptions, PostgresStore};
pub use tokio_postgres::{Config, NoTls};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
