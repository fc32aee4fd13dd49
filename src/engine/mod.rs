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

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use jid::FullJid;
use minidom::Element;

mod caps;
mod chat;
pub mod command;
pub mod contacts;
pub mod context;
pub mod disco;
pub mod event;
pub mod feature;
pub mod iq;
mod ping;
mod presence;
mod roster;
mod sentence;
pub mod transfer;
mod version;

use command::Command;
use context::Context;
use event::{Event, SessionEvent};
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

/// Something that happened.
#[derive(Debug)]
pub enum Input {
    /// The session with the server changed.
    Session(Session),
    /// The server sent a stanza.
    Stanza(Element),
    /// A stanza that was handed to an earlier session was never acknowledged and is lost to it.
    Undelivered(Vec<Element>),
    /// The user wants something.
    Command(Command),
    /// Something about a socket.
    Socket(SocketEvent),
    /// Something about a file.
    File(FileId, FileEvent),
    /// Time passed: [`Engine::poll_timeout`] was reached.
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
        why: event::StopReason,
    },
}

/// Something that should be done.
#[derive(Debug)]
pub enum Output {
    /// Send a stanza.
    Send {
        /// The stanza.
        stanza: Element,
        /// In which queue it waits.
        lane: Lane,
    },
    /// Connect and log in; stay so until told otherwise.
    Connect,
    /// Log out.
    Disconnect,
    /// Something about a socket.
    Socket(SocketOrder),
    /// Something about a file.
    File(FileId, FileOrder),
    /// Tell the user.
    Event(Event),
}

/// Which queue a stanza waits in: chat overtakes bulk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Everything a person waits for.
    Chat,
    /// In-band data.
    Bulk,
}

/// A TCP connection; dialled ones are named by the engine, accepted ones by the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SocketId {
    /// We connected.
    Dialled(u64),
    /// Somebody connected to our listener.
    Accepted(u64),
}

/// What the shell does with sockets. Nothing is read from a socket but by [`SocketOrder::Read`] or
/// [`SocketOrder::Pump`]: bytes that come early wait in the kernel.
#[derive(Debug)]
pub enum SocketOrder {
    /// Have the one listener, bound as configured; answered by `Listening` or `ListenFailed`, also if it exists.
    Listen,
    /// Close the listener (accepted connections stay).
    Unlisten,
    /// Connect; answered by `Connected` or `Closed`. Deadlines are the engine's: it says `Close`.
    Dial {
        /// Its name from now on.
        socket: SocketId,
        /// A host name or an address.
        host: String,
        /// A port.
        port: u16,
    },
    /// Read what is there, at least one byte, at most `max`; answered by one `Data` or `Closed`. A `Pump` takes the
    /// place of a `Read` that has no answer yet.
    Read {
        /// Which.
        socket: SocketId,
        /// The most bytes wanted.
        max: usize,
    },
    /// Write all of it at once; failure is told by `Closed`.
    Write {
        /// Which.
        socket: SocketId,
        /// What.
        bytes: Vec<u8>,
    },
    /// Copy a file's range to the socket, or the socket to a file, until all is moved; answered by `Pumped`, or `Closed`.
    Pump(Pump),
    /// Pause or resume nothing: close now, drop what is unsent. Never answered.
    Close {
        /// Which.
        socket: SocketId,
    },
}

/// A copy between a file and a socket that the shell does by itself, telling progress.
#[derive(Debug, Clone)]
pub struct Pump {
    /// The socket, its handshake done.
    pub socket: SocketId,
    /// The file.
    pub file: FileId,
    /// Which way.
    pub flow: Flow,
}

/// Which way a pump moves bytes.
#[derive(Debug, Clone)]
pub enum Flow {
    /// File to socket. After the last byte the socket is shut down and closed, then `Pumped` is told.
    Send {
        /// Where in the file it starts.
        offset: u64,
        /// How many bytes.
        length: u64,
    },
    /// Socket to file, appended. `Pumped` is told once `length` bytes are in the file, or the sender closed.
    Receive {
        /// Bytes that arrived together with the handshake.
        prefix: Vec<u8>,
        /// How many bytes, the prefix included; nothing beyond is read.
        length: u64,
    },
}

