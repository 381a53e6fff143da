//! Signed requests: what a verified signature leaves to be claimed, and the secret of a webhook.

mod replay;
mod webhook;

pub use replay::{Claim, ReplayKey};
pub use webhook::{InvalidWebhookSecret, WebhookSecret};
