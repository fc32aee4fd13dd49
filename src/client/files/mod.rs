//! Files that are sent or received: one task each, which does one order after the other on a thread that may block.
//!
//! A received file grows as `.part` and gets its name only when it is whole; nothing is ever overwritten and no symbolic
//! link followed ([`place`]). The shell decides nothing about content: what to read, write, keep or remove is ordered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::limits::{Gate, Hold, Lane, Limiter};
use crate::engine::{Digest, Digests, FileError, FileEvent, FileId, FileOrder, Input, Packed, Partial};

mod archive;
mod hasher;
mod part;
mod place;
mod source;

use archive::pack::Pack;
use part::Part;
use source::Source;

/// How long files that are still being written may take when the program ends.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How many blocks may wait to be written and still be told at the limit's pace; no window is as wide.
const MOST_WAITING: usize = 128;

/// Every open file.
pub(super) struct Files {
    downloads: PathBuf,
    limiter: Limiter,
    open: BTreeMap<FileId, Desk>,
    inputs: mpsc::Sender<Input>,
}

/// What a file's task is told, and what holds its bytes back.
struct Desk {
    jobs: mpsc::UnboundedSender<Job>,
    hold: Hold,
    gate: Gate,
}

/// The right to move a file's bytes without the engine seeing them.
pub(super) struct FileLease {
    jobs: mpsc::UnboundedSender<Job>,
    gate: Gate,
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
    Pack(Pack),
    Part(Part),
}

impl Files {
    /// No open file; received ones go to `downloads`.
    pub(super) fn new(downloads: PathBuf, limiter: Limiter, inputs: mpsc::Sender<Input>) -> Self {
        Files { downloads, limiter, open: BTreeMap::new(), inputs }
    }

    /// Does what the engine orders.
    pub(super) fn perform(&mut self, file: FileId, order: FileOrder, tasks: &mut JoinSet<()>) {
        match &order {
            FileOrder::Open { .. } | FileOrder::OpenTogether { .. } => self.begin(file, self.limiter.up(), tasks),
            FileOrder::Create { .. } => self.begin(file, self.limiter.down(), tasks),
            FileOrder::Hold => return self.with(file, |desk| desk.hold.hold()),
            FileOrder::Release => return self.with(file, |desk| desk.hold.release()),
            FileOrder::Read { .. }
            | FileOrder::Append { .. }
            | FileOrder::Hash(_)
            | FileOrder::Digest
            | FileOrder::Commit
            | FileOrder::Unpack
            | FileOrder::Close { .. } => {}
        }
        let closes = matches!(order, FileOrder::Close { .. });
        self.with(file, |desk| drop(desk.jobs.send(Job::Order(order))));
        if closes {
            self.open.remove(&file);
        }
    }

    fn begin(&mut self, file: FileId, lane: Arc<Lane>, tasks: &mut JoinSet<()>) {
        let (jobs, todo) = mpsc::unbounded_channel();
        let (hold, gate) = Hold::gate(lane);
        let served = Served { file, todo, gate: gate.clone(), inputs: self.inputs.clone() };
        tasks.spawn(served.run(self.downloads.clone()));
        self.open.insert(file, Desk { jobs, hold, gate });
    }

    fn with(&self, file: FileId, act: impl FnOnce(&Desk)) {
        if let Some(desk) = self.open.get(&file) {
            act(desk);
        }
    }

