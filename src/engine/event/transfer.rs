//! What becomes of transfers.

use std::path::PathBuf;
use std::time::Duration;

use super::{Attempt, OfferInfo, Outcome, Priority, Via};
use crate::engine::FileError;

/// Our handle of a transfer; never on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferId(pub u64);

/// How a transfer began or changed, in the order in which it happens.
#[derive(Debug, Clone, PartialEq)]
pub enum TransferChange {
    /// It exists: we offer, or are offered, a file.
    Offered(Box<OfferInfo>),
    /// The offer was accepted.
    Answered {
        /// What both can do, in the order in which it is tried.
        methods: Vec<Via>,
        /// Where the file will be, when receiving.
        path: Option<PathBuf>,
    },
    /// The user accepted it, and its file has no place where they want it: it is still offered.
    Unplaced(FileError),
    /// A try of one method began or changed. The same `index` replaces the earlier state.
    Attempt(Attempt),
    /// Bytes moved. Told at most ten times a second.
    Progress(Progress),
    /// All of them have, and something is left to do. Told at most a hundred times.
    Finishing(Finishing),
    /// It may move, or must wait; every transfer may until this is told.
    Turn {
        /// Whether.
        turn: Turn,
        /// How much it is preferred.
        priority: Priority,
    },
    /// The other side lets it move, or not; every transfer may until this is told, and anew with each stream.
    TheirTurn(TheirTurn),
    /// The stream broke, or the one who waits for what has changed; `Answered` tells that it goes on.
    Interrupted(Interruption),
    /// Something worth knowing about how it goes, as a sentence: `montague.lit lets 9.8 KiB/s through`.
    Remark(String),
    /// It is about to be over, and what has come of it stays there; nothing stays of what ends without this.
    Kept(PathBuf),
    /// It is over.
    Ended(Outcome),
}

/// Whether a transfer may move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Turn {
    /// It may.
    #[default]
    Now,
    /// Others go first.
    Waits {
        /// 1 is next.
        place: usize,
    },
    /// The user stopped it for a while.
    Paused,
}

/// Whether the other side lets a transfer move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TheirTurn {
    /// It does.
    #[default]
    Now,
    /// Others go first there.
    Waits,
    /// Their user stopped it for a while.
    Paused,
}

/// What is left to do when every byte has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finishing {
    /// The archive becomes the folder that it is.
    Unpacking {
        /// How much of the archive did.
        bytes: u64,
        /// How long it is.
        of: u64,
    },
    /// The other side says whether it is what was sent, once it has its name there.
    Theirs,
}

/// How far a transfer is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Bytes that arrived or were acknowledged.
    pub bytes: u64,
    /// In all, if known.
    pub size: Option<u64>,
    /// Bytes a second, lately.
    pub rate: u64,
    /// Time left at that rate.
    pub left: Option<Duration>,
}

/// A transfer that stands still, and goes on from where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interruption {
    /// How much need not be sent again, as far as known.
    pub bytes: u64,
    /// In all, if known.
    pub size: Option<u64>,
    /// Why it stands still, in words.
    pub why: String,
    /// What has to happen before it goes on.
    pub waits: Waits,
}

/// What an interrupted transfer waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// For our own connection to the server.
    Session,
    /// For the other side to be there.
    Peer,
    /// For the other side to offer it once more.
    Offer,
    /// For so much time to pass; then it is tried again.
    Time(Duration),
    /// For the user to say so.
    User,
}
