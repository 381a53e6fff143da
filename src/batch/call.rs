//! What a batch is made of.

use crate::access::{Catalogue, Wanted};

/// One call of a batch, as whatever read the request has it.
pub trait BatchCall {
    /// Which method it asks for. The catalogue is the one that decides.
    fn wanted<'a>(&'a self, catalogue: &'a Catalogue) -> Wanted<'a>;
}

/// By its name, byte for byte.
impl BatchCall for &str {
    fn wanted<'a>(&'a self, _: &'a Catalogue) -> Wanted<'a> {
        Wanted::Name(self)
    }
}

/// A named call with whatever goes with it.
impl<C: BatchCall, T> BatchCall for (C, T) {
    fn wanted<'a>(&'a self, catalogue: &'a Catalogue) -> Wanted<'a> {
        self.0.wanted(catalogue)
    }
}

/// What follows a call that did not succeed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// Nothing more is run.
    #[default]
    Halt,
    /// The next one is run all the same.
    Continue,
}
