//! TCP connections of bytestreams: dial, listen, read on demand, write, hand over to a pump.
//!
//! Each connection is a task that owns its socket and does one order after the other. Letting go of its [`Line`] ends
//! the task wherever it stands, so that closing is immediate. What a task tells goes to the driver, which asks
//! [`Sockets::admits`] first: nothing is told of a socket after it was closed.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::dial::dial;
use super::files::FileLease;
use super::pump::{self, Halt};
use crate::engine::{CloseReason, FileError, Flow, Input, SocketEvent, SocketId, SocketOrder};

/// The engine gives up sooner; this only ends what it forgot.
const PATIENCE: Duration = Duration::from_mins(1);

/// A handshake message has at most 262 bytes; more than this at once is not read ahead of need.
const MOST_READ: usize = 64 * 1024;

/// Accepted connections that may exist at a time: a transfer needs one, a stranger gets no more.
const MOST_ACCEPTED: usize = 64;

/// Connections waiting in the kernel to be accepted.
const BACKLOG: i32 = 16;

/// Every connection, and the listener.
pub(super) struct Sockets {
    listen: SocketAddr,
    listener: Option<TcpListener>,
    lines: BTreeMap<SocketId, Line>,
    accepted: u64,
    inputs: mpsc::Sender<Input>,
}

/// What holds a connection's task alive and tells it what to do.
struct Line {
    orders: mpsc::UnboundedSender<Order>,
    _life: oneshot::Sender<()>,
}

enum Order {
    Read { max: usize },
    Write { bytes: Vec<u8> },
    Pump { file: FileLease, flow: Flow },
}

/// Why a connection's task ends by itself.
enum End {
    Closed(CloseReason),
    Halted(Halt),
    Pumped(u64),
}

