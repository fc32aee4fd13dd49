//! The requester (XEP-0065 §5.3, §6.3): lists streamhosts, waits for the target's choice, [delivers](super::delivery).
//!
//! Nothing is sent before the target has said which streamhost it used, for several peers lose what comes glued to the
//! handshake; and through a proxy not before that has confirmed the activation, for Prosody's drops what comes earlier.
//! The list is sent even if it is empty: a Gabble goes on to the next method only once it has refused this one itself.

use std::time::{Duration, Instant};

use super::delivery::Delivery;
use super::dial::{Dial, Dialled};
use super::handshake::Address;
use super::listing::{Chosen, Listing};
use super::{Listener, UNKNOWN, close_words, streamhosts};
use crate::engine::command::{Encryption, Via};
use crate::engine::feature::{IqRequest, Response};
use crate::engine::iq::IqToken;
use crate::engine::transfer::attempt::AttemptId;
use crate::engine::transfer::method::{Begun, Bytestream, Line, Scope, Span, Step, Unreachable, refused, unanswered};
use crate::engine::{SocketEvent, SocketId, SocketOrder};
use crate::xep::bytestreams::{Activate, Mode, StreamHost, StreamhostUsed, Streamhosts, destination_address};
use crate::xep::stanza::StanzaError;

/// The listener comes at once and the proxies are known since the login; what is not there by then is done without.
const PREPARATION: Duration = Duration::from_secs(3);

/// QXmpp takes 7 s for each dead streamhost, libpurple 5 s, others what their system takes; six or more are common.
const ANSWER_PATIENCE: Duration = Duration::from_secs(75);

/// A proxy near our own server answers in a moment or not at all.
const PROXY_PATIENCE: Duration = Duration::from_secs(10);

/// An activation is one round trip to the proxy's server.
const ACTIVATION_PATIENCE: Duration = Duration::from_secs(20);

/// One stream that we host.
struct Requester {
    line: Line,
    span: Span,
    address: Address,
    state: State,
    moved: u64,
}

enum State {
    /// For the listener and the proxies.
    Preparing { until: Instant },
    /// For the target's choice.
    Asking(Asking),
    /// For our own connection to the proxy that the target chose.
    Joining(Joining),
    /// For the proxy to join the two.
    Activating { token: IqToken, socket: SocketId, attempt: AttemptId },
    /// For the bytes to move.
    Delivering(Delivery),
    /// Nothing comes any more.
    Over,
}

struct Asking {
    token: IqToken,
    listing: Listing,
}

struct Joining {
    dial: Dial,
    proxy: StreamHost,
    attempt: AttemptId,
    until: Instant,
}

/// Begins as the requester.
pub(super) fn send(line: Line, span: Span, scope: &mut Scope) -> Begun {
    let address = destination_address(&line.sid, &line.me, &line.peer);
    if line.vias.contains(&Via::Socks5Direct) {
        scope.shared.socks5.expect(address.clone(), scope.cx);
    }
    let state = State::Preparing { until: scope.after(PREPARATION) };
    let mut requester = Requester { line, span, address, state, moved: 0 };
    let step = if requester.is_too_clear(scope) { requester.refuse_clear(scope) } else { requester.look_around(scope) };
    (Box::new(requester), step)
}

impl Requester {
    fn allows(&self, via: Via) -> bool {
        self.line.vias.contains(&via)
    }

    /// Whether the file would go in clear and must not.
    fn is_too_clear(&self, scope: &Scope) -> bool {
        let must_not = scope.cx.settings().encryption == Encryption::Required;
        must_not && self.line.seal.is_none() && self.span.length > 0
    }

    fn refuse_clear(&mut self, scope: &mut Scope) -> Step {
        let via = self.line.vias.first().copied().unwrap_or(Via::Socks5Direct);
        let attempt = scope.record.begin(via, None, "looking", PREPARATION, scope.cx);
        scope.record.fail(attempt, format!("{} does not encrypt it", self.line.peer_name()), scope.cx);
        self.unreachable(Unreachable::Failed, scope)
    }

