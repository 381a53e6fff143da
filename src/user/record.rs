//! An API user's record, and what can be read of it.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use super::{credential::Credential, once::Requests};
use crate::{
    access::AccessLevel,
    credential::{Act, ActKind, By, NamedKey, Owner},
    id::{AccountId, KeyId, UserId},
    network::Allowlist,
    text::steers,
    time::Timestamp,
};

/// The longest name of an API user, in bytes.
const MAX_NAME: usize = 100;

/// Credentials that a record holds at most: sixteen, dead ones included, and the one that was just made.
pub(super) const MAX_RECORDED: usize = 17;

/// A named caller of an account, stored as one record.
///
/// Its forms as bytes ([`encode`](Self::encode)) and in serde's formats hold what verifies the secrets and, sealed, the
/// secrets themselves; keep them as a store keeps such things.
///
/// Every change raises its [`revision`](Self::revision), takes who did it and when, and returns an [`Act`](crate::Act) for the
/// journal. A change that fails changes nothing.
#[derive(Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Unchecked"))]
pub struct ApiUser {
    pub(super) account: AccountId,
    pub(super) id: UserId,
    pub(super) name: Box<str>,
    pub(super) level: AccessLevel,
    pub(super) allowlist: Allowlist,
    pub(super) disabled: bool,
    pub(super) credentials: Vec<Credential>,
    pub(super) requests: Requests,
    pub(super) revision: u64,
    /// The revision at which a store had it.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(super) based_on: Option<u64>,
}

impl ApiUser {
    /// A caller without a credential yet. The list is an explicit choice: there is no default.
    ///
    /// ```
    /// use keyward::{AccessLevel, Allowlist, ApiUser};
    /// let list = Allowlist::parse("192.0.2.0/24")?;
    /// let user = ApiUser::new("acme".parse()?, "u1".parse()?, "checkout", AccessLevel::Full, list)?;
    /// assert_eq!(user.name(), "checkout");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidName`]: 1 to 100 bytes without characters that break lines, move a cursor or turn text.
    pub fn new(
        account: AccountId,
        id: UserId,
        name: &str,
        level: AccessLevel,
        allowlist: Allowlist,
    ) -> Result<Self, InvalidName> {
        let name = checked(name)?;
        let (credentials, requests) = (Vec::new(), Requests::default());
        let (disabled, revision, based_on) = (false, 0, None);
        let user =
            Self { account, id, name, level, allowlist, disabled, credentials, requests, revision, based_on };
        Ok(user.begun())
    }

    /// The account that it calls for.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Its stable id.
    pub fn id(&self) -> UserId {
        self.id
    }

    #[cfg(feature = "memory")]
    pub(crate) fn id_ref(&self) -> &UserId {
        &self.id
    }

    /// Its name, unique within the account.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it may call.
    pub fn level(&self) -> &AccessLevel {
        &self.level
    }

    /// Where it may call from.
    pub fn allowlist(&self) -> &Allowlist {
        &self.allowlist
    }

    /// Whether it is switched off.
    pub fn is_disabled(&self) -> bool {
        self.disabled
    }

    /// Its credentials, oldest first; the latest dead ones among them.
    pub fn credentials(&self) -> &[Credential] {
        &self.credentials
    }

    /// Which state of the record this is; a store keeps it beside the record, whole, and compares it for equality. Every
    /// change raises it, up to 2³¹ of them. It is below 2⁶³.
    ///
    /// Its lower half is a digest of the record, so that a user that is made under a deleted one's id has other revisions
    /// than that had: an edit of the former then conflicts. Only by chance, one in 2³², it would not.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The revision at which it was read from a store, however often it was changed since; `None` if it never was.
    /// [`Registry::update`](crate::Registry::update) compares it with the stored one before it sets.
    ///
    /// Only reading sets it, so a copy that was stored has to be read again before it is changed again.
    pub fn based_on(&self) -> Option<u64> {
        self.based_on
    }

