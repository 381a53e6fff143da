//! What one request must not show.

use core::fmt;

use super::{
    carried,
    collect::Collector,
    document::{self, Format},
    grams::{Grams, Seed},
    lens::MAX_NESTED,
    names::Names,
};
use crate::request::RequestHead;

/// What a request holds that must show nowhere, in it or in its reply: its credentials, and the values of its secret
/// fields. Wiped on drop, and only hashes of parts of them to begin with.
///
/// Where there was more than is looked for (256 secrets, 8 KiB of them), nothing shows but lengths and digests.
pub struct Needles {
    pub(super) grams: Grams,
    /// Whether everything is looked for.
    pub(super) complete: bool,
}

impl Needles {
    pub(super) fn none(seed: Seed) -> Self {
        Self { grams: Grams::none(seed), complete: true }
    }

    /// `body` is `None` where it is too long to be read.
    pub(super) fn of(head: &RequestHead<'_>, body: Option<&[u8]>, names: &Names, seed: Seed) -> Self {
        let mut found = Collector::new(names, MAX_NESTED, document::gather);
        carried::collect(head, &mut found);
        match body {
            Some(body) => in_body(head, body, &mut found),
            None => found.complete = false,
        }
        Self { grams: Grams::of(seed, &found.secrets), complete: found.complete }
    }
}

/// A body that cannot be read is searched as a text: a reply may quote it.
fn in_body(head: &RequestHead<'_>, body: &[u8], found: &mut Collector<'_>) {
    let format = Format::of(head.headers.all("content-type").next(), body);
    if document::collect(format, body, found).is_err() {
        found.pairs(body);
    }
}

impl fmt::Debug for Needles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Needles(..)")
    }
}
