//! What all in-band streams of a session share: one connection to the server, and what is known of the way to each peer.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use jid::Jid;

use super::pace::{CAP, Pace, on_wire};
use super::peer::SMALLEST;
use super::rate::halves;
use super::throttle::Throttle;
use crate::engine::transfer::method::Line;
use crate::xep::StreamId;

/// What a stream may do. A single block it may always have under way, so that none starves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    /// How large its next block is, in payload bytes.
    pub(super) block: u16,
    /// How much it may have under way, as it goes over the wire.
    pub(super) window: u64,
}

impl Share {
    /// How many blocks that is.
    pub(super) fn blocks(self) -> u64 {
        (self.window / on_wire(self.block)).max(1)
    }
}

/// Who sends, and how fast.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    paces: BTreeMap<Jid, Pace>,
    streams: BTreeSet<(Jid, StreamId)>,
    /// Times count from here.
    began: Option<Instant>,
}

impl Budget {
    /// A stream begins to send; to a peer to whom another sends already at that one's pace.
    pub(super) fn join(&mut self, line: &Line, now: Instant, begin: impl FnOnce() -> Pace) {
        self.began.get_or_insert(now);
        self.paces.entry(line.peer.clone()).or_insert_with(begin);
        self.streams.insert((line.peer.clone(), line.sid.clone()));
    }

    /// It has ended; the last one to a peer leaves nothing behind.
    pub(super) fn leave(&mut self, line: &Line) {
        self.streams.remove(&(line.peer.clone(), line.sid.clone()));
        if self.streams_to(&line.peer) == 0 {
            self.paces.remove(&line.peer);
        }
    }

    /// The pace to that peer while a stream sends there, and what time it is for it.
    pub(super) fn pace(&mut self, peer: &Jid, now: Instant) -> Option<(&mut Pace, Duration)> {
        let now = now.saturating_duration_since(self.began?);
        self.paces.get_mut(peer).map(|pace| (pace, now))
    }

    /// How much is let through to that peer, if that is little because somebody lets no more through.
    pub(super) fn throttled_to(&self, peer: &Jid) -> Option<u64> {
        self.paces.get(peer)?.throttle()?.rate()
    }

    /// The shortest trip of a block to that peer.
    pub(super) fn quickest(&self, peer: &Jid) -> Duration {
        self.paces.get(peer).and_then(Pace::throttle).map_or(Duration::ZERO, Throttle::quickest)
    }

    /// What one stream to that peer may do.
    pub(super) fn share(&self, peer: &Jid) -> Share {
        let Some(pace) = self.paces.get(peer) else { return Share { block: SMALLEST, window: 0 } };
        let window = pace.window() / self.streams_to(peer).max(1);
        if !pace.is_measured() {
            return Share { block: pace.block(), window };
        }
        let window = window.min(CAP / (self.streams.len() as u64).max(1));
        let fits = |block: &u16| on_wire(*block) <= window;
        Share { block: halves(pace.block()).find(fits).unwrap_or(SMALLEST), window }
    }

    fn streams_to(&self, peer: &Jid) -> u64 {
        self.streams.iter().filter(|(to, _)| to == peer).count() as u64
    }
}
