//! One-to-one messages (RFC 6121 §5), with what says that they arrived ([receipts]), that somebody is writing
//! ([chat states](chat_states)) and what our other devices said and heard ([carbons]).
//!
//! # Theory of operation
//!
//! A message that the user sends is told at once, and [outgoing] takes it from there: it waits for a connection, is sent
//! once more if a session is lost with it, and ends as delivered, failed or simply sent.
//!
//! What comes in is first taken out of a carbon, if it is one. A type `normal` with a body is a message like any other;
//! `groupchat` belongs to rooms, which are not here; a `headline` is a notice if our server or a contact sends it; an
//! `error` is the bounce of one of ours. A message about something else than chat goes on to the next feature.

mod carbons;
mod chat_states;
mod facts;
mod outgoing;
mod receipts;
mod recent;

use jid::{BareJid, Jid};
use minidom::Element;

use self::carbons::Opened;
use self::chat_states::Conversations;
use self::facts::Times;
use self::outgoing::Outgoing;
use self::recent::Recent;
use super::Session;
use super::command::Command;
use super::context::{Context, Settings};
use super::event::{Author, ChatMessage, Event};
use super::feature::{Feature, FeatureEntry, Xep};
use crate::xep::stanza::{Message, MessageKind, Stanza};
use crate::xep::{delay, ns};

/// The line of chat in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "chat",
    xeps: &[
        Xep { number: "0085", title: "Chat State Notifications", version: "2.1" },
        Xep { number: "0184", title: "Message Delivery Receipts", version: "1.4.0" },
        Xep { number: "0203", title: "Delayed Delivery", version: "2.0" },
        Xep { number: "0280", title: "Message Carbons", version: "1.0.1" },
        Xep { number: "0297", title: "Stanza Forwarding", version: "1.0" },
        Xep { number: "0359", title: "Unique and Stable Stanza IDs", version: "0.7.0" },
    ],
    advertises: &[ns::CHAT_STATES, ns::RECEIPTS],
    new: |_: &Settings| Box::new(Chat::default()),
};

#[derive(Default)]
struct Chat {
    outgoing: Outgoing,
    conversations: Conversations,
    recent: Recent,
    times: Times,
}

/// By which way a message came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It was sent to us.
    Direct,
    /// It was sent to another of our devices.
    ReceivedElsewhere,
    /// Another of our devices sent it.
    SentElsewhere,
}

impl Feature for Chat {
    fn session(&mut self, session: &Session, cx: &mut Context) {
        match session {
            Session::Online { resumed, .. } => {
                if !resumed {
                    carbons::enable(cx);
                    self.conversations.begin_anew();
                }
                self.outgoing.flush(cx);
            }
            Session::Stopped { .. } => self.outgoing.give_up(cx),
            Session::Connecting | Session::Offline { .. } => {}
        }
    }

    fn undelivered(&mut self, stanzas: &[Element], cx: &mut Context) {
        let messages = stanzas.iter().filter_map(|stanza| match Stanza::read(stanza) {
            Ok(Stanza::Message(message)) => Some(message),
            Ok(Stanza::Iq(_) | Stanza::Presence(_)) | Err(_) => None,
        });
        self.outgoing.undelivered(messages, cx);
    }

    fn message(&mut self, message: Message, cx: &mut Context) -> Option<Message> {
        match carbons::open(message, cx) {
            Opened::Plain(message) => self.take(message, Way::Direct, cx),
            Opened::Received(copy) => {
                self.take(copy, Way::ReceivedElsewhere, cx);
                None
            }
            Opened::Sent(copy) => {
                self.take(copy, Way::SentElsewhere, cx);
                None
            }
            Opened::Forged => None,
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what a feature does not know goes to the next")]
    fn command(&mut self, command: Command, cx: &mut Context) -> Option<Command> {
        match command {
            Command::SendMessage { to, body } => {
                self.send(to, body, cx);
                None
            }
            Command::SetChatState { to, state } => {
                if let Some(notification) = self.conversations.notify(&to, state, cx) {
                    cx.send_message(&notification);
                }
                None
            }
            other => Some(other),
        }
    }
}

impl Chat {
    fn send(&mut self, to: Jid, body: String, cx: &mut Context) {
        let with = to.to_bare();
        let id = cx.fresh_id();
        let said = ChatMessage {
            with: with.clone(),
            author: Author::Me,
            id: Some(id.clone()),
            body: body.clone(),
            at: self.times.of(cx.now().wall),
            delayed: false,
        };
        facts::keep(&said, None, cx);
        cx.emit(Event::Message(said));
        let mut payloads = Vec::new();
        payloads.extend(receipts::request(&to, cx));
        payloads.extend(self.conversations.active(&with, cx));
        let kind = MessageKind::Chat;
        let message = Message { to: Some(to), id: Some(id), kind, body: Some(body), payloads, ..Message::default() };
        self.outgoing.send(message, cx);
    }

    /// Takes a message, or gives it back if it is not about chat.
    fn take(&mut self, message: Message, way: Way, cx: &mut Context) -> Option<Message> {
        match message.kind {
            MessageKind::Chat | MessageKind::Normal => self.take_chat(message, way, cx),
            MessageKind::Headline => take_headline(message, cx),
            MessageKind::Error => self.outgoing.bounced(message, cx),
            MessageKind::Groupchat => Some(message),
        }
    }

    fn take_chat(&mut self, message: Message, way: Way, cx: &mut Context) -> Option<Message> {
        let body = message.body.clone().filter(|body| !body.is_empty());
        let state = chat_states::read(&message);
        let receipt = receipts::read(&message);
        if body.is_none() && state.is_none() && receipt.is_none() {
            return Some(message);
        }
        let other = other_side(&message, way, cx)?;
        let is_delayed = delay::read(&message.payloads).is_some();
        let repeated = self.recent.repeats(&message, way != Way::Direct || is_delayed);
        if repeated || cx.me().is_some_and(|me| other == *me) {
            return None;
        }
        if let Some(body) = body {
            self.show(body, &message, &other, way, cx);
        }
        if way == Way::SentElsewhere {
            return None;
        }
        if let Some(id) = receipt {
            self.outgoing.arrived(&id, &other.to_bare(), cx);
            facts::keep_receipt(&message, &other, id, cx);
        }
        if !is_delayed {
            self.conversations.heard(&message, &other, state, cx);
        }
        if way == Way::Direct
            && let Some(receipt) = receipts::answer(&message, cx)
        {
            cx.send_message(&receipt);
        }
        None
    }

    fn show(&mut self, body: String, message: &Message, other: &Jid, way: Way, cx: &mut Context) {
        if way == Way::SentElsewhere {
            self.outgoing.note_sent_elsewhere(message, cx);
        }
        let stamp = delay::read(&message.payloads);
        let said = ChatMessage {
            with: other.to_bare(),
            author: author(other, way, cx),
            id: message.id.clone(),
            body,
            at: self.times.of(stamp.map_or(cx.now().wall, |stamp| stamp.min(cx.now().wall))),
            delayed: stamp.is_some(),
        };
        facts::keep(&said, Some(message), cx);
        cx.emit(Event::Message(said));
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
    if cx.is_trusted(message.from.as_ref()) {
        let from = message.from.as_ref().map_or(cx.settings().account.domain().as_str(), |from| from.as_str());
        cx.emit(Event::Notice(format!("{from}: {body}")));
    }
    None
}
