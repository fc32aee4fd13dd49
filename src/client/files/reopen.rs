//! A `.part` that an earlier stream left: opened again only if it still is what was left.
//!
//! The name alone proves nothing. It must be a regular file under no other name, reached through no symbolic link, held
//! by no other program, and begin with the bytes that were hashed; where too few were hashed to tell, it must be the very
//! file that was made then. Its bytes are hashed from the beginning, so that in the end the whole file is.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use super::hasher::Hasher;
use super::part::identity;
use crate::engine::journal::{Landed, Prefix};
use crate::engine::{Digest, FileError, Keep};

/// How much is read and hashed at a time; a multiple of every disk's page.
const BLOCK: usize = 256 * 1024;

/// How often it is looked whether nobody else writes any more: two seconds, and a slow disk is through.
const LOOKS: u32 = 20;

/// What lies between two looks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// A `.part` that was opened again, and what of it counts.
pub(super) struct Reopened {
    pub(super) file: File,
    pub(super) length: u64,
    pub(super) hasher: Hasher,
}

/// Opens it. What does not count is cut off; the rest is hashed.
pub(super) fn reopen(landed: &Landed, keep: Keep, digests: &[Digest]) -> Result<Reopened, FileError> {
    let stands_at = if is_named(landed) { &landed.path } else { &landed.part };
    let (mut file, metadata) = open(stands_at)?;
    let mut hasher = Hasher::new(digests);
    recognise(&mut file, &metadata, landed, &mut hasher)?;
    if *stands_at != landed.part {
        fs::rename(stands_at, &landed.part).map_err(unwritable)?;
    }
    let length = match keep {
        Keep::All => metadata.len(),
        Keep::Recognised => landed.prefix.length,
        Keep::Nothing => 0,
    };
    if length == 0 {
        hasher = Hasher::new(digests);
    }
    hash_to(&mut file, length, &mut hasher)?;
    file.set_len(length).map_err(unwritable)?;
    file.seek(SeekFrom::Start(length)).map_err(unwritable)?;
    Ok(Reopened { file, length, hasher })
}

/// Whether it has its name already: a program that was killed before it could write that down left no `.part`. What still
/// is what was to get the name becomes a `.part` again until the sender has said what it sent.
fn is_named(landed: &Landed) -> bool {
    let Ok(named) = fs::symlink_metadata(&landed.path) else { return false };
    let is_it = named.is_file() && identity(&named) == landed.identity && named.len() == landed.prefix.length;
    is_it && fs::symlink_metadata(&landed.part).is_err()
}

/// Hashes what is known of it, which must be there still.
fn recognise(file: &mut File, there: &Metadata, landed: &Landed, hasher: &mut Hasher) -> Result<(), FileError> {
    let Prefix { length: known, sha_256 } = &landed.prefix;
    if there.len() < *known {
        return Err(not_ours("it became shorter"));
    }
    if *known == 0 {
        let is_it = identity(there) == landed.identity;
        return is_it.then_some(()).ok_or_else(|| not_ours("it is another file"));
    }
    hash_to(file, *known, hasher)?;
    let is_it = hasher.digests().by(Digest::Sha256).is_some_and(|found| found == sha_256.as_slice());
    is_it.then_some(()).ok_or_else(|| not_ours("it was changed"))
}

fn open(path: &Path) -> Result<(File, Metadata), FileError> {
    let named = fs::symlink_metadata(path).map_err(unwritable)?;
    if !named.is_file() {
        return Err(not_ours("it is no file any more"));
    }
    let file = OpenOptions::new().read(true).write(true).open(path).map_err(unwritable)?;
    lock(&file)?;
    let opened = file.metadata().map_err(unwritable)?;
    if identity(&opened) != identity(&named) || !has_one_name(&opened) {
        return Err(not_ours("it is another file"));
    }
    Ok((file, opened))
}

/// Waits a little for the stream that broke to write its last block. A file system without locks has to do without.
#[expect(clippy::disallowed_methods, reason = "nobody tells when a lock is free, and to wait for it may be for ever")]
fn lock(file: &File) -> Result<(), FileError> {
    for _ in 0..LOOKS {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_LOOKS),
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(()),
        }
    }
    Err(not_ours("another program writes to it"))
}

#[cfg(unix)]
fn has_one_name(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) == 1
}

#[cfg(not(unix))]
fn has_one_name(_: &Metadata) -> bool {
    true
}

/// Hashes on from where the hasher stands.
fn hash_to(file: &mut File, end: u64, hasher: &mut Hasher) -> Result<(), FileError> {
    let mut at = hasher.digests().length;
    file.seek(SeekFrom::Start(at)).map_err(unwritable)?;
    let mut buffer = vec![0; BLOCK];
    while at < end {
        let wanted = usize::try_from(end - at).unwrap_or(BLOCK).min(BLOCK);
        match file.read(&mut buffer[..wanted]) {
            Ok(0) => return Err(not_ours("it became shorter")),
            Ok(count) => {
                hasher.update(at, &buffer[..count]);
                at += count as u64;
            }
            Err(why) if why.kind() == ErrorKind::Interrupted => {}
            Err(why) => return Err(unwritable(why)),
        }
    }
    Ok(())
}

