//! Who connects to our listener and is not who was asked to: they get nothing, hold little, and keep nobody away.

use std::collections::VecDeque;
use std::future::pending;
use std::time::Duration;

use balcony::xep::StreamId;
use balcony::xep::bytestreams::destination_address;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::scene::Scene;
use crate::support::sample::{MIB, Sample};

const SI: &str = "http://jabber.org/protocol/si";
const BYTESTREAMS: &str = "http://jabber.org/protocol/bytestreams";
const PATIENCE: Duration = Duration::from_mins(1);

/// So many stand before the door: more than are let in, fewer than a process may hold by itself.
const AT_A_TIME: usize = 400;

/// Between one stranger and the next: time to be let in, for who does not come to the door at once comes a second later.
const HEADWAY: Duration = Duration::from_millis(2);

/// Juliet sends Tybalt a file and has told his program where to connect.
struct House {
    scene: Scene,
    sample: Sample,
    query: minidom::Element,
    address: String,
    port: u16,
}

impl House {
    async fn open() -> Self {
        let mut scene = Scene::new().await;
        let sample = Sample::of(MIB);
        scene.screen.say(&format!("/send {} --to {}", sample.path().display(), scene.foreign.jid("tybalt")));
        let offer = scene.foreign.asked_for(SI);
        let sid = offer.get_child("si", SI).unwrap().attr("id").unwrap().to_owned();
        let answer = format!(
            "<si xmlns='{SI}'><feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' \
             type='submit'><field var='stream-method'><value>{BYTESTREAMS}</value></field></x></feature></si>"
        );
        scene.foreign.grant(&offer, &answer);
        let query = scene.foreign.asked_for(BYTESTREAMS);
        let hosts = query.get_child("query", BYTESTREAMS).unwrap();
        let host = hosts.children().find(|host| host.attr("host") == Some("127.0.0.1")).unwrap();
        let port = host.attr("port").unwrap().parse().unwrap();
        let (juliet, tybalt) = (scene.foreign.juliet.parse().unwrap(), offer.attr("to").unwrap().parse().unwrap());
        let address = destination_address(&StreamId(sid), &juliet, &tybalt);
        House { scene, sample, query, address, port }
    }

    /// Somebody connects and says this.
    async fn comes(&self, words: &[u8]) -> TcpStream {
        come(self.port, words).await
    }

    /// Tybalt's program comes, says that it is there, and gets the file.
    async fn the_guest_gets_the_file(&mut self) {
        let mut guest = self.comes(&[5, 1, 0]).await;
        assert_eq!(heard(&mut guest, 2).await, [5, 0]);
        guest.write_all(&request(&self.address)).await.unwrap();
        assert_eq!(heard(&mut guest, 47).await[..2], [5, 0]);
        let juliet = &self.scene.foreign.juliet;
        let used = format!("<query xmlns='{BYTESTREAMS}'><streamhost-used jid='{juliet}'/></query>");
        self.scene.foreign.grant(&self.query, &used);
        let content = heard(&mut guest, MIB).await;
        assert!(content == std::fs::read(self.sample.path()).unwrap(), "the file is another");
        drop(guest);
        self.scene.screen.say(&format!("/query {}", self.scene.foreign.jid("tybalt")));
        self.scene.screen.until_line(&[self.sample.name(), "✓"]).await;
    }
}

async fn come(port: u16, words: &[u8]) -> TcpStream {
    let mut stranger = timeout(PATIENCE, TcpStream::connect(("127.0.0.1", port))).await.unwrap().unwrap();
    // Whoever is sent away at once does not hear all of it.
    let _ = stranger.write_all(words).await;
    stranger
}

async fn come_and_stay(port: u16, words: &[u8]) {
    let _stranger = come(port, words).await;
    pending::<()>().await;
}

fn request(address: &str) -> Vec<u8> {
    [&[5, 1, 0, 3, 40], address.as_bytes(), &[0, 0]].concat()
}

async fn heard(stranger: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    timeout(PATIENCE, stranger.read_exact(&mut bytes)).await.unwrap().unwrap();
    bytes
}

/// Everything until the other side closes.
async fn all_heard(mut stranger: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A connection that is reset was closed, too.
    let _ = timeout(PATIENCE, stranger.read_to_end(&mut bytes)).await.unwrap();
    bytes
}

#[tokio::test]
async fn who_does_not_know_the_address_hears_a_no_and_nothing_of_the_file() {
    let mut house = House::open().await;
    let wrong = request(&"0".repeat(40));
    let upper = request(&house.address.to_uppercase());
    let short = [&[5, 1, 0, 3, 39], &house.address.as_bytes()[..39], &[0, 0]].concat();
    let other_port = [&[5, 1, 0, 3, 40], house.address.as_bytes(), &[0, 80]].concat();
    for said in [
        [&[5, 1, 0], &wrong[..]].concat(),
        [&[5, 1, 0], &short[..]].concat(),
        [&[5, 1, 0], &[5, 1, 0, 1, 127, 0, 0, 1, 0, 80][..]].concat(),
        [&[5, 1, 0], &[5, 2, 0, 3, 40][..], house.address.as_bytes(), &[0, 0]].concat(),
        vec![5, 1, 2, 1, 5, b'r', b'o', b'm', b'e', b'o', 0],
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        vec![22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3],
        vec![0; 4096],
        vec![255; 4096],
    ] {
        let heard = all_heard(house.comes(&said).await).await;
        assert!(heard.len() < 64, "{said:?} was answered by {} bytes", heard.len());
    }
    // Spelt otherwise it may be the same address to some, and it is a guest's at most: nothing is sent yet.
    for said in [upper, other_port] {
        let guest = house.comes(&[&[5, 1, 0], &said[..]].concat()).await;
        drop(guest);
    }
    house.the_guest_gets_the_file().await;
    house.scene.a_friend_is_heard_and_answered().await;
}

#[tokio::test]
async fn a_crowd_that_stays_and_says_nothing_keeps_the_guest_from_nothing() {
    let mut house = House::open().await;
    let used = house.scene.used();
    let mut crowd = VecDeque::new();
    for number in 0..3000_usize {
        let drip: &[u8] = [&[][..], &[5], &[5, 1], &[5, 1, 0, 5, 1, 0, 3, 40, b'0']][number % 4];
        crowd.push_back(tokio::spawn(come_and_stay(house.port, drip)));
        if crowd.len() > AT_A_TIME {
            crowd.pop_front().unwrap().abort();
        }
        sleep(HEADWAY).await;
    }
    let are_few = |_: &str| house.scene.descriptors() <= used.descriptors + 80;
    house.scene.screen.until("most of them to be sent away", are_few).await;
    house.the_guest_gets_the_file().await;
    crowd.iter().for_each(JoinHandle::abort);
    house.scene.a_friend_is_heard_and_answered().await;
    house.scene.uses_little_more_than(&used, 32).await;
}
