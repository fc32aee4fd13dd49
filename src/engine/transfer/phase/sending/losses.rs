//! What the initiator makes of what is lost: words that were never delivered, the responder, our session.

use jid::Jid;
use minidom::Element;

use super::walk::Walk;
use super::{Missing, Phase, Sending};
use crate::engine::event::{Failure, Outcome};
use crate::engine::transfer::method::Scope;
use crate::engine::transfer::outcome;
use crate::engine::transfer::phase::{Life, ON, over};

impl Sending {
    /// An offer that never reached anybody has to be made again, and only the user knows whether that is still wanted.
    pub(in super::super) fn undelivered(&mut self, payload: &Element, scope: &Scope) -> Life {
        match &self.phase {
            Phase::Offering { offered, .. } if payload.attr("id") == Some(&offered.proposal.sid.0) => {
                over(Outcome::Failed(Failure::Disconnected))
            }
            Phase::Stating(statement) if statement.is_in(payload) => statement.lost(scope),
            Phase::Opening
            | Phase::Choosing { .. }
            | Phase::Offering { .. }
            | Phase::Missing(_)
            | Phase::Streaming(_)
            | Phase::Stating(_)
            | Phase::Over => ON,
        }
    }

    pub(in super::super) fn peer_gone(&mut self, scope: &mut Scope) -> Life {
        match &self.phase {
            Phase::Streaming(walk) => over(outcome::of_peer_gone(walk.stream.moved(), scope.record)),
            Phase::Stating(statement) => statement.lost(scope),
            Phase::Offering { .. } | Phase::Missing(_) => self.lose_them(scope),
            Phase::Opening | Phase::Choosing { .. } | Phase::Over => ON,
        }
    }

    /// An offer under the same address can still be answered; under another one nothing reaches us.
    pub(in super::super) fn new_session(&mut self, me: &Jid, scope: &Scope) -> Life {
        match &self.phase {
            Phase::Offering { offered, .. }
            | Phase::Missing(Missing { offered, .. })
            | Phase::Streaming(Walk { offered, .. })
                if offered.me != *me =>
            {
                over(Outcome::Failed(Failure::Disconnected))
            }
            Phase::Stating(statement) if statement.me() != me => statement.lost(scope),
            Phase::Opening
            | Phase::Choosing { .. }
            | Phase::Offering { .. }
            | Phase::Missing(_)
            | Phase::Streaming(_)
            | Phase::Stating(_)
            | Phase::Over => ON,
        }
    }

    /// Nobody waits for the proof any more.
    pub(in super::super) fn conclude(&self) -> Life {
        let Phase::Stating(statement) = &self.phase else { return ON };
        statement.unproven()
    }
}
