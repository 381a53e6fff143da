//! The catalogue: modules, their methods with a lifecycle, and integrations.

use alloc::{boxed::Box, string::String, vec::Vec};

use super::level::MethodNames;
use crate::{
    id::{IntegrationId, InvalidId},
    network::Allowlist,
    time::Timestamp,
};

/// Everything that an API offers, fixed when the program starts.
///
/// A module is what an account enables and a policy is set for (vendors' screens say "endpoint"); a method is what
/// one request calls, named once in the whole catalogue. Names are `[A-Za-z0-9._-]{1,64}` and are compared byte by
/// byte: there are no wildcards and no prefixes.
///
/// ```
/// use keyward::{Catalogue, Lifecycle};
/// let catalogue = Catalogue::builder()
///     .module("events", ["events.create", "events.list"])
///     .module("leaderboard", ["leaderboard.read"])
///     .lifecycle("leaderboard.read", Lifecycle::Retired)
///     .build()?;
/// let method = catalogue.method("events.create").expect("it was just added");
/// assert_eq!(catalogue.module_of(method), Some("events"));
/// # Ok::<(), keyward::InvalidCatalogue>(())
/// ```
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// Sorted by name; a [`MethodId`] is an index.
    methods: Box<[Method]>,
    /// Sorted.
    modules: Box<[Box<str>]>,
    /// Sorted by id.
    integrations: Box<[Integration]>,
}

#[derive(Clone, Debug)]
struct Method {
    name: Box<str>,
    module: Box<str>,
    lifecycle: Lifecycle,
}

/// A method of one catalogue, by number. Another catalogue knows a different method by it, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MethodId(u32);

/// Where a method stands in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Lifecycle {
    /// In use.
    #[default]
    Current,
    /// In use, with something newer beside it.
    Legacy,
    /// In use, but going away.
    Deprecated {
        /// When that was announced (RFC 9745).
        since: Timestamp,
        /// When it stops (RFC 8594), if that is known.
        sunset: Option<Timestamp>,
    },
    /// Gone: callers get 410.
    Retired,
}

/// The notice that goes with a deprecated method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deprecation {
    /// When it was announced.
    pub since: Timestamp,
    /// When the method stops, if that is known.
    pub sunset: Option<Timestamp>,
}

/// A third party that calls on an account's behalf: the methods that it needs and the addresses that it calls from.
#[derive(Clone, Debug)]
pub struct Integration {
    id: IntegrationId,
    methods: MethodNames,
    addresses: Allowlist,
}

impl Integration {
    /// Its id.
    pub fn id(&self) -> IntegrationId {
        self.id
    }

    /// What it may call.
    pub fn methods(&self) -> &MethodNames {
        &self.methods
    }

    /// Where it calls from. These addresses count in the list of each of its API users.
    pub fn addresses(&self) -> &Allowlist {
        &self.addresses
    }
}

impl Catalogue {
    /// Starts an empty catalogue.
    pub fn builder() -> CatalogueBuilder {
        CatalogueBuilder::default()
    }

    /// The method of that name.
    pub fn method(&self, name: &str) -> Option<MethodId> {
        let index = self.methods.binary_search_by(|method| (*method.name).cmp(name)).ok()?;
        u32::try_from(index).ok().map(MethodId)
    }

    /// A method's name.
    pub fn name(&self, method: MethodId) -> Option<&str> {
        self.get(method).map(|method| &*method.name)
    }

    /// The module that a method belongs to.
    pub fn module_of(&self, method: MethodId) -> Option<&str> {
        self.get(method).map(|method| &*method.module)
    }

    /// Where a method stands in its life.
    pub fn lifecycle(&self, method: MethodId) -> Option<Lifecycle> {
        self.get(method).map(|method| method.lifecycle)
    }

    /// All methods, by name.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        self.methods.iter().map(|method| &*method.name)
    }

    /// All modules, by name.
    pub fn modules(&self) -> impl Iterator<Item = &str> {
        self.modules.iter().map(|name| &**name)
    }

    /// The integration of that id.
    pub fn integration(&self, id: IntegrationId) -> Option<&Integration> {
        let index = self.integrations.binary_search_by_key(&id, |entry| entry.id).ok()?;
        self.integrations.get(index)
    }

    fn get(&self, method: MethodId) -> Option<&Method> {
        self.methods.get(usize::try_from(method.0).ok()?)
    }
}

/// Collects modules, methods and integrations; [`build`](Self::build) checks them.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct CatalogueBuilder {
    modules: Vec<(String, Vec<String>)>,
    lifecycles: Vec<(String, Lifecycle)>,
    integrations: Vec<(String, Vec<String>, Allowlist)>,
}

impl CatalogueBuilder {
    /// Adds a module with its methods, all [`Lifecycle::Current`].
    pub fn module<N: Into<String>>(mut self, name: &str, methods: impl IntoIterator<Item = N>) -> Self {
        self.modules.push((name.into(), methods.into_iter().map(Into::into).collect()));
        self
    }

