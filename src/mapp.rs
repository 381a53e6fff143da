//! The XML API of Mapp Empower (BlueHornet): one POST with a pair and any number of calls, answered as XML or in PHP's own
//! format.
//!
//! ```text
//! body ─ Request::read ─▶ Request ─ present ─▶ Gate::admit ─▶ Admitted ─┐
//!                            │ calls                                     ▼
//!                            └──────────────────────────────────────▶ Batch ─▶ Results ─ Request::reply ─▶ Reply
//! ```
//!
//! ```
//! use keyward::{mapp::{Answer, Call, Request}, *};
//!
//! async fn post<L: Lookup, R: ReplayGuard>(
//!     gate: &Gate<L, R>, content_type: Option<&str>, body: &[u8], client: ClientAddr, clock: impl Fn() -> Timestamp,
//! ) -> Reply {
//!     let request = match Request::read(content_type, body) {
//!         Ok(request) => request,
//!         Err(error) => return error.reply(),
//!     };
//!     let admitted = match gate.admit(request.present(), clock()).await {
//!         Ok(Admission::Admit(admitted)) => admitted,
//!         Ok(Admission::Deny(denial)) => return request.refused(&denial),
//!         Err(fault) => return request.fault(&fault),
//!     };
//!     let mut batch = Batch::new(admitted, client, request.calls(), request.on_error(), gate.engine());
//!     while let Some(turn) = gate.turn(&mut batch, clock()).await {
//!         match handle(turn.grant(), turn.call()).await {
//!             Ok(answer) => turn.done(answer),
//!             Err(answer) => turn.failed(answer),
//!         }
//!     }
//!     request.reply(batch.finish())
//! }
//!
//! async fn handle(grant: &Grant, call: &Call<'_>) -> Result<Answer, Answer> {
//!     let [email] = call.require(["email"])?;
//!     Ok(Answer::new("").text(format!("{} is subscribed", email.text())))
//! }
//! # fn is_send(future: impl Send) { let _ = future; }
//! # fn check(gate: &Gate<DynLookup>) { is_send(post(gate, None, b"", ClientAddr::unknown(), || Timestamp::from_unix(0))) }
//! ```

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
