//! Whether routes and catalogue name the same methods.

use alloc::{boxed::Box, collections::BTreeSet, vec::Vec};
use core::fmt;

use super::catalogue::{Catalogue, Lifecycle};

impl Catalogue {
    /// Whether routes that lead to `names` and this catalogue fit each other: the catalogue has every name, and every
    /// method of it that is not [`Lifecycle::Retired`] has a route. A retired method may keep its route, to answer 410.
    ///
    /// ```
    /// use keyward::{Catalogue, Routes};
    /// let catalogue = Catalogue::builder().module("events", ["events.create", "events.list"]).build()?;
    /// let routes = Routes::new().route("POST", "/events", "events.create").route("GET", "/event", "event.list");
    /// assert_eq!(
    ///     catalogue.covers(routes.names()).unwrap_err().to_string(),
    ///     "routes lead to event.list, which the catalogue does not have; add what is missing or mend the route\n\
    ///      no route leads to events.list; add one, or retire what is not served",
    /// );
    /// # Ok::<(), keyward::InvalidCatalogue>(())
    /// ```
    ///
    /// # Errors
    /// [`Uncovered`] with every name that the other side lacks.
    pub fn covers<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<(), Uncovered> {
        let names: BTreeSet<&str> = names.into_iter().collect();
        let unknown = names.iter().copied().filter(|name| self.method(name).is_none());
        let served = self.methods.iter().filter(|method| method.lifecycle != Lifecycle::Retired);
        let unreached = served.map(|method| &*method.name).filter(|name| !names.contains(name));
        let found = Uncovered {
            unknown: unknown.map(Into::into).collect(),
            unreached: unreached.map(Into::into).collect(),
        };
        if found.unknown.is_empty() && found.unreached.is_empty() { Ok(()) } else { Err(found) }
    }

    /// [`covers`](Self::covers) as one line of a service's test.
    ///
    /// ```
    /// use keyward::{Catalogue, Routes};
    /// let catalogue = Catalogue::builder().module("events", ["events.create"]).build()?;
    /// let routes = Routes::new().route("POST", "/events", "events.create");
    /// catalogue.assert_covers(routes.names());
    /// # Ok::<(), keyward::InvalidCatalogue>(())
    /// ```
    ///
    /// # Panics
    /// If they do not fit, with the sentences of [`Uncovered`]: it is meant for tests. Elsewhere call `covers`.
    #[track_caller]
    #[allow(clippy::panic, reason = "an assertion for tests, and named like one")]
    pub fn assert_covers<'a>(&self, names: impl IntoIterator<Item = &'a str>) {
        if let Err(uncovered) = self.covers(names) {
            panic!("{uncovered}");
        }
    }
}

/// What routes and catalogue do not share, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncovered {
    unknown: Vec<Box<str>>,
    unreached: Vec<Box<str>>,
}

impl Uncovered {
    /// Names that routes lead to and the catalogue does not have. Requests on such a route get 404.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.unknown.iter().map(|name| &**name)
    }

    /// Methods of the catalogue that no route leads to.
    pub fn unreached(&self) -> impl Iterator<Item = &str> {
        self.unreached.iter().map(|name| &**name)
    }
}

impl fmt::Display for Uncovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.unknown.is_empty() {
            let names = self.unknown.join(", ");
            write!(
                f,
                "routes lead to {names}, which the catalogue does not have; add what is missing or mend the route"
            )?;
        }
        if !self.unreached.is_empty() {
            let line = if self.unknown.is_empty() { "" } else { "\n" };
            let names = self.unreached.join(", ");
            write!(f, "{line}no route leads to {names}; add one, or retire what is not served")?;
        }
        Ok(())
    }
}

impl core::error::Error for Uncovered {}
