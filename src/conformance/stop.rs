//! Revoking, disabling, deleting.

use alloc::{format, vec::Vec};

use super::world::{
    Broken, Checked, LATER, NOW, acme, by, caller, counting, found, hold, holds, home, id, insert,
    is_unknown, key, mint, one, read, ring, update, user,
};
use crate::{
    credential::Keep,
    store::{Insert, Refusal, Registry, Stop, Write},
    user::ApiUser,
};

pub(super) async fn revoke<S: Registry>(store: &S) -> Checked {
    one(store).await?;
    let mut user = read(store, "u1").await?;
    hold(&mut user, "key-2", Keep::Hashed, &ring(1, 2)?)?;
    update(store, &user).await?;
    holds(
        store.revoke(key("key-1")?, LATER).await? == Stop::Stopped,
        "did not answer `Stopped` to the revocation of a stored key; write `revoked_at`",
    )?;
    let _ = store.revoke(key("key-1")?, NOW).await?;
    let moment = found(store, "key-1").await?.credential().revoked_at();
    holds(
        moment.is_some(),
        "found a revoked key as live; lay the key index over the record: `Subject::revoked`",
    )?;
    holds(moment == Some(LATER), "moved a revocation by repeating it; keep the first moment")?;
    let other = found(store, "key-2").await?.credential().revoked_at();
    holds(other.is_none(), "revoked another key of the user too; write the one row")?;
    let shown = |user: &ApiUser| {
        user.credentials().iter().any(|held| held.key_id().as_str() == "key-1" && held.revoked_at().is_some())
    };
    let listed = store.list(acme()?, None, 9).await?;
    holds(
        shown(&read(store, "u1").await?) && listed.iter().all(shown),
        "read a user whose revoked key looks live; lay the key index over it: `ApiUser::lay_over`",
    )?;
    holds(
        store.revoke(key("key-3")?, NOW).await? == Stop::Unknown,
        "did not answer `Unknown` to the revocation of a key that nobody has; count the rows",
    )
}

pub(super) async fn revoke_stays<S: Registry>(store: &S) -> Checked {
    one(store).await?;
    let mut stale = read(store, "u1").await?;
    let _ = store.revoke(key("key-1")?, NOW).await?;
    let _ = stale.rename("till", by())?;
    // Whether it conflicts is the store's to say.
    let _ = store.update(&stale).await?;
    let lost =
        "found a revoked key as live after an edit; keep `revoked_at` in the key index, where no edit writes";
    holds(found(store, "key-1").await?.credential().revoked_at().is_some(), lost)?;
    let mut fresh = read(store, "u1").await?;
    let _ = fresh.rename("desk", by())?;
    update(store, &fresh).await?;
    holds(found(store, "key-1").await?.credential().revoked_at().is_some(), lost)
}

pub(super) async fn disable<S: Registry>(store: &S) -> Checked {
    one(store).await?;
    let mut stale = read(store, "u1").await?;
    let mut newer = stale.clone();
    let _ = newer.rename("till", by())?;
    update(store, &newer).await?;
    let act = store.disable(acme()?, stale.id(), by()).await?;
    holds(act.is_some(), "did not disable a user; change the stored record whatever its revision is")?;
    let _ = stale.rename("desk", by())?;
    let _ = newer.rename("desk", by())?;
    let _ = (store.update(&stale).await?, store.update(&newer).await?);
    let disabled = found(store, "key-1").await?.user().is_disabled();
    holds(disabled, "switched a disabled user on by an older edit; raise the revision when disabling")?;
    let nobody = store.disable(acme()?, id("u2")?, by()).await?;
    holds(nobody.is_none(), "disabled a user that is not stored; return `None`")
}

