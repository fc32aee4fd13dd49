//! What another Balcony of the user's goes on with, for as long as it runs.
//!
//! # Theory of operation
//!
//! Balconies that share a journal leave each other's transfers alone. One of them may be about to end, though: whoever
//! quits and starts again at once has a new program before the old one has said goodbye. What the old one leaves is told
//! as soon as it has ended, like what was left before the start; until then nobody may take one of its transfers for a new
//! one, or the file would come twice. So an offer that goes on with one of them is put off, which its sender's Balcony
//! bears as it bears a moment without a network; and what the user wants to be sent once more waits for a moment, in case
//! it is to be gone on with.

use std::time::{Duration, Instant};

use jid::Jid;

use super::Transfers;
use super::negotiation::Proposal;
use super::phase::sending::Wish;
use crate::engine::context::Context;
use crate::engine::journal::Entry;
use crate::xep::stanza::StanzaError;

/// A Balcony that ends takes half a second for the other sides, and some seconds where its server or its disk is slow.
const HANDOVER: Duration = Duration::from_secs(10);

/// What belongs to others, and who waits for it.
#[derive(Default)]
pub(super) struct Elsewhere {
    entries: Vec<Entry>,
    /// What the user wants to be sent, until when it waits.
    wishes: Vec<(Wish, Instant)>,
}

impl Elsewhere {
    /// Whether an offer goes on with one of them.
    pub(super) fn has(&self, peer: &Jid, proposal: &Proposal) -> bool {
        let name = proposal.promises.recovery.as_ref();
        let is_it = |entry: &Entry| entry.recovery.as_ref() == name && entry.peer.to_bare() == peer.to_bare();
        name.is_some() && self.entries.iter().any(is_it)
    }

    fn sends(&self, wish: &Wish) -> bool {
        self.entries.iter().any(|entry| wish.is_of(entry))
    }

    /// When the first wish has waited long enough.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.wishes.iter().map(|(_, until)| *until).min()
    }

    /// Keeps a wish while another Balcony has what it may go on with; gives back any other.
    fn hold(&mut self, wish: Wish, until: Instant) -> Option<Wish> {
        if !self.sends(&wish) {
            return Some(wish);
        }
        self.wishes.push((wish, until));
        None
    }

    /// The wishes for which there is nothing more to wait.
    fn release(&mut self, now: Instant) -> Vec<Wish> {
        let wishes = std::mem::take(&mut self.wishes);
        let (waiting, free): (Vec<_>, Vec<_>) =
            wishes.into_iter().partition(|(wish, until)| *until > now && self.sends(wish));
        self.wishes = waiting;
        free.into_iter().map(|(wish, _)| wish).collect()
    }
}

impl Transfers {
    /// Offers what the user wants to be sent, or waits for who may leave it half sent.
    pub(super) fn offer_in_time(&mut self, wish: Wish, cx: &mut Context) {
        if let Some(wish) = self.elsewhere.hold(wish, cx.after(HANDOVER)) {
            self.offer(wish, cx);
        }
    }

    /// What belongs to others has changed.
    pub(super) fn follow_others(&mut self, entries: &[Entry], cx: &mut Context) {
        let account = &cx.settings().account;
        self.elsewhere.entries = entries.iter().filter(|entry| entry.account == *account).cloned().collect();
        self.release_wishes(cx);
    }

    /// Nothing waits any longer that has waited long enough.
    pub(super) fn release_wishes(&mut self, cx: &mut Context) {
        for wish in self.elsewhere.release(cx.now().instant) {
            self.offer(wish, cx);
        }
    }
}

/// The answer to an offer that goes on with another Balcony's transfer.
pub(super) fn put_off() -> StanzaError {
    StanzaError::new("resource-constraint").with_text("another Balcony has it here, and may be about to end")
}
