//! Real sockets on loopback: what the engine is told of them, in which order, and that nobody gets more than there is room for.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::client::files::Files;
use crate::client::limits::Limiter;
use crate::engine::{FileId, FileOrder, Flow, Pump, Tally};

/// What a driver has, without the driver.
struct Desk {
    sockets: Sockets,
    files: Files,
    tasks: JoinSet<()>,
    inputs: mpsc::Receiver<Input>,
}

impl Desk {
    fn new() -> Self {
        let (teller, inputs) = mpsc::channel(8);
        let sockets = Sockets::new((Ipv4Addr::LOCALHOST, 0).into(), None, teller.clone());
        Desk { sockets, files: Files::new(PathBuf::new(), Limiter::default(), teller), tasks: JoinSet::new(), inputs }
    }

    fn order(&mut self, order: SocketOrder) -> Option<SocketEvent> {
        self.sockets.perform(order, None, &mut self.tasks)
    }

    fn listen(&mut self) -> u16 {
        match self.order(SocketOrder::Listen) {
            Some(SocketEvent::Listening { port, .. }) => port,
            other => panic!("{other:?}"),
        }
    }

    /// One that is to listen at that port.
    fn at(port: u16) -> Self {
        let mut desk = Self::new();
        desk.sockets.listen.set_port(port);
        desk
    }

    async fn let_in(&mut self) -> SocketId {
        let (stream, from) = self.sockets.accept().await.unwrap();
        let told = self.sockets.welcome(stream, from, &mut self.tasks);
        let SocketEvent::Accepted { socket, .. } = told else { panic!("{told:?}") };
        socket
    }

    /// A guest, and our side of their connection.
    async fn with_guest(&mut self) -> (TcpStream, SocketId) {
        let port = self.listen();
        let guest = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        (guest, self.let_in().await)
    }

    async fn event(&mut self) -> SocketEvent {
        let told = self.inputs.recv().await.unwrap();
        let Input::Socket(event) = told else { panic!("{told:?}") };
        event
    }
}

#[tokio::test]
async fn what_one_side_writes_the_other_reads_on_demand() {
    let mut desk = Desk::new();
    let (mut guest, socket) = desk.with_guest().await;
    guest.write_all(b"hello world").await.unwrap();
    desk.order(SocketOrder::Read { socket, max: 5 });
    assert!(matches!(desk.event().await, SocketEvent::Data { bytes, .. } if bytes == b"hello"));
    desk.order(SocketOrder::Write { socket, bytes: b"hi".to_vec() });
    let mut heard = [0; 2];
    guest.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"hi");
    desk.order(SocketOrder::Read { socket, max: 99 });
    assert!(matches!(desk.event().await, SocketEvent::Data { bytes, .. } if bytes == b" world"));
}

#[tokio::test]
async fn a_read_that_waits_holds_up_neither_a_write_nor_itself() {
    let mut desk = Desk::new();
    let (mut guest, socket) = desk.with_guest().await;
    desk.order(SocketOrder::Read { socket, max: 5 });
    tokio::task::yield_now().await;
    desk.order(SocketOrder::Write { socket, bytes: b"?".to_vec() });
    guest.read_exact(&mut [0]).await.unwrap();
    guest.write_all(b"!").await.unwrap();
    assert!(matches!(desk.event().await, SocketEvent::Data { bytes, .. } if bytes == b"!"));
}

#[tokio::test]
async fn a_pump_does_not_wait_for_a_read_that_waits_for_a_close() {
    let mut desk = Desk::new();
    let (mut guest, socket) = desk.with_guest().await;
    let file = FileId(1);
    desk.files.perform(file, FileOrder::Open { path: "Cargo.toml".into() }, &mut desk.tasks);
    desk.inputs.recv().await.unwrap();

    desk.order(SocketOrder::Read { socket, max: 1 });
    tokio::task::yield_now().await;
    let pump = Pump { socket, file, flow: Flow::Send { offset: 0, length: 4, tally: Tally::Untold } };
    desk.sockets.perform(SocketOrder::Pump(pump), desk.files.lease(file), &mut desk.tasks);

    let mut arrived = [0; 4];
    guest.read_exact(&mut arrived).await.unwrap();
    assert_eq!(arrived, std::fs::read("Cargo.toml").unwrap()[..4]);
}

#[tokio::test]
async fn a_side_that_closes_is_told_once() {
    let mut desk = Desk::new();
    let (guest, socket) = desk.with_guest().await;
    drop(guest);
    desk.order(SocketOrder::Read { socket, max: 5 });
    let event = desk.event().await;
    assert!(matches!(event, SocketEvent::Closed { why: CloseReason::ByPeer, .. }));
    assert!(desk.sockets.admits(&event));
    assert!(!desk.sockets.admits(&event));
}

#[tokio::test]
async fn nothing_is_told_of_a_socket_that_was_closed() {
    let mut desk = Desk::new();
    let (mut guest, socket) = desk.with_guest().await;
    desk.order(SocketOrder::Read { socket, max: 5 });
    guest.write_all(b"late").await.unwrap();
    let event = desk.event().await;
    desk.order(SocketOrder::Close { socket });
    assert!(!desk.sockets.admits(&event));
    assert_eq!(guest.read(&mut [0]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_short_refusal_goes_out_before_the_close_that_follows_it() {
    let mut desk = Desk::new();
    let (mut guest, socket) = desk.with_guest().await;
    desk.order(SocketOrder::Write { socket, bytes: vec![5, 255] });
    desk.order(SocketOrder::Close { socket });
    let mut heard = Vec::new();
    guest.read_to_end(&mut heard).await.unwrap();
    assert_eq!(heard, [5, 255]);
}

#[tokio::test]
async fn a_dialled_connection_is_told_when_it_is_made_and_why_when_not() {
    let mut desk = Desk::new();
    let port = desk.listen();
    let (there, nowhere) = (SocketId::Dialled(1), SocketId::Dialled(2));
    desk.order(SocketOrder::Dial { socket: there, host: "localhost".to_owned(), port, named_by: NamedBy::Us });
    assert!(matches!(desk.event().await, SocketEvent::Connected { socket } if socket == there));
    desk.order(SocketOrder::Unlisten);
    desk.order(SocketOrder::Dial { socket: nowhere, host: "127.0.0.1".to_owned(), port, named_by: NamedBy::Us });
    let event = desk.event().await;
    assert!(matches!(event, SocketEvent::Closed { socket, why: CloseReason::Refused } if socket == nowhere));
}

#[tokio::test]
async fn a_listener_that_exists_is_told_again() {
    let mut desk = Desk::new();
    assert_eq!(desk.listen(), desk.listen());
}

#[tokio::test]
async fn a_port_that_another_account_listens_at_is_replaced_by_a_free_one() {
    let mut first = Desk::new();
    let port = first.listen();
    let mut second = Desk::at(port);
    assert_ne!(second.listen(), port);
    drop(first);
    second.sockets.listener = None;
    assert_eq!(second.listen(), port, "the next time it is free");
}

#[tokio::test]
async fn strangers_get_no_more_connections_than_there_is_room_for() {
    let mut desk = Desk::new();
    let port = desk.listen();
    let mut guests = Vec::new();
    for _ in 0..MOST_ACCEPTED {
        guests.push(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap());
        desk.let_in().await;
    }
    guests.push(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap());
    assert!(futures::FutureExt::now_or_never(desk.sockets.accept()).is_none());
    desk.order(SocketOrder::Close { socket: SocketId::Accepted(1) });
    desk.let_in().await;
}
