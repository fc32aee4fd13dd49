//! Streamhosts that are no streamhosts: doors of this machine that somebody whose files are taken without a question wants
//! to have felt for. Nobody comes to them, and every answer is the same.
//!
//! The server is on this machine, so others on it may be connected to; what holds of other networks is tried where the
//! decisions are made (`premises`), in virtual time (`tests/it/transfer/races.rs`), and at real sockets.

use std::net::TcpListener;
use std::ops::Range;

use minidom::Element;

use super::scene::Scene;
use super::streams::{IBB, is_granted, offer};

const TYBALT: &str = "tybalt/sword";
const BYTESTREAMS: &str = "http://jabber.org/protocol/bytestreams";

/// Where services listen, of those that nobody uses.
const SERVICES: Range<u16> = 1001..1024;

/// Somebody who listens, and notices whoever comes.
fn door(ports: impl IntoIterator<Item = u16>) -> (TcpListener, u16) {
    let listener = ports.into_iter().find_map(|port| TcpListener::bind(("0.0.0.0", port)).ok()).unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Tybalt offers a file and says that it is there; what Juliet's program says to that.
fn answer(scene: &mut Scene, sid: &str, places: &[(&str, u16)]) -> Element {
    let offer = offer(sid, "rapier.txt", "4", "").replace(IBB, BYTESTREAMS);
    assert!(is_granted(&scene.foreign.ask(TYBALT, "set", &offer)));
    let me = scene.foreign.jid(TYBALT);
    let host = |(host, port): &(&str, u16)| format!("<streamhost jid='{me}' host='{host}' port='{port}'/>");
    let hosts: Vec<String> = places.iter().map(host).collect();
    scene.foreign.ask(TYBALT, "set", &format!("<query xmlns='{BYTESTREAMS}' sid='{sid}'>{}</query>", hosts.concat()))
}

#[tokio::test]
async fn doors_of_services_and_of_nobody_in_particular_are_not_felt_for() {
    let mut scene = Scene::trusting().await;
    let (service, low) = door(SERVICES);
    let (program, high) = door([0]);
    let places = [
        ("127.0.0.1", low),
        ("[::ffff:127.0.0.1]", low),
        ("localhost", low),
        ("0.0.0.0", high),
        ("[::]", high),
        ("0", high),
        ("::ffff:0.0.0.0", high),
        ("169.254.169.254", 80),
        ("255.255.255.255", high),
        ("224.0.0.1", high),
    ];
    let mut answers: Vec<String> = Vec::new();
    for (number, place) in places.iter().enumerate() {
        let said = answer(&mut scene, &format!("d{number}"), &[*place]);
        assert!(!is_granted(&said), "{place:?}");
        answers.push(said.children().map(String::from).collect());
    }
    answers.push(answer(&mut scene, "all", &places).children().map(String::from).collect());
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
    scene.a_friend_is_heard_and_answered().await;
    for listener in [service, program] {
        assert!(listener.accept().is_err(), "somebody came");
    }
}
