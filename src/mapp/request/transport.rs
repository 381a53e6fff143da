//! Where in a request the XML stands, and whether it is UTF-8.

use alloc::string::String;
use core::str::Utf8Error;

use zeroize::Zeroizing;

use super::{
    document::Source,
    problem::{InvalidRequest, Place, RequestProblem},
};
use crate::encoding::{
    form,
    media::Media,
    multipart::{boundary, parts},
};

/// The name of the parameter and of the part.
const DATA: &[u8] = b"data";

const MARK: &str = "\u{FEFF}";

/// The XML of a body.
pub(super) fn body<'r>(content_type: Option<&str>, body: &'r [u8]) -> Result<Source<'r>, InvalidRequest> {
    let begins_as_xml =
        body.strip_prefix(MARK.as_bytes()).unwrap_or(body).trim_ascii_start().starts_with(b"<");
    let Some(content_type) = content_type else {
        return if begins_as_xml { bare(body) } else { Err(RequestProblem::ContentType.into()) };
    };
    let media = Media::new(content_type.as_bytes());
    if media.is("application/x-www-form-urlencoded") {
        // Whatever charset is named: the type has none (URL Standard §5.1), and what it says is UTF-8.
        return match parameter(body) {
            Err(error) if error.problem() == RequestProblem::NoData && begins_as_xml => {
                Err(RequestProblem::BareXml.into())
            }
            read => read,
        };
    }
    if media.is("application/xml") || media.is("text/xml") {
        charset(&media)?;
        return bare(body);
    }
    if media.is("multipart/form-data") {
        return bare(part(&media, body)?);
    }
    Err(RequestProblem::ContentType.into())
}

/// The XML in the one `data` of a form or a query.
pub(super) fn parameter<'r>(parameters: &[u8]) -> Result<Source<'r>, InvalidRequest> {
    let is_data = |(name, _): &(&[u8], &[u8])| form::decoded(name).eq(DATA.iter().copied());
    let value = only(form::pairs(parameters).filter(is_data).map(|(_, value)| value))?;
    let mut bytes = form::text(value);
    not_utf16(&bytes)?;
    let mut text = match String::from_utf8(core::mem::take(&mut *bytes)) {
        Ok(text) => Zeroizing::new(text),
        Err(error) => {
            let problem = error.utf8_error();
            return Err(not_utf8(&Zeroizing::new(error.into_bytes()), problem));
        }
    };
    if text.starts_with(MARK) {
        text.drain(..MARK.len());
    }
    Ok(Source::Decoded(text))
}

/// The one part `data`. Which type it says it has plays no part.
fn part<'r>(media: &Media<'_>, body: &'r [u8]) -> Result<&'r [u8], RequestProblem> {
    let unreadable = |_| RequestProblem::Multipart;
    let boundary = boundary(media).map_err(unreadable)?;
    let mut found = None;
    for part in parts(body, boundary) {
        let part = part.map_err(unreadable)?;
        if part.name.bytes().eq(DATA.iter().copied()) && found.replace(part.body).is_some() {
            return Err(RequestProblem::TwoData);
        }
    }
    found.ok_or(RequestProblem::NoData)
}

fn only<'v>(mut values: impl Iterator<Item = &'v [u8]>) -> Result<&'v [u8], RequestProblem> {
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        (None, _) => Err(RequestProblem::NoData),
        (Some(_), Some(_)) => Err(RequestProblem::TwoData),
    }
}

/// A charset beside the type has the last word (RFC 7303 §3.2), so it must not say anything else.
fn charset(media: &Media<'_>) -> Result<(), RequestProblem> {
    let said = media.parameter("charset").map_err(|_| RequestProblem::ContentType)?;
    let is = |known: &str| said.is_none_or(|said| said.raw().eq_ignore_ascii_case(known.as_bytes()));
    if is("utf-8") || is("us-ascii") { Ok(()) } else { Err(RequestProblem::Charset) }
}

/// XML that stands as it is.
fn bare(bytes: &[u8]) -> Result<Source<'_>, InvalidRequest> {
    not_utf16(bytes)?;
    let text = core::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error))?;
    Ok(Source::Borrowed(text.strip_prefix(MARK).unwrap_or(text)))
}

/// By its mark, or by how its first character would stand there (XML 1.0 appendix F).
fn not_utf16(bytes: &[u8]) -> Result<(), RequestProblem> {
    match bytes {
        [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [b'<', 0, ..] | [0, b'<', ..] => Err(RequestProblem::Utf16),
        _ => Ok(()),
    }
}

fn not_utf8(bytes: &[u8], error: Utf8Error) -> InvalidRequest {
    InvalidRequest::from(RequestProblem::NotUtf8).at(Place::of(bytes, error.valid_up_to()))
}
