//! An API user: a named caller, its level, its list, its credentials, and what can be done to them.

mod acts;
mod codec;
mod credential;
mod once;
mod record;
mod stops;

pub use acts::{Deleted, IssueError, ListNeeded, MAX_LIVE, MAX_OVERLAP, Rehash, ResealError, UnknownKey};
pub use credential::{Credential, Life, Origin};
pub use record::{ApiUser, InvalidName};
pub use stops::{LastUse, WhatStops};
