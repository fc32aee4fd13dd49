//! How much passes in some round trips, and blocks of which size are right for that: arithmetic only.
//!
//! Whole rounds count, because blocks come back in bursts. The first does not, neither at all nor after what was under way
//! has changed, because nothing says how long the way was free for it.

use std::time::Duration;

use super::micros;
use super::pace::on_wire;
use super::peer::{SMALLEST, USUAL};

/// The first blocks: two of them pass in two thirds of a second on a server that lets 5 kB/s through.
const FIRST: u16 = 1024;

/// The most where [`USUAL`] takes long. The slowest server that is common lets 10 kB/s through: a third of a second.
pub(super) const SMALL: u16 = 2048;

/// No block takes longer to pass, so that chat does not wait longer for a block that has been sent.
const LONGEST_SMALL: Duration = Duration::from_millis(400);

/// Where it takes longer, smaller ones cost a twentieth of the speed, and chat waits half as long.
const LONGEST_USUAL: Duration = Duration::from_millis(50);

/// Larger ones save the work on a stanza where it counts, on a server that is done with them so soon. Elsewhere they
/// cost: Prosody reads 8 KiB at a time, and gets slower with each stanza that is larger. The fastest that was seen passes
/// no block of 8 KiB in a millisecond.
const LONGEST_LARGER: Duration = Duration::from_millis(1);

/// What passes those passes larger ones at the same rate.
const LONGEST_LARGE: Duration = Duration::from_millis(2);

/// How long a rate is measured at least: longer than a busy machine pauses, shorter than people wait for a window to grow.
const SPELL: Duration = Duration::from_millis(100);

/// Of what has passed before the rate is known, so much may be under way. What a limit lets pass at once is what it lets
/// pass in two seconds (Prosody's `burst`); what then waits does so for half a second.
const TRUST: u64 = 4;

/// How much passes, in blocks up to some size.
#[derive(Debug)]
pub(super) struct Rate {
    largest: u16,
    /// Bytes a second in the last spell. None in the first.
    latest: Option<u64>,
    /// None in a first round.
    spell: Option<Spell>,
}

/// Rounds in which a rate is measured, and what has passed in them.
#[derive(Debug, Clone, Copy)]
struct Spell {
    began: Duration,
    passed: u64,
}

/// What passed in the rounds since then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    pub(super) since: Duration,
    /// Bytes a second.
    pub(super) rate: u64,
}

impl Rate {
    /// Nothing is known yet.
    pub(super) fn unknown(largest: u16) -> Self {
        Rate { largest, latest: None, spell: None }
    }

    /// So much passed.
    pub(super) fn passed(&mut self, wire: u64) {
        if let Some(spell) = &mut self.spell {
            spell.passed += wire;
        }
    }

    /// What passes from the next round on is measured by itself.
    pub(super) fn begin_anew(&mut self) {
        self.spell = None;
    }

    /// A round is over. Returns what was measured, if that was for long enough.
    pub(super) fn end_round(&mut self, now: Duration) -> Option<Measured> {
        let next = Spell { began: now, passed: 0 };
        let spell = self.spell.get_or_insert(next);
        let took = now.saturating_sub(spell.began);
        if took < SPELL {
            return None;
        }
        let measured = Measured { since: spell.began, rate: spell.passed * 1_000_000 / micros(took) };
        *spell = next;
        self.latest = Some(measured.rate);
        Some(measured)
    }

    /// How long so much takes to pass; none at all while nothing is known.
    pub(super) fn takes(&self, wire: u64) -> Duration {
        self.latest.map_or(Duration::ZERO, |rate| Duration::from_micros(wire * 1_000_000 / rate.max(1)))
    }

    /// How much passes in that time, if that is known.
    pub(super) fn passes_in(&self, time: Duration) -> Option<u64> {
        self.latest.map(|rate| rate.saturating_mul(micros(time)) / 1_000_000)
    }

    /// What may be under way as long as nothing is known.
    pub(super) fn trusted(&self) -> u64 {
        self.spell.as_ref().map_or(0, |spell| spell.passed) / TRUST
    }

    /// The largest block that fits the window twice and passes in its time; larger than usual only where that is known.
    pub(super) fn block_for(&self, window: u64) -> u16 {
        let smallest = self.smallest();
        let is_known = |block: u16| block <= USUAL || self.latest.is_some();
        let passes = |block: u16| is_known(block) && self.lets_pass(on_wire(block), longest(block));
        let fits = |block: u16| 2 * on_wire(block) <= window && passes(block);
        halves(self.largest).find(|block| *block <= smallest || fits(*block)).unwrap_or(smallest)
    }

    /// [`FIRST`], or less if even that takes long.
    pub(super) fn smallest(&self) -> u16 {
        let passes = |block: &u16| self.lets_pass(on_wire(*block), LONGEST_SMALL);
        halves(self.largest.min(FIRST)).find(passes).unwrap_or(SMALLEST)
    }

    /// Whether so much passes in that time at the rate of late, if that is known.
    fn lets_pass(&self, wire: u64, time: Duration) -> bool {
        self.passes_in(time).is_none_or(|passes| wire <= passes)
    }
}

/// How long a block of that size may take to pass.
fn longest(block: u16) -> Duration {
    if block > 2 * USUAL {
        LONGEST_LARGE
    } else if block > USUAL {
        LONGEST_LARGER
    } else if block > SMALL {
        LONGEST_USUAL
    } else {
        LONGEST_SMALL
    }
}

/// A size, its half, and so on, down to the smallest.
pub(super) fn halves(block: u16) -> impl Iterator<Item = u16> {
    std::iter::successors(Some(block), |block| Some(block / 2).filter(|half| *half >= SMALLEST))
}
