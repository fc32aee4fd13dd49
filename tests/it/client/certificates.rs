//! TLS: whom it trusts, what it says otherwise, and that nothing from before it counts after it.

use std::io::Write;
use std::sync::Arc;

use balcony::client::Timings;
use balcony::client::connection::Order;
use balcony::engine::{self, event::StopReason};
use balcony::store::account::{Account, Pin, Tls};
use rcgen::{CertificateParams, CertifiedKey, KeyPair, date_time_ymd, generate_simple_self_signed};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

use super::login::assert_nobody_connects;
use super::support::*;

const STARTTLS: &str =
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>";

const PROCEED: &str = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

/// A certificate for `capulet.lit`, unless said otherwise.
pub(super) struct Identity(CertifiedKey<KeyPair>);

impl Identity {
    fn new() -> Self {
        Identity::of("capulet.lit")
    }

    fn of(name: &str) -> Self {
        Identity(generate_simple_self_signed([name.to_owned()]).unwrap())
    }

    /// One for exactly what this says.
    pub(super) fn as_said(said: &CertificateParams) -> Self {
        let signing_key = KeyPair::generate().unwrap();
        Identity(CertifiedKey { cert: said.self_signed(&signing_key).unwrap(), signing_key })
    }

    /// One that is right from the first day of one year to that of another.
    fn between(from: i32, until: i32) -> Self {
        let mut wanted = CertificateParams::new(["capulet.lit".to_owned()]).unwrap();
        (wanted.not_before, wanted.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(until, 1, 1));
        Identity::as_said(&wanted)
    }

    fn pin(&self) -> Pin {
        Pin(Sha256::digest(self.0.cert.der()).into())
    }

    fn acceptor(&self, alpn: &[&str]) -> TlsAcceptor {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.0.signing_key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.0.cert.der().clone()], key)
            .unwrap();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }

    /// Puts TLS around a connection; nothing, if the client does not trust us.
    pub(super) async fn secure(&self, peer: Peer) -> Option<Peer> {
        within(self.acceptor(&[]).accept(peer.wire)).await.ok().map(Peer::new)
    }

    /// A PEM file of it.
    pub(super) fn file(&self) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(self.0.cert.pem().as_bytes()).unwrap();
        file
    }
}

/// The next connection, up to where TLS begins.
pub(super) async fn accept_starttls(server: &Server) -> Peer {
    let mut peer = server.accept().await;
    peer.open(STARTTLS).await;
    peer.hear("<starttls").await;
    peer.hear(">").await;
    peer.say(PROCEED).await;
    peer
}

async fn stop_reason_for(identity: &Identity, account: Account, server: &Server) -> StopReason {
    let mut client = Client::connect(account, timings());
    let peer = accept_starttls(server).await;
    let _ = identity.secure(peer).await;
    let why = client.stopped().await;
    assert_nobody_connects(server, &mut client).await;
    why
}

#[tokio::test]
async fn a_server_on_this_machine_without_tls_is_refused_with_the_word_that_lets_it_in() {
    let server = Server::listen().await;
    let mut client = Client::connect(account(server.port, Tls::StartTls), timings());
    let mut peer = server.accept().await;
    peer.open("<stream:features/>").await;
    let StopReason::Other(why) = client.stopped().await else { panic!("stopped for another reason") };
    assert!(why.contains("offers no StartTLS"), "{why}");
    assert!(why.contains("to a server on this machine, tls = \"none\" lets Balcony log in without"), "{why}");
}

fn pinned(server: &Server, pin: Pin) -> Account {
    Account { pin: Some(pin.0), ..account(server.port, Tls::StartTls) }
}

