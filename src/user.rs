//! An API user: a named caller, its level, its list, its credentials, and what can be done to them.

mod callers;
mod change;
mod codec;
mod credential;
mod ending;
mod issue;
mod keys;
mod lint;
mod matrix;
mod once;
mod reach;
mod record;
mod revision;
mod shown;
mod stops;

pub use callers::AccountLint;
pub use change::ListNeeded;
pub use credential::{Credential, Life, Origin};
pub use ending::Deleted;
pub use issue::{IssueError, MAX_IMPORTS, MAX_LIVE, MAX_OVERLAP, MAX_WEAK};
pub use keys::{Rehash, ResealError};
pub use lint::UserLint;
pub use reach::{Obstacle, Reach};
pub use record::{ApiUser, InvalidName, UnknownKey};
pub use shown::RuleOrigin;
pub use stops::{LastUse, WhatStops};
