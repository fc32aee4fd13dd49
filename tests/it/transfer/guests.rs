//! Who connects to our listener: the living one of several is used, strangers are sent away, nobody is kept.

use std::collections::BTreeSet;
use std::time::Duration;

use balcony::engine::command::{Command, Via};
use balcony::engine::{CloseReason, FileEvent, FileId, Input, Output, SocketEvent, SocketId, SocketOrder};
use balcony::xep::StreamId;
use balcony::xep::bytestreams::destination_address;
use jid::Jid;

use crate::support::engine::Subject;

const JULIET: &str = "juliet@capulet.lit/balcony";
const ROMEO: &str = "romeo@montague.lit/orchard";
const SI: &str = "http://jabber.org/protocol/si";
const BYTESTREAMS: &str = "http://jabber.org/protocol/bytestreams";

/// Juliet, who sends, her listener, and who came to it.
struct House {
    juliet: Subject,
    address: String,
    came: u64,
    open: BTreeSet<SocketId>,
    /// Of whom she wants to hear more, or at least when they go.
    heard: BTreeSet<SocketId>,
    pumped: Vec<SocketId>,
}

impl House {
    /// Juliet has told Romeo where to connect.
    fn open() -> Self {
        let mut juliet = Subject::online("");
        let path = "/home/juliet/sonnet.pdf".into();
        let (to, via) = (Jid::new(ROMEO).unwrap(), vec![Via::Socks5Direct]);
        juliet.command(Command::OfferFile { to, path, description: None, via });
        juliet.feed(Input::File(FileId(1), FileEvent::Opened { size: 1000, modified: None }));
        let offer = juliet.take_request(SI);
        let sid = offer.get_child("si", SI).unwrap().attr("id").unwrap().to_owned();
        let id = offer.attr("id").unwrap();
        juliet.receive(&format!(
            "<iq type='result' id='{id}' from='{ROMEO}'><si xmlns='{SI}'>\
             <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='submit'>\
             <field var='stream-method'><value>{BYTESTREAMS}</value></field></x></feature></si></iq>"
        ));
        let addresses = vec!["192.0.2.2".parse().unwrap()];
        juliet.feed(Input::Socket(SocketEvent::Listening { port: 5086, addresses }));
        let (me, peer) = (Jid::new(JULIET).unwrap(), Jid::new(ROMEO).unwrap());
        let address = destination_address(&StreamId(sid), &me, &peer);
        House { juliet, address, came: 0, open: BTreeSet::new(), heard: BTreeSet::new(), pumped: Vec::new() }
    }

    /// Something happens at a socket; what Juliet does about it is noted.
    fn socket(&mut self, event: SocketEvent) {
        if let SocketEvent::Data { socket, .. } | SocketEvent::Closed { socket, .. } = &event {
            assert!(self.heard.remove(socket), "nobody listens to {socket:?}");
        }
        self.juliet.feed(Input::Socket(event));
        self.look();
    }

    fn look(&mut self) {
        for output in self.juliet.others() {
            match output {
                Output::Socket(SocketOrder::Close { socket }) => drop(self.open.remove(&socket)),
                Output::Socket(SocketOrder::Read { socket, .. }) => drop(self.heard.insert(socket)),
                Output::Socket(SocketOrder::Pump(pump)) => self.pumped.push(pump.socket),
                _ => {}
            }
        }
    }

    /// Somebody connects and says these things.
    fn comes(&mut self, words: &[&[u8]]) -> SocketId {
        self.came += 1;
        let socket = SocketId::Accepted(self.came);
        self.open.insert(socket);
        self.socket(SocketEvent::Accepted { socket, from: "192.0.2.1:50000".parse().unwrap() });
        for bytes in words {
            if self.open.contains(&socket) {
                self.socket(SocketEvent::Data { socket, bytes: bytes.to_vec() });
            }
        }
        socket
    }

    /// Somebody comes who knows the address.
    fn guest(&mut self) -> SocketId {
        let request = request(&self.address);
        self.comes(&[&[5, 1, 0], &request])
    }