/// What the shell tells of sockets.
#[derive(Debug)]
pub enum SocketEvent {
    /// The listener is there.
    Listening {
        /// The port it got.
        port: u16,
        /// Every address of this machine that it can be reached at, loopback included and marked by being loopback.
        addresses: Vec<IpAddr>,
    },
    /// There is no listener.
    ListenFailed {
        /// Why.
        why: String,
    },
    /// Somebody connected to our listener.
    Accepted {
        /// The connection.
        socket: SocketId,
        /// Who.
        from: SocketAddr,
    },
    /// A dialled connection is made.
    Connected {
        /// Which.
        socket: SocketId,
    },
    /// Bytes that a `Read` asked for.
    Data {
        /// Which.
        socket: SocketId,
        /// What.
        bytes: Vec<u8>,
    },
    /// A pump moved bytes; told at most every 100 ms.
    Progress {
        /// Which.
        socket: SocketId,
        /// How many bytes in all since the pump began, the prefix included.
        bytes: u64,
    },
    /// A pump is done.
    Pumped {
        /// Which.
        socket: SocketId,
        /// How many bytes in all; fewer than asked if the sender closed early.
        bytes: u64,
    },
    /// The connection could not be made, or is gone. Told once; not after `Close`.
    Closed {
        /// Which.
        socket: SocketId,
        /// Why, in the words the attempt line shows.
        why: CloseReason,
    },
    /// A pump stopped because of the file, not the socket.
    FileFailed {
        /// Which.
        socket: SocketId,
        /// What is wrong with the file.
        why: FileError,
    },
}

/// Why a connection is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CloseReason {
    /// Nobody listens there.
    Refused,
    /// No answer to the connection attempt.
    TimedOut,
    /// No route, no such host, not permitted.
    Unreachable(String),
    /// The other side closed.
    ByPeer,
    /// The connection broke.
    Reset(String),
}

/// A file that is being sent or received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u64);

/// What the shell does with files.
#[derive(Debug)]
pub enum FileOrder {
    /// Open for reading; answered by `Opened` or `Failed`.
    Open {
        /// Where.
        path: PathBuf,
    },
    /// Read a block of an opened file; answered by `Block` or `Failed`.
    Read {
        /// Where in the file.
        offset: u64,
        /// How much; less only at the end of the file.
        length: usize,
    },
    /// Make a `.part` for a file to receive; answered by `Created` or `Failed`.
    Create {
        /// Where the finished file belongs.
        place: Place,
        /// How long it will be, for the check of free space; unknown for peers that do not say.
        size: Option<u64>,
        /// Compute this while writing, to be told in `Committed`.
        digest: Option<Digest>,
    },
    /// Append; answered by `Written` or `Failed`.
    Append {
        /// What.
        bytes: Vec<u8>,
    },
    /// All has arrived: flush, and give the `.part` its name without overwriting anything; answered by `Committed` or `Failed`.
    Commit,
    /// Close. The `.part` stays if told so. Never answered.
    Close {
        /// What becomes of a `.part`.
        partial: Partial,
    },
}

/// Where a received file belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the downloads folder, under this safe name, or a variation of it if that is taken.
    Downloads {
        /// A single safe path component.
        name: String,
    },
    /// Where the user said. A folder takes the safe name.
    Chosen {
        /// A path, as the user gave it.
        path: PathBuf,
        /// A single safe path component.
        name: String,
    },
}

/// What becomes of a file that did not arrive whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partial {
    /// It stays as `.part`.
    Keep,
    /// It is removed.
    Remove,
}

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    /// What XEP-0096 states.
    Md5,
    /// What Balconies state.
    Sha256,
}

