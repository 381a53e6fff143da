//! Where entries are kept.

use alloc::{sync::Arc, vec::Vec};
use core::{error::Error, future::Future};

use super::{
    browse::{JournalPage, JournalQuery},
    entry::{JournalEntry, JournalPart},
};
use crate::time::Timestamp;

/// Keeps the entries of a journal, for the back office.
///
/// Nothing that decides requests waits for it: a [`Recorder`](crate::Recorder) collects, and a task of the application's
/// passes on what it has. So it may be slow, and what it fails to keep is counted and lost.
///
/// **Duty, of every method:** entries are kept as they are, and compared byte by byte. A journal that folds case shows one
/// account what is another's.
///
/// The feature `conformance` checks a journal.
pub trait Journal: Send + Sync {
    /// Why the journal could not do it. It is printed, so it must hold nothing of an entry.
    type Error: Error + Send + Sync + 'static;

    /// Keeps entries, in the order in which they stand, behind all that it has.
    ///
    /// **Duty:** none of one [`JournalPart`] for none of another: an entry of `Acts` or `Calls` is never given up for any number
    /// of `Attempts`. Whoever has no key could otherwise wipe the log of what was done with a stolen one.
    ///
    /// **Duty:** bound each part. An attempt may be added to one that is alike ([`CallRecord::absorb`]); its place stays
    /// where it was, and the counts are added up. Where each of a million attempts is an entry, the one that matters is
    /// on no page that anybody reads.
    ///
    /// [`CallRecord::absorb`]: crate::CallRecord::absorb
    fn append(&self, entries: Vec<JournalEntry>) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// A page of what is asked for, what arrived last first.
    ///
    /// **Duty:** answer with what [meets](JournalQuery::is_met_by) every condition and nothing else; an account's
    /// administrators are shown it. An entry that is there throughout stands on exactly one page, whatever arrives or is
    /// forgotten in between. `next` is `None` only where nothing more is to come.
    fn browse(&self, query: &JournalQuery) -> impl Future<Output = Result<JournalPage, Self::Error>> + Send;

    /// Forgets what happened before a moment, and says how many entries that were: what an application has promised to
    /// keep no longer than so long. Call it now and then, for acts perhaps with another moment than for calls.
    ///
    /// **Duty:** forget every entry of the part whose [last](JournalEntry::last) call was earlier, and no other.
    fn forget(
        &self,
        part: JournalPart,
        before: Timestamp,
    ) -> impl Future<Output = Result<u64, Self::Error>> + Send;
}

macro_rules! forward {
    ($($pointer:ty),*) => { $(
        impl<T: Journal + ?Sized> Journal for $pointer {
            type Error = T::Error;
            fn append(&self, entries: Vec<JournalEntry>) -> impl Future<Output = Result<(), Self::Error>> + Send {
                (**self).append(entries)
            }

            fn browse(
                &self,
                query: &JournalQuery,
            ) -> impl Future<Output = Result<JournalPage, Self::Error>> + Send {
                (**self).browse(query)
            }

            fn forget(
                &self,
                part: JournalPart,
                before: Timestamp,
            ) -> impl Future<Output = Result<u64, Self::Error>> + Send {
                (**self).forget(part, before)
            }
        }
    )* };
}

forward!(&T, Arc<T>);
