//! XEP-0198 over breaks: nothing is lost, nothing is sent twice on one stream, what cannot be saved is handed back.

use balcony::engine::Lane;

use super::support::*;

/// A session with two messages that the server has, and did not acknowledge.
async fn with_two_unacknowledged(server: &Server) -> Client {
    let mut client = Client::of(server);
    let mut peer = server.accept_online(BIND_AND_SM).await;
    client.online().await;
    client.say("one");
    client.say("two");
    peer.hear("</message>").await;
    peer.hear("</message>").await;
    drop(peer);
    client.offline().await;
    client
}

#[tokio::test]
async fn a_resumed_stream_sends_again_what_was_not_acknowledged_and_then_what_waited() {
    let server = Server::listen().await;
    let mut client = with_two_unacknowledged(&server).await;
    client.say("three");
    let (mut peer, resume) = server.accept_resuming().await;
    assert_eq!((attribute(&resume, "previd"), attribute(&resume, "h")), ("sm-1", "0"));
    peer.say("<resumed xmlns='urn:xmpp:sm:3' previd='sm-1' h='1'/>").await;
    assert!(client.online().await.1);
    let sent = peer.hear("three").await;
    assert!(!sent.contains("one") && sent.contains("two"), "{sent}");
}

#[tokio::test]
async fn a_refused_resumption_hands_back_what_was_lost_with_or_without_a_count() {
    for (count, lost) in
        [("", vec!["one", "two", "three"]), ("h='1'", vec!["two", "three"]), ("h='9'", vec!["one", "two", "three"])]
    {
        let server = Server::listen().await;
        let mut client = with_two_unacknowledged(&server).await;
        client.say("three");
        let (mut peer, _) = server.accept_resuming().await;
        peer.say(&format!(
            "<failed xmlns='urn:xmpp:sm:3' {count}>\
             <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"
        ))
        .await;
        peer.bind(BIND_AND_SM).await;
        assert_eq!(bodies(&client.undelivered().await), lost);
        assert!(!client.online().await.1);
    }
}

#[tokio::test]
async fn what_arrives_is_counted_for_the_server() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept_online(BIND_AND_SM).await;
    client.online().await;
    peer.say("<message/><presence/><iq type='result' id='x'/><r xmlns='urn:xmpp:sm:3'/>").await;
    peer.hear("<a").await;
    assert_eq!(attribute(&peer.hear(">").await, "h"), "3");
    for _ in 0..3 {
        client.stanza().await;
    }
}

#[tokio::test]
async fn the_server_is_asked_soon_after_a_message_and_not_after_each() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept_online(BIND_AND_SM).await;
    client.online().await;
    for _ in 0..5 {
        client.say("x");
    }
    let until_asked = peer.hear("<r ").await;
    assert_eq!(until_asked.matches("<message").count(), 5, "{until_asked}");
}

#[tokio::test]
async fn a_server_that_counts_more_than_was_sent_gets_a_new_stream() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept_online(BIND_AND_SM).await;
    client.online().await;
    peer.say("<a xmlns='urn:xmpp:sm:3' h='7'/>").await;
    client.offline().await;
    let _peer = server.accept_online(BIND_AND_SM).await;
    assert!(!client.online().await.1);
}

#[tokio::test]
async fn what_arrives_before_the_session_stands_is_told_after_it() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept().await;
    peer.log_in(BIND).await;
    peer.say("<message><body>early</body></message>").await;
    peer.bind(BIND).await;
    client.online().await;
    assert_eq!(bodies(&[client.stanza().await]), ["early"]);
}

#[tokio::test]
async fn without_stream_management_only_what_was_not_sent_is_handed_back() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept_online(BIND).await;
    client.online().await;
    client.say("sent");
    peer.hear("</message>").await;
    drop(peer);
    client.offline().await;
    client.say("waiting");
    let _peer = server.accept_online(BIND).await;
    assert_eq!(bodies(&client.undelivered().await), ["waiting"]);
    client.online().await;
}

#[tokio::test]
async fn chat_overtakes_bulk_that_the_connection_does_not_take() {
    const BLOCKS: usize = 2000;
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept_online(BIND).await;
    client.online().await;
    let block = "A".repeat(4096);
    for _ in 0..BLOCKS {
        client.send(&format!("<iq xmlns='jabber:client' id='b' type='set'><data>{block}</data></iq>"), Lane::Bulk);
    }
    // The first block is on its way, and the server reads no further for now.
    peer.hear("</iq>").await;
    client.say("urgent");
    let before = peer.hear("urgent").await.matches("<iq").count();
    assert!(before < BLOCKS, "the message came behind all {BLOCKS} blocks");
    for _ in before + 1..BLOCKS {
        peer.hear("</iq>").await;
    }
}

