//! The only source of randomness: the operating system's.

use crate::engine::Entropy;

/// Random numbers that nobody can guess, for the engine's identifiers.
pub fn entropy() -> Entropy {
    Box::new(random)
}

/// A random number that nobody can guess.
pub(super) fn random() -> u64 {
    getrandom::u64().expect("a system without randomness cannot speak TLS either")
}
