//! How fast a file moves, beside a bare TCP copy of the same file between the same folders.
//!
//! Machines are noisy, so nothing here is a pass or a failure: each method and the bare copy take turns, and the table
//! shows medians and the median of the ratios of each pair. The server is the embedded one, everything is on loopback,
//! and both sides write to the disk and wait until it has everything.
//!
//! `cargo bench --bench transfer`

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should stop where it is")]
#![allow(clippy::print_stdout, reason = "the table is what this program is for")]
#![allow(clippy::disallowed_methods, reason = "it measures time")]

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use balcony::demo::plan::{Manner, Plan};
use balcony::demo::{self, Server};
use balcony::engine::command::{Command, Via};
use balcony::engine::event::Outcome;
use jid::{BareJid, FullJid};
use tempfile::TempDir;

#[allow(dead_code, clippy::wildcard_enum_match_arm, reason = "the tests do more with people, and say so")]
#[path = "../tests/it/support/person.rs"]
mod person;

use person::Person;

const MIB: u64 = 1024 * 1024;

/// What is measured: a method, and a file large enough that its beginning does not count.
const RUNS: &[(Via, u64)] = &[(Via::Socks5Direct, 512 * MIB), (Via::Socks5Proxy, 512 * MIB), (Via::InBand, 32 * MIB)];

/// Pairs of each; odd, for a median that was measured.
const PAIRS: usize = 5;

/// As much as Balcony copies at a time.
const BLOCK: usize = 256 * 1024;

const JULIET: &str = "juliet@capulet.lit/balcony";
const ROMEO: &str = "romeo@montague.lit/orchard";

/// Romeo, who sends, and Juliet, who receives.
struct Pair {
    romeo: Person,
    juliet: Person,
    folder: TempDir,
    _server: Server,
}

#[tokio::main]
async fn main() {
    let mut pair = Pair::new().await;
    println!("| method | MiB | MiB/s | bare copy MiB/s | ratio |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    for (via, size) in RUNS {
        let path = pair.make(*size);
        let mut ours = Vec::new();
        let mut bare = Vec::new();
        for _ in 0..PAIRS {
            ours.push(rate(*size, pair.transfer(*via, &path).await));
            bare.push(rate(*size, bare_copy(&path, &pair.folder.path().join("bare"))));
        }
        let ratio = median(ours.iter().zip(&bare).map(|(ours, bare)| ours / bare));
        let (ours, bare) = (median(ours.into_iter()), median(bare.into_iter()));
        println!("| {} | {} | {ours:.1} | {bare:.1} | {ratio:.3} |", via.title(), size / MIB);
    }
}

impl Pair {
    async fn new() -> Pair {
        let [juliet, romeo] = [JULIET, ROMEO].map(|jid| FullJid::new(jid).unwrap());
        let proxy = BareJid::new("proxy.montague.lit").unwrap();
        let plan = Plan::of_friends(&[juliet.to_bare(), romeo.to_bare()]).with_proxy(proxy, Manner::Relays);
        let server = Server::start(&plan).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let enter = |who| Person::enter(demo::options(who, server.address(), folder.path().join("received")));
        let (mut receiver, mut sender) = (enter(&juliet).await, enter(&romeo).await);
        receiver.until_there(&romeo.to_bare()).await;
        sender.until_there(&juliet.to_bare()).await;
        Pair { romeo: sender, juliet: receiver, folder, _server: server }
    }

    /// A file without holes and without patterns that a disk could fold.
    fn make(&self, size: u64) -> PathBuf {
        let path = self.folder.path().join(format!("file-{size}"));
        let mut file = File::create(&path).unwrap();
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        };
        let block: Vec<u8> = (0..MIB / 8).flat_map(|_| next()).collect();
        (0..size / MIB).for_each(|_| file.write_all(&block).unwrap());
        file.sync_all().unwrap();
        path
    }

    /// From the acceptance until the receiver has the whole file in its place.
    async fn transfer(&mut self, via: Via, path: &Path) -> Duration {
        let [juliet, romeo] = [JULIET, ROMEO].map(|jid| FullJid::new(jid).unwrap());
        let to = juliet.into();
        self.romeo.send(Command::OfferFile { to, path: path.to_owned(), description: None, via: vec![via] });
        let (transfer, _) = self.juliet.until_offer(&romeo.to_bare()).await;
        self.juliet.send(Command::AcceptOffer { transfer, save_as: None });
        match self.juliet.until_end(transfer).await {
            (_, Outcome::Completed { took, path: Some(path), .. }) => {
                fs::remove_file(path).unwrap();
                took
            }
            (attempts, other) => panic!("{other:?} after {attempts:?}"),
        }
    }
}

/// Reads, sends, receives and writes, and nothing else.
fn bare_copy(from: &Path, to: &Path) -> Duration {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let source = File::open(from).unwrap();
    let began = Instant::now();
    let sending = thread::spawn(move || {
        let target = TcpStream::connect(address).unwrap();
        copy(source, target).unwrap();
    });
    let (source, _) = listener.accept().unwrap();
    let target = File::create(to).unwrap();
    copy(source, &target).unwrap();
    target.sync_all().unwrap();
    let took = began.elapsed();
    sending.join().unwrap();
    fs::remove_file(to).unwrap();
    took
}

fn copy(mut source: impl Read, mut target: impl Write) -> io::Result<()> {
    let mut block = vec![0; BLOCK];
    loop {
        match source.read(&mut block)? {
            0 => return Ok(()),
            length => target.write_all(&block[..length])?,
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "a file of 2^53 bytes is not measured here")]
fn rate(size: u64, took: Duration) -> f64 {
    size as f64 / MIB as f64 / took.as_secs_f64()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
