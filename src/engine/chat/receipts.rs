//! Message delivery receipts (XEP-0184): that a message arrived at a program of the contact.
//!
//! Asked for with every message to a contact, unless it goes to one program that is known to have none. Given only to who
//! may see that we are here, for a receipt says so (section 8), and unless the user wants none given; only for what was sent to this very program, so that not
//! every device of ours gives one; and never for a receipt.

use jid::Jid;
use minidom::Element;

use crate::engine::context::Context;
use crate::engine::disco::Knowledge;
use crate::xep::ns;
use crate::xep::stanza::{Message, element, set};

/// What asks for a receipt of a message to `to`, if one is worth asking for.
pub(super) fn request(to: &Jid, cx: &Context) -> Option<Element> {
    let lacks = match cx.peers.features_of(to) {
        Some(Knowledge::Features(features)) => !features.contains(ns::RECEIPTS),
        Some(Knowledge::Unanswered) | None => false,
    };
    (cx.contacts.is_contact(&to.to_bare()) && !lacks).then(|| element("request", ns::RECEIPTS))
}

/// The name of a message of ours, if it asks for a receipt.
pub(super) fn asked_by_us(message: &Message) -> Option<&str> {
    message.payload("request", ns::RECEIPTS).and(message.id.as_deref())
}

/// Of which message this is the receipt.
pub(super) fn read(message: &Message) -> Option<String> {
    message.payload("received", ns::RECEIPTS)?.attr("id").map(str::to_owned)
}

/// The receipt that a message asks for, if its sender may have one.
pub(super) fn answer(message: &Message, cx: &mut Context) -> Option<Message> {
    let from = message.from.clone()?;
    let id = message.id.as_deref().filter(|id| !id.is_empty())?;
    let asks = message.payload("request", ns::RECEIPTS).is_some() && read(message).is_none();
    if !asks || !cx.settings().send_receipts || !cx.contacts.sees_us(&from.to_bare()) {
        return None;
    }
    let mut received = element("received", ns::RECEIPTS);
    set(&mut received, "id", id);
    Some(Message {
        to: Some(from),
        id: Some(cx.fresh_id()),
        kind: message.kind,
        payloads: vec![received],
        ..Message::default()
    })
}
