//! Guards: what serde writes it reads back equal, and what no parser takes it does not take either.

use keyward::{
    AccessLevel, AccountId, Allowlist, IntegrationId, KeyId, Lifecycle, Mode, ModulePolicy, Policy,
    Presigned, Replay, Rule, Strength, Timestamp, UserId,
};
use proptest::{collection::vec, option, prelude::*};
use serde_json::{Value, from_value, json, to_string, to_value};

use crate::common::{anything, config};

macro_rules! round_trip {
    ($type:ty, $value:expr) => {{
        let value: $type = $value;
        let text = to_string(&value).expect("it is written");
        let read = serde_json::from_str::<$type>(&text);
        prop_assert_eq!(read.map_err(|error| error.to_string()), Ok(value), "{}", text);
        text
    }};
}

/// A text is read where its own parser reads it, as the same value.
macro_rules! as_parsed {
    ($type:ty, $text:expr) => {
        prop_assert_eq!(from_value::<$type>(json!($text)).ok(), $text.parse::<$type>().ok());
    };
}

fn moment() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_unix)
}

fn rule() -> impl Strategy<Value = Rule> {
    let v4 =
        (any::<[u8; 4]>(), 0..=32u8).prop_map(|([a, b, c, d], prefix)| format!("{a}.{b}.{c}.{d}/{prefix}"));
    let v6 = (any::<u128>(), any::<u128>()).prop_map(|(a, b)| {
        let ip = |bits| std::net::Ipv6Addr::from_bits(bits | 1 << 127);
        format!("{}-{}", ip(a.min(b)), ip(a.max(b) | a.min(b)))
    });
    prop_oneof![v4, v6].prop_map(|text| text.parse().expect("a rule"))
}

fn list() -> impl Strategy<Value = Allowlist> {
    prop_oneof![Just(Allowlist::Any), vec(rule(), 0..5).prop_map(Allowlist::from_iter)]
}

fn policy<T: std::fmt::Debug>(rule: impl Strategy<Value = T>) -> impl Strategy<Value = Policy<T>> {
    let mode = prop::sample::select(vec![Mode::Off, Mode::Observe, Mode::Enforce]);
    (mode, rule, option::of(moment())).prop_map(|(mode, rule, enforce_from)| Policy {
        mode,
        rule,
        enforce_from,
    })
}

fn strength() -> impl Strategy<Value = Strength> {
    prop::sample::select(vec![Strength::KeyOnly, Strength::Secret, Strength::Signature])
}

fn module_policy() -> impl Strategy<Value = ModulePolicy> {
    let replay = policy(prop::sample::select(vec![Replay::Unsafe, Replay::Every]));
    let presigned = prop::sample::select(vec![Presigned::Refuse, Presigned::Reusable, Presigned::SingleUse]);
    let parts = (policy(list()), policy(strength()), replay, presigned, any::<bool>());
    parts.prop_map(|(addresses, strength, replay, presigned, key_only)| {
        let policy = ModulePolicy::default().addresses(addresses).strength(strength);
        let policy = policy.replay(replay).presigned(presigned);
        if key_only { policy.danger_key_only() } else { policy }
    })
}

fn lifecycle() -> impl Strategy<Value = Lifecycle> {
    let deprecated = (moment(), option::of(moment()));
    prop_oneof![
        Just(Lifecycle::Current),
        Just(Lifecycle::Legacy),
        Just(Lifecycle::Retired),
        deprecated.prop_map(|(since, sunset)| Lifecycle::Deprecated { since, sunset }),
    ]
}

fn level() -> impl Strategy<Value = AccessLevel> {
    prop_oneof![
        Just(AccessLevel::Full),
        vec(anything(), 0..6).prop_map(AccessLevel::custom),
        "[A-Za-z0-9._-]{1,39}".prop_map(|id| AccessLevel::Integration(id.parse().expect("an id"))),
    ]
}

