//! Where a received file goes: names that are free, in a folder that is ours, and nothing that was there is touched.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use crate::engine::Place;

/// How many variations of a name are tried; who has more files of one name has another problem.
const MOST_VARIATIONS: u32 = 9999;

/// Longest name that every usual file system takes, in bytes.
const LONGEST_NAME: usize = 255;

/// What a file that is not whole is called, behind its name.
const PART: &str = ".part";

/// A folder and the name a file should have in it.
#[derive(Debug)]
pub(super) struct Destination {
    folder: PathBuf,
    stem: OsString,
    extension: OsString,
}

impl Destination {
    /// Where `place` is; its folder is made if need be, for its owner alone.
    pub(super) fn of(place: &Place, downloads: &Path) -> io::Result<Self> {
        match place {
            Place::Downloads { name } => {
                make_folder(downloads)?;
                Destination::new(downloads, single_component(name)?)
            }
            Place::Chosen { path, name } if path.is_dir() => Destination::new(path, single_component(name)?),
            Place::Chosen { path, .. } => {
                let name = path.file_name().ok_or_else(|| no_name(path))?;
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
                make_folder(folder)?;
                Destination::new(folder, name)
            }
        }
    }

    /// A path that an earlier destination gave out.
    pub(super) fn of_path(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or_else(|| no_name(path))?;
        Destination::new(path.parent().unwrap_or(Path::new(".")), name)
    }

    fn new(folder: &Path, name: &OsStr) -> io::Result<Self> {
        let name = Path::new(name);
        let stem = name.file_stem().ok_or_else(|| no_name(name))?.to_owned();
        let mut extension = OsString::new();
        if let Some(text) = name.extension() {
            extension.push(".");
            extension.push(text);
        }
        Ok(Destination { folder: folder.to_owned(), stem, extension })
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The name itself for 0, else `name (1).ext` and so on; shortened to what file systems take with `.part`.
    pub(super) fn variation(&self, number: u32) -> PathBuf {
        let counted = if number == 0 { String::new() } else { format!(" ({number})") };
        let room = LONGEST_NAME.saturating_sub(self.extension.len() + counted.len() + PART.len());
        let mut name = shortened(&self.stem, room);
        name.push(counted);
        name.push(&self.extension);
        self.folder.join(name)
    }

    /// Creates the `.part` of the first variation that is free. `O_EXCL` sees a symbolic link as taken.
    pub(super) fn create_part(&self) -> io::Result<(File, u32)> {
        for number in 0..=MOST_VARIATIONS {
            let path = self.variation(number);
            if exists(&path) {
                continue;
            }
            match open_new(&part_of(&path)) {
                Ok(file) => return Ok((file, number)),
                Err(why) if why.kind() == ErrorKind::AlreadyExists => {}
                Err(why) => return Err(why),
            }
        }
        Err(all_taken())
    }

    /// Gives a folder the first name from variation `number` on that is free. An empty folder is made there first, and
    /// nothing but an empty folder can be replaced by another: what somebody puts into it meanwhile makes this fail.
    pub(super) fn settle_folder(&self, unnamed: &Path, number: u32) -> io::Result<PathBuf> {
        let path = self.create_folder(number)?;
        if let Err(why) = fs::rename(unnamed, &path) {
            let _ = fs::remove_dir(&path);
            return Err(why);
        }
        sync_folder(&self.folder);
        Ok(path)
    }

    fn create_folder(&self, number: u32) -> io::Result<PathBuf> {
        for number in number..=MOST_VARIATIONS {
            let path = self.variation(number);
            match new_folder(&path) {
                Ok(()) => return Ok(path),
                Err(why) if why.kind() == ErrorKind::AlreadyExists => {}
                Err(why) => return Err(why),
            }
        }
        Err(all_taken())
    }

    /// The same name with an ending behind it.
    pub(super) fn with_ending(&self, ending: &str) -> Self {
        let mut extension = self.extension.clone();
        extension.push(ending);
        Destination { folder: self.folder.clone(), stem: self.stem.clone(), extension }
    }

    /// Gives `part` the first name from variation `number` on that is free, without overwriting: a hard link fails when
    /// the name exists. A file system without hard links gets an empty file first, which the part then replaces.
    pub(super) fn settle(&self, part: &Path, number: u32) -> io::Result<PathBuf> {
        for number in number..=MOST_VARIATIONS {
            let path = self.variation(number);
            match fs::hard_link(part, &path) {
                Ok(()) => {
                    fs::remove_file(part)?;
                    return Ok(path);
                }
                Err(why) if why.kind() == ErrorKind::AlreadyExists => continue,
                Err(why) if why.kind() == ErrorKind::NotFound => return Err(why),
                Err(_) => {}
            }
            match File::create_new(&path) {
                Ok(_) => return fs::rename(part, &path).map(|()| path),
                Err(why) if why.kind() == ErrorKind::AlreadyExists => {}
                Err(why) => return Err(why),
            }
        }
        Err(all_taken())
    }
}

/// The `.part` of a file.
pub(super) fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(PART);
    PathBuf::from(name)
}