    /// Sends the list.
    fn ask(&mut self, scope: &mut Scope) -> Step {
        let listing = Listing::make(&self.line, ANSWER_PATIENCE, scope);
        let query = Streamhosts { sid: self.line.sid.clone(), mode: Mode::Tcp, hosts: listing.hosts().to_vec() };
        let token = scope.cx.set(Some(self.line.peer.clone()), query.write(), ANSWER_PATIENCE);
        self.state = State::Asking(Asking { token, listing });
        Step::Pending
    }

    /// The target has answered, or not.
    fn answered(&mut self, asking: &Asking, response: Response, scope: &mut Scope) -> Step {
        match response {
            Response::Result(answer) => match answer.map(|query| StreamhostUsed::read(&query)) {
                Some(Ok(used)) => self.use_streamhost(asking, &used, scope),
                Some(Err(_)) | None => self.fail_all(asking, "no streamhost was named", Unreachable::Silent, scope),
            },
            Response::Error(error) => {
                let reason = self.refusal_words(&error);
                self.fail_all(asking, &reason, refused(&error, UNKNOWN, scope), scope)
            }
            Response::Timeout => self.fail_all(asking, "no answer", unanswered(scope), scope),
            Response::Disconnected => self.fail_all(asking, "our session ended", Unreachable::Disconnected, scope),
        }
    }

    fn refusal_words(&self, error: &StanzaError) -> String {
        let peer = self.line.peer_name();
        match error.condition.as_str() {
            "item-not-found" | "remote-server-not-found" => format!("{peer} could not connect"),
            "not-acceptable" | "forbidden" | "not-allowed" => format!("{peer} does not want it"),
            condition => format!("{peer} answered {condition}"),
        }
    }

    fn use_streamhost(&mut self, asking: &Asking, used: &StreamhostUsed, scope: &mut Scope) -> Step {
        match asking.listing.choose(&used.jid, &self.line, scope) {
            Chosen::Direct(attempt) => self.use_guest(attempt, scope),
            Chosen::Proxy(proxy, attempt) => self.join(proxy, attempt, scope),
            Chosen::Stranger => {
                let reason = "a streamhost was named that is none of ours";
                self.fail_all(asking, reason, Unreachable::Silent, scope)
            }
        }
    }

    /// The target says that it connected to us.
    fn use_guest(&mut self, direct: AttemptId, scope: &mut Scope) -> Step {
        if let Some(socket) = scope.shared.socks5.lobby.claim(&self.address) {
            return self.carry(socket, direct, scope);
        }
        if self.span.length == 0 {
            return self.left_with_nothing(direct, scope);
        }
        scope.record.fail(direct, "connection lost", scope.cx);
        self.unreachable(Unreachable::Silent, scope)
    }

    /// The target came and went at once: of an empty file it has all.
    fn left_with_nothing(&mut self, attempt: AttemptId, scope: &mut Scope) -> Step {
        scope.record.activate(attempt, None, scope.cx);
        scope.shared.socks5.dismiss(&self.address, scope.cx);
        self.state = State::Over;
        Step::Done
    }

    /// The target says that it connected to a proxy: so do we.
    fn join(&mut self, proxy: StreamHost, attempt: Option<AttemptId>, scope: &mut Scope) -> Step {
        let title = Some(streamhosts::title(&proxy));
        let attempt = attempt
            .unwrap_or_else(|| scope.record.begin(Via::Socks5Proxy, title, "connecting", PROXY_PATIENCE, scope.cx));
        scope.record.go_on(attempt, "connecting", PROXY_PATIENCE, scope.cx);
        let named_by = scope.shared.socks5.proxies.named_by(&proxy, scope.cx);
        let dial = Dial::begin(&proxy, named_by, self.address.clone(), &mut scope.shared.socks5, scope.cx);
        self.state = State::Joining(Joining { dial, proxy, attempt, until: scope.after(PROXY_PATIENCE) });
        Step::Pending
    }

