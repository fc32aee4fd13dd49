//! Receipts for what came out of the archive (XEP-0184).
//!
//! What somebody says while this program was killed, or its session was lost, may never be delivered here: it comes by
//! catching up. Its sender is to know that it came. A receipt is given only when a message is first received (section
//! 5.5): for what the history did not have, and for which none of our devices gave one, as far as the archive tells.

use jid::BareJid;

use crate::engine::chat;
use crate::engine::context::Context;
use crate::engine::history::{Order, Said, What};
use crate::xep::mam::Found;
use crate::xep::stanza::Message;

/// After weeks of absence the last ones say enough, and are through a server that limits its clients within seconds.
const MOST: usize = 200;

/// The receipts that may be owed, in the order of what they are for.
#[derive(Debug, Default)]
pub(super) struct Receipts(Vec<Owed>);

#[derive(Debug)]
struct Owed {
    with: BareJid,
    id: String,
    receipt: Message,
    is_new: bool,
}

impl Receipts {
    /// Has the history keep what a message of the archive says; and tell whether that is new, if a receipt is asked for.
    pub(super) fn keep(&mut self, found: &Found, said: &Said, cx: &mut Context) {
        let receipt = if said.speaker().is_some() {
            chat::receipt_of(&found.message, cx)
        } else {
            self.take_note(said);
            None
        };
        let order = if let (Some(receipt), Some(id)) = (receipt, said.id.clone()) {
            self.0.push(Owed { with: said.with.clone(), id, receipt, is_new: false });
            Order::KeepAndTell
        } else {
            Order::Keep
        };
        cx.history(order(Box::new(said.clone())));
    }

    /// Another device of ours received what it acknowledges, and what it answers.
    fn take_note(&mut self, ours: &Said) {
        match &ours.what {
            What::Receipt { of } => self.0.retain(|owed| !owed.is_for(&ours.with, of)),
            What::Message { .. } | What::Displayed { .. } => self.0.retain(|owed| owed.with != ours.with),
            What::Correction { .. } | What::Retraction { .. } | What::Reactions { .. } | What::Failure { .. } => {}
        }
    }

    /// The history did not have this.
    pub(super) fn is_new(&mut self, said: &Said) {
        let id = said.id.as_deref().unwrap_or_default();
        if let Some(owed) = self.0.iter_mut().find(|owed| owed.is_for(&said.with, id)) {
            owed.is_new = true;
        }
    }

    /// The history has told all about a page.
    pub(super) fn page_is_kept(&mut self) {
        self.0.retain(|owed| owed.is_new);
        let too_many = self.0.len().saturating_sub(MOST);
        self.0.drain(..too_many);
    }

    /// There are no more pages.
    pub(super) fn give(&mut self, cx: &mut Context) {
        self.page_is_kept();
        for owed in self.0.drain(..) {
            cx.send_message(&owed.receipt);
        }
    }
}

impl Owed {
    fn is_for(&self, with: &BareJid, id: &str) -> bool {
        self.with == *with && self.id == id
    }
}
