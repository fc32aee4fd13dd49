//! What the two sides say about a transfer by its name ([`crate::xep::recovery`]): the receiver that it waits for the rest,
//! whoever gives up that nothing will come, either whether it moves there.

use std::time::Duration;

use jid::{BareJid, Jid};

use super::interruption::NO_METHOD;
use super::phase::interrupted::{Half, Interrupted};
use super::phase::{self, Role, Transfer};
use super::{Transfers, outcome};
use crate::engine::command::{KeepPartial, TransferId};
use crate::engine::context::Context;
use crate::engine::event::{Direction, Failure, Outcome, PeerFault, Side, TheirTurn};
use crate::engine::feature::{IqRequest, Response};
use crate::engine::journal::{Entry, RecoveryId};
use crate::xep::recovery::{Word, read_reason, write_word};
use crate::xep::stanza::StanzaError;

/// The other side's program answers by itself.
pub(super) const WORD_PATIENCE: Duration = Duration::from_secs(30);

impl Transfers {
    /// Asks the sender for the rest.
    pub(super) fn ask(&mut self, id: TransferId, cx: &mut Context) {
        let Some((record, interrupted)) = self.interrupted(id) else { return };
        let Some(Entry { recovery: Some(name), peer, .. }) = record.entry() else { return };
        let Some(holder) = phase::choice::holder(peer, cx) else {
            phase::choice::learn(&peer.to_bare(), cx);
            record.try_in_vain();
            return self.plan(id, cx);
        };
        let question = write_word(Word::Resume, name);
        interrupted.until = None;
        interrupted.asked = Some(cx.set(Some(holder), question, WORD_PATIENCE));
        record.try_in_vain();
    }

    /// What the sender says to that. If it will, the offer comes by itself.
    pub(super) fn answered(&mut self, id: TransferId, response: &Response, cx: &mut Context) {
        let Some((_, interrupted)) = self.interrupted(id) else { return };
        interrupted.asked = None;
        match response {
            Response::Error(error) if error.condition == "gone" => self.give_up_too(id, None, cx),
            Response::Result(_) | Response::Error(_) | Response::Timeout | Response::Disconnected => self.plan(id, cx),
        }
    }

    /// The other side says something about a transfer.
    pub(super) fn word(&mut self, request: &IqRequest, word: Word, name: &RecoveryId, cx: &mut Context) {
        let Some(from) = request.from.clone() else {
            return cx.refuse(request, &StanzaError::new("item-not-found"));
        };
        match (word, self.named(name, &from.to_bare())) {
            (Word::Forget, Some(id)) => {
                cx.answer(request, None);
                if !self.table.get(&id).is_some_and(|transfer| transfer.role.is_being_named()) {
                    self.give_up_too(id, read_reason(&request.payload), cx);
                }
            }
            (Word::Resume, Some(id)) if self.sends(id) => {
                cx.answer(request, None);
                self.resume(id, from, cx);
            }
            (Word::Paused, Some(id)) => self.hear(request, id, TheirTurn::Paused, cx),
            (Word::Waits, Some(id)) => self.hear(request, id, TheirTurn::Waits, cx),
            (Word::Moves, Some(id)) => self.hear(request, id, TheirTurn::Now, cx),
            (Word::Resume, Some(_))
            | (Word::Resume | Word::Forget | Word::Paused | Word::Waits | Word::Moves, None) => {
                let is_given_up = self.given_up.contains(name);
                let condition = if is_given_up { "gone" } else { "item-not-found" };
                cx.refuse(request, &StanzaError::new(condition).with_text("there is no such transfer"));
            }
        }
    }

    fn hear(&mut self, request: &IqRequest, id: TransferId, turn: TheirTurn, cx: &mut Context) {
        cx.answer(request, None);
        self.hear_of_their_turn(id, turn, cx);
    }

    /// The other side will not go on.
    fn give_up_too(&mut self, id: TransferId, why: Option<String>, cx: &mut Context) {
        let outcome = self.given_up_by_peer(id, why, cx);
        self.end(id, outcome, KeepPartial::Yes, cx);
    }

    /// What it means that the other side will not go on. Where no way was found, that is why.
    fn given_up_by_peer(&self, id: TransferId, why: Option<String>, cx: &Context) -> Outcome {
        match (why, self.table.get(&id)) {
            (Some(why), _) if self.sends(id) => outcome::peer(PeerFault::Refused(why)),
            (Some(why), _) => outcome::peer(PeerFault::Unable(why)),
            (None, Some(Transfer { record, role: Role::Interrupted(Interrupted { why, .. }) })) if why == NO_METHOD => {
                Outcome::Failed(Failure::Unreachable { tried: record.tried(cx) })
            }
            (None, Some(_) | None) => Outcome::Cancelled { by: Side::Peer },
        }
    }

    fn sends(&self, id: TransferId) -> bool {
        let entry = self.table.get(&id).and_then(|transfer| transfer.record.entry());
        entry.is_some_and(|entry| entry.direction() == Direction::Sending)
    }

    /// The receiver is back, perhaps before we noticed that it was gone.
    fn resume(&mut self, id: TransferId, peer: Jid, cx: &mut Context) {
        self.interrupt(id, &Outcome::Cancelled { by: Side::Peer }, "they began anew", cx);
        if let Some((_, Interrupted { half: Half::Sender { to, .. }, .. })) = self.interrupted(id) {
            *to = Some(peer);
        }
        self.go_on(id, cx);
    }

    /// The transfer that this contact and we call so.
    pub(super) fn named(&self, name: &RecoveryId, contact: &BareJid) -> Option<TransferId> {
        let is_it = |entry: &Entry| entry.recovery.as_ref() == Some(name) && entry.peer.to_bare() == *contact;
        self.table.iter().find(|(_, transfer)| transfer.record.entry().is_some_and(is_it)).map(|(id, _)| *id)
    }
}
