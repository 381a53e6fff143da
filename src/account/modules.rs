//! The modules of an account, sorted and looked up by name.

use alloc::{boxed::Box, vec::Vec};

use crate::{access::Names, policy::ModulePolicy};

/// One that an account has, enabled or not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Module {
    pub(super) name: Box<str>,
    pub(super) enabled: bool,
    pub(super) policy: ModulePolicy,
}

/// Sorted by name, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub(super) struct Modules {
    sorted: Vec<Module>,
    #[cfg_attr(feature = "serde", serde(skip))]
    names: Names,
}

impl Modules {
    /// `None` if they are not in order, or one is there twice.
    pub(super) fn of(sorted: Vec<Module>) -> Option<Self> {
        let names = Names::of(sorted.iter().map(|module| &*module.name));
        sorted.is_sorted_by(|a, b| a.name < b.name).then_some(Self { sorted, names })
    }

    #[inline]
    pub(super) fn get(&self, name: &str) -> Option<&Module> {
        self.names.position(name).and_then(|position| self.sorted.get(position))
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Module> {
        self.names.position(name).and_then(|position| self.sorted.get_mut(position))
    }

    /// Adds one that is not there yet.
    pub(super) fn add(&mut self, module: Module) {
        let position = self.sorted.partition_point(|known| known.name < module.name);
        self.sorted.insert(position, module);
        self.names = Names::of(self.sorted.iter().map(|module| &*module.name));
    }

    pub(super) fn len(&self) -> usize {
        self.sorted.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Module> {
        self.sorted.iter()
    }
}
