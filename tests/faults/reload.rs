//! Lists that are read anew, with a bad rule in them.

use keyward::{AddressSet, Allowlist, Gate, InvalidRules, Registry, Rule, Write};
use pollster::block_on;

use super::{
    common::{NOW, World, by, engine, from, list},
    plain, stored,
};

const GOOD: [&str; 4] = ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7", "10.0.0.0-10.0.0.9"];
const BAD: [&str; 6] =
    ["10.1", "192.0.2.0/33", "2001:db8::/129", "192.0.2.256", "everyone", "10.0.0.9-10.0.0.0"];

/// A list with the bad rule at each place.
fn texts(bad: &'static str) -> impl Iterator<Item = (usize, String)> {
    (0..=GOOD.len()).map(move |place| {
        let mut rules = GOOD.to_vec();
        rules.insert(place, bad);
        (place, rules.join("\n"))
    })
}

/// As an administrator saves a list.
fn save(store: &impl Registry, world: &World, text: &str) -> Result<(), InvalidRules> {
    let list = Allowlist::parse(text)?;
    let mut user = block_on(store.user(world.account.id(), world.user.id())).unwrap().unwrap();
    let _ = user.change_allowlist(list, by(NOW)).unwrap();
    assert_eq!(block_on(store.update(&user)).unwrap(), Write::Stored);
    Ok(())
}

#[test]
fn a_users_list_with_one_bad_rule_leaves_the_old_list() {
    let mut world = World::with(keyward::AccessLevel::Full, list("203.0.113.7"));
    let store = stored(&world);
    let gate = Gate::new(engine(), &store);
    let mut admits = |ip: &str| {
        world.client = from(ip);
        plain(&gate, &world).unwrap().is_none()
    };
    let before = world_user(&store);
    for bad in BAD {
        for (place, text) in texts(bad) {
            let refused = save(&store, &World::new(), &text).unwrap_err();
            let lines: Vec<_> = refused.lines().iter().map(|line| line.number).collect();
            assert_eq!(lines, [place + 1], "{bad}");
            assert_eq!(world_user(&store), before, "{bad} at line {place}");
            assert!(admits("203.0.113.7") && !admits("192.0.2.1"), "{bad}");
        }
    }
    save(&store, &World::new(), &GOOD.join("\n")).unwrap();
    assert!(!admits("203.0.113.7") && admits("192.0.2.1"), "without it the whole list counts");
}

fn world_user(store: &impl Registry) -> Vec<u8> {
    block_on(store.user("acme".parse().unwrap(), "u1".parse().unwrap())).unwrap().unwrap().encode()
}

#[test]
fn an_accounts_filter_with_one_bad_rule_leaves_the_old_account() {
    let world = World::new();
    let store = stored(&world);
    for bad in BAD {
        for (_, text) in texts(bad) {
            let account = block_on(store.account(world.account.id())).unwrap().unwrap();
            let edit = account.edit().filter("coupons", &GOOD.join("\n")).filter("events", &text);
            assert!(edit.apply().is_err(), "{bad}");
            assert_eq!(block_on(store.account(world.account.id())).unwrap(), Some(account));
        }
    }
    assert_eq!(plain(&Gate::new(engine(), &store), &world).unwrap(), None);
}

#[test]
fn a_compiled_set_that_a_service_reads_anew_stays_as_it_was() {
    let read = |text: &str| text.lines().map(str::parse::<Rule>).collect::<Result<AddressSet, _>>();
    let mut held = read(&GOOD.join("\n")).unwrap();
    for bad in BAD {
        for (_, text) in texts(bad) {
            if let Ok(new) = read(&text) {
                held = new;
            }
            assert!(
                held.contains("192.0.2.9".parse().unwrap()) && held.rules().count() == GOOD.len(),
                "{bad}"
            );
        }
    }
}
