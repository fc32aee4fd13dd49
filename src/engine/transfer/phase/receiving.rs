//! The responder's life: asks the user, makes room for the file, answers, and takes whichever agreed method comes next.
//!
//! The initiator decides when to go on to another method; we only keep the stream's name alive for it, some time even
//! if a plain answer named one method only: libpurple opens in-band all the same. While no byte has come a new method
//! replaces the old one, for a Gabble goes on to in-band although we believe that SOCKS5 is up.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jid::Jid;
use minidom::Element;

use super::sending::{is_closing, vias};
use super::{Life, ON, over};
use crate::engine::command::Via;
use crate::engine::event::{Direction, Failure, OfferInfo, Outcome, PeerFault, Side, TransferChange, Verified};
use crate::engine::feature::IqRequest;
use crate::engine::transfer::attempt::AttemptId;
use crate::engine::transfer::method::{self, Bytestream, Line, Method, Route, Scope, Step};
use crate::engine::transfer::negotiation::{Agreement, Negotiation, Proposal};
use crate::engine::transfer::outcome;
use crate::engine::{Digest, FileError, FileEvent, FileId, FileOrder, Partial, Place};
use crate::xep::StreamId;
use crate::xep::stanza::StanzaError;

/// The user has this long to decide; a little more than our own senders wait, so that theirs is the word that ends it.
const DECISION_PATIENCE: Duration = Duration::from_mins(15);

/// Once accepted, a sender may wait longer than a minute for the fate of a method that we never heard of, before it
/// begins with another.
const BEGINNING_PATIENCE: Duration = Duration::from_secs(90);

/// A sender that goes on to another method does it within milliseconds; libpurple waits as long for it as this.
const NEXT_METHOD_PATIENCE: Duration = Duration::from_secs(30);

/// How many methods a sender may begin. Each is a search of some seconds.
const MOST_BEGINNINGS: usize = 8;

/// The responder's part in a transfer.
pub(crate) struct Receiving {
    me: Jid,
    peer: Jid,
    file: FileId,
    negotiation: &'static Negotiation,
    proposal: Proposal,
    agreement: Agreement,
    /// The offer, until it is answered.
    offer: Option<IqRequest>,
    path: Option<PathBuf>,
    beginnings: usize,
    phase: Phase,
}

enum Phase {
    /// For the user.
    Offered { until: Instant },
    /// For the file to be made.
    Creating,
    /// For the sender's next method.
    Awaiting { until: Instant, attempt: Option<AttemptId> },
    /// For the bytes.
    Streaming { method: &'static Method, stream: Box<dyn Bytestream> },
    /// For the file to get its name.
    Committing { bytes: u64 },
    /// Nothing comes any more.
    Over,
}

/// An offer that can be taken.
pub(crate) struct Incoming {
    /// As which address we were asked.
    pub(crate) me: Jid,
    /// By whom.
    pub(crate) peer: Jid,
    /// The request, to be answered.
    pub(crate) request: IqRequest,
    /// By which way of agreeing.
    pub(crate) negotiation: &'static Negotiation,
    /// What it proposes.
    pub(crate) proposal: Proposal,
}

impl Receiving {
    /// Begins with an offer, of which the user is told.
    pub(crate) fn begin(incoming: Incoming, file: FileId, scope: &mut Scope) -> Self {
        let Incoming { me, peer, request, negotiation, proposal } = incoming;
        let preferred = method::routes(&scope.cx.settings().methods);
        let usual = method::routes(&Via::ALL);
        let agreement = proposal.agree(&preferred, &usual);
        let phase = Phase::Offered { until: scope.after(DECISION_PATIENCE) };
        let offer = Some(request);
        let receiving =
            Receiving { me, peer, file, negotiation, proposal, agreement, offer, path: None, beginnings: 0, phase };
        receiving.announce(scope);
        receiving
    }

    fn announce(&self, scope: &mut Scope) {
        let file = &self.proposal.file;
        let info = OfferInfo {
            direction: Direction::Receiving,
            peer: self.peer.clone(),
            is_contact: scope.cx.contacts.is_contact(&self.peer.to_bare()),
            name: file.name.clone(),
            offered_name: file.unsafe_name.clone(),
            size: file.size,
            mime_type: file.mime_type.clone(),
            description: file.description.clone(),
            date: file.date,
            hash: file.hash.clone(),
            methods: vias(&self.proposal.routes),
            si_multiple: self.proposal.is_multiple,
            path: None,
        };
        scope.record.tell(TransferChange::Offered(Box::new(info)), scope.cx);
    }

