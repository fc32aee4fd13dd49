//! How fast and how polite a file moves in-band through real servers: by what is measured, beside fixed settings.
//!
//! All settings take turns, round after round, because machines are noisy; nothing here is a pass or a failure. The table
//! shows medians, and the median of the ratios to the measured pace in the same round. While a file moves, its sender
//! chats: the round trip of a message is the time until its receipt is back. `cargo bench --bench in_band [-- SERVER…]`;
//! Prosody and ejabberd have to be installed, as `tests/run` does it.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should stop where it is")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a measurement names what it expects and stops at everything else")]
#![allow(clippy::print_stdout, reason = "the table is what this program is for")]
#![allow(clippy::disallowed_methods, reason = "it measures time")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use balcony::engine::command::{Command, TransferId, Via};
use balcony::engine::context::Pacing;
use balcony::engine::event::{Event, Outcome, TransferChange};
use tokio::time::sleep;

#[allow(dead_code, reason = "the other benchmark does more with it")]
#[path = "../harness/mod.rs"]
mod harness;
#[allow(dead_code, reason = "the tests do more with it")]
#[path = "../../tests/it/support/mod.rs"]
mod support;

use harness::pairs::{median, rate};
use harness::town::Town;
use support::daemon::Kind;
use support::sample::{MIB, Sample};

/// Between two messages: more than a fast typist's, less than what would be a load.
const PAUSE: Duration = Duration::from_millis(20);

/// How often an idle line is asked.
const IDLE: usize = 50;

/// A server, what it is called, a file that takes some seconds, and rounds: odd, for a median that was measured.
const SERVERS: &[(&str, Kind, usize, usize)] = &[
    ("prosody", Kind::Prosody, 8 * MIB, 5),
    ("ejabberd", Kind::Ejabberd, 32 * MIB, 5),
    ("limited", Kind::SlowProsody, MIB / 16, 1),
];

/// What measuring is measured against: what is common, and what turned out best.
const FIXED: &[(u16, u16)] = &[
    (4096, 1),
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

/// One setting and its runs.
struct Contest {
    name: String,
    town: Town,
    idle: f64,
    runs: Vec<Run>,
}

/// What one transfer showed: MiB a second, and a message's round trip in milliseconds.
struct Run {
    rate: f64,
    chat: f64,
    detail: String,
}

#[tokio::main]
async fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    println!("| server | setting | MiB/s | of measured | chat idle, ms | chat during, ms | settled at |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | --- |");
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|it| it == name);
    for (name, kind, size, rounds) in SERVERS.iter().filter(|(name, ..)| is_wanted(name)) {
        let file = Sample::of(*size);
        let mut contests = vec![Contest::on(*kind, Pacing::Measured).await];
        for (block, window) in FIXED {
            contests.push(Contest::on(*kind, Pacing::Fixed { block: *block, window: *window }).await);
        }
        for _ in 0..*rounds {
            for contest in &mut contests {
                contest.run(file.path(), *size).await;
            }
        }
        print(name, &contests);
    }
}

fn print(server: &str, contests: &[Contest]) {
    for contest in contests {
        let ratios = contest.runs.iter().zip(&contests[0].runs).map(|(run, measured)| run.rate / measured.rate);
        let (rate, chat) = (contest.median(|run| run.rate), contest.median(|run| run.chat));
        let (name, idle, ratio) = (&contest.name, contest.idle, median(ratios));
        let detail = contest.runs.last().map_or("", |run| &run.detail);
        println!("| {server} | {name} | {rate:.2} | {ratio:.2} | {idle:.1} | {chat:.1} | {detail} |");
    }
}

impl Contest {
    async fn on(kind: Kind, pacing: Pacing) -> Self {
        let name = match pacing {
            Pacing::Measured => "measured".to_owned(),
            Pacing::Fixed { block, window } => format!("{block} × {window}"),
        };
        let mut contest = Contest { name, town: Town::paced(kind, pacing).await, idle: 0.0, runs: Vec::new() };
        let mut trips = Vec::new();
        for _ in 0..IDLE {
            trips.push(contest.chat(None).await.unwrap_or_default());
            sleep(PAUSE).await;
        }
        contest.idle = median(trips.into_iter());
        contest
    }

    fn median(&self, of: impl Fn(&Run) -> f64) -> f64 {
        median(self.runs.iter().map(of))
    }

    /// From the acceptance until the receiver has the whole file in its place; its sender chats meanwhile.
    async fn run(&mut self, file: &Path, size: usize) {
        let [romeo, juliet] = [&self.town.addresses.romeo, &self.town.addresses.juliet].map(|it| it.to_bare());
        let to = self.town.addresses.juliet.clone().into();
        let offer = Command::OfferFile { to, path: file.to_owned(), description: None, via: vec![Via::InBand] };
        self.town.romeo.send(offer);
        let (sending, _) = self.town.romeo.until_offer(&juliet).await;
        let (receiving, _) = self.town.juliet.until_offer(&romeo).await;
        self.town.juliet.send(Command::AcceptOffer { transfer: receiving, save_as: None });
        let mut trips = vec![0.0];
        while let Some(trip) = self.chat(Some(sending)).await {
            trips.push(trip);
            sleep(PAUSE).await;
        }
        let outcome = self.town.juliet.until_end(receiving).await.1;
        let Outcome::Completed { took, path: Some(path), .. } = outcome else { panic!("{outcome:?}") };
        fs::remove_file(path).unwrap();
        let detail = self.town.romeo.until_end(sending).await.0.join("; ");
        self.runs.push(Run { rate: rate(size as u64, took), chat: median(trips.into_iter()), detail });
    }

    /// The round trip of one message in milliseconds; none if the transfer ended before.
    async fn chat(&mut self, during: Option<TransferId>) -> Option<f64> {
        let began = Instant::now();
        let to = self.town.addresses.juliet.to_bare().into();
        self.town.romeo.send(Command::SendMessage { to, body: "but soft".to_owned() });
        let mut has_ended = false;
        let is_back = |event: &Event| match event {
            Event::Transfer { id, change: TransferChange::Ended(_) } if Some(*id) == during => {
                has_ended = true;
                None
            }
            Event::Receipt { .. } => Some(()),
            _ => None,
        };
        self.town.romeo.until("a receipt", is_back).await;
        let trip = began.elapsed().as_secs_f64() * 1000.0;
        (!has_ended).then_some(trip)
    }
}
