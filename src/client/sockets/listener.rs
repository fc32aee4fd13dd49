//! The one place where others connect to us: every IPv4 and IPv6 address by one socket, if the machine lets us.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

/// Connections waiting in the kernel to be accepted.
const BACKLOG: i32 = 16;

/// Listens at `address`; for every IPv4 address, on every IPv6 address as well.
pub(super) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    if address.ip() == Ipv4Addr::UNSPECIFIED {
        let both = SocketAddr::from((Ipv6Addr::UNSPECIFIED, address.port()));
        // A machine without IPv6 serves IPv4 alone.
        return bind_socket(both).or_else(|_| bind_socket(address));
    }
    bind_socket(address)
}

fn bind_socket(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(address.ip() != Ipv6Addr::UNSPECIFIED)?;
    }
    // A port that was configured is there again right after a restart.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Every address at which a listener bound to `bound` can be reached.
pub(super) fn reachable(bound: IpAddr) -> Vec<IpAddr> {
    if !bound.is_unspecified() {
        return vec![bound];
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|why| {
        tracing::warn!(%why, "the addresses of this machine are not known");
        Vec::new()
    });
    let mut addresses: Vec<IpAddr> = interfaces.iter().map(if_addrs::Interface::ip).filter(is_usable).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// A link-local IPv6 address means nothing without an interface, which XEP-0065 cannot name.
fn is_usable(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !address.is_unspecified(),
        IpAddr::V6(address) => !address.is_unspecified() && !address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn one_listener_serves_both_families() {
        let listener = bind("0.0.0.0:0".parse().unwrap()).unwrap();
        let port = listener.local_addr().unwrap().port();
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        if listener.local_addr().unwrap().is_ipv6() {
            TcpStream::connect((Ipv6Addr::LOCALHOST, port)).await.unwrap();
        }
        assert!(reachable(listener.local_addr().unwrap().ip()).iter().any(IpAddr::is_loopback));
    }

    #[tokio::test]
    async fn a_listener_bound_to_one_address_offers_that_alone() {
        let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        assert_eq!(reachable(listener.local_addr().unwrap().ip()), [IpAddr::from(Ipv4Addr::LOCALHOST)]);
    }

    #[test]
    fn an_address_that_needs_an_interface_is_not_offered() {
        for (address, usable) in [("fe80::1", false), ("2001:db8::1", true), ("169.254.1.1", true), ("::", false)] {
            assert_eq!(is_usable(&address.parse().unwrap()), usable, "{address}");
        }
    }
}
