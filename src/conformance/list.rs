//! Listing and counting.

use alloc::{collections::BTreeMap, format, vec::Vec};

use super::world::{
    Broken, Checked, acme, by, caller, hold, holds, home, id, insert, read, ring, sealed, update,
};
use crate::{
    credential::{Keep, NamedKey},
    id::UserId,
    store::Registry,
    user::ApiUser,
};

/// Upper case stands before lower case, and digits before both, in the order of bytes alone.
const IN_ORDER: [&str; 7] = ["1", "10", "9", "B", "C", "a", "b"];

pub(super) async fn pages<S: Registry>(store: &S) -> Checked {
    home(store).await?;
    for (number, user) in IN_ORDER.iter().rev().enumerate() {
        insert(store, &caller(user, &format!("name {number}"), &format!("key-{number}"))?).await?;
    }
    let first = page(store, None).await?;
    holds(
        texts(&first) == ["1", "10", "9"],
        "listed other users first; order them by the bytes of their ids",
    )?;
    // One before the cursor comes, the cursor itself goes.
    insert(store, &caller("0", "0", "key-x")?).await?;
    let _ = store.delete(acme()?, id("9")?).await?;
    let second = page(store, Some(id("9")?)).await?;
    let shifted = "skipped or repeated a user; the cursor is an id, list what comes behind it";
    holds(texts(&second) == ["B", "C", "a"], shifted)?;
    let third = page(store, second.last().copied()).await?;
    holds(texts(&third) == ["b"], shifted)?;
    holds(page(store, third.last().copied()).await?.is_empty(), "listed on behind the last user; end empty")?;
    let stranger = store.list("other".parse()?, None, 9).await?;
    holds(stranger.is_empty(), "listed users of another account; ask for the account's")
}

async fn page<S: Registry>(store: &S, after: Option<UserId>) -> Result<Vec<UserId>, Broken> {
    Ok(store.list(acme()?, after, 3).await?.iter().map(ApiUser::id).collect())
}

fn texts(users: &[UserId]) -> Vec<&str> {
    users.iter().map(UserId::as_str).collect()
}

pub(super) async fn keys<S: Registry>(store: &S) -> Checked {
    home(store).await?;
    let counted = store.count_by_key().await?;
    holds(counted.values().all(|count| *count == 0), "counted keys in an empty store; count stored users")?;
    let mut old = caller("u1", "old", "key-1")?;
    hold(&mut old, "key-2", Keep::Hashed, &ring(1, 2)?)?;
    insert(store, &old).await?;
    let mut both = caller("u2", "both", "key-3")?;
    hold(&mut both, "key-4", sealed(), &ring(2, 1)?)?;
    insert(store, &both).await?;
    let expected = [(NamedKey::Pepper(1), 2), (NamedKey::Pepper(2), 1), (NamedKey::Sealing(3), 1)];
    let count = "counted keys otherwise; count each user once for every key that `named_keys` has";
    holds(counts(store).await?.into_iter().eq(expected), count)?;
    let mut dead = read(store, "u2").await?;
    let _ = dead.revoke("key-4".parse()?, by())?;
    update(store, &dead).await?;
    holds(counts(store).await?.into_iter().eq(expected), "left dead credentials out; count them too")?;
    let _ = store.delete(acme()?, dead.id()).await?;
    holds(
        counts(store).await?.into_iter().eq([(NamedKey::Pepper(1), 1)]),
        "counted a deleted user; leave it out",
    )
}

/// A key that nobody names may be counted as none, or be missing.
async fn counts<S: Registry>(store: &S) -> Result<BTreeMap<NamedKey, u64>, Broken> {
    let mut counts = store.count_by_key().await?;
    counts.retain(|_, count| *count > 0);
    Ok(counts)
}
