//! Signed requests: how each scheme is read, checked and made, what a verified signature leaves to be claimed.
//!
//! ```text
//! head ── read ──▶ Signed ── check (configuration and clock alone) ──▶ look-up ──▶ MAC under the key ──▶ compare
//! ```

mod authority;
mod flaw;
mod host;
mod key;
mod message_profile;
mod message_signature;
mod message_signer;
mod replay;
mod rfc9421;
mod sink;
mod structured;
mod webhook;

pub use flaw::Flaw;
pub use message_profile::MessageProfile;
pub use message_signature::{MessageSignError, MessageSignature};
pub use message_signer::MessageSigner;
pub use replay::{Claim, ReplayKey};
pub use webhook::{Delivery, InvalidWebhookSecret, Webhook, WebhookError, WebhookHeaders, WebhookSecret};
