//! The log of calls that failed and of what administrators did.
//!
//! ```text
//! Denial, Grant ─▶ CallRecord ─ request, reply, through the Redactor ─▶ Recorder ─▶ Drain ─▶ Journal
//! Act ────────────────────────────────────────────────────────────────▶    │
//! ```
//!
//! Whoever answers requests writes it, after the verdict: no verdict waits for it or changes by it.

mod attempt;
#[cfg(feature = "std")]
mod attempts;
mod browse;
mod codec;
#[cfg(feature = "std")]
mod deprecated;
mod entry;
mod exchange;
#[cfg(feature = "std")]
mod held;
mod keep;
#[cfg(feature = "std")]
mod last_used;
mod line;
mod logfmt;
#[cfg(feature = "std")]
mod memory;
mod record;
#[cfg(feature = "std")]
mod recorder;
mod recording;
mod redact;
#[cfg(feature = "std")]
mod ring;
mod source;

pub use browse::{InvalidCursor, JournalCursor, JournalPage, JournalQuery};
#[cfg(feature = "std")]
pub use deprecated::{DeprecatedUse, DeprecatedUses};
pub use entry::{JournalEntry, JournalPart};
pub use keep::Journal;
#[cfg(feature = "std")]
pub use last_used::LastUsed;
#[cfg(feature = "std")]
pub use memory::MemoryJournal;
pub use record::CallRecord;
#[cfg(feature = "std")]
pub use recorder::{Drain, Recorder};
pub use recording::Recording;
pub use redact::{Content, InvalidField, KeyedDigest, Needles, RedactionKey, Redactor, Shown};
pub use source::CallSource;
