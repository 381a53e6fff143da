//! The XML API of Mapp Empower (BlueHornet): one POST with a pair and any number of calls, answered as XML or in PHP's own
//! format.

mod answer;
mod envelope;
mod item;
mod php;
mod request;
mod response_type;
mod results;
mod tree;
mod value;
mod wording;
mod xml;

pub use answer::Answer;
pub use envelope::Envelope;
pub use request::{Arg, Call, InvalidRequest, Place, Reader, Request, RequestProblem};
pub use response_type::{ResponseType, UnknownResponseType};
pub use value::Value;
pub use wording::Wording;
