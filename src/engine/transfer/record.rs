//! The running account of one transfer: its attempts and its progress, as they are told to the user and
//! [written down](written).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::attempt::{AttemptId, Attempts, break_off};
use super::progress::Meter;
use crate::engine::command::{TransferId, Via};
use crate::engine::context::Context;
use crate::engine::event::{Attempt, Event, Interruption, OfferInfo, TheirTurn, TransferChange, Waits};
use crate::engine::journal::Entry;

mod stopwatch;
mod written;

use stopwatch::{Halt, Stopwatch};

/// The running account of one transfer.
pub(crate) struct Record {
    transfer: TransferId,
    attempts: Attempts,
    meter: Meter,
    watch: Stopwatch,
    /// What it took in earlier runs.
    before: Duration,
    /// Where in the file the current stream begins.
    base: u64,
    /// What is written down; nothing before it was offered.
    entry: Option<Entry>,
    /// Where what has come of it stays when it ends.
    kept: Option<PathBuf>,
    checkpoint: Option<(Instant, u64)>,
    interruptions: usize,
    /// Sessions of ours that were lost.
    losses: usize,
    /// Tries in a row by which nothing moved.
    vain_tries: u32,
    /// How many streams broke soon, by their ways.
    breaks: BTreeMap<Via, u32>,
    /// What the other side said last of this stream's turn.
    theirs: TheirTurn,
}

/// Whether a transfer's file is held here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// It passes a small piece now and then.
    Yes,
    /// It passes.
    No,
}

impl Record {
    /// An empty one.
    pub(crate) fn new(transfer: TransferId) -> Self {
        Record {
            transfer,
            attempts: Attempts::default(),
            meter: Meter::default(),
            watch: Stopwatch::default(),
            before: Duration::ZERO,
            base: 0,
            entry: None,
            kept: None,
            checkpoint: None,
            interruptions: 0,
            losses: 0,
            vain_tries: 0,
            breaks: BTreeMap::new(),
            theirs: TheirTurn::Now,
        }
    }

    /// What an earlier run wrote down. The user is told of it as if it were offered now.
    pub(crate) fn restored(transfer: TransferId, mut entry: Entry, cx: &mut Context) -> Self {
        for attempt in &mut entry.attempts {
            break_off(attempt, "Balcony was stopped");
        }
        let was_accepted = entry.was_accepted();
        let now = cx.now().instant;
        let mut before = Duration::ZERO;
        let mut watch = Stopwatch::default();
        watch.halt(Halt::Interrupted, now);
        if was_accepted {
            before = entry.changed.duration_since(entry.began).unwrap_or_default();
            watch.start(now);
        }
        let record = Record {
            attempts: Attempts::restored(entry.attempts.clone(), now),
            watch,
            before,
            // What had not begun was not interrupted.
            interruptions: usize::from(!entry.is_unseen()),
            ..Record::new(transfer)
        };
        cx.emit(record.event(TransferChange::Offered(Box::new(offered(&entry, cx)))));
        for attempt in &entry.attempts {
            cx.emit(record.event(TransferChange::Attempt(attempt.clone())));
        }
        Record { entry: Some(entry), ..record }
    }

    fn event(&self, change: TransferChange) -> Event {
        Event::Transfer { id: self.transfer, change }
    }

    /// The offer was accepted; the stream begins at `base`, and the file has `size` bytes. An offer repeated for want of
    /// a way, or after an interruption, is no second acceptance.
    pub(crate) fn accept(&mut self, base: u64, size: Option<u64>, cx: &Context) {
        let now = cx.now().instant;
        self.watch.release(Halt::Interrupted, now);
        self.watch.release(Halt::Theirs, now);
        self.watch.start(now);
        self.base = base;
        self.meter = Meter::default();
        self.meter.expect(size);
        self.theirs = TheirTurn::Now;
    }

    /// Whether it was ever accepted.
    pub(crate) fn is_accepted(&self) -> bool {
        self.watch.is_started()
    }

    /// Whether it was ever interrupted.
    pub(crate) fn was_interrupted(&self) -> bool {
        self.interruptions > 0
    }

    /// Our session was lost, and what was on its way with it.
    pub(crate) fn cut_off(&mut self) {
        self.losses += 1;
    }

    /// Whether that ever happened.
    pub(crate) fn was_cut_off(&self) -> bool {
        self.losses > 0
    }

