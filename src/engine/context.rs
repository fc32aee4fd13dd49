//! What a feature may use: the time, fresh ids, requests, who we are, whom we know, what they can do.

use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use jid::{BareJid, FullJid, Jid};
use minidom::Element;

use super::appointments::Appointments;
use super::blocking::Blocked;
use super::command::{Encryption, Preferences};
use super::contacts::Contacts;
use super::disco::Peers;
use super::doubt::Doubts;
use super::elsewhere::Elsewhere;
use super::event::Event;
use super::feature::Owed;
use super::history;
use super::iq::{IqToken, Lasts, Requests};
use super::reach::ReachOrder;
use super::watch::{self, Way};
use super::{Entropy, FileId, FileOrder, Fingerprint, Lane, Moment, Output, Session, SocketOrder};
use crate::xep::Malformed;
use crate::xep::stanza::{Iq, IqKind, Message, Presence, StanzaError};
use crate::xep::{ns, stanza_id};

mod settings;

pub use settings::{Pacing, Recovers, Settings};

/// What a feature may use. It belongs to the engine; a feature has it while it is called.
pub struct Context {
    /// Whom we know.
    pub contacts: Contacts,
    /// Who is kept from us.
    pub blocked: Blocked,
    /// What others can do.
    pub peers: Peers,
    /// What we call ourselves to others.
    pub(super) nickname: Option<String>,
    /// Conversations of which our other devices say how far they were read.
    pub(super) read_elsewhere: BTreeSet<BareJid>,
    /// Whether the server knows that nobody looks, and may hold back what can wait.
    pub(super) is_left: bool,
    /// What of ours may have got to the server, and may not.
    pub(super) doubts: Doubts,
    /// What our other devices said, as long as no receipt of it came here.
    pub(super) elsewhere: Elsewhere,
    pub(super) appointments: Appointments,
    settings: Settings,
    entropy: Entropy,
    now: Moment,
    me: Option<FullJid>,
    online: bool,
    local: Option<SocketAddr>,
    largest_stanza: usize,
    owner: usize,
    /// Whether somebody wants to see every stanza.
    watched: bool,
    requests: Requests,
    outbox: VecDeque<Output>,
}

impl Context {
    pub(super) fn new(settings: Settings, entropy: Entropy, now: Moment) -> Self {
        Context {
            contacts: Contacts::default(),
            blocked: Blocked::default(),
            peers: Peers::default(),
            nickname: None,
            read_elsewhere: BTreeSet::new(),
            is_left: false,
            doubts: Doubts::default(),
            elsewhere: Elsewhere::default(),
            appointments: Appointments::default(),
            settings,
            entropy,
            now,
            me: None,
            online: false,
            local: None,
            largest_stanza: 0,
            owner: 0,
            watched: false,
            requests: Requests::default(),
            outbox: VecDeque::new(),
        }
    }

    /// Our key for streams that pass through TLS, if they may.
    pub fn key(&self) -> Option<Fingerprint> {
        self.settings.key.filter(|_| self.settings.encryption != Encryption::Off)
    }

    /// How this account is set up.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// From here on it is set up differently.
    pub(super) fn prefer(&mut self, preferences: Preferences) {
        self.settings.prefer(preferences);
    }

    /// The time of the input that is being handled.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// `delay` from now.
    pub fn after(&self, delay: Duration) -> Instant {
        self.now.instant + delay
    }

    /// The address that the server bound; kept while the connection is lost, until a new session binds another.
    pub fn me(&self) -> Option<&FullJid> {
        self.me.as_ref()
    }

    /// Whether there is a connection. What is sent without one goes out if the session is resumed.
    pub fn is_online(&self) -> bool {
        self.online
    }

    /// Whether a stanza speaks for our own server or account: one without `from` does, and one of our own bare address.
    /// What changes the roster or brings a copy of a message is believed from nobody else.
    pub fn is_own(&self, from: Option<&Jid>) -> bool {
        let Some(from) = from else { return true };
        let account = &self.settings.account;
        let is_server = from.node().is_none() && from.resource().is_none() && from.domain() == account.domain();
        is_server || *from == *account || self.me.as_ref().is_some_and(|me| *from == *me)
    }

    /// Whether somebody may be told more than a stranger: our server, our other devices, a contact.
    pub fn is_trusted(&self, from: Option<&Jid>) -> bool {
        self.is_own(from) || from.is_some_and(|from| self.is_known(from))
    }

