//! `<presence/>` (RFC 6121 §4).

use jid::Jid;
use minidom::Element;

use super::{StanzaError, element, jid_attr, set, set_jids, text_element};
use crate::xep::{Malformed, ns};

/// `<presence/>`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Presence {
    /// Who sent it.
    pub from: Option<Jid>,
    /// Whom it is for.
    pub to: Option<Jid>,
    /// The sender's name for it.
    pub id: Option<String>,
    /// RFC 6121 §4.7.1.
    pub kind: PresenceKind,
    /// `<show/>`, absent or unknown means plainly available.
    pub show: Show,
    /// `<status/>`, the words of the contact.
    pub status: Option<String>,
    /// `<priority/>`, clamped to −128..=127.
    pub priority: i8,
    /// `<error/>` of a bounced presence.
    pub error: Option<StanzaError>,
    /// Every other child.
    pub payloads: Vec<Element>,
}

/// The type of a presence (RFC 6121 §4.7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PresenceKind {
    /// No type: here.
    #[default]
    Available,
    /// Gone.
    Unavailable,
    /// Asks to see our presence.
    Subscribe,
    /// Lets us see theirs.
    Subscribed,
    /// Stops seeing ours.
    Unsubscribe,
    /// Stops letting us see theirs.
    Unsubscribed,
    /// The server asks.
    Probe,
    /// A bounce.
    Error,
}

/// How available somebody is (RFC 6121 §4.7.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub enum Show {
    /// Eager to chat.
    Chat,
    /// Plainly available.
    #[default]
    Available,
    /// Away.
    Away,
    /// Away for long.
    ExtendedAway,
    /// Busy.
    DoNotDisturb,
}

impl Presence {
    pub(super) fn read(presence: &Element) -> Result<Presence, Malformed> {
        let kind = match presence.attr("type") {
            None => PresenceKind::Available,
            Some("unavailable") => PresenceKind::Unavailable,
            Some("subscribe") => PresenceKind::Subscribe,
            Some("subscribed") => PresenceKind::Subscribed,
            Some("unsubscribe") => PresenceKind::Unsubscribe,
            Some("unsubscribed") => PresenceKind::Unsubscribed,
            Some("probe") => PresenceKind::Probe,
            Some("error") => PresenceKind::Error,
            Some(other) => return Err(Malformed::new(format!("a presence of type {other:?}"))),
        };
        let text_of = |name: &str| presence.get_child(name, ns::CLIENT).map(Element::text);
        let show = match text_of("show").as_deref().map(str::trim) {
            Some("chat") => Show::Chat,
            Some("away") => Show::Away,
            Some("xa") => Show::ExtendedAway,
            Some("dnd") => Show::DoNotDisturb,
            _ => Show::Available,
        };
        let priority = text_of("priority").and_then(|text| text.trim().parse::<i64>().ok()).unwrap_or(0);
        let is_own = |child: &&Element| {
            child.has_ns(ns::CLIENT) && matches!(child.name(), "show" | "status" | "priority" | "error")
        };
        Ok(Presence {
            from: jid_attr(presence, "from")?,
            to: jid_attr(presence, "to")?,
            id: presence.attr("id").map(str::to_owned),
            kind,
            show,
            status: text_of("status").filter(|status| !status.is_empty()),
            priority: i8::try_from(priority.clamp(-128, 127)).unwrap_or(0),
            error: presence.get_child("error", ns::CLIENT).map(StanzaError::read),
            payloads: presence.children().filter(|child| !is_own(child)).cloned().collect(),
        })
    }

    /// The payload of that name and namespace.
    pub fn payload(&self, name: &str, namespace: &str) -> Option<&Element> {
        self.payloads.iter().find(|payload| payload.is(name, namespace))
    }

    /// The XML of it.
    pub fn write(&self) -> Element {
        let mut presence = element("presence", ns::CLIENT);
        set_jids(&mut presence, self.from.as_ref(), self.to.as_ref());
        if let Some(id) = &self.id {
            set(&mut presence, "id", id);
        }
        let kind = match self.kind {
            PresenceKind::Available => None,
            PresenceKind::Unavailable => Some("unavailable"),
            PresenceKind::Subscribe => Some("subscribe"),
            PresenceKind::Subscribed => Some("subscribed"),
            PresenceKind::Unsubscribe => Some("unsubscribe"),
            PresenceKind::Unsubscribed => Some("unsubscribed"),
            PresenceKind::Probe => Some("probe"),
            PresenceKind::Error => Some("error"),
        };
        if let Some(kind) = kind {
            set(&mut presence, "type", kind);
        }
        let show = match self.show {
            Show::Available => None,
            Show::Chat => Some("chat"),
            Show::Away => Some("away"),
            Show::ExtendedAway => Some("xa"),
            Show::DoNotDisturb => Some("dnd"),
        };
        if let Some(show) = show {
            presence.append_child(text_element("show", ns::CLIENT, show));
        }
        if let Some(status) = &self.status {
            presence.append_child(text_element("status", ns::CLIENT, status));
        }
        if self.priority != 0 {
            presence.append_child(text_element("priority", ns::CLIENT, self.priority.to_string()));
        }
        for payload in &self.payloads {
            presence.append_child(payload.clone());
        }
        if let Some(error) = &self.error {
            presence.append_child(error.write());
        }
        presence
    }
}
