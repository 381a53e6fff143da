//! Looking up.

use super::world::{
    Broken, Checked, caller, found, hold, holds, home, insert, is_unknown, one, read, ring, sealed,
};
use crate::store::Registry;

pub(super) async fn unknown<S: Registry>(store: &S) -> Checked {
    holds(is_unknown(store, "key-1").await?, "found a key in an empty store; return `None`")?;
    one(store).await?;
    holds(is_unknown(store, "key-2").await?, "found a key that nobody has; return `None`")
}

pub(super) async fn inserted<S: Registry>(store: &S) -> Checked {
    home(store).await?;
    let mut user = caller("u1", "checkout", "key-1")?;
    hold(&mut user, "key-2", sealed(), &ring(1, 2)?)?;
    insert(store, &user).await?;
    insert(store, &caller("u2", "till", "key-3")?).await?;
    for key in ["key-1", "key-2"] {
        let found = found(store, key).await?;
        holds(
            found.key_id().as_str() == key,
            "found another key's subject; return the one that is asked for",
        )?;
        holds(
            found.user().encode() == user.encode(),
            "found a user that differs from the stored one; keep every byte of `encode`",
        )?;
        let stored = store.account(user.account()).await?;
        holds(
            stored.as_ref() == Some(found.account()),
            "found a user under another account than the one that was put; join the two by id",
        )?;
    }
    let read = read(store, "u1").await?;
    holds(read.encode() == user.encode(), "read a user that differs from the stored one; keep every byte")?;
    holds(
        read.based_on() == Some(user.revision()),
        "read a user that is not based on its stored revision; read it with `ApiUser::decode`",
    )
}

pub(super) async fn bytes<S: Registry>(store: &S) -> Checked {
    one(store).await?;
    let folded =
        "took two ids that differ in case for one; compare bytes, in a database by a binary collation";
    holds(is_unknown(store, "KEY-1").await?, folded)?;
    insert(store, &caller("U1", "till", "KEY-1")?).await.map_err(|_| Broken(folded.into()))?;
    holds(found(store, "key-1").await?.user().id().as_str() == "u1", folded)?;
    holds(found(store, "KEY-1").await?.user().id().as_str() == "U1", folded)
}
