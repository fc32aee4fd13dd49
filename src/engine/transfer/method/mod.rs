//! Ways of moving bytes: what a bytestream is, and which there are.
//!
//! A [`Bytestream`] is one try at one method. It is told what happens to it, pushes what should be done about it into
//! the [`Scope`] it is lent, and returns how it stands as a [`Step`]. It knows neither how its name was agreed on nor
//! what the bytes are for; whoever owns it decides what follows.
//!
//! `Unreachable` exists only before the first payload byte: another method can take its place. `Broken` it is after
//! [`Step::Open`], and whenever the peer ends the stream on purpose: no other method follows.

use std::time::{Duration, Instant};

use jid::Jid;
use minidom::Element;

use super::record::Record;
use crate::engine::command::Via;
use crate::engine::context::Context;
use crate::engine::feature::{IqRequest, Response, Xep};
use crate::engine::iq::IqToken;
use crate::engine::reach::ReachEvent;
use crate::engine::{FileError, FileEvent, FileId, Fingerprint, Session, SocketEvent, SocketId};
use crate::xep::StreamId;
use crate::xep::stanza::StanzaError;

pub(crate) mod ibb;
pub(crate) mod oob;
pub(crate) mod socks5;

/// Every method, the preferred first.
pub(crate) static METHODS: &[Method] = &[socks5::METHOD, ibb::METHOD, oob::METHOD];

/// No byte in this time and an open stream counts as broken. Servers keep a lost session for resumption as long.
pub(crate) const STALL: Duration = Duration::from_mins(5);

/// A sender of an empty file may have nothing to say and yet not close; it gets this long to do so.
pub(crate) const EMPTY_LINGER: Duration = Duration::from_secs(3);

/// A line of [`METHODS`].
pub(crate) struct Method {
    /// Its name in a negotiation, and of every element that belongs to it.
    pub(crate) namespace: &'static str,
    /// Where it is specified.
    pub(crate) xep: Xep,
    /// What users call it; several, if it has several ways.
    pub(crate) vias: &'static [Via],
    /// It works wherever stanzas do, and peers take it up although an answer named another method.
    pub(crate) is_last_resort: bool,
    /// Its bytes pass outside of the sessions, and in clear unless they are sealed.
    pub(crate) leaves_the_session: bool,
    /// The element with which the initiator begins.
    pub(crate) opening: &'static str,
    /// The element that ends a stream of which not even the beginning was seen.
    pub(crate) closing: Option<&'static str>,
    /// Begins as the initiator, who sends.
    pub(crate) send: fn(Line, Span, &mut Scope) -> Begun,
    /// Answers the initiator's first request; none if it was refused and nothing changed.
    pub(crate) receive: fn(Line, Option<u64>, &IqRequest, &mut Scope) -> Option<Begun>,
    /// Answers a request for a stream that is unknown, or over.
    pub(crate) answer_stranger: fn(&IqRequest, &mut Shared, &mut Context),
    /// Tells the peer that no stream of that name will come.
    pub(crate) withdraw: Option<fn(&Line, &mut Context)>,
}

/// A bytestream that has begun, and how it stands.
pub(crate) type Begun = (Box<dyn Bytestream>, Step);

/// One try at one method.
pub(crate) trait Bytestream: Send {
    /// A request of the peer about this stream, other than its opening. It is answered exactly once.
    fn request(&mut self, request: IqRequest, scope: &mut Scope) -> Step;

    /// Something that came in a message.
    fn message(&mut self, _payload: &Element, _scope: &mut Scope) -> Step {
        Step::Pending
    }

    /// Whether this stream made that request.
    fn asked(&self, token: IqToken) -> bool;

    /// The answer to a request it made.
    fn response(&mut self, token: IqToken, response: Response, scope: &mut Scope) -> Step;

    /// Whether that socket belongs to it.
    fn owns(&self, _socket: SocketId) -> bool {
        false
    }

    /// Something about one of its sockets.
    fn socket(&mut self, _event: SocketEvent, _scope: &mut Scope) -> Step {
        Step::Pending
    }

