//! JSON that is valid wherever it has to end.

use alloc::string::String;

use super::{
    escape,
    reader::{Kind, MAX_DEPTH},
};
use crate::journal::redact::shown::CUT;

/// Room that is kept for the mark of a cut and for closing everything that may be open.
const RESERVE: usize = 2 * (CUT.len() + 2) + 2 + MAX_DEPTH as usize;

pub(super) struct Writer {
    out: String,
    room: usize,
    /// Whether a comma belongs before what comes next.
    comma: bool,
    cut: bool,
}

impl Writer {
    pub(super) fn new(room: usize) -> Self {
        Self { out: String::new(), room: room.saturating_sub(RESERVE), comma: false, cut: false }
    }

    /// Bytes that are left for a value.
    pub(super) fn room(&self) -> usize {
        self.room.saturating_sub(self.out.len())
    }

    /// Whether nothing is written any more.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    pub(super) fn open(&mut self, kind: Kind) -> bool {
        let written = self.write(|out| out.push(if kind == Kind::Object { '{' } else { '[' }));
        self.comma &= !written;
        written
    }

    pub(super) fn close(&mut self, kind: Kind) {
        self.out.push(if kind == Kind::Object { '}' } else { ']' });
        self.comma = true;
    }

    pub(super) fn key(&mut self, name: &str) -> bool {
        let written = self.write(|out| {
            escape::write(name, out);
            out.push(':');
        });
        self.comma &= !written;
        written
    }

    pub(super) fn text(&mut self, text: &str) -> bool {
        self.write(|out| escape::write(text, out))
    }

    pub(super) fn bare(&mut self, text: &str) -> bool {
        self.write(|out| out.push_str(text))
    }

    /// Writes, or takes back what does not fit.
    fn write(&mut self, write: impl FnOnce(&mut String)) -> bool {
        let before = self.out.len();
        if self.comma {
            self.out.push(',');
        }
        write(&mut self.out);
        let fits = self.out.len() <= self.room;
        if fits {
            self.comma = true;
        } else {
            self.out.truncate(before);
        }
        fits
    }

    /// Ends here: in the place of what did not fit stands the mark of a cut, and everything that is open is closed.
    pub(super) fn cut(&mut self, is_key: bool, open: impl Iterator<Item = Kind>) {
        if self.comma {
            self.out.push(',');
        }
        escape::write(CUT, &mut self.out);
        if is_key {
            self.out.push(':');
            escape::write(CUT, &mut self.out);
        }
        open.for_each(|kind| self.close(kind));
        self.cut = true;
    }
}
