//! How long to wait before the next try: twice as long each time, never in step with others.

use std::time::Duration;

use crate::client::timings::Timings;

/// The pauses between tries.
#[derive(Debug)]
pub(super) struct Backoff {
    timings: Timings,
    failures: u32,
}

impl Backoff {
    /// Nothing has failed yet.
    pub(super) fn new(timings: Timings) -> Self {
        Backoff { timings, failures: 0 }
    }

    /// A connection lasted that long. One that worked for a moment only is no success: a server that throws us out
    /// right after each login would be asked for ever without a pause.
    pub(super) fn lasted(&mut self, time: Duration) {
        if time >= self.timings.lasting {
            self.failures = 0;
        }
    }

    /// The next pause. `spread`, between 0 and 1, keeps a thousand clients of one restarted server apart.
    pub(super) fn next(&mut self, spread: f64) -> Duration {
        let doubled = self.timings.first_retry.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        doubled.min(self.timings.longest_retry).mul_f64(0.5 + spread.clamp(0.0, 1.0) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut backoff = Backoff::new(Timings::default());
        let pauses: Vec<_> = (0..8).map(|_| backoff.next(1.0).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn only_a_session_that_lasted_starts_from_the_beginning() {
        let mut backoff = Backoff::new(Timings::default());
        backoff.next(1.0);
        backoff.lasted(Duration::from_secs(29));
        assert_eq!(backoff.next(1.0), Duration::from_secs(2));
        backoff.lasted(Duration::from_secs(30));
        assert_eq!(backoff.next(1.0), Duration::from_secs(1));
    }

    #[test]
    fn pauses_are_uneven_but_never_nothing() {
        let pause = |spread| Backoff::new(Timings::default()).next(spread);
        assert_eq!(pause(0.0), Duration::from_millis(500));
        assert_eq!(pause(0.5), Duration::from_millis(750));
    }
}
