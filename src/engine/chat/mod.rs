//! One-to-one messages (RFC 6121 §5), with what says that they arrived ([receipts]) and were seen ([markers]), that
//! somebody is writing ([chat states](chat_states)) and what our other devices said and heard ([carbons]); and what is
//! done about earlier ones: answers, corrections, retractions, reactions ([wording]).
//!
//! # Theory of operation
//!
//! A message that the user sends is told at once, and [outgoing] takes it from there: it waits for a connection, is kept
//! until the server has it, is sent once more if a session is lost with it, and ends as delivered, failed or simply sent.
//!
//! What comes in is first taken out of a carbon, if it is one; [incoming] takes it from there. A type `normal` with a body is a message like any other;
//! `groupchat` belongs to rooms, which are not here; a `headline` is a notice if our server sends it, and stands in the
//! conversation if a contact does; an `error` is the bounce of one of ours. A message about something else than chat
//! goes on to the next feature.
//!
//! What a message says is read out of its stanza by [meaning], the same for what comes and for what we send: a message is
//! told as one, anything about an earlier message as the fact that it is. Whether its author may say so is decided where
//! that earlier message is known: by [`Line::is_meant`](super::history::Line::is_meant).

mod carbons;
mod chat_states;
mod facts;
mod incoming;
mod markers;
mod meaning;
mod outgoing;
mod receipts;
mod recent;
mod wording;

use std::time::{Instant, SystemTime};

use jid::{BareJid, Jid};
use minidom::Element;

use self::carbons::Opened;
use self::chat_states::Conversations;
use self::facts::Times;
pub(super) use self::facts::{name, read_what_was_answered};
use self::incoming::Way;
use self::markers::Marks;
use self::outgoing::Outgoing;
use self::recent::Recent;
use super::Session;
use super::command::Command;
use super::context::{Context, Settings};
use super::event::{Author, ChatMessage, Event};
use super::feature::{Feature, FeatureEntry, Xep};
use super::history::{Answer, Clock, Hints, What};
use crate::xep::stanza::{Message, Stanza};
use crate::xep::{ns, stanza_id};

/// The line of chat in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "chat",
    xeps: &[
        Xep { number: "0082", title: "XMPP Date and Time Profiles", version: "1.1.1" },
        Xep { number: "0085", title: "Chat State Notifications", version: "2.1" },
        Xep { number: "0184", title: "Message Delivery Receipts", version: "1.4.0" },
        Xep { number: "0203", title: "Delayed Delivery", version: "2.0" },
        Xep { number: "0280", title: "Message Carbons", version: "1.0.1" },
        Xep { number: "0297", title: "Stanza Forwarding", version: "1.0" },
        Xep { number: "0308", title: "Last Message Correction", version: "1.2.1" },
        Xep { number: "0333", title: "Displayed Markers", version: "1.0.0" },
        Xep { number: "0359", title: "Unique and Stable Stanza IDs", version: "0.7.0" },
        Xep { number: "0393", title: "Message Styling", version: "1.1.1" },
        Xep { number: "0424", title: "Message Retraction", version: "0.4.2" },
        Xep { number: "0428", title: "Fallback Indication", version: "0.2.1" },
        Xep { number: "0444", title: "Message Reactions", version: "0.2.1" },
        Xep { number: "0461", title: "Message Replies", version: "0.2.1" },
    ],
    advertises: &[
        ns::CHAT_STATES,
        ns::RECEIPTS,
        ns::CORRECTION,
        ns::MARKERS,
        ns::STYLING,
        ns::RETRACTION,
        ns::FALLBACK,
        ns::REACTIONS,
        ns::REPLY,
        ns::STANZA_IDS,
    ],
    new: |_: &Settings| Box::new(Chat::default()),
};

#[derive(Default)]
struct Chat {
    outgoing: Outgoing,
    conversations: Conversations,
    recent: Recent,
    marks: Marks,
    times: Times,
}

impl Feature for Chat {
    fn session(&mut self, session: &Session, cx: &mut Context) {
        match session {
            Session::Online { resumed, .. } => {
                if !resumed {
                    // Who wants no messages wants no copies of them either.
                    if cx.settings().priority >= 0 {
                        carbons::enable(cx);
                    }
                    self.conversations.begin_anew();
                }
                self.outgoing.flush(cx);
            }
            Session::Stopped { .. } => {
                self.close();
                self.outgoing.give_up(cx);
            }
            Session::Offline { .. } => self.close(),
            Session::Connecting => {}
        }
    }

    fn undelivered(&mut self, stanzas: &[Element], cx: &mut Context) {
        let messages = stanzas.iter().filter_map(|stanza| match Stanza::read(stanza) {
            Ok(Stanza::Message(message)) => Some(message),
            Ok(Stanza::Iq(_) | Stanza::Presence(_)) | Err(_) => None,
        });
        self.outgoing.undelivered(messages, cx);
    }

    fn acknowledged(&mut self, ids: &[String], cx: &mut Context) {
        for id in ids {
            self.outgoing.taken(id, cx);
        }
    }

