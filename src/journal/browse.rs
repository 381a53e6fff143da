//! What is asked of a journal, and the pages that it answers with.

use alloc::{boxed::Box, vec::Vec};
use core::{fmt, str::FromStr};

use super::{
    entry::{JournalEntry, JournalPart},
    record::CallRecord,
};
use crate::{
    decision::Code,
    id::{AccountId, UserId},
    time::Timestamp,
};

/// Entries of a page where nobody asked for another number.
const PAGE: usize = 50;

/// The most entries of a page. One may take as much memory as a record: see [`CallRecord`](crate::CallRecord).
const MAX_PAGE: usize = 200;

/// Which entries are looked for. All conditions have to hold; without one everything is.
///
/// ```
/// use keyward::{Code, JournalQuery, Timestamp};
/// let query = JournalQuery::of_account("acme".parse()?)
///     .code(Code::AccessIpUser)
///     .since(Timestamp::from_unix(1_795_348_800))
///     .limit(20);
/// # drop(query);
/// # Ok::<(), keyward::InvalidId>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalQuery {
    /// Of this account. What is nobody's, an unknown key for example, is of none.
    pub account: Option<AccountId>,
    /// Of this API user.
    pub user: Option<UserId>,
    /// Calls of this module.
    pub module: Option<Box<str>>,
    /// Calls of this method.
    pub method: Option<Box<str>>,
    /// Calls that were refused with this code.
    pub code: Option<Code>,
    /// Of this part.
    pub part: Option<JournalPart>,
    /// That happened then or later, at least in part.
    pub since: Option<Timestamp>,
    /// That happened then or earlier, at least in part.
    pub until: Option<Timestamp>,
    /// Behind this place: the [`next`](JournalPage::next) of the page before.
    pub after: Option<JournalCursor>,
    limit: Option<usize>,
}

macro_rules! conditions {
    ($($(#[$doc:meta])* $name:ident: $type:ty;)*) => { $(
        $(#[$doc])*
        #[must_use]
        pub fn $name(self, $name: impl Into<$type>) -> Self {
            Self { $name: Some($name.into()), ..self }
        }
    )* };
}

impl JournalQuery {
    /// Everything: for who runs the service.
    pub fn all() -> Self {
        Self::default()
    }

    /// What concerns this account: for its own administrators.
    pub fn of_account(account: AccountId) -> Self {
        Self { account: Some(account), ..Self::default() }
    }

    /// What concerns this API user.
    pub fn of_user(account: AccountId, user: UserId) -> Self {
        Self { user: Some(user), ..Self::of_account(account) }
    }

    conditions! {
        /// Calls of this module alone.
        module: Box<str>;
        /// Calls of this method alone.
        method: Box<str>;
        /// Calls that were refused with this code alone.
        code: Code;
        /// Entries of this part alone.
        part: JournalPart;
        /// What happened then or later; of several calls in one record, the last.
        since: Timestamp;
        /// What happened then or earlier; of several calls in one record, the first.
        until: Timestamp;
    }

    /// What comes behind a page: its [`next`](JournalPage::next), and from the beginning for `None`.
    #[must_use]
    pub fn after(self, place: impl Into<Option<JournalCursor>>) -> Self {
        Self { after: place.into(), ..self }
    }

    /// At most so many entries; 1 to 200, else the nearest of the two. 50 unless said.
    #[must_use]
    pub fn limit(self, entries: usize) -> Self {
        Self { limit: Some(entries), ..self }
    }

    /// How many entries a page may have.
    pub fn page(&self) -> usize {
        self.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE)
    }

    /// Whether an entry meets every condition, its place aside: for a journal that looks through its entries.
    pub fn is_met_by(&self, entry: &JournalEntry) -> bool {
        let call = if let JournalEntry::Call(call) = entry { Some(call) } else { None };
        let called = |wanted: Option<&str>, of: fn(&CallRecord) -> Option<&str>| {
            wanted.is_none() || call.and_then(of) == wanted
        };
        (self.account.is_none() || entry.account() == self.account)
            && (self.user.is_none() || entry.user() == self.user)
            && (self.code.is_none() || call.and_then(CallRecord::code) == self.code)
            && called(self.module.as_deref(), CallRecord::module)
            && called(self.method.as_deref(), CallRecord::method)
            && self.part.is_none_or(|part| entry.part() == part)
            && self.since.is_none_or(|since| entry.last() >= since)
            && self.until.is_none_or(|until| entry.at() <= until)
    }
}

/// Entries that were asked for, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalPage {
    /// At most as many as the query's [`limit`](JournalQuery::limit).
    pub entries: Vec<JournalEntry>,
    /// Where the next page begins; `None` behind the last one.
    pub next: Option<JournalCursor>,
}

impl JournalPage {
    /// A page, as a journal answers.
    pub fn new(entries: Vec<JournalEntry>, next: Option<JournalCursor>) -> Self {
        Self { entries, next }
    }
}

/// A place in a journal, to go on from. Its text belongs in the link to the next page, and means nothing to anybody else.
///
/// For a journal it is a number that its entries are given as they arrive, each a higher one: what arrives later stands
/// before every page that was shown, so it neither moves nor hides what comes behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JournalCursor(u64);

impl JournalCursor {
    /// Behind the entry of this number.
    pub const fn behind(number: u64) -> Self {
        Self(number)
    }

    /// The number of the entry that it stands behind.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for JournalCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for JournalCursor {
    type Err = InvalidCursor;
    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let digits = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = digits.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        number.map(Self).ok_or(InvalidCursor)
    }
}

/// A text that is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unfit cursor; take the one that came with the page before, or none for the first page")]
pub struct InvalidCursor;
