//! An archive that is sent: listed once, read at any offset, never stored.

use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::names::Names;
use super::tar::{END, Kind, Member, padding};
use crate::client::files::hasher::Hasher;
use crate::engine::{Digest, Digests, FileError};

/// A folder, or several files, as they are sent.
pub(in super::super) struct Pack {
    name: String,
    placed: Vec<Placed>,
    size: u64,
    left_out: u64,
    hidden: u64,
    /// The file that was read last, and its place in the list.
    open: Option<(usize, File)>,
    hasher: Hasher,
}

/// A member, where it is on this disk, and where it begins in the archive.
struct Placed {
    member: Member,
    source: PathBuf,
    modified: Option<SystemTime>,
    start: u64,
    header: u64,
}

impl Placed {
    fn end(&self) -> u64 {
        self.start + self.header + self.member.size() + padding(self.member.size())
    }
}

impl Pack {
    /// Lists what there is to send. Links, devices and what is hidden inside of folders are left out, and counted: who names
    /// a folder means what they see in it, not the keys and passwords that programs keep there.
    pub(in super::super) fn list(paths: &[PathBuf]) -> Result<Self, FileError> {
        let name = name_of(paths);
        let mut listing = Listing { members: Vec::new(), names: Names::default(), left_out: 0, hidden: 0 };
        for path in paths {
            let inside = match paths {
                [_] => name.clone(),
                _ => format!("{name}/{}", last_component(path)),
            };
            listing.add(path, &inside, 0)?;
        }
        listing.members.sort_by(|one, other| one.member.path.cmp(&other.member.path));
        let mut size = 0;
        for placed in &mut listing.members {
            placed.start = size;
            placed.header = placed.member.header().len() as u64;
            size = placed.end();
        }
        let Listing { members: placed, left_out, hidden, names: _ } = listing;
        Ok(Pack { name, placed, size: size + END, left_out, hidden, open: None, hasher: Hasher::default() })
    }

    /// What the whole is called.
    pub(in super::super) fn name(&self) -> &str {
        &self.name
    }

    /// How long the archive is.
    pub(in super::super) fn size(&self) -> u64 {
        self.size
    }

    /// How many files are in it.
    pub(in super::super) fn files(&self) -> u64 {
        self.placed.iter().filter(|placed| placed.member.kind != Kind::Folder).count() as u64
    }

    /// How long the files are together.
    pub(in super::super) fn bytes(&self) -> u64 {
        self.placed.iter().map(|placed| placed.member.size()).sum()
    }

    /// How many links and devices are not in it.
    pub(in super::super) fn left_out(&self) -> u64 {
        self.left_out
    }

    /// How many hidden files and folders are not in it.
    pub(in super::super) fn hidden(&self) -> u64 {
        self.hidden
    }

    /// The date of what changed last.
    pub(in super::super) fn modified(&self) -> Option<SystemTime> {
        self.placed.iter().filter_map(|placed| placed.modified).max()
    }

    /// Computes these over what is read from now on.
    pub(in super::super) fn hash(&mut self, digests: &[Digest]) {
        self.hasher = Hasher::new(digests);
    }

    /// What came of that.
    pub(in super::super) fn digests(&self) -> Digests {
        self.hasher.digests()
    }

    /// Makes `length` bytes at `offset` into `buffer`; fewer only at the end.
    pub(in super::super) fn read(
        &mut self,
        offset: u64,
        length: usize,
        mut buffer: Vec<u8>,
    ) -> Result<Vec<u8>, FileError> {
        let there = self.size.saturating_sub(offset);
        let length = usize::try_from(there).unwrap_or(usize::MAX).min(length);
        buffer.clear();
        buffer.resize(length, 0);
        let mut filled = 0;
        while filled < length {
            filled += self.fill(offset + filled as u64, &mut buffer[filled..])?;
        }
        self.hasher.update(offset, &buffer);
        Ok(buffer)
    }

    /// Fills as much as belongs together at that offset, at least a byte; the buffer is zeros already.
    fn fill(&mut self, at: u64, buffer: &mut [u8]) -> Result<usize, FileError> {
        let index = self.placed.partition_point(|placed| placed.end() <= at);
        let Some(placed) = self.placed.get(index) else { return Ok(buffer.len()) };
        let inside = at - placed.start;
        let limit = |most: u64| usize::try_from(most).unwrap_or(usize::MAX).min(buffer.len());
        if inside < placed.header {
            let header = placed.member.header();
            let from = usize::try_from(inside).unwrap_or(header.len());
            let length = limit(placed.header - inside);
            buffer[..length].copy_from_slice(&header[from..from + length]);
            return Ok(length);
        }
        let in_file = inside - placed.header;
        let left = placed.member.size().saturating_sub(in_file);
        if left == 0 {
            return Ok(limit(placed.end() - at));
        }
        let length = limit(left);
        self.read_file(index, in_file, &mut buffer[..length])?;
        Ok(length)
    }

