//! How fast a file moves, beside the same work done by hand and beside what others do.
//!
//! `cargo bench --bench transfer`; further words choose what it is compared with, by what the names contain, and the
//! other measurements: `cargo bench --bench transfer -- scp streamhosts large`. Everything is on loopback, with a Prosody
//! of its own, and in the folder of `TMPDIR`. What is missing is told with how to get it.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should stop where it is")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a measurement names what it expects and stops at everything else")]
#![allow(clippy::print_stdout, reason = "the table is what this program is for")]
#![allow(clippy::disallowed_methods, reason = "it measures time")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use balcony::engine::command::{Encryption, Via};

mod bare;
mod crowd;
#[path = "../harness/mod.rs"]
mod harness;
mod large;
mod relay;
mod rivals;
mod sealed;
#[allow(dead_code, reason = "the tests do more with it")]
#[path = "../../tests/it/support/mod.rs"]
mod support;
mod wire;

use harness::MIB;
use harness::contacts;
use harness::pairs::{ROUNDS, Runs};
use harness::town::Town;
use relay::Relay;
use rivals::{Scp, Wormhole};
use support::contact::Library;
use support::daemon::{Kind, Server};
use support::sample::Sample;

/// Who carries stanzas and joins sockets.
const SERVER: Kind = Kind::QuietProsody;

/// A way, a file that is large enough that the beginning does not count, and what Balcony is measured beside.
struct Table {
    via: Via,
    size: u64,
    others: &'static [(&'static str, Beside)],
}

/// What Balcony is measured beside.
enum Beside {
    /// A TCP connection with the same hash and disk at its ends.
    BareCopy,
    /// The same through TLS.
    SealedCopy,
    /// Two sockets joined by the same proxy, with the same hash and disk.
    BareRelay,
    Contacts(Library),
    Scp,
    Wormhole,
}

const TABLES: &[Table] = &[
    Table {
        via: Via::Socks5Direct,
        size: 512 * MIB,
        others: &[
            ("a bare TCP copy", Beside::BareCopy),
            ("a bare copy through TLS", Beside::SealedCopy),
            ("libpurple", Beside::Contacts(Library::Libpurple)),
            ("scp", Beside::Scp),
            ("magic-wormhole", Beside::Wormhole),
        ],
    },
    Table {
        via: Via::Socks5Proxy,
        size: 512 * MIB,
        others: &[
            ("two bare sockets, same proxy", Beside::BareRelay),
            ("libpurple, same proxy", Beside::Contacts(Library::Libpurple)),
            ("slixmpp, same proxy", Beside::Contacts(Library::Slixmpp)),
        ],
    },
];

#[tokio::main]
async fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_chosen = |name: &str| chosen.is_empty() || chosen.iter().any(|word| name.contains(word));
    let mut balconies = Balconies { encrypted: Town::on(SERVER).await, clear: Town::set_up(SERVER, in_clear).await };
    for table in TABLES {
        let others: Vec<_> = table.others.iter().filter(|(name, _)| is_chosen(name)).collect();
        if !others.is_empty() {
            measure(&mut balconies, table, &others).await;
        }
    }
    if is_chosen("streamhosts") {
        crowd::print(SERVER).await;
    }
    if is_chosen("large") {
        large::print(SERVER);
    }
}

/// Those with TLS around their streams, and those without.
struct Balconies {
    encrypted: Town,
    clear: Town,
}

/// One side that wants none is enough.
fn in_clear(sender: &mut balcony::client::Options) {
    sender.engine.encryption = Encryption::Off;
}

/// Everybody takes turns.
async fn measure(balconies: &mut Balconies, table: &Table, others: &[&(&str, Beside)]) {
    let sample = Sample::of(usize::try_from(table.size).unwrap());
    let (mut encrypted, mut clear, mut beside) = (Runs::default(), Runs::default(), Vec::new());
    for (name, other) in others {
        beside.push((*name, Other::start(other).await, Runs::default()));
    }
    let place = balconies.encrypted.folder().join("other");
    for _ in 0..ROUNDS {
        encrypted.add(table.size, balconies.encrypted.send(sample.path(), table.via).await);
        clear.add(table.size, balconies.clear.send(sample.path(), table.via).await);
        for (_, other, runs) in &mut beside {
            runs.add(table.size, other.run(&sample, table.via, &place).await);
            // A contact puts it elsewhere.
            let _ = fs::remove_file(&place);
        }
    }
    let rows = [("Balcony, encrypted", &encrypted), ("Balcony, clear", &clear)];
    println!("| {}, {} MiB | MiB/s | Balcony, encrypted | Balcony, clear |", table.via.title(), table.size / MIB);
    println!("| --- | ---: | ---: | ---: |");
    for (name, runs) in rows.into_iter().chain(beside.iter().map(|(name, _, runs)| (*name, runs))) {
        let (rate, sealed, open) = (runs.median(), encrypted.ratio_to(runs), clear.ratio_to(runs));
        println!("| {name} | {rate:.0} | × {sealed:.2} | × {open:.2} |");
    }
    println!();
}

/// What Balcony is measured beside, ready to run.
enum Other {
    BareCopy,
    SealedCopy,
    BareRelay(Box<Relay>),
    Contacts(Library),
    Scp(Scp),
    Wormhole(Wormhole),
}

impl Other {
    async fn start(beside: &Beside) -> Self {
        match beside {
            Beside::BareCopy => Other::BareCopy,
            Beside::SealedCopy => Other::SealedCopy,
            Beside::BareRelay => Other::BareRelay(Box::new(Relay::of(&Server::shared(SERVER).couple().romeo).await)),
            Beside::Contacts(library) => Other::Contacts(*library),
            Beside::Scp => Other::Scp(Scp::start()),
            Beside::Wormhole => Other::Wormhole(Wormhole::start()),
        }
    }

    async fn run(&mut self, sample: &Sample, via: Via, place: &Path) -> Duration {
        match self {
            Other::BareCopy => bare::copy(sample.path(), place),
            Other::SealedCopy => bare::copy_sealed(sample.path(), place),
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
