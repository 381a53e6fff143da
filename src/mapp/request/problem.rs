//! What can be wrong with a request, and in which words.

use alloc::string::ToString;
use core::fmt;

use crate::{
    mapp::{answer::Answer, envelope::Envelope, response_type::ResponseType},
    reply::Reply,
};

/// Why a request cannot be read. Nothing of it was run, and nobody was asked whose it is.
///
/// The sentence says what was found, where, and what to write instead. It repeats nothing of the request, so it can be
/// logged and answered.
///
/// ```
/// use keyward::mapp::{Request, RequestProblem};
/// let error = Request::read(Some("text/xml"), b"<api>\n  <authentication>").unwrap_err();
/// assert_eq!(error.problem(), RequestProblem::CutOff);
/// assert_eq!(
///     error.to_string(),
///     "line 2, column 19: end of the XML inside an element, a tag or a section; send all of it"
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidRequest {
    problem: RequestProblem,
    place: Option<Place>,
    response_type: ResponseType,
}

/// Where in the XML a problem was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The byte in it, from 1.
    pub column: usize,
}

impl InvalidRequest {
    /// What the problem is.
    pub const fn problem(&self) -> RequestProblem {
        self.problem
    }

    /// Where in the XML it is; `None` where no XML was read.
    pub const fn place(&self) -> Option<Place> {
        self.place
    }

    pub(super) fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }

    pub(super) fn answered_as(self, response_type: ResponseType) -> Self {
        Self { response_type, ..self }
    }

    /// The answer: an error item with this sentence, in the format that the request asks for, as far as it could be
    /// read.
    pub fn reply(&self) -> Reply {
        Envelope::new(self.response_type).failed(Answer::failure(self.to_string(), ""))
    }
}

impl From<RequestProblem> for InvalidRequest {
    fn from(problem: RequestProblem) -> Self {
        Self { problem, place: None, response_type: ResponseType::default() }
    }
}

impl Place {
    /// Of the byte `at`.
    pub(super) fn of(text: &[u8], at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        Self { line, column }
    }
}

impl fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Place { line, column }) = self.place {
            write!(f, "line {line}, column {column}: ")?;
        }
        self.problem.fmt(f)
    }
}

impl core::error::Error for InvalidRequest {}

