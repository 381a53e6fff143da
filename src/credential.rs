//! Credentials: their format, how they are made, imported and revealed, how they rest, how they are found in texts.

mod act;
mod at_rest;
mod format;
mod hashed;
mod import;
mod keyring;
mod owner;
mod reveal;
mod scan;
mod schemes;
mod sealed;

pub use act::{Act, ActKind, By};
pub use at_rest::Keep;
pub use format::{InvalidVendor, Vendor};
pub use import::{ImportError, Imported, MAX_SECRET};
pub use keyring::{InvalidKey, KeyRing, NamedKey, Pepper, SealingKey};
pub use reveal::{Reveal, Revealed};
pub use scan::{Found, SCANNER_EXPRESSION, scan};
pub use schemes::Schemes;
pub use sealed::Unopened;

pub(crate) use at_rest::AtRest;
pub(crate) use format::{Masked, SecretText, Token, mint, opens_like_a_secret};
pub(crate) use hashed::Hashed;
pub(crate) use owner::{Context, Owner};
pub(crate) use sealed::{NONCE, SealError, Sealed};
