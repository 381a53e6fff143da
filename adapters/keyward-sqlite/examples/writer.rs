//! Writes users from four threads until it is killed, and prints the key id of each that was acknowledged. tests/killed.rs runs it.
//! `cargo run -p keyward-sqlite --example writer FILE PREFIX`

use std::{
    env,
    error::Error,
    io::{Write as _, stdout},
    thread,
};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, By, Insert, Keep, KeyRing, OsEntropy, Pepper, Registry,
    Timestamp,
};
use keyward_sqlite::SqliteStore;

type Failed = Box<dyn Error + Send + Sync>;

/// So that writes wait for each other and are committed together.
const WRITERS: u8 = 4;

fn main() -> Result<(), Failed> {
    let mut arguments = env::args().skip(1);
    let (Some(file), Some(prefix)) = (arguments.next(), arguments.next()) else {
        return Err("name a file and a prefix of user ids".into());
    };
    let store = SqliteStore::open(file)?;
    let acme = Account::new("acme".parse()?);
    pollster::block_on(store.put_account(&acme))?;
    let ring = KeyRing::new(Pepper::new(1, [7; 32])?);
    thread::scope(|scope| {
        let write = |writer: u8| {
            let (store, acme, ring, prefix) = (&store, &acme, &ring, &prefix);
            scope.spawn(move || write(store, acme, ring, &format!("{prefix}-{writer}")))
        };
        let writers: Vec<_> = (0..WRITERS).map(write).collect();
        writers.into_iter().try_for_each(|writer| writer.join().map_err(|_| "a writer panicked")?)
    })
}

fn write(store: &SqliteStore, acme: &Account, ring: &KeyRing, prefix: &str) -> Result<(), Failed> {
    for number in 0_u64.. {
        let id = format!("{prefix}-{number}");
        let mut user = ApiUser::new(acme.id(), id.parse()?, &id, AccessLevel::Full, Allowlist::Any)?;
        let by = By::new("writer", Timestamp::from_unix(1_795_348_800));
        let key = user.issue(Keep::Hashed, ring, by, &mut OsEntropy)?.key_id();
        if pollster::block_on(store.insert(&user))? != Insert::Stored {
            return Err("a user of that id is there already".into());
        }
        writeln!(stdout(), "{key}")?;
    }
    Ok(())
}
