//! Recognises a server that lets only so much through: the rate is low and does not change, and what is sent waits.
//!
//! A line that is slow by itself takes its time from the first block on; a limit lets the first one pass at once.

use std::time::Duration;

/// How long a rate is measured, and how often in a row it has to be the same.
const SPELL: Duration = Duration::from_secs(2);
const SPELLS: usize = 3;

/// No line of today is as slow by itself, and a file of any size takes an evening.
const SLOW: u64 = 64 * 1024;

/// By how many hundredths of each other rates differ that are the same.
const ALIKE: u64 = 25;

/// By how much the trips of blocks that wait exceed the shortest ever.
const GROWN: u32 = 4;

/// What passed lately.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    /// The shortest trip ever.
    quickest: Option<Duration>,
    spell: Option<Spell>,
    rates: Vec<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Spell {
    began: Duration,
    bytes: u64,
    quickest: Duration,
}

impl Throttle {
    /// So much passed now, in a block that took so long.
    pub(super) fn passed(&mut self, bytes: u64, trip: Duration, now: Duration) {
        let quickest = *self.quickest.insert(self.quickest.map_or(trip, |quickest| quickest.min(trip)));
        let spell = self.spell.get_or_insert(Spell { began: now, bytes: 0, quickest: trip });
        let took = now.saturating_sub(spell.began);
        spell.bytes += bytes;
        spell.quickest = spell.quickest.min(trip);
        if took < SPELL {
            return;
        }
        let (rate, is_waiting) = (per_second(spell.bytes, took), spell.quickest > quickest * GROWN);
        self.spell = Some(Spell { began: now, bytes: 0, quickest: trip });
        if !is_waiting || rate > SLOW {
            self.rates.clear();
        } else {
            self.rates.push(rate);
            let old = self.rates.len().saturating_sub(SPELLS);
            self.rates.drain(..old);
        }
    }

    /// The shortest trip of a block.
    pub(super) fn quickest(&self) -> Duration {
        self.quickest.unwrap_or_default()
    }

    /// How many bytes a second are let through, if that is all.
    pub(super) fn rate(&self) -> Option<u64> {
        let (least, most) = (self.rates.iter().min()?, self.rates.iter().max()?);
        let is_steady = self.rates.len() == SPELLS && (most - least) * 100 <= most * ALIKE;
        is_steady.then(|| self.rates.iter().sum::<u64>() / SPELLS as u64)
    }
}

fn per_second(bytes: u64, took: Duration) -> u64 {
    let millis = took.as_millis().max(1);
    u64::try_from(u128::from(bytes) * 1000 / millis).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of 3000 bytes, each `trips` milliseconds after the one before, the first of all at once.
    fn rate_after(trips: impl Iterator<Item = u64>) -> Option<u64> {
        let mut now = Duration::ZERO;
        let mut throttle = Throttle::default();
        throttle.passed(3000, Duration::from_millis(2), now);
        for trip in trips.map(Duration::from_millis) {
            now += trip;
            throttle.passed(3000, trip, now);
        }
        throttle.rate()
    }

    #[test]
    fn a_low_rate_that_stays_the_same_is_a_limit() {
        let rate = rate_after(std::iter::repeat_n(300, 30)).unwrap();
        assert!((9500..=10_500).contains(&rate), "{rate}");
    }

    #[test]
    fn what_is_fast_or_changes_or_was_slow_from_the_beginning_is_none() {
        assert_eq!(rate_after(std::iter::repeat_n(10, 3000)), None);
        assert_eq!(rate_after((0..60).map(|i| 200 + i / 8 % 3 * 200)), None);
        assert_eq!(rate_after(std::iter::repeat_n(7, 3000)), None);
    }

    #[test]
    fn a_moment_is_not_enough() {
        assert_eq!(rate_after(std::iter::repeat_n(300, 15)), None);
    }
}