#[tokio::test]
async fn an_unknown_certificate_stops_with_its_fingerprint_and_the_pin_then_works() {
    let (server, identity) = (Server::listen().await, Identity::new());
    let why = stop_reason_for(&identity, account(server.port, Tls::StartTls), &server).await;
    let StopReason::Certificate { why, fingerprint } = why else { panic!("stopped for another reason: {why:?}") };
    assert!(why.starts_with("the certificate of capulet.lit "), "{why}");
    assert_eq!(fingerprint, identity.pin().to_string());

    let mut client = Client::connect(pinned(&server, fingerprint.parse().unwrap()), timings());
    let mut peer = identity.secure(accept_starttls(&server).await).await.unwrap();
    peer.log_in(BIND).await;
    peer.bind(BIND).await;
    match client.session().await {
        engine::Session::Online { security, local, .. } => {
            assert_eq!(security, "TLS 1.3");
            assert!(local.unwrap().ip().is_loopback());
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn another_certificate_than_the_pinned_one_is_refused() {
    let (server, identity) = (Server::listen().await, Identity::new());
    let expected = Identity::new().pin();
    let why = stop_reason_for(&identity, pinned(&server, expected), &server).await;
    let (domain, pinned, shown) = ("capulet.lit".to_owned(), expected.to_string(), identity.pin().to_string());
    assert_eq!(why, StopReason::CertificateChanged { domain, pinned, shown });
}

#[tokio::test]
async fn a_pinned_certificate_is_trusted_whatever_it_says() {
    let mut said = CertificateParams::new(["montague.lit".to_owned()]).unwrap();
    (said.not_before, said.not_after) = (date_time_ymd(1999, 1, 1), date_time_ymd(2001, 1, 1));
    let (server, identity) = (Server::listen().await, Identity::as_said(&said));
    let mut client = Client::connect(pinned(&server, identity.pin()), timings());
    let mut peer = identity.secure(accept_starttls(&server).await).await.unwrap();
    peer.log_in(BIND).await;
    peer.bind(BIND).await;
    client.online().await;
}

#[tokio::test]
async fn a_root_of_the_account_is_trusted_for_the_right_name_alone() {
    for (name, is_trusted) in [("capulet.lit", true), ("montague.lit", false)] {
        let (server, identity) = (Server::listen().await, Identity::of(name));
        let file = identity.file();
        let account = Account { extra_ca: Some(file.path().to_owned()), ..account(server.port, Tls::StartTls) };
        let mut client = Client::connect(account, timings());
        let peer = identity.secure(accept_starttls(&server).await).await;
        if is_trusted {
            let mut peer = peer.unwrap();
            peer.log_in(BIND).await;
            peer.bind(BIND).await;
            client.online().await;
        } else {
            let StopReason::Certificate { why, .. } = client.stopped().await else { panic!() };
            assert!(why.contains("montague.lit"), "{why}");
        }
    }
}

#[tokio::test]
async fn a_certificate_out_of_its_time_stops_and_says_which_way() {
    for (from, until, says) in [(1999, 2001, "has expired"), (2199, 2201, "is not valid yet")] {
        let (server, identity) = (Server::listen().await, Identity::between(from, until));
        let file = identity.file();
        let account = Account { extra_ca: Some(file.path().to_owned()), ..account(server.port, Tls::StartTls) };
        let (why, fingerprint) = (format!("the certificate of capulet.lit {says}"), identity.pin().to_string());
        assert_eq!(stop_reason_for(&identity, account, &server).await, StopReason::Certificate { why, fingerprint });
    }
}

#[tokio::test]
async fn a_root_that_cannot_be_read_is_named() {
    let server = Server::listen().await;
    let account = Account { extra_ca: Some("/nowhere/ca.pem".into()), ..account(server.port, Tls::StartTls) };
    let why = stop_reason_for(&Identity::new(), account, &server).await;
    assert!(matches!(&why, StopReason::Other(why) if why.contains("/nowhere/ca.pem")), "{why:?}");
}

#[tokio::test]
async fn without_starttls_nothing_is_sent() {
    let server = Server::listen().await;
    let mut client = Client::connect(account(server.port, Tls::StartTls), timings());
    let mut peer = server.accept().await;
    peer.open(SCRAM).await;
    assert!(matches!(client.stopped().await, StopReason::Other(why) if why.contains("StartTLS")));
    assert_eq!(peer.hear_all().await.trim(), "");
}

#[tokio::test]
async fn what_was_slipped_in_before_tls_does_not_count_after_it() {
    let (server, identity) = (Server::listen().await, Identity::new());
    let mut client = Client::connect(pinned(&server, identity.pin()), timings());
    let mut peer = server.accept().await;
    peer.open(STARTTLS).await;
    peer.hear("<starttls").await;
    peer.hear(">").await;
    // In one write, so that it is received before TLS begins.
    peer.say(&format!("{PROCEED}<message><body>trust me</body></message>")).await;
    // The client's parser has dropped it if the handshake is undisturbed.
    let mut peer = identity.secure(peer).await.unwrap();
    peer.log_in(BIND).await;
    peer.bind(BIND).await;
    client.online().await;
    peer.say("<message><body>hello</body></message>").await;
    assert_eq!(bodies(&[client.stanza().await]), ["hello"]);
}

#[tokio::test]
async fn direct_tls_says_which_protocol_it_wants() {
    let (server, identity) = (Server::listen().await, Identity::new());
    let mut client = Client::connect(Account { tls: Tls::Direct, ..pinned(&server, identity.pin()) }, timings());
    let peer = server.accept().await;
    let stream = within(identity.acceptor(&["h2", "xmpp-client"]).accept(peer.wire)).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"xmpp-client".as_slice()));
    let mut peer = Peer::new(stream);
    peer.log_in(BIND).await;
    peer.bind(BIND).await;
    client.online().await;
}

#[tokio::test]
async fn scram_is_taken_inside_tls_even_if_it_cannot_be_bound_to_it() {
    let (server, identity) = (Server::listen().await, Identity::new());
    let mut client = Client::connect(pinned(&server, identity.pin()), timings());
    let mut peer = identity.secure(accept_starttls(&server).await).await.unwrap();
    peer.open(
        "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>\
         <mechanism>SCRAM-SHA-256</mechanism></mechanisms></stream:features>",
    )
    .await;
    peer.scram(PASSWORD).await;
    peer.open(BIND).await;
    peer.bind(BIND).await;
    client.online().await;
}

#[tokio::test]
async fn a_login_is_bound_to_its_tls_connection_where_the_server_really_offers_that() {
    for (kind, is_bound) in [("tls-exporter", true), ("tls-unique", false)] {
        let (server, identity) = (Server::listen().await, Identity::new());
        let mut client = Client::connect(pinned(&server, identity.pin()), timings());
        let peer = accept_starttls(&server).await;
        let stream = within(identity.acceptor(&[]).accept(peer.wire)).await.unwrap();
        let exporter = stream.get_ref().1.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", None).unwrap();
        let mut peer = Peer::new(stream);
        peer.open(&format!(
            "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
             <mechanism>SCRAM-SHA-256</mechanism><mechanism>SCRAM-SHA-256-PLUS</mechanism></mechanisms>\
             <sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='{kind}'/>\
             </sasl-channel-binding></stream:features>"
        ))
        .await;
        let bound = peer.scram(PASSWORD).await;
        let expected = if is_bound { [b"p=tls-exporter,,", exporter.as_slice()].concat() } else { b"n,,".to_vec() };
        assert_eq!(bound, expected);
        peer.open(BIND).await;
        peer.bind(BIND).await;
        client.online().await;
    }
}

#[tokio::test]
async fn plain_is_used_inside_tls_where_nothing_better_is_offered() {
    let (server, identity) = (Server::listen().await, Identity::new());
    let mut client = Client::connect(pinned(&server, identity.pin()), timings());
    let mut peer = identity.secure(accept_starttls(&server).await).await.unwrap();
    peer.open(
        "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
         <mechanism>PLAIN</mechanism></mechanisms></stream:features>",
    )
    .await;
    let auth = peer.hear("</auth>").await;
    assert!(auth.contains("PLAIN") && auth.contains("AGp1bGlldABwZW5jaWw="), "{auth}");
    peer.say("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>").await;
    peer.open(BIND).await;
    peer.bind(BIND).await;
    client.online().await;
}

#[tokio::test]
async fn what_is_no_tls_at_all_is_tried_again() {
    let server = Server::listen().await;
    let mut client = Client::connect(account(server.port, Tls::Direct), Timings { ..timings() });
    let mut peer = server.accept().await;
    peer.wire.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    let (why, _) = client.offline().await;
    assert!(why.contains("TLS"), "{why}");
}

/// What a server offers that wants the password itself.
const PLAIN: &str = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
    <mechanism>PLAIN</mechanism></mechanisms></stream:features>";

#[tokio::test]
async fn a_password_that_was_proved_once_is_not_told_before_the_user_says_so() {
    let (server, identity) = (Server::listen().await, Identity::new());
    let mut client = Client::connect(pinned(&server, identity.pin()), timings());
    let mut peer = identity.secure(accept_starttls(&server).await).await.unwrap();
    peer.log_in(BIND).await;
    peer.bind(BIND).await;
    client.online().await;
    drop(peer);

    let mut peer = identity.secure(accept_starttls(&server).await).await.unwrap();
    peer.open(PLAIN).await;
    client.offline().await;
    assert_eq!(client.stopped().await, StopReason::PasswordWanted { domain: "capulet.lit".to_owned() });

    client.order(Order::TellPassword);
    client.order(Order::Connect);
    let mut peer = identity.secure(accept_starttls(&server).await).await.unwrap();
    peer.open(PLAIN).await;
    peer.hear("mechanism=").await;
    assert!(peer.hear("</auth>").await.contains("PLAIN"));
    peer.say("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>").await;
    peer.open(BIND).await;
    peer.bind(BIND).await;
    client.online().await;
}

#[tokio::test]
async fn neither_a_password_nor_what_is_said_is_in_the_log_however_much_it_tells() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let all = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    let _log = tracing::subscriber::set_default(all.with_writer(Arc::new(file.reopen().unwrap())).finish());
    let (server, identity) = (Server::listen().await, Identity::new());
    let mut client = Client::connect(pinned(&server, identity.pin()), timings());
    let mut peer = identity.secure(accept_starttls(&server).await).await.unwrap();
    peer.open(PLAIN).await;
    let told_to_the_server = peer.hear("</auth>").await;
    peer.say("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>").await;
    peer.open(BIND).await;
    peer.bind(BIND).await;
    client.online().await;
    peer.say("<message id='in'><body>what light</body></message>").await;
    client.stanza().await;
    client.say("but soft");
    peer.hear("</message>").await;
    let log = std::fs::read_to_string(file.path()).unwrap();
    assert!(log.contains("sent") && log.contains(r#"<message id="in">"#), "{log}");
    for secret in [PASSWORD, text_of(&told_to_the_server), "what light", "but soft"] {
        assert!(!secret.is_empty() && !log.contains(secret), "{secret}: {log}");
    }
}

#[tokio::test]
async fn a_server_that_never_offered_anything_else_is_told_the_password_within_tls() {
    let (server, identity) = (Server::listen().await, Identity::new());
    let mut client = Client::connect(pinned(&server, identity.pin()), timings());
    for login in ["the first", "the next"] {
        if login == "the next" {
            client.offline().await;
        }
        let mut peer = identity.secure(accept_starttls(&server).await).await.unwrap();
        peer.open(PLAIN).await;
        peer.hear("</auth>").await;
        peer.say("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>").await;
        peer.open(BIND).await;
        peer.bind(BIND).await;
        client.online().await;
    }
}
