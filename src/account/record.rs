//! An account's record, and what can be read and changed of it.

use alloc::vec::Vec;

use super::modules::{Module, Modules};
use crate::{
    id::{AccountId, IntegrationId},
    policy::{ModulePolicy, Strength},
};

/// A tenant (in some products a workspace in one environment).
///
/// ```
/// use keyward::{Account, ModulePolicy, Policy, Strength};
/// let account = Account::new("acme".parse()?)
///     .enable("events", ModulePolicy::default())
///     .enable("coupons", ModulePolicy::default().strength(Policy::enforce(Strength::Signature)))
///     .enable_integration("crm".parse()?);
/// assert!(account.module("events").is_some());
/// assert!(account.disable("events").module("events").is_none());
/// # Ok::<(), keyward::InvalidId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Unsorted"))]
pub struct Account {
    pub(super) id: AccountId,
    pub(super) modules: Modules,
    /// Sorted.
    pub(super) integrations: Vec<IntegrationId>,
    pub(super) default_policy: ModulePolicy,
}

impl Account {
    /// A tenant with nothing enabled.
    pub fn new(id: AccountId) -> Self {
        Self {
            id,
            modules: Modules::default(),
            integrations: Vec::new(),
            default_policy: ModulePolicy::default(),
        }
    }

    /// Its id.
    pub fn id(&self) -> AccountId {
        self.id
    }

    /// Enables a module of the catalogue under this policy, in place of any that it had.
    #[must_use]
    pub fn enable(mut self, module: &str, policy: ModulePolicy) -> Self {
        match self.modules.get_mut(module) {
            Some(found) => (found.enabled, found.policy) = (true, policy),
            None => self.modules.add(Module { name: module.into(), enabled: true, policy }),
        }
        self
    }

    /// Switches a module off: its methods are refused at once. Its policy and the levels that name its methods stay.
    #[must_use]
    pub fn disable(mut self, module: &str) -> Self {
        if let Some(found) = self.modules.get_mut(module) {
            found.enabled = false;
        }
        self
    }

    /// Lets API users of this third party call on the account's behalf.
    #[must_use]
    pub fn enable_integration(mut self, id: IntegrationId) -> Self {
        if let Err(index) = self.integrations.binary_search(&id) {
            self.integrations.insert(index, id);
        }
        self
    }

    /// Refuses API users of this third party at once.
    #[must_use]
    pub fn disable_integration(mut self, id: IntegrationId) -> Self {
        self.integrations.retain(|enabled| *enabled != id);
        self
    }

    /// The policy that stands in for an unknown method and for a module that is not enabled.
    #[must_use]
    pub fn default_policy(mut self, policy: ModulePolicy) -> Self {
        self.default_policy = policy;
        self
    }

    /// The policy of a module, if it is enabled.
    pub fn module(&self, name: &str) -> Option<&ModulePolicy> {
        self.modules.get(name).filter(|module| module.enabled).map(|module| &module.policy)
    }

    /// The policy where no enabled module has one.
    pub fn fallback(&self) -> &ModulePolicy {
        &self.default_policy
    }

    /// The least that any call has to prove.
    pub(crate) fn lowest_floor(&self) -> Strength {
        self.policies().map(ModulePolicy::floor).fold(self.default_policy.floor, Ord::min)
    }

    /// Of the enabled modules.
    pub(crate) fn policies(&self) -> impl Iterator<Item = &ModulePolicy> {
        self.modules.iter().filter(|module| module.enabled).map(|module| &module.policy)
    }

    /// The enabled modules, by name.
    pub fn modules(&self) -> impl Iterator<Item = &str> {
        self.modules.iter().filter(|module| module.enabled).map(|module| &*module.name)
    }

    /// Whether API users of this third party may call.
    pub fn has_integration(&self, id: IntegrationId) -> bool {
        self.integrations.binary_search(&id).is_ok()
    }
}

/// An account as serde reads it, in whatever order somebody wrote it.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Unsorted {
    id: AccountId,
    modules: Vec<Module>,
    integrations: Vec<IntegrationId>,
    default_policy: ModulePolicy,
}

#[cfg(feature = "serde")]
impl TryFrom<Unsorted> for Account {
    type Error = &'static str;

    fn try_from(read: Unsorted) -> Result<Self, &'static str> {
        let mut account = Self::new(read.id).default_policy(read.default_policy);
        for module in read.modules {
            if account.modules.get(&module.name).is_some() {
                return Err("account with a module twice; write each once");
            }
            account = account.enable(&module.name, module.policy);
            if !module.enabled {
                account = account.disable(&module.name);
            }
        }
        Ok(read.integrations.into_iter().fold(account, Self::enable_integration))
    }
}
