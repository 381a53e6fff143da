//! JSON bodies: what of them is secret, and what of them shows.
//!
//! A field that is secret by its name shows as `"***"` with everything beneath it. Other strings are searched, and shown
//! as a document where they are one. What comes out is JSON again; where it would be too long it ends early.

mod escape;
mod reader;
mod writer;

use alloc::string::String;
use core::ops::Deref;

use zeroize::Zeroizing;

use self::{
    reader::{Quoted, Reader, Token},
    writer::Writer,
};
use super::{
    collect::Collector,
    lens::{Lens, Malformed},
    shown::{Content, MASK},
};

/// A string without its escapes.
enum Plain<'t> {
    Same(&'t str),
    Decoded(Zeroizing<String>),
}

impl<'t> From<Quoted<'t>> for Plain<'t> {
    fn from(quoted: Quoted<'t>) -> Self {
        if quoted.escaped { Self::Decoded(escape::decoded(quoted.raw)) } else { Self::Same(quoted.raw) }
    }
}

impl Deref for Plain<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        match self {
            Self::Same(text) => text,
            Self::Decoded(text) => text,
        }
    }
}

/// Adds every value beneath a field that is secret by its name, and those of documents in strings.
pub(super) fn collect(text: &str, into: &mut Collector<'_>) -> Result<(), Malformed> {
    let mut reader = Reader::new(text);
    // Where the secret field stands whose values are read.
    let (mut named, mut secret) = (false, None);
    while let Some(token) = reader.token()? {
        match token {
            Token::Key(name) => {
                named = secret.is_some() || into.is_secret(&Plain::from(name));
                continue;
            }
            Token::Text(value) if named || secret.is_some() => into.secret(Plain::from(value).as_bytes()),
            Token::Number(value) if named || secret.is_some() => into.secret(value.as_bytes()),
            Token::Text(value) => into.value(value.raw, || Plain::from(value)),
            Token::Open(_) if named && secret.is_none() => secret = Some(reader.depth()),
            Token::Close(_) if secret.is_some_and(|depth| reader.depth() < depth) => secret = None,
            Token::Open(_) | Token::Close(_) | Token::Number(_) | Token::Word(_) => {}
        }
        named = false;
    }
    Ok(())
}

/// The document as it shows, in at most `room` bytes.
pub(super) fn show(text: &str, lens: &Lens<'_>, room: usize) -> Result<String, Malformed> {
    let (mut reader, mut out) = (Reader::new(text), Writer::new(room));
    while let Some(token) = reader.token()? {
        if out.is_cut() {
            continue;
        }
        let written = match token {
            Token::Open(kind) => out.open(kind),
            Token::Close(kind) => {
                out.close(kind);
                true
            }
            Token::Key(name) => key(&Plain::from(name), &mut reader, lens, &mut out)?,
            Token::Text(value) => {
                let plain = Plain::from(value);
                // Quotes within quotes take twice the room.
                out.text(&lens.value(&plain, out.room() / 2))
            }
            Token::Number(number) => match lens.bare("number", number) {
                Ok(number) => out.bare(number),
                Err(shown) => out.text(&shown),
            },
            Token::Word(word) if lens.content == Content::Redacted => out.bare(word),
            Token::Word("null") => out.text("null"),
            Token::Word(_) => out.text("boolean"),
        };
        if !written {
            // What did not fit is not open.
            let inside = usize::from(matches!(token, Token::Open(_)));
            out.cut(matches!(token, Token::Key(_)), reader.open().skip(inside));
        }
    }
    Ok(out.finish())
}

/// A name, and the mask in the place of its value if that is secret. A masked name may stand twice in an object.
fn key(name: &str, reader: &mut Reader<'_>, lens: &Lens<'_>, out: &mut Writer) -> Result<bool, Malformed> {
    if !out.key(lens.name(name)) {
        return Ok(false);
    }
    if lens.is_secret(name) {
        let first = reader.token()?.ok_or(Malformed)?;
        reader.skip(first)?;
        if !out.text(MASK) {
            out.cut(false, reader.open());
        }
    }
    Ok(true)
}
