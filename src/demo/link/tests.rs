//! The link over real sockets, with a client made of nothing but a stream.

use futures::{SinkExt, StreamExt};
use minidom::Element;
use sasl::client::Mechanism as _;
use sasl::client::mechanisms::Scram;
use sasl::common::Credentials;
use sasl::common::scram::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;
use tokio_xmpp::xmlstream::{InitiatingStream, StreamHeader, Timeouts, XmlStream, initiate_stream};

use super::*;
use crate::demo::plan::PASSWORD;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jid::BareJid;

struct Client(XmlStream<BufStream<TcpStream>, Element>);

impl Client {
    /// Logs in as `username@capulet.lit`; nothing is bound.
    async fn authenticate(address: SocketAddr, username: &str, password: &str) -> Option<Client> {
        let connection = BufStream::new(TcpStream::connect(address).await.unwrap());
        let pending = initiate_stream(connection, "jabber:client", header(), Timeouts::tight()).await.unwrap();
        let (features, stream) = pending.recv_features::<Element>().await.unwrap();
        assert!(features.sasl_mechanisms.contains("SCRAM-SHA-256"));
        let credentials = Credentials::default().with_username(username).with_password(password);
        let mut scram = Scram::<Sha256>::from_credentials(credentials).unwrap();
        let mut client = Client(stream);
        let sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
        let first = BASE64.encode(scram.initial());
        client.send(&format!("<auth xmlns='{sasl}' mechanism='SCRAM-SHA-256'>{first}</auth>")).await;
        let challenge = client.next().await;
        if challenge.name() == "failure" {
            return None;
        }
        let answer = scram.response(&BASE64.decode(challenge.text()).unwrap()).unwrap();
        client.send(&format!("<response xmlns='{sasl}'>{}</response>", BASE64.encode(answer))).await;
        let success = client.next().await;
        if success.name() == "failure" {
            return None;
        }
        scram.success(&BASE64.decode(success.text()).unwrap()).unwrap();
        let renewed: InitiatingStream<_> = client.0.initiate_reset();
        let pending = renewed.send_header(header()).await.unwrap();
        Some(Client(pending.recv_features().await.unwrap().1))
    }

    async fn log_in(address: SocketAddr, username: &str, resource: &str) -> Client {
        let mut client = Client::authenticate(address, username, PASSWORD).await.unwrap();
        let bind = format!("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{resource}</resource></bind>");
        client.send(&format!("<iq xmlns='jabber:client' type='set' id='bind'>{bind}</iq>")).await;
        assert_eq!(client.next().await.attr("type"), Some("result"));
        client
    }

    async fn send(&mut self, xml: &str) {
        self.0.send(&xml.parse::<Element>().unwrap()).await.unwrap();
    }

    async fn next(&mut self) -> Element {
        self.0.next().await.unwrap().unwrap()
    }
}

fn header() -> StreamHeader<'static> {
    StreamHeader { from: None, to: Some("capulet.lit".into()), id: None }
}

fn jid(jid: &str) -> BareJid {
    BareJid::new(jid).unwrap()
}

async fn town() -> Server {
    let plan = Plan::of_friends(&[jid("juliet@capulet.lit"), jid("nurse@capulet.lit")]);
    Server::start(&plan.with_proxy(jid("proxy.capulet.lit"), Manner::Relays)).await.unwrap()
}

fn message(to: &str, body: &str) -> String {
    format!("<message xmlns='jabber:client' to='{to}' type='chat'><body>{body}</body></message>")
}

fn body(message: &Element) -> String {
    message.get_child("body", "jabber:client").unwrap().text()
}

#[tokio::test]
async fn who_knows_the_password_logs_in_and_who_does_not_may_not() {
    let town = town().await;
    assert!(Client::authenticate(town.address(), "juliet", "therefore").await.is_none());
    assert!(Client::authenticate(town.address(), "rosaline", PASSWORD).await.is_none());
    assert!(Client::authenticate(town.address(), "juliet", PASSWORD).await.is_some());
}

#[tokio::test]
async fn a_message_goes_from_one_connection_to_another() {
    let mut town = town().await;
    let slow = town.slow_address(Pace::new(100_000).unwrap()).await.unwrap();
    let mut juliet = Client::log_in(town.address(), "juliet", "balcony").await;
    let mut nurse = Client::log_in(slow, "nurse", "house").await;
    nurse.send(&message("juliet@capulet.lit/balcony", "Madam!")).await;
    assert_eq!(body(&juliet.next().await), "Madam!");
    juliet.send(&message("nurse@capulet.lit/house", "Anon!")).await;
    assert_eq!(body(&nurse.next().await), "Anon!");
}

