//! The calls of a request, and their arguments.

use alloc::sync::Arc;
use core::fmt;

use super::{
    chars::{is_blank, trimmed},
    document::{Document, Element},
};
use crate::{
    access::{Catalogue, Wanted},
    batch::BatchCall,
    mapp::answer::Answer,
};

/// One `methodCall` of a request: a method's name, and arguments that may nest and repeat.
///
/// ```
/// # use keyward::mapp::Request;
/// # let xml = b"<api><data><methodCall><methodName>legacy.add_segment</methodName><segment><name>Spring</name>
/// #     <id>1</id><id>2</id></segment></methodCall></data></api>";
/// # let request = Request::read(Some("text/xml"), xml)?;
/// let call = &request.calls()[0];
/// assert_eq!(call.method(), "legacy.add_segment");
/// let segment = call.arg("segment").expect("it was sent");
/// assert_eq!(segment.arg("name").map(|name| name.text()), Some("Spring"));
/// assert!(segment.all("id").map(|id| id.text()).eq(["1", "2"]));
/// # Ok::<(), keyward::mapp::InvalidRequest>(())
/// ```
pub struct Call<'r> {
    document: Arc<Document<'r>>,
    /// The number of its element, and of its method's name.
    at: u32,
    name: u32,
}

/// An argument: a name, and a text or further arguments.
#[derive(Clone, Copy)]
pub struct Arg<'a>(Element<'a>);

impl<'r> Call<'r> {
    pub(super) fn new(document: &Arc<Document<'r>>, at: u32, name: u32) -> Self {
        Self { document: Arc::clone(document), at, name }
    }

    /// The method's name as it was sent, without white space around it; never empty, and maybe no method's.
    ///
    /// The catalogue's spelling is the grant's: [`Grant::method`](crate::Grant::method).
    pub fn method(&self) -> &str {
        trimmed(self.document.element(self.name).text())
    }

    /// The first argument of that name. Names are compared byte by byte.
    pub fn arg(&self, name: &str) -> Option<Arg<'_>> {
        self.args().find(|arg| arg.name() == name)
    }

    /// Every argument, in order.
    pub fn args(&self) -> impl Iterator<Item = Arg<'_>> {
        let children = self.document.element(self.at).children();
        children.filter(|child| child.at() != self.name).map(Arg)
    }

    /// Every argument of that name, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = Arg<'_>> {
        self.args().filter(move |arg| arg.name() == name)
    }

    /// The first argument of each name.
    ///
    /// ```
    /// # use keyward::mapp::{Answer, Request};
    /// # let xml = b"<api><data><methodCall><methodName>m</methodName><email>a@b.test</email><grp/></methodCall></data></api>";
    /// # let request = Request::read(Some("text/xml"), xml)?;
    /// let answer = match request.calls()[0].require(["email", "grp"]) {
    ///     Ok([email, group]) => Answer::new(group.text()),
    ///     Err(answer) => answer, // for the batch: `turn.failed(answer)`
    /// };
    /// assert_eq!(answer, Answer::missing_variables(["grp"]));
    /// # Ok::<(), keyward::mapp::InvalidRequest>(())
    /// ```
    ///
    /// # Errors
    /// The answer that says which are missing. An argument with nothing in it, or white space alone, is missing.
    pub fn require<const N: usize>(&self, names: [&str; N]) -> Result<[Arg<'_>; N], Answer> {
        let found = names.map(|name| self.arg(name).filter(Arg::says_something));
        let mut missing = names.iter().zip(&found).filter(|(_, found)| found.is_none()).peekable();
        if missing.peek().is_some() {
            return Err(Answer::missing_variables(missing.map(|(name, _)| name)));
        }
        Ok(found.map(|arg| arg.unwrap_or(Arg(self.document.element(self.at)))))
    }
}

/// By its method's name in any case: the vendor's pages write it in one and its answers in another.
impl BatchCall for Call<'_> {
    fn wanted<'a>(&'a self, catalogue: &'a Catalogue) -> Wanted<'a> {
        catalogue.method_any_case(self.method()).map_or(Wanted::Unknown, Wanted::Id)
    }
}

impl<'a> Arg<'a> {
    /// Its name: ASCII letters, digits and `_-.`.
    pub fn name(&self) -> &'a str {
        self.0.name()
    }

    /// Its text, with white space as it was sent; empty where there are further arguments in it.
    pub fn text(&self) -> &'a str {
        self.0.text()
    }

    /// The first argument in it of that name.
    pub fn arg(&self, name: &str) -> Option<Self> {
        self.args().find(|arg| arg.name() == name)
    }

    /// Every argument in it, in order.
    pub fn args(&self) -> impl Iterator<Item = Self> + use<'a> {
        self.0.children().map(Self)
    }

    /// Every argument in it of that name, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = Self> {
        self.args().filter(move |arg| arg.name() == name)
    }

    fn says_something(&self) -> bool {
        !is_blank(self.text()) || self.args().next().is_some()
    }
}

/// Without the arguments: they are the callers' own.
impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("args", &self.args().count()).finish_non_exhaustive()
    }
}

/// Without its text.
impl fmt::Debug for Arg<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arg").field("args", &self.args().count()).finish_non_exhaustive()
    }
}
