//! Keeping a session: a server that falls silent is noticed, one that answers is kept.

use std::time::Duration;

use balcony::client::Timings;
use balcony::store::account::Tls;

use super::support::*;

fn attentive() -> Timings {
    Timings { silence: Duration::from_millis(30), answer: Duration::from_millis(200), ..timings() }
}

#[tokio::test]
async fn a_silent_server_is_asked_whether_it_is_there_and_given_up_if_not() {
    for (features, question) in [(BIND_AND_SM, "<r "), (BIND, "urn:xmpp:ping")] {
        let server = Server::listen().await;
        let mut client = Client::connect(account(server.port, Tls::None), attentive());
        let mut peer = server.accept_online(features).await;
        client.online().await;
        peer.hear(question).await;
        assert_eq!(client.offline().await.0, "the server is silent");
    }
}

#[tokio::test]
async fn a_server_that_answers_is_kept() {
    let server = Server::listen().await;
    let mut client = Client::connect(account(server.port, Tls::None), attentive());
    let mut peer = server.accept_online(BIND_AND_SM).await;
    client.online().await;
    for _ in 0..3 {
        peer.hear("<r ").await;
        peer.say("<a xmlns='urn:xmpp:sm:3' h='0'/>").await;
    }
    peer.say("<message><body>still here</body></message>").await;
    assert_eq!(bodies(&[client.stanza().await]), ["still here"]);
}

#[tokio::test]
async fn a_user_who_wants_to_connect_now_does_not_wait_for_the_next_try() {
    let server = Server::listen().await;
    let patient = Timings { first_retry: Duration::from_hours(1), longest_retry: Duration::from_hours(1), ..timings() };
    let mut client = Client::connect(account(server.port, Tls::None), patient);
    drop(server.accept().await);
    assert!(client.offline().await.1 >= Duration::from_mins(30));
    client.order(balcony::client::connection::Order::Connect);
    let _peer = server.accept_online(BIND).await;
    client.online().await;
}
