//! What was presented, with all that configuration and clock have to say about it. No record is looked at.

use crate::{
    credential::{Schemes, SecretText},
    decision::{Code, Fault, Finding, Findings, Reason},
    id::KeyId,
    policy::Strength,
    presented::{Form, Presented},
    signature::{Checked, ReplayKey, Tag, Verifier},
    time::Timestamp,
};

/// A key id and what is to prove it.
pub(super) enum Read<'c, 'p, 'r> {
    /// A key id and nothing that proves it.
    Key(&'c KeyId),
    Plain(&'c KeyId, SecretText<'c>),
    Signed(&'c KeyId, &'c Checked<'p, 'r>),
}

impl Read<'_, '_, '_> {
    pub(super) fn key_id(&self) -> &KeyId {
        match self {
            Self::Key(key_id) | Self::Plain(key_id, _) | Self::Signed(key_id, _) => key_id,
        }
    }

    pub(super) fn strength(&self) -> Strength {
        match self {
            Self::Key(_) => Strength::KeyOnly,
            Self::Plain(..) => Strength::Secret,
            Self::Signed(..) => Strength::Signature,
        }
    }

    pub(super) fn scheme(&self) -> Schemes {
        match self {
            Self::Key(_) | Self::Plain(..) => Schemes::PLAIN,
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
        if let Self::Plain(_, secret) = self { Some(*secret) } else { None }
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
#[inline]
pub(super) fn readable<'c, 'p: 'c, 'r>(
    verifier: &'p Verifier,
    presented: &'p Presented<'r>,
    now: Timestamp,
    checked: &'c mut Option<Checked<'p, 'r>>,
) -> Result<Read<'c, 'p, 'r>, (Code, Reason)> {
    let flawed = |flaw| (Code::of_flaw(flaw), Reason::Flaw(flaw));
    if let Some(signed) = &presented.signed {
        let found = verifier.check(signed, now).map_err(flawed)?;
        return Ok(Read::Signed(signed.key_id(), checked.insert(found)));
    }
    match &presented.form {
        Form::Missing => Err((Code::CredentialMissing, Reason::AsCoded)),
        Form::TooLarge => Err((Code::RequestTooLarge, Reason::AsCoded)),
        Form::Malformed(why) => Err((Code::CredentialMalformed, Reason::Malformed(*why))),
        Form::Flawed(flaw) => Err(flawed(*flaw)),
        Form::Key(key_id) => Ok(Read::Key(key_id)),
        Form::Pair(key_id, secret) => Ok(Read::Plain(key_id, *secret)),
        Form::Decoded(key_id, text, start) => {
            Ok(Read::Plain(key_id, SecretText::whole(text.get(*start..).unwrap_or_default())))
        }
    }
}
