//! Guards: arithmetic on moments is total, and every moment prints as the date that it is.

use std::time::Duration;

use keyward::{Mode, Policy, Timestamp};
use proptest::prelude::*;

use crate::common::config;

fn seconds() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        -100_000_000_000..100_000_000_000i64,
        i64::MAX - 9..=i64::MAX,
        i64::MIN..i64::MIN + 9
    ]
}

fn duration() -> impl Strategy<Value = Duration> {
    let seconds = prop_oneof![any::<u64>(), 0..100_000u64, u64::MAX - 9..=u64::MAX];
    (seconds, 0..1_000_000_000u32).prop_map(|(seconds, nanos)| Duration::new(seconds, nanos))
}

/// Seconds of the epoch from a printed date: the inverse, over i128.
fn read(text: &str) -> Option<i128> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let (rest, day) = date.rsplit_once('-')?;
    let (year, month) = rest.rsplit_once('-')?;
    let (year, month, day): (i128, i128, i128) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let mut parts = clock.split(':').map(|part| part.parse::<i128>().ok().filter(|_| part.len() == 2));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = 365 * year + leaps + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

fn clamped(seconds: i128) -> i64 {
    i64::try_from(seconds.clamp(i64::MIN.into(), i64::MAX.into())).expect("clamped to an i64")
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_moment_prints_as_its_own_date(unix in seconds()) {
        let text = Timestamp::from_unix(unix).to_string();
        prop_assert_eq!(read(&text), Some(unix.into()), "{}", text);
    }

    #[test]
    fn arithmetic_saturates_and_never_wraps(unix in seconds(), by in duration()) {
        let time = Timestamp::from_unix(unix);
        let (exact, whole) = (i128::from(unix), i128::from(by.as_secs()));
        prop_assert_eq!(time.plus(by).unix(), clamped(exact + whole));
        prop_assert_eq!(time.minus(by).unix(), clamped(exact - whole));
    }

    #[test]
    fn a_policy_is_enforced_from_its_date_on_and_not_a_second_before(now in seconds(), from in seconds()) {
        let policy = Policy::enforce_from((), Timestamp::from_unix(from));
        let expected = if now < from { Mode::Observe } else { Mode::Enforce };
        prop_assert_eq!(policy.mode_at(Timestamp::from_unix(now)), expected);
    }
}
