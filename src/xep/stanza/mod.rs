//! The stanza envelope of RFC 6120, read leniently.
//!
//! xmpp-parsers refuses a whole stanza for a legacy error without a condition, an unknown message type or an odd
//! `<show/>`; the peers this program exists for send all of them. What is needed of the envelope is little, so it is
//! read here; what cannot be read at all (no id on a request, a `from` that is no JID) is [`Malformed`].

mod error;
mod iq;
mod message;
mod presence;
mod xml;

use jid::Jid;
use minidom::Element;

use super::Malformed;

pub use error::{ErrorKind, StanzaError};
pub use iq::{Iq, IqKind};
pub use message::{Message, MessageKind};
pub use presence::{Presence, PresenceKind, Show};
pub use xml::{element, set, text_element};

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

/// An address. One that is not made of its parts is none: jid 0.12 takes the dot off the end of a domain, and takes the
/// slash behind it for a part of the resource.
pub(crate) fn read_address(text: &str) -> Option<Jid> {
    let jid = Jid::new(text).ok()?;
    let is_whole = !text.contains("./") || Jid::from_parts(jid.node(), jid.domain(), jid.resource()) == jid;
    is_whole.then_some(jid)
}

fn jid_attr(element: &Element, name: &str) -> Result<Option<Jid>, Malformed> {
    match element.attr(name) {
        None => Ok(None),
        Some(text) => {
            read_address(text).map(Some).ok_or_else(|| Malformed::new(format!("{name}={text:?} is no address")))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xep::ns;

    fn read(xml: &str) -> Result<Stanza, Malformed> {
        Stanza::read(&Element::from_reader_with_prefixes(xml.as_bytes(), ns::CLIENT.to_owned()).unwrap())
    }

    #[test]
    fn a_request_has_an_id_and_one_payload() {
        assert!(read("<iq type='set' id='1'><a xmlns='b'/></iq>").is_ok());
        assert!(read("<iq type='set'><a xmlns='b'/></iq>").is_err());
        assert!(read("<iq type='get' id='1'/>").is_err());
        assert!(read("<iq type='get' id='1'><a xmlns='b'/><c xmlns='d'/></iq>").is_err());
    }

    #[test]
    fn an_answer_needs_no_payload_and_an_error_no_words() {
        let kind = |xml: &str| match read(xml) {
            Ok(Stanza::Iq(iq)) => iq.kind,
            other => panic!("{other:?}"),
        };
        assert_eq!(kind("<iq type='result' id='1'/>"), IqKind::Result(None));
        assert_eq!(kind("<iq type='error' id='1'/>"), IqKind::Error(StanzaError::new("undefined-condition")));
        let echoed = "<iq type='error' id='1'><query xmlns='b'/><error code='404' type='cancel'/></iq>";
        assert_eq!(kind(echoed), IqKind::Error(StanzaError::new("item-not-found")));
    }

    #[test]
    fn an_iq_of_unknown_type_is_no_request() {
        assert!(read("<iq type='reply' id='1'><a xmlns='b'/></iq>").is_err());
        assert!(read("<iq id='1'><a xmlns='b'/></iq>").is_err());
    }

    #[test]
    fn a_message_of_unknown_type_is_normal_and_its_first_body_counts() {
        let Ok(Stanza::Message(message)) =
            read("<message type='shout'><body>a</body><body>b</body><x xmlns='y'/></message>")
        else {
            panic!("a message");
        };
        assert_eq!((message.kind, message.body.as_deref()), (MessageKind::Normal, Some("a")));
        assert!(message.payload("x", "y").is_some());
    }

    #[test]
    fn an_odd_show_is_plainly_available_and_an_odd_priority_is_nought_or_the_nearest() {
        let presence = |children: &str| match read(&format!("<presence>{children}</presence>")) {
            Ok(Stanza::Presence(presence)) => (presence.show, presence.priority),
            other => panic!("{other:?}"),
        };
        assert_eq!(presence("<show/><priority/>"), (Show::Available, 0));
        assert_eq!(presence("<show>asleep</show><priority>300</priority>"), (Show::Available, 127));
        assert_eq!(presence("<show> xa </show><priority> -5 </priority>"), (Show::ExtendedAway, -5));
        assert!(read("<presence type='sulk'/>").is_err());
    }

    #[test]
    fn a_sender_that_is_no_address_makes_a_stanza_unusable() {
        assert!(read("<message from='@'/>").is_err());
        assert!(read("<presence from='a@b/'/>").is_err());
        assert!(read("<stream/>").is_err());
    }

    #[test]
    fn an_address_that_the_parser_cuts_wrongly_is_none() {
        for wrong in ["capulet.lit./x", "juliet@capulet.lit./balcony"] {
            assert_eq!(read_address(wrong), None, "{wrong}");
        }
        for right in ["capulet.lit.", "juliet@capulet.lit/balcony./1", "juliet@capulet.lit//1", "juliet@capulet.lit"] {
            assert!(read_address(right).is_some(), "{right}");
        }
    }
}
