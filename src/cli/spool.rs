//! Standard input, kept in a file: an offer tells the size, and who falls back sends from the beginning.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::{signal, task};

use super::exit::{Exit, Stop};
use crate::store::paths::private_folder;

/// What the other side sees as the file's name.
const NAME: &str = "stdin";

/// The copy, as long as this lives.
#[derive(Debug)]
pub(super) struct Spool {
    folder: Option<TempDir>,
}

impl Spool {
    /// Reads standard input to its end, if `-` is among the files.
    pub(super) async fn fill(files: &[PathBuf], cache: &Path) -> Result<Self, Stop> {
        match files.iter().filter(|file| is_stdin(file)).count() {
            0 => return Ok(Spool { folder: None }),
            1 => {}
            _ => return Err(Stop::new(Exit::Usage, "standard input can be sent only once")),
        }
        let failed = |why| Stop::new(Exit::Failed, format!("cannot keep standard input in {}: {why}", cache.display()));
        private_folder(cache).map_err(failed)?;
        let folder = tempfile::Builder::new().prefix("send-").tempdir_in(cache).map_err(failed)?;
        let copy = folder.path().join(NAME);
        tokio::select! {
            copied = task::spawn_blocking(move || copy_stdin(&copy)) => copied.map_err(io::Error::other).flatten(),
            signal = signal::ctrl_c() => return signal.map_err(failed).and(Err(interrupted())),
        }
        .map_err(failed)?;
        Ok(Spool { folder: Some(folder) })
    }

    /// Where a file of the command line really is.
    pub(super) fn path_of(&self, file: &Path) -> Result<PathBuf, Stop> {
        match &self.folder {
            Some(folder) if is_stdin(file) => Ok(folder.path().join(NAME)),
            Some(_) | None => std::path::absolute(file)
                .map_err(|why| Stop::new(Exit::Failed, format!("cannot find {}: {why}", file.display()))),
        }
    }
}

fn copy_stdin(copy: &Path) -> io::Result<()> {
    let mut copy = OpenOptions::new().write(true).create_new(true).mode(0o600).open(copy)?;
    io::copy(&mut io::stdin().lock(), &mut copy).map(drop)
}

fn interrupted() -> Stop {
    Stop::new(Exit::Interrupted, "interrupted while reading standard input; nothing was sent")
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}
