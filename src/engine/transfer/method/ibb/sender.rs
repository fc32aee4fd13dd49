//! The sending end (XEP-0047 §2): opens, keeps a few blocks under way, closes after the last acknowledgement.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Seq, close};
use crate::engine::command::Via;
use crate::engine::feature::{IqRequest, Response};
use crate::engine::iq::IqToken;
use crate::engine::transfer::attempt::AttemptId;
use crate::engine::transfer::method::{Begun, Broken, Bytestream, Line, STALL, Scope, Span, Step, Unreachable};
use crate::engine::{FileError, FileEvent, FileOrder};
use crate::xep::ibb::{Carrier, Data, Open};
use crate::xep::stanza::StanzaError;

/// What every peer takes; larger stanzas wait for delayed acknowledgements on the way and are slower.
const BLOCK: u16 = 4096;

/// Half of what is refused is offered next, down to here.
const SMALLEST_BLOCK: u16 = 512;

/// Blocks that are not acknowledged at a time. One stands still for a round trip each; more than a few gain nothing.
const WINDOW: usize = 8;

/// The other side answers by itself, without a person. xmpp4r never does.
const OPEN_PATIENCE: Duration = Duration::from_secs(10);

/// One that takes the opening and is silent to the first block knows only blocks in messages, as xmpp4r does; a slow
/// link is done with the first window long before.
const FIRST_ACK: Duration = Duration::from_secs(30);

/// After a premature close, what is under way is acknowledged soon or never.
const LAST_ACKS: Duration = Duration::from_secs(10);

/// One stream that we send on.
struct Sender {
    line: Line,
    span: Span,
    attempt: AttemptId,
    acknowledged: u64,
    state: State,
}

enum State {
    /// For the answer to `<open/>`.
    Opening { token: IqToken, block: u16 },
    /// For blocks of the file and acknowledgements.
    Flowing(Flow),
    /// For the last acknowledgements, after the peer closed.
    Draining(Flow),
    /// Nothing comes any more.
    Over,
}

struct Flow {
    block: u16,
    seq: Seq,
    /// Asked of the file, and sent, in bytes from the beginning of the span.
    read: u64,
    sent: u64,
    /// Blocks asked of the file and not there yet.
    reading: usize,
    under_way: BTreeMap<IqToken, u64>,
    until: Instant,
}

/// Begins as the sender.
pub(super) fn send(line: Line, span: Span, scope: &mut Scope) -> Begun {
    let attempt = scope.record.begin(Via::InBand, None, "opening", OPEN_PATIENCE, scope.cx);
    let mut sender = Sender { line, span, attempt, acknowledged: 0, state: State::Over };
    sender.open(BLOCK, scope);
    (Box::new(sender), Step::Pending)
}

impl Sender {
    fn open(&mut self, block: u16, scope: &mut Scope) {
        let open = Open { sid: self.line.sid.clone(), block_size: block, carrier: Carrier::Iq };
        let token = scope.cx.set(Some(self.line.peer.clone()), open.write(), OPEN_PATIENCE);
        self.state = State::Opening { token, block };
    }

    fn opened(&mut self, block: u16, response: Response, scope: &mut Scope) -> Step {
        let (reason, verdict) = match response {
            Response::Result(_) => return self.begin(block, scope),
            Response::Error(error) if error.condition == "resource-constraint" && block > SMALLEST_BLOCK => {
                self.open(block / 2, scope);
                return Step::Pending;
            }
            Response::Error(error) => (format!("refused: {}", error.condition), Unreachable::Failed),
            Response::Timeout => ("no answer".to_owned(), Unreachable::Silent),
            Response::Disconnected => ("our session ended".to_owned(), Unreachable::Disconnected),
        };
        scope.record.fail(self.attempt, reason, scope.cx);
        Step::Unreachable(verdict)
    }

    fn begin(&mut self, block: u16, scope: &mut Scope) -> Step {
        let detail = format!("block {block}, {WINDOW} in flight");
        scope.record.activate(self.attempt, Some(detail), scope.cx);
        let mut flow = Flow {
            block,
            seq: Seq::default(),
            read: 0,
            sent: 0,
            reading: 0,
            under_way: BTreeMap::new(),
            until: scope.after(FIRST_ACK),
        };
        flow.fill(self.span, &self.line, scope);
        self.state = State::Flowing(flow);
        self.finish_if_whole(scope)
    }

    fn finish_if_whole(&mut self, scope: &mut Scope) -> Step {
        match &self.state {
            State::Flowing(_) | State::Draining(_) if self.acknowledged == self.span.length => {
                close(&self.line, scope.shared, scope.cx);
                self.state = State::Over;
                Step::Done
            }
            State::Opening { .. } | State::Flowing(_) | State::Draining(_) | State::Over => Step::Open,
        }
    }

    fn flow(&mut self) -> Option<&mut Flow> {
        match &mut self.state {
            State::Flowing(flow) | State::Draining(flow) => Some(flow),
            State::Opening { .. } | State::Over => None,
        }
    }

    fn acknowledged(&mut self, token: IqToken, response: Response, scope: &mut Scope) -> Step {
        let why = match response {
            Response::Result(_) => return self.count(token, scope),
            Response::Error(error) => Broken::Interrupted(format!("a block was refused: {}", error.condition)),
            Response::Timeout => Broken::Interrupted("no answer".to_owned()),
            Response::Disconnected => Broken::Disconnected,
        };
        self.abandon(scope);
        Step::Broken(why)
    }

