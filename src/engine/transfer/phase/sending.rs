//! The initiator's life: opens the file, picks whom to ask, offers, and walks the methods until bytes move.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jid::{BareJid, Jid};
use minidom::Element;

use super::choice::{self, Choice, Time};
use super::{Life, ON, over};
use crate::engine::command::Via;
use crate::engine::context::Context;
use crate::engine::event::Failure;
use crate::engine::event::{Direction, OfferInfo, Outcome, PeerFault, Side, TransferChange, Verified};
use crate::engine::feature::{IqRequest, Response};
use crate::engine::iq::IqToken;
use crate::engine::transfer::fallback::{self, Answered, Next, Offer, Position};
use crate::engine::transfer::method::{self, Bytestream, Line, Route, Scope, Span, Step, Unreachable};
use crate::engine::transfer::negotiation::{Agreement, NEGOTIATIONS, Negotiation, Proposal};
use crate::engine::transfer::offer::FileOffer;
use crate::engine::transfer::profile::{PROFILES, Profile};
use crate::engine::transfer::{offer, outcome};
use crate::engine::{FileEvent, FileId, FileOrder, Partial};
use crate::xep::StreamId;
use crate::xep::si::Dialect;
use crate::xep::si_file::Range;
use crate::xep::stanza::StanzaError;

/// A person has to look up, read and press a key; and may be at lunch.
const OFFER_PATIENCE: Duration = Duration::from_mins(10);

/// What a contact's programs can is known as a rule; one that does not say within this time will not take a file either.
const CHOICE_PATIENCE: Duration = Duration::from_secs(10);

/// What the user asked for; enough to ask again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wish {
    /// To whom; a bare address lets us choose among their programs.
    pub(crate) to: Jid,
    /// Which file.
    pub(crate) path: PathBuf,
    /// Words that go with it.
    pub(crate) description: Option<String>,
    /// Only these methods; none means the configured ones.
    pub(crate) via: Vec<Via>,
}

/// The initiator's part in a transfer.
pub(crate) struct Sending {
    wish: Wish,
    file: FileId,
    offer: FileOffer,
    routes: Vec<Route>,
    phase: Phase,
}

enum Phase {
    /// For the file.
    Opening,
    /// For what the contact's programs can.
    Choosing { contact: BareJid, until: Instant },
    /// For the answer.
    Offering { offered: Offered, token: IqToken },
    /// For the bytes to move.
    Streaming(Streaming),
    /// Nothing comes any more.
    Over,
}

/// One offer as it was made.
#[derive(Clone)]
struct Offered {
    me: Jid,
    peer: Jid,
    proposal: Proposal,
    is_second: bool,
}

struct Streaming {
    offered: Offered,
    answered: Answered,
    span: Span,
    route: Route,
    left: VecDeque<Route>,
    /// The responder never gave its verdict on an earlier method, or did not agree on this one.
    in_doubt: bool,
    stream: Box<dyn Bytestream>,
}

/// Stream initiation and file transfer: what we propose.
fn ours() -> Option<(&'static Negotiation, &'static Profile)> {
    NEGOTIATIONS.first().zip(PROFILES.first())
}

impl Sending {
    /// Begins with the file.
    pub(crate) fn begin(wish: Wish, file: FileId, cx: &mut Context) -> Self {
        let via = if wish.via.is_empty() { cx.settings().methods.clone() } else { wish.via.clone() };
        let name = wish.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        cx.file(file, FileOrder::Open { path: wish.path.clone() });
        let offer = FileOffer {
            name: if name.is_empty() { offer::safe_name(&name) } else { name },
            unsafe_name: None,
            size: None,
            mime_type: None,
            description: wish.description.clone(),
            date: None,
            hash: None,
        };
        Sending { wish, file, offer, routes: method::routes(&via), phase: Phase::Opening }
    }

    /// What the user asked for.
    pub(crate) fn wish(&self) -> &Wish {
        &self.wish
    }

