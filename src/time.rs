//! Time as an argument: seconds of the Unix epoch, with arithmetic that is total.

use core::{fmt, time::Duration};

/// A moment, in whole seconds since 1970-01-01T00:00:00Z, negative before it.
///
/// Nothing in this crate reads a clock; every call that depends on time takes one of these. All arithmetic
/// saturates, so no input can overflow. `Display` prints RFC 3339 in UTC; years before 0 or after 9999, which RFC 3339
/// does not have, print with a sign or more digits.
///
/// ```
/// use core::time::Duration;
/// use keyward::Timestamp;
/// let noon = Timestamp::from_unix(1_795_348_800);
/// assert_eq!(noon.to_string(), "2026-11-22T12:00:00Z");
/// assert_eq!(noon.plus(Duration::from_secs(90)).unix(), 1_795_348_890);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Timestamp(i64);

impl Timestamp {
    /// From seconds since the Unix epoch.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// Later by `by`; parts of a second are cut off.
    #[must_use]
    pub const fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add_unsigned(by.as_secs()))
    }

    /// Earlier by `by`; parts of a second are cut off.
    #[must_use]
    pub const fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub_unsigned(by.as_secs()))
    }
}

/// Moments before the epoch round down, as after it. A clock beyond the year 292,277,026,596 saturates.
#[cfg(feature = "std")]
impl From<std::time::SystemTime> for Timestamp {
    fn from(time: std::time::SystemTime) -> Self {
        match time.duration_since(std::time::UNIX_EPOCH) {
            Ok(after) => Self(0).plus(after),
            Err(before) => {
                let before = before.duration();
                let whole = Self(0).minus(before);
                if before.subsec_nanos() == 0 { whole } else { whole.minus(Duration::from_secs(1)) }
            }
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.0.div_euclid(86_400));
        let second = self.0.rem_euclid(86_400);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// Year, month and day of a day number, proleptic Gregorian: `civil_from_days` of Howard Hinnant's "chrono-Compatible
/// Low-Level Date Algorithms". No step overflows, since a day number is an i64 divided by 86,400.
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468; // to 0000-03-01, so that leap days end a year
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn printed_dates_match_date_1() {
        // From `date -u -d @N +%FT%TZ` (GNU coreutils).
        for (unix, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(Timestamp(unix).to_string(), text);
        }
    }

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        assert_eq!(Timestamp(i64::MAX).plus(Duration::MAX).0, i64::MAX);
        assert_eq!(Timestamp(i64::MIN).minus(Duration::MAX).0, i64::MIN);
        assert_eq!(Timestamp(0).minus(Duration::MAX).0, i64::MIN);
        let _ = (Timestamp(i64::MAX).to_string(), Timestamp(i64::MIN).to_string());
    }

    #[cfg(feature = "std")]
    #[test]
    fn a_system_clock_before_the_epoch_rounds_down() {
        use std::time::UNIX_EPOCH;
        assert_eq!(Timestamp::from(UNIX_EPOCH - Duration::from_millis(1)).0, -1);
        assert_eq!(Timestamp::from(UNIX_EPOCH - Duration::from_secs(1)).0, -1);
        assert_eq!(Timestamp::from(UNIX_EPOCH + Duration::from_millis(1999)).0, 1);
    }
}
