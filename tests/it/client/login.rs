//! Logging in: which mechanism, what it proves, and what ends the session instead of being tried for ever.

use balcony::client::Timings;
use balcony::engine::event::StopReason;
use balcony::store::account::Tls;

use super::support::*;

fn offering(mechanisms: &str) -> String {
    let list: String =
        mechanisms.split_whitespace().map(|name| format!("<mechanism>{name}</mechanism>")).collect::<Vec<_>>().concat();
    format!(
        "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{list}</mechanisms></stream:features>"
    )
}

async fn stop_reason_on_a_server_offering(mechanisms: &str) -> StopReason {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept().await;
    peer.open(&offering(mechanisms)).await;
    client.stopped().await
}

#[tokio::test]
async fn a_login_ends_online_with_the_address_that_the_server_bound() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let _peer = server.accept_online(BIND).await;
    assert_eq!(client.online().await, ("juliet@capulet.lit/balcony".parse().unwrap(), false));
}

#[tokio::test]
async fn without_a_configured_resource_a_fresh_one_is_asked_for() {
    let server = Server::listen().await;
    let mut account = account(server.port, Tls::None);
    account.jid = "juliet@capulet.lit".parse().unwrap();
    let mut client = Client::connect(account, timings());
    let _peer = server.accept_online(BIND).await;
    let (jid, _) = client.online().await;
    assert!(jid.resource().as_str().starts_with("balcony."), "{jid}");
}

#[tokio::test]
async fn a_resource_that_the_server_keeps_from_us_is_replaced_by_one_of_the_server() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept().await;
    peer.log_in(BIND).await;
    let request = peer.hear("</iq>").await;
    let id = attribute(&request, "id");
    peer.say(&format!(
        "<iq type='error' id='{id}'><error type='modify'>\
         <conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    ))
    .await;
    let request = peer.hear("</iq>").await;
    assert!(!request.contains("<resource>"), "{request}");
    peer.say(&format!(
        "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
         <jid>juliet@capulet.lit/theirs</jid></bind></iq>"
    ))
    .await;
    assert_eq!(client.online().await.0.resource().as_str(), "theirs");
}

#[tokio::test]
async fn a_server_that_cannot_prove_to_know_the_password_is_not_trusted() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept().await;
    peer.open(SCRAM).await;
    peer.scram("another password").await;
    let StopReason::Login(why) = client.stopped().await else { panic!("stopped for another reason") };
    assert!(why.contains("does not know the password"), "{why}");
}

#[tokio::test]
async fn a_success_in_place_of_the_proof_is_not_believed() {
    for premature in [true, false] {
        let server = Server::listen().await;
        let mut client = Client::of(&server);
        let mut peer = server.accept().await;
        peer.open(SCRAM).await;
        peer.hear("</auth>").await;
        if premature {
            peer.sasl("success", b"").await;
        } else {
            peer.sasl("success", b"v=AAAA").await;
        }
        assert!(matches!(client.stopped().await, StopReason::Login(_)));
    }
}

#[tokio::test]
async fn nobody_is_logged_in_anonymously() {
    let StopReason::Login(why) = stop_reason_on_a_server_offering("ANONYMOUS EXTERNAL").await else { panic!() };
    assert!(why.contains("ANONYMOUS"), "{why}");
    assert!(matches!(stop_reason_on_a_server_offering("").await, StopReason::Login(_)));
}

#[tokio::test]
async fn a_password_is_not_shown_without_tls() {
    let StopReason::Login(why) = stop_reason_on_a_server_offering("PLAIN ANONYMOUS").await else { panic!() };
    assert!(why.contains("without TLS"), "{why}");
}

#[tokio::test]
async fn a_wrong_password_stops_with_a_sentence_instead_of_being_tried_for_ever() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept().await;
    peer.open(SCRAM).await;
    peer.hear("</auth>").await;
    peer.say("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/><text>no entry.</text></failure>")
        .await;
    let why = "wrong password for juliet@capulet.lit".to_owned();
    assert_eq!(client.stopped().await, StopReason::Login(why));
    assert_nobody_connects(&server, &mut client).await;
}

#[tokio::test]
async fn a_server_that_cannot_log_anybody_in_at_present_is_asked_again() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept().await;
    peer.open(SCRAM).await;
    peer.hear("</auth>").await;
    peer.say("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><temporary-auth-failure/></failure>").await;
    client.offline().await;
    let _peer = server.accept_online(BIND).await;
    client.online().await;
}

#[tokio::test]
async fn an_address_without_a_name_before_the_at_is_refused_and_not_fatal() {
    let server = Server::listen().await;
    let mut account = account(server.port, Tls::None);
    account.jid = "capulet.lit".parse().unwrap();
    let mut client = Client::connect(account, timings());
    let mut peer = server.accept().await;
    peer.open(SCRAM).await;
    assert!(matches!(client.stopped().await, StopReason::Login(_)));
}

#[tokio::test]
async fn features_that_nobody_has_heard_of_do_not_keep_us_out() {
    let server = Server::listen().await;
    let mut client = Client::of(&server);
    let mut peer = server.accept().await;
    peer.open(
        "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-256</mechanism>\
         <mechanism>X-FROM-THE-FUTURE</mechanism><hostname xmlns='urn:xmpp:domain-based-name:1'>x</hostname>\
         </mechanisms><sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-telepathy'/>\
         </sasl-channel-binding><limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>0</max-bytes></limits>\
         <register xmlns='http://jabber.org/features/iq-register'/></stream:features>",
    )
    .await;
    peer.scram(PASSWORD).await;
    peer.open(BIND).await;
    peer.bind(BIND).await;
    client.online().await;
}

#[tokio::test]
async fn without_tls_only_this_machine_is_talked_to() {
    let mut account = account(5222, Tls::None);
    account.server.as_mut().unwrap().host = "192.0.2.1".to_owned();
    let mut client = Client::connect(account, timings());
    let StopReason::Other(why) = client.stopped().await else { panic!("stopped for another reason") };
    assert!(why.contains("without TLS"), "{why}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_in_time() {
    let (_listener, place) = silent_place().await;
    let impatient = Timings { login: std::time::Duration::from_millis(50), ..timings() };
    let mut client = Client::connect(account(place.port(), Tls::StartTls), impatient);
    let (why, _) = client.offline().await;
    assert!(why.contains("in time"), "{why}");
}

/// Nobody connects any more: the session rests, and answers an order to end by that alone.
pub(super) async fn assert_nobody_connects(server: &Server, client: &mut Client) {
    client.leave();
    assert_eq!(client.stopped().await, StopReason::Requested);
    let waiting = futures::FutureExt::now_or_never(server.listener.accept());
    assert!(waiting.is_none(), "the client connected again");
}