pub(super) async fn delete<S: Registry>(store: &S) -> Checked {
    let user = one(store).await?;
    holds(
        store.delete(acme()?, user.id()).await? == Stop::Stopped,
        "did not answer `Stopped` to the deletion of a user; delete whatever its revision is",
    )?;
    holds(is_unknown(store, "key-1").await?, "found the key of a deleted user; return `None`")?;
    holds(store.user(acme()?, user.id()).await?.is_none(), "read a deleted user; return `None`")?;
    holds(store.list(acme()?, None, 9).await?.is_empty(), "listed a deleted user; leave it out")?;
    holds(
        store.delete(acme()?, user.id()).await? == Stop::Unknown,
        "did not answer `Unknown` to the deletion of a user that is not stored; count the rows",
    )?;
    insert(store, &caller("u1", "checkout", "key-2")?).await
}

pub(super) async fn tombstones<S: Registry>(store: &S) -> Checked {
    let user = one(store).await?;
    let _ = store.delete(acme()?, user.id()).await?;
    for again in ["u1", "u2"] {
        holds(
            store.insert(&caller(again, again, "key-1")?).await?
                == Insert::Refused(Refusal::KeyTaken(key("key-1")?)),
            "gave a deleted user's key id away; keep its row in the key index as a tombstone",
        )?;
    }
    holds(
        store.revoke(key("key-1")?, NOW).await? == Stop::Stopped,
        "did not answer `Stopped` to the revocation of a tombstone; it is refused already",
    )
}

/// An administrator who has read a user changes it when it is gone and another has its id. The two may have been changed
/// equally often, and without a key nothing else tells them apart.
pub(super) async fn reborn<S: Registry>(store: &S) -> Checked {
    home(store).await?;
    let mut stale = Vec::new();
    for edits in 0..3 {
        let mut gone = user(acme()?, "u1", "checkout")?;
        for edit in 0..edits {
            let _ = gone.rename(&format!("till {edit}"), by())?;
        }
        insert(store, &gone).await?;
        stale.push(read(store, "u1").await?);
        let _ = store.delete(acme()?, gone.id()).await?;
    }
    insert(store, &caller("u1", "desk", "key-1")?).await?;
    let made = read(store, "u1").await?;
    for mut stale in stale {
        let _ = stale.disable(by());
        holds(
            store.update(&stale).await? == Write::Conflict
                && read(store, "u1").await?.encode() == made.encode(),
            "changed a user by an edit of another one that had its id before; compare `based_on` with all bits of `revision`",
        )?;
    }
    found(store, "key-1").await.map(drop)
}

/// A record keeps a limited number of dead credentials, so the first one leaves it.
pub(super) async fn dropped<S: Registry>(store: &S) -> Checked {
    home(store).await?;
    let ring = ring(1, 2)?;
    let mut checkout = user(acme()?, "u1", "checkout")?;
    let first = mint(&mut checkout, &ring, 0)?;
    insert(store, &checkout).await?;
    let mut checkout = read(store, "u1").await?;
    let mut last = first;
    for seed in 1..=MORE_THAN_KEPT {
        last = checkout.regenerate(last, &ring, by(), &mut counting(seed))?.key_id();
    }
    if checkout.credentials().iter().any(|held| held.key_id() == first) {
        return Err(Broken("kept every credential in the record; this check has to be longer".into()));
    }
    update(store, &checkout).await?;
    let found = store.find(first).await?;
    holds(found.is_none(), "found a key that no record has any more; return `None`")?;
    let given = "gave a key id away that left its record; keep its row in the key index as a tombstone";
    let mut twin = user(acme()?, "u2", "till")?;
    holds(mint(&mut twin, &ring, 0)? == first, "minted two keys from one seed; this check cannot be set up")?;
    holds(store.insert(&twin).await? == Insert::Refused(Refusal::KeyTaken(first)), given)?;
    let mut again = read(store, "u1").await?;
    let _ = again.revoke(last, by())?;
    mint(&mut again, &ring, 0)?;
    holds(matches!(store.update(&again).await?, Write::Refused(Refusal::KeyTaken(_))), given)
}

const MORE_THAN_KEPT: u8 = 20;