    /// Reads from one of the files. Its end is given out only if it still is what it was when it was listed.
    fn read_file(&mut self, index: usize, offset: u64, buffer: &mut [u8]) -> Result<(), FileError> {
        let placed = &self.placed[index];
        let unreadable = |why: std::io::Error| unreadable(&placed.source, &why);
        let mut file = match self.open.take() {
            Some((open, file)) if open == index => file,
            Some(_) | None => File::open(&placed.source).map_err(unreadable)?,
        };
        file.seek(SeekFrom::Start(offset)).map_err(unreadable)?;
        match file.read_exact(buffer) {
            Ok(()) => {}
            Err(why) if why.kind() == ErrorKind::UnexpectedEof => return Err(FileError::Changed),
            Err(why) => return Err(unreadable(why)),
        }
        let is_end = offset + buffer.len() as u64 == placed.member.size();
        if is_end {
            let now = file.metadata().map_err(unreadable)?;
            if now.len() != placed.member.size() || now.modified().ok() != placed.modified {
                return Err(FileError::Changed);
            }
        }
        self.open = Some((index, file));
        Ok(())
    }
}

/// What is found while folders are walked through.
struct Listing {
    members: Vec<Placed>,
    /// What a receiver would call them, who refuses an archive with too many.
    names: Names,
    left_out: u64,
    hidden: u64,
}

impl Listing {
    /// What the user named is followed if it is a link; what lies in a folder is not.
    fn add(&mut self, source: &Path, path: &str, depth: usize) -> Result<(), FileError> {
        let about = if depth == 0 { fs::metadata(source) } else { fs::symlink_metadata(source) };
        let about = about.map_err(|why| unreadable(source, &why))?;
        let kind = if about.is_dir() {
            Kind::Folder
        } else if about.is_file() {
            Kind::File(about.len())
        } else {
            self.left_out += 1;
            return Ok(());
        };
        let unpackable = |why: String| FileError::Unreadable(format!("{}: {why}", source.display()));
        self.names.place(path, kind).map_err(unpackable)?;
        let (modified, is_executable) = (seconds(&about), kind != Kind::Folder && is_executable(&about));
        let member = Member { path: path.to_owned(), kind, modified, is_executable };
        let modified = about.modified().ok();
        self.members.push(Placed { member, source: source.to_owned(), modified, start: 0, header: 0 });
        if kind == Kind::Folder {
            self.add_children(source, path, depth)?;
        }
        Ok(())
    }

    fn add_children(&mut self, folder: &Path, path: &str, depth: usize) -> Result<(), FileError> {
        for child in fs::read_dir(folder).map_err(|why| unreadable(folder, &why))? {
            let child = child.map_err(|why| unreadable(folder, &why))?;
            let name = child.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                self.hidden += 1;
                continue;
            }
            self.add(&child.path(), &format!("{path}/{name}"), depth + 1)?;
        }
        Ok(())
    }
}

fn unreadable(path: &Path, why: &std::io::Error) -> FileError {
    FileError::Unreadable(format!("{}: {why}", path.display()))
}

/// Whether its owner may run it.
#[cfg(unix)]
fn is_executable(about: &Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o100 != 0
}

/// Elsewhere that is no property of the file.
#[cfg(not(unix))]
fn is_executable(_about: &Metadata) -> bool {
    false
}

fn seconds(about: &Metadata) -> u64 {
    let since = about.modified().ok().and_then(|modified| modified.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_secs())
}

/// One folder keeps its name; several files are named after the first.
fn name_of(paths: &[PathBuf]) -> String {
    match paths {
        [] => "files".to_owned(),
        [only] => last_component(only),
        [first, rest @ ..] => format!("{} and {} more", last_component(first), rest.len()),
    }
}