    fn settle(&mut self, cx: &mut Context) {
        self.outgoing.settle(cx);
        if cx.is_left {
            self.conversations.expire(cx);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.conversations.deadline()
    }

    fn timeout(&mut self, cx: &mut Context) {
        self.conversations.expire(cx);
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

    #[expect(clippy::wildcard_enum_match_arm, reason = "the history answers others too")]
    fn history(&mut self, answer: Answer, cx: &mut Context) -> Option<Answer> {
        match answer {
            Answer::Unsent(unsent) => {
                for with in self.outgoing.take_over(&unsent, cx) {
                    self.times.reopen(&with);
                }
                None
            }
            Answer::Conversations(all) => {
                for one in &all {
                    self.times.note(&one.with, one.last);
                }
                // An earlier run said all that; this one has had no session yet.
                if cx.me().is_none() {
                    self.close();
                }
                Some(Answer::Conversations(all))
            }
            Answer::Page { with, before, mut page, floor } => {
                self.outgoing.mark(&mut page.lines);
                Some(Answer::Page { with, before, page, floor })
            }
            Answer::Around { with, from, mut part } => {
                self.outgoing.mark(&mut part.lines);
                Some(Answer::Around { with, from, part })
            }
            other => Some(other),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what a feature does not know goes to the next")]
    fn command(&mut self, command: Command, cx: &mut Context) -> Option<Command> {
        match command {
            Command::SendMessage { to, body } => self.send(&to, wording::message(body), cx),
            Command::Reply { to, about, body } => self.send(&to, wording::answer(&about, &body), cx),
            Command::Correct { to, id, body, about } => {
                self.send(&to, wording::correction(&id, &body, about.as_ref()), cx);
            }
            Command::Retract { to, id } => self.send(&to, wording::retraction(&id), cx),
            Command::Discard { to, id } => {
                self.note(&to, wording::retraction(&id), cx);
            }
            Command::React { to, about, emoji } => {
                let reactions = wording::reactions(&to, &about, emoji, cx);
                self.send(&to, reactions, cx);
            }
            Command::MarkDisplayed { with, id } => {
                if let Some(mark) = self.marks.mark(&with, id, cx) {
                    self.outgoing.send(mark, cx);
                }
            }
            Command::SetChatState { to, state } => {
                if let Some(notification) = self.conversations.notify(&to, state, cx) {
                    cx.send_message(&notification);
                }
            }
            other => return Some(other),
        }
        None
    }
}

impl Chat {
    /// The session is over, or none has begun.
    fn close(&mut self) {
        let on_their_way = self.outgoing.with_whom_something_is_on_its_way();
        self.times.close(|with| on_their_way.contains(with));
    }

    /// Sends what the user says or does, and takes note of it.
    fn send(&mut self, to: &Jid, message: Message, cx: &mut Context) {
        let message = self.note(to, message, cx);
        self.outgoing.send(message, cx);
    }

    /// Takes note of what the user says or does; how it goes out, if it does.
    fn note(&mut self, to: &Jid, message: Message, cx: &mut Context) -> Message {
        let id = cx.fresh_id();
        let mut message = Message { to: Some(to.clone()), id: Some(id.clone()), ..message };
        let at = self.times.now(&to.to_bare(), cx.now().wall);
        let nothing = || What::Message { body: String::new(), reply_to: None, hints: Hints::default() };
        let what = meaning::read(&message, &Author::Me).unwrap_or_else(nothing);
        if is_said(&what) {
            message.payloads.extend(receipts::request(to, cx));
            message.payloads.extend(markers::request(to, cx));
            message.payloads.extend(self.conversations.active(&to.to_bare(), cx));
        }
        message.payloads.push(stanza_id::origin(&id));
        let heard = Heard { with: to.to_bare(), author: Author::Me, at, clock: Clock::Ours, is_delayed: false };
        tell(what, heard, &message, cx);
        message
    }
}

/// Keeps what a stanza says, and tells it. What a stranger says about earlier messages is neither kept nor told,
/// unless there are words in it.
fn tell(what: What, heard: Heard, stanza: &Message, cx: &mut Context) {
    let is_worth_it = match &what {
        What::Message { .. } | What::Correction { .. } | What::Retraction { .. } => true,
        What::Reactions { .. } | What::Receipt { .. } | What::Displayed { .. } | What::Failure { .. } => {
            cx.contacts.is_contact(&heard.with) || heard.author.speaker().is_none()
        }
    };
    if !is_worth_it {
        return;
    }
    let said = facts::said(what, &heard, stanza, cx);
    facts::keep(&said, cx);
    cx.emit(match said.what {
        What::Message { body, hints, .. } => Event::Message(ChatMessage {
            with: heard.with,
            author: heard.author,
            id: said.id,
            body,
            at: heard.at,
            delayed: heard.is_delayed,
            reply: meaning::answered(stanza),
            hints,
        }),
        What::Correction { .. }
        | What::Retraction { .. }
        | What::Reactions { .. }
        | What::Receipt { .. }
        | What::Displayed { .. }
        | What::Failure { .. } => Event::Amended(Box::new(said)),
    });
}

/// Whose words a stanza brought, and when.
struct Heard {
    with: BareJid,
    author: Author,
    at: SystemTime,
    clock: Clock,
    is_delayed: bool,
}

/// Whether there are words of the user in it, rather than something about earlier ones.
fn is_said(what: &What) -> bool {
    match what {
        What::Message { .. } | What::Correction { .. } => true,
        What::Retraction { .. }
        | What::Reactions { .. }
        | What::Receipt { .. }
        | What::Displayed { .. }
        | What::Failure { .. } => false,
    }
}

/// The receipt that a message asks for, if its sender may have one.
pub(super) fn receipt_of(message: &Message, cx: &mut Context) -> Option<Message> {
    receipts::answer(message, cx)
}

/// What a message of this author says, for whoever keeps it without telling of it.
pub(super) fn meanings(message: &Message, author: &Author) -> Vec<What> {
    let receipt = receipts::read(message).map(|of| What::Receipt { of });
    meaning::read(message, author).into_iter().chain(receipt).collect()
}
