//! What a refused caller gets back, in the form that its client reads.
//!
//! ```text
//! Denial ── public face ──▶ Render ──▶ Reply { status, headers, body } ──▶ your server, or into_http
//!              catalogue ── notices ──┘
//! ```
//!
//! A renderer sees a denial's [public face](crate::PublicFace) and nothing else of it, so nothing that it writes tells
//! more. Texts are escaped on their way into a body, whatever is in them.

mod antavo;
mod challenge;
mod json;
mod notice;
mod problem;
mod render;
mod whole;

pub use antavo::AntavoErrors;
pub use challenge::{Challenge, InvalidChallenge};
pub use problem::Problem;
pub use render::Render;
pub use whole::Reply;

#[cfg(feature = "mapp")]
pub(crate) use notice::of_denial as notices;
