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
//!   way must not pass for distance, nor a new way for congestion.
//! - Blocks are as large as fits the window twice and passes in its time at that rate: [`LONGEST_LARGE`] for what is above
//!   the usual size, [`LONGEST_USUAL`] for that, [`LONGEST_SMALL`] for what is below.
//!
//! Times count from when the budget began to be used. All amounts are what goes over the wire, base64 and envelope
//! included, unless they are called payload.

use std::time::Duration;

use super::peer::{SMALLEST, USUAL};
use super::throttle::Throttle;

/// The most that is ever under way, of all streams together. Prosody gets slower when more waits in it.
pub(super) const CAP: u64 = 192 * 1024;

/// The first blocks: two of them pass in two thirds of a second on a server that lets 5 kB/s through.
const FIRST: u16 = 1024;

/// The most where [`USUAL`] takes long. The slowest server that is common lets 10 kB/s through: a third of a second.
const SMALL: u16 = 2048;

/// No block takes longer to pass, so that chat does not wait longer for a block that has been sent.
const LONGEST_SMALL: Duration = Duration::from_millis(400);

/// Where it takes longer, smaller ones cost a twentieth of the speed, and chat waits half as long.
const LONGEST_USUAL: Duration = Duration::from_millis(50);

/// Larger ones save the work on a stanza where it counts, on a server that is done with them so soon. Elsewhere they
/// cost: Prosody reads 8 KiB at a time, and gets slower with each stanza that is larger.
const LONGEST_LARGE: Duration = Duration::from_millis(2);

/// Less waiting than this cannot be told from the time that programs take to answer.
const LEAST_SLACK: Duration = Duration::from_micros(2500);

/// RFC 6817 §2.3 allows a hundred milliseconds: what people who write to each other do not notice.
const MOST_SLACK: Duration = Duration::from_millis(100);

/// How long a rate is measured at least: longer than a busy machine pauses, shorter than people wait for a window to grow.
const SPELL: Duration = Duration::from_millis(100);

/// Of what has passed before the rate is known, so much may be under way. What a limit lets pass at once is what it lets
/// pass in two seconds (Prosody's `burst`); what then waits does so for half a second.
const TRUST: u64 = 4;

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
    largest: u16,
    stage: Stage,
    base: Option<Base>,
    /// Bytes a second in the last spell. None in the first.
    rate: Option<u64>,
    /// None in a first round.
    spell: Option<Spell>,
    round: Round,
    throttle: Throttle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing has ever waited.
    Growing,
    /// The window follows what is seen.
    Following,
    /// One block under way measures the base; the window was this before.
    Measuring { before: u64 },
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

/// Rounds in which a rate is measured, and what has passed in them.
#[derive(Debug)]
struct Spell {
    began: Duration,
    passed: u64,
}

/// One round trip.
#[derive(Debug, Default)]
struct Round {
    number: u64,
    shortest: Option<Trip>,
    /// The window was full: more would have been sent.
    was_full: bool,
}

impl Pace {
    /// One that learns, for blocks up to this size.
    pub(super) fn learning(largest: u16) -> Self {
        let block = largest.min(FIRST);
        let learning = Learning {
            largest,
            stage: Stage::Growing,
            base: None,
            rate: None,
            spell: None,
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
        if let Some(spell) = &mut learning.spell {
            spell.passed += block.wire;
        }
        learning.throttle.passed(block.wire, trip.took, now);
        let shortest = &mut learning.round.shortest;
        *shortest = shortest.filter(|shortest| shortest.took <= trip.took).or(Some(trip));
        if block.round == learning.round.number {
            self.window = learning.end_round(trip, self.window, now);
            self.block = learning.block_for(self.window);
        }
    }
}

impl Learning {
    /// A round is over: whole ones count, because blocks come back in bursts. The first does not, neither at all nor after
    /// a block alone, because nothing says how long the way was free for it.
    fn end_spell(&mut self, now: Duration) {
        let next = Spell { began: now, passed: 0 };
        let Some(spell) = &mut self.spell else {
            self.spell = Some(next);
            return;
        };
        let took = now.saturating_sub(spell.began);
        if took >= SPELL {
            self.rate = Some(spell.passed * 1_000_000 / micros(took));
            *spell = next;
        }
    }

