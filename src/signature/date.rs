//! The three forms of a date: basic ISO 8601, extended ISO 8601 with an offset, and IMF-fixdate.

use crate::time::{Timestamp, civil};

const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// From Thursday on, as the epoch was one.
const WEEKDAYS: [&[u8]; 7] = [b"Thu", b"Fri", b"Sat", b"Sun", b"Mon", b"Tue", b"Wed"];

/// The first and the last moment of the years 0 to 9999, which four digits write.
const YEARS: core::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

/// `YYYYMMDDTHHMMSSZ`.
pub(super) fn read_basic(text: &[u8]) -> Option<Timestamp> {
    let [date @ .., b'T', h1, h2, m1, m2, s1, s2, b'Z'] = text else { return None };
    let [year @ .., mo1, mo2, d1, d2] = date else { return None };
    moment(
        number::<4>(year)?,
        number::<2>(&[*mo1, *mo2])?,
        number::<2>(&[*d1, *d2])?,
        [number::<2>(&[*h1, *h2])?, number::<2>(&[*m1, *m2])?, number::<2>(&[*s1, *s2])?],
    )
}

/// Any of the three. A weekday that is not the date's is not looked at: several of Escher's vectors have one.
pub(super) fn read_any(text: &[u8]) -> Option<Timestamp> {
    read_basic(text).or_else(|| read_extended(text)).or_else(|| read_fixdate(text))
}

/// `YYYY-MM-DDTHH:MM:SS` and `Z` or `±HH:MM` (RFC 3339 without fractions).
fn read_extended(text: &[u8]) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let (clock, offset) = rest.split_at_checked(9)?;
    let [year @ .., b'-', mo1, mo2, b'-', d1, d2] = date else { return None };
    let [b'T', clock @ ..] = clock else { return None };
    let local =
        moment(number::<4>(year)?, number::<2>(&[*mo1, *mo2])?, number::<2>(&[*d1, *d2])?, time(clock)?)?;
    let east = match offset {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number::<2>(&[*h1, *h2])?, number::<2>(&[*m1, *m2])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3600 + minutes * 60;
            if *sign == b'+' { seconds } else { -seconds }
        }
        _ => return None,
    };
    let utc = local.unix() - east;
    YEARS.contains(&utc).then(|| Timestamp::from_unix(utc))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
fn read_fixdate(text: &[u8]) -> Option<Timestamp> {
    let (weekday, rest) = text.split_at_checked(3)?;
    let [b',', b' ', d1, d2, b' ', m1, m2, m3, b' ', y1, y2, y3, y4, b' ', clock @ ..] = rest else {
        return None;
    };
    let clock = clock.strip_suffix(b" GMT")?;
    if !WEEKDAYS.contains(&weekday) {
        return None;
    }
    let month = MONTHS.iter().zip(1..).find(|(name, _)| **name == [*m1, *m2, *m3])?.1;
    moment(number::<4>(&[*y1, *y2, *y3, *y4])?, month, number::<2>(&[*d1, *d2])?, time(clock)?)
}

fn time(text: &[u8]) -> Option<[i64; 3]> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = text else { return None };
    Some([number::<2>(&[*h1, *h2])?, number::<2>(&[*m1, *m2])?, number::<2>(&[*s1, *s2])?])
}

/// Exactly `N` digits.
fn number<const N: usize>(digits: &[u8]) -> Option<i64> {
    if digits.len() != N {
        return None;
    }
    digits
        .iter()
        .try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0')))
}

/// `days_from_civil` of Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms", the inverse of `civil`.
fn moment(year: i64, month: i64, day: i64, [hour, minute, second]: [i64; 3]) -> Option<Timestamp> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_of_month = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if !(1..=days_of_month).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * month + 2) / 5 + day - 1;
    let days = era * 146_097 + day_of_era - 719_468;
    Some(Timestamp::from_unix(days * 86_400 + hour * 3600 + minute * 60 + second))
}

/// `YYYYMMDD` as a number: the day of a credential scope.
pub(super) fn day(at: Timestamp) -> u32 {
    let (year, month, day) = civil(at.unix().div_euclid(86_400));
    u32::try_from(year * 10_000 + month * 100 + day).unwrap_or_default()
}

/// The digits of such a day.
pub(super) fn day_digits(day: u32) -> [u8; 8] {
    let mut digits = [0; 8];
    put_digits(&mut digits, i64::from(day));
    digits
}

/// `YYYYMMDDTHHMMSSZ`. `None` outside of the years 0 to 9999.
pub(super) fn basic(at: Timestamp) -> Option<[u8; 16]> {
    if !YEARS.contains(&at.unix()) {
        return None;
    }
    let mut text = *b"........T......Z";
    let clock = clock(at);
    let [date @ .., _, h1, h2, m1, m2, s1, s2, _] = &mut text;
    put_digits(date, i64::from(day(at)));
    for (slots, value) in [[h1, h2], [m1, m2], [s1, s2]].into_iter().zip(clock) {
        put_pair(slots, value);
    }
    Some(text)
}

/// A moment that was read from `text`, in the basic form. No other form is as long, so that one is taken as it stands.
pub(super) fn rewritten(text: &[u8], at: Timestamp) -> [u8; 16] {
    let basic_form = text.try_into().ok();
    basic_form.or_else(|| basic(at)).unwrap_or_default() // what was read has a year of four digits
}

