//! Who connected to our listener: strangers until they name a destination address that is expected, then guests.
//!
//! Several connections for one address are welcome: a target may try two of our addresses, or drop one and come again.
//! The first that is still there when the target says so is the stream.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::handshake::{self, Address, Host, Wants};
use crate::engine::context::Context;
use crate::engine::{SocketEvent, SocketId, SocketOrder};

/// A handshake takes two round trips; who needs longer than this does not want one.
const PATIENCE: Duration = Duration::from_secs(10);

/// A refusal gets this long to leave before the connection is closed.
const FAREWELL: Duration = Duration::from_secs(1);

/// Strangers at once: more than the streamhosts of every transfer that a person runs. One more, and who has been here
/// longest goes: a guest is through with the handshake before a crowd that says nothing has taken all places anew.
const MOST_STRANGERS: usize = 64;

/// Guests for one address: one for each address that we list, twice.
const MOST_GUESTS: usize = 8;

/// More than a greeting and a request together.
const READ: usize = 512;

/// Everybody who connected and is not a stream yet.
#[derive(Debug, Default)]
pub(super) struct Lobby {
    strangers: BTreeMap<SocketId, Stranger>,
    expected: BTreeMap<Address, Vec<SocketId>>,
}

#[derive(Debug)]
enum Stranger {
    /// In its handshake.
    Arriving { host: Host, until: Instant },
    /// Was told no.
    Leaving { until: Instant },
}

impl Stranger {
    fn until(&self) -> Instant {
        match self {
            Stranger::Arriving { until, .. } | Stranger::Leaving { until } => *until,
        }
    }
}

impl Lobby {
    /// Somebody will come for that address.
    pub(super) fn expect(&mut self, address: Address) {
        self.expected.entry(address).or_default();
    }

    /// Whether nobody is expected.
    pub(super) fn expects_nobody(&self) -> bool {
        self.expected.is_empty()
    }

    /// Nobody is expected for that address any more.
    pub(super) fn dismiss(&mut self, address: &Address, cx: &mut Context) {
        for socket in self.expected.remove(address).unwrap_or_default() {
            cx.socket(SocketOrder::Close { socket });
        }
    }

    /// Hands over the connection that came first for that address and is still there.
    pub(super) fn claim(&mut self, address: &Address) -> Option<SocketId> {
        let guests = self.expected.get_mut(address)?;
        (!guests.is_empty()).then(|| guests.remove(0))
    }

    /// Somebody connected.
    pub(super) fn accepted(&mut self, socket: SocketId, cx: &mut Context) {
        if self.expected.is_empty() {
            return cx.socket(SocketOrder::Close { socket });
        }
        if self.strangers.len() >= MOST_STRANGERS
            && let Some((longest, _)) = self.strangers.pop_first()
        {
            cx.socket(SocketOrder::Close { socket: longest });
        }
        let until = cx.after(PATIENCE);
        self.strangers.insert(socket, Stranger::Arriving { host: Host::default(), until });
        cx.socket(SocketOrder::Read { socket, max: READ });
    }

    /// Takes what is about somebody in here.
    pub(super) fn socket(&mut self, event: SocketEvent, cx: &mut Context) -> Option<SocketEvent> {
        if let SocketEvent::Data { socket, bytes } = &event {
            if self.is_guest(*socket) {
                listen_for_the_end(*socket, cx);
                return None;
            }
            if self.strangers.contains_key(socket) {
                self.data(*socket, bytes, cx);
                return None;
            }
        }
        if let SocketEvent::Closed { socket, .. } = &event
            && self.leaves(*socket)
        {
            return None;
        }
        Some(event)
    }

    fn data(&mut self, socket: SocketId, bytes: &[u8], cx: &mut Context) {
        let Some(Stranger::Arriving { host, .. }) = self.strangers.get_mut(&socket) else { return };
        let mut wants = host.feed(bytes);
        while let Wants::Write(bytes) = wants {
            cx.socket(SocketOrder::Write { socket, bytes });
            wants = host.feed(&[]);
        }
        match wants {
            Wants::More | Wants::Write(_) => cx.socket(SocketOrder::Read { socket, max: READ }),
            Wants::Done(address, _) => self.introduce(socket, &address, cx),
            Wants::Stop(_) => self.turn_away(socket, handshake::refuse_greeting(), cx),
        }
    }

    /// A stranger names an address.
    fn introduce(&mut self, socket: SocketId, address: &Address, cx: &mut Context) {
        match self.expected.get_mut(address) {
            Some(guests) if guests.len() < MOST_GUESTS => {
                guests.push(socket);
                self.strangers.remove(&socket);
                cx.socket(SocketOrder::Write { socket, bytes: handshake::accept(address) });
                listen_for_the_end(socket, cx);
            }
            Some(_) | None => self.turn_away(socket, handshake::refuse(address), cx),
        }
    }

    fn turn_away(&mut self, socket: SocketId, words: Vec<u8>, cx: &mut Context) {
        self.strangers.insert(socket, Stranger::Leaving { until: cx.after(FAREWELL) });
        cx.socket(SocketOrder::Write { socket, bytes: words });
    }

    fn is_guest(&self, socket: SocketId) -> bool {
        self.expected.values().any(|guests| guests.contains(&socket))
    }

    /// Somebody is gone; whether they were in here.
    fn leaves(&mut self, socket: SocketId) -> bool {
        let was_guest = self.is_guest(socket);
        for guests in self.expected.values_mut() {
            guests.retain(|guest| *guest != socket);
        }
        self.strangers.remove(&socket).is_some() || was_guest
    }

    /// When somebody in here has had their time.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.strangers.values().map(Stranger::until).min()
    }

    /// Sends away who has had their time.
    pub(super) fn timeout(&mut self, cx: &mut Context) {
        let now = cx.now().instant;
        let late: Vec<_> =
            self.strangers.iter().filter(|(_, stranger)| stranger.until() <= now).map(|(socket, _)| *socket).collect();
        for socket in late {
            self.strangers.remove(&socket);
            cx.socket(SocketOrder::Close { socket });
        }
    }
}

/// A guest, to whom we will send, has nothing to say; it is read from only to learn when it leaves.
fn listen_for_the_end(socket: SocketId, cx: &mut Context) {
    cx.socket(SocketOrder::Read { socket, max: READ });
}
