//! One question to a STUN server, by UDP: which address does it see?

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::client::{dial, entropy};
use crate::xep::stun::{TransactionId, binding_request, read_binding};

/// How long each copy of the question waits for its answer (RFC 8489 §6.2.1 doubles from half a second).
const WAITS: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// More than any answer to a question without attributes.
const LONGEST: usize = 548;

/// The address that the server sees; why it is not known, in words that go on after the server's name.
pub(super) async fn ask(host: &str, port: u16) -> Result<SocketAddr, String> {
    let failed = |why: &io::Error| format!("cannot be asked: {}", dial::words(why));
    let addresses = dial::resolve(host, port).await.map_err(|why| failed(&why))?;
    // A router that translates addresses does so for IPv4.
    let server = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first()).copied();
    let server = server.ok_or("has no address")?;
    let socket = connect(server).await.map_err(|why| failed(&why))?;
    let id = fresh_id();
    for wait in WAITS {
        socket.send(&binding_request(id)).await.map_err(|why| failed(&why))?;
        match timeout(wait, answer(&socket, id)).await {
            Ok(Ok(address)) => return Ok(address),
            Ok(Err(why)) => return Err(failed(&why)),
            Err(_) => {}
        }
    }
    Err("does not answer".to_owned())
}

async fn connect(server: SocketAddr) -> io::Result<UdpSocket> {
    let any = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await?;
    socket.connect(server).await?;
    Ok(socket)
}

/// Whatever else comes is not looked at.
async fn answer(socket: &UdpSocket, id: TransactionId) -> io::Result<SocketAddr> {
    let mut bytes = [0; LONGEST];
    loop {
        let length = socket.recv(&mut bytes).await?;
        if let Some(address) = read_binding(&bytes[..length], id) {
            return Ok(address);
        }
    }
}

fn fresh_id() -> TransactionId {
    let mut id = [0; 12];
    id[..8].copy_from_slice(&entropy::random().to_ne_bytes());
    id[8..].copy_from_slice(&entropy::random().to_ne_bytes()[..4]);
    id
}
