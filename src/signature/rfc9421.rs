//! HTTP message signatures (RFC 9421) with `hmac-sha256`: reading one, checking what the request and the configuration
//! tell, and the base that its MAC is over.

mod component;
mod digest;
mod input;
mod query;
mod value;

pub(crate) use component::Component;
use component::Components;
pub(crate) use digest::{Digests, match_body};
use input::Input;
pub(crate) use value::Values;

use super::{
    authority::Authorities,
    flaw::Flaw,
    host::host,
    key::Tag,
    message_profile::{Body, MessageProfile},
    sink::{Gathered, Sink},
    structured::{Nothing, Reader},
};
use crate::{
    access::canonical,
    body::{HashAlg, Payload},
    id::KeyId,
    request::{OVERRIDES, RequestHead},
    time::Timestamp,
};

/// A request with the one signature of it that counts.
#[derive(Clone, Copy)]
pub(crate) struct Signed<'r> {
    values: Values<'r>,
    input: Input<'r>,
    claimed: [u8; 32],
    digests: Digests,
}

impl<'r> Signed<'r> {
    /// `None`: the request has no signature that `profile` looks for. `Err`: it has one that cannot be read.
    pub(crate) fn read(profile: &MessageProfile, head: &RequestHead<'r>) -> Option<Result<Self, Flaw>> {
        let read = input::read(profile, head)?;
        Some(read.and_then(|(input, claimed)| {
            let values = Values { head: *head, host: host(head)?, folds: profile.as_published() };
            Ok(Self { values, input, claimed, digests: Digests::of(head)? })
        }))
    }

    pub(crate) fn key_id(&self) -> &KeyId {
        &self.input.key_id
    }

    /// The digest to make of the body, unless it [needs bytes](Self::needs_bytes).
    pub(crate) fn digest_alg(&self) -> HashAlg {
        self.digests.alg()
    }

    /// Whether the body has to be digested in two ways.
    pub(crate) fn needs_bytes(&self) -> bool {
        self.digests.both()
    }

    /// When it was signed; the least moment there is, where a profile lets a signature not say so.
    pub(crate) fn requested_at(&self) -> Timestamp {
        Timestamp::from_unix(self.input.created)
    }

    /// Until when it is valid, that second included.
    pub(crate) fn valid_until(&self, profile: &MessageProfile) -> Timestamp {
        let aged = match profile.oldest() {
            Some(age) if self.says_created() => self.requested_at().plus(age),
            _ => Timestamp::from_unix(i64::MAX),
        };
        aged.min(Timestamp::from_unix(self.input.expires)).plus(profile.skew())
    }

    fn says_created(&self) -> bool {
        self.input.created != i64::MIN
    }

    /// The MAC that it came with.
    pub(crate) fn claimed(&self) -> Tag {
        Tag::Sha256(self.claimed)
    }

