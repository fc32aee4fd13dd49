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

impl Attempt {
    /// Whether what moves by it, or did, could be read on the way; of in-band nothing is said, it goes as messages do.
    pub fn protection(&self) -> Option<Protection> {
        let AttemptState::Active { detail: Some(detail) } = &self.state else { return None };
        [Protection::Encrypted, Protection::Clear].into_iter().find(|protection| protection.word() == detail)
    }

    /// `clear, done`: what is said of it, after its protection.
    pub fn marked(&self, says: &str) -> String {
        self.protection().map_or_else(|| says.to_owned(), |protection| format!("{}, {says}", protection.word()))
    }
}

/// Whether a stream that does not pass the servers can be read by whoever carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// It cannot.
    Encrypted,
    /// It can.
    Clear,
}

impl Protection {
    /// How it is marked, and what the detail of an active attempt says of it.
    pub fn word(self) -> &'static str {
        match self {
            Protection::Encrypted => "encrypted",
            Protection::Clear => "clear",
        }
    }
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
