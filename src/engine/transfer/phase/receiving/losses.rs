//! What the responder makes of what is lost: the initiator, our session.

use std::time::Instant;

use jid::Jid;

use super::{Phase, Receiving};
use crate::engine::event::{Failure, Outcome, PeerFault, Side};
use crate::engine::transfer::interruption::{ARRIVAL, COURTESY};
use crate::engine::transfer::method::{self, Scope};
use crate::engine::transfer::outcome;
use crate::engine::transfer::phase::{Life, ON, choice, over};

impl Receiving {
    pub(in super::super) fn peer_gone(&mut self, scope: &mut Scope) -> Life {
        match &self.phase {
            Phase::Offered { .. } | Phase::Creating => over(Outcome::Cancelled { by: Side::Peer }),
            Phase::Reopening | Phase::Awaiting { .. } => over(outcome::peer(PeerFault::Gone)),
            Phase::Streaming { stream, .. } => over(outcome::of_peer_gone(stream.moved(), scope.record)),
            Phase::Checking { .. } => self.doubt(scope),
            Phase::Committing { .. } | Phase::Over => ON,
        }
    }

    /// Under the same address the offer can still be answered and a method still begin, soon, if the sender has heard the
    /// answer; blocks that were on their way are lost.
    pub(in super::super) fn new_session(&mut self, me: &Jid, scope: &mut Scope) -> Life {
        let is_other_address = self.me != *me;
        match &self.phase {
            Phase::Streaming { stream, .. } if is_other_address || stream.moved() > 0 => {
                over(outcome::of_broken(method::Broken::Disconnected, stream.moved(), scope.record))
            }
            Phase::Offered { .. } | Phase::Reopening | Phase::Creating | Phase::Awaiting { .. } if is_other_address => {
                over(Outcome::Failed(Failure::Disconnected))
            }
            Phase::Offered { until, .. } => {
                self.phase = Phase::Offered { until: *until, look: Some(scope.after(ARRIVAL)) };
                ON
            }
            Phase::Awaiting { until, attempt } if scope.record.is_named() => {
                let (until, attempt) = ((*until).min(scope.after(COURTESY)), *attempt);
                self.phase = Phase::Awaiting { until, attempt };
                ON
            }
            Phase::Checking { .. } if is_other_address => self.doubt(scope),
            Phase::Reopening
            | Phase::Creating
            | Phase::Awaiting { .. }
            | Phase::Streaming { .. }
            | Phase::Checking { .. }
            | Phase::Committing { .. }
            | Phase::Over => ON,
        }
    }

    /// Our session was lost, and who is there has been told anew: an offer of somebody who is not leads nowhere.
    pub(super) fn look(&mut self, until: Instant, scope: &mut Scope) -> Life {
        self.phase = Phase::Offered { until, look: None };
        if choice::is_seen_away(&self.peer, scope.cx) { over(Outcome::Cancelled { by: Side::Peer }) } else { ON }
    }
}
