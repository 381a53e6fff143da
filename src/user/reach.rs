//! What an API user may call, method by method.

use core::fmt;

use super::record::ApiUser;
use crate::{
    access::{AccessLevel, Catalogue, Lifecycle, MethodId},
    account::{Account, Withheld},
    id::IntegrationId,
};

/// Whether an API user may call a method, and by what. `Display` is a cell of the
/// [access matrix](Catalogue::access_matrix).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reach {
    /// By the full level.
    Full,
    /// Its custom level lists the method.
    Custom,
    /// The integration that it stands for has the method.
    Integration(IntegrationId),
    /// It may not.
    No(Obstacle),
}

/// Why an API user may not call a method: the first reason in the order in which a request is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Obstacle {
    /// It belongs to another account.
    OtherAccount,
    /// It is disabled.
    Disabled,
    /// The catalogue has no such method.
    Unknown,
    /// The method is retired.
    Retired,
    /// The account has not enabled the method's module.
    ModuleOff,
    /// The level does not grant it.
    Level(Withheld),
}

impl ApiUser {
    /// Whether this user may call a method, by the rules that requests are decided by. Credentials, addresses and the
    /// strength of proof are not looked at.
    ///
    /// ```
    /// use keyward::{AccessLevel, Account, Allowlist, ApiUser, Catalogue, ModulePolicy, Obstacle, Reach};
    /// let catalogue = Catalogue::builder().module("events", ["events.create"]).module("faq", ["faq.list"]).build()?;
    /// let account = Account::new("acme".parse()?).enable("events", ModulePolicy::default());
    /// let user = ApiUser::new(account.id(), "u1".parse()?, "checkout", AccessLevel::Full, Allowlist::none())?;
    /// let reach = |name| Some(user.reach(&catalogue, &account, catalogue.method(name)?));
    /// assert_eq!(reach("events.create"), Some(Reach::Full));
    /// assert_eq!(reach("faq.list"), Some(Reach::No(Obstacle::ModuleOff)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reach(&self, catalogue: &Catalogue, account: &Account, method: MethodId) -> Reach {
        match self.obstacle(catalogue, account, method) {
            Some(obstacle) => Reach::No(obstacle),
            None => match &self.level {
                AccessLevel::Full => Reach::Full,
                AccessLevel::Custom(_) => Reach::Custom,
                AccessLevel::Integration(id) => Reach::Integration(*id),
            },
        }
    }

    fn obstacle(&self, catalogue: &Catalogue, account: &Account, method: MethodId) -> Option<Obstacle> {
        if self.account != account.id() {
            return Some(Obstacle::OtherAccount);
        }
        if self.disabled {
            return Some(Obstacle::Disabled);
        }
        self.obstacle_by_level(catalogue, account, method)
    }

    fn obstacle_by_level(
        &self,
        catalogue: &Catalogue,
        account: &Account,
        method: MethodId,
    ) -> Option<Obstacle> {
        let (Some(name), Some(module)) = (catalogue.name(method), catalogue.module_of(method)) else {
            return Some(Obstacle::Unknown);
        };
        if catalogue.lifecycle(method) == Some(Lifecycle::Retired) {
            return Some(Obstacle::Retired);
        }
        if account.module(module).is_none() {
            return Some(Obstacle::ModuleOff);
        }
        account.grants(&self.level, catalogue, name).err().map(Obstacle::Level)
    }

    /// Whether level, account and catalogue leave it any method, were it not disabled.
    pub(super) fn has_method(&self, catalogue: &Catalogue, account: &Account) -> bool {
        let mut methods = catalogue.methods().filter_map(|name| catalogue.method(name));
        methods.any(|method| self.obstacle_by_level(catalogue, account, method).is_none())
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::Custom => f.write_str("custom"),
            Self::Integration(id) => write!(f, "integration {id}"),
            Self::No(obstacle) => write!(f, "- {obstacle}"),
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherAccount => "other account",
            Self::Disabled => "user disabled",
            Self::Unknown => "unknown",
            Self::Retired => "retired",
            Self::ModuleOff => "module off",
            Self::Level(Withheld::NotListed) => "not listed",
            Self::Level(Withheld::IntegrationOff) => "integration off",
            Self::Level(Withheld::NotInIntegration) => "not in integration",
        })
    }
}
