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

/// A random number between 0 and 1, for what only has to be uneven.
pub(super) fn fraction() -> f64 {
    f64::from(u32::try_from(random() >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}
