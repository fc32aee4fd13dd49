//! Blocking (XEP-0191): whom the server keeps from us; and reporting them to it (XEP-0377).
//!
//! # Theory of operation
//!
//! The list is the server's. A new session asks for it; whoever asked is told of every change by a push, and as with the
//! roster it is the push that tells the user, whichever of our programs caused it. Pushes are taken from our own server
//! and account alone.
//!
//! The server keeps what blocked people send from us. What it had already sent on, what waited offline or comes as a
//! copy is dropped here: this feature stands before the others in [`FEATURES`](super::feature::FEATURES).
//!
//! It keeps from us, too, whether they are there, and that they go: so none of them is, as far as we see, and nothing is
//! sent to them by itself. Once they are not blocked any more, servers tell them of us (section 3.4), but not us of them.
//! Then a probe asks for those who let us see them: clients may send one where their server has no reason to (RFC 6121,
//! section 4.3).
//!
//! A report goes along with the block (XEP-0377, section 4), to a server that says that it takes reports. To another the
//! block goes alone, and the user is told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use jid::{BareJid, Jid};

use super::Session;
use super::command::{Command, Report};
use super::context::{Context, Settings};
use super::disco::Knowledge;
use super::event::Event;
use super::feature::{Feature, FeatureEntry, Handled, IqRequest, Response, Xep};
use super::iq::IqToken;
use super::presence;
use super::sentence::refusal;
use crate::xep::blocking::{self, Push};
use crate::xep::ns;
use crate::xep::roster::{Item, Subscription};
use crate::xep::stanza::{Message, MessageKind, Presence, PresenceKind, StanzaError};

/// The line of blocking in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "blocking and reporting",
    xeps: &[
        Xep { number: "0191", title: "Blocking Command", version: "1.3" },
        Xep { number: "0377", title: "Spam Reporting", version: "0.4.0" },
    ],
    advertises: &[],
    new: |_: &Settings| Box::new(Blocking::default()),
};

/// A server reads it from its own disk; one that takes longer is not going to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reports that wait for the server to say whether it takes any. A person makes one at a time.
const MOST_REPORTS: usize = 16;

/// Who is blocked, for everybody to ask.
#[derive(Debug, Default)]
pub struct Blocked {
    list: BTreeSet<Jid>,
}

impl Blocked {
    /// Whether what this one sends is kept from us: an address is blocked with everything that is below it (section
    /// 3.1): by its resource, its account, its domain, or its resource at any account of the domain.
    pub fn includes(&self, who: &Jid) -> bool {
        if self.list.is_empty() {
            return false;
        }
        let domain = BareJid::from_parts(None, who.domain());
        let at_domain = who.resource().map(|resource| Jid::from(domain.with_resource(resource)));
        let above = [Some(who.clone()), Some(who.to_bare().into()), Some(domain.into()), at_domain];
        above.into_iter().flatten().any(|jid| self.list.contains(&jid))
    }

    fn change(&mut self, push: Push) {
        match push {
            Push::Blocked(who) => self.list.extend(who),
            Push::Unblocked(who) => self.list.retain(|known| !who.contains(known)),
            Push::UnblockedAll => self.list.clear(),
        }
    }
}

#[derive(Default)]
struct Blocking {
    fetching: Option<IqToken>,
    /// Of whom the server was asked what, and what is said once it did that.
    changing: BTreeMap<IqToken, (Jid, &'static str)>,
    /// Reports that wait for what the server can.
    reports: VecDeque<(Jid, Report)>,
}

impl Feature for Blocking {
    fn session(&mut self, session: &Session, cx: &mut Context) {
        if let Session::Online { resumed: false, .. } = session {
            self.fetching = Some(cx.get(None, blocking::list_query(), PATIENCE));
        }
    }

    fn request(&mut self, request: IqRequest, cx: &mut Context) -> Handled {
        if request.from.as_ref().is_some_and(|from| cx.blocked.includes(from)) {
            cx.refuse(&request, &StanzaError::new("service-unavailable"));
            return Handled::Yes;
        }
        let push = Push::read(&request.payload).filter(|_| request.is_set && cx.is_own(request.from.as_ref()));
        let Some(push) = push else { return Handled::NotMine(request) };
        cx.answer(&request, None);
        let before = cx.blocked.list.clone();
        cx.blocked.change(push);
        lose_sight_of_blocked(cx);
        look_for(&(&before - &cx.blocked.list), cx);
        tell(cx);
        Handled::Yes
    }

