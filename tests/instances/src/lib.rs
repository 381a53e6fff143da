//! Proof that no instance of a service accepts a credential later than its cache's bound after the change, and none
//! refuses a good one: processes that verify at full speed on one PostgreSQL, a driver that revokes, rotates, edits and
//! deletes meanwhile and breaks things, and a ledger that judges what all of them saw.
//!
//! ```text
//! driver ──▶ PostgreSQL ◀── instance, two threads, ×4      who knows what was done and when
//!    └─ orders, by pipe ─────▶ │                            who knows what was said and when
//! ledger ◀── lives ─ driver, tracks ◀── instance            what may have been said
//! ```

#![allow(missing_debug_implementations, reason = "processes and connections, for this alone")]

pub mod admin;
pub mod driver;
pub mod fleet;
pub mod instance;
pub mod ledger;
pub mod report;
pub mod track;
pub mod wire;
