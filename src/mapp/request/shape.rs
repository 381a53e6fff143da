//! What a document says: who calls, how to answer, which methods.

use alloc::vec::Vec;

use super::{
    chars::trimmed,
    document::{Document, Element},
    parse::Flaw,
    problem::RequestProblem,
};
use crate::{batch::OnError, mapp::response_type::ResponseType};

/// Who calls, and how it wants to be answered.
#[derive(Default)]
pub(super) struct Caller {
    /// By the numbers of their elements.
    pub(super) key: Option<u32>,
    pub(super) secret: Option<u32>,
    pub(super) response_type: ResponseType,
    pub(super) on_error: OnError,
}

/// Each call's element, and that of its method's name.
type Calls = Vec<(u32, u32)>;

/// Reads `api` with at most `max_calls` calls.
///
/// Children stand in any order. An element that is not known is a mistake where it stands: a misspelt `no_halt` that is
/// passed over would halt, and a misspelt `methodCall` would be a call that nobody answers.
pub(super) fn read(document: &Document<'_>, max_calls: usize) -> Result<(Caller, Calls), Flaw> {
    let root = document.root().filter(|root| root.name() == "api").ok_or((RequestProblem::Root, 0))?;
    let (mut authentication, mut data) = (None, None);
    for child in root.children() {
        match child.name() {
            "authentication" => once(&mut authentication, child, "authentication")?,
            "data" => once(&mut data, child, "data")?,
            _ => return Err(unknown(child, "api", "`authentication` and `data`")),
        }
    }
    let caller = authentication.map_or(Ok(Caller::default()), caller)?;
    let data = data.ok_or_else(|| (RequestProblem::NoCall, start(root)))?;
    Ok((caller, calls(data, max_calls)?))
}

/// The format that a document asks for, as far as it goes. For answers to documents that cannot be read.
pub(super) fn response_type(document: &Document<'_>) -> ResponseType {
    let child =
        |of: Element<'_>, name: &str| of.children().find(|child| child.name() == name).map(Element::at);
    let authentication = document.root().and_then(|root| child(root, "authentication"));
    let said = authentication.and_then(|at| child(document.element(at), "response_type"));
    let said = said.and_then(|at| trimmed(document.element(at).text()).parse().ok());
    said.unwrap_or_default()
}

fn caller(authentication: Element<'_>) -> Result<Caller, Flaw> {
    let (mut key, mut secret, mut response_type, mut no_halt) = (None, None, None, None);
    for child in authentication.children() {
        match child.name() {
            "api_key" => once(&mut key, leaf(child, "api_key")?, "api_key")?,
            "shared_secret" => once(&mut secret, leaf(child, "shared_secret")?, "shared_secret")?,
            "response_type" => once(&mut response_type, leaf(child, "response_type")?, "response_type")?,
            "no_halt" => once(&mut no_halt, leaf(child, "no_halt")?, "no_halt")?,
            _ => {
                let known = "`api_key`, `shared_secret`, `response_type` and `no_halt`";
                return Err(unknown(child, "authentication", known));
            }
        }
    }
    let response_type = match response_type.map(said) {
        None | Some(("", _)) => ResponseType::default(),
        Some((name, at)) => name.parse().map_err(|_| (RequestProblem::ResponseType, at))?,
    };
    let on_error = match no_halt.map(said) {
        None | Some(("" | "0", _)) => OnError::Halt,
        Some(("1", _)) => OnError::Continue,
        Some((_, at)) => return Err((RequestProblem::NoHalt, at)),
    };
    Ok(Caller { key: key.map(Element::at), secret: secret.map(Element::at), response_type, on_error })
}

fn calls(data: Element<'_>, max_calls: usize) -> Result<Calls, Flaw> {
    let mut calls = Vec::new();
    for child in data.children() {
        if child.name() != "methodCall" {
            return Err(unknown(child, "data", "`methodCall`"));
        }
        if calls.len() >= max_calls {
            return Err((RequestProblem::TooManyCalls(max_calls), start(child)));
        }
        calls.push((child.at(), method_name(child)?.at()));
    }
    if calls.is_empty() { Err((RequestProblem::NoCall, start(data))) } else { Ok(calls) }
}

fn method_name(call: Element<'_>) -> Result<Element<'_>, Flaw> {
    let mut found = None;
    for child in call.children().filter(|child| child.name() == "methodName") {
        once(&mut found, leaf(child, "methodName")?, "methodName")?;
    }
    let said = found.filter(|name| !trimmed(name.text()).is_empty());
    said.ok_or_else(|| (RequestProblem::NoMethodName, start(call)))
}

fn once<'t>(slot: &mut Option<Element<'t>>, element: Element<'t>, name: &'static str) -> Result<(), Flaw> {
    match slot.replace(element) {
        None => Ok(()),
        Some(_) => Err((RequestProblem::Twice(name), start(element))),
    }
}

fn leaf<'t>(element: Element<'t>, name: &'static str) -> Result<Element<'t>, Flaw> {
    match element.children().next() {
        None => Ok(element),
        Some(child) => Err((RequestProblem::NotText(name), start(child))),
    }
}

fn unknown(element: Element<'_>, inside: &'static str, known: &'static str) -> Flaw {
    (RequestProblem::Unknown { inside, known }, start(element))
}

/// What an element says, and where it stands.
fn said(element: Element<'_>) -> (&str, usize) {
    (trimmed(element.text()), start(element))
}

/// The `<` before the element's name.
fn start(element: Element<'_>) -> usize {
    element.position().saturating_sub(1)
}
