//! What of a transfer is written down, and when: whatever changes that is worth surviving a kill.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jid::Jid;

use super::Record;
use crate::engine::Output;
use crate::engine::command::{Priority, Via};
use crate::engine::context::Context;
use crate::engine::event::{Direction, OfferInfo, Outcome, TransferChange};
use crate::engine::journal::{
    Conclusion, Course, Ending, Entry, EntryKey, Facts, Landed, Noted, Prefix, RecoveryId, State, WebSource,
};
use crate::engine::sentence::with_kept;
use crate::engine::transfer::queue::Preference;
use crate::xep::StreamId;

/// What a kill may cost at most of what has arrived, if the disk keeps what it was given.
const CHECKPOINT_BYTES: u64 = 8 * 1024 * 1024;

/// What it may cost in time; a database bears that much of writing.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);

impl Record {
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

    /// With whom it is negotiated, under which name; it was announced before.
    pub(crate) fn negotiate(&mut self, peer: &Jid, sid: &StreamId, cx: &mut Context) {
        if let Some(entry) = &mut self.entry {
            entry.peer = peer.clone();
            entry.stream = Some(sid.0.clone());
        }
        self.write_down(cx);
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
    pub(crate) fn renew(&mut self, size: u64, date: Option<SystemTime>, recovery: RecoveryId) {
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

    /// That name.
    pub(crate) fn recovery(&self) -> Option<&RecoveryId> {
        self.entry.as_ref()?.recovery.as_ref()
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
            | TransferChange::TheirTurn(_)
            | TransferChange::Finishing(_)
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

    pub(super) fn write_down(&mut self, cx: &mut Context) {
        let Some(entry) = &mut self.entry else { return };
        entry.attempts = self.attempts.all(cx.now().instant);
        entry.changed = cx.now().wall;
        cx.output(Output::Journal(Box::new(entry.clone())));
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
        is_folder: info.folder.is_some(),
    }
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
