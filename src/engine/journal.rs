//! What is written down of a transfer, so that it goes on after a restart and can be asked for afterwards.
//!
//! # Theory of operation
//!
//! An [`Entry`] is all that has to be known of one transfer by a program that never saw it. The engine says
//! [`Output::Journal`](super::Output::Journal) with the whole entry whenever something changed that is worth surviving a
//! kill: its beginning, an answer, an attempt, every few megabytes, its end. An entry replaces the one of the same
//! [`EntryKey`]; nothing is ever taken back. What had not ended, or arrived lately, is told to the next engine of
//! that account by [`Input::Remembered`](super::Input::Remembered), before its first session; what another Balcony was
//! moving then, when that one has ended.
//!
//! It is plain data, as it is on the disk: no handle, no [`Instant`](std::time::Instant), no name of this run.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use jid::{BareJid, Jid};

use super::command::Priority;
use super::event::{
    Attempt, Checksum, Direction, Failure, OfferInfo, Outcome, Protection, Side, Verified, Via, WebPlace,
};
use super::{Chosen, Digest, Digests, FileIdentity};
pub use crate::xep::oob::WebAddress;
pub use crate::xep::recovery::RecoveryId;

/// Names an entry, in every run of the program and among all accounts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryKey(pub String);

/// Whether a transfer that is told of is written down, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Noted {
    /// Not yet.
    No,
    /// Since it is told of, under this name.
    Now(EntryKey),
    /// An earlier run of Balcony began it, and told of it then.
    Before(EntryKey),
}

impl Noted {
    /// Under which name.
    pub fn key(&self) -> Option<&EntryKey> {
        match self {
            Noted::No => None,
            Noted::Now(key) | Noted::Before(key) => Some(key),
        }
    }
}

/// One transfer.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its name.
    pub key: EntryKey,
    /// Whose it is.
    pub account: BareJid,
    /// With whom: the address that was talked to last.
    pub peer: Jid,
    /// Of what.
    pub file: Facts,
    /// Which way, and where the file lies.
    pub course: Course,
    /// Bytes that need not be sent again: of a file that is received they are in its `.part`, of one that is sent the
    /// other side is believed to have them.
    pub bytes: u64,
    /// Every try, also those before an interruption.
    pub attempts: Vec<Attempt>,
    /// The stream's name in the last offer, which both sides have.
    pub stream: Option<String>,
    /// Where it is fetched from, if it is on the web.
    pub web: Option<WebSource>,
    /// The user wants it to wait.
    pub is_paused: bool,
    /// The user's wish about its place among the others.
    pub priority: Priority,
    /// The transfer's name between Balconies, if it has one.
    pub recovery: Option<RecoveryId>,
    /// How it stands.
    pub state: State,
    /// When it was offered.
    pub began: SystemTime,
    /// When this was written.
    pub changed: SystemTime,
}

impl Entry {
    /// Which way it goes.
    pub fn direction(&self) -> Direction {
        match self.course {
            Course::Sending { .. } => Direction::Sending,
            Course::Receiving { .. } => Direction::Receiving,
        }
    }

    /// What was offered, as far as it was written down.
    pub fn offer(&self) -> OfferInfo {
        let file = self.file.clone();
        let path = match &self.course {
            Course::Sending { path, .. } => Some(path.clone()),
            Course::Receiving { .. } => None,
        };
        OfferInfo {
            direction: self.direction(),
            peer: self.peer.clone(),
            is_contact: false,
            is_asked_for: self.direction() == Direction::Receiving && self.was_accepted(),
            name: file.name,
            offered_name: None,
            size: file.size,
            mime_type: file.mime_type,
            description: file.description,
            date: file.date,
            checksum: Checksum::of(file.hash, self.recovery.is_some()),
            methods: Vec::new(),
            si_multiple: self.recovery.is_some(),
            path,
            folder: None,
            web: self.web.as_ref().map(|web| WebPlace { address: web.address.clone(), led_by: None }),
            continues_at: None,
            noted: Noted::Before(self.key.clone()),
        }
    }

    /// Whether somebody said yes to it: one that ended, or was left, may never have got that far. After a yes there is a
    /// place for the file, or a try to move it.
    pub fn was_accepted(&self) -> bool {
        let has_a_place = matches!(self.course, Course::Receiving { landing: Some(_) });
        match self.state {
            _ if self.bytes > 0 || has_a_place || !self.attempts.is_empty() => true,
            State::Running => true,
            State::Offered | State::Interrupted { .. } | State::Ended(_) => self.arrival().is_some(),
        }
    }

    /// How far it had come when a person ended it.
    pub fn reached(&self) -> Reached {
        match &self.course {
            Course::Receiving { .. } if self.bytes > 0 => Reached::Removed,
            Course::Receiving { landing: None } => Reached::Offered,
            Course::Receiving { landing: Some(_) } | Course::Sending { .. } => Reached::Accepted,
        }
    }

    /// What was told when the file arrived, if it did.
    pub fn arrival(&self) -> Option<Outcome> {
        let State::Ended(ending) = &self.state else { return None };
        let (Conclusion::Completed(verified), Some(via)) = (ending.result, ending.via) else { return None };
        let path = match &self.course {
            Course::Receiving { landing } => landing.as_ref().map(|landed| landed.path.clone()),
            Course::Sending { .. } => None,
        };
        Some(Outcome::Completed { via, bytes: self.bytes, took: ending.took, path, verified })
    }

