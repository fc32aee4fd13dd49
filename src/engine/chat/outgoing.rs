//! Messages on their way: waiting, sent, sent again, taken by the server, arrived, failed.
//!
//! # Theory of operation
//!
//! Without a connection a message waits here, and says when it was written once it goes (XEP-0203). With one it is sent,
//! and its id remembered: for the server's word that it has it, for the receipt, and for the bounce.
//!
//! Where there is a history it is written down until the server has it. If a session is lost with it, or this Balcony
//! is killed, it goes once more under the same id, so that who got it after all can tell; and only after the server's
//! archive was looked at ([doubt](crate::engine::doubt)), which knows of what arrived unnoticed. What is written to a
//! contact meanwhile waits behind it. What was never given to a server at all is changed and taken back where it waits.
//! Where the archive keeps nothing of that contact (none does, or the user wants none) nobody can know: then it goes
//! once more all the same, for twice is better than never, and programs that look at ids, like [ours](super::recent),
//! show it once.

use std::collections::{BTreeSet, VecDeque};
use std::time::SystemTime;

use jid::{BareJid, Jid};

use super::{facts, meaning, wording};
use crate::engine::context::Context;
use crate::engine::doubt::{Doubt, Verdict};
use crate::engine::event::{Author, Event};
use crate::engine::history::{Line, Order, Unsent, What};
use crate::engine::sentence::why_returned;
use crate::xep::delay;
use crate::xep::stanza::{Message, MessageKind, Stanza};

/// Messages that wait for a connection: a day of writing without one.
const WAITING: usize = 500;

/// Messages of which more may be heard: that the server has them, a receipt, a bounce.
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
    past: Past,
}

/// Whether a message that waits may be at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Past {
    /// It was never given to a server.
    Unsent,
    /// A session was lost with it, or an earlier run knew more.
    Doubtful,
    /// It did not get there, as far as anybody can know.
    Missing,
}

struct Sent {
    id: String,
    with: BareJid,
    written: SystemTime,
    tries: u8,
    stage: Stage,
}

/// How far a message is known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It waits for a connection, or for the server's word.
    OnItsWay,
    /// The server has it.
    Taken,
    /// The contact has it.
    Arrived,
}

impl Outgoing {
    /// Sends a message of the user, now or when there is a connection.
    pub(super) fn send(&mut self, message: Message, cx: &mut Context) {
        if message.body.as_deref().is_some_and(|body| length_on_the_wire(body) > LONGEST * 1024) {
            return fail(&message, format!("it is longer than {LONGEST} KiB, which servers refuse"), cx);
        }
        let Some(message) = self.do_where_it_waits(message, cx) else { return };
        if self.waiting.len() >= WAITING {
            return fail(&message, "too many messages wait for a connection".to_owned(), cx);
        }
        let written = cx.now().wall;
        self.remember(&message, written, Stage::OnItsWay);
        keep_waiting(&message, written, cx);
        if cx.is_online() && self.waiting.iter().all(|waiting| waiting.with() != contact(&message)) {
            cx.send_message(&message);
        } else {
            self.waiting.push_back(Waiting { message, written, past: Past::Unsent });
        }
    }

    /// Changes and takes back what waits and was never given to a server: nobody has to be told of that. What has to be said
    /// is given back.
    fn do_where_it_waits(&mut self, message: Message, cx: &mut Context) -> Option<Message> {
        match meaning::read(&message, &Author::Me) {
            Some(What::Correction { of, .. }) => {
                let is_it = |waiting: &&mut Waiting| waiting.is_unsent(&of);
                let Some(waiting) = self.waiting.iter_mut().find(is_it) else { return Some(message) };
                waiting.message = wording::corrected(message, &of);
                keep_waiting(&waiting.message, waiting.written, cx);
                None
            }
            Some(What::Retraction { of }) => {
                if !self.waiting.iter().any(|waiting| waiting.is_unsent(&of)) {
                    return Some(message);
                }
                let goes = |waiting: &Waiting| waiting.is_unsent(&of) || waiting.reacts_to(&of);
                let (gone, stays) = std::mem::take(&mut self.waiting).into_iter().partition(goes);
                self.waiting = stays;
                for waiting in Vec::from(gone) {
                    self.forget(waiting.message.id.as_deref(), cx);
                }
                None
            }
            Some(
                What::Message { .. }
                | What::Reactions { .. }
                | What::Receipt { .. }
                | What::Displayed { .. }
                | What::Failure { .. },
            )
            | None => Some(message),
        }
    }

