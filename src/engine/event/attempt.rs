//! What was tried to move a file.

use std::time::Duration;

use super::Via;

/// One try of one method.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Counts from 0 within the transfer.
    pub index: usize,
    /// By which method.
    pub via: Via,
    /// `host:port`, where there is one.
    pub streamhost: Option<String>,
    /// How it stands.
    pub state: AttemptState,
    /// Since it began.
    pub took: Duration,
}

/// How an attempt stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptState {
    /// Not decided.
    Trying {
        /// What is waited for: `connecting`, `waiting for romeo to connect`.
        doing: String,
        /// When it is given up, from the beginning.
        patience: Duration,
    },
    /// It does not work.
    Failed {
        /// Why: `refused`, `no answer`.
        reason: String,
    },
    /// Bytes move through it.
    Active {
        /// More about it: `block 4096, 4 in flight`.
        detail: Option<String>,
    },
}