    /// Whether it is ours, and waited for its turn until then: nobody had looked at its file, let alone asked anybody.
    pub fn is_unseen(&self) -> bool {
        self.direction() == Direction::Sending && self.state == State::Offered && self.file.size.is_none()
    }

    /// Whether what moved it last could be read on the way, as far as that is said.
    pub fn protection(&self) -> Option<Protection> {
        self.attempts.iter().rev().find_map(Attempt::protection)
    }

    /// Whether there is something left to do.
    pub fn is_unfinished(&self) -> bool {
        match self.state {
            State::Offered | State::Running | State::Interrupted { .. } => true,
            State::Ended(_) => false,
        }
    }
}

/// Where a file is fetched from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebSource {
    /// The address; the user has seen it.
    pub address: WebAddress,
    /// Who chose it.
    pub chosen: Chosen,
    /// By what the server recognises the file.
    pub validator: Option<String>,
}

/// What is known of a file, as it was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// A single safe path component.
    pub name: String,
    /// In bytes.
    pub size: Option<u64>,
    /// The file's date.
    pub date: Option<SystemTime>,
    /// MIME type.
    pub mime_type: Option<String>,
    /// In the sender's words.
    pub description: Option<String>,
    /// Hexadecimal MD5, if the offer stated one.
    pub hash: Option<String>,
    /// It is a folder, packed.
    pub is_folder: bool,
}

/// Which way a file goes, and where it lies here.
#[derive(Debug, Clone, PartialEq)]
pub enum Course {
    /// From us.
    Sending {
        /// To whom the user wanted it; a bare address lets us choose among their programs.
        to: Jid,
        /// The file. Its size and date when it was offered are among the [`Facts`].
        path: PathBuf,
        /// Files that go with it, as one.
        further: Vec<PathBuf>,
        /// Only by these methods; none means the configured ones.
        via: Vec<Via>,
    },
    /// To us.
    Receiving {
        /// Where it is, once the offer was accepted.
        landing: Option<Landed>,
    },
}

/// Where a file is that is being received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landed {
    /// The file that grows.
    pub part: PathBuf,
    /// What it will be called when it is whole, unless that name is taken by then; what it is called, once it is.
    pub path: PathBuf,
    /// Which file of that name it is, for as long as its beginning was not hashed.
    pub identity: FileIdentity,
    /// What its beginning hashes to, by which it is recognised.
    pub prefix: Prefix,
}

/// So many bytes from the beginning of a file, and what they hash to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prefix {
    /// How many.
    pub length: u64,
    /// Their SHA-256; empty if it was not computed.
    pub sha_256: Vec<u8>,
}

impl Prefix {
    /// What of a file was hashed from its beginning on.
    pub fn of(digests: &Digests) -> Self {
        let sha_256 = digests.by(Digest::Sha256).map(<[u8]>::to_vec).unwrap_or_default();
        Prefix { length: digests.length, sha_256 }
    }
}

/// How a transfer stands.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// The offer has no answer yet.
    Offered,
    /// Accepted; bytes move, or are about to.
    Running,
    /// The stream broke. It goes on when both sides are there.
    Interrupted {
        /// Why it broke, in words.
        why: String,
    },
    /// It is over.
    Ended(Ending),
}

/// How a transfer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// With what.
    pub result: Conclusion,
    /// Why it did not complete, as a sentence.
    pub reason: Option<String>,
    /// The method that moved the bytes, if any did.
    pub via: Option<Via>,
    /// How long it took from the acceptance on, interruptions included.
    pub took: Duration,
}

/// How far a transfer had come when a person ended it, as far as that is worth a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// It was offered to us, and no more.
    Offered,
    /// It was accepted, or is ours.
    Accepted,
    /// Some of it had come here, and was removed.
    Removed,
}

/// With what a transfer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// The file is there, proven by this or not.
    Completed(Verified),
    /// Somebody said no.
    Declined(Side),
    /// Somebody stopped it.
    Cancelled(Side),
    /// Nobody was there who takes files this way, or no method works between the two.
    Unreachable,
    /// What arrived is not what was sent.
    Corrupt,
    /// The stream broke, and nobody goes on with it.
    Interrupted,
    /// Anything else.
    Failed,
}

impl Conclusion {
    /// What an outcome is called.
    pub fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Completed { verified, .. } => Conclusion::Completed(*verified),
            Outcome::Declined { by } => Conclusion::Declined(*by),
            Outcome::Cancelled { by } => Conclusion::Cancelled(*by),
            Outcome::Failed(Failure::Unreachable { .. }) => Conclusion::Unreachable,
            Outcome::Failed(Failure::Peer(fault)) if fault.is_absence() => Conclusion::Unreachable,
            Outcome::Failed(Failure::Corrupt { .. }) => Conclusion::Corrupt,
            Outcome::Failed(Failure::Interrupted { .. }) => Conclusion::Interrupted,
            Outcome::Failed(Failure::Peer(_) | Failure::Local(_) | Failure::Disconnected) => Conclusion::Failed,
        }
    }
}
