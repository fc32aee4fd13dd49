//! How much of a stream has arrived, told by its receiver on the connection itself ([`crate::xep::tally`]); and how much
//! a sender that hears it has under way.
//!
//! Between the two lies a proxy that takes megabytes before it slows anybody down. All of that is lost when the
//! receiver's connection breaks, and sent again. So no more is under way than [`LEAST`], or than twice what the path really
//! holds if that is more: what arrives in the shortest time that an answer ever took. Then the proxy's buffers stay
//! nearly empty, and a long and fast path is full all the same.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::client::clock;

/// A sum in bytes.
const SUM: usize = 8;

/// As much may always be under way: less than a megabyte, of which nobody minds that it comes twice.
const LEAST: u64 = 640 * 1024;

/// More is never under way: a gigabit's worth of half a second, ahead of what any sum makes of it.
const MOST: u64 = 64 * 1024 * 1024;

/// How much more has to arrive until that is told at once: a quarter of what is under way, for what is told takes a proxy
/// as long as some of what it is told about.
pub(super) const STEP: u64 = LEAST / 4;

/// After this time less is told, too.
const SOON: Duration = Duration::from_millis(20);

/// What is under way of what was sent.
pub(super) struct Window {
    sent: u64,
    arrived: u64,
    width: u64,
    /// The beginning of a sum that came in pieces.
    piece: Vec<u8>,
    marks: VecDeque<Mark>,
    /// The shortest time from a byte's being sent to the answer.
    quickest: Duration,
}

/// How things stood when a byte was sent.
struct Mark {
    /// How many were sent before it.
    before: u64,
    arrived: u64,
    at: Instant,
}

impl Window {
    /// Nothing is under way.
    pub(super) fn new() -> Self {
        Window { sent: 0, arrived: 0, width: LEAST, piece: Vec::new(), marks: VecDeque::new(), quickest: Duration::MAX }
    }

    /// How many of `wanted` bytes may go.
    pub(super) fn room(&self, wanted: usize) -> usize {
        let room = self.width.saturating_sub(self.sent - self.arrived);
        usize::try_from(room).unwrap_or(usize::MAX).min(wanted)
    }

    /// Whether everything that was sent has arrived.
    pub(super) fn is_empty(&self) -> bool {
        self.sent == self.arrived
    }

    /// The shortest time that an answer took; very long while there was none.
    pub(super) fn quickest(&self) -> Duration {
        self.quickest
    }

    /// So many went.
    pub(super) fn sent(&mut self, count: usize) {
        if count > 0 && self.marks.back().is_none_or(|mark| self.sent - mark.before >= STEP) {
            self.marks.push_back(Mark { before: self.sent, arrived: self.arrived, at: clock::now().instant });
        }
        self.sent += count as u64;
    }

