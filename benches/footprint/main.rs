//! What Balcony takes beside profanity, mcabber, finch and poezio: how soon it can be used, memory, what it does while
//! nothing happens, its size, what it stands on.
//!
//! `cargo bench --bench footprint`; further words choose programs by what their lines contain, as in `-- balcony`; the word
//! `build` alone has Balcony built from nothing, and says how long that took. Programs run in a tmux of their own, each with
//! a home and an account of its own on a Prosody of the tests. A wake-up is a thread that waited and goes on, as the kernel
//! counts them. What is missing is told with how to get it.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should stop where it is")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a measurement names what it expects and stops at everything else")]
#![allow(clippy::print_stdout, reason = "the tables are what this program is for")]
#![allow(clippy::disallowed_methods, reason = "it measures time")]

#[allow(dead_code, reason = "frames are measured with more of it")]
#[path = "../scale/archive.rs"]
mod archive;
#[allow(dead_code, reason = "other benchmarks do more with it")]
#[path = "../harness/process.rs"]
mod process;
mod programs;
#[allow(dead_code, reason = "the tests do more with it")]
#[path = "../../tests/it/support/mod.rs"]
mod support;
mod weight;

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if chosen == ["build"] {
        return weight::print_build();
    }
    let is_chosen = |what: &str| chosen.is_empty() || chosen.iter().any(|word| what.contains(word));
    programs::print(is_chosen);
    println!();
    weight::print(is_chosen);
}
