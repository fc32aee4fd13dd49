//! Whether a way has become longer than its base says: arithmetic only.
//!
//! A window that is at its least holds hardly anything that could wait. If blocks take too long all the same, either
//! somebody lets no more through, so that two small blocks already wait for each other; or the way is longer than it was,
//! or busy with what others send. The trips are alike. What tells them apart is the rate once twice as much is under way:
//! a limit lets the same through, whatever waits before it; of everything else more passes. A block alone would not tell,
//! because a limit that has had a rest lets that pass at once.
//!
//! So that is tried, for some round trips; where it is in vain, again after ever longer pauses, because chat waits
//! meanwhile for two blocks more.

use std::time::Duration;

use super::rate::Measured;

/// The first pause: some times as long as a try on a slow way.
const FIRST_PAUSE: Duration = Duration::from_secs(2);

/// The longest: more people do not wait for a way to be used that has become longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// By how many hundredths the rate has to rise while twice as much is under way: the middle between nothing and that.
const RISEN: u64 = 140;

/// What is held against a base.
#[derive(Debug)]
pub(super) struct Doubt {
    /// Since when nothing but the base explains what is seen.
    since: Option<Duration>,
    /// When something may be tried about it.
    due: Duration,
    pause: Duration,
}

impl Default for Doubt {
    fn default() -> Self {
        Doubt { since: None, due: Duration::ZERO, pause: FIRST_PAUSE }
    }
}

impl Doubt {
    /// Whether the window is at its least and blocks take too long all the same.
    pub(super) fn look(&mut self, is_cornered: bool, now: Duration) {
        self.since = if is_cornered { self.since.or(Some(now)) } else { None };
    }

    /// What is to be tried against: the rate of whole rounds in doubt.
    pub(super) fn is_ripe(&self, measured: Option<Measured>, now: Duration) -> Option<u64> {
        let since = self.since.filter(|_| now >= self.due)?;
        measured.filter(|measured| measured.since > since).map(|measured| measured.rate)
    }

    /// Twice as much was under way: whether more passed than `before`.
    pub(super) fn is_confirmed(&mut self, before: u64, measured: Measured, now: Duration) -> bool {
        let is_confirmed = measured.rate * 100 > before * RISEN;
        *self = if is_confirmed { Self::default() } else { self.in_vain(now) };
        is_confirmed
    }

    fn in_vain(&self, now: Duration) -> Self {
        Doubt { since: None, due: now + self.pause, pause: (2 * self.pause).min(LONGEST_PAUSE) }
    }
}
