//! The initiator's walk through the methods that were agreed on, until bytes move or nothing is left.
//!
//! What comes after a method that failed is decided by [`fallback`], and done here.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use super::offered::Offered;
use crate::engine::FileOrder;
use crate::engine::event::{Failure, Outcome};
use crate::engine::transfer::fallback::{self, Answered, Next, Position};
use crate::engine::transfer::method::{Broken, Bytestream, Route, Scope, Span, Step, Unreachable};
use crate::engine::transfer::negotiation::Agreement;
use crate::engine::transfer::outcome::{self, Moved};

/// A walk, at one of its methods.
pub(super) struct Walk {
    pub(super) offered: Offered,
    pub(super) route: Route,
    pub(super) stream: Box<dyn Bytestream>,
    answered: Answered,
    span: Span,
    left: VecDeque<Route>,
    /// The responder never gave its verdict on an earlier method, or did not agree on this one.
    is_in_doubt: bool,
}

/// Where a walk leads.
pub(super) enum Leads {
    /// On.
    On,
    /// Every byte is where it should be.
    Whole(Moved),
    /// To the end of the transfer.
    To(Outcome),
    /// To an offer of its own.
    ToOffer(Box<Offered>),
}

impl Walk {
    /// Begins with the first method of an agreement; none if that is empty.
    pub(super) fn begin(
        mut offered: Offered,
        agreement: Agreement,
        span: Span,
        scope: &mut Scope,
    ) -> Option<(Walk, Step)> {
        let answered = if agreement.is_multiple { Answered::Several } else { Answered::One };
        offered.promises = agreement.promises;
        let mut left: VecDeque<Route> = agreement.routes.into();
        let route = left.pop_front()?;
        seed(&offered, span, scope);
        let (stream, step) = (route.method.send)(offered.line(&route), span, scope);
        Some((Walk { offered, route, stream, answered, span, left, is_in_doubt: false }, step))
    }

    /// Follows what the stream says.
    pub(super) fn follow(&mut self, mut step: Step, scope: &mut Scope) -> Leads {
        loop {
            step = match step {
                Step::Pending | Step::Open => return Leads::On,
                Step::Done => return Leads::Whole(Moved::now(self.span.length, scope)),
                Step::Broken(why) => {
                    return Leads::To(outcome::of_broken(why, self.stream.moved(), scope.record));
                }
                Step::Unreachable(why) => match self.fall_back(why, scope) {
                    ControlFlow::Continue(step) => step,
                    ControlFlow::Break(leads) => return leads,
                },
            }
        }
    }

    fn fall_back(&mut self, why: Unreachable, scope: &mut Scope) -> ControlFlow<Leads, Step> {
        let next = fallback::next(self.position(), why);
        let was_silent = matches!(why, Unreachable::Silent | Unreachable::Lost) && !self.route.method.is_last_resort;
        self.is_in_doubt |= was_silent || next == Next::Unasked;
        let route = match next {
            Next::Agreed => self.left.pop_front(),
            Next::Unasked | Next::OfferAgain => self.offered.last_resort(),
            Next::GiveUp => None,
        };
        match route {
            Some(route) if next == Next::OfferAgain => {
                ControlFlow::Break(Leads::ToOffer(Box::new(self.offered.again(route, scope.cx))))
            }
            Some(route) => ControlFlow::Continue(self.try_route(route, scope)),
            None => ControlFlow::Break(Leads::To(given_up(why, scope))),
        }
    }

    fn position(&self) -> Position {
        Position {
            answered: self.answered,
            offer: self.offered.offer,
            untried: self.left.len(),
            was_last_resort: self.route.method.is_last_resort,
            is_in_doubt: self.is_in_doubt,
        }
    }

    fn try_route(&mut self, route: Route, scope: &mut Scope) -> Step {
        seed(&self.offered, self.span, scope);
        let (stream, step) = (route.method.send)(self.offered.line(&route), self.span, scope);
        self.stream = stream;
        self.route = route;
        step
    }

    /// Lets go of the stream. A peer that may still wait for another method is told that none will come.
    pub(super) fn abandon(&mut self, scope: &mut Scope) {
        let was_flowing = self.stream.moved() > 0 || self.stream.is_independent();
        self.stream.abandon(scope);
        if !was_flowing && !self.route.method.is_last_resort {
            self.offered.withdraw(scope.cx);
        }
    }
}

/// What is stated in the end is about the whole file, also if only its end is sent.
fn seed(offered: &Offered, span: Span, scope: &mut Scope) {
    if offered.promises.checksum_follows && span.offset > 0 {
        scope.cx.file(offered.file, FileOrder::Seed { length: span.offset });
    }
}

fn given_up(why: Unreachable, scope: &Scope) -> Outcome {
    match why {
        Unreachable::Disconnected => Outcome::Failed(Failure::Disconnected),
        Unreachable::Lost => outcome::of_broken(Broken::Interrupted("they do not answer".to_owned()), 0, scope.record),
        Unreachable::Failed | Unreachable::Silent => outcome::unreachable(scope.record),
    }
}
