//! How fast files may move: one limit for everything that goes up, one for everything that comes down, and a hold for
//! each file.
//!
//! # Theory of operation
//!
//! Every payload byte passes a [`Gate`], whatever moves it: whoever sends pays before it reads from the file, whoever
//! receives before it reads on, which slows the sender down. All gates of one direction stand at one [`Lane`]: a line that is taken for as long as a piece costs at the
//! limit. Who comes gets the end of the line, so transfers share it evenly, nothing is saved up, and nobody is woken but
//! to go. A new limit clears the line and has everybody queue again.
//!
//! A held file passes one small piece now and then: neither side's patience ends, so the stream is still there when
//! the user lets it go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::{sleep_until, timeout};

use super::clock;

/// How much of a second's bytes go at once: a rate that is shown ten times a second looks smooth.
const PIECES_A_SECOND: u64 = 20;

/// The smallest piece: below it, waking up costs more than moving.
const SMALLEST_PIECE: u64 = 1024;

/// How often a held file passes a piece. The most impatient programs that are known wait for half a minute.
const BREATH: Duration = Duration::from_secs(20);

/// The most bytes a second, each way; none is as fast as it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// From us.
    pub up: Option<u64>,
    /// To us.
    pub down: Option<u64>,
}

/// The limits of every client that has a copy of this, changed while files move.
#[derive(Debug, Clone, Default)]
pub struct Limiter {
    up: Arc<Lane>,
    down: Arc<Lane>,
}

impl Limiter {
    /// Begins with these limits.
    pub fn new(limits: Limits) -> Self {
        let limiter = Limiter::default();
        limiter.set(limits);
        limiter
    }

    /// From now on these hold.
    pub fn set(&self, limits: Limits) {
        self.up.limit(limits.up);
        self.down.limit(limits.down);
    }

    /// What holds.
    pub fn limits(&self) -> Limits {
        Limits { up: *self.up.limit.borrow(), down: *self.down.limit.borrow() }
    }

    /// Where what we send passes.
    pub(super) fn up(&self) -> Arc<Lane> {
        Arc::clone(&self.up)
    }

    /// Where what we receive passes.
    pub(super) fn down(&self) -> Arc<Lane> {
        Arc::clone(&self.down)
    }
}

/// One direction.
#[derive(Debug)]
pub(super) struct Lane {
    limit: watch::Sender<Option<u64>>,
    line: Line,
    since: Instant,
}

impl Default for Lane {
    fn default() -> Self {
        Lane { limit: watch::Sender::new(None), line: Line::default(), since: clock::now().instant }
    }
}

impl Lane {
    fn limit(&self, limit: Option<u64>) {
        self.line.clear();
        self.limit.send_replace(limit.map(|limit| limit.max(1)));
    }

    /// Waits until `bytes` have their turn.
    async fn pass(&self, bytes: u64) {
        let mut limit = self.limit.subscribe();
        loop {
            let Some(rate) = *limit.borrow_and_update() else { return };
            let now = clock::now().instant.saturating_duration_since(self.since);
            let turn = self.since + self.line.queue(now, cost(bytes, rate));
            tokio::select! {
                biased;
                // The lane has its sender as long as it is there itself.
                _ = limit.changed() => {}
                () = sleep_until(turn.into()) => return,
            }
        }
    }
}

/// How long `bytes` take at that rate.
fn cost(bytes: u64, rate: u64) -> Duration {
    let nanoseconds = u128::from(bytes) * 1_000_000_000 / u128::from(rate);
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

/// How much goes at once at that rate.
fn piece(rate: u64) -> u64 {
    (rate / PIECES_A_SECOND).max(SMALLEST_PIECE)
}

/// Those who wait for their turn: until when the lane is taken, in nanoseconds.
#[derive(Debug, Default)]
struct Line(AtomicU64);

impl Line {
    /// Takes the end of the line for so long; returns when it is reached.
    fn queue(&self, now: Duration, cost: Duration) -> Duration {
        let nanoseconds = |span: Duration| u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        let (now, cost) = (nanoseconds(now), nanoseconds(cost));
        let after = |free: u64| Some(free.max(now).saturating_add(cost));
        let before = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, after);
        Duration::from_nanos(before.unwrap_or_else(|unchanged| unchanged).max(now))
    }

    fn clear(&self) {
        self.0.store(0, Ordering::Release);
    }
}

/// Whether a file is held; whoever has this can change that, and letting go of it opens the gate for good.
#[derive(Debug)]
pub(super) struct Hold(watch::Sender<bool>);

impl Hold {
    /// An open gate on a lane, and what holds it.
    pub(super) fn gate(lane: Arc<Lane>) -> (Hold, Gate) {
        let (sender, held) = watch::channel(false);
        (Hold(sender), Gate { lane, held })
    }

    /// Nothing passes but a breath now and then.
    pub(super) fn hold(&self) {
        self.0.send_replace(true);
    }

    /// It goes on.
    pub(super) fn release(&self) {
        self.0.send_replace(false);
    }
}

/// Where the bytes of one file pass.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    lane: Arc<Lane>,
    held: watch::Receiver<bool>,
}

impl Gate {
    /// How many of `wanted` bytes to move at once, so that the limit is kept smoothly.
    pub(super) fn piece(&self, wanted: usize) -> usize {
        let piece = match (*self.held.borrow(), *self.lane.limit.borrow()) {
            (true, _) => SMALLEST_PIECE,
            (false, Some(rate)) => piece(rate),
            (false, None) => return wanted,
        };
        usize::try_from(piece).unwrap_or(wanted).min(wanted)
    }

