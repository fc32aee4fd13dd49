//! From a login to a session: the old stream goes on (XEP-0198 §5), or a resource is bound and a new stream begins.

use jid::FullJid;
use minidom::Element;

use super::Loss;
use super::features::Features;
use super::management::{self, Management, Overcount};
use super::stream::{self, Xml};
use crate::xep::ns;
use crate::xep::stanza::{Iq, IqKind, Stanza, StanzaError, element, set, text_element};

/// The namespace of resource binding (RFC 6120 §7).
const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";

/// The id of our first request; nothing else is in flight then.
const BIND_ID: &str = "bind";

/// A session that was established.
pub(super) struct Established {
    /// The address that the server bound; none if the old stream goes on.
    pub(super) bound: Option<FullJid>,
    /// XEP-0198, if the server speaks it.
    pub(super) management: Option<Management>,
    /// What an earlier stream never delivered.
    pub(super) lost: Vec<Element>,
    /// Stanzas that arrived while the session was being established.
    pub(super) early: Vec<Element>,
}

/// Goes on with the stream that `earlier` is about, or begins one with `resource`. If the connection breaks meanwhile,
/// `earlier` is as it was, but for the messages that the server has by then, which are `acknowledged`.
pub(super) async fn establish(
    xml: &mut Xml,
    features: &Features,
    resource: &str,
    earlier: &mut Option<Management>,
    acknowledged: &mut Vec<String>,
) -> Result<Established, Loss> {
    if features.management && resume(xml, earlier, acknowledged).await? {
        return Ok(Established { bound: None, management: earlier.take(), lost: Vec::new(), early: Vec::new() });
    }
    let mut early = Vec::new();
    let bound = bind(xml, resource, &mut early).await?;
    let management = if features.management { enable(xml, &mut early).await? } else { None };
    let lost = earlier.take().map(Management::into_unacknowledged).unwrap_or_default();
    Ok(Established { bound: Some(bound), management, lost: lost.into(), early })
}

/// Whether the server goes on with the stream; either way it may say what it has of it.
async fn resume(xml: &mut Xml, earlier: &mut Option<Management>, acknowledged: &mut Vec<String>) -> Result<bool, Loss> {
    let Some(management) = earlier else { return Ok(false) };
    let Some(resume) = management.resume() else { return Ok(false) };
    stream::send(xml, &resume).await?;
    loop {
        let answer = stream::receive(xml).await?;
        let is_resumed = answer.is("resumed", management::NAMESPACE);
        if is_resumed || answer.is("failed", management::NAMESPACE) {
            // With or without a count; one that cannot be is as good as none.
            match management.acknowledge(&answer) {
                Ok(ids) => acknowledged.extend(ids),
                Err(Overcount) if is_resumed => {
                    return Err(Loss::Restart("the server resumed another stream than ours".to_owned()));
                }
                Err(Overcount) => {}
            }
            if !is_resumed {
                management.forget();
            }
            return Ok(is_resumed);
        }
    }
}

async fn bind(xml: &mut Xml, resource: &str, early: &mut Vec<Element>) -> Result<FullJid, Loss> {
    let mut answer = request(xml, &bind_request(Some(resource)), early).await?;
    if matches!(&answer, IqKind::Error(error) if error.condition == "conflict") {
        // A server that keeps the earlier owner of the resource gives us one of its own.
        answer = request(xml, &bind_request(None), early).await?;
    }
    bound_by(&answer)
}

fn bind_request(resource: Option<&str>) -> Element {
    let mut payload = element("bind", BIND);
    if let Some(resource) = resource {
        payload.append_child(text_element("resource", BIND, resource));
    }
    Iq { from: None, to: None, id: BIND_ID.to_owned(), kind: IqKind::Set(payload) }.write()
}

async fn request(xml: &mut Xml, iq: &Element, early: &mut Vec<Element>) -> Result<IqKind, Loss> {
    stream::send(xml, iq).await?;
    loop {
        let answer = stream::receive(xml).await?;
        match Stanza::read(&answer) {
            Ok(Stanza::Iq(Iq { id, kind, .. })) if id == BIND_ID => return Ok(kind),
            Ok(_) | Err(_) => early.push(answer),
        }
    }
}

fn bound_by(answer: &IqKind) -> Result<FullJid, Loss> {
    let refused = |error: &StanzaError| match &error.text {
        Some(text) => Loss::Retry(format!("the server begins no session ({}): {text}", error.condition)),
        None => Loss::Retry(format!("the server begins no session ({})", error.condition)),
    };
    let jid = match answer {
        IqKind::Error(error) => return Err(refused(error)),
        IqKind::Result(payload) => {
            payload.as_ref().and_then(|payload| payload.get_child("jid", BIND)).map(Element::text)
        }
        IqKind::Get(_) | IqKind::Set(_) => None,
    };
    let jid = jid.and_then(|text| FullJid::new(text.trim()).ok());
    jid.ok_or_else(|| Loss::Retry("the server did not say what our address is".to_owned()))
}

async fn enable(xml: &mut Xml, early: &mut Vec<Element>) -> Result<Option<Management>, Loss> {
    let mut enable = element("enable", management::NAMESPACE);
    set(&mut enable, "resume", "true");
    stream::send(xml, &enable).await?;
    loop {
        let answer = stream::receive(xml).await?;
        if answer.is("enabled", management::NAMESPACE) {
            return Ok(Some(Management::enabled(&answer)));
        }
        if answer.is("failed", management::NAMESPACE) {
            return Ok(None);
        }
        if answer.has_ns(ns::CLIENT) {
            early.push(answer);
        }
    }
}
