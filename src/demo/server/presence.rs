//! Presence and subscriptions (RFC 6121 §3, §4).

use jid::{BareJid, FullJid, Jid};
use minidom::Element;

use super::{Available, Place, Router};
use crate::xep::ns;
use crate::xep::stanza::{Presence, PresenceKind, Stanza, element, set};

/// The most people who can wait for an answer to a subscription request.
const MOST_ASKING: usize = 100;

impl Router {
    pub(super) fn presence(&mut self, from: &FullJid, to: Option<Jid>, stanza: Element) {
        let Ok(Stanza::Presence(presence)) = Stanza::read(&stanza) else {
            return self.bounce(&stanza, "bad-request");
        };
        let kind = presence.kind;
        match (kind, to) {
            (PresenceKind::Available, None) => self.announce(from, &presence, stanza),
            (PresenceKind::Unavailable, None) => self.withdraw(from, Some(stanza)),
            (PresenceKind::Available | PresenceKind::Unavailable, Some(to)) => self.direct(from, to, kind, &stanza),
            (PresenceKind::Subscribe, Some(to)) => self.subscribe(&from.to_bare(), &to.to_bare(), stanza),
            (PresenceKind::Subscribed, Some(to)) => self.subscribed(&from.to_bare(), &to.to_bare()),
            (PresenceKind::Unsubscribe, Some(to)) => self.unsubscribe(&from.to_bare(), &to.to_bare()),
            (PresenceKind::Unsubscribed, Some(to)) => self.unsubscribed(&from.to_bare(), &to.to_bare()),
            (PresenceKind::Probe | PresenceKind::Error, _)
            | (
                PresenceKind::Subscribe
                | PresenceKind::Subscribed
                | PresenceKind::Unsubscribe
                | PresenceKind::Unsubscribed,
                None,
            ) => {}
        }
    }

    /// A session is available: everybody who may see it is told; the first time it is told of everybody it may see.
    fn announce(&mut self, from: &FullJid, presence: &Presence, stanza: Element) {
        for seer in self.audience(from) {
            self.deliver(&seer, stanza.clone());
        }
        let Some(session) = self.sessions.get_mut(from) else { return };
        let before = session.presence.replace(Available { priority: presence.priority, stanza });
        if before.is_none() {
            self.introduce(from);
        }
        if presence.priority >= 0 {
            self.deliver_offline(from);
        }
    }

    /// A session is available no more.
    pub(super) fn withdraw(&mut self, from: &FullJid, said: Option<Element>) {
        let stanza = said.unwrap_or_else(|| typed("unavailable", from));
        let mut told = self.audience(from);
        let Some(session) = self.sessions.get_mut(from) else { return };
        let was_available = session.presence.take().is_some();
        let directed = std::mem::take(&mut session.directed);
        if !was_available {
            told.clear();
        }
        for to in directed {
            if let Place::Session(session) = self.place(from, Some(to)) {
                told.push(session);
            }
        }
        told.dedup();
        for seer in told {
            self.deliver(&seer, stanza.clone());
        }
    }

    /// Presence for somebody in particular (RFC 6121 §4.6).
    fn direct(&mut self, from: &FullJid, to: Jid, kind: PresenceKind, stanza: &Element) {
        if let Some(session) = self.sessions.get_mut(from) {
            if kind == PresenceKind::Available {
                session.directed.insert(to.clone());
            } else {
                session.directed.remove(&to);
            }
        }
        match self.place(from, Some(to)) {
            Place::Session(session) => self.deliver(&session, stanza.clone()),
            Place::Account(account) => self.deliver_to_available(&account, stanza),
            Place::Domain(_) | Place::Proxy(_) | Place::Nowhere(_) => {}
        }
    }

    /// Everybody available who may see this session: the account's contacts and its other sessions.
    fn audience(&self, from: &FullJid) -> Vec<FullJid> {
        let account = from.to_bare();
        let may_see = |other: &BareJid| *other == account || self.item(&account, other).is_some_and(|item| item.seen);
        self.sessions
            .iter()
            .filter(|(address, session)| *address != from && session.presence.is_some() && may_see(&address.to_bare()))
            .map(|(address, _)| address.clone())
            .collect()
    }

