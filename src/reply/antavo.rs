//! Errors in the envelope of Antavo's classic APIs, for clients that were written for them.

use core::fmt::{self, Display};

use super::{json, problem::phrase, render::Render, whole::Reply};
use crate::{
    access::Catalogue,
    decision::{Code, Denial, Fault},
};

/// The envelope that clients of Antavo's classic APIs read: `error` with `type`, `code` and `message`.
///
/// ```
/// use keyward::{AntavoErrors, Catalogue, Code, Denial, Render};
/// let reply = AntavoErrors.denial(&Denial::new(Code::CredentialMissing), &Catalogue::antavo());
/// let body = r#"{"error":{"type":"UnauthorizedException","code":0,"message":"No api_key provided"}}"#;
/// assert_eq!((reply.status, reply.body.as_slice()), (401, body.as_bytes()));
/// ```
///
/// What the vendor's public sources show stands as they show it: the answers to a missing key and to an unknown path, the
/// types of 401, 403 and 404. The other types are named in the same way after their status, the other messages are this
/// crate's sentences. `code` is 0 throughout: those two answers have it, and no source tells the numbers of the others.
/// So a client tells denials of one status apart by their message alone; [`Problem`](crate::Problem) has stable names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AntavoErrors;

impl Render for AntavoErrors {
    fn denial(&self, denial: &Denial, catalogue: &Catalogue) -> Reply {
        let public = denial.public();
        let body = match denial.code() {
            Code::CredentialMissing => body(public.status(), "No api_key provided"),
            Code::EndpointUnknown => body(public.status(), "Not Found"),
            _ => body(public.status(), public),
        };
        Reply::refusing(denial, catalogue, CONTENT_TYPE, body)
    }

    fn fault(&self, _: &Fault) -> Reply {
        Reply::faulty(CONTENT_TYPE, body(Fault::STATUS, Fault::PUBLIC))
    }
}

const CONTENT_TYPE: &str = "application/json";

/// The longest body has 243 bytes; growing would allocate again.
const ROOM: usize = 256;

fn body(status: u16, message: impl Display) -> alloc::vec::Vec<u8> {
    json::object(ROOM, |envelope| {
        envelope.object("error", |error| {
            error.text("type", Exception(status));
            error.number("code", 0);
            error.text("message", message);
        });
    })
}

/// `NotFoundException` for `Not Found`.
struct Exception(u16);

impl Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        phrase(self.0).split(' ').try_for_each(|word| f.write_str(word))?;
        f.write_str("Exception")
    }
}
