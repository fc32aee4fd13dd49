//! Leaving: the server is told, and whoever quits does not wait for one that is gone.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use balcony::client::{self, Limiter, Options, Timings};
use balcony::engine::command::Command;
use balcony::engine::context::Settings;
use balcony::engine::event::{Event, SessionEvent, StopReason};
use balcony::store::account::Tls;
use tokio::io::AsyncReadExt;

use super::support::*;

#[tokio::test]
async fn the_server_is_told_what_waits_and_that_we_are_gone() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept_online(BIND_AND_SM).await;
    client.online().await;
    client.say("last words");
    client.leave();
    let farewell = peer.hear("</stream:stream>").await;
    let positions = ["last words", "unavailable", "<a ", "</stream:stream>"].map(|text| farewell.find(text));
    assert!(positions.is_sorted() && positions[0].is_some(), "{farewell}");
    peer.say("</stream:stream>").await;
    assert_eq!(client.stopped().await, StopReason::Requested);
}

#[tokio::test]
async fn a_server_that_does_not_close_is_not_waited_for() {
    let server = Server::listen().await;
    let hasty = Timings { farewell: Duration::from_millis(20), ..timings() };
    let mut client = Client::connect(account(server.port, Tls::None), hasty);
    let _peer = server.accept_online(BIND).await;
    client.online().await;
    client.leave();
    assert_eq!(client.stopped().await, StopReason::Requested);
}

#[tokio::test]
async fn leaving_is_immediate_while_connecting_and_while_waiting_to() {
    let (_listener, place) = silent_place().await;
    let mut connecting = Client::connect(account(place.port(), Tls::None), timings());
    connecting.leave();
    assert_eq!(connecting.stopped().await, StopReason::Requested);

    let server = Server::listen().await;
    let patient = Timings { first_retry: Duration::from_hours(1), longest_retry: Duration::from_hours(1), ..timings() };
    let mut waiting = Client::connect(account(server.port, Tls::None), patient);
    drop(server.accept().await);
    waiting.offline().await;
    waiting.leave();
    assert_eq!(waiting.stopped().await, StopReason::Requested);
}

#[tokio::test]
async fn one_can_log_in_again_after_leaving() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    for _ in 0..2 {
        let mut peer = server.accept_online(BIND_AND_SM).await;
        assert!(!client.online().await.1);
        client.leave();
        peer.hear("</stream:stream>").await;
        drop(peer);
        assert_eq!(client.stopped().await, StopReason::Requested);
        client.order(balcony::client::connection::Order::Connect);
    }
}

fn options(port: u16, downloads: &std::path::Path) -> Options {
    let account = account(port, Tls::None);
    Options {
        engine: Settings::new(account.jid.to_bare()),
        account,
        downloads: downloads.to_owned(),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        limiter: Limiter::default(),
        berths: None,
        journal: None,
        history: None,
        timings: timings(),
    }
}

#[tokio::test]
async fn letting_go_of_the_last_handle_logs_out_and_can_be_waited_for() {
    let (server, folder) = (Server::listen().await, tempfile::tempdir().unwrap());
    let (handle, mut events) = client::start(options(server.port, folder.path()));
    handle.send(Command::Connect);
    let mut peer = server.accept_online(BIND).await;
    while !matches!(within(events.recv()).await, Some(Event::Session(SessionEvent::Online { .. }))) {}
    let other = handle.clone();
    drop(other);
    let (farewell, ()) = tokio::join!(peer.hear_all_then_close(), within(handle.closed()));
    assert!(farewell.contains("unavailable") && farewell.ends_with("</stream:stream>"), "{farewell}");
    let mut rest = Vec::new();
    while let Some(event) = within(events.recv()).await {
        rest.push(event);
    }
    assert_eq!(rest.last(), Some(&Event::Session(SessionEvent::Stopped { why: StopReason::Requested })));
}

#[tokio::test]
async fn a_client_that_never_connected_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (handle, mut events) = client::start(options(1, folder.path()));
    within(handle.closed()).await;
    while within(events.recv()).await.is_some() {}
}

#[tokio::test]
async fn every_request_is_answered_once_and_a_malformed_one_with_bad_request() {
    let (server, folder) = (Server::listen().await, tempfile::tempdir().unwrap());
    let (handle, _events) = client::start(options(server.port, folder.path()));
    handle.send(Command::Connect);
    let mut peer = server.accept_online(BIND).await;
    for (request, condition) in [
        ("<iq type='get' id='q1' from='a@b/c'/>", "bad-request"),
        ("<iq type='set' id='q2' from='a@b/c'><a xmlns='x'/><b xmlns='x'/></iq>", "bad-request"),
        ("<iq type='get' id='q3' from='a@b/c'><query xmlns='nobody:knows'/></iq>", "service-unavailable"),
    ] {
        peer.say(request).await;
        let id = attribute(request, "id");
        let answer = loop {
            let iq = peer.hear("</iq>").await;
            if iq.contains("type='error'") {
                break iq;
            }
        };
        assert!(answer.contains(condition) && answer.contains(id), "{answer}");
    }
    drop(peer);
}

impl Peer {
    /// Reads until the client closes its stream, and closes as well.
    async fn hear_all_then_close(&mut self) -> String {
        let farewell = self.hear("</stream:stream>").await;
        self.say("</stream:stream>").await;
        let mut rest = Vec::new();
        let _ = within(self.wire.read_to_end(&mut rest)).await;
        farewell
    }
}
