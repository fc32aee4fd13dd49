//! How the responder lets go: who waits for an answer gets one, and what has come stays or does not.

use std::path::PathBuf;

use super::{Phase, Receiving};
use crate::engine::event::{Failure, Outcome};
use crate::engine::feature::Owed;
use crate::engine::transfer::method::Scope;
use crate::engine::transfer::negotiation::Negotiation;
use crate::engine::transfer::outcome;
use crate::engine::transfer::phase::landing::close_left;
use crate::engine::{FileError, Partial};
use crate::xep::stanza::StanzaError;

impl Receiving {
    /// Lets go of everything. A peer that has no answer gets one; one that might still begin is told not to. Returns where
    /// what has come stays, if it does.
    pub(in super::super) fn end(&mut self, outcome: &Outcome, partial: Partial, scope: &mut Scope) -> Option<PathBuf> {
        if let Some(offer) = self.offer.take() {
            scope.cx.refuse(offer, &refusal(self.negotiation, outcome));
        }
        tell_later(self.late.take(), scope);
        self.answer_word(Err(StanzaError::new("item-not-found").with_text("the file is not here")), scope);
        let arrived = match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Offered { .. } => {
                let left = self.left.take()?;
                return close_left(self.landing.file(), left.landed, partial, scope.cx);
            }
            Phase::Creating => false,
            Phase::Awaiting { .. } => {
                // By its name it is told if it is given up; who is only interrupted is to go on.
                if !scope.record.is_named() {
                    self.withdraw(scope);
                }
                false
            }
            Phase::Streaming { mut stream, .. } => {
                stream.abandon(scope);
                stream.moved() > 0
            }
            Phase::Checking(checking) => checking.bytes() > 0,
            Phase::Committing { moved, .. } => moved.bytes > 0,
            Phase::Reopening | Phase::Over => true,
        };
        let partial = if arrived || self.landing.base() > 0 { partial } else { Partial::Remove };
        let kept = self.landing.close(partial, scope.cx);
        match outcome {
            Outcome::Failed(Failure::Local(FileError::NotUnpacked { path, .. })) => Some(path.clone()),
            Outcome::Completed { .. } | Outcome::Declined { .. } | Outcome::Cancelled { .. } | Outcome::Failed(_) => {
                kept
            }
        }
    }

    fn withdraw(&self, scope: &mut Scope) {
        for route in &self.proposal.routes {
            if let Some(withdraw) = route.method.withdraw {
                withdraw(&self.line(route), scope.cx);
            }
        }
    }
}

/// One that nothing is known about yet may be made again.
pub(super) fn tell_later(offer: Option<Owed>, scope: &mut Scope) {
    if let Some(offer) = offer {
        let error = StanzaError::new("resource-constraint").with_text("it is being finished");
        scope.cx.refuse(offer, &error);
    }
}

/// The answer to an offer that is not accepted.
fn refusal(negotiation: &Negotiation, outcome: &Outcome) -> StanzaError {
    outcome::told_to_sender(outcome).map_or_else(negotiation.decline, negotiation.cannot_take)
}
