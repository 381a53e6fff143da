//! What is kept of calls that failed, and that no secret is among it.

mod redact;

pub use redact::{Content, InvalidField, KeyedDigest, Needles, RedactionKey, Redactor, Shown};
