//! How fast and how polite a file moves in-band through real servers: by what is measured, beside fixed settings, and
//! beside other clients.
//!
//! All of them take turns, round after round, because machines are noisy; nothing here is a pass or a failure. The table
//! shows medians, and the median of the ratios to the measured pace in the same round. While a file moves, its sender
//! chats: the round trip of a message is the time until its receipt is back. Last, how soon in-band begins where SOCKS5
//! comes to nothing.
//!
//! `cargo bench --bench in_band [-- SERVER… settings|clients|fallback… BLOCKxWINDOW…]`, everything unless some are named.
//! Prosody, ejabberd, libpurple and slixmpp have to be installed, as `tests/run` does it.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should stop where it is")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a measurement names what it expects and stops at everything else")]
#![allow(clippy::print_stdout, reason = "the table is what this program is for")]
#![allow(clippy::disallowed_methods, reason = "it measures time")]

use std::fs;
use std::time::{Duration, Instant};

use balcony::engine::command::{Command, TransferId, Via};
use balcony::engine::context::Pacing;
use balcony::engine::event::{Event, Outcome, TransferChange};
use tokio::time::sleep;

mod fallback;
#[allow(dead_code, reason = "the other benchmark does more with it")]
#[path = "../harness/mod.rs"]
mod harness;
#[allow(dead_code, reason = "the tests do more with it")]
#[path = "../../tests/it/support/mod.rs"]
mod support;

use harness::contacts;
use harness::pairs::{median, rate};
use harness::town::Town;
use support::contact::Library;
use support::daemon::Kind;
use support::sample::{MIB, Sample};

/// Between two messages: more than a fast typist's, less than what would be a load.
const PAUSE: Duration = Duration::from_millis(20);

/// How often an idle line is asked before each file.
const IDLE: usize = 15;

/// Odd, for a median that was measured.
const ROUNDS: usize = 5;

/// A server: what it is called, and a file that takes some seconds.
const SERVERS: &[(&str, Kind, usize)] = &[
    ("prosody", Kind::QuietProsody, 8 * MIB),
    ("ejabberd", Kind::Ejabberd, 64 * MIB),
    ("limited", Kind::SlowProsody, MIB / 8),
];

/// What is measured on each.
const PARTS: &[&str] = &["settings", "clients", "fallback"];

/// What measuring is measured against: what is common, and what turned out best.
const FIXED: &[(u16, u16)] = &[
    (4096, 1),
    (4096, 2),
    (4096, 4),
    (4096, 8),
    (4096, 16),
    (8192, 4),
    (16384, 2),
    (16384, 8),
    (32768, 2),
    (32768, 4),
    (65535, 2),
];

/// Who else moves files in-band.
const OTHERS: &[Library] = &[Library::Libpurple, Library::Slixmpp];

/// What everybody sends beside them: little, because some of them wait 40 ms after each block on some machines.
const SHARED: usize = 2 * MIB;

/// Who is measured.
enum Contestant {
    /// Two Balconies with one setting.
    Balconies(Box<Town>),
    /// Two contacts with that library.
    Contacts { kind: Kind, library: Library },
}

/// One of them, and what was seen.
struct Contest {
    name: String,
    contestant: Contestant,
    runs: Vec<Run>,
}

/// What one transfer showed: MiB a second, and a message's round trip before it and meanwhile, in milliseconds.
struct Run {
    rate: f64,
    idle: f64,
    chat: f64,
    detail: String,
}

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let asked_for: Vec<(u16, u16)> = words.iter().filter_map(|word| setting(word)).collect();
    let fixed = if asked_for.is_empty() { FIXED } else { &asked_for };
    println!("| server | setting | MiB/s | of measured | chat idle, ms | chat during, ms | of idle | settled at |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |");
    let servers: Vec<&str> = SERVERS.iter().map(|(name, ..)| *name).collect();
    for (name, kind, size) in SERVERS.iter().filter(|(name, ..)| is_wanted(name, &servers, &words)) {
        for part in PARTS.iter().filter(|part| is_wanted(part, PARTS, &words)) {
            match *part {
                "settings" => print(name, &beside_settings(*kind, *size, fixed).await),
                "clients" => print(name, &beside_clients(*kind, SHARED.min(*size)).await),
                _ => fallback::print(name, *kind).await,
            }
        }
    }
}

/// One that is named, or all if none is.
fn is_wanted(name: &str, all: &[&str], words: &[String]) -> bool {
    let is_named = |name: &str| words.iter().any(|word| word == name);
    is_named(name) || !all.iter().any(|name| is_named(name))
}

async fn beside_settings(kind: Kind, size: usize, fixed: &[(u16, u16)]) -> Vec<Contest> {
    let mut contests = vec![Contest::of_balconies(kind, Pacing::Measured).await];
    for (block, window) in fixed {
        contests.push(Contest::of_balconies(kind, Pacing::Fixed { block: *block, window: *window }).await);
    }
    take_turns(contests, size).await
}