#[tokio::test]
async fn thousands_of_stanzas_in_both_directions_all_arrive() {
    const STANZAS: usize = 3000;
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let peer = server.accept_online(BIND_AND_SM).await;
    client.online().await;
    let sending = client.orders.clone();
    for _ in 0..STANZAS {
        let stanza = message("out").parse().unwrap();
        sending.send(balcony::client::connection::Order::Send { stanza, lane: Lane::Chat }).unwrap();
    }
    let incoming = "<message><body>in</body></message>".repeat(STANZAS);
    let (reading, writing) = tokio::io::split(peer.wire);
    let mut reader = Peer::new(tokio::io::join(reading, tokio::io::sink()));
    let mut writer = Peer::new(tokio::io::join(tokio::io::empty(), writing));
    let hear = async {
        for _ in 0..STANZAS {
            reader.hear("</message>").await;
        }
    };
    let take = async {
        for _ in 0..STANZAS {
            client.stanza().await;
        }
    };
    tokio::join!(hear, take, writer.say(&incoming));
}

/// A message with a name, as the engine sends them.
fn named(id: &str) -> String {
    format!("<message xmlns='jabber:client' type='chat' id='{id}'><body>{id}</body></message>")
}

/// A session with two messages by name that the server has, and did not acknowledge.
async fn with_two_named(server: &Server, features: &str) -> (Client, Peer) {
    let mut client = Client::of(server);
    let mut peer = server.accept_online(features).await;
    client.online().await;
    for id in ["a", "b"] {
        client.send(&named(id), Lane::Chat);
        peer.hear("</message>").await;
    }
    (client, peer)
}

#[tokio::test]
async fn what_the_server_acknowledges_is_told_by_name() {
    let server = Server::listen().await;
    let (mut client, mut peer) = with_two_named(&server, BIND_AND_SM).await;
    peer.say("<a xmlns='urn:xmpp:sm:3' h='1'/>").await;
    assert_eq!(client.acknowledged().await, ["a"]);
    drop(peer);
    client.offline().await;
    let (mut peer, _) = server.accept_resuming().await;
    peer.say("<resumed xmlns='urn:xmpp:sm:3' previd='sm-1' h='2'/>").await;
    assert_eq!(client.acknowledged().await, ["b"]);
}

#[tokio::test]
async fn a_refused_resumption_may_acknowledge_too_and_what_it_does_not_is_handed_back() {
    let server = Server::listen().await;
    let (mut client, peer) = with_two_named(&server, BIND_AND_SM).await;
    drop(peer);
    client.offline().await;
    let (mut peer, _) = server.accept_resuming().await;
    peer.say("<failed xmlns='urn:xmpp:sm:3' h='1'/>").await;
    peer.bind(BIND_AND_SM).await;
    assert_eq!(client.acknowledged().await, ["a"]);
    assert_eq!(bodies(&client.undelivered().await), ["b"]);
}

#[tokio::test]
async fn without_stream_management_what_was_written_counts_as_acknowledged() {
    let server = Server::listen().await;
    let (mut client, _peer) = with_two_named(&server, BIND).await;
    assert_eq!(client.acknowledged().await, ["a"]);
    assert_eq!(client.acknowledged().await, ["b"]);
}

#[tokio::test]
async fn who_leaves_asks_what_the_server_has_and_the_rest_is_handed_back_before_the_end() {
    let server = Server::listen().await;
    let (mut client, mut peer) = with_two_named(&server, BIND_AND_SM).await;
    client.leave();
    peer.hear("<r ").await;
    peer.say("<a xmlns='urn:xmpp:sm:3' h='1'/></stream:stream>").await;
    assert_eq!(client.acknowledged().await, ["a"]);
    assert_eq!(bodies(&client.undelivered().await), ["b"]);
    client.stopped().await;
}

#[tokio::test]
async fn what_a_dead_line_took_is_handed_back_when_the_user_leaves() {
    let server = Server::listen().await;
    let (mut client, peer) = with_two_named(&server, BIND_AND_SM).await;
    client.leave();
    assert_eq!(bodies(&client.undelivered().await), ["a", "b"]);
    client.stopped().await;
    drop(peer);
}