    /// Somebody goes.
    fn goes(&mut self, socket: SocketId) {
        self.open.remove(&socket);
        self.socket(SocketEvent::Closed { socket, why: CloseReason::ByPeer });
    }

    /// Romeo says that he is connected.
    fn is_told(&mut self) {
        let used = format!("<query xmlns='{BYTESTREAMS}'><streamhost-used jid='{JULIET}'/></query>");
        self.juliet.answer(BYTESTREAMS, &used);
        self.look();
    }
}

fn request(address: &str) -> Vec<u8> {
    [&[5, 1, 0, 3, 40], address.as_bytes(), &[0, 0]].concat()
}

#[test]
fn of_several_guests_the_first_is_used_and_the_others_are_sent_away() {
    let mut house = House::open();
    let guests = [house.guest(), house.guest(), house.guest()];
    house.is_told();
    assert_eq!(house.pumped, [guests[0]]);
    assert_eq!(house.open, BTreeSet::from([guests[0]]));
}

#[test]
fn a_guest_who_went_is_not_used() {
    let mut house = House::open();
    let (first, second) = (house.guest(), house.guest());
    house.goes(first);
    house.is_told();
    assert_eq!(house.pumped, [second]);
}

#[test]
fn a_guest_who_talked_and_went_is_not_used() {
    let mut house = House::open();
    let (first, second) = (house.guest(), house.guest());
    house.socket(SocketEvent::Data { socket: first, bytes: vec![0] });
    house.goes(first);
    house.is_told();
    assert_eq!(house.pumped, [second]);
}

#[test]
fn a_guest_who_is_used_only_after_it_went_is_no_stream() {
    let mut house = House::open();
    let guest = house.guest();
    house.goes(guest);
    house.is_told();
    assert_eq!(house.pumped, []);
}

#[test]
fn who_names_another_address_or_speaks_otherwise_or_not_at_all_is_sent_away() {
    let wrong = request(&"0".repeat(40));
    let strangers: &[&[&[u8]]] = &[
        &[&[5, 1, 0], &wrong],
        &[b"GET / HTTP/1.1\r\n\r\n"],
        &[&[5, 1, 2]],
        &[&[5]],
        &[&[5, 1, 0], &[5], &[1], &[0], &[3]],
        &[],
    ];
    for words in strangers {
        let mut house = House::open();
        house.comes(words);
        house.juliet.pass(Duration::from_secs(11));
        house.look();
        assert!(house.open.is_empty(), "{words:?}");
        let guest = house.guest();
        house.is_told();
        assert_eq!(house.pumped, [guest], "{words:?}");
    }
}

#[test]
fn of_a_thousand_strangers_few_are_heard_and_none_is_kept() {
    let mut house = House::open();
    for _ in 0..1000 {
        house.comes(&[&[5]]);
    }
    assert!(house.open.len() <= 64, "{}", house.open.len());
    house.juliet.pass(Duration::from_secs(11));
    house.look();
    assert!(house.open.is_empty());
    let guest = house.guest();
    house.is_told();
    assert_eq!(house.pumped, [guest]);
}

#[test]
fn a_crowd_that_says_nothing_keeps_no_guest_away() {
    let mut house = House::open();
    for _ in 0..1000 {
        house.comes(&[&[5]]);
    }
    let guest = house.guest();
    house.is_told();
    assert_eq!(house.pumped, [guest]);
}

#[test]
fn of_a_thousand_guests_few_are_kept_and_one_is_used() {
    let mut house = House::open();
    let first = house.guest();
    for _ in 0..999 {
        house.guest();
    }
    house.juliet.pass(Duration::from_secs(2));
    house.look();
    assert!(house.open.len() <= 8, "{}", house.open.len());
    house.is_told();
    assert_eq!((house.pumped.as_slice(), house.open.len()), (&[first][..], 1));
}

#[test]
fn nobody_is_let_in_when_nobody_is_expected() {
    let mut house = House::open();
    house.juliet.pass(Duration::from_secs(80));
    house.look();
    house.guest();
    assert!(house.open.is_empty());
}