    fn activate(&mut self, proxy: &StreamHost, socket: SocketId, attempt: AttemptId, scope: &mut Scope) -> Step {
        let activate = Activate { sid: self.line.sid.clone(), target: self.line.peer.clone() };
        let token = scope.cx.set(Some(proxy.jid.clone()), activate.write(), ACTIVATION_PATIENCE);
        scope.record.go_on(attempt, "activating", ACTIVATION_PATIENCE, scope.cx);
        self.state = State::Activating { token, socket, attempt };
        Step::Pending
    }

    fn activated(&mut self, socket: SocketId, attempt: AttemptId, response: &Response, scope: &mut Scope) -> Step {
        let (reason, verdict) = match response {
            Response::Result(_) => return self.carry(socket, attempt, scope),
            Response::Error(_) if self.span.length == 0 => {
                scope.cx.socket(SocketOrder::Close { socket });
                return self.left_with_nothing(attempt, scope);
            }
            Response::Error(error) => (format!("activation refused: {}", error.condition), Unreachable::Silent),
            Response::Timeout => ("no answer to the activation".to_owned(), Unreachable::Silent),
            Response::Disconnected => ("our session ended".to_owned(), Unreachable::Disconnected),
        };
        scope.cx.socket(SocketOrder::Close { socket });
        scope.record.fail(attempt, reason, scope.cx);
        self.unreachable(verdict, scope)
    }

    /// The stream is there.
    fn carry(&mut self, socket: SocketId, attempt: AttemptId, scope: &mut Scope) -> Step {
        scope.shared.socks5.dismiss(&self.address, scope.cx);
        let (delivery, step) = Delivery::begin(socket, attempt, self.span, &self.line, scope);
        self.delivering(delivery, step)
    }

    fn delivering(&mut self, delivery: Delivery, step: Step) -> Step {
        self.moved = delivery.moved();
        self.state = if matches!(step, Step::Pending | Step::Open) { State::Delivering(delivery) } else { State::Over };
        step
    }

    fn joining(&mut self, mut joining: Joining, event: SocketEvent, scope: &mut Scope) -> Step {
        let mut dialled = joining.dial.socket(event, scope.cx);
        if matches!(dialled, Dialled::Greeted) {
            dialled = joining.dial.ask(scope.cx);
        }
        match dialled {
            Dialled::Waiting | Dialled::Connected | Dialled::Greeted => {
                self.state = State::Joining(joining);
                Step::Pending
            }
            Dialled::Done(socket, _) => self.activate(&joining.proxy, socket, joining.attempt, scope),
            Dialled::Failed(reason) => self.not_joined(joining.attempt, &reason, scope),
            Dialled::NotTried(reason) => self.not_joined(joining.attempt, reason, scope),
        }
    }

    fn not_joined(&mut self, attempt: AttemptId, reason: &str, scope: &mut Scope) -> Step {
        scope.record.fail(attempt, reason, scope.cx);
        self.unreachable(Unreachable::Silent, scope)
    }

    fn fail_all(&mut self, asking: &Asking, reason: &str, verdict: Unreachable, scope: &mut Scope) -> Step {
        asking.listing.fail(reason, &self.line, scope);
        self.unreachable(verdict, scope)
    }

    fn unreachable(&mut self, verdict: Unreachable, scope: &mut Scope) -> Step {
        self.state = State::Over;
        scope.shared.socks5.dismiss(&self.address, scope.cx);
        Step::Unreachable(verdict)
    }

    fn take_state(&mut self) -> State {
        std::mem::replace(&mut self.state, State::Over)
    }
}

impl Bytestream for Requester {
    fn request(&mut self, request: IqRequest, scope: &mut Scope) -> Step {
        scope
            .cx
            .refuse(&request, &StanzaError::new("unexpected-request").with_text("the other side begins this stream"));
        Step::Pending
    }

