//! Chat state notifications (XEP-0085): who is writing, who looks elsewhere.
//!
//! A message of ours carries `<active/>`, unless the contact answered without a state (section 5.1). A state alone is sent
//! only to a contact who may see us, is there, and is known to understand it: by the features of a program of theirs, or
//! because they sent a state themselves; and never the same twice (section 5.3). It goes to the program that spoke last.
//!
//! That somebody writes is believed for a while and no longer: what would end it may be lost, or held back by a server
//! that was told that nobody looks (XEP-0352).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jid::{BareJid, Jid};
use minidom::Element;

use crate::engine::context::Context;
use crate::engine::disco::Knowledge;
use crate::engine::event::{ChatState, Event};
use crate::xep::ns;
use crate::xep::stanza::{Message, MessageKind, element};

/// Conversations whose state is remembered; people have fewer, and forgetting one only costs a notification.
const CONVERSATIONS: usize = 512;

/// Who has not touched their program for two minutes is inactive, as XEP-0085 suggests.
const LASTS: Duration = Duration::from_mins(2);

const STATES: [(ChatState, &str); 5] = [
    (ChatState::Active, "active"),
    (ChatState::Composing, "composing"),
    (ChatState::Paused, "paused"),
    (ChatState::Inactive, "inactive"),
    (ChatState::Gone, "gone"),
];

/// How things stand with each contact.
#[derive(Default)]
pub(super) struct Conversations {
    with: BTreeMap<BareJid, Conversation>,
}

#[derive(Default)]
struct Conversation {
    understood: Understood,
    said: Option<ChatState>,
    last_heard_from: Option<Jid>,
    /// Until when it is believed that they write, or began to.
    writing_until: Option<Instant>,
}

/// What their messages tell of whether they understand states.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Understood {
    #[default]
    Unknown,
    Yes,
    No,
}

/// The state that a message carries.
pub(super) fn read(message: &Message) -> Option<ChatState> {
    let named = |name: &str| STATES.iter().find(|(_, known)| *known == name).map(|(state, _)| *state);
    message.payloads.iter().filter(|payload| payload.has_ns(ns::CHAT_STATES)).find_map(|state| named(state.name()))
}

fn write(state: ChatState) -> Element {
    let name = STATES.iter().find(|(known, _)| *known == state).map_or("active", |(_, name)| name);
    element(name, ns::CHAT_STATES)
}

impl Conversations {
    /// A new session: nobody knows what we said in the one before.
    pub(super) fn begin_anew(&mut self) {
        for conversation in self.with.values_mut() {
            conversation.said = None;
            conversation.last_heard_from = None;
            conversation.writing_until = None;
        }
    }

    /// When somebody is to be believed to write no more.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.with.values().filter_map(|conversation| conversation.writing_until).min()
    }

    /// Nobody is believed to write whose time is over; nobody at all, while the server holds back what would end it.
    pub(super) fn expire(&mut self, cx: &mut Context) {
        let now = cx.now().instant;
        for (with, conversation) in &mut self.with {
            let is_over = |until: &mut Instant| *until <= now || cx.is_left;
            if conversation.writing_until.take_if(is_over).is_some() {
                cx.emit(Event::ChatState { from: with.clone(), state: ChatState::Active });
            }
        }
    }

    /// What a message to a contact carries.
    pub(super) fn active(&mut self, with: &BareJid, cx: &Context) -> Option<Element> {
        let conversation = self.conversation(with);
        if conversation.understood == Understood::No && !is_advertised(with, cx) {
            return None;
        }
        conversation.said = Some(ChatState::Active);
        Some(write(ChatState::Active))
    }

    /// The message that tells a contact what the user does, if they should be told.
    pub(super) fn notify(&mut self, with: &BareJid, state: ChatState, cx: &Context) -> Option<Message> {
        let there = cx.contacts.find(with).filter(|contact| !contact.resources.is_empty())?;
        let conversation = self.conversation(with);
        let understood = conversation.understood == Understood::Yes || is_advertised(with, cx);
        if !understood || !cx.is_online() || !cx.contacts.sees_us(with) || conversation.said == Some(state) {
            return None;
        }
        conversation.said = Some(state);
        let is_there = |jid: &&Jid| there.resources.iter().any(|resource| resource.jid == **jid);
        let program = conversation.last_heard_from.as_ref().filter(is_there).cloned();
        Some(Message {
            to: Some(program.unwrap_or_else(|| with.clone().into())),
            kind: MessageKind::Chat,
            payloads: vec![write(state)],
            ..Message::default()
        })
    }

    /// Somebody wrote, with a state or without.
    pub(super) fn heard(&mut self, message: &Message, from: &Jid, state: Option<ChatState>, cx: &mut Context) {
        let with = from.to_bare();
        if !cx.contacts.is_contact(&with) {
            return;
        }
        let conversation = self.conversation(&with);
        conversation.last_heard_from = Some(from.clone());
        let is_writing = matches!(state, Some(ChatState::Composing | ChatState::Paused));
        conversation.writing_until = is_writing.then(|| cx.after(LASTS));
        if let Some(state) = state {
            conversation.understood = Understood::Yes;
            cx.emit(Event::ChatState { from: with, state });
        } else if message.body.is_some() {
            conversation.understood = Understood::No;
        }
    }

    fn conversation(&mut self, with: &BareJid) -> &mut Conversation {
        if self.with.len() >= CONVERSATIONS && !self.with.contains_key(with) {
            self.with.pop_first();
        }
        self.with.entry(with.clone()).or_default()
    }
}

/// Whether a program of theirs says that it understands states.
fn is_advertised(with: &BareJid, cx: &Context) -> bool {
    let resources = cx.contacts.find(with).map(|contact| contact.resources.as_slice()).unwrap_or_default();
    resources
        .iter()
        .filter_map(|resource| cx.peers.features_of(&resource.jid))
        .any(|knowledge: &Knowledge| knowledge.includes(ns::CHAT_STATES))
}
