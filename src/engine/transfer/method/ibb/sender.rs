//! The sending end (XEP-0047 §2): opens, keeps as much under way as the [`pace`](super::pace) allows, closes after the
//! last acknowledgement.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::ahead::Ahead;
use super::pace::{Pace, Sent, on_wire};
use super::peer::{SMALLEST, USUAL, largest_block};
use super::telling::Telling;
use super::{Seq, close};
use crate::engine::FileEvent;
use crate::engine::command::Via;
use crate::engine::context::Pacing;
use crate::engine::feature::{IqRequest, Response};
use crate::engine::iq::IqToken;
use crate::engine::transfer::attempt::AttemptId;
use crate::engine::transfer::method::{
    Begun, Broken, Bytestream, Line, STALL, Scope, Span, Step, Unreachable, refused, unanswered,
};
use crate::xep::ibb::{Carrier, Data, Open};
use crate::xep::stanza::StanzaError;

/// The other side answers by itself, without a person. xmpp4r never does.
const OPEN_PATIENCE: Duration = Duration::from_secs(10);

/// One that takes the opening and is silent to the first block knows only blocks in messages, as xmpp4r does; a slow
/// link is done with the first window long before.
const FIRST_ACK: Duration = Duration::from_secs(30);

/// A lost acknowledgement is noticed by the stall, so no request has to end by itself. One that waits behind others, at a
/// receiver that takes a block now and then because its user paused the file, may wait for as many as a window holds.
const BEHIND_OTHERS: Duration = Duration::from_hours(1);

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
    seq: Seq,
    ahead: Ahead,
    under_way: BTreeMap<IqToken, Block>,
    telling: Telling,
    until: Instant,
}

/// A block that is not acknowledged.
#[derive(Clone, Copy)]
struct Block {
    length: u64,
    sent: Sent,
}

/// Begins as the sender.
pub(super) fn send(line: Line, span: Span, scope: &mut Scope) -> Begun {
    let attempt = scope.record.begin(Via::InBand, None, "opening", OPEN_PATIENCE, scope.cx);
    let mut sender = Sender { line, span, attempt, acknowledged: 0, state: State::Over };
    let block = match scope.cx.settings().in_band {
        Pacing::Measured => largest_block(&sender.line.peer, scope.cx),
        Pacing::Fixed { block, .. } => block,
    };
    sender.open(block, scope);
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
            Response::Error(error) if error.condition == "resource-constraint" && block > SMALLEST => {
                self.open(smaller(block), scope);
                return Step::Pending;
            }
            Response::Error(error) => {
                (format!("refused: {}", error.condition), refused(&error, "item-not-found", scope))
            }
            Response::Timeout => ("no answer".to_owned(), unanswered(scope)),
            Response::Disconnected => ("our session ended".to_owned(), Unreachable::Disconnected),
        };
        scope.record.fail(self.attempt, reason, scope.cx);
        Step::Unreachable(verdict)
    }

    fn begin(&mut self, block: u16, scope: &mut Scope) -> Step {
        let pacing = scope.cx.settings().in_band;
        scope.shared.ibb.budget.join(&self.line, scope.cx.now().instant, || match pacing {
            Pacing::Measured => Pace::learning(block),
            Pacing::Fixed { window, .. } => Pace::fixed(block, window),
        });
        let telling = Telling::begin(self.attempt, &self.line, scope);
        let ahead = Ahead::new(self.line.file, self.span);
        let until = scope.after(FIRST_ACK);
        let flow = Flow { seq: Seq::default(), ahead, under_way: BTreeMap::new(), telling, until };
        self.state = State::Flowing(flow);
        self.fill(scope);
        self.finish_if_whole(scope)
    }

    fn finish_if_whole(&mut self, scope: &mut Scope) -> Step {
        match &self.state {
            State::Flowing(_) | State::Draining(_) if self.acknowledged == self.span.length => {
                close(&self.line, scope.shared, scope.cx);
                self.let_go(scope);
                Step::Done
            }
            State::Opening { .. } | State::Flowing(_) | State::Draining(_) | State::Over => Step::Open,
        }
    }

    /// Sends blocks until the file has to be waited for, or acknowledgements.
    fn fill(&mut self, scope: &mut Scope) {
        let State::Flowing(flow) = &mut self.state else { return };
        while flow.send_block(&self.line, scope) {}
        let block = scope.shared.ibb.budget.share(&self.line.peer).block;
        flow.ahead.read_on(block, scope.cx);
    }

    fn answered(&mut self, token: IqToken, response: Response, scope: &mut Scope) -> Step {
        if let State::Flowing(flow) | State::Draining(flow) = &mut self.state
            && flow.telling.asked(token)
        {
            flow.telling.answered(&self.line, scope);
            return Step::Open;
        }
        let why = match response {
            Response::Result(_) => return self.acknowledged(token, scope),
            Response::Error(error) => Broken::Interrupted(format!("a block was refused: {}", error.condition)),
            Response::Timeout => Broken::Interrupted("no answer".to_owned()),
            Response::Disconnected => Broken::Disconnected,
        };
        self.abandon(scope);
        Step::Broken(why)
    }

    fn acknowledged(&mut self, token: IqToken, scope: &mut Scope) -> Step {
        let (State::Flowing(flow) | State::Draining(flow)) = &mut self.state else { return Step::Open };
        let Some(block) = flow.under_way.remove(&token) else { return Step::Open };
        let now = scope.cx.now().instant;
        if let Some((pace, now)) = scope.shared.ibb.budget.pace(&self.line.peer, now) {
            pace.acknowledged(block.sent, now);
        }
        flow.until = now + STALL;
        flow.telling.update(&self.line, scope);
        self.acknowledged += block.length;
        scope.moved(self.acknowledged);
        self.fill(scope);
        self.finish_if_whole(scope)
    }

    /// A part of the file is there.
    fn read(&mut self, offset: u64, bytes: Vec<u8>, scope: &mut Scope) -> Step {
        let State::Flowing(flow) = &mut self.state else { return Step::Open };
        if let Err(why) = flow.ahead.add(offset, bytes) {
            self.abandon(scope);
            return Step::Broken(Broken::File(why));
        }
        self.fill(scope);
        Step::Open
    }

    /// The peer closes. If all is sent, what is under way may still be acknowledged.
    fn closed_by_peer(&mut self, request: &IqRequest, scope: &mut Scope) -> Step {
        scope.cx.answer(request, None);
        match std::mem::replace(&mut self.state, State::Over) {
            State::Flowing(flow) if flow.ahead.is_empty() => {
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
                flow.telling.end(scope.cx);
                scope.shared.ibb.budget.leave(&self.line);
            }
            State::Over => {}
        }
    }
}

