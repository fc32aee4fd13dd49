//! Messages on their way: waiting for a connection, sent, sent again, arrived, failed.
//!
//! # Theory of operation
//!
//! Without a connection a message waits here, and says when it was written once it goes (XEP-0203). With one it is sent,
//! and its id remembered: for the receipt, for the bounce, and for the session that ends without the server having
//! acknowledged it; then it goes once more, under the same id, so that who got it after all can tell.
//!
//! What waits is written down where there is a history, and goes in the next run if there is no connection in this one.

use std::collections::VecDeque;
use std::time::SystemTime;

use jid::BareJid;

use super::facts;
use crate::engine::context::Context;
use crate::engine::event::Event;
use crate::engine::history::{Order, Unsent};
use crate::engine::sentence::why_returned;
use crate::xep::delay;
use crate::xep::stanza::{Message, MessageKind, Stanza};

/// Messages that wait for a connection: a day of writing without one.
const WAITING: usize = 500;

/// Messages whose receipt or bounce may still come.
const REMEMBERED: usize = 1000;

/// How often a message is sent. Sessions that end each time it is sent may end because of it.
const TRIES: u8 = 4;

/// The longest message, in KiB on the wire. There are servers that end the session at a stanza of more than 64 KiB, and
/// the envelope needs some.
const LONGEST: usize = 60;

#[derive(Default)]
pub(super) struct Outgoing {
    waiting: VecDeque<Waiting>,
    sent: VecDeque<Sent>,
    lasts: Lasts,
}

/// How long what waits does so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Lasts {
    /// As long as this run.
    #[default]
    ForThisRun,
    /// Until it goes: there is a history that keeps it.
    UntilItGoes,
}

struct Waiting {
    message: Message,
    written: SystemTime,
}

impl Waiting {
    /// A message that is kept until it goes.
    fn kept(message: Message, written: SystemTime, cx: &mut Context) -> Self {
        let id = message.id.clone().unwrap_or_default();
        cx.history(Order::Wait(Unsent { id, stanza: String::from(&message.write()), written }));
        Waiting { message, written }
    }
}

struct Sent {
    id: String,
    with: BareJid,
    written: SystemTime,
    tries: u8,
    arrived: bool,
}

impl Outgoing {
    /// Sends a message of the user, now or when there is a connection.
    pub(super) fn send(&mut self, message: Message, cx: &mut Context) {
        if message.body.as_deref().is_some_and(|body| length_on_the_wire(body) > LONGEST * 1024) {
            return fail(&message, format!("it is longer than {LONGEST} KiB, which servers refuse"), cx);
        }
        if self.waiting.len() >= WAITING {
            return fail(&message, "too many messages wait for a connection".to_owned(), cx);
        }
        self.remember(&message, cx.now().wall);
        if cx.is_online() {
            cx.send_message(&message);
        } else {
            self.waiting.push_back(Waiting::kept(message, cx.now().wall, cx));
        }
    }

    /// What an earlier run could not send any more waits here.
    pub(super) fn take_over(&mut self, unsent: &[Unsent], cx: &mut Context) {
        self.lasts = Lasts::UntilItGoes;
        for unsent in unsent {
            let stanza = unsent.stanza.parse().ok().map(|stanza| Stanza::read(&stanza));
            if let Some(Ok(Stanza::Message(message))) = stanza {
                self.remember(&message, unsent.written);
                self.waiting.push_back(Waiting { message, written: unsent.written });
            } else {
                cx.history(Order::NoLongerWait { id: unsent.id.clone() });
            }
        }
        if cx.is_online() {
            self.flush(cx);
        }
    }

    /// Sends what waits, in the order it was written.
    pub(super) fn flush(&mut self, cx: &mut Context) {
        for Waiting { mut message, written } in self.waiting.drain(..) {
            if delay::read(&message.payloads).is_none() {
                message.payloads.extend(delay::write(written));
            }
            cx.send_message(&message);
            cx.history(Order::NoLongerWait { id: message.id.unwrap_or_default() });
        }
    }

