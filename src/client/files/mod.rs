//! Files that are sent or received: one task each, which does one order after the other on a thread that may block. Reading,
//! hashing and writing are done there, beside the sockets' tasks, which order a few blocks ahead.
//!
//! A received file grows as `.part` and gets its name only when it is whole; nothing is ever overwritten and no symbolic
//! link followed ([`place`]). The shell decides nothing about content: what to read, write, keep or remove is ordered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinSet};

use super::fetch::fetch;
use super::limits::{Gate, Hold, Lane, Limiter};
use crate::engine::{Digest, Digests, FileError, FileEvent, FileId, FileOrder, Input, Packed, Partial};

pub(super) mod archive;
mod flush;
mod hasher;
mod part;
mod place;
mod reopen;
mod reserve;
mod source;

use archive::pack::Pack;
use part::Part;
use source::Source;

/// How long files that are still being written may take when the program ends.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How many blocks may wait to be written and still be told at the limit's pace; no window is as wide.
const MOST_WAITING: usize = 128;

/// How much of what was sent before is hashed at a time.
const SEED_BLOCK: usize = 256 * 1024;

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
    fetching: Option<Fetching>,
}

/// A task that fetches into a file, for as long as the file is open.
struct Fetching(AbortHandle);

impl Drop for Fetching {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The right to move a file's bytes without the engine seeing them.
pub(super) struct FileLease {
    jobs: mpsc::UnboundedSender<Job>,
    gate: Gate,
}

/// What a file's task does; the engine's orders are answered to the engine, a pump's blocks to the pump.
enum Job {
    Order(FileOrder),
    Block(Block),
}

/// A block that a pump moves.
enum Block {
    Read { offset: u64, length: usize, buffer: Vec<u8>, done: Done },
    Append { bytes: Vec<u8>, done: Done },
    Expect { size: Option<u64>, done: Done },
}

/// Where a pump waits for its block.
type Done = oneshot::Sender<Result<Vec<u8>, FileError>>;

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

    /// Files that are received from here on go there.
    pub(super) fn receive_in(&mut self, downloads: &Path) {
        downloads.clone_into(&mut self.downloads);
    }

