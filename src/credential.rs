//! Credentials: their format, how they are made and revealed, how they rest.

mod act;
mod at_rest;
mod format;
mod keyring;
mod reveal;

pub use act::{Act, ActKind, By};
pub use format::{InvalidVendor, Vendor};
pub use keyring::{InvalidKey, KeyRing, Pepper, SealingKey};
pub use reveal::{Keep, Reveal, Revealed};

pub(crate) use at_rest::{AtRest, Context, Hashed};
pub(crate) use format::{SecretText, mint, opens_like_a_secret, split_token};
