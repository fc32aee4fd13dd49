//! How fast a file moves, beside the same work done by hand and beside what others do.
//!
//! `cargo bench --bench transfer`; further words choose lines by what they contain: `cargo bench --bench transfer -- scp`.
//! Everything is on loopback, with a Prosody of its own. What is missing is told with how to get it.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should stop where it is")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a measurement names what it expects and stops at everything else")]
#![allow(clippy::print_stdout, reason = "the table is what this program is for")]
#![allow(clippy::disallowed_methods, reason = "it measures time")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use balcony::engine::command::Via;

mod bare;
#[path = "../harness/mod.rs"]
mod harness;
mod relay;
mod rivals;
#[allow(dead_code, reason = "the tests do more with it")]
#[path = "../../tests/it/support/mod.rs"]
mod support;

use harness::MIB;
use harness::contacts;
use harness::pairs::{PAIRS, Pairs, print_head, print_line};
use harness::town::Town;
use relay::Relay;
use rivals::{Scp, Wormhole};
use support::contact::Library;
use support::daemon::{Kind, Server};
use support::sample::Sample;

/// Large enough that the beginning does not count.
const SIZE: u64 = 512 * MIB;

/// The same for what is several times slower.
const SMALLER: u64 = 128 * MIB;

/// Who carries stanzas and joins sockets.
const SERVER: Kind = Kind::QuietProsody;

/// What Balcony is measured beside.
enum Beside {
    /// A TCP connection with the same hash and disk at its ends.
    BareCopy,
    /// Two sockets joined by the same proxy, with the same hash and disk.
    BareRelay,
    Contacts(Library),
    Scp,
    Wormhole,
}

/// Method, what it is measured beside, its name, the file's size.
const LINES: &[(Via, Beside, &str, u64)] = &[
    (Via::Socks5Direct, Beside::BareCopy, "a bare TCP copy", SIZE),
    (Via::Socks5Direct, Beside::Contacts(Library::Libpurple), "libpurple, direct", SMALLER),
    (Via::Socks5Direct, Beside::Scp, "scp", SIZE),
    (Via::Socks5Direct, Beside::Wormhole, "magic-wormhole", SMALLER),
    (Via::Socks5Proxy, Beside::BareRelay, "two bare sockets, same proxy", SIZE),
    (Via::Socks5Proxy, Beside::Contacts(Library::Libpurple), "libpurple, same proxy", SMALLER),
    (Via::Socks5Proxy, Beside::Contacts(Library::Slixmpp), "slixmpp, same proxy", SMALLER),
];

#[tokio::main]
async fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut town = Town::on(SERVER).await;
    print_head();
    for (via, beside, name, size) in LINES {
        if chosen.is_empty() || chosen.iter().any(|word| name.contains(word)) {
            let pairs = measure(&mut town, *via, beside, *size).await;
            print_line(via.title(), name, &pairs);
        }
    }
}

async fn measure(town: &mut Town, via: Via, beside: &Beside, size: u64) -> Pairs {
    let sample = Sample::of(usize::try_from(size).unwrap());
    let place = town.folder().join("other");
    let mut other = Other::start(beside).await;
    let mut pairs = Pairs::with(size);
    for _ in 0..PAIRS {
        pairs.add(town.send(sample.path(), via).await, other.run(&sample, via, &place).await);
        // A contact puts it elsewhere.
        let _ = fs::remove_file(&place);
    }
    pairs
}

/// What Balcony is measured beside, ready to run.
enum Other {
    BareCopy,
    BareRelay(Box<Relay>),
    Contacts(Library),
    Scp(Scp),
    Wormhole(Wormhole),
}

impl Other {
    async fn start(beside: &Beside) -> Self {
        match beside {
            Beside::BareCopy => Other::BareCopy,
            Beside::BareRelay => Other::BareRelay(Box::new(Relay::of(&Server::shared(SERVER).couple().romeo).await)),
            Beside::Contacts(library) => Other::Contacts(*library),
            Beside::Scp => Other::Scp(Scp::start()),
            Beside::Wormhole => Other::Wormhole(Wormhole::start()),
        }
    }

    async fn run(&mut self, sample: &Sample, via: Via, place: &Path) -> Duration {
        match self {
            Other::BareCopy => bare::copy(sample.path(), place),
            Other::BareRelay(relay) => {
                let began = Instant::now();
                let joined = relay.join().await;
                bare::between(joined, sample.path(), place);
                began.elapsed()
            }
            Other::Contacts(library) => contacts::between(SERVER, *library, via, sample),
            Other::Scp(scp) => scp.copy(sample.path(), place),
            Other::Wormhole(wormhole) => wormhole.send(sample.path(), place),
        }
    }
}