    /// With whom, under which name.
    pub(super) fn name(&self) -> Option<(&Jid, &StreamId)> {
        let offered = match &self.phase {
            Phase::Offering { offered, .. } | Phase::Streaming(Streaming { offered, .. }) => offered,
            Phase::Opening | Phase::Choosing { .. } | Phase::Over => return None,
        };
        Some((&offered.peer, &offered.proposal.sid))
    }

    pub(super) fn stream(&self) -> Option<&dyn Bytestream> {
        match &self.phase {
            Phase::Streaming(streaming) => Some(streaming.stream.as_ref()),
            Phase::Opening | Phase::Choosing { .. } | Phase::Offering { .. } | Phase::Over => None,
        }
    }

    pub(super) fn asked(&self, token: IqToken) -> bool {
        matches!(&self.phase, Phase::Offering { token: mine, .. } if *mine == token)
    }

    /// Something about the file.
    pub(super) fn file(&mut self, event: FileEvent, scope: &mut Scope) -> Life {
        match event {
            FileEvent::Failed(why) => over(Outcome::Failed(Failure::Local(why))),
            FileEvent::Opened { size, modified } if matches!(self.phase, Phase::Opening) => {
                self.offer.size = Some(size);
                self.offer.date = modified;
                self.choose(scope)
            }
            FileEvent::Opened { .. }
            | FileEvent::Block { .. }
            | FileEvent::Created { .. }
            | FileEvent::Written { .. }
            | FileEvent::Committed { .. } => self.with_stream(scope, |stream, scope| stream.file(event, scope)),
        }
    }

    /// Whom to ask: whom the user named, or the likeliest of a contact's programs once they told what they can.
    fn choose(&mut self, scope: &mut Scope) -> Life {
        let contact = match self.wish.to.try_as_full() {
            Ok(_) => return self.offer_to(self.wish.to.clone(), scope),
            Err(bare) => bare.clone(),
        };
        for program in choice::programs(&contact, scope.cx) {
            scope.cx.peers.learn(&program);
        }
        self.phase = Phase::Choosing { contact, until: scope.after(CHOICE_PATIENCE) };
        self.choose_among(scope)
    }

    /// What somebody can is known now.
    pub(crate) fn learnt(&mut self, scope: &mut Scope) -> Life {
        if matches!(self.phase, Phase::Choosing { .. }) { self.choose_among(scope) } else { ON }
    }

    fn choose_among(&mut self, scope: &mut Scope) -> Life {
        let (Phase::Choosing { contact, until }, Some((_, profile))) = (&self.phase, ours()) else { return ON };
        let time = if *until <= scope.cx.now().instant { Time::Over } else { Time::Left };
        let programs = choice::programs(contact, scope.cx);
        match choice::choose(&programs, profile.namespace, time, |jid| scope.cx.peers.features_of(jid)) {
            Choice::Offer(program) => self.offer_to(program, scope),
            Choice::Wait => ON,
            Choice::Nobody(fault) => over(outcome::peer(fault)),
        }
    }

    fn offer_to(&mut self, peer: Jid, scope: &mut Scope) -> Life {
        let me = scope.cx.me().filter(|_| scope.cx.is_online()).cloned();
        let (Some(me), Some((_, profile))) = (me, ours()) else {
            return over(Outcome::Failed(Failure::Disconnected));
        };
        let proposal = Proposal {
            sid: StreamId(scope.cx.fresh_id()),
            profile,
            file: self.offer.clone(),
            routes: self.routes.clone(),
            is_multiple: true,
            dialect: Dialect::Si,
        };
        self.announce(peer.clone(), scope);
        self.offer(Offered { me: me.into(), peer, proposal, is_second: false }, scope);
        ON
    }

    fn offer(&mut self, offered: Offered, scope: &mut Scope) {
        let Some((negotiation, _)) = ours() else { return };
        let payload = (negotiation.write_offer)(&offered.proposal);
        let token = scope.cx.set_lasting(Some(offered.peer.clone()), payload, OFFER_PATIENCE);
        self.phase = Phase::Offering { offered, token };
    }