    /// A block that was sent in this round is back after `trip`: the next begins. Returns the window for it.
    fn end_round(&mut self, trip: Trip, window: u64, now: Duration) -> u64 {
        let next = Round { number: self.round.number + 1, ..Round::default() };
        let round = std::mem::replace(&mut self.round, next);
        let shortest = round.shortest.unwrap_or(trip);
        if let Stage::Measuring { before } = self.stage {
            self.base = Some(Base { trip, seen: now });
            self.stage = Stage::Following;
            self.spell = None;
            return before;
        }
        self.end_spell(now);
        let holds = |base: &Base| self.unhindered(base.trip, shortest.wire) < shortest.took;
        let base = self.base.filter(holds).unwrap_or(Base { trip: shortest, seen: now });
        self.base = Some(base);
        let unhindered = self.unhindered(base.trip, shortest.wire);
        let wanted = unhindered + (2 * unhindered).clamp(LEAST_SLACK, MOST_SLACK);
        let window = self.follow(window, shortest.took, wanted, round.was_full);
        let window = self.bound(window.min(self.in_time(unhindered)));
        self.stage = self.next_stage(base, shortest.took > wanted, window, now);
        if matches!(self.stage, Stage::Measuring { .. }) { on_wire(self.smallest()) } else { window }
    }

    /// How long a block takes if nothing waits: as long as the one that showed the base, and what the larger one takes
    /// longer to pass.
    fn unhindered(&self, base: Trip, wire: u64) -> Duration {
        let more = wire.saturating_sub(base.wire) * 1_000_000;
        base.took + self.rate.map_or(Duration::ZERO, |rate| Duration::from_micros(more / rate.max(1)))
    }

    fn follow(&self, window: u64, seen: Duration, wanted: Duration, was_full: bool) -> u64 {
        let is_short = seen <= wanted;
        match self.stage {
            _ if is_short && !was_full => window,
            Stage::Growing if is_short => window * 2,
            Stage::Growing | Stage::Following | Stage::Measuring { .. } => {
                let proportion = u64::midpoint(1000, 1000 * micros(wanted) / micros(seen).max(1));
                window * proportion.min(MOST_GROWTH) / 1000
            }
        }
    }

    fn next_stage(&self, base: Base, something_waits: bool, window: u64, now: Duration) -> Stage {
        if now.saturating_sub(base.seen) >= BASE_LASTS {
            Stage::Measuring { before: window }
        } else if something_waits {
            Stage::Following
        } else {
            self.stage
        }
    }

    /// What passes in about a second; on a way that is longer by itself, in little more than its trip, and one block
    /// more, so that a window of few of them can grow. While the rate is unknown, what has passed has to do.
    fn in_time(&self, trip: Duration) -> u64 {
        let block = on_wire(self.smallest());
        let Some(rate) = self.rate else { return self.spell.as_ref().map_or(0, |spell| spell.passed) / TRUST };
        let passes_in = |time: Duration| rate.saturating_mul(micros(time)) / 1_000_000;
        passes_in(LONGEST_TRIP).max(passes_in(trip * 5 / 4) + block)
    }

    fn bound(&self, window: u64) -> u64 {
        window.clamp(2 * on_wire(self.smallest()), CAP)
    }

    /// The largest block that fits the window twice and passes in its time.
    fn block_for(&self, window: u64) -> u16 {
        let smallest = self.smallest();
        let fits = |block: u16| 2 * on_wire(block) <= window && self.passes_in(on_wire(block), longest(block));
        halves(self.largest).find(|block| *block <= smallest || fits(*block)).unwrap_or(smallest)
    }

    /// [`FIRST`], or less if even that takes long.
    fn smallest(&self) -> u16 {
        let passes = |block: &u16| self.passes_in(on_wire(*block), LONGEST_SMALL);
        halves(self.largest.min(FIRST)).find(passes).unwrap_or(SMALLEST)
    }

