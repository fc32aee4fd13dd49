//! What the user is told while a transfer goes on: its attempts and its progress, as events.

use std::time::{Duration, Instant};

use super::attempt::{AttemptId, Attempts};
use super::progress::Meter;
use crate::engine::command::{TransferId, Via};
use crate::engine::context::Context;
use crate::engine::event::{Attempt, Event, TransferChange};

/// The running account of one transfer.
pub(crate) struct Record {
    transfer: TransferId,
    attempts: Attempts,
    meter: Meter,
    accepted: Option<Instant>,
}

impl Record {
    /// An empty one.
    pub(crate) fn new(transfer: TransferId) -> Self {
        Record { transfer, attempts: Attempts::default(), meter: Meter::default(), accepted: None }
    }

    /// Tells something about the transfer.
    pub(crate) fn tell(&self, change: TransferChange, cx: &mut Context) {
        cx.emit(Event::Transfer { id: self.transfer, change });
    }

    /// The offer was accepted; `size` bytes will move. An offer repeated for want of a way is no second acceptance.
    pub(crate) fn accept(&mut self, size: Option<u64>, cx: &Context) {
        self.accepted.get_or_insert(cx.now().instant);
        self.meter.expect(size);
    }

    /// Since the acceptance.
    pub(crate) fn took(&self, cx: &Context) -> Duration {
        self.accepted.map_or(Duration::ZERO, |accepted| cx.now().instant - accepted)
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
    }

    /// Every try that has not failed yet did, even one that worked: the other side went on to something else.
    pub(crate) fn fail_unfinished(&mut self, reason: &str, cx: &mut Context) {
        for id in self.attempts.unfinished() {
            self.fail(id, reason, cx);
        }
    }

    /// A try succeeded.
    pub(crate) fn activate(&mut self, id: AttemptId, detail: Option<String>, cx: &mut Context) {
        self.attempts.activate(id, detail);
        self.show(id, cx);
    }

    fn show(&mut self, id: AttemptId, cx: &mut Context) {
        if let Some(attempt) = self.attempts.show(id, cx.now().instant) {
            self.tell(TransferChange::Attempt(attempt), cx);
        }
    }

    /// Payload bytes have passed, so many in all.
    pub(crate) fn moved(&mut self, bytes: u64, cx: &mut Context) {
        if let Some(progress) = self.meter.moved(bytes, self.took(cx)) {
            self.tell(TransferChange::Progress(progress), cx);
        }
    }

    /// Every try so far.
    pub(crate) fn tried(&self) -> Vec<Attempt> {
        self.attempts.all()
    }

    /// Whether any of these ways was tried.
    pub(crate) fn has_tried(&self, vias: &[Via]) -> bool {
        self.attempts.all().iter().any(|attempt| vias.contains(&attempt.via))
    }

    /// By which method bytes move, or were about to.
    pub(crate) fn via(&self) -> Via {
        self.attempts.latest().map_or(Via::InBand, |attempt| attempt.via)
    }
}
