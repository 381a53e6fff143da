//! PHP's serialized format: arrays and strings alone, so that whoever reads it makes no object.
//!
//! `s:LENGTH:"BYTES";` is a string, nothing in it escaped; `a:COUNT:{..}` an array, key and value by turns; `i:NUMBER;` a
//! key of a list. Lengths are bytes.

use alloc::string::{String, ToString};

use super::tree::{Group, Name, Node};

/// A group as an array: a name's one node under its key, several as a list. The members of a list are one even if there
/// is one alone, so that a reader finds the same type whatever their number.
pub(super) fn write(group: &Group) -> String {
    let mut out = String::new();
    array(&mut out, group);
    out
}

fn array(out: &mut String, group: &Group) {
    open(out, group.fields().len());
    for (name, nodes) in group.fields() {
        string(out, name.as_str());
        match nodes {
            [node] if *name != Name::ITEM => value(out, node),
            nodes => list(out, nodes),
        }
    }
    out.push('}');
}

fn list(out: &mut String, nodes: &[Node]) {
    open(out, nodes.len());
    for (index, node) in nodes.iter().enumerate() {
        out.push_str("i:");
        out.push_str(&index.to_string());
        out.push(';');
        value(out, node);
    }
    out.push('}');
}

fn value(out: &mut String, node: &Node) {
    match node {
        Node::Text(text) => string(out, text.as_str()),
        Node::Group(group) => array(out, group),
    }
}

fn open(out: &mut String, count: usize) {
    out.push_str("a:");
    out.push_str(&count.to_string());
    out.push_str(":{");
}

fn string(out: &mut String, text: &str) {
    out.push_str("s:");
    out.push_str(&text.len().to_string());
    out.push_str(":\"");
    out.push_str(text);
    out.push_str("\";");
}
