//! The part of a file that is read and not sent: a block never waits for the disk, and memory stays small.

use crate::engine::context::Context;
use crate::engine::transfer::method::Span;
use crate::engine::{FileError, FileId, FileOrder};

/// How many blocks are read at a time; as many may wait besides.
const BLOCKS: u64 = 4;

/// What was read.
#[derive(Debug)]
pub(super) struct Ahead {
    file: FileId,
    span: Span,
    /// Bytes of the span that were taken out.
    taken: u64,
    /// What waits.
    bytes: Vec<u8>,
    /// How much of `bytes` was taken out.
    used: usize,
    /// How much was asked of the file and is not there.
    ordered: u64,
}

impl Ahead {
    /// Nothing is read.
    pub(super) fn new(file: FileId, span: Span) -> Self {
        Ahead { file, span, taken: 0, bytes: Vec::new(), used: 0, ordered: 0 }
    }

    /// Has the file read on, unless enough waits for blocks of that size.
    pub(super) fn read_on(&mut self, block: u16, cx: &mut Context) {
        let chunk = BLOCKS * u64::from(block);
        let known = self.taken + self.waiting() as u64;
        let wanted = chunk.min(self.span.length - known);
        if self.ordered > 0 || wanted == 0 || self.waiting() as u64 > chunk {
            return;
        }
        self.ordered = wanted;
        let length = usize::try_from(wanted).unwrap_or(usize::MAX);
        cx.file(self.file, FileOrder::Read { offset: self.span.offset + known, length });
    }

    /// The file was read there.
    pub(super) fn add(&mut self, offset: u64, bytes: Vec<u8>) -> Result<(), FileError> {
        let expected = self.span.offset + self.taken + self.waiting() as u64;
        if offset != expected || bytes.len() as u64 != self.ordered {
            return Err(FileError::Changed);
        }
        self.ordered = 0;
        if self.waiting() == 0 {
            self.bytes = bytes;
        } else {
            self.bytes.drain(..self.used);
            self.bytes.extend(bytes);
        }
        self.used = 0;
        Ok(())
    }

    /// The next block, which is shorter than `block` only at the end; none while the file is being read.
    pub(super) fn take(&mut self, block: u16) -> Option<Vec<u8>> {
        let length = usize::from(self.next_length(block));
        let next = self.bytes.get(self.used..self.used + length).filter(|next| !next.is_empty())?.to_vec();
        self.used += length;
        self.taken += length as u64;
        Some(next)
    }

    /// How long the next block will be.
    pub(super) fn next_length(&self, block: u16) -> u16 {
        u16::try_from(self.span.length - self.taken).unwrap_or(u16::MAX).min(block)
    }

    /// Whether everything was taken out.
    pub(super) fn is_empty(&self) -> bool {
        self.taken == self.span.length
    }

    fn waiting(&self) -> usize {
        self.bytes.len() - self.used
    }
}
