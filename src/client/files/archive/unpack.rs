//! An archive that arrived: looked through from end to end, then unpacked into a folder of its own.
//!
//! Who sends it is a stranger as far as this file is concerned. Nothing is written before every header was read; what
//! is written lies in a folder that did not exist before, under names that are safe, and never over anything.

use std::collections::BTreeMap;
use std::fs::{File, FileTimes, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use super::pack::{DEEPEST, MOST_MEMBERS};
use super::tar::{BLOCK, Block, Extended, Header, Kind, read};
use crate::client::files::place::make_folder;
use crate::engine::transfer::safe_name;

/// How much is copied, and then cut off the archive, at a time: the most that lies on the disk twice.
const CHUNK: u64 = 4 * 1024 * 1024;

/// The longest path inside of the folder, in bytes; every usual file system takes it, with a folder before it.
const LONGEST_PATH: usize = 1024;

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

/// What is to be unpacked.
#[derive(Debug)]
pub(in crate::client) struct Plan {
    steps: Vec<Step>,
}

/// One file or folder.
#[derive(Debug)]
struct Step {
    /// Where it will be, inside of the folder.
    path: PathBuf,
    kind: Kind,
    modified: u64,
    /// Where its bytes begin in the archive.
    start: u64,
}

impl Plan {
    /// Looks through the first `length` bytes of an archive.
    pub(in crate::client) fn survey(archive: &mut File, length: u64) -> Result<Self, Refusal> {
        let mut at = 0;
        let mut extended = Extended::default();
        let (mut names, mut steps) = (Names::default(), Vec::new());
        loop {
            let mut block: Block = [0; 512];
            read_at(archive, at, &mut block, length)?;
            at += BLOCK;
            match read(&block, std::mem::take(&mut extended))? {
                Header::End => return Ok(Plan { steps }),
                Header::Extension(size) => {
                    let mut records = vec![0; usize::try_from(size).unwrap_or(0)];
                    read_at(archive, at, &mut records, length)?;
                    extended = Extended::read(&records)?;
                    at += size.next_multiple_of(BLOCK);
                }
                Header::Member(member) => {
                    let size = member.size();
                    let end = at.checked_add(size).filter(|end| *end <= length);
                    let end = end.ok_or_else(|| "a file is longer than what arrived".to_owned())?;
                    if let Some(path) = names.place(&member.path, member.kind)? {
                        steps.push(Step { path, kind: member.kind, modified: member.modified, start: at });
                    }
                    if steps.len() > MOST_MEMBERS {
                        return Err(format!("it holds more than {MOST_MEMBERS} files").into());
                    }
                    at = end.next_multiple_of(BLOCK);
                }
            }
        }
    }

    /// Unpacks into an empty folder, and empties the archive meanwhile, from its end.
    pub(in crate::client) fn carry_out(self, archive: &mut File, folder: &Path) -> io::Result<()> {
        for step in self.steps.iter().rev() {
            let path = folder.join(&step.path);
            match step.kind {
                Kind::Folder => make_folder(&path)?,
                Kind::File(size) => {
                    path.parent().map_or(Ok(()), make_folder)?;
                    let mut file = private_file(&path)?;
                    move_out(archive, step.start, size, &mut file)?;
                    let date = UNIX_EPOCH.checked_add(Duration::from_secs(step.modified));
                    // A date that this file system does not know is no reason to go without the file.
                    let _ = date.map(|date| file.set_times(FileTimes::new().set_modified(date)));
                    file.sync_data()?;
                }
            }
        }
        Ok(())
    }
}

fn read_at(archive: &mut File, at: u64, buffer: &mut [u8], length: u64) -> Result<(), Refusal> {
    let end = at.checked_add(buffer.len() as u64);
    if end.is_none_or(|end| end > length) {
        return Err("it ends too early".to_owned().into());
    }
    archive.seek(SeekFrom::Start(at))?;
    archive.read_exact(buffer)?;
    Ok(())
}

/// What somebody was sent is for their eyes alone until they decide otherwise.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Moves the last `size` bytes of the archive, from `start` on, into a file: the end first, so that the archive can be cut.
fn move_out(archive: &mut File, start: u64, size: u64, file: &mut File) -> io::Result<()> {
    let mut chunk = Vec::new();
    let mut left = size;
    while left > 0 {
        let at = (left - 1) / CHUNK * CHUNK;
        chunk.resize(usize::try_from(left - at).unwrap_or(0), 0);
        archive.seek(SeekFrom::Start(start + at))?;
        archive.read_exact(&mut chunk)?;
        file.seek(SeekFrom::Start(at))?;
        file.write_all(&chunk)?;
        archive.set_len(start + at)?;
        left = at;
    }
    Ok(())
}

/// Which names the members get: safe ones, each once, also where capitals do not count.
#[derive(Debug, Default)]
struct Names {
    /// Every folder of the archive by its path there, and where it is placed.
    folders: BTreeMap<String, PathBuf>,
    /// What is taken, in small letters, and how many wanted it.
    taken: BTreeMap<String, u32>,
}

impl Names {
    /// Where a member goes; nowhere, if it is the folder itself in which everything lies.
    fn place(&mut self, path: &str, kind: Kind) -> Result<Option<PathBuf>, String> {
        let components: Vec<&str> = path.split('/').collect();
        let leads_away = |component: &&str| matches!(*component, "" | "." | "..") || component.contains('\0');
        if components.iter().any(leads_away) {
            return Err("a path in it leads elsewhere".to_owned());
        }
        if path.len() > LONGEST_PATH || components.len() > DEEPEST {
            return Err("a path in it is too long".to_owned());
        }
        let inside = if components.len() == 1 && kind != Kind::Folder { &components[..] } else { &components[1..] };
        let placed = match (inside.split_last(), kind) {
            (None, _) => return Ok(None),
            (Some(_), Kind::Folder) => self.folder(inside),
            (Some((name, parents)), Kind::File(_)) => {
                let parent = self.folder(parents);
                self.claim(&parent, name)
            }
        };
        if placed.as_os_str().len() > LONGEST_PATH {
            return Err("a path in it is too long".to_owned());
        }
        Ok(Some(placed))
    }

    fn folder(&mut self, components: &[&str]) -> PathBuf {
        let mut placed = PathBuf::new();
        for (depth, component) in components.iter().enumerate() {
            let key = components[..=depth].join("/");
            placed = match self.folders.get(&key) {
                Some(known) => known.clone(),
                None => self.claim(&placed, component),
            };
            self.folders.insert(key, placed.clone());
        }
        placed
    }

    /// A name in a folder that nothing else has.
    fn claim(&mut self, folder: &Path, name: &str) -> PathBuf {
        let safe = safe_name(name);
        let wanted = folder.join(&safe);
        let mut number = self.take(&wanted);
        loop {
            if number == 0 {
                return wanted;
            }
            let other = folder.join(numbered(&safe, number));
            if self.take(&other) == 0 {
                return other;
            }
            number = self.take(&wanted);
        }
    }

    /// How many wanted that path before.
    fn take(&mut self, path: &Path) -> u32 {
        let count = self.taken.entry(path.to_string_lossy().to_lowercase()).or_insert(0);
        *count += 1;
        *count - 1
    }
}

/// `a (1).txt`.
fn numbered(name: &str, number: u32) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => format!("{stem} ({number}).{extension}"),
        Some(_) | None => format!("{name} ({number})"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::pack::tests::{pack, photos};
    use super::super::tar::{Member, padding};
    use super::*;

    /// An archive of these members, each with as many bytes as it says.
    fn archive(members: &[(&str, Kind)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (path, kind) in members {
            let member = Member { path: (*path).to_owned(), kind: *kind, modified: 1_700_000_000 };
            bytes.extend(member.header());
            let size = usize::try_from(member.size()).unwrap();
            bytes.extend(vec![b'.'; size + usize::try_from(padding(member.size())).unwrap()]);
        }
        bytes.extend([0; 1024]);
        bytes
    }

    fn stored(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    /// What becomes of an archive: every path in the folder, sorted; or what is wrong with it.
    fn unpack(bytes: &[u8]) -> Result<Vec<String>, String> {
        let (mut file, folder) = (stored(bytes), tempfile::tempdir().unwrap());
        let plan = match Plan::survey(&mut file, bytes.len() as u64) {
            Ok(plan) => plan,
            Err(Refusal::Unsafe(why)) => return Err(why),
            Err(Refusal::Disk(why)) => panic!("{why}"),
        };
        plan.carry_out(&mut file, folder.path()).unwrap();
        let mut paths = Vec::new();
        walk(folder.path(), folder.path(), &mut paths);
        paths.sort();
        Ok(paths)
    }

    fn walk(root: &Path, folder: &Path, paths: &mut Vec<String>) {
        for child in fs::read_dir(folder).unwrap() {
            let path = child.unwrap().path();
            paths.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
            if path.is_dir() {
                walk(root, &path, paths);
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
    fn what_was_packed_is_unpacked_with_its_dates_and_without_space_for_two() {
        let (home, there) = (photos(), tempfile::tempdir().unwrap());
        let mut pack = pack(&home);
        let size = pack.size();
        let bytes = pack.read(0, usize::try_from(size).unwrap(), Vec::new()).unwrap();
        let mut file = stored(&bytes);
        let plan = Plan::survey(&mut file, size).unwrap();
        plan.carry_out(&mut file, there.path()).unwrap();
        assert_eq!(fs::read(there.path().join("2024/b ü.jpg")).unwrap(), vec![2; 512]);
        assert_eq!(fs::read(there.path().join("a.jpg")).unwrap(), vec![1; 1000]);
        assert_eq!(fs::read(there.path().join("2024/nothing")).unwrap(), b"");
        assert!(there.path().join("2024/empty").is_dir());
        let date = |path: PathBuf| fs::metadata(path).unwrap().modified().unwrap().duration_since(UNIX_EPOCH).unwrap();
        let (sent, arrived) = (date(home.path().join("photos/a.jpg")), date(there.path().join("a.jpg")));
        assert_eq!(sent.as_secs(), arrived.as_secs());
        assert!(file.metadata().unwrap().len() < 4096, "the archive is used up");
    }

    #[test]
    fn a_file_of_several_chunks_is_whole() {
        let content: Vec<u8> = (0..CHUNK * 2 + 77).map(|index| u8::try_from(index % 251).unwrap()).collect();
        let (mut from, mut to) = (stored(&content), tempfile::tempfile().unwrap());
        move_out(&mut from, 0, content.len() as u64, &mut to).unwrap();
        let mut arrived = Vec::new();
        to.rewind().unwrap();
        to.read_to_end(&mut arrived).unwrap();
        assert!(arrived == content && from.metadata().unwrap().len() == 0);
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
        becomes(&[("a/x.txt", FILE), ("a/x.txt", FILE), ("a/X.TXT", FILE)], &["X (2).TXT", "x (1).txt", "x.txt"]);
        becomes(&[("a/x", FILE), ("a/x/y", FILE)], &["x", "x (1)", "x (1)/y"]);
        becomes(&[("a/.x", FILE), ("a/x", FILE), ("a/x (1)", FILE)], &["x", "x (1)", "x (1) (1)"]);
        becomes(&[("a/D", Kind::Folder), ("a/d/y", FILE), ("a/D/y", FILE)], &["D", "D/y", "d (1)", "d (1)/y"]);
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