impl Sockets {
    /// No connection; the listener will be bound to `listen`.
    pub(super) fn new(listen: SocketAddr, inputs: mpsc::Sender<Input>) -> Self {
        Sockets { listen, listener: None, lines: BTreeMap::new(), accepted: 0, inputs }
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
            SocketOrder::Dial { socket, host, port } => {
                self.run(socket, async move { dial(&host, port, PATIENCE).await }, tasks);
            }
            SocketOrder::Read { socket, max } => self.order(socket, Order::Read { max }),
            SocketOrder::Write { socket, bytes } => self.order(socket, Order::Write { bytes }),
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
        let task = Task { socket, todo, next: None, inputs: self.inputs.clone() };
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

    fn listen(&mut self) -> SocketEvent {
        match self.listener.take().map_or_else(|| bind(self.listen), Ok) {
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

/// One connection.
struct Task {
    socket: SocketId,
    todo: mpsc::UnboundedReceiver<Order>,
    /// The order that took a read's place.
    next: Option<Order>,
    inputs: mpsc::Sender<Input>,
}

impl Task {
    async fn run(mut self, connecting: impl Future<Output = io::Result<TcpStream>>) {
        let socket = self.socket;
        let end = match connecting.await {
            Ok(stream) => self.serve(stream).await,
            Err(why) => End::Closed(reason(&why)),
        };
        self.tell(match end {
            End::Pumped(bytes) => SocketEvent::Pumped { socket, bytes },
            End::Closed(why) => SocketEvent::Closed { socket, why },
            End::Halted(Halt::Socket(why)) => SocketEvent::Closed { socket, why: reason(&why) },
            End::Halted(Halt::File(why)) => SocketEvent::FileFailed { socket, why },
        })
        .await;
    }

    async fn serve(&mut self, mut stream: TcpStream) -> End {
        let socket = self.socket;
        if let SocketId::Dialled(_) = socket {
            self.tell(SocketEvent::Connected { socket }).await;
        }
        while let Some(order) = self.next_order().await {
            let done = match order {
                Order::Read { max } => self.read(&mut stream, max).await,
                Order::Write { bytes } => stream.write_all(&bytes).await,
                Order::Pump { file, flow } => {
                    return match pump::run(stream, &file, flow, |bytes| self.progress(bytes)).await {
                        Ok(bytes) => End::Pumped(bytes),
                        Err(halt) => End::Halted(halt),
                    };
                }
            };
            if let Err(why) = done {
                return End::Closed(reason(&why));
            }
        }
        End::Closed(CloseReason::ByPeer)
    }

    async fn next_order(&mut self) -> Option<Order> {
        match self.next.take() {
            None => self.todo.recv().await,
            next => next,
        }
    }

    /// The next order takes its place if that comes first, and finds in the socket what is not read yet: who only waits
    /// for a close must not hold up a pump.
    async fn read(&mut self, stream: &mut TcpStream, max: usize) -> io::Result<()> {
        let mut bytes = vec![0; max.clamp(1, MOST_READ)];
        let count = tokio::select! {
            biased;
            Some(order) = self.todo.recv() => {
                self.next = Some(order);
                return Ok(());
            }
            count = stream.read(&mut bytes) => count?,
        };
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.truncate(count);
        self.tell(SocketEvent::Data { socket: self.socket, bytes }).await;
        Ok(())
    }

    /// Progress is news only until the next: a driver that is busy is not told.
    fn progress(&self, bytes: u64) {
        let _ = self.inputs.try_send(Input::Socket(SocketEvent::Progress { socket: self.socket, bytes }));
    }

    async fn tell(&self, event: SocketEvent) {
        // Nobody listens any more when the driver has ended, and then nobody cares.
        let _ = self.inputs.send(Input::Socket(event)).await;
    }
}

/// Why a connection is gone, in the words that the attempt shows.
fn reason(why: &io::Error) -> CloseReason {
    const BROKEN: [io::ErrorKind; 3] =
        [io::ErrorKind::ConnectionReset, io::ErrorKind::ConnectionAborted, io::ErrorKind::BrokenPipe];
    let kind = why.kind();
    if kind == io::ErrorKind::ConnectionRefused {
        CloseReason::Refused
    } else if kind == io::ErrorKind::TimedOut {
        CloseReason::TimedOut
    } else if kind == io::ErrorKind::UnexpectedEof {
        CloseReason::ByPeer
    } else if BROKEN.contains(&kind) {
        CloseReason::Reset(why.to_string())
    } else {
        CloseReason::Unreachable(why.to_string())
    }
}

/// Listens at `address`; for every IPv4 address, on every IPv6 address as well.
fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    if address.ip() == Ipv4Addr::UNSPECIFIED {
        let both = SocketAddr::from((Ipv6Addr::UNSPECIFIED, address.port()));
        // A machine without IPv6 serves IPv4 alone.
        return bind_socket(both).or_else(|_| bind_socket(address));
    }
    bind_socket(address)
}

fn bind_socket(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(address.ip() != Ipv6Addr::UNSPECIFIED)?;
    }
    // A port that was configured is there again right after a restart.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Every address at which a listener bound to `bound` can be reached.
fn reachable(bound: IpAddr) -> Vec<IpAddr> {
    if !bound.is_unspecified() {
        return vec![bound];
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|why| {
        tracing::warn!(%why, "the addresses of this machine are not known");
        Vec::new()
    });
    let mut addresses: Vec<IpAddr> = interfaces.iter().map(if_addrs::Interface::ip).filter(is_usable).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// A link-local IPv6 address means nothing without an interface, which XEP-0065 cannot name.
fn is_usable(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !address.is_unspecified(),
        IpAddr::V6(address) => !address.is_unspecified() && !address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::client::files::Files;
    use crate::engine::{FileId, FileOrder, Pump};

    #[tokio::test]
    async fn one_listener_serves_both_families() {
        let listener = bind("0.0.0.0:0".parse().unwrap()).unwrap();
        let port = listener.local_addr().unwrap().port();
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        if listener.local_addr().unwrap().is_ipv6() {
            TcpStream::connect((Ipv6Addr::LOCALHOST, port)).await.unwrap();
        }
        assert!(reachable(listener.local_addr().unwrap().ip()).iter().any(IpAddr::is_loopback));
    }

    #[tokio::test]
    async fn a_listener_bound_to_one_address_offers_that_alone() {
        let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        assert_eq!(reachable(listener.local_addr().unwrap().ip()), [IpAddr::from(Ipv4Addr::LOCALHOST)]);
    }

    #[tokio::test]
    async fn a_pump_does_not_wait_for_a_read_that_waits_for_a_close() {
        let (teller, mut inputs) = mpsc::channel(8);
        let mut tasks = JoinSet::new();
        let mut sockets = Sockets::new("127.0.0.1:0".parse().unwrap(), teller.clone());
        let mut files = Files::new(PathBuf::new(), teller);
        let Some(SocketEvent::Listening { port, .. }) = sockets.perform(SocketOrder::Listen, None, &mut tasks) else {
            panic!("nobody listens");
        };
        let mut guest = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        let (stream, from) = sockets.accept().await.unwrap();
        let SocketEvent::Accepted { socket, .. } = sockets.welcome(stream, from, &mut tasks) else {
            panic!("nobody was let in");
        };
        let file = FileId(1);
        files.perform(file, FileOrder::Open { path: "Cargo.toml".into() }, &mut tasks);
        inputs.recv().await.unwrap();

        sockets.perform(SocketOrder::Read { socket, max: 1 }, None, &mut tasks);
        tokio::task::yield_now().await;
        let pump = Pump { socket, file, flow: Flow::Send { offset: 0, length: 4 } };
        sockets.perform(SocketOrder::Pump(pump), files.lease(file), &mut tasks);

        let mut arrived = [0; 4];
        guest.read_exact(&mut arrived).await.unwrap();
        assert_eq!(arrived, std::fs::read("Cargo.toml").unwrap()[..4]);
    }

    #[test]
    fn what_broke_is_told_in_the_words_of_the_attempt() {
        let reason_of = |kind: io::ErrorKind| reason(&kind.into());
        assert_eq!(reason_of(io::ErrorKind::ConnectionRefused), CloseReason::Refused);
        assert_eq!(reason_of(io::ErrorKind::TimedOut), CloseReason::TimedOut);
        assert_eq!(reason_of(io::ErrorKind::UnexpectedEof), CloseReason::ByPeer);
        assert!(matches!(reason_of(io::ErrorKind::BrokenPipe), CloseReason::Reset(_)));
        assert!(matches!(reason_of(io::ErrorKind::HostUnreachable), CloseReason::Unreachable(_)));
    }
}
