//! Why a signature does not match: which part of what is signed differs from what the client signed.
//!
//! ```text
//! the client's own text ── part by part ──▶ differences
//! the key's secret ── one known mistake, then two ──▶ the ones that make the signature that was sent
//! ```
//!
//! For the back office. Nothing is proven, claimed or remembered, and no MAC, no secret and no value leaves.

mod body;
mod cause;
mod headers;
mod message;
mod query;
mod search;
mod secret;
mod sigv4;

pub use cause::{Cause, Difference};

use alloc::{
    borrow::Cow,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use cause::How;
use message::Message;
use search::Found;
use sigv4::Request;

use super::{
    flaw::Flaw,
    key::Tag,
    signed::{Scheme, Signed},
    verifier::{Rejected, Verifier},
};
use crate::{body::Payload, id::KeyId, request::RequestHead, secret::Secret, time::Timestamp};

/// Bytes of a text that a client printed: a target and headers of the usual servers' bounds, each once more encoded.
const MAX_TEXT: usize = 64 * 1024;

/// Bytes of target and header lines up to which mistakes are tried. The forms of all parts take at most some two
/// hundred times as much.
const MAX_HEAD: usize = 16 * 1024;

/// What is known of what the client signed.
///
/// A text is what the client printed, at most 64 KiB of it: line ends may be CR LF, or `\n` as debug output escapes
/// them, and white space around it is dropped. `Debug` shows the kind alone.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Clue<'c> {
    /// The canonical request that the client printed.
    CanonicalRequest(&'c str),
    /// The string to sign that it printed.
    StringToSign(&'c str),
    /// The signature base of RFC 9421 that it printed.
    SignatureBase(&'c str),
    /// The request as the client says it sent it, before any proxy.
    Request(RequestHead<'c>, Payload<'c>),
    /// The secret of its key.
    Secret(&'c Secret),
}

impl fmt::Debug for Clue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CanonicalRequest(_) => "CanonicalRequest(..)",
            Self::StringToSign(_) => "StringToSign(..)",
            Self::SignatureBase(_) => "SignatureBase(..)",
            Self::Request(..) => "Request(..)",
            Self::Secret(_) => "Secret(..)",
        })
    }
}

/// With line ends as they are signed. `None`: too long.
fn printed(text: &str) -> Option<Cow<'_, str>> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let text = text.trim();
    let escaped = !text.contains('\n') && text.contains("\\n");
    Some(match () {
        () if escaped => Cow::Owned(text.trim_matches('"').replace("\\n", "\n").replace("\\\"", "\"")),
        () if text.contains('\r') => Cow::Owned(text.replace("\r\n", "\n")),
        () => Cow::Borrowed(text),
    })
}

/// What differs between a request and what its client signed, for the back office.
///
/// Iterating gives one [`Difference`] after another; [`report`](Self::report) all of it in lines. It holds no secret,
/// no MAC and no value of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a diagnosis is to be read"]
pub struct Diagnosis {
    key_id: Option<KeyId>,
    flaw: Option<Flaw>,
    compared: Compared,
    differences: Vec<Difference>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compared {
    Nothing,
    Request,
    Text,
    Signature,
}

impl Diagnosis {
    fn new(key_id: Option<KeyId>, flaw: Option<Flaw>) -> Self {
        Self { key_id, flaw, compared: Compared::Nothing, differences: Vec::new() }
    }

    fn with(mut self, how: How) -> Self {
        self.differences.push(Difference::new(how));
        self
    }

    /// The key that the signature names.
    pub fn key_id(&self) -> Option<KeyId> {
        self.key_id
    }

    /// What is wrong with the request whatever its key; mend this first.
    pub fn flaw(&self) -> Option<Flaw> {
        self.flaw
    }

    /// Each part that differs, in the order in which they are signed.
    pub fn iter(&self) -> core::slice::Iter<'_, Difference> {
        self.differences.iter()
    }

    /// Whether there is nothing to mend.
    pub fn is_clean(&self) -> bool {
        self.flaw.is_none() && self.differences.is_empty()
    }

    /// One line for the flaw, if there is one, and one for every difference, or that nothing differs.
    pub fn report(&self) -> impl fmt::Display + use<'_> {
        Report(self)
    }

    /// Of a credential that keeps a hash alone.
    pub(crate) fn unsealed(self) -> Self {
        if self.compared == Compared::Nothing && self.differences.is_empty() {
            self.with(How::NotSealed)
        } else {
            self
        }
    }
}

