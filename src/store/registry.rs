//! Where accounts and API users are kept.

use alloc::{collections::BTreeMap, sync::Arc, vec::Vec};
use core::future::Future;

use super::lookup::Lookup;
use crate::{
    account::Account,
    credential::{Act, By, NamedKey},
    id::{AccountId, KeyId, UserId},
    time::Timestamp,
    user::ApiUser,
};

/// Keeps accounts and API users, for the back office.
///
/// **Duty, of every method:** what it has answered holds for every later call, whoever makes it: the next
/// [`find`](Lookup::find) sees it. A refusal and a failure change nothing. Ids, names and key ids are compared byte by
/// byte: a database's collation that folds case or accents makes two callers one.
///
/// **Duty, of every read of a user:** the key index's revocations are laid over the record
/// ([`ApiUser::lay_over`]). Left out, an administrator sees a revoked credential as live and rotates it on.
///
/// No method has a default body: there is no safe guess at any of them. The feature `conformance` checks a store.
pub trait Registry: Lookup {
    /// The account.
    ///
    /// **Duty:** the last one put. An older one, edited and put back, undoes what others switched off.
    fn account(&self, id: AccountId) -> impl Future<Output = Result<Option<Account>, Self::Error>> + Send;

    /// Stores an account, in place of any that it had.
    ///
    /// **Duty:** all its users are judged by it from now on. A user left under the old one calls modules that were
    /// switched off. Of two puts the later stays; who edits an account at a time is the application's to order.
    fn put_account(&self, account: &Account) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// A user, to change and to [`update`](Self::update).
    ///
    /// **Duty:** [`based_on`](ApiUser::based_on) is the stored revision, as [`ApiUser::decode`] sets it. Another one
    /// makes every update conflict, or lets one overwrite what it has not read.
    fn user(
        &self,
        account: AccountId,
        user: UserId,
    ) -> impl Future<Output = Result<Option<ApiUser>, Self::Error>> + Send;

    /// At most `limit` users of an account, those whose ids come behind `after`, in the order of their ids' bytes. The
    /// last one's id is the next call's `after`; an empty page is the end.
    ///
    /// **Duty:** a user that is there throughout stands on exactly one page, whatever is inserted or deleted in
    /// between: so the cursor is an id, never a position. A skipped user keeps its access through a review.
    fn list(
        &self,
        account: AccountId,
        after: Option<UserId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<ApiUser>, Self::Error>> + Send;

    /// Stores a new user.
    ///
    /// **Duty:** refuse one whose account is not stored, whose id or name another user of the account has, or one of
    /// whose key ids stands in the key index, tombstones included. All in one transaction: a key id that two users
    /// have lets one in as the other; a name that two have makes an administrator revoke the wrong one.
    fn insert(&self, user: &ApiUser) -> impl Future<Output = Result<Insert, Self::Error>> + Send;

    /// Stores a change to a user.
    ///
    /// **Duty:** only if the stored revision is still the one that it is [based on](ApiUser::based_on), compared and
    /// set in one step; else [`Write::Conflict`], also where the user is gone or another was made under its id. An update
    /// that overwrites another brings back what the other took away. Refuse what [`insert`](Self::insert) refuses. A key id that the record no
    /// longer has stays in the index as a tombstone; the index's revocations stay whatever the record says.
    fn update(&self, user: &ApiUser) -> impl Future<Output = Result<Write, Self::Error>> + Send;

    /// Refuses a key for good. The act for the journal comes from [`ApiUser::revoke`] on a copy that is not stored.
    ///
    /// **Duty:** one unconditional write of `revoked_at` in the key index: it needs no revision, it reads no record,
    /// and no edit, earlier or later, undoes it. The first moment stays. A revocation that is lost leaves a leaked
    /// key working; so does one that has to wait for an edit to end. A tombstone is [`Stop::Stopped`] too.
    fn revoke(&self, key: KeyId, at: Timestamp) -> impl Future<Output = Result<Stop, Self::Error>> + Send;

    /// Switches a user off, whatever its revision is. `None` if there is no such user.
    ///
    /// **Duty:** [`ApiUser::disable`] on the stored record, which raises its revision, repeated until it is stored:
    /// then a copy that was read before conflicts. Without that, an edit that began earlier switches the user on.
    fn disable(
        &self,
        account: AccountId,
        user: UserId,
        by: By<'_>,
    ) -> impl Future<Output = Result<Option<Act>, Self::Error>> + Send;

    /// Removes a user, whatever its revision is. The act for the journal comes from [`ApiUser::delete`] on a copy.
    ///
    /// **Duty:** every key of the user in the index becomes a tombstone, for good, also one that was issued a moment
    /// ago; name and id are free again. A key id that could come back would stand in old logs for somebody else.
    fn delete(
        &self,
        account: AccountId,
        user: UserId,
    ) -> impl Future<Output = Result<Stop, Self::Error>> + Send;

    /// How many users name each key of the ring ([`ApiUser::named_keys`]); what is missing is named by none.
    ///
    /// **Duty:** count every stored user, dead credentials too. A key that is counted too low is dropped, and whoever
    /// was hashed or sealed under it is locked out for good. It may read the whole table.
    fn count_by_key(&self) -> impl Future<Output = Result<BTreeMap<NamedKey, u64>, Self::Error>> + Send;
}

/// The answer to an [`insert`](Registry::insert).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a user that is refused is not stored"]
pub enum Insert {
    /// It is stored.
    Stored,
    /// It is not, and nothing has changed.
    Refused(Refusal),
}

/// The answer to an [`update`](Registry::update).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a change that conflicts or is refused is not stored"]
pub enum Write {
    /// It is stored.
    Stored,
    /// Somebody has changed or deleted the user since it was read: read it again and repeat the change.
    Conflict,
    /// What the change asks for is taken; nothing has changed.
    Refused(Refusal),
}

/// The answer to a [`revoke`](Registry::revoke) and a [`delete`](Registry::delete).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "what is unknown was not stopped"]
pub enum Stop {
    /// It is refused from now on, or was before.
    Stopped,
    /// There is no such key or user.
    Unknown,
}

/// Why a store does not take a user as it is. Repeating it changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Its account is not stored.
    #[error("user of an account that is not stored; put the account first")]
    NoAccount,
    /// A user of that id is stored already.
    #[error("second user of that id in the account; choose another id, or read the stored one and update it")]
    IdTaken,
    /// Another user of the account has its name.
    #[error("second user of that name in the account; choose another name")]
    NameTaken,
    /// Another user has one of its key ids, or had it once.
    #[error("key id {0} is or was another user's; issue a new credential")]
    KeyTaken(KeyId),
}