    /// Tells that the transfer exists, once: when it is known with whom, or that there will be nobody.
    fn announce(&self, peer: Jid, scope: &mut Scope) {
        let is_contact = scope.cx.contacts.is_contact(&peer.to_bare());
        let info = OfferInfo {
            direction: Direction::Sending,
            peer,
            is_contact,
            name: self.offer.name.clone(),
            offered_name: None,
            size: self.offer.size,
            mime_type: self.offer.mime_type.clone(),
            description: self.offer.description.clone(),
            date: self.offer.date,
            hash: None,
            methods: vias(&self.routes),
            si_multiple: true,
            path: Some(self.wish.path.clone()),
        };
        scope.record.tell(TransferChange::Offered(Box::new(info)), scope.cx);
    }

    /// The answer to a request.
    pub(super) fn response(&mut self, token: IqToken, response: Response, scope: &mut Scope) -> Life {
        if !self.asked(token) {
            return self.with_stream(scope, |stream, scope| stream.response(token, response, scope));
        }
        let (Phase::Offering { offered, .. }, Some((negotiation, _))) = (self.take_phase(), ours()) else { return ON };
        match response {
            Response::Result(payload) => match (negotiation.read_answer)(payload.as_ref(), &offered.proposal) {
                Ok(agreement) => self.agreed(offered, agreement, scope),
                Err(why) => not_agreed(&offered, outcome::peer(PeerFault::Incompatible(why)), scope),
            },
            Response::Error(_) if choice::is_away(&offered.peer, scope.cx) => over(outcome::peer(PeerFault::Gone)),
            Response::Error(error) => {
                let refusal = (negotiation.read_refusal)(&error);
                not_agreed(&offered, refusal, scope)
            }
            Response::Timeout => {
                let why = outcome::peer(PeerFault::Silent("nobody answered the offer".to_owned()));
                self.phase = Phase::Offering { offered, token };
                over(why)
            }
            Response::Disconnected => over(Outcome::Failed(Failure::Disconnected)),
        }
    }

    fn agreed(&mut self, offered: Offered, agreement: Agreement, scope: &mut Scope) -> Life {
        let Some(span) = span(self.offer.size.unwrap_or(0), agreement.range) else {
            let why = "they asked for a part that the file does not have";
            return over(outcome::peer(PeerFault::Misbehaved(why.to_owned())));
        };
        scope.record.accept(Some(span.length), scope.cx);
        let change = TransferChange::Answered { methods: vias(&agreement.routes), path: None };
        scope.record.tell(change, scope.cx);
        let answered = if agreement.is_multiple { Answered::Several } else { Answered::One };
        let mut left: VecDeque<Route> = agreement.routes.into();
        let Some(route) = left.pop_front() else { return over(outcome::unreachable(scope.record)) };
        let walk = Walk { offered, answered, span, left, in_doubt: false };
        self.walk(walk, route, scope)
    }

    /// Tries one method.
    fn walk(&mut self, walk: Walk, route: Route, scope: &mut Scope) -> Life {
        let Walk { offered, answered, span, left, in_doubt } = walk;
        let line = self.line(&offered, &route);
        let (stream, step) = (route.method.send)(line, span, scope);
        self.phase = Phase::Streaming(Streaming { offered, answered, span, route, left, in_doubt, stream });
        self.follow(step, scope)
    }

    fn line(&self, offered: &Offered, route: &Route) -> Line {
        Line {
            me: offered.me.clone(),
            peer: offered.peer.clone(),
            sid: offered.proposal.sid.clone(),
            file: self.file,
            vias: route.vias.clone(),
        }
    }

    /// Lets the stream act, and follows what it says.
    pub(super) fn with_stream(
        &mut self,
        scope: &mut Scope,
        act: impl FnOnce(&mut dyn Bytestream, &mut Scope) -> Step,
    ) -> Life {
        let Phase::Streaming(streaming) = &mut self.phase else { return ON };
        let step = act(streaming.stream.as_mut(), scope);
        self.follow(step, scope)
    }

