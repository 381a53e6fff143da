//! The catalogue: modules, their methods with a lifecycle, and integrations.

use alloc::{boxed::Box, vec::Vec};
use core::cmp::Ordering;

use super::{level::MethodNames, names::Names};
use crate::{encoding::crc32, id::IntegrationId, network::Allowlist, time::Timestamp};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// Sorted by name; a [`MethodId`] is an index.
    pub(super) methods: Box<[Method]>,
    /// Of the methods.
    names: Names,
    /// Of the methods, by name in lower case; without those that differ in case alone.
    folded: Box<[u32]>,
    /// Sorted.
    pub(super) modules: Box<[Box<str>]>,
    /// Sorted by id.
    pub(super) integrations: Box<[Integration]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Method {
    pub(super) name: Box<str>,
    pub(super) module: Box<str>,
    pub(super) lifecycle: Lifecycle,
    /// Where its callers read about its end; a URL that stands between `<` and `>` in a header.
    pub(super) link: Option<Box<str>>,
    pub(super) alone: bool,
    /// The checksum of the name.
    mark: u32,
}

impl Method {
    pub(super) fn new(name: Box<str>, module: Box<str>, lifecycle: Lifecycle) -> Self {
        let mark = crc32(name.as_bytes());
        Self { name, module, lifecycle, link: None, alone: false, mark }
    }

    /// The name, byte by byte in lower case. Names are ASCII.
    fn folded(&self) -> impl Iterator<Item = u8> {
        folded(&self.name)
    }
}

fn folded(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().map(|byte| byte.to_ascii_lowercase())
}

/// The methods in the order of their folded names, each such name that is one method's alone.
fn by_folded_name(methods: &[Method]) -> Box<[u32]> {
    let mut order: Vec<(&Method, u32)> = methods.iter().zip(0..).collect();
    order.sort_by(|(a, _), (b, _)| a.folded().cmp(b.folded()));
    let alike = |(a, _): &(&Method, u32), (b, _): &(&Method, u32)| a.folded().eq(b.folded());
    let single =
        order.chunk_by(alike).filter_map(|chunk| if let [(_, index)] = chunk { Some(*index) } else { None });
    single.collect()
}

/// A method of one catalogue, by number. A catalogue in which that number is another method's does not know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MethodId {
    pub(super) index: u32,
    mark: u32,
}

/// Where a method stands in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    pub(super) id: IntegrationId,
    pub(super) methods: MethodNames,
    pub(super) addresses: Allowlist,
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
    /// All three are sorted.
    pub(super) fn of(methods: Vec<Method>, modules: Vec<Box<str>>, integrations: Vec<Integration>) -> Self {
        let names = Names::of(methods.iter().map(|method| &*method.name));
        let folded = by_folded_name(&methods);
        Self {
            methods: methods.into(),
            names,
            folded,
            modules: modules.into(),
            integrations: integrations.into(),
        }
    }

    /// The method of that name.
    pub fn method(&self, name: &str) -> Option<MethodId> {
        self.id(u32::try_from(self.names.position(name)?).ok()?)
    }

    /// The method of that name, or else the one method whose name differs from it in the case of ASCII letters alone. Of
    /// two that do, neither. For the edge of an API whose callers write names as they like.
    ///
    /// ```
    /// # let catalogue = keyward::Catalogue::mapp();
    /// let method = catalogue.method_any_case("transactional.listtemplates").expect("in whatever case");
    /// assert_eq!(catalogue.name(method), Some("transactional.listTemplates"));
    /// ```
    pub fn method_any_case(&self, name: &str) -> Option<MethodId> {
        self.method(name).or_else(|| {
            let order = |index: &u32| self.at(*index).map(|method| method.folded().cmp(folded(name)));
            let found = self.folded.binary_search_by(|index| order(index).unwrap_or(Ordering::Less)).ok()?;
            self.id(*self.folded.get(found)?)
        })
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

    /// Where callers read about the method's end, if that was [said](crate::CatalogueBuilder::link).
    pub fn link(&self, method: MethodId) -> Option<&str> {
        self.get(method)?.link.as_deref()
    }

    /// Whether the method must be the only call of its request. One that the catalogue does not know need not.
    pub fn stands_alone(&self, method: MethodId) -> bool {
        self.get(method).is_some_and(|method| method.alone)
    }

    /// All methods, by name.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        self.methods.iter().map(|method| &*method.name)
    }

    /// All modules, by name.
    pub fn modules(&self) -> impl Iterator<Item = &str> {
        self.modules.iter().map(|name| &**name)
    }

    /// A module's methods, by name; none if there is no such module.
    ///
    /// ```
    /// # let catalogue = keyward::Catalogue::builder().module("events", ["events.list", "track"]).build()?;
    /// assert_eq!(catalogue.methods_of("events").collect::<Vec<_>>(), ["events.list", "track"]);
    /// # Ok::<(), keyward::InvalidCatalogue>(())
    /// ```
    pub fn methods_of<'c>(&'c self, module: &str) -> impl Iterator<Item = &'c str> {
        let inside = move |method: &&Method| *method.module == *module;
        self.methods.iter().filter(inside).map(|method| &*method.name)
    }

    /// All integrations, by id.
    pub fn integrations(&self) -> impl Iterator<Item = &Integration> {
        self.integrations.iter()
    }

    /// The integration of that id.
    pub fn integration(&self, id: IntegrationId) -> Option<&Integration> {
        let index = self.integrations.binary_search_by_key(&id, |entry| entry.id).ok()?;
        self.integrations.get(index)
    }

    fn get(&self, method: MethodId) -> Option<&Method> {
        self.at(method.index).filter(|found| found.mark == method.mark)
    }

    fn at(&self, index: u32) -> Option<&Method> {
        self.methods.get(usize::try_from(index).ok()?)
    }

    fn id(&self, index: u32) -> Option<MethodId> {
        self.at(index).map(|method| MethodId { index, mark: method.mark })
    }
}
