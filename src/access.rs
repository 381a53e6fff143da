//! What can be called, and by whom: the catalogue, the routes that lead to it, the levels.

mod builder;
mod builtin;
mod catalogue;
mod coverage;
#[cfg(feature = "serde")]
mod data;
mod level;
mod names;
mod routes;

pub use builder::{CatalogueBuilder, InvalidCatalogue};
pub use catalogue::{Catalogue, Deprecation, Integration, Lifecycle, MethodId};
pub use coverage::Uncovered;
pub use level::{AccessLevel, MethodNames};
pub(crate) use names::Names;
pub(crate) use routes::canonical;
pub use routes::{Routes, Wanted};
