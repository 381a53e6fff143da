//! A tenant: the modules and integrations that it has enabled, what it demands of callers, and all that as bytes.

mod codec;
mod record;

pub use record::Account;
