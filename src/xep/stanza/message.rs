//! `<message/>` (RFC 6121 §5).

use jid::Jid;
use minidom::Element;

use super::{StanzaError, element, jid_attr, set, set_jids, text_element};
use crate::xep::{Malformed, ns};

/// `<message/>`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Message {
    /// Who sent it.
    pub from: Option<Jid>,
    /// Whom it is for.
    pub to: Option<Jid>,
    /// The sender's name for it.
    pub id: Option<String>,
    /// RFC 6121 §5.2.2.
    pub kind: MessageKind,
    /// The first `<body/>`.
    pub body: Option<String>,
    /// `<error/>` of a bounced message.
    pub error: Option<StanzaError>,
    /// Every child but `<body/>`, `<error/>`.
    pub payloads: Vec<Element>,
}

/// The type of a message (RFC 6121 §5.2.2); an unknown one counts as `Normal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MessageKind {
    /// One-to-one chat.
    Chat,
    /// A bounce.
    Error,
    /// A room's message.
    Groupchat,
    /// News, alerts.
    Headline,
    /// Everything else.
    #[default]
    Normal,
}

impl Message {
    pub(super) fn read(message: &Element) -> Result<Message, Malformed> {
        let kind = match message.attr("type") {
            Some("chat") => MessageKind::Chat,
            Some("error") => MessageKind::Error,
            Some("groupchat") => MessageKind::Groupchat,
            Some("headline") => MessageKind::Headline,
            _ => MessageKind::Normal,
        };
        let is_own = |child: &&Element| child.has_ns(ns::CLIENT) && matches!(child.name(), "body" | "error");
        Ok(Message {
            from: jid_attr(message, "from")?,
            to: jid_attr(message, "to")?,
            id: message.attr("id").map(str::to_owned),
            kind,
            body: message.get_child("body", ns::CLIENT).map(Element::text),
            error: message.get_child("error", ns::CLIENT).map(StanzaError::read),
            payloads: message.children().filter(|child| !is_own(child)).cloned().collect(),
        })
    }

    /// The payload of that name and namespace.
    pub fn payload(&self, name: &str, namespace: &str) -> Option<&Element> {
        self.payloads.iter().find(|payload| payload.is(name, namespace))
    }

    /// The XML of it.
    pub fn write(&self) -> Element {
        let mut message = element("message", ns::CLIENT);
        set_jids(&mut message, self.from.as_ref(), self.to.as_ref());
        if let Some(id) = &self.id {
            set(&mut message, "id", id);
        }
        match self.kind {
            MessageKind::Chat => set(&mut message, "type", "chat"),
            MessageKind::Error => set(&mut message, "type", "error"),
            MessageKind::Groupchat => set(&mut message, "type", "groupchat"),
            MessageKind::Headline => set(&mut message, "type", "headline"),
            MessageKind::Normal => {}
        }
        if let Some(body) = &self.body {
            message.append_child(text_element("body", ns::CLIENT, body));
        }
        for payload in &self.payloads {
            message.append_child(payload.clone());
        }
        if let Some(error) = &self.error {
            message.append_child(error.write());
        }
        message
    }
}
