//! An open file: what is ordered of it, done on a thread that may block.

use std::path::{Path, PathBuf};

use super::Block;
use super::archive::pack::Pack;
use super::part::Part;
use super::source::Source;
use crate::engine::{Digest, Digests, FileError, FileEvent, FileOrder, Packed, Partial};

/// How much of what was sent before is hashed at a time.
const SEED_BLOCK: usize = 256 * 1024;

/// A file in one of its two roles, or in none yet.
pub(super) enum OpenFile {
    Nothing,
    Source(Source),
    Pack(Pack),
    Part(Part),
}

impl OpenFile {
    /// Moves one block for a pump, unless that has stopped to wait for what it wanted to read.
    pub(super) fn move_block(&mut self, block: Block) {
        let (done, moved) = match block {
            Block::Read { done, .. } if done.is_closed() => return,
            Block::Read { offset, length, buffer, done } => (done, self.read(offset, length, buffer)),
            Block::Append { bytes, done } => (done, self.append(&bytes).map(|_| bytes)),
            Block::Expect { size, done } => (done, self.expect(size).map(|()| Vec::new())),
        };
        let _ = done.send(moved);
    }

    /// Does what is ordered. What takes its time tells how far it is.
    pub(super) fn order(
        &mut self,
        order: FileOrder,
        downloads: &Path,
        tell: &mut dyn FnMut(FileEvent),
    ) -> Result<Option<FileEvent>, FileError> {
        let event = match order {
            FileOrder::Open { path } if path.is_dir() => self.pack(&[path])?,
            FileOrder::OpenTogether { paths } => self.pack(&paths)?,
            FileOrder::Open { path } => {
                let source = Source::open(&path)?;
                let event = FileEvent::Opened { size: source.size(), modified: source.modified() };
                *self = OpenFile::Source(source);
                event
            }
            FileOrder::Create { place, size } => {
                let part = Part::create(downloads, &place, size)?;
                let event = FileEvent::Created { path: part.destination(), identity: part.identity() };
                *self = OpenFile::Part(part);
                event
            }
            FileOrder::Reopen { landed, keep, size, digests } => {
                let part = Part::reopen(&landed, keep, size, &digests)?;
                let event = FileEvent::Reopened { length: part.total() };
                *self = OpenFile::Part(part);
                event
            }
            FileOrder::Seed { length } => {
                self.seed(length)?;
                return Ok(None);
            }
            FileOrder::Read { offset, length } => {
                FileEvent::Block { offset, bytes: self.read(offset, length, Vec::new())? }
            }
            FileOrder::Append { bytes } => FileEvent::Written { total: self.append(&bytes)? },
            FileOrder::Hash(digests) => {
                self.hash(&digests);
                return Ok(None);
            }
            FileOrder::Digest => FileEvent::Digested(self.digests()),
            FileOrder::Commit => self.commit(Part::commit)?,
            FileOrder::Unpack(said) => self.commit(|part| part.unpack(said, tell))?,
            FileOrder::Close { partial } => {
                self.close(partial);
                return Ok(None);
            }
            FileOrder::Fetch(_) | FileOrder::Hold | FileOrder::Release => return Ok(None),
        };
        Ok(Some(event))
    }

    fn read(&mut self, offset: u64, length: usize, buffer: Vec<u8>) -> Result<Vec<u8>, FileError> {
        match self {
            OpenFile::Source(source) => source.read(offset, length, buffer),
            OpenFile::Pack(pack) => pack.read(offset, length, buffer),
            OpenFile::Part(_) | OpenFile::Nothing => Err(FileError::Unreadable("not open for reading".to_owned())),
        }
    }

    /// Reads so many bytes from the beginning for nothing but to hash them.
    fn seed(&mut self, length: u64) -> Result<(), FileError> {
        let mut buffer = Vec::new();
        let mut at = 0;
        while at < length {
            let wanted = usize::try_from(length - at).unwrap_or(SEED_BLOCK).min(SEED_BLOCK);
            buffer = self.read(at, wanted, buffer)?;
            if buffer.is_empty() {
                return Err(FileError::Changed);
            }
            at += buffer.len() as u64;
        }
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<u64, FileError> {
        match self {
            OpenFile::Part(part) => part.append(bytes),
            OpenFile::Source(_) | OpenFile::Pack(_) | OpenFile::Nothing => {
                Err(FileError::Unwritable("not open for writing".to_owned()))
            }
        }
    }

    fn expect(&mut self, size: Option<u64>) -> Result<(), FileError> {
        match self {
            OpenFile::Part(part) => part.expect(size),
            OpenFile::Source(_) | OpenFile::Pack(_) | OpenFile::Nothing => {
                Err(FileError::Unwritable("not open for writing".to_owned()))
            }
        }
    }

    fn hash(&mut self, digests: &[Digest]) {
        match self {
            OpenFile::Source(source) => source.hash(digests),
            OpenFile::Pack(pack) => pack.hash(digests),
            OpenFile::Part(part) => part.hash(digests),
            OpenFile::Nothing => {}
        }
    }

    fn digests(&self) -> Digests {
        match self {
            OpenFile::Source(source) => source.digests(),
            OpenFile::Pack(pack) => pack.digests(),
            OpenFile::Part(part) => part.digests(),
            OpenFile::Nothing => Digests::default(),
        }
    }

    fn pack(&mut self, paths: &[PathBuf]) -> Result<FileEvent, FileError> {
        let pack = Pack::list(paths)?;
        let told = Packed {
            name: pack.name().to_owned(),
            size: pack.size(),
            files: pack.files(),
            bytes: pack.bytes(),
            left_out: pack.left_out(),
            hidden: pack.hidden(),
            modified: pack.modified(),
        };
        *self = OpenFile::Pack(pack);
        Ok(FileEvent::Packed(told))
    }

    /// Ends the `.part` in that way.
    fn commit(&mut self, end: impl FnOnce(Part) -> Result<PathBuf, FileError>) -> Result<FileEvent, FileError> {
        match std::mem::replace(self, OpenFile::Nothing) {
            OpenFile::Part(part) => Ok(FileEvent::Committed { path: end(part)? }),
            OpenFile::Source(_) | OpenFile::Pack(_) | OpenFile::Nothing => {
                Err(FileError::Unwritable("not open for writing".to_owned()))
            }
        }
    }

    pub(super) fn close(&mut self, partial: Partial) {
        match (std::mem::replace(self, OpenFile::Nothing), partial) {
            (OpenFile::Part(part), Partial::Remove) => part.remove(),
            (OpenFile::Part(part), Partial::Keep) => part.keep(),
            (OpenFile::Source(_) | OpenFile::Pack(_) | OpenFile::Nothing, Partial::Keep | Partial::Remove) => {}
        }
    }
}
