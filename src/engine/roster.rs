//! The roster (RFC 6121 §2): who our contacts are, as the server keeps it.
//!
//! # Theory of operation
//!
//! A new session asks for all of it, and the answer replaces what was known; a resumed one missed nothing. Changes, ours
//! included, come as pushes: a command only asks the server, and the push that follows tells the user. Pushes are taken
//! from our own server and account alone (§2.1.6): whoever else sends one wants to be in the roster.
//!
//! Where the server numbers its rosters (§2.6), what was known is kept as an [`Edition`], also from one run to the next. A
//! new session names its version; an empty answer says that it still holds, any other replaces it. What comes without a
//! version ends the edition.
//!
//! Before the first session an edition of an earlier run is who our contacts are, so that they can be seen and written to
//! without a connection. A session begins with nobody: from there on nobody is a contact before the server has said so,
//! one way or the other.

use std::collections::BTreeMap;
use std::time::Duration;

use jid::BareJid;
use minidom::Element;

use super::Session;
use super::command::Command;
use super::context::{Context, Settings};
use super::event::{Contact, Event};
use super::feature::{Feature, FeatureEntry, Handled, IqRequest, Response, Xep};
use super::history::{Answer, Order};
use super::iq::IqToken;
use super::sentence::refusal;
use crate::xep::roster;
use crate::xep::stanza::{Presence, PresenceKind, StanzaError};
use crate::xep::{nick, ns};

mod edition;

pub use edition::{Edition, Item, Revision, Subscription};

/// The line of the roster in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "roster",
    xeps: &[Xep { number: "RFC 6121", title: "Instant Messaging and Presence", version: "2011" }],
    advertises: &[],
    new: |_: &Settings| Box::new(Roster::default()),
};

/// A server reads it from its own disk; one that takes longer is not going to answer.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Roster {
    fetching: Option<IqToken>,
    changing: BTreeMap<IqToken, BareJid>,
    /// What was known, until the server says whether it still holds.
    kept: Option<Edition>,
    /// The version of what is known; empty without one.
    version: String,
}

impl Feature for Roster {
    fn session(&mut self, session: &Session, cx: &mut Context) {
        if let Session::Online { resumed: false, roster_versions, .. } = session {
            self.put_by(cx);
            cx.contacts.clear();
            self.kept = self.kept.take().filter(|kept| *roster_versions && !kept.version.is_empty());
            let version = self.kept.as_ref().map_or("", |kept| &kept.version);
            let query = roster::query(roster_versions.then_some(version));
            self.fetching = Some(cx.get(None, query, PATIENCE));
        }
    }

    fn request(&mut self, request: IqRequest, cx: &mut Context) -> Handled {
        let is_push = request.is_set && request.payload.is("query", ns::ROSTER);
        if !is_push || !cx.is_own(request.from.as_ref()) {
            return Handled::NotMine(request);
        }
        match <[Item; 1]>::try_from(roster::read_items(&request.payload)) {
            Ok([item]) => {
                cx.answer(&request, None);
                self.turn_over(&item, roster::version(&request.payload), cx);
                take_push(item, cx);
            }
            Err(_) => cx.refuse(&request, &StanzaError::new("bad-request")),
        }
        Handled::Yes
    }

    fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) {
        if self.fetching == Some(token) {
            self.fetching = None;
            self.take_roster(response, cx);
        } else if let Some(contact) = self.changing.remove(&token)
            && let Some(why) = refusal(&response)
        {
            cx.emit(Event::Notice(format!("the server did not change {contact} in the roster: {why}")));
        }
    }

    /// What an earlier run knew is worth something until there is a session; its own is more.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the history answers others too")]
    fn history(&mut self, answer: Answer, cx: &mut Context) -> Option<Answer> {
        match answer {
            Answer::Roster(edition) => {
                if cx.me().is_none() && self.version.is_empty() {
                    for contact in cx.contacts.replace(edition.items.clone()) {
                        cx.emit(Event::Contact(contact));
                    }
                    self.kept = Some(edition);
                }
                None
            }
            other => Some(other),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what a feature does not know goes to the next")]
    fn command(&mut self, command: Command, cx: &mut Context) -> Option<Command> {
        match command {
            Command::AddContact { contact, name, groups } => {
                if self.change(&Item::new(contact.clone(), name, groups), cx) {
                    let kind = PresenceKind::Subscribe;
                    let payloads = cx.nickname.as_deref().map(nick::write).into_iter().collect();
                    cx.send_presence(&Presence { to: Some(contact.into()), kind, payloads, ..Presence::default() });
                }
                None
            }
            Command::ChangeContact { contact, name, groups } => {
                self.change(&Item::new(contact, name, groups), cx);
                None
            }
            Command::RemoveContact { contact } => {
                let item = Item::new(contact, None, Vec::new());
                self.change(&Item { subscription: Subscription::Remove, ..item }, cx);
                None
            }
            other => Some(other),
        }
    }
}

impl Roster {
    /// Asks the server, if there is a connection: a change that waited for one would change what the roster is by then.
    fn change(&mut self, item: &Item, cx: &mut Context) -> bool {
        if !cx.is_online() {
            let contact = &item.jid;
            cx.emit(Event::Notice(format!("{contact} cannot be changed in the roster without a connection")));
            return false;
        }
        let token = cx.set(None, roster::change(item), PATIENCE);
        self.changing.insert(token, item.jid.clone());
        true
    }

    /// Puts what is known by for the next session, if it has a version.
    fn put_by(&mut self, cx: &Context) {
        let version = std::mem::take(&mut self.version);
        if !version.is_empty() {
            self.kept = Some(Edition { version, items: cx.contacts.items() });
        }
    }

    fn take_roster(&mut self, response: Response, cx: &mut Context) {
        match response {
            Response::Result(query) => {
                let edition = self.edition(query.as_ref(), cx);
                self.version = edition.version;
                for contact in cx.contacts.replace(edition.items) {
                    tell(contact, cx);
                }
                cx.emit(Event::RosterComplete);
            }
            // The next session asks anew.
            Response::Disconnected => return,
            Response::Error(_) | Response::Timeout => {
                let why = refusal(&response).unwrap_or_default();
                cx.emit(Event::Notice(format!("the server gave no roster: {why}")));
            }
        }
        cx.contacts.settled = true;
    }

    /// What the server says that the roster is: what was kept, if it says nothing. All else is kept in its place.
    fn edition(&mut self, query: Option<&Element>, cx: &mut Context) -> Edition {
        let kept = self.kept.take();
        let Some(query) = query else { return kept.unwrap_or_default() };
        let version = roster::version(query).unwrap_or_default().to_owned();
        let edition = Edition { version, items: roster::read_items(query) };
        if !edition.version.is_empty() {
            cx.history(Order::KeepRoster(Box::new(edition.clone())));
        } else if kept.is_some() {
            cx.history(Order::ForgetRoster);
        }
        edition
    }

    /// A push makes another edition of what is known, or of what may turn out to hold still.
    fn turn_over(&mut self, item: &Item, version: Option<&str>, cx: &mut Context) {
        let after = version.unwrap_or_default().to_owned();
        let before = match &mut self.kept {
            Some(kept) => {
                let before = kept.version.clone();
                kept.revise(item, after.clone());
                before
            }
            None => std::mem::replace(&mut self.version, after.clone()),
        };
        if before.is_empty() {
            self.version.clear();
        } else if after.is_empty() {
            cx.history(Order::ForgetRoster);
        } else {
            cx.history(Order::ReviseRoster(Box::new(Revision { before, after, item: item.clone() })));
        }
    }
}

fn take_push(item: Item, cx: &mut Context) {
    if item.subscription == Subscription::Remove {
        let Some(gone) = cx.contacts.remove(&item.jid) else { return };
        for resource in gone.resources {
            cx.peers.gone(&resource.jid.into());
        }
        cx.emit(Event::ContactRemoved(item.jid));
    } else {
        let contact = cx.contacts.put(item);
        tell(contact, cx);
    }
}

/// Tells of a contact; what programs they had before they were one can do is worth knowing now.
fn tell(contact: Contact, cx: &mut Context) {
    for resource in &contact.resources {
        cx.peers.learn_in_passing(&resource.jid);
    }
    cx.emit(Event::Contact(contact));
}
