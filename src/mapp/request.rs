//! A request, read once: who calls, how to answer, which methods with what.
//!
//! Nothing is decided here. What cannot be read as a request is an [`InvalidRequest`]; a key or a secret that cannot be
//! read, or is missing, is for the engine to deny.

mod call;
mod chars;
mod document;
mod parse;
mod problem;
mod reader;
mod shape;
mod tag;
mod transport;

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

pub use call::{Arg, Call};
pub use problem::{InvalidRequest, Place, RequestProblem};
pub use reader::Reader;

use self::{
    chars::trimmed,
    document::{Document, Source},
    shape::Caller,
};
use crate::{
    batch::{OnError, Results},
    decision::{Denial, Fault},
    mapp::{answer::Answer, envelope::Envelope, response_type::ResponseType},
    presented::Presented,
    reply::{Render, Reply},
    request::RequestHead,
};

/// A POST of the XML API, read: a pair, and calls in their order.
///
/// ```text
/// <api>
///   <authentication>
///     <api_key/> <shared_secret/>
///     <response_type/>                         xml or php; xml where it is left out
///     <no_halt/>                               1: go on behind a call that failed
///   </authentication>
///   <data>
///     <methodCall>                             one or more
///       <methodName/> ...                      and arguments, which may nest and repeat
///     </methodCall>
///   </data>
/// </api>
/// ```
///
/// Elements stand in any order, and the API's own once each; an unknown one beside them is refused. White space around
/// key, secret, method name, `response_type` and `no_halt` is cut off: no key or secret has any at its ends, and who
/// pastes one into a template brings it along. Arguments are left as they are.
///
/// It is read from
///
/// | content type | where the XML stands |
/// |---|---|
/// | `application/x-www-form-urlencoded` | the one parameter `data` |
/// | `application/xml`, `text/xml` | the body |
/// | none | the body, if it begins with `<` |
/// | `multipart/form-data` | the one part `data` |
///
/// and, where [`Reader::danger_get`] says so, from the parameter `data` of a query. The XML is UTF-8, without a document
/// type, processing instructions, or entities but the five; text or elements in an element, never both; attributes are
/// passed over.
///
/// What was decoded is wiped when this is dropped; what stands in the body is borrowed from it, and the body is the
/// caller's to wipe. `Debug` shows no text.
///
/// ```
/// use keyward::{OnError, mapp::{Request, ResponseType}};
/// let body = b"data=%3Capi%3E%3Cauthentication%3E%3Capi_key%3Ek%3C%2Fapi_key%3E%3Cno_halt%3E1%3C%2Fno_halt%3E\
///     %3C%2Fauthentication%3E%3Cdata%3E%3CmethodCall%3E%3CmethodName%3Eaccount.getCategories%3C%2FmethodName%3E\
///     %3C%2FmethodCall%3E%3C%2Fdata%3E%3C%2Fapi%3E";
/// let request = Request::read(Some("application/x-www-form-urlencoded"), body)?;
/// assert_eq!(request.present().key_id(), Some("k".parse()?));
/// assert_eq!((request.on_error(), request.response_type()), (OnError::Continue, ResponseType::Xml));
/// assert_eq!(request.calls()[0].method(), "account.getCategories");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Request<'r> {
    document: Arc<Document<'r>>,
    caller: Caller,
    calls: Vec<Call<'r>>,
}

