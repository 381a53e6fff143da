//! The schemes that are verified, and a signed request of any of them.

use alloc::vec::Vec;
use core::fmt;

use super::{
    authority::Authorities,
    escher_text::{self, EscherText},
    flaw::Flaw,
    message_profile::MessageProfile,
    profile::Profile,
    replay::ReplayKey,
    rfc9421,
    signed::{Checked, Scheme, Signed},
    sigv4,
};
use crate::{body::Payload, id::KeyId, request::RequestHead, time::Timestamp};

/// Verifies signed requests by their scheme alone: no API users, no access levels, no address lists.
///
/// An [`Authorizer`](crate::Authorizer) has one inside. By itself it is for who receives what another service signs, a
/// vendor's webhooks for example, and for tools.
///
/// ```
/// use keyward::{Headers, Payload, Profile, Rejected, RequestHead, Timestamp, Verifier};
/// let verifier = Verifier::new().profile(Profile::antavo("st1")).authorities(["hooks.example.test"]);
/// let head = RequestHead::new("GET", "/", Headers::lines(&[("host", b"hooks.example.test")]));
/// let secret = |_key| Some("the secret of that key");
/// let rejected = verifier.verify(head, Payload::Absent, Timestamp::from_unix(0), secret).unwrap_err();
/// assert_eq!(rejected, Rejected::Unsigned);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Verifier {
    pub(super) profiles: Vec<Profile>,
    messages: Option<MessageProfile>,
    authorities: Authorities,
}

impl Verifier {
    /// Of no scheme yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes requests that are signed as this profile says. Any number of profiles that stand in different headers or
    /// have different prefixes; a request that carries two signatures is refused, and so is one that two profiles take for
    /// theirs, whatever their scopes. A profile that is [not usable](Profile::is_usable) takes none.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profiles.push(profile);
        self
    }

    /// Takes requests that are signed as RFC 9421 says, with `hmac-sha256`.
    #[must_use]
    pub fn messages(mut self, profile: MessageProfile) -> Self {
        self.messages = Some(profile);
        self
    }

    /// The hosts under which this service is called, as callers sign them: `api.example.com`, with a port where it is
    /// not the default. A request that was signed for another host is refused, and without any host every one is.
    #[must_use]
    pub fn authorities<H: AsRef<str>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        hosts.into_iter().for_each(|host| self.authorities.add(host.as_ref()));
        self
    }

    /// Verifies one request under the secret that `secret` knows its key to have.
    ///
    /// A replayed request verifies as often as it is sent: claim [`Verified::replay_key`] at a
    /// [`ReplayGuard`](crate::ReplayGuard).
    ///
    /// # Errors
    /// [`Rejected`], for operators: [`Rejected::UnknownKey`] and [`Rejected::Mismatch`] are one answer to a caller. An
    /// unknown key takes less work than a known one here; an [`Authorizer`](crate::Authorizer) levels that.
    pub fn verify<S: AsRef<[u8]>>(
        &self,
        head: RequestHead<'_>,
        body: Payload<'_>,
        now: Timestamp,
        secret: impl FnOnce(KeyId) -> Option<S>,
    ) -> Result<Verified, Rejected> {
        let signed = self.given(&head, body)?;
        let checked = self.check(&signed, now).map_err(Rejected::Flaw)?;
        let key_id = *signed.key_id();
        let secret = secret(key_id).ok_or(Rejected::UnknownKey(key_id))?;
        let mac = checked.mac(&checked.signing_key(secret.as_ref()));
        if !mac.same(&checked.claimed()) {
            return Err(Rejected::Mismatch(key_id));
        }
        let (presigned, ambiguous) = (checked.is_presigned(), checked.is_ambiguous());
        Ok(Verified { replay_key: checked.replay_key(key_id, &mac), presigned, ambiguous })
    }

    /// What a request of this kind signs, in the form that is signed: for people who compare it with what a client says
    /// that it signed. Nothing in it is secret, and nothing is verified, not even the date.
    ///
    /// # Errors
    /// [`Rejected::Unsigned`]; [`Rejected::Flaw`] where it cannot be read.
    pub fn canonical(&self, head: RequestHead<'_>, body: Payload<'_>) -> Result<Canonical, Rejected> {
        let signed = self.given(&head, body)?;
        Ok(match signed.scheme() {
            Scheme::SigV4(index, read) => {
                let profile = self.profiles.get(*index).ok_or(Rejected::Unsigned)?;
                let (mut request, mut to_sign) = (Vec::new(), Vec::new());
                let fields = read.fields(profile);
                read.canonical_request(profile, &fields, &body, &mut request);
                read.string_to_sign(profile, &read.request_hash(profile, &fields, &body), &mut to_sign);
                Canonical { request: Some(request), to_sign }
            }
            Scheme::Message(read) => {
                let mut to_sign = Vec::new();
                read.signature_base(&mut to_sign);
                Canonical { request: None, to_sign }
            }
        })
    }

    fn given<'r>(&self, head: &RequestHead<'r>, body: Payload<'r>) -> Result<Signed<'r>, Rejected> {
        let mut signed = self.read(head).ok_or(Rejected::Unsigned)?.map_err(Rejected::Flaw)?;
        signed.set_body(body);
        if signed.body_fits() { Ok(signed) } else { Err(Rejected::Digested) }
    }

    /// The one signature of a request; `None` if it carries none. Two are refused: whichever were chosen, somebody else
    /// might have chosen the other.
    #[inline]
    pub(crate) fn read<'r>(&self, head: &RequestHead<'r>) -> Option<Result<Signed<'r>, Flaw>> {
        if self.profiles.is_empty() && self.messages.is_none() {
            return None;
        }
        self.one_of(head)
    }

    fn one_of<'r>(&self, head: &RequestHead<'r>) -> Option<Result<Signed<'r>, Flaw>> {
        let by_profile = self.profiles.iter().enumerate().filter_map(|(index, profile)| {
            let read = sigv4::Signed::read(profile, head)?;
            Some(read.map(|signed| Signed::new(Scheme::SigV4(index, signed))))
        });
        let by_message = self.messages.as_ref().and_then(|profile| {
            let read = rfc9421::Signed::read(profile, head)?;
            Some(read.map(|signed| Signed::new(Scheme::Message(signed))))
        });
        let mut found = by_profile.chain(by_message);
        let first = found.next();
        if found.next().is_some() { Some(Err(Flaw::Twice)) } else { first }
    }

    /// Whether the signature stands in `Authorization`, so that this header carries nothing else.
    pub(crate) fn takes_authorization(&self, signed: &Signed<'_>) -> bool {
        match signed.scheme() {
            Scheme::SigV4(index, signed) => {
                !signed.is_presigned()
                    && self.profiles.get(*index).is_some_and(|profile| !profile.owns_header())
            }
            Scheme::Message(_) => false,
        }
    }

    /// What the request and the configuration decide without any record, in a form whose MAC can be made.
    pub(crate) fn check<'s, 'r>(
        &'s self,
        signed: &'s Signed<'r>,
        now: Timestamp,
    ) -> Result<Checked<'s, 'r>, Flaw> {
        let body = signed.body();
        match signed.scheme() {
            Scheme::SigV4(index, signed) => {
                let profile = self.profiles.get(*index).ok_or(Flaw::Header)?;
                let fields = signed.fields(profile);
                signed.check(profile, &fields, &self.authorities, &body, now)?;
                let hash = signed.request_hash(profile, &fields, &body);
                Ok(Checked::SigV4 { profile, signed, hash })
            }
            Scheme::Message(signed) => {
                let profile = self.messages.as_ref().ok_or(Flaw::Header)?;
                signed.check(profile, &self.authorities, &body, now)?;
                Ok(Checked::Message { profile, signed })
            }
        }
    }
}

