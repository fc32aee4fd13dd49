//! What the threads that wait for SQLite have in common: when to work, and what to do about a damaged file.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::entropy;
use crate::store::database::{Database, Fault, Opened};
use crate::store::running::{self, Running};

/// How long after a failure the same is tried once more. Somebody who is told that the disk is full needs a minute.
const AGAIN: Duration = Duration::from_secs(30);

/// What to do next: nothing new, if it is time to try again what could not be written; none, if that is all.
pub(super) fn next_batch<T>(batches: &Receiver<Vec<T>>, is_something_unwritten: bool) -> Option<Vec<T>> {
    if !is_something_unwritten {
        return batches.recv().ok();
    }
    match batches.recv_timeout(AGAIN) {
        Ok(batch) => Some(batch),
        Err(RecvTimeoutError::Timeout) => Some(Vec::new()),
        Err(RecvTimeoutError::Disconnected) => None,
    }
}

/// The file, after it was told if another one had to be put aside.
pub(super) fn opened(opened: Opened, tell: impl FnOnce(String)) -> Database {
    let Opened { database, set_aside } = opened;
    if let Some(aside) = set_aside {
        let (path, aside) = (database.path().display(), aside.display());
        tell(format!("{path} was damaged; it is kept as {aside}, and a new one begun"));
    }
    database
}

/// This Balcony as one that runs, beside the file, under a name that is drawn by lot.
pub(super) fn begin_run(database: &Path) -> Result<Running, Fault> {
    let folder = running::folder(database);
    Running::begin(&folder, format!("{:016x}", entropy::random()))
        .map_err(|why| Fault::Unwritable { path: folder, why: why.to_string() })
}

/// Writes. A damaged file is replaced and written to once more; the error without a file is that there can be none.
pub(super) fn write<T>(
    mut database: Database,
    write: impl Fn(&mut Database) -> Result<T, Fault>,
    tell: impl FnOnce(String),
) -> Result<(Database, Result<T, Fault>), Fault> {
    let mut written = write(&mut database);
    if let Err(Fault::Damaged { .. }) = written {
        database = opened(database.reopen()?, tell);
        written = write(&mut database);
    }
    Ok((database, written))
}
