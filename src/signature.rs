//! Signed requests: how each scheme is read, checked and made, what a verified signature leaves to be claimed.
//!
//! ```text
//! head ── read ──▶ Signed ── check (configuration and clock alone) ──▶ look-up ──▶ MAC under the key ──▶ compare
//! ```

mod authority;
mod flaw;
mod host;
mod key;
mod replay;
mod sink;
mod webhook;

pub use flaw::Flaw;
pub use replay::{Claim, ReplayKey};
pub use webhook::{InvalidWebhookSecret, WebhookSecret};
