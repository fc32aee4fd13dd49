//! XEP-0096, the file transfer profile: an offer describes one file, an answer may ask for a part of it.
//!
//! A folder is a file too: an archive that carries the folder's name and an ending. Balconies say so beside the file
//! ([`crate::xep::folder`]), and then the folder's own name is what everybody is told.

use minidom::Element;

use super::Profile;
use crate::engine::feature::Xep;
use crate::engine::transfer::offer::{FileOffer, bounded};
use crate::xep::folder::Folder;
use crate::xep::si::{Dialect, Offer};
use crate::xep::si_file::{File, Range};
use crate::xep::{Malformed, ns, si_legacy};

/// What it adds to our disco#info: folders are unpacked here.
pub(crate) const ADVERTISES: &str = ns::FOLDER;

/// What an archive is called, behind the name of the folder in it.
const ARCHIVE: &str = ".tar";

/// The line of file transfer.
pub(crate) const PROFILE: Profile = Profile {
    namespace: ns::SI_FILE,
    xep: Xep { number: "0096", title: "SI File Transfer", version: "1.3.1" },
    read_offer,
    write_offer,
    legacy_name: si_legacy::FILE_PROFILE,
    write_headers: |offered| si_legacy::write_file(&described(offered)),
    read_answer,
    write_answer,
};

fn read_offer(offer: &Offer) -> Result<FileOffer, Malformed> {
    let file = match (offer.dialect, find_file(&offer.profile_data)) {
        (_, Some(file)) => File::read(file)?,
        (Dialect::Legacy, None) => si_legacy::read_file(&offer.headers),
        (Dialect::Si, None) => return Err(Malformed::new("an offer of a file without <file/>")),
    };
    let name = file.name.unwrap_or_default();
    let folder = Folder::find(&offer.profile_data);
    let name = folder.and_then(|_| name.strip_suffix(ARCHIVE)).unwrap_or(&name);
    Ok(FileOffer {
        size: file.size,
        mime_type: bounded(offer.mime_type.clone().or(file.mime_type)),
        description: bounded(file.description),
        date: file.date,
        hash: file.hash,
        folder,
        takes_range: file.range.is_some(),
        ..FileOffer::from_stranger(name)
    })
}

/// `<range/>` says that a part can be asked for, which is always so here.
fn write_offer(offered: &FileOffer) -> Vec<Element> {
    let folder = offered.folder.map(|folder| folder.write());
    std::iter::once(described(offered).write()).chain(folder).collect()
}

fn described(offered: &FileOffer) -> File {
    let ending = if offered.folder.is_some() { ARCHIVE } else { "" };
    File {
        name: Some(format!("{}{ending}", offered.name)),
        size: offered.size,
        hash: offered.hash.clone(),
        date: offered.date,
        description: offered.description.clone(),
        mime_type: None,
        range: Some(Range::default()),
    }
}

/// Most peers leave `<file/>` out of their answer.
fn read_answer(profile_data: &[Element]) -> Option<Range> {
    find_file(profile_data).and_then(|file| File::read(file).ok())?.range
}

fn write_answer(range: Option<Range>) -> Vec<Element> {
    vec![File { range, ..File::default() }.write()]
}

fn find_file(profile_data: &[Element]) -> Option<&Element> {
    profile_data.iter().find(|data| data.is("file", ns::SI_FILE))
}
