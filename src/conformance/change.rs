//! Changing users and accounts.

use super::world::{
    Broken, Checked, NOW, acme, by, caller, found, hold, holds, home, insert, is_unknown, one, read, ring,
    update,
};
use crate::{
    access::AccessLevel,
    account::Account,
    credential::Keep,
    id::KeyId,
    store::{Refusal, Registry, Write},
    user::{ApiUser, Credential, Life},
};

pub(super) async fn counts<S: Registry>(store: &S) -> Checked {
    one(store).await?;
    let mut user = read(store, "u1").await?;
    let _ = user.revoke(first_key(&user)?, by())?;
    let _ = user.rename("till", by())?;
    hold(&mut user, "key-2", Keep::Hashed, &ring(1, 2)?)?;
    update(store, &user).await?;
    let old = found(store, "key-1").await?;
    holds(
        old.credential().life(NOW) == Life::Revoked,
        "found a credential as it was before a change; answer from the stored state",
    )?;
    let new = found(store, "key-2").await?;
    holds(
        new.user().name() == "till",
        "found a user as it was before a change; answer from the stored state",
    )?;
    holds(
        read(store, "u1").await?.encode() == user.encode(),
        "read a user that differs from the change that was stored; keep every byte of `encode`",
    )?;
    insert(store, &caller("u2", "checkout", "key-3")?).await // the name that it no longer has
}

fn first_key(user: &ApiUser) -> Result<KeyId, Broken> {
    let first = user.credentials().first().map(Credential::key_id);
    first.ok_or_else(|| Broken("lost a user's credential; keep every byte of `encode`".into()))
}

pub(super) async fn conflict<S: Registry>(store: &S) -> Checked {
    one(store).await?;
    let (mut first, mut second) = (read(store, "u1").await?, read(store, "u1").await?);
    let _ = first.change_level(AccessLevel::custom(["events.create"]), by());
    let _ = second.rename("till", by())?;
    hold(&mut second, "key-2", Keep::Hashed, &ring(1, 2)?)?;
    update(store, &first).await?;
    holds(
        store.update(&second).await? == Write::Conflict,
        "did not answer `Conflict` to a change of an older revision; compare `based_on` and set in one step",
    )?;
    holds(
        read(store, "u1").await?.encode() == first.encode() && is_unknown(store, "key-2").await?,
        "changed something by an update that conflicts; change nothing",
    )?;
    let mut third = read(store, "u1").await?;
    let _ = third.disable(by());
    update(store, &third).await
}

pub(super) async fn unread<S: Registry>(store: &S) -> Checked {
    home(store).await?;
    let made = caller("u1", "checkout", "key-1")?;
    let unread = "did not answer `Conflict` to an update of a user that is not stored; update, never insert";
    holds(store.update(&made).await? == Write::Conflict, unread)?;
    holds(is_unknown(store, "key-1").await?, unread)?;
    insert(store, &made).await?;
    holds(
        store.update(&made).await? == Write::Conflict,
        "took a user that was never read for the stored one; compare `based_on`, not `revision`",
    )?;
    let mut read = read(store, "u1").await?;
    let _ = store.delete(acme()?, made.id()).await?;
    let _ = read.disable(by());
    holds(store.update(&read).await? == Write::Conflict, unread)?;
    holds(
        store.user(acme()?, made.id()).await?.is_none() && is_unknown(store, "key-1").await?,
        "brought a deleted user back by an update; update, never insert",
    )
}

pub(super) async fn taken<S: Registry>(store: &S) -> Checked {
    one(store).await?;
    insert(store, &caller("u2", "till", "key-2")?).await?;
    let before = read(store, "u2").await?;
    let mut renamed = before.clone();
    let _ = renamed.rename("checkout", by())?;
    holds(
        store.update(&renamed).await? == Write::Refused(Refusal::NameTaken),
        "did not refuse a change to another user's name with `NameTaken`; check it as an insert does",
    )?;
    let mut keyed = before.clone();
    hold(&mut keyed, "key-1", Keep::Hashed, &ring(1, 2)?)?;
    holds(
        matches!(store.update(&keyed).await?, Write::Refused(Refusal::KeyTaken(_))),
        "did not refuse a change to another user's key id with `KeyTaken`; check it as an insert does",
    )?;
    holds(
        read(store, "u2").await?.encode() == before.encode()
            && found(store, "key-1").await?.user().id().as_str() == "u1",
        "changed something by an update that it refused; change nothing",
    )
}

pub(super) async fn account<S: Registry>(store: &S) -> Checked {
    one(store).await?;
    insert(store, &caller("u2", "till", "key-2")?).await?;
    found(store, "key-1").await?;
    let changed = Account::new(acme()?).enable_integration("crm".parse()?);
    store.put_account(&changed).await?;
    for key in ["key-1", "key-2"] {
        holds(
            *found(store, key).await?.account() == changed,
            "found a user under its account's former state; join the account at every look-up",
        )?;
    }
    holds(
        store.account(acme()?).await? == Some(changed),
        "read an account's former state; return the last one put",
    )
}
