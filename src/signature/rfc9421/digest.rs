//! `Content-Digest` (RFC 9530) against the body that arrived.

use crate::{
    body::{HashAlg, Payload},
    request::{RequestHead, trimmed},
    signature::{
        flaw::Flaw,
        structured::{Nothing, Unread, entries},
    },
};

/// The digests of a request that are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digests {
    sha256: bool,
    sha512: bool,
}

impl Digests {
    /// Which there are. Those of other algorithms are passed over: RFC 9530 §5 calls them insecure, or does not know them.
    pub(crate) fn of(head: &RequestHead<'_>) -> Result<Self, Flaw> {
        let mut found = Self::default();
        each(head, |alg, _| {
            match alg {
                HashAlg::Sha256 => found.sha256 = true,
                HashAlg::Sha512 => found.sha512 = true,
            }
            true
        })?;
        Ok(found)
    }

    pub(crate) fn any(self) -> bool {
        self.sha256 || self.sha512
    }

    /// Both, so that one pass with one hash does not do.
    pub(crate) fn both(self) -> bool {
        self.sha256 && self.sha512
    }

    /// The one to compute while the body is read.
    pub(crate) fn alg(self) -> HashAlg {
        if self.sha512 && !self.sha256 { HashAlg::Sha512 } else { HashAlg::Sha256 }
    }
}

/// Whether every digest is the body's.
pub(crate) fn match_body(head: &RequestHead<'_>, body: &Payload<'_>) -> Result<(), Flaw> {
    each(head, |alg, claimed| {
        // A digest is public: whoever sent it knows the body too.
        body.digest(alg).is_some_and(|computed| claimed == computed.as_bytes())
    })
}

/// Hands every digest of a known algorithm to `holds`.
fn each(head: &RequestHead<'_>, mut holds: impl FnMut(HashAlg, &[u8]) -> bool) -> Result<(), Flaw> {
    let lines = head.headers.all("content-digest").map(trimmed);
    let read = entries(lines, |key, reader| {
        let alg = match key {
            b"sha-256" => HashAlg::Sha256,
            b"sha-512" => HashAlg::Sha512,
            _ => return reader.value(&mut Nothing),
        };
        if !reader.skip(b'=') {
            return Err(Unread::Malformed);
        }
        let (claimed, length) = reader.decoded::<64>()?;
        reader.parameters(&mut Nothing)?;
        if holds(alg, claimed.get(..length).unwrap_or_default()) { Ok(()) } else { Err(Unread::Malformed) }
    });
    read.map_err(|unread| if unread == Unread::Malformed { Flaw::Digest } else { unread.into() })
}
