//! The blocks of one pump: a few that go around, so that nothing is allocated while bytes move and no side waits for the
//! other to wake up.

use tokio::sync::mpsc;

use crate::client::files::Ordered;
use crate::engine::FileError;

/// Large enough that switching between file and socket costs nothing, small enough to stay in the processor's cache.
pub(super) const BLOCK: usize = 256 * 1024;

/// How many there are: all that a pump needs of memory, however large the file is.
const BLOCKS: usize = 6;

/// A block's length, or what is left if that is less.
pub(super) fn at_most_a_block(left: u64) -> usize {
    usize::try_from(left).unwrap_or(BLOCK).min(BLOCK)
}

/// Where blocks are ordered from the file's task, one after the other.
pub(super) struct Ahead {
    spare: mpsc::Receiver<Vec<u8>>,
    ordered: mpsc::UnboundedSender<Ordered>,
}

/// Where they come out again in the same order.
pub(super) struct Behind {
    ordered: mpsc::UnboundedReceiver<Ordered>,
    spare: mpsc::Sender<Vec<u8>>,
}

/// A ring of blocks that are still empty.
pub(super) fn ring() -> (Ahead, Behind) {
    let (returning, spare) = mpsc::channel(BLOCKS);
    for _ in 0..BLOCKS {
        // There is room for all of them.
        let _ = returning.try_send(Vec::new());
    }
    let (ordering, ordered) = mpsc::unbounded_channel();
    (Ahead { spare, ordered: ordering }, Behind { ordered, spare: returning })
}

impl Ahead {
    /// Waits for a block that is free; there is none any more once the other end is gone.
    pub(super) async fn spare(&mut self) -> Option<Vec<u8>> {
        self.spare.recv().await
    }

    /// Has it come out at the other end when it is done.
    pub(super) fn put(&self, block: Ordered) {
        let _ = self.ordered.send(block);
    }
}

impl Behind {
    /// Waits for the next block that is done; there is none any more once the other end is gone and all are done.
    pub(super) async fn next(&mut self) -> Option<Result<Vec<u8>, FileError>> {
        Some(self.ordered.recv().await?.done().await)
    }

    /// Lets it go around again.
    pub(super) fn give_back(&self, block: Vec<u8>) {
        let _ = self.spare.try_send(block);
    }
}