/// The ways in which a request can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestProblem {
    // How it was sent.
    /// Neither POST nor, where it is switched on, GET.
    #[error("a method that no request is sent by; send it by POST")]
    Method,
    /// GET, where it is not switched on.
    #[error("a request in the query, which every proxy writes down; send it by POST")]
    Query,
    /// GET with a body.
    #[error("a request by GET with a body; send it by POST")]
    QueryAndBody,
    /// A content type that no transport has, or none, or two.
    #[error(
        "a body of no known content type; send `application/x-www-form-urlencoded` with the XML as parameter `data`, or the XML itself as `application/xml`"
    )]
    ContentType,
    /// `charset` of an XML type.
    #[error("a charset other than UTF-8; send UTF-8")]
    Charset,
    /// More bytes than are read.
    #[error("a body of more than {0} bytes; send fewer calls at once")]
    TooLarge(usize),
    /// The commonest mistake.
    #[error("a form without the parameter `data`; send the XML, URL-encoded, as `data=...`")]
    NoData,
    /// The second.
    #[error(
        "a form that is bare XML; send the XML, URL-encoded, as `data=...`, or with the content type `application/xml`"
    )]
    BareXml,
    /// Several `data`.
    #[error("more than one parameter `data`; send one")]
    TwoData,
    /// A form in parts that cannot be cut, or not in one way alone.
    #[error(
        "a form in parts that cannot be read; send CRLF line ends, the boundary of the content type and one name for every part"
    )]
    Multipart,

    // Its text.
    /// UTF-16, by its first bytes.
    #[error("XML in UTF-16; send UTF-8")]
    Utf16,
    /// Other bytes.
    #[error("bytes that are not UTF-8; send UTF-8")]
    NotUtf8,
    /// A control character, U+FFFE or U+FFFF.
    #[error("a character that XML does not have; leave it out")]
    Character,

    // The XML.
    /// `<!DOCTYPE`.
    #[error("a document type; leave it out")]
    DocumentType,
    /// A reference to an entity that is not one of the five, to a character that is none, or a bare `&`.
    #[error(
        "an `&` that begins no known reference; write `&amp;` for `&`, and `&#...;` for other characters"
    )]
    Reference,
    /// `<?...?>` other than the declaration.
    #[error("a processing instruction; leave it out")]
    Instruction,
    /// An XML declaration that is not the first thing, or says something else than version 1.0.
    #[error("an XML declaration that is wrong or not at the start; write `<?xml version=\"1.0\"?>` or none")]
    Declaration,
    /// An encoding other than UTF-8.
    #[error("an XML declaration with another encoding; send UTF-8 and declare it, or declare none")]
    Encoding,
    /// An element's name that is not of ASCII letters, digits and `_-.`, or has a prefix.
    #[error(
        "a name of an element that is not of letters, digits and `_-.`, or begins with none; write it so"
    )]
    Name,
    /// Attributes that are not well-formed.
    #[error("attributes that are not well-formed; leave them out, or write `name=\"value\"`")]
    Attribute,
    /// An attribute that stands twice.
    #[error("an attribute that stands twice; leave it out")]
    AttributeTwice,
    /// More attributes than an element may have.
    #[error("more than 16 attributes; leave them out")]
    TooManyAttributes,
    /// `--` in a comment.
    #[error("a comment with `--` in it or before its end; leave it out")]
    Comment,
    /// `]]>` outside a CDATA section.
    #[error("`]]>` in a text; write `]]&gt;`")]
    SectionEnd,
    /// `<!` that begins nothing known.
    #[error("a `<` that begins no tag, comment or CDATA section; write `&lt;` for `<`")]
    Markup,
    /// A closing tag that closes nothing, or something else.
    #[error("a closing tag that is not of the innermost open element; close each element by its own")]
    EndTag,
    /// The end, with something open.
    #[error("end of the XML inside an element, a tag or a section; send all of it")]
    CutOff,
    /// Text before or behind the root.
    #[error("text outside the root element; leave it out")]
    OutsideRoot,
    /// No element at all.
    #[error("XML without an element; send `<api>...</api>`")]
    NoElement,
    /// A second root.
    #[error("a second root element; send one `<api>...</api>`")]
    SecondRoot,
    /// Text and elements in one element.
    #[error("text beside elements in one element; write markup in a text as CDATA")]
    Mixed,
    /// Deeper than is read.
    #[error("more than 32 elements within each other; nest less")]
    TooDeep,
    /// More elements than are read.
    #[error("more elements than are read of one request; send fewer calls at once")]
    TooManyElements,

    // What it says.
    /// Another root.
    #[error("a root element other than `api`; send `<api>...</api>`")]
    Root,
    /// An element that does not belong there.
    #[error("an unknown element in `{inside}`; write {known}")]
    Unknown {
        /// The element that it is in.
        inside: &'static str,
        /// What belongs there.
        known: &'static str,
    },
    /// An element that may stand once.
    #[error("a second `{0}`; send one")]
    Twice(&'static str),
    /// An element in place of a text.
    #[error("an element in `{0}`; write its text alone")]
    NotText(&'static str),
    /// `response_type` that is not known.
    #[error("an unknown `response_type`; write `xml` or `php`, or leave it out")]
    ResponseType,
    /// `no_halt` that says neither.
    #[error(
        "a `no_halt` that is neither 0 nor 1; write `1` to go on behind a call that failed, or leave it out"
    )]
    NoHalt,
    /// No `methodCall`.
    #[error("no `methodCall` in `data`; send one or more")]
    NoCall,
    /// More calls than are read.
    #[error("more than {0} calls; send fewer at once")]
    TooManyCalls(usize),
    /// A call that does not say what it calls.
    #[error("a `methodCall` without a `methodName`; name the method")]
    NoMethodName,
}
