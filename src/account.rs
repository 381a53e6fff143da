//! A tenant: the modules and integrations that it has enabled, what it demands of callers, and all that as bytes.

mod change;
mod codec;
mod edit;
mod level;
mod modules;
mod record;

pub use change::Change;
pub use edit::{AccountEdit, Edited, InvalidEdit};
pub use level::Withheld;
pub use record::Account;
