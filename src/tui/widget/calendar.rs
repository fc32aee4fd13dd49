//! Times and days in the words of the screen, in the time zone of whoever looks at it.

use std::time::SystemTime;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// `12:01`.
pub(crate) fn time_of_day(at: SystemTime, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%H:%M").to_string()
}

/// Since midnight.
pub(crate) fn minute_of_day(at: SystemTime, zone: &TimeZone) -> u16 {
    let time = zoned(at, zone).time();
    u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs())
}

/// The day something happened on.
pub(crate) fn day(at: SystemTime, zone: &TimeZone) -> Date {
    zoned(at, zone).date()
}

/// `Today`, `Yesterday`, `Friday 20 November 2026`.
pub(crate) fn day_title(day: Date, now: SystemTime, zone: &TimeZone) -> String {
    let today = self::day(now, zone);
    if day == today {
        "Today".to_owned()
    } else if today.yesterday().is_ok_and(|yesterday| day == yesterday) {
        "Yesterday".to_owned()
    } else {
        day.strftime("%A %-d %B %Y").to_string()
    }
}

/// `20 November 2026, 12:01`.
pub(crate) fn date_and_time(at: SystemTime, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%-d %B %Y, %H:%M").to_string()
}

/// `20 November 2026, 12:01:30`.
pub(crate) fn date_and_second(at: SystemTime, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%-d %B %Y, %H:%M:%S").to_string()
}

/// `2026-11-20 12:01`.
pub(crate) fn sortable(at: SystemTime, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%Y-%m-%d %H:%M").to_string()
}

/// `2026-11-20 12:01:07`.
pub(crate) fn to_the_second(at: SystemTime, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Dates beyond the calendar (a peer may send any) are taken for its first.
fn zoned(at: SystemTime, zone: &TimeZone) -> Zoned {
    Timestamp::try_from(at).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone.clone())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn days_near_by_have_names() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let title =
            |days: u64| day_title(day(now - Duration::from_secs(days * 86_400), &TimeZone::UTC), now, &TimeZone::UTC);
        assert_eq!(title(0), "Today");
        assert_eq!(title(1), "Yesterday");
        assert_eq!(title(2), "Friday 7 September 2001");
    }
}
