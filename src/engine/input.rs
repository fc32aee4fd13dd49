//! What can happen to an engine.

use std::net::SocketAddr;
use std::time::Duration;

use jid::FullJid;
use minidom::Element;

use super::command::Command;
use super::event::{SessionEvent, StopReason};
use super::file::{FileEvent, FileId};
use super::history::Answer;
use super::journal::Entry;
use super::login::Login;
use super::reach::ReachEvent;
use super::socket::SocketEvent;

/// Something that happened.
#[derive(Debug)]
pub enum Input {
    /// The session with the server changed.
    Session(Session),
    /// The server sent a stanza.
    Stanza(Element),
    /// Stanzas that were handed to an earlier session were never acknowledged and are lost to it. Told before the next,
    /// or before the end.
    Undelivered(Vec<Element>),
    /// The server has these messages, by their ids: it said so (XEP-0198), or, where it never does, they were written to
    /// the connection.
    Acknowledged(Vec<String>),
    /// The user wants something.
    Command(Command),
    /// Something about a socket.
    Socket(SocketEvent),
    /// Something about a file.
    File(FileId, FileEvent),
    /// Something about how others can reach us.
    Reach(ReachEvent),
    /// How a try to log in went.
    Login(Box<Login>),
    /// What there is in the journal. Told before the first session, and again when another Balcony has ended.
    Remembered {
        /// Transfers that had not ended and are ours to go on with, and those that arrived lately, oldest first.
        left: Vec<Entry>,
        /// What other Balconies of the user's go on with.
        elsewhere: Vec<Entry>,
    },
    /// The history tells something.
    History(Answer),
    /// Time passed: [`Engine::poll_timeout`](super::Engine::poll_timeout) was reached.
    Tick,
}

/// How the session with the server changed.
#[derive(Debug, Clone)]
pub enum Session {
    /// A connection is being made.
    Connecting,
    /// Logged in. `resumed`: the old stream went on (XEP-0198), nothing is lost.
    Online {
        /// The address the server bound.
        jid: FullJid,
        /// Whether the old stream went on.
        resumed: bool,
        /// How the connection is protected, in words: `TLS 1.3`.
        security: String,
        /// Our side of the connection to the server; its address reaches us on that network.
        local: Option<SocketAddr>,
        /// The largest stanza that the server takes, in bytes.
        largest_stanza: usize,
        /// Whether the server wants to know if anybody looks (XEP-0352).
        client_state: bool,
        /// Whether its rosters have versions (RFC 6121 §2.6).
        roster_versions: bool,
    },
    /// The connection is gone and will be made again.
    Offline {
        /// Why, as a sentence.
        why: String,
        /// When the next try comes.
        retry_in: Duration,
    },
    /// The connection is gone and will not be made again without the user.
    Stopped {
        /// Why.
        why: StopReason,
    },
}

impl Session {
    /// What the user is told of it.
    pub(super) fn told(&self) -> SessionEvent {
        match self.clone() {
            Session::Connecting => SessionEvent::Connecting,
            Session::Online { jid, resumed, security, .. } => SessionEvent::Online { jid, resumed, security },
            Session::Offline { why, retry_in } => SessionEvent::Offline { why, retry_in },
            Session::Stopped { why } => SessionEvent::Stopped { why },
        }
    }
}
