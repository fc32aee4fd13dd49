//! What a feature is: one XEP or RFC chapter, plugged into the engine by a line in [`FEATURES`].

use std::time::Instant;

use jid::Jid;
use minidom::Element;

use super::command::Command;
use super::context::{Context, Settings};
use super::history::Answer;
use super::iq::IqToken;
use super::journal::Entry;
use super::reach::ReachEvent;
use super::{FileEvent, FileId, Session, SocketEvent};
use crate::xep::stanza::{Message, Presence, StanzaError};

/// One protocol feature. Every method has a default that does nothing: implement what the XEP needs.
///
/// What a method is given by value and does not know, it gives back, and the next feature is asked.
pub trait Feature: Send {
    /// The session changed. Requests in flight were failed before.
    fn session(&mut self, _session: &Session, _cx: &mut Context) {}

    /// Stanzas that a lost session never delivered.
    fn undelivered(&mut self, _stanzas: &[Element], _cx: &mut Context) {}

    /// The server has these messages, by their ids.
    fn acknowledged(&mut self, _ids: &[String], _cx: &mut Context) {}

    /// A get or set. `Yes` promises that it is answered exactly once, now or later.
    fn request(&mut self, request: IqRequest, _cx: &mut Context) -> Handled {
        Handled::NotMine(request)
    }

    /// The answer to a request that this feature made with [`Context::get`] or [`Context::set`].
    fn response(&mut self, _token: IqToken, _response: Response, _cx: &mut Context) {}

    /// A message; what is given back goes on to the next feature.
    fn message(&mut self, message: Message, _cx: &mut Context) -> Option<Message> {
        Some(message)
    }

    /// A presence; every feature sees it.
    fn presence(&mut self, _presence: &Presence, _cx: &mut Context) {}

    /// The user wants something.
    fn command(&mut self, command: Command, _cx: &mut Context) -> Option<Command> {
        Some(command)
    }

    /// Something about a socket.
    fn socket(&mut self, event: SocketEvent, _cx: &mut Context) -> Option<SocketEvent> {
        Some(event)
    }

    /// Something about how others can reach us.
    fn reach(&mut self, _event: &ReachEvent, _cx: &mut Context) {}

    /// Something about a file.
    fn file(&mut self, _file: FileId, event: FileEvent, _cx: &mut Context) -> Option<FileEvent> {
        Some(event)
    }

    /// What another run left unfinished, and what arrived lately; and what others that run go on with.
    fn remembered(&mut self, _left: &[Entry], _elsewhere: &[Entry], _cx: &mut Context) {}

    /// The history tells something.
    fn history(&mut self, answer: Answer, _cx: &mut Context) -> Option<Answer> {
        Some(answer)
    }

    /// The features of somebody are known now, or known to stay unknown ([`Peers::learn`](super::disco::Peers::learn)).
    /// Learning them once more from in here would never end.
    fn learnt(&mut self, _who: &Jid, _cx: &mut Context) {}

    /// Called after every input: what other features left in the shared state is taken up here.
    fn settle(&mut self, _cx: &mut Context) {}

    /// When [`Feature::timeout`] wants to be called. After that call it must lie in the future.
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// The deadline was reached.
    fn timeout(&mut self, _cx: &mut Context) {}
}

/// A get or set that somebody sent us.
#[derive(Debug, Clone, PartialEq)]
pub struct IqRequest {
    /// Who; absent for our own server or account.
    pub from: Option<Jid>,
    /// To be repeated in the answer.
    pub id: String,
    /// What is asked.
    pub payload: Element,
    /// `set` rather than `get`.
    pub is_set: bool,
}

/// What is kept of a request until it is answered. What was asked may be as large as a stanza, and thousands may wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// Who waits; absent for our own server or account.
    pub to: Option<Jid>,
    /// To be repeated in the answer.
    pub id: String,
}

impl From<IqRequest> for Owed {
    fn from(request: IqRequest) -> Self {
        Owed { to: request.from, id: request.id }
    }
}

impl From<&IqRequest> for Owed {
    fn from(request: &IqRequest) -> Self {
        Owed { to: request.from.clone(), id: request.id.clone() }
    }
}

/// Whether a feature took a request on.
#[derive(Debug)]
pub enum Handled {
    /// It answers it, now or later.
    Yes,
    /// It does not know it.
    NotMine(IqRequest),
}

/// How a request of ours ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Response {
    /// Answered.
    Result(Option<Element>),
    /// Refused.
    Error(StanzaError),
    /// Not answered in time.
    Timeout,
    /// The session ended first and was not resumed.
    Disconnected,
}

/// A line of [`FEATURES`].
pub struct FeatureEntry {
    /// What it is, for the list of XEPs in the README.
    pub name: &'static str,
    /// The XEPs it implements.
    pub xeps: &'static [Xep],
    /// What it adds to our disco#info (XEP-0030).
    pub advertises: &'static [&'static str],
    /// Makes it.
    pub new: fn(&Settings) -> Box<dyn Feature>,
}

/// A specification that Balcony implements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Xep {
    /// `0095`; a word for what never got a number.
    pub number: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The version implemented.
    pub version: &'static str,
}

/// Every feature, in the order in which stanzas pass them.
pub static FEATURES: &[FeatureEntry] = &[
    super::blocking::FEATURE,
    super::disco::FEATURE,
    super::caps::FEATURE,
    super::ping::FEATURE,
    super::version::FEATURE,
    super::roster::FEATURE,
    super::presence::FEATURE,
    super::client_state::FEATURE,
    super::nickname::FEATURE,
    super::cards::FEATURE,
    super::sipub::FEATURE,
    super::archive::FEATURE,
    super::displayed::FEATURE,
    super::oob::FEATURE,
    super::chat::FEATURE,
    super::history::shelf::FEATURE,
    super::transfer::FEATURE,
    super::checkup::FEATURE,
];
