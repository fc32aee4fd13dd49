//! The receiver's file: made before the answer, filled by a bytestream, verified when it is whole, else kept or removed.

use std::path::{Path, PathBuf};

use crate::engine::context::Context;
use crate::engine::event::{Failure, Verified};
use crate::engine::transfer::offer::FileOffer;
use crate::engine::{Digest, FileId, FileOrder, Partial, Place};

/// Where the bytes go.
pub(super) struct Landing {
    file: FileId,
    path: Option<PathBuf>,
}

impl Landing {
    /// A file that does not exist yet.
    pub(super) fn new(file: FileId) -> Self {
        Landing { file, path: None }
    }

    /// Its name among the engine's files.
    pub(super) fn file(&self) -> FileId {
        self.file
    }

    /// Has it made, where the user wants it or in the downloads folder.
    pub(super) fn create(&self, offer: &FileOffer, save_as: Option<PathBuf>, cx: &mut Context) {
        let name = offer.name.clone();
        let place = match save_as {
            None => Place::Downloads { name },
            Some(path) => Place::Chosen { path, name },
        };
        let digest = offer.hash.as_ref().map(|_| Digest::Md5);
        cx.file(self.file, FileOrder::Create { place, size: offer.size, digest });
    }

    /// It was made, and will be called so.
    pub(super) fn created(&mut self, path: PathBuf) {
        self.path = Some(path);
    }

    /// Has it finished.
    pub(super) fn commit(&self, cx: &mut Context) {
        cx.file(self.file, FileOrder::Commit);
    }

    /// Where the part lies that has arrived, if any has.
    pub(super) fn part(&self, arrived: u64) -> Option<PathBuf> {
        self.path.as_deref().filter(|_| arrived > 0).map(with_part)
    }

    /// Lets go of it.
    pub(super) fn close(&self, partial: Partial, cx: &mut Context) {
        cx.file(self.file, FileOrder::Close { partial });
    }
}

/// Compares what was stated with what arrived, and now lies at `path`.
pub(super) fn verify(stated: Option<&String>, arrived: Option<&[u8]>, path: &Path) -> Result<Verified, Failure> {
    match (stated, arrived.map(hexadecimal)) {
        (Some(expected), Some(found)) if *expected != found => {
            Err(Failure::Corrupt { expected: expected.clone(), found, kept: Some(path.to_owned()) })
        }
        (Some(_), Some(_)) => Ok(Verified::Md5),
        (Some(_), None) | (None, _) => Ok(Verified::No),
    }
}

/// The name that a file has until it is whole.
fn with_part(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    part.into()
}

fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}
