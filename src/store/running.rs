//! Which Balconies run: each holds a lock on a file of its own for as long as it lives, and what belongs to one that
//! is gone may be taken over by another.
//!
//! A lock is let go of by the system, however a process ends; a process number may be another's by the next look, and
//! says nothing to a process in another container or on another machine that shares the folder.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::paths::private_folder;

/// A Balcony that runs, until this is dropped.
#[derive(Debug)]
pub struct Running {
    folder: PathBuf,
    name: String,
    _lock: File,
}

impl Running {
    /// Begins to run, under a name that nobody else has or ever had.
    pub fn begin(folder: &Path, name: String) -> io::Result<Self> {
        private_folder(folder)?;
        sweep(folder)?;
        // It is locked before it gets its name: whoever finds it finds it locked.
        let unnamed = folder.join(format!(".{name}"));
        let lock = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unnamed)?;
        lock.try_lock()?;
        fs::rename(&unnamed, folder.join(&name))?;
        Ok(Running { folder: folder.to_owned(), name, _lock: lock })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether that one runs, or this one is meant.
    pub fn knows(&self, name: &str) -> bool {
        is_running(&self.folder, name)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The file means nothing without its lock, and the next one to begin sweeps.
        let _ = fs::remove_file(self.folder.join(&self.name));
    }
}

/// Where those that share a database hold their locks.
pub fn folder(database: &Path) -> PathBuf {
    database.with_file_name("running")
}

/// Whether the Balcony of that name runs. Where that cannot be told, it does: to leave something alone is the smaller
/// mistake.
pub fn is_running(folder: &Path, name: &str) -> bool {
    match File::open(folder.join(name)) {
        // Shared, so that two that look at the same time do not take each other for the one that is looked for.
        Ok(file) => file.try_lock_shared().is_err(),
        Err(why) => why.kind() != io::ErrorKind::NotFound,
    }
}

/// Returns when the Balcony of that name has ended, which may be in some weeks. Where that cannot be told, it says why.
pub fn wait_for_end(folder: &Path, name: &str) -> io::Result<()> {
    let file = match File::open(folder.join(name)) {
        Ok(file) => file,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(why) => return Err(why),
    };
    loop {
        match file.lock_shared() {
            Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
            ended => return ended,
        }
    }
}

/// Removes what killed processes left.
fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        if !is_running(folder, name) {
            let _ = fs::remove_file(folder.join(name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_runs_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let one = Running::begin(folder.path(), "one".to_owned()).unwrap();
        let other = Running::begin(folder.path(), "other".to_owned()).unwrap();
        assert!(other.knows("one") && other.knows("other"));
        drop(one);
        assert!(!other.knows("one") && !other.knows("nobody"));
    }

    #[test]
    fn the_end_of_one_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let one = Running::begin(folder.path(), "one".to_owned()).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| wait_for_end(folder.path(), "one"));
            drop(one);
            waiting.join().unwrap().unwrap();
        });
        assert!(!is_running(folder.path(), "one"));
        wait_for_end(folder.path(), "nobody").unwrap();
    }

    #[test]
    fn what_a_killed_process_left_does_not_run_and_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("killed"), "").unwrap();
        assert!(!is_running(folder.path(), "killed"));
        let _one = Running::begin(folder.path(), "one".to_owned()).unwrap();
        assert!(!folder.path().join("killed").exists());
    }
}
