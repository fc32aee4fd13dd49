//! A damaged file is put aside, never removed: somebody with the right tool may save what it holds.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A disk that damages more files than these needs its user first.
const MOST: u32 = 100;

/// Renames the file and its write-ahead log, and returns its new name: the first free one of `balcony.db.damaged-1`,
/// `balcony.db.damaged-2` …
pub(super) fn put(path: &Path) -> io::Result<PathBuf> {
    let mut names = (1..=MOST).map(|number| path.with_added_extension(format!("damaged-{number}")));
    let aside = names.find(|aside| !aside.exists()).ok_or(io::ErrorKind::AlreadyExists)?;
    fs::rename(path, &aside)?;
    unless_missing(fs::rename(beside(path, "-wal"), beside(&aside, "-wal")))?;
    unless_missing(fs::remove_file(beside(path, "-shm")))?;
    Ok(aside)
}

/// SQLite appends to the whole name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn unless_missing(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
