//! A server that says what it is told to, and a session that talks to it.

use std::net::SocketAddr;
use std::time::Duration;

use balcony::client::Timings;
use balcony::client::connection::{Order, Session};
use balcony::engine::event::StopReason;
use balcony::engine::{self, Input, Lane};
use balcony::store::account::{Account, HostPort, Secret, Tls};
use balcony::store::berth::Berth;
use balcony::store::habit::Habit;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jid::FullJid;
use minidom::Element;
use sasl::common::Password;
use sasl::common::scram::{ScramProvider, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// What the account's password is.
pub(crate) const PASSWORD: &str = "pencil";

/// What a name is made of where none is configured.
const CHANCE: u64 = 0x0a0b_0c0d << 32;

/// The beginning of what a server offers.
pub(crate) const STREAM: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
     xmlns:stream='http://etherx.jabber.org/streams' id='s' from='capulet.lit' version='1.0' xml:lang='en'>";

/// The features of a server with SCRAM alone.
pub(crate) const SCRAM: &str = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
     <mechanism>SCRAM-SHA-256</mechanism></mechanisms></stream:features>";

/// The features of a server after the login.
pub(crate) const BIND: &str = "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>";

/// The same with stream management.
pub(crate) const BIND_AND_SM: &str = "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>\
     <sm xmlns='urn:xmpp:sm:3'/></stream:features>";

/// Longer than anything here takes on the slowest machine.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(20), work).await.expect("what is waited for comes")
}

/// Short waits, so that no test takes long.
pub(crate) fn timings() -> Timings {
    Timings {
        first_retry: Duration::from_millis(4),
        longest_retry: Duration::from_millis(64),
        farewell: Duration::from_secs(5),
        acknowledgement: Duration::from_millis(20),
        ..Timings::default()
    }
}

/// An account on the server that listens there.
pub(crate) fn account(port: u16, tls: Tls) -> Account {
    Account {
        name: "test".to_owned(),
        jid: "juliet@capulet.lit/balcony".parse().unwrap(),
        password: Secret::new(PASSWORD),
        server: Some(HostPort { host: "127.0.0.1".to_owned(), port }),
        tls,
        pin: None,
        extra_ca: None,
    }
}

/// A server.
pub(crate) struct Server {
    pub(crate) listener: TcpListener,
    pub(crate) port: u16,
}

impl Server {
    pub(crate) async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Server { listener, port }
    }

    /// The next connection.
    pub(crate) async fn accept(&self) -> Peer {
        let (stream, _) = within(self.listener.accept()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Peer::new(stream)
    }

    /// The next connection, logged in and bound, with stream management if `features` say so.
    pub(crate) async fn accept_online(&self, features: &str) -> Peer {
        let mut peer = self.accept().await;
        peer.log_in(features).await;
        peer.bind(features).await;
        peer
    }

    /// The next connection, logged in, when it asks to resume.
    pub(crate) async fn accept_resuming(&self) -> (Peer, String) {
        let mut peer = self.accept().await;
        peer.log_in(BIND_AND_SM).await;
        peer.hear("<resume").await;
        let resume = peer.hear(">").await;
        (peer, resume)
    }
}

/// Something that carries a stream.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// One connection, from the server's side.
pub(crate) struct Peer {
    pub(crate) wire: Box<dyn Wire>,
    heard: Vec<u8>,
}

impl Peer {
    pub(crate) fn new(wire: impl Wire + 'static) -> Self {
        Peer { wire: Box::new(wire), heard: Vec::new() }
    }

    /// Sends text as it is.
    pub(crate) async fn say(&mut self, text: &str) {
        within(self.wire.write_all(text.as_bytes())).await.unwrap();
        within(self.wire.flush()).await.unwrap();
    }

    /// Reads until `text` was sent; returns everything up to its end, and leaves the rest.
    pub(crate) async fn hear(&mut self, text: &str) -> String {
        let mut searched = 0;
        loop {
            let found = self.heard[searched..].windows(text.len()).position(|window| window == text.as_bytes());
            if let Some(at) = found {
                let rest = self.heard.split_off(searched + at + text.len());
                return String::from_utf8(std::mem::replace(&mut self.heard, rest)).unwrap();
            }
            searched = self.heard.len().saturating_sub(text.len());
            let count = within(self.wire.read_buf(&mut self.heard)).await.unwrap();
            let so_far = || String::from_utf8_lossy(&self.heard).into_owned();
            assert_ne!(count, 0, "the client closed before it sent {text:?}: {}", so_far());
        }
    }

