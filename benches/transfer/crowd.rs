//! How soon a receiver has found the one streamhost of eight that answers; seven are silent.
//!
//! Whoever lists them is a session without a client behind it, for Balcony lists no more than four of its own. It is
//! measured from the moment when they are listed until the receiver has named the one that was used.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Instant;
use std::{iter, thread};

use balcony::engine::command::{Command, TransferId};
use balcony::engine::event::Outcome;
use balcony::xep::bytestreams::{Mode, StreamHost, Streamhosts};
use balcony::xep::si::{Dialect, Offer};
use balcony::xep::si_file::File;
use balcony::xep::{StreamId, ns};
use jid::Jid;
use socket2::{Domain, Socket, Type};
use tempfile::TempDir;

use super::wire::Wire;
use crate::harness::pairs::{ROUNDS, median};
use crate::harness::town::{address_of, options};
use crate::support::daemon::{Kind, Server};
use crate::support::person::Person;

/// How many do not answer.
const SILENT: u8 = 7;

/// Prints how long it took.
pub(crate) async fn print(kind: Kind) {
    let mut street = Street::on(kind).await;
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        times.push(street.find(&StreamId(format!("crowd-{round}"))).await);
    }
    let slowest = times.iter().copied().fold(0.0, f64::max);
    let found = median(times.into_iter());
    println!("Eight streamhosts, seven of them silent: the one that answers was found after {found:.2} s");
    println!("in the median of {ROUNDS}, and after {slowest:.2} s at the latest.\n");
}

/// Romeo, who lists them, and Juliet, who looks.
struct Street {
    romeo: Wire,
    juliet: Person,
    receiver: Jid,
    silence: Vec<Silence>,
    listener: TcpListener,
    _folder: TempDir,
}

impl Street {
    async fn on(kind: Kind) -> Self {
        let (couple, folder) = (Server::shared(kind).couple(), tempfile::tempdir().unwrap());
        let mut juliet = Person::enter(options(&couple.juliet, folder.path())).await;
        let romeo = Wire::of(&couple.romeo).await;
        romeo.say("<presence xmlns='jabber:client'/>");
        juliet.until_there(&romeo.me.to_bare()).await;
        let receiver = address_of(&couple.juliet).into();
        let silence = (0..SILENT).map(Silence::make).collect();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        Street { romeo, juliet, receiver, silence, listener, _folder: folder }
    }

    /// Has one byte sent by that stream; returns after how many seconds the way for it was found.
    async fn find(&mut self, sid: &StreamId) -> f64 {
        let transfer = self.agree(sid).await;
        let welcoming = welcome(self.listener.try_clone().unwrap());
        let listed = Streamhosts { sid: sid.clone(), mode: Mode::Tcp, hosts: self.hosts() };
        let began = Instant::now();
        let used = self.romeo.ask("set", &self.receiver, listed.write()).await;
        let took = began.elapsed();
        assert_eq!(used.attr("type"), Some("result"), "none was found: {used:?}");
        welcoming.join().unwrap().write_all(b"!").unwrap();
        let (attempts, outcome) = self.juliet.until_end(transfer).await;
        assert!(matches!(outcome, Outcome::Completed { .. }), "{outcome:?} after {attempts:?}");
        took.as_secs_f64()
    }

    async fn agree(&mut self, sid: &StreamId) -> TransferId {
        let sender = self.romeo.me.to_bare();
        let offering = self.romeo.ask("set", &self.receiver, offer(sid).write());
        let accepting = async {
            let (transfer, _) = self.juliet.until_offer(&sender).await;
            self.juliet.send(Command::AcceptOffer { transfer, save_as: None });
            transfer
        };
        tokio::join!(offering, accepting).1
    }

    /// The one that answers is the last.
    fn hosts(&self) -> Vec<StreamHost> {
        let places = self.silence.iter().map(|silence| silence.place);
        let places = places.chain(iter::once(self.listener.local_addr().unwrap()));
        let host = |place: SocketAddr| StreamHost {
            jid: self.romeo.me.clone(),
            host: place.ip().to_string(),
            port: place.port(),
        };
        places.map(host).collect()
    }
}

fn offer(sid: &StreamId) -> Offer {
    let file = File { name: Some("one-byte".to_owned()), size: Some(1), ..File::default() };
    Offer {
        sid: sid.clone(),
        profile: ns::SI_FILE.to_owned(),
        mime_type: None,
        methods: vec![ns::BYTESTREAMS.to_owned()],
        multiple: false,
        dialect: Dialect::Si,
        profile_data: vec![file.write()],
        headers: Vec::new(),
    }
}

/// Shakes hands with whoever comes.
fn welcome(listener: TcpListener) -> thread::JoinHandle<TcpStream> {
    thread::spawn(move || {
        let (mut guest, _) = listener.accept().unwrap();
        guest.read_exact(&mut [0; 3]).unwrap();
        guest.write_all(&[5, 0]).unwrap();
        let mut request = [0; 47];
        guest.read_exact(&mut request).unwrap();
        request[1] = 0;
        guest.write_all(&request).unwrap();
        guest
    })
}

/// A place on this machine that answers nobody: its queue is full, and what comes then is not even refused.
struct Silence {
    place: SocketAddr,
    _listener: Socket,
    _queue: Vec<Socket>,
}

impl Silence {
    /// Linux has room for one more than it is told.
    const ROOM: usize = 1;

    fn make(number: u8) -> Self {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        listener.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2 + number), 0)).into()).unwrap();
        listener.listen(0).unwrap();
        let place = listener.local_addr().unwrap();
        let waiting = |_| {
            let guest = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            guest.connect(&place).unwrap();
            guest
        };
        let queue = (0..Self::ROOM).map(waiting).collect();
        Silence { place: place.as_socket().unwrap(), _listener: listener, _queue: queue }
    }
}
