//! Routers and a STUN server made for the purpose, on loopback: real sockets, real bytes of the protocols.
//!
//! PCP and NAT-PMP have one port for everybody, so each router has a loopback address of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::{Routers, Teller, keeping, stun};
use crate::engine::Input;
use crate::engine::reach::{Mapper, Mapping, ReachEvent};

const LOCAL: ([u8; 4], u16) = ([127, 0, 0, 1], 5086);
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 5);

/// Nobody listens there.
const NOWHERE: ([u8; 4], u16) = ([127, 0, 0, 1], 9);

/// A port that is being held, and what is told of it.
struct Holding {
    told: mpsc::Receiver<Input>,
    wish: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Holding {
    fn begin(routers: Routers) -> Self {
        let (inputs, told) = mpsc::channel(8);
        let (holding, given_up) = oneshot::channel();
        let task = tokio::spawn(keeping::keep(routers, LOCAL.into(), given_up, Teller(inputs)));
        Holding { told, wish: holding, task }
    }

    async fn event(&mut self) -> ReachEvent {
        match self.told.recv().await {
            Some(Input::Reach(event)) => event,
            other => panic!("{other:?}"),
        }
    }

    /// Nobody wants it any more.
    async fn end(self) {
        drop(self.wish);
        self.task.await.unwrap();
    }
}

fn mapped(address: Option<Ipv4Addr>, port: u16, by: Mapper) -> ReachEvent {
    ReachEvent::Mapped(Mapping { address: address.map(Into::into), port, by })
}

/// A router at that address that answers each datagram with what `answer` makes of it; and every question it was asked.
async fn router(address: [u8; 4], answer: fn(&[u8]) -> Vec<u8>) -> (Routers, mpsc::UnboundedReceiver<Vec<u8>>) {
    let socket = UdpSocket::bind(SocketAddr::from((address, crab_nat::GATEWAY_PORT))).await.unwrap();
    let (asked, questions) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut bytes = [0; 1100];
        while let Ok((length, from)) = socket.recv_from(&mut bytes).await {
            let question = bytes[..length].to_vec();
            socket.send_to(&answer(&question), from).await.unwrap();
            if asked.send(question).is_err() {
                return;
            }
        }
    });
    (Routers { gateway: Some(address.into()), search: NOWHERE.into() }, questions)
}

/// Speaks NAT-PMP alone (RFC 6886 §3.2, §3.3, §3.5): another version is refused with its own.
fn nat_pmp(question: &[u8]) -> Vec<u8> {
    match question {
        [0, 0] => [&[0, 128, 0, 0, 0, 0, 0, 9][..], &OUTSIDE.octets()].concat(),
        [0, 2, _, _, inner_high, inner_low, _, _, term @ ..] => {
            let outer = if term == [0; 4] { 0 } else { 4711_u16 }.to_be_bytes();
            [&[0, 130, 0, 0, 0, 0, 0, 9, *inner_high, *inner_low][..], &outer, term].concat()
        }
        _ => vec![0, 128, 0, 1, 0, 0, 0, 9],
    }
}

