//! Sizes and rates as people write them: `800`, `10 MB`, `1.5GiB`, `500k`. What is written is shown as it was written;
//! what is measured is shown in KiB, MiB and GiB ([`amount`](crate::engine::amount)).

use std::fmt;
use std::str::FromStr;

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub u64);

/// A number of bytes in a second; none is as fast as it goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rate(pub Option<u64>);

/// That is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no size; sizes look like \"800 kB\", \"10M\" or \"1.5 GiB\"")]
pub struct UnknownSize(String);

/// That is no rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no rate; rates look like \"500k\", \"2 MiB\" or \"off\", and are meant for a second")]
pub struct UnknownRate(String);

/// What turns a limit off.
const OFF: &str = "off";

/// What stands behind the number, in lower case, and how many bytes it stands for. A lone letter counts as the rest of the
/// program and the system's own tools do: in powers of two.
const UNITS: &[(&str, u64)] = &[
    ("", 1),
    ("b", 1),
    ("k", 1 << 10),
    ("kb", 1_000),
    ("kib", 1 << 10),
    ("m", 1 << 20),
    ("mb", 1_000_000),
    ("mib", 1 << 20),
    ("g", 1 << 30),
    ("gb", 1_000_000_000),
    ("gib", 1 << 30),
    ("t", 1 << 40),
    ("tb", 1_000_000_000_000),
    ("tib", 1 << 40),
];

/// The units that are written, the largest first.
const WRITTEN: &[(&str, u64)] = &[
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
];

/// Decimals that are read; more would not change a byte of anything smaller than a terabyte.
const DECIMALS: usize = 12;

impl FromStr for Size {
    type Err = UnknownSize;

    fn from_str(text: &str) -> Result<Self, UnknownSize> {
        read(text).map(Size).ok_or_else(|| UnknownSize(text.to_owned()))
    }
}

fn read(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim().to_lowercase();
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    if decimals.is_empty() || decimals.len() > DECIMALS || decimals.contains('.') {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let scale = 10_u128.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    let rest = u128::from(decimals.parse::<u64>().ok()?) * u128::from(*factor) / scale;
    whole.checked_mul(*factor)?.checked_add(u64::try_from(rest).ok()?)
}

impl fmt::Display for Size {
    /// The shortest way to write so many bytes exactly.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Size(bytes) = *self;
        let divides = |factor: u64| bytes > 0 && bytes.is_multiple_of(factor);
        match WRITTEN.iter().find(|(_, factor)| divides(*factor)) {
            Some((unit, factor)) => write!(f, "{} {unit}", bytes / factor),
            None => write!(f, "{bytes} B"),
        }
    }
}

impl FromStr for Rate {
    type Err = UnknownRate;

    /// A number alone would be bytes a second, which nobody means.
    fn from_str(text: &str) -> Result<Self, UnknownRate> {
        let unknown = || UnknownRate(text.to_owned());
        if text.eq_ignore_ascii_case(OFF) {
            return Ok(Rate(None));
        }
        let size = text.trim().trim_end_matches("/s");
        if size.ends_with(|last: char| last.is_ascii_digit()) {
            return Err(unknown());
        }
        let bytes = read(size).filter(|bytes| *bytes > 0).ok_or_else(unknown)?;
        Ok(Rate(Some(bytes)))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(bytes) => write!(f, "{}/s", Size(bytes)),
            None => f.write_str(OFF),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_however_people_write_them() {
        for (text, bytes) in [
            ("0", 0),
            ("800", 800),
            ("800 B", 800),
            ("3MB", 3_000_000),
            ("3 mb", 3_000_000),
            ("10M", 10 << 20),
            ("500k", 500 << 10),
            ("1.5 GiB", 3 << 29),
            ("0.5kB", 500),
            ("2 TiB", 2 << 40),
        ] {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "MB", "-1", "1,5 MB", "1.", ".5", "1..5", "1.5.5 MB", "1 PB", "1e9", "99999999999 TB", "1 M B"]
        {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for (bytes, text) in [(0, "0 B"), (7, "7 B"), (10_000_000, "10 MB"), (1 << 30, "1 GiB"), (500_000, "500 kB")] {
            assert_eq!(Size(bytes).to_string(), text);
            assert_eq!(text.parse(), Ok(Size(bytes)));
        }
    }

    #[test]
    fn a_rate_is_a_size_in_a_second_or_none() {
        for (text, rate, written) in [
            ("500k", Some(500 << 10), "500 KiB/s"),
            ("2MiB/s", Some(2 << 20), "2 MiB/s"),
            ("500 kB", Some(500_000), "500 kB/s"),
            ("off", None, "off"),
        ] {
            assert_eq!(text.parse(), Ok(Rate(rate)), "{text}");
            assert_eq!(Rate(rate).to_string(), written);
            assert_eq!(written.parse(), Ok(Rate(rate)));
        }
        for text in ["500", "0", "0k", "fast", "-3k", ""] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}
