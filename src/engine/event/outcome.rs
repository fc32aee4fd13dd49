//! How transfers end.

use std::path::PathBuf;
use std::time::Duration;

use super::{Attempt, Via};
use crate::engine::FileError;

/// How a transfer ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The file is there.
    Completed {
        /// By which method.
        via: Via,
        /// How much.
        bytes: u64,
        /// From the acceptance on.
        took: Duration,
        /// Where, when receiving.
        path: Option<PathBuf>,
        /// Whether it is proven to be what was sent.
        verified: Verified,
    },
    /// Somebody said no.
    Declined {
        /// Who.
        by: Side,
    },
    /// Somebody stopped it.
    Cancelled {
        /// Who.
        by: Side,
    },
    /// It went wrong.
    Failed(Failure),
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The user here.
    Us,
    /// The other side.
    Peer,
}

/// Whether a file is proven to be what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// The peer gave no hash.
    No,
    /// By the MD5 of XEP-0096.
    Md5,
    /// By SHA-256.
    Sha256,
}

/// Why a transfer failed, by who could do something about it.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// No method works between the two; each try with its reason.
    Unreachable {
        /// Every try.
        tried: Vec<Attempt>,
    },
    /// The peer.
    Peer(PeerFault),
    /// This machine.
    Local(FileError),
    /// What arrived is not what was sent.
    Corrupt {
        /// The hash that was stated.
        expected: String,
        /// The hash of what arrived.
        found: String,
    },
    /// Our own connection was lost.
    Disconnected,
    /// The stream broke after bytes had moved.
    Interrupted {
        /// By which method.
        via: Via,
        /// How much had moved.
        bytes: u64,
        /// Why.
        why: String,
    },
}

/// What a peer did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerFault {
    /// Cannot take files this way.
    Incompatible(String),
    /// Refused with an error that is no decline.
    Refused(String),
    /// Cannot go on with what was agreed, and says why.
    Unable(String),
    /// Broke the protocol.
    Misbehaved(String),
    /// Did not answer in time.
    Silent(String),
    /// Went offline.
    Gone,
    /// Does not let us see whether and where they are.
    Hidden,
}

impl PeerFault {
    /// Whether nobody was there who could take a file: an error of the server for them reads like one of a program that
    /// takes none.
    pub fn is_absence(&self) -> bool {
        match self {
            PeerFault::Incompatible(_) | PeerFault::Gone | PeerFault::Hidden => true,
            PeerFault::Refused(_) | PeerFault::Unable(_) | PeerFault::Misbehaved(_) | PeerFault::Silent(_) => false,
        }
    }
}
