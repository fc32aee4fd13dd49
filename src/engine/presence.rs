//! Presence (RFC 6121 §3 and §4): who may see whom, who is there, and that we are.
//!
//! # Theory of operation
//!
//! Our presence goes out once the roster is there (§2.2: else contacts would come before we know that they are contacts),
//! or is known not to come. A session that ends takes everybody with it, as far as we can see; a resumed one brings them
//! back, for the server reports only what changed.
//!
//! A program that was killed has a session of our name, in whose place the server puts ours. It may end that one after
//! ours has begun, and tell everybody that we are gone, ourselves among them: then we say once more that we are there.
//!
//! Of others, every program of a contact is kept with what it can do: what its capabilities stand for, or what it answers
//! when it is asked in passing. Strangers are not asked, for the question would tell them that we are there.

use std::collections::BTreeSet;
use std::time::SystemTime;

use jid::{BareJid, Jid};
use minidom::Element;

mod invitations;

use self::invitations::Invitations;
use super::Session;
use super::caps;
use super::command::{Command, SubscriptionAnswer};
use super::context::{Context, Settings};
use super::disco::Knowledge;
use super::event::{Event, Resource};
use super::feature::{Feature, FeatureEntry, Xep};
use super::nickname;
use super::sentence::why_returned;
use crate::xep::caps::Caps;
use crate::xep::stanza::{Presence, PresenceKind, Show, Stanza};
use crate::xep::{delay, idle, nick, ns};

/// The line of presence in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "presence",
    xeps: &[Xep { number: "0319", title: "Last User Interaction in Presence", version: "1.0.2" }],
    advertises: &[ns::IDLE],
    new: |_: &Settings| Box::new(Presences::default()),
};

/// Open requests to see us that are remembered, so that each is told once; the server keeps them all.
const REQUESTS: usize = 128;

/// What is kept of the words of somebody's presence.
const LONGEST_STATUS: usize = 1024;

#[derive(Default)]
struct Presences {
    show: Show,
    status: Option<String>,
    /// Since when nobody has touched this program, if others shall know.
    idle_since: Option<SystemTime>,
    /// The session knows what we want to show.
    said: bool,
    /// That we are gone has been contradicted; a session has one predecessor.
    has_contradicted: bool,
    requests: BTreeSet<BareJid>,
    /// What the user decided of subscriptions, until there is a connection to say it.
    decisions: Vec<Presence>,
    invitations: Invitations,
}

impl Feature for Presences {
    fn session(&mut self, session: &Session, cx: &mut Context) {
        let changed = match session {
            Session::Online { resumed: true, .. } => cx.contacts.show(),
            Session::Online { resumed: false, .. } => {
                (self.said, self.has_contradicted) = (false, false);
                self.requests.clear();
                self.invitations.clear();
                return;
            }
            Session::Offline { .. } | Session::Stopped { .. } => cx.contacts.hide(),
            Session::Connecting => return,
        };
        for contact in changed {
            cx.emit(Event::Contact(contact));
        }
    }

    /// What was said to somebody is said again; what was said to everybody is said by every new session anyway.
    fn undelivered(&mut self, stanzas: &[Element], _cx: &mut Context) {
        let lost = stanzas.iter().filter_map(|stanza| match Stanza::read(stanza) {
            Ok(Stanza::Presence(presence)) => Some(presence),
            Ok(Stanza::Iq(_) | Stanza::Message(_)) | Err(_) => None,
        });
        self.decisions.extend(lost.filter(decides));
    }

