//! The target (XEP-0065 §5.3.2, §6.3.2): connects to one of the listed streamhosts and says which.
//!
//! Several run for it at once, unless the requester cannot bear that ([`race`](super::race),
//! [`manners`]). When nothing is left the query is refused without being repeated, for a QXmpp does not
//! see an error that carries it.

use std::cmp::Ordering;
use std::time::{Duration, Instant};

use super::race::{Finish, Race};
use super::{EMPTY, close_words, manners, sealed, streamhosts};
use crate::engine::command::Via;
use crate::engine::event::Protection;
use crate::engine::feature::{IqRequest, Owed, Response};
use crate::engine::iq::IqToken;
use crate::engine::transfer::attempt::AttemptId;
use crate::engine::transfer::method::{Begun, Broken, Bytestream, EMPTY_LINGER, Line, STALL, Scope, Step, Unreachable};
use crate::engine::{Flow, Pump, Seal, SocketEvent, SocketId, SocketOrder, Tally, TlsEnd};
use crate::xep::bytestreams::{Mode, StreamhostUsed, Streamhosts, destination_address};
use crate::xep::stanza::StanzaError;

/// The whole step owes a verdict within five seconds of the query; half a second is for its way back.
const BUDGET: Duration = Duration::from_millis(4500);

/// The requester sends as soon as it has our answer, through a proxy one round trip later. A Gabble that cannot join its
/// proxy says nothing at all; a minute is enough for a session that has to be resumed first.
const FIRST_BYTE: Duration = Duration::from_mins(1);

/// One stream that the other side hosts.
struct Target {
    line: Line,
    size: Option<u64>,
    tally: Tally,
    state: State,
    moved: u64,
}

enum State {
    /// For a streamhost to answer.
    Racing { query: Owed, race: Box<Race> },
    /// The stream is there and nothing is to come; the sender may close.
    Empty { socket: SocketId, until: Instant },
    /// For TLS around the connection.
    Sealing { socket: SocketId, attempt: AttemptId, until: Instant },
    /// The shell receives.
    Pumping { socket: SocketId, attempt: AttemptId, until: Instant },
    /// Nothing comes any more.
    Over,
}

/// Answers the requester's list.
pub(super) fn receive(line: Line, size: Option<u64>, request: &IqRequest, scope: &mut Scope) -> Option<Begun> {
    let refuse = |error: StanzaError, scope: &mut Scope| {
        scope.cx.refuse(request, &error);
        None
    };
    let listed = match Streamhosts::read(&request.payload) {
        Err(malformed) => return refuse(StanzaError::new("bad-request").with_text(malformed.to_string()), scope),
        Ok(Streamhosts { mode: Mode::Udp, .. }) => {
            return refuse(StanzaError::new("not-acceptable").with_text("only TCP"), scope);
        }
        Ok(listed) => listed,
    };
    let manner = manners::towards(&line.peer, &line.sid, &scope.cx.peers);
    let hosts = streamhosts::worth_trying(listed.hosts, &line.peer, &line.vias, manner);
    let address = destination_address(&line.sid, &line.peer, &line.me);
    let mut race = Box::new(Race::new(hosts, line.peer.clone(), address, manner, BUDGET, scope));
    let mut target = Target { line, size, tally: Tally::Untold, state: State::Over, moved: 0 };
    let finish = race.go_on(scope);
    let step = target.raced(request.into(), race, finish, scope);
    Some((Box::new(target), step))
}

impl Target {
    /// The race goes on, or has its verdict.
    fn raced(&mut self, query: Owed, race: Box<Race>, finish: Option<Finish>, scope: &mut Scope) -> Step {
        match finish {
            None => {
                self.state = State::Racing { query, race };
                Step::Pending
            }
            Some(Finish::Won { host, attempt, socket, behind }) => {
                if self.line.is_tallied && host.jid != self.line.peer {
                    self.tally = Tally::Told;
                }
                let used = StreamhostUsed { jid: host.jid };
                scope.cx.answer(query, Some(used.write(&self.line.sid)));
                self.established(attempt, socket, behind, scope)
            }
            Some(Finish::Lost) => self.give_up(query, scope),
        }
    }

    fn give_up(&mut self, query: Owed, scope: &mut Scope) -> Step {
        if !scope.record.has_tried(&[Via::Socks5Direct, Via::Socks5Proxy]) {
            let via = self.line.vias.first().copied().unwrap_or(Via::Socks5Direct);
            let attempt = scope.record.begin(via, None, "connecting", BUDGET, scope.cx);
            scope.record.fail(attempt, "nowhere to connect to", scope.cx);
        }
        let error = StanzaError::new("item-not-found").with_text("none of the streamhosts can be reached");
        scope.cx.refuse(query, &error);
        self.state = State::Over;
        Step::Unreachable(Unreachable::Failed)
    }

