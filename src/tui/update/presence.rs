//! What the clients tell of contacts: who they are, who sees whom, who is blocked.

use std::collections::BTreeSet;

use jid::{BareJid, Jid};

use super::news::{self, News, Occasion};
use super::{client, offers, people};
use crate::engine::command::{Command, SubscriptionAnswer};
use crate::engine::event::{Contact, Subscription};
use crate::tui::effect::{Effect, Effects};
use crate::tui::model::account::Request;
use crate::tui::model::conversation::Entry;
use crate::tui::model::{AccountId, ConversationId, Model, Peer};

/// A contact is as they are by now.
pub(super) fn known(model: &mut Model, id: AccountId, contact: Contact) -> Effects {
    if contact.resources.is_empty() {
        let id = ConversationId { account: id, peer: Peer::Direct(contact.jid.clone()) };
        if let Some(conversation) = model.conversations.get_mut(&id) {
            conversation.their_state = None;
        }
    }
    model.roster.look_at(id, &contact.jid);
    tell_who_is_seen(model, id, &contact);
    let Some(account) = model.accounts.get_mut(&id) else { return Effects::new() };
    account.told.insert(contact.jid.clone());
    // Another device has answered.
    if matches!(contact.subscription, Subscription::From | Subscription::Both) {
        account.requests.remove(&contact.jid);
    }
    account.contacts.insert(contact.jid.clone(), contact);
    Effects::new()
}

/// Who was asked to be seen has answered, or thought better of it. A roster that comes tells how things are, and no news.
fn tell_who_is_seen(model: &mut Model, id: AccountId, now: &Contact) {
    let account = model.accounts.get(&id).filter(|account| account.roster_complete);
    let Some(before) = account.and_then(|account| account.contacts.get(&now.jid)) else { return };
    let is_seen = |contact: &Contact| matches!(contact.subscription, Subscription::To | Subscription::Both);
    let who = model.label_of(id, &now.jid);
    match (is_seen(before), is_seen(now)) {
        (false, true) => model.say(format!("{who} lets you see when they are online")),
        // Another device may have wanted it so.
        (true, false) => model.say(format!("You no longer see when {who} is online")),
        (false, false) if before.asked && !now.asked => {
            model.say(format!("{who} does not let you see when they are online"));
        }
        (false, false) | (true, true) => {}
    }
}

/// The roster is here: who was not told is in it no more.
pub(super) fn roster_complete(model: &mut Model, id: AccountId) -> Effects {
    client::with(model, id, |account| {
        let told = std::mem::take(&mut account.told);
        account.contacts.retain(|jid, _| told.contains(jid));
        account.roster_complete = true;
    });
    people::ask_names(model, id)
}

/// A contact is none any more.
pub(super) fn removed(model: &mut Model, id: AccountId, jid: &BareJid) -> Effects {
    model.roster.look_at(id, jid);
    if let Some(account) = model.accounts.get_mut(&id) {
        account.contacts.remove(jid);
    }
    Effects::new()
}

/// Whoever is blocked leaves the prompts: what they asked and offered needs no answer any more.
pub(super) fn blocked(model: &mut Model, id: AccountId, who: BTreeSet<Jid>) -> Effects {
    client::with(model, id, |account| {
        account.blocked = who;
        let blocked: Vec<BareJid> = account.requests.keys().filter(|jid| account.is_blocked(jid)).cloned().collect();
        for jid in blocked {
            account.requests.remove(&jid);
        }
    });
    let Some(account) = model.accounts.get(&id) else { return Effects::new() };
    let conversations = model.conversations.iter_mut().filter(|(of, _)| of.account == id);
    for (_, conversation) in conversations.filter(|(of, _)| account.is_blocked(of.peer.jid())) {
        conversation.unread = 0;
        conversation.leave();
    }
    let waiting = model.transfers.offers().into_iter().chain(model.transfers.held()).filter(|key| key.account == id);
    let theirs = waiting.filter(|key| {
        model.transfers.get(*key).is_some_and(|transfer| account.is_blocked(&transfer.info.peer.to_bare()))
    });
    theirs.collect::<Vec<_>>().into_iter().flat_map(|key| offers::decline(model, key)).collect()
}

/// Who was added here is answered at once: /add says that both see each other. That is what the user wanted, and no news.
/// A contact of an earlier run may be none any more, so that counts once the roster has come.
pub(super) fn asked(model: &mut Model, id: AccountId, from: BareJid, request: Request) -> Effects {
    let account = model.accounts.get(&id).filter(|account| account.roster_complete);
    let known = account.and_then(|account| account.contacts.get(&from));
    if known.is_some_and(Contact::is_seen_or_asked) {
        let text = format!("{from} sees when you are online too");
        let entry = Entry::Notice { at: model.now.wall, text };
        model.conversation_with(id, &from).1.push(entry);
        let answer = SubscriptionAnswer::Approve;
        return vec![Effect::Command(id, Command::AnswerSubscription { contact: from, answer })];
    }
    let said = request.text.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
    let is_first = model.accounts.values().all(|account| account.requests.is_empty());
    let is_new = model.accounts.get_mut(&id).is_some_and(|account| account.ask(from.clone(), request));
    model.roster.look_at(id, &from);
    if !is_new || !is_first {
        return Effects::new();
    }
    let id = ConversationId { account: id, peer: Peer::Direct(from) };
    let line = format!("asks to see when you are online{said}");
    news::offered(model, &id, News { line, discreet: "asks to see when you are online", occasion: Occasion::Asked })
}
