//! What a record keeps of a request and of its reply.

use alloc::{boxed::Box, string::String};

use super::redact::Shown;
use crate::text::beginning;

/// A request, as far as it may be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) verb: Box<str>,
    pub(super) target: Shown,
    pub(super) headers: Box<[Line]>,
    pub(super) body: Shown,
}

pub(super) fn bounded(shown: Shown, most: usize) -> Shown {
    let Shown::Text(mut text) = shown else { return shown };
    text.truncate(beginning(&text, most).len());
    text.shrink_to_fit();
    Shown::Text(text)
}

/// As many whole lines as fit.
pub(super) fn lines(shown: &[(String, String)], most: usize) -> Box<[Line]> {
    let mut used = 0;
    let mut fits = |line: &&(String, String)| {
        used += LINE + line.0.len() + line.1.len();
        used <= most
    };
    let kept = shown.iter().take_while(|line| fits(line));
    kept.map(|(name, value)| (name.as_str().into(), value.as_str().into())).collect()
}

/// Name and value.
pub(super) type Line = (Box<str>, Box<str>);

pub(super) const LINE: usize = size_of::<Line>();
