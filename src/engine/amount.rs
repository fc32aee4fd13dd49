//! Amounts, speeds and spans of time as people read them: the same on the screen, on the command line and in sentences.

use std::time::Duration;

const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];

/// `812 B`, `2.4 MiB`.
pub fn bytes(amount: u64) -> String {
    match scale(amount) {
        None => format!("{amount} B"),
        Some((unit, divisor)) => format!("{} {unit}", ratio(amount, divisor)),
    }
}

/// `7.4/12.0 MiB`: both in the unit of the whole.
pub fn bytes_of(part: u64, whole: u64) -> String {
    match scale(whole) {
        None => format!("{part}/{whole} B"),
        Some((unit, divisor)) => format!("{}/{} {unit}", ratio(part, divisor), ratio(whole, divisor)),
    }
}

/// `3.1 MiB/s`.
pub fn rate(per_second: u64) -> String {
    format!("{}/s", bytes(per_second))
}

fn scale(amount: u64) -> Option<(&'static str, u64)> {
    let mut divisor = 1024_u64;
    let mut found = None;
    for unit in UNITS {
        if amount < divisor {
            break;
        }
        found = Some((unit, divisor));
        divisor = divisor.saturating_mul(1024);
    }
    found
}

/// With one decimal below a hundred; rounded down, so that a part never looks like the whole.
fn ratio(amount: u64, divisor: u64) -> String {
    let tenths = u128::from(amount) * 10 / u128::from(divisor);
    if tenths < 1000 { format!("{}.{}", tenths / 10, tenths % 10) } else { format!("{}", tenths / 10) }
}

/// `58 ms`, `0.4 s`, `12.2 s`, `3 min 20 s`, `2 h 5 min`.
pub fn span(duration: Duration) -> String {
    match duration.as_millis() {
        millis @ 0..100 => format!("{millis} ms"),
        millis @ 100..60_000 => format!("{}.{} s", millis / 1000, millis / 100 % 10),
        _ => whole_span(duration),
    }
}

/// `4 s`, `3 min 20 s`, `2 h 5 min`: rounded up, as counting down wants it.
pub fn whole_span(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..172_800 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// How much of the whole, in percent, rounded down.
pub fn percent(part: u64, whole: u64) -> u64 {
    let percent = (u128::from(part) * 100).checked_div(u128::from(whole)).unwrap_or(100).min(100);
    u64::try_from(percent).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_three_digits_at_most_and_never_round_up_to_the_whole() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1024), "1.0 KiB");
        assert_eq!(bytes(12 * 1024 * 1024), "12.0 MiB");
        assert_eq!(bytes(u64::MAX), "16383 PiB");
        assert_eq!(bytes_of(12 * 1024 * 1024 - 1, 12 * 1024 * 1024), "11.9/12.0 MiB");
        assert_eq!(percent(99_999, 100_000), 99);
        assert_eq!(percent(0, 0), 100);
    }

    #[test]
    fn spans_are_as_exact_as_they_are_short() {
        assert_eq!(span(Duration::from_millis(58)), "58 ms");
        assert_eq!(span(Duration::from_millis(430)), "0.4 s");
        assert_eq!(span(Duration::from_millis(12_290)), "12.2 s");
        assert_eq!(span(Duration::from_secs(200)), "3 min 20 s");
        assert_eq!(whole_span(Duration::from_millis(3_100)), "4 s");
        assert_eq!(whole_span(Duration::from_mins(125)), "2 h 5 min");
    }
}