    /// Reads until the client closes; returns everything.
    pub(crate) async fn hear_all(&mut self) -> String {
        within(self.wire.read_to_end(&mut self.heard)).await.unwrap();
        String::from_utf8(std::mem::take(&mut self.heard)).unwrap()
    }

    /// Answers a stream header.
    pub(crate) async fn open(&mut self, features: &str) {
        self.hear("<stream:stream").await;
        self.hear(">").await;
        self.say(&format!("{STREAM}{features}")).await;
    }

    /// Lets the client log in by SCRAM, and offers `features` then.
    pub(crate) async fn log_in(&mut self, features: &str) {
        self.open(SCRAM).await;
        self.scram(PASSWORD).await;
        self.open(features).await;
    }

    /// The server's side of SCRAM-SHA-256, for a server that thinks the password is this; whatever the client proves.
    /// Returns to what the client bound the login.
    pub(crate) async fn scram(&mut self, password: &str) -> Vec<u8> {
        self.hear("<auth").await;
        let auth = self.hear("</auth>").await;
        assert!(attribute(&auth, "mechanism").starts_with("SCRAM-SHA-256"), "{auth}");
        let first = String::from_utf8(BASE64.decode(text_of(&auth)).unwrap()).unwrap();
        let bare = first.splitn(3, ',').nth(2).unwrap();
        let nonce = format!("{}server", bare.split("r=").nth(1).unwrap());
        let challenge = format!("r={nonce},s={},i=4096", BASE64.encode("salt"));
        self.sasl("challenge", challenge.as_bytes()).await;
        self.hear("<response").await;
        let response = self.hear("</response>").await;
        let last = String::from_utf8(BASE64.decode(text_of(&response)).unwrap()).unwrap();
        let unproven = last.rsplit_once(",p=").unwrap().0;
        let salted = Sha256::derive(&Password::Plain(password.to_owned()), b"salt", 4096).unwrap();
        let key = Sha256::hmac(b"Server Key", &salted).unwrap();
        let signature = Sha256::hmac(format!("{bare},{challenge},{unproven}").as_bytes(), &key).unwrap();
        self.sasl("success", format!("v={}", BASE64.encode(signature)).as_bytes()).await;
        BASE64.decode(unproven.split("c=").nth(1).unwrap().split(',').next().unwrap()).unwrap()
    }

    pub(crate) async fn sasl(&mut self, name: &str, data: &[u8]) {
        let data = BASE64.encode(data);
        self.say(&format!("<{name} xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{data}</{name}>")).await;
    }

    /// Binds the resource that is asked for, and enables stream management.
    pub(crate) async fn bind(&mut self, features: &str) {
        let request = self.hear("</iq>").await;
        let resource = request.split("<resource>").nth(1).unwrap().split('<').next().unwrap();
        self.say(&format!(
            "<iq type='result' id='{}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
             <jid>juliet@capulet.lit/{resource}</jid></bind></iq>",
            attribute(&request, "id"),
        ))
        .await;
        if features == BIND_AND_SM {
            self.hear("<enable").await;
            self.hear(">").await;
            self.say("<enabled xmlns='urn:xmpp:sm:3' id='sm-1' resume='true'/>").await;
        }
    }
}

/// The text of the first element that has any.
pub(crate) fn text_of(xml: &str) -> &str {
    xml.split('>').nth(1).unwrap().split('<').next().unwrap()
}

/// The value of the first attribute of that name.
pub(crate) fn attribute<'a>(xml: &'a str, name: &str) -> &'a str {
    let value = xml.split(&format!(" {name}=")).nth(1).unwrap_or_else(|| panic!("{name} in {xml}"));
    let quote = value.chars().next().unwrap();
    value[1..].split(quote).next().unwrap()
}

