//! Administrative acts: who did what to which API user, when.

use alloc::boxed::Box;
use core::fmt;

use crate::{
    id::{AccountId, KeyId, RequestId, UserId},
    time::Timestamp,
};

/// Who acts, and when.
///
/// With a request id an act that makes a credential happens once: repeated by the same actor within 24 hours it answers
/// which key it made, without a secret.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct By<'a> {
    /// A person or a program, as the application names it.
    pub actor: &'a str,
    /// The moment of the act.
    pub at: Timestamp,
    /// By which the actor's program recognises its own repetition.
    pub request: Option<RequestId>,
}

impl<'a> By<'a> {
    /// An act of `actor` at `at`.
    pub const fn new(actor: &'a str, at: Timestamp) -> Self {
        Self { actor, at, request: None }
    }

    /// An act that happens once under this request id.
    #[must_use]
    pub const fn request(mut self, request: RequestId) -> Self {
        self.request = Some(request);
        self
    }
}

/// Something that was done to an API user or an account. Journal it; it holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "an act belongs in the journal"]
pub struct Act {
    /// What was done.
    pub kind: ActKind,
    /// To which account, or to a user of which.
    pub account: AccountId,
    /// To which API user; `None` where it was done to the account itself.
    pub user: Option<UserId>,
    /// To which credential, where it was done to one.
    pub key_id: Option<KeyId>,
    /// Which credential it replaced, where it replaced one.
    pub replaced: Option<KeyId>,
    /// When the credential that it ended or replaced stops verifying.
    pub end: Option<Timestamp>,
    /// Who did it.
    pub actor: Box<str>,
    /// When.
    pub at: Timestamp,
}

/// What can be done to an API user and an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ActKind {
    /// The user was made.
    Create,
    /// A credential was made.
    Issue,
    /// A pair of another system was taken over.
    Import,
    /// A credential was replaced; the old one is refused at once.
    Regenerate,
    /// A credential was replaced; the old one lives on for the overlap.
    Rotate,
    /// A credential was refused for good.
    Revoke,
    /// A credential was given an end.
    Expire,
    /// A credential was given a beginning.
    Postpone,
    /// The user was switched off.
    Disable,
    /// The user was switched on again.
    Enable,
    /// The user was given another name.
    Rename,
    /// The user was given another access level.
    ChangeLevel,
    /// The user was given another address list.
    ChangeAllowlist,
    /// The user was removed; its key ids stay taken.
    Delete,
    /// Modules, policies or integrations of the account were changed.
    EditAccount,
}

impl ActKind {
    /// All kinds.
    pub const ALL: &[Self] = &[
        Self::Create,
        Self::Issue,
        Self::Import,
        Self::Regenerate,
        Self::Rotate,
        Self::Revoke,
        Self::Expire,
        Self::Postpone,
        Self::Disable,
        Self::Enable,
        Self::Rename,
        Self::ChangeLevel,
        Self::ChangeAllowlist,
        Self::Delete,
        Self::EditAccount,
    ];

    /// The kind as it stands in a journal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Issue => "issue",
            Self::Import => "import",
            Self::Regenerate => "regenerate",
            Self::Rotate => "rotate",
            Self::Revoke => "revoke",
            Self::Expire => "expire",
            Self::Postpone => "postpone",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Rename => "rename",
            Self::ChangeLevel => "change-level",
            Self::ChangeAllowlist => "change-allowlist",
            Self::Delete => "delete",
            Self::EditAccount => "edit-account",
        }
    }
}

impl fmt::Display for ActKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