    /// What an earlier run did not know to be at the server waits here. Whom it is for.
    pub(super) fn take_over(&mut self, unsent: &[Unsent], cx: &mut Context) -> BTreeSet<BareJid> {
        self.lasts = Lasts::UntilItGoes;
        for unsent in unsent {
            let stanza = unsent.stanza.parse().ok().map(|stanza| Stanza::read(&stanza));
            if let Some(Ok(Stanza::Message(message))) = stanza {
                self.remember(&message, unsent.written, Stage::OnItsWay);
                self.waiting.push_back(Waiting { message, written: unsent.written, past: Past::Doubtful });
            } else {
                cx.history(Order::NoLongerWait { id: unsent.id.clone() });
            }
        }
        self.flush(cx);
        self.with_whom_something_is_on_its_way()
    }

    /// To whom something was said that the server does not have, as far as is known.
    pub(super) fn with_whom_something_is_on_its_way(&self) -> BTreeSet<BareJid> {
        let on_their_way = self.sent.iter().filter(|sent| sent.stage == Stage::OnItsWay);
        on_their_way.map(|sent| sent.with.clone()).collect()
    }

    /// Sends what waits, in the order it was written; what may be at the server is looked for first.
    pub(super) fn flush(&mut self, cx: &mut Context) {
        if !cx.is_online() {
            return;
        }
        let mut held = BTreeSet::new();
        for mut waiting in std::mem::take(&mut self.waiting) {
            if waiting.past == Past::Doubtful {
                waiting.raise_doubt(cx);
            } else if !held.contains(&waiting.with()) {
                if delay::read(&waiting.message.payloads).is_none() {
                    waiting.message.payloads.extend(delay::write(waiting.written));
                }
                cx.send_message(&waiting.message);
                continue;
            }
            held.insert(waiting.with());
            self.waiting.push_back(waiting);
        }
    }

    /// A session took messages with it. Those that somebody wrote go once more, before what was written since.
    pub(super) fn undelivered(&mut self, lost: impl Iterator<Item = Message>, cx: &mut Context) {
        let mut again = VecDeque::new();
        let lost: Vec<Message> = lost.filter(|message| self.is_of_the_user(message)).collect();
        for message in lost {
            if let Some(sent) = self.sent.iter_mut().find(|sent| message.id.as_ref() == Some(&sent.id)) {
                sent.tries += 1;
                again.push_back(Waiting { message, written: sent.written, past: Past::Doubtful });
            } else {
                fail(&message, "the connection was lost with it".to_owned(), cx);
            }
        }
        again.append(&mut self.waiting);
        self.waiting = again;
        self.flush(cx);
    }

