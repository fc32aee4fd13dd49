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

impl Folder {
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
    fn odd_numbers_are_none_and_it_is_a_folder_all_the_same() {
        let odd: Element = "<folder xmlns='urn:x-balcony:folder:0' files='-1' bytes='much'/>".parse().unwrap();
        assert_eq!(Folder::find(&[odd]), Some(Folder { files: 0, bytes: 0 }));
    }
}
