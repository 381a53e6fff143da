//! The whole line: catalogue, keys, an API user, its credential, a request, two verdicts.

use alloc::{boxed::Box, format, sync::Arc};
use core::error::Error;

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, ClientAddr, EntropyError,
    Headers, Keep, KeyRing, ModulePolicy, Pepper, RequestHead, Subject, Timestamp, Verdict,
};

/// Whether the minted token is allowed and one with a character more is denied.
pub(crate) fn decide() -> Result<bool, Box<dyn Error>> {
    let now = Timestamp::from_unix(1_795_348_800);
    let catalogue = Catalogue::builder().module("events", ["events.create"]).build()?;
    let engine = Authorizer::new(catalogue, KeyRing::new(Pepper::new(1, [7; 32])?));

    let account = Account::new("acme".parse()?).enable("events", ModulePolicy::default());
    let list = Allowlist::parse("192.0.2.0/24")?;
    let level = AccessLevel::custom(["events.create"]);
    let mut user = ApiUser::new(account.id(), "u1".parse()?, "checkout", level, list)?;
    let issued = user.issue(Keep::Hashed, engine.keys(), By::new("admin", now), &mut counting())?.reveal();
    let subject = Subject::new(Arc::new(account), Arc::new(user), issued.key_id());

    let ask = Ask::new("events.create", ClientAddr::direct("192.0.2.1".parse()?), now);
    let allowed = |bearer: &str| -> Result<bool, Box<dyn Error>> {
        let lines = [("authorization", bearer.as_bytes())];
        let presented = engine.present(RequestHead::new("POST", "/events", Headers::lines(&lines)));
        Ok(matches!(engine.authorize(presented, subject.clone(), &ask)?, Verdict::Allow(_)))
    };
    let right = format!("Bearer {}", issued.token().expose());
    let wrong = format!("Bearer {}:{}x", issued.key_id(), issued.secret().expose());
    Ok(allowed(&right)? && !allowed(&wrong)?)
}

/// Bytes that look random enough for the mint and are the same every time.
fn counting() -> impl FnMut(&mut [u8]) -> Result<(), EntropyError> {
    let mut next = 0u8;
    move |bytes| {
        for byte in bytes {
            next = next.wrapping_mul(141).wrapping_add(3);
            *byte = next;
        }
        Ok(())
    }
}
