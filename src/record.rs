//! The envelope and the fields of encoded records.
//!
//! ```text
//! record = magic (3 bytes) version (1 byte) fields crc            crc: CRC-32/ISO-HDLC of all before it, 4 bytes
//! ```
//!
//! Numbers are big-endian; texts and bytes stand behind their length as u32. Reading is strict: every byte belongs to
//! a field, every field is what it was written as.

use alloc::vec::Vec;

use crate::encoding::crc32;

const CRC: usize = 4;

/// Why a stored record is not read. That is a fault, never a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CorruptRecord {
    /// Something else, or another kind of record.
    #[error("bytes that are no {0} record; read the column that holds them")]
    NotOne(&'static str),
    /// Written by a later version of this crate.
    #[error("{kind} record of format version {version}; read it with a release that knows it")]
    Version {
        /// Which kind.
        kind: &'static str,
        /// Its version.
        version: u8,
    },
    /// Torn or changed.
    #[error("{0} record whose checksum does not fit; restore it from a backup")]
    Checksum(&'static str),
    /// A field that no version of this crate writes.
    #[error("{kind} record with an impossible {field}; restore it from a backup")]
    Field {
        /// Which kind.
        kind: &'static str,
        /// Which field.
        field: &'static str,
    },
}

/// Which kind of record: its name, its magic, the version that is written.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) magic: [u8; 3],
    pub(crate) version: u8,
}

pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn new(kind: Kind) -> Self {
        let mut bytes = Vec::from(kind.magic);
        bytes.push(kind.version);
        Self(bytes)
    }

    pub(crate) fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(crate) fn flag(&mut self, value: bool) {
        self.byte(u8::from(value));
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.raw(&value.to_be_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.raw(&value.to_be_bytes());
    }

    pub(crate) fn i64(&mut self, value: i64) {
        self.raw(&value.to_be_bytes());
    }

    /// How many follow. A record that outgrew u32 would not be read back: it saturates, and the checksum of what
    /// follows no longer fits.
    pub(crate) fn count(&mut self, value: usize) {
        self.u32(u32::try_from(value).unwrap_or(u32::MAX));
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) {
        self.count(value.len());
        self.raw(value);
    }

    pub(crate) fn text(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }

    pub(crate) fn raw(&mut self, value: &[u8]) {
        self.0.extend_from_slice(value);
    }

    pub(crate) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        let crc = crc32(&self.0);
        self.u32(crc);
        self.0
    }
}

pub(crate) struct Reader<'a> {
    kind: Kind,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(kind: Kind, record: &'a [u8]) -> Result<Self, CorruptRecord> {
        let not_one = CorruptRecord::NotOne(kind.name);
        let rest = record.strip_prefix(&kind.magic).ok_or(not_one)?;
        let (version, rest) = rest.split_first().ok_or(not_one)?;
        if *version == 0 || *version > kind.version {
            return Err(CorruptRecord::Version { kind: kind.name, version: *version });
        }
        let (rest, crc) = rest.split_last_chunk::<CRC>().ok_or(CorruptRecord::Checksum(kind.name))?;
        let summed = record.get(..record.len() - CRC).unwrap_or_default();
        if crc32(summed) != u32::from_be_bytes(*crc) {
            return Err(CorruptRecord::Checksum(kind.name));
        }
        Ok(Self { kind: Kind { version: *version, ..kind }, rest })
    }

    /// The version that the record was written in.
    pub(crate) fn version(&self) -> u8 {
        self.kind.version
    }

    pub(crate) fn bad(&self, field: &'static str) -> CorruptRecord {
        CorruptRecord::Field { kind: self.kind.name, field }
    }

    pub(crate) fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], CorruptRecord> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(self.bad(field))?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn byte(&mut self, field: &'static str) -> Result<u8, CorruptRecord> {
        self.array(field).map(|[byte]| byte)
    }

    pub(crate) fn flag(&mut self, field: &'static str) -> Result<bool, CorruptRecord> {
        match self.byte(field)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.bad(field)),
        }
    }

    pub(crate) fn u32(&mut self, field: &'static str) -> Result<u32, CorruptRecord> {
        self.array(field).map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self, field: &'static str) -> Result<u64, CorruptRecord> {
        self.array(field).map(u64::from_be_bytes)
    }

    pub(crate) fn i64(&mut self, field: &'static str) -> Result<i64, CorruptRecord> {
        self.array(field).map(i64::from_be_bytes)
    }

    pub(crate) fn bytes(&mut self, field: &'static str) -> Result<&'a [u8], CorruptRecord> {
        let length = usize::try_from(self.u32(field)?).map_err(|_| self.bad(field))?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(self.bad(field))?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn text(&mut self, field: &'static str) -> Result<&'a str, CorruptRecord> {
        core::str::from_utf8(self.bytes(field)?).map_err(|_| self.bad(field))
    }

    /// A text that its own type reads.
    pub(crate) fn parsed<T: core::str::FromStr>(&mut self, field: &'static str) -> Result<T, CorruptRecord> {
        self.text(field)?.parse().map_err(|_| self.bad(field))
    }

    pub(crate) fn option<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, CorruptRecord>,
    ) -> Result<Option<T>, CorruptRecord> {
        if self.flag(field)? { read(self).map(Some) } else { Ok(None) }
    }

    /// As many as the count says. Each takes at least a byte, so a forged count ends with the record.
    pub(crate) fn list<T>(
        &mut self,
        field: &'static str,
        mut read: impl FnMut(&mut Self) -> Result<T, CorruptRecord>,
    ) -> Result<Vec<T>, CorruptRecord> {
        let count = self.u32(field)?;
        let mut items = Vec::new();
        for _ in 0..count {
            if self.rest.is_empty() {
                return Err(self.bad(field));
            }
            items.push(read(self)?);
        }
        Ok(items)
    }

    pub(crate) fn finish(self) -> Result<(), CorruptRecord> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.bad("end")) }
    }
}
