//! Bytes, rate and time left: arithmetic only.

use std::time::Duration;

use crate::engine::event::Progress;

/// Progress is told at most ten times a second: no eye and no terminal needs more.
const PACE: Duration = Duration::from_millis(100);

/// How long a rate is remembered: long enough to read, short enough to follow.
const MEMORY: Duration = Duration::from_secs(2);

/// Who would have to wait longer waits for something else: the figure says nothing that the rate does not.
const LONGEST_WAIT: Duration = Duration::from_hours(4 * 24);

/// Measures how far a transfer is and how fast it goes. Its time counts from the transfer's acceptance.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    size: Option<u64>,
    rate: Option<u64>,
    last: Option<Sample>,
    moved: u64,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Duration,
    bytes: u64,
}

impl Meter {
    /// So many bytes will move, if that is known.
    pub(crate) fn expect(&mut self, size: Option<u64>) {
        self.size = size;
    }

    /// How many bytes have moved.
    pub(crate) fn bytes(&self) -> u64 {
        self.moved
    }

    /// So many bytes have moved, beginning at `base`; returns what to tell, if it is time to tell something.
    pub(crate) fn moved(&mut self, base: u64, moved: u64, now: Duration) -> Option<Progress> {
        self.moved = moved;
        let bytes = base.saturating_add(moved);
        let is_whole = Some(bytes) == self.size;
        if let Some(last) = self.last {
            let elapsed = now.saturating_sub(last.at);
            if (elapsed < PACE && !is_whole) || bytes == last.bytes {
                return None;
            }
            if elapsed >= PACE {
                self.rate = Some(smooth(self.rate, bytes.saturating_sub(last.bytes), elapsed));
            }
        }
        self.last = Some(Sample { at: now, bytes });
        Some(self.progress(bytes))
    }

    fn progress(&self, bytes: u64) -> Progress {
        let rate = self.rate.unwrap_or(0);
        let missing = self.size.map(|size| size.saturating_sub(bytes));
        let left = missing.and_then(|missing| Some(Duration::from_secs(missing.div_ceil(self.rate?.max(1)))));
        Progress { bytes, size: self.size, rate, left: left.filter(|left| rate > 0 && *left < LONGEST_WAIT) }
    }
}

/// The new rate: what was measured counts for as much of [`MEMORY`] as it covers.
fn smooth(rate: Option<u64>, bytes: u64, elapsed: Duration) -> u64 {
    let (elapsed, memory) = (elapsed.as_millis().max(1), MEMORY.as_millis());
    let measured = u128::from(bytes) * 1000 / elapsed;
    let smoothed = match rate {
        Some(rate) if elapsed < memory => (u128::from(rate) * (memory - elapsed) + measured * elapsed) / memory,
        Some(_) | None => measured,
    };
    u64::try_from(smoothed).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn progress_is_told_at_most_ten_times_a_second() {
        let mut meter = Meter::default();
        meter.expect(Some(1_000_000));
        let told = (0..1000).filter(|i| meter.moved(0, i * 100, ms(*i)).is_some()).count();
        assert_eq!(told, 10);
    }

    #[test]
    fn the_last_byte_is_always_told() {
        let mut meter = Meter::default();
        meter.expect(Some(10));
        assert!(meter.moved(0, 1, ms(0)).is_some());
        assert_eq!(meter.moved(0, 10, ms(1)).map(|progress| progress.bytes), Some(10));
    }

    #[test]
    fn a_steady_rate_is_measured_as_it_is() {
        let mut meter = Meter::default();
        meter.expect(Some(10_000));
        let told = (0..=20).filter_map(|i| meter.moved(0, i * 100, ms(i * 100))).last().unwrap();
        assert_eq!((told.rate, told.left), (1000, Some(Duration::from_secs(8))));
    }

    #[test]
    fn what_stands_still_for_long_is_slow_at_once() {
        let mut meter = Meter::default();
        meter.expect(Some(10_000));
        for i in 0..=20 {
            meter.moved(0, i * 100, ms(i * 100));
        }
        assert_eq!(meter.moved(0, 2010, ms(12_000)).map(|progress| progress.rate), Some(1));
    }

    #[test]
    fn nobody_is_told_of_weeks_that_are_left() {
        let mut meter = Meter::default();
        meter.expect(Some(1_000_000_000));
        let told = (0..=20).filter_map(|i| meter.moved(0, i * 51, ms(i * 1000))).last().unwrap();
        assert_eq!((told.rate, told.left), (51, None));
    }

    #[test]
    fn an_unknown_size_leaves_no_time_left() {
        let mut meter = Meter::default();
        meter.moved(0, 0, ms(0));
        assert_eq!(meter.moved(0, 500, ms(500)).map(|progress| (progress.rate, progress.left)), Some((1000, None)));
    }
}