    /// Whether so much passes in that time at the rate of late, if that is known.
    fn passes_in(&self, wire: u64, time: Duration) -> bool {
        self.rate.is_none_or(|rate| wire * 1_000_000 <= rate.saturating_mul(micros(time)))
    }
}

/// How long a block of that size may take to pass.
fn longest(block: u16) -> Duration {
    if block > USUAL {
        LONGEST_LARGE
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

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    /// A way: bytes a second, and the time that a block takes besides.
    #[derive(Debug, Clone, Copy)]
    struct Way {
        rate: u64,
        trip: Duration,
    }

    /// What was seen of a pace on a way.
    struct Seen {
        most_under_way: u64,
        /// Bytes a second.
        rate: u64,
        /// What a message that was sent at the worst moment waited for.
        longest_queue: Duration,
    }

    /// Sends for so long; the rate and the queue are those of the second half.
    fn send(pace: &mut Pace, way: Way, time: Duration) -> Seen {
        let start = Duration::ZERO;
        let (mut now, mut free, mut passed) = (start, start, 0);
        let mut under_way = VecDeque::new();
        let mut seen = Seen { most_under_way: 0, rate: 0, longest_queue: Duration::ZERO };
        while now < start + time {
            loop {
                let flying: u64 = under_way.iter().map(|(_, sent): &(Duration, Sent)| sent.wire).sum();
                if flying > 0 && flying + on_wire(pace.block()) > pace.window() {
                    break;
                }
                let sent = pace.sent(pace.block(), now);
                free = free.max(now) + Duration::from_micros(sent.wire * 1_000_000 / way.rate);
                under_way.push_back((free + way.trip, sent));
                seen.most_under_way = seen.most_under_way.max(flying + sent.wire);
            }
            pace.is_full();
            if now > start + time / 2 {
                seen.longest_queue = seen.longest_queue.max(free.saturating_sub(now));
            }
            if let Some((at, sent)) = under_way.pop_front() {
                now = at;
                pace.acknowledged(sent, now);
                passed += if now > start + time / 2 { sent.wire } else { 0 };
            }
        }
        seen.rate = passed * 1_000_000 / micros(time / 2);
        seen
    }

    fn way() -> impl Strategy<Value = Way> {
        let rates = prop_oneof![5_000..30_000_u64, 30_000..1_000_000_u64, 1_000_000..60_000_000_u64];
        (rates, 1_u64..200_000).prop_map(|(rate, micros)| Way { rate, trip: Duration::from_micros(micros) })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        #[test]
        fn nothing_idles_and_little_waits(way in way(), largest in prop::sample::select(vec![512, 3000, 4096, 8192, 32768])) {
            let seen = send(&mut Pace::learning(largest), way, Duration::from_secs(20));
            let by_cap = CAP * 1_000_000 / micros(way.trip);
            prop_assert!(seen.most_under_way <= CAP);
            prop_assert!(seen.rate * 10 >= way.rate.min(by_cap) * 6, "{} of {way:?}", seen.rate);
            prop_assert!(seen.longest_queue <= Duration::from_millis(1100), "{:?} {way:?}", seen.longest_queue);
        }
    }

    #[test]
    fn a_pace_recovers_from_a_way_that_became_longer_and_faster() {
        let mut pace = Pace::learning(4096);
        send(&mut pace, Way { rate: 10_000, trip: Duration::from_millis(1) }, Duration::from_mins(1));
        let seen = send(&mut pace, Way { rate: 1_000_000, trip: Duration::from_millis(50) }, Duration::from_mins(2));
        assert!(seen.rate > 800_000, "{}", seen.rate);
    }

    #[test]
    fn a_limit_is_recognised_and_a_fast_way_is_none() {
        let mut pace = Pace::learning(4096);
        let now = Duration::ZERO;
        let first = pace.sent(SMALL, now);
        pace.acknowledged(first, now + Duration::from_millis(1));
        send(&mut pace, Way { rate: 10_000, trip: Duration::from_millis(1) }, Duration::from_secs(20));
        let rate = pace.throttle().and_then(Throttle::rate).unwrap();
        assert!((9_000..=11_000).contains(&rate), "{rate}");
        let mut pace = Pace::learning(4096);
        send(&mut pace, Way { rate: 1_000_000, trip: Duration::from_millis(1) }, Duration::from_secs(20));
        assert_eq!(pace.throttle().and_then(Throttle::rate), None);
    }

    #[test]
    fn a_fixed_pace_learns_nothing() {
        let mut pace = Pace::fixed(4096, 3);
        let seen = send(&mut pace, Way { rate: 10_000, trip: Duration::from_millis(1) }, Duration::from_secs(20));
        assert_eq!((pace.block(), seen.most_under_way), (4096, 3 * on_wire(4096)));
    }
}
