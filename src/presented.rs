//! What a request carries, read once at the edge.

mod accept;
mod carriers;
mod malformed;
mod parameter;

pub use accept::Accept;
pub use carriers::Presented;

pub(crate) use carriers::Form;
pub(crate) use malformed::Malformed;
