//! How long a frame takes with 100,000 messages in a conversation and 10,000 contacts.
//!
//! `cargo bench --bench scale`; further words choose lines by what they contain: `cargo bench --bench scale -- roster`.
//! A frame is all that happens between a key and the terminal: the model, the drawing, and the comparison with what is
//! on the screen.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should stop where it is")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a measurement names what it expects and stops at everything else")]
#![allow(clippy::print_stdout, reason = "the table is what this program is for")]
#![allow(clippy::disallowed_methods, reason = "it measures time")]

use std::time::Duration;

mod archive;
mod frames;
mod scene;

/// What a line of the table says.
struct Measured {
    what: String,
    times: Vec<Duration>,
    /// What 99 of 100 should not take longer than.
    most: Option<Duration>,
}

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_chosen = |what: &str| chosen.is_empty() || chosen.iter().any(|word| what.contains(word));
    println!("| what | median | 99 of 100 within | bound |\n| --- | ---: | ---: | ---: |");
    for (what, measure) in frames::LINES {
        if is_chosen(what) {
            print(measure(what));
        }
    }
}

fn print(Measured { what, mut times, most }: Measured) {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)];
    let millis = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1000.0);
    let bound = match most {
        None => String::new(),
        Some(most) if at(99) <= most => millis(most),
        Some(most) => format!("{}: **missed**", millis(most)),
    };
    println!("| {what} | {} | {} | {bound} |", millis(at(50)), millis(at(99)));
}
