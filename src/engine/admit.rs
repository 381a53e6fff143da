//! Who is calling: readable, proven, live. Once a request.
//!
//! What a record decides (unknown, wrong, revoked, expired, too early, disabled) is one answer to the caller, after
//! the same work.

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

/// A caller that has proven `strength` for a live credential.
#[derive(Clone)]
pub(super) struct Admitted {
    subject: Subject,
    strength: Strength,
    rehash: Option<Hashed>,
    _proven: Proven,
    _live: Live,
}

/// The secret was the stored one, or none was claimed and the strength says so. Only [`prove`] makes it.
#[derive(Clone, Copy)]
struct Proven(());

/// The credential lives and its user is enabled. Only [`live`] makes it.
#[derive(Clone, Copy)]
struct Live(());

impl Admitted {
    pub(super) fn subject(&self) -> &Subject {
        &self.subject
    }

    pub(super) fn strength(&self) -> Strength {
        self.strength
    }

    pub(super) fn rehash(&self) -> Option<Rehash> {
        let hash = self.rehash.clone()?;
        let retired = self.subject.credential().at_rest().hashed().pepper();
        Some(Rehash { key_id: self.subject.key_id(), retired, hash })
    }
}

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
    let unreadable = |code, reason| Ok(Err(Denial::because(code, reason, Who::Nobody)));
    let (key_id, secret) = match &presented.form {
        Form::Missing => return unreadable(Code::CredentialMissing, Reason::AsCoded),
        Form::TooLarge => return unreadable(Code::RequestTooLarge, Reason::AsCoded),
        Form::Malformed(why) => return unreadable(Code::CredentialMalformed, Reason::Malformed(*why)),
        Form::Key(key_id) => (*key_id, None),
        Form::Pair(key_id, secret) => (*key_id, Some(*secret)),
        Form::Decoded(key_id, text, start) => {
            (*key_id, Some(SecretText::whole(text.get(*start..).unwrap_or_default())))
        }
    };
    if subject.as_ref().is_some_and(|subject| subject.key_id() != key_id) {
        return Err(Fault::WrongSubject);
    }
    let strength = if secret.is_some() { Strength::Secret } else { Strength::KeyOnly };
    let proven = prove(keys, dummy, subject.as_ref(), secret)?;
    let mut admitted = standing(subject, proven, strength, now, key_id);
    if let (Ok(admitted), Some(secret)) = (&mut admitted, secret) {
        admitted.rehash = rehash(keys, &admitted.subject, secret);
    }
    Ok(admitted)
}

/// After proof alone: a second hash before it would tell which pepper a record names.
fn rehash(keys: &KeyRing, subject: &Subject, secret: SecretText<'_>) -> Option<Hashed> {
    let named = NamedKey::Pepper(subject.credential().at_rest().hashed().pepper());
    (!keys.is_current(named)).then(|| Hashed::new(keys, subject.context(), secret))
}

/// Hashes and compares, against the dummy where the key is unknown. Nothing here depends on whether the credential
/// lives, or on the length of any id.
fn prove(
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

fn standing(
    subject: Option<Subject>,
    proven: Option<Proven>,
    strength: Strength,
    now: Timestamp,
    key_id: KeyId,
) -> Result<Admitted, Denial> {
    let invalid = |reason, who| Denial::because(Code::CredentialInvalid, reason, who).presented(strength);
    let Some(subject) = subject else { return Err(invalid(Reason::UnknownKey, Who::Key(key_id))) };
    let Some(proven) = proven else { return Err(invalid(Reason::WrongSecret, Who::Known(subject))) };
    match live(&subject, now) {
        Ok(live) => Ok(Admitted { subject, strength, rehash: None, _proven: proven, _live: live }),
        Err(reason) => Err(invalid(reason, Who::Known(subject))),
    }
}

fn live(subject: &Subject, now: Timestamp) -> Result<Live, Reason> {
    match subject.credential().life(now) {
        Life::Revoked => Err(Reason::Revoked),
        Life::Expired => Err(Reason::Expired),
        Life::NotYetValid => Err(Reason::NotYetValid),
        Life::Live if subject.user().is_disabled() => Err(Reason::Disabled),
        // So far every proof is a plain one.
        Life::Live if !subject.credential().schemes().contains(Schemes::PLAIN) => Err(Reason::OtherScheme),
        Life::Live => Ok(Live(())),
    }
}