    fn follow(&mut self, step: Step, scope: &mut Scope) -> Life {
        let Phase::Streaming(streaming) = &self.phase else { return ON };
        match step {
            Step::Pending | Step::Open => ON,
            Step::Done => over(Outcome::Completed {
                via: scope.record.via(),
                bytes: streaming.span.length,
                took: scope.record.took(scope.cx),
                path: None,
                verified: Verified::No,
            }),
            Step::Broken(why) => over(outcome::of_broken(why, streaming.stream.moved(), None, scope.record)),
            Step::Unreachable(why) => self.fall_back(why, scope),
        }
    }

    fn fall_back(&mut self, why: Unreachable, scope: &mut Scope) -> Life {
        let Phase::Streaming(streaming) = self.take_phase() else { return ON };
        let Streaming { offered, answered, span, route, mut left, in_doubt, .. } = streaming;
        let last_resort = offered.proposal.routes.iter().find(|route| route.method.is_last_resort).cloned();
        let position = Position {
            answered,
            offer: if offered.is_second {
                Offer::Second
            } else {
                Offer::First { with_last_resort: last_resort.is_some() }
            },
            untried: left.len(),
            was_last_resort: route.method.is_last_resort,
            is_in_doubt: in_doubt,
        };
        let in_doubt = in_doubt || (why == Unreachable::Silent && !route.method.is_last_resort);
        match (fallback::next(position, why), left.pop_front(), last_resort) {
            (Next::Agreed, Some(next), _) => self.walk(Walk { offered, answered, span, left, in_doubt }, next, scope),
            (Next::Unasked, _, Some(last)) => {
                self.walk(Walk { offered, answered, span, left, in_doubt: true }, last, scope)
            }
            (Next::OfferAgain, _, Some(last)) => {
                self.offer_again(offered, last, scope);
                ON
            }
            (Next::GiveUp | Next::Agreed | Next::Unasked | Next::OfferAgain, ..) => over(match why {
                Unreachable::Disconnected => Outcome::Failed(Failure::Disconnected),
                Unreachable::Failed | Unreachable::Silent => outcome::unreachable(scope.record),
            }),
        }
    }

    /// The same file under a fresh name, in-band only: an ordinary offer to every peer.
    fn offer_again(&mut self, offered: Offered, last_resort: Route, scope: &mut Scope) {
        let sid = StreamId(scope.cx.fresh_id());
        let proposal = Proposal { sid, routes: vec![last_resort], ..offered.proposal };
        self.offer(Offered { proposal, is_second: true, ..offered }, scope);
    }

    /// A request of the peer about our stream.
    pub(super) fn request(&mut self, request: IqRequest, scope: &mut Scope) -> Life {
        let is_for_stream =
            matches!(&self.phase, Phase::Streaming(streaming) if request.payload.has_ns(streaming.route.namespace()));
        if is_for_stream {
            return self.with_stream(scope, |stream, scope| stream.request(request, scope));
        }
        if is_closing(&request) {
            scope.cx.answer(&request, None);
            return over(Outcome::Cancelled { by: Side::Peer });
        }
        scope.cx.refuse(&request, &StanzaError::new("item-not-found"));
        ON
    }

    /// An offer that never reached anybody has to be made again, and only the user knows whether that is still wanted.
    pub(super) fn undelivered(&mut self, payload: &Element) -> Life {
        match &self.phase {
            Phase::Offering { offered, .. } if payload.attr("id") == Some(&offered.proposal.sid.0) => {
                over(Outcome::Failed(Failure::Disconnected))
            }
            Phase::Opening | Phase::Choosing { .. } | Phase::Offering { .. } | Phase::Streaming(_) | Phase::Over => ON,
        }
    }