    /// With whom, under which name.
    pub(super) fn name(&self) -> (&Jid, &StreamId) {
        (&self.peer, &self.proposal.sid)
    }

    /// Whether the user has not decided yet.
    pub(crate) fn is_undecided(&self) -> bool {
        matches!(self.phase, Phase::Offered { .. })
    }

    pub(super) fn stream(&self) -> Option<&dyn Bytestream> {
        match &self.phase {
            Phase::Streaming { stream, .. } => Some(stream.as_ref()),
            Phase::Offered { .. }
            | Phase::Creating
            | Phase::Awaiting { .. }
            | Phase::Committing { .. }
            | Phase::Over => None,
        }
    }

    /// The user says yes. The file is made first: if it cannot be, the answer is no.
    pub(crate) fn accept(&mut self, save_as: Option<PathBuf>, scope: &mut Scope) -> Life {
        if !self.is_undecided() {
            return ON;
        }
        let FileFacts { name, size, digest } = self.facts();
        let place = match save_as {
            None => Place::Downloads { name },
            Some(path) => Place::Chosen { path, name },
        };
        scope.cx.file(self.file, FileOrder::Create { place, size, digest });
        self.phase = Phase::Creating;
        ON
    }

    fn facts(&self) -> FileFacts {
        let file = &self.proposal.file;
        FileFacts { name: file.name.clone(), size: file.size, digest: file.hash.as_ref().map(|_| Digest::Md5) }
    }

    /// The user says no.
    pub(crate) fn decline(&mut self) -> Life {
        if self.is_undecided() { over(Outcome::Declined { by: Side::Us }) } else { ON }
    }

    /// Something about the file.
    pub(super) fn file(&mut self, event: FileEvent, scope: &mut Scope) -> Life {
        match event {
            FileEvent::Failed(why) => over(Outcome::Failed(Failure::Local(why))),
            FileEvent::Created { path } if matches!(self.phase, Phase::Creating) => {
                self.answer(path, scope);
                ON
            }
            FileEvent::Committed { path, digest } => self.committed(path, digest.as_deref(), scope),
            FileEvent::Opened { .. }
            | FileEvent::Block { .. }
            | FileEvent::Created { .. }
            | FileEvent::Written { .. } => self.with_stream(scope, |stream, scope| stream.file(event, scope)),
        }
    }

    fn answer(&mut self, path: PathBuf, scope: &mut Scope) {
        if let Some(offer) = self.offer.take() {
            let payload = (self.negotiation.write_answer)(&self.proposal, &self.agreement);
            scope.cx.answer(&offer, Some(payload));
        }
        scope.record.accept(self.proposal.file.size, scope.cx);
        let methods = vias(&self.agreement.routes);
        scope.record.tell(TransferChange::Answered { methods, path: Some(path.clone()) }, scope.cx);
        self.path = Some(path);
        self.phase = Phase::Awaiting { until: scope.after(BEGINNING_PATIENCE), attempt: None };
    }

    /// A request of the peer about our stream.
    pub(super) fn request(&mut self, request: IqRequest, scope: &mut Scope) -> Life {
        let method = method::find(&request.payload.ns());
        match method.filter(|method| request.payload.name() == method.opening) {
            Some(method) if self.may_begin(method) => return self.begin_method(method, &request, scope),
            Some(_) | None => {}
        }
        let is_for_stream =
            matches!(&self.phase, Phase::Streaming { method, .. } if request.payload.has_ns(method.namespace));
        if is_for_stream {
            return self.with_stream(scope, |stream, scope| stream.request(request, scope));
        }
        if is_closing(&request) {
            scope.cx.answer(&request, None);
            return self.closed();
        }
        scope.cx.refuse(&request, &StanzaError::new("item-not-found").with_text("this stream is not to be begun so"));
        ON
    }

    /// The sender ends a stream that is not there: it gives up, unless it only closes in good order what has arrived whole.
    fn closed(&self) -> Life {
        if self.is_whole() { ON } else { over(Outcome::Cancelled { by: Side::Peer }) }
    }

    pub(super) fn is_whole(&self) -> bool {
        matches!(self.phase, Phase::Committing { .. })
    }

    /// Whether the initiator may begin that method now: it was agreed on, or is what peers open without agreement; and
    /// no byte has come by another.
    fn may_begin(&self, method: &Method) -> bool {
        let is_free = match &self.phase {
            Phase::Awaiting { .. } => true,
            Phase::Streaming { method: current, stream } => {
                current.namespace != method.namespace && stream.moved() == 0
            }
            Phase::Offered { .. } | Phase::Creating | Phase::Committing { .. } | Phase::Over => false,
        };
        is_free && self.beginnings < MOST_BEGINNINGS && self.route(method).is_some()
    }

