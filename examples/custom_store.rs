//! A store of one's own: rows as a query joins them, records encoded. `cargo run --example custom_store`

use std::{
    collections::HashMap,
    error::Error,
    sync::{Mutex, PoisonError},
};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, ClientAddr, CorruptRecord,
    Gate, Keep, KeyId, KeyRing, Lookup, ModulePolicy, OsEntropy, Pepper, Presented, Subject, Timestamp,
};

struct Row {
    account: Vec<u8>,
    user: Vec<u8>,
    revoked_at: Option<Timestamp>,
}

struct Store(Mutex<HashMap<KeyId, Row>>);

#[derive(Debug, thiserror::Error)]
enum StoreError {
    #[error("the rows of key id {0} do not belong together; restore them from a backup")]
    Torn(KeyId),
    #[error(transparent)]
    Corrupt(#[from] CorruptRecord),
}

impl Lookup for Store {
    type Error = StoreError;

    async fn find(&self, key: KeyId) -> Result<Option<Subject>, StoreError> {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(row) = rows.get(&key) else { return Ok(None) };
        let (account, user) = (Account::decode(&row.account)?, ApiUser::decode(&row.user)?);
        let subject = Subject::new(account.into(), user.into(), key).ok_or(StoreError::Torn(key))?;
        Ok(Some(subject.revoked(row.revoked_at)))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let now = Timestamp::from_unix(1_795_348_800); // when the head of the request arrived
    let catalogue = Catalogue::builder().module("events", ["events.create"]).build()?;
    let engine = Authorizer::new(catalogue, KeyRing::new(Pepper::new(1, [7; 32])?));
    let account = Account::new("acme".parse()?).enable("events", ModulePolicy::default());
    let mut user = ApiUser::new(account.id(), "u1".parse()?, "checkout", AccessLevel::Full, Allowlist::Any)?;
    let reveal = user.issue(Keep::Hashed, engine.keys(), By::new("admin@acme", now), &mut OsEntropy)?;

    let row = Row { account: account.encode(), user: user.encode(), revoked_at: None };
    let gate = Gate::new(engine, Store(Mutex::new(HashMap::from([(reveal.key_id(), row)]))));
    let revealed = reveal.reveal();
    let presented = Presented::pair(revealed.key_id(), revealed.secret());
    let ask = Ask::new("events.create", ClientAddr::unknown(), now);
    let grant = pollster::block_on(gate.authorize(presented, &ask))?.into_result()?;
    println!("welcome {}", grant.user().name());
    Ok(())
}
