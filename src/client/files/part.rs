//! A file that is being received: a `.part` that grows, and its name once it is whole.

use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::flush::Flush;
use super::hasher::Hasher;
use super::place::{Destination, part_of, sync_folder};
use super::reopen::{Reopened, reopen};
use super::reserve::Reserve;
use super::unfold::Unfolding;
use crate::engine::journal::Landed;
use crate::engine::{Digest, Digests, FileError, FileEvent, FileIdentity, Keep, Place};
use crate::xep::folder::Folder;

/// A `.part`.
pub(super) struct Part {
    file: File,
    destination: Destination,
    /// Which variation of the name it has.
    number: u32,
    total: u64,
    size: Option<u64>,
    hasher: Hasher,
    reserve: Reserve,
    flush: Flush,
    /// What ended it: bytes that were ordered before that was known do not fit behind a gap.
    failed: Option<FileError>,
}

impl Part {
    /// Creates it, if there is space for `size` bytes.
    pub(super) fn create(downloads: &Path, place: &Place, size: Option<u64>) -> Result<Self, FileError> {
        let unwritable = |why: std::io::Error| FileError::Unwritable(why.to_string());
        let destination = Destination::of(place, downloads).map_err(unwritable)?;
        require_space(destination.folder(), size.unwrap_or(0))?;
        let (file, number) = destination.create_part().map_err(unwritable)?;
        // While it is open no other Balcony takes it for one that was left; a file system without locks has to do without.
        let _ = file.try_lock();
        let (reserve, flush) = (Reserve::of(size, 0), Flush::default());
        Ok(Part { file, destination, number, total: 0, size, hasher: Hasher::default(), reserve, flush, failed: None })
    }

    /// Opens the one that an earlier stream left, hashed from its beginning.
    pub(super) fn reopen(
        landed: &Landed,
        keep: Keep,
        size: Option<u64>,
        digests: &[Digest],
    ) -> Result<Self, FileError> {
        let unwritable = |why: std::io::Error| FileError::Unwritable(why.to_string());
        let destination = Destination::of_path(&landed.path).map_err(unwritable)?;
        let Reopened { file, length, hasher } = reopen(landed, keep, digests)?;
        require_space(destination.folder(), size.unwrap_or(0).saturating_sub(length))?;
        let (reserve, flush) = (Reserve::of(size, length), Flush::default());
        let part = Part { file, destination, number: 0, total: length, size, hasher, reserve, flush, failed: None };
        part.unfolding().clear();
        Ok(part)
    }

    /// It turned out how long it will be; an error if there is no space for that.
    pub(super) fn expect(&mut self, size: Option<u64>) -> Result<(), FileError> {
        require_space(self.destination.folder(), size.unwrap_or(0).saturating_sub(self.total))?;
        if self.size != size {
            self.reserve.release(&self.file, self.total);
            (self.size, self.reserve) = (size, Reserve::of(size, self.total));
        }
        Ok(())
    }

    /// How long it is.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Which file it is.
    pub(super) fn identity(&self) -> FileIdentity {
        self.file.metadata().map(|metadata| identity(&metadata)).unwrap_or_default()
    }

    /// Where the finished file will be, unless that name is taken meanwhile.
    pub(super) fn destination(&self) -> PathBuf {
        self.destination.variation(self.number)
    }

    /// Computes these over what is appended from now on.
    pub(super) fn hash(&mut self, digests: &[Digest]) {
        self.hasher = Hasher::new(digests);
    }

    /// What came of that.
    pub(super) fn digests(&self) -> Digests {
        self.hasher.digests()
    }