    /// What was found out about messages that may be at the server.
    pub(super) fn settle(&mut self, cx: &mut Context) {
        let settled = cx.doubts.take_settled();
        if settled.is_empty() {
            return;
        }
        for (id, verdict) in settled {
            let is_it = |waiting: &Waiting| waiting.message.id.as_ref() == Some(&id);
            let Some(place) = self.waiting.iter().position(is_it) else { continue };
            let was_tried_enough = self.sent.iter().any(|sent| sent.id == id && sent.tries >= TRIES);
            match verdict {
                Verdict::Arrived => {
                    self.waiting.remove(place);
                    self.taken(&id, cx);
                }
                Verdict::Missing if was_tried_enough => {
                    self.forget(Some(&id), cx);
                    if let Some(Waiting { message, .. }) = self.waiting.remove(place) {
                        fail(&message, "the connection was lost each time it was sent".to_owned(), cx);
                    }
                }
                Verdict::Missing => self.waiting[place].past = Past::Missing,
            }
        }
        self.flush(cx);
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

    /// The server has a message.
    pub(super) fn taken(&mut self, id: &str, cx: &mut Context) {
        let is_it = |sent: &&mut Sent| sent.id == id && sent.stage == Stage::OnItsWay;
        let Some(sent) = self.sent.iter_mut().find(is_it) else { return };
        sent.stage = Stage::Taken;
        cx.emit(Event::MessageSent { with: sent.with.clone(), id: id.to_owned() });
        cx.history(Order::NoLongerWait { id: id.to_owned() });
    }

    /// Whether a message of that name was sent lately, here or by another of our devices.
    pub(super) fn remembers(&self, id: &str) -> bool {
        self.sent.iter().any(|sent| sent.id == id)
    }

    /// Somebody says that a message arrived; it counts from whom it was sent to, and once.
    pub(super) fn arrived(&mut self, id: &str, with: &BareJid, cx: &mut Context) {
        let is_it = |sent: &&mut Sent| sent.id == id && sent.with == *with && sent.stage != Stage::Arrived;
        let Some(sent) = self.sent.iter_mut().find(is_it) else { return };
        if std::mem::replace(&mut sent.stage, Stage::Arrived) == Stage::OnItsWay {
            cx.history(Order::NoLongerWait { id: id.to_owned() });
        }
        cx.emit(Event::Receipt { with: with.clone(), id: id.to_owned() });
    }

    /// A message came back. One that is none of ours is given back. What arrived with one program of theirs may still come
    /// back from another that is no more: that takes nothing away.
    pub(super) fn bounced(&mut self, message: Message, cx: &mut Context) -> Option<Message> {
        let from = message.from.as_ref().map(Jid::to_bare);
        let name = facts::name(&message, &Author::Me);
        let is_it = |sent: &Sent| name.as_ref() == Some(&sent.id) && from.as_ref() == Some(&sent.with);
        if !self.sent.iter().any(is_it) {
            return Some(message);
        }
        let sent = self.forget(name.as_deref(), cx)?;
        let why = message.error.as_ref().map_or_else(|| "it was refused".to_owned(), why_returned);
        if sent.stage != Stage::Arrived {
            tell_failure(sent.with, sent.id, why, cx);
        }
        None
    }

    /// Another of our devices sent this: its receipts and bounces reach us too.
    pub(super) fn note_sent_elsewhere(&mut self, message: &Message, cx: &Context) {
        self.remember(message, cx.now().wall, Stage::Taken);
    }

    /// Says of messages out of the history which of them the server does not have yet.
    pub(super) fn mark(&self, lines: &mut [Line]) {
        let on_their_way = self.sent.iter().filter(|sent| sent.stage == Stage::OnItsWay);
        let names: BTreeSet<&str> = on_their_way.map(|sent| sent.id.as_str()).collect();
        for line in lines {
            line.mark_on_its_way(|id| names.contains(id));
        }
    }

    /// Whether it is more than what a program says by itself: somebody wrote it, or did something about what was written.
    fn is_of_the_user(&self, message: &Message) -> bool {
        let is_remembered = || message.id.as_deref().is_some_and(|id| self.remembers(id));
        message.kind == MessageKind::Chat && (message.body.is_some() || is_remembered())
    }

    fn remember(&mut self, message: &Message, written: SystemTime, stage: Stage) {
        let (Some(id), Some(to)) = (message.id.clone(), &message.to) else { return };
        if self.sent.len() >= REMEMBERED {
            self.sent.pop_front();
        }
        self.sent.push_back(Sent { id, with: to.to_bare(), written, tries: 0, stage });
    }

    /// Nothing more is expected of that message; what was known of it.
    fn forget(&mut self, id: Option<&str>, cx: &mut Context) -> Option<Sent> {
        let place = self.sent.iter().position(|sent| Some(sent.id.as_str()) == id)?;
        let sent = self.sent.remove(place)?;
        if sent.stage == Stage::OnItsWay {
            cx.history(Order::NoLongerWait { id: sent.id.clone() });
        }
        Some(sent)
    }
}

impl Waiting {
    fn with(&self) -> Option<BareJid> {
        contact(&self.message)
    }

    /// Whether it is that message, and was never given to a server.
    fn is_unsent(&self, id: &str) -> bool {
        self.past == Past::Unsent && self.message.id.as_deref() == Some(id)
    }

    fn reacts_to(&self, id: &str) -> bool {
        matches!(meaning::read(&self.message, &Author::Me), Some(What::Reactions { to, .. }) if to == id)
    }

    fn raise_doubt(&self, cx: &mut Context) {
        if let (Some(id), Some(with)) = (self.message.id.clone(), self.with()) {
            cx.doubts.raise(id, Doubt { with, written: self.written });
        }
    }
}

fn keep_waiting(message: &Message, written: SystemTime, cx: &mut Context) {
    let (id, stanza) = (message.id.clone().unwrap_or_default(), String::from(&message.write()));
    cx.history(Order::Wait(Unsent { id, stanza, written }));
}

fn contact(message: &Message) -> Option<BareJid> {
    message.to.as_ref().map(Jid::to_bare)
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
