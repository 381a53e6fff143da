//! A signed request of any scheme: as it was read, and with everything checked that asks no record.

use super::{
    key::{SigningKey, Tag},
    message_profile::MessageProfile,
    profile::Profile,
    replay::ReplayKey,
    rfc9421, sigv4,
};
use crate::{
    body::{BodyNeed, HashAlg, Payload},
    credential::Schemes,
    id::KeyId,
    slot::Label,
};

/// A signed request as it was read; nothing of it is checked.
pub(crate) struct Signed<'r> {
    scheme: Scheme<'r>,
    /// `None` until it is given.
    body: Option<Payload<'r>>,
}

pub(super) enum Scheme<'r> {
    /// By which profile.
    SigV4(usize, sigv4::Signed<'r>),
    Message(rfc9421::Signed<'r>),
}

impl<'r> Signed<'r> {
    pub(super) fn new(scheme: Scheme<'r>) -> Self {
        Self { scheme, body: None }
    }

    pub(super) fn scheme(&self) -> &Scheme<'r> {
        &self.scheme
    }

    /// What was given, or that there is none.
    pub(super) fn body(&self) -> Payload<'r> {
        self.body.unwrap_or(Payload::Absent)
    }

    pub(crate) fn key_id(&self) -> &KeyId {
        match &self.scheme {
            Scheme::SigV4(_, signed) => signed.key_id(),
            Scheme::Message(signed) => signed.key_id(),
        }
    }

    /// Never nothing: whether there is a body is part of what is signed.
    fn wants(&self) -> BodyNeed {
        match &self.scheme {
            Scheme::SigV4(_, signed) => BodyNeed::Digest(signed.alg()),
            Scheme::Message(signed) if signed.needs_bytes() => BodyNeed::Bytes,
            Scheme::Message(signed) => BodyNeed::Digest(signed.digest_alg()),
        }
    }

    pub(crate) fn body_need(&self) -> BodyNeed {
        if self.body.is_some() { BodyNeed::Nothing } else { self.wants() }
    }

    pub(crate) fn set_body(&mut self, body: Payload<'r>) {
        self.body.get_or_insert(body);
    }

    /// Whether the body was given in a form that the signature can be checked with.
    pub(crate) fn body_fits(&self) -> bool {
        match (self.body, self.wants()) {
            (Some(Payload::Digest(digest)), BodyNeed::Digest(alg)) => digest.alg() == alg,
            (None | Some(Payload::Digest(_)), _) => false,
            (Some(_), _) => true,
        }
    }
}

/// A signed request that passed every check which asks no record.
pub(crate) enum Checked<'s, 'r> {
    SigV4 { profile: &'s Profile, signed: &'s sigv4::Signed<'r>, hash: sigv4::RequestHash },
    Message { profile: &'s MessageProfile, signed: &'s rfc9421::Signed<'r> },
}

impl Checked<'_, '_> {
    /// What a credential has to be allowed to prove.
    pub(crate) fn schemes(&self) -> Schemes {
        match self {
            Self::SigV4 { .. } => Schemes::SIGV4,
            Self::Message { .. } => Schemes::RFC9421,
        }
    }

    /// What its signing key is derived for, besides the secret.
    pub(crate) fn label(&self) -> Label {
        let (fingerprint, day) = match self {
            // A day has eight digits, so the bits above tell the hash.
            Self::SigV4 { profile, signed, .. } if signed.alg() == HashAlg::Sha512 => {
                (profile.fingerprint(), signed.day() | 1 << 31)
            }
            Self::SigV4 { profile, signed, .. } => (profile.fingerprint(), signed.day()),
            Self::Message { .. } => (*b"keyward/rfc9421\0", 0),
        };
        let mut label = [0; size_of::<Label>()];
        label
            .iter_mut()
            .zip(fingerprint.into_iter().chain(day.to_be_bytes()))
            .for_each(|(slot, byte)| *slot = byte);
        label
    }

    pub(crate) fn alg(&self) -> HashAlg {
        match self {
            Self::SigV4 { signed, .. } => signed.alg(),
            Self::Message { .. } => HashAlg::Sha256,
        }
    }

    pub(crate) fn signing_key(&self, secret: &[u8]) -> SigningKey {
        match self {
            Self::SigV4 { profile, signed, .. } => signed.signing_key(profile, secret),
            Self::Message { .. } => SigningKey::whole(secret),
        }
    }

    pub(crate) fn mac(&self, key: &SigningKey) -> Tag {
        key.mac(|sink| match self {
            Self::SigV4 { profile, signed, hash } => signed.string_to_sign(profile, hash, sink),
            Self::Message { signed, .. } => signed.signature_base(sink),
        })
    }

    pub(crate) fn claimed(&self) -> Tag {
        match self {
            Self::SigV4 { signed, .. } => signed.claimed(),
            Self::Message { signed, .. } => signed.claimed(),
        }
    }

    /// Whether its canonical form is that of another query too.
    pub(crate) fn is_ambiguous(&self) -> bool {
        match self {
            Self::SigV4 { profile, signed, .. } => signed.is_ambiguous(profile),
            Self::Message { .. } => false,
        }
    }

    pub(crate) fn is_presigned(&self) -> bool {
        match self {
            Self::SigV4 { signed, .. } => signed.is_presigned(),
            Self::Message { .. } => false,
        }
    }

    /// Under what the request is claimed: its nonce, or the MAC that *we* computed for it. The one that was sent could
    /// be written in another way.
    pub(crate) fn replay_key(&self, key_id: KeyId, mac: &Tag) -> ReplayKey {
        let (scheme, unique, requested_at, until) = match self {
            Self::SigV4 { profile, signed, .. } => {
                ("sigv4", mac.as_bytes(), signed.requested_at(), signed.valid_until(profile))
            }
            Self::Message { profile, signed } => {
                let (scheme, unique) = match signed.nonce() {
                    Some(nonce) => ("rfc9421/nonce", nonce),
                    None => ("rfc9421", mac.as_bytes()),
                };
                (scheme, unique, signed.requested_at(), signed.valid_until(profile))
            }
        };
        let expires_at = until.plus(core::time::Duration::from_secs(1));
        ReplayKey::new(scheme, key_id, unique, requested_at, expires_at)
    }
}
