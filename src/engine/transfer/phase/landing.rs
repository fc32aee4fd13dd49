//! The receiver's file: made before the answer, filled by a bytestream, named when it is whole, else kept or removed.

use std::path::{Path, PathBuf};

use crate::engine::context::Context;
use crate::engine::transfer::offer::FileOffer;
use crate::engine::{Digest, FileId, FileOrder, Partial, Place};

/// Where the bytes go.
pub(super) struct Landing {
    file: FileId,
    ending: Ending,
    path: Option<PathBuf>,
}

/// What is to be done once every byte is there.
enum Ending {
    /// It gets its name.
    Name,
    /// It is a packed folder.
    Unpack,
}

impl Landing {
    /// A file that does not exist yet.
    pub(super) fn new(file: FileId) -> Self {
        Landing { file, ending: Ending::Name, path: None }
    }

    /// Its name among the engine's files.
    pub(super) fn file(&self) -> FileId {
        self.file
    }

    /// Has it made, where the user wants it or in the downloads folder, and hashed as it grows.
    pub(super) fn create(
        &mut self,
        offer: &FileOffer,
        save_as: Option<PathBuf>,
        digests: Vec<Digest>,
        cx: &mut Context,
    ) {
        let name = offer.name.clone();
        if offer.folder.is_some() {
            self.ending = Ending::Unpack;
        }
        let place = match save_as {
            None => Place::Downloads { name },
            Some(path) => Place::Chosen { path, name },
        };
        cx.file(self.file, FileOrder::Create { place, size: offer.size });
        if !digests.is_empty() {
            cx.file(self.file, FileOrder::Hash(digests));
        }
    }

    /// It was made, and will be called so.
    pub(super) fn created(&mut self, path: PathBuf) {
        self.path = Some(path);
    }

    /// Wants to know what it hashes to.
    pub(super) fn digest(&self, cx: &mut Context) {
        cx.file(self.file, FileOrder::Digest);
    }

    /// Has it finished.
    pub(super) fn commit(&self, cx: &mut Context) {
        let order = match self.ending {
            Ending::Name => FileOrder::Commit,
            Ending::Unpack => FileOrder::Unpack,
        };
        cx.file(self.file, order);
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

/// The name that a file has until it is whole.
fn with_part(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    part.into()
}
