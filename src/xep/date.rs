//! XEP-0082 dates, and the older form of XEP-0091 that some peers still put in the same place.
//!
//! Small enough to be our own: the proleptic Gregorian calendar, years 0 to 9999, no leap seconds, no local time. A
//! date is when a file was changed or a message was sent, for people to read: whole seconds will do.

use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: i64 = 24 * 60 * 60;

/// Those that have four digits.
const YEARS: RangeInclusive<i64> = 0..=9999;

/// Reads `CCYY-MM-DDThh:mm[:ss[.s…]][Z|±hh:mm]`, and `CCYYMMDDThh:mm:ss` of XEP-0091. No zone means UTC, as XEP-0091
/// has it; a fraction is dropped; what cannot be read is none.
pub fn read(text: &str) -> Option<SystemTime> {
    let (day, time) = text.trim().split_once(['T', 't', ' '])?;
    let (time, offset) = split_zone(time)?;
    let since_epoch = read_day(day)? * DAY + read_time(time)? - offset;
    let whole = Duration::from_secs(since_epoch.unsigned_abs());
    let read = if since_epoch < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
    read.filter(|_| YEARS.contains(&civil(since_epoch.div_euclid(DAY)).0))
}

/// Writes `CCYY-MM-DDThh:mm:ssZ`; none for a year that does not fit.
pub fn write(time: SystemTime) -> Option<String> {
    let since_epoch = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).ok()?,
        Err(before) => {
            let before = before.duration();
            let whole = i64::try_from(before.as_secs()).ok()?;
            if before.subsec_nanos() > 0 { -whole - 1 } else { -whole }
        }
    };
    let (year, month, day) = civil(since_epoch.div_euclid(DAY));
    let second = since_epoch.rem_euclid(DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    YEARS.contains(&year).then(|| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

/// `CCYY-MM-DD` or `CCYYMMDD`, as days since 1970-01-01.
fn read_day(text: &str) -> Option<i64> {
    let digits = match text.as_bytes() {
        [_, _, _, _, b'-', _, _, b'-', _, _] => text.replace('-', ""),
        _ => text.to_owned(),
    };
    if digits.len() != 8 {
        return None;
    }
    let (year, month, day) = (number(digits.get(..4)?)?, number(digits.get(4..6)?)?, number(digits.get(6..)?)?);
    let days = days_since_epoch(year, month, day);
    (civil(days) == (year, month, day)).then_some(days)
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s…`, in seconds.
fn read_time(text: &str) -> Option<i64> {
    let (text, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = text.split(':').map(number);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    // 60 is a leap second, read as the first of the next minute.
    let is_possible = hour < 24 && minute < 60 && second <= 60 && parts.next().is_none();
    let is_fraction = fraction.bytes().all(|digit| digit.is_ascii_digit());
    (is_possible && is_fraction).then_some(hour * 3600 + minute * 60 + second)
}

/// Takes `Z` or `±hh:mm` off the end; the offset is in seconds east of UTC.
fn split_zone(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let Some(at) = time.find(['+', '-']) else {
        return Some((time, 0));
    };
    let (time, zone) = time.split_at(at);
    let (sign, zone) = zone.split_at(1);
    let (hours, minutes) = zone.split_once(':')?;
    let east = number(hours)? * 3600 + number(minutes)? * 60;
    (east < DAY).then_some((time, if sign == "-" { -east } else { east }))
}

/// Digits only: `parse` alone would take a sign. At most nine, so that no sum of ours overflows.
fn number(digits: &str) -> Option<i64> {
    let plain = (1..=9).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// Days from 1970-01-01; a year is counted from March, so that the leap day is its last.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 719 468 days lie between 0000-03-01 and 1970-01-01.
    365 * year + leap_days + day_of_year - 719_468
}

/// The inverse of [`days_since_epoch`].
fn civil(days: i64) -> (i64, i64, i64) {
    const ERA: i64 = 146_097; // days in 400 years
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a date reads as, written again.
    fn again(text: &str) -> Option<String> {
        read(text).and_then(write)
    }

    #[test]
    fn the_forms_that_peers_send_are_read() {
        let moon = Some("1969-07-21T02:56:15Z".to_owned());
        for text in [
            "1969-07-21T02:56:15Z",
            " 1969-07-21T02:56:15.000Z\n",
            "1969-07-20T21:56:15-05:00",
            "1969-07-21T04:56:15.25+02:00",
            "1969-07-21T02:56:15",
            "19690721T02:56:15",
            "1969-07-21 02:56:15Z",
        ] {
            assert_eq!(again(text), moon, "{text}");
        }
        assert_eq!(again("2005-11-29T11:21Z").as_deref(), Some("2005-11-29T11:21:00Z"));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "T",
            "yesterday",
            "2023-02-29T00:00:00Z",
            "2023-13-01T00:00:00Z",
            "2023-00-10T00:00:00Z",
            "2023-01-01",
            "2023-01-01T24:00:00Z",
            "2023-01-01T10:60:00Z",
            "2023-01-01T10:00:00+1",
            "2023-01-01T+1:00:00Z",
            "99999999999999999999-01-01T00:00:00Z",
            "2023-01-01T10:00:00:00Z",
            "2023-01-01T10:00:00.5.5Z",
            "２０２３-01-01T10:00:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_fraction_is_dropped_before_and_after_the_epoch() {
        assert_eq!(write(UNIX_EPOCH + Duration::from_millis(1999)).as_deref(), Some("1970-01-01T00:00:01Z"));
        assert_eq!(write(UNIX_EPOCH - Duration::from_millis(1)).as_deref(), Some("1969-12-31T23:59:59Z"));
    }

    #[test]
    fn a_year_without_four_digits_is_neither_written_nor_read() {
        assert_eq!(read("9999-12-31T23:59:59-00:01"), None);
        assert_eq!(read("0000-01-01T00:00:00+00:01"), None);
        assert_eq!(write(UNIX_EPOCH + Duration::from_secs(400_000_000_000)), None);
    }

    #[test]
    fn every_day_of_the_calendar_is_read_as_it_was_written() {
        for day in days_since_epoch(0, 1, 1)..=days_since_epoch(9999, 12, 31) {
            let (year, month, dom) = civil(day);
            assert_eq!(days_since_epoch(year, month, dom), day);
        }
        assert_eq!(days_since_epoch(2000, 2, 29), 11_016);
        assert_eq!(civil(0), (1970, 1, 1));
    }
}