    pub(super) fn peer_gone(&mut self, scope: &mut Scope) -> Life {
        match &self.phase {
            Phase::Offering { .. } => over(outcome::peer(PeerFault::Gone)),
            Phase::Streaming(streaming) => over(outcome::of_peer_gone(streaming.stream.moved(), None, scope.record)),
            Phase::Opening | Phase::Choosing { .. } | Phase::Over => ON,
        }
    }

    /// An offer under the same address can still be answered; under another one nothing reaches us.
    pub(super) fn new_session(&mut self, me: &Jid) -> Life {
        match &self.phase {
            Phase::Offering { offered, .. } | Phase::Streaming(Streaming { offered, .. }) if offered.me != *me => {
                over(Outcome::Failed(Failure::Disconnected))
            }
            Phase::Opening | Phase::Choosing { .. } | Phase::Offering { .. } | Phase::Streaming(_) | Phase::Over => ON,
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Choosing { until, .. } => Some(*until),
            Phase::Opening | Phase::Offering { .. } | Phase::Streaming(_) | Phase::Over => None,
        }
    }

    pub(super) fn timeout(&mut self, scope: &mut Scope) -> Life {
        if matches!(self.phase, Phase::Choosing { .. }) {
            return self.choose_among(scope);
        }
        self.with_stream(scope, |stream, scope| stream.timeout(scope))
    }

    /// Lets go of everything. A peer that was asked, or waits for bytes, is told that none will come.
    pub(super) fn end(&mut self, scope: &mut Scope) {
        if matches!(self.phase, Phase::Opening | Phase::Choosing { .. }) {
            self.announce(self.wish.to.clone(), scope);
        }
        scope.cx.file(self.file, FileOrder::Close { partial: Partial::Keep });
        match self.take_phase() {
            Phase::Offering { offered, token } => {
                scope.cx.forget(token);
                self.withdraw(&offered, scope);
            }
            Phase::Streaming(mut streaming) => {
                let was_flowing = streaming.stream.moved() > 0 || streaming.stream.is_independent();
                streaming.stream.abandon(scope);
                if !was_flowing && !streaming.route.method.is_last_resort {
                    self.withdraw(&streaming.offered, scope);
                }
            }
            Phase::Opening | Phase::Choosing { .. } | Phase::Over => {}
        }
    }

    fn withdraw(&self, offered: &Offered, scope: &mut Scope) {
        for route in &offered.proposal.routes {
            if let Some(withdraw) = route.method.withdraw {
                withdraw(&self.line(offered, route), scope.cx);
            }
        }
    }

    fn take_phase(&mut self) -> Phase {
        std::mem::replace(&mut self.phase, Phase::Over)
    }
}

/// A second offer that is refused adds nothing to why the first one led nowhere, unless a person said no.
fn not_agreed(offered: &Offered, why: Outcome, scope: &Scope) -> Life {
    let is_declined = matches!(why, Outcome::Declined { .. });
    over(if offered.is_second && !is_declined { outcome::unreachable(scope.record) } else { why })
}

/// A walk through the methods, between two of them.
struct Walk {
    offered: Offered,
    answered: Answered,
    span: Span,
    left: VecDeque<Route>,
    in_doubt: bool,
}

/// Whether a request ends a stream that was never begun.
pub(super) fn is_closing(request: &IqRequest) -> bool {
    let method = method::find(&request.payload.ns());
    method.and_then(|method| method.closing).is_some_and(|closing| request.payload.name() == closing)
}

/// The part of the file that is wanted, if it has it.
fn span(size: u64, range: Option<Range>) -> Option<Span> {
    let range = range.unwrap_or_default();
    let offset = range.offset.unwrap_or(0);
    let rest = size.checked_sub(offset)?;
    Some(Span { offset, length: range.length.map_or(rest, |length| length.min(rest)) })
}

/// What users call these methods.
pub(super) fn vias(routes: &[Route]) -> Vec<Via> {
    routes.iter().flat_map(|route| route.vias.iter().copied()).collect()
}