    fn presence(&mut self, presence: &Presence, cx: &mut Context) {
        let Some(from) = presence.from.clone().filter(|from| !cx.blocked.includes(from)) else { return };
        match presence.kind {
            PresenceKind::Available => {
                arrive(&from, presence, cx);
                self.invitations.consider(&from, cx);
            }
            PresenceKind::Unavailable if cx.me().is_some_and(|me| from == *me) => self.contradict(),
            PresenceKind::Unavailable => {
                self.invitations.leave(&from);
                leave(&from, presence, cx);
            }
            PresenceKind::Error => {
                if from.is_full() || is_out_of_reach(presence) {
                    leave(&from, presence, cx);
                }
                tell_returned(&from.to_bare(), presence, cx);
            }
            PresenceKind::Subscribe => self.asked_by(from.to_bare(), presence, cx),
            // The roster push that comes with these says all that there is to know; probes are between servers.
            PresenceKind::Subscribed | PresenceKind::Unsubscribe | PresenceKind::Unsubscribed | PresenceKind::Probe => {
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what a feature does not know goes to the next")]
    fn command(&mut self, command: Command, _cx: &mut Context) -> Option<Command> {
        match command {
            Command::SetPresence { show, status } => {
                self.show = show;
                self.status = status;
                self.said = false;
                None
            }
            Command::SetIdle { since } => {
                self.said &= self.idle_since == since;
                self.idle_since = since;
                None
            }
            Command::AnswerSubscription { contact, answer } => {
                self.requests.remove(&contact);
                let kind = match answer {
                    SubscriptionAnswer::Approve => PresenceKind::Subscribed,
                    SubscriptionAnswer::Deny => PresenceKind::Unsubscribed,
                };
                self.decisions.push(Presence { to: Some(contact.into()), kind, ..Presence::default() });
                None
            }
            other => Some(other),
        }
    }

    fn learnt(&mut self, who: &Jid, cx: &mut Context) {
        let Ok(full) = who.try_as_full() else { return };
        let takes_files = takes_files(cx.peers.features_of(who));
        if cx.contacts.set_takes_files(full, takes_files) {
            tell(&full.to_bare(), cx);
        }
        self.invitations.consider(who, cx);
    }

    fn settle(&mut self, cx: &mut Context) {
        if !cx.is_online() || !cx.contacts.settled {
            return;
        }
        for decision in self.decisions.drain(..) {
            cx.send_presence(&decision);
        }
        let ours = || Presence {
            show: self.show,
            status: self.status.clone(),
            payloads: std::iter::once(caps::own_now().write()).chain(self.idle_since.and_then(idle::write)).collect(),
            ..Presence::default()
        };
        if !std::mem::replace(&mut self.said, true) {
            cx.send_presence(&Presence { priority: cx.settings().priority, ..ours() });
            self.invitations.renew();
        }
        self.invitations.send(ours, cx);
    }
}

impl Presences {
    fn contradict(&mut self) {
        if !std::mem::replace(&mut self.has_contradicted, true) {
            self.said = false;
        }
    }

    /// Somebody asks to see us. Who may already gets that answer again: their server has forgotten (§3.1.3).
    fn asked_by(&mut self, from: BareJid, presence: &Presence, cx: &mut Context) {
        if cx.contacts.sees_us(&from) {
            let kind = PresenceKind::Subscribed;
            return cx.send_presence(&Presence { to: Some(from.into()), kind, ..Presence::default() });
        }
        if self.requests.len() < REQUESTS && self.requests.insert(from.clone()) {
            let nick = nick::read(&presence.payloads).and_then(|name| nickname::safe(&name));
            cx.emit(Event::SubscriptionRequest { from, text: status_of(presence), nick });
        }
    }
}

/// Whether it grants, ends or asks for a subscription.
fn decides(presence: &Presence) -> bool {
    match presence.kind {
        PresenceKind::Subscribe | PresenceKind::Subscribed | PresenceKind::Unsubscribe | PresenceKind::Unsubscribed => {
            true
        }
        PresenceKind::Available | PresenceKind::Unavailable | PresenceKind::Probe | PresenceKind::Error => false,
    }
}

/// A program is there, or changed. What has no resource is a service, and no program of a person.
fn arrive(from: &Jid, presence: &Presence, cx: &mut Context) {
    let Ok(full) = from.try_as_full() else { return };
    if cx.me() == Some(full) {
        return;
    }
    let bare = full.to_bare();
    let is_self = bare == cx.settings().account;
    let is_known = is_self || cx.contacts.is_contact(&bare);
    if is_known {
        cx.peers.announce(from, Caps::read(presence));
    }
    let now = cx.now().wall;
    let resource = Resource {
        jid: full.clone(),
        show: presence.show,
        status: status_of(presence),
        priority: presence.priority,
        since: delay::read(&presence.payloads).map_or(now, |at| at.min(now)),
        idle_since: idle::read(&presence.payloads).map(|since| since.min(now)),
        takes_files: takes_files(cx.peers.features_of(from)),
    };
    if !cx.contacts.arrive(resource, is_self) {
        return cx.peers.gone(from);
    }
    if is_known {
        cx.peers.learn_in_passing(from);
    }
    tell(&bare, cx);
}

/// A program is gone, or a server tells since when somebody is.
fn leave(from: &Jid, presence: &Presence, cx: &mut Context) {
    let now = cx.now().wall;
    let at = delay::read(&presence.payloads).map_or(now, |at| at.min(now));
    if !lose_sight(from, at, cx) && at < now && cx.contacts.set_last_seen(&from.to_bare(), at).is_some() {
        tell(&from.to_bare(), cx);
    }
}

/// A program, or with a bare address every one of somebody, is gone since then, as far as we can see. Returns whether one
/// was there.
pub(super) fn lose_sight(of: &Jid, at: SystemTime, cx: &mut Context) -> bool {
    let gone = cx.contacts.leave(of, at);
    let was_there = !gone.is_empty();
    for resource in gone {
        cx.peers.gone(&resource.into());
    }
    if was_there {
        tell(&of.to_bare(), cx);
    }
    was_there
}

/// Whether what came back says something of everybody at an address. A server that gives up one program of a contact
/// sends what waited for it back in the contact's name: that says nothing of their other programs.
fn is_out_of_reach(returned: &Presence) -> bool {
    let conditions = ["remote-server-not-found", "remote-server-timeout"];
    returned.error.as_ref().is_some_and(|error| conditions.contains(&error.condition.as_str()))
}

fn status_of(presence: &Presence) -> Option<String> {
    presence.status.as_ref().map(|status| status.chars().take(LONGEST_STATUS).collect())
}

/// Who waits for somebody to be seen wants to know that their server never heard of it.
fn tell_returned(jid: &BareJid, presence: &Presence, cx: &mut Context) {
    let is_awaited = cx.contacts.find(jid).is_some_and(|contact| contact.asked);
    if let (true, Some(error)) = (is_awaited, &presence.error) {
        cx.emit(Event::Notice(format!("{jid} was not asked: {}", why_returned(error))));
    }
}

/// Tells what became of a contact; of strangers nothing is told.
fn tell(jid: &BareJid, cx: &mut Context) {
    if !cx.contacts.is_contact(jid) {
        return;
    }
    if let Some(contact) = cx.contacts.find(jid).cloned() {
        cx.emit(Event::Contact(contact));
    }
}

/// The profile decides: some programs have it without saying `si`, and some say `si` without having it.
fn takes_files(knowledge: Option<&Knowledge>) -> Option<bool> {
    match knowledge {
        Some(known @ Knowledge::Features(_)) => Some(known.file_dialect().is_some()),
        Some(Knowledge::Unanswered) | None => None,
    }
}
