//! From a connection that leads to the target to the last byte, as the requester: TLS around it, if both sides named a key,
//! then the shell sends.

use std::time::Instant;

use super::{EMPTY, SEAL_PATIENCE, close_words, sealed};
use crate::engine::context::Context;
use crate::engine::event::Protection;
use crate::engine::transfer::attempt::AttemptId;
use crate::engine::transfer::method::{Broken, Line, STALL, Scope, Span, Step, Unreachable};
use crate::engine::{Flow, Pump, Seal, SocketEvent, SocketId, SocketOrder, Tally, TlsEnd};

/// A part of a file on its way to the target.
pub(super) struct Delivery {
    socket: SocketId,
    attempt: AttemptId,
    span: Span,
    moved: u64,
    stage: Stage,
    until: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// For TLS around the connection.
    Sealing,
    /// The shell sends.
    Sending,
}

impl Delivery {
    /// Begins; with TLS only if there is anything to seal.
    pub(super) fn begin(
        socket: SocketId,
        attempt: AttemptId,
        span: Span,
        line: &Line,
        scope: &mut Scope,
    ) -> (Self, Step) {
        let until = scope.after(SEAL_PATIENCE);
        let mut delivery = Delivery { socket, attempt, span, moved: 0, stage: Stage::Sealing, until };
        let step = match line.seal {
            Some(theirs) if span.length > 0 => {
                scope.cx.socket(SocketOrder::Seal(Seal { socket, end: TlsEnd::Client, theirs }));
                scope.record.go_on(attempt, "encrypting", SEAL_PATIENCE, scope.cx);
                Step::Pending
            }
            None if span.length > 0 => delivery.send(Protection::Clear.word(), line, scope),
            Some(_) | None => delivery.send(EMPTY, line, scope),
        };
        (delivery, step)
    }

    fn send(&mut self, how: &str, line: &Line, scope: &mut Scope) -> Step {
        let Span { offset, length } = self.span;
        let flow = Flow::Send { offset, length, tally: self.tally(line) };
        scope.cx.socket(SocketOrder::Pump(Pump { socket: self.socket, file: line.file, flow }));
        scope.record.activate(self.attempt, Some(how.to_owned()), scope.cx);
        (self.stage, self.until) = (Stage::Sending, scope.after(STALL));
        Step::Open
    }

    /// Where it is we who connected, a proxy lies between the two.
    fn tally(&self, line: &Line) -> Tally {
        match self.socket {
            SocketId::Dialled(_) if line.is_tallied => Tally::Told,
            SocketId::Dialled(_) | SocketId::Accepted(_) => Tally::Untold,
        }
    }

    /// Something happened to the connection.
    pub(super) fn socket(&mut self, event: SocketEvent, line: &Line, scope: &mut Scope) -> Step {
        match self.stage {
            Stage::Sealing => match sealed(event) {
                None => Step::Pending,
                Some(Ok(_)) => self.send(Protection::Encrypted.word(), line, scope),
                Some(Err(why)) => self.not_sealed(why, scope),
            },
            Stage::Sending => self.sending(event, scope),
        }
    }

    fn not_sealed(&self, why: &str, scope: &mut Scope) -> Step {
        scope.record.fail(self.attempt, why, scope.cx);
        Step::Unreachable(Unreachable::Silent)
    }

    fn sending(&mut self, event: SocketEvent, scope: &mut Scope) -> Step {
        match event {
            SocketEvent::Progress { bytes, .. } => {
                self.progress(bytes, scope);
                Step::Open
            }
            SocketEvent::Pumped { bytes, .. } => {
                self.progress(bytes, scope);
                if bytes == self.span.length { Step::Done } else { interrupted("closed too early") }
            }
            SocketEvent::Closed { why, .. } => interrupted(close_words(&why)),
            SocketEvent::FileFailed { why, .. } => {
                self.close(scope.cx);
                Step::Broken(Broken::File(why))
            }
            SocketEvent::Listening { .. }
            | SocketEvent::ListenFailed { .. }
            | SocketEvent::Accepted { .. }
            | SocketEvent::Connected { .. }
            | SocketEvent::Sealed { .. }
            | SocketEvent::Data { .. } => Step::Open,
        }
    }

    fn progress(&mut self, bytes: u64, scope: &mut Scope) {
        self.moved = bytes;
        self.until = scope.after(STALL);
        scope.moved(bytes);
    }

    /// Payload bytes that have passed.
    pub(super) fn moved(&self) -> u64 {
        self.moved
    }

    /// Whether that socket belongs to it.
    pub(super) fn owns(&self, socket: SocketId) -> bool {
        self.socket == socket
    }

    /// When [`Delivery::timeout`] wants to be called.
    pub(super) fn deadline(&self) -> Instant {
        self.until
    }

    /// The deadline was reached.
    pub(super) fn timeout(&self, scope: &mut Scope) -> Step {
        self.close(scope.cx);
        match self.stage {
            Stage::Sealing => self.not_sealed("no answer to the encryption", scope),
            Stage::Sending => interrupted("stands still"),
        }
    }

    /// Gives it up.
    pub(super) fn close(&self, cx: &mut Context) {
        cx.socket(SocketOrder::Close { socket: self.socket });
    }
}

fn interrupted(why: &str) -> Step {
    Step::Broken(Broken::Interrupted(why.to_owned()))
}
