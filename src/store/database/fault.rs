//! What can be wrong with the database, by what the user could do about it.

use std::path::{Path, PathBuf};

use rusqlite::ffi::{ErrorCode, SQLITE_IOERR_SHMSIZE};

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The folder or the file is not ours to write.
    #[error("{} cannot be written: {why}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why, in the system's words.
        why: String,
    },
    /// The disk is.
    #[error("no space is left on the disk that holds {}", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// A later Balcony has been at work.
    #[error("{} was written by a newer Balcony (format {found}, this one knows {known}); update this one", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: usize,
        /// Ours.
        known: usize,
    },
    /// What is written there makes no sense.
    #[error("{} is damaged: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How SQLite sees it.
        why: String,
    },
    /// Another program has been writing for longer than we wait.
    #[error("another program has {} locked", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// Nothing that a user could know about.
    #[error("{} cannot be used: {why}", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
}

impl Fault {
    /// What an error of SQLite means.
    pub(super) fn of(path: &Path, error: &rusqlite::Error) -> Self {
        let (path, why) = (path.to_owned(), error.to_string());
        let Some(code) = error.sqlite_error() else { return Fault::Other { path, why } };
        // The file in shared memory that cannot grow: nothing but a full disk stops it.
        if code.extended_code == SQLITE_IOERR_SHMSIZE {
            return Fault::Full { path };
        }
        #[expect(clippy::wildcard_enum_match_arm, reason = "what SQLite can say is a list of its own, open at the end")]
        match code.code {
            ErrorCode::DiskFull => Fault::Full { path },
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Fault::Damaged { path, why },
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Fault::Busy { path },
            ErrorCode::PermissionDenied | ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::SystemIoFailure => {
                Fault::Unwritable { path, why }
            }
            _ => Fault::Other { path, why },
        }
    }
}
