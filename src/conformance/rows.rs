//! Records that the store of today did not write: older ones, damaged ones, and those that stand in another's row.

use alloc::{format, string::String, vec::Vec};

use super::{
    tear::{RecordOf, cut, flip},
    world::{
        Broken, Checked, LATER, acme, by, caller, found, holds, home, id, insert, is_unknown, key, one, read,
        update,
    },
};
use crate::{
    account::Account,
    store::{Registry, Stop},
    user::ApiUser,
};

fn account() -> Result<RecordOf, Broken> {
    Ok(RecordOf::Account(acme()?))
}

fn user() -> Result<RecordOf, Broken> {
    Ok(RecordOf::User(acme()?, id("u1")?))
}

/// Every format that a release has written, in the bytes that it wrote.
pub(super) async fn older<S: Registry>(store: &S, put: &impl AsyncFn(&S, RecordOf, Vec<u8>)) -> Checked {
    let (old, old_account) = (ApiUser::decode(USER_1)?, Account::decode(ACCOUNT_1)?);
    home(store).await?;
    insert(store, &old).await?;
    put(store, user()?, USER_1.to_vec()).await;
    put(store, account()?, ACCOUNT_1.to_vec()).await;
    let unread =
        "did not read a record of an older format; leave its version to `decode`, and compare no bytes of it";
    let read_back = match store.find(key("key-1")?).await {
        Ok(Some(found)) => found.user().encode() == old.encode() && *found.account() == old_account,
        _ => false,
    };
    holds(read_back, unread)?;
    let user = store.user(acme()?, old.id()).await;
    holds(user.is_ok_and(|user| user.is_some_and(|user| user.encode() == old.encode())), unread)?;
    let account = store.account(acme()?).await;
    holds(account.is_ok_and(|account| account.as_ref() == Some(&old_account)), unread)?;
    let mut edited = read(store, "u1").await?;
    let _ = edited.disable(by());
    update(store, &edited).await?;
    holds(found(store, "key-2").await?.user().is_disabled(), "lost a change to a record of an older format")
}

/// Whatever is broken of them, where the pieces are not a whole record.
fn damaged(record: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    let places = (0..8).map(|eighth| record.len() * eighth / 8).chain([record.len() - 1]);
    places.flat_map(|at| [(at, cut(record.to_vec(), at)), (at, flip(record.to_vec(), at))])
}

pub(super) async fn corrupt<S: Registry>(store: &S, put: &impl AsyncFn(&S, RecordOf, Vec<u8>)) -> Checked {
    let whole = one(store).await?;
    for (at, bytes) in damaged(&whole.encode()) {
        put(store, user()?, bytes).await;
        let answered = answers(store).await? || store.user(acme()?, whole.id()).await.is_ok();
        holds(!answered && store.list(acme()?, None, 9).await.is_err(), &taken("user", at))?;
        holds(
            store.count_by_key().await.is_err(),
            "counted keys without a user that is corrupt; fail, or keep the count beside the record",
        )?;
    }
    put(store, user()?, whole.encode()).await;
    found(store, "key-1").await?;
    let account_record = store.account(acme()?).await?.map(|account| account.encode()).unwrap_or_default();
    for (at, bytes) in damaged(&account_record) {
        put(store, account()?, bytes).await;
        let answered = answers(store).await? || store.account(acme()?).await.is_ok();
        holds(!answered, &taken("account", at))?;
    }
    Ok(())
}

fn taken(record: &str, at: usize) -> String {
    format!(
        "answered from {record} records that are damaged at byte {at}, as if they were whole or not there; fail with what `decode` says"
    )
}

/// Whether the look-up answers at all: a subject, or that there is none.
async fn answers<S: Registry>(store: &S) -> Result<bool, Broken> {
    Ok(store.find(key("key-1")?).await.is_ok())
}

