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
pub(in crate::client::files) mod tests {
    use std::io::Write;

    use super::super::pack::tests::{pack, photos};
    use super::super::tar::padding;
    use super::*;

    /// An archive of these members, each with as many bytes as it says.
    fn archive(members: &[(&str, Kind)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (path, kind) in members {
            let (path, modified) = ((*path).to_owned(), 1_700_000_000);
            let member = Member { path, kind: *kind, modified, is_executable: false };
            bytes.extend(member.header());
            let size = usize::try_from(member.size()).unwrap();
            bytes.extend(vec![b'.'; size + usize::try_from(padding(member.size())).unwrap()]);
        }
        bytes.extend([0; 1024]);
        bytes
    }

    /// One with two files of three bytes, of which the second is called so.
    pub(in crate::client::files) fn two_files(second: &str) -> Vec<u8> {
        archive(&[("a/x", FILE), (&format!("a/{second}"), FILE)])
    }

    fn stored(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    /// Whoever offered it told the truth, or nothing that could be held against it.
    const ANYTHING: Folder = Folder { files: u64::MAX, bytes: u64::MAX };

    /// What an archive takes, or what is wrong with it.
    fn surveyed(bytes: &[u8], said: Folder) -> Result<Needs, String> {
        survey(&mut stored(bytes), bytes.len() as u64, said).map_err(told)
    }

    fn told(refusal: Refusal) -> String {
        match refusal {
            Refusal::Unsafe(why) => why,
            Refusal::Disk(why) => panic!("{why}"),
        }
    }

    /// What becomes of an archive: every path in the folder, sorted; or what is wrong with it.
    fn unpack(bytes: &[u8]) -> Result<Vec<String>, String> {
        surveyed(bytes, ANYTHING)?;
        let folder = tempfile::tempdir().unwrap();
        carry_out(&mut stored(bytes), bytes.len() as u64, folder.path(), &mut |_| {}).map_err(told)?;
        let mut paths = Vec::new();
        list(folder.path(), folder.path(), &mut paths);
        paths.sort();
        Ok(paths)
    }

    fn list(root: &Path, folder: &Path, paths: &mut Vec<String>) {
        for child in fs::read_dir(folder).unwrap() {
            let path = child.unwrap().path();
            paths.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
            if path.is_dir() {
                list(root, &path, paths);
            }
        }
    }

    fn refused(members: &[(&str, Kind)], why: &str) {
        assert_eq!(unpack(&archive(members)).as_ref().map_err(String::as_str), Err(why), "{members:?}");
    }

    fn becomes(members: &[(&str, Kind)], paths: &[&str]) {
        assert_eq!(unpack(&archive(members)).unwrap(), paths, "{members:?}");
    }

    const FILE: Kind = Kind::File(3);

    #[test]
    fn what_was_packed_is_unpacked_with_its_dates_and_stays_packed_meanwhile() {
        let (home, there) = (photos(), tempfile::tempdir().unwrap());
        allow(&home.path().join("photos/a.jpg"), 0o4755);
        let mut pack = pack(&home);
        let size = pack.size();
        let bytes = pack.read(0, usize::try_from(size).unwrap(), Vec::new()).unwrap();
        let mut file = stored(&bytes);
        let said = Folder { files: pack.files(), bytes: pack.bytes() };
        assert_eq!(survey(&mut file, size, said).unwrap(), Needs { bytes: 6 * DISK_BLOCK, entries: 7 });
        let mut told = Vec::new();
        let renamed = carry_out(&mut file, size, there.path(), &mut |at| told.push(at)).unwrap();
        assert_eq!(renamed, 0);
        assert!(told.is_sorted() && told.len() == 3 && told.iter().all(|at| (512..=size).contains(at)), "{told:?}");
        let mode = |name: &str| mode(&there.path().join(name));
        assert_eq!((mode("a.jpg"), mode("2024/b ü.jpg")), (0o700, 0o600), "it may be run by who has it, no more");
        assert_eq!(fs::read(there.path().join("2024/b ü.jpg")).unwrap(), vec![2; 512]);
        assert_eq!(fs::read(there.path().join("a.jpg")).unwrap(), vec![1; 1000]);
        assert_eq!(fs::read(there.path().join("2024/nothing")).unwrap(), b"");
        assert!(there.path().join("2024/empty").is_dir());
        let date = |path: PathBuf| fs::metadata(path).unwrap().modified().unwrap().duration_since(UNIX_EPOCH).unwrap();
        let (sent, arrived) = (date(home.path().join("photos/a.jpg")), date(there.path().join("a.jpg")));
        assert_eq!(sent.as_secs(), arrived.as_secs());
        let mut packed = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut packed).unwrap();
        assert!(packed == bytes, "the archive is not what it was");
    }

    fn mode(path: &Path) -> u32 {
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o7777
    }

    fn allow(path: &Path, mode: u32) {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    }

    #[test]
    fn more_than_was_said_stays_packed() {
        let two = archive(&[("a/x", Kind::File(600)), ("a/y", Kind::File(700))]);
        let said = |files, bytes| surveyed(&two, Folder { files, bytes });
        assert_eq!(said(2, 1300), Ok(Needs { bytes: 3 * DISK_BLOCK, entries: 3 }));
        let why = "it holds 2 files with 1.2 KiB, more than was said when it was offered";
        assert_eq!(said(1, 1300).unwrap_err(), why);
        assert_eq!(said(2, 1299).unwrap_err(), why);
    }

    #[test]
    fn what_would_take_many_times_its_size_on_the_disk_stays_packed() {
        let paths: Vec<_> = (0..300).map(|file| format!("b/{file}{}/f", "/a".repeat(58))).collect();
        let deep: Vec<_> = paths.iter().map(|path| (path.as_str(), Kind::File(0))).collect();
        let why = "it would take 69.1 MiB on the disk, out of 451 KiB";
        assert_eq!(surveyed(&archive(&deep), ANYTHING).unwrap_err(), why);
        let paths: Vec<_> = (0..3000).map(|file| format!("b/{file}")).collect();
        let small: Vec<_> = paths.iter().map(|path| (path.as_str(), Kind::File(1))).collect();
        assert_eq!(surveyed(&archive(&small), ANYTHING).map(|needs| needs.entries), Ok(3001));
    }

    #[test]
    fn a_path_that_leads_elsewhere_keeps_the_whole_archive_packed() {
        for path in ["../evil", "a/../../evil", "/etc/passwd", "a/./b", "a//b", "..", "a/..", "/"] {
            refused(&[("a/good", FILE), (path, FILE)], "a path in it leads elsewhere");
        }
        refused(&[(&format!("a/{}b", "x/".repeat(100)), FILE)], "a path in it is too long");
        refused(&[(&format!("a/{}", "x".repeat(2000)), FILE)], "a path in it is too long");
    }

    #[test]
    fn links_and_devices_keep_the_whole_archive_packed() {
        for (flag, why) in [(b'1', "it holds a link"), (b'2', "it holds a link"), (b'3', "it holds a device")] {
            let mut bytes = archive(&[("a/b", Kind::File(0))]);
            bytes[156] = flag;
            let sum: u64 = bytes[..512]
                .iter()
                .enumerate()
                .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) })
                .sum();
            bytes[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            assert_eq!(unpack(&bytes).unwrap_err(), why);
        }
    }

    #[test]
    fn names_are_as_safe_as_those_of_single_files() {
        becomes(&[("a/.bashrc", FILE), ("a/.git/config", FILE)], &["bashrc", "git", "git/config"]);
        becomes(&[("a/x\u{1b}[2J\u{202e}gpj.exe", FILE)], &["x[2Jgpj.exe"]);
        becomes(&[("a/C:\\autoexec.bat", FILE)], &["autoexec.bat"]);
        becomes(&[("alone", FILE)], &["alone"]);
    }

    #[test]
    fn nothing_in_it_overwrites_anything_else_in_it() {
        becomes(&[("a/x.txt", FILE), ("a/x.txt", FILE), ("a/X.TXT", FILE)], &["X.TXT", "x (1).txt", "x.txt"]);
        becomes(&[("a/x", FILE), ("a/x/y", FILE)], &["x", "x (1)", "x (1)/y"]);
        becomes(&[("a/.x", FILE), ("a/x", FILE), ("a/x (1)", FILE)], &["x", "x (1)", "x (1) (1)"]);
        becomes(&[("a/D", Kind::Folder), ("a/d/y", FILE), ("a/D/y", FILE)], &["D", "D/y", "d", "d/y"]);
    }

    #[test]
    fn what_is_cut_off_or_no_archive_is_refused() {
        let whole = archive(&[("a/b", Kind::File(2000))]);
        assert_eq!(unpack(&whole[..1024]).unwrap_err(), "a file is longer than what arrived");
        assert_eq!(unpack(&whole[..2560]).unwrap_err(), "it ends too early");
        assert_eq!(unpack(b"").unwrap_err(), "it ends too early");
        assert_eq!(unpack(&[b'x'; 2048]).unwrap_err(), "it is no tar archive");
        let mut huge = whole;
        huge[124..135].copy_from_slice(b"77777777777");
        assert!(unpack(&huge).is_err());
    }
}
