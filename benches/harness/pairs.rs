//! Runs that take turns, and what they show beside each other.
//!
//! Machines are noisy, so nothing is a pass or a failure: everybody has one run in each round, and what is told is the
//! median of each, and the median of the ratios of those who ran in the same round.

use std::time::Duration;

use super::MIB;

/// Rounds of each comparison; odd, for a median that was measured.
pub(crate) const ROUNDS: usize = 5;

/// How fast somebody moved the same file, round by round, in MiB a second.
#[derive(Default)]
pub(crate) struct Runs(Vec<f64>);

impl Runs {
    /// One more run.
    pub(crate) fn add(&mut self, size: u64, took: Duration) {
        self.0.push(rate(size, took));
    }

    /// In the median.
    pub(crate) fn median(&self) -> f64 {
        median(self.0.iter().copied())
    }

    /// This rate by the other's of the same round, in the median.
    pub(crate) fn ratio_to(&self, other: &Runs) -> f64 {
        median(self.0.iter().zip(&other.0).map(|(rate, other)| rate / other))
    }
}

/// MiB a second.
#[allow(clippy::cast_precision_loss, reason = "a file of 2^53 bytes is not measured here")]
pub(crate) fn rate(size: u64, took: Duration) -> f64 {
    size as f64 / MIB as f64 / took.as_secs_f64()
}

/// The one in the middle.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
