//! Chat markers (XEP-0333): that what a contact wrote was seen.
//!
//! Asked for with every message to a contact. Told only if the user wants it told, only to who may see that we are here
//! (section 8) and is not blocked, only of messages that ask for it, and never twice. A mark goes to the contact's bare
//! address: each of their programs may want to know.

use std::collections::BTreeMap;

use jid::{BareJid, Jid};
use minidom::Element;

use crate::engine::context::Context;
use crate::xep::stanza::{Message, MessageKind, element};
use crate::xep::{markers, ns};

/// Conversations whose last mark is remembered; forgetting one costs a repetition.
const CONVERSATIONS: usize = 512;

/// Which message was marked last in each conversation.
#[derive(Default)]
pub(super) struct Marks {
    last: BTreeMap<BareJid, String>,
}

impl Marks {
    /// The mark for that message, if it is to be sent.
    pub(super) fn mark(&mut self, with: &BareJid, id: String, cx: &mut Context) -> Option<Message> {
        let is_blocked = cx.blocked.includes(&with.clone().into());
        let may_know = cx.settings().send_markers && cx.contacts.sees_us(with) && !is_blocked;
        if !may_know || self.last.get(with) == Some(&id) {
            return None;
        }
        let payloads = vec![markers::write(&id), element("store", ns::HINTS)];
        if self.last.len() >= CONVERSATIONS {
            self.last.pop_first();
        }
        self.last.insert(with.clone(), id);
        Some(Message {
            to: Some(with.clone().into()),
            id: Some(cx.fresh_id()),
            kind: MessageKind::Chat,
            payloads,
            ..Message::default()
        })
    }
}

/// What asks for a mark, if one is worth asking for.
pub(super) fn request(to: &Jid, cx: &Context) -> Option<Element> {
    cx.contacts.is_contact(&to.to_bare()).then(markers::request)
}
