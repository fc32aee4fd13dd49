//! One file's task: it does one job after the other, at the pace that the limits allow.

use std::path::PathBuf;

use tokio::sync::mpsc;

use super::open::OpenFile;
use super::{Block, Job};
use crate::client::limits::Gate;
use crate::engine::{FileEvent, FileId, FileOrder, Input, Partial};

/// How many blocks may wait to be written and still be told at the limit's pace; no window is as wide.
const MOST_WAITING: usize = 128;

/// One file's task.
pub(super) struct Served {
    pub(super) file: FileId,
    pub(super) todo: mpsc::UnboundedReceiver<Job>,
    pub(super) gate: Gate,
    pub(super) downloads: PathBuf,
    pub(super) inputs: mpsc::Sender<Input>,
}

impl Served {
    /// Does one file's jobs in order.
    pub(super) async fn run(mut self) {
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
        let (file, downloads, inputs) = (self.file, self.downloads.clone(), self.inputs.clone());
        let (open, event) = blocking(move || {
            let mut tell = |event| drop(inputs.blocking_send(Input::File(file, event)));
            let event = open.order(order, &downloads, &mut tell).unwrap_or_else(|why| Some(FileEvent::Failed(why)));
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