async fn beside_clients(kind: Kind, size: usize) -> Vec<Contest> {
    let mut contests = vec![Contest::of_balconies(kind, Pacing::Measured).await];
    contests.extend(OTHERS.iter().map(|library| Contest::of_contacts(kind, *library)));
    take_turns(contests, size).await
}

async fn take_turns(mut contests: Vec<Contest>, size: usize) -> Vec<Contest> {
    let file = Sample::of(size);
    for _ in 0..ROUNDS {
        for contest in &mut contests {
            contest.run(&file).await;
        }
    }
    contests
}

/// `4096x8`
fn setting(word: &str) -> Option<(u16, u16)> {
    let (block, window) = word.split_once('x')?;
    Some((block.parse().ok()?, window.parse().ok()?))
}

fn print(server: &str, contests: &[Contest]) {
    for contest in contests {
        let ratios = contest.runs.iter().zip(&contests[0].runs).map(|(run, measured)| run.rate / measured.rate);
        let (rate, ratio) = (contest.median(|run| run.rate), median(ratios));
        let (name, detail) = (&contest.name, contest.runs.last().map_or("", |run| &run.detail));
        let chat = match &contest.contestant {
            Contestant::Balconies(_) => {
                let (idle, chat) = (contest.median(|run| run.idle), contest.median(|run| run.chat));
                format!("{idle:.1} | {chat:.1} | {:.1}", contest.median(|run| run.chat / run.idle))
            }
            Contestant::Contacts { .. } => "– | – | –".to_owned(),
        };
        println!("| {server} | {name} | {rate:.2} | {ratio:.2} | {chat} | {detail} |");
    }
}

impl Contest {
    async fn of_balconies(kind: Kind, pacing: Pacing) -> Self {
        let name = match pacing {
            Pacing::Measured => "measured".to_owned(),
            Pacing::Fixed { block, window } => format!("{block} × {window}"),
        };
        let contestant = Contestant::Balconies(Box::new(Town::paced(kind, pacing).await));
        Contest { name, contestant, runs: Vec::new() }
    }

    fn of_contacts(kind: Kind, library: Library) -> Self {
        let contestant = Contestant::Contacts { kind, library };
        Contest { name: format!("{library:?}"), contestant, runs: Vec::new() }
    }

    fn median(&self, of: impl Fn(&Run) -> f64) -> f64 {
        median(self.runs.iter().map(of))
    }

    async fn run(&mut self, file: &Sample) {
        let run = match &mut self.contestant {
            Contestant::Balconies(town) => send(town, file).await,
            Contestant::Contacts { kind, library } => {
                let took = contacts::between(*kind, *library, Via::InBand, file);
                Run { rate: rate(file.size(), took), idle: 0.0, chat: 0.0, detail: String::new() }
            }
        };
        self.runs.push(run);
    }
}

/// From the acceptance until the receiver has the whole file in its place; its sender chats meanwhile.
async fn send(town: &mut Town, file: &Sample) -> Run {
    let idle = idle(town).await;
    let [romeo, juliet] = [&town.addresses.romeo, &town.addresses.juliet].map(|it| it.to_bare());
    let to = town.addresses.juliet.clone().into();
    let path = file.path().to_owned();
    town.romeo.send(Command::OfferFile { to, path, description: None, via: vec![Via::InBand] });
    let (sending, _) = town.romeo.until_offer(&juliet).await;
    let (receiving, _) = town.juliet.until_offer(&romeo).await;
    town.juliet.send(Command::AcceptOffer { transfer: receiving, save_as: None });
    let mut trips = Vec::new();
    while let Some(trip) = chat(town, Some(sending)).await {
        trips.push(trip);
        sleep(PAUSE).await;
    }
    let outcome = town.juliet.until_end(receiving).await.1;
    let Outcome::Completed { took, path: Some(path), .. } = outcome else { panic!("{outcome:?}") };
    fs::remove_file(path).unwrap();
    town.romeo.until_end(sending).await;
    let detail = town.romeo.last_detail(sending).unwrap_or_default().to_owned();
    Run { rate: rate(file.size(), took), idle, chat: median(trips.into_iter()), detail }
}

/// The round trip of a message while nothing else happens, in milliseconds.
async fn idle(town: &mut Town) -> f64 {
    let mut trips = Vec::new();
    for _ in 0..IDLE {
        trips.push(chat(town, None).await.unwrap_or_default());
        sleep(PAUSE).await;
    }
    median(trips.into_iter())
}

/// The round trip of one message in milliseconds; none if the transfer ended before.
async fn chat(town: &mut Town, during: Option<TransferId>) -> Option<f64> {
    let began = Instant::now();
    let to = town.addresses.juliet.to_bare().into();
    town.romeo.send(Command::SendMessage { to, body: "but soft".to_owned() });
    let mut has_ended = false;
    let is_back = |event: &Event| match event {
        Event::Transfer { id, change: TransferChange::Ended(_) } if Some(*id) == during => {
            has_ended = true;
            None
        }
        Event::Receipt { .. } => Some(()),
        _ => None,
    };
    town.romeo.until("a receipt", is_back).await;
    let trip = began.elapsed().as_secs_f64() * 1000.0;
    (!has_ended).then_some(trip)
}