    /// What the streams share changed: [`Shared`].
    fn look_around(&mut self, _scope: &mut Scope) -> Step {
        Step::Pending
    }

    /// A block or a write of the file is done.
    fn file(&mut self, _event: FileEvent, _scope: &mut Scope) -> Step {
        Step::Pending
    }

    /// Whether the stream goes on without the session, and without the peer's.
    fn is_independent(&self) -> bool {
        false
    }

    /// Takes out where the file is, if the stream leads elsewhere.
    fn pointer(&mut self) -> Option<oob::Pointer> {
        None
    }

    /// Payload bytes that have passed.
    fn moved(&self) -> u64;

    /// When [`Bytestream::timeout`] wants to be called.
    fn deadline(&self) -> Option<Instant>;

    /// The deadline was reached.
    fn timeout(&mut self, scope: &mut Scope) -> Step;

    /// Lets go of every socket and request, and tells the peer if it has to know.
    fn abandon(&mut self, scope: &mut Scope);
}

/// How a bytestream stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub(crate) enum Step {
    /// Nothing is decided.
    Pending,
    /// Bytes can move.
    Open,
    /// No byte can move this way.
    Unreachable(Unreachable),
    /// Bytes could move, and cannot any more.
    Broken(Broken),
    /// Every byte has arrived where it should.
    Done,
}

/// Why a stream did not come to be, as far as it matters to what follows; the words are in the attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreachable {
    /// It was tried and does not work, as the peer says itself.
    Failed,
    /// The peer did not say so; it may believe that the stream is there.
    Silent,
    /// Who should have said something is not there, or knows nothing of the stream any more.
    Lost,
    /// Our session ended before it was decided.
    Disconnected,
}

/// What it means that nobody answers: another Balcony answers by itself for as long as it is there.
pub(crate) fn unanswered(scope: &Scope) -> Unreachable {
    if scope.record.is_named() { Unreachable::Lost } else { Unreachable::Silent }
}

/// What an error means. Another Balcony may say by it that it is not there, or, as it refuses a stream that is `unknown`,
/// that it knows nothing of this one any more; other programs may mean something else by that.
pub(crate) fn refused(error: &StanzaError, unknown: &str, scope: &Scope) -> Unreachable {
    let is_lost = scope.record.is_named() && (error.says_absent() || error.condition == unknown);
    if is_lost { Unreachable::Lost } else { Unreachable::Failed }
}

/// Why an open stream ended too early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The way is gone.
    Interrupted(String),
    /// The peer ended it on purpose.
    Stopped,
    /// The peer broke the rules.
    Misbehaved(String),
    /// More came than belongs there: what did is not what was asked for, and nothing of it counts.
    Surplus,
    /// The file on this side.
    File(FileError),
    /// Our session ended.
    Disconnected,
}

/// The two ends of one stream, its name, and the file behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Our address as it was when the stream was agreed on.
    pub(crate) me: Jid,
    /// The other side's.
    pub(crate) peer: Jid,
    /// The name.
    pub(crate) sid: StreamId,
    /// The file.
    pub(crate) file: FileId,
    /// Which of the method's ways may be used.
    pub(crate) vias: Vec<Via>,
    /// How much of a file that is received was there before.
    pub(crate) begins_at: u64,
    /// Whether a checksum follows, which proves that what was there before and what came belong together.
    pub(crate) is_proven: bool,
    /// Whether the receiver says how much has arrived, where the stream leads through a proxy.
    pub(crate) is_tallied: bool,
    /// The other side's key, if both named one.
    pub(crate) seal: Option<Fingerprint>,
}

impl Line {
    /// How the peer is called in sentences.
    pub(crate) fn peer_name(&self) -> &str {
        called(&self.peer)
    }
}

/// How somebody is called in sentences: the part of the address that people choose.
pub(crate) fn called(peer: &Jid) -> &str {
    peer.node().map_or_else(|| peer.domain().as_str(), |node| node.as_str())
}

/// Which part of a file is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// Where it starts.
    pub(crate) offset: u64,
    /// How long it is.
    pub(crate) length: u64,
}

