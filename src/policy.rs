//! What an account demands of callers, per module: the address filter, the strength of proof, and how often a signed
//! request is good.

use core::fmt;

use crate::{network::Allowlist, time::Timestamp};

/// What a caller proved, or has to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Strength {
    /// Named a key; proved nothing.
    KeyOnly,
    /// Presented the key's secret.
    Secret,
    /// Signed the request with the key's secret.
    Signature,
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::KeyOnly => "a key",
            Self::Secret => "a key and its secret",
            Self::Signature => "a signature",
        })
    }
}

/// Whether a rule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Mode {
    /// The rule is kept and not looked at.
    Off,
    /// Who breaks the rule passes, and the grant says so.
    Observe,
    /// Who breaks the rule is refused.
    Enforce,
}

/// A rule and whether it counts. Switching it off keeps the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Policy<T> {
    /// Whether the rule counts.
    pub mode: Mode,
    /// The rule.
    pub rule: T,
    /// Until this moment `Enforce` only observes.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub enforce_from: Option<Timestamp>,
}

impl<T> Policy<T> {
    /// A rule that is kept for later.
    pub const fn off(rule: T) -> Self {
        Self { mode: Mode::Off, rule, enforce_from: None }
    }

    /// A rule whose breaches are reported.
    pub const fn observe(rule: T) -> Self {
        Self { mode: Mode::Observe, rule, enforce_from: None }
    }

    /// A rule whose breaches are refused.
    pub const fn enforce(rule: T) -> Self {
        Self { mode: Mode::Enforce, rule, enforce_from: None }
    }

    /// A rule whose breaches are reported before `at` and refused from then on.
    pub const fn enforce_from(rule: T, at: Timestamp) -> Self {
        Self { mode: Mode::Enforce, rule, enforce_from: Some(at) }
    }

    /// The mode that counts at `now`.
    pub fn mode_at(&self, now: Timestamp) -> Mode {
        match (self.mode, self.enforce_from) {
            (Mode::Enforce, Some(from)) if now < from => Mode::Observe,
            (mode, _) => mode,
        }
    }
}

/// What an account demands of callers of one module.
///
/// The default admits every address and demands a secret; where a signature is demanded, a signed request that changes
/// something is taken once, and presigned URLs are refused.
///
/// ```
/// use keyward::{Allowlist, ModulePolicy, Policy, Strength};
/// let policy = ModulePolicy::default()
///     .addresses(Policy::enforce(Allowlist::parse("192.0.2.0/24")?))
///     .strength(Policy::observe(Strength::Signature));
/// assert_eq!(policy.floor(), Strength::Secret);
/// # Ok::<(), keyward::InvalidRules>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct ModulePolicy {
    /// The address filter of the endpoint, beside each API user's own list.
    pub addresses: Policy<Allowlist>,
    /// What a caller has to prove. `Signature` is signature enforcement.
    pub strength: Policy<Strength>,
    /// Which signed requests are taken once alone.
    #[cfg_attr(feature = "serde", serde(default = "once"))]
    pub replay: Policy<Replay>,
    /// Whether a presigned URL is taken for a signed request.
    #[cfg_attr(feature = "serde", serde(default))]
    pub presigned: Presigned,
    /// Named for its danger in data as well, and left out where it is not lowered.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "danger_floor", default = "secret", skip_serializing_if = "is_secret")
    )]
    pub(crate) floor: Strength,
}

/// Which signed requests a replay guard is asked about. Presigned ones follow [`Presigned`] instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Replay {
    /// Where a signature is required, those whose method is not safe: all but GET, HEAD, OPTIONS and TRACE
    /// (RFC 9110 §9.2.1), and these too under a header such as `X-HTTP-Method-Override`. Where a plain secret would do,
    /// whoever caught a request has no need to replay it.
    Unsafe,
    /// Every one, whatever its method and whatever is required.
    Every,
}

/// What a presigned URL is good for. Whoever has it has the right that it carries, until its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Presigned {
    /// Nothing: it is refused, after proof.
    #[default]
    Refuse,
    /// As many calls as its life holds.
    Reusable,
    /// One call: a replay guard is asked about it.
    SingleUse,
}

const fn once() -> Policy<Replay> {
    Policy::enforce(Replay::Unsafe)
}

#[cfg(feature = "serde")]
fn secret() -> Strength {
    Strength::Secret
}

#[cfg(feature = "serde")]
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_secret(strength: &Strength) -> bool {
    *strength == Strength::Secret
}

impl Default for ModulePolicy {
    fn default() -> Self {
        Self {
            addresses: Policy::enforce(Allowlist::Any),
            strength: Policy::enforce(Strength::Secret),
            replay: once(),
            presigned: Presigned::Refuse,
            floor: Strength::Secret,
        }
    }
}

impl ModulePolicy {
    /// With this address filter.
    #[must_use]
    pub fn addresses(mut self, addresses: Policy<Allowlist>) -> Self {
        self.addresses = addresses;
        self
    }

    /// With this required strength.
    #[must_use]
    pub fn strength(mut self, strength: Policy<Strength>) -> Self {
        self.strength = strength;
        self
    }

    /// With this choice of signed requests that are taken once alone. Observed, a repeated one is granted and found;
    /// off, no replay guard is asked.
    #[must_use]
    pub fn replay(mut self, replay: Policy<Replay>) -> Self {
        self.replay = replay;
        self
    }

    /// With this use of presigned URLs.
    #[must_use]
    pub fn presigned(mut self, presigned: Presigned) -> Self {
        self.presigned = presigned;
        self
    }

    /// Lets the strength policy go down to a bare key, which is public and proves nothing. Without this no mode and
    /// no rule accepts less than a secret.
    #[must_use]
    pub fn danger_key_only(mut self) -> Self {
        self.floor = Strength::KeyOnly;
        self
    }

    /// What every caller has to prove, whatever the strength policy says.
    pub fn floor(&self) -> Strength {
        self.floor
    }
}
