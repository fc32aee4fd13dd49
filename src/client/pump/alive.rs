//! Whether a connection still leads anywhere. One whose other end is gone without a word (its network changed, its laptop
//! sleeps, somebody pulled the plug) looks like one whose other end is slow, and for hours if nobody asks.
//!
//! The kernel asks: what was sent has to be acknowledged, and so has a probe where nothing is sent or nothing is taken. It
//! is another kernel that answers, also for a program that is busy or whose user paused the file. Where nothing is sent
//! the kernel gives up by itself; where something is, [its table](table) tells whether it has an answer, and a connection
//! is given up that has had none for [`SILENCE`]. The kernel's own `TCP_USER_TIMEOUT` would not do: it counts the time
//! for which the other end takes nothing, whether it answers or not. A connection from an address that is ours no longer
//! is given up as soon as nothing moves. An end that has taken nothing for long the kernel asks more and more seldom, in
//! the end every two minutes: by so much later is it noticed that such a one is gone.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

use super::PROGRESS_EVERY;
use table::{OtherEnd, Socket};

mod table;

/// Longer than Wi-Fi takes from one cell to the next, or a router to start anew what it had open; shorter than patience.
const SILENCE: Duration = Duration::from_secs(25);

/// After this time without a byte the other end is asked, and from then on as often as [`ASKED_EVERY`].
const ASKED_AFTER: Duration = Duration::from_secs(10);

/// So long is waited for each answer.
const ASKED_EVERY: Duration = Duration::from_secs(5);

/// Three answers that do not come, and the silence has lasted long enough.
const MOST_ASKED: u32 = 3;

/// How often it is looked whether anybody answers, and whether our address is still ours.
const LOOKED_EVERY: Duration = Duration::from_secs(2);

/// One connection, watched.
pub(super) struct Alive {
    socket: Option<Socket>,
    ours: Option<IpAddr>,
    reports: u32,
    /// Looks in a row at which the kernel had no answer.
    unanswered: u32,
}

/// How it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// As always.
    Usual,
    /// The other end is there, and takes nothing: its user may have paused the file, or its disk is slow.
    Held,
}

impl Alive {
    /// Has the kernel ask. Where it cannot, it only takes longer to notice.
    pub(super) fn watch(tcp: &TcpStream) -> Self {
        let asking = TcpKeepalive::new().with_time(ASKED_AFTER).with_interval(ASKED_EVERY).with_retries(MOST_ASKED);
        let _ = SockRef::from(tcp).set_tcp_keepalive(&asking);
        let ours = tcp.local_addr().ok().map(|address| address.ip().to_canonical());
        Alive { socket: Socket::of(tcp), ours, reports: 0, unanswered: 0 }
    }

    /// A report is due; something moved since the last one.
    pub(super) fn moved(&mut self) -> io::Result<Look> {
        if self.is_look_due() { self.listen() } else { Ok(Look::Usual) }
    }

    /// A report is due; nothing moved since the last one.
    pub(super) fn rested(&mut self) -> io::Result<Look> {
        if !self.is_look_due() {
            return Ok(Look::Usual);
        }
        if !self.ours.is_none_or(is_ours) {
            return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, "our network changed"));
        }
        self.listen()
    }

    fn is_look_due(&mut self) -> bool {
        self.reports += 1;
        self.reports.is_multiple_of(in_reports(LOOKED_EVERY))
    }

    fn listen(&mut self) -> io::Result<Look> {
        self.hear(self.socket.as_ref().and_then(Socket::other_end))
    }

    /// A kernel that does not tell is given the benefit of the doubt.
    fn hear(&mut self, other_end: Option<OtherEnd>) -> io::Result<Look> {
        self.unanswered = if other_end == Some(OtherEnd::Silent) { self.unanswered + 1 } else { 0 };
        if in_reports(LOOKED_EVERY) * self.unanswered >= in_reports(SILENCE) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(if other_end == Some(OtherEnd::TakesNothing) { Look::Held } else { Look::Usual })
    }
}

fn in_reports(time: Duration) -> u32 {
    u32::try_from(time.as_millis() / PROGRESS_EVERY.as_millis()).unwrap_or(u32::MAX)
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

    const LOOK: u32 = 20;

    #[tokio::test]
    async fn a_connection_from_an_address_that_is_ours_is_not_given_up() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let tcp = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let mut alive = Alive::watch(&tcp);
        assert!((0..2 * LOOK).all(|_| alive.rested().is_ok()));
    }

    fn from(ours: IpAddr) -> Alive {
        Alive { socket: None, ours: Some(ours), reports: 0, unanswered: 0 }
    }

    #[test]
    fn one_from_an_address_that_is_gone_is_given_up_once_nothing_moves() {
        let mut alive = from(IpAddr::from(Ipv4Addr::new(192, 0, 2, 77)));
        assert!((1..LOOK).all(|_| alive.rested().is_ok()));
        assert!((0..LOOK).all(|_| alive.moved().is_ok()));
        assert!(alive.rested().is_err());
    }

    #[test]
    fn one_that_nobody_answers_is_given_up_after_a_while_and_not_for_a_moment_of_it() {
        let mut alive = from(IpAddr::from(Ipv4Addr::LOCALHOST));
        let most = SILENCE.as_secs() / LOOKED_EVERY.as_secs();
        assert!((0..most).all(|_| alive.hear(Some(OtherEnd::Silent)).is_ok()));
        assert_eq!(alive.hear(Some(OtherEnd::Answers)).unwrap(), Look::Usual);
        assert!((0..most).all(|_| alive.hear(Some(OtherEnd::Silent)).is_ok()));
        assert_eq!(alive.hear(Some(OtherEnd::Silent)).unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn one_whose_other_end_takes_nothing_and_says_so_is_never_given_up() {
        let mut alive = from(IpAddr::from(Ipv4Addr::LOCALHOST));
        assert!((0..10_000).all(|_| alive.hear(Some(OtherEnd::TakesNothing)).unwrap() == Look::Held));
    }
}
