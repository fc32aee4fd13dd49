//! A folder for the targets that need a disk: one for each thread, emptied before each use.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

thread_local! {
    static FOLDER: TempDir = {
        let in_memory = Path::new("/dev/shm");
        let made = if in_memory.is_dir() { TempDir::new_in(in_memory) } else { TempDir::new() };
        made.expect("a folder can be made")
    };
}

/// An empty folder.
pub(crate) fn empty_folder() -> PathBuf {
    let folder = FOLDER.with(|folder| folder.path().join("desk"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).expect("a folder can be made in a folder of ours");
    folder
}