    /// Whether somebody is no stranger: a contact, or a device of ours.
    pub fn is_known(&self, who: &Jid) -> bool {
        let bare = who.to_bare();
        bare == self.settings.account || self.contacts.is_contact(&bare)
    }

    /// The name that our archive gave the message with these payloads (XEP-0359). It counts only where the server says
    /// that it gives such names: any other lets pass what somebody made up.
    pub fn archived_as(&self, payloads: &[Element]) -> Option<String> {
        let account = &self.settings.account;
        let is_given = self.peers.features_of(&account.clone().into())?.includes(ns::STANZA_IDS);
        stanza_id::read(payloads, account).filter(|_| is_given)
    }

    /// Our side of the connection to the server.
    pub fn local(&self) -> Option<SocketAddr> {
        self.local
    }

    /// The largest stanza that the server takes, in bytes.
    pub fn largest_stanza(&self) -> usize {
        self.largest_stanza
    }

    /// A random number nobody can guess.
    pub fn random(&mut self) -> u64 {
        (self.entropy)()
    }

    /// A fresh identifier nobody can guess, for stanzas and streams: 16 characters.
    pub fn fresh_id(&mut self) -> String {
        format!("{:016x}", self.random())
    }

    /// Asks for something with a get. The answer, or its absence after `patience`, comes to [`Feature::response`](super::feature::Feature::response).
    pub fn get(&mut self, to: Option<Jid>, payload: Element, patience: Duration) -> IqToken {
        self.request(to, IqKind::Get(payload), patience, Lane::Chat)
    }

    /// Changes something with a set, likewise.
    pub fn set(&mut self, to: Option<Jid>, payload: Element, patience: Duration) -> IqToken {
        self.request(to, IqKind::Set(payload), patience, Lane::Chat)
    }

    /// Sends a set that chat may overtake, likewise.
    pub fn set_bulk(&mut self, to: Option<Jid>, payload: Element, patience: Duration) -> IqToken {
        self.request(to, IqKind::Set(payload), patience, Lane::Bulk)
    }

    /// Sends a set that a person answers: it is still answered in a later session under the same address.
    pub fn set_lasting(&mut self, to: Option<Jid>, payload: Element, patience: Duration) -> IqToken {
        self.make_request(to, IqKind::Set(payload), patience, Lane::Chat, Lasts::ForAddress)
    }

    fn request(&mut self, to: Option<Jid>, kind: IqKind, patience: Duration, lane: Lane) -> IqToken {
        self.make_request(to, kind, patience, lane, Lasts::ForSession)
    }

    fn make_request(&mut self, to: Option<Jid>, kind: IqKind, patience: Duration, lane: Lane, lasts: Lasts) -> IqToken {
        let id = self.fresh_id();
        let token = self.requests.add(id.clone(), self.owner, to.clone(), self.now.instant + patience, lasts);
        self.send_in(Iq { from: None, to, id, kind }.write(), lane);
        token
    }

    /// Wants no answer to that request any more.
    pub fn forget(&mut self, token: IqToken) {
        self.requests.forget(token);
    }

    /// Answers a request.
    pub fn answer(&mut self, request: impl Into<Owed>, payload: Option<Element>) {
        let Owed { to, id } = request.into();
        let iq = Iq { from: None, to, id, kind: IqKind::Result(payload) };
        self.send_in(iq.write(), Lane::Chat);
    }

    /// Refuses a request. The payload is not echoed: a QXmpp sender does not see an error that carries it.
    pub fn refuse(&mut self, request: impl Into<Owed>, error: &StanzaError) {
        let Owed { to, id } = request.into();
        let iq = Iq { from: None, to, id, kind: IqKind::Error(error.clone()) };
        self.send_in(iq.write(), Lane::Chat);
    }

    /// Sends a message.
    pub fn send_message(&mut self, message: &Message) {
        self.send_in(message.write(), Lane::Chat);
    }

    /// Sends a presence.
    pub fn send_presence(&mut self, presence: &Presence) {
        self.send_in(presence.write(), Lane::Chat);
    }

    /// Sends what is no stanza: nobody answers it, and no acknowledgement counts it.
    pub fn send_uncounted(&mut self, element: Element) {
        self.send_in(element, Lane::Chat);
    }

    /// Without a session there is nobody to send to: the next one begins anew, and a request ends by its patience.
    fn send_in(&mut self, stanza: Element, lane: Lane) {
        if self.me.is_some() {
            self.output(Output::Send { stanza, lane });
        }
    }

