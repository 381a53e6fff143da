//! Forms in parts, `multipart/form-data`: shown as the form that they are, `name=value&name=value`.
//!
//! A part that is no text, as a picture, shows its length. File names and types do not show.

use alloc::{string::String, vec::Vec};

use zeroize::Zeroizing;

use super::{
    collect::Collector,
    form::{self, Pairs},
    lens::{Lens, Malformed},
};
use crate::encoding::{
    media::{Media, Unreadable},
    multipart::{Part, boundary, parts},
};

impl From<Unreadable> for Malformed {
    fn from(_: Unreadable) -> Self {
        Self
    }
}

/// Adds the values of secret names, and those of documents in values.
pub(super) fn collect(media: &Media<'_>, body: &[u8], into: &mut Collector<'_>) -> Result<(), Malformed> {
    for part in parts(body, boundary(media)?) {
        let part = part?;
        if into.is_secret(&name(&part)?) {
            into.secret(part.body);
        } else if let Ok(text) = core::str::from_utf8(part.body) {
            into.value(text, || text);
        }
    }
    Ok(())
}

/// The form as it shows, in at most `room` bytes.
pub(super) fn show(
    media: &Media<'_>,
    body: &[u8],
    lens: &Lens<'_>,
    room: usize,
) -> Result<String, Malformed> {
    let mut out = Pairs::new(lens, room);
    for part in parts(body, boundary(media)?) {
        let part = part?;
        let name = name(&part)?;
        match core::str::from_utf8(part.body) {
            Ok(text) => out.pair(&name, text),
            Err(_) => out.opaque(&name, "bytes", part.body.len()),
        }
    }
    Ok(out.finish())
}

fn name(part: &Part<'_>) -> Result<Zeroizing<String>, Malformed> {
    let mut name = Zeroizing::new(Vec::with_capacity(part.name.raw().len()));
    name.extend(part.name.bytes());
    form::text(name)
}
