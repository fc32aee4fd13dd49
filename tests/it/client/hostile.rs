//! What a server or a peer may send and must not break: nesting, endless attributes, rubbish, floods.

use balcony::engine::Lane;
use balcony::engine::event::StopReason;
use balcony::store::account::Tls;

use super::support::*;

#[tokio::test]
async fn an_iq_nested_thousands_of_levels_deep_is_harmless() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept_online(BIND_AND_SM).await;
    client.online().await;
    let (open, close) = ("<a>".repeat(30_000), "</a>".repeat(30_000));
    peer.say(&format!("<iq type='get' id='deep' from='a@b/c'>{open}{close}</iq><message><body>x</body></message>"))
        .await;
    assert_eq!(client.stanza().await.attr("id"), Some("deep"));
    assert_eq!(bodies(&[client.stanza().await]), ["x"]);
}

#[tokio::test]
async fn an_attribute_longer_than_the_parser_takes_costs_its_element_and_not_the_session() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept_online(BIND_AND_SM).await;
    client.online().await;
    let picture = "x".repeat(9000);
    peer.say(&format!("<message><body>look</body><img xmlns='x' src='data:{picture}'/></message>")).await;
    let stanza = client.stanza().await;
    assert_eq!(bodies(std::slice::from_ref(&stanza)), ["look"]);
    assert_eq!(stanza.children().count(), 1);
    peer.say("<r xmlns='urn:xmpp:sm:3'/>").await;
    peer.hear("<a ").await;
    assert_eq!(attribute(&format!(" {}", peer.hear(">").await), "h"), "1");
}

#[tokio::test]
async fn a_character_that_xml_cannot_carry_comes_back_and_the_next_stanza_goes_out() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept_online(BIND).await;
    client.online().await;
    let mut poisoned: minidom::Element = message("").parse().unwrap();
    poisoned.append_text("ring \u{7} ring");
    client.order(balcony::client::connection::Order::Send { stanza: poisoned, lane: Lane::Chat });
    client.say("fine");
    let returned = client.stanza().await;
    assert_eq!((returned.attr("type"), returned.attr("from")), (Some("error"), Some("romeo@montague.lit")));
    let sent = peer.hear("</message>").await;
    assert!(sent.contains("fine") && !sent.contains("ring"), "{sent}");
}

#[tokio::test]
async fn a_stanza_larger_than_the_server_takes_comes_back_instead_of_ending_the_session() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let features = "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>\
         <limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>5000</max-bytes></limits></stream:features>";
    let mut peer = server.accept_online(features).await;
    client.online().await;
    client.say(&"long ".repeat(1000));
    client.say("short");
    assert_eq!(client.stanza().await.attr("type"), Some("error"));
    assert!(peer.hear("</message>").await.contains("short"));
}

#[tokio::test]
async fn broken_xml_is_not_asked_for_again() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept_online(BIND_AND_SM).await;
    client.online().await;
    client.say("kept");
    peer.hear("</message>").await;
    peer.say("<message><body></message>").await;
    client.offline().await;
    // Not resumed: what broke the parser would come again.
    let mut peer = server.accept().await;
    peer.log_in(BIND_AND_SM).await;
    peer.bind(BIND_AND_SM).await;
    assert_eq!(bodies(&client.undelivered().await), ["kept"]);
    assert!(!client.online().await.1);
}

#[tokio::test]
async fn a_server_that_throws_us_out_after_each_login_is_asked_ever_less_often() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut pauses = Vec::new();
    for _ in 0..5 {
        let peer = server.accept_online(BIND).await;
        client.online().await;
        drop(peer);
        pauses.push(client.offline().await.1);
    }
    // Half of each pause is chance.
    assert!(pauses[4] >= pauses[0] * 4, "{pauses:?}");
}

/// What a server says when another program has taken our resource.
const CONFLICT: &str =
    "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";

#[tokio::test]
async fn another_program_with_our_resource_ends_the_session_instead_of_a_fight() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept_online(BIND_AND_SM).await;
    client.online().await;
    peer.say(CONFLICT).await;
    assert_eq!(client.stopped().await, StopReason::Conflict);
    super::login::assert_nobody_connects(&server, &mut client).await;
}

#[tokio::test]
async fn another_program_with_a_name_that_nobody_chose_keeps_it_and_we_come_back_by_another() {
    let server = Server::listen().await;
    let mut account = account(server.port, Tls::None);
    account.jid = "juliet@capulet.lit".parse().unwrap();
    let mut client = Client::connect(account, timings());
    let mut peer = server.accept_online(BIND_AND_SM).await;
    let (before, _) = client.online().await;
    client.say("kept");
    peer.hear("</message>").await;
    peer.say(CONFLICT).await;
    let (why, _) = client.offline().await;
    assert_eq!(why, "another program took our resource, and we take another");
    let mut peer = server.accept().await;
    peer.log_in(BIND_AND_SM).await;
    // Not resumed: the stream is the other program's affair.
    peer.bind(BIND_AND_SM).await;
    assert_eq!(bodies(&client.undelivered().await), ["kept"]);
    let (after, is_resumed) = client.online().await;
    assert!(after != before && !is_resumed, "{before} and {after}");
}

#[tokio::test]
async fn a_stream_error_is_told_in_the_words_of_the_server() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept_online(BIND).await;
    client.online().await;
    peer.say(
        "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
         <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>back at noon</text></stream:error>",
    )
    .await;
    assert_eq!(client.offline().await.0, "the server ended the session (system-shutdown, back at noon)");
}
