//! What the engine can answer: codes with their statuses, the reasons behind them, a denial's two faces, faults.

mod code;
mod denial;
mod fault;
mod finding;
mod headers;
mod operator;
mod public;
mod reason;

pub use code::{Code, Stage};
pub use denial::Denial;
pub use fault::Fault;
pub use finding::{Finding, Findings};
pub use operator::OperatorFace;
pub use public::PublicFace;

pub(crate) use denial::Who;
pub(crate) use reason::Reason;