    /// A session took messages with it. Those that somebody wrote go once more, before what was written since.
    pub(super) fn undelivered(&mut self, lost: impl Iterator<Item = Message>, cx: &mut Context) {
        let mut again = VecDeque::new();
        let lost: Vec<Message> = lost.filter(|message| self.is_of_the_user(message)).collect();
        for message in lost {
            if let Some(written) = self.try_again(&message) {
                again.push_back(Waiting::kept(message, written, cx));
            } else {
                fail(&message, "the connection was lost each time it was sent".to_owned(), cx);
            }
        }
        again.append(&mut self.waiting);
        self.waiting = again;
        if cx.is_online() {
            self.flush(cx);
        }
    }

    /// The user is gone for good, and what waits with them, unless it is kept for when they are back.
    pub(super) fn give_up(&mut self, cx: &mut Context) {
        if self.lasts == Lasts::UntilItGoes {
            return;
        }
        for Waiting { message, .. } in self.waiting.drain(..) {
            fail(&message, "it waited for a connection when the session ended".to_owned(), cx);
        }
    }

    /// Somebody says that a message arrived; it counts from whom it was sent to, and once.
    pub(super) fn arrived(&mut self, id: &str, with: &BareJid, cx: &mut Context) {
        let sent = self.sent.iter_mut().find(|sent| sent.id == id && sent.with == *with && !sent.arrived);
        if let Some(sent) = sent {
            sent.arrived = true;
            cx.emit(Event::Receipt { with: with.clone(), id: id.to_owned() });
        }
    }

    /// A message came back. One that is none of ours is given back. What arrived with one program of theirs may still come
    /// back from another that is no more: that takes nothing away.
    pub(super) fn bounced(&mut self, message: Message, cx: &mut Context) -> Option<Message> {
        let from = message.from.as_ref().map(jid::Jid::to_bare);
        let is_it = |sent: &Sent| message.id.as_ref() == Some(&sent.id) && from.as_ref() == Some(&sent.with);
        let Some(sent) = self.sent.iter().position(is_it).and_then(|at| self.sent.remove(at)) else {
            return Some(message);
        };
        let why = message.error.as_ref().map_or_else(|| "it was refused".to_owned(), why_returned);
        if !sent.arrived {
            tell_failure(sent.with, sent.id, why, cx);
        }
        None
    }

    /// Another of our devices sent this: its receipts and bounces reach us too.
    pub(super) fn note_sent_elsewhere(&mut self, message: &Message, cx: &Context) {
        self.remember(message, cx.now().wall);
    }

    /// Whether it is more than what a program says by itself: somebody wrote it, or did something about what was written.
    fn is_of_the_user(&self, message: &Message) -> bool {
        let is_remembered = || self.sent.iter().any(|sent| message.id.as_ref() == Some(&sent.id));
        message.kind == MessageKind::Chat && (message.body.is_some() || is_remembered())
    }

    /// Counts one more try of a message that was lost; when it was written, if there is one left.
    fn try_again(&mut self, message: &Message) -> Option<SystemTime> {
        let sent = self.sent.iter_mut().find(|sent| message.id.as_ref() == Some(&sent.id))?;
        sent.tries += 1;
        (sent.tries < TRIES).then_some(sent.written)
    }

    fn remember(&mut self, message: &Message, written: SystemTime) {
        let (Some(id), Some(to)) = (message.id.clone(), &message.to) else { return };
        if self.sent.len() >= REMEMBERED {
            self.sent.pop_front();
        }
        self.sent.push_back(Sent { id, with: to.to_bare(), written, tries: 0, arrived: false });
    }
}

fn length_on_the_wire(text: &str) -> usize {
    let escaped = |character| match character {
        '&' => "&amp;".len(),
        '<' | '>' => "&lt;".len(),
        other => other.len_utf8(),
    };
    text.chars().map(escaped).sum()
}

fn fail(message: &Message, why: String, cx: &mut Context) {
    if let (Some(id), Some(to)) = (message.id.clone(), &message.to) {
        tell_failure(to.to_bare(), id, why, cx);
    }
}

fn tell_failure(with: BareJid, id: String, why: String, cx: &mut Context) {
    facts::keep_failure(with.clone(), id.clone(), why.clone(), cx);
    cx.emit(Event::MessageFailed { with, id, why });
}
