//! What a claim is in Redis: five keys, eight numbers, and a script that does all of it in one step.

use std::time::Duration;

use keyward::{ReplayKey, Timestamp};
use redis::{Script, ScriptInvocation};

/// Looks and stores at once; claim.lua says how.
pub(crate) const SCRIPT: &str = include_str!("claim.lua");

/// Seconds to which the ends of claims are rounded up, where a request lives as long as a window.
const SPAN: i64 = 15;
/// The same for what lives longer: presigned URLs, up to a week.
const LONG_SPAN: i64 = 3_600;
/// Seconds from a request's date to its claim's end, in the widest window: `MAX_WINDOW` of signatures and one.
const WIDEST: i64 = 901;
/// Seconds that a claim is kept beyond the end of its span: by so much may the clocks of two instances differ before the
/// slower one's last claims fail. As long again is a server not believed that has lost everything: the clock of whoever
/// claimed may have been ahead of the one that finds it empty.
const SLACK: i64 = 30;
/// The last second of the year 9999, and the first of the year 1: beyond them moments count as these, so that numbers
/// stay exact in a script.
const LAST: i64 = 253_402_300_799;
pub(crate) const FIRST: i64 = -62_135_596_800;

fn seconds(moment: Timestamp) -> i64 {
    moment.unix().clamp(FIRST, LAST)
}

/// The end of the span that a claim belongs to. It depends on the request alone, so every instance finds the same.
fn span(key: &ReplayKey) -> i64 {
    let (ends, dated) = (seconds(key.expires_at()), seconds(key.requested_at()));
    let wide = if ends - dated <= WIDEST { SPAN } else { LONG_SPAN };
    ends + (-ends).rem_euclid(wide)
}

/// The script's call for one claim.
pub(crate) fn call<'s>(
    script: &'s Script,
    prefix: &str,
    key: &ReplayKey,
    now: Timestamp,
    share: usize,
) -> ScriptInvocation<'s> {
    let (span, now) = (span(key), seconds(now));
    let marks = format!("{{{prefix}}}:span:");
    let stay = Duration::from_secs((span - now + SLACK).max(1).unsigned_abs());
    let mut claim = format!("{{{prefix}}}:claim:").into_bytes();
    claim.extend_from_slice(key.digest());
    let mut call = script.prepare_invoke();
    call.key(claim)
        .key(format!("{{{prefix}}}:share:{}", key.key_id().as_str()))
        .key(state(prefix))
        .key(format!("{{{prefix}}}:spans"))
        .key(format!("{marks}{span}"))
        .arg(now)
        .arg(seconds(key.expires_at()))
        .arg(seconds(key.requested_at()))
        .arg(span)
        .arg(stay.as_millis().to_string())
        .arg(share)
        .arg(now + WIDEST + SLACK)
        .arg(marks);
    call
}

/// The key of what is known of the past.
pub(crate) fn state(prefix: &str) -> String {
    format!("{{{prefix}}}:state")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(dated: i64, ends: i64) -> ReplayKey {
        let (dated, ends) = (Timestamp::from_unix(dated), Timestamp::from_unix(ends));
        ReplayKey::for_tests("s", "kwk_0000000000000001".parse().unwrap(), b"x", dated, ends)
    }

    #[test]
    fn a_span_ends_no_earlier_than_its_claims_and_hardly_later() {
        for ends in [-301, -1, 0, 1, 15, 16, 1_795_348_800, 1_795_348_801] {
            let span = span(&key(ends - 301, ends));
            assert!((ends..ends + SPAN).contains(&span) && span % SPAN == 0, "{ends}: {span}");
        }
        assert_eq!(span(&key(0, WIDEST)), 915);
        assert_eq!(span(&key(0, WIDEST + 1)), 3_600);
        assert_eq!(span(&key(i64::MIN, i64::MAX)) / LONG_SPAN, LAST / LONG_SPAN + 1);
        assert!(span(&key(i64::MIN, i64::MIN)) >= FIRST);
    }
}