/// A request whose signature is right. It may have been sent before.
#[derive(Clone, Copy, Debug)]
#[must_use = "a verified request may be a replayed one: claim it"]
pub struct Verified {
    replay_key: ReplayKey,
    presigned: bool,
    ambiguous: bool,
}

impl Verified {
    /// Whose secret it is signed with.
    pub fn key_id(&self) -> KeyId {
        self.replay_key.key_id()
    }

    /// Whether it is a presigned URL, good for whoever has it.
    pub fn is_presigned(&self) -> bool {
        self.presigned
    }

    /// Whether its query holds a plus or a space in a form that the canonical form does not tell apart
    /// ([`Profile::antavo_php`]): what was signed is what arrived, or that with the other.
    pub fn is_ambiguous(&self) -> bool {
        self.ambiguous
    }

    /// When it was signed, and under what it is claimed.
    pub fn replay_key(&self) -> &ReplayKey {
        &self.replay_key
    }
}

/// Why a request does not verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejected {
    /// It carries no signature of any profile.
    #[error("request without a signature of a known scheme; have its sender sign it")]
    Unsigned,
    /// Something is wrong with it, whatever its key.
    #[error("a caller {0}")]
    Flaw(Flaw),
    /// Nobody knows its key.
    #[error("unknown key in a signature; it may be mistyped, deleted or another environment's")]
    UnknownKey(KeyId),
    /// Another secret, or another request than the one that was signed.
    #[error("signature that does not match; compare the secret, then the canonical requests")]
    Mismatch(KeyId),
    /// The body was given as a digest that the signature cannot be checked with.
    #[error("body given as a digest of another kind than is signed; give its bytes")]
    Digested,
}

impl Rejected {
    /// The refusal as Escher's libraries number and word it, for a service whose callers know those. `None`: no library
    /// has anything like it.
    ///
    /// The request tells a header of another scheme from none at all.
    pub fn escher<'p>(&self, profile: &'p Profile, head: &RequestHead<'_>) -> Option<EscherText<'p>> {
        Some(match self {
            Self::Unsigned => escher_text::unsigned(profile, head),
            Self::Flaw(flaw) => escher_text::escher(*flaw, profile),
            Self::UnknownKey(_) => escher_text::KEY,
            Self::Mismatch(_) => escher_text::MISMATCH,
            Self::Digested => return None,
        })
    }
}

