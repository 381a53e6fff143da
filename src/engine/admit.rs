//! Who is calling: readable, proven, live. Once a request.
//!
//! What a record decides (unknown, wrong, revoked, expired, too early, disabled) is one answer to the caller, after
//! the same work.

use core::fmt;

use crate::{
    credential::{Context, Hashed, KeyRing, NamedKey, Schemes, SecretText},
    decision::{Code, Denial, Fault, Reason, Who},
    id::KeyId,
    policy::Strength,
    presented::{Form, Presented},
    subject::Subject,
    time::Timestamp,
    user::{Life, Rehash},
};

/// A caller that has proven who it is, for a live credential, and may be permitted one method after another.
///
/// It is no leave to call anything: [`Authorizer::permit`](crate::Authorizer::permit) gives that, method by method.
#[derive(Clone)]
#[must_use = "an admitted caller may not call anything yet"]
pub struct Admitted {
    subject: Subject,
    strength: Strength,
    rehash: Option<Hashed>,
    _proven: Proven,
    _live: Live,
}

/// The secret was the stored one, or none was claimed and the strength says so. Only [`prove`] makes it.
#[derive(Clone, Copy)]
pub(super) struct Proven(());

/// The credential lives and its user is enabled. Only [`live`] makes it.
#[derive(Clone, Copy)]
pub(super) struct Live(());

impl Admitted {
    /// Who was admitted.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// What was proven.
    pub fn strength(&self) -> Strength {
        self.strength
    }

    pub(super) fn rehash(&self) -> Option<Rehash> {
        let hash = self.rehash.clone()?;
        let retired = self.subject.credential().at_rest().hashed().pepper();
        Some(Rehash { key_id: self.subject.key_id(), retired, hash })
    }
}

#[inline]
pub(super) fn admit(
    keys: &KeyRing,
    dummy: &(Hashed, Context),
    presented: &Presented<'_>,
    subject: Option<Subject>,
    now: Timestamp,
) -> Result<Result<Admitted, Denial>, Fault> {
    if presented.awaits_body {
        return Err(Fault::BodyUnread);
    }
    let (key_id, secret) = match readable(presented) {
        Ok(read) => read,
        Err((code, reason)) => return Ok(Err(Denial::because(code, reason, Who::Nobody))),
    };
    if subject.as_ref().is_some_and(|subject| !subject.credential().is(key_id)) {
        return Err(Fault::WrongSubject);
    }
    let strength = strength(secret);
    let proven = prove(keys, dummy, subject.as_ref(), secret)?;
    Ok(match standing(subject, proven, strength, now, key_id) {
        Ok((subject, proven, live)) => {
            let rehash = secret.and_then(|secret| rehash(keys, &subject, secret));
            Ok(Admitted { subject, strength, rehash, _proven: proven, _live: live })
        }
        Err(denial) => Err(denial),
    })
}

/// The key id, and the secret if one was presented.
#[inline]
pub(super) fn readable<'p>(
    presented: &'p Presented<'_>,
) -> Result<(&'p KeyId, Option<SecretText<'p>>), (Code, Reason)> {
    match &presented.form {
        Form::Missing => Err((Code::CredentialMissing, Reason::AsCoded)),
        Form::TooLarge => Err((Code::RequestTooLarge, Reason::AsCoded)),
        Form::Malformed(why) => Err((Code::CredentialMalformed, Reason::Malformed(*why))),
        Form::Key(key_id) => Ok((key_id, None)),
        Form::Pair(key_id, secret) => Ok((key_id, Some(*secret))),
        Form::Decoded(key_id, text, start) => {
            Ok((key_id, Some(SecretText::whole(text.get(*start..).unwrap_or_default()))))
        }
    }
}

pub(super) fn strength(secret: Option<SecretText<'_>>) -> Strength {
    if secret.is_some() { Strength::Secret } else { Strength::KeyOnly }
}

/// After proof alone: a second hash before it would tell which pepper a record names.
#[inline]
fn rehash(keys: &KeyRing, subject: &Subject, secret: SecretText<'_>) -> Option<Hashed> {
    let named = NamedKey::Pepper(subject.credential().at_rest().hashed().pepper());
    (!keys.is_current(named)).then(|| Hashed::new(keys, subject.context(), secret))
}

/// Hashes and compares, against the dummy where the key is unknown. Nothing here depends on whether the credential
/// lives, or on the length of any id.
#[inline]
pub(super) fn prove(
    keys: &KeyRing,
    dummy: &(Hashed, Context),
    subject: Option<&Subject>,
    secret: Option<SecretText<'_>>,
) -> Result<Option<Proven>, Fault> {
    let Some(secret) = secret else { return Ok(Some(Proven(()))) };
    let (hashed, context) = match subject {
        Some(subject) => (subject.credential().at_rest().hashed(), subject.context()),
        None => (&dummy.0, dummy.1),
    };
    let same = hashed.verify(keys, context, secret).ok_or(Fault::UnknownPepper(hashed.pepper()))?;
    Ok(same.then_some(Proven(())))
}

#[inline]
fn standing(
    subject: Option<Subject>,
    proven: Option<Proven>,
    strength: Strength,
    now: Timestamp,
    key_id: &KeyId,
) -> Result<(Subject, Proven, Live), Denial> {
    let invalid = |reason, who| Denial::because(Code::CredentialInvalid, reason, who).presented(strength);
    let Some(subject) = subject else { return Err(invalid(Reason::UnknownKey, Who::Key(*key_id))) };
    let Some(proven) = proven else { return Err(invalid(Reason::WrongSecret, Who::Known(subject))) };
    match live(&subject, now) {
        Ok(live) => Ok((subject, proven, live)),
        Err(reason) => Err(invalid(reason, Who::Known(subject))),
    }
}

#[inline]
pub(super) fn live(subject: &Subject, now: Timestamp) -> Result<Live, Reason> {
    match subject.credential().life(now) {
        Life::Revoked => Err(Reason::Revoked),
        Life::Expired => Err(Reason::Expired),
        Life::NotYetValid => Err(Reason::NotYetValid),
        Life::Live if subject.is_disabled() => Err(Reason::Disabled),
        // So far every proof is a plain one.
        Life::Live if !subject.credential().schemes().contains(Schemes::PLAIN) => Err(Reason::OtherScheme),
        Life::Live => Ok(Live(())),
    }
}

/// The denial of a caller that was admitted and whose credential has ended since.
pub(super) fn ended(admitted: &Admitted, reason: Reason) -> Denial {
    let who = Who::Known(admitted.subject.clone());
    Denial::because(Code::CredentialInvalid, reason, who).presented(admitted.strength)
}

impl fmt::Debug for Admitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admitted")
            .field("subject", &self.subject)
            .field("strength", &self.strength)
            .finish_non_exhaustive()
    }
}
