//! The embedded server's core: who is logged in, and where each stanza goes (RFC 6120 §10, RFC 6121 §8).
//!
//! # Theory of operation
//!
//! [`Router`] is a value without sockets, like the engine: the link binds sessions, hands over what they send, and
//! drains [`Router::poll_output`]. A stanza gets its sender's address, then goes to a session, or is answered by the
//! account, domain or proxy that it is addressed to. Every domain that an account lives at is served here, and there
//! is no way out to others.
//!
//! It is a server for a play and for tests: nothing outlives it, and it trusts its accounts to be few.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::SystemTime;

use jid::{BareJid, FullJid, Jid};
use minidom::Element;

use super::plan::Plan;
use crate::xep::ns;
use crate::xep::stanza::{Iq, IqKind, Stanza, StanzaError, element, set};

mod message;
mod presence;
pub mod roster;
mod service;
#[cfg(test)]
mod tests;

use roster::Item;

/// Why something is refused, as RFC 6120 §8.3.3 calls it.
type Condition = &'static str;

/// The core.
pub struct Router {
    domains: BTreeSet<String>,
    accounts: BTreeMap<BareJid, Account>,
    proxies: BTreeMap<BareJid, SocketAddr>,
    sessions: BTreeMap<FullJid, Session>,
    outbox: VecDeque<Output>,
    /// How many roster pushes there were, for their ids.
    pushes: u64,
    now: SystemTime,
}

/// What is kept of somebody, logged in or not.
struct Account {
    password: String,
    roster: BTreeMap<BareJid, Item>,
    /// Who asked to see this account's presence and has no answer yet.
    asked_by: BTreeMap<BareJid, Element>,
    /// Messages that nobody was there to take.
    offline: VecDeque<Element>,
}

/// Somebody's program that is logged in.
#[derive(Default)]
struct Session {
    /// The last presence, while available.
    presence: Option<Available>,
    /// It asked for the roster and is told of changes.
    interested: bool,
    /// It gets copies of what the account's other sessions send and receive (XEP-0280).
    carbons: bool,
    /// To whom presence was sent directly.
    directed: BTreeSet<Jid>,
}

/// An available session's presence.
struct Available {
    priority: i8,
    stanza: Element,
}

/// Something for the link to do.
#[derive(Debug, PartialEq)]
pub enum Output {
    /// Send a stanza to a session.
    Deliver {
        /// To whom.
        to: FullJid,
        /// What.
        stanza: Element,
    },
    /// End a session: another one takes its address.
    Replace {
        /// Which.
        session: FullJid,
    },
    /// Join the two connections of a bytestream at a proxy; [`Router::activated`] wants to know how it went.
    Activate(Activation),
}

/// What a requester asked of a proxy.
#[derive(Debug, Clone, PartialEq)]
pub struct Activation {
    /// Which proxy.
    pub proxy: BareJid,
    /// The destination address that both connections named.
    pub destination: String,
    /// Who asked.
    pub requester: FullJid,
    /// In which request.
    pub id: String,
}

/// Where an address leads.
enum Place {
    /// To somebody who is logged in.
    Session(FullJid),
    /// To an account, or to a session of it that is gone.
    Account(BareJid),
    /// To a domain served here.
    Domain(String),
    /// To a proxy.
    Proxy(BareJid),
    /// Nowhere, for this reason.
    Nowhere(Condition),
}

impl Router {
    /// A town where nobody is awake. The proxies' TCP addresses come from the link.
    pub fn new(plan: &Plan, proxies: BTreeMap<BareJid, SocketAddr>, now: SystemTime) -> Self {
        let accounts = plan.accounts.iter().map(|account| {
            let kept = Account {
                password: account.password.clone(),
                roster: account.roster.clone(),
                asked_by: BTreeMap::new(),
                offline: VecDeque::new(),
            };
            (account.jid.clone(), kept)
        });
        Router {
            domains: plan.domains(),
            accounts: accounts.collect(),
            proxies,
            sessions: BTreeMap::new(),
            outbox: VecDeque::new(),
            pushes: 0,
            now,
        }
    }

    /// The password of an account, if there is one.
    pub fn password(&self, account: &BareJid) -> Option<&str> {
        self.accounts.get(account).map(|account| account.password.as_str())
    }

