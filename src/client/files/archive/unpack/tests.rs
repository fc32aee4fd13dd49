//! What is unpacked, where, with which permissions; and that what is hostile stays packed.

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
