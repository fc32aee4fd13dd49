//! What comes in: which conversation it belongs to, who said it, when, and whether it was here before.

use std::time::SystemTime;

use jid::{BareJid, Jid};

use super::{Chat, Heard, chat_states, facts, is_said, meaning, receipts, tell};
use crate::engine::context::Context;
use crate::engine::event::{Author, Event};
use crate::engine::history::Clock;
use crate::xep::delay;
use crate::xep::stanza::{Message, MessageKind};

/// By which way a message came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It was sent to us.
    Direct,
    /// It was sent to another of our devices.
    ReceivedElsewhere,
    /// Another of our devices sent it.
    SentElsewhere,
}

impl Chat {
    /// Takes a message, or gives it back if it is not about chat.
    pub(super) fn take(&mut self, message: Message, way: Way, cx: &mut Context) -> Option<Message> {
        match message.kind {
            MessageKind::Chat | MessageKind::Normal => self.take_chat(message, way, cx),
            MessageKind::Headline => take_headline(message, cx),
            MessageKind::Error => self.outgoing.bounced(message, cx),
            MessageKind::Groupchat => Some(message),
        }
    }

    fn take_chat(&mut self, message: Message, way: Way, cx: &mut Context) -> Option<Message> {
        let other = other_side(&message, way, cx)?;
        let author = author(&other, way, cx);
        let what = meaning::read(&message, &author);
        let state = chat_states::read(&message);
        let receipt = receipts::read(&message);
        if what.is_none() && state.is_none() && receipt.is_none() {
            return Some(message);
        }
        let is_delayed = delay::read(&message.payloads).is_some();
        let repeated = self.recent.repeats(&message, way != Way::Direct || is_delayed);
        if way == Way::Direct {
            give_receipt(&message, cx);
        }
        if repeated || cx.me().is_some_and(|me| other == *me) {
            return None;
        }
        if let Some(what) = what {
            if way == Way::SentElsewhere && is_said(&what) {
                self.outgoing.note_sent_elsewhere(&message, cx);
                if let Some(id) = receipts::asked_by_us(&message) {
                    cx.elsewhere.said(id, cx.now().instant);
                }
            }
            let with = other.to_bare();
            let (at, clock) = self.moment(&message, &with, way, cx);
            tell(what, Heard { with, author, at, clock, is_delayed }, &message, cx);
        }
        if way == Way::SentElsewhere {
            return None;
        }
        if let Some(id) = receipt {
            self.take_receipt(&message, &other, id, cx);
        }
        if !is_delayed {
            self.conversations.heard(&message, &other, state, cx);
        }
        None
    }

    /// A message arrived. What this run knows nothing of may be one of an earlier run's, or came out of the archive.
    fn take_receipt(&mut self, receipt: &Message, from: &Jid, id: String, cx: &mut Context) {
        cx.elsewhere.arrived(&id);
        let is_remembered = self.outgoing.remembers(&id);
        self.outgoing.arrived(&id, &from.to_bare(), cx);
        let said = facts::keep_receipt(receipt, from, id, cx);
        if let Some(said) = said.filter(|_| !is_remembered) {
            cx.emit(Event::Amended(Box::new(said)));
        }
    }

    /// When a message was said, and whose clock tells.
    fn moment(&mut self, message: &Message, with: &BareJid, way: Way, cx: &Context) -> (SystemTime, Clock) {
        let now = cx.now().wall;
        let Some((stamp, keeper)) = delay::read_with_keeper(&message.payloads) else {
            return (self.times.now(with, now), Clock::Ours);
        };
        let is_kept_by_our_server = keeper.is_some_and(|keeper| cx.is_own(Some(&keeper)));
        if way == Way::Direct && is_kept_by_our_server {
            self.times.kept(with, stamp.min(now), now)
        } else {
            self.times.then(with, stamp.min(now), now)
        }
    }
}

/// Says that a message arrived; also that one did which came once more, for whoever sends it so had no answer.
fn give_receipt(message: &Message, cx: &mut Context) {
    if let Some(receipt) = receipts::answer(message, cx) {
        cx.send_message(&receipt);
    }
}

/// With whom the conversation is: a message without `from` is one of our server.
fn other_side(message: &Message, way: Way, cx: &Context) -> Option<Jid> {
    match way {
        Way::SentElsewhere => message.to.clone(),
        Way::ReceivedElsewhere => message.from.clone(),
        Way::Direct => {
            let server = || BareJid::from_parts(None, cx.settings().account.domain()).into();
            Some(message.from.clone().unwrap_or_else(server))
        }
    }
}

fn author(other: &Jid, way: Way, cx: &Context) -> Author {
    if way == Way::SentElsewhere || other.to_bare() == cx.settings().account {
        Author::MyOtherDevice
    } else {
        Author::Contact(other.clone())
    }
}

/// News of our server or a contact; of strangers it is advertisement.
fn take_headline(message: Message, cx: &mut Context) -> Option<Message> {
    let Some(body) = message.body.as_ref().filter(|body| !body.is_empty()) else { return Some(message) };
    match &message.from {
        Some(from) if cx.is_known(from) => {
            cx.emit(Event::Headline { from: from.to_bare(), text: body.clone() });
        }
        from if cx.is_trusted(from.as_ref()) => {
            let from = from.as_ref().map_or(cx.settings().account.domain().as_str(), |from| from.as_str());
            cx.emit(Event::Notice(format!("{from}: {body}")));
        }
        Some(_) | None => {}
    }
    None
}
