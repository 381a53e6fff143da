//! The addresses that an API user may call from, with where each entry comes from.

use super::record::ApiUser;
use crate::{access::Catalogue, account::Account, id::IntegrationId, network::Rule};

/// Where an entry of an API user's list comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RuleOrigin {
    /// Its own list.
    Own,
    /// The catalogue's entry of the integration that it stands for. It counts as long as the account is enabled for it.
    Integration(IntegrationId),
}

impl RuleOrigin {
    /// Whether the entry goes away when the user's list is edited. An integration's does not.
    pub fn is_removable(self) -> bool {
        self == Self::Own
    }
}

impl ApiUser {
    /// The entries that this user's requests are held against, as the engine does it: its own in their order, then those
    /// of its integration while the account is enabled for it. A list that is [`Allowlist::Any`](crate::Allowlist::Any) has no entries to show.
    ///
    /// ```
    /// use keyward::{AccessLevel, Account, Allowlist, ApiUser, Catalogue};
    /// let addresses = Allowlist::parse("192.0.2.0/28")?;
    /// let catalogue = Catalogue::builder().integration("crm", Vec::<String>::new(), addresses).build()?;
    /// let crm = AccessLevel::Integration("crm".parse()?);
    /// let account = Account::new("acme".parse()?).enable_integration("crm".parse()?);
    /// let user = ApiUser::new(account.id(), "u1".parse()?, "crm", crm, Allowlist::parse("198.51.100.1")?)?;
    /// let shown = user.shown_rules(&catalogue, &account);
    /// let shown: Vec<_> = shown.map(|(rule, origin)| (rule.to_string(), origin.is_removable())).collect();
    /// assert_eq!(shown, [("198.51.100.1".to_owned(), true), ("192.0.2.0/28".to_owned(), false)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shown_rules<'a>(
        &'a self,
        catalogue: &'a Catalogue,
        account: &Account,
    ) -> impl Iterator<Item = (&'a Rule, RuleOrigin)> + use<'a> {
        let own = self.allowlist.rules().iter().map(|rule| (rule, RuleOrigin::Own));
        let entry = account.integration(&self.level, catalogue);
        let theirs = entry.into_iter().flat_map(|entry| {
            entry.addresses().rules().iter().map(|rule| (rule, RuleOrigin::Integration(entry.id())))
        });
        own.chain(theirs)
    }
}
