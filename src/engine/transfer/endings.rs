//! How transfers end: what becomes of what has come of them, who is told, and what may be offered again.

use super::method::Scope;
use super::phase::sending::Wish;
use super::phase::{self, Role, Transfer};
use super::record::Record;
use super::words::WORD_PATIENCE;
use super::{Transfers, outcome};
use crate::engine::Partial;
use crate::engine::command::{KeepPartial, TransferId};
use crate::engine::context::Context;
use crate::engine::event::{Failure, Outcome, PeerFault, Side};
use crate::engine::journal::{Course, Entry};
use crate::xep::recovery::write_forget;

/// Transfers of ours that ended badly and can be offered again. A screenful; older ones are sent anew by hand.
const MOST_RETRIES: usize = 64;

/// Transfers that were given up, whose other sides may still ask for them. A screenful.
const MOST_GIVEN_UP: usize = 64;

impl Transfers {
    /// It is over. `wanted` is what the user wants to become of what has come, if they stop it.
    pub(super) fn end(&mut self, id: TransferId, outcome: Outcome, wanted: KeepPartial, cx: &mut Context) {
        let Some(Transfer { record, .. }) = self.table.get(&id) else { return };
        let size = record.entry().and_then(|entry| entry.file.size);
        let is_vain = matches!(outcome, Outcome::Failed(_)) && record.reached() == 0;
        let partial = if is_vain { Partial::Remove } else { outcome::remains(&outcome, size, wanted) };
        self.end_with(id, outcome, partial, cx);
    }

    /// It is over, and this becomes of what has come.
    pub(super) fn end_with(&mut self, id: TransferId, outcome: Outcome, partial: Partial, cx: &mut Context) {
        let Some(Transfer { mut record, mut role }) = self.table.remove(&id) else { return };
        let (file, is_here) = (role.lands_in(), matches!(outcome, Outcome::Completed { .. }));
        let kept = role.end(&outcome, partial, &mut Scope { cx, shared: &mut self.shared, record: &mut record });
        if let Some(wish) = role.wish()
            && !matches!(outcome, Outcome::Completed { .. })
        {
            self.keep_wish(id, wish.clone());
        }
        self.give_up(&record, &outcome, cx);
        let is_left = kept.is_some() && !is_here;
        record.end(outcome, kept, cx);
        if let Some(entry) = record.entry() {
            self.note_arrival(entry);
            if let (Some(file), Some(landed), true) = (file, record.landing(), is_left) {
                self.note_left(entry, file, landed);
                self.bound_what_is_left(&entry.peer.to_bare(), cx);
            }
        }
        self.arrange(cx);
    }

    pub(super) fn keep_wish(&mut self, id: TransferId, wish: Wish) {
        if self.retries.len() >= MOST_RETRIES {
            self.retries.pop_front();
        }
        self.retries.push_back((id, wish));
    }

    pub(super) fn retry(&mut self, id: TransferId, cx: &mut Context) {
        if matches!(self.table.get(&id), Some(Transfer { role: Role::Interrupted(_), .. })) {
            return self.go_on_by_hand(id, cx);
        }
        if matches!(self.table.get(&id), Some(Transfer { role: Role::Fetching(_), .. })) {
            return self.act(id, cx, Role::go_on_by_hand);
        }
        let Some(at) = self.retries.iter().position(|(other, _)| *other == id) else { return };
        if let Some((_, wish)) = self.retries.remove(at) {
            self.offer(wish, cx);
        }
    }

    pub(super) fn cancel(&mut self, id: TransferId, partial: KeepPartial, cx: &mut Context) {
        if self.turn_away(id, cx) {
            return;
        }
        if self.table.get(&id).is_some_and(|transfer| transfer.role.is_whole()) {
            self.act(id, cx, Role::conclude);
        } else {
            self.end(id, Outcome::Cancelled { by: Side::Us }, partial, cx);
        }
    }

    /// The other side learns that nothing more will come, if it would wait for it.
    fn give_up(&mut self, record: &Record, outcome: &Outcome, cx: &mut Context) {
        let Some(Entry { recovery: Some(name), peer, course, .. }) = record.entry() else { return };
        let is_known = matches!(
            outcome,
            Outcome::Completed { .. }
                | Outcome::Cancelled { by: Side::Peer }
                | Outcome::Failed(Failure::Peer(PeerFault::Refused(_) | PeerFault::Unable(_)))
        );
        if is_known {
            return;
        }
        if self.given_up.len() >= MOST_GIVEN_UP {
            self.given_up.pop_front();
        }
        self.given_up.push_back(name.clone());
        // Who has not answered yet may be a program that does not know the word, and is told by other means.
        if !record.is_accepted() {
            return;
        }
        let reason = match course {
            Course::Receiving { .. } => outcome::told_to_sender(outcome),
            Course::Sending { .. } => outcome::told_to_receiver(outcome),
        };
        if let Some(holder) = phase::choice::holder(peer, cx) {
            let token = cx.set(Some(holder), write_forget(name, reason), WORD_PATIENCE);
            cx.forget(token);
        }
    }
}
