//! The stanza envelope of RFC 6120, read leniently.
//!
//! xmpp-parsers refuses a whole stanza for a legacy error without a condition, an unknown message type or an odd
//! `<show/>`; the peers this program exists for send all of them. What is needed of the envelope is little, so it is
//! read here; what cannot be read at all (no id on a request, a `from` that is no JID) is [`Malformed`].

use jid::Jid;
use minidom::Element;

use super::{Malformed, ns};

/// Any of the three stanzas.
#[derive(Debug, Clone, PartialEq)]
pub enum Stanza {
    /// `<iq/>`
    Iq(Iq),
    /// `<message/>`
    Message(Message),
    /// `<presence/>`
    Presence(Presence),
}

/// `<iq/>`: one request or the answer to one.
#[derive(Debug, Clone, PartialEq)]
pub struct Iq {
    /// Who sent it; absent when it comes from our own server or account.
    pub from: Option<Jid>,
    /// Whom it is for.
    pub to: Option<Jid>,
    /// Matches an answer to its request.
    pub id: String,
    /// Request or answer, with its payload.
    pub kind: IqKind,
}

/// What an `<iq/>` asks or answers.
#[derive(Debug, Clone, PartialEq)]
pub enum IqKind {
    /// Asks for something.
    Get(Element),
    /// Changes something.
    Set(Element),
    /// The answer.
    Result(Option<Element>),
    /// The refusal.
    Error(StanzaError),
}

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

/// RFC 6120 §8.3.2: what a requester should do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Retry after giving credentials.
    Auth,
    /// Do not retry.
    Cancel,
    /// Only a warning.
    Continue,
    /// Change the request.
    Modify,
    /// Retry later.
    Wait,
}

/// `<error/>` with its condition and, for the peers that look at nothing else, the legacy `code` of XEP-0086.
#[derive(Debug, Clone, PartialEq)]
pub struct StanzaError {
    /// What to do about it.
    pub kind: ErrorKind,
    /// The element name of the condition, e.g. `item-not-found`.
    pub condition: String,
    /// Words for people.
    pub text: Option<String>,
    /// An application's own condition, e.g. `<no-valid-streams/>`.
    pub application: Option<Element>,
}

/// Conditions, their XEP-0086 code and the type RFC 6120 §8.3.3 gives them.
const CONDITIONS: &[(&str, u16, ErrorKind)] = &[
    ("bad-request", 400, ErrorKind::Modify),
    ("conflict", 409, ErrorKind::Cancel),
    ("feature-not-implemented", 501, ErrorKind::Cancel),
    ("forbidden", 403, ErrorKind::Auth),
    ("gone", 302, ErrorKind::Modify),
    ("internal-server-error", 500, ErrorKind::Wait),
    ("item-not-found", 404, ErrorKind::Cancel),
    ("jid-malformed", 400, ErrorKind::Modify),
    ("not-acceptable", 406, ErrorKind::Modify),
    ("not-allowed", 405, ErrorKind::Cancel),
    ("not-authorized", 401, ErrorKind::Auth),
    ("payment-required", 402, ErrorKind::Auth),
    ("policy-violation", 406, ErrorKind::Modify),
    ("recipient-unavailable", 404, ErrorKind::Wait),
    ("redirect", 302, ErrorKind::Modify),
    ("registration-required", 407, ErrorKind::Auth),
    ("remote-server-not-found", 404, ErrorKind::Cancel),
    ("remote-server-timeout", 504, ErrorKind::Wait),
    ("resource-constraint", 500, ErrorKind::Wait),
    ("service-unavailable", 503, ErrorKind::Cancel),
    ("subscription-required", 407, ErrorKind::Auth),
    ("undefined-condition", 500, ErrorKind::Cancel),
    ("unexpected-request", 400, ErrorKind::Wait),
];

impl StanzaError {
    /// An error of that condition, with the type RFC 6120 gives it.
    pub fn new(condition: &str) -> Self {
        let kind =
            CONDITIONS.iter().find(|(name, ..)| *name == condition).map_or(ErrorKind::Cancel, |(_, _, kind)| *kind);
        StanzaError { kind, condition: condition.to_owned(), text: None, application: None }
    }

    /// The same with another type, where a XEP asks for one.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// The same with words for people.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// The same with an application's own condition.
    #[must_use]
    pub fn with_application(mut self, condition: Element) -> Self {
        self.application = Some(condition);
        self
    }

    /// The XEP-0086 code of the condition.
    pub fn code(&self) -> u16 {
        CONDITIONS.iter().find(|(name, ..)| *name == self.condition).map_or(500, |(_, code, _)| *code)
    }

    /// Reads `<error/>`: condition, else legacy code, else `undefined-condition`.
    pub fn read(error: &Element) -> Self {
        let condition = error
            .children()
            .find(|child| child.has_ns(ns::STANZAS) && child.name() != "text")
            .map(|child| child.name().to_owned())
            .or_else(|| {
                let code: u16 = error.attr("code")?.trim().parse().ok()?;
                CONDITIONS.iter().find(|(_, known, _)| *known == code).map(|(name, ..)| (*name).to_owned())
            })
            .unwrap_or_else(|| "undefined-condition".to_owned());
        let mut read = StanzaError::new(&condition);
        read.kind = match error.attr("type") {
            Some("auth") => ErrorKind::Auth,
            Some("cancel") => ErrorKind::Cancel,
            Some("continue") => ErrorKind::Continue,
            Some("modify") => ErrorKind::Modify,
            Some("wait") => ErrorKind::Wait,
            _ => read.kind,
        };
        let legacy_text = || Some(error.text()).filter(|text| !text.trim().is_empty());
        read.text = error.get_child("text", ns::STANZAS).map(Element::text).or_else(legacy_text);
        read.application = error.children().find(|child| !child.has_ns(ns::STANZAS)).cloned();
        read
    }