/// `.` and the like are called what they stand for.
fn last_component(path: &Path) -> String {
    let name = path.file_name().map(ToOwned::to_owned);
    let name = name.or_else(|| fs::canonicalize(path).ok()?.file_name().map(ToOwned::to_owned));
    name.map_or_else(|| "files".to_owned(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A folder with a bit of everything.
    pub(in super::super) fn photos() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("photos");
        fs::create_dir_all(folder.join("2024/empty")).unwrap();
        fs::write(folder.join("a.jpg"), vec![1; 1000]).unwrap();
        fs::write(folder.join("2024/b ü.jpg"), vec![2; 512]).unwrap();
        fs::write(folder.join("2024/nothing"), b"").unwrap();
        fs::write(folder.join("z".repeat(120)), b"zzz").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.join("link")).unwrap();
        home
    }

    pub(in super::super) fn pack(home: &tempfile::TempDir) -> Pack {
        Pack::list(&[home.path().join("photos")]).unwrap()
    }

    fn whole(pack: &mut Pack) -> Vec<u8> {
        let size = usize::try_from(pack.size()).unwrap();
        pack.read(0, size + 99, Vec::new()).unwrap()
    }

    #[test]
    fn a_folder_is_counted_and_links_are_left_out() {
        let home = photos();
        let pack = pack(&home);
        assert_eq!((pack.name(), pack.files(), pack.bytes(), pack.left_out()), ("photos", 4, 1515, 1));
        assert!(pack.modified().is_some());
    }

    #[test]
    fn what_is_hidden_in_a_folder_stays_here_at_every_depth_unless_it_is_named_itself() {
        let home = photos();
        let folder = home.path().join("photos");
        fs::create_dir(folder.join(".config")).unwrap();
        for name in [".config/pw", ".config/.keys", "2024/.thumbnails"] {
            fs::write(folder.join(name), b"secret").unwrap();
        }
        let pack = pack(&home);
        assert_eq!((pack.files(), pack.bytes(), pack.hidden(), pack.left_out()), (4, 1515, 2, 1));
        let named = Pack::list(&[folder.join(".config")]).unwrap();
        assert_eq!((named.name(), named.files(), named.hidden()), (".config", 1, 1));
        let named = Pack::list(&[folder.join("2024/.thumbnails"), folder.join("a.jpg")]).unwrap();
        assert_eq!((named.files(), named.hidden()), (2, 0));
    }

    #[test]
    fn the_same_offset_gives_the_same_bytes_in_whatever_pieces() {
        let home = photos();
        let all = whole(&mut pack(&home));
        assert_eq!(all.len() as u64, pack(&home).size());
        for piece in [1, 7, 511, 512, 513, 4096] {
            let mut again = pack(&home);
            let mut offset = 0;
            while offset < all.len() {
                let bytes = again.read(offset as u64, piece, b"rubbish".to_vec()).unwrap();
                assert_eq!(bytes, all[offset..(offset + piece).min(all.len())]);
                offset += bytes.len();
            }
        }
        let mut again = pack(&home);
        assert_eq!(again.read(2000, 300, Vec::new()).unwrap(), all[2000..2300]);
        assert_eq!(again.read(10, 300, Vec::new()).unwrap(), all[10..310]);
    }

    #[test]
    fn several_files_lie_in_one_folder() {
        let home = photos();
        let paths = [home.path().join("photos/a.jpg"), home.path().join("photos/2024")];
        let pack = Pack::list(&paths).unwrap();
        let members: Vec<&str> = pack.placed.iter().map(|placed| placed.member.path.as_str()).collect();
        assert_eq!(
            members[..3],
            ["a.jpg and 1 more/2024", "a.jpg and 1 more/2024/b ü.jpg", "a.jpg and 1 more/2024/empty"]
        );
    }

    #[test]
    fn a_file_that_changes_meanwhile_is_noticed() {
        let home = photos();
        let mut shrunk = pack(&home);
        fs::write(home.path().join("photos/a.jpg"), b"short").unwrap();
        let size = usize::try_from(shrunk.size()).unwrap();
        assert_eq!(shrunk.read(0, size, Vec::new()), Err(FileError::Changed));
        let mut gone = pack(&home);
        fs::remove_file(home.path().join("photos/a.jpg")).unwrap();
        assert!(matches!(gone.read(0, size, Vec::new()), Err(FileError::Unreadable(_))));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let missing = Pack::list(&[PathBuf::from("/nowhere/at/all")]);
        assert!(matches!(missing, Err(FileError::Unreadable(why)) if why.starts_with("/nowhere/at/all")));
    }

    #[test]
    fn what_nobody_would_unpack_is_not_sent() {
        let home = tempfile::tempdir().unwrap();
        let deep = |depth| home.path().join(format!("photos{}", "/a".repeat(depth)));
        fs::create_dir_all(deep(63)).unwrap();
        assert_eq!(pack(&home).files(), 0);
        fs::write(deep(63).join("b"), "too deep").unwrap();
        let refused = Pack::list(&[home.path().join("photos")]).err();
        let why = format!("{}: a path in it is too long", deep(63).join("b").display());
        assert_eq!(refused, Some(FileError::Unreadable(why)));
    }

    #[test]
    fn gnu_tar_unpacks_what_is_sent() {
        let (home, there) = (photos(), tempfile::tempdir().unwrap());
        let archive = there.path().join("photos.tar");
        fs::write(&archive, whole(&mut pack(&home))).unwrap();
        let status = std::process::Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(there.path()).status();
        assert!(status.expect("tar is needed; install it with apt").success());
        let there = there.path().join("photos");
        assert_eq!(fs::read(there.join("2024/b ü.jpg")).unwrap(), vec![2; 512]);
        assert_eq!(fs::read(there.join("z".repeat(120))).unwrap(), b"zzz");
        assert!(there.join("2024/empty").is_dir() && !there.join("link").exists());
    }
}