    /// Waits until the receiver says more; returns how much has arrived in all. May be dropped while it waits.
    pub(super) async fn hear(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<u64> {
        let mut bytes = [0; SUM * 32];
        let count = stream.read(&mut bytes).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.piece.extend_from_slice(&bytes[..count]);
        let (sums, rest) = self.piece.as_chunks::<SUM>();
        let latest = sums.last().map(|sum| u64::from_be_bytes(*sum));
        self.piece = rest.to_vec();
        if let Some(sum) = latest {
            self.heard(sum, clock::now().instant);
        }
        Ok(self.arrived)
    }

    /// A receiver can neither have more than was sent nor lose what it had.
    fn heard(&mut self, sum: u64, now: Instant) {
        self.arrived = sum.clamp(self.arrived, self.sent);
        let answered = self.marks.iter().take_while(|mark| mark.before < self.arrived).count();
        let latest = self.marks.drain(..answered).next_back();
        if let Some(mark) = latest {
            self.adapt(&mark, now);
        }
    }

    /// Widens at once, and narrows by half of the difference with each answer: one may be late for other reasons than a full
    /// buffer, but when a path has turned slow, all that is under way beyond what it holds lies where it can be lost.
    fn adapt(&mut self, mark: &Mark, now: Instant) {
        let took = now.saturating_duration_since(mark.at).max(Duration::from_micros(1));
        self.quickest = self.quickest.min(took);
        let meanwhile = u128::from(self.arrived - mark.arrived);
        let holds = meanwhile * self.quickest.as_nanos() / took.as_nanos();
        let wanted = u64::try_from(2 * holds).unwrap_or(MOST).clamp(LEAST, MOST);
        self.width = wanted.max(self.width - self.width.saturating_sub(wanted) / 2);
    }
}

/// Tells how much of what is awaited is in the file, as often as it is worth it, until nothing is added any more. Close to
/// the end it is told at once: a proxy that keeps something to itself passes it on when it hears from either side. Where
/// nobody hears it the stream is broken, which is noticed by whoever reads.
pub(super) async fn tell(stream: &mut (impl AsyncWrite + Unpin), mut written: watch::Receiver<u64>, awaited: u64) {
    let mut told = 0;
    loop {
        let is_all = written.changed().await.is_err();
        if !is_all && awaited.saturating_sub(*written.borrow()) > STEP {
            // Whatever came of waiting for more: what there is now is told.
            let _ = timeout(SOON, written.wait_for(|sum| *sum >= told + STEP)).await;
        }
        let sum = *written.borrow_and_update();
        if sum > told {
            told = sum;
            if say(stream, sum).await.is_err() {
                return;
            }
        }
        if is_all {
            return;
        }
    }
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), sum: u64) -> io::Result<()> {
    stream.write_all(&sum.to_be_bytes()).await?;
    stream.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Instant {
        clock::now().instant + Duration::from_millis(milliseconds)
    }

    #[test]
    fn no_more_is_under_way_than_may_come_twice() {
        let mut window = Window::new();
        assert_eq!(window.room(1 << 30) as u64, LEAST);
        window.sent(1000);
        assert_eq!(window.room(1 << 30) as u64, LEAST - 1000);
        window.heard(400, at(1));
        assert_eq!(window.room(1 << 30) as u64, LEAST - 600);
        assert_eq!(window.room(5), 5);
    }

    #[test]
    fn a_receiver_that_tells_nonsense_is_believed_what_can_be() {
        let mut window = Window::new();
        window.sent(1000);
        window.heard(u64::MAX, at(1));
        assert_eq!((window.arrived, window.sent), (1000, 1000));
        window.heard(3, at(2));
        assert_eq!(window.arrived, 1000);
    }

    /// Sends as much as it may over a path of that latency which lets so much through in a millisecond; returns how much
    /// is under way after a while.
    fn under_way(latency: u64, a_millisecond: u64) -> u64 {
        let (mut window, begin) = (Window::new(), clock::now().instant);
        let mut on_the_way = VecDeque::new();
        let mut queue = 0;
        for now in 0..20 * latency.max(50) {
            let room = window.room(1 << 30);
            let marks = window.marks.len();
            window.sent(room);
            if window.marks.len() > marks {
                window.marks.back_mut().unwrap().at = begin + Duration::from_millis(now);
            }
            queue += room as u64;
            let passes = queue.min(a_millisecond);
            queue -= passes;
            on_the_way.push_back((now + latency, passes));
            while let Some((_, bytes)) = on_the_way.pop_front_if(|(due, _)| *due <= now) {
                let sum = window.arrived + bytes;
                window.heard(sum, begin + Duration::from_millis(now));
            }
        }
        window.sent - window.arrived
    }

    #[test]
    fn a_long_fast_path_is_full_and_a_slow_one_is_not_overfull() {
        let found = under_way(2, 1000);
        assert!((LEAST / 2..=LEAST).contains(&found), "{found} under way on a slow one");
        let (latency, a_millisecond) = (100, 100_000);
        let holds = latency * a_millisecond;
        let found = under_way(latency, a_millisecond);
        assert!((holds..4 * holds).contains(&found), "{found} under way, the path holds {holds}");
    }

    #[tokio::test]
    async fn what_is_told_is_heard_however_it_is_cut() {
        let (mut ours, mut theirs) = tokio::io::duplex(3);
        let written = watch::Sender::new(0);
        let seen = written.subscribe();
        let mut window = Window::new();
        window.sent(500_000);
        let telling = async {
            let sum = async {
                written.send_replace(7);
                tokio::task::yield_now().await;
                written.send_replace(500_000);
                drop(written);
            };
            tokio::join!(tell(&mut theirs, seen, 500_000), sum);
        };
        let hearing = async { while window.hear(&mut ours).await.unwrap() < 500_000 {} };
        tokio::join!(telling, hearing);
        drop(theirs);
        assert!(window.hear(&mut ours).await.is_err());
    }
}
