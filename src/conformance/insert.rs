//! Inserting.

use super::world::{Checked, acme, caller, found, holds, home, insert, is_unknown, one, read, user};
use crate::{
    account::Account,
    store::{Insert, Refusal, Registry},
    user::ApiUser,
};

pub(super) async fn account<S: Registry>(store: &S) -> Checked {
    let answer = store.insert(&caller("u1", "checkout", "key-1")?).await?;
    holds(
        answer == Insert::Refused(Refusal::NoAccount),
        "did not refuse a user whose account is not stored with `NoAccount`; look the account up",
    )?;
    holds(is_unknown(store, "key-1").await?, "kept a key of a user that it refused; insert all or nothing")
}

pub(super) async fn id<S: Registry>(store: &S) -> Checked {
    let first = one(store).await?;
    let answer = store.insert(&caller("u1", "till", "key-2")?).await?;
    holds(
        answer == Insert::Refused(Refusal::IdTaken),
        "did not refuse a second user of one id with `IdTaken`; insert, never replace",
    )?;
    let kept = read(store, "u1").await?.encode() == first.encode();
    holds(kept, "changed the stored user by an insert that it refused; change nothing")?;
    holds(is_unknown(store, "key-2").await?, "kept a key of a user that it refused; insert all or nothing")
}

pub(super) async fn name<S: Registry>(store: &S) -> Checked {
    one(store).await?;
    let answer = store.insert(&caller("u2", "checkout", "key-2")?).await?;
    holds(
        answer == Insert::Refused(Refusal::NameTaken),
        "did not refuse a second user of one name with `NameTaken`; keep names unique in an account",
    )?;
    holds(is_unknown(store, "key-2").await?, "kept a key of a user that it refused; insert all or nothing")
}

pub(super) async fn key<S: Registry>(store: &S) -> Checked {
    one(store).await?;
    let answer = store.insert(&caller("u2", "till", "key-1")?).await?;
    holds(
        matches!(answer, Insert::Refused(Refusal::KeyTaken(key)) if key.as_str() == "key-1"),
        "did not refuse another user's key id with `KeyTaken`; keep key ids unique in the whole store",
    )?;
    let owner = found(store, "key-1").await?.user().id();
    holds(owner.as_str() == "u1", "gave a key to a user that it refused; change nothing")?;
    insert(store, &caller("u2", "till", "key-2")?).await
}

pub(super) async fn accounts<S: Registry>(store: &S) -> Checked {
    let first = one(store).await?;
    let other = "other".parse()?;
    store.put_account(&Account::new(other)).await?;
    let twin = user(other, "u1", "checkout")?;
    insert(store, &twin).await?;
    let read = store.user(other, twin.id()).await?.map(|user| user.account());
    holds(read == Some(other), "read a user of another account; ask for account and user id")?;
    let _ = store.delete(other, twin.id()).await?;
    let listed = store.list(acme()?, None, 9).await?;
    holds(
        listed.iter().map(ApiUser::encode).eq([first.encode()]),
        "let an act on one account's user reach another's; ask for account and user id",
    )?;
    home(store).await?;
    let account = store.account(other).await?;
    holds(account == Some(Account::new(other)), "changed an account by putting another; ask for its id")
}
