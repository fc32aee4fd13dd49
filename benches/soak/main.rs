//! An hour of chat and files between two Balconies, while everything fails that can: nothing is lost, nothing comes
//! twice, and nobody grows.
//!
//! `cargo bench --bench soak`; `SOAK_MINUTES=60` says how long, `SOAK_SEED` repeats a run's choices. Romeo and Juliet sit
//! at screens of their own, on machines and a network of their own (namespaces, which takes root's rights), with a
//! Prosody between them. Each round both say something and one sends a file; a fault strikes before all of it is there,
//! and is over some seconds later. Then everything has to arrive: each message once and in its order in what both keep of
//! the conversation, the file whole and in its place. Juliet is killed now and then; Romeo lives through all of it, and
//! what his process takes from round to round must not rise.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should stop where it is")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a measurement names what it expects and stops at everything else")]
#![allow(clippy::print_stdout, reason = "the table is what this program is for")]
#![allow(clippy::disallowed_methods, reason = "it measures time")]

use std::time::{Duration, Instant, SystemTime};

mod dice;
mod fault;
mod ground;
mod person;
#[allow(dead_code, reason = "other benchmarks do more with it")]
#[path = "../harness/process.rs"]
mod process;
mod round;
#[allow(dead_code, reason = "the tests do more with it")]
#[path = "../../tests/it/support/mod.rs"]
mod support;
mod trend;

use dice::Dice;
use round::World;

fn main() {
    let minutes = number("SOAK_MINUTES").unwrap_or(60);
    let seed = number("SOAK_SEED").unwrap_or_else(any_seed);
    println!("{minutes} minutes; SOAK_SEED={seed} does the same again\n");
    let until = Instant::now() + Duration::from_mins(minutes);
    let mut world = World::new(Dice::with(seed));
    round::print_head();
    while Instant::now() < until {
        let round = world.round();
        round.print();
    }
    world.end();
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|why| panic!("{variable}={text}: {why}")))
}

fn any_seed() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() % 1_000_000
}
