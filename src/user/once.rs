//! What makes an act that is repeated happen once.

use alloc::vec::Vec;
use core::time::Duration;

use sha2::{Digest, Sha256};

use crate::{
    credential::{ActKind, By},
    encoding::length_prefixed,
    id::KeyId,
    time::Timestamp,
};

/// How long a repetition is recognised. Retries of a request end within minutes; a day covers a job that runs again.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// Acts that are remembered at once: four live credentials, each replaced three times a day.
const MAX_REMEMBERED: usize = 16;

/// The acts of the last day that came with a request id, in the record beside the credentials that they made: one
/// compare-and-set stores both.
#[derive(Clone, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub(super) struct Requests(pub(super) Vec<Remembered>);

#[derive(Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Remembered {
    /// Digest of actor, operation and request id.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::base64_bytes"))]
    pub(super) name: [u8; 32],
    /// Digest of the parameters.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::base64_bytes"))]
    pub(super) parameters: [u8; 32],
    pub(super) key_id: KeyId,
    pub(super) at: Timestamp,
}

/// An act with a request id, not yet done.
pub(super) struct Fresh(Option<([u8; 32], [u8; 32])>);

/// Why it is not done.
pub(super) enum Repeated {
    Done(KeyId),
    OtherParameters,
    Full,
}

impl Requests {
    pub(super) fn begin(&self, kind: ActKind, parameters: &[&[u8]], by: By<'_>) -> Result<Fresh, Repeated> {
        let Some(request) = by.request else { return Ok(Fresh(None)) };
        let operation = alloc::format!("{kind}");
        let name = digest(&[by.actor.as_bytes(), operation.as_bytes(), request.as_str().as_bytes()]);
        let parameters = digest(parameters);
        let mut live = self.0.iter().filter(|done| done.lives(by.at));
        match live.clone().find(|done| done.name == name) {
            Some(done) if done.parameters == parameters => Err(Repeated::Done(done.key_id)),
            Some(_) => Err(Repeated::OtherParameters),
            None if live.nth(MAX_REMEMBERED - 1).is_some() => Err(Repeated::Full),
            None => Ok(Fresh(Some((name, parameters)))),
        }
    }

    pub(super) fn done(&mut self, Fresh(fresh): Fresh, key_id: KeyId, at: Timestamp) {
        self.0.retain(|done| done.lives(at));
        self.0.extend(fresh.map(|(name, parameters)| Remembered { name, parameters, key_id, at }));
    }
}

impl Remembered {
    fn lives(&self, now: Timestamp) -> bool {
        now < self.at.plus(REMEMBERED)
    }
}

fn digest(fields: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for field in fields {
        length_prefixed(&mut hash, field);
    }
    hash.finalize().into()
}
