//! The receiver's file: made or found again before the answer, filled by a bytestream, named when it is whole, else kept
//! or removed.

use std::path::{Path, PathBuf};

use crate::engine::context::Context;
use crate::engine::journal::{Landed, Prefix};
use crate::engine::transfer::offer::FileOffer;
use crate::engine::{Digest, FileId, FileIdentity, FileOrder, Keep, Partial, Place};
use crate::xep::folder::Folder;

/// Where the bytes go.
pub(super) struct Landing {
    file: FileId,
    ending: Ending,
    path: Option<PathBuf>,
    /// How much of it was there before.
    base: u64,
}

/// What is to be done once every byte is there.
enum Ending {
    /// It gets its name.
    Name,
    /// It is a packed folder, which is said to hold so much.
    Unpack(Folder),
}

impl Ending {
    fn of(offer: &FileOffer) -> Self {
        offer.folder.map_or(Ending::Name, Ending::Unpack)
    }
}

impl Landing {
    /// A file that does not exist yet.
    pub(super) fn new(file: FileId) -> Self {
        Landing { file, ending: Ending::Name, path: None, base: 0 }
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
        self.ending = Ending::of(offer);
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
    pub(super) fn created(&mut self, path: PathBuf, identity: FileIdentity) -> Landed {
        let part = with_part(&path);
        self.path = Some(path.clone());
        Landed { part, path, identity, prefix: Prefix::default() }
    }

    /// Has what an earlier stream left opened again.
    pub(super) fn reopen(
        &mut self,
        landed: Landed,
        keep: Keep,
        offer: &FileOffer,
        digests: Vec<Digest>,
        cx: &mut Context,
    ) {
        self.ending = Ending::of(offer);
        self.path = Some(landed.path.clone());
        cx.file(self.file, FileOrder::Reopen { landed, keep, size: offer.size, digests });
    }

    /// So much of it counts.
    pub(super) fn reopened(&mut self, length: u64) {
        self.base = length;
    }

    /// What was left is not there any more, or not ours: the file is made anew beside it.
    pub(super) fn create_anew(&mut self, offer: &FileOffer, digests: Vec<Digest>, cx: &mut Context) {
        cx.file(self.file, FileOrder::Close { partial: Partial::Keep });
        let path = self.path.take();
        self.create(offer, path, digests, cx);
    }

    /// Where it will be.
    pub(super) fn path(&self) -> Option<&PathBuf> {
        self.path.as_ref()
    }

    /// How much of it was there before.
    pub(super) fn base(&self) -> u64 {
        self.base
    }

    /// Wants to know what it hashes to.
    pub(super) fn digest(&self, cx: &mut Context) {
        cx.file(self.file, FileOrder::Digest);
    }

    /// Has it finished.
    pub(super) fn commit(&self, cx: &mut Context) {
        let order = match self.ending {
            Ending::Name => FileOrder::Commit,
            Ending::Unpack(said) => FileOrder::Unpack(said),
        };
        cx.file(self.file, order);
    }

    /// Lets go of it. Returns where it stays, if it does.
    pub(super) fn close(&self, partial: Partial, cx: &mut Context) -> Option<PathBuf> {
        cx.file(self.file, FileOrder::Close { partial });
        self.path.as_deref().filter(|_| partial == Partial::Keep).map(with_part)
    }
}

/// What an earlier stream left is not gone on with. Returns where it stays, if it does; to be removed it is opened once
/// more, so that nothing else is removed than what was left.
pub(super) fn close_left(file: FileId, landed: Landed, partial: Partial, cx: &mut Context) -> Option<PathBuf> {
    if partial == Partial::Keep {
        return Some(landed.part).filter(|_| landed.prefix.length > 0);
    }
    drop_left(file, landed, cx);
    None
}

/// Has what was left removed.
pub(crate) fn drop_left(file: FileId, landed: Landed, cx: &mut Context) {
    let digests = vec![Digest::Sha256];
    cx.file(file, FileOrder::Reopen { landed, keep: Keep::Nothing, size: None, digests });
    cx.file(file, FileOrder::Close { partial: Partial::Remove });
}

/// The name that a file has until it is whole.
fn with_part(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    part.into()
}
