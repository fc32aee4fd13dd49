//! What the responder says to an offer, and what follows.

use super::missing::Seen;
use super::walk::Walk;
use super::{Offered, Phase, Sending, ours};
use crate::engine::Digest;
use crate::engine::FileOrder;
use crate::engine::event::{Failure, Outcome, PeerFault, TransferChange, Verified};
use crate::engine::feature::Response;
use crate::engine::iq::IqToken;
use crate::engine::transfer::fallback::Offer;
use crate::engine::transfer::method::{self, Scope, Span};
use crate::engine::transfer::negotiation::Agreement;
use crate::engine::transfer::outcome::{self, Moved};
use crate::engine::transfer::phase::{Life, ON, choice, over};
use crate::xep::recovery::HERE_ALREADY;
use crate::xep::si_file::Range;

impl Sending {
    /// The answer to a request.
    pub(in super::super) fn response(&mut self, token: IqToken, response: Response, scope: &mut Scope) -> Life {
        if !self.asked(token) {
            return self.with_stream(scope, |stream, scope| stream.response(token, response, scope));
        }
        if let Phase::Stating(statement) = &self.phase {
            return statement.response(&response, scope);
        }
        let Phase::Offering { offered, .. } = self.take_phase() else { return ON };
        match response {
            Response::Result(payload) => match (ours().0.read_answer)(payload.as_ref(), &offered.proposal) {
                Ok(agreement) => self.agreed(offered, agreement, scope),
                Err(why) => not_agreed(&offered, outcome::peer(PeerFault::Incompatible(why)), scope),
            },
            Response::Error(_) if choice::is_away(&offered.peer, scope.cx) => self.miss(offered, Seen::Gone, scope),
            Response::Error(error) if self.known.is_some() && error.condition == HERE_ALREADY => {
                over(Moved::all(self.offer.size.unwrap_or(0), scope).completed(None, Verified::No))
            }
            Response::Error(error) if self.known.is_some() && error.says_absent() => {
                over(outcome::peer(PeerFault::Gone))
            }
            Response::Error(error) if error.says_absent() && self.may_come_back(&offered.peer, scope) => {
                self.miss(offered, Seen::There((ours().0.read_refusal)(&error)), scope)
            }
            Response::Error(error) => not_agreed(&offered, (ours().0.read_refusal)(&error), scope),
            Response::Timeout => {
                self.phase = Phase::Offering { offered, token };
                over(outcome::peer(PeerFault::Silent("nobody answered the offer".to_owned())))
            }
            Response::Disconnected => over(Outcome::Failed(Failure::Disconnected)),
        }
    }

    fn agreed(&mut self, offered: Offered, agreement: Agreement, scope: &mut Scope) -> Life {
        let Some(span) = span(self.offer.size.unwrap_or(0), agreement.range) else {
            let why = "they asked for a part that the file does not have";
            return over(outcome::peer(PeerFault::Misbehaved(why.to_owned())));
        };
        if agreement.promises.checksum_follows {
            scope.cx.file(self.file, FileOrder::Hash(vec![Digest::Sha256]));
        }
        if agreement.promises.recovery.is_none() {
            scope.record.unnamed();
        }
        // Who asks for a part of what they never had from us gets that part, and that is all of it.
        let base = if scope.record.was_interrupted() { span.offset } else { 0 };
        scope.record.accept(base, Some(base.saturating_add(span.length)), scope.cx);
        let change = TransferChange::Answered { methods: method::vias(&agreement.routes), path: None };
        scope.record.tell(change, scope.cx);
        let Some((walk, step)) = Walk::begin(offered, agreement, span, scope) else {
            return over(outcome::unreachable(scope.record));
        };
        self.phase = Phase::Streaming(walk);
        self.with_walk(scope, |walk, scope| walk.follow(step, scope))
    }
}

/// A second offer that is refused adds nothing to why the first one led nowhere, unless a person said no.
fn not_agreed(offered: &Offered, why: Outcome, scope: &Scope) -> Life {
    let is_declined = matches!(why, Outcome::Declined { .. });
    over(if offered.offer == Offer::Second && !is_declined { outcome::unreachable(scope.record) } else { why })
}

/// The part of the file that is wanted, if it has it.
fn span(size: u64, range: Option<Range>) -> Option<Span> {
    let range = range.unwrap_or_default();
    let offset = range.offset.unwrap_or(0);
    let rest = size.checked_sub(offset)?;
    Some(Span { offset, length: range.length.map_or(rest, |length| length.min(rest)) })
}
