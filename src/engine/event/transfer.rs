//! What becomes of transfers.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use jid::Jid;

use super::{Priority, Via, WebAddress};
use crate::engine::FileError;
use crate::engine::journal::Noted;
use crate::xep::folder::{Folder, most_unpacked};

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

/// Which way a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From us.
    Sending,
    /// To us.
    Receiving,
}

/// What is offered, by whom.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferInfo {
    /// Which way.
    pub direction: Direction,
    /// The other side: a program, or a contact while we look for a program of theirs that takes files.
    pub peer: Jid,
    /// Whether they are in the roster, or a device of ours.
    pub is_contact: bool,
    /// Whether whoever gets it asked for it before it was offered: a file to us is accepted then.
    pub is_asked_for: bool,
    /// The name as it was offered, made safe: a single path component without control characters.
    pub name: String,
    /// The name as it was offered, if that differs; to be drawn escaped.
    pub offered_name: Option<String>,
    /// In bytes; some peers leave it out for an empty file.
    pub size: Option<u64>,
    /// MIME type.
    pub mime_type: Option<String>,
    /// In the sender's words.
    pub description: Option<String>,
    /// The file's date.
    pub date: Option<SystemTime>,
    /// What there will be to check the contents by.
    pub checksum: Checksum,
    /// The methods offered, as far as we know them, in the order of the offer.
    pub methods: Vec<Via>,
    /// Whether the sender can take several methods in one answer.
    pub si_multiple: bool,
    /// The file, when sending.
    pub path: Option<PathBuf>,
    /// How much of it is here already and need not come again, when receiving.
    pub continues_at: Option<u64>,
    /// What is in it, if it is a folder that travels packed.
    pub folder: Option<FolderInfo>,
    /// Where it would be fetched from, if it is on the web: nothing is asked there before the user has seen this.
    pub web: Option<WebPlace>,
    /// Whether it is written down.
    pub noted: Noted,
}

impl OfferInfo {
    /// How large it is, which of a folder is the larger of what comes and what is said to be in it.
    pub fn weight(&self) -> Option<u64> {
        let held = self.folder.as_ref().map_or(0, |folder| folder.bytes);
        self.size.map(|size| size.max(held))
    }

    /// What it may take of the disk: a folder lies there for a moment beside the archive as which it comes.
    pub fn room(&self) -> Option<u64> {
        let unpacked = |size| self.folder.as_ref().map_or(0, |folder| most_unpacked(size, folder.bytes));
        self.size.map(|size| size.saturating_add(unpacked(size)))
    }

    /// Whether what comes cannot be the folder that is offered.
    pub fn contradicts_itself(&self) -> bool {
        let (Direction::Receiving, Some(info), Some(size)) = (self.direction, &self.folder, self.size) else {
            return false;
        };
        !Folder { files: info.files, bytes: info.bytes }.fits(size)
    }
}

/// What a sender says of a file's contents when they offer it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Checksum {
    /// Nothing.
    #[default]
    None,
    /// The hexadecimal MD5 of XEP-0096.
    Md5(String),
    /// That a SHA-256 follows the last byte, as Balconies do.
    Follows,
}

impl Checksum {
    /// What is stated at once tells more than a promise.
    pub(crate) fn of(md5: Option<String>, follows: bool) -> Self {
        match md5 {
            Some(md5) => Checksum::Md5(md5),
            None if follows => Checksum::Follows,
            None => Checksum::None,
        }
    }

    /// The MD5, if that is what was stated.
    pub(crate) fn md5(&self) -> Option<&str> {
        match self {
            Checksum::Md5(md5) => Some(md5),
            Checksum::None | Checksum::Follows => None,
        }
    }
}

impl OfferInfo {
    /// Whether nobody has been asked: we look for a program of theirs that takes files.
    pub fn is_without_program(&self) -> bool {
        self.direction == Direction::Sending && self.peer.resource().is_none()
    }

    /// Whether nobody has looked at what is to be sent, let alone asked anybody: it waits for its turn.
    pub fn is_unseen(&self) -> bool {
        self.direction == Direction::Sending && self.size.is_none()
    }
}

/// Where a file is on the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebPlace {
    /// The address, whole.
    pub address: WebAddress,
    /// The host that led there, if it is not where the user wanted to go.
    pub led_by: Option<String>,
}

/// What a folder that is offered holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderInfo {
    /// How many files, as the sender says.
    pub files: u64,
    /// How many bytes in them.
    pub bytes: u64,
    /// How many links and the like are not in it, when sending.
    pub left_out: u64,
    /// How many hidden files and folders are not in it, when sending.
    pub hidden: u64,
    /// Whether the receiver's program unpacks it, as far as that is known.
    pub is_unpacked: Option<bool>,
}

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
