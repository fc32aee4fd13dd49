//! Whoever was asked is gone without an answer, and perhaps back in a moment: a program that is started again has the
//! address of the one before, and knows nothing of what that one was asked.
//!
//! The offer is made once more to who comes. Servers differ in what they say first: that somebody is gone, or that they
//! could not be asked; and of somebody who is there the latter is their own word. So nothing is made of it before both
//! had time to come.

use std::time::{Duration, Instant};

use jid::Jid;

use super::offered::Offered;
use super::{Phase, Sending};
use crate::engine::event::{Outcome, PeerFault, TransferChange};
use crate::engine::transfer::interruption::ARRIVAL;
use crate::engine::transfer::method::Scope;
use crate::engine::transfer::outcome;
use crate::engine::transfer::phase::choice::{self, Choice, Time};
use crate::engine::transfer::phase::{Life, ON, over};

/// A program is started again within that; a person who went has gone.
const RETURN: Duration = Duration::from_secs(30);

/// Who comes and goes more often without an answer will not answer.
const MOST_MISSED: u32 = 3;

/// The wait for whoever was asked.
pub(super) struct Missing {
    /// What they were offered.
    pub(super) offered: Offered,
    seen: Seen,
    /// When to look for them.
    pub(super) again: Instant,
    /// How long.
    until: Instant,
}

/// What is known of them.
pub(super) enum Seen {
    /// The offer came back; what that means if they are there.
    There(Outcome),
    /// They are gone.
    Gone,
    /// And the user knows that we wait.
    Awaited,
}

impl Sending {
    /// The offer got no answer, and will not by itself.
    pub(super) fn miss(&mut self, offered: Offered, seen: Seen, scope: &mut Scope) -> Life {
        if !self.may_come_back(&offered.peer, scope) {
            return over(outcome::peer(PeerFault::Gone));
        }
        self.missed += 1;
        let (again, until) = (scope.after(ARRIVAL), scope.after(RETURN));
        self.phase = Phase::Missing(Missing { offered, seen, again, until });
        ON
    }

    /// Whether we would see them come back. What was accepted once goes on in another way.
    pub(super) fn may_come_back(&self, peer: &Jid, scope: &Scope) -> bool {
        let is_first = self.known.is_none() && !scope.record.is_accepted();
        is_first && self.missed < MOST_MISSED && choice::shows_presence(&peer.to_bare(), scope.cx)
    }

    /// Whoever has the offer, or had it, is gone.
    pub(super) fn lose_them(&mut self, scope: &mut Scope) -> Life {
        if let Phase::Missing(missing) = &mut self.phase {
            missing.seen = Seen::Gone;
            return ON;
        }
        let Phase::Offering { offered, token } = self.take_phase() else { return ON };
        scope.cx.forget(token);
        offered.withdraw(scope.cx);
        self.miss(offered, Seen::Gone, scope)
    }

    /// Looks whether anybody has come who may take the file.
    pub(super) fn look_for_them(&mut self, scope: &mut Scope) -> Life {
        let Phase::Missing(Missing { offered, seen, until, .. }) = self.take_phase() else { return ON };
        match seen {
            Seen::There(refusal) => return over(refusal),
            Seen::Gone | Seen::Awaited if self.is_anybody_back(scope) => return self.choose(scope),
            Seen::Gone | Seen::Awaited if until <= scope.cx.now().instant => {
                return over(outcome::peer(PeerFault::Gone));
            }
            Seen::Gone => {
                let remark = format!("{} went offline without an answer; waiting a moment for them", offered.peer);
                scope.record.tell(TransferChange::Remark(remark), scope.cx);
            }
            Seen::Awaited => {}
        }
        let again = scope.after(ARRIVAL).min(until);
        self.phase = Phase::Missing(Missing { offered, seen: Seen::Awaited, again, until });
        ON
    }

    fn is_anybody_back(&self, scope: &Scope) -> bool {
        let programs = choice::programs(&self.wish.to.to_bare(), scope.cx);
        if self.wish.to.resource().is_some() {
            return programs.contains(&self.wish.to);
        }
        let choice = choice::choose(&programs, Time::Over, |program| scope.cx.peers.features_of(program));
        matches!(choice, Choice::Offer(..))
    }
}
