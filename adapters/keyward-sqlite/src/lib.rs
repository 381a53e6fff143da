//! The store of [keyward] in one SQLite file, without a server.
//!
//! ```text
//! find ──▶ queue ──▶ a few threads, each with a connection that reads
//! write ─▶ queue ──▶ one thread, all that waits in one transaction, fsync ──▶ answers
//! ```
//!
//! It promises: what a write has answered is on the disk; a revocation loses to no edit; a record that is torn is an
//! error, never "unknown". It refuses a file of a later release, another program's, and one without a write-ahead log.
//! It works under any async runtime, and under none.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod error;
mod journal;
mod registry;
mod replay;
mod schema;
mod store;
mod workers;
mod writer;

pub use error::SqliteError;
pub use store::{SqliteOptions, SqliteStore};