macro_rules! forward {
    ($($pointer:ty),*) => { $(
        impl<T: Registry + ?Sized> Registry for $pointer {
            fn account(
                &self,
                id: AccountId,
            ) -> impl Future<Output = Result<Option<Account>, Self::Error>> + Send {
                (**self).account(id)
            }

            fn put_account(&self, account: &Account) -> impl Future<Output = Result<(), Self::Error>> + Send {
                (**self).put_account(account)
            }

            fn user(
                &self,
                account: AccountId,
                user: UserId,
            ) -> impl Future<Output = Result<Option<ApiUser>, Self::Error>> + Send {
                (**self).user(account, user)
            }

            fn list(
                &self,
                account: AccountId,
                after: Option<UserId>,
                limit: usize,
            ) -> impl Future<Output = Result<Vec<ApiUser>, Self::Error>> + Send {
                (**self).list(account, after, limit)
            }

            fn insert(&self, user: &ApiUser) -> impl Future<Output = Result<Insert, Self::Error>> + Send {
                (**self).insert(user)
            }

            fn update(&self, user: &ApiUser) -> impl Future<Output = Result<Write, Self::Error>> + Send {
                (**self).update(user)
            }

            fn revoke(
                &self,
                key: KeyId,
                at: Timestamp,
            ) -> impl Future<Output = Result<Stop, Self::Error>> + Send {
                (**self).revoke(key, at)
            }

            fn disable(
                &self,
                account: AccountId,
                user: UserId,
                by: By<'_>,
            ) -> impl Future<Output = Result<Option<Act>, Self::Error>> + Send {
                (**self).disable(account, user, by)
            }

            fn delete(
                &self,
                account: AccountId,
                user: UserId,
            ) -> impl Future<Output = Result<Stop, Self::Error>> + Send {
                (**self).delete(account, user)
            }

            fn count_by_key(
                &self,
            ) -> impl Future<Output = Result<BTreeMap<NamedKey, u64>, Self::Error>> + Send {
                (**self).count_by_key()
            }
        }
    )* };
}

forward!(&T, Arc<T>);
