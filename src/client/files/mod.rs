//! Files that are sent or received: one task each, which does one order after the other on a thread that may block.
//!
//! A received file grows as `.part` and gets its name only when it is whole; nothing is ever overwritten and no symbolic
//! link followed ([`place`]). The shell decides nothing about content: what to read, write, keep or remove is ordered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::engine::{Digest, Digests, FileError, FileEvent, FileId, FileOrder, Input, Partial};

mod hasher;
mod part;
mod place;
mod source;

use part::Part;
use source::Source;

/// How long files that are still being written may take when the program ends.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Every open file.
pub(super) struct Files {
    downloads: PathBuf,
    open: BTreeMap<FileId, mpsc::UnboundedSender<Job>>,
    inputs: mpsc::Sender<Input>,
}

/// The right to move a file's bytes without the engine seeing them.
pub(super) struct FileLease {
    jobs: mpsc::UnboundedSender<Job>,
}

/// What a file's task does; the engine's orders are answered to the engine, a pump's to the pump.
enum Job {
    Order(FileOrder),
    Read { offset: u64, length: usize, buffer: Vec<u8>, done: oneshot::Sender<Result<Vec<u8>, FileError>> },
    Append { bytes: Vec<u8>, done: oneshot::Sender<Result<Vec<u8>, FileError>> },
}

/// A file in one of its two roles, or in none yet.
enum OpenFile {
    Nothing,
    Source(Source),
    Part(Part),
}

impl Files {
    /// No open file; received ones go to `downloads`.
    pub(super) fn new(downloads: PathBuf, inputs: mpsc::Sender<Input>) -> Self {
        Files { downloads, open: BTreeMap::new(), inputs }
    }

    /// Does what the engine orders.
    pub(super) fn perform(&mut self, file: FileId, order: FileOrder, tasks: &mut JoinSet<()>) {
        match &order {
            FileOrder::Open { .. } | FileOrder::Create { .. } => {
                let (jobs, todo) = mpsc::unbounded_channel();
                tasks.spawn(serve(file, todo, self.downloads.clone(), self.inputs.clone()));
                self.open.insert(file, jobs);
            }
            FileOrder::Read { .. }
            | FileOrder::Append { .. }
            | FileOrder::Hash(_)
            | FileOrder::Digest
            | FileOrder::Commit
            | FileOrder::Close { .. } => {}
        }
        let closes = matches!(order, FileOrder::Close { .. });
        if let Some(jobs) = self.open.get(&file) {
            let _ = jobs.send(Job::Order(order));
        }
        if closes {
            self.open.remove(&file);
        }
    }

    /// The right to move that file's bytes, if it is open.
    pub(super) fn lease(&self, file: FileId) -> Option<FileLease> {
        self.open.get(&file).map(|jobs| FileLease { jobs: jobs.clone() })
    }

    /// Whether the engine should be told of that file: it is not, once it ordered to close it.
    pub(super) fn admits(&self, file: FileId) -> bool {
        self.open.contains_key(&file)
    }

    /// Closes every file and waits a little for what is still being written.
    pub(super) async fn finish(self, mut tasks: JoinSet<()>) {
        drop(self);
        let all_done = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_WORDS, all_done).await.is_err() {
            tracing::warn!("some files were still being written");
        }
    }
}

impl FileLease {
    /// Reads up to `length` bytes at `offset`, into `buffer`, whose content is lost.
    pub(super) async fn read(&self, offset: u64, length: usize, buffer: Vec<u8>) -> Result<Vec<u8>, FileError> {
        let (done, answer) = oneshot::channel();
        let _ = self.jobs.send(Job::Read { offset, length, buffer, done });
        answer.await.unwrap_or_else(|_| Err(FileError::Unreadable("the file was closed".to_owned())))
    }

    /// Appends, and returns the buffer.
    pub(super) async fn append(&self, bytes: Vec<u8>) -> Result<Vec<u8>, FileError> {
        let (done, answer) = oneshot::channel();
        let _ = self.jobs.send(Job::Append { bytes, done });
        answer.await.unwrap_or_else(|_| Err(FileError::Unwritable("the file was closed".to_owned())))
    }
}