    /// Has the shell do something with a socket.
    pub fn socket(&mut self, order: SocketOrder) {
        self.output(Output::Socket(order));
    }

    /// Has the shell do something with a file.
    pub fn file(&mut self, file: FileId, order: FileOrder) {
        self.output(Output::File(file, order));
    }

    /// Has the shell do something so that others can reach us.
    pub fn reach(&mut self, order: ReachOrder) {
        self.output(Output::Reach(order));
    }

    /// Has something done with the history of conversations.
    pub fn history(&mut self, order: history::Order) {
        self.output(Output::History(order));
    }

    /// Tells the user.
    pub fn emit(&mut self, event: Event) {
        self.output(Output::Event(event));
    }

    /// Shows every stanza from here on, or none.
    pub(super) fn watch(&mut self, watched: bool) {
        self.watched = watched;
    }

    /// Tells of a stanza, if somebody wants to see them.
    pub(super) fn show(&mut self, way: Way, stanza: &Element) {
        if self.watched {
            self.emit(Event::Stanza { way, xml: watch::shown(stanza) });
        }
    }

    /// Sends what the user wrote, or says why not.
    pub(super) fn send_raw(&mut self, written: &str) {
        match watch::read(written) {
            Ok(stanza) if self.online => self.send_in(stanza, Lane::Chat),
            Ok(_) => self.emit(Event::Notice("not sent: there is no connection".to_owned())),
            Err(why) => self.emit(Event::Notice(format!("not sent: {why}"))),
        }
    }

    pub(super) fn output(&mut self, output: Output) {
        if let Output::Send { stanza, .. } = &output {
            self.show(Way::Out, stanza);
        }
        self.outbox.push_back(output);
    }

    pub(super) fn next_output(&mut self) -> Option<Output> {
        self.outbox.pop_front()
    }

    pub(super) fn set_now(&mut self, now: Moment) {
        self.now = now;
    }

    pub(super) fn set_owner(&mut self, owner: usize) {
        self.owner = owner;
    }

    /// Follows the session; returns the requests that died with it. A lost connection kills none: if the session is
    /// resumed, the answers come.
    pub(super) fn follow_session(&mut self, session: &Session) -> Vec<(usize, IqToken)> {
        match session {
            Session::Online { jid, resumed, local, largest_stanza, .. } => {
                let before = self.me.replace(jid.clone());
                self.online = true;
                self.local = *local;
                self.largest_stanza = *largest_stanza;
                match before {
                    _ if *resumed => Vec::new(),
                    Some(before) if before == *jid => self.requests.drain_session(),
                    Some(_) | None => self.requests.drain(),
                }
            }
            Session::Stopped { .. } => {
                self.me = None;
                self.online = false;
                self.requests.drain()
            }
            Session::Connecting | Session::Offline { .. } => {
                self.online = false;
                Vec::new()
            }
        }
    }

    pub(super) fn iq_deadline(&self) -> Option<Instant> {
        self.requests.deadline()
    }

    pub(super) fn expired_requests(&mut self) -> Vec<(usize, IqToken)> {
        self.requests.expired(self.now.instant)
    }

    /// The request that an answer belongs to, if it comes from whom was asked: ids can be guessed.
    pub(super) fn match_response(&mut self, id: &str, from: Option<&Jid>) -> Option<(usize, IqToken)> {
        let answers = |asked: Option<&Jid>| asked == from || (self.is_own(asked) && self.is_own(from));
        if self.requests.is_answered(id, answers) { self.requests.take(id) } else { None }
    }

    /// Answers a get or set that cannot be read; anything else that cannot be read is dropped.
    pub(super) fn answer_malformed(&mut self, element: &Element, malformed: &Malformed) {
        let is_request = element.name() == "iq" && matches!(element.attr("type"), Some("get" | "set"));
        let (Some(id), true) = (element.attr("id"), is_request) else { return };
        let from = match element.attr("from").map(Jid::new) {
            None => None,
            Some(Ok(from)) => Some(from),
            Some(Err(_)) => return,
        };
        let error = StanzaError::new("bad-request").with_text(malformed.to_string());
        let iq = Iq { from: None, to: from, id: id.to_owned(), kind: IqKind::Error(error) };
        self.send_in(iq.write(), Lane::Chat);
    }
}
