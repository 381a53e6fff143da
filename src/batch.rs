//! Many calls in one request: admitted once, each permitted on its own.
//!
//! ```text
//! Admitted ─▶ Batch ── turn(now) ──▶ Turn { grant, call } ── done(value) / failed(value) ─┐
//!               ▲                                                                          │
//!               └──────────────────────────────────────────────────────────────────────────┘
//!            finish() ─▶ Results: one outcome a call
//! ```
//!
//! A batch is pulled and calls nobody back, so it fits handlers of any kind, async or not. No right goes over from one
//! call to the next.

mod call;
mod outcome;
mod run;

pub use call::{BatchCall, OnError};
pub use outcome::{CallOutcome, Results};
pub use run::{Batch, MAX_CALLS, Turn};