    /// Waits until so many bytes may pass.
    pub(super) async fn pay(&self, bytes: usize) {
        if bytes > 0 && !self.stays_held().await {
            self.until_closed(self.lane.pass(bytes as u64)).await;
        }
    }

    /// Waits as long as the file is held, but no longer than a breath; returns whether it still is.
    async fn stays_held(&self) -> bool {
        let mut held = self.held.clone();
        let released = held.wait_for(|held| !held);
        timeout(BREATH, released).await.is_err()
    }

    /// Waits for that unless the file is closed meanwhile.
    async fn until_closed(&self, passing: impl Future<Output = ()>) {
        let mut held = self.held.clone();
        let closed = async { while held.changed().await.is_ok() {} };
        tokio::select! {
            biased;
            () = passing => {}
            () = closed => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    const KIB: u64 = 1024;

    /// What `files` transfers move in a minute of virtual time, each asking for its next piece as soon as it may.
    fn moved_in_a_minute(files: usize, rate: impl Fn(Duration) -> u64) -> Vec<u64> {
        let line = Line::default();
        let mut moved = vec![0; files];
        let mut turns: Vec<(Duration, u64)> = vec![(Duration::ZERO, 0); files];
        loop {
            let (who, &(now, went)) = turns.iter().enumerate().min_by_key(|(_, turn)| turn.0).unwrap();
            if now >= Duration::from_mins(1) {
                return moved;
            }
            moved[who] += went;
            let next = piece(rate(now)).min(256 * KIB);
            turns[who] = (line.queue(now, cost(next, rate(now))), next);
        }
    }

    #[test]
    fn a_limit_is_kept_within_a_hundredth_by_one_file_and_by_many() {
        for rate in [16 * KIB, 300 * KIB, 1000 * KIB, 100 * KIB * KIB] {
            for files in [1, 2, 7] {
                let moved: u64 = moved_in_a_minute(files, |_| rate).iter().sum();
                let expected = rate * 60;
                assert!(moved.abs_diff(expected) * 100 <= expected + 512 * KIB * 100, "{rate}: {moved} of {expected}");
                assert!(moved <= expected + 256 * KIB);
            }
        }
    }

    #[test]
    fn files_share_a_limit_evenly() {
        let moved = moved_in_a_minute(3, |_| 300 * KIB);
        let (least, most) = (moved.iter().min().unwrap(), moved.iter().max().unwrap());
        assert!(most - least <= 64 * KIB, "{moved:?}");
    }

    #[test]
    fn what_was_not_used_is_not_saved_up() {
        let line = Line::default();
        let second = Duration::from_secs(1);
        assert_eq!(line.queue(Duration::ZERO, second), Duration::ZERO);
        assert_eq!(line.queue(Duration::ZERO, second), second);
        assert_eq!(line.queue(60 * second, second), 60 * second);
        assert_eq!(line.queue(60 * second, second), 61 * second);
    }

    #[tokio::test]
    async fn pieces_are_small_at_a_low_limit_and_whole_without_one() {
        let limiter = Limiter::default();
        let (hold, gate) = Hold::gate(limiter.up());
        let piece_at = |up| {
            limiter.set(Limits { up, down: None });
            gate.piece(256 * 1024)
        };
        assert_eq!(piece_at(None), 256 * 1024);
        assert_eq!(piece_at(Some(16 * KIB)), 1024);
        assert_eq!(piece_at(Some(100 * KIB)), 5 * 1024);
        assert_eq!(piece_at(Some(KIB * KIB * KIB)), 256 * 1024);
        hold.hold();
        assert_eq!(piece_at(None), 1024);
        assert_eq!(gate.piece(3), 3);
    }

    #[tokio::test]
    async fn without_a_limit_nothing_waits() {
        let (_hold, gate) = Hold::gate(Limiter::default().up());
        assert_eq!(gate.pay(1 << 30).now_or_never(), Some(()));
    }

    #[tokio::test]
    async fn a_new_limit_reaches_those_who_wait_for_the_old_one() {
        let limiter = Limiter::new(Limits { up: Some(1), down: None });
        let (_hold, gate) = Hold::gate(limiter.up());
        gate.pay(1_000_000).await;
        let mut waiting = Box::pin(gate.pay(1));
        assert_eq!((&mut waiting).now_or_never(), None, "a million seconds are not over");
        limiter.set(Limits::default());
        waiting.await;
    }

    #[tokio::test]
    async fn one_direction_does_not_wait_for_the_other() {
        let limiter = Limiter::new(Limits { up: Some(1), down: None });
        let (_hold, gate) = Hold::gate(limiter.up());
        gate.pay(1_000_000).await;
        let (_other, down) = Hold::gate(limiter.down());
        assert_eq!(down.pay(100).now_or_never(), Some(()));
    }

    #[tokio::test]
    async fn a_held_file_waits_until_it_is_released_or_closed() {
        let (hold, gate) = Hold::gate(Limiter::default().down());
        hold.hold();
        let mut waiting = Box::pin(gate.pay(100));
        assert_eq!((&mut waiting).now_or_never(), None);
        hold.release();
        waiting.await;
        hold.hold();
        let mut waiting = Box::pin(gate.pay(100));
        assert_eq!((&mut waiting).now_or_never(), None);
        drop(hold);
        waiting.await;
    }
}
