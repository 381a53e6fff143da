//! From XML to a document: quick-xml finds the markup, and what it does not check is checked here.
//!
//! The XML that is read is a part of XML 1.0, so that every reader reads it alike: no document type, hence no entities
//! but the five; no processing instructions; element names in ASCII and without a prefix; text or elements in an
//! element, never both. Comments are passed over, and what stands around one is one text.
//!
//! Since quick-xml 0.41 a tag with many attributes takes it linear time (RUSTSEC-2026-0194); attributes are read here in
//! any case, and its `NsReader`, which keeps every namespace of every open element (RUSTSEC-2026-0195), is not used.

use alloc::string::String;

use quick_xml::{
    Reader,
    errors::{Error, IllFormedError, SyntaxError},
    events::Event,
};
use zeroize::Zeroizing;

use super::{
    chars::{forbidden, is_blank, is_name, reference},
    document::{Document, Node, Nodes, Source, Span, long, short},
    problem::RequestProblem,
    tag,
};

/// Elements within elements, the root among them. A call's arguments are the fourth level, and nest two or three deep.
const MAX_DEPTH: usize = 32;

/// What is wrong, and at which byte of the document.
pub(super) type Flaw = (RequestProblem, usize);

/// Reads a document of at most `max_elements` elements. Behind a flaw it has what came before.
pub(super) fn parse(source: Source<'_>, max_elements: usize) -> (Document<'_>, Result<(), Flaw>) {
    let mut builder = Builder::new(source.as_str(), max_elements);
    let read = builder.read();
    let nodes = builder.closed();
    (Document { source, nodes }, read)
}

struct Builder<'s> {
    source: &'s str,
    nodes: Nodes,
    /// The innermost open element; none has this number where none is open.
    open: u32,
    depth: usize,
    max_elements: usize,
}

const NONE: u32 = u32::MAX;

/// Bytes of XML to an element, as clients write them: a first guess at the room for all elements.
const USUAL: usize = 32;
/// Elements for which room is made before one is seen.
const FIRST: usize = 1024;

impl<'s> Builder<'s> {
    fn new(source: &'s str, max_elements: usize) -> Self {
        let mut nodes = Nodes::default();
        nodes.all.reserve((source.len() / USUAL).min(FIRST));
        Self { source, nodes, open: NONE, depth: 0, max_elements }
    }

    fn read(&mut self) -> Result<(), Flaw> {
        if let Some(at) = forbidden(self.source) {
            return Err((RequestProblem::Character, at));
        }
        // quick-xml would pass over a second mark, and count without it.
        if self.source.starts_with('\u{FEFF}') {
            return Err((RequestProblem::OutsideRoot, 0));
        }
        let mut reader = Reader::from_str(self.source);
        loop {
            let from = position(reader.buffer_position());
            let event =
                reader.read_event().map_err(|error| flaw(&error, position(reader.error_position())))?;
            let at = |problem| (problem, from);
            match event {
                // Most of all, in the order of how often.
                Event::Text(text) => self.text(&text, from).map_err(at)?,
                Event::Start(tag) => self.start(&tag, from + 1, tag.name().as_ref().len()).map_err(at)?,
                Event::End(_) => self.end(),
                Event::CData(text) => self.cdata(&text, from + "<![CDATA[".len()).map_err(at)?,
                Event::Empty(tag) => {
                    self.start(&tag, from + 1, tag.name().as_ref().len()).map_err(at)?;
                    self.end();
                }
                Event::GeneralRef(_) if self.open == NONE => return Err(at(RequestProblem::OutsideRoot)),
                Event::GeneralRef(name) => {
                    let char = reference(&name).ok_or_else(|| at(RequestProblem::Reference))?;
                    self.put(char.encode_utf8(&mut [0; 4])).map_err(at)?;
                }
                // §2.5: not even at its end.
                Event::Comment(text) if text.contains("--") || text.ends_with('-') => {
                    return Err(at(RequestProblem::Comment));
                }
                Event::Comment(_) => {}
                Event::Decl(_) if from > 0 => return Err(at(RequestProblem::Declaration)),
                Event::Decl(said) => {
                    tag::check_declaration(said.strip_prefix("xml").unwrap_or_default()).map_err(at)?;
                }
                Event::PI(_) => return Err(at(RequestProblem::Instruction)),
                Event::DocType(_) => return Err(at(RequestProblem::DocumentType)),
                Event::Eof => return self.eof(),
            }
        }
    }

    fn start(&mut self, tag: &str, at: usize, name: usize) -> Result<(), RequestProblem> {
        let (name, rest) = tag.split_at_checked(name).unwrap_or((tag, ""));
        if !is_name(name) {
            return Err(RequestProblem::Name);
        }
        if !rest.is_empty() {
            tag::check(rest)?;
        }
        self.blank_before_elements()?;
        if self.open == NONE && !self.nodes.all.is_empty() {
            return Err(RequestProblem::SecondRoot);
        }
        if self.depth == MAX_DEPTH {
            return Err(RequestProblem::TooDeep);
        }
        if self.nodes.all.len() >= self.max_elements {
            return Err(RequestProblem::TooManyElements);
        }
        let node =
            Node { name: Span::new(at, name.len()), text: Span::default(), decoded: false, end: self.open };
        self.open = short(self.nodes.all.len());
        self.depth += 1;
        self.nodes.all.push(node);
        Ok(())
    }

