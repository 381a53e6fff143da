//! What the checks share: an account, users with keys of chosen names, and sentences for what is broken.

use alloc::{borrow::ToOwned, format, string::String};
use core::error::Error;

use crate::{
    access::AccessLevel,
    account::Account,
    credential::{By, Imported, Keep, KeyRing, Pepper, Schemes, SealingKey},
    entropy::EntropyError,
    id::{AccountId, KeyId, UserId},
    network::Allowlist,
    policy::ModulePolicy,
    secret::Secret,
    store::{Insert, Registry, Write},
    subject::Subject,
    time::Timestamp,
    user::ApiUser,
};

pub(super) const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);
pub(super) const LATER: Timestamp = Timestamp::from_unix(1_795_348_860);

/// What a store did instead of its duty, and what to do.
pub(super) struct Broken(pub(super) String);

pub(super) type Checked = Result<(), Broken>;

/// A store that fails, or a check that cannot be set up.
impl<E: Error> From<E> for Broken {
    fn from(error: E) -> Self {
        Self(format!("failed with \"{error}\"; it has to answer"))
    }
}

pub(super) fn holds(kept: bool, broken: &str) -> Checked {
    if kept { Ok(()) } else { Err(Broken(broken.to_owned())) }
}

pub(super) fn by() -> By<'static> {
    By::new("conformance", NOW)
}

pub(super) fn acme() -> Result<AccountId, Broken> {
    Ok("acme".parse()?)
}

pub(super) fn id(text: &str) -> Result<UserId, Broken> {
    Ok(text.parse()?)
}

pub(super) fn key(text: &str) -> Result<KeyId, Broken> {
    Ok(text.parse()?)
}

/// Two peppers and a sealing key; new secrets are hashed under the first.
pub(super) fn ring(current: u32, retired: u32) -> Result<KeyRing, Broken> {
    let pepper = |number: u32| Pepper::new(number, [number.to_le_bytes()[0]; 32]);
    let ring = KeyRing::new(pepper(current)?).retired_pepper(pepper(retired)?)?;
    Ok(ring.sealing(SealingKey::new(3, [3; 32])?)?)
}

/// Puts the account that most checks take place in.
pub(super) async fn home<S: Registry>(store: &S) -> Checked {
    let account = Account::new(acme()?).enable("events", ModulePolicy::default());
    Ok(store.put_account(&account).await?)
}

pub(super) fn user(account: AccountId, user: &str, name: &str) -> Result<ApiUser, Broken> {
    Ok(ApiUser::new(account, id(user)?, name, AccessLevel::Full, Allowlist::none())?)
}

/// Gives it a credential of this key id.
pub(super) fn hold(user: &mut ApiUser, key_id: &str, keep: Keep, ring: &KeyRing) -> Checked {
    let secret = Secret::new("b1946ac92492d2347c6235b4d2611184".to_owned());
    let _ = user.import(&Imported::new(key(key_id)?, secret)?, keep, ring, by(), &mut counting(0))?;
    Ok(())
}

/// Gives it a credential whose key id depends on the seed alone.
pub(super) fn mint(user: &mut ApiUser, ring: &KeyRing, seed: u8) -> Result<KeyId, Broken> {
    Ok(user.issue(Keep::Hashed, ring, by(), &mut counting(seed))?.key_id())
}

/// A source of bytes that repeats itself, for keys that have to.
pub(super) fn counting(seed: u8) -> impl FnMut(&mut [u8]) -> Result<(), EntropyError> {
    move |bytes| {
        let numbers = (0..=u8::MAX).cycle().skip(seed.into());
        bytes.iter_mut().zip(numbers).for_each(|(byte, number)| *byte = number);
        Ok(())
    }
}

pub(super) fn sealed() -> Keep {
    Keep::Sealed(Schemes::PLAIN)
}

/// A user of the account with one key.
pub(super) fn caller(user_id: &str, name: &str, key_id: &str) -> Result<ApiUser, Broken> {
    let mut caller = user(acme()?, user_id, name)?;
    hold(&mut caller, key_id, Keep::Hashed, &ring(1, 2)?)?;
    Ok(caller)
}

/// Stores what nothing speaks against.
pub(super) async fn insert<S: Registry>(store: &S, user: &ApiUser) -> Checked {
    let answer = store.insert(user).await?;
    holds(answer == Insert::Stored, "refused a user that collides with none; store it")
}

/// The account and one caller: `u1`, named `checkout`, with the key `key-1`.
pub(super) async fn one<S: Registry>(store: &S) -> Result<ApiUser, Broken> {
    home(store).await?;
    let caller = caller("u1", "checkout", "key-1")?;
    insert(store, &caller).await?;
    Ok(caller)
}

pub(super) async fn read<S: Registry>(store: &S, user: &str) -> Result<ApiUser, Broken> {
    let read = store.user(acme()?, id(user)?).await?;
    read.ok_or_else(|| Broken("did not read a stored user by its id; return it".to_owned()))
}

/// Stores a change to what was read just now.
pub(super) async fn update<S: Registry>(store: &S, user: &ApiUser) -> Checked {
    let answer = store.update(user).await?;
    holds(
        answer == Write::Stored,
        "did not store a change to the stored revision; compare it with `based_on`",
    )
}

pub(super) async fn found<S: Registry>(store: &S, key_id: &str) -> Result<Subject, Broken> {
    let found = store.find(key(key_id)?).await?;
    found.ok_or_else(|| Broken("did not find a stored key; return its subject".to_owned()))
}

pub(super) async fn is_unknown<S: Registry>(store: &S, key_id: &str) -> Result<bool, Broken> {
    Ok(store.find(key(key_id)?).await?.is_none())
}
