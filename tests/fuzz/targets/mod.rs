//! What is fuzzed: one function a target, from any bytes to nothing, or to a panic.
//!
//! Two drivers share them: programs of libFuzzer (`tests/fuzz/fuzz_targets`, by cargo-fuzz or `tests/fuzz/run`), and
//! `tests/it/fuzz.rs`, which plays the committed inputs and some thousand damaged ones under `cargo test`. What a target
//! needs it reaches as any user of the library does; only two readers of the shell are lent to it
//! (`balcony::client::bare`).

mod bytes;
mod composer;
mod config;
mod console;
mod desk;
mod engine;
mod guard;
mod home;
mod ibb;
mod rows;
mod rules;
mod screen;
mod script;
mod socks5;
pub mod stanza;
mod tar;
mod uri;
mod window;

/// A target.
pub struct Target {
    /// Its name, and that of its program and of its folders in `corpus` and `findings`.
    pub name: &'static str,
    /// Takes any bytes.
    pub run: fn(&[u8]),
}

/// Every target, the widest first.
pub const TARGETS: &[Target] = &[
    Target { name: "engine", run: engine::run },
    Target { name: "screen", run: screen::run },
    Target { name: "composer", run: composer::run },
    Target { name: "console", run: console::run },
    Target { name: "stanza", run: stanza::run },
    Target { name: "guard", run: guard::run },
    Target { name: "socks5", run: socks5::run },
    Target { name: "ibb", run: ibb::run },
    Target { name: "tar", run: tar::run },
    Target { name: "uri", run: uri::run },
    Target { name: "config", run: config::run },
    Target { name: "rules", run: rules::run },
    Target { name: "rows", run: rows::run },
];

/// Runs the target of that name.
pub fn run(name: &str, input: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target of that name").run)(input);
}
