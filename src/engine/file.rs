//! What the shell does with files for the engine, and tells of them.

use std::path::PathBuf;
use std::time::SystemTime;

use super::journal::Landed;
use crate::xep::folder::Folder;
use crate::xep::oob::WebAddress;

/// A file that is being sent or received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u64);

/// What the shell does with files.
#[derive(Debug)]
pub enum FileOrder {
    /// Open for reading; answered by `Opened`, by `Packed` if it is a folder, or by `Failed`.
    Open {
        /// Where.
        path: PathBuf,
    },
    /// Open several files and folders as one, to be read as an archive; answered by `Packed` or `Failed`.
    OpenTogether {
        /// Where they are.
        paths: Vec<PathBuf>,
    },
    /// Read a block of an opened file; answered by `Block` or `Failed`.
    Read {
        /// Where in the file.
        offset: u64,
        /// How much; less only at the end of the file.
        length: usize,
    },
    /// Make a `.part` for a file to receive; answered by `Created` or `Failed`.
    Create {
        /// Where the finished file belongs.
        place: Place,
        /// How long it will be, for the check of free space; unknown for peers that do not say.
        size: Option<u64>,
    },
    /// Open the `.part` that an earlier stream left, if it still is what was left; answered by `Reopened` or `Failed`. It
    /// is hashed from its beginning, as if all of it were appended now.
    Reopen {
        /// Which one.
        landed: Landed,
        /// What of it counts.
        keep: Keep,
        /// How long it will be in the end, if that is known.
        size: Option<u64>,
        /// What is computed over it.
        digests: Vec<Digest>,
    },
    /// Hash so many bytes from the beginning of an opened file before those that are read next. Never answered.
    Seed {
        /// How many.
        length: u64,
    },
    /// Append; answered by `Written` or `Failed`.
    Append {
        /// What.
        bytes: Vec<u8>,
    },
    /// Append what is at an address of the web; answered by `Found`, by `Written` now and then, and by `Fetched`.
    Fetch(Box<Fetch>),
    /// Compute these over what is read or appended from now on. Never answered.
    Hash(Vec<Digest>),
    /// Tell what came of `Hash`; answered by `Digested`.
    Digest,
    /// All has arrived: flush, and give the `.part` its name without overwriting anything; answered by `Committed` or `Failed`.
    Commit,
    /// All of an archive has arrived that was said to hold so much: unpack it into a folder that takes the `.part`'s name;
    /// answered by `Committed` or `Failed`.
    Unpack(Folder),
    /// Let nothing pass but a piece now and then, so that nobody's patience ends: of reads, appends and pumps. Never answered.
    Hold,
    /// Let it go on. Never answered.
    Release,
    /// Close. The `.part` stays if told so. Never answered.
    Close {
        /// What becomes of a `.part`.
        partial: Partial,
    },
}

/// What is fetched from the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// From where. No other host is asked, and no part of the way there is chosen by anybody else.
    pub address: WebAddress,
    /// Who chose the address.
    pub chosen: Chosen,
    /// The rest of what was fetched before, if it still is the same.
    pub rest: Option<Rest>,
}

/// Who chose an address, which decides where its name may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// The user wrote it.
    Written,
    /// Somebody else did, and the user has seen it.
    Shown,
}

/// What is missing of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// Where it begins.
    pub offset: u64,
    /// What the server said by which its file is recognised.
    pub validator: String,
}

/// Where a received file belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the downloads folder, under this safe name, or a variation of it if that is taken.
    Downloads {
        /// A single safe path component.
        name: String,
    },
    /// Where the user said. A folder takes the safe name.
    Chosen {
        /// A path, as the user gave it.
        path: PathBuf,
        /// A single safe path component.
        name: String,
    },
}

/// What of a `.part` counts when it is opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// All that is there: nothing but appending was ever done to it, and what follows would show if it were not right.
    All,
    /// What it is recognised by; whatever comes behind that is cut off, for nobody could tell whether it is right.
    Recognised,
    /// Nothing: the file comes whole once more.
    Nothing,
}

