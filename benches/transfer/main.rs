//! How fast a file moves, beside the same work done by hand and beside what others do.
//!
//! `cargo bench --bench transfer`; Prosody has to be installed, as `tests/run` does it.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should stop where it is")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a measurement names what it expects and stops at everything else")]
#![allow(clippy::print_stdout, reason = "the table is what this program is for")]
#![allow(clippy::disallowed_methods, reason = "it measures time")]

use balcony::engine::command::Via;

mod bare;
#[path = "../harness/mod.rs"]
mod harness;
#[allow(dead_code, reason = "the tests do more with it")]
#[path = "../../tests/it/support/mod.rs"]
mod support;

use harness::MIB;
use harness::pairs::{PAIRS, Pairs, print_head, print_line};
use harness::town::Town;
use support::daemon::Kind;
use support::sample::Sample;

/// Large enough that its beginning does not count.
const SIZE: u64 = 512 * MIB;

#[tokio::main]
async fn main() {
    let mut town = Town::on(Kind::Prosody).await;
    let sample = Sample::of(usize::try_from(SIZE).unwrap());
    print_head();
    let mut pairs = Pairs::with(SIZE);
    for _ in 0..PAIRS {
        let ours = town.send(sample.path(), Via::Socks5Direct).await;
        pairs.add(ours, bare::copy(sample.path(), &town.folder().join("bare")));
    }
    print_line(Via::Socks5Direct.title(), "a bare TCP copy", &pairs);
}