    fn end(&mut self) {
        let behind = short(self.nodes.all.len());
        if let Some(node) = self.nodes.all.get_mut(long(self.open)) {
            self.open = core::mem::replace(&mut node.end, behind);
            self.depth = self.depth.saturating_sub(1);
        }
    }

    fn eof(&self) -> Result<(), Flaw> {
        let problem = match () {
            () if self.open != NONE => RequestProblem::CutOff,
            () if self.nodes.all.is_empty() => RequestProblem::NoElement,
            () => return Ok(()),
        };
        Err((problem, self.source.len()))
    }

    /// Character data as it stands between markup.
    fn text(&mut self, text: &str, at: usize) -> Result<(), RequestProblem> {
        let marked = text.bytes().fold(false, |found, byte| found | (byte == b'\r') | (byte == b'>'));
        // §2.4: it ends a section wherever it stands.
        if marked && text.contains("]]>") {
            return Err(RequestProblem::SectionEnd);
        }
        if marked { self.lines(text, at) } else { self.place(text, at) }
    }

    fn cdata(&mut self, text: &str, at: usize) -> Result<(), RequestProblem> {
        if self.open == NONE {
            return Err(RequestProblem::OutsideRoot);
        }
        self.lines(text, at)
    }

    /// A text whose line ends become what every reader of XML passes on (§2.11).
    fn lines(&mut self, text: &str, at: usize) -> Result<(), RequestProblem> {
        if !text.contains('\r') {
            return self.place(text, at);
        }
        // Between elements, where nothing becomes of it.
        if self.leaf(text)?.is_none() {
            return Ok(());
        }
        let mut rest = text;
        while let Some((line, behind)) = rest.split_once('\r') {
            self.put(line)?;
            self.put("\n")?;
            rest = behind.strip_prefix('\n').unwrap_or(behind);
        }
        self.put(rest)
    }

    /// A text that is what stands in the document.
    fn place(&mut self, text: &str, at: usize) -> Result<(), RequestProblem> {
        match self.leaf(text)? {
            Some(node) if node.text.is_empty() => {
                (node.text, node.decoded) = (Span::new(at, text.len()), false);
                Ok(())
            }
            _ => self.put(text),
        }
    }

    /// A text that is put behind what the open element has.
    fn put(&mut self, text: &str) -> Result<(), RequestProblem> {
        let Some(before) = self.leaf(text)?.map(|node| (node.text, node.decoded)) else { return Ok(()) };
        let buffer = &mut self.nodes.decoded;
        if buffer.capacity() == 0 {
            // Each byte that is put here stands for one of the document at least, which stands for none besides.
            *buffer = Zeroizing::new(String::with_capacity(self.source.len()));
        }
        let (mut span, decoded) = before;
        if !decoded {
            let start = buffer.len();
            buffer.push_str(span.of(self.source));
            span = Span::new(start, buffer.len() - start);
        }
        buffer.push_str(text);
        span.grow(text.len());
        if let Some(node) = self.nodes.all.get_mut(long(self.open)) {
            (node.text, node.decoded) = (span, true);
        }
        Ok(())
    }

    /// The open element, if `text` belongs to it; white space between elements belongs to nobody.
    fn leaf(&mut self, text: &str) -> Result<Option<&mut Node>, RequestProblem> {
        let behind = long(self.open).saturating_add(1);
        let has_children = self.nodes.all.len() > behind;
        let problem = match self.nodes.all.get_mut(long(self.open)) {
            Some(node) if !has_children => return Ok((!text.is_empty()).then_some(node)),
            Some(_) => RequestProblem::Mixed,
            None => RequestProblem::OutsideRoot,
        };
        if is_blank(text) { Ok(None) } else { Err(problem) }
    }

    /// Before the first element in another there is white space alone, and it is no text of that one.
    fn blank_before_elements(&mut self) -> Result<(), RequestProblem> {
        let Some(node) = self.nodes.all.get_mut(long(self.open)) else { return Ok(()) };
        let text = node.text.of(if node.decoded { &self.nodes.decoded } else { self.source });
        if !is_blank(text) {
            return Err(RequestProblem::Mixed);
        }
        (node.text, node.decoded) = (Span::default(), false);
        Ok(())
    }

    /// What was read, with what is still open closed.
    fn closed(mut self) -> Nodes {
        while self.open != NONE {
            self.end();
        }
        self.nodes
    }
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn flaw(error: &Error, at: usize) -> Flaw {
    let problem = match error {
        Error::IllFormed(IllFormedError::UnclosedReference) => RequestProblem::Reference,
        Error::IllFormed(IllFormedError::MismatchedEndTag { .. } | IllFormedError::UnmatchedEndTag(_)) => {
            RequestProblem::EndTag
        }
        Error::IllFormed(IllFormedError::MissingDoctypeName)
        | Error::Syntax(SyntaxError::UnclosedDoctype) => RequestProblem::DocumentType,
        Error::Syntax(SyntaxError::InvalidBangMarkup) => RequestProblem::Markup,
        Error::Syntax(_) => RequestProblem::CutOff,
        _ => RequestProblem::Markup,
    };
    (problem, at)
}
