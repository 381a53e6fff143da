//! Which grammar a text is of: by its content type, or by how it opens.

use alloc::string::String;

#[cfg(feature = "mapp")]
use super::xml;
use super::{
    collect::Collector,
    form, json,
    lens::{Lens, Malformed, shape},
    mask::masked,
    shown::{CUT, Content},
};
use crate::request::trimmed;

/// What a body may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Form,
    Xml,
    Text,
    /// Neither is looked into.
    Unknown,
}

impl Format {
    /// By the content type; without one, by how the body opens.
    pub(super) fn of(content_type: Option<&[u8]>, body: &str) -> Self {
        let Some(value) = content_type.map(trimmed).filter(|value| !value.is_empty()) else {
            return Self::opened(body).unwrap_or(Self::Unknown);
        };
        let mut parts = value.split(|byte| *byte == b';').map(trimmed);
        let media = parts.next().unwrap_or_default();
        let is = |name: &str| media.eq_ignore_ascii_case(name.as_bytes());
        let ends = |end: &str| {
            media
                .len()
                .checked_sub(end.len())
                .and_then(|at| media.get(at..))
                .is_some_and(|found| found.eq_ignore_ascii_case(end.as_bytes()))
        };
        if !parts.all(is_readable) {
            Self::Unknown
        } else if is("application/json") || is("text/json") || ends("+json") {
            Self::Json
        } else if is("application/x-www-form-urlencoded") {
            Self::Form
        } else if is("application/xml") || is("text/xml") || ends("+xml") {
            Self::Xml
        } else if is("text/plain") {
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

/// A parameter other than a charset plays no part; a charset has to be one that is read here.
fn is_readable(parameter: &[u8]) -> bool {
    let equals = parameter.iter().position(|byte| *byte == b'=').unwrap_or(parameter.len());
    let (name, value) = parameter.split_at_checked(equals).unwrap_or((parameter, &[]));
    let value = trimmed(value.get(1..).unwrap_or_default());
    let value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
    let known =
        ["utf-8", "utf8", "us-ascii"].iter().any(|known| value.eq_ignore_ascii_case(known.as_bytes()));
    known || !trimmed(name).eq_ignore_ascii_case(b"charset")
}

/// Adds what a body of this format must not show.
pub(super) fn collect(format: Format, text: &str, into: &mut Collector<'_>) -> Result<(), Malformed> {
    match format {
        Format::Json => json::collect(text, into),
        Format::Form => form::collect(text, into),
        #[cfg(feature = "mapp")]
        Format::Xml => xml::collect(text, into),
        #[cfg(not(feature = "mapp"))]
        Format::Xml => Err(Malformed),
        Format::Text => {
            into.pairs(text);
            gather(into, text);
            Ok(())
        }
        Format::Unknown => Err(Malformed),
    }
}

/// The body as it shows, in at most `room` bytes.
pub(super) fn show(format: Format, text: &str, lens: &Lens<'_>, room: usize) -> Result<String, Malformed> {
    match format {
        Format::Json => json::show(text, lens, room),
        Format::Form => form::show(text, lens, room),
        #[cfg(feature = "mapp")]
        Format::Xml => xml::show(text, lens, room),
        #[cfg(not(feature = "mapp"))]
        Format::Xml => Err(Malformed),
        Format::Text => plain(text, lens, room),
        Format::Unknown => Err(Malformed),
    }
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
    let mut shown = masked(text, lens.finder).into_owned();
    if shown.len() > room {
        let end = (0..=room.saturating_sub(CUT.len())).rev().find(|at| shown.is_char_boundary(*at));
        shown.truncate(end.unwrap_or_default());
        shown.push_str(CUT);
    }
    Ok(shown)
}

/// Shows a document that stands in a value. `None` of a text that is none: JSON that cannot be read may be any text, and
/// is searched as one.
pub(super) fn within(lens: &Lens<'_>, text: &str, room: usize) -> Option<Result<String, Malformed>> {
    let format = Format::opened(text)?;
    let lens = Lens { nested: lens.nested.checked_sub(1)?, ..*lens };
    let shown = show(format, text, &lens, room);
    (shown.is_ok() || format == Format::Xml).then_some(shown)
}

/// Gathers from a document that stands in a value; from one that cannot be read, what comes before its flaw.
pub(super) fn gather(into: &mut Collector<'_>, text: &str) {
    let (Some(format), Some(nested)) = (Format::opened(text), into.nested.checked_sub(1)) else { return };
    into.nested = nested;
    let _ = collect(format, text, into);
    into.nested = nested + 1;
}