    /// Says where a method stands in its life; the last word counts.
    pub fn lifecycle(mut self, method: &str, lifecycle: Lifecycle) -> Self {
        self.lifecycles.push((method.into(), lifecycle));
        self
    }

    /// Adds an integration: the methods that it may call, the addresses that it calls from.
    pub fn integration<N: Into<String>>(
        mut self,
        id: &str,
        methods: impl IntoIterator<Item = N>,
        addresses: Allowlist,
    ) -> Self {
        self.integrations.push((id.into(), methods.into_iter().map(Into::into).collect(), addresses));
        self
    }

    /// Checks everything and fixes it.
    ///
    /// # Errors
    /// A name outside the grammar or used twice, a lifecycle or an integration for a method that no module has, an
    /// integration whose addresses are [`Allowlist::Any`].
    pub fn build(self) -> Result<Catalogue, InvalidCatalogue> {
        let mut modules = Vec::new();
        let mut methods = Vec::new();
        for (module, names) in self.modules {
            modules.push(name(&module)?);
            for method in names {
                let method =
                    Method { name: name(&method)?, module: name(&module)?, lifecycle: Lifecycle::Current };
                methods.push(method);
            }
        }
        modules.sort_unstable();
        methods.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        if let Some(module) = twice(&modules, |a, b| a == b) {
            return Err(InvalidCatalogue::ModuleTwice(module.clone()));
        }
        if let Some(method) = twice(&methods, |a, b| a.name == b.name) {
            return Err(InvalidCatalogue::MethodTwice(method.name.clone()));
        }
        let mut catalogue =
            Catalogue { methods: methods.into(), modules: modules.into(), integrations: Box::default() };
        for (method, lifecycle) in self.lifecycles {
            let id = catalogue.method(&method).and_then(|id| usize::try_from(id.0).ok());
            match id.and_then(|index| catalogue.methods.get_mut(index)) {
                Some(found) => found.lifecycle = lifecycle,
                None => return Err(InvalidCatalogue::UnknownMethod(method.into())),
            }
        }
        catalogue.integrations = integrations(&catalogue, self.integrations)?;
        Ok(catalogue)
    }
}

fn integrations(
    catalogue: &Catalogue,
    entries: Vec<(String, Vec<String>, Allowlist)>,
) -> Result<Box<[Integration]>, InvalidCatalogue> {
    let mut integrations = Vec::new();
    for (id, methods, addresses) in entries {
        let id = id.parse().map_err(InvalidCatalogue::IntegrationId)?;
        if let Some(unknown) = methods.iter().find(|name| catalogue.method(name).is_none()) {
            return Err(InvalidCatalogue::UnknownMethod(unknown.as_str().into()));
        }
        if addresses == Allowlist::Any {
            return Err(InvalidCatalogue::OpenIntegration(id));
        }
        integrations.push(Integration { id, methods: methods.into_iter().collect(), addresses });
    }
    integrations.sort_unstable_by_key(|entry| entry.id);
    match twice(&integrations, |a, b| a.id == b.id) {
        Some(entry) => Err(InvalidCatalogue::IntegrationTwice(entry.id)),
        None => Ok(integrations.into()),
    }
}

/// The first entry that stands twice in a sorted list.
fn twice<T>(sorted: &[T], same: impl Fn(&T, &T) -> bool) -> Option<&T> {
    sorted.iter().zip(sorted.iter().skip(1)).find(|(a, b)| same(a, b)).map(|(a, _)| a)
}

/// The longest name of a module or method, in bytes. The longest of the two products' names has 39.
const MAX_NAME: usize = 64;

fn name(text: &str) -> Result<Box<str>, InvalidCatalogue> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let valid = (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(allowed);
    if valid { Ok(text.into()) } else { Err(InvalidCatalogue::Name(text.into())) }
}

/// Why a catalogue could not be built. Its names come from the program, not from callers, so they are repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCatalogue {
    /// A name outside `[A-Za-z0-9._-]{1,64}`.
    #[error("name {0:?} in the catalogue; write 1 to 64 letters, digits or any of `._-`, without wildcards")]
    Name(Box<str>),
    /// A module added twice.
    #[error("module `{0}` added twice; name all its methods in one call")]
    ModuleTwice(Box<str>),
    /// A method that two modules have, or one has twice.
    #[error("method `{0}` added twice; a method belongs to one module")]
    MethodTwice(Box<str>),
    /// A lifecycle or an integration names a method that no module has.
    #[error("method {0:?} is in no module; add it to one first")]
    UnknownMethod(Box<str>),
    /// An integration's id outside the grammar.
    #[error(transparent)]
    IntegrationId(InvalidId),
    /// An integration added twice.
    #[error("integration `{0}` added twice; name all its methods in one call")]
    IntegrationTwice(IntegrationId),
    /// An integration that calls from anywhere would open the list of each of its API users.
    #[error("integration `{0}` with any address; list the addresses that it calls from, or none")]
    OpenIntegration(IntegrationId),
}