/// What the shell tells of files.
#[derive(Debug)]
pub enum FileEvent {
    /// A file to send is open.
    Opened {
        /// Its length.
        size: u64,
        /// Its date.
        modified: Option<SystemTime>,
    },
    /// A block of it.
    Block {
        /// Where in the file.
        offset: u64,
        /// What.
        bytes: Vec<u8>,
    },
    /// A `.part` is there.
    Created {
        /// Where the finished file will be, as far as known.
        path: PathBuf,
    },
    /// An `Append` is in the file.
    Written {
        /// The file's length so far.
        total: u64,
    },
    /// The file has its name.
    Committed {
        /// Where it is.
        path: PathBuf,
        /// The digest that was asked for.
        digest: Option<Vec<u8>>,
    },
    /// Something is wrong with the file; no order but `Close` makes sense any more.
    Failed(FileError),
}

/// What can be wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileError {
    /// It cannot be read.
    Unreadable(String),
    /// It cannot be written.
    Unwritable(String),
    /// No space is left.
    Full {
        /// What is needed, in bytes.
        needed: u64,
        /// What there is, in bytes.
        free: u64,
    },
    /// It became shorter or newer while it was sent.
    Changed,
}

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
            Input::Command(command) => self.command(command),
            Input::Socket(event) => {
                self.socket(event);
            }
            Input::File(file, event) => {
                let mut event = Some(event);
                self.each(|feature, cx| {
                    if let Some(mine) = event.take() {
                        event = feature.file(file, mine, cx);
                    }
                });
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

    fn session(&mut self, session: &Session) {
        for (owner, token) in self.cx.follow_session(session) {
            self.respond(owner, token, Response::Disconnected);
        }
        self.cx.emit(Event::Session(told(session)));
        self.each(|feature, cx| feature.session(session, cx));
    }

    fn command(&mut self, command: Command) {
        if command == Command::Connect {
            return self.cx.output(Output::Connect);
        }
        if command == Command::Disconnect {
            return self.cx.output(Output::Disconnect);
        }
        let mut command = Some(command);
        self.each(|feature, cx| {
            if let Some(mine) = command.take() {
                command = feature.command(mine, cx);
            }
        });
    }

    /// A connection that no feature wants is closed.
    fn socket(&mut self, event: SocketEvent) {
        let mut event = Some(event);
        self.each(|feature, cx| {
            if let Some(mine) = event.take() {
                event = feature.socket(mine, cx);
            }
        });
        if let Some(SocketEvent::Accepted { socket, .. } | SocketEvent::Connected { socket }) = event {
            self.cx.socket(SocketOrder::Close { socket });
        }
    }

    fn stanza(&mut self, element: &Element) {
        match Stanza::read(element) {
            Ok(Stanza::Iq(iq)) => self.iq(iq),
            Ok(Stanza::Message(message)) => {
                let mut message = Some(message);
                self.each(|feature, cx| {
                    if let Some(mine) = message.take() {
                        message = feature.message(mine, cx);
                    }
                });
            }
            Ok(Stanza::Presence(presence)) => self.each(|feature, cx| feature.presence(&presence, cx)),
            Err(malformed) => self.cx.answer_malformed(element, &malformed),
        }
    }

    fn iq(&mut self, iq: Iq) {
        let Iq { from, id, kind, .. } = iq;
        let mut request = match kind {
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
        for (index, feature) in self.features.iter_mut().enumerate() {
            self.cx.set_owner(index);
            match feature.request(request, &mut self.cx) {
                Handled::Yes => return,
                Handled::NotMine(unknown) => request = unknown,
            }
        }
        self.cx.refuse(&request, &StanzaError::new("service-unavailable"));
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

/// What the user is told of the session.
fn told(session: &Session) -> SessionEvent {
    match session.clone() {
        Session::Connecting => SessionEvent::Connecting,
        Session::Online { jid, resumed, security, .. } => SessionEvent::Online { jid, resumed, security },
        Session::Offline { why, retry_in } => SessionEvent::Offline { why, retry_in },
        Session::Stopped { why } => SessionEvent::Stopped { why },
    }
}
