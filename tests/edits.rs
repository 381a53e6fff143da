//! Edits of an account: previewed, applied as a whole or not at all.

mod common;

use common::{NOW, World, by, from, list};
use keyward::{Account, ActKind, Allowlist, Code, Mode, ModulePolicy, Policy, Presigned, Replay, Strength};

fn account() -> Account {
    World::new().account
}

fn sentences(edit: keyward::AccountEdit) -> Vec<String> {
    edit.apply().unwrap().changes.iter().map(ToString::to_string).collect()
}

#[test]
fn changes_take_effect_together_when_they_are_applied() {
    let mut world = World::new();
    let edit = world.account.edit().filter("events", "192.0.2.7").strength(
        "coupons",
        Strength::Signature,
        Mode::Enforce,
    );
    let edited = edit.apply().unwrap();
    assert_eq!(world.denied(), None, "nothing has changed yet");
    world.account = edited.account;
    assert_eq!(world.denied(), Some(Code::AccessIpEndpoint));
    world.method = "coupons.issue";
    assert_eq!(world.denied(), Some(Code::SignatureRequired));
}

#[test]
fn a_bad_entry_leaves_the_old_state() {
    let account = account();
    let edit = account
        .edit()
        .filter("events", "192.0.2.1\n10.1\n10.0.0.0/33")
        .filter("nothing", "192.0.2.1")
        .strength("coupons", Strength::Signature, Mode::Enforce);
    let error = edit.apply().unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"events\": line 2, byte 0: short form of an IPv4 address; write all four octets, for example `192.0.2.1`\n\
         \"events\": line 3, byte 9: prefix length beyond the address; write at most 32 for IPv4, 128 for IPv6\n\
         \"nothing\": module that the account does not have; enable it first"
    );
    let problems: Vec<_> = error.problems().map(|(module, rules)| (module, rules.is_some())).collect();
    assert_eq!(problems, [("events", true), ("nothing", false)]);
    assert_eq!(account, World::new().account);
}

#[test]
fn removing_the_last_entry_opens_the_endpoint_and_the_preview_says_so() {
    let policy = ModulePolicy::default().addresses(Policy::enforce(list("192.0.2.7\n192.0.2.8")));
    let mut world = World::new();
    world.account = world.account.enable("events", policy);
    let one_less = world.account.edit().filter("events", "192.0.2.7").apply().unwrap();
    assert_eq!(one_less.changes[0].to_string(), "events: the filter admits 1 rule instead of 2 rules");
    let edited = one_less.account.edit().filter("events", " \n").apply().unwrap();
    let preview = &edited.changes[0];
    assert_eq!(
        preview.to_string(),
        "events: the filter has no rule left instead of 1 rule; this opens the endpoint"
    );
    assert!(preview.opens());
    assert_eq!(edited.account.module("events").unwrap().addresses.rule, Allowlist::Any);
    world.account = edited.account;
    world.client = from("192.0.2.99");
    assert_eq!(world.denied(), None);
}

#[test]
fn switching_a_module_off_keeps_its_policy() {
    let policy = ModulePolicy::default().addresses(Policy::enforce(list("192.0.2.7")));
    let account = account().enable("events", policy.clone());
    let off = account.edit().disable("events").apply().unwrap();
    assert_eq!(off.changes[0].to_string(), "events: switched off; its methods are refused at once");
    assert!(off.account.module("events").is_none());
    let on = off.account.edit().enable("events").apply().unwrap();
    assert_eq!(on.account.module("events"), Some(&policy));
}

#[test]
fn a_module_that_is_enabled_for_the_first_time_has_the_default_policy() {
    let default = ModulePolicy::default().strength(Policy::enforce(Strength::Signature));
    let account = account().default_policy(default.clone());
    let edited = account.edit().enable("wallet").apply().unwrap();
    assert_eq!(edited.account.module("wallet"), Some(&default));
    let both = World::new().account.edit().default_policy(default.clone()).enable("wallet").apply().unwrap();
    assert_eq!(both.account.module("wallet"), Some(&default));
    assert_eq!(both.account.module("events"), Some(&ModulePolicy::default()), "it keeps its own");
}

#[test]
fn a_filter_that_is_given_a_date_is_observed_until_then() {
    let mut world = World::new();
    let later = NOW.plus(std::time::Duration::from_secs(60));
    let edit = world.account.edit().filter("events", "198.51.100.7").filter_from("events", Some(later));
    world.account = edit.apply().unwrap().account;
    assert_eq!(world.denied(), None);
    world.now = later;
    assert_eq!(world.denied(), Some(Code::AccessIpEndpoint));
}

