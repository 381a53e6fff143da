//! What to look at about an account, given its API users.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use super::record::ApiUser;
use crate::{access::Catalogue, account::Account, time::Timestamp};

/// Something about an account to look at. `Display` says what was found and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountLint {
    /// None of its API users can call anything.
    NoCaller,
    /// It has enabled a module that the catalogue does not have.
    UnknownModule(Box<str>),
}

impl fmt::Display for AccountLint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCaller => f.write_str(
                "no API user of the account can call: each is disabled, or lacks a live credential, an address \
                 or a method; mend one or create one",
            ),
            Self::UnknownModule(name) => write!(
                f,
                "module {name:?} is enabled, and the catalogue does not have it; disable it, or mend its name"
            ),
        }
    }
}

impl Account {
    /// What to look at about this account at `now`, given all its API users.
    ///
    /// ```
    /// use keyward::{Account, AccountLint, Catalogue, Timestamp};
    /// let account = Account::new("acme".parse()?);
    /// let lint: Vec<_> = account.lint(&Catalogue::mapp(), [], Timestamp::from_unix(0)).collect();
    /// assert_eq!(lint, [AccountLint::NoCaller]);
    /// # Ok::<(), keyward::InvalidId>(())
    /// ```
    pub fn lint<'a>(
        &self,
        catalogue: &Catalogue,
        users: impl IntoIterator<Item = &'a ApiUser>,
        now: Timestamp,
    ) -> impl Iterator<Item = AccountLint> {
        let callers = users.into_iter().any(|user| user.can_call(catalogue, self, now));
        let unknown = self.modules().filter(|module| catalogue.modules().all(|known| known != *module));
        let unknown: Vec<_> = unknown.map(|module| AccountLint::UnknownModule(module.into())).collect();
        (!callers).then_some(AccountLint::NoCaller).into_iter().chain(unknown)
    }
}

impl ApiUser {
    /// Whether any request of this user could be allowed at `now`.
    fn can_call(&self, catalogue: &Catalogue, account: &Account, now: Timestamp) -> bool {
        self.account == account.id()
            && !self.disabled
            && self.has_live_credential(now)
            && !self.nobody_listed(catalogue, account)
            && self.has_method(catalogue, account)
    }
}