fn not_ours(why: &str) -> FileError {
    FileError::Unwritable(format!("what had arrived cannot be gone on with: {why}"))
}

#[allow(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn unwritable(why: std::io::Error) -> FileError {
    FileError::Unwritable(why.to_string())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::engine::FileIdentity;

    /// A `.part` with that content, of which so many bytes were hashed.
    fn landed(folder: &Path, content: &[u8], hashed: usize) -> Landed {
        let part = folder.join("a.txt.part");
        fs::write(&part, content).unwrap();
        let sha_256 = if hashed == 0 { Vec::new() } else { Sha256::digest(&content[..hashed]).to_vec() };
        let prefix = Prefix { length: hashed as u64, sha_256 };
        let identity = identity(&fs::metadata(&part).unwrap());
        Landed { path: folder.join("a.txt"), part, identity, prefix }
    }

    fn reopened(landed: &Landed, keep: Keep) -> Option<u64> {
        reopen(landed, keep, &[Digest::Sha256]).ok().map(|reopened| reopened.length)
    }

    #[test]
    fn what_has_its_name_already_is_taken_back_until_it_is_proven_once_more() {
        let folder = tempfile::tempdir().unwrap();
        let landed = landed(folder.path(), b"0123456789", 10);
        fs::rename(&landed.part, &landed.path).unwrap();
        assert_eq!(reopened(&landed, Keep::All), Some(10));
        assert!(landed.part.exists() && !landed.path.exists());
    }

    #[test]
    fn what_has_that_name_and_is_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let half = landed(folder.path(), b"0123456789", 4);
        fs::rename(&half.part, &half.path).unwrap();
        assert_eq!(reopened(&half, Keep::All), None);
        let changed = landed(folder.path(), b"0123456789", 10);
        fs::rename(&changed.part, &changed.path).unwrap();
        fs::write(&changed.path, b"012345678X").unwrap();
        assert_eq!(reopened(&changed, Keep::All), None);
        assert_eq!(fs::read(&changed.path).unwrap(), b"012345678X");
    }

    #[test]
    fn what_was_left_is_recognised_and_hashed_from_its_beginning() {
        let folder = tempfile::tempdir().unwrap();
        for (keep, length) in [(Keep::All, 10), (Keep::Recognised, 4), (Keep::Nothing, 0)] {
            for hashed in [0, 4] {
                let landed = landed(folder.path(), b"0123456789", hashed);
                let Reopened { length: found, hasher, .. } = reopen(&landed, keep, &[Digest::Sha256]).unwrap();
                let expected = if keep == Keep::Recognised { hashed } else { length };
                let whole = Sha256::digest(&b"0123456789"[..expected]);
                assert_eq!(found, expected as u64);
                assert_eq!(hasher.digests().by(Digest::Sha256).unwrap(), whole.as_slice());
                assert_eq!(fs::metadata(&landed.part).unwrap().len(), expected as u64);
            }
        }
    }

    #[test]
    fn what_became_shorter_or_other_is_not_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let known = landed(folder.path(), b"0123456789", 4);
        fs::write(&known.part, b"012").unwrap();
        assert_eq!(reopened(&known, Keep::All), None);
        fs::write(&known.part, b"012X456789").unwrap();
        assert_eq!(reopened(&known, Keep::All), None);
        assert_eq!(fs::read(&known.part).unwrap(), b"012X456789");
        fs::remove_file(&known.part).unwrap();
        assert_eq!(reopened(&known, Keep::All), None);
    }

    #[test]
    fn a_file_of_which_nothing_was_hashed_must_be_the_very_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut known = landed(folder.path(), b"0123456789", 0);
        known.identity = FileIdentity(known.identity.0 + 1);
        assert_eq!(reopened(&known, Keep::Nothing), None);
        assert_eq!(fs::read(&known.part).unwrap(), b"0123456789");
    }

    #[cfg(unix)]
    #[test]
    fn neither_links_nor_folders_are_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let known = landed(folder.path(), b"0123456789", 4);
        let elsewhere: PathBuf = folder.path().join("elsewhere");
        fs::rename(&known.part, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &known.part).unwrap();
        assert_eq!(reopened(&known, Keep::All), None);
        fs::remove_file(&known.part).unwrap();
        fs::hard_link(&elsewhere, &known.part).unwrap();
        assert_eq!(reopened(&known, Keep::All), None);
        fs::remove_file(&known.part).unwrap();
        fs::create_dir(&known.part).unwrap();
        assert_eq!(reopened(&known, Keep::All), None);
        assert_eq!(fs::read(&elsewhere).unwrap(), b"0123456789");
    }

    #[test]
    fn what_another_program_writes_to_is_left_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let known = landed(folder.path(), b"0123456789", 4);
        let holder = File::open(&known.part).unwrap();
        holder.lock().unwrap();
        assert_eq!(reopened(&known, Keep::All), None);
        drop(holder);
        assert_eq!(reopened(&known, Keep::All), Some(10));
    }
}