/// Does one file's jobs in order.
async fn serve(file: FileId, mut todo: mpsc::UnboundedReceiver<Job>, downloads: PathBuf, inputs: mpsc::Sender<Input>) {
    let mut open = OpenFile::Nothing;
    while let Some(job) = todo.recv().await {
        let downloads = downloads.clone();
        let doing = tokio::task::spawn_blocking(move || open.perform(job, &downloads));
        let event = match doing.await {
            Ok((next, event)) => {
                open = next;
                event
            }
            // A panic there is a panic here: the driver learns of it by this task's end.
            Err(why) => std::panic::resume_unwind(why.into_panic()),
        };
        if let Some(event) = event {
            let _ = inputs.send(Input::File(file, event)).await;
        }
    }
}

impl OpenFile {
    /// Does one job; may block.
    fn perform(mut self, job: Job, downloads: &Path) -> (OpenFile, Option<FileEvent>) {
        let event = match job {
            Job::Order(order) => self.order(order, downloads).unwrap_or_else(|why| Some(FileEvent::Failed(why))),
            Job::Read { offset, length, buffer, done } => {
                let _ = done.send(self.read(offset, length, buffer));
                None
            }
            Job::Append { bytes, done } => {
                let appended = self.append(&bytes);
                let _ = done.send(appended.map(|_| bytes));
                None
            }
        };
        (self, event)
    }

    fn order(&mut self, order: FileOrder, downloads: &Path) -> Result<Option<FileEvent>, FileError> {
        let event = match order {
            FileOrder::Open { path } => {
                let source = Source::open(&path)?;
                let event = FileEvent::Opened { size: source.size(), modified: source.modified() };
                *self = OpenFile::Source(source);
                event
            }
            FileOrder::Create { place, size } => {
                let part = Part::create(downloads, &place, size)?;
                let event = FileEvent::Created { path: part.destination() };
                *self = OpenFile::Part(part);
                event
            }
            FileOrder::Read { offset, length } => {
                FileEvent::Block { offset, bytes: self.read(offset, length, Vec::new())? }
            }
            FileOrder::Append { bytes } => FileEvent::Written { total: self.append(&bytes)? },
            FileOrder::Hash(digests) => {
                self.hash(&digests);
                return Ok(None);
            }
            FileOrder::Digest => FileEvent::Digested(self.digests()),
            FileOrder::Commit => self.commit()?,
            FileOrder::Close { partial } => {
                self.close(partial);
                return Ok(None);
            }
        };
        Ok(Some(event))
    }

    fn read(&mut self, offset: u64, length: usize, buffer: Vec<u8>) -> Result<Vec<u8>, FileError> {
        match self {
            OpenFile::Source(source) => source.read(offset, length, buffer),
            OpenFile::Part(_) | OpenFile::Nothing => Err(FileError::Unreadable("not open for reading".to_owned())),
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<u64, FileError> {
        match self {
            OpenFile::Part(part) => part.append(bytes),
            OpenFile::Source(_) | OpenFile::Nothing => Err(FileError::Unwritable("not open for writing".to_owned())),
        }
    }

    fn hash(&mut self, digests: &[Digest]) {
        match self {
            OpenFile::Source(source) => source.hash(digests),
            OpenFile::Part(part) => part.hash(digests),
            OpenFile::Nothing => {}
        }
    }

    fn digests(&self) -> Digests {
        match self {
            OpenFile::Source(source) => source.digests(),
            OpenFile::Part(part) => part.digests(),
            OpenFile::Nothing => Digests::default(),
        }
    }

    fn commit(&mut self) -> Result<FileEvent, FileError> {
        match std::mem::replace(self, OpenFile::Nothing) {
            OpenFile::Part(part) => Ok(FileEvent::Committed { path: part.commit()? }),
            OpenFile::Source(_) | OpenFile::Nothing => Err(FileError::Unwritable("not open for writing".to_owned())),
        }
    }

    fn close(&mut self, partial: Partial) {
        match (std::mem::replace(self, OpenFile::Nothing), partial) {
            (OpenFile::Part(part), Partial::Remove) => part.remove(),
            (OpenFile::Part(_) | OpenFile::Source(_) | OpenFile::Nothing, Partial::Keep | Partial::Remove) => {}
        }
    }
}
