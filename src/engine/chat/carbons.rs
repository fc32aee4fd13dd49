//! Message carbons (XEP-0280): what our other devices said and heard.
//!
//! Asked for at the beginning of every session; a server that has none refuses, and that is all right. Which messages are
//! copied is the server's choice (section 6.1): Prosody copies no receipt that bears no type, as profanity gives them.
//!
//! A copy is believed from our own bare address alone (section 11, CVE-2017-5589): everybody may put words in a wrapper,
//! only our server may say that they were said. What does not pass is dropped whole.

use std::time::Duration;

use jid::Jid;
use minidom::Element;

use crate::engine::context::Context;
use crate::xep::stanza::{Message, Stanza, element};
use crate::xep::{delay, ns};

/// As long as any answer of the own server.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a message turned out to be.
pub(super) enum Opened {
    /// No copy of another.
    Plain(Message),
    /// What another of our devices received.
    Received(Message),
    /// What another of our devices sent.
    Sent(Message),
    /// A copy that nobody but our account could vouch for.
    Forged,
}

/// Asks for copies.
pub(super) fn enable(cx: &mut Context) {
    cx.set(None, element("enable", ns::CARBONS), PATIENCE);
}

/// Takes a message out of its wrapper, if it has one.
pub(super) fn open(message: Message, cx: &Context) -> Opened {
    let is_wrapper = |payload: &&Element| payload.is("received", ns::CARBONS) || payload.is("sent", ns::CARBONS);
    let Some(wrapper) = message.payloads.iter().find(is_wrapper) else { return Opened::Plain(message) };
    let account = &cx.settings().account;
    let vouched = message.from.as_ref().is_none_or(|from| *from == *account);
    let Some(copy) = unwrap(wrapper).filter(|_| vouched) else { return Opened::Forged };
    let is_ours = |jid: &Jid| jid.to_bare() == *account;
    match wrapper.name() {
        "sent" if copy.from.as_ref().is_some_and(is_ours) => Opened::Sent(copy),
        "received" if copy.to.as_ref().is_none_or(is_ours) => Opened::Received(copy),
        _ => Opened::Forged,
    }
}

/// The copy inside; where it says nothing of a delay, the wrapper may.
fn unwrap(wrapper: &Element) -> Option<Message> {
    let forwarded = wrapper.get_child("forwarded", ns::FORWARD)?;
    match Stanza::read(forwarded.get_child("message", ns::CLIENT)?) {
        Ok(Stanza::Message(mut copy)) => {
            copy.payloads.retain(|payload| !payload.has_ns(ns::CARBONS));
            if delay::read(&copy.payloads).is_none() {
                copy.payloads.extend(forwarded.get_child("delay", ns::DELAY).cloned());
            }
            Some(copy)
        }
        Ok(Stanza::Iq(_) | Stanza::Presence(_)) | Err(_) => None,
    }
}
