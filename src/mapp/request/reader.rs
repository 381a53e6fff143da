//! How much of a request is read, and from where.

use crate::batch::MAX_CALLS;

/// Bytes of a body, or of a query: what adapters buffer, and some ten thousand short calls.
const MAX_BYTES: usize = 1024 * 1024;
/// Elements of one request: a thousand calls with sixty arguments each, which take a megabyte and a half while they are
/// looked at.
const MAX_ELEMENTS: usize = 64 * 1024;
/// Every place in a text is kept in 32 bits.
const LARGEST: usize = 1 << 31;

/// Reads requests as [`Request::read`](super::Request::read) does, with other bounds, or from a query as well.
///
/// ```
/// use keyward::mapp::{Reader, RequestProblem};
/// const READER: Reader = Reader::new().max_bytes(64 * 1024).max_calls(1);
/// let xml = b"<api><data><methodCall><methodName>a.b</methodName></methodCall>\
///     <methodCall><methodName>a.b</methodName></methodCall></data></api>";
/// let error = READER.read(Some("application/xml"), xml).unwrap_err();
/// assert_eq!(error.problem(), RequestProblem::TooManyCalls(1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Reader {
    pub(super) bytes: usize,
    pub(super) calls: usize,
    pub(super) elements: usize,
    pub(super) get: bool,
}

impl Reader {
    /// Bodies of at most 1 MiB with at most [`MAX_CALLS`] calls and 65,536 elements, by POST.
    pub const fn new() -> Self {
        Self { bytes: MAX_BYTES, calls: MAX_CALLS, elements: MAX_ELEMENTS, get: false }
    }

    /// Bodies of at most so many bytes; never more than 2 GiB.
    pub const fn max_bytes(mut self, bytes: usize) -> Self {
        self.bytes = if bytes < LARGEST { bytes } else { LARGEST };
        self
    }

    /// At most so many calls in one request; never more than [`MAX_CALLS`], of which a batch runs none.
    pub const fn max_calls(mut self, calls: usize) -> Self {
        self.calls = if calls < MAX_CALLS { calls } else { MAX_CALLS };
        self
    }

    /// At most so many elements in one request, those of its frame included.
    pub const fn max_elements(mut self, elements: usize) -> Self {
        self.elements = elements;
        self
    }

    /// Takes `GET ?data=` too, as some clients send it. Then keys and secrets stand in the query, which every server and
    /// proxy on the way writes into its log.
    pub const fn danger_get(mut self) -> Self {
        self.get = true;
        self
    }
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}
