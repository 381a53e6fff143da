//! A second reading of the XML API's requests: XML by roxmltree, and what keeps a document from being a request by the
//! documentation of `mapp::Request`. It shares no code with the reader.

#![allow(dead_code, unreachable_pub, reason = "the properties and the fuzzer use their part of it")]

use keyward::{
    KeyId, OnError,
    mapp::{Arg, Request},
};
use roxmltree::{Document, Error, Node, ParsingOptions};

/// What a request says, but for its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub key: Option<KeyId>,
    pub php: bool,
    pub goes_on: bool,
    pub calls: Vec<(String, Vec<Tree>)>,
}

/// An argument: its name, its text, and those in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree(pub String, pub String, pub Vec<Tree>);

/// What the second reading says of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Second {
    Request(Said),
    /// It is none.
    Refused(&'static str),
    /// It breaks the rules of namespaces, which the API does not know.
    Unsure,
}

/// What was read, in the same form.
pub fn said(request: &Request<'_>) -> Said {
    fn tree(arg: &Arg<'_>) -> Tree {
        Tree(arg.name().to_owned(), arg.text().to_owned(), arg.args().map(|arg| tree(&arg)).collect())
    }
    let calls = request.calls().iter();
    Said {
        key: request.present().key_id(),
        php: request.response_type().as_str() == "php",
        goes_on: request.on_error() == OnError::Continue,
        calls: calls
            .map(|call| (call.method().to_owned(), call.args().map(|arg| tree(&arg)).collect()))
            .collect(),
    }
}

/// Whether both readings agree. What was read of a key that is no key, or goes with a secret that is none, is the
/// engine's to deny.
pub fn agree(read: Option<&Said>, second: &Second) -> bool {
    match (read, second) {
        (Some(read), Second::Request(second)) => {
            let key = read.key.is_none() || read.key == second.key;
            key && Said { key: None, ..read.clone() } == Said { key: None, ..second.clone() }
        }
        (None, Second::Refused(_)) | (_, Second::Unsure) => true,
        _ => false,
    }
}

const DEPTH: usize = 32;
const ATTRIBUTES: usize = 16;

pub fn second(xml: &str) -> Second {
    // XML 1.0 §2.11, before anything else: roxmltree leaves a CR as it is before a reference.
    let xml = &xml.replace("\r\n", "\n").replace('\r', "\n");
    // It takes `</:a>` for the end of `<a>`.
    if xml.contains("</:") {
        return Second::Unsure;
    }
    let options = ParsingOptions { allow_dtd: false, ..ParsingOptions::default() };
    let document = match Document::parse_with_options(xml, options) {
        Ok(document) => document,
        Err(
            Error::InvalidXmlPrefixUri(_)
            | Error::UnexpectedXmlUri(_)
            | Error::UnexpectedXmlnsUri(_)
            | Error::InvalidElementNamePrefix(_)
            | Error::DuplicatedNamespace(..)
            | Error::UnknownNamespace(..)
            | Error::DuplicatedAttribute(..),
        ) => return Second::Unsure,
        Err(_) => return Second::Refused("no XML"),
    };
    match plain(&document).and_then(|()| request(document.root_element())) {
        Ok(said) => Second::Request(said),
        Err(why) => Second::Refused(why),
    }
}