    fn count(&mut self, token: IqToken, scope: &mut Scope) -> Step {
        let (span, line) = (self.span, self.line.clone());
        if let Some(flow) = self.flow() {
            let length = flow.under_way.remove(&token).unwrap_or(0);
            flow.until = scope.after(STALL);
            flow.fill(span, &line, scope);
            self.acknowledged += length;
            scope.moved(self.acknowledged);
        }
        self.finish_if_whole(scope)
    }

    /// A block of the file is there.
    fn block(&mut self, offset: u64, bytes: Vec<u8>, scope: &mut Scope) -> Step {
        let State::Flowing(flow) = &mut self.state else { return Step::Open };
        let length = bytes.len() as u64;
        flow.reading = flow.reading.saturating_sub(1);
        let wanted = u64::from(flow.block).min(self.span.length - flow.sent);
        if offset != self.span.offset + flow.sent || length != wanted {
            self.abandon(scope);
            return Step::Broken(Broken::File(FileError::Changed));
        }
        let data = Data { sid: self.line.sid.clone(), seq: flow.seq.advance(), bytes };
        // A lost acknowledgement is noticed by the stall; a request of its own must not end sooner.
        let token = scope.cx.set_bulk(Some(self.line.peer.clone()), data.write(), STALL);
        flow.under_way.insert(token, length);
        flow.sent += length;
        flow.fill(self.span, &self.line, scope);
        Step::Open
    }

    /// The peer closes. If all is sent, what is under way may still be acknowledged.
    fn closed_by_peer(&mut self, request: &IqRequest, scope: &mut Scope) -> Step {
        scope.cx.answer(request, None);
        match std::mem::replace(&mut self.state, State::Over) {
            State::Flowing(flow) if flow.sent == self.span.length => {
                self.state = State::Draining(Flow { until: scope.after(LAST_ACKS), ..flow });
                Step::Open
            }
            other @ (State::Opening { .. } | State::Flowing(_) | State::Draining(_) | State::Over) => {
                self.state = other;
                self.let_go(scope);
                Step::Broken(Broken::Stopped)
            }
        }
    }

    fn let_go(&mut self, scope: &mut Scope) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Opening { token, .. } => scope.cx.forget(token),
            State::Flowing(flow) | State::Draining(flow) => {
                flow.under_way.keys().for_each(|token| scope.cx.forget(*token));
            }
            State::Over => {}
        }
    }
}

impl Flow {
    /// Asks the file for as much as the window has room for.
    fn fill(&mut self, span: Span, line: &Line, scope: &mut Scope) {
        while self.read < span.length && self.reading + self.under_way.len() < WINDOW {
            let length = u64::from(self.block).min(span.length - self.read);
            let offset = span.offset + self.read;
            let whole = usize::from(self.block);
            let length_of_read = usize::try_from(length).unwrap_or(whole);
            scope.cx.file(line.file, FileOrder::Read { offset, length: length_of_read });
            self.read += length;
            self.reading += 1;
        }
    }
}

impl Bytestream for Sender {
    fn request(&mut self, request: IqRequest, scope: &mut Scope) -> Step {
        if request.payload.name() == "close" {
            return self.closed_by_peer(&request, scope);
        }
        scope.cx.refuse(&request, &StanzaError::new("unexpected-request").with_text("this stream goes the other way"));
        Step::Pending
    }

    fn asked(&self, token: IqToken) -> bool {
        match &self.state {
            State::Opening { token: mine, .. } => *mine == token,
            State::Flowing(flow) | State::Draining(flow) => flow.under_way.contains_key(&token),
            State::Over => false,
        }
    }

    fn response(&mut self, token: IqToken, response: Response, scope: &mut Scope) -> Step {
        match self.state {
            State::Opening { block, .. } => {
                self.state = State::Over;
                self.opened(block, response, scope)
            }
            State::Flowing(_) | State::Draining(_) => self.acknowledged(token, response, scope),
            State::Over => Step::Pending,
        }
    }

    fn file(&mut self, event: FileEvent, scope: &mut Scope) -> Step {
        match event {
            FileEvent::Block { offset, bytes } => self.block(offset, bytes, scope),
            FileEvent::Opened { .. }
            | FileEvent::Packed(_)
            | FileEvent::Created { .. }
            | FileEvent::Reopened { .. }
            | FileEvent::Written { .. }
            | FileEvent::Committed { .. }
            | FileEvent::Digested(_)
            | FileEvent::Failed(_) => Step::Open,
        }
    }

    fn moved(&self) -> u64 {
        self.acknowledged
    }

    fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Flowing(flow) | State::Draining(flow) => Some(flow.until),
            State::Opening { .. } | State::Over => None,
        }
    }

    fn timeout(&mut self, scope: &mut Scope) -> Step {
        let was_closed = matches!(self.state, State::Draining(_));
        self.abandon(scope);
        Step::Broken(if was_closed { Broken::Stopped } else { Broken::Interrupted("no answer".to_owned()) })
    }

    /// Who opened, closes; the peer may have taken the opening although we do not know yet.
    fn abandon(&mut self, scope: &mut Scope) {
        if !matches!(self.state, State::Over) {
            close(&self.line, scope.shared, scope.cx);
        }
        self.let_go(scope);
    }
}
