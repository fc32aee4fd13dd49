//! TCP connections of bytestreams: dial, listen, read on demand, write, hand over to a pump.
//!
//! Each connection is a [`task`] that owns its socket. Letting go of its [`Line`] ends the task wherever it stands, so
//! that closing is immediate. What a task tells goes to the driver, which asks [`Sockets::admits`] first: nothing is told
//! of a socket after it was closed.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::dial::dial;
use super::files::FileLease;
use crate::engine::{CloseReason, FileError, Input, NamedBy, Seal, SocketEvent, SocketId, SocketOrder};

mod listener;
mod premises;
mod seal;
mod task;

use listener::{bind, reachable};
pub(super) use seal::{Key, Stream};
use task::{Order, Task};

/// The engine gives up sooner; this only ends what it forgot.
const PATIENCE: Duration = Duration::from_mins(1);

/// Accepted connections that may exist at a time: twice as many as the engine keeps strangers, so that it is the engine
/// that decides who has to go.
const MOST_ACCEPTED: usize = 128;

/// Every connection, and the listener.
pub(super) struct Sockets {
    listen: SocketAddr,
    listener: Option<TcpListener>,
    key: Option<Key>,
    lines: BTreeMap<SocketId, Line>,
    accepted: u64,
    inputs: mpsc::Sender<Input>,
}

/// What holds a connection's task alive and tells it what to do.
struct Line {
    orders: mpsc::UnboundedSender<Order>,
    _life: oneshot::Sender<()>,
}

impl Sockets {
    /// No connection; the listener will be bound to `listen`, and `key` seals what is to be sealed.
    pub(super) fn new(listen: SocketAddr, key: Option<Key>, inputs: mpsc::Sender<Input>) -> Self {
        Sockets { listen, listener: None, key, lines: BTreeMap::new(), accepted: 0, inputs }
    }

    /// Does what the engine orders; `lease` is the file of a pump. The answer, if it is known at once, is returned.
    pub(super) fn perform(
        &mut self,
        order: SocketOrder,
        lease: Option<FileLease>,
        tasks: &mut JoinSet<()>,
    ) -> Option<SocketEvent> {
        match order {
            SocketOrder::Listen => return Some(self.listen()),
            SocketOrder::Unlisten => self.listener = None,
            SocketOrder::Dial { socket, host, port, named_by: NamedBy::Us } => {
                self.run(socket, async move { dial(&host, port, PATIENCE).await }, tasks);
            }
            SocketOrder::Dial { socket, host, port, named_by: NamedBy::Others { local } } => {
                self.run(socket, async move { premises::dial(&host, port, local, PATIENCE).await }, tasks);
            }
            SocketOrder::Read { socket, max } => self.order(socket, Order::Read { max }),
            SocketOrder::Write { socket, bytes } => self.order(socket, Order::Write { bytes }),
            SocketOrder::Seal(Seal { socket, end, theirs }) => {
                let Some(key) = self.key.clone() else {
                    let why = CloseReason::NotSealed("there is no key".to_owned());
                    return Some(SocketEvent::Closed { socket, why });
                };
                self.order(socket, Order::Seal { key, end, theirs });
            }
            SocketOrder::Pump(pump) => {
                let Some(file) = lease else {
                    let why = FileError::Unreadable("the file is not open".to_owned());
                    return Some(SocketEvent::FileFailed { socket: pump.socket, why });
                };
                self.order(pump.socket, Order::Pump { file, flow: pump.flow });
            }
            SocketOrder::Close { socket } => drop(self.lines.remove(&socket)),
        }
        None
    }

    /// Waits until somebody connects to the listener; for ever while there is none.
    pub(super) async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let accepted = self.lines.keys().filter(|socket| matches!(socket, SocketId::Accepted(_))).count();
        match &self.listener {
            Some(listener) if accepted < MOST_ACCEPTED => listener.accept().await,
            Some(_) | None => std::future::pending().await,
        }
    }

    /// Takes a connection on that [`Sockets::accept`] returned.
    pub(super) fn welcome(&mut self, stream: TcpStream, from: SocketAddr, tasks: &mut JoinSet<()>) -> SocketEvent {
        self.accepted += 1;
        let socket = SocketId::Accepted(self.accepted);
        let ready = stream.set_nodelay(true).map(|()| stream);
        self.run(socket, std::future::ready(ready), tasks);
        SocketEvent::Accepted { socket, from: SocketAddr::new(from.ip().to_canonical(), from.port()) }
    }

    /// Whether the engine should be told; also forgets the socket when it is the last that is told of it.
    pub(super) fn admits(&mut self, event: &SocketEvent) -> bool {
        match event {
            SocketEvent::Listening { .. } | SocketEvent::ListenFailed { .. } | SocketEvent::Accepted { .. } => true,
            SocketEvent::Connected { socket }
            | SocketEvent::Sealed { socket }
            | SocketEvent::Data { socket, .. }
            | SocketEvent::Progress { socket, .. } => self.lines.contains_key(socket),
            SocketEvent::Pumped { socket, .. }
            | SocketEvent::Closed { socket, .. }
            | SocketEvent::FileFailed { socket, .. } => self.lines.remove(socket).is_some(),
        }
    }

    fn order(&self, socket: SocketId, order: Order) {
        if let Some(line) = self.lines.get(&socket) {
            // A task that has just ended has told why, or is about to.
            let _ = line.orders.send(order);
        }
    }

    fn run(
        &mut self,
        socket: SocketId,
        connecting: impl Future<Output = io::Result<TcpStream>> + Send + 'static,
        tasks: &mut JoinSet<()>,
    ) {
        let (orders, todo) = mpsc::unbounded_channel();
        let (life, closed) = oneshot::channel();
        let task = Task { socket, todo, inputs: self.inputs.clone() };
        tasks.spawn(async move {
            tokio::select! {
                // In this order a small write that was ordered before the close still goes out.
                biased;
                () = task.run(connecting) => {}
                _ = closed => {}
            }
        });
        self.lines.insert(socket, Line { orders, _life: life });
    }

    /// A port that is taken, by another account of this program perhaps, is replaced by a free one: those on this network
    /// reach that too.
    fn bind(&self) -> io::Result<TcpListener> {
        let is_taken = |why: &io::Error| why.kind() == io::ErrorKind::AddrInUse;
        match bind(self.listen) {
            Err(why) if is_taken(&why) => bind(SocketAddr::new(self.listen.ip(), 0)),
            bound => bound,
        }
    }

    fn listen(&mut self) -> SocketEvent {
        match self.listener.take().map_or_else(|| self.bind(), Ok) {
            Ok(listener) => {
                let bound = listener.local_addr();
                self.listener = Some(listener);
                match bound {
                    Ok(bound) => SocketEvent::Listening { port: bound.port(), addresses: reachable(bound.ip()) },
                    Err(why) => SocketEvent::ListenFailed { why: why.to_string() },
                }
            }
            Err(why) => SocketEvent::ListenFailed { why: format!("{}: {why}", self.listen) },
        }
    }
}

#[cfg(test)]
mod tests;
