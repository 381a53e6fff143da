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
mod diagnose;
mod digester;
mod escher_text;
mod flaw;
mod host;
mod key;
mod message_profile;
mod message_signature;
mod message_signer;
mod presigned;
mod profile;
mod replay;
mod rfc9421;
mod sign;
mod signed;
mod sigv4;
mod sink;
mod structured;
#[cfg(test)]
mod vectors;
mod verifier;
mod webhook;

pub use diagnose::{Cause, Clue, Diagnosis, Difference};
pub use escher_text::EscherText;
pub use flaw::Flaw;
pub use message_profile::MessageProfile;
pub use message_signature::{MessageSignError, MessageSignature};
pub use message_signer::MessageSigner;
pub use profile::Profile;
pub use replay::{Claim, ReplayKey};
pub use sign::{SignError, SignedHeaders, Signer};
pub use verifier::{Canonical, Rejected, Verified, Verifier};
pub use webhook::{Delivery, InvalidWebhookSecret, Webhook, WebhookError, WebhookHeaders, WebhookSecret};

pub(crate) use date::fixdate;
pub(crate) use escher_text::{FOREIGN, KEY, MISMATCH, MISSING, escher};
pub(crate) use key::{SigningKey, Tag};
pub(crate) use signed::{Checked, Signed};
