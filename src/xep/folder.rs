//! Balcony's own extension of stream initiation: what is offered is a folder, packed with tar.
//!
//! In the `<si/>` of an offer, beside `<file/>`:
//!
//! ```xml
//! <folder xmlns='urn:x-balcony:folder:0' files='12' bytes='345678'/>
//! ```
//!
//! Who knows it unpacks what arrives; who does not has a file whose name ends in `.tar`. The numbers are for the person
//! who is asked; an archive that holds more is not unpacked.

use minidom::Element;

use super::stanza::{element, set};
use super::{ns, number};

/// What a folder is said to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folder {
    /// How many files.
    pub files: u64,
    /// How many bytes in them, together.
    pub bytes: u64,
}

/// What fills the last block of a file in an archive, with its header.
const MOST_PACKED: u64 = 4096;

/// What folders take in an archive, and its end, before anybody wonders.
const FOLDERS: u64 = 64 * 1024;

/// What a header may come to on the disk, in times its own length: a file of one byte or a folder takes a block of 4096
/// bytes there, and at least one of 512 in an archive.
const MOST_SWELLING: u64 = 8;

/// What any archive may come to besides: some folders that it does not name.
const SLACK: u64 = 1024 * 1024;

/// The most that an honest archive of this length, with so many bytes in its files, takes on the disk when it is unpacked.
pub fn most_unpacked(archive: u64, bytes: u64) -> u64 {
    let headers = archive.saturating_sub(bytes);
    bytes.saturating_add(headers.saturating_mul(MOST_SWELLING)).saturating_add(SLACK)
}

impl Folder {
    /// Whether an archive of that length is what one would expect of it.
    pub fn fits(&self, archive: u64) -> bool {
        let most = self.files.saturating_mul(MOST_PACKED).saturating_add(self.bytes).saturating_add(FOLDERS);
        (self.bytes..=most).contains(&archive)
    }

    /// Finds it in an offer; odd numbers are none.
    pub fn find(profile_data: &[Element]) -> Option<Self> {
        let folder = profile_data.iter().find(|data| data.is("folder", ns::FOLDER))?;
        let number = |attribute| number(folder, attribute).unwrap_or(0);
        Some(Folder { files: number("files"), bytes: number("bytes") })
    }

    /// Writes it.
    pub fn write(&self) -> Element {
        let mut folder = element("folder", ns::FOLDER);
        set(&mut folder, "files", &self.files.to_string());
        set(&mut folder, "bytes", &self.bytes.to_string());
        folder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_found_among_other_things() {
        let folder = Folder { files: 3, bytes: u64::MAX };
        let data = [element("file", ns::SI_FILE), folder.write()];
        assert_eq!(Folder::find(&data), Some(folder));
        assert_eq!(Folder::find(&data[..1]), None);
    }

    #[test]
    fn an_archive_that_is_much_longer_or_shorter_than_what_it_is_said_to_hold_does_not_fit() {
        let folder = Folder { files: 12, bytes: 1_000_000 };
        assert!(folder.fits(1_013_000) && folder.fits(1_100_000));
        assert!(!folder.fits(999_999) && !folder.fits(50_000_000_000));
        let boundless = Folder { files: u64::MAX, bytes: u64::MAX };
        assert!(!boundless.fits(1) && most_unpacked(u64::MAX, 0) == u64::MAX);
    }

    #[test]
    fn odd_numbers_are_none_and_it_is_a_folder_all_the_same() {
        let odd: Element = "<folder xmlns='urn:x-balcony:folder:0' files='-1' bytes='much'/>".parse().unwrap();
        assert_eq!(Folder::find(&[odd]), Some(Folder { files: 0, bytes: 0 }));
    }
}