/// Speaks PCP (RFC 6887 §7.2, §11.1).
fn pcp(question: &[u8]) -> Vec<u8> {
    let mut answer = question.to_vec();
    answer[1] |= 0x80;
    answer[3] = 0;
    answer[8..24].copy_from_slice(&[0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let term = &question[4..8];
    if term != [0; 4] {
        answer[42..44].copy_from_slice(&4712_u16.to_be_bytes());
    }
    answer[44..60].copy_from_slice(&OUTSIDE.to_ipv6_mapped().octets());
    answer
}

#[tokio::test]
async fn a_router_that_speaks_nat_pmp_lends_a_port_and_gets_it_back() {
    let (routers, mut questions) = router([127, 53, 51, 1], nat_pmp).await;
    let mut holding = Holding::begin(routers);
    assert_eq!(holding.event().await, mapped(Some(OUTSIDE), 4711, Mapper::NatPmp));
    while questions.try_recv().is_ok() {}
    holding.end().await;
    let last = questions.recv().await.unwrap();
    assert_eq!((&last[..2], &last[4..6], &last[8..]), (&[0, 2][..], &5086_u16.to_be_bytes()[..], &[0; 4][..]));
}

#[tokio::test]
async fn a_router_that_speaks_pcp_lends_a_port_and_gets_it_back() {
    let (routers, mut questions) = router([127, 53, 51, 2], pcp).await;
    let mut holding = Holding::begin(routers);
    assert_eq!(holding.event().await, mapped(Some(OUTSIDE), 4712, Mapper::Pcp));
    let first = questions.recv().await.unwrap();
    holding.end().await;
    let last = questions.recv().await.unwrap();
    assert_eq!(&last[4..8], &[0; 4], "a term of nothing gives it back");
    assert_eq!(&last[24..36], &first[24..36], "the nonce is the proof that it was ours");
}

/// What a router of UPnP says of itself, and what it can.
const DEVICE: &str = "<root xmlns='urn:schemas-upnp-org:device-1-0'><device>\
    <deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><deviceList><device>\
    <deviceType>urn:schemas-upnp-org:device:WANDevice:1</deviceType><deviceList><device>\
    <deviceType>urn:schemas-upnp-org:device:WANConnectionDevice:1</deviceType><serviceList><service>\
    <serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType>\
    <controlURL>/control</controlURL><SCPDURL>/scpd</SCPDURL></service></serviceList>\
    </device></deviceList></device></deviceList></device></root>";
const ACTIONS: &str = "<scpd xmlns='urn:schemas-upnp-org:service-1-0'><actionList>ACTIONS</actionList></scpd>";
const ADD: [&str; 8] = [
    "NewRemoteHost",
    "NewExternalPort",
    "NewProtocol",
    "NewInternalPort",
    "NewInternalClient",
    "NewEnabled",
    "NewPortMappingDescription",
    "NewLeaseDuration",
];

fn action(name: &str, arguments: &[&str]) -> String {
    let argument = |name: &&str| format!("<argument><name>{name}</name><direction>in</direction></argument>");
    let arguments: Vec<String> = arguments.iter().map(argument).collect();
    format!("<action><name>{name}</name><argumentList>{}</argumentList></action>", arguments.concat())
}

fn described(path: &str, body: &str) -> String {
    let reply = |name: &str, inner: &str| {
        format!(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>\
             <u:{name}Response xmlns:u='urn:schemas-upnp-org:service:WANIPConnection:1'>{inner}</u:{name}Response>\
             </s:Body></s:Envelope>"
        )
    };
    match path {
        "/device" => DEVICE.to_owned(),
        "/scpd" => {
            let delete = action("DeletePortMapping", &ADD[..3]);
            ACTIONS.replace("ACTIONS", &(action("AddPortMapping", &ADD) + &delete))
        }
        _ if body.contains("GetExternalIPAddress") => {
            reply("GetExternalIPAddress", &format!("<NewExternalIPAddress>{OUTSIDE}</NewExternalIPAddress>"))
        }
        _ if body.contains("AddPortMapping") => reply("AddPortMapping", ""),
        _ => reply("DeletePortMapping", ""),
    }
}

/// One question over HTTP.
async fn serve(stream: TcpStream, asked: mpsc::UnboundedSender<String>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut line, mut path, mut length) = (String::new(), String::new(), 0);
    while stream.read_line(&mut line).await? > 2 {
        path = if path.is_empty() { line.split(' ').nth(1).unwrap_or_default().to_owned() } else { path };
        if let Some(given) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = given.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let body = String::from_utf8(body).unwrap();
    let answer = described(&path, &body);
    let _ = asked.send(body);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", answer.len());
    stream.write_all((head + &answer).as_bytes()).await
}

/// A router that speaks UPnP alone, and what it was asked.
async fn igd() -> (Routers, mpsc::UnboundedReceiver<String>) {
    let (asked, questions) = mpsc::unbounded_channel();
    let http = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let search = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let routers = Routers { gateway: None, search: search.local_addr().unwrap() };
    let location = format!("http://{}/device", http.local_addr().unwrap());
    tokio::spawn(async move {
        let mut bytes = [0; 1100];
        while let Ok((_, from)) = search.recv_from(&mut bytes).await {
            let answer = format!("HTTP/1.1 200 OK\r\nLocation: {location}\r\n\r\n");
            search.send_to(answer.as_bytes(), from).await.unwrap();
        }
    });
    tokio::spawn(async move {
        while let Ok((stream, _)) = http.accept().await {
            tokio::spawn(serve(stream, asked.clone()));
        }
    });
    (routers, questions)
}

#[tokio::test]
async fn a_router_that_speaks_upnp_lends_a_port_and_gets_it_back() {
    let (routers, mut questions) = igd().await;
    let mut holding = Holding::begin(routers);
    let told = holding.event().await;
    let ReachEvent::Mapped(mapping) = told else { panic!("{told:?}") };
    assert_eq!((mapping.address, mapping.by), (Some(OUTSIDE.into()), Mapper::UpnpIgd));
    holding.end().await;
    questions.close();
    let mut asked = Vec::new();
    while let Some(question) = questions.recv().await {
        asked.push(question);
    }
    let added = asked.iter().find(|question| question.contains("AddPortMapping")).unwrap();
    assert!(added.contains("<NewInternalPort>5086</NewInternalPort>"), "{added}");
    assert!(!added.contains("<NewLeaseDuration>0</NewLeaseDuration>"), "no port is for ever: {added}");
    let port = format!("<NewExternalPort>{}</NewExternalPort>", mapping.port);
    assert!(asked.iter().any(|question| question.contains("DeletePortMapping") && question.contains(&port)));
}

#[tokio::test]
async fn where_no_router_answers_the_reasons_are_told() {
    let routers = Routers { gateway: None, search: NOWHERE.into() };
    let mut holding = Holding::begin(routers);
    let ReachEvent::MapFailed { why } = holding.event().await else { panic!("a port") };
    assert!(why.starts_with("PCP and NAT-PMP: there is no default route; UPnP: "), "{why}");
}

/// A STUN server that answers each question with what `answer` makes of it and of who asks.
async fn stun_server(answer: fn(&[u8], SocketAddr) -> Vec<u8>) -> u16 {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = socket.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut bytes = [0; 100];
        while let Ok((length, from)) = socket.recv_from(&mut bytes).await {
            socket.send_to(&answer(&bytes[..length], from), from).await.unwrap();
        }
    });
    port
}

/// The asker's address as it is (RFC 8489 §14.1).
fn as_seen(question: &[u8], from: SocketAddr) -> Vec<u8> {
    let SocketAddr::V4(from) = from else { return Vec::new() };
    let address = [&[0, 1, 0, 8, 0, 1][..], &from.port().to_be_bytes(), &from.ip().octets()].concat();
    [&[1, 1, 0, 12], &question[4..], &address].concat()
}

#[tokio::test]
async fn a_stun_server_tells_our_address() {
    let port = stun_server(as_seen).await;
    assert!(stun::ask("localhost", port).await.unwrap().ip().is_loopback());
}

#[tokio::test]
async fn a_stun_server_that_talks_nonsense_has_not_answered() {
    let port = stun_server(|_, _| vec![0; 40]).await;
    assert_eq!(stun::ask("127.0.0.1", port).await.unwrap_err(), "does not answer");
}

#[tokio::test]
async fn a_stun_server_that_is_not_there_is_refused() {
    let port = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap().port();
    let told = tokio::time::timeout(Duration::from_secs(20), stun::ask("127.0.0.1", port)).await.unwrap();
    assert_eq!(told.unwrap_err(), "cannot be asked: refused");
}