    fn message(&mut self, message: Message, cx: &mut Context) -> Option<Message> {
        // What the server returns of ours bears the name of who was to get it.
        let is_theirs = message.kind != MessageKind::Error;
        let is_blocked = message.from.as_ref().is_some_and(|from| cx.blocked.includes(from));
        Some(message).filter(|_| !(is_blocked && is_theirs))
    }

    fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) {
        if self.fetching == Some(token) {
            self.fetching = None;
            take_list(&response, cx);
        } else if let Some((who, done)) = self.changing.remove(&token) {
            let said = match refusal(&response) {
                Some(why) => format!("The server changed nothing about {who}: {why}"),
                None => format!("{who} {done}"),
            };
            cx.emit(Event::Notice(said));
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what a feature does not know goes to the next")]
    fn command(&mut self, command: Command, cx: &mut Context) -> Option<Command> {
        match command {
            Command::Block { who, .. } | Command::Unblock { who } if !cx.is_online() => {
                cx.emit(Event::Notice(format!("{who} cannot be blocked or unblocked without a connection")));
            }
            Command::Block { who, report: None } => self.block(who, None, "is blocked", cx),
            Command::Block { who, report: Some(report) } => {
                if self.reports.len() < MOST_REPORTS {
                    self.reports.push_back((who, report));
                    cx.peers.learn(&server(cx));
                }
            }
            Command::Unblock { who } => {
                let token = cx.set(None, blocking::unblock(&who), PATIENCE);
                self.changing.insert(token, (who, "is not blocked any more"));
            }
            other => return Some(other),
        }
        None
    }

    fn learnt(&mut self, who: &Jid, cx: &mut Context) {
        if self.reports.is_empty() || *who != server(cx) {
            return;
        }
        let takes_reports = cx.peers.features_of(who).is_some_and(|known: &Knowledge| known.includes(ns::REPORTING));
        for (who, report) in std::mem::take(&mut self.reports) {
            if takes_reports {
                self.block(who, Some(&report), "was reported and is blocked", cx);
            } else {
                self.block(who, None, "is blocked; the server takes no reports", cx);
            }
        }
    }
}

impl Blocking {
    fn block(&mut self, who: Jid, report: Option<&Report>, done: &'static str, cx: &mut Context) {
        let report = report.map(|report| (report.reason, report.words.as_deref()));
        let token = cx.set(None, blocking::block(&who, report), PATIENCE);
        self.changing.insert(token, (who, done));
    }
}

fn server(cx: &Context) -> Jid {
    BareJid::from_parts(None, cx.settings().account.domain()).into()
}

/// A server that knows no blocking blocks nobody.
fn take_list(response: &Response, cx: &mut Context) {
    let list = match response {
        Response::Result(Some(list)) => blocking::read_items(list),
        Response::Result(None) | Response::Error(_) | Response::Timeout => BTreeSet::new(),
        // The next session asks anew.
        Response::Disconnected => return,
    };
    if list != cx.blocked.list {
        cx.blocked.list = list;
        lose_sight_of_blocked(cx);
        tell(cx);
    }
}

fn lose_sight_of_blocked(cx: &mut Context) {
    let programs = cx.contacts.programs().cloned().map(Jid::from);
    let hidden: Vec<Jid> = programs.filter(|program| cx.blocked.includes(program)).collect();
    let now = cx.now().wall;
    for program in hidden {
        presence::lose_sight(&program, now, cx);
    }
}

/// Asks whether those contacts are there who are concerned by addresses that are not blocked any more.
fn look_for(free: &BTreeSet<Jid>, cx: &mut Context) {
    let is_free = |contact: &BareJid| {
        free.iter()
            .any(|jid| jid.domain() == contact.domain() && (jid.node().is_none() || jid.node() == contact.node()))
    };
    let is_seen = |item: &Item| matches!(item.subscription, Subscription::To | Subscription::Both);
    for item in cx.contacts.items().into_iter().filter(|item| is_seen(item) && is_free(&item.jid)) {
        let to = Some(item.jid.into());
        cx.send_presence(&Presence { to, kind: PresenceKind::Probe, ..Presence::default() });
    }
}

fn tell(cx: &mut Context) {
    cx.emit(Event::Blocked(cx.blocked.list.clone()));
}
