//! What the user does about earlier messages, as stanzas: answers (XEP-0461), corrections (XEP-0308), retractions
//! (XEP-0424), reactions (XEP-0444).
//!
//! Each has a body that makes sense to a program that knows nothing of it: an answer begins with a quotation, a correction
//! is the whole message in its new words, a retraction says what it is. Reactions have one only where some program of the
//! contact may not know them, for a heart is not worth a message.

use jid::Jid;
use minidom::Element;

use crate::engine::command::Quoted;
use crate::engine::context::Context;
use crate::engine::disco::Knowledge;
use crate::xep::reactions::Reactions;
use crate::xep::reply::{self, Reply};
use crate::xep::stanza::{Message, MessageKind, element};
use crate::xep::{correction, fallback, ns, retraction, stanza_id};

/// What a program shows that knows nothing of retractions.
const TAKEN_BACK: &str = "(I took an earlier message back, but your program still shows it.)";

/// Something said for the first time.
pub(super) fn message(body: String) -> Message {
    Message { kind: MessageKind::Chat, body: Some(body), ..Message::default() }
}

/// An answer.
pub(super) fn answer(about: &Quoted, body: &str) -> Message {
    let reply = Reply { id: about.id.clone(), to: about.author.clone() };
    let (body, payloads) = reply::write(&reply, &about.body, body);
    Message { payloads, ..message(body) }
}

/// Other words for an earlier message, which may have been an answer.
pub(super) fn correction(id: &str, body: &str, about: Option<&Quoted>) -> Message {
    let mut corrected = about.map_or_else(|| message(body.to_owned()), |about| answer(about, body));
    corrected.payloads.push(correction::write(id));
    corrected
}

/// The message that a correction is about, in its new words: as if these had been the first.
pub(super) fn corrected(mut correction: Message, id: &str) -> Message {
    correction
        .payloads
        .retain(|payload| !payload.is("replace", ns::CORRECTION) && !payload.is("origin-id", ns::STANZA_IDS));
    correction.payloads.push(stanza_id::origin(id));
    Message { id: Some(id.to_owned()), ..correction }
}

/// A message is taken back.
pub(super) fn retraction(id: &str) -> Message {
    let payloads = vec![retraction::write(id), fallback::write(ns::RETRACTION, None), store()];
    Message { payloads, ..message(TAKEN_BACK.to_owned()) }
}

/// All reactions to a message.
pub(super) fn reactions(to: &Jid, about: &Quoted, emoji: Vec<String>, cx: &Context) -> Message {
    let needs_words = !emoji.is_empty() && !all_know(to, ns::REACTIONS, cx);
    let words = needs_words.then(|| format!("{}{}", reply::quotation(&about.body), emoji.join(" ")));
    let reactions = Reactions { to: about.id.clone(), emoji };
    let mut payloads = vec![reactions.write(), store()];
    payloads.extend(words.is_some().then(|| fallback::write(ns::REACTIONS, None)));
    Message { kind: MessageKind::Chat, body: words, payloads, ..Message::default() }
}

/// What has no body is not always kept for who is away.
fn store() -> Element {
    element("store", ns::HINTS)
}

/// Whether some program of the contact is there, and each one says that it knows a feature.
fn all_know(to: &Jid, feature: &str, cx: &Context) -> bool {
    let contact = cx.contacts.find(&to.to_bare());
    let resources = contact.map(|contact| contact.resources.as_slice()).unwrap_or_default();
    let knows =
        |jid: &jid::FullJid| cx.peers.features_of(jid).is_some_and(|knowledge: &Knowledge| knowledge.includes(feature));
    !resources.is_empty() && resources.iter().all(|resource| knows(&resource.jid))
}