impl Reader {
    /// Reads the body of a POST. The content type is the header's value, `None` if there was none.
    ///
    /// # Errors
    /// [`InvalidRequest`]: it is no request; its [`reply`](InvalidRequest::reply) says why.
    pub fn read<'r>(
        &self,
        content_type: Option<&str>,
        body: &'r [u8],
    ) -> Result<Request<'r>, InvalidRequest> {
        self.sized(body)?;
        self.document(transport::body(content_type, body)?)
    }

    /// Reads a request with its head: POST, or GET where that is switched on.
    ///
    /// # Errors
    /// [`InvalidRequest`]: it is no request; its [`reply`](InvalidRequest::reply) says why.
    pub fn receive<'r>(&self, head: &RequestHead<'r>, body: &'r [u8]) -> Result<Request<'r>, InvalidRequest> {
        match head.method {
            "POST" => {
                let mut types = head.headers.all("content-type");
                let first = types.next().map(core::str::from_utf8).transpose();
                let (Ok(content_type), None) = (first, types.next()) else {
                    return Err(RequestProblem::ContentType.into());
                };
                self.read(content_type, body)
            }
            "GET" if !self.get => Err(RequestProblem::Query.into()),
            "GET" if !body.is_empty() => Err(RequestProblem::QueryAndBody.into()),
            "GET" => {
                let query = head.target.split_once('?').map_or("", |(_, query)| query).as_bytes();
                self.sized(query)?;
                self.document(transport::parameter(query)?)
            }
            _ => Err(RequestProblem::Method.into()),
        }
    }

    fn sized(&self, bytes: &[u8]) -> Result<(), RequestProblem> {
        if bytes.len() > self.bytes { Err(RequestProblem::TooLarge(self.bytes)) } else { Ok(()) }
    }

    fn document<'r>(&self, source: Source<'r>) -> Result<Request<'r>, InvalidRequest> {
        let (document, read) = parse::parse(source, self.elements);
        match read.and_then(|()| shape::read(&document, self.calls)) {
            Ok((caller, calls)) => {
                let document = Arc::new(document);
                let calls = calls.iter().map(|(call, name)| Call::new(&document, *call, *name)).collect();
                Ok(Request { document, caller, calls })
            }
            Err((problem, at)) => {
                let place = Place::of(document.source.as_str().as_bytes(), at);
                Err(InvalidRequest::from(problem).at(place).answered_as(shape::response_type(&document)))
            }
        }
    }
}

impl<'r> Request<'r> {
    /// Reads the body of a POST, within the bounds of [`Reader::new`]. The content type is the header's value, `None` if
    /// there was none.
    ///
    /// # Errors
    /// [`InvalidRequest`]: it is no request; its [`reply`](InvalidRequest::reply) says why.
    pub fn read(content_type: Option<&str>, body: &'r [u8]) -> Result<Self, InvalidRequest> {
        Reader::new().read(content_type, body)
    }

    /// Key and secret, to be proven. One that is missing or cannot be read is presented as such, and denied.
    pub fn present(&self) -> Presented<'_> {
        let text = |at| trimmed(self.document.element(at).text()).as_bytes();
        Presented::elements(self.caller.key.map(text), self.caller.secret.map(text))
    }

    /// The calls, in order; one at least.
    pub fn calls(&self) -> &[Call<'r>] {
        &self.calls
    }

    /// What follows a call that did not succeed: `no_halt`.
    pub fn on_error(&self) -> OnError {
        self.caller.on_error
    }

    /// The format of the answer.
    pub fn response_type(&self) -> ResponseType {
        self.caller.response_type
    }

    /// The answer to all of it, if it is refused before any call.
    pub fn refused(&self, denial: &Denial) -> Reply {
        self.envelope().refused(denial)
    }

    /// The answer to all of it, if nobody could decide it.
    pub fn fault(&self, fault: &Fault) -> Reply {
        Render::fault(&self.envelope(), fault)
    }

    /// The answer to each call, with its name as it was sent.
    pub fn reply(&self, results: Results<Answer>) -> Reply {
        self.envelope().batch(self.calls.iter().map(Call::method), results.into_outcomes())
    }

    /// What writes the answers, for a service with a [`Wording`](super::Wording) of its own.
    pub fn envelope(&self) -> Envelope {
        Envelope::new(self.caller.response_type).calls(self.calls.len())
    }
}

/// How many calls there are and how they are answered, and nothing of what was sent.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("calls", &self.calls.len())
            .field("response_type", &self.caller.response_type)
            .field("on_error", &self.caller.on_error)
            .finish_non_exhaustive()
    }
}
