//! What an account makes of an access level: the one rule that the engine decides by and the back office shows.

use super::record::Account;
use crate::access::{AccessLevel, Catalogue, Integration, Lifecycle};

/// Why an access level does not let its user call a method of an enabled module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Withheld {
    /// The custom level does not list it.
    NotListed,
    /// The account is not enabled for the integration.
    IntegrationOff,
    /// The integration does not have it, or the catalogue has no such integration.
    NotInIntegration,
}

impl Account {
    /// Whether this level grants a method of that name. Modules and lifecycles are looked at elsewhere.
    pub(crate) fn grants(
        &self,
        level: &AccessLevel,
        catalogue: &Catalogue,
        method: &str,
    ) -> Result<(), Withheld> {
        match level {
            AccessLevel::Full => Ok(()),
            AccessLevel::Custom(names) if names.contains(method) => Ok(()),
            AccessLevel::Custom(_) => Err(Withheld::NotListed),
            AccessLevel::Integration(id) if !self.has_integration(*id) => Err(Withheld::IntegrationOff),
            AccessLevel::Integration(_) => {
                let entry = self.integration(level, catalogue);
                let has = entry.is_some_and(|entry| entry.methods().contains(method));
                if has { Ok(()) } else { Err(Withheld::NotInIntegration) }
            }
        }
    }

    /// The integration that a user of this level stands for, while the account is enabled for it.
    pub(crate) fn integration<'c>(
        &self,
        level: &AccessLevel,
        catalogue: &'c Catalogue,
    ) -> Option<&'c Integration> {
        match level {
            AccessLevel::Integration(id) if self.has_integration(*id) => catalogue.integration(*id),
            _ => None,
        }
    }
}

impl Catalogue {
    /// What a custom level of this account may be chosen from, by name: the methods of its enabled modules that are not
    /// retired. All of them together are no `Full`: what is added later is not in the list.
    ///
    /// ```
    /// use keyward::{AccessLevel, Account, Catalogue, ModulePolicy};
    /// let catalogue = Catalogue::mapp();
    /// let account = Account::new("acme".parse()?).enable("conversion-tracking", ModulePolicy::default());
    /// let all = AccessLevel::custom(catalogue.selectable(&account));
    /// assert_eq!(all, AccessLevel::custom(["conversion.track", "roi.insert"]));
    /// # Ok::<(), keyward::InvalidId>(())
    /// ```
    pub fn selectable<'c>(&'c self, account: &Account) -> impl Iterator<Item = &'c str> {
        self.methods().filter(move |name| {
            let Some(method) = self.method(name) else { return false };
            let on = self.module_of(method).is_some_and(|module| account.module(module).is_some());
            on && self.lifecycle(method) != Some(Lifecycle::Retired)
        })
    }
}
