//! XEP-0065 SOCKS5 bytestreams.
//!
//! The [`requester`] lists streamhosts: its own listener's addresses, from inside and outside of its network
//! ([`surroundings`]), and [`proxies`]. The [`target`] connects to one and says which. A proxy is then joined by the
//! requester too, and activated. Until here the engine owns the socket, byte by byte ([`dial`], [`lobby`],
//! [`handshake`]); after that the shell puts TLS around it if both sides named a key ([`crate::xep::seal`]), and copies
//! by itself.
//!
//! One listener serves every transfer. Who connects to it is a stranger until the handshake names a destination address
//! that some requester expects.

use std::time::{Duration, Instant};

use jid::Jid;

use super::Method;
use crate::engine::command::Via;
use crate::engine::context::Context;
use crate::engine::event::Event;
use crate::engine::feature::{IqRequest, Response, Xep};
use crate::engine::iq::IqToken;
use crate::engine::reach::{ReachEvent, Reachability};
use crate::engine::{CloseReason, Session, SocketEvent, SocketId, SocketOrder};
use crate::xep::ns;
use crate::xep::stanza::StanzaError;

/// TLS takes two round trips; as many seconds as a proxy may take for one.
const SEAL_PATIENCE: Duration = Duration::from_secs(10);

/// What is told of one by which nothing passes, for every byte is there already: there is nothing to encrypt.
const EMPTY: &str = "nothing left to send";

mod delivery;
mod dial;
mod errands;
mod handshake;
mod listing;
mod lobby;
mod manners;
mod probes;
mod proxies;
mod race;
mod requester;
mod streamhosts;
mod surroundings;
mod target;

use errands::Errands;
use handshake::Address;
use lobby::Lobby;
use proxies::Proxies;
use surroundings::Surroundings;

/// The line of SOCKS5 bytestreams.
pub(crate) const METHOD: Method = Method {
    namespace: ns::BYTESTREAMS,
    xep: Xep { number: "0065", title: "SOCKS5 Bytestreams", version: "1.8.2" },
    vias: &[Via::Socks5Direct, Via::Socks5Proxy],
    is_last_resort: false,
    leaves_the_session: true,
    opening: "query",
    closing: None,
    send: requester::send,
    receive: target::receive,
    answer_stranger: |request, _, cx| answer_stranger(request, cx),
    withdraw: None,
};

/// Where the STUN server is asked for that shows how the others see us.
pub(crate) const EXTERNAL_SERVICES: Xep = Xep { number: "0215", title: "External Service Discovery", version: "1.0.0" };

/// How a stream is refused that nobody knows: `item-not-found` would say that its streamhosts cannot be reached.
const UNKNOWN: &str = "not-acceptable";

fn answer_stranger(request: &IqRequest, cx: &mut Context) {
    cx.refuse(request, &StanzaError::new(UNKNOWN).with_text("no such stream"));
}

/// What every SOCKS5 stream of this engine has in common with the others.
#[derive(Default)]
pub(crate) struct Common {
    listener: Listener,
    lobby: Lobby,
    proxies: Proxies,
    surroundings: Surroundings,
    errands: Errands,
    /// What the user was told of the last two.
    told: Reachability,
    dialled: u64,
}

/// The one listener.
#[derive(Debug, Default)]
enum Listener {
    /// Nobody needs it.
    #[default]
    Closed,
    /// The shell was asked.
    Opening,
    /// It is there.
    Open(Listening),
    /// It cannot be had.
    Failed,
}

/// Where the listener can be reached.
#[derive(Debug, Clone)]
struct Listening {
    port: u16,
    addresses: Vec<std::net::IpAddr>,
}

impl Common {
    /// A name for a connection that we make.
    fn fresh_socket(&mut self) -> SocketId {
        self.dialled += 1;
        SocketId::Dialled(self.dialled)
    }

    /// Expects somebody to connect and name that address. The addresses of this machine are asked for each time: it
    /// may have moved to another network.
    fn expect(&mut self, address: Address, cx: &mut Context) {
        self.lobby.expect(address);
        self.listener = Listener::Opening;
        cx.socket(SocketOrder::Listen);
    }

    /// Expects nobody for that address any more; who came is sent away.
    fn dismiss(&mut self, address: &Address, cx: &mut Context) {
        self.lobby.dismiss(address, cx);
        self.close_needless_listener(cx);
    }

    fn close_needless_listener(&mut self, cx: &mut Context) {
        let is_needed = !self.lobby.expects_nobody() || self.surroundings.need_the_listener();
        if !is_needed && !matches!(self.listener, Listener::Closed) {
            self.listener = Listener::Closed;
            cx.socket(SocketOrder::Unlisten);
        }
    }

