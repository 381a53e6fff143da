//! What can be called, and by whom: the catalogue, the routes that lead to it, the levels.

mod catalogue;
mod level;
mod routes;

pub use catalogue::{
    Catalogue, CatalogueBuilder, Deprecation, Integration, InvalidCatalogue, Lifecycle, MethodId,
};
pub use level::{AccessLevel, MethodNames};
pub use routes::{Routes, Wanted};
