//! Signed requests: how each scheme is read, checked and made, what a verified signature leaves to be claimed.
//!
//! ```text
//! head ── read ──▶ Signed ── check (configuration and clock alone) ──▶ look-up ──▶ MAC under the key ──▶ compare
//! ```

mod authority;
mod authorization;
mod build;
mod bytes;
mod canonical;
mod check;
mod date;
mod escher_text;
mod flaw;
mod host;
mod key;
mod presigned;
mod profile;
mod replay;
mod sign;
mod sigv4;
mod sink;
#[cfg(test)]
mod vectors;
mod webhook;

pub use flaw::Flaw;
pub use profile::Profile;
pub use replay::{Claim, ReplayKey};
pub use sign::{SignError, SignedHeaders, Signer};
pub use webhook::{InvalidWebhookSecret, WebhookSecret};
