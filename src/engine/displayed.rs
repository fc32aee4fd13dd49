//! How far conversations were read, on all of our devices (XEP-0490): what is seen on one is new on none.
//!
//! # Theory of operation
//!
//! Only where the server keeps what is published as its publisher wants it (publish-options): anywhere else the whole
//! world might be told what we read. At the beginning of a session all of it is asked for; then changes come as events,
//! believed from our own account alone. A message that is named there may not be here yet: it is looked for once more
//! when the archive had something.
//!
//! What the user reads here is published under the name that our archive gave the last message that was seen, some
//! seconds later, for who reads a conversation reads on.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use jid::{BareJid, Jid};

use super::Session;
use super::command::Command;
use super::context::{Context, Settings};
use super::disco::Knowledge;
use super::feature::{Feature, FeatureEntry, Response, Xep};
use super::history::{Answer, Name, Order, ReadPlace};
use super::iq::IqToken;
use crate::xep::stanza::Message;
use crate::xep::{displayed, ns, pep};

/// The line of it in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "read state",
    xeps: &[Xep { number: "0490", title: "Message Displayed Synchronization", version: "1.0.1" }],
    advertises: &[ns::DISPLAYED_NOTIFY],
    new: |_: &Settings| Box::new(Displayed::default()),
};

/// As long as any answer of the own server.
const PATIENCE: Duration = Duration::from_secs(30);

/// From the first message that was seen until it is told: a conversation that goes on is told of as often at most.
const LULL: Duration = Duration::from_secs(3);

/// Conversations that are remembered; more than anybody has, and forgetting one costs a repetition.
const REMEMBERED: usize = 4096;

#[derive(Default)]
struct Displayed {
    offer: Option<Offer>,
    asking: Option<IqToken>,
    /// What the server has, by the archive's names.
    published: BTreeMap<BareJid, String>,
    /// What was seen elsewhere of messages that may not be here yet.
    unknown: BTreeMap<BareJid, String>,
    /// Where the user read on.
    seen: BTreeSet<BareJid>,
    /// What is to be published.
    unpublished: BTreeMap<BareJid, String>,
    due: Option<Instant>,
}

/// How the server keeps what is published.
#[derive(Debug, Clone, Copy)]
struct Offer {
    has_max: bool,
}

impl Feature for Displayed {
    fn session(&mut self, session: &Session, cx: &mut Context) {
        if let Session::Online { resumed: false, .. } = session {
            self.offer = None;
            self.asking = None;
            let account = Jid::from(cx.settings().account.clone());
            cx.peers.learn(&account);
        }
    }

    fn learnt(&mut self, who: &Jid, cx: &mut Context) {
        if self.offer.is_some() || *who != cx.settings().account {
            return;
        }
        self.offer = cx.peers.features_of(who).and_then(offer);
        if self.offer.is_some() {
            self.asking = Some(cx.get(None, displayed::query(), PATIENCE));
        }
    }

    fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) {
        if self.asking != Some(token) {
            return;
        }
        self.asking = None;
        if let Response::Result(Some(answer)) = response
            && let Some(items) = pep::read_items(&answer, ns::DISPLAYED)
        {
            self.take(displayed::read(items, &cx.settings().account), cx);
        }
    }

    fn message(&mut self, message: Message, cx: &mut Context) -> Option<Message> {
        let Some(items) = pep::read_event(&message.payloads, ns::DISPLAYED) else { return Some(message) };
        let account = &cx.settings().account;
        if message.from.as_ref().is_none_or(|from| *from == *account) {
            self.take(displayed::read(items, account), cx);
        }
        None
    }

    fn command(&mut self, command: Command, _cx: &mut Context) -> Option<Command> {
        if let Command::MarkRead { with, .. } = &command
            && self.seen.len() < REMEMBERED
        {
            self.seen.insert(with.clone());
        }
        Some(command)
    }

    fn history(&mut self, answer: Answer, cx: &mut Context) -> Option<Answer> {
        match &answer {
            Answer::Read { with, archived: Some(name), place: ReadPlace::Here, .. } => {
                self.read_here(with, name, cx);
            }
            Answer::Read { with, place: ReadPlace::Elsewhere, .. } => drop(self.unknown.remove(with)),
            Answer::Conversations(_) => self.look_again(cx),
            Answer::Read { archived: None, .. }
            | Answer::Page { .. }
            | Answer::Around { .. }
            | Answer::Found { .. }
            | Answer::Unsent(_)
            | Answer::Roster(_)
            | Answer::New(_)
            | Answer::Horizon(_) => {}
        }
        Some(answer)
    }

    fn deadline(&self) -> Option<Instant> {
        self.due
    }

    fn timeout(&mut self, cx: &mut Context) {
        self.due = None;
        let Some(Offer { has_max }) = self.offer.filter(|_| cx.is_online()) else { return };
        let account = cx.settings().account.clone();
        for (with, name) in std::mem::take(&mut self.unpublished) {
            cx.set(None, displayed::publish(&with, &name, &account, has_max), PATIENCE);
            self.published.insert(with, name);
        }
    }
}

impl Displayed {
    /// Takes note of what was read elsewhere; what we published ourselves comes back too. What is left unread is counted
    /// anew then.
    fn take(&mut self, read: Vec<(BareJid, String)>, cx: &mut Context) {
        let before = self.unknown.len();
        for (with, name) in read {
            if self.published.get(&with) == Some(&name) || self.published.len() >= REMEMBERED {
                continue;
            }
            self.published.insert(with.clone(), name.clone());
            cx.read_elsewhere.insert(with.clone());
            self.unknown.insert(with.clone(), name.clone());
            cx.history(Order::ReadElsewhere { with, message: Name::Archives(name) });
        }
        if self.unknown.len() > before {
            cx.history(Order::Conversations);
        }
    }

    fn look_again(&self, cx: &mut Context) {
        for (with, name) in &self.unknown {
            let message = Name::Archives(name.clone());
            cx.history(Order::ReadElsewhere { with: with.clone(), message });
        }
    }

    fn read_here(&mut self, with: &BareJid, name: &String, cx: &Context) {
        let is_news = self.seen.remove(with) && self.published.get(with) != Some(name);
        if is_news && self.offer.is_some() {
            self.unpublished.insert(with.clone(), name.clone());
            self.due.get_or_insert(cx.after(LULL));
        }
    }
}

fn offer(known: &Knowledge) -> Option<Offer> {
    let has_max = known.includes(ns::PUBSUB_MAX);
    known.includes(ns::PUBLISH_OPTIONS).then_some(Offer { has_max })
}