    /// Tells a newcomer of everybody it may see, and of who asked to see it meanwhile.
    fn introduce(&mut self, newcomer: &FullJid) {
        let account = newcomer.to_bare();
        let is_seen = |other: &BareJid| *other == account || self.item(other, &account).is_some_and(|item| item.seen);
        let seen: Vec<Element> = self
            .sessions
            .iter()
            .filter(|(address, _)| *address != newcomer && is_seen(&address.to_bare()))
            .filter_map(|(_, session)| session.presence.as_ref().map(|available| available.stanza.clone()))
            .collect();
        let asking: Option<Vec<Element>> =
            self.accounts.get(&account).map(|account| account.asked_by.values().cloned().collect());
        for stanza in seen.into_iter().chain(asking.unwrap_or_default()) {
            self.deliver(newcomer, stanza);
        }
    }

    /// `seer` asks to see `contact` (RFC 6121 §3.1).
    fn subscribe(&mut self, seer: &BareJid, contact: &BareJid, mut request: Element) {
        if self.item(contact, seer).is_some_and(|item| item.seen) {
            self.change_item(seer, contact, |item| item.sees = true);
            return self.deliver_to_available(seer, &typed("subscribed", contact));
        }
        self.change_item(seer, contact, |item| item.asked = true);
        let Some(asked) = self.accounts.get_mut(contact) else { return };
        set(&mut request, "from", seer.as_str());
        if asked.asked_by.len() < MOST_ASKING {
            asked.asked_by.insert(seer.clone(), request.clone());
            self.deliver_to_available(contact, &request);
        }
    }

    /// `shown` lets `seer` see its presence, if `seer` asked.
    fn subscribed(&mut self, shown: &BareJid, seer: &BareJid) {
        let request = self.accounts.get_mut(shown).and_then(|account| account.asked_by.remove(seer));
        if request.is_none() {
            return;
        }
        self.change_item(shown, seer, |item| item.seen = true);
        self.change_item(seer, shown, |item| {
            item.sees = true;
            item.asked = false;
        });
        self.deliver_to_available(seer, &typed("subscribed", shown));
        let presences: Vec<Element> = self
            .sessions_of(shown)
            .filter_map(|(_, session)| session.presence.as_ref().map(|available| available.stanza.clone()))
            .collect();
        for stanza in presences {
            self.deliver_to_available(seer, &stanza);
        }
    }

    /// `seer` wants to see `contact` no more (RFC 6121 §3.3).
    pub(super) fn unsubscribe(&mut self, seer: &BareJid, contact: &BareJid) {
        self.hide(contact, seer);
        self.change_item(contact, seer, |item| item.seen = false);
        self.change_item(seer, contact, |item| {
            item.sees = false;
            item.asked = false;
        });
        if let Some(account) = self.accounts.get_mut(contact) {
            account.asked_by.remove(seer);
        }
        self.deliver_to_available(contact, &typed("unsubscribe", seer));
    }

    /// `shown` lets `seer` see its presence no more, or never did (RFC 6121 §3.2).
    pub(super) fn unsubscribed(&mut self, shown: &BareJid, seer: &BareJid) {
        self.hide(shown, seer);
        self.change_item(shown, seer, |item| item.seen = false);
        self.change_item(seer, shown, |item| {
            item.sees = false;
            item.asked = false;
        });
        if let Some(account) = self.accounts.get_mut(shown) {
            account.asked_by.remove(seer);
        }
        self.deliver_to_available(seer, &typed("unsubscribed", shown));
    }

    /// Every session of `shown` seems gone to `seer`, who saw them.
    fn hide(&mut self, shown: &BareJid, seer: &BareJid) {
        if !self.item(seer, shown).is_some_and(|item| item.sees) {
            return;
        }
        let visible: Vec<FullJid> = self
            .sessions_of(shown)
            .filter(|(_, session)| session.presence.is_some())
            .map(|(address, _)| address.clone())
            .collect();
        for address in visible {
            self.deliver_to_available(seer, &typed("unavailable", &address));
        }
    }

    /// Sends a stanza to every available session of an account.
    fn deliver_to_available(&mut self, account: &BareJid, stanza: &Element) {
        let available: Vec<FullJid> = self
            .sessions_of(account)
            .filter(|(_, session)| session.presence.is_some())
            .map(|(address, _)| address.clone())
            .collect();
        for address in available {
            self.deliver(&address, stanza.clone());
        }
    }
}

/// A presence of that type from that address.
fn typed(kind: &'static str, from: &Jid) -> Element {
    let mut presence = element("presence", ns::CLIENT);
    set(&mut presence, "from", from.as_str());
    set(&mut presence, "type", kind);
    presence
}
