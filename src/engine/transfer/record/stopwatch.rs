//! How long a transfer took: the time in which it could move. What a person pauses, what others go before, and what waits
//! for a new stream says nothing about how fast the way is.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Why it cannot move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Halt {
    /// There is no stream.
    Interrupted,
    /// It is held here.
    Ours,
    /// It is held by the other side.
    Theirs,
}

/// Runs from the acceptance on, as long as nothing halts it.
#[derive(Debug, Default)]
pub(super) struct Stopwatch {
    /// What it showed when it was halted last.
    shown: Duration,
    running: Option<Instant>,
    started: Option<Instant>,
    halts: BTreeSet<Halt>,
}

impl Stopwatch {
    /// Starts, if it did not yet.
    pub(super) fn start(&mut self, now: Instant) {
        self.started.get_or_insert(now);
        self.follow(now);
    }

    /// That halts it.
    pub(super) fn halt(&mut self, why: Halt, now: Instant) {
        self.halts.insert(why);
        self.follow(now);
    }

    /// That does not halt it any more.
    pub(super) fn release(&mut self, why: Halt, now: Instant) {
        self.halts.remove(&why);
        self.follow(now);
    }

    /// Whether it was started.
    pub(super) fn is_started(&self) -> bool {
        self.started.is_some()
    }

    /// Since it was started, halted or not.
    pub(super) fn since_start(&self, now: Instant) -> Duration {
        self.started.map_or(Duration::ZERO, |started| now.saturating_duration_since(started))
    }

    /// What it shows.
    pub(super) fn shows(&self, now: Instant) -> Duration {
        self.shown + self.running.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }

    fn follow(&mut self, now: Instant) {
        let runs = self.started.is_some() && self.halts.is_empty();
        if runs {
            self.running.get_or_insert(now);
        } else {
            self.shown = self.shows(now);
            self.running = None;
        }
    }
}
