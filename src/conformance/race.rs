//! Writes that are under way at the same time: one of them wins.

use alloc::{boxed::Box, format, vec::Vec};
use core::time::Duration;

use super::{
    together::{Part, together},
    world::{
        Broken, Checked, acme, by, caller, counting, found, holds, home, insert, is_unknown, key, one, read,
        ring, update, user,
    },
};
use crate::{
    credential::{Keep, Reveal},
    id::KeyId,
    store::{Insert, Registry, Write},
    user::{ApiUser, IssueError},
};

/// Calls at a time.
const RACING: u8 = 8;
const OVERLAP: Duration = Duration::from_secs(60);
/// Key ids of seeds that are so far apart differ.
const APART: u8 = 30;

pub(super) async fn inserts<S: Registry>(store: &S) -> Checked {
    home(store).await?;
    // With a number in each part that is not the one that they share.
    for (shared, [id, name, key]) in [
        ("id", ["a", "a #", "key-a-#"]),
        ("name", ["b-#", "b", "key-b-#"]),
        ("key id", ["c-#", "c #", "key-c"]),
    ] {
        let of = |text: &str, number| text.replace('#', &format!("{number}"));
        let racers = (0..RACING).map(|number| caller(&of(id, number), &of(name, number), &of(key, number)));
        let racers = racers.collect::<Result<Vec<_>, _>>()?;
        let answers =
            together(racers.iter().map(|racer| -> Part<'_, _> { Box::pin(store.insert(racer)) })).await;
        let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
        let stored = answers.iter().zip(&racers).filter(|(answer, _)| **answer == Insert::Stored);
        let stored: Vec<_> = stored.map(|(_, racer)| racer).collect();
        let [stored] = stored[..] else {
            return Err(Broken(format!(
                "stored {} of eight users who were inserted under one {shared} at a time; check and insert in one step",
                stored.len()
            )));
        };
        let kept =
            store.user(acme()?, stored.id()).await?.is_some_and(|kept| kept.encode() == stored.encode());
        holds(kept, "kept another user than the one that it called stored; answer what was done")?;
    }
    let listed = store.list(acme()?, None, 99).await?;
    holds(listed.len() == 3, "kept users that it refused; insert all or nothing")
}

/// All of them of one key, each with a successor of its own.
pub(super) async fn rotations<S: Registry>(store: &S) -> Checked {
    one(store).await?;
    let (mut copies, mut made) = (Vec::new(), Vec::new());
    for number in 0..RACING {
        let mut copy = read(store, "u1").await?;
        let random = &mut counting(number * APART);
        made.push(copy.rotate(key("key-1")?, OVERLAP, &ring(1, 2)?, by(), random)?.key_id());
        copies.push(copy);
    }
    let won = winner(store, &copies).await?;
    for (place, key_id) in made.iter().enumerate() {
        holds(
            (place == won) != is_unknown(store, key_id.as_str()).await?,
            "kept a key of a rotation that it refused, or none of the one that it stored; answer what was done",
        )?;
    }
    let old = found(store, "key-1").await?;
    holds(
        old.credential().expires_at() == Some(by().at.plus(OVERLAP)) && old.user().credentials().len() == 2,
        "kept a rotated key otherwise than the rotation has it; keep every byte of `encode`",
    )
}

/// The place of the one change that is stored.
async fn winner<S: Registry>(store: &S, copies: &[ApiUser]) -> Result<usize, Broken> {
    let answers = together(copies.iter().map(|copy| -> Part<'_, _> { Box::pin(store.update(copy)) })).await;
    let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    let won = answers.iter().filter(|answer| **answer == Write::Stored).count();
    let lost = answers.iter().filter(|answer| **answer == Write::Conflict).count();
    holds(
        (won, lost) == (1, copies.len() - 1),
        "stored other than one of several changes of one revision at a time; compare `based_on` and set in one step",
    )?;
    let won = answers.iter().position(|answer| *answer == Write::Stored);
    won.ok_or_else(|| Broken("a check could not be set up".into()))
}

/// A program sends its request twice, before it has an answer, and again because it has lost that.
pub(super) async fn repeated<S: Registry>(store: &S) -> Checked {
    home(store).await?;
    insert(store, &user(acme()?, "u1", "checkout")?).await?;
    let (by, ring) = (by().request("request-1".parse()?), ring(1, 2)?);
    let issued = once(store, |user, seed| user.issue(Keep::Hashed, &ring, by, &mut counting(seed))).await?;
    let rotate = |user: &mut ApiUser, seed: u8| {
        user.rotate(issued, OVERLAP, &ring, by, &mut counting(seed + 3 * APART))
    };
    once(store, rotate).await?;
    let held = read(store, "u1").await?.credentials().len();
    holds(held == 2, "kept other than the one key of each act; compare `based_on` and set in one step")
}

/// The key that was made.
async fn once<S: Registry>(
    store: &S,
    act: impl Fn(&mut ApiUser, u8) -> Result<Reveal, IssueError>,
) -> Result<KeyId, Broken> {
    let (mut first, mut second) = (read(store, "u1").await?, read(store, "u1").await?);
    let (key_id, other) = (act(&mut first, 0)?.key_id(), act(&mut second, APART)?.key_id());
    update(store, &first).await?;
    holds(
        store.update(&second).await? == Write::Conflict && is_unknown(store, other.as_str()).await?,
        "stored what one request made twice; compare `based_on` and set in one step",
    )?;
    found(store, key_id.as_str()).await?;
    let again = act(&mut read(store, "u1").await?, 2 * APART).err();
    holds(
        again == Some(IssueError::AlreadyIssued { key_id }),
        "let a second secret be made under one request id; keep every byte of `encode`, the request ids among them",
    )?;
    Ok(key_id)
}
