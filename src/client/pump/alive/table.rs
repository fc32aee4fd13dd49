//! What the kernel knows of the other end of a connection: whether it answers, and whether it takes what we send. Linux
//! tells it in its table of connections (`/proc/net/tcp`), where a connection is known by its socket's number; elsewhere
//! nothing is known.
//!
//! The table has a row for each connection of the machine, and the kernel goes through all it could have, which takes
//! milliseconds: whoever looks soon after somebody else sees what that one has read.

#[cfg(target_os = "linux")]
use std::collections::BTreeMap;
#[cfg(target_os = "linux")]
use std::sync::{Mutex, PoisonError};
#[cfg(target_os = "linux")]
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

#[cfg(target_os = "linux")]
use crate::client::clock;

/// What the kernel heard of the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OtherEnd {
    /// All that it was asked, as far as that was due.
    Answers,
    /// That it has no room: it is asked now and then, and answers.
    TakesNothing,
    /// No answer to what was sent again, or to a probe.
    Silent,
}

/// A connection, as its row in the table is found.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "there is no such table"))]
pub(super) struct Socket {
    number: u64,
    #[cfg(target_os = "linux")]
    table: &'static Table,
}

#[cfg(target_os = "linux")]
impl Socket {
    /// How that connection is found; none if nobody can tell.
    pub(super) fn of(tcp: &TcpStream) -> Option<Self> {
        let table = if tcp.local_addr().ok()?.is_ipv4() { &IPV4 } else { &IPV6 };
        Some(Socket { number: rustix::fs::fstat(tcp).ok()?.st_ino, table })
    }

    /// What is known of its other end; none if nothing is.
    pub(super) fn other_end(&self) -> Option<OtherEnd> {
        self.table.row(self.number, clock::now().instant)
    }
}

#[cfg(not(target_os = "linux"))]
impl Socket {
    /// Nobody can tell.
    pub(super) fn of(_: &TcpStream) -> Option<Self> {
        None
    }

    /// Nothing is known.
    pub(super) fn other_end(&self) -> Option<OtherEnd> {
        None
    }
}

/// One of the kernel's tables, for all connections of this process.
#[cfg(target_os = "linux")]
struct Table {
    path: &'static str,
    latest: Mutex<Option<Reading>>,
}

/// What it said.
#[cfg(target_os = "linux")]
struct Reading {
    at: Instant,
    rows: BTreeMap<u64, OtherEnd>,
}

#[cfg(target_os = "linux")]
static IPV4: Table = Table::at("/proc/self/net/tcp");
#[cfg(target_os = "linux")]
static IPV6: Table = Table::at("/proc/self/net/tcp6");

/// For so long what was read is good enough: half the time from one look of a connection to its next.
#[cfg(target_os = "linux")]
const FRESH: Duration = Duration::from_secs(1);

#[cfg(target_os = "linux")]
impl Table {
    const fn at(path: &'static str) -> Self {
        Table { path, latest: Mutex::new(None) }
    }

    /// What it says of that socket.
    fn row(&self, number: u64, now: Instant) -> Option<OtherEnd> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = latest.take().filter(|reading| now.saturating_duration_since(reading.at) < FRESH);
        let reading = fresh.or_else(|| self.read(now))?;
        latest.insert(reading).rows.get(&number).copied()
    }

    /// It is not the disk that is read.
    fn read(&self, at: Instant) -> Option<Reading> {
        let table = std::fs::read_to_string(self.path).ok()?;
        Some(Reading { at, rows: table.lines().filter_map(read).collect() })
    }
}

/// A row: whose it is, and what it says. Its timer is the fourth kind while the other end has no room.
#[cfg(any(target_os = "linux", test))]
fn read(row: &str) -> Option<(u64, OtherEnd)> {
    let mut columns = row.split_ascii_whitespace().skip(5);
    let timer = columns.next()?;
    let sent_again = u64::from_str_radix(columns.next()?, 16).ok()?;
    let probes: u64 = columns.nth(1)?.parse().ok()?;
    let number = columns.next()?.parse().ok()?;
    let other_end = match (sent_again, probes) {
        (0, 0) if timer.starts_with("04:") => OtherEnd::TakesNothing,
        (0, 0) => OtherEnd::Answers,
        _ => OtherEnd::Silent,
    };
    Some((number, other_end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_tells_whether_the_other_end_answers() {
        let row = |timer: &str, sent_again: &str, probes: &str| {
            let ends = "0100007F:07E8 0100007F:C2A4 01 0003F480:00000000";
            read(&format!(
                "  12: {ends} {timer} {sent_again}     0        {probes} 16055 1 00000000b1788b32 20 4 1 10 -1"
            ))
        };
        assert_eq!(row("00:00000000", "00000000", "0"), Some((16055, OtherEnd::Answers)));
        assert_eq!(row("01:00000014", "00000000", "0"), Some((16055, OtherEnd::Answers)));
        assert_eq!(row("04:00000400", "00000000", "0"), Some((16055, OtherEnd::TakesNothing)));
        assert_eq!(row("01:00000400", "0000000A", "0"), Some((16055, OtherEnd::Silent)));
        assert_eq!(row("04:00000400", "00000000", "2"), Some((16055, OtherEnd::Silent)));
        assert_eq!(row("02:00000400", "00000000", "1"), Some((16055, OtherEnd::Silent)));
    }

    #[test]
    fn what_is_no_row_says_nothing() {
        let head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
        for line in ["", "12:", head, "a b c d e 04:0 zz 0 0 1"] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_was_read_is_good_enough_for_a_moment() {
        static TABLE: Table = Table::at("/proc/self/net/tcp");
        let now = clock::now().instant;
        let at = |milliseconds| {
            TABLE.row(0, now + Duration::from_millis(milliseconds));
            TABLE.latest.lock().unwrap().as_ref().unwrap().at
        };
        assert_eq!((at(0), at(999)), (now, now));
        assert_eq!(at(1000), now + Duration::from_secs(1));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn an_end_that_reads_nothing_takes_nothing_and_answers() {
        use std::io::ErrorKind;

        use tokio::net::TcpListener;
        use tokio::time::{sleep, timeout};

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (ours, _theirs) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        let ours = ours.unwrap();
        let socket = Socket::of(&ours).unwrap();
        assert_eq!(socket.other_end(), Some(OtherEnd::Answers));
        let filled = async {
            while socket.other_end() != Some(OtherEnd::TakesNothing) {
                match ours.try_write(&[0; 4096]) {
                    Err(why) if why.kind() != ErrorKind::WouldBlock => panic!("{why}"),
                    Ok(_) | Err(_) => sleep(Duration::from_millis(1)).await,
                }
            }
        };
        timeout(Duration::from_mins(1), filled).await.unwrap();
    }
}