pub(super) async fn misplaced<S: Registry>(store: &S, put: &impl AsyncFn(&S, RecordOf, Vec<u8>)) -> Checked {
    let first = one(store).await?;
    let other = caller("u2", "till", "key-2")?;
    insert(store, &other).await?;
    let trusted = "answered with a record that stands in another's row; compare its ids with the row's";
    put(store, user()?, other.encode()).await;
    holds(!answers(store).await? && store.user(acme()?, first.id()).await.is_err(), trusted)?;
    holds(store.list(acme()?, None, 9).await.is_err(), trusted)?;
    put(store, user()?, first.encode()).await;
    found(store, "key-1").await?;
    put(store, account()?, Account::new("other".parse()?).encode()).await;
    holds(!answers(store).await? && store.account(acme()?).await.is_err(), trusted)
}

pub(super) async fn stopped<S: Registry>(store: &S, put: &impl AsyncFn(&S, RecordOf, Vec<u8>)) -> Checked {
    let whole = one(store).await?;
    put(store, user()?, Vec::new()).await;
    let needs =
        "did not revoke a key whose record is corrupt; write the one row of the key index and read no record";
    holds(matches!(store.revoke(key("key-1")?, LATER).await, Ok(Stop::Stopped)), needs)?;
    put(store, user()?, whole.encode()).await;
    holds(found(store, "key-1").await?.credential().revoked_at() == Some(LATER), needs)?;
    put(store, user()?, Vec::new()).await;
    let needs = "did not delete a user whose record is corrupt; its keys stand in the key index";
    holds(matches!(store.delete(acme()?, whole.id()).await, Ok(Stop::Stopped)), needs)?;
    holds(is_unknown(store, "key-1").await?, needs)
}

/// An API user of the first format: `u1` of `acme`, named `checkout`, with a level, a list, a hashed and a sealed credential,
/// and a request id; changed twice, when revisions were counts.
const USER_1: &[u8] = b"\
    kwu\x01\0\0\0\x04acme\0\0\0\x02u1\0\0\0\x08checkout\x01\0\0\0\x01\0\0\0\x0devents.create\x01\0\0\0\x02\0\
    \0\0\x0c192.0.2.0/24\0\0\0\x0d2001:db8::/32\0\0\0\0\0\0\0\0\x02\0\0\0\x02\0\0\0\x05key-1\x01\0\0\0\0k\
    \x02\xd9@\0\0\0\0\0\0\x01\xb4\xd2<\x91\xa5\xab\xfb\x80\xad\x88cq\x0f\xdd]KS\xeaM\x83\xa9\xfba\x1f\xa4\
    \x02\x9d\xb4\x18\x09X\x89\0\0\0\0\x05key-2\x01\0\0\0\0k\x02\xd9@\0\0\0\0\0\0\x01\xd9\xeap\xa8\x94V\xd6X\
    \x8b\x05\xb9\xd7\x1b\xbe\xbc\xb9Ib(\x84\xc5\x8av\xc0\x81N\x1bER^FA\x01\x01\0\0\0\x03\0\x01\x02\x03\x04\
    \x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\0\0\x0001gv\xd1\xa5\xf6\xcd\
    1\xf3\xaer\xdf\xbc\x09\xa3\xde\xcc,\xcfQg\x11\xd5~\xa2\xd6p\xd03\xb4\xda\x1c.\xad\xaf)\xe8y\x0e94\x9b\
    \x09\xe8\x7fU\xf3 \0\0\0\x01ih^\xf6\x8a!\xc4A\x82a{\xe8Y\xe0E9EK\xf3xU\x04\xdcgEV\xdd\x88\x14l\x19i \x81\
    h\x01\x10\xa1\x9e-'\xb1\xee4\xe4w\xef\xbb\xaf^\xf3u\xe1\x9f\x9b\xcd\xa5\x0b\xacy0(\xe0\x82\0\0\0\x05key-\
    1\0\0\0\0k\x02\xd9@'6lD";

/// An account of the first format: `acme` with the module `events`, from before requests could be signed.
const ACCOUNT_1: &[u8] = b"\
    kwa\x01\0\0\0\x04acme\0\0\0\x01\0\0\0\x06events\x01\x02\0\0\x02\x01\0\x01\0\0\0\0\x02\0\0\x02\x01\0\x01\
    \xad]\xa2\xf7";
