//! Whether a connection still leads anywhere. One whose other end is gone without a word (its network changed, its laptop
//! sleeps, somebody pulled the plug) looks like one whose other end is slow, and for hours if nobody asks.
//!
//! The kernel asks: what was sent has to be acknowledged, and so has a probe where nothing is sent, within [`SILENCE`]. It
//! is another kernel that answers, also for a program that is busy or whose user paused the file. A connection from an
//! address that is ours no longer is given up as soon as nothing moves.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

/// Longer than Wi-Fi takes from one cell to the next, or a router to start anew what it had open; shorter than patience.
const SILENCE: Duration = Duration::from_secs(25);

/// After this time without a byte the other end is asked, and from then on as often as [`ASKED_EVERY`].
const ASKED_AFTER: Duration = Duration::from_secs(10);

/// Three times, and the silence has lasted long enough.
const ASKED_EVERY: Duration = Duration::from_secs(5);

/// Reports without progress until it is looked whether our address is still ours.
const LOOKED_EVERY: u32 = 20;

/// One connection, watched.
pub(super) struct Alive {
    ours: Option<IpAddr>,
    quiet: u32,
}

impl Alive {
    /// Has the kernel ask. Where it cannot, it only takes longer to notice.
    pub(super) fn watch(tcp: &TcpStream) -> Self {
        let socket = SockRef::from(tcp);
        let asking = TcpKeepalive::new().with_time(ASKED_AFTER).with_interval(ASKED_EVERY);
        let _ = socket.set_tcp_keepalive(&asking);
        #[cfg(target_os = "linux")]
        let _ = socket.set_tcp_user_timeout(Some(SILENCE));
        Alive { ours: tcp.local_addr().ok().map(|address| address.ip().to_canonical()), quiet: 0 }
    }

    /// Something moved.
    pub(super) fn moved(&mut self) {
        self.quiet = 0;
    }

    /// Nothing moved since the last report.
    pub(super) fn rested(&mut self) -> io::Result<()> {
        self.quiet += 1;
        if !self.quiet.is_multiple_of(LOOKED_EVERY) || self.ours.is_none_or(is_ours) {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::AddrNotAvailable, "our network changed"))
    }
}

/// A machine that does not tell its addresses is given the benefit of the doubt.
fn is_ours(address: IpAddr) -> bool {
    if_addrs::get_if_addrs().map_or(true, |all| all.iter().any(|interface| interface.ip() == address))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_connection_from_an_address_that_is_ours_is_not_given_up() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let tcp = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let mut alive = Alive::watch(&tcp);
        assert!((0..2 * LOOKED_EVERY).all(|_| alive.rested().is_ok()));
    }

    #[test]
    fn one_from_an_address_that_is_gone_is_given_up_once_nothing_moves() {
        let elsewhere = IpAddr::from(Ipv4Addr::new(192, 0, 2, 77));
        let mut alive = Alive { ours: Some(elsewhere), quiet: 0 };
        assert!((1..LOOKED_EVERY).all(|_| alive.rested().is_ok()));
        alive.moved();
        assert!((1..LOOKED_EVERY).all(|_| alive.rested().is_ok()));
        assert!(alive.rested().is_err());
    }
}
