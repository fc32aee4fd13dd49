//! The functional core: everything Balcony decides, and nothing it touches.
//!
//! # Theory of operation
//!
//! The engine is a value. One thing happens ([`Input`]), [`Engine::handle`] is told with the time it happened, and
//! what should be done about it is drained from [`Engine::poll_output`] until that is empty; then the driver waits for
//! the next input or for [`Engine::poll_timeout`], whichever comes first, and says [`Input::Tick`] in the latter case.
//! No tokio, no sockets, no files, no clock, no randomness: identifiers come from the [`Entropy`] it was made with.
//!
//! `handle` returns nothing: what a peer does wrong becomes a stanza error and an [`Event`]. Malformed input never
//! panics; a panic in here is a bug.
//!
//! A stanza passes the [features](feature) in the order of [`feature::FEATURES`]; the first that knows a request
//! answers it, and a request that nobody knows is answered `service-unavailable`: exactly one answer to each.

use std::time::{Instant, SystemTime};

use minidom::Element;

pub mod amount;
mod appointments;
mod archive;
pub mod blocking;
mod caps;
mod cards;
mod chat;
pub mod checkup;
mod client_state;
pub mod command;
pub mod contacts;
pub mod context;
pub mod disco;
mod displayed;
mod doubt;
mod elsewhere;
pub mod event;
pub mod feature;
mod file;
pub mod history;
mod input;
pub mod iq;
pub mod journal;
pub mod login;
mod nickname;
mod oob;
mod output;
mod ping;
pub mod premises;
mod presence;
pub mod reach;
pub mod roster;
pub mod sentence;
mod sipub;
mod socket;
pub mod transfer;
mod version;
pub mod watch;
pub mod web;

pub use file::{
    Chosen, Digest, Digests, Fetch, FetchError, FileError, FileEvent, FileId, FileIdentity, FileOrder, Keep, Packed,
    Partial, Place, Rest,
};
pub use input::{Input, Session};
pub use output::{Lane, Output};
pub use socket::{
    CloseReason, Fingerprint, Flow, NamedBy, Pump, Seal, SocketEvent, SocketId, SocketOrder, Tally, TlsEnd,
};

use command::Command;
use context::Context;
use event::Event;
use feature::{FEATURES, Feature, Handled, IqRequest, Response};

use crate::xep::stanza::{Iq, IqKind, Stanza, StanzaError};

/// When something happened, by both clocks: durations by the first, dates by the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Monotonic.
    pub instant: Instant,
    /// Of the calendar.
    pub wall: SystemTime,
}

/// Where identifiers come from: a CSPRNG in the shell, a counter in tests.
pub type Entropy = Box<dyn FnMut() -> u64 + Send>;

/// The functional core of one account.
pub struct Engine {
    features: Vec<Box<dyn Feature>>,
    cx: Context,
}

impl Engine {
    /// An engine at rest.
    pub fn new(settings: context::Settings, entropy: Entropy, now: Moment) -> Self {
        let features: Vec<_> = FEATURES.iter().map(|entry| (entry.new)(&settings)).collect();
        Engine { features, cx: Context::new(settings, entropy, now) }
    }

    /// Tells that one thing happened. Drain [`Engine::poll_output`] before the next.
    pub fn handle(&mut self, input: Input, now: Moment) {
        self.cx.set_now(now);
        match input {
            Input::Session(session) => self.session(&session),
            Input::Stanza(element) => self.stanza(&element),
            Input::Undelivered(stanzas) => self.each(|feature, cx| feature.undelivered(&stanzas, cx)),
            Input::Acknowledged(ids) => self.each(|feature, cx| feature.acknowledged(&ids, cx)),
            Input::Command(command) => self.command(command),
            Input::Socket(event) => self.socket(event),
            Input::File(file, event) => {
                self.pass(event, |feature, event, cx| feature.file(file, event, cx));
            }
            Input::Remembered { left, elsewhere } => {
                self.each(|feature, cx| feature.remembered(&left, &elsewhere, cx));
            }
            Input::Login(login) => self.cx.emit(Event::Login(login)),
            Input::Reach(event) => self.each(|feature, cx| feature.reach(&event, cx)),
            Input::History(answer) => {
                self.pass(answer, |feature, answer, cx| feature.history(answer, cx));
            }
            Input::Tick => {}
        }
        self.expire();
        self.settle();
    }