#[test]
fn every_change_is_one_sentence_and_no_change_is_none() {
    let account = account();
    let said = sentences(
        account
            .edit()
            .enable("wallet")
            .filter("events", "192.0.2.0/24\n198.51.100.7")
            .filter_mode("events", Mode::Observe)
            .strength("events", Strength::Signature, Mode::Enforce)
            .filter_from("events", Some(NOW))
            .strength_from("events", Some(NOW))
            .replay_from("events", Some(NOW))
            .replay_from("events", None)
            .default_policy(ModulePolicy::default().strength(Policy::enforce(Strength::Signature)))
            .integration("crm".parse().unwrap(), true)
            .disable("coupons"),
    );
    assert_eq!(
        said,
        [
            "wallet: switched on; levels that name its methods grant them",
            "events: the filter admits 2 rules instead of any address",
            "events: the filter is observed",
            "events: callers have to prove a signature; that is enforced",
            "events: the filter is only observed before 2026-11-22T12:00:00Z",
            "events: what callers have to prove is only observed before 2026-11-22T12:00:00Z",
            "events: that signed requests are taken once is only observed before 2026-11-22T12:00:00Z",
            "events: that signed requests are taken once counts without a date",
            "default: another policy for modules to start with; those that the account has keep theirs",
            "crm: integration enabled; its API users may call, from its addresses too",
            "coupons: switched off; its methods are refused at once",
        ]
    );
    let same = account
        .edit()
        .enable("events")
        .filter("events", "")
        .filter_mode("events", Mode::Enforce)
        .strength("events", Strength::Secret, Mode::Enforce)
        .filter_from("events", None)
        .strength_from("events", None)
        .replay_from("events", None)
        .default_policy(ModulePolicy::default())
        .integration("crm".parse().unwrap(), false);
    assert!(sentences(same).is_empty());
}

#[test]
fn what_lets_more_callers_in_is_marked() {
    let account = account();
    let opens = |edit: keyward::AccountEdit| edit.apply().unwrap().changes[0].opens();
    assert!(opens(account.edit().enable("wallet")));
    assert!(opens(account.edit().filter_mode("events", Mode::Off)));
    assert!(opens(account.edit().strength("events", Strength::Secret, Mode::Off)));
    assert!(opens(account.edit().filter_from("events", Some(NOW))));
    assert!(opens(account.edit().replay_from("events", Some(NOW))));
    let once = ModulePolicy::default().presigned(Presigned::SingleUse);
    let often = |account: Account| opens(account.edit().presigned("events", Presigned::Reusable));
    assert!(often(account.clone().enable("events", once)), "from once to as often as they like");
    let reusable = account.clone().enable("events", ModulePolicy::default().presigned(Presigned::Reusable));
    assert!(!opens(reusable.edit().presigned("events", Presigned::SingleUse)));
    assert!(!opens(reusable.edit().presigned("events", Presigned::Refuse)));
    let default = ModulePolicy::default().strength(Policy::enforce(Strength::Signature));
    assert!(!opens(account.edit().default_policy(default)), "nothing has it yet");
    assert!(!opens(account.edit().filter("events", "192.0.2.1")), "from any address to one");
    assert!(!opens(account.edit().disable("events")));
    assert!(!opens(account.edit().strength("events", Strength::Signature, Mode::Enforce)));
}

#[test]
fn an_edit_is_an_act_of_the_account() {
    let account = account();
    let act = account.edit().enable("wallet").apply().unwrap().act(by(NOW));
    assert_eq!((act.kind, act.account, act.user, act.at), (ActKind::EditAccount, account.id(), None, NOW));
    assert_eq!(act.kind.to_string(), "edit-account");
}

#[test]
fn what_lets_callers_in_that_were_refused_says_so() {
    let strict = ModulePolicy::default().strength(Policy::enforce(Strength::Signature));
    let account = account().enable("events", strict.replay(Policy::enforce(Replay::Every)));
    let opens = |edit: keyward::AccountEdit| {
        let changes = edit.apply().unwrap().changes;
        assert_eq!(changes.len(), 1, "{changes:?}");
        changes[0].opens()
    };
    let edit = || account.edit();
    for opening in [
        edit().strength("events", Strength::Secret, Mode::Enforce),
        edit().strength("events", Strength::Signature, Mode::Observe),
        edit().strength_from("events", Some(NOW)),
        edit().replay("events", Replay::Unsafe, Mode::Enforce),
        edit().replay("events", Replay::Every, Mode::Off),
        edit().presigned("events", Presigned::SingleUse),
        edit().presigned("events", Presigned::Reusable),
    ] {
        let said = format!("{opening:?}");
        assert!(opens(opening), "{said}");
    }
    let loose = ModulePolicy::default().replay(Policy::off(Replay::Unsafe)).presigned(Presigned::Reusable);
    let account = account.enable("events", loose);
    let edit = || account.edit();
    for closing in [
        edit().strength("events", Strength::Signature, Mode::Enforce),
        edit().replay("events", Replay::Every, Mode::Enforce),
        edit().presigned("events", Presigned::SingleUse),
        edit().presigned("events", Presigned::Refuse),
    ] {
        let said = format!("{closing:?}");
        assert!(!opens(closing), "{said}");
    }
}
