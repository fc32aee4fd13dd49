//! What the shell does with files for the engine, and tells of them.

use std::path::PathBuf;
use std::time::SystemTime;

/// A file that is being sent or received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u64);

/// What the shell does with files.
#[derive(Debug)]
pub enum FileOrder {
    /// Open for reading; answered by `Opened` or `Failed`.
    Open {
        /// Where.
        path: PathBuf,
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
        /// Compute this while writing, to be told in `Committed`.
        digest: Option<Digest>,
    },
    /// Append; answered by `Written` or `Failed`.
    Append {
        /// What.
        bytes: Vec<u8>,
    },
    /// All has arrived: flush, and give the `.part` its name without overwriting anything; answered by `Committed` or `Failed`.
    Commit,
    /// Close. The `.part` stays if told so. Never answered.
    Close {
        /// What becomes of a `.part`.
        partial: Partial,
    },
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
    },
    /// An `Append` is in the file.
    Written {
        /// The file's length so far.
        total: u64,
    },
    /// The file has its name.
    Committed {
        /// Where it is.
        path: PathBuf,
        /// The digest that was asked for.
        digest: Option<Vec<u8>>,
    },
    /// Something is wrong with the file; no order but `Close` makes sense any more.
    Failed(FileError),
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
    /// It became shorter or newer while it was sent.
    Changed,
}