#[tokio::test]
async fn a_second_login_with_the_same_resource_ends_the_first() {
    let town = town().await;
    let mut first = Client::log_in(town.address(), "juliet", "balcony").await;
    let _second = Client::log_in(town.address(), "juliet", "balcony").await;
    let error = first.next().await;
    assert!(error.get_child("conflict", "urn:ietf:params:xml:ns:xmpp-streams").is_some(), "{error:?}");
}

#[tokio::test]
async fn a_session_is_resumed_and_nothing_is_lost() {
    let town = town().await;
    let mut nurse = Client::log_in(town.address(), "nurse", "house").await;
    let mut juliet = Client::log_in(town.address(), "juliet", "balcony").await;
    juliet.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>").await;
    let token = juliet.next().await.attr("id").unwrap().to_owned();
    nurse.send(&message("juliet@capulet.lit/balcony", "one")).await;
    assert_eq!(body(&juliet.next().await), "one");
    town.cut(&FullJid::new("juliet@capulet.lit/balcony").unwrap()).await;
    nurse.send(&message("juliet@capulet.lit/balcony", "two")).await;

    let mut juliet = Client::authenticate(town.address(), "juliet", PASSWORD).await.unwrap();
    juliet.send(&format!("<resume xmlns='urn:xmpp:sm:3' h='1' previd='{token}'/>")).await;
    assert_eq!(juliet.next().await.name(), "resumed");
    loop {
        let next = juliet.next().await;
        if next.name() == "message" {
            break assert_eq!(body(&next), "two");
        }
    }
}

#[tokio::test]
async fn a_session_that_nobody_knows_is_not_resumed_but_bound_anew() {
    let town = town().await;
    let mut juliet = Client::authenticate(town.address(), "juliet", PASSWORD).await.unwrap();
    juliet.send("<resume xmlns='urn:xmpp:sm:3' h='0' previd='nothing'/>").await;
    assert_eq!(juliet.next().await.name(), "failed");
    juliet
        .send("<iq xmlns='jabber:client' type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        .await;
    assert_eq!(juliet.next().await.attr("type"), Some("result"));
}

#[tokio::test]
async fn two_connections_meet_at_the_proxy() {
    let town = town().await;
    let mut juliet = Client::log_in(town.address(), "juliet", "balcony").await;
    let query = "<query xmlns='http://jabber.org/protocol/bytestreams'/>";
    juliet.send(&format!("<iq xmlns='jabber:client' type='get' id='1' to='proxy.capulet.lit'>{query}</iq>")).await;
    let answer = juliet.next().await;
    let host = answer.children().next().unwrap().children().next().unwrap();
    let port: u16 = host.attr("port").unwrap().parse().unwrap();
    let target = jid::Jid::new("nurse@capulet.lit/house").unwrap();
    let me = jid::Jid::new("juliet@capulet.lit/balcony").unwrap();
    let destination = crate::xep::bytestreams::destination_address(&crate::xep::StreamId("s".to_owned()), &me, &target);

    let activate = format!(
        "<iq xmlns='jabber:client' type='set' id='2' to='proxy.capulet.lit'>\
         <query xmlns='http://jabber.org/protocol/bytestreams' sid='s'><activate>{target}</activate></query></iq>"
    );
    let mut one = socks5(port, &destination).await;
    juliet.send(&activate).await;
    assert_eq!(juliet.next().await.attr("type"), Some("error"), "only one of the two is there");
    drop(one);
    one = socks5(port, &destination).await;
    let mut other = socks5(port, &destination).await;
    juliet.send(&activate).await;
    assert_eq!(juliet.next().await.attr("type"), Some("result"));
    one.write_all(b"a rope ladder").await.unwrap();
    drop(one);
    let mut arrived = String::new();
    other.read_to_string(&mut arrived).await.unwrap();
    assert_eq!(arrived, "a rope ladder");
}

async fn socks5(port: u16, destination: &str) -> TcpStream {
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    connection.write_all(&[5, 1, 0]).await.unwrap();
    let mut chosen = [0; 2];
    connection.read_exact(&mut chosen).await.unwrap();
    let mut request = vec![5, 1, 0, 3, 40];
    request.extend_from_slice(destination.as_bytes());
    request.extend_from_slice(&[0, 0]);
    connection.write_all(&request).await.unwrap();
    let mut reply = [0; 47];
    connection.read_exact(&mut reply).await.unwrap();
    assert_eq!(&reply[5..45], destination.as_bytes());
    connection
}