    /// Lays a revocation over the record that a store keeps in its key index. It is no change: the key is refused
    /// already, and the revision stays. A key that is revoked stays so, and keeps the moment that it has.
    pub fn lay_over(&mut self, key_id: KeyId, revoked_at: Timestamp) {
        if let Some(held) = self.credentials.iter_mut().find(|held| held.key_id == key_id) {
            held.lay_over(revoked_at);
        }
    }

    /// As a store has it from now on.
    #[cfg(feature = "memory")]
    pub(crate) fn into_stored(mut self) -> Self {
        self.based_on = Some(self.revision);
        self
    }

    /// The keys of the ring that its credentials name, dead ones too: once per credential.
    pub fn named_keys(&self) -> impl Iterator<Item = NamedKey> {
        self.credentials.iter().flat_map(|held| held.at_rest().named())
    }
}

/// What every act needs.
impl ApiUser {
    pub(super) fn owner(&self, key_id: KeyId) -> Owner {
        Owner { account: self.account, user: self.id, key_id }
    }

    pub(super) fn held(&mut self, key_id: KeyId) -> Result<&mut Credential, UnknownKey> {
        self.credentials.iter_mut().find(|held| held.key_id == key_id).ok_or(UnknownKey)
    }

    pub(super) fn with_future(
        &mut self,
        key_id: KeyId,
        now: Timestamp,
    ) -> Result<&mut Credential, UnknownKey> {
        self.held(key_id).and_then(|held| if held.has_future(now) { Ok(held) } else { Err(UnknownKey) })
    }

    pub(super) fn act(&self, kind: ActKind, key_id: Option<KeyId>, by: By<'_>) -> Act {
        Act {
            kind,
            account: self.account,
            user: Some(self.id),
            key_id,
            replaced: None,
            end: None,
            actor: Box::from(by.actor),
            at: by.at,
        }
    }
}

/// The user has no such live credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("key not among the user's live credentials; name one of them")]
pub struct UnknownKey;

/// A name is printed in lists, sentences and logs, so nothing in it moves a cursor or breaks a line.
pub(super) fn checked(name: &str) -> Result<Box<str>, InvalidName> {
    let control = name.char_indices().find(|(_, character)| steers(*character));
    match (name.trim().is_empty(), name.len() > MAX_NAME, control) {
        (true, _, _) => Err(InvalidName::Empty),
        (_, true, _) => Err(InvalidName::TooLong(name.len())),
        (_, _, Some((position, _))) => Err(InvalidName::Control(position)),
        _ => Ok(name.into()),
    }
}

impl fmt::Debug for ApiUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiUser")
            .field("account", &self.account)
            .field("id", &self.id)
            .field("name", &self.name)
            .field("level", &self.level)
            .field("allowlist", &self.allowlist)
            .field("disabled", &self.disabled)
            .field("credentials", &self.credentials)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

/// Why a text is no name of an API user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidName {
    /// Nothing, or only blanks.
    #[error("empty name; write 1 to 100 bytes, for example `checkout`")]
    Empty,
    /// Too long.
    #[error("name of {0} bytes; write 1 to 100 bytes")]
    TooLong(usize),
    /// A character that breaks lines, moves a cursor or turns the direction of text.
    #[error(
        "control character in the name at byte {0}; write it without line breaks, tabs, escapes or bidi marks"
    )]
    Control(usize),
}

/// A user as serde reads it, before its bounds are checked.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    account: AccountId,
    id: UserId,
    name: Box<str>,
    level: AccessLevel,
    allowlist: Allowlist,
    disabled: bool,
    credentials: Vec<Credential>,
    requests: Requests,
    revision: u64,
}

#[cfg(feature = "serde")]
impl TryFrom<Unchecked> for ApiUser {
    type Error = &'static str;

    fn try_from(read: Unchecked) -> Result<Self, &'static str> {
        let Unchecked { account, id, name, level, allowlist, disabled, credentials, requests, revision } =
            read;
        let name = checked(&name).map_err(|_| "API user with an impossible name")?;
        if credentials.len() > MAX_RECORDED {
            return Err("API user with more credentials than a record holds");
        }
        let based_on = Some(revision);
        Ok(Self { account, id, name, level, allowlist, disabled, credentials, requests, revision, based_on })
    }
}
