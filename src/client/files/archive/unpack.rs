//! An archive that arrived: looked through from end to end, then unpacked into a folder of its own.
//!
//! Who sends it is a stranger as far as this file is concerned. Nothing is written before every header was read; what
//! is written lies in a folder that did not exist before, under names that are safe, and never over anything. The archive
//! is read twice and not changed, so that there is nothing to remember of it but names, and nothing lost if it ends
//! half-way.

use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use super::names::{Capitals, Names};
use super::tar::{BLOCK, Block, Extended, Header, Kind, Member, read};
use crate::client::files::place::{make_folder, sync_folder};
use crate::engine::amount;
use crate::xep::folder::{Folder, most_unpacked};

/// What most file systems give out at a time: to the last bytes of a file, and to a folder.
const DISK_BLOCK: u64 = 4096;

/// What is copied before it is told how far it is.
const PIECE: u64 = 4 * 1024 * 1024;

/// What is wrong with an archive.
#[derive(Debug)]
pub(in crate::client) enum Refusal {
    /// It is not to be unpacked, for this reason.
    Unsafe(String),
    /// The disk.
    Disk(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(why: io::Error) -> Self {
        Refusal::Disk(why)
    }
}

impl From<String> for Refusal {
    fn from(why: String) -> Self {
        Refusal::Unsafe(why)
    }
}

/// What an archive takes once it is unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client) struct Needs {
    /// Bytes on the disk, in whole blocks.
    pub(in crate::client) bytes: u64,
    /// Files and folders.
    pub(in crate::client) entries: u64,
}

/// Looks through the first `length` bytes of an archive that was said to hold that much.
pub(in crate::client) fn survey(archive: &mut File, length: u64, said: Folder) -> Result<Needs, Refusal> {
    let mut walk = Walk::new(archive, length, Capitals::Ignored);
    let (mut bytes, mut blocks) = (0_u64, 0_u64);
    while let Some(step) = walk.next()? {
        if let Kind::File(size) = step.kind {
            bytes += size;
            blocks += size.div_ceil(DISK_BLOCK);
        }
    }
    let (files, folders) = (walk.names.files() as u64, walk.names.folders() as u64 + 1);
    if files > said.files || bytes > said.bytes {
        let holds = format!("{files} files with {}", amount::bytes(bytes));
        return Err(format!("it holds {holds}, more than was said when it was offered").into());
    }
    let needs = Needs { bytes: (blocks + folders) * DISK_BLOCK, entries: files + folders };
    if needs.bytes > most_unpacked(length, bytes) {
        let (needed, came) = (amount::bytes(needs.bytes), amount::bytes(length));
        return Err(format!("it would take {needed} on the disk, out of {came}").into());
    }
    Ok(needs)
}

/// Unpacks what was surveyed into an empty folder, and tells how far it is in the archive; all of it is on the disk when
/// this returns how many names are not what they were.
pub(in crate::client) fn carry_out(
    archive: &mut File,
    length: u64,
    folder: &Path,
    tell: &mut dyn FnMut(u64),
) -> Result<u64, Refusal> {
    let mut walk = Walk::new(archive, length, capitals(folder)?);
    while let Some(step) = walk.next()? {
        let path = folder.join(&step.path);
        match step.kind {
            Kind::Folder => make_folder(&path)?,
            Kind::File(size) => {
                path.parent().map_or(Ok(()), make_folder)?;
                let mut file = private_file(&path, step.is_executable)?;
                walk.copy(step.start, size, &mut file, tell)?;
                let date = UNIX_EPOCH.checked_add(Duration::from_secs(step.modified));
                // A date that this file system does not know is no reason to go without the file.
                let _ = date.map(|date| file.set_times(FileTimes::new().set_modified(date)));
                file.sync_all()?;
            }
        }
    }
    for path in walk.names.folder_paths() {
        sync_folder(&folder.join(path));
    }
    Ok(walk.names.renamed())
}

/// Whether capitals count in an empty folder, which is empty again afterwards.
fn capitals(folder: &Path) -> io::Result<Capitals> {
    let probe = folder.join("a");
    make_folder(&probe)?;
    let is_found = folder.join("A").try_exists();
    fs::remove_dir(&probe)?;
    Ok(if is_found? { Capitals::Ignored } else { Capitals::Count })
}

/// An archive that is read from its beginning, member by member.
struct Walk<'a> {
    archive: &'a mut File,
    length: u64,
    at: u64,
    names: Names,
}

/// One file or folder.
struct Step {
    /// Where it will be, inside of the folder.
    path: PathBuf,
    kind: Kind,
    modified: u64,
    is_executable: bool,
    /// Where its bytes begin in the archive.
    start: u64,
}

impl<'a> Walk<'a> {
    fn new(archive: &'a mut File, length: u64, capitals: Capitals) -> Self {
        Walk { archive, length, at: 0, names: Names::with(capitals) }
    }

    /// The next member that has a place; none at the end.
    fn next(&mut self) -> Result<Option<Step>, Refusal> {
        let mut extended = Extended::default();
        loop {
            let mut block: Block = [0; 512];
            self.read(&mut block)?;
            match read(&block, std::mem::take(&mut extended))? {
                Header::End => return Ok(None),
                Header::Extension(size) => {
                    let mut records = vec![0; usize::try_from(size).unwrap_or(0)];
                    let next = self.at + size.next_multiple_of(BLOCK);
                    self.read(&mut records)?;
                    extended = Extended::read(&records)?;
                    self.at = next;
                }
                Header::Member(member) => {
                    let start = self.at;
                    let end = start.checked_add(member.size()).filter(|end| *end <= self.length);
                    let end = end.ok_or_else(|| "a file is longer than what arrived".to_owned())?;
                    self.at = end.next_multiple_of(BLOCK);
                    if let Some(path) = self.names.place(&member.path, member.kind)? {
                        let Member { kind, modified, is_executable, path: _ } = member;
                        return Ok(Some(Step { path, kind, modified, is_executable, start }));
                    }
                }
            }
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<(), Refusal> {
        let end = self.at.checked_add(buffer.len() as u64).filter(|end| *end <= self.length);
        let end = end.ok_or_else(|| "it ends too early".to_owned())?;
        self.archive.seek(SeekFrom::Start(self.at))?;
        self.archive.read_exact(buffer)?;
        self.at = end;
        Ok(())
    }

    /// Copies `size` bytes from `start` on, and tells how far it is.
    fn copy(&mut self, start: u64, size: u64, file: &mut File, tell: &mut dyn FnMut(u64)) -> io::Result<()> {
        self.archive.seek(SeekFrom::Start(start))?;
        let mut copied = 0;
        while copied < size {
            let piece = io::copy(&mut (&mut *self.archive).take(PIECE.min(size - copied)), file)?;
            if piece == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            copied += piece;
            tell(start + copied);
        }
        Ok(())
    }
}

/// What somebody was sent is for their eyes alone until they decide otherwise.
fn private_file(path: &Path, is_executable: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if is_executable { 0o700 } else { 0o600 });
    #[cfg(not(unix))]
    let _ = is_executable;
    options.open(path)
}

#[cfg(test)]
pub(in crate::client::files) mod tests;
