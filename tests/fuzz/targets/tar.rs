//! An archive of any bytes, unpacked: everything lies in its folder, is a plain file or folder under a name that can be
//! seen, and nothing that was there before is touched.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use balcony::client::bare::unpack;

use super::desk::empty_folder;
use super::home::shell::is_safe;

/// More than fits into an input.
const MOST_FILES: usize = 10_000;

/// Unpacks the input. Checksums that are wrong are put right, where the input says so with its first byte.
pub(super) fn run(input: &[u8]) {
    let Some((first, archive)) = input.split_first() else { return };
    let desk = empty_folder();
    let (folder, packed) = (desk.join("folder"), desk.join("archive"));
    fs::create_dir(&folder).expect("a folder can be made in a folder of ours");
    fs::write(desk.join("witness"), "untouched").expect("a file can be written in a folder of ours");
    let mut archive = archive.to_vec();
    if first % 2 == 1 {
        archive.chunks_exact_mut(512).for_each(sum_up);
    }
    fs::write(&packed, &archive).expect("a file can be written in a folder of ours");
    let unpacked = unpack(&packed, &folder);
    let files = look(&folder, 0);
    match unpacked {
        Ok(()) => {}
        Err(why) => assert!(why.kind() == ErrorKind::InvalidData && files == 0, "half of it is unpacked: {why}"),
    }
    let beside: Vec<_> = fs::read_dir(&desk).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(beside.len(), 3, "something lies beside the folder: {beside:?}");
    assert_eq!(fs::read_to_string(desk.join("witness")).ok().as_deref(), Some("untouched"));
}

/// Makes of a block a header that is believed, if it has a name and a kind.
fn sum_up(block: &mut [u8]) {
    if block[0] == 0 || !block[257..].starts_with(b"ustar") {
        return;
    }
    block[148..156].fill(b' ');
    let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// How much lies in a folder, all of it harmless.
fn look(folder: &Path, before: usize) -> usize {
    let mut count = before;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (name, kind) = (entry.file_name(), entry.file_type().expect("what is listed is there"));
        count += 1;
        assert!(count < MOST_FILES, "more than can have been in it");
        assert!(kind.is_file() || kind.is_dir(), "{} is no file", name.display());
        assert!(name.to_str().is_some_and(is_safe), "{} is no safe name", name.display());
        if kind.is_dir() {
            count = look(&entry.path(), count);
        }
    }
    count
}
