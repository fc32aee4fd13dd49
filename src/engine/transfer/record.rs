//! The running account of one transfer: its attempts and its progress, as they are told to the user and written down.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jid::Jid;

use super::attempt::{AttemptId, Attempts, break_off};
use super::progress::Meter;
use super::queue::Preference;
use crate::engine::Output;
use crate::engine::command::{Priority, TransferId, Via};
use crate::engine::context::Context;
use crate::engine::event::{Attempt, Direction, Event, Interruption, OfferInfo, Outcome, TransferChange, Waits};
use crate::engine::journal::{
    Conclusion, Course, Ending, Entry, EntryKey, Facts, Landed, Noted, Prefix, RecoveryId, State, WebSource,
};
use crate::engine::sentence::with_kept;
use crate::xep::StreamId;

/// What a kill may cost at most of what has arrived, if the disk keeps what it was given.
const CHECKPOINT_BYTES: u64 = 8 * 1024 * 1024;

/// What it may cost in time; a database bears that much of writing.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);

/// The running account of one transfer.
pub(crate) struct Record {
    transfer: TransferId,
    attempts: Attempts,
    meter: Meter,
    accepted: Option<Instant>,
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
    /// Streams that broke soon, by their ways.
    breaks: Vec<Via>,
}

impl Record {
    /// An empty one.
    pub(crate) fn new(transfer: TransferId) -> Self {
        Record {
            transfer,
            attempts: Attempts::default(),
            meter: Meter::default(),
            accepted: None,
            before: Duration::ZERO,
            base: 0,
            entry: None,
            kept: None,
            checkpoint: None,
            interruptions: 0,
            losses: 0,
            vain_tries: 0,
            breaks: Vec::new(),
        }
    }

    /// What an earlier run wrote down. The user is told of it as if it were offered now.
    pub(crate) fn restored(transfer: TransferId, mut entry: Entry, cx: &mut Context) -> Self {
        for attempt in &mut entry.attempts {
            break_off(attempt, "Balcony was stopped");
        }
        let was_accepted = entry.was_accepted();
        let before = entry.changed.duration_since(entry.began).unwrap_or_default();
        let now = cx.now().instant;
        let record = Record {
            attempts: Attempts::restored(entry.attempts.clone(), now),
            accepted: was_accepted.then_some(now),
            before,
            interruptions: 1,
            ..Record::new(transfer)
        };
        cx.emit(record.event(TransferChange::Offered(Box::new(offered(&entry, cx)))));
        for attempt in &entry.attempts {
            cx.emit(record.event(TransferChange::Attempt(attempt.clone())));
        }
        Record { entry: Some(entry), ..record }
    }

    /// What is written down of it.
    pub(crate) fn entry(&self) -> Option<&Entry> {
        self.entry.as_ref()
    }

    /// Tells that the transfer exists, and begins to write it down.
    pub(crate) fn announce(
        &mut self,
        mut info: OfferInfo,
        course: Course,
        recovery: Option<RecoveryId>,
        cx: &mut Context,
    ) {
        let key = EntryKey(format!("{}{}", cx.fresh_id(), cx.fresh_id()));
        let wall = cx.now().wall;
        let entry = self.entry.get_or_insert_with(|| Entry {
            key,
            account: cx.settings().account.clone(),
            peer: info.peer.clone(),
            file: facts(&info),
            course,
            bytes: 0,
            attempts: Vec::new(),
            stream: None,
            web: None,
            is_paused: false,
            priority: Priority::default(),
            recovery,
            state: State::Offered,
            began: wall,
            changed: wall,
        });
        // While it waited for its turn nobody had looked at its file.
        if entry.file.size.is_none() {
            entry.file = facts(&info);
            entry.began = wall;
        }
        info.noted = Noted::Now(entry.key.clone());
        self.write_down(cx);
        self.tell(TransferChange::Offered(Box::new(info)), cx);
    }