/// A session, from the engine's side.
pub(crate) struct Client {
    pub(crate) orders: mpsc::UnboundedSender<Order>,
    pub(crate) inputs: mpsc::Receiver<Input>,
}

impl Client {
    /// A session that was told to connect.
    pub(crate) fn connect(account: Account, timings: Timings) -> Self {
        let (orders, todo) = mpsc::unbounded_channel();
        let (teller, inputs) = mpsc::channel(256);
        let berth = Berth::take(None, &account.jid, CHANCE);
        let habit = Habit::of(None, &account.jid.to_bare());
        tokio::spawn(Session::new(account, berth, habit, timings, todo, teller).run());
        let client = Client { orders, inputs };
        client.order(Order::Connect);
        client
    }

    /// One on a plaintext server of this machine.
    pub(crate) fn of(server: &Server) -> Self {
        Client::connect(account(server.port, Tls::None), timings())
    }

    pub(crate) fn order(&self, order: Order) {
        self.orders.send(order).unwrap();
    }

    pub(crate) fn leave(&self) {
        self.order(Order::Disconnect { why: StopReason::Requested });
    }

    pub(crate) fn send(&self, xml: &str, lane: Lane) {
        let stanza = xml.parse().unwrap();
        self.order(Order::Send { stanza, lane });
    }

    pub(crate) fn say(&self, body: &str) {
        self.send(&message(body), Lane::Chat);
    }

    /// The next thing that happens, but for what is told of logins to whoever examines them.
    pub(crate) async fn next(&mut self) -> Input {
        loop {
            match within(self.inputs.recv()).await.expect("the session goes on") {
                Input::Login(_) => {}
                other => return other,
            }
        }
    }

    /// The next change of the session that is no try.
    pub(crate) async fn session(&mut self) -> engine::Session {
        loop {
            match self.next().await {
                Input::Session(engine::Session::Connecting) => {}
                Input::Session(session) => return session,
                other => panic!("{other:?} instead of a change of the session"),
            }
        }
    }

    /// Waits until it is online; whether the old stream goes on.
    pub(crate) async fn online(&mut self) -> (FullJid, bool) {
        match self.session().await {
            engine::Session::Online { jid, resumed, .. } => (jid, resumed),
            other => panic!("{other:?} instead of online"),
        }
    }

    /// Waits until it is offline; why, and for how long.
    pub(crate) async fn offline(&mut self) -> (String, Duration) {
        match self.session().await {
            engine::Session::Offline { why, retry_in } => (why, retry_in),
            other => panic!("{other:?} instead of offline"),
        }
    }

    /// Waits until it has stopped; why.
    pub(crate) async fn stopped(&mut self) -> StopReason {
        match self.session().await {
            engine::Session::Stopped { why } => why,
            other => panic!("{other:?} instead of stopped"),
        }
    }

    pub(crate) async fn stanza(&mut self) -> Element {
        match self.next().await {
            Input::Stanza(stanza) => stanza,
            other => panic!("{other:?} instead of a stanza"),
        }
    }

    /// What the server has, as it says next.
    pub(crate) async fn acknowledged(&mut self) -> Vec<String> {
        loop {
            match self.next().await {
                Input::Session(engine::Session::Connecting) => {}
                Input::Acknowledged(ids) => return ids,
                other => panic!("{other:?} instead of what is acknowledged"),
            }
        }
    }

    pub(crate) async fn undelivered(&mut self) -> Vec<Element> {
        loop {
            match self.next().await {
                Input::Session(engine::Session::Connecting) => {}
                Input::Undelivered(stanzas) => return stanzas,
                other => panic!("{other:?} instead of what was not delivered"),
            }
        }
    }
}

/// A message.
pub(crate) fn message(body: &str) -> String {
    format!("<message xmlns='jabber:client' to='romeo@montague.lit' type='chat'><body>{body}</body></message>")
}

/// The bodies of messages.
pub(crate) fn bodies(stanzas: &[Element]) -> Vec<String> {
    stanzas.iter().map(|stanza| stanza.get_child("body", "jabber:client").unwrap().text()).collect()
}

/// Where nobody answers: connections are taken by the kernel, and that is all.
pub(crate) async fn silent_place() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}
