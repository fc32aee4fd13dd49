//! The disks of the simulated world, which never fail but by being full.

use std::ops::Range;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use balcony::engine::journal::Landed;
use balcony::engine::{
    Digest, Digests, FetchError, FileError, FileEvent, FileId, FileIdentity, FileOrder, Input, Keep, Packed, Partial,
    Place,
};
use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::{Due, Node, Who, World};

/// How long a finished file takes to be safe on the disk: longer than the sender takes to close its stream.
const COMMIT: Duration = Duration::from_millis(200);

/// How often a held file moves a little.
pub(super) const BREATH: Duration = Duration::from_secs(20);

/// A file that an engine has open.
pub(super) enum File {
    Source { bytes: Vec<u8>, hashed: Range<usize> },
    Part { path: PathBuf, bytes: Vec<u8> },
}

impl File {
    /// What stands there of a file that is sent; it counts as hashed where it goes on from what was read before.
    pub(super) fn read(&mut self, offset: u64, length: usize) -> Option<Vec<u8>> {
        let File::Source { bytes, hashed } = self else { return None };
        let start = usize::try_from(offset).unwrap().min(bytes.len());
        let end = (start + length).min(bytes.len());
        *hashed = if hashed.end == start { hashed.start..end } else { start..end };
        Some(bytes[start..end].to_vec())
    }

    fn digests(&self) -> Digests {
        let (bytes, offset) = match self {
            File::Source { bytes, hashed } => (&bytes[hashed.clone()], hashed.start),
            File::Part { bytes, .. } => (bytes.as_slice(), 0),
        };
        let found = vec![(Digest::Md5, Md5::digest(bytes).to_vec()), (Digest::Sha256, Sha256::digest(bytes).to_vec())];
        Digests { offset: offset as u64, length: bytes.len() as u64, found }
    }
}

impl World {
    pub(super) fn file(&mut self, who: Who, file: FileId, order: FileOrder) {
        let held = &mut self.nodes[who].held;
        let is_held = match order {
            FileOrder::Hold => held.insert(file),
            FileOrder::Release => held.remove(&file),
            _ => held.contains(&file),
        };
        if matches!(order, FileOrder::Release) {
            self.let_go_on(who, file);
        }
        let takes = if is_held && matches!(order, FileOrder::Read { .. } | FileOrder::Append { .. }) {
            self.last_of(who, file).map_or(BREATH, |last| last.saturating_duration_since(self.now.instant) + BREATH)
        } else if matches!(order, FileOrder::Commit | FileOrder::Unpack(_)) {
            COMMIT
        } else {
            Duration::ZERO
        };
        let event = self.nodes[who].file(file, order);
        if let Some(event) = event {
            self.at(takes, Due::Input(who, Input::File(file, event)));
        }
    }

    /// When the last is done of what was ordered of a file.
    fn last_of(&self, who: Who, file: FileId) -> Option<Instant> {
        self.due.iter().rev().find(|(_, due)| is_of(due, who, file)).map(|((at, _), _)| *at)
    }

    /// What a held file would have done now and then is done.
    fn let_go_on(&mut self, who: Who, file: FileId) {
        let waiting: Vec<_> = self.due.extract_if(.., |_, due| is_of(due, who, file)).map(|(_, due)| due).collect();
        for due in waiting {
            self.at(Duration::ZERO, due);
        }
    }
}

fn is_of(due: &Due, who: Who, file: FileId) -> bool {
    matches!(due, Due::Input(whose, Input::File(of, _)) if *whose == who && *of == file)
}