    fn route(&self, method: &Method) -> Option<&Route> {
        let is_it = |route: &&Route| route.namespace() == method.namespace;
        let unasked = self.proposal.routes.iter().filter(|route| route.method.is_last_resort);
        self.agreement.routes.iter().chain(unasked).find(is_it)
    }

    fn begin_method(&mut self, method: &'static Method, request: &IqRequest, scope: &mut Scope) -> Life {
        let Some(line) = self.route(method).map(|route| self.line(route)) else { return ON };
        self.beginnings += 1;
        let old = std::mem::replace(&mut self.phase, Phase::Over);
        if let Phase::Streaming { mut stream, .. } = old {
            stream.abandon(scope);
            self.phase = self.awaiting_next(scope);
        } else {
            self.phase = old;
        }
        match (method.receive)(line, self.proposal.file.size, request, scope) {
            None => ON,
            Some((stream, step)) => {
                self.phase = Phase::Streaming { method, stream };
                self.follow(step, scope)
            }
        }
    }

    fn line(&self, route: &Route) -> Line {
        Line {
            me: self.me.clone(),
            peer: self.peer.clone(),
            sid: self.proposal.sid.clone(),
            file: self.file,
            vias: route.vias.clone(),
        }
    }

    /// Something for our stream that came in a message.
    pub(super) fn message(&mut self, payload: &Element, scope: &mut Scope) -> Life {
        self.with_stream(scope, |stream, scope| stream.message(payload, scope))
    }

    /// Lets the stream act, and follows what it says.
    pub(super) fn with_stream(
        &mut self,
        scope: &mut Scope,
        act: impl FnOnce(&mut dyn Bytestream, &mut Scope) -> Step,
    ) -> Life {
        let Phase::Streaming { stream, .. } = &mut self.phase else { return ON };
        let step = act(stream.as_mut(), scope);
        self.follow(step, scope)
    }

    fn follow(&mut self, step: Step, scope: &mut Scope) -> Life {
        let Phase::Streaming { stream, method } = &self.phase else { return ON };
        match step {
            Step::Pending | Step::Open => ON,
            Step::Done => {
                let bytes = stream.moved();
                scope.cx.file(self.file, FileOrder::Commit);
                self.phase = Phase::Committing { bytes };
                ON
            }
            Step::Broken(why) => {
                let kept = self.partial_path(stream.moved());
                over(outcome::of_broken(why, stream.moved(), kept, scope.record))
            }
            Step::Unreachable(_) => {
                let method = *method;
                self.await_another(method, scope)
            }
        }
    }

    /// After a method failed: if another one can still come, it gets some time.
    fn await_another(&mut self, failed: &Method, scope: &mut Scope) -> Life {
        let routes = self.agreement.routes.iter().chain(self.proposal.routes.iter());
        let mut others = routes.filter(|route| route.namespace() != failed.namespace);
        if !others.any(|route| self.route(route.method).is_some()) {
            return over(outcome::unreachable(scope.record));
        }
        self.phase = self.awaiting_next(scope);
        ON
    }

    fn awaiting_next(&self, scope: &mut Scope) -> Phase {
        let name = self.peer.node().map_or_else(|| self.peer.domain().to_string(), ToString::to_string);
        let doing = format!("waiting for {name} to go on");
        let attempt = scope.record.expect(Via::InBand, doing, NEXT_METHOD_PATIENCE, scope.cx);
        Phase::Awaiting { until: scope.after(NEXT_METHOD_PATIENCE), attempt: Some(attempt) }
    }

    fn committed(&mut self, path: PathBuf, digest: Option<&[u8]>, scope: &mut Scope) -> Life {
        let Phase::Committing { bytes } = self.phase else { return ON };
        self.phase = Phase::Over;
        let verified = match (&self.proposal.file.hash, digest.map(hexadecimal)) {
            (Some(expected), Some(found)) if *expected != found => {
                let expected = expected.clone();
                return over(Outcome::Failed(Failure::Corrupt { expected, found, kept: Some(path) }));
            }
            (Some(_), Some(_)) => Verified::Md5,
            (Some(_), None) | (None, _) => Verified::No,
        };
        let (via, took) = (scope.record.via(), scope.record.took(scope.cx));
        over(Outcome::Completed { via, bytes, took, path: Some(path), verified })
    }

