//! XEP-0096, the file transfer profile: an offer describes one file, an answer may ask for a part of it.

use minidom::Element;

use super::Profile;
use crate::engine::feature::Xep;
use crate::engine::transfer::offer::FileOffer;
use crate::xep::si::{Dialect, Offer};
use crate::xep::si_file::{File, Range};
use crate::xep::{Malformed, ns, si_legacy};

/// The line of file transfer.
pub(crate) const PROFILE: Profile = Profile {
    namespace: ns::SI_FILE,
    xep: Xep { number: "0096", title: "SI File Transfer", version: "1.3.1" },
    read_offer,
    write_offer,
    read_answer,
    write_answer,
};

fn read_offer(offer: &Offer) -> Result<FileOffer, Malformed> {
    let file = match (offer.dialect, find_file(&offer.profile_data)) {
        (_, Some(file)) => File::read(file)?,
        (Dialect::Legacy, None) => si_legacy::read_file(&offer.headers),
        (Dialect::Si, None) => return Err(Malformed::new("an offer of a file without <file/>")),
    };
    Ok(FileOffer {
        size: file.size,
        mime_type: FileOffer::bounded(offer.mime_type.clone().or(file.mime_type)),
        description: FileOffer::bounded(file.description),
        date: file.date,
        hash: file.hash,
        ..FileOffer::from_stranger(&file.name.unwrap_or_default())
    })
}

/// `<range/>` says that a part can be asked for, which is always so here.
fn write_offer(file: &FileOffer) -> Vec<Element> {
    let file = File {
        name: Some(file.name.clone()),
        size: file.size,
        hash: file.hash.clone(),
        date: file.date,
        description: file.description.clone(),
        mime_type: None,
        range: Some(Range::default()),
    };
    vec![file.write()]
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