    /// What makes it unique by its own account.
    pub(crate) fn nonce(&self) -> Option<&'r [u8]> {
        self.input.nonce
    }

    /// All that can be checked without the key.
    pub(crate) fn check(
        &self,
        profile: &MessageProfile,
        authorities: &Authorities,
        body: &Payload<'_>,
        now: Timestamp,
    ) -> Result<(), Flaw> {
        if self.input.foreign {
            return Err(Flaw::Algorithm);
        }
        self.check_window(profile, now)?;
        if !profile.as_published() && !canonical(self.values.head.path()) {
            return Err(Flaw::Path);
        }
        self.check_covered(profile, authorities, body)?;
        match_body(&self.values.head, body)
    }

    fn check_window(&self, profile: &MessageProfile, now: Timestamp) -> Result<(), Flaw> {
        if profile.wants_created() && !self.says_created() {
            return Err(Flaw::DateMissing);
        }
        let (created, expires) = (self.requested_at(), Timestamp::from_unix(self.input.expires));
        let expires_at_all = self.input.expires != i64::MAX;
        let too_long =
            profile.longest_life().is_some_and(|life| expires_at_all && expires > created.plus(life));
        if too_long {
            return Err(Flaw::Life);
        }
        let inside = created.minus(profile.skew()) <= now && now <= self.valid_until(profile);
        if inside && created <= expires { Ok(()) } else { Err(Flaw::Window) }
    }

    fn check_covered(
        &self,
        profile: &MessageProfile,
        authorities: &Authorities,
        body: &Payload<'_>,
    ) -> Result<(), Flaw> {
        let mut covered = Covered::default();
        let mut components = self.components()?;
        while let Some((component, _)) = components.next()? {
            self.values.put(&component, &mut Nothing)?;
            if component.plain() {
                covered.add(profile, component.name);
            }
        }
        if covered.required < profile.required().len() {
            return Err(self.unsigned(profile)?);
        }
        self.check_host(profile, authorities)?;
        if self.overrides(&covered) {
            return Err(Flaw::Override);
        }
        match profile.body() {
            Body::Nothing => Ok(()),
            _ if body.is_empty() => Ok(()),
            _ if !covered.digest || !self.digests.any() => Err(Flaw::DigestMissing),
            Body::DigestAndType if !covered.media_type => {
                Err(Flaw::Unsigned(place(profile.required().len())))
            }
            _ => Ok(()),
        }
    }

    /// The first of the required components that is not covered.
    fn unsigned(&self, profile: &MessageProfile) -> Result<Flaw, Flaw> {
        for (at, name) in profile.required().iter().enumerate() {
            let mut components = self.components()?;
            let mut found = false;
            while let Some((component, _)) = components.next()? {
                found |= component.plain() && component.name == name.as_bytes();
            }
            if !found {
                return Ok(if **name == *"@authority" {
                    Flaw::HostUnsigned
                } else {
                    Flaw::Unsigned(place(at))
                });
            }
        }
        Ok(Flaw::Header)
    }

    fn check_host(&self, profile: &MessageProfile, authorities: &Authorities) -> Result<(), Flaw> {
        match self.values.host {
            _ if profile.any_host() => Ok(()),
            None => Err(Flaw::HostMissing),
            Some(host) if authorities.contain(host) => Ok(()),
            Some(_) => Err(Flaw::Authority),
        }
    }

    fn overrides(&self, covered: &Covered) -> bool {
        let at = |name: &str| OVERRIDES.iter().position(|known| known.eq_ignore_ascii_case(name));
        let mut sent = self.values.head.headers.iter().filter_map(|(name, _)| at(name));
        sent.any(|at| covered.overrides.get(at) != Some(&true))
    }

    fn components(&self) -> Result<Components<'r>, Flaw> {
        Components::again(Reader::new(self.input.list))
    }

    /// The text that the MAC is over (RFC 9421 §2.5). Only of a request that was [checked](Self::check) is it whole.
    pub(crate) fn signature_base<S: Sink + ?Sized>(&self, out: &mut S) {
        let mut out = Gathered::new(out);
        // Every component has a value and the list is of the grammar, or the check had failed.
        let _ = self.put_base(&mut out);
    }
}

impl Signed<'_> {
    fn put_base<S: Sink>(&self, out: &mut S) -> Result<(), Flaw> {
        let mut components = self.components()?;
        while let Some((component, identifier)) = components.next()? {
            if self.input.loose {
                Reader::new(identifier).member(out)?;
            } else {
                out.put(identifier);
            }
            out.put(b": ");
            self.values.put(&component, out)?;
            out.put(b"\n");
        }
        out.put(b"\"@signature-params\": ");
        if self.input.loose {
            Reader::new(self.input.list).member(out)?;
        } else {
            out.put(self.input.list);
        }
        Ok(())
    }
}

/// What of the things that are asked for is covered.
#[derive(Default)]
struct Covered {
    /// How many of the profile's; none is covered twice.
    required: usize,
    digest: bool,
    media_type: bool,
    overrides: [bool; OVERRIDES.len()],
}

impl Covered {
    fn add(&mut self, profile: &MessageProfile, name: &[u8]) {
        self.required += usize::from(profile.required().iter().any(|wanted| wanted.as_bytes() == name));
        self.digest |= name == b"content-digest";
        self.media_type |= name == b"content-type";
        for (covered, known) in self.overrides.iter_mut().zip(OVERRIDES) {
            *covered |= known.as_bytes() == name;
        }
    }
}

fn place(at: usize) -> u8 {
    u8::try_from(at).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
