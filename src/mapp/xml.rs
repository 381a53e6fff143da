//! XML as the vendor's pages print it: no declaration, every text in CDATA, a line break behind every tag but one that
//! opens a text.

use alloc::string::String;

use super::tree::{Group, Node};

/// The fields of a group, one after another; a document's group has one.
pub(super) fn write(group: &Group) -> String {
    let mut out = String::new();
    children(&mut out, group);
    out
}

fn children(out: &mut String, group: &Group) {
    for (name, nodes) in group.fields() {
        for node in nodes {
            tag(out, "<", name.as_str());
            match node {
                Node::Text(text) => cdata(out, text.as_str()),
                Node::Group(group) => {
                    out.push('\n');
                    children(out, group);
                }
            }
            tag(out, "</", name.as_str());
            out.push('\n');
        }
    }
}

fn tag(out: &mut String, opens: &str, name: &str) {
    out.push_str(opens);
    out.push_str(name);
    out.push('>');
}

/// `]]>` would end the section (XML 1.0 §2.7), so one section ends within it and another goes on.
fn cdata(out: &mut String, text: &str) {
    out.push_str("<![CDATA[");
    for (index, piece) in text.split("]]>").enumerate() {
        out.push_str(if index == 0 { "" } else { "]]]]><![CDATA[>" });
        out.push_str(piece);
    }
    out.push_str("]]>");
}
