//! XML bodies: what of them is secret, and what of them shows.
//!
//! An element that is secret by its name, or by an attribute that names what it holds, shows as `***` with everything
//! beneath it. Comments, instructions and blanks between elements do not show. What comes out is XML again; where it
//! would be too long it ends early.

mod grammar;
mod reader;

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use self::reader::{Attribute, Visitor, read};
use super::{
    collect::Collector,
    lens::{Lens, Malformed},
    shown::{CUT, MASK},
};

/// In the place of a name that does not show: the mask is no name.
const NAME: &str = "masked";
/// A character within another's document takes up to as many within this one, `&quot;` seldom and `&lt;` often.
const ESCAPED: usize = 4;
/// Attributes that say in their value what an element holds.
const NAMING: [&str; 4] = ["name", "key", "id", "type"];

/// Whether an element is secret with everything beneath it.
fn is_secret(name: &str, attributes: &[Attribute], is_secret: impl Fn(&str) -> bool) -> bool {
    let names =
        |attribute: &Attribute| NAMING.contains(&attribute.name.as_str()) && is_secret(&attribute.value);
    is_secret(name) || attributes.iter().any(names)
}

/// Adds every value beneath an element that is secret by its name, those of secret attributes, and those of documents
/// in texts.
pub(super) fn collect(text: &str, into: &mut Collector<'_>) -> Result<(), Malformed> {
    read(text, &mut Gathering { into, secret: 0 })
}

struct Gathering<'g, 'a> {
    into: &'g mut Collector<'a>,
    /// Open elements from the secret one on.
    secret: usize,
}

impl Visitor for Gathering<'_, '_> {
    fn open(&mut self, name: &str, attributes: &[Attribute]) -> Result<(), Malformed> {
        let secret = self.secret > 0 || is_secret(name, attributes, |name| self.into.is_secret(name));
        self.secret += usize::from(secret);
        for attribute in attributes.iter().filter(|attribute| !attribute.is_namespace()) {
            if secret || self.into.is_secret(&attribute.name) {
                self.into.secret(attribute.value.as_bytes());
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Malformed> {
        if self.secret > 0 {
            self.into.secret(text.as_bytes());
            self.into.secret(text.trim().as_bytes());
        } else {
            self.into.value(text, || text);
        }
        Ok(())
    }

    fn close(&mut self) {
        self.secret = self.secret.saturating_sub(1);
    }
}

/// The document as it shows, in at most `room` bytes.
pub(super) fn show(text: &str, lens: &Lens<'_>, room: usize) -> Result<String, Malformed> {
    let mut showing = Showing {
        lens,
        room: room.saturating_sub(CUT.len()),
        out: String::new(),
        open: Vec::new(),
        closing: 0,
        secret: 0,
        cut: false,
    };
    read(text, &mut showing)?;
    Ok(showing.out)
}

struct Showing<'s> {
    lens: &'s Lens<'s>,
    room: usize,
    out: String,
    /// Names of open elements as they show, and bytes that closing them takes.
    open: Vec<String>,
    closing: usize,
    /// Open elements beneath a secret one, and that.
    secret: usize,
    cut: bool,
}

impl Visitor for Showing<'_> {
    fn open(&mut self, name: &str, attributes: &[Attribute]) -> Result<(), Malformed> {
        if self.cut || self.secret > 0 {
            self.secret += usize::from(self.secret > 0);
            return Ok(());
        }
        let secret = is_secret(name, attributes, |name| self.lens.is_secret(name));
        let mut tag = String::from("<");
        let shown = self.name(name);
        tag.push_str(shown);
        self.attributes(attributes, secret, &mut tag)?;
        tag.push('>');
        tag.push_str(if secret { MASK } else { "" });
        let closing = shown.len() + "</>".len();
        if !self.fits(tag.len() + closing) {
            return self.end_early();
        }
        self.out.push_str(&tag);
        self.open.push(shown.to_owned());
        self.closing += closing;
        self.secret = usize::from(secret);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Malformed> {
        if self.cut || self.secret > 0 || text.trim().is_empty() {
            return Ok(());
        }
        let room = self.room.saturating_sub(self.out.len() + self.closing) / ESCAPED;
        let mut shown = String::new();
        escape(&self.lens.value(text, room), &mut shown);
        if !self.fits(shown.len()) {
            return self.end_early();
        }
        self.out.push_str(&shown);
        Ok(())
    }

    fn close(&mut self) {
        if self.cut || self.secret > 1 {
            self.secret = self.secret.saturating_sub(1);
            return;
        }
        self.secret = 0;
        self.close_one();
    }
}

impl Showing<'_> {
    fn name<'n>(&self, name: &'n str) -> &'n str {
        match self.lens.name(name) {
            MASK => NAME,
            shown => shown,
        }
    }

    fn attributes(&self, attributes: &[Attribute], secret: bool, tag: &mut String) -> Result<(), Malformed> {
        let mut masked = false;
        for attribute in attributes {
            let name = self.name(&attribute.name);
            if name == NAME && core::mem::replace(&mut masked, true) {
                continue; // a name stands once
            }
            tag.push(' ');
            tag.push_str(name);
            tag.push_str("=\"");
            if attribute.is_namespace() {
                // Names hang on it, so it stands as it is or not at all.
                if name == NAME || self.lens.finder.any(attribute.value.as_bytes()) {
                    return Err(Malformed);
                }
                escape(&attribute.value, tag);
            } else if secret || self.lens.is_secret(&attribute.name) {
                tag.push_str(MASK);
            } else {
                escape(&self.lens.value(&attribute.value, 0), tag);
            }
            tag.push('"');
        }
        Ok(())
    }

    fn fits(&self, more: usize) -> bool {
        self.out.len() + more + self.closing <= self.room
    }

    fn close_one(&mut self) {
        let Some(name) = self.open.pop() else { return };
        self.closing = self.closing.saturating_sub(name.len() + "</>".len());
        self.out.push_str("</");
        self.out.push_str(&name);
        self.out.push('>');
    }

    /// In the place of what did not fit stands the mark of a cut, and everything that is open is closed. Without a root
    /// there is no document.
    fn end_early(&mut self) -> Result<(), Malformed> {
        if self.open.is_empty() {
            return Err(Malformed);
        }
        self.out.push_str(CUT);
        while !self.open.is_empty() {
            self.close_one();
        }
        self.cut = true;
        Ok(())
    }
}

fn escape(text: &str, out: &mut String) {
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Else a reader makes blanks of them.
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
}
