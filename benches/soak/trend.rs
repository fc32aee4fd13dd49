//! Whether something rises from round to round.

use super::process::Usage;

/// Until then caches fill and the first of everything is allocated.
const WARM: usize = 10;

/// Fewer rounds than this after that say nothing: one that is odd would decide.
const ENOUGH: usize = 20;

/// What a round may leave behind: four messages, the names by which their copies are found, and the pages that the
/// database keeps of what it wrote, until its cache of 2 MiB a connection is full. A file's buffer that is not let go of
/// is a hundred times more.
const MOST_MEMORY: f64 = 32.0 * 1024.0;

/// One in fifty rounds: a thread of the pool that comes later than the others, but nothing that every fault leaves.
const MOST_OTHERS: f64 = 0.02;

/// What a process took, round after round.
#[derive(Default)]
pub(crate) struct Trend(Vec<Usage>);

impl Trend {
    /// One more round.
    pub(crate) fn add(&mut self, usage: Usage) {
        self.0.push(usage);
    }

    /// Prints how much each rises a round, and stops if that is too much.
    pub(crate) fn judge(&self) {
        let Some(warm) = self.0.get(WARM..).filter(|warm| warm.len() >= ENOUGH) else {
            return println!("{} rounds are too few to see whether anything rises.", self.0.len());
        };
        let slope_of = |what: fn(&Usage) -> u64| slope(warm.iter().map(what));
        let memory = slope_of(|usage| usage.memory);
        let descriptors = slope_of(|usage| usage.descriptors);
        let threads = slope_of(|usage| usage.threads);
        println!(
            "Romeo's process grows a round by {memory:.0} bytes (bound: {MOST_MEMORY}), {descriptors:.4} descriptors \
             and {threads:.4} threads (bound: {MOST_OTHERS})."
        );
        let is_flat = memory <= MOST_MEMORY && descriptors <= MOST_OTHERS && threads <= MOST_OTHERS;
        assert!(is_flat, "something leaks");
    }
}

/// Of the straight line that lies nearest to these values, one a round.
#[allow(clippy::cast_precision_loss, reason = "neither memory nor rounds reach 2^53")]
fn slope(values: impl Iterator<Item = u64>) -> f64 {
    let values: Vec<f64> = values.map(|value| value as f64).collect();
    let count = values.len() as f64;
    let (middle, mean) = ((count - 1.0) / 2.0, values.iter().sum::<f64>() / count);
    let from_middle = |round: usize| round as f64 - middle;
    let spread: f64 = (0..values.len()).map(|round| from_middle(round).powi(2)).sum();
    let common: f64 = values.iter().enumerate().map(|(round, value)| from_middle(round) * (value - mean)).sum();
    common / spread
}
