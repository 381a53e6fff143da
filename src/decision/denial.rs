//! The verdict that a request is refused.

use core::fmt;

use super::{
    code::{Code, Stage},
    reason::Reason,
};
use crate::{
    access::MethodId, credential::Masked, id::KeyId, network::ClientAddr, policy::Strength, signature::Flaw,
    subject::Subject,
};

/// A refused request.
///
/// It has two faces. `Display` and [`public`](Self::public) say what the caller may know; [`operator`](Self::operator)
/// says what happened, for the back office. It holds no secret and may be kept, sent and cloned without allocating.
#[derive(Clone)]
#[must_use = "a denial is to be answered"]
pub struct Denial {
    code: Code,
    reason: Reason,
    /// What was presented, where it could be read.
    presented: Option<Strength>,
    who: Who,
    client: ClientAddr,
    method: Option<MethodId>,
}

/// As much as is known of the caller.
#[derive(Clone)]
pub(crate) enum Who {
    Nobody,
    Key(KeyId),
    Known(Subject),
}

impl fmt::Debug for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("Nobody"),
            Self::Key(key_id) => Masked(*key_id).fmt(f),
            Self::Known(subject) => subject.fmt(f),
        }
    }
}

impl Denial {
    /// A denial that an adapter decides itself, for example [`Code::RequestTooLarge`].
    pub fn new(code: Code) -> Self {
        Self::because(code, Reason::AsCoded, Who::Nobody)
    }

    pub(crate) fn because(code: Code, reason: Reason, who: Who) -> Self {
        let (presented, client, method) = (None, ClientAddr::unknown(), None);
        Self { code, reason, presented, who, client, method }
    }

    pub(crate) fn presented(mut self, presented: Strength) -> Self {
        self.presented = Some(presented);
        self
    }

    pub(crate) fn asked(mut self, client: ClientAddr, method: Option<MethodId>) -> Self {
        self.client = client;
        self.method = method;
        self
    }

    /// The public code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What had been established. Whoever named a bare key has proven nothing, whatever the code.
    pub fn stage(&self) -> Stage {
        match self.code.stage() {
            Stage::AfterProof if self.presented == Some(Strength::KeyOnly) => Stage::BeforeProof,
            stage => stage,
        }
    }

    /// Where the request came from.
    pub fn client(&self) -> ClientAddr {
        self.client
    }

    /// What was asked for, if the catalogue has it.
    pub fn method(&self) -> Option<MethodId> {
        self.method
    }

    /// The key that was presented, known or not: an unknown one is whatever the caller wrote within a key's grammar. Show
    /// it to operators alone.
    pub fn key_id(&self) -> Option<KeyId> {
        match &self.who {
            Who::Nobody => None,
            Who::Key(key_id) => Some(*key_id),
            Who::Known(subject) => Some(subject.key_id()),
        }
    }

    /// Whom the presented key belongs to, for operators. [`stage`](Self::stage) says whether the caller proved it.
    pub fn subject(&self) -> Option<&Subject> {
        match &self.who {
            Who::Known(subject) => Some(subject),
            Who::Nobody | Who::Key(_) => None,
        }
    }

    /// What is wrong with the signature, where that was seen without its key. For operators; the code is public.
    pub fn flaw(&self) -> Option<Flaw> {
        if let Reason::Flaw(flaw) = self.reason { Some(flaw) } else { None }
    }

    /// A proven caller came from an address outside its list: its secret may be in other hands.
    pub fn stolen_secret_suspected(&self) -> bool {
        self.code == Code::AccessIpUser && self.presented >= Some(Strength::Secret)
    }

    pub(super) fn who(&self) -> &Who {
        &self.who
    }

    pub(super) fn reason(&self) -> Reason {
        self.reason
    }

    pub(crate) fn presented_strength(&self) -> Option<Strength> {
        self.presented
    }
}

impl fmt::Debug for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Denial")
            .field("code", &self.code)
            .field("reason", &self.reason)
            .field("who", &self.who)
            .field("client", &self.client)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}