/// IMF-fixdate. `None` outside of the years 0 to 9999.
pub(crate) fn fixdate(at: Timestamp) -> Option<[u8; 29]> {
    if !YEARS.contains(&at.unix()) {
        return None;
    }
    let days = at.unix().div_euclid(86_400);
    let (year, month, day) = civil(days);
    let weekday = WEEKDAYS.get(usize::try_from(days.rem_euclid(7)).ok()?)?;
    let month = MONTHS.get(usize::try_from(month - 1).ok()?)?;
    let [hour, minute, second] = clock(at);
    let mut text = *b"..., .. ... .... ..:..:.. GMT";
    let mut slots = text.iter_mut();
    let mut put = |bytes: &[u8], skip: usize| {
        for (byte, slot) in bytes.iter().zip(&mut slots) {
            *slot = *byte;
        }
        slots.by_ref().take(skip).for_each(drop);
    };
    put(weekday, 2);
    put(&digits::<2>(day), 1);
    put(month, 1);
    put(&digits::<4>(year), 1);
    put(&digits::<2>(hour), 1);
    put(&digits::<2>(minute), 1);
    put(&digits::<2>(second), 4);
    Some(text)
}

fn clock(at: Timestamp) -> [i64; 3] {
    let second = at.unix().rem_euclid(86_400);
    [second / 3600, second / 60 % 60, second % 60]
}

fn digits<const N: usize>(value: i64) -> [u8; N] {
    let mut text = [0; N];
    put_digits(&mut text, value);
    text
}

fn put_pair([tens, ones]: [&mut u8; 2], value: i64) {
    [*tens, *ones] = digits::<2>(value);
}

fn put_digits(slots: &mut [u8], mut value: i64) {
    for slot in slots.iter_mut().rev() {
        *slot = b'0' + u8::try_from(value % 10).unwrap_or_default();
        value /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_forms_of_one_moment_are_read() {
        // `date -u -d 2026-11-09T12:00:00Z +%s`.
        let at = Timestamp::from_unix(1_794_225_600);
        for text in [
            "20261109T120000Z",
            "2026-11-09T12:00:00Z",
            "2026-11-09T12:00:00+00:00",
            "2026-11-09T13:00:00+01:00",
            "2026-11-08T23:30:00-12:30",
            "Mon, 09 Nov 2026 12:00:00 GMT",
            "Fri, 09 Nov 2026 12:00:00 GMT",
        ] {
            assert_eq!(read_any(text.as_bytes()), Some(at), "{text}");
        }
        assert_eq!(basic(at), Some(*b"20261109T120000Z"));
        assert_eq!(fixdate(at), Some(*b"Mon, 09 Nov 2026 12:00:00 GMT"));
        assert_eq!((day(at), day_digits(20_261_109)), (20_261_109, *b"20261109"));
    }

    #[test]
    fn other_forms_and_days_that_are_none_are_not_read() {
        for text in [
            "",
            "Z",
            "20261109T120000",
            "20261109t120000Z",
            "20261109T120000z",
            "020261109T120000Z",
            "2026119T120000Z",
            "20261109T1200000Z",
            "+0261109T120000Z",
            "20261309T120000Z",
            "20260009T120000Z",
            "20261131T120000Z",
            "20260229T120000Z",
            "21000229T120000Z",
            "20261100T120000Z",
            "20261109T240000Z",
            "20261109T126000Z",
            "20261109T120060Z",
            "2026-11-09 12:00:00Z",
            "2026-11-09T12:00:00",
            "2026-11-09T12:00:00+0100",
            "2026-11-09T12:00:00+24:00",
            "2026-11-09T12:00:00+01:60",
            "2026-11-09T12:00:00.0Z",
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "mon, 09 Nov 2026 12:00:00 GMT",
            "Monday, 09 Nov 2026 12:00:00 GMT",
            "Mon, 9 Nov 2026 12:00:00 GMT",
            "Mon, 09 nov 2026 12:00:00 GMT",
            "Mon, 09 Nov 2026 12:00:00 UTC",
            "Mon, 09 Nov 2026 12:00:00 +0000",
            "Monday, 09-Nov-26 12:00:00 GMT",
            "Mon Nov  9 12:00:00 2026",
            "1794225600",
        ] {
            assert_eq!(read_any(text.as_bytes()), None, "{text}");
        }
        assert!(read_basic(b"20240229T235959Z").is_some() && read_basic(b"2026-11-09T12:00:00Z").is_none());
    }

    #[test]
    fn every_day_of_four_centuries_reads_back_as_it_was_written() {
        for day in (-719_528..2_932_897).step_by(7) {
            let at = Timestamp::from_unix(day * 86_400 + 86_399);
            assert_eq!(read_basic(&basic(at).unwrap()), Some(at));
            assert_eq!(read_fixdate(&fixdate(at).unwrap()), Some(at));
        }
        for beyond in [i64::MIN, YEARS.start() - 1, YEARS.end() + 1, i64::MAX] {
            let at = Timestamp::from_unix(beyond);
            assert_eq!((basic(at), fixdate(at)), (None, None));
        }
    }
}
