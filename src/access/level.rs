//! Access levels: what an API user may call.

use alloc::{boxed::Box, vec::Vec};

use super::names::Names;
use crate::id::IntegrationId;

/// What an API user may call, within the modules that its account has enabled. Exactly one of three.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum AccessLevel {
    /// Every method, now and later.
    Full,
    /// The listed methods; none is ever added by itself.
    Custom(MethodNames),
    /// The methods of a third party's entry in the catalogue, if the account is enabled for it.
    Integration(IntegrationId),
}

impl AccessLevel {
    /// Exactly these methods. A name that the catalogue does not know grants nothing.
    ///
    /// ```
    /// use keyward::AccessLevel;
    /// let AccessLevel::Custom(names) = AccessLevel::custom(["b", "a", "b"]) else { unreachable!() };
    /// assert_eq!(names.iter().collect::<Vec<_>>(), ["a", "b"]);
    /// ```
    pub fn custom<N: Into<Box<str>>>(names: impl IntoIterator<Item = N>) -> Self {
        Self::Custom(names.into_iter().collect())
    }
}

/// Method names, sorted, each once; compared byte by byte. [`contains`](Self::contains) takes about as long for ten
/// thousand names as for ten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(from = "Vec<Box<str>>"))]
pub struct MethodNames(Box<Names>);

impl MethodNames {
    /// Whether `name` is listed.
    pub fn contains(&self, name: &str) -> bool {
        self.0.position(name).is_some()
    }

    /// The names in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter()
    }
}

impl<N: Into<Box<str>>> FromIterator<N> for MethodNames {
    fn from_iter<I: IntoIterator<Item = N>>(names: I) -> Self {
        let mut names: Vec<Box<str>> = names.into_iter().map(Into::into).collect();
        names.sort_unstable();
        names.dedup();
        Self(Box::new(Names::of(names.iter().map(|name| &**name))))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for MethodNames {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

#[cfg(feature = "serde")]
impl From<Vec<Box<str>>> for MethodNames {
    fn from(names: Vec<Box<str>>) -> Self {
        names.into_iter().collect()
    }
}
