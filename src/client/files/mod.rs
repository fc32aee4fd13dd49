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
use crate::engine::{FileError, FileId, FileOrder, Input};

pub(super) mod archive;
mod flush;
mod hasher;
mod open;
mod part;
mod place;
mod reopen;
mod reserve;
mod served;
mod source;
mod unfold;

use served::Served;

/// How long files that are still being written may take when the program ends.
const LAST_WORDS: Duration = Duration::from_secs(5);

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
            | FileOrder::Unpack(_)
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