    /// Follows the session: proxies belong to it, and what lies around us may be something else.
    pub(crate) fn session(&mut self, session: &Session, cx: &mut Context) {
        self.proxies.session(session, &mut self.dialled, cx);
        self.surroundings.session(session, cx);
        if self.surroundings.need_the_listener() && !matches!(self.listener, Listener::Open(_)) {
            self.listener = Listener::Opening;
        }
        self.close_needless_listener(cx);
        // That nothing is known without a session goes without saying.
        if matches!(session, Session::Online { .. }) {
            self.tell(cx);
        }
    }

    /// A file is offered to somebody: what may be needed is looked for while their user decides.
    pub(crate) fn foresee(&mut self, peer: &Jid, cx: &mut Context) {
        self.proxies.foresee(peer, cx);
    }

    /// What the shell found out about how others can reach us.
    pub(crate) fn reach(&mut self, event: &ReachEvent, cx: &mut Context) {
        self.surroundings.reach(event);
        self.close_needless_listener(cx);
        self.tell(cx);
    }

    /// Tells the user what is known, if that is news.
    fn tell(&mut self, cx: &mut Context) {
        let (mapping, public) = self.surroundings.findings();
        let known = Reachability { mapping, public, proxies: self.proxies.findings() };
        if self.told != known {
            cx.emit(Event::Reachability(Box::new(known.clone())));
            self.told = known;
        }
    }

    /// Takes what belongs to no stream; gives back what does.
    pub(crate) fn socket(&mut self, event: SocketEvent, cx: &mut Context) -> Option<SocketEvent> {
        match event {
            SocketEvent::Listening { port, addresses } => {
                if !matches!(self.listener, Listener::Closed) {
                    self.listener = Listener::Open(Listening { port, addresses });
                    self.surroundings.listening(port, cx);
                }
                None
            }
            SocketEvent::ListenFailed { why } => {
                self.listener = Listener::Failed;
                self.surroundings.listens_not(&why);
                self.tell(cx);
                None
            }
            SocketEvent::Accepted { socket, .. } => {
                self.lobby.accepted(socket, cx);
                None
            }
            SocketEvent::Data { .. }
            | SocketEvent::Closed { .. }
            | SocketEvent::Connected { .. }
            | SocketEvent::Sealed { .. }
            | SocketEvent::Progress { .. }
            | SocketEvent::Pumped { .. }
            | SocketEvent::FileFailed { .. } => {
                let event = self.proxies.probes.socket(event, cx);
                self.tell(cx);
                event.and_then(|event| self.lobby.socket(event, cx))
            }
        }
    }

    /// Whether it was asked ahead of any stream.
    pub(crate) fn asked(&self, token: IqToken) -> bool {
        self.proxies.asked(token) || self.surroundings.asked(token)
    }

    /// The answer to it.
    pub(crate) fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) {
        if self.surroundings.asked(token) {
            self.surroundings.response(response, cx);
        } else {
            self.proxies.response(token, response, &mut self.dialled, cx);
        }
        self.tell(cx);
    }

    /// When [`Common::timeout`] wants to be called.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.lobby.deadline().into_iter().chain(self.proxies.probes.deadline()).min()
    }

    /// The deadline was reached.
    pub(crate) fn timeout(&mut self, cx: &mut Context) {
        self.lobby.timeout(cx);
        self.proxies.probes.timeout(cx);
        self.tell(cx);
    }
}

/// What became of putting TLS around a connection: the socket, or why not; none while it is being done.
fn sealed(event: SocketEvent) -> Option<Result<SocketId, &'static str>> {
    match event {
        SocketEvent::Sealed { socket } => Some(Ok(socket)),
        SocketEvent::Closed { why, .. } => Some(Err(close_words(&why))),
        SocketEvent::Listening { .. }
        | SocketEvent::ListenFailed { .. }
        | SocketEvent::Accepted { .. }
        | SocketEvent::Connected { .. }
        | SocketEvent::Data { .. }
        | SocketEvent::Progress { .. }
        | SocketEvent::Pumped { .. }
        | SocketEvent::FileFailed { .. } => None,
    }
}

/// Why a connection ended, in the words of an attempt.
fn close_words(why: &CloseReason) -> &'static str {
    match why {
        CloseReason::Refused => "refused",
        CloseReason::TimedOut => "no answer",
        CloseReason::Unreachable(_) => "unreachable",
        CloseReason::ByPeer => "closed",
        CloseReason::Reset(_) => "connection lost",
        CloseReason::NotSealed(_) => "encryption failed",
        CloseReason::NotTried(why) => why,
    }
}
