//! How much may be under way to one peer, and in blocks of which size: arithmetic only.
//!
//! # Theory of operation
//!
//! What is sent and not acknowledged is either on its way or waits: in our server, if that lets only so much through, in
//! the next one, at the receiver. What waits makes nothing faster, and delays the chat behind it. So the [`Pace`] finds
//! out how much has to be under way that nothing idles, and keeps little more. It is told of each block and its
//! acknowledgement; the ideas are those of LEDBAT (RFC 6817) and BBR:
//!
//! - The *rate* is what passes in some round trips. Until it is known, two small blocks are under way, or a fraction of
//!   what has passed: a limit lets the first ones pass at once, and shows only later what it is.
//! - The shortest trip of late is the way's own, its *base*. What the shortest of a round exceeds it by was spent waiting.
//!   Some of that is wanted: the *slack*.
//! - Each round trip, the window doubles until something waits. From then on it follows the proportion of the trip that is
//!   wanted to the one that is seen. It is never more than what passes in a second, whatever the base is believed to be.
//! - A base is believed for half a minute. Then one block alone measures it anew, because what others send over the same
//!   way must not pass for distance. Where a way has become longer the window is at its least long before that: then it is
//!   [doubted](super::doubt), and if more passes once more is under way, the base is what that takes.
//! - Blocks are as large as fits the window twice and passes in its time at that [rate](super::rate).
//!
//! Times count from when the budget began to be used. All amounts are what goes over the wire, base64 and envelope
//! included, unless they are called payload.

use std::time::Duration;

use super::doubt::Doubt;
use super::micros;
use super::rate::Rate;
use super::throttle::Throttle;

/// The most that is ever under way, of all streams together. Prosody gets slower when more waits in it.
pub(super) const CAP: u64 = 192 * 1024;

/// Less waiting than this cannot be told from the time that programs take to answer.
const LEAST_SLACK: Duration = Duration::from_micros(2500);

/// RFC 6817 §2.3 allows a hundred milliseconds: what people who write to each other do not notice.
const MOST_SLACK: Duration = Duration::from_millis(100);

/// What waits longer than this delays chat too much. It is what bounds the window where the base is not to be trusted,
/// because a single block takes long to pass.
const LONGEST_TRIP: Duration = Duration::from_millis(900);

/// How long a base is believed.
const BASE_LASTS: Duration = Duration::from_secs(30);

/// Thousandths by which a window grows at most in a round, once it was too large.
const MOST_GROWTH: u64 = 1250;

/// What goes around the base64 of a block on its way to our server: the names of the receiver and of the stream.
const ENVELOPE: u64 = 192;

/// How much a block of so many bytes puts on the wire.
pub(super) fn on_wire(payload: u16) -> u64 {
    u64::from(payload).div_ceil(3) * 4 + ENVELOPE
}

/// A block that is under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    /// How much it is.
    pub(super) wire: u64,
    at: Duration,
    round: u64,
}

/// What is learnt about the way to one peer.
#[derive(Debug)]
pub(super) struct Pace {
    block: u16,
    window: u64,
    /// None for a pace that stays what it is.
    learning: Option<Learning>,
}

#[derive(Debug)]
struct Learning {
    stage: Stage,
    base: Option<Base>,
    doubt: Doubt,
    rate: Rate,
    round: Round,
    throttle: Throttle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing has waited since the base was seen.
    Growing,
    /// The window follows what is seen.
    Following,
    /// One block under way measures the base; the window was this before.
    Measuring { before: u64 },
    /// Twice the least is under way, to see whether more passes than this rate.
    Trying { before: u64 },
}

/// The shortest trip of late, how much the block was, and when it was back.
#[derive(Debug, Clone, Copy)]
struct Base {
    trip: Trip,
    seen: Duration,
}

/// How long a block was under way.
#[derive(Debug, Clone, Copy)]
struct Trip {
    took: Duration,
    wire: u64,
}

/// One round trip.
#[derive(Debug, Default)]
struct Round {
    number: u64,
    shortest: Option<Trip>,
    /// The window was full: more would have been sent.
    was_full: bool,
}

/// What a round has shown.
#[derive(Debug, Clone, Copy)]
struct Seen {
    /// The shortest of its trips.
    trip: Trip,
    was_full: bool,
    now: Duration,
}

impl Pace {
    /// One that learns, for blocks up to this size.
    pub(super) fn learning(largest: u16) -> Self {
        let rate = Rate::unknown(largest);
        let block = rate.smallest();
        let learning = Learning {
            stage: Stage::Growing,
            base: None,
            doubt: Doubt::default(),
            rate,
            round: Round::default(),
            throttle: Throttle::default(),
        };
        Pace { block, window: 2 * on_wire(block), learning: Some(learning) }
    }

    /// One that stays what it is.
    pub(super) fn fixed(block: u16, window: u16) -> Self {
        Pace { block, window: u64::from(window) * on_wire(block), learning: None }
    }

    /// The size of the next block, in payload bytes.
    pub(super) fn block(&self) -> u16 {
        self.block
    }

    /// How much may be under way.
    pub(super) fn window(&self) -> u64 {
        self.window
    }

    /// Whether it keeps to the [`CAP`].
    pub(super) fn is_measured(&self) -> bool {
        self.learning.is_some()
    }

    /// Whether somebody lets only so much through.
    pub(super) fn throttle(&self) -> Option<&Throttle> {
        self.learning.as_ref().map(|learning| &learning.throttle)
    }

    /// A block of so many payload bytes is sent.
    pub(super) fn sent(&mut self, payload: u16, now: Duration) -> Sent {
        let round = self.learning.as_ref().map_or(0, |learning| learning.round.number);
        Sent { wire: on_wire(payload), at: now, round }
    }