    /// The right to move that file's bytes, if it is open.
    pub(super) fn lease(&self, file: FileId) -> Option<FileLease> {
        self.open.get(&file).map(|desk| FileLease { jobs: desk.jobs.clone(), gate: desk.gate.clone() })
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
    /// Where its bytes pass.
    pub(super) fn gate(&self) -> &Gate {
        &self.gate
    }

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

/// One file's task.
struct Served {
    file: FileId,
    todo: mpsc::UnboundedReceiver<Job>,
    gate: Gate,
    inputs: mpsc::Sender<Input>,
}

impl Served {
    /// Does one file's jobs in order.
    async fn run(mut self, downloads: PathBuf) {
        let mut open = OpenFile::Nothing;
        while let Some(job) = self.todo.recv().await {
            let (before, after) = self.price(&job);
            self.gate.pay(before).await;
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
            self.gate.pay(after).await;
            if let Some(event) = event {
                let _ = self.inputs.send(Input::File(self.file, event)).await;
            }
        }
    }

    /// How many bytes pass before a job is done, and before it is told. A pump has passed the gate itself. One who sends
    /// without waiting for acknowledgements is not slowed down by late ones, but would fill the memory meanwhile.
    fn price(&self, job: &Job) -> (usize, usize) {
        match job {
            Job::Order(FileOrder::Read { length, .. }) => (*length, 0),
            Job::Order(FileOrder::Append { bytes }) if self.todo.len() < MOST_WAITING => (0, bytes.len()),
            Job::Order(_) | Job::Read { .. } | Job::Append { .. } => (0, 0),
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
            FileOrder::Open { path } if path.is_dir() => self.pack(&[path])?,
            FileOrder::OpenTogether { paths } => self.pack(&paths)?,
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
            FileOrder::Commit => self.commit(Part::commit)?,
            FileOrder::Unpack => self.commit(Part::unpack)?,
            FileOrder::Close { partial } => {
                self.close(partial);
                return Ok(None);
            }
            FileOrder::Hold | FileOrder::Release => return Ok(None),
        };
        Ok(Some(event))
    }

    fn read(&mut self, offset: u64, length: usize, buffer: Vec<u8>) -> Result<Vec<u8>, FileError> {
        match self {
            OpenFile::Source(source) => source.read(offset, length, buffer),
            OpenFile::Pack(pack) => pack.read(offset, length, buffer),
            OpenFile::Part(_) | OpenFile::Nothing => Err(FileError::Unreadable("not open for reading".to_owned())),
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<u64, FileError> {
        match self {
            OpenFile::Part(part) => part.append(bytes),
            OpenFile::Source(_) | OpenFile::Pack(_) | OpenFile::Nothing => {
                Err(FileError::Unwritable("not open for writing".to_owned()))
            }
        }
    }

    fn hash(&mut self, digests: &[Digest]) {
        match self {
            OpenFile::Source(source) => source.hash(digests),
            OpenFile::Pack(pack) => pack.hash(digests),
            OpenFile::Part(part) => part.hash(digests),
            OpenFile::Nothing => {}
        }
    }

    fn digests(&self) -> Digests {
        match self {
            OpenFile::Source(source) => source.digests(),
            OpenFile::Pack(pack) => pack.digests(),
            OpenFile::Part(part) => part.digests(),
            OpenFile::Nothing => Digests::default(),
        }
    }

    fn pack(&mut self, paths: &[PathBuf]) -> Result<FileEvent, FileError> {
        let pack = Pack::list(paths)?;
        let told = Packed {
            name: pack.name().to_owned(),
            size: pack.size(),
            files: pack.files(),
            bytes: pack.bytes(),
            left_out: pack.left_out(),
            modified: pack.modified(),
        };
        *self = OpenFile::Pack(pack);
        Ok(FileEvent::Packed(told))
    }

    /// Ends the `.part` in that way.
    fn commit(&mut self, end: fn(Part) -> Result<PathBuf, FileError>) -> Result<FileEvent, FileError> {
        match std::mem::replace(self, OpenFile::Nothing) {
            OpenFile::Part(part) => Ok(FileEvent::Committed { path: end(part)? }),
            OpenFile::Source(_) | OpenFile::Pack(_) | OpenFile::Nothing => {
                Err(FileError::Unwritable("not open for writing".to_owned()))
            }
        }
    }

    fn close(&mut self, partial: Partial) {
        match (std::mem::replace(self, OpenFile::Nothing), partial) {
            (OpenFile::Part(part), Partial::Remove) => part.remove(),
            (
                OpenFile::Part(_) | OpenFile::Source(_) | OpenFile::Pack(_) | OpenFile::Nothing,
                Partial::Keep | Partial::Remove,
            ) => {}
        }
    }
}
