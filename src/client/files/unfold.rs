//! An archive that is here, whole, becomes the folder that was offered.
//!
//! The folder grows beside the archive under a name of its own, is written to the disk, gets its name, and then the archive
//! can go. So there is always one of the two, whole: whoever is killed in between finds the archive, and unpacks it again.
//! The price is the space for both; where that is missing, or where the archive is not to be trusted, the archive gets the
//! name, with `.tar` behind it.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::archive::unpack::{Needs, Refusal, carry_out, survey};
use super::place::{Destination, new_folder, part_of};
use crate::client::heap;
use crate::engine::{FileError, FileEvent, FileIdentity, amount};
use crate::xep::folder::Folder;

/// What an archive is called, behind the name of the folder in it.
const ARCHIVE: &str = ".tar";

/// An archive, and the folder that it is to become.
pub(super) struct Unfolding<'a> {
    pub(super) archive: PathBuf,
    pub(super) identity: FileIdentity,
    pub(super) length: u64,
    pub(super) destination: &'a Destination,
    /// Which variation of the name the archive has.
    pub(super) number: u32,
}

impl Unfolding<'_> {
    /// Unpacks it into a folder with its name, and returns that. It was said to hold so much. How far it is and what is not
    /// called what it was is told on the way.
    pub(super) fn unpack(&self, said: Folder, tell: &mut dyn FnMut(FileEvent)) -> Result<PathBuf, FileError> {
        let unpacked = self.try_to_unpack(said, tell);
        heap::give_back();
        unpacked.map_err(|refusal| {
            self.clear();
            self.keep_packed(refusal)
        })
    }

    fn try_to_unpack(&self, said: Folder, tell: &mut dyn FnMut(FileEvent)) -> Result<PathBuf, Refusal> {
        let mut archive = File::open(&self.archive)?;
        let needs = survey(&mut archive, self.length, said)?;
        self.clear();
        require_room(self.destination.folder(), needs)?;
        let unnamed = self.unnamed();
        new_folder(&unnamed)?;
        let renamed = carry_out(&mut archive, self.length, &unnamed, &mut self.percents(tell))?;
        if renamed > 0 {
            tell(FileEvent::Renamed { names: renamed });
        }
        Ok(self.destination.settle_folder(&unnamed, self.number)?)
    }

    /// Tells how far it is whenever a percent more is done.
    fn percents<'a>(&self, tell: &'a mut dyn FnMut(FileEvent)) -> impl FnMut(u64) + 'a {
        let (length, mut told) = (self.length, None);
        move |at| {
            let percent = amount::percent(at, length);
            if told != Some(percent) {
                told = Some(percent);
                tell(FileEvent::Unpacking { bytes: at });
            }
        }
    }

    /// Removes what has been unpacked of it without getting its name.
    pub(super) fn clear(&self) {
        let unnamed = self.unnamed();
        if let Err(why) = fs::remove_dir_all(&unnamed)
            && why.kind() != ErrorKind::NotFound
        {
            tracing::warn!(path = %unnamed.display(), %why, "what was unpacked could not be removed");
        }
    }

    /// The folder until it has its name. By the number that the file system gave the archive it is known to be ours when
    /// it is found: whoever offers something, or names folders by hand, does not call it so.
    fn unnamed(&self) -> PathBuf {
        let FileIdentity(identity) = self.identity;
        part_of(&self.destination.with_ending(&format!(".{identity:x}")).variation(self.number))
    }

    fn keep_packed(&self, refusal: Refusal) -> FileError {
        let why = match refusal {
            Refusal::Unsafe(why) => why,
            Refusal::Disk(why) => told(&why),
        };
        let path = self.destination.with_ending(ARCHIVE).settle(&self.archive, self.number);
        FileError::NotUnpacked { why, path: path.unwrap_or_else(|_| self.archive.clone()) }
    }
}