/// A method as far as this transfer may use it.
#[derive(Clone)]
pub(crate) struct Route {
    /// The method.
    pub(crate) method: &'static Method,
    /// Which of its ways.
    pub(crate) vias: Vec<Via>,
}

impl Route {
    /// The method's name in a negotiation.
    pub(crate) fn namespace(&self) -> &'static str {
        self.method.namespace
    }

    /// Whether both are the same method.
    pub(crate) fn names(&self, other: &Route) -> bool {
        self.namespace() == other.namespace()
    }
}

/// The methods behind what users configure, in the order in which they name them.
pub(crate) fn routes(vias: &[Via]) -> Vec<Route> {
    let mut routes: Vec<Route> = Vec::new();
    for via in vias {
        let Some(method) = METHODS.iter().find(|method| method.vias.contains(via)) else { continue };
        match routes.iter_mut().find(|route| route.method.namespace == method.namespace) {
            Some(route) if route.vias.contains(via) => {}
            Some(route) => route.vias.push(*via),
            None => routes.push(Route { method, vias: vec![*via] }),
        }
    }
    routes
}

/// The methods by which we receive, given those that users configure. An address of the web is asked about each time, so it
/// needs no configuration; it comes last.
pub(crate) fn receivable(vias: &[Via]) -> Vec<Route> {
    let with_http: Vec<Via> = vias.iter().copied().chain([Via::Http]).collect();
    routes(&with_http)
}

/// What users call these methods.
pub(crate) fn vias(routes: &[Route]) -> Vec<Via> {
    routes.iter().flat_map(|route| route.vias.iter().copied()).collect()
}

/// Whether a request ends a stream, even one that never began.
pub(crate) fn closes(request: &IqRequest) -> bool {
    let closing = find(&request.payload.ns()).and_then(|method| method.closing);
    closing.is_some_and(|closing| request.payload.name() == closing)
}

/// The method of that name.
pub(crate) fn find(namespace: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.namespace == namespace)
}

/// What every stream of a method has in common with the others.
#[derive(Default)]
pub(crate) struct Shared {
    /// The one listener, the connections that nobody claimed, the proxies.
    pub(crate) socks5: socks5::Common,
    /// What may be under way, and the streams that are over and whose peers may not know.
    pub(crate) ibb: ibb::Common,
}

impl Shared {
    /// A file is offered to somebody.
    pub(crate) fn foresee(&mut self, peer: &Jid, cx: &mut Context) {
        self.socks5.foresee(peer, cx);
    }

    /// The shell found something out about how others can reach us.
    pub(crate) fn reach(&mut self, event: &ReachEvent, cx: &mut Context) {
        self.socks5.reach(event, cx);
    }

    /// The session changed.
    pub(crate) fn session(&mut self, session: &Session, cx: &mut Context) {
        self.socks5.session(session, cx);
    }

    /// Takes what belongs to no stream; gives back what nobody knows.
    pub(crate) fn socket(&mut self, event: SocketEvent, cx: &mut Context) -> Option<SocketEvent> {
        self.socks5.socket(event, cx)
    }

    /// Whether a request was made for all streams.
    pub(crate) fn asked(&self, token: IqToken) -> bool {
        self.socks5.asked(token)
    }

    /// The answer to it.
    pub(crate) fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) {
        self.socks5.response(token, response, cx);
    }

    /// When [`Shared::timeout`] wants to be called.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.socks5.deadline()
    }

    /// The deadline was reached.
    pub(crate) fn timeout(&mut self, cx: &mut Context) {
        self.socks5.timeout(cx);
    }
}

/// What a bytestream may use while it is called.
pub(crate) struct Scope<'a> {
    /// The engine.
    pub(crate) cx: &'a mut Context,
    /// What streams share.
    pub(crate) shared: &'a mut Shared,
    /// What the user is told about this transfer.
    pub(crate) record: &'a mut Record,
}

impl Scope<'_> {
    /// `delay` from now.
    pub(crate) fn after(&self, delay: Duration) -> Instant {
        self.cx.after(delay)
    }

    /// Payload bytes have passed, so many in all.
    pub(crate) fn moved(&mut self, bytes: u64) {
        self.record.moved(bytes, self.cx);
    }
}
