//! A file that is being sent: read in blocks, hashed on the way, and watched for changes meanwhile.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::SystemTime;

use super::hasher::Hasher;
use crate::client::find::told;
use crate::engine::{Digest, Digests, FileError};

/// A file that is open for reading.
pub(super) struct Source {
    file: File,
    size: u64,
    modified: Option<SystemTime>,
    hasher: Hasher,
}

impl Source {
    /// Opens a file; anything that is no file (a folder, a pipe that would wait for its writer) is refused.
    pub(super) fn open(path: &Path) -> Result<Self, FileError> {
        let unreadable = |why: std::io::Error| FileError::Unreadable(told(&why));
        if !path.metadata().map_err(unreadable)?.is_file() {
            return Err(FileError::Unreadable("it is no file".to_owned()));
        }
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        Ok(Source { file, size: metadata.len(), modified: metadata.modified().ok(), hasher: Hasher::default() })
    }

    /// Its length when it was opened.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Its date when it was opened.
    pub(super) fn modified(&self) -> Option<SystemTime> {
        self.modified
    }

    /// Computes these over what is read from now on.
    pub(super) fn hash(&mut self, digests: &[Digest]) {
        self.hasher = Hasher::new(digests);
    }

    /// What came of that.
    pub(super) fn digests(&self) -> Digests {
        self.hasher.digests()
    }

    /// Reads `length` bytes at `offset` into `buffer`; fewer only at the end of the file. The end is given out only if
    /// the file still is what it was when it was opened.
    pub(super) fn read(&mut self, offset: u64, length: usize, mut buffer: Vec<u8>) -> Result<Vec<u8>, FileError> {
        let unreadable = |why: std::io::Error| FileError::Unreadable(told(&why));
        let there = self.size.saturating_sub(offset);
        let length = usize::try_from(there).unwrap_or(usize::MAX).min(length);
        buffer.resize(length, 0);
        self.file.seek(SeekFrom::Start(offset)).map_err(unreadable)?;
        match self.file.read_exact(&mut buffer) {
            Ok(()) => {}
            Err(why) if why.kind() == ErrorKind::UnexpectedEof => return Err(FileError::Changed),
            Err(why) => return Err(unreadable(why)),
        }
        let is_end = offset.saturating_add(length as u64) >= self.size;
        if is_end && self.has_changed(&self.file.metadata().map_err(unreadable)?) {
            return Err(FileError::Changed);
        }
        self.hasher.update(offset, &buffer);
        Ok(buffer)
    }

    fn has_changed(&self, now: &Metadata) -> bool {
        now.len() != self.size || now.modified().ok() != self.modified
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    fn file_with(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    #[test]
    fn blocks_come_from_where_they_are_asked() {
        let file = file_with(b"0123456789");
        let mut source = Source::open(file.path()).unwrap();
        assert_eq!(source.size(), 10);
        assert_eq!(source.read(2, 3, Vec::new()).unwrap(), b"234");
        assert_eq!(source.read(8, 9, b"rubbish that is longer".to_vec()).unwrap(), b"89");
        assert_eq!(source.read(10, 9, Vec::new()).unwrap(), b"");
        assert_eq!(source.read(99, 9, Vec::new()).unwrap(), b"");
    }

    #[test]
    fn a_file_that_shrank_is_not_sent_to_its_end() {
        let file = file_with(b"0123456789");
        let mut source = Source::open(file.path()).unwrap();
        file.as_file().set_len(5).unwrap();
        assert_eq!(source.read(0, 3, Vec::new()).unwrap(), b"012");
        assert_eq!(source.read(3, 7, Vec::new()), Err(FileError::Changed));
    }

    #[test]
    fn a_file_that_was_written_meanwhile_is_not_sent_to_its_end() {
        let file = file_with(b"0123456789");
        let mut source = Source::open(file.path()).unwrap();
        let later = source.modified().unwrap() + std::time::Duration::from_secs(1);
        file.as_file().set_modified(later).unwrap();
        assert_eq!(source.read(0, 9, Vec::new()).unwrap(), b"012345678");
        assert_eq!(source.read(9, 1, Vec::new()), Err(FileError::Changed));
    }

    #[test]
    fn what_is_no_file_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Source::open(folder.path()), Err(FileError::Unreadable(_))));
        assert!(matches!(Source::open(&folder.path().join("none")), Err(FileError::Unreadable(_))));
        fs::write(folder.path().join("empty"), b"").unwrap();
        assert_eq!(Source::open(&folder.path().join("empty")).unwrap().size(), 0);
    }
}
