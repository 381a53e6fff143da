//! One event of `tracing` for whatever was decided.

use core::net::IpAddr;

use tracing::{Level, event, field};

use crate::{
    access::Catalogue,
    credential::Masked,
    decided::Decided,
    decision::{Denial, Findings, Stage},
    engine::{Admitted, Grant},
    id::KeyId,
    policy::Strength,
    subject::Subject,
};

/// Writes the event that a [`Gate`](crate::Gate) writes by itself, for whoever decides without one. The catalogue is the
/// one that decided.
///
/// The event's target is `keyward`. That somebody is allowed or admitted is `DEBUG`, a denial `INFO`, one by which a secret [seems to
/// be stolen](crate::Denial::stolen_secret_suspected) `WARN`, a fault `ERROR`. Fields, where there is something to say:
///
/// | field | |
/// |---|---|
/// | `code` | [`Decided::code`] |
/// | `stage` | what had been established: `static`, `before_proof`, `after_proof` |
/// | `method` | the catalogue's name of what was asked for; nothing that a caller wrote |
/// | `strength` | what was presented: `key_only`, `secret`, `signature`; the stage says whether it was proven |
/// | `client` | the caller's address |
/// | `key` | the key, cut to eight characters if it is not of this crate's form: it may be another system's secret |
/// | `account`, `user` | their ids, where the caller proved to be that user |
/// | `observed` | what policies that only observe would have refused, as a set of findings |
/// | `fault` | what keeps the service from deciding; the store's own error is left to whoever got the fault |
///
/// There is never a secret in it.
///
/// ```
/// # use keyward::*;
/// # fn decide(engine: &Authorizer, presented: Presented<'_>, subject: Option<Subject>, ask: &Ask<'_>) -> Result<Verdict, Fault> {
/// let verdict = engine.authorize(presented, subject, ask);
/// trace(&verdict, engine.catalogue());
/// # verdict
/// # }
/// ```
pub fn trace<'d>(decided: impl Into<Decided<'d>>, catalogue: &Catalogue) {
    let decided = decided.into();
    let code = decided.code();
    // An event's level has to be a constant.
    macro_rules! write {
        ($level:expr, $said:expr) => {{
            let said = $said;
            event!(
                target: "keyward",
                $level,
                code,
                stage = stage(said.stage),
                method = said.method,
                strength = said.strength.map(strength),
                client = said.client.map(field::display),
                key = said.key.map(|key| field::display(Masked(key))),
                account = said.who.map(|who| field::display(who.account().id())),
                user = said.who.map(|who| field::display(who.user().id())),
                observed = (!said.observed.is_empty()).then(|| field::debug(said.observed)),
            );
        }};
    }
    match decided {
        Decided::Allow(grant) => write!(Level::DEBUG, Said::grant(grant, catalogue)),
        Decided::Admit(admitted) => write!(Level::DEBUG, Said::admitted(admitted)),
        Decided::Deny(denial) if denial.stolen_secret_suspected() => {
            write!(Level::WARN, Said::denial(denial, catalogue));
        }
        Decided::Deny(denial) => write!(Level::INFO, Said::denial(denial, catalogue)),
        Decided::Fault(fault) => event!(target: "keyward", Level::ERROR, code, fault = field::display(fault)),
    }
}

/// What an event says of a verdict.
struct Said<'d> {
    stage: Stage,
    method: Option<&'d str>,
    strength: Option<Strength>,
    client: Option<IpAddr>,
    key: Option<KeyId>,
    /// Whom the caller proved to be.
    who: Option<&'d Subject>,
    observed: Findings,
}

impl<'d> Said<'d> {
    fn grant(grant: &'d Grant, catalogue: &'d Catalogue) -> Self {
        Self {
            method: catalogue.name(grant.method()),
            client: grant.client().ip(),
            observed: grant.observed(),
            ..Self::admitted(grant.admitted())
        }
    }

    fn admitted(admitted: &'d Admitted) -> Self {
        let (subject, strength) = (admitted.subject(), admitted.strength());
        let proven = strength > Strength::KeyOnly;
        Self {
            stage: if proven { Stage::AfterProof } else { Stage::BeforeProof },
            method: None,
            strength: Some(strength),
            client: None,
            key: Some(subject.key_id()),
            who: proven.then_some(subject),
            observed: Findings::NONE,
        }
    }

    fn denial(denial: &'d Denial, catalogue: &'d Catalogue) -> Self {
        let stage = denial.stage();
        Self {
            stage,
            method: denial.method().and_then(|method| catalogue.name(method)),
            strength: denial.presented_strength(),
            client: denial.client().ip(),
            key: denial.key_id(),
            who: denial.subject().filter(|_| stage == Stage::AfterProof),
            observed: Findings::NONE,
        }
    }
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Static => "static",
        Stage::BeforeProof => "before_proof",
        Stage::AfterProof => "after_proof",
    }
}

fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::KeyOnly => "key_only",
        Strength::Secret => "secret",
        Strength::Signature => "signature",
    }
}