/// Tells a file from another that has its name: the number that the file system gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileIdentity(pub u64);

/// What becomes of a file that did not arrive whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partial {
    /// It stays as `.part`.
    Keep,
    /// It is removed.
    Remove,
}

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    /// What XEP-0096 states.
    Md5,
    /// What Balconies state.
    Sha256,
}

/// What a run of a file's bytes hashes to: those that were read one after the other, or all that were appended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Digests {
    /// Where in the file the run begins.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
    /// By each function that was asked for.
    pub found: Vec<(Digest, Vec<u8>)>,
}

impl Digests {
    /// By that function, if it was asked for.
    pub fn by(&self, digest: Digest) -> Option<&[u8]> {
        self.found.iter().find(|(function, _)| *function == digest).map(|(_, value)| value.as_slice())
    }
}

/// What the shell tells of files.
#[derive(Debug)]
pub enum FileEvent {
    /// A file to send is open.
    Opened {
        /// Its length.
        size: u64,
        /// Its date.
        modified: Option<SystemTime>,
    },
    /// A folder, or several files, are listed and can be read as one archive.
    Packed(Packed),
    /// A block of it.
    Block {
        /// Where in the file.
        offset: u64,
        /// What.
        bytes: Vec<u8>,
    },
    /// A `.part` is there.
    Created {
        /// Where the finished file will be, as far as known.
        path: PathBuf,
        /// Which file the `.part` is.
        identity: FileIdentity,
    },
    /// The `.part` of an earlier stream is open again.
    Reopened {
        /// How much of it counts.
        length: u64,
    },
    /// An `Append` is in the file.
    Written {
        /// The file's length so far.
        total: u64,
    },
    /// The server has what is to be fetched, and it comes now.
    Found {
        /// How long the whole file is, if the server says so.
        size: Option<u64>,
        /// By what the server recognises it later; none if it could be another then.
        validator: Option<String>,
    },
    /// Nothing more comes from the web: all is there, or this is why not.
    Fetched(Result<(), FetchError>),
    /// The file has its name.
    Committed {
        /// Where it is.
        path: PathBuf,
    },
    /// An archive is being unpacked.
    Unpacking {
        /// How much of it is.
        bytes: u64,
    },
    /// What was unpacked is not called what it was, for so many files and folders: their names were taken, or not safe.
    Renamed {
        /// How many.
        names: u64,
    },
    /// What a `Digest` asked for.
    Digested(Digests),
    /// Something is wrong with the file; no order but `Close` makes sense any more.
    Failed(FileError),
}

/// A folder, or several files, as they are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// What they are called together.
    pub name: String,
    /// How long the archive is.
    pub size: u64,
    /// How many files are in it.
    pub files: u64,
    /// How many bytes those have.
    pub bytes: u64,
    /// How many links, devices and the like are not in it.
    pub left_out: u64,
    /// How many hidden files and folders are not in it.
    pub hidden: u64,
    /// The date of what changed last.
    pub modified: Option<SystemTime>,
}

/// Why a file does not come from the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchError {
    /// The server says that it is somewhere else.
    Led {
        /// Where, in its words.
        location: Option<String>,
    },
    /// The rest was asked for, and the server has another file or none in parts.
    NotTheSame,
    /// The server does not have it, or it must not be fetched; asking again does not help.
    Refused(String),
    /// The server cannot be asked now, or the connection broke.
    Broken(String),
}

/// What can be wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileError {
    /// It cannot be read.
    Unreadable(String),
    /// It cannot be written.
    Unwritable(String),
    /// No space is left.
    Full {
        /// What is needed, in bytes.
        needed: u64,
        /// What there is, in bytes.
        free: u64,
    },
    /// An archive has arrived that is not unpacked.
    NotUnpacked {
        /// Why.
        why: String,
        /// Where it is, whole.
        path: PathBuf,
    },
    /// It became shorter or newer while it was sent.
    Changed,
}
