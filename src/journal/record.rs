//! One failed call, or several that are alike.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
};

use super::{exchange::Request, redact::Shown, source::CallSource};
use crate::{
    access::{Catalogue, MethodId},
    credential::Masked,
    decision::{Code, Denial, Stage},
    engine::Grant,
    id::{AccountId, UserId},
    policy::Strength,
    subject::Subject,
    text::beginning,
    time::Timestamp,
};

/// Bytes of the operator's sentence that are kept. The longest names six things of at most 100 bytes.
const MAX_REASON: usize = 1024;

/// A call that was refused, or that was allowed and ended in an error.
///
/// It owns its texts: no record of an account or a user is kept alive by it, and no secret is in it. `Display` prints
/// exactly one line of logfmt, whatever the caller sent.
///
/// A call of which nothing was proven is an *attempt*: anybody can make as many as they like. Attempts of one code, source
/// and key are counted in one record ([`count`](Self::count), [`at`](Self::at) to [`last`](Self::last)); what it says of a
/// request and why it was refused is the first one's.
///
/// ```
/// use keyward::{CallRecord, Catalogue, Code, Denial, Timestamp};
/// let catalogue = Catalogue::builder().build()?;
/// let record = CallRecord::refused(&Denial::new(Code::RequestTooLarge), Timestamp::from_unix(0), &catalogue);
/// assert_eq!(
///     record.to_string(),
///     "at=1970-01-01T00:00:00Z event=refused code=request.too_large status=413 stage=static client=unknown \
///      reason=\"a caller was refused: request.too_large\"",
/// );
/// # Ok::<(), keyward::InvalidCatalogue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a record belongs in the journal"]
pub struct CallRecord {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) count: u64,
    /// `None` for a call that was allowed.
    pub(super) code: Option<Code>,
    pub(super) status: u16,
    pub(super) stage: Stage,
    pub(super) caller: Option<Caller>,
    pub(super) key: Option<Box<str>>,
    pub(super) called: Option<Called>,
    pub(super) source: CallSource,
    pub(super) strength: Option<Strength>,
    pub(super) reason: Box<str>,
    pub(super) request: Option<Box<Request>>,
    pub(super) reply: Option<Box<Shown>>,
}

/// Whom the key belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) account: AccountId,
    pub(super) user: UserId,
    pub(super) name: Box<str>,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Called {
    pub(super) module: Box<str>,
    pub(super) method: Box<str>,
}

impl CallRecord {
    /// A refused call. The catalogue is the one that decided.
    pub fn refused(denial: &Denial, now: Timestamp, catalogue: &Catalogue) -> Self {
        let subject = denial.subject();
        let key = denial.key_id().map(|key| match subject {
            Some(_) => key.as_str().into(),
            None => Masked(key).to_string().into(),
        });
        Self {
            first: now,
            last: now,
            count: 1,
            code: Some(denial.code()),
            status: denial.public().status(),
            stage: denial.stage(),
            caller: subject.map(Caller::of),
            key,
            called: denial.method().and_then(|method| Called::of(method, catalogue)),
            source: CallSource::of(denial.client()),
            strength: denial.presented_strength(),
            reason: reason(denial.operator().sentence(catalogue).to_string()),
            request: None,
            reply: None,
        }
    }

    /// A call that was allowed and ended with this status. Whoever named a bare key, where that suffices, has proven nothing
    /// all the same.
    pub fn failed(grant: &Grant, status: u16, now: Timestamp, catalogue: &Catalogue) -> Self {
        let proven = grant.strength() > Strength::KeyOnly;
        let called = Called::of(grant.method(), catalogue);
        let (user, key) = (grant.user(), grant.key_id());
        let claim = if proven { "user" } else { "someone with the key of user" };
        let method = called.as_ref().map_or("an unknown method", |called| &called.method);
        let sentence = format!(
            "{claim} {:?} ({}, key {key}) was allowed to call {method}, which ended with status {status}",
            user.name(),
            user.id()
        );
        Self {
            first: now,
            last: now,
            count: 1,
            code: None,
            status,
            stage: if proven { Stage::AfterProof } else { Stage::BeforeProof },
            caller: Some(Caller { account: user.account(), user: user.id(), name: user.name().into() }),
            key: Some(key.as_str().into()),
            called,
            source: CallSource::of(grant.client()),
            strength: Some(grant.strength()),
            reason: reason(sentence),
            request: None,
            reply: None,
        }
    }

    /// When it happened; of several, the first.
    pub fn at(&self) -> Timestamp {
        self.first
    }

    /// When the last of them happened.
    pub fn last(&self) -> Timestamp {
        self.last
    }

    /// How many calls it stands for.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Why the call was refused; `None` if it was allowed and ended in an error.
    pub fn code(&self) -> Option<Code> {
        self.code
    }

    /// The HTTP status that the caller was sent.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// What had been established.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether the caller had proven to be who [`user`](Self::user) says. Of an attempt that is whose key was named.
    pub fn is_proven(&self) -> bool {
        self.stage == Stage::AfterProof && self.caller.is_some()
    }

    /// The account of the key that was presented, if it is anybody's.
    pub fn account(&self) -> Option<AccountId> {
        self.caller.as_ref().map(|caller| caller.account)
    }

    /// The API user of the key that was presented, if it is anybody's.
    pub fn user(&self) -> Option<UserId> {
        self.caller.as_ref().map(|caller| caller.user)
    }

    /// That user's name at the time.
    pub fn user_name(&self) -> Option<&str> {
        self.caller.as_ref().map(|caller| &*caller.name)
    }

    /// The key id that was presented. One that no record has and that has not our form is cut behind eight characters: it may be
    /// the secret of another system.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The module of what was asked for, if the catalogue has it.
    pub fn module(&self) -> Option<&str> {
        self.called.as_ref().map(|called| &*called.module)
    }

    /// What was asked for, if the catalogue has it.
    pub fn method(&self) -> Option<&str> {
        self.called.as_ref().map(|called| &*called.method)
    }

    /// Where it came from.
    pub fn client(&self) -> CallSource {
        self.source
    }

    /// What was presented: proven only if the caller [was](Self::is_proven).
    pub fn strength(&self) -> Option<Strength> {
        self.strength
    }

    /// What happened, to whom, and what to do about it: the operator's sentence.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl Caller {
    fn of(subject: &Subject) -> Self {
        let user = subject.user();
        Self { account: subject.account().id(), user: user.id(), name: user.name().into() }
    }
}

impl Called {
    fn of(method: MethodId, catalogue: &Catalogue) -> Option<Self> {
        let (module, method) = (catalogue.module_of(method)?, catalogue.name(method)?);
        Some(Self { module: module.into(), method: method.into() })
    }
}

fn reason(sentence: String) -> Box<str> {
    if sentence.len() <= MAX_REASON { sentence.into() } else { beginning(&sentence, MAX_REASON).into() }
}