impl Flow {
    /// Sends the next block, if it is there and may be under way.
    fn send_block(&mut self, line: &Line, scope: &mut Scope) -> bool {
        let budget = &mut scope.shared.ibb.budget;
        let share = budget.share(&line.peer);
        let Some((pace, now)) = budget.pace(&line.peer, scope.cx.now().instant) else { return false };
        let length = self.ahead.next_length(share.block);
        let under_way: u64 = self.under_way.values().map(|block| block.sent.wire).sum();
        if length > 0 && under_way > 0 && under_way + on_wire(length) > share.window {
            pace.is_full();
            return false;
        }
        let Some(bytes) = self.ahead.take(length) else { return false };
        let sent = pace.sent(length, now);
        let data = Data { sid: line.sid.clone(), seq: self.seq.advance(), bytes };
        let token = scope.cx.set_bulk(Some(line.peer.clone()), data.write(), BEHIND_OTHERS);
        self.under_way.insert(token, Block { length: u64::from(length), sent });
        true
    }
}

/// What is offered to one who refused a block of that size: what is usual, then ever less.
fn smaller(block: u16) -> u16 {
    if block > USUAL { USUAL } else { (block / 2).max(SMALLEST) }
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
            State::Flowing(flow) | State::Draining(flow) => {
                flow.under_way.contains_key(&token) || flow.telling.asked(token)
            }
            State::Over => false,
        }
    }

    fn response(&mut self, token: IqToken, response: Response, scope: &mut Scope) -> Step {
        match self.state {
            State::Opening { block, .. } => {
                self.state = State::Over;
                self.opened(block, response, scope)
            }
            State::Flowing(_) | State::Draining(_) => self.answered(token, response, scope),
            State::Over => Step::Pending,
        }
    }

    fn file(&mut self, event: FileEvent, scope: &mut Scope) -> Step {
        match event {
            FileEvent::Block { offset, bytes } => self.read(offset, bytes, scope),
            FileEvent::Opened { .. }
            | FileEvent::Packed(_)
            | FileEvent::Created { .. }
            | FileEvent::Reopened { .. }
            | FileEvent::Written { .. }
            | FileEvent::Found { .. }
            | FileEvent::Fetched(_)
            | FileEvent::Unpacking { .. }
            | FileEvent::Renamed { .. }
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