fn told(why: &io::Error) -> String {
    let is_full = matches!(why.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
    if is_full { "there was not enough space beside the archive".to_owned() } else { why.to_string() }
}

/// A refusal if there is no room for what is unpacked.
fn require_room(folder: &Path, needs: Needs) -> Result<(), Refusal> {
    // A file system that does not say is given the benefit of the doubt.
    let free = fs4::available_space(folder).unwrap_or(u64::MAX);
    if free < needs.bytes {
        let (needed, free) = (amount::bytes(needs.bytes), amount::bytes(free));
        return Err(format!("it needs {needed} beside the archive, and {free} are free").into());
    }
    match free_entries(folder) {
        Some(free) if free < needs.entries => {
            Err(format!("it holds {} files and folders, and the disk has room for {free}", needs.entries).into())
        }
        Some(_) | None => Ok(()),
    }
}

/// How many more files and folders a file system has room for, if it counts them.
#[cfg(unix)]
fn free_entries(folder: &Path) -> Option<u64> {
    let about = rustix::fs::statvfs(folder).ok()?;
    (about.f_files > 0).then_some(about.f_favail)
}

/// Elsewhere nobody counts.
#[cfg(not(unix))]
fn free_entries(_folder: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::super::archive::unpack::tests::two_files;
    use super::*;
    use crate::client::files::part::identity;
    use crate::engine::Place;

    const SAID: Folder = Folder { files: 2, bytes: 6 };

    /// An archive that has arrived as `photos.part`.
    struct Scene {
        _home: tempfile::TempDir,
        downloads: PathBuf,
        destination: Destination,
        length: u64,
    }

    impl Scene {
        fn new(bytes: &[u8]) -> Self {
            Scene::within("downloads", bytes)
        }

        fn within(downloads: &str, bytes: &[u8]) -> Self {
            let home = tempfile::tempdir().unwrap();
            let downloads = home.path().join(downloads);
            let place = Place::Downloads { name: "photos".to_owned() };
            let destination = Destination::of(&place, &downloads).unwrap();
            fs::write(downloads.join("photos.part"), bytes).unwrap();
            Scene { _home: home, downloads, destination, length: bytes.len() as u64 }
        }

        fn unfolding(&self) -> Unfolding<'_> {
            let archive = self.path("photos.part");
            let identity = identity(&fs::metadata(&archive).unwrap());
            Unfolding { archive, identity, length: self.length, destination: &self.destination, number: 0 }
        }

        /// What lies in the downloads folder, sorted.
        fn there(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.downloads).unwrap();
            let mut names: Vec<_> =
                entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
            names.sort();
            names
        }

        fn path(&self, name: &str) -> PathBuf {
            self.downloads.join(name)
        }
    }

    #[test]
    fn the_folder_has_its_name_when_it_is_whole_and_the_archive_is_still_there() {
        let scene = Scene::new(&two_files("y"));
        let mut told = Vec::new();
        assert_eq!(scene.unfolding().unpack(SAID, &mut |event| told.push(event)), Ok(scene.path("photos")));
        let unpacking = |event: &FileEvent| matches!(event, FileEvent::Unpacking { .. });
        assert!(told.len() == 2 && told.iter().all(unpacking), "{told:?}");
        assert_eq!(scene.there(), ["photos", "photos.part"]);
        assert_eq!(fs::read(scene.path("photos/x")).unwrap(), b"...");
    }

    /// Into folders so deep that there is a path for the first of its files and none for the second.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_fails_half_way_is_kept_as_an_archive_whole_and_nothing_else_is_left() {
        let deep = |length: usize, times| vec!["x".repeat(length); times].join("/");
        let bytes = two_files(&deep(190, 5));
        let scene = Scene::within(&deep(240, 13), &bytes);
        let why = "File name too long (os error 36)".to_owned();
        let path = scene.path("photos.tar");
        assert_eq!(
            scene.unfolding().unpack(SAID, &mut |_| {}),
            Err(FileError::NotUnpacked { why, path: path.clone() })
        );
        assert_eq!(scene.there(), ["photos.tar"]);
        assert_eq!(fs::read(path).unwrap(), bytes);
    }

    #[test]
    fn what_a_killed_program_left_is_replaced_and_what_somebody_else_has_is_not_touched() {
        let scene = Scene::new(&two_files("y"));
        let unnamed = scene.unfolding().unnamed();
        fs::create_dir_all(unnamed.join("half")).unwrap();
        fs::create_dir(scene.path("photos (2)")).unwrap();
        for folder in ["photos", "photos (1)", "photos.part.part"] {
            fs::create_dir(scene.path(folder)).unwrap();
            fs::write(scene.path(folder).join("mine"), "mine").unwrap();
        }
        assert_eq!(scene.unfolding().unpack(SAID, &mut |_| {}), Ok(scene.path("photos (3)")));
        assert_eq!(
            scene.there(),
            ["photos", "photos (1)", "photos (2)", "photos (3)", "photos.part", "photos.part.part"]
        );
        assert_eq!(fs::read_dir(scene.path("photos (3)")).unwrap().count(), 2);
        assert!(scene.path("photos/mine").is_file() && scene.path("photos (1)/mine").is_file());
    }

    #[test]
    fn names_that_had_to_change_are_counted() {
        let scene = Scene::new(&two_files(".x"));
        let mut renamed = None;
        let unpacked = scene.unfolding().unpack(SAID, &mut |event| {
            if let FileEvent::Renamed { names } = event {
                renamed = Some(names);
            }
        });
        assert_eq!((unpacked, renamed), (Ok(scene.path("photos")), Some(1)));
    }

    #[test]
    fn more_than_the_disk_has_is_not_begun() {
        let home = tempfile::tempdir().unwrap();
        let told = |needs| match require_room(home.path(), needs) {
            Err(Refusal::Unsafe(why)) => why,
            other => panic!("{other:?}"),
        };
        assert!(told(Needs { bytes: u64::MAX / 2, entries: 1 }).contains("beside the archive, and "));
        require_room(home.path(), Needs { bytes: 4096, entries: 1 }).unwrap();
    }
}
