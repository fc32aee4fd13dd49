//! Runs that take turns, and the table of them.
//!
//! Machines are noisy, so nothing is a pass or a failure: Balcony and what it is compared with run one after the other,
//! and a line shows the median of each and the median of the ratios of the pairs.

use std::time::Duration;

use super::MIB;

/// Pairs of each comparison; odd, for a median that was measured.
pub(crate) const PAIRS: usize = 5;

/// How fast Balcony and something else moved the same file, run by run, in MiB a second.
pub(crate) struct Pairs {
    size: u64,
    ours: Vec<f64>,
    others: Vec<f64>,
}

impl Pairs {
    /// No run yet, with a file of that size.
    pub(crate) fn with(size: u64) -> Self {
        Pairs { size, ours: Vec::new(), others: Vec::new() }
    }

    /// One run of each.
    pub(crate) fn add(&mut self, ours: Duration, other: Duration) {
        self.ours.push(rate(self.size, ours));
        self.others.push(rate(self.size, other));
    }

    /// Balcony's rate by the other's, in the median.
    pub(crate) fn ratio(&self) -> f64 {
        median(self.ours.iter().zip(&self.others).map(|(ours, other)| ours / other))
    }
}

/// Prints what stands above the lines.
pub(crate) fn print_head() {
    println!("| Balcony by | beside | MiB | Balcony, MiB/s | the other, MiB/s | ratio |");
    println!("| --- | --- | ---: | ---: | ---: | ---: |");
}

/// Prints one line.
pub(crate) fn print_line(method: &str, other: &str, pairs: &Pairs) {
    let median = |rates: &[f64]| median(rates.iter().copied());
    let (ours, others) = (median(&pairs.ours), median(&pairs.others));
    let size = pairs.size / MIB;
    println!("| {method} | {other} | {size} | {ours:.1} | {others:.1} | {:.2} |", pairs.ratio());
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
