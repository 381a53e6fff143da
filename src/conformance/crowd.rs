//! One act among many others.

use alloc::{boxed::Box, format, string::String, vec::Vec};
use core::cell::Cell;

use super::{
    together::{Part, pending, together},
    world::{Checked, LATER, acme, by, found, holds, home, id, insert, key, one, read, update, user},
};
use crate::{
    access::AccessLevel,
    id::UserId,
    store::{Registry, Stop, Write},
    user::ApiUser,
};

/// Edits in all, and those that are over when the revocation begins.
const EDITS: u32 = 1_000;
const BEFORE: u32 = 400;
const EDITORS: u32 = 8;

pub(super) async fn revocation<S: Registry>(store: &S) -> Checked {
    one(store).await?;
    let (edits, answered) = (Cell::new(0), Cell::new(EDITS));
    let editors = |until| {
        (0..EDITORS).map({
            let edits = &edits;
            move |_| -> Part<'_, Checked> { Box::pin(edit(store, edits, until)) }
        })
    };
    all(together(editors(BEFORE)).await)?;
    let revoke = async {
        pending(1).await; // until the editors have copies that do not know of it
        let stopped = store.revoke(key("key-1")?, LATER).await?;
        answered.set(edits.get());
        holds(
            stopped == Stop::Stopped,
            "did not answer `Stopped` to the revocation of a key whose user is being edited; count the rows of the key index",
        )
    };
    let revoke: Part<'_, Checked> = Box::pin(revoke);
    all(together(editors(EDITS).chain([revoke])).await)?;
    holds(
        answered.get() < EDITS,
        "answered a revocation when all edits were over; write `revoked_at` whatever the revision is, and wait for no edit",
    )?;
    let lost =
        "found a revoked key as live among edits; keep `revoked_at` in the key index, where no edit writes";
    holds(found(store, "key-1").await?.credential().revoked_at() == Some(LATER), lost)?;
    let read = read(store, "u1").await?;
    holds(read.credentials().iter().all(|held| held.revoked_at() == Some(LATER)), lost)
}

fn all(answers: Vec<Checked>) -> Checked {
    answers.into_iter().collect()
}

/// Reads, changes and stores, until all editors have done so as often. What conflicts is an edit too.
async fn edit<S: Registry>(store: &S, edits: &Cell<u32>, until: u32) -> Checked {
    while edits.get() < until {
        edits.set(edits.get() + 1);
        let mut copy = read(store, "u1").await?;
        pending(1).await;
        let _ = copy.rename(&format!("till {}", edits.get()), by())?;
        holds(
            !matches!(store.update(&copy).await?, Write::Refused(_)),
            "refused a change to a name that nobody has; check it as an insert does",
        )?;
    }
    Ok(())
}

/// Users who stay, each of them edited; behind every fourth one leaves and another comes.
const STAY: u8 = 40;
const EDITS_OF_ONE: u8 = 5;

fn staying(number: u8) -> String {
    format!("u{number:02}")
}

pub(super) async fn walk<S: Registry>(store: &S) -> Checked {
    home(store).await?;
    for number in 0..STAY {
        insert(store, &user(acme()?, &staying(number), &staying(number))?).await?;
        if number % 4 == 0 {
            let leaves = format!("{}-leaves", staying(number));
            insert(store, &user(acme()?, &leaves, &leaves)?).await?;
        }
    }
    let met = Cell::new(Vec::new());
    let editors = (0..STAY).map(|number| -> Part<'_, Checked> { Box::pin(edit_one(store, number)) });
    let others: [Part<'_, Checked>; 2] = [Box::pin(meet(store, &met)), Box::pin(come_and_go(store))];
    all(together(editors.chain(others)).await)?;
    let met = met.take();
    holds(
        met.is_sorted_by(|a, b| a.as_str() < b.as_str()),
        "listed users out of order while others wrote; list by the bytes of their ids",
    )?;
    let stayed = met.iter().map(UserId::as_str).filter(|id| !id.contains('-'));
    holds(
        stayed.map(String::from).eq((0..STAY).map(staying)),
        "skipped or repeated a user who was there throughout, while others wrote; change a row in one step, and go on \
         behind an id",
    )
}

/// Page by page; a store that goes round in circles is stopped.
async fn meet<S: Registry>(store: &S, met: &Cell<Vec<UserId>>) -> Checked {
    let mut all = Vec::new();
    for _ in 0..STAY {
        let page = store.list(acme()?, all.last().copied(), 5).await?;
        if page.is_empty() {
            break;
        }
        all.extend(page.iter().map(ApiUser::id));
        pending(1).await;
    }
    met.set(all);
    Ok(())
}

async fn edit_one<S: Registry>(store: &S, number: u8) -> Checked {
    for _ in 0..EDITS_OF_ONE {
        let mut copy = read(store, &staying(number)).await?;
        let _ = copy.change_level(AccessLevel::Full, by());
        update(store, &copy).await?;
        pending(1).await;
    }
    Ok(())
}

async fn come_and_go<S: Registry>(store: &S) -> Checked {
    for number in (0..STAY).step_by(4) {
        let leaves = format!("{}-leaves", staying(number));
        let _ = store.delete(acme()?, id(&leaves)?).await?;
        let comes = format!("{}-comes", staying(number));
        insert(store, &user(acme()?, &comes, &comes)?).await?;
        pending(1).await;
    }
    Ok(())
}
