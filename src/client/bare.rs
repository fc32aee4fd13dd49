//! Two readers of what others send, without the client around them: for `tests/fuzz`, and of no use elsewhere.
//!
//! Everything else that fuzzing reaches, it reaches as any user of this library does.

use std::fs::File;
use std::io;
use std::path::Path;

use super::connection::guard::filter::Filter;
use super::files::archive::unpack::{Refusal, carry_out, survey};
use crate::xep::folder::Folder;

/// What the XML parser gets to see of a stream that arrives in these pieces, if stanzas of more than `largest` bytes are
/// cut.
pub fn guard<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, largest: usize) -> Vec<u8> {
    let (mut filter, mut clean) = (Filter::of_stanzas_up_to(largest), Vec::new());
    pieces.into_iter().for_each(|piece| filter.pass(piece, &mut clean));
    clean
}

/// Unpacks an archive into an empty folder. One that is not to be unpacked is [`InvalidData`](io::ErrorKind::InvalidData).
pub fn unpack(archive: &Path, folder: &Path) -> io::Result<()> {
    let mut archive = File::open(archive)?;
    let length = archive.metadata()?.len();
    let said = Folder { files: u64::MAX, bytes: u64::MAX };
    let unpacked =
        survey(&mut archive, length, said).and_then(|_| carry_out(&mut archive, length, folder, &mut |_| {}));
    unpacked.map(|_| ()).map_err(|refusal| match refusal {
        Refusal::Unsafe(why) => io::Error::new(io::ErrorKind::InvalidData, why),
        Refusal::Disk(why) => why,
    })
}
