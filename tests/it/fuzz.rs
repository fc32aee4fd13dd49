//! The targets of `tests/fuzz` on any toolchain: over every committed input, and over damaged ones.
//!
//! `tests/fuzz/corpus/TARGET` holds what libFuzzer found to reach something of its own, reduced to little;
//! `tests/fuzz/findings/TARGET` what once made a target fail. The damage is the same in every run, unless
//! `BALCONY_FUZZ_SEED` says another number; `BALCONY_FUZZ_SECONDS` makes it last that long for each target.

#[allow(unreachable_pub, reason = "the other driver is a crate of its own, which reaches it")]
#[path = "../fuzz/targets/mod.rs"]
pub(crate) mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use balcony::client::clock;
use targets::{TARGETS, run};

/// So many damaged inputs each, unless a time is given: some seconds without optimisation.
const USUAL_ROUNDS: usize = 300;

/// What a target is tried with at most, as libFuzzer does.
const LONGEST: usize = 4096;

/// Where an input goes that makes a target fail.
const FAILED: &str = "target/fuzz/failed";

/// What damaged text is worth most with: where lines, tags, attributes and pieces begin and end.
const TOKENS: &[&[u8]] = &[
    b"\n",
    b"<",
    b"/>",
    b"'",
    b"='",
    b"&#x9b;",
    b"\x1b[2J",
    "\u{202e}".as_bytes(),
    b"\0",
    b"\xff",
    b"-1",
    b"SID",
    b"answer\n",
    b"accept 0\n",
    b"18446744073709551615",
    b"..",
    b"]]>",
    b"%05%00",
    b"\x05\0",
    "\u{1f469}\u{200d}\u{1f467}".as_bytes(),
];

macro_rules! bears {
    ($($name:literal => $test:ident,)*) => {
        /// The targets that are tried below.
        const TRIED: &[&str] = &[$($name),*];

        $(
            #[test]
            fn $test() {
                try_target($name);
            }
        )*
    };
}

bears! {
    "engine" => the_engine_bears_anything_that_happens,
    "screen" => the_screen_bears_anything_that_others_say,
    "composer" => the_composer_bears_any_keys,
    "console" => the_console_bears_any_stanza_that_is_written,
    "stanza" => every_reader_bears_any_element,
    "guard" => the_filter_before_the_parser_bears_any_bytes,
    "socks5" => both_ends_of_a_handshake_bear_any_bytes,
    "ibb" => a_stream_bears_any_blocks,
    "tar" => any_archive_is_unpacked_in_its_folder_or_refused,
    "uri" => any_text_is_an_address_or_none,
    "config" => any_configuration_is_read_or_its_fault_has_a_place,
    "rules" => any_rules_accept_what_they_say,
    "rows" => any_row_of_the_database_is_read_or_left_out,
}

#[test]
fn every_target_has_a_program_a_corpus_and_a_test() {
    let manifest = fs::read_to_string("tests/fuzz/Cargo.toml").unwrap();
    assert_eq!(TARGETS.iter().map(|target| target.name).collect::<Vec<_>>(), TRIED);
    for name in TRIED {
        let program = fs::read_to_string(format!("tests/fuzz/fuzz_targets/{name}.rs")).unwrap();
        assert!(program.contains(&format!("run(\"{name}\"")), "the program of {name} runs something else");
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{name} is no program of tests/fuzz/Cargo.toml");
        assert!(!inputs("corpus", name).is_empty(), "{name} has no corpus");
    }
}

#[test]
fn the_corpus_stays_small() {
    let bytes: usize = TRIED.iter().flat_map(|name| inputs("corpus", name)).map(|(_, input)| input.len()).sum();
    assert!(bytes < 2 * 1024 * 1024, "{bytes} bytes: reduce it with tests/fuzz/run --reduce");
}

fn try_target(name: &str) {
    let corpus = [inputs("findings", name), inputs("corpus", name)].concat();
    for (path, input) in &corpus {
        try_input(name, input, path);
    }
    let mut damage = Damage::new(name);
    let end = seconds().map(|time| clock::now().instant + time);
    let is_over = |round| end.map_or(round >= USUAL_ROUNDS, |end| clock::now().instant >= end);
    for round in (0..).take_while(|round| !is_over(*round)) {
        let input = damage.damaged(&corpus);
        try_input(name, &input, &format!("damaged input {round}"));
    }
}

/// How long damage lasts, if somebody said so.
fn seconds() -> Option<Duration> {
    std::env::var("BALCONY_FUZZ_SECONDS").ok()?.parse().ok().map(Duration::from_secs)
}

/// Every input of a kind, in the order of names.
fn inputs(kind: &str, name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new("tests/fuzz").join(kind).join(name);
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
}

fn try_input(name: &str, input: &[u8], what: &str) {
    if catch_unwind(AssertUnwindSafe(|| run(name, input))).is_ok() {
        return;
    }
    let kept = Path::new(FAILED).join(name);
    fs::create_dir_all(FAILED).unwrap();
    fs::write(&kept, input).unwrap();
    panic!("{name} does not bear {what}, which is now {}", kept.display());
}

/// Makes other inputs of some, the same ones from the same seed.
struct Damage(u64);

impl Damage {
    fn new(name: &str) -> Self {
        let seed = std::env::var("BALCONY_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
        Damage(name.bytes().fold(seed, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte))))
    }

    /// `SplitMix64`.
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.number() % end.max(1) as u64).unwrap()
    }

    /// One of them with a few damages.
    fn damaged(&mut self, corpus: &[(String, Vec<u8>)]) -> Vec<u8> {
        let mut input = corpus[self.below(corpus.len())].1.clone();
        for _ in 0..=self.below(4) {
            self.damage(&mut input, corpus);
        }
        input.truncate(LONGEST);
        input
    }

    fn damage(&mut self, input: &mut Vec<u8>, corpus: &[(String, Vec<u8>)]) {
        let (from, to) = (self.below(input.len() + 1), self.below(input.len() + 1));
        let (from, to) = (from.min(to), from.max(to).min(from.min(to) + 64));
        match self.below(6) {
            0 => drop(input.drain(from..to)),
            1 => {
                let piece = input[from..to].to_vec();
                let at = self.below(input.len() + 1);
                input.splice(at..at, piece);
            }
            2 => {
                let token = TOKENS[self.below(TOKENS.len())];
                input.splice(from..from, token.iter().copied());
            }
            3 => {
                let other = &corpus[self.below(corpus.len())].1;
                let cut = self.below(other.len() + 1);
                input.splice(from.., other[cut..].iter().copied());
            }
            4 => flip(input, from, 1 << (self.0 % 8)),
            _ => flip(input, from, self.0.to_le_bytes()[0]),
        }
    }
}

/// Changes bits of one byte, if there is one.
fn flip(input: &mut [u8], at: usize, bits: u8) {
    if let Some(byte) = input.get_mut(at) {
        *byte ^= bits;
    }
}
