//! How a catalogue is put together, and what is checked then.

use alloc::{boxed::Box, string::String, vec::Vec};

use super::catalogue::{Catalogue, Integration, Lifecycle, Method};
use crate::{
    id::{IntegrationId, InvalidId},
    network::Allowlist,
};

impl Catalogue {
    /// Starts an empty catalogue.
    pub fn builder() -> CatalogueBuilder {
        CatalogueBuilder::default()
    }

    /// Starts from everything that this catalogue has, to add to it or to supply what it leaves open.
    ///
    /// ```
    /// use keyward::{Allowlist, Catalogue};
    /// let catalogue = Catalogue::mapp()
    ///     .to_builder()
    ///     .method("miscellaneous", "utilities.ping")
    ///     .integration_addresses("seewhy", Allowlist::parse("192.0.2.0/28")?)
    ///     .build()?;
    /// assert!(catalogue.method("utilities.ping").is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_builder(&self) -> CatalogueBuilder {
        let start = self.modules().fold(Self::builder(), |to, name| to.module(name, self.methods_of(name)));
        let with = self.methods.iter().fold(start, |to, method| {
            to.said(&method.name, method.lifecycle, method.link.as_deref(), method.alone)
        });
        self.integrations.iter().fold(with, |to, entry| {
            to.integration(entry.id.as_str(), entry.methods.iter(), entry.addresses.clone())
        })
    }
}

/// Collects modules, methods and integrations; [`build`](Self::build) checks them.
///
/// Methods that an account gets by a switch of its own belong into a module of their own, whatever their names: a
/// module is what accounts enable, and it need not share a prefix with its methods.
///
/// ```
/// use keyward::{Account, Catalogue, ModulePolicy};
/// let catalogue = Catalogue::builder()
///     .module("reports", ["reports.list"])
///     .module("reports-beta", ["reports.export"]) // for accounts with the beta switched on
///     .build()?;
/// let account = Account::new("acme".parse()?).enable("reports", ModulePolicy::default());
/// assert_eq!(catalogue.selectable(&account).collect::<Vec<_>>(), ["reports.list"]);
/// let account = account.enable("reports-beta", ModulePolicy::default());
/// assert_eq!(catalogue.selectable(&account).collect::<Vec<_>>(), ["reports.export", "reports.list"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct CatalogueBuilder {
    modules: Vec<(String, Vec<String>)>,
    methods: Vec<(String, String)>,
    lifecycles: Vec<(String, Lifecycle)>,
    links: Vec<(String, String)>,
    alone: Vec<String>,
    integrations: Vec<(String, Vec<String>, Allowlist)>,
    integration_methods: Vec<(String, Vec<String>)>,
    integration_addresses: Vec<(String, Allowlist)>,
}

impl CatalogueBuilder {
    /// Adds a module with its methods, all [`Lifecycle::Current`].
    pub fn module<N: Into<String>>(mut self, name: &str, methods: impl IntoIterator<Item = N>) -> Self {
        self.modules.push((name.into(), owned(methods)));
        self
    }

    /// Adds a method to a module that is added before or after it.
    pub fn method(mut self, module: &str, name: &str) -> Self {
        self.methods.push((module.into(), name.into()));
        self
    }

    /// Says where a method stands in its life; the last word counts.
    pub fn lifecycle(mut self, method: &str, lifecycle: Lifecycle) -> Self {
        self.lifecycles.push((method.into(), lifecycle));
        self
    }

    /// Says where callers read about a method's end: what to use in its place, and until when. Refused and warned callers
    /// get it as a header. The last word counts.
    ///
    /// ```
    /// # use keyward::{Catalogue, Lifecycle};
    /// let catalogue = Catalogue::builder()
    ///     .module("events", ["events.import"])
    ///     .lifecycle("events.import", Lifecycle::Retired)
    ///     .link("events.import", "https://docs.example.test/events-import")
    ///     .build()?;
    /// let method = catalogue.method("events.import").expect("it was just added");
    /// assert_eq!(catalogue.link(method), Some("https://docs.example.test/events-import"));
    /// # Ok::<(), keyward::InvalidCatalogue>(())
    /// ```
    pub fn link(mut self, method: &str, url: &str) -> Self {
        self.links.push((method.into(), url.into()));
        self
    }

    /// Says that a method must be the only call of its request, where one request may hold several.
    pub fn alone(mut self, method: &str) -> Self {
        self.alone.push(method.into());
        self
    }

    /// All that is said of a method, at once.
    pub(super) fn said(self, method: &str, lifecycle: Lifecycle, link: Option<&str>, alone: bool) -> Self {
        let to = self.lifecycle(method, lifecycle);
        let to = link.into_iter().fold(to, |to, url| to.link(method, url));
        if alone { to.alone(method) } else { to }
    }

    /// Adds an integration: the methods that it may call, the addresses that it calls from.
    pub fn integration<N: Into<String>>(
        mut self,
        id: &str,
        methods: impl IntoIterator<Item = N>,
        addresses: Allowlist,
    ) -> Self {
        self.integrations.push((id.into(), owned(methods), addresses));
        self
    }

    /// Says what an integration may call, in place of what it had; the last word counts.
    pub fn integration_methods<N: Into<String>>(
        mut self,
        id: &str,
        methods: impl IntoIterator<Item = N>,
    ) -> Self {
        self.integration_methods.push((id.into(), owned(methods)));
        self
    }

