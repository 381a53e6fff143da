//! What to look at about an API user: where its record says less, or more, than was meant.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use super::{
    credential::{Credential, Life, Origin},
    record::ApiUser,
};
use crate::{
    access::{AccessLevel, Catalogue, Lifecycle},
    account::Account,
    id::{AccountId, IntegrationId, KeyId},
    network::Allowlist,
    time::Timestamp,
};

/// Something about an API user to look at. `Display` says what was found and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserLint {
    /// It belongs to another account; nothing else is looked at then.
    OtherAccount(AccountId),
    /// No credential verifies at that moment.
    NoLiveCredential,
    /// A credential that another system made.
    Imported(KeyId),
    /// A credential below the floor of imports.
    ImportedWeak {
        /// Which.
        key_id: KeyId,
        /// When it stops by itself.
        end: Option<Timestamp>,
    },
    /// The custom level lists a name that the catalogue does not have.
    UnknownMethod(Box<str>),
    /// The custom level lists a method that is gone.
    RetiredMethod(Box<str>),
    /// The custom level lists a method whose module is off.
    ModuleOff {
        /// The method.
        method: Box<str>,
        /// Its module.
        module: Box<str>,
    },
    /// The account is not enabled for the integration that the user stands for.
    IntegrationOff(IntegrationId),
    /// The catalogue does not have the integration that the user stands for.
    UnknownIntegration(IntegrationId),
    /// What the level names is in order, and yet nothing of it can be called.
    NoMethod,
    /// No address passes.
    NobodyListed,
}

impl fmt::Display for UserLint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherAccount(id) => write!(f, "the user belongs to account {id}; look at it there"),
            Self::NoLiveCredential => {
                f.write_str("no credential is live; issue one, or let a later one begin earlier")
            }
            Self::Imported(key_id) => write!(f, "key {key_id} was imported; regenerate it"),
            Self::ImportedWeak { key_id, end: None } => {
                write!(f, "key {key_id} was imported with a weak secret; regenerate it")
            }
            Self::ImportedWeak { key_id, end: Some(end) } => write!(
                f,
                "key {key_id} was imported with a weak secret and ends at {end}; regenerate it before that"
            ),
            Self::UnknownMethod(name) => write!(
                f,
                "method {name:?} is listed, and the catalogue does not have it; take it from the level"
            ),
            Self::RetiredMethod(name) => {
                write!(f, "method {name} is listed, and it is retired; take it from the level")
            }
            Self::ModuleOff { method, module } => write!(
                f,
                "method {method} is listed, and the account has not enabled module {module}; \
                 enable the module, or take the method from the level"
            ),
            Self::IntegrationOff(id) => write!(
                f,
                "the account is not enabled for integration {id}; enable it, or give the user another level"
            ),
            Self::UnknownIntegration(id) => write!(
                f,
                "the catalogue does not have integration {id}; add it there, or give the user another level"
            ),
            Self::NoMethod => f.write_str(
                "the level and the account's modules leave no method to call; enable a module, or change the level \
                 or what its integration may call",
            ),
            Self::NobodyListed => f.write_str(
                "no address is listed, so every call is refused; add the ones that the user calls from",
            ),
        }
    }
}

impl ApiUser {
    /// What to look at about this user at `now`. That it is disabled is none of it: somebody did that.
    ///
    /// ```
    /// use keyward::{AccessLevel, Account, Allowlist, ApiUser, Catalogue, ModulePolicy, Timestamp, UserLint};
    /// let account = Account::new("acme".parse()?).enable("conversion-tracking", ModulePolicy::default());
    /// let level = AccessLevel::custom(["conversion.track", "roi.insrt"]);
    /// let user = ApiUser::new(account.id(), "u1".parse()?, "shop", level, Allowlist::parse("192.0.2.1")?)?;
    /// let lint: Vec<_> = user.lint(&Catalogue::mapp(), &account, Timestamp::from_unix(0)).collect();
    /// assert_eq!(lint, [UserLint::NoLiveCredential, UserLint::UnknownMethod("roi.insrt".into())]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lint(
        &self,
        catalogue: &Catalogue,
        account: &Account,
        now: Timestamp,
    ) -> impl Iterator<Item = UserLint> + use<> {
        let mut found = Vec::new();
        if self.account == account.id() {
            self.lint_credentials(now, &mut found);
            self.lint_level(catalogue, account, &mut found);
            if self.nobody_listed(catalogue, account) {
                found.push(UserLint::NobodyListed);
            }
        } else {
            found.push(UserLint::OtherAccount(self.account));
        }
        found.into_iter()
    }

    fn lint_credentials(&self, now: Timestamp, found: &mut Vec<UserLint>) {
        if !self.has_live_credential(now) {
            found.push(UserLint::NoLiveCredential);
        }
        let imported = |held: &Credential| match held.origin {
            Origin::Minted => None,
            Origin::Imported => Some(UserLint::Imported(held.key_id)),
            Origin::ImportedWeak => {
                Some(UserLint::ImportedWeak { key_id: held.key_id, end: held.expires_at })
            }
        };
        found.extend(self.credentials.iter().filter(|held| held.has_future(now)).filter_map(imported));
    }

    fn lint_level(&self, catalogue: &Catalogue, account: &Account, found: &mut Vec<UserLint>) {
        let before = found.len();
        match &self.level {
            AccessLevel::Full => {}
            AccessLevel::Custom(names) => {
                found.extend(names.iter().filter_map(|name| lint_name(name, catalogue, account)));
            }
            AccessLevel::Integration(id) => {
                if catalogue.integration(*id).is_none() {
                    found.push(UserLint::UnknownIntegration(*id));
                }
                if !account.has_integration(*id) {
                    found.push(UserLint::IntegrationOff(*id));
                }
            }
        }
        if found.len() == before && !self.has_method(catalogue, account) {
            found.push(UserLint::NoMethod);
        }
    }

    pub(super) fn has_live_credential(&self, now: Timestamp) -> bool {
        self.credentials.iter().any(|held| held.life(now) == Life::Live)
    }

    pub(super) fn nobody_listed(&self, catalogue: &Catalogue, account: &Account) -> bool {
        self.allowlist != Allowlist::Any && self.shown_rules(catalogue, account).next().is_none()
    }
}

fn lint_name(name: &str, catalogue: &Catalogue, account: &Account) -> Option<UserLint> {
    let known = catalogue.method(name);
    let Some(module) = known.and_then(|method| catalogue.module_of(method)) else {
        return Some(UserLint::UnknownMethod(name.into()));
    };
    if known.and_then(|method| catalogue.lifecycle(method)) == Some(Lifecycle::Retired) {
        return Some(UserLint::RetiredMethod(name.into()));
    }
    let off = account.module(module).is_none();
    off.then(|| UserLint::ModuleOff { method: name.into(), module: module.into() })
}
