//! What is offered, by whom.

use std::path::PathBuf;
use std::time::SystemTime;

use jid::Jid;

use super::{Via, WebAddress};
use crate::engine::journal::Noted;
use crate::xep::folder::{Folder, most_unpacked};

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

    /// Whether nobody has been asked: we look for a program of theirs that takes files.
    pub fn is_without_program(&self) -> bool {
        self.direction == Direction::Sending && self.peer.resource().is_none()
    }

    /// Whether nobody has looked at what is to be sent, let alone asked anybody: it waits for its turn.
    pub fn is_unseen(&self) -> bool {
        self.direction == Direction::Sending && self.size.is_none()
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