    /// Says where an integration calls from, in place of what it had; the last word counts.
    pub fn integration_addresses(mut self, id: &str, addresses: Allowlist) -> Self {
        self.integration_addresses.push((id.into(), addresses));
        self
    }

    /// Checks everything and fixes it.
    ///
    /// # Errors
    /// A name outside the grammar or used twice, a method for a module that was not added, a lifecycle, a link or an
    /// integration for a method that no module has, a method that stops before its end is announced, a link that is no
    /// URL of a page, methods or addresses for an integration that was not added, an
    /// integration whose addresses are [`Allowlist::Any`].
    pub fn build(mut self) -> Result<Catalogue, InvalidCatalogue> {
        for (module, method) in self.methods {
            match self.modules.iter_mut().find(|(name, _)| *name == module) {
                Some((_, methods)) => methods.push(method),
                None => return Err(InvalidCatalogue::UnknownModule(module.into())),
            }
        }
        let mut catalogue = modules(self.modules)?;
        for (method, lifecycle) in self.lifecycles {
            let found = known(&mut catalogue, method)?;
            if let Lifecycle::Deprecated { since, sunset: Some(sunset) } = lifecycle
                && sunset < since
            {
                return Err(InvalidCatalogue::Sunset(found.name.clone())); // RFC 9745 §4
            }
            found.lifecycle = lifecycle;
        }
        for (method, url) in self.links {
            let found = known(&mut catalogue, method)?;
            found.link = Some(link(url).ok_or_else(|| InvalidCatalogue::Link(found.name.clone()))?);
        }
        for method in self.alone {
            known(&mut catalogue, method)?.alone = true;
        }
        for (id, methods) in self.integration_methods {
            added(&mut self.integrations, id)?.1 = methods;
        }
        for (id, addresses) in self.integration_addresses {
            added(&mut self.integrations, id)?.2 = addresses;
        }
        catalogue.integrations = integrations(&catalogue, self.integrations)?;
        Ok(catalogue)
    }
}

fn owned<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Vec<String> {
    names.into_iter().map(Into::into).collect()
}

fn modules(entries: Vec<(String, Vec<String>)>) -> Result<Catalogue, InvalidCatalogue> {
    let (mut modules, mut methods) = (Vec::new(), Vec::new());
    for (module, names) in entries {
        modules.push(name(&module)?);
        for method in names {
            methods.push(Method::new(name(&method)?, name(&module)?, Lifecycle::Current));
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
    Ok(Catalogue::of(methods, modules, Vec::new()))
}

fn known(catalogue: &mut Catalogue, method: String) -> Result<&mut Method, InvalidCatalogue> {
    let index = catalogue.method(&method).and_then(|id| usize::try_from(id.index).ok());
    let found = index.and_then(|index| catalogue.methods.get_mut(index));
    found.ok_or_else(|| InvalidCatalogue::UnknownMethod(method.into()))
}

type Entry = (String, Vec<String>, Allowlist);

fn added(entries: &mut [Entry], id: String) -> Result<&mut Entry, InvalidCatalogue> {
    let found = entries.iter_mut().find(|(added, ..)| *added == id);
    found.ok_or_else(|| InvalidCatalogue::UnknownIntegration(id.into()))
}

fn integrations(catalogue: &Catalogue, entries: Vec<Entry>) -> Result<Box<[Integration]>, InvalidCatalogue> {
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

/// The longest link, in bytes. It stands in a header, and servers stop at 8 to 64 KiB for all headers together.
const MAX_LINK: usize = 512;

/// A URL that a `Link` header can hold between `<` and `>` as it is: the characters that RFC 3986 lets stand in one.
fn link(url: String) -> Option<Box<str>> {
    let after = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let host = after.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '[');
    let allowed = |byte: u8| byte.is_ascii_graphic() && !b"<>\"\\^`{|}".contains(&byte);
    (host && url.len() <= MAX_LINK && url.bytes().all(allowed)).then(|| url.into())
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
    /// A method for a module that was not added.
    #[error("module {0:?} was not added; add it, or name one that was")]
    UnknownModule(Box<str>),
    /// A lifecycle, a link or an integration names a method that no module has.
    #[error("method {0:?} is in no module; add it to one first")]
    UnknownMethod(Box<str>),
    /// A method that stops before that is announced.
    #[error("method `{0}` that stops before its end is announced; let `sunset` be no earlier than `since`")]
    Sunset(Box<str>),
    /// A link that is not a URL of a page, or does not fit into a header.
    #[error(
        "link of method `{0}` that no header can hold; write `https://` or `http://`, a host, and in all at most 512 of the characters that RFC 3986 allows"
    )]
    Link(Box<str>),
    /// An integration's id outside the grammar.
    #[error(transparent)]
    IntegrationId(InvalidId),
    /// An integration added twice.
    #[error("integration `{0}` added twice; name all its methods in one call")]
    IntegrationTwice(IntegrationId),
    /// Methods or addresses for an integration that was not added.
    #[error("integration {0:?} was not added; add it, or name one that was")]
    UnknownIntegration(Box<str>),
    /// An integration that calls from anywhere would open the list of each of its API users.
    #[error("integration `{0}` with any address; list the addresses that it calls from, or none")]
    OpenIntegration(IntegrationId),
}
