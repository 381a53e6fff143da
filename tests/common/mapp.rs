//! A second reading of the XML API's answers: what a value is to become by the documentation of `mapp::Value`, and strict
//! readers of both formats. It shares no code with the writers.

#![allow(dead_code, unreachable_pub, reason = "each test binary and the fuzzer use their part of it")]

use std::collections::{BTreeMap, BTreeSet};

use keyward::mapp::Value;

/// A text, or named members in their order, of which several may have one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    Text(String),
    Group(Vec<(String, Tree)>),
}

/// What PHP's `unserialize` makes of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Php {
    Text(String),
    Array(Vec<(Key, Php)>),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Number(usize),
    Name(String),
}

/// Groups within groups that a value may have.
const LEVELS: usize = 32;

impl Tree {
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub fn group<'a>(members: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        Self::Group(members.into_iter().map(|(name, member)| (name.to_owned(), member)).collect())
    }

    /// The value that an application makes of it.
    pub fn value(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::Group(members) => Value::fields(members.iter().map(|(name, tree)| (name, tree.value()))),
        }
    }

    /// What of it comes out, in either format.
    pub fn expected(&self) -> Self {
        match self {
            Self::Text(text) => Self::Text(expected_text(text)),
            Self::Group(members) => {
                let shallow = |tree: Self| if tree.levels() < LEVELS { tree } else { Self::text("\u{FFFD}") };
                let members: Vec<_> = members
                    .iter()
                    .map(|(name, tree)| (expected_name(name), shallow(tree.expected())))
                    .collect();
                let mut places = BTreeMap::new();
                for (place, (name, _)) in members.iter().enumerate() {
                    places.entry(name.clone()).or_insert(place);
                }
                let mut ordered = members;
                ordered.sort_by_key(|(name, _)| places[name]); // stable
                Self::Group(ordered)
            }
        }
    }

    pub fn levels(&self) -> usize {
        match self {
            Self::Text(_) => 0,
            Self::Group(members) => 1 + members.iter().map(|(_, tree)| tree.levels()).max().unwrap_or(0),
        }
    }

    /// As an array of PHP. Equal names stand together.
    pub fn php(&self) -> Php {
        let members = match self {
            Self::Text(text) => return Php::Text(text.clone()),
            Self::Group(members) => members,
        };
        let runs = members.chunk_by(|(one, _), (next, _)| one == next).map(|run| {
            let name = &run[0].0;
            let list = run.iter().enumerate().map(|(index, (_, tree))| (Key::Number(index), tree.php()));
            let is_list = name == "item" || run.len() > 1;
            let value = if is_list { Php::Array(list.collect()) } else { run[0].1.php() };
            (Key::Name(name.clone()), value)
        });
        Php::Array(runs.collect())
    }

    pub fn member(&self, name: &str) -> Option<&Self> {
        let Self::Group(members) = self else { return None };
        members.iter().find(|(other, _)| other == name).map(|(_, tree)| tree)
    }

    pub fn names(&self) -> Vec<&str> {
        let Self::Group(members) = self else { return Vec::new() };
        members.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// XML 1.0 §2.2 and §2.11.
fn expected_text(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    while let Some(char) = rest.next() {
        let code = u32::from(char);
        match char {
            '\r' => {
                let _ = rest.next_if_eq(&'\n');
                out.push('\n');
            }
            '\t' | '\n' => out.push(char),
            _ if code < 0x20 || code == 0xFFFE || code == 0xFFFF => out.push('\u{FFFD}'),
            _ => out.push(char),
        }
    }
    out
}

fn expected_name(name: &str) -> String {
    let mut out = String::new();
    for char in name.chars() {
        let letter = char.is_ascii_alphabetic() || char == '_';
        let later = char.is_ascii_digit() || char == '.' || char == '-';
        if out.is_empty() && later {
            out.push('_');
        }
        out.push(if letter || later { char } else { '_' });
    }
    if out.is_empty() {
        out.push('_');
    }
    out.truncate(64);
    out
}

/// An answer in XML: exactly as it is laid out, nothing before it and nothing behind.
pub fn read_xml(text: &str) -> Result<Tree, String> {
    let mut rest = text;
    let (name, root) = element(&mut rest)?;
    if rest.is_empty() {
        Ok(Tree::Group(vec![(name, root)]))
    } else {
        Err(format!("behind the root: {rest:.40?}"))
    }
}

fn element(rest: &mut &str) -> Result<(String, Tree), String> {
    take(rest, "<")?;
    let name = upto(rest, ">")?.to_owned();
    let legal = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
    if !name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        || !name.chars().all(legal)
    {
        return Err(format!("no name: {name:?}"));
    }
    let tree = if rest.starts_with("<![CDATA[") {
        let mut text = String::new();
        while take(rest, "<![CDATA[").is_ok() {
            text += upto(rest, "]]>")?;
        }
        Tree::Text(text)
    } else {
        take(rest, "\n")?;
        let mut members = Vec::new();
        while !rest.starts_with("</") {
            members.push(element(rest)?);
        }
        Tree::Group(members)
    };
    take(rest, &format!("</{name}>\n"))?;
    Ok((name, tree))
}

/// An answer in PHP's format: arrays and strings, each key once, and nothing behind it.
pub fn read_php(text: &str) -> Result<Php, String> {
    let mut rest = text;
    let value = php_value(&mut rest)?;
    if rest.is_empty() { Ok(value) } else { Err(format!("behind the value: {rest:.40?}")) }
}

fn php_value(rest: &mut &str) -> Result<Php, String> {
    if rest.starts_with("s:") {
        return php_string(rest).map(Php::Text);
    }
    take(rest, "a:")?;
    let count = number(rest, ":{")?;
    let (mut array, mut keys) = (Vec::new(), BTreeSet::new());
    for _ in 0..count {
        let key = if take(rest, "i:").is_ok() {
            Key::Number(number(rest, ";")?)
        } else {
            Key::Name(php_string(rest)?)
        };
        if !keys.insert(key.clone()) {
            return Err(format!("twice: {key:?}"));
        }
        array.push((key, php_value(rest)?));
    }
    take(rest, "}")?;
    Ok(Php::Array(array))
}

/// `LENGTH` counts bytes, and the text ends where it says.
fn php_string(rest: &mut &str) -> Result<String, String> {
    take(rest, "s:")?;
    let length = number(rest, ":\"")?;
    let (text, behind) =
        rest.split_at_checked(length).ok_or_else(|| format!("{length} is no length: {rest:.40?}"))?;
    *rest = behind;
    take(rest, "\";")?;
    Ok(text.to_owned())
}

/// Digits without a sign and without zeros in front.
fn number(rest: &mut &str, end: &str) -> Result<usize, String> {
    let digits = upto(rest, end)?;
    let read = digits.parse::<usize>().map_err(|error| format!("{digits:.40?}: {error}"))?;
    if read.to_string() == digits { Ok(read) } else { Err(format!("not the shortest: {digits:?}")) }
}

fn take(rest: &mut &str, expected: &str) -> Result<(), String> {
    *rest = rest.strip_prefix(expected).ok_or_else(|| format!("{expected:?} expected, found {rest:.40?}"))?;
    Ok(())
}

fn upto<'t>(rest: &mut &'t str, end: &str) -> Result<&'t str, String> {
    let (text, behind) = rest.split_once(end).ok_or_else(|| format!("{end:?} is missing: {rest:.40?}"))?;
    *rest = behind;
    Ok(text)
}