    /// Gives a session its address (RFC 6120 §7). A session that has it already is replaced: the newcomer is likelier
    /// to be alive.
    pub fn bind(&mut self, address: &FullJid, now: SystemTime) {
        if self.sessions.contains_key(address) {
            self.leave(address, now);
            self.outbox.push_back(Output::Replace { session: address.clone() });
        }
        self.sessions.insert(address.clone(), Session::default());
    }

    /// A session ended.
    pub fn leave(&mut self, session: &FullJid, now: SystemTime) {
        self.now = now;
        self.withdraw(session, None);
        self.sessions.remove(session);
    }

    /// A session sent a stanza.
    pub fn handle(&mut self, from: &FullJid, mut stanza: Element, now: SystemTime) {
        self.now = now;
        if !self.sessions.contains_key(from) {
            return;
        }
        set(&mut stanza, "from", from.as_str());
        let Ok(to) = stanza.attr("to").map(Jid::new).transpose() else {
            return self.bounce(&stanza, "jid-malformed");
        };
        match stanza.name() {
            "iq" => self.iq(from, to, stanza),
            "message" => self.message(from, to, stanza),
            "presence" => self.presence(from, to, stanza),
            _ => {}
        }
    }

    /// How an [`Output::Activate`] went.
    pub fn activated(&mut self, activation: &Activation, joined: bool) {
        let kind = if joined {
            IqKind::Result(None)
        } else {
            IqKind::Error(StanzaError::new("item-not-found").with_text("nobody connected for that stream"))
        };
        let from = Some(Jid::from(activation.proxy.clone()));
        self.deliver(&activation.requester, Iq { from, to: None, id: activation.id.clone(), kind }.write());
    }

    /// The next thing to do, until there is none.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outbox.pop_front()
    }

    /// Where an address leads; none is the sender's own account.
    fn place(&self, from: &FullJid, to: Option<Jid>) -> Place {
        let Some(to) = to else { return Place::Account(from.to_bare()) };
        if let Ok(full) = to.try_as_full()
            && self.sessions.contains_key(full)
        {
            return Place::Session(full.clone());
        }
        let bare = to.to_bare();
        if self.accounts.contains_key(&bare) {
            Place::Account(bare)
        } else if self.proxies.contains_key(&bare) {
            Place::Proxy(bare)
        } else if !self.domains.contains(to.domain().as_str()) {
            Place::Nowhere("remote-server-not-found")
        } else if to.node().is_none() {
            Place::Domain(to.domain().to_string())
        } else {
            Place::Nowhere("service-unavailable")
        }
    }

    fn iq(&mut self, from: &FullJid, to: Option<Jid>, stanza: Element) {
        let is_for_session = to.as_ref().is_some_and(Jid::is_full);
        match self.place(from, to.clone()) {
            Place::Session(session) => self.deliver(&session, stanza),
            Place::Account(_) if is_for_session => self.bounce(&stanza, "service-unavailable"),
            Place::Nowhere(condition) => self.bounce(&stanza, condition),
            place @ (Place::Account(_) | Place::Domain(_) | Place::Proxy(_)) => match Stanza::read(&stanza) {
                Ok(Stanza::Iq(iq)) => self.answer(from, to, &place, iq),
                Ok(_) | Err(_) => self.bounce(&stanza, "bad-request"),
            },
        }
    }

    /// Sends a stanza to a session, with its address on it.
    fn deliver(&mut self, to: &FullJid, mut stanza: Element) {
        set(&mut stanza, "to", to.as_str());
        self.outbox.push_back(Output::Deliver { to: to.clone(), stanza });
    }

    /// Sends a stanza back as an error, unless it is an answer itself: errors about errors never end.
    fn bounce(&mut self, stanza: &Element, condition: Condition) {
        let sender = stanza.attr("from").and_then(|from| FullJid::new(from).ok());
        let (Some(sender), false) = (sender, matches!(stanza.attr("type"), Some("error" | "result"))) else { return };
        let mut error = element(stanza.name(), ns::CLIENT);
        set(&mut error, "type", "error");
        for (ours, theirs) in [("from", "to"), ("id", "id")] {
            if let Some(value) = stanza.attr(theirs) {
                set(&mut error, ours, value);
            }
        }
        error.append_child(StanzaError::new(condition).write());
        self.deliver(&sender, error);
    }

    /// The sessions of an account, in the order of their addresses.
    fn sessions_of<'a>(&'a self, account: &'a BareJid) -> impl Iterator<Item = (&'a FullJid, &'a Session)> {
        self.sessions.iter().filter(move |(address, _)| address.to_bare() == *account)
    }
}