/// Anything that a JSON text can hold at its top.
fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        anything().prop_map(Value::from),
        vec(anything(), 0..3).prop_map(Value::from),
        (anything(), any::<i64>()).prop_map(|(name, value)| json!({ name: value })),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn ids_and_rules_are_read_as_their_parsers_read_them(
        text in prop_oneof![anything(), "[A-Za-z0-9_.:/-]{0,60}"],
    ) {
        as_parsed!(KeyId, text);
        as_parsed!(UserId, text);
        as_parsed!(AccountId, text);
        as_parsed!(IntegrationId, text);
        as_parsed!(Rule, text);
    }

    #[test]
    fn ids_are_written_as_their_text(key in "[A-Za-z0-9_-]{1,55}", id in "[A-Za-z0-9._-]{1,39}") {
        prop_assert_eq!(round_trip!(KeyId, key.parse().expect("an id")), format!("\"{key}\""));
        prop_assert_eq!(round_trip!(UserId, id.parse().expect("an id")), format!("\"{id}\""));
        prop_assert_eq!(round_trip!(AccountId, id.parse().expect("an id")), format!("\"{id}\""));
        prop_assert_eq!(round_trip!(IntegrationId, id.parse().expect("an id")), format!("\"{id}\""));
    }

    #[test]
    fn values_are_read_back_equal(
        moment in moment(), rule in rule(), list in list(), level in level(), lifecycle in lifecycle(),
    ) {
        prop_assert_eq!(round_trip!(Timestamp, moment), moment.unix().to_string());
        prop_assert_eq!(round_trip!(Rule, rule.clone()), format!("\"{rule}\""));
        let _ = round_trip!(Allowlist, list);
        let _ = round_trip!(AccessLevel, level);
        let _ = round_trip!(Lifecycle, lifecycle);
    }

    #[test]
    fn policies_are_read_back_equal(policy in policy(strength()), module in module_policy()) {
        let _ = round_trip!(Policy<Strength>, policy);
        let _ = round_trip!(ModulePolicy, module);
    }

    #[test]
    fn a_list_is_any_or_an_array_of_rules_and_nothing_else(value in any_value()) {
        let expected = match &value {
            Value::String(text) if text == "any" => Some(Allowlist::Any),
            Value::Array(rules) => {
                rules.iter().map(|rule| rule.as_str().and_then(|text| text.parse::<Rule>().ok())).collect()
            }
            _ => None,
        };
        prop_assert_eq!(from_value::<Allowlist>(value).ok(), expected);
    }

    #[test]
    fn one_bad_rule_spoils_a_list(rules in vec(rule(), 0..5), bad in "[g-z.]{0,9}", at: prop::sample::Index) {
        let mut texts: Vec<String> = rules.iter().map(Rule::to_string).collect();
        texts.insert(at.index(texts.len() + 1), bad);
        prop_assert!(from_value::<Allowlist>(json!(texts)).is_err());
    }

    #[test]
    fn a_moment_is_a_whole_number_of_64_bits_and_nothing_else(value in any_value()) {
        let expected = value.as_i64().map(Timestamp::from_unix);
        prop_assert_eq!(from_value::<Timestamp>(value).ok(), expected);
    }

    #[test]
    fn other_values_are_no_level_policy_or_lifecycle(value in any_value()) {
        prop_assume!(!["full", "current", "legacy", "retired"].iter().any(|name| value == *name));
        prop_assert!(from_value::<AccessLevel>(value.clone()).is_err());
        prop_assert!(from_value::<Lifecycle>(value.clone()).is_err());
        prop_assert!(from_value::<ModulePolicy>(value.clone()).is_err());
        prop_assert!(from_value::<Policy<Strength>>(value.clone()).is_err());
        prop_assert!(from_value::<Strength>(value.clone()).is_err());
        prop_assert!(from_value::<Mode>(value).is_err());
    }

    #[test]
    fn a_policy_without_its_mode_or_rule_is_refused(
        module in module_policy(), at: prop::sample::Index,
    ) {
        let whole = to_value(&module).expect("it is written");
        let parts = [("", "strength"), ("", "addresses"),
            ("/strength", "mode"), ("/strength", "rule"), ("/addresses", "mode"), ("/addresses", "rule")];
        let (path, name) = parts[at.index(parts.len())];
        let mut cut = whole.clone();
        let object = cut.pointer_mut(path).and_then(Value::as_object_mut);
        prop_assert!(object.and_then(|object| object.remove(name)).is_some(), "{}", whole);
        prop_assert!(from_value::<ModulePolicy>(cut).is_err());
    }
}
