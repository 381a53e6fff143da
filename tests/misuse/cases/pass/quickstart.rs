//! The right use compiles and runs: issue, save, reveal, present, decide.

use std::sync::Arc;

use keyward::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let now = Timestamp::from_unix(1_795_348_800);
    let catalogue = Catalogue::builder().module("events", ["events.create", "events.list"]).build()?;
    let engine = Authorizer::new(catalogue, KeyRing::new(Pepper::new(1, [7; 32])?));

    let account = Account::new("acme".parse()?).enable("events", ModulePolicy::default());
    let level = AccessLevel::custom(["events.create"]);
    let list = Allowlist::parse("10.0.0.0/8")?;
    let mut user = ApiUser::new(account.id(), "u1".parse()?, "checkout", level, list)?;
    let reveal = user.issue(Keep::Hashed, engine.keys(), By::new("admin@acme", now), &mut OsEntropy)?;
    let revealed = reveal.reveal();

    let bearer = format!("Bearer {}", revealed.token().expose());
    let lines = [("authorization", bearer.as_bytes())];
    let presented = engine.present(RequestHead::new("POST", "/events", Headers::lines(&lines)));
    let subject = Subject::new(Arc::new(account), Arc::new(user), revealed.key_id());
    let ask = Ask::new("events.create", ClientAddr::direct("10.1.2.3".parse()?), now);
    match engine.authorize(presented, subject, &ask)? {
        Verdict::Allow(grant) => assert_eq!(grant.user().name(), "checkout"),
        Verdict::Deny(denial) => panic!("{}", denial.operator().sentence(engine.catalogue())),
    }
    Ok(())
}