/// What is signed, byte for byte.
#[derive(Clone, PartialEq, Eq)]
pub struct Canonical {
    request: Option<Vec<u8>>,
    to_sign: Vec<u8>,
}

impl Canonical {
    /// The canonical request, where the scheme has one besides what is signed.
    pub fn request(&self) -> Option<&[u8]> {
        self.request.as_deref()
    }

    /// What the MAC is made of: the string to sign, or the signature base.
    pub fn to_sign(&self) -> &[u8] {
        &self.to_sign
    }
}

/// Queries and headers may hold what is not for logs, so only the lengths show.
impl fmt::Debug for Canonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Canonical({} bytes to sign)", self.to_sign.len())
    }
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned;
    use core::time::Duration;

    use super::*;
    use crate::{
        body::HashAlg,
        request::Headers,
        secret::Secret,
        signature::{key::Tag, message_signer::MessageSigner, sign::Signer},
        slot::Label,
    };

    const NOW: Timestamp = Timestamp::from_unix(1_794_225_600);
    const HOST: (&str, &[u8]) = ("host", b"api.example.test");

    fn checked<T>(
        verifier: Verifier,
        added: &[(&str, &str)],
        now: Timestamp,
        then: impl FnOnce(Checked<'_, '_>) -> T,
    ) -> T {
        let added = added.iter().map(|(name, value)| (*name, value.as_bytes()));
        let lines: Vec<_> = core::iter::once(HOST).chain(added).collect();
        let head = RequestHead::new("GET", "/", Headers::lines(&lines));
        let verifier = verifier.authorities(["api.example.test"]);
        let signed = verifier.given(&head, Payload::Absent).unwrap();
        then(verifier.check(&signed, now).unwrap())
    }

    fn label(verifier: Verifier, added: &[(&str, &str)], now: Timestamp) -> Label {
        checked(verifier, added, now, |checked| checked.label())
    }

    #[test]
    fn a_nonce_that_reads_like_a_mac_is_another_request() {
        let mac = *b"0123456789abcdef0123456789abcdef";
        let (key, secret) = ("key".parse().unwrap(), Secret::new("Example+Secret/For-Tests".to_owned()));
        let head = RequestHead::new("GET", "/", Headers::lines(&[HOST]));
        let signer = MessageSigner::new(MessageProfile::new(), key, secret);
        let claimed = |nonce: Option<&str>| {
            let made = match nonce {
                Some(nonce) => signer.sign_with_nonce(nonce, head, Payload::Absent, NOW),
                None => signer.sign(head, Payload::Absent, NOW),
            };
            let made = made.unwrap();
            let verifier = Verifier::new().messages(MessageProfile::new());
            checked(verifier, &made.iter().collect::<Vec<_>>(), NOW, |checked| {
                *checked.replay_key(key, &Tag::Sha256(mac)).digest()
            })
        };
        let nonce = core::str::from_utf8(&mac).unwrap();
        assert_ne!(claimed(None), claimed(Some(nonce)));
        assert_eq!(claimed(Some(nonce)), claimed(Some(nonce)));
        assert_ne!(claimed(Some(nonce)), claimed(Some("another")));
    }

    #[test]
    fn a_derived_key_is_kept_for_its_scheme_scope_day_and_hash_alone() {
        let (key, secret) = ("key".parse().unwrap(), || Secret::new("Example+Secret/For-Tests".to_owned()));
        let head = RequestHead::new("GET", "/", Headers::lines(&[HOST]));
        let sigv4 = |signs: Profile, verifies: Profile, now| {
            let made = Signer::new(signs, key, secret()).sign(head, Payload::Absent, now).unwrap();
            label(Verifier::new().profile(verifies), &made.iter().collect::<Vec<_>>(), now)
        };
        let profile = Profile::antavo;
        let both = || profile("st1").hashes([HashAlg::Sha256, HashAlg::Sha512]);
        let made = MessageSigner::new(MessageProfile::new(), key, secret()).sign(head, Payload::Absent, NOW);
        let made = made.unwrap();
        let message = Verifier::new().messages(MessageProfile::new());
        let labels = [
            label(message, &made.iter().collect::<Vec<_>>(), NOW),
            sigv4(profile("st1"), profile("st1"), NOW),
            sigv4(profile("st1"), profile("st1"), NOW.plus(Duration::from_secs(86_400))),
            sigv4(profile("st2"), profile("st2"), NOW),
            sigv4(profile("st1"), both(), NOW),
            sigv4(profile("st1").hash(HashAlg::Sha512), both(), NOW),
        ];
        for (place, label) in labels.iter().enumerate() {
            assert!(!labels.iter().take(place).any(|other| other == label), "{place}");
        }
        assert_eq!(sigv4(profile("st1"), profile("st1"), NOW.plus(Duration::from_secs(1))), labels[1]);
    }
}