impl<'d> IntoIterator for &'d Diagnosis {
    type Item = &'d Difference;
    type IntoIter = core::slice::Iter<'d, Difference>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

struct Report<'d>(&'d Diagnosis);

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Diagnosis { flaw, compared, differences, .. } = self.0;
        let mut lines = Vec::new();
        lines.extend(flaw.map(|flaw| Rejected::Flaw(flaw).to_string()));
        lines.extend(differences.iter().map(ToString::to_string));
        if differences.is_empty() {
            lines.extend(match compared {
                Compared::Nothing => None,
                Compared::Signature => Some("nothing differs: the signature matches".into()),
                Compared::Text => {
                    Some("nothing differs: the client signs this text, so compare the secret".into())
                }
                Compared::Request => Some(String::from(
                    "nothing differs: the client signs this canonical request, so compare the string to sign, then the secret",
                )),
            });
        }
        f.write_str(&lines.join("\n"))
    }
}

/// What is compared with, inside: the secret is the sealed one, or an operator's.
enum Evidence<'c> {
    Clue(Clue<'c>),
    Secret(&'c [u8]),
    /// There is none.
    Nothing,
}

impl Verifier {
    /// Which part of what is signed differs from what the client signed, for the back office. Given its own text, both
    /// are compared part by part; given the secret of its key, known mistakes are tried, alone and two at once, until
    /// one makes the signature that was sent.
    ///
    /// What the request and the configuration tell alone is said first, in [`Diagnosis::flaw`]. Nothing is verified or
    /// claimed by this. It takes a thousand times the work of a verification: never call it for a caller.
    ///
    /// ```
    /// use keyward::{Clue, Headers, Payload, Profile, RequestHead, Timestamp, Verifier};
    /// let verifier = Verifier::new().profile(Profile::antavo("st1")).authorities(["api.example.test"]);
    /// let signature = format!(
    ///     "ANTAVO-HMAC-SHA256 Credential=key/20261122/st1/api/antavo_request, SignedHeaders=date;host, Signature={:064}", 0
    /// );
    /// let lines = [
    ///     ("host", b"api.example.test".as_slice()),
    ///     ("date", b"20261122T120000Z"),
    ///     ("authorization", signature.as_bytes()),
    /// ];
    /// let head = RequestHead::new("GET", "/customers?b=1&a=2", Headers::lines(&lines));
    /// let printed = "GET\n/customers\nb=1&a=2\ndate:20261122T120000Z\nhost:api.example.test\n\ndate;host\n\
    ///     e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    /// let now = Timestamp::from_unix(1_795_348_800);
    /// let diagnosis = verifier.diagnose(head, Payload::Absent, now, Clue::CanonicalRequest(printed));
    /// assert_eq!(
    ///     diagnosis.report().to_string(),
    ///     "the query is signed in the order in which it was sent; sort its pairs"
    /// );
    /// ```
    pub fn diagnose(
        &self,
        head: RequestHead<'_>,
        body: Payload<'_>,
        now: Timestamp,
        clue: Clue<'_>,
    ) -> Diagnosis {
        let evidence = match clue {
            Clue::Secret(secret) => Evidence::Secret(secret.expose().as_bytes()),
            clue => Evidence::Clue(clue),
        };
        self.diagnose_by(&head, body, now, &evidence)
    }

    /// By the bytes of a secret, or without any.
    pub(crate) fn diagnose_with(
        &self,
        head: RequestHead<'_>,
        body: Payload<'_>,
        now: Timestamp,
        secret: Option<&[u8]>,
    ) -> Diagnosis {
        self.diagnose_by(&head, body, now, &secret.map_or(Evidence::Nothing, Evidence::Secret))
    }

    fn diagnose_by(
        &self,
        head: &RequestHead<'_>,
        body: Payload<'_>,
        now: Timestamp,
        evidence: &Evidence<'_>,
    ) -> Diagnosis {
        let mut signed = match self.read(head) {
            None => return Diagnosis::new(None, None).with(How::Unsigned),
            Some(Err(flaw)) => return Diagnosis::new(None, Some(flaw)),
            Some(Ok(signed)) => signed,
        };
        signed.set_body(body);
        let flaw = self.check(&signed, now).err();
        let diagnosis = Diagnosis::new(Some(*signed.key_id()), flaw);
        if !signed.body_fits() {
            return diagnosis.with(How::Digested);
        }
        match signed.scheme() {
            Scheme::SigV4(..) => self.diagnose_request(head, &signed, evidence, diagnosis),
            Scheme::Message(read) => {
                match Message::new(read, head, signed.body(), is_small(head)) {
                    Some(message) => self.diagnose_message(&message, evidence, diagnosis),
                    // The flaw says why.
                    None => diagnosis.with(How::Broken),
                }
            }
        }
    }

    fn diagnose_request(
        &self,
        head: &RequestHead<'_>,
        signed: &Signed<'_>,
        evidence: &Evidence<'_>,
        mut diagnosis: Diagnosis,
    ) -> Diagnosis {
        let Some(request) = self.request(head, signed) else { return diagnosis };
        let found = &mut diagnosis.differences;
        diagnosis.compared = match evidence {
            Evidence::Nothing => Compared::Nothing,
            // A signature by an unknown hash is not read.
            Evidence::Secret(_) if signed_by_nothing(&request.signed.claimed) => Compared::Nothing,
            Evidence::Secret(secret) => searched(request.search(secret), request.forms, found),
            Evidence::Clue(Clue::CanonicalRequest(text)) => {
                compared(Compared::Request, text, found, |text, found| request.compare_request(text, found))
            }
            Evidence::Clue(Clue::StringToSign(text)) => {
                compared(Compared::Text, text, found, |text, found| request.compare_string(text, found))
            }
            Evidence::Clue(Clue::Request(theirs, body)) => {
                let read = self.of_client(theirs, *body);
                match read.as_ref().and_then(|read| self.request(theirs, read)) {
                    Some(theirs) => request.compare_sent(&theirs, found),
                    None => found.push(Difference::new(How::OtherRequest)),
                }
                Compared::Text
            }
            Evidence::Clue(_) => {
                found.push(Difference::new(How::OtherForm));
                Compared::Nothing
            }
        };
        diagnosis
    }

    fn diagnose_message(
        &self,
        message: &Message<'_, '_>,
        evidence: &Evidence<'_>,
        mut diagnosis: Diagnosis,
    ) -> Diagnosis {
        let found = &mut diagnosis.differences;
        diagnosis.compared = match evidence {
            Evidence::Nothing => Compared::Nothing,
            Evidence::Secret(secret) => searched(message.search(secret), message.has_forms(), found),
            Evidence::Clue(Clue::SignatureBase(text)) => {
                compared(Compared::Text, text, found, |text, found| message.compare(text, found))
            }
            Evidence::Clue(Clue::Request(theirs, body)) => {
                let read = self.of_client(theirs, *body);
                let theirs = read.as_ref().and_then(|read| match read.scheme() {
                    Scheme::Message(signed) => Message::new(signed, theirs, read.body(), false),
                    Scheme::SigV4(..) => None,
                });
                match theirs {
                    Some(theirs) => message.compare_sent(&theirs, found),
                    None => found.push(Difference::new(How::OtherRequest)),
                }
                Compared::Text
            }
            Evidence::Clue(_) => {
                found.push(Difference::new(How::OtherForm));
                Compared::Nothing
            }
        };
        diagnosis
    }

    /// The client's request, read like any other.
    fn of_client<'r>(&self, head: &RequestHead<'r>, body: Payload<'r>) -> Option<Signed<'r>> {
        let mut signed = self.read(head)?.ok()?;
        signed.set_body(body);
        signed.body_fits().then_some(signed)
    }

    fn request<'d, 'r>(
        &'d self,
        head: &'d RequestHead<'r>,
        signed: &'d Signed<'r>,
    ) -> Option<Request<'d, 'r>> {
        let Scheme::SigV4(index, read) = signed.scheme() else { return None };
        let profile = self.profiles.get(*index)?;
        Some(Request { profile, signed: read, head, body: signed.body(), forms: is_small(head) })
    }
}

fn is_small(head: &RequestHead<'_>) -> bool {
    let lines: usize = head.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    head.target.len() + lines <= MAX_HEAD
}

fn signed_by_nothing(claimed: &Tag) -> bool {
    claimed.as_bytes().iter().all(|byte| *byte == 0)
}

fn searched(result: Found, forms: bool, found: &mut Vec<Difference>) -> Compared {
    match result {
        Found::Right => {}
        Found::Mistakes(mistakes) => found.extend(mistakes),
        Found::Nothing if forms => found.push(Difference::new(How::Unknown)),
        Found::Nothing | Found::Stopped => found.push(Difference::new(How::Stopped)),
    }
    Compared::Signature
}

fn compared(
    what: Compared,
    text: &str,
    found: &mut Vec<Difference>,
    compare: impl FnOnce(&str, &mut Vec<Difference>),
) -> Compared {
    match printed(text) {
        Some(text) => compare(&text, found),
        None => found.push(Difference::new(How::TooLong)),
    }
    what
}