    /// Appends; returns the length so far.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<u64, FileError> {
        if let Some(why) = &self.failed {
            return Err(why.clone());
        }
        self.write(bytes).map_err(|why| self.fail(&why))?;
        self.hasher.update(self.total, bytes);
        self.total += bytes.len() as u64;
        Ok(self.total)
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let end = self.total + bytes.len() as u64;
        self.reserve.ahead_of(&self.file, end);
        self.file.write_all(bytes)?;
        self.flush.wrote(&self.file, bytes.len() as u64)
    }

    /// Gives it its name, once it is on the disk; returns that.
    pub(super) fn commit(mut self) -> Result<PathBuf, FileError> {
        self.put_on_disk()?;
        let path =
            self.destination.settle(&self.path(), self.number).map_err(|why| FileError::Unwritable(why.to_string()))?;
        sync_folder(self.destination.folder());
        Ok(path)
    }

    /// Takes it for an archive that was said to hold so much, and unpacks it into a folder with its name; returns that. One
    /// that is not unpacked stays an archive.
    pub(super) fn unpack(mut self, said: Folder, tell: &mut dyn FnMut(FileEvent)) -> Result<PathBuf, FileError> {
        self.put_on_disk()?;
        let folder = self.unfolding().unpack(said, tell)?;
        self.remove();
        Ok(folder)
    }

    fn unfolding(&self) -> Unfolding<'_> {
        let (archive, identity) = (self.path(), self.identity());
        Unfolding { archive, identity, length: self.total, destination: &self.destination, number: self.number }
    }

    fn put_on_disk(&mut self) -> Result<(), FileError> {
        self.reserve.release(&self.file, self.total);
        self.flush.settle().map_err(|why| self.explain(&why))?;
        self.file.sync_all().map_err(|why| self.explain(&why))
    }

    /// Leaves it as it is, without the space that was reserved for the rest.
    pub(super) fn keep(mut self) {
        self.reserve.release(&self.file, self.total);
    }

    /// Removes it, and what a killed program may have unpacked of it.
    pub(super) fn remove(self) {
        self.unfolding().clear();
        let path = self.path();
        if let Err(why) = fs::remove_file(&path) {
            tracing::warn!(path = %path.display(), %why, "a partial file could not be removed");
        }
    }

    fn path(&self) -> PathBuf {
        part_of(&self.destination())
    }

    /// Takes back what was written of a block, and takes no further one.
    fn fail(&mut self, why: &std::io::Error) -> FileError {
        let _ = self.file.set_len(self.total);
        self.failed.insert(self.explain(why)).clone()
    }

    fn explain(&self, why: &std::io::Error) -> FileError {
        if !matches!(why.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
            return FileError::Unwritable(why.to_string());
        }
        FileError::Full {
            needed: self.size.unwrap_or(0).saturating_sub(self.total),
            free: fs4::available_space(self.destination.folder()).unwrap_or(0),
        }
    }
}

/// Which file it is, as far as the file system says.
#[cfg(unix)]
pub(super) fn identity(metadata: &Metadata) -> FileIdentity {
    FileIdentity(std::os::unix::fs::MetadataExt::ino(metadata))
}

/// Which file it is: elsewhere, the one that was made then.
#[cfg(not(unix))]
pub(super) fn identity(metadata: &Metadata) -> FileIdentity {
    let made = metadata.created().ok().and_then(|made| made.duration_since(std::time::UNIX_EPOCH).ok());
    FileIdentity(made.and_then(|made| u64::try_from(made.as_nanos()).ok()).unwrap_or_default())
}

/// An error if fewer than `needed` bytes are free; a file system that does not say is given the benefit of the doubt.
fn require_space(folder: &Path, needed: u64) -> Result<(), FileError> {
    match fs4::available_space(folder) {
        Ok(free) if free < needed => Err(FileError::Full { needed, free }),
        Ok(_) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place::Downloads { name: "a.txt".to_owned() }
    }

    #[test]
    fn what_was_appended_is_what_is_committed() {
        let folder = tempfile::tempdir().unwrap();
        let mut part = Part::create(folder.path(), &place(), Some(3)).unwrap();
        part.hash(&[Digest::Md5]);
        assert_eq!(part.append(b"ab").unwrap(), 2);
        assert_eq!(part.append(b"c").unwrap(), 3);
        assert!(!folder.path().join("a.txt").exists());
        assert_eq!((part.digests().offset, part.digests().length), (0, 3));
        let path = part.commit().unwrap();
        assert_eq!(path, folder.path().join("a.txt"));
        assert_eq!(fs::read(&path).unwrap(), b"abc");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_larger_than_the_disk_is_not_begun() {
        let folder = tempfile::tempdir().unwrap();
        let needed = u64::MAX / 2;
        match Part::create(folder.path(), &place(), Some(needed)) {
            Err(FileError::Full { needed: told, free }) => assert!(told == needed && free < needed),
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("created"),
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_that_fills_up_meanwhile_is_told_as_full() {
        let folder = tempfile::tempdir().unwrap();
        let mut part = Part::create(folder.path(), &place(), Some(10)).unwrap();
        part.file = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        assert!(matches!(part.append(b"0123456789"), Err(FileError::Full { needed: 10, .. })));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_is_written_behind_what_could_not_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut part = Part::create(folder.path(), &place(), Some(10)).unwrap();
        part.append(b"01").unwrap();
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let disk = std::mem::replace(&mut part.file, full);
        assert!(matches!(part.append(b"23"), Err(FileError::Full { needed: 8, .. })));
        part.file = disk;
        assert!(matches!(part.append(b"45"), Err(FileError::Full { needed: 8, .. })));
        part.keep();
        assert_eq!(fs::read(folder.path().join("a.txt.part")).unwrap(), b"01");
    }

    #[test]
    fn a_part_that_is_kept_is_as_long_as_what_arrived() {
        let folder = tempfile::tempdir().unwrap();
        let mut part = Part::create(folder.path(), &place(), Some(1_000_000)).unwrap();
        part.append(b"0123456789").unwrap();
        part.keep();
        assert_eq!(fs::read(folder.path().join("a.txt.part")).unwrap(), b"0123456789");
    }

    #[test]
    fn a_removed_part_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut part = Part::create(folder.path(), &place(), None).unwrap();
        part.append(b"x").unwrap();
        part.remove();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