    /// The next thing to do, until there is none.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.cx.next_output()
    }

    /// When [`Input::Tick`] is due, if nothing else happens before. Ask after draining.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let features = self.features.iter().filter_map(|feature| feature.deadline());
        features.chain(self.cx.iq_deadline()).min()
    }

    /// Runs `act` on every feature in order; requests it makes belong to that feature.
    fn each(&mut self, mut act: impl FnMut(&mut dyn Feature, &mut Context)) {
        for (index, feature) in self.features.iter_mut().enumerate() {
            self.cx.set_owner(index);
            act(feature.as_mut(), &mut self.cx);
        }
    }

    /// Hands `it` from one feature to the next until one keeps it; returns what nobody wants.
    fn pass<T>(&mut self, it: T, mut take: impl FnMut(&mut dyn Feature, T, &mut Context) -> Option<T>) -> Option<T> {
        let mut left = Some(it);
        self.each(|feature, cx| left = left.take().and_then(|it| take(feature, it, cx)));
        left
    }

    fn session(&mut self, session: &Session) {
        for (owner, token) in self.cx.follow_session(session) {
            self.respond(owner, token, Response::Disconnected);
        }
        self.cx.emit(Event::Session(session.told()));
        self.each(|feature, cx| feature.session(session, cx));
    }

    fn command(&mut self, command: Command) {
        if command == Command::Connect {
            return self.cx.output(Output::Connect);
        }
        if command == Command::TellPassword {
            return self.cx.output(Output::TellPassword);
        }
        if command == Command::Disconnect {
            return self.cx.output(Output::Disconnect);
        }
        if let Command::Prefer(preferences) = command {
            return self.cx.prefer(preferences);
        }
        if let Command::WatchStanzas(watched) = command {
            return self.cx.watch(watched);
        }
        if let Command::SendRaw(written) = command {
            return self.cx.send_raw(&written);
        }
        self.pass(command, |feature, command, cx| feature.command(command, cx));
    }

    /// A connection that no feature wants is closed.
    fn socket(&mut self, event: SocketEvent) {
        let event = self.pass(event, |feature, event, cx| feature.socket(event, cx));
        if let Some(SocketEvent::Accepted { socket, .. } | SocketEvent::Connected { socket }) = event {
            self.cx.socket(SocketOrder::Close { socket });
        }
    }

    fn stanza(&mut self, element: &Element) {
        self.cx.show(watch::Way::In, element);
        match Stanza::read(element) {
            Ok(Stanza::Iq(iq)) => self.iq(iq),
            Ok(Stanza::Message(message)) => {
                self.pass(message, |feature, message, cx| feature.message(message, cx));
            }
            Ok(Stanza::Presence(presence)) => self.each(|feature, cx| feature.presence(&presence, cx)),
            Err(malformed) => self.cx.answer_malformed(element, &malformed),
        }
    }

    fn iq(&mut self, iq: Iq) {
        let Iq { from, id, kind, .. } = iq;
        let request = match kind {
            IqKind::Get(payload) => IqRequest { from, id, payload, is_set: false },
            IqKind::Set(payload) => IqRequest { from, id, payload, is_set: true },
            IqKind::Result(payload) => {
                if let Some((owner, token)) = self.cx.match_response(&id, from.as_ref()) {
                    self.respond(owner, token, Response::Result(payload));
                }
                return;
            }
            IqKind::Error(error) => {
                if let Some((owner, token)) = self.cx.match_response(&id, from.as_ref()) {
                    self.respond(owner, token, Response::Error(error));
                }
                return;
            }
        };
        let unknown = self.pass(request, |feature, request, cx| match feature.request(request, cx) {
            Handled::Yes => None,
            Handled::NotMine(request) => Some(request),
        });
        if let Some(request) = unknown {
            self.cx.refuse(&request, &StanzaError::new("service-unavailable"));
        }
    }

    fn respond(&mut self, owner: usize, token: iq::IqToken, response: Response) {
        self.cx.set_owner(owner);
        if let Some(feature) = self.features.get_mut(owner) {
            feature.response(token, response, &mut self.cx);
        }
    }

    /// Lets every feature finish what the others left for it, until nothing new was learnt.
    fn settle(&mut self) {
        loop {
            self.each(|feature, cx| feature.settle(cx));
            let learnt = std::mem::take(&mut self.cx.peers.learnt);
            if learnt.is_empty() {
                return;
            }
            for who in learnt {
                self.each(|feature, cx| feature.learnt(&who, cx));
            }
        }
    }

    /// Everything whose time has come.
    fn expire(&mut self) {
        for (owner, token) in self.cx.expired_requests() {
            self.respond(owner, token, Response::Timeout);
        }
        self.each(|feature, cx| {
            if feature.deadline().is_some_and(|deadline| deadline <= cx.now().instant) {
                feature.timeout(cx);
            }
        });
    }
}
