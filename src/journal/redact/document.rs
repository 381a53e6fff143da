//! Which grammar a text is of: by its content type, or by how it opens.

use alloc::string::String;

#[cfg(feature = "mapp")]
use super::xml;
use super::{
    collect::Collector,
    form, json,
    lens::{Lens, Malformed, shape},
    mask::masked,
    multipart,
    shown::{CUT, Content},
};
use crate::{encoding::media::Media, request::trimmed, text::beginning};

/// A text is searched so many times as far as it can show.
const READ: usize = 4;

/// What a body may be.
#[derive(Clone, Copy)]
pub(super) enum Format<'v> {
    Json,
    Form,
    Multipart(Media<'v>),
    Xml,
    Text,
    /// Neither is looked into.
    Unknown,
}

impl<'v> Format<'v> {
    /// By the content type; without one, by how the body opens.
    pub(super) fn of(content_type: Option<&'v [u8]>, body: &[u8]) -> Self {
        let Some(value) = content_type.map(trimmed).filter(|value| !value.is_empty()) else {
            return core::str::from_utf8(body).ok().and_then(Self::opened).unwrap_or(Self::Unknown);
        };
        let media = Media::new(value);
        if !is_readable(&media) {
            Self::Unknown
        } else if media.is("application/json") || media.is("text/json") || media.ends("+json") {
            Self::Json
        } else if media.is("application/x-www-form-urlencoded") {
            Self::Form
        } else if media.is("multipart/form-data") {
            Self::Multipart(media)
        } else if media.is("application/xml") || media.is("text/xml") || media.ends("+xml") {
            Self::Xml
        } else if media.is("text/plain") {
            Self::Text
        } else {
            Self::Unknown
        }
    }

    /// By the first character that is no blank.
    fn opened(text: &str) -> Option<Self> {
        match text.trim_start_matches([' ', '\t', '\r', '\n']).as_bytes().first()? {
            b'{' | b'[' => Some(Self::Json),
            b'<' => Some(Self::Xml),
            _ => None,
        }
    }
}

/// Whether the charset, if there is one, is one that is read here.
fn is_readable(media: &Media<'_>) -> bool {
    let known = |name: &[u8]| {
        ["utf-8", "utf8", "us-ascii"].iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
    };
    media.parameter("charset").is_ok_and(|charset| charset.is_none_or(|charset| known(charset.raw())))
}

/// Adds what a body of this format must not show.
pub(super) fn collect(format: Format<'_>, body: &[u8], into: &mut Collector<'_>) -> Result<(), Malformed> {
    match format {
        Format::Json => json::collect(text(body)?, into),
        Format::Form => form::collect(text(body)?, into),
        Format::Multipart(media) => multipart::collect(&media, body, into),
        #[cfg(feature = "mapp")]
        Format::Xml => xml::collect(text(body)?, into),
        Format::Text => {
            into.pairs(body);
            gather(into, text(body)?);
            Ok(())
        }
        #[cfg(not(feature = "mapp"))]
        Format::Xml => Err(Malformed),
        Format::Unknown => Err(Malformed),
    }
}

/// The body as it shows, in at most `room` bytes.
pub(super) fn show(
    format: Format<'_>,
    body: &[u8],
    lens: &Lens<'_>,
    room: usize,
) -> Result<String, Malformed> {
    match format {
        Format::Json => json::show(text(body)?, lens, room),
        Format::Form => form::show(text(body)?, lens, room),
        Format::Multipart(media) => multipart::show(&media, body, lens, room),
        #[cfg(feature = "mapp")]
        Format::Xml => xml::show(text(body)?, lens, room),
        Format::Text => plain(text(body)?, lens, room),
        #[cfg(not(feature = "mapp"))]
        Format::Xml => Err(Malformed),
        Format::Unknown => Err(Malformed),
    }
}

fn text(body: &[u8]) -> Result<&str, Malformed> {
    core::str::from_utf8(body).map_err(|_| Malformed)
}

/// A text has no grammar: what opens like another's document is read as one if it is one.
fn plain(text: &str, lens: &Lens<'_>, room: usize) -> Result<String, Malformed> {
    if text.starts_with("--") && text.contains("form-data") {
        return Err(Malformed); // its names stand in lines of their own
    }
    if let Some(Ok(shown)) = within(lens, text, room) {
        return Ok(shown);
    }
    if lens.content != Content::Redacted {
        return Ok(shape("text", text.len()).into_owned());
    }
    // What is beyond all that can show need not be searched; whatever reaches there from before is masked from where it
    // begins.
    let searched = beginning(text, READ * room);
    let mut shown = masked(searched, lens.finder).into_owned();
    if searched.len() < text.len() || shown.len() > room {
        shown.truncate(beginning(&shown, room.saturating_sub(CUT.len())).len());
        shown.push_str(CUT);
    }
    Ok(shown)
}

/// Shows a document that stands in a value. `None` of a text that is none: JSON that cannot be read may be any text, and
/// is searched as one.
pub(super) fn within(lens: &Lens<'_>, text: &str, room: usize) -> Option<Result<String, Malformed>> {
    let format = Format::opened(text)?;
    let lens = Lens { nested: lens.nested.checked_sub(1)?, ..*lens };
    let shown = show(format, text.as_bytes(), &lens, room);
    (shown.is_ok() || matches!(format, Format::Xml)).then_some(shown)
}

/// Gathers from a document that stands in a value; from one that cannot be read, what comes before its flaw.
pub(super) fn gather(into: &mut Collector<'_>, text: &str) {
    let (Some(format), Some(nested)) = (Format::opened(text), into.nested.checked_sub(1)) else { return };
    into.nested = nested;
    let _ = collect(format, text.as_bytes(), into);
    into.nested = nested + 1;
}
