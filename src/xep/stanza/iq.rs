//! `<iq/>`: a request, or the answer to one (RFC 6120 §8.2.3).

use jid::Jid;
use minidom::Element;

use super::{StanzaError, element, jid_attr, set, set_jids};
use crate::xep::{Malformed, ns};

/// The longest `id`: many times those that programs make up. It is kept until the request is answered, and may be as many
/// times as there are requests.
const LONGEST_ID: usize = 1024;

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

impl Iq {
    pub(super) fn read(iq: &Element) -> Result<Iq, Malformed> {
        let id = match iq.attr("id") {
            Some(id) if id.len() > LONGEST_ID => {
                return Err(Malformed::new(format!("an id of more than {LONGEST_ID} bytes")));
            }
            Some(id) => id.to_owned(),
            None => return Err(Malformed::new("an iq without id")),
        };
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

    /// The XML of it. The payload may be a block of a file, so it is not copied.
    pub fn write(self) -> Element {
        let mut iq = element("iq", ns::CLIENT);
        set_jids(&mut iq, self.from.as_ref(), self.to.as_ref());
        set(&mut iq, "id", &self.id);
        let (kind, child) = match self.kind {
            IqKind::Get(payload) => ("get", Some(payload)),
            IqKind::Set(payload) => ("set", Some(payload)),
            IqKind::Result(payload) => ("result", payload),
            IqKind::Error(error) => ("error", Some(error.write())),
        };
        set(&mut iq, "type", kind);
        if let Some(child) = child {
            iq.append_child(child);
        }
        iq
    }
}
