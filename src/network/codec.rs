//! An address list as a field of a record.

use super::allowlist::Allowlist;
use crate::record::{CorruptRecord, Reader, Writer};

impl Allowlist {
    /// `Any` stands apart from every text, so that no torn text opens a list.
    pub(crate) fn write(&self, to: &mut Writer) {
        match self {
            Self::Any => to.byte(0),
            Self::Only(set) => {
                to.byte(1);
                to.count(set.rules().len());
                set.rules().iter().for_each(|rule| to.text(&alloc::format!("{rule}")));
            }
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, CorruptRecord> {
        match from.byte("address list")? {
            0 => Ok(Self::Any),
            1 => Ok(from.list("address rule", |from| from.parsed("address rule"))?.into_iter().collect()),
            _ => Err(from.bad("address list")),
        }
    }
}