    /// A streamhost took us and was named: the bytes may come.
    fn established(&mut self, attempt: AttemptId, socket: SocketId, behind: Vec<u8>, scope: &mut Scope) -> Step {
        match (self.size, self.line.seal) {
            (Some(0), _) => {
                scope.record.activate(attempt, Some(EMPTY.to_owned()), scope.cx);
                scope.cx.socket(SocketOrder::Read { socket, max: 1 });
                self.state = State::Empty { socket, until: scope.after(EMPTY_LINGER) };
                Step::Open
            }
            (_, Some(theirs)) if behind.is_empty() => {
                scope.cx.socket(SocketOrder::Seal(Seal { socket, end: TlsEnd::Server, theirs }));
                // A sender that has to join a proxy first begins that much later.
                scope.record.go_on(attempt, "encrypting", FIRST_BYTE, scope.cx);
                self.state = State::Sealing { socket, attempt, until: scope.after(FIRST_BYTE) };
                Step::Pending
            }
            (_, Some(_)) => {
                scope.cx.socket(SocketOrder::Close { socket });
                self.not_sealed(attempt, "came in clear", scope)
            }
            (_, None) => self.pump(attempt, socket, behind, Protection::Clear, scope),
        }
    }

    fn sealing(&mut self, attempt: AttemptId, event: SocketEvent, scope: &mut Scope) -> Step {
        match sealed(event) {
            None => Step::Pending,
            Some(Ok(socket)) => self.pump(attempt, socket, Vec::new(), Protection::Encrypted, scope),
            Some(Err(why)) => self.not_sealed(attempt, why, scope),
        }
    }

    fn not_sealed(&mut self, attempt: AttemptId, why: &str, scope: &mut Scope) -> Step {
        self.state = State::Over;
        scope.record.fail(attempt, why, scope.cx);
        Step::Unreachable(Unreachable::Lost)
    }

    fn pump(
        &mut self,
        attempt: AttemptId,
        socket: SocketId,
        behind: Vec<u8>,
        protection: Protection,
        scope: &mut Scope,
    ) -> Step {
        scope.record.activate(attempt, Some(protection.word().to_owned()), scope.cx);
        let length = self.awaited();
        let prefix = behind.into_iter().take(usize::try_from(length).unwrap_or(usize::MAX)).collect();
        let flow = Flow::Receive { prefix, length, tally: self.tally };
        scope.cx.socket(SocketOrder::Pump(Pump { socket, file: self.line.file, flow }));
        self.state = State::Pumping { socket, attempt, until: scope.after(self.stall()) };
        Step::Open
    }

    /// How many bytes are waited for: all, and where nothing else would tell that the sender did not send something else
    /// than the part that it was asked for, one more, in place of which the stream has to end.
    fn awaited(&self) -> u64 {
        let beyond = u64::from(self.has_to_end());
        self.size.map_or(u64::MAX, |size| size.saturating_add(beyond))
    }

    fn has_to_end(&self) -> bool {
        self.line.begins_at > 0 && !self.line.is_proven
    }

    /// Whether nothing but the end can come.
    fn is_whole(&self) -> bool {
        self.has_to_end() && self.size == Some(self.moved)
    }

    /// A file of unknown size from which nothing comes is the empty one whose size QXmpp leaves out. A sender that waits
    /// for us to close after the last byte has nothing more to say either.
    fn stall(&self) -> Duration {
        match (self.moved, self.size) {
            _ if self.is_whole() => EMPTY_LINGER,
            (0, None) => EMPTY_LINGER * 10,
            (0, Some(_)) => FIRST_BYTE,
            (1.., _) => STALL,
        }
    }