    /// Whether the user was told what it is of; a file that waits for its turn has no size yet.
    pub(crate) fn is_announced(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| entry.file.size.is_some())
    }

    /// Whether none of a contact's programs was asked so far.
    pub(crate) fn is_for_anybody(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| entry.peer.resource().is_none())
    }

    /// What the user wants of its turn.
    pub(crate) fn prefer(&mut self, wanted: Preference, cx: &mut Context) {
        let Some(entry) = &mut self.entry else { return };
        (entry.is_paused, entry.priority) = (wanted.is_paused, wanted.priority);
        self.write_down(cx);
    }

    /// What the user wanted of its turn, also in an earlier run.
    pub(crate) fn preference(&self) -> Preference {
        self.entry.as_ref().map_or_else(Preference::default, |entry| Preference {
            is_paused: entry.is_paused,
            priority: entry.priority,
        })
    }

    /// With whom it is negotiated, under which name.
    pub(crate) fn negotiate(&mut self, peer: &Jid, sid: &StreamId) {
        if let Some(entry) = &mut self.entry {
            entry.peer = peer.clone();
            entry.stream = Some(sid.0.clone());
        }
    }

    /// Where it is fetched from.
    pub(crate) fn fetched_from(&mut self, source: WebSource, cx: &mut Context) {
        if let Some(entry) = &mut self.entry {
            entry.web = Some(source);
        }
        self.write_down(cx);
    }

    /// How long it turned out to be.
    pub(crate) fn found_to_have(&mut self, size: Option<u64>) {
        if let Some(entry) = &mut self.entry {
            entry.file.size = size;
        }
    }

    /// Where the file is that is received, as it is written down.
    pub(crate) fn landing(&self) -> Option<Landed> {
        match self.entry.as_ref().map(|entry| &entry.course) {
            Some(Course::Receiving { landing }) => landing.clone(),
            Some(Course::Sending { .. }) | None => None,
        }
    }

    /// It is another file than it was, and a transfer of its own.
    pub(crate) fn renew(&mut self, size: u64, date: Option<std::time::SystemTime>, recovery: RecoveryId) {
        if let Some(entry) = &mut self.entry {
            entry.file.size = Some(size);
            entry.file.date = date;
            entry.bytes = 0;
            entry.recovery = Some(recovery);
        }
    }

    /// The peer does not know the transfer's name, so it has none.
    pub(crate) fn unnamed(&mut self) {
        if let Some(entry) = &mut self.entry {
            entry.recovery = None;
        }
    }

    /// Whether both sides have a name for the transfer.
    pub(crate) fn is_named(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| entry.recovery.is_some())
    }

    /// Where the file that is received is.
    pub(crate) fn landed(&mut self, landed: Landed, cx: &mut Context) {
        if let Some(Entry { course: Course::Receiving { landing }, bytes, .. }) = &mut self.entry {
            *bytes = landed.prefix.length;
            *landing = Some(landed);
        }
        self.write_down(cx);
    }

    /// So much of the file that is received is there, and hashes to this.
    pub(crate) fn checkpointed(&mut self, prefix: Prefix, cx: &mut Context) {
        if let Some(Entry { course: Course::Receiving { landing: Some(landed) }, bytes, .. }) = &mut self.entry {
            *bytes = prefix.length;
            landed.prefix = prefix;
            self.write_down(cx);
        }
    }

    /// Whether enough has come since the last checkpoint to make another one; if so, that is taken for made.
    pub(crate) fn is_checkpoint_due(&mut self, cx: &Context) -> bool {
        let (now, bytes) = (cx.now().instant, self.base + self.meter.bytes());
        let is_due = match self.checkpoint {
            None => bytes > 0,
            Some((at, then)) => {
                let is_time = now.saturating_duration_since(at) >= CHECKPOINT_EVERY;
                bytes > then && (is_time || bytes - then >= CHECKPOINT_BYTES)
            }
        };
        if is_due {
            self.checkpoint = Some((now, bytes));
        }
        is_due
    }

    /// Tells something about the transfer, and writes down what matters of it.
    pub(crate) fn tell(&mut self, change: TransferChange, cx: &mut Context) {
        if self.follow(&change, cx) {
            self.write_down(cx);
        }
        cx.emit(self.event(change));
    }

    /// It is over. What has come of it stays there, if anything does.
    pub(crate) fn end(&mut self, outcome: Outcome, kept: Option<PathBuf>, cx: &mut Context) {
        let is_here = matches!(outcome, Outcome::Completed { .. });
        if let Some(path) = kept.filter(|_| !is_here) {
            self.kept = Some(path.clone());
            self.tell(TransferChange::Kept(path), cx);
        }
        self.tell(TransferChange::Ended(outcome), cx);
    }

    fn event(&self, change: TransferChange) -> Event {
        Event::Transfer { id: self.transfer, change }
    }

    /// Whether it is worth writing down.
    fn follow(&mut self, change: &TransferChange, cx: &Context) -> bool {
        let is_due = matches!(change, TransferChange::Progress(_)) && !self.receives() && self.is_checkpoint_due(cx);
        let took = self.took(cx);
        let via = self.attempts.latest().map(|attempt| attempt.via);
        let Some(entry) = &mut self.entry else { return false };
        match change {
            TransferChange::Offered(_)
            | TransferChange::Attempt(_)
            | TransferChange::Turn { .. }
            | TransferChange::Unplaced(_)
            | TransferChange::Kept(_)
            | TransferChange::Remark(_) => false,
            TransferChange::Answered { .. } => {
                entry.state = State::Running;
                true
            }
            TransferChange::Progress(progress) => {
                if is_due {
                    entry.bytes = progress.bytes;
                }
                is_due
            }
            TransferChange::Interrupted(interruption) => {
                let state = State::Interrupted { why: interruption.why.clone() };
                let is_new = entry.state != state;
                entry.state = state;
                is_new
            }
            TransferChange::Ended(outcome) => {
                end(entry, outcome, self.kept.as_deref(), via, took);
                true
            }
        }
    }

    fn receives(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| entry.direction() == Direction::Receiving)
    }

    fn write_down(&mut self, cx: &mut Context) {
        let Some(entry) = &mut self.entry else { return };
        entry.attempts = self.attempts.all(cx.now().instant);
        entry.changed = cx.now().wall;
        cx.output(Output::Journal(Box::new(entry.clone())));
    }

    /// The offer was accepted; the stream begins at `base`, and the file has `size` bytes. An offer repeated for want of
    /// a way, or after an interruption, is no second acceptance.
    pub(crate) fn accept(&mut self, base: u64, size: Option<u64>, cx: &Context) {
        self.accepted.get_or_insert(cx.now().instant);
        self.base = base;
        self.meter = Meter::default();
        self.meter.expect(size);
    }

    /// Whether it was ever accepted.
    pub(crate) fn is_accepted(&self) -> bool {
        self.accepted.is_some()
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
        let moved = self.base + self.meter.bytes();
        self.entry.as_ref().is_some_and(|entry| entry.file.size.is_some() && entry.bytes.max(moved) > 0)
    }

    /// Where in the file the current stream began.
    pub(crate) fn base(&self) -> u64 {
        self.base
    }

    /// Since the acceptance.
    pub(crate) fn took(&self, cx: &Context) -> Duration {
        self.before + self.accepted.map_or(Duration::ZERO, |accepted| cx.now().instant - accepted)
    }

    /// The stream broke: what was tried has failed, and so much is safe.
    pub(crate) fn interrupt(&mut self, why: &str, cx: &mut Context) {
        self.interruptions += 1;
        self.vain_tries = if self.meter.bytes() > 0 { 0 } else { self.vain_tries.saturating_add(1) };
        if let Some(via) = self.attempts.active_since(cx.now().instant) {
            self.breaks.push(via);
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
        let count = |via: Via| self.breaks.iter().filter(|broken| **broken == via).count();
        Via::ALL.into_iter().filter(|via| count(*via) >= 2).collect()
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
        if let Some(progress) = self.meter.moved(self.base, bytes, self.took(cx)) {
            self.tell(TransferChange::Progress(progress), cx);
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

fn facts(info: &OfferInfo) -> Facts {
    Facts {
        name: info.name.clone(),
        size: info.size,
        date: info.date,
        mime_type: info.mime_type.clone(),
        description: info.description.clone(),
        hash: info.checksum.md5().map(str::to_owned),
    }
}

/// What the user is told of a transfer of an earlier run. Nobody is asked again about a file that was accepted then; and who
/// the contacts are may not be known yet.
fn offered(entry: &Entry, cx: &Context) -> OfferInfo {
    OfferInfo { is_contact: cx.is_known(&entry.peer), continues_at: Some(entry.bytes), ..entry.offer() }
}

fn end(entry: &mut Entry, outcome: &Outcome, kept: Option<&Path>, via: Option<Via>, took: Duration) {
    let (reason, via, took) = match outcome {
        Outcome::Completed { via, bytes, took, path, verified: _ } => {
            entry.bytes = *bytes;
            if let (Some(path), Course::Receiving { landing: Some(landed) }) = (path, &mut entry.course) {
                landed.path.clone_from(path);
            }
            (None, Some(*via), *took)
        }
        Outcome::Failed(failure) => (Some(with_kept(&failure.to_string(), kept.map(Path::display))), via, took),
        Outcome::Declined { .. } | Outcome::Cancelled { .. } => (None, via, took),
    };
    entry.state = State::Ended(Ending { result: Conclusion::of(outcome), reason, via, took });
}