    /// Does what the engine orders.
    pub(super) fn perform(&mut self, file: FileId, order: FileOrder, tasks: &mut JoinSet<()>) {
        match &order {
            FileOrder::Open { .. } | FileOrder::OpenTogether { .. } => self.begin(file, self.limiter.up(), tasks),
            FileOrder::Create { .. } | FileOrder::Reopen { .. } => self.begin(file, self.limiter.down(), tasks),
            FileOrder::Hold => return self.with(file, |desk| desk.hold.hold()),
            FileOrder::Release => return self.with(file, |desk| desk.hold.release()),
            FileOrder::Fetch(_) => return self.fetch(file, order, tasks),
            FileOrder::Read { .. }
            | FileOrder::Append { .. }
            | FileOrder::Hash(_)
            | FileOrder::Seed { .. }
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
        let (downloads, inputs) = (self.downloads.clone(), self.inputs.clone());
        tasks.spawn(Served { file, todo, gate: gate.clone(), downloads, inputs }.run());
        self.open.insert(file, Desk { jobs, hold, gate, fetching: None });
    }

    /// Has a file fetched into; a fetch that is still under way ends.
    fn fetch(&mut self, file: FileId, order: FileOrder, tasks: &mut JoinSet<()>) {
        let (Some(lease), FileOrder::Fetch(wanted)) = (self.lease(file), order) else { return };
        let fetching = tasks.spawn(fetch(file, *wanted, lease, self.inputs.clone()));
        if let Some(desk) = self.open.get_mut(&file) {
            desk.fetching = Some(Fetching(fetching));
        }
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

    /// Orders to read up to `length` bytes at `offset`, into `buffer`, whose content is lost; what is returned waits.
    pub(super) fn read(&self, offset: u64, length: usize, buffer: Vec<u8>) -> Ordered {
        let gone = FileError::Unreadable("the file was closed".to_owned());
        self.order(gone, |done| Block::Read { offset, length, buffer, done })
    }

    /// Orders to append; what is returned waits, and gives the buffer back.
    pub(super) fn append(&self, bytes: Vec<u8>) -> Ordered {
        let gone = FileError::Unwritable("the file was closed".to_owned());
        self.order(gone, |done| Block::Append { bytes, done })
    }

    /// Orders to have space for so many bytes in all; what is returned waits.
    pub(super) fn expect(&self, size: Option<u64>) -> Ordered {
        let gone = FileError::Unwritable("the file was closed".to_owned());
        self.order(gone, |done| Block::Expect { size, done })
    }

    fn order(&self, gone: FileError, block: impl FnOnce(Done) -> Block) -> Ordered {
        let (done, answer) = oneshot::channel();
        // A task that is gone answers by dropping this.
        let _ = self.jobs.send(Job::Block(block(done)));
        Ordered { answer, gone }
    }
}

/// A block that was ordered. Those of one file are done in the order in which they were ordered.
pub(super) struct Ordered {
    answer: oneshot::Receiver<Result<Vec<u8>, FileError>>,
    gone: FileError,
}

impl Ordered {
    /// Waits until it is done.
    pub(super) async fn done(self) -> Result<Vec<u8>, FileError> {
        self.answer.await.unwrap_or(Err(self.gone))
    }
}

/// One file's task.
struct Served {
    file: FileId,
    todo: mpsc::UnboundedReceiver<Job>,
    gate: Gate,
    downloads: PathBuf,
    inputs: mpsc::Sender<Input>,
}

impl Served {
    /// Does one file's jobs in order.
    async fn run(mut self) {
        let mut open = OpenFile::Nothing;
        while let Some(job) = self.todo.recv().await {
            let mut next = Some(job);
            while let Some(job) = next.take() {
                (self, open, next) = match job {
                    Job::Order(order) => self.obey(open, order).await,
                    Job::Block(block) => blocking(move || self.move_blocks(open, block)).await,
                };
            }
        }
        blocking(move || open.close(Partial::Keep)).await;
    }

    /// Does what the engine orders.
    async fn obey(self, mut open: OpenFile, order: FileOrder) -> (Self, OpenFile, Option<Job>) {
        let (before, after) = self.price(&order);
        self.gate.pay(before).await;
        let downloads = self.downloads.clone();
        let (open, event) = blocking(move || {
            let event = open.order(order, &downloads).unwrap_or_else(|why| Some(FileEvent::Failed(why)));
            (open, event)
        })
        .await;
        self.gate.pay(after).await;
        if let Some(event) = event {
            let _ = self.inputs.send(Input::File(self.file, event)).await;
        }
        (self, open, None)
    }

    /// Moves a block, and those that a pump orders meanwhile: as long as there are any, nobody changes threads. Returns
    /// what is to be done next.
    fn move_blocks(mut self, mut open: OpenFile, first: Block) -> (Self, OpenFile, Option<Job>) {
        open.move_block(first);
        loop {
            match self.todo.try_recv() {
                Ok(Job::Block(block)) => open.move_block(block),
                Ok(order @ Job::Order(_)) => return (self, open, Some(order)),
                Err(_) => return (self, open, None),
            }
        }
    }

    /// How many bytes pass before an order is done, and before it is told. A pump passes the gate itself. One who sends
    /// without waiting for acknowledgements is not slowed down by late ones, but would fill the memory meanwhile.
    fn price(&self, order: &FileOrder) -> (usize, usize) {
        if let FileOrder::Read { length, .. } = order {
            return (*length, 0);
        }
        if let FileOrder::Append { bytes } = order
            && self.todo.len() < MOST_WAITING
        {
            return (0, bytes.len());
        }
        (0, 0)
    }
}

/// Does something that may block.
async fn blocking<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(act).await {
        Ok(result) => result,
        // A panic there is a panic here: the driver learns of it by this task's end.
        Err(why) => std::panic::resume_unwind(why.into_panic()),
    }
}

impl OpenFile {
    /// Moves one block for a pump, unless that has stopped to wait for what it wanted to read.
    fn move_block(&mut self, block: Block) {
        let (done, moved) = match block {
            Block::Read { done, .. } if done.is_closed() => return,
            Block::Read { offset, length, buffer, done } => (done, self.read(offset, length, buffer)),
            Block::Append { bytes, done } => (done, self.append(&bytes).map(|_| bytes)),
            Block::Expect { size, done } => (done, self.expect(size).map(|()| Vec::new())),
        };
        let _ = done.send(moved);
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
                let event = FileEvent::Created { path: part.destination(), identity: part.identity() };
                *self = OpenFile::Part(part);
                event
            }
            FileOrder::Reopen { landed, keep, size, digests } => {
                let part = Part::reopen(&landed, keep, size, &digests)?;
                let event = FileEvent::Reopened { length: part.total() };
                *self = OpenFile::Part(part);
                event
            }
            FileOrder::Seed { length } => {
                self.seed(length)?;
                return Ok(None);
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
            FileOrder::Fetch(_) | FileOrder::Hold | FileOrder::Release => return Ok(None),
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

    /// Reads so many bytes from the beginning for nothing but to hash them.
    fn seed(&mut self, length: u64) -> Result<(), FileError> {
        let mut buffer = Vec::new();
        let mut at = 0;
        while at < length {
            let wanted = usize::try_from(length - at).unwrap_or(SEED_BLOCK).min(SEED_BLOCK);
            buffer = self.read(at, wanted, buffer)?;
            if buffer.is_empty() {
                return Err(FileError::Changed);
            }
            at += buffer.len() as u64;
        }
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<u64, FileError> {
        match self {
            OpenFile::Part(part) => part.append(bytes),
            OpenFile::Source(_) | OpenFile::Pack(_) | OpenFile::Nothing => {
                Err(FileError::Unwritable("not open for writing".to_owned()))
            }
        }
    }

    fn expect(&mut self, size: Option<u64>) -> Result<(), FileError> {
        match self {
            OpenFile::Part(part) => part.expect(size),
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
            hidden: pack.hidden(),
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
            (OpenFile::Part(part), Partial::Keep) => part.keep(),
            (OpenFile::Source(_) | OpenFile::Pack(_) | OpenFile::Nothing, Partial::Keep | Partial::Remove) => {}
        }
    }
}
