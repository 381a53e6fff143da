//! XML piece by piece, more strictly than its reader is by itself: one root, names and characters of the grammar, no
//! document type and so no entities of its own, depth and attributes bounded.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use quick_xml::{
    Reader,
    escape::unescape,
    events::{BytesDecl, BytesRef, BytesStart, Event},
};
use zeroize::Zeroizing;

use super::grammar::{is_char, is_name};
use crate::journal::redact::{buffer::Buffer, lens::Malformed};

/// Deeper is refused, and so are more attributes of one element.
const MAX_DEPTH: usize = 64;
const MAX_ATTRIBUTES: usize = 64;

/// What is done with the pieces.
pub(super) trait Visitor {
    fn open(&mut self, name: &str, attributes: &[Attribute]) -> Result<(), Malformed>;
    /// All text between two tags.
    fn text(&mut self, text: &str) -> Result<(), Malformed>;
    fn close(&mut self);
}

pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) value: Zeroizing<String>,
}

impl Attribute {
    /// Whether it says what a prefix means.
    pub(super) fn is_namespace(&self) -> bool {
        self.name == "xmlns" || self.name.starts_with("xmlns:")
    }
}

/// Reads a whole document.
pub(super) fn read(text: &str, visitor: &mut impl Visitor) -> Result<(), Malformed> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    let mut state = State { visitor, text: Buffer::default(), depth: 0, roots: 0, first: true };
    while state.event(reader.read_event().map_err(|_| Malformed)?)? {}
    Ok(())
}

struct State<'v, V> {
    visitor: &'v mut V,
    /// What has been read since the last tag.
    text: Buffer,
    depth: usize,
    roots: usize,
    /// Whether nothing came before.
    first: bool,
}

impl<V: Visitor> State<'_, V> {
    /// Whether more is to come.
    fn event(&mut self, event: Event<'_>) -> Result<bool, Malformed> {
        let first = core::mem::replace(&mut self.first, false);
        match event {
            Event::Start(tag) => self.open(&tag)?,
            Event::End(_) => self.close()?,
            Event::Empty(tag) => {
                self.open(&tag)?;
                self.close()?;
            }
            Event::Text(text) => self.push(&text)?,
            Event::CData(text) if self.depth > 0 => self.push(&text)?,
            Event::GeneralRef(name) if self.depth > 0 => {
                let char = reference(&name)?;
                self.push(char.encode_utf8(&mut [0; 4]))?;
            }
            Event::Decl(declaration) if first => is_utf8(&declaration)?,
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof if self.depth == 0 && self.roots == 1 => return Ok(false),
            Event::CData(_) | Event::GeneralRef(_) | Event::Decl(_) | Event::DocType(_) | Event::Eof => {
                return Err(Malformed);
            }
        }
        Ok(true)
    }

    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), Malformed> {
        self.flush()?;
        self.roots += usize::from(self.depth == 0);
        self.depth += 1;
        if self.depth > MAX_DEPTH || self.roots > 1 {
            return Err(Malformed);
        }
        let name = tag.name();
        self.visitor.open(checked(name.as_ref())?, &attributes(tag)?)
    }

    fn close(&mut self) -> Result<(), Malformed> {
        self.flush()?;
        self.depth = self.depth.checked_sub(1).ok_or(Malformed)?;
        self.visitor.close();
        Ok(())
    }

    fn push(&mut self, text: &str) -> Result<(), Malformed> {
        // Outside the root stand blanks.
        let stands = self.depth > 0 || text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        if !stands || !text.chars().all(is_char) {
            return Err(Malformed);
        }
        self.text.push(text);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Malformed> {
        let text = core::mem::take(&mut self.text);
        if self.depth == 0 || text.is_empty() { Ok(()) } else { self.visitor.text(&text) }
    }
}

fn attributes(tag: &BytesStart<'_>) -> Result<Vec<Attribute>, Malformed> {
    let mut found = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|_| Malformed)?;
        let value = unescape(&attribute.value).map_err(|_| Malformed)?;
        let value = Zeroizing::new(value.into_owned());
        if found.len() >= MAX_ATTRIBUTES || !value.chars().all(is_char) {
            return Err(Malformed);
        }
        found.push(Attribute { name: checked(attribute.key.as_ref())?.to_owned(), value });
    }
    Ok(found)
}

fn checked(name: &str) -> Result<&str, Malformed> {
    if is_name(name) { Ok(name) } else { Err(Malformed) }
}

/// One of the five that need no declaration, or a character by its number.
fn reference(name: &BytesRef<'_>) -> Result<char, Malformed> {
    if let Some(char) = name.resolve_char_ref().map_err(|_| Malformed)? {
        return Ok(char);
    }
    match name.as_ref() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(Malformed),
    }
}

/// A document that says it is of another charset was read wrongly.
fn is_utf8(declaration: &BytesDecl<'_>) -> Result<(), Malformed> {
    let known = |name: &str| ["utf-8", "us-ascii"].iter().any(|known| name.eq_ignore_ascii_case(known));
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(name)) if known(&name) => Ok(()),
        Some(_) => Err(Malformed),
    }
}