    fn pumping(&mut self, attempt: AttemptId, event: SocketEvent, scope: &mut Scope) -> Step {
        match event {
            SocketEvent::Progress { socket, bytes } => {
                self.moved = bytes;
                scope.moved(bytes);
                self.state = State::Pumping { socket, attempt, until: scope.after(self.stall()) };
                Step::Open
            }
            SocketEvent::Pumped { socket, bytes } => {
                self.moved = bytes;
                scope.moved(bytes);
                scope.cx.socket(SocketOrder::Close { socket });
                match self.size.map(|size| bytes.cmp(&size)) {
                    None | Some(Ordering::Equal) => Step::Done,
                    Some(Ordering::Less) => self.cut_off(attempt, "closed too early", scope),
                    Some(Ordering::Greater) => {
                        self.state = State::Over;
                        Step::Broken(Broken::Surplus)
                    }
                }
            }
            SocketEvent::Closed { .. } if self.is_whole() => Step::Done,
            SocketEvent::Closed { why, .. } => self.cut_off(attempt, close_words(&why), scope),
            SocketEvent::FileFailed { socket, why } => {
                scope.cx.socket(SocketOrder::Close { socket });
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

    /// Before the first byte another method may still take over: the requester could not join its proxy, perhaps.
    fn cut_off(&mut self, attempt: AttemptId, why: &str, scope: &mut Scope) -> Step {
        self.state = State::Over;
        if self.moved > 0 {
            return Step::Broken(Broken::Interrupted(why.to_owned()));
        }
        scope.record.fail(attempt, format!("{why} before the first byte"), scope.cx);
        Step::Unreachable(Unreachable::Lost)
    }

    fn take_state(&mut self) -> State {
        std::mem::replace(&mut self.state, State::Over)
    }
}

impl Bytestream for Target {
    fn request(&mut self, request: IqRequest, scope: &mut Scope) -> Step {
        scope.cx.refuse(&request, &StanzaError::new("not-acceptable").with_text("one list at a time"));
        Step::Pending
    }

    fn asked(&self, _token: IqToken) -> bool {
        false
    }

    fn response(&mut self, _token: IqToken, _response: Response, _scope: &mut Scope) -> Step {
        Step::Pending
    }

    fn owns(&self, socket: SocketId) -> bool {
        match &self.state {
            State::Racing { race, .. } => race.owns(socket),
            State::Empty { socket: mine, .. }
            | State::Sealing { socket: mine, .. }
            | State::Pumping { socket: mine, .. } => *mine == socket,
            State::Over => false,
        }
    }

    fn socket(&mut self, event: SocketEvent, scope: &mut Scope) -> Step {
        match self.take_state() {
            State::Racing { query, mut race } => {
                let finish = race.socket(event, scope);
                self.raced(query, race, finish, scope)
            }
            sealing @ State::Sealing { attempt, .. } => {
                self.state = sealing;
                self.sealing(attempt, event, scope)
            }
            pumping @ State::Pumping { attempt, .. } => {
                self.state = pumping;
                self.pumping(attempt, event, scope)
            }
            State::Empty { socket, .. } => {
                if !matches!(event, SocketEvent::Closed { .. }) {
                    scope.cx.socket(SocketOrder::Close { socket });
                }
                Step::Done
            }
            State::Over => Step::Pending,
        }
    }

    fn is_independent(&self) -> bool {
        matches!(self.state, State::Sealing { .. } | State::Pumping { .. } | State::Empty { .. })
    }

    fn moved(&self) -> u64 {
        self.moved
    }

    fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Racing { race, .. } => Some(race.deadline()),
            State::Empty { until, .. } | State::Sealing { until, .. } | State::Pumping { until, .. } => Some(*until),
            State::Over => None,
        }
    }

    fn timeout(&mut self, scope: &mut Scope) -> Step {
        match self.take_state() {
            State::Racing { query, mut race } => {
                let finish = race.timeout(scope);
                self.raced(query, race, finish, scope)
            }
            State::Empty { socket, .. } => {
                scope.cx.socket(SocketOrder::Close { socket });
                Step::Done
            }
            State::Sealing { socket, attempt, .. } => {
                scope.cx.socket(SocketOrder::Close { socket });
                self.not_sealed(attempt, "no encryption", scope)
            }
            State::Pumping { socket, attempt, .. } => {
                scope.cx.socket(SocketOrder::Close { socket });
                if self.is_whole() || (self.size.is_none() && self.moved == 0) {
                    return Step::Done;
                }
                self.cut_off(attempt, "stands still", scope)
            }
            State::Over => Step::Pending,
        }
    }

    fn abandon(&mut self, scope: &mut Scope) {
        match self.take_state() {
            State::Racing { query, mut race } => {
                race.close("given up", scope);
                scope.cx.refuse(query, &StanzaError::new("not-acceptable"));
            }
            State::Empty { socket, .. } | State::Sealing { socket, .. } | State::Pumping { socket, .. } => {
                scope.cx.socket(SocketOrder::Close { socket });
            }
            State::Over => {}
        }
    }
}
