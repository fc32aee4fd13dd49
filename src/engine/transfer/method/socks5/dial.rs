//! One connection to a streamhost, from the dialling to the end of its handshake. Knows no `<query/>`.

use super::Common;
use super::close_words;
use super::handshake::{Address, Dialler, Wants};
use crate::engine::context::Context;
use crate::engine::{CloseReason, NamedBy, SocketEvent, SocketId, SocketOrder};
use crate::xep::bytestreams::StreamHost;

/// More than any reply of a streamhost; what comes behind it in the same read is kept.
const READ: usize = 512;

/// A connection on its way.
#[derive(Debug)]
pub(super) struct Dial {
    socket: SocketId,
    dialler: Dialler,
    /// What to ask for, once it was greeted.
    request: Vec<u8>,
}

/// How a connection stands.
#[derive(Debug)]
pub(super) enum Dialled {
    /// Nothing is decided.
    Waiting,
    /// TCP is connected, the handshake begins.
    Connected,
    /// It speaks SOCKS5, and does not know yet what is wanted: [`Dial::ask`].
    Greeted,
    /// The handshake is done; these bytes came behind it.
    Done(SocketId, Vec<u8>),
    /// It does not work; why.
    Failed(String),
    /// It was not even tried; why.
    NotTried(&'static str),
}

impl Dial {
    /// Begins to connect.
    pub(super) fn begin(
        host: &StreamHost,
        named_by: NamedBy,
        address: Address,
        common: &mut Common,
        cx: &mut Context,
    ) -> Self {
        let socket = common.fresh_socket();
        cx.socket(SocketOrder::Dial { socket, host: host.host.clone(), port: host.port, named_by });
        Dial { socket, dialler: Dialler::new(address), request: Vec::new() }
    }

    /// Whether that is its socket.
    pub(super) fn owns(&self, socket: SocketId) -> bool {
        self.socket == socket
    }

    /// Something happened to its socket. A failed one is closed.
    pub(super) fn socket(&mut self, event: SocketEvent, cx: &mut Context) -> Dialled {
        match event {
            SocketEvent::Connected { socket } => {
                cx.socket(SocketOrder::Write { socket, bytes: Dialler::greeting() });
                cx.socket(SocketOrder::Read { socket, max: READ });
                Dialled::Connected
            }
            SocketEvent::Data { bytes, .. } => self.data(&bytes, cx),
            SocketEvent::Closed { why: CloseReason::NotTried(why), .. } => Dialled::NotTried(why),
            SocketEvent::Closed { why, .. } => Dialled::Failed(close_words(&why).to_owned()),
            SocketEvent::Listening { .. }
            | SocketEvent::ListenFailed { .. }
            | SocketEvent::Accepted { .. }
            | SocketEvent::Sealed { .. }
            | SocketEvent::Progress { .. }
            | SocketEvent::Pumped { .. }
            | SocketEvent::FileFailed { .. } => Dialled::Waiting,
        }
    }

    /// Asks for the address; only who was greeted is.
    pub(super) fn ask(&mut self, cx: &mut Context) -> Dialled {
        let bytes = std::mem::take(&mut self.request);
        cx.socket(SocketOrder::Write { socket: self.socket, bytes });
        self.data(&[], cx)
    }

    fn data(&mut self, bytes: &[u8], cx: &mut Context) -> Dialled {
        let socket = self.socket;
        match self.dialler.feed(bytes) {
            Wants::More => {
                cx.socket(SocketOrder::Read { socket, max: READ });
                Dialled::Waiting
            }
            Wants::Write(request) => {
                self.request = request;
                Dialled::Greeted
            }
            Wants::Done((), behind) => Dialled::Done(socket, behind),
            Wants::Stop(why) => {
                self.close(cx);
                Dialled::Failed(why)
            }
        }
    }

    /// Gives it up.
    pub(super) fn close(&self, cx: &mut Context) {
        cx.socket(SocketOrder::Close { socket: self.socket });
    }
}
