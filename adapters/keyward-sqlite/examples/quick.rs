//! A file, a credential, a call that is granted, a revocation, and the file opened again.
//! `cargo run -p keyward-sqlite --example quick`

use std::{error::Error, sync::Arc};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, ClientAddr, Gate, Keep,
    KeyRing, ModulePolicy, OsEntropy, Pepper, Presented, Registry, Timestamp,
};
use keyward_sqlite::SqliteStore;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("keyward.db");
    let now = Timestamp::from_unix(1_795_348_800); // when the head of the request arrived
    let engine = || -> Result<Authorizer, Box<dyn Error>> {
        let catalogue = Catalogue::builder().module("events", ["events.create"]).build()?;
        Ok(Authorizer::new(catalogue, KeyRing::new(Pepper::new(1, [7; 32])?)))
    };

    let store = Arc::new(SqliteStore::open(&file)?);
    let gate = Gate::new(engine()?, Arc::clone(&store)).with_replay(Arc::clone(&store));
    let account = Account::new("acme".parse()?).enable("events", ModulePolicy::default());
    pollster::block_on(store.put_account(&account))?;
    let mut user = ApiUser::new(account.id(), "u1".parse()?, "checkout", AccessLevel::Full, Allowlist::Any)?;
    let by = By::new("admin@acme", now);
    let revealed = user.issue(Keep::Hashed, gate.engine().keys(), by, &mut OsEntropy)?.reveal();
    let answer = pollster::block_on(store.insert(&user))?;
    println!("{answer:?}: {}", user.name());

    let ask = Ask::new("events.create", ClientAddr::unknown(), now);
    let pair = || Presented::pair(revealed.key_id(), revealed.secret());
    let grant = pollster::block_on(gate.authorize(pair(), &ask))?.into_result()?;
    println!("granted to {}", grant.user().name());

    println!("revoked: {:?}", pollster::block_on(store.revoke(revealed.key_id(), now))?);
    drop((gate, store));
    let gate = Gate::new(engine()?, SqliteStore::open(&file)?);
    let denial = pollster::block_on(gate.authorize(pair(), &ask))?.into_result().err();
    let denial = denial.ok_or("a revoked key was granted")?;
    println!("after a restart: {}", denial.operator().sentence(gate.engine().catalogue()));
    Ok(())
}