    fn asked(&self, token: IqToken) -> bool {
        match &self.state {
            State::Asking(Asking { token: mine, .. }) | State::Activating { token: mine, .. } => *mine == token,
            State::Preparing { .. } | State::Joining(_) | State::Delivering(_) | State::Over => false,
        }
    }

    fn response(&mut self, _token: IqToken, response: Response, scope: &mut Scope) -> Step {
        match self.take_state() {
            State::Asking(asking) => self.answered(&asking, response, scope),
            State::Activating { socket, attempt, .. } => self.activated(socket, attempt, &response, scope),
            other @ (State::Preparing { .. } | State::Joining(_) | State::Delivering(_) | State::Over) => {
                self.state = other;
                Step::Pending
            }
        }
    }

    fn owns(&self, socket: SocketId) -> bool {
        match &self.state {
            State::Joining(joining) => joining.dial.owns(socket),
            State::Activating { socket: mine, .. } => *mine == socket,
            State::Delivering(delivery) => delivery.owns(socket),
            State::Preparing { .. } | State::Asking(_) | State::Over => false,
        }
    }

    fn socket(&mut self, event: SocketEvent, scope: &mut Scope) -> Step {
        match self.take_state() {
            State::Joining(joining) => self.joining(joining, event, scope),
            State::Activating { token, socket, attempt } => {
                if let SocketEvent::Closed { why, .. } = event {
                    scope.cx.forget(token);
                    scope.record.fail(attempt, close_words(&why), scope.cx);
                    return self.unreachable(Unreachable::Silent, scope);
                }
                self.state = State::Activating { token, socket, attempt };
                Step::Pending
            }
            State::Delivering(mut delivery) => {
                let step = delivery.socket(event, &self.line, scope);
                self.delivering(delivery, step)
            }
            other @ (State::Preparing { .. } | State::Asking(_) | State::Over) => {
                self.state = other;
                Step::Pending
            }
        }
    }

    fn look_around(&mut self, scope: &mut Scope) -> Step {
        let State::Preparing { until } = self.state else { return Step::Pending };
        let common = &scope.shared.socks5;
        let listens = !self.allows(Via::Socks5Direct) || !matches!(common.listener, Listener::Opening);
        let knows_proxies = !self.allows(Via::Socks5Proxy) || common.proxies.are_known();
        let is_late = until <= scope.cx.now().instant;
        if (listens && knows_proxies) || is_late { self.ask(scope) } else { Step::Pending }
    }

    fn is_independent(&self) -> bool {
        matches!(self.state, State::Delivering(_))
    }

    fn moved(&self) -> u64 {
        self.moved
    }

    fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Preparing { until } | State::Joining(Joining { until, .. }) => Some(*until),
            State::Delivering(delivery) => Some(delivery.deadline()),
            State::Asking(_) | State::Activating { .. } | State::Over => None,
        }
    }

    fn timeout(&mut self, scope: &mut Scope) -> Step {
        match self.take_state() {
            preparing @ State::Preparing { .. } => {
                self.state = preparing;
                self.look_around(scope)
            }
            State::Joining(Joining { dial, attempt, .. }) => {
                dial.close(scope.cx);
                scope.record.fail(attempt, "no answer", scope.cx);
                self.unreachable(Unreachable::Silent, scope)
            }
            State::Delivering(delivery) => {
                let step = delivery.timeout(scope);
                self.delivering(delivery, step)
            }
            other @ (State::Asking(_) | State::Activating { .. } | State::Over) => {
                self.state = other;
                Step::Pending
            }
        }
    }

    fn abandon(&mut self, scope: &mut Scope) {
        match self.take_state() {
            State::Asking(Asking { token, .. }) => scope.cx.forget(token),
            State::Joining(joining) => joining.dial.close(scope.cx),
            State::Activating { token, socket, .. } => {
                scope.cx.forget(token);
                scope.cx.socket(SocketOrder::Close { socket });
            }
            State::Delivering(delivery) => delivery.close(scope.cx),
            State::Preparing { .. } | State::Over => {}
        }
        scope.shared.socks5.dismiss(&self.address, scope.cx);
    }
}
