//! What a large file takes of memory: two programs, and the most that each ever had of it, at the beginning and at the end.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::harness::MIB;
use crate::harness::pairs::rate;
use crate::support::balcony::{Balcony, Running};
use crate::support::daemon::{Kind, Server};
use crate::support::sample::Sample;

/// More than 32 bits can count.
const SIZE: u64 = 4096 * MIB + 1;

/// By then everything that goes around goes around.
const BEGUN: u64 = 64 * MIB;

/// How often the memory is looked at; the kernel keeps the most of it itself.
const GLANCE: Duration = Duration::from_millis(5);

/// Prints both.
pub(crate) fn print(kind: Kind) {
    let couple = Server::shared(kind).couple();
    let (romeo, juliet) = (Balcony::of(&couple.romeo), Balcony::of(&couple.juliet));
    let sample = Sample::of(usize::try_from(SIZE).unwrap());
    let mut receiving = juliet.receive(&["--once"]);
    let mut sending = romeo.send(&sample, juliet.jid(), &["--via", "socks5-direct"]);
    let watched = [&sending, &receiving].map(Memory::watch);
    let before = [&mut sending, &mut receiving].map(|side| {
        side.reaches(BEGUN);
        Memory::most(side.id()).unwrap()
    });
    let outcome = [&mut sending, &mut receiving].map(|side| side.completes("socks5-direct"));
    let after = watched.map(Memory::in_the_end);
    assert_eq!(outcome[1]["verified"], "sha-256");
    let took = Duration::from_secs_f64(outcome[1]["secs"].as_f64().unwrap());
    println!("{SIZE} bytes between two programs, encrypted: {:.0} MiB/s.", rate(SIZE, took));
    println!("| the most memory, MiB | after 64 MiB | at the end |");
    println!("| --- | ---: | ---: |");
    for (side, (before, after)) in ["sender", "receiver"].iter().zip(before.iter().zip(after)) {
        println!("| {side} | {before:.1} | {after:.1} |");
    }
    println!();
}

/// A thread that looks at the memory of a process until that has ended.
struct Memory(thread::JoinHandle<f64>);

impl Memory {
    fn watch(running: &Running) -> Self {
        let process = running.id();
        Memory(thread::spawn(move || {
            let mut most = 0.0;
            while let Some(found) = Self::most(process) {
                most = found;
                thread::sleep(GLANCE);
            }
            most
        }))
    }

    fn in_the_end(self) -> f64 {
        self.0.join().unwrap()
    }

    /// The most resident memory that a process ever had, in MiB; none once it has ended.
    fn most(process: u32) -> Option<f64> {
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kibibytes: f64 = most.trim().trim_end_matches(" kB").parse().ok()?;
        Some(kibibytes / 1024.0)
    }
}