    /// Writes `<error/>`, always with the legacy code: ruby-xmpp4r knows a decline by nothing else.
    pub fn write(&self) -> Element {
        let kind = match self.kind {
            ErrorKind::Auth => "auth",
            ErrorKind::Cancel => "cancel",
            ErrorKind::Continue => "continue",
            ErrorKind::Modify => "modify",
            ErrorKind::Wait => "wait",
        };
        let mut error = element("error", ns::CLIENT);
        set(&mut error, "type", kind);
        set(&mut error, "code", &self.code().to_string());
        error.append_child(element(&self.condition, ns::STANZAS));
        if let Some(text) = &self.text {
            error.append_child(text_element("text", ns::STANZAS, text));
        }
        if let Some(application) = &self.application {
            error.append_child(application.clone());
        }
        error
    }
}

impl Stanza {
    /// Reads any stanza; an error names what makes it unusable.
    pub fn read(stanza: &Element) -> Result<Stanza, Malformed> {
        match stanza.name() {
            "iq" => Iq::read(stanza).map(Stanza::Iq),
            "message" => Message::read(stanza).map(Stanza::Message),
            "presence" => Presence::read(stanza).map(Stanza::Presence),
            other => Err(Malformed::new(format!("<{other}/> is no stanza"))),
        }
    }
}

impl Iq {
    fn read(iq: &Element) -> Result<Iq, Malformed> {
        let id = iq.attr("id").ok_or_else(|| Malformed::new("an iq without id"))?.to_owned();
        let payload = || {
            let mut children = iq.children();
            match (children.next(), children.next()) {
                (Some(only), None) => Ok(only.clone()),
                (None, _) => Err(Malformed::new("a request without payload")),
                (Some(_), Some(_)) => Err(Malformed::new("a request with two payloads")),
            }
        };
        let kind = match iq.attr("type") {
            Some("get") => IqKind::Get(payload()?),
            Some("set") => IqKind::Set(payload()?),
            Some("result") => IqKind::Result(iq.children().next().cloned()),
            Some("error") => IqKind::Error(
                iq.children()
                    .find(|child| child.name() == "error")
                    .map_or_else(|| StanzaError::new("undefined-condition"), StanzaError::read),
            ),
            other => return Err(Malformed::new(format!("an iq of type {other:?}"))),
        };
        Ok(Iq { from: jid_attr(iq, "from")?, to: jid_attr(iq, "to")?, id, kind })
    }

    /// The XML of it.
    pub fn write(&self) -> Element {
        let mut iq = element("iq", ns::CLIENT);
        set_jids(&mut iq, self.from.as_ref(), self.to.as_ref());
        set(&mut iq, "id", &self.id);
        let (kind, child) = match &self.kind {
            IqKind::Get(payload) => ("get", Some(payload.clone())),
            IqKind::Set(payload) => ("set", Some(payload.clone())),
            IqKind::Result(payload) => ("result", payload.clone()),
            IqKind::Error(error) => ("error", Some(error.write())),
        };
        set(&mut iq, "type", kind);
        if let Some(child) = child {
            iq.append_child(child);
        }
        iq
    }
}

impl Message {
    fn read(message: &Element) -> Result<Message, Malformed> {
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

impl Presence {
    fn read(presence: &Element) -> Result<Presence, Malformed> {
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
        presence
    }
}

/// An empty element.
pub fn element(name: &str, namespace: &str) -> Element {
    Element::bare(name, namespace)
}

/// An element that holds only `text`.
pub fn text_element(name: &str, namespace: &str, text: impl Into<String>) -> Element {
    let mut element = Element::bare(name, namespace);
    element.append_text(text);
    element
}

/// Sets an attribute whose name is known to be good.
pub fn set(element: &mut Element, name: &'static str, value: &str) {
    let name = rxml_name(name);
    element.set_attr(xso::exports::rxml::Namespace::NONE, name, value.to_owned());
}

fn rxml_name(name: &'static str) -> xso::exports::rxml::NcName {
    xso::exports::rxml::NcName::try_from(name).expect("attribute names in this program are XML names")
}

fn jid_attr(element: &Element, name: &str) -> Result<Option<Jid>, Malformed> {
    match element.attr(name) {
        None => Ok(None),
        Some(text) => {
            Jid::new(text).map(Some).map_err(|why| Malformed::new(format!("{name}={text:?} is no address: {why}")))
        }
    }
}

fn set_jids(stanza: &mut Element, from: Option<&Jid>, to: Option<&Jid>) {
    if let Some(from) = from {
        set(stanza, "from", from.as_str());
    }
    if let Some(to) = to {
        set(stanza, "to", to.as_str());
    }
}
