//! TCP connections by host name: every address of it, each a little after the last (RFC 8305).
//!
//! Names are resolved by the system, so that `/etc/hosts` and the like count. It knows nothing of what is spoken.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The head start of one address before the next (RFC 8305 §5).
const STAGGER: Duration = Duration::from_millis(250);

/// The most addresses of one name that are tried: a hostile name has thousands.
const MOST_ADDRESSES: usize = 16;

/// Connects to the first address of `host` that answers within `patience`.
pub(super) async fn dial(host: &str, port: u16, patience: Duration) -> io::Result<TcpStream> {
    dial_any(resolve(host, port).await?, patience).await
}

/// The addresses of a host, the families taking turns.
pub(super) async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let found: Vec<SocketAddr> = tokio::net::lookup_host((bare, port)).await?.take(MOST_ADDRESSES).collect();
    Ok(interleave(found))
}

/// Connects to the first of `addresses` that answers within `patience`.
pub(super) async fn dial_any(addresses: Vec<SocketAddr>, patience: Duration) -> io::Result<TcpStream> {
    let mut waiting = addresses.into_iter();
    let mut trying = FuturesUnordered::new();
    let mut first_error = None;
    loop {
        match waiting.next() {
            Some(address) => trying.push(connect(address, patience)),
            None if trying.is_empty() => return Err(first_error.unwrap_or_else(no_address)),
            None => {}
        }
        match timeout(STAGGER, trying.next()).await {
            Ok(Some(Ok(stream))) => return Ok(stream),
            Ok(Some(Err(why))) => {
                first_error.get_or_insert(why);
            }
            // Nobody decided within the head start: the next one joins in.
            Ok(None) | Err(_) => {}
        }
    }
}

async fn connect(address: SocketAddr, patience: Duration) -> io::Result<TcpStream> {
    let stream = timeout(patience, TcpStream::connect(address)).await.map_err(|_| io::ErrorKind::TimedOut)??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn no_address() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "no address")
}

/// What went wrong with a connection, in words: without the number that the system gives it.
pub(super) fn words(why: &io::Error) -> String {
    match (why.kind(), why.raw_os_error()) {
        (io::ErrorKind::TimedOut, _) => "no answer".to_owned(),
        (io::ErrorKind::ConnectionRefused, _) => "refused".to_owned(),
        (_, Some(_)) => why.to_string().split(" (os error").next().unwrap_or_default().to_lowercase(),
        (_, None) => {
            let says = why.to_string();
            says.strip_prefix(NO_ADDRESS).map(not_found).unwrap_or(says)
        }
    }
}

/// How the standard library begins to tell that a name led to no address; behind it stands what the system says.
const NO_ADDRESS: &str = "failed to lookup address information: ";

fn not_found(why: &str) -> String {
    match why {
        "Name or service not known" | "No address associated with hostname" | "Name does not resolve" => {
            "no host has that name".to_owned()
        }
        "Temporary failure in name resolution" | "Try again" => "the DNS does not answer".to_owned(),
        other => other.to_lowercase(),
    }
}

/// IPv6 and IPv4 in turn, beginning with the family that the system put first (RFC 8305 §4).
fn interleave(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let mut rest = second.into_iter();
    let mut mixed = Vec::new();
    for address in first {
        mixed.push(address);
        mixed.extend(rest.next());
    }
    mixed.extend(rest);
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_families_take_turns() {
        let parse = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        let found = parse(&["[::1]:1", "[::2]:1", "[::3]:1", "192.0.2.1:1"]);
        assert_eq!(interleave(found), parse(&["[::1]:1", "192.0.2.1:1", "[::2]:1", "[::3]:1"]));
        assert!(interleave(Vec::new()).is_empty());
    }

    #[test]
    fn errors_are_told_without_the_numbers_of_the_system() {
        let host_unreachable = io::Error::from_raw_os_error(113);
        assert!(!words(&host_unreachable).contains("113"), "{}", words(&host_unreachable));
        assert_eq!(words(&io::ErrorKind::ConnectionRefused.into()), "refused");
        assert_eq!(words(&io::Error::other("no such host")), "no such host");
        let lookup = |says: &str| words(&io::Error::other(format!("failed to lookup address information: {says}")));
        assert_eq!(lookup("Name or service not known"), "no host has that name");
        assert_eq!(lookup("Temporary failure in name resolution"), "the DNS does not answer");
        assert_eq!(lookup("Non-recoverable failure"), "non-recoverable failure");
    }

    #[tokio::test]
    async fn a_dead_address_does_not_hide_a_live_one() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let live = listener.local_addr().unwrap();
        let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let dead = gone.local_addr().unwrap();
        drop(gone);
        let stream = dial_any(vec![dead, live], Duration::from_secs(5)).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), live);
    }

    #[tokio::test]
    async fn without_a_live_address_the_first_reason_is_told() {
        let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let dead = gone.local_addr().unwrap();
        drop(gone);
        let why = dial_any(vec![dead, dead], Duration::from_secs(5)).await.unwrap_err();
        assert_eq!(why.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(dial_any(Vec::new(), Duration::from_secs(5)).await.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
