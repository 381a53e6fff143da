//! Texts of any script, and the largest records.

use alloc::{format, vec::Vec};

use super::world::{Broken, Checked, acme, caller, found, hold, holds, home, insert, read, ring, sealed};
use crate::{
    access::AccessLevel,
    account::Account,
    id::{AccountId, KeyId, UserId},
    network::Allowlist,
    policy::ModulePolicy,
    store::Registry,
    user::ApiUser,
};

/// Pairs that a folding collation or a normalising database takes for one.
pub(super) const NAMES: [&str; 12] = [
    "checkout",
    "Checkout",
    "checkout ",
    "caf\u{e9}",
    "cafe\u{301}",
    "cafe",
    "stra\u{df}e",
    "strasse",
    "\u{43a}\u{430}\u{441}\u{441}\u{430}",
    "\u{6536}\u{94f6}\u{53f0}",
    "\u{1f6d2}",
    "i'; drop table users; --",
];

pub(super) async fn names<S: Registry>(store: &S) -> Checked {
    home(store).await?;
    for (number, name) in NAMES.iter().enumerate() {
        let user = caller(&format!("u{number}"), name, &format!("key-{number}"))?;
        let told_apart = "refused a name that differs from all others in a byte; compare names byte by byte";
        insert(store, &user).await.map_err(|_| Broken(told_apart.into()))?;
    }
    for (number, name) in NAMES.iter().enumerate() {
        let read = read(store, &format!("u{number}")).await?;
        let found = found(store, &format!("key-{number}")).await?;
        holds(
            read.name() == *name && found.user().name() == *name,
            "changed a name that is not plain ASCII; keep every byte of it",
        )?;
    }
    Ok(())
}

/// Ids and names as long as they may be; lists, levels and policies of some hundred kilobytes.
pub(super) async fn largest<S: Registry>(store: &S) -> Checked {
    let id: AccountId = "A".repeat(AccountId::MAX_LEN).parse()?;
    let account = (0..MANY).fold(Account::new(id), |account, number| {
        account.enable(&format!("module-{number}-{}", "m".repeat(100)), ModulePolicy::default())
    });
    store.put_account(&account).await?;
    let rules = (0..MANY).map(|number| format!("10.{}.{}.7", number / 256, number % 256)).collect::<Vec<_>>();
    let list = Allowlist::parse(&rules.join("\n"))?;
    let level = AccessLevel::custom((0..MANY).map(|number| format!("method-{number}.{}", "m".repeat(100))));
    let user_id: UserId = "u".repeat(UserId::MAX_LEN).parse()?;
    let mut user = ApiUser::new(id, user_id, &"\u{1f6d2}".repeat(25), level, list)?;
    let keys: Vec<_> = (0..4).map(|number| format!("{number}{}", "k".repeat(KeyId::MAX_LEN - 1))).collect();
    for key in &keys {
        hold(&mut user, key, sealed(), &ring(1, 2)?)?;
    }
    insert(store, &user).await?;
    for key in &keys {
        let found = found(store, key).await?;
        holds(
            found.user().encode() == user.encode() && *found.account() == account,
            "cut or changed a large record; give its column no limit",
        )?;
    }
    holds(store.user(acme()?, user_id).await?.is_none(), "read a user of another account; ask for both ids")
}

const MANY: usize = 2_000;