    pub(super) fn peer_gone(&mut self, scope: &mut Scope) -> Life {
        match &self.phase {
            Phase::Offered { .. } | Phase::Creating => over(Outcome::Cancelled { by: Side::Peer }),
            Phase::Awaiting { .. } => over(outcome::peer(PeerFault::Gone)),
            Phase::Streaming { stream, .. } => {
                let moved = stream.moved();
                over(outcome::of_peer_gone(moved, self.partial_path(moved), scope.record))
            }
            Phase::Committing { .. } | Phase::Over => ON,
        }
    }

    /// Under the same address the offer can still be answered and a method still begin; blocks that were on their way
    /// are lost.
    pub(super) fn new_session(&mut self, me: &Jid, scope: &mut Scope) -> Life {
        let is_other_address = self.me != *me;
        match &self.phase {
            Phase::Streaming { stream, .. } if is_other_address || stream.moved() > 0 => {
                let kept = self.partial_path(stream.moved());
                over(outcome::of_broken(method::Broken::Disconnected, stream.moved(), kept, scope.record))
            }
            Phase::Offered { .. } | Phase::Creating | Phase::Awaiting { .. } if is_other_address => {
                over(Outcome::Failed(Failure::Disconnected))
            }
            Phase::Offered { .. }
            | Phase::Creating
            | Phase::Awaiting { .. }
            | Phase::Streaming { .. }
            | Phase::Committing { .. }
            | Phase::Over => ON,
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Offered { until } | Phase::Awaiting { until, .. } => Some(*until),
            Phase::Creating | Phase::Streaming { .. } | Phase::Committing { .. } | Phase::Over => None,
        }
    }

    pub(super) fn timeout(&mut self, scope: &mut Scope) -> Life {
        match self.phase {
            Phase::Offered { .. } => over(Outcome::Declined { by: Side::Us }),
            Phase::Awaiting { attempt, .. } => {
                if let Some(attempt) = attempt {
                    scope.record.fail(attempt, "not tried by the sender", scope.cx);
                }
                if scope.record.tried().is_empty() {
                    let why = "they were answered and did not begin to send";
                    return over(outcome::peer(PeerFault::Silent(why.to_owned())));
                }
                over(outcome::unreachable(scope.record))
            }
            Phase::Streaming { .. } => self.with_stream(scope, |stream, scope| stream.timeout(scope)),
            Phase::Creating | Phase::Committing { .. } | Phase::Over => ON,
        }
    }

    /// Lets go of everything. A peer that has no answer gets one; one that might still begin is told not to.
    pub(super) fn end(&mut self, outcome: &Outcome, partial: Partial, scope: &mut Scope) {
        if let Some(offer) = self.offer.take() {
            scope.cx.refuse(&offer, &refusal(self.negotiation, outcome));
        }
        let arrived = match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Offered { .. } => return,
            Phase::Creating => false,
            Phase::Awaiting { .. } => {
                self.withdraw(scope);
                false
            }
            Phase::Streaming { mut stream, .. } => {
                stream.abandon(scope);
                stream.moved() > 0
            }
            Phase::Committing { bytes } => bytes > 0,
            Phase::Over => true,
        };
        let partial = if arrived { partial } else { Partial::Remove };
        scope.cx.file(self.file, FileOrder::Close { partial });
    }

    fn withdraw(&self, scope: &mut Scope) {
        for route in &self.proposal.routes {
            if let Some(withdraw) = route.method.withdraw {
                withdraw(&self.line(route), scope.cx);
            }
        }
    }

    /// Where the part lies that has arrived.
    fn partial_path(&self, arrived: u64) -> Option<PathBuf> {
        self.path.as_deref().filter(|_| arrived > 0).map(with_part)
    }
}

struct FileFacts {
    name: String,
    size: Option<u64>,
    digest: Option<Digest>,
}

/// The answer to an offer that is not accepted. BitlBee hears nothing but a decline.
fn refusal(negotiation: &Negotiation, outcome: &Outcome) -> StanzaError {
    let decline = (negotiation.decline)();
    match outcome {
        Outcome::Failed(Failure::Local(FileError::Full { .. })) => decline.with_text("no space is left here"),
        Outcome::Failed(Failure::Local(_)) => decline.with_text("the file cannot be stored here"),
        Outcome::Failed(_) | Outcome::Completed { .. } | Outcome::Declined { .. } | Outcome::Cancelled { .. } => {
            decline
        }
    }
}

fn with_part(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    part.into()
}

fn hexadecimal(digest: &[u8]) -> String {
    use std::fmt::Write;
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