    /// A block waits because the window is full.
    pub(super) fn is_full(&mut self) {
        if let Some(learning) = &mut self.learning {
            learning.round.was_full = true;
        }
    }

    /// A block is acknowledged.
    pub(super) fn acknowledged(&mut self, block: Sent, now: Duration) {
        let Some(learning) = &mut self.learning else { return };
        let trip = Trip { took: now.saturating_sub(block.at), wire: block.wire };
        learning.rate.passed(block.wire);
        learning.throttle.passed(block.wire, trip.took, now);
        let shortest = &mut learning.round.shortest;
        *shortest = shortest.filter(|shortest| shortest.took <= trip.took).or(Some(trip));
        if block.round == learning.round.number {
            self.window = learning.end_round(trip, self.window, now);
            self.block = learning.rate.block_for(self.window);
        }
    }
}

impl Learning {
    /// A block that was sent in this round is back after `trip`: the next begins. Returns the window for it.
    fn end_round(&mut self, trip: Trip, window: u64, now: Duration) -> u64 {
        let next = Round { number: self.round.number + 1, ..Round::default() };
        let round = std::mem::replace(&mut self.round, next);
        let shortest = round.shortest.unwrap_or(trip);
        let seen = Seen { trip: shortest, was_full: round.was_full, now };
        match self.stage {
            Stage::Growing | Stage::Following => self.adapt(seen, window),
            Stage::Measuring { before } => self.believe(Base { trip, seen: now }, before),
            Stage::Trying { before } => self.judge(before, seen, window),
        }
    }

    fn adapt(&mut self, Seen { trip, was_full, now }: Seen, window: u64) -> u64 {
        let measured = self.rate.end_round(now);
        let base = self.base_beside(trip, now);
        let unhindered = self.unhindered(base.trip, trip.wire);
        let wanted = unhindered + (2 * unhindered).clamp(LEAST_SLACK, MOST_SLACK);
        let something_waits = trip.took > wanted;
        let next = self.follow(window, trip.took, wanted, was_full).min(self.in_time(unhindered));
        let next = self.bound(next);
        let is_at_least = was_full && window.max(next) <= self.least();
        self.doubt.look(something_waits && is_at_least && 2 * trip.took <= LONGEST_TRIP, now);
        if now.saturating_sub(base.seen) >= BASE_LASTS {
            self.stage = Stage::Measuring { before: next };
            return on_wire(self.rate.smallest());
        }
        if let Some(before) = self.doubt.is_ripe(measured, now) {
            self.stage = Stage::Trying { before };
            self.rate.begin_anew();
            return 2 * self.least();
        }
        if something_waits {
            self.stage = Stage::Following;
        }
        next
    }

    /// A block alone has measured the base.
    fn believe(&mut self, base: Base, before: u64) -> u64 {
        self.base = Some(base);
        self.stage = Stage::Following;
        self.rate.begin_anew();
        before
    }

    /// Twice the least is under way. If more passes than before, the base is what a trip takes meanwhile.
    fn judge(&mut self, before: u64, Seen { trip, now, .. }: Seen, window: u64) -> u64 {
        let Some(measured) = self.rate.end_round(now) else { return window };
        if self.doubt.is_confirmed(before, measured, now) {
            self.base = Some(Base { trip, seen: now });
            self.stage = Stage::Growing;
            return window;
        }
        self.stage = Stage::Following;
        self.rate.begin_anew();
        self.least()
    }

    /// The base, or what was shorter.
    fn base_beside(&mut self, trip: Trip, now: Duration) -> Base {
        let holds = |base: &Base| self.unhindered(base.trip, trip.wire) < trip.took;
        let base = self.base.filter(holds).unwrap_or(Base { trip, seen: now });
        *self.base.insert(base)
    }

    /// How long a block takes if nothing waits: as long as the one that showed the base, and what the larger one takes
    /// longer to pass. That is no more than in proportion, whatever a rate says that is low because little is under way.
    fn unhindered(&self, base: Trip, wire: u64) -> Duration {
        let in_proportion = Duration::from_micros(micros(base.took) * wire.max(base.wire) / base.wire);
        in_proportion.min(base.took + self.rate.takes(wire.saturating_sub(base.wire)))
    }

    fn follow(&self, window: u64, seen: Duration, wanted: Duration, was_full: bool) -> u64 {
        let is_short = seen <= wanted;
        match self.stage {
            _ if is_short && !was_full => window,
            Stage::Growing if is_short => window * 2,
            Stage::Growing | Stage::Following | Stage::Measuring { .. } | Stage::Trying { .. } => {
                let proportion = u64::midpoint(1000, 1000 * micros(wanted) / micros(seen).max(1));
                window * proportion.min(MOST_GROWTH) / 1000
            }
        }
    }

    /// What passes in about a second; on a way that is longer by itself, in little more than its trip, and one block
    /// more, so that a window of few of them can grow. While it doubles that is twice the trip, because the rate is that of a
    /// smaller window. While the rate is unknown, what has passed has to do.
    fn in_time(&self, trip: Duration) -> u64 {
        let trip = if self.stage == Stage::Growing { trip * 2 } else { trip * 5 / 4 };
        let longest = self.rate.passes_in(LONGEST_TRIP).zip(self.rate.passes_in(trip));
        let block = on_wire(self.rate.smallest());
        longest.map_or(self.rate.trusted(), |(usual, longer)| usual.max(longer + block))
    }

    fn bound(&self, window: u64) -> u64 {
        window.clamp(self.least(), CAP)
    }

    fn least(&self) -> u64 {
        2 * on_wire(self.rate.smallest())
    }
}

#[cfg(test)]
mod tests;