    /// Whether some is here of a file of which it is known how long it is.
    pub(crate) fn has_begun(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| entry.file.size.is_some()) && self.reached() > 0
    }

    /// How far it has come by all of its streams.
    pub(crate) fn reached(&self) -> u64 {
        let moved = self.base + self.meter.bytes();
        self.entry.as_ref().map_or(0, |entry| entry.bytes).max(moved)
    }

    /// Where in the file the current stream began.
    pub(crate) fn base(&self) -> u64 {
        self.base
    }

    /// As long as it could move.
    pub(crate) fn took(&self, cx: &Context) -> Duration {
        self.before + self.watch.shows(cx.now().instant)
    }

    /// It is held here, or not any more.
    pub(crate) fn hold(&mut self, held: Held, cx: &Context) {
        let now = cx.now().instant;
        match held {
            Held::Yes => self.watch.halt(Halt::Ours, now),
            Held::No => self.watch.release(Halt::Ours, now),
        }
    }

    /// The stream broke: what was tried has failed, and so much is safe.
    pub(crate) fn interrupt(&mut self, why: &str, cx: &mut Context) {
        self.interruptions += 1;
        self.watch.halt(Halt::Interrupted, cx.now().instant);
        self.vain_tries = if self.meter.bytes() > 0 { 0 } else { self.vain_tries.saturating_add(1) };
        if let Some(via) = self.attempts.active_since(cx.now().instant) {
            *self.breaks.entry(via).or_default() += 1;
        }
        for attempt in self.attempts.break_off(why, cx.now().instant) {
            self.tell(TransferChange::Attempt(attempt), cx);
        }
        let reached = self.base + self.meter.bytes();
        self.meter = Meter::default();
        self.checkpoint = None;
        if let Some(entry) = &mut self.entry {
            entry.bytes = entry.bytes.max(reached);
        }
    }

    /// It stands still, and waits for that.
    pub(crate) fn stand_still(&mut self, why: &str, waits: Waits, cx: &mut Context) {
        let Some(entry) = &self.entry else { return };
        let (bytes, size, why) = (entry.bytes, entry.file.size, why.to_owned());
        self.tell(TransferChange::Interrupted(Interruption { bytes, size, why, waits }), cx);
    }

    /// How many tries there were in a row by which nothing moved.
    pub(crate) fn vain_tries(&self) -> u32 {
        self.vain_tries
    }

    /// One more of those.
    pub(crate) fn try_in_vain(&mut self) {
        self.vain_tries = self.vain_tries.saturating_add(1);
    }

    /// Ways by which two streams broke soon.
    pub(crate) fn broken_ways(&self) -> Vec<Via> {
        self.breaks.iter().filter(|(_, count)| **count >= 2).map(|(via, _)| *via).collect()
    }

    /// Every way is given a chance again.
    pub(crate) fn forgive(&mut self) {
        self.breaks.clear();
        self.vain_tries = 0;
    }

    /// A try begins.
    pub(crate) fn begin(
        &mut self,
        via: Via,
        streamhost: Option<String>,
        doing: impl Into<String>,
        patience: Duration,
        cx: &mut Context,
    ) -> AttemptId {
        let id = self.attempts.begin(via, streamhost, doing.into(), patience, cx.now().instant);
        self.show(id, cx);
        id
    }

    /// The other side may begin a try.
    pub(crate) fn expect(
        &mut self,
        via: Via,
        doing: impl Into<String>,
        patience: Duration,
        cx: &mut Context,
    ) -> AttemptId {
        let id = self.attempts.expect(via, doing.into(), patience, cx.now().instant);
        self.show(id, cx);
        id
    }

    /// A try waits for something else now.
    pub(crate) fn go_on(&mut self, id: AttemptId, doing: impl Into<String>, patience: Duration, cx: &mut Context) {
        self.attempts.go_on(id, doing.into(), patience);
        self.show(id, cx);
    }

    /// A try failed.
    pub(crate) fn fail(&mut self, id: AttemptId, reason: impl Into<String>, cx: &mut Context) {
        self.attempts.fail(id, reason.into());
        self.show(id, cx);
        self.write_down(cx);
    }

    /// Every try that has not failed yet did, even one that worked: the other side went on to something else.
    pub(crate) fn fail_unfinished(&mut self, reason: &str, cx: &mut Context) {
        for id in self.attempts.unfinished() {
            self.fail(id, reason, cx);
        }
    }

    /// A try succeeded.
    pub(crate) fn activate(&mut self, id: AttemptId, detail: Option<String>, cx: &mut Context) {
        self.attempts.activate(id, detail, cx.now().instant);
        self.show(id, cx);
        self.write_down(cx);
    }

    fn show(&mut self, id: AttemptId, cx: &mut Context) {
        if let Some(attempt) = self.attempts.show(id, cx.now().instant) {
            self.tell(TransferChange::Attempt(attempt), cx);
        }
    }

    /// Payload bytes have passed, so many in all by this stream.
    pub(crate) fn moved(&mut self, bytes: u64, cx: &mut Context) {
        if let Some(progress) = self.meter.moved(self.base, bytes, self.watch.since_start(cx.now().instant)) {
            self.tell(TransferChange::Progress(progress), cx);
        }
    }

    /// The other side lets it move, or not. The user is told what is new.
    pub(crate) fn their_turn(&mut self, turn: TheirTurn, cx: &mut Context) {
        if self.theirs != turn {
            self.theirs = turn;
            let now = cx.now().instant;
            match turn {
                TheirTurn::Now => self.watch.release(Halt::Theirs, now),
                TheirTurn::Waits | TheirTurn::Paused => self.watch.halt(Halt::Theirs, now),
            }
            self.tell(TransferChange::TheirTurn(turn), cx);
        }
    }

    /// Every try so far.
    pub(crate) fn tried(&self, cx: &Context) -> Vec<Attempt> {
        self.attempts.all(cx.now().instant)
    }

    /// Every try of the current negotiation.
    pub(crate) fn tried_now(&self) -> Vec<Attempt> {
        self.attempts.since_broken()
    }

    /// Whether any of these ways was tried.
    pub(crate) fn has_tried(&self, vias: &[Via]) -> bool {
        self.attempts.has_any(vias)
    }

    /// By which method bytes move, or were about to.
    pub(crate) fn via(&self) -> Via {
        self.attempts.latest().map_or(Via::InBand, |attempt| attempt.via)
    }
}

/// What the user is told of a transfer of an earlier run. Nobody is asked again about a file that was accepted then; and who
/// the contacts are may not be known yet.
fn offered(entry: &Entry, cx: &Context) -> OfferInfo {
    OfferInfo { is_contact: cx.is_known(&entry.peer), continues_at: Some(entry.bytes), ..entry.offer() }
}