/// What of XML is not read.
fn plain(document: &Document<'_>) -> Result<(), &'static str> {
    let xml = document.input_text().trim_start_matches('\u{FEFF}');
    if let Some(rest) = xml.strip_prefix("<?xml") {
        let declaration = &rest[..rest.find("?>").ok_or("declaration")?];
        let said: Vec<_> = declaration.split(['"', '\'']).collect();
        for pair in said.chunks(2) {
            let value = pair.get(1).unwrap_or(&"").to_ascii_lowercase();
            match pair[0].trim().trim_end_matches('=').trim() {
                "version" if value != "1.0" => return Err("version"),
                "encoding" if value != "utf-8" && value != "us-ascii" => return Err("encoding"),
                _ => {}
            }
        }
    }
    for node in document.descendants() {
        if node.is_pi() {
            return Err("instruction");
        }
        if !node.is_element() {
            continue;
        }
        let raw = &document.input_text()[node.range()];
        let name = &raw[1..raw.find([' ', '\t', '\r', '\n', '/', '>']).ok_or("name")?];
        if !is_name(name) {
            return Err("name");
        }
        let names = attributes(&raw[1 + name.len()..]);
        let twice = names.iter().enumerate().any(|(at, name)| names[..at].contains(name));
        if twice || names.len() > ATTRIBUTES || !names.iter().all(|name| name.split(':').all(is_name)) {
            return Err("attributes");
        }
        if node.ancestors().filter(Node::is_element).count() > DEPTH {
            return Err("depth");
        }
        if node.children().any(|child| child.is_element())
            && node.children().filter(Node::is_text).any(|text| !blank(text))
        {
            return Err("mixed");
        }
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|char| char.is_ascii_alphanumeric() || "_-.".contains(char))
}

/// The names in a tag, which is well-formed, from behind its own to its end and further.
fn attributes(tag: &str) -> Vec<String> {
    let (mut names, mut name, mut quote) = (Vec::new(), String::new(), None);
    for char in tag.chars() {
        match (quote, char) {
            (Some(open), _) => quote = (open != char).then_some(open),
            (None, '>') => break,
            (None, '"' | '\'') => {
                names.push(std::mem::take(&mut name));
                quote = Some(char);
            }
            (None, '=' | '/' | ' ' | '\t' | '\r' | '\n') => {}
            (None, _) => name.push(char),
        }
    }
    names
}

fn blank(text: Node<'_, '_>) -> bool {
    text.text().unwrap_or("").chars().all(|char| " \t\r\n".contains(char))
}

fn request(api: Node<'_, '_>) -> Result<Said, &'static str> {
    if api.tag_name().name() != "api" {
        return Err("root");
    }
    let [authentication, data] = sorted(api, ["authentication", "data"])?;
    let empty = [None; 4];
    let fields = ["api_key", "shared_secret", "response_type", "no_halt"];
    let fields = authentication.map_or(Ok(empty), |node| sorted(node, fields))?;
    if fields.iter().flatten().any(|field| field.children().any(|child| child.is_element())) {
        return Err("field");
    }
    let [key, _, response_type, no_halt] =
        fields.map(|field| field.map(|field| trimmed(&text(field)).to_owned()));
    let php = match response_type.unwrap_or_default().to_ascii_lowercase().as_str() {
        "" | "xml" => false,
        "php" => true,
        _ => return Err("response_type"),
    };
    let goes_on = match no_halt.unwrap_or_default().as_str() {
        "" | "0" => false,
        "1" => true,
        _ => return Err("no_halt"),
    };
    let calls: Vec<_> =
        data.ok_or("data")?.children().filter(Node::is_element).map(call).collect::<Result<_, _>>()?;
    if calls.is_empty() || calls.len() > 1000 {
        return Err("calls");
    }
    Ok(Said { key: key.and_then(|key| key.parse().ok()), php, goes_on, calls })
}

/// The elements of these names, each once, and no other.
fn sorted<'n, const N: usize>(
    node: Node<'n, 'n>,
    names: [&str; N],
) -> Result<[Option<Node<'n, 'n>>; N], &'static str> {
    let mut found = [None; N];
    for child in node.children().filter(Node::is_element) {
        let place = names.iter().position(|name| *name == child.tag_name().name()).ok_or("unknown")?;
        if found[place].replace(child).is_some() {
            return Err("twice");
        }
    }
    Ok(found)
}

fn call(node: Node<'_, '_>) -> Result<(String, Vec<Tree>), &'static str> {
    if node.tag_name().name() != "methodCall" {
        return Err("call");
    }
    let is_name = |node: &Node<'_, '_>| node.tag_name().name() == "methodName";
    let (names, arguments): (Vec<_>, Vec<_>) = node.children().filter(Node::is_element).partition(is_name);
    let [name] = names[..] else { return Err("names") };
    let method = trimmed(&text(name)).to_owned();
    if method.is_empty() || name.children().any(|child| child.is_element()) {
        return Err("name");
    }
    Ok((method, arguments.into_iter().map(tree).collect()))
}

fn tree(node: Node<'_, '_>) -> Tree {
    let inner: Vec<_> = node.children().filter(Node::is_element).map(tree).collect();
    let text = if inner.is_empty() { text(node) } else { String::new() };
    Tree(node.tag_name().name().to_owned(), text, inner)
}

fn text(node: Node<'_, '_>) -> String {
    node.children().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}