impl Node {
    fn file(&mut self, file: FileId, order: FileOrder) -> Option<FileEvent> {
        let made = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        match order {
            FileOrder::Open { path } => Some(match self.disk.get(&path) {
                None => FileEvent::Failed(FileError::Unreadable("no such file".to_owned())),
                Some(bytes) => {
                    let size = bytes.len() as u64;
                    self.files.insert(file, File::Source { bytes: bytes.clone(), hashed: 0..0 });
                    FileEvent::Opened { size, modified: Some(made) }
                }
            }),
            FileOrder::OpenTogether { paths } => {
                let bytes: Vec<u8> = paths.iter().flat_map(|path| self.disk[path].clone()).collect();
                let (size, files) = (bytes.len() as u64, paths.len() as u64);
                self.files.insert(file, File::Source { bytes, hashed: 0..0 });
                let name = "sonnets".to_owned();
                Some(FileEvent::Packed(Packed {
                    name,
                    size,
                    files,
                    bytes: size,
                    left_out: 0,
                    hidden: 0,
                    modified: Some(made),
                }))
            }
            FileOrder::Read { offset, length } => {
                let read = self.files.get_mut(&file).and_then(|source| source.read(offset, length));
                Some(FileEvent::Block { offset, bytes: read.expect("a block of a file that is not open") })
            }
            FileOrder::Create { place, .. } => {
                let path = match place {
                    Place::Downloads { name } => PathBuf::from("/downloads").join(name),
                    Place::Chosen { path, .. } => path,
                };
                if self.is_full() {
                    return Some(FileEvent::Failed(full()));
                }
                self.files.insert(file, File::Part { path: path.clone(), bytes: Vec::new() });
                self.made += 1;
                self.identities.insert(path.with_added_extension("part"), FileIdentity(self.made));
                Some(FileEvent::Created { path, identity: FileIdentity(self.made) })
            }
            FileOrder::Reopen { keep: Keep::All | Keep::Recognised, .. } if self.is_full() => {
                Some(FileEvent::Failed(full()))
            }
            FileOrder::Reopen { landed, keep, .. } => Some(match self.reopened(&landed, keep) {
                Some(bytes) => {
                    let length = bytes.len() as u64;
                    self.files.insert(file, File::Part { path: landed.path, bytes });
                    FileEvent::Reopened { length }
                }
                None => FileEvent::Failed(FileError::Unwritable("it is another file".to_owned())),
            }),
            FileOrder::Seed { length } => {
                if let Some(File::Source { hashed, .. }) = self.files.get_mut(&file) {
                    *hashed = 0..usize::try_from(length).unwrap();
                }
                None
            }
            FileOrder::Append { .. } if self.is_full() => Some(FileEvent::Failed(full())),
            FileOrder::Append { bytes } => match self.files.get_mut(&file) {
                Some(File::Part { bytes: part, .. }) => {
                    part.extend(bytes);
                    Some(FileEvent::Written { total: part.len() as u64 })
                }
                _ => panic!("an append to a file that is not open"),
            },
            FileOrder::Fetch(_) => Some(FileEvent::Fetched(Err(FetchError::Broken("there is no web here".to_owned())))),
            FileOrder::Hash(_) | FileOrder::Hold | FileOrder::Release => None,
            FileOrder::Digest => Some(FileEvent::Digested(self.files[&file].digests())),
            FileOrder::Commit | FileOrder::Unpack(_) => match self.files.remove(&file) {
                Some(File::Part { path, bytes }) => {
                    self.disk.insert(path.clone(), bytes);
                    Some(FileEvent::Committed { path })
                }
                _ => panic!("a commit of a file that is not open"),
            },
            FileOrder::Close { partial } => {
                if let (Some(File::Part { path, bytes }), Partial::Keep) = (self.files.remove(&file), partial) {
                    self.disk.insert(path.with_added_extension("part"), bytes);
                }
                None
            }
        }
    }

    /// Whether nothing more fits on the disk.
    pub(super) fn is_full(&self) -> bool {
        self.disk.contains_key(&PathBuf::from("/full"))
    }

    /// What counts of a `.part` that an earlier stream left, if it is what was left.
    fn reopened(&mut self, landed: &Landed, keep: Keep) -> Option<Vec<u8>> {
        let bytes = self.disk.get(&landed.part)?;
        let known = usize::try_from(landed.prefix.length).unwrap();
        let is_it = match known {
            0 => self.identities.get(&landed.part) == Some(&landed.identity),
            _ => bytes.get(..known).is_some_and(|prefix| Sha256::digest(prefix).to_vec() == landed.prefix.sha_256),
        };
        if !is_it {
            return None;
        }
        let mut bytes = self.disk.remove(&landed.part)?;
        bytes.truncate(match keep {
            Keep::All => usize::MAX,
            Keep::Recognised => known,
            Keep::Nothing => 0,
        });
        Some(bytes)
    }

    /// The program is killed: what it had written stays.
    pub(super) fn drop_files(&mut self) {
        for file in std::mem::take(&mut self.files).into_values() {
            if let File::Part { path, bytes } = file {
                self.disk.insert(path.with_added_extension("part"), bytes);
            }
        }
    }
}

/// There is no space for one byte.
pub(super) fn full() -> FileError {
    FileError::Full { needed: 1, free: 0 }
}