/// A name that cannot lead out of a folder. The engine makes names safe; this is the last gate.
fn single_component(name: &str) -> io::Result<&OsStr> {
    let mut components = Path::new(name).components();
    let refused = || io::Error::new(ErrorKind::InvalidInput, format!("{name:?} is not a name for a file"));
    match (components.next(), components.next()) {
        (Some(Component::Normal(only)), None)
            if only == OsStr::new(name) && !name.starts_with('.') && !name.contains(['\0', '\\']) =>
        {
            Ok(only)
        }
        _ => Err(refused()),
    }
}

/// What somebody was sent is for their eyes alone until they decide otherwise.
fn open_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder and those that it lies in, unless they are there.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    private_folder(true).create(folder)
}

/// Makes a folder that is not there yet.
pub(super) fn new_folder(folder: &Path) -> io::Result<()> {
    private_folder(false).create(folder)
}

/// Writes a folder's entries to the disk, where folders can be opened for that; elsewhere the system does in time.
pub(super) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

fn private_folder(recursive: bool) -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(recursive);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Whether anything has that name, a dangling symbolic link included.
fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// At most `room` bytes of it, cut between characters.
fn shortened(stem: &OsStr, room: usize) -> OsString {
    if stem.len() <= room {
        return stem.to_owned();
    }
    let text = stem.to_string_lossy();
    let end = (0..=room.min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    OsString::from(&text[..end])
}

fn no_name(path: &Path) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, format!("{} names no file", path.display()))
}

fn all_taken() -> io::Error {
    io::Error::new(ErrorKind::AlreadyExists, "every variation of the name is taken")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn downloads(name: &str) -> Place {
        Place::Downloads { name: name.to_owned() }
    }

    #[test]
    fn hostile_names_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("downloads");
        for name in ["", ".", "..", "../x", "a/b", "/etc/passwd", "a/", "./a", ".bashrc", "a\0b", "..\\x"] {
            assert!(Destination::of(&downloads(name), &inside).is_err(), "{name:?} was taken");
        }
        assert_eq!(fs::read_dir(&inside).unwrap().count(), 0);
    }

    #[test]
    fn a_taken_name_is_varied_before_its_extension() {
        let folder = tempfile::tempdir().unwrap();
        let destination = Destination::of(&downloads("photo.jpg"), folder.path()).unwrap();
        fs::write(folder.path().join("photo.jpg"), "mine").unwrap();
        fs::write(folder.path().join("photo (1).jpg.part"), "half").unwrap();
        let (_, number) = destination.create_part().unwrap();
        assert_eq!(destination.variation(number), folder.path().join("photo (2).jpg"));
    }

    #[test]
    fn a_name_as_long_as_names_can_be_still_fits_with_its_part() {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("{}.tar", "ü".repeat(125));
        let destination = Destination::of(&downloads(&name), folder.path()).unwrap();
        let (_, number) = destination.create_part().unwrap();
        let path = destination.variation(number);
        assert!(part_of(&path).file_name().unwrap().len() <= LONGEST_NAME);
        assert_eq!(path.extension().unwrap(), "tar");
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_is_neither_followed_nor_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let target = elsewhere.path().join("target");
        std::os::unix::fs::symlink(&target, folder.path().join("a.txt")).unwrap();
        std::os::unix::fs::symlink(&target, folder.path().join("a (1).txt.part")).unwrap();
        let destination = Destination::of(&downloads("a.txt"), folder.path()).unwrap();
        let (_, number) = destination.create_part().unwrap();
        assert_eq!(number, 2);
        assert!(!exists(&target));
    }

    #[test]
    fn a_name_that_was_taken_meanwhile_is_varied_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let destination = Destination::of(&downloads("a.txt"), folder.path()).unwrap();
        let (_, number) = destination.create_part().unwrap();
        fs::write(folder.path().join("a.txt"), "theirs").unwrap();
        let part = part_of(&destination.variation(number));
        let path = destination.settle(&part, number).unwrap();
        assert_eq!(path, folder.path().join("a (1).txt"));
        assert_eq!(fs::read_to_string(folder.path().join("a.txt")).unwrap(), "theirs");
        assert!(!exists(&part));
    }

    #[test]
    fn a_chosen_folder_takes_the_offered_name_and_a_chosen_path_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let chosen = |path: PathBuf| Place::Chosen { path, name: "offered.txt".to_owned() };
        let path_of = |place: &Place| Destination::of(place, Path::new("unused")).unwrap().variation(0);
        assert_eq!(path_of(&chosen(folder.path().to_owned())), folder.path().join("offered.txt"));
        assert_eq!(path_of(&chosen(folder.path().join("mine.txt"))), folder.path().join("mine.txt"));
        assert_eq!(path_of(&chosen(PathBuf::from("mine.txt"))), Path::new("./mine.txt"));
        assert!(Destination::of(&chosen(PathBuf::from("none/..")), Path::new("unused")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_of_a_chosen_path_is_made() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("letters/new/sonnet.txt");
        let place = Place::Chosen { path: path.clone(), name: "offered.txt".to_owned() };
        let destination = Destination::of(&place, Path::new("/nowhere")).unwrap();
        destination.create_part().unwrap();
        assert!(part_of(&path).is_file());
    }

    #[test]
    fn the_downloads_folder_and_what_arrives_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("new/downloads");
        let place = Destination::of(&downloads("a"), &inside).unwrap();
        assert_eq!(fs::metadata(&inside).unwrap().permissions().mode() & 0o777, 0o700);
        let (part, _) = place.create_part().unwrap();
        assert_eq!(part.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
