//! How the responder follows the initiator from method to method.
//!
//! The initiator decides when to go on; we only keep the stream's name alive for it, some time even if a plain answer
//! named one method only: libpurple opens in-band all the same. While no byte has come a new method replaces the old
//! one, for a Gabble goes on to in-band although we believe that SOCKS5 is up.

use std::time::Duration;

use minidom::Element;

use super::{Phase, Receiving};
use crate::engine::Keep;
use crate::engine::command::Via;
use crate::engine::event::{Outcome, Side};
use crate::engine::feature::IqRequest;
use crate::engine::journal::Prefix;
use crate::engine::transfer::method::{self, Broken, Bytestream, Method, Route, Scope, Step};
use crate::engine::transfer::outcome;
use crate::engine::transfer::phase::{Life, ON, over};
use crate::xep::checksum::is_checksum;
use crate::xep::stanza::StanzaError;

/// A sender that goes on to another method does it within milliseconds; libpurple waits as long for it as this.
const NEXT_METHOD_PATIENCE: Duration = Duration::from_secs(30);

/// How many methods a sender may begin. Each is a search of some seconds.
const MOST_BEGINNINGS: usize = 8;

impl Receiving {
    /// A request of the peer about our stream.
    pub(in super::super) fn request(&mut self, request: IqRequest, scope: &mut Scope) -> Life {
        if is_checksum(&request.payload) {
            return self.stated(request, scope);
        }
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
        if method::closes(&request) {
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

    /// Whether the initiator may begin that method now: it was agreed on, or is what peers open without agreement; and
    /// no byte has come by another.
    fn may_begin(&self, method: &Method) -> bool {
        let is_free = match &self.phase {
            Phase::Awaiting { .. } => true,
            Phase::Streaming { method: current, stream } => {
                current.namespace != method.namespace && stream.moved() == 0
            }
            Phase::Offered { .. }
            | Phase::Reopening
            | Phase::Creating
            | Phase::Checking { .. }
            | Phase::Committing { .. }
            | Phase::Over => false,
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
            scope.record.fail_unfinished(&format!("{} gave it up", method::called(&self.peer)), scope.cx);
            self.phase = self.awaiting_next(scope);
        } else {
            self.phase = old;
        }
        let missing = self.proposal.file.size.map(|size| size.saturating_sub(self.landing.base()));
        match (method.receive)(line, missing, request, scope) {
            None => ON,
            Some((stream, step)) => {
                self.phase = Phase::Streaming { method, stream };
                self.follow(step, scope)
            }
        }
    }

    /// Something for our stream that came in a message.
    pub(in super::super) fn message(&mut self, payload: &Element, scope: &mut Scope) -> Life {
        self.with_stream(scope, |stream, scope| stream.message(payload, scope))
    }

    /// Lets the stream act, and follows what it says.
    pub(in super::super) fn with_stream(
        &mut self,
        scope: &mut Scope,
        act: impl FnOnce(&mut dyn Bytestream, &mut Scope) -> Step,
    ) -> Life {
        let Phase::Streaming { stream, .. } = &mut self.phase else { return ON };
        let step = act(stream.as_mut(), scope);
        if step == Step::Open && scope.record.is_checkpoint_due(scope.cx) {
            self.landing.digest(scope.cx);
        }
        self.follow(step, scope)
    }

    fn follow(&mut self, step: Step, scope: &mut Scope) -> Life {
        let Phase::Streaming { stream, method } = &self.phase else { return ON };
        match step {
            Step::Pending | Step::Open => ON,
            Step::Done => {
                let bytes = stream.moved();
                self.arrived(bytes, scope)
            }
            Step::Broken(Broken::Surplus) => self.begin_anew(scope),
            Step::Broken(why) => over(outcome::of_broken(why, stream.moved(), scope.record)),
            Step::Unreachable(_) => {
                let method = *method;
                self.await_another(method, scope)
            }
        }
    }

    /// More came than belongs there, so what came is something else: all of it has to come again.
    pub(super) fn begin_anew(&mut self, scope: &mut Scope) -> Life {
        self.keep = Keep::Nothing;
        let outcome = outcome::of_broken(Broken::Surplus, 0, scope.record);
        scope.record.checkpointed(Prefix::default(), scope.cx);
        over(outcome)
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
        let doing = format!("waiting for {} to go on", method::called(&self.peer));
        let attempt = scope.record.expect(Via::InBand, doing, NEXT_METHOD_PATIENCE, scope.cx);
        Phase::Awaiting { until: scope.after(NEXT_METHOD_PATIENCE), attempt: Some(attempt) }
    }
}
