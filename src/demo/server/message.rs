//! Messages: to the likeliest sessions, to those who want copies, to a small store for the absent (RFC 6121 §8.5,
//! XEP-0160, XEP-0280).

use jid::{BareJid, FullJid, Jid};
use minidom::Element;

use super::{Place, Router};
use crate::xep::stanza::{Message, MessageKind, Stanza, element, set};
use crate::xep::{date, ns};

/// The most messages kept for somebody who is not there.
const MOST_OFFLINE: usize = 100;

/// Which copy of a message it is (XEP-0280 §7).
#[derive(Clone, Copy)]
enum Copied {
    Sent,
    Received,
}

impl Router {
    pub(super) fn message(&mut self, from: &FullJid, to: Option<Jid>, stanza: Element) {
        let Ok(Stanza::Message(message)) = Stanza::read(&stanza) else {
            return self.bounce(&stanza, "bad-request");
        };
        if is_copied(&message) {
            self.copy(&from.to_bare(), &[from], Copied::Sent, &stanza);
        }
        let to_session = to.as_ref().is_some_and(Jid::is_full);
        match self.place(from, to) {
            Place::Session(session) => self.deliver_with_copies(&session, &message, stanza),
            Place::Account(_) if to_session && message.kind != MessageKind::Chat => {
                self.bounce(&stanza, "service-unavailable");
            }
            Place::Account(account) => self.message_to_account(&account, &message, stanza),
            Place::Domain(_) | Place::Proxy(_) => self.bounce(&stanza, "service-unavailable"),
            Place::Nowhere(condition) => self.bounce(&stanza, condition),
        }
    }

    fn deliver_with_copies(&mut self, session: &FullJid, message: &Message, stanza: Element) {
        if is_copied(message) {
            self.copy(&session.to_bare(), &[session], Copied::Received, &stanza);
        }
        self.deliver(session, stanza);
    }

    /// To the sessions with the highest priority; all of them if there are several (RFC 6121 §8.5.2.1.1).
    fn message_to_account(&mut self, account: &BareJid, message: &Message, stanza: Element) {
        if message.kind == MessageKind::Groupchat {
            return self.bounce(&stanza, "service-unavailable");
        }
        let likeliest = self.likeliest(account);
        if likeliest.is_empty() {
            return self.keep_offline(account, message, stanza);
        }
        if is_copied(message) {
            let served: Vec<&FullJid> = likeliest.iter().collect();
            self.copy(account, &served, Copied::Received, &stanza);
        }
        for session in likeliest {
            self.deliver(&session, stanza.clone());
        }
    }

    /// The available sessions with the highest priority, none below 0.
    fn likeliest(&self, account: &BareJid) -> Vec<FullJid> {
        let ranked: Vec<(i8, &FullJid)> = self
            .sessions_of(account)
            .filter_map(|(address, session)| Some((session.presence.as_ref()?.priority, address)))
            .filter(|(priority, _)| *priority >= 0)
            .collect();
        let highest = ranked.iter().map(|(priority, _)| *priority).max();
        let at_the_top = ranked.into_iter().filter(|(priority, _)| Some(*priority) == highest);
        at_the_top.map(|(_, address)| address.clone()).collect()
    }

    /// Keeps what is worth keeping; says so if there is no room.
    fn keep_offline(&mut self, account: &BareJid, message: &Message, mut stanza: Element) {
        let is_worth_keeping =
            matches!(message.kind, MessageKind::Chat | MessageKind::Normal) && message.body.is_some();
        let stamp = date::write(self.now);
        let Some(kept) = self.accounts.get_mut(account) else { return };
        if !is_worth_keeping {
            return;
        }
        if kept.offline.len() >= MOST_OFFLINE {
            return self.bounce(&stanza, "service-unavailable");
        }
        let mut delay = element("delay", ns::DELAY);
        set(&mut delay, "from", account.domain().as_str());
        if let Some(stamp) = stamp {
            set(&mut delay, "stamp", &stamp);
        }
        stanza.append_child(delay);
        kept.offline.push_back(stanza);
    }

    /// Delivers what was kept for somebody who is there now.
    pub(super) fn deliver_offline(&mut self, session: &FullJid) {
        let kept = self.accounts.get_mut(&session.to_bare()).map(|account| std::mem::take(&mut account.offline));
        for stanza in kept.into_iter().flatten() {
            self.deliver(session, stanza);
        }
    }

    /// Copies a message to the account's sessions that want that, except those that have it.
    fn copy(&mut self, account: &BareJid, but: &[&FullJid], which: Copied, stanza: &Element) {
        let wanting: Vec<FullJid> = self
            .sessions_of(account)
            .filter(|(address, session)| session.carbons && !but.contains(address))
            .map(|(address, _)| address.clone())
            .collect();
        for address in wanting {
            let copy = carbon(account, which, stanza.clone());
            self.deliver(&address, copy);
        }
    }
}

/// Whether other sessions of the account may get a copy: a chat message that is not private (XEP-0280 §6).
fn is_copied(message: &Message) -> bool {
    message.kind == MessageKind::Chat && message.payload("private", ns::CARBONS).is_none()
}

/// A message wrapped for another session of the account (XEP-0280 §7).
fn carbon(account: &BareJid, which: Copied, original: Element) -> Element {
    let mut forwarded = element("forwarded", ns::FORWARD);
    forwarded.append_child(original);
    let name = match which {
        Copied::Sent => "sent",
        Copied::Received => "received",
    };
    let mut wrapper = element(name, ns::CARBONS);
    wrapper.append_child(forwarded);
    let mut message = element("message", ns::CLIENT);
    set(&mut message, "from", account.as_str());
    set(&mut message, "type", "chat");
    message.append_child(wrapper);
    message
}
