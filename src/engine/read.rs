//! What was presented, with all that configuration and clock have to say about it. No record is looked at.

use crate::{
    credential::{Schemes, SecretText},
    decision::{Code, Fault, Finding, Findings, Reason},
    id::KeyId,
    policy::Strength,
    presented::{Form, Presented},
    signature::{Checked, Flaw, ReplayKey, Signed, Tag, Verifier},
    time::Timestamp,
};

/// Why nothing can.
pub(crate) type Refused = (Code, Reason);

/// What is to prove a key id.
pub(crate) enum Read<'c, 'p, 'r> {
    /// Nothing does.
    Key,
    Plain(SecretText<'c>),
    Signed(&'c KeyId, &'c Checked<'p, 'r>),
}

impl Read<'_, '_, '_> {
    pub(super) fn strength(&self) -> Strength {
        match self {
            Self::Key => Strength::KeyOnly,
            Self::Plain(..) => Strength::Secret,
            Self::Signed(..) => Strength::Signature,
        }
    }

    pub(super) fn scheme(&self) -> Schemes {
        match self {
            Self::Key | Self::Plain(..) => Schemes::PLAIN,
            Self::Signed(_, checked) => checked.schemes(),
        }
    }

    pub(super) fn is_presigned(&self) -> bool {
        matches!(self, Self::Signed(_, checked) if checked.is_presigned())
    }

    /// What is to be found of it before any policy is asked.
    pub(super) fn findings(&self) -> Findings {
        let mut findings = Findings::NONE;
        if matches!(self, Self::Signed(_, checked) if checked.is_ambiguous()) {
            findings.insert(Finding::AmbiguousQuery);
        }
        findings
    }

    /// Under what a signed request is claimed, once `mac` is known to be its MAC.
    pub(super) fn claim(&self, mac: &Tag) -> Option<ReplayKey> {
        let Self::Signed(key_id, checked) = self else { return None };
        Some(checked.replay_key(**key_id, mac))
    }

    pub(super) fn secret(&self) -> Option<SecretText<'_>> {
        if let Self::Plain(secret) = self { Some(*secret) } else { None }
    }
}

/// Whether the body that the credential may stand in, or that is signed, was given.
#[inline]
pub(super) fn has_body(presented: &Presented<'_>) -> Result<(), Fault> {
    match &presented.signed {
        _ if presented.is_open() => Err(Fault::BodyUnread),
        Some(signed) if !signed.body_fits() => Err(Fault::BodyDigested),
        _ => Ok(()),
    }
}

/// The key id and what is to prove it. A signed request that was checked is left in `checked`: a plain secret has none,
/// and would move room for one.
#[inline(always)]
#[allow(clippy::inline_always, reason = "what is read stays in registers, and nobody waits for a copy of it")]
pub(super) fn readable<'c, 'p: 'c, 'r>(
    verifier: &'p Verifier,
    presented: &'p Presented<'r>,
    now: Timestamp,
    checked: &'c mut Option<Checked<'p, 'r>>,
) -> Result<Read<'c, 'p, 'r>, Refused> {
    if let Some(signed) = &presented.signed {
        return self::checked(verifier, signed, now, checked);
    }
    match &presented.form {
        Form::Missing => Err((Code::CredentialMissing, Reason::AsCoded)),
        Form::TooLarge => Err((Code::RequestTooLarge, Reason::AsCoded)),
        Form::Malformed(why) => Err((Code::CredentialMalformed, Reason::Malformed(*why))),
        Form::Flawed(flaw) => Err(flawed(*flaw)),
        Form::Key(_) => Ok(Read::Key),
        Form::Pair(_, secret) => Ok(Read::Plain(SecretText::whole(secret))),
        Form::Token(token) => Ok(Read::Plain(SecretText::Token(token))),
        Form::Decoded(_, text, start) => {
            Ok(Read::Plain(SecretText::whole(text.get(*start..).unwrap_or_default())))
        }
    }
}

/// Apart, so that what reads a plain secret is small enough to be read in its caller's registers.
#[inline(never)]
fn checked<'c, 'p: 'c, 'r>(
    verifier: &'p Verifier,
    signed: &'p Signed<'r>,
    now: Timestamp,
    checked: &'c mut Option<Checked<'p, 'r>>,
) -> Result<Read<'c, 'p, 'r>, Refused> {
    let found = verifier.check(signed, now).map_err(flawed)?;
    Ok(Read::Signed(signed.key_id(), checked.insert(found)))
}

fn flawed(flaw: Flaw) -> Refused {
    (Code::of_flaw(flaw), Reason::Flaw(flaw))
}
