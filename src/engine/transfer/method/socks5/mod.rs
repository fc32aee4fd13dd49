//! XEP-0065 SOCKS5 bytestreams.
//!
//! The requester ([`requester`]) lists streamhosts, its own listener's addresses and [proxies]; the target ([`target`])
//! connects to one and says which. A proxy is then joined by the requester too, and activated. Until here the engine
//! owns the socket, byte by byte ([`dial`], [`lobby`], [`handshake`]); after that the shell copies by itself.
//!
//! One listener serves every transfer. Who connects to it is a stranger until the handshake names a destination address
//! that some requester expects.

use std::time::Instant;

use super::Method;
use crate::engine::command::Via;
use crate::engine::context::Context;
use crate::engine::feature::{IqRequest, Response, Xep};
use crate::engine::iq::IqToken;
use crate::engine::{CloseReason, Session, SocketEvent, SocketId, SocketOrder};
use crate::xep::ns;
use crate::xep::stanza::StanzaError;

mod dial;
mod handshake;
mod listing;
mod lobby;
mod manners;
mod proxies;
mod race;
mod requester;
mod streamhosts;
mod target;

use handshake::Address;
use lobby::Lobby;
use proxies::Proxies;

/// The line of SOCKS5 bytestreams.
pub(crate) const METHOD: Method = Method {
    namespace: ns::BYTESTREAMS,
    xep: Xep { number: "0065", title: "SOCKS5 Bytestreams", version: "1.8.2" },
    vias: &[Via::Socks5Direct, Via::Socks5Proxy],
    is_last_resort: false,
    opening: "query",
    closing: None,
    send: requester::send,
    receive: target::receive,
    answer_stranger: |request, _, cx| answer_stranger(request, cx),
    withdraw: None,
};

fn answer_stranger(request: &IqRequest, cx: &mut Context) {
    cx.refuse(request, &StanzaError::new("item-not-found").with_text("no such stream"));
}

/// What every SOCKS5 stream of this engine has in common with the others.
#[derive(Default)]
pub(crate) struct Common {
    listener: Listener,
    lobby: Lobby,
    proxies: Proxies,
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
        if self.lobby.expects_nobody() && !matches!(self.listener, Listener::Closed) {
            self.listener = Listener::Closed;
            cx.socket(SocketOrder::Unlisten);
        }
    }

    /// Follows the session: proxies belong to it.
    pub(crate) fn session(&mut self, session: &Session, cx: &mut Context) {
        self.proxies.session(session, cx);
    }

    /// Takes what belongs to no stream; gives back what does.
    pub(crate) fn socket(&mut self, event: SocketEvent, cx: &mut Context) -> Option<SocketEvent> {
        match event {
            SocketEvent::Listening { port, addresses } => {
                if matches!(self.listener, Listener::Opening) {
                    self.listener = Listener::Open(Listening { port, addresses });
                }
                None
            }
            SocketEvent::ListenFailed { .. } => {
                self.listener = Listener::Failed;
                None
            }
            SocketEvent::Accepted { socket, .. } => {
                self.lobby.accepted(socket, cx);
                None
            }
            SocketEvent::Data { .. }
            | SocketEvent::Closed { .. }
            | SocketEvent::Connected { .. }
            | SocketEvent::Progress { .. }
            | SocketEvent::Pumped { .. }
            | SocketEvent::FileFailed { .. } => self.lobby.socket(event, cx),
        }
    }

    /// Whether the search for proxies made that request.
    pub(crate) fn asked(&self, token: IqToken) -> bool {
        self.proxies.asked(token)
    }

    /// The answer to it.
    pub(crate) fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) {
        self.proxies.response(token, response, cx);
    }

    /// When [`Common::timeout`] wants to be called.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.lobby.deadline()
    }

    /// The deadline was reached.
    pub(crate) fn timeout(&mut self, cx: &mut Context) {
        self.lobby.timeout(cx);
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
    }
}
