//! The receiving end (XEP-0047 §2): takes blocks in order, acknowledges what is in the file, is done at the last byte.
//!
//! Blocks come in an iq or a message, whatever was agreed: xmpp4r and Tkabber know only messages. An acknowledgement
//! waits for the file, so a slow disk slows the sender; one who does not wait for acknowledgements is stopped once too
//! much is on its way to the disk. What is wrong with a block is told in answer to it, and the stream closed.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use minidom::Element;

use super::telling::PACE;
use super::{Seq, close};
use crate::engine::command::Via;
use crate::engine::feature::{IqRequest, Owed, Response};
use crate::engine::iq::IqToken;
use crate::engine::transfer::attempt::AttemptId;
use crate::engine::transfer::method::{Begun, Broken, Bytestream, EMPTY_LINGER, Line, STALL, Scope, Step};
use crate::engine::{FileEvent, FileOrder};
use crate::xep::ibb::{Close, Data, Open};
use crate::xep::stanza::StanzaError;

/// How much may be on its way to the disk. Sixteen windows of ours; what a fast peer of any make sends in a second.
const MOST_UNWRITTEN: u64 = 4 * 1024 * 1024;

/// How many blocks that may be: as many of half a kilobyte, the smallest that programs agree on. Each costs the name of its
/// request besides its bytes, and there are blocks of one byte, or of none.
const MOST_WAITING: usize = 8192;

/// A file of unknown size from which nothing comes is the empty one whose size QXmpp leaves out.
const UNKNOWN_LINGER: Duration = Duration::from_secs(30);

/// A sender closes as soon as it has the last acknowledgement, and one whose close finds us gone takes that for a
/// failure. One that never closes is not waited for until somebody wonders.
const LAST_WORD: Duration = Duration::from_secs(2);

/// One stream that we receive on.
struct Receiver {
    line: Line,
    size: Option<u64>,
    /// What was agreed.
    largest: u16,
    seen: Seen,
    seq: Seq,
    received: u64,
    written: u64,
    unwritten: VecDeque<Block>,
    end: End,
    until: Instant,
}

/// What the user sees of the blocks that come.
struct Seen {
    attempt: AttemptId,
    block: u64,
    told_at: Instant,
}

impl Seen {
    /// A block came. What was agreed is the most that a sender may put into one, and few do.
    fn block(&mut self, length: u64, scope: &mut Scope) {
        let now = scope.cx.now().instant;
        if length == self.block || (self.block > 0 && now < self.told_at + PACE) {
            return;
        }
        (self.block, self.told_at) = (length, now);
        scope.record.activate(self.attempt, Some(format!("block {length}")), scope.cx);
    }
}

/// A block on its way to the file.
struct Block {
    length: u64,
    /// The request that brought it, to be answered once it is there; a message wants no answer.
    request: Option<String>,
}

/// Whether more is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// As far as we know.
    Open,
    /// The sender has closed.
    Closed,
    /// We are through with it.
    Over,
}

/// Answers `<open/>`.
pub(super) fn receive(line: Line, size: Option<u64>, request: &IqRequest, scope: &mut Scope) -> Option<Begun> {
    let open = match Open::read(&request.payload) {
        Ok(open) => open,
        Err(malformed) => {
            scope.cx.refuse(request, &StanzaError::new("bad-request").with_text(malformed.to_string()));
            return None;
        }
    };
    scope.cx.answer(request, None);
    let attempt = scope.record.begin(Via::InBand, None, "opening", STALL, scope.cx);
    scope.record.activate(attempt, None, scope.cx);
    let until = match size {
        Some(0) => scope.after(EMPTY_LINGER),
        Some(_) => scope.after(STALL),
        None => scope.after(UNKNOWN_LINGER),
    };
    let receiver = Receiver {
        line,
        size,
        largest: open.block_size,
        seen: Seen { attempt, block: 0, told_at: scope.cx.now().instant },
        seq: Seq::default(),
        received: 0,
        written: 0,
        unwritten: VecDeque::new(),
        end: End::Open,
        until,
    };
    Some((Box::new(receiver), Step::Open))
}

/// What is wrong with a block: the answer to it, and what follows for the stream.
struct Fault {
    condition: &'static str,
    words: &'static str,
    means: Broken,
}

impl Fault {
    fn new(condition: &'static str, words: &'static str) -> Self {
        Fault { condition, words, means: Broken::Misbehaved(words.to_owned()) }
    }
}

impl Receiver {
    /// A block, in an iq or a message.
    fn data(&mut self, payload: &Element, request: Option<&IqRequest>, scope: &mut Scope) -> Step {
        match self.check(payload) {
            Ok(bytes) => {
                self.append(bytes, request, scope);
                Step::Open
            }
            Err(fault) => {
                if let Some(request) = request {
                    scope.cx.refuse(request, &StanzaError::new(fault.condition).with_text(fault.words));
                }
                self.abandon(scope);
                Step::Broken(fault.means)
            }
        }
    }

    fn check(&mut self, payload: &Element) -> Result<Vec<u8>, Fault> {
        let data = Data::read(payload).map_err(|_| Fault::new("bad-request", "a block is no base64"))?;
        let length = data.bytes.len() as u64;
        let fault = |condition, words| Err(Fault::new(condition, words));
        if self.end != End::Open {
            return fault("unexpected-request", "a block came after the end");
        }
        if data.seq != self.seq.0 {
            return fault("unexpected-request", "a block is out of order");
        }
        if data.bytes.len() > usize::from(self.largest) {
            return fault("bad-request", "a block is too long");
        }
        if self.size.is_some_and(|size| self.received + length > size) {
            let words = "more came than was asked for";
            return Err(Fault { condition: "not-acceptable", words, means: Broken::Surplus });
        }
        if self.received - self.written + length > MOST_UNWRITTEN || self.unwritten.len() >= MOST_WAITING {
            return fault("resource-constraint", "blocks come without waiting for acknowledgements");
        }
        self.seq.advance();
        Ok(data.bytes)
    }

    /// An empty block is one all the same, and must not be forgotten among those that wait.
    fn append(&mut self, bytes: Vec<u8>, request: Option<&IqRequest>, scope: &mut Scope) {
        let length = bytes.len() as u64;
        self.received += length;
        // The last one is as long as what is left.
        if self.size.is_none_or(|size| self.received < size) || self.seen.block == 0 {
            self.seen.block(length, scope);
        }
        self.until = scope.after(STALL);
        self.unwritten.push_back(Block { length, request: request.map(|request| request.id.clone()) });
        scope.cx.file(self.line.file, FileOrder::Append { bytes });
    }

    /// The oldest block on its way is in the file, which should be as long as we think.
    fn written(&mut self, total: u64, scope: &mut Scope) -> Step {
        let Some(block) = self.unwritten.pop_front() else { return Step::Open };
        self.written += block.length;
        self.acknowledge(block, scope);
        if total != self.line.begins_at + self.written {
            self.abandon(scope);
            return Step::Broken(Broken::Misbehaved("two streams wrote to one file".to_owned()));
        }
        scope.moved(self.written);
        // While blocks wait for a file that is held, or for a slow disk, it is not the sender who stands still.
        self.until = scope.after(STALL);
        self.finish_if_whole(scope)
    }

    fn acknowledge(&self, block: Block, scope: &mut Scope) {
        if let Some(id) = block.request {
            scope.cx.answer(Owed { to: Some(self.line.peer.clone()), id }, None);
        }
    }

    fn finish_if_whole(&mut self, scope: &mut Scope) -> Step {
        if !self.unwritten.is_empty() {
            return Step::Open;
        }
        match (self.size, self.end) {
            (Some(size), End::Open) if size == self.written && size > 0 => {
                self.until = scope.after(LAST_WORD);
                Step::Open
            }
            (Some(size), End::Closed) if size == self.written => self.done(scope),
            (None, End::Closed) => self.done(scope),
            (Some(_), End::Closed) => {
                self.end = End::Over;
                Step::Broken(Broken::Interrupted("closed too early".to_owned()))
            }
            (Some(_) | None, End::Open | End::Over) => Step::Open,
        }
    }

    fn is_whole(&self) -> bool {
        self.size == Some(self.written)
    }

    fn done(&mut self, scope: &mut Scope) -> Step {
        self.end = End::Over;
        scope.shared.ibb.farewells.remember(&self.line.peer, &self.line.sid);
        Step::Done
    }
}

impl Bytestream for Receiver {
    fn request(&mut self, request: IqRequest, scope: &mut Scope) -> Step {
        match request.payload.name() {
            "data" => self.data(&request.payload, Some(&request), scope),
            "close" if Close::read(&request.payload).is_ok() => {
                scope.cx.answer(&request, None);
                self.end = End::Closed;
                self.finish_if_whole(scope)
            }
            _ => {
                scope.cx.refuse(&request, &StanzaError::new("unexpected-request").with_text("the stream is open"));
                Step::Open
            }
        }
    }

    fn message(&mut self, payload: &Element, scope: &mut Scope) -> Step {
        if payload.name() == "data" { self.data(payload, None, scope) } else { Step::Open }
    }

    fn asked(&self, _token: IqToken) -> bool {
        false
    }

    fn response(&mut self, _token: IqToken, _response: Response, _scope: &mut Scope) -> Step {
        Step::Open
    }

    fn file(&mut self, event: FileEvent, scope: &mut Scope) -> Step {
        match event {
            FileEvent::Written { total } => self.written(total, scope),
            FileEvent::Opened { .. }
            | FileEvent::Packed(_)
            | FileEvent::Block { .. }
            | FileEvent::Created { .. }
            | FileEvent::Reopened { .. }
            | FileEvent::Found { .. }
            | FileEvent::Fetched(_)
            | FileEvent::Unpacking { .. }
            | FileEvent::Renamed { .. }
            | FileEvent::Committed { .. }
            | FileEvent::Digested(_)
            | FileEvent::Failed(_) => Step::Open,
        }
    }

    /// Without the sender nothing is missing but its close.
    fn is_independent(&self) -> bool {
        self.is_whole()
    }

    fn moved(&self) -> u64 {
        self.received
    }

    fn deadline(&self) -> Option<Instant> {
        (self.end != End::Over).then_some(self.until)
    }

    /// Of an empty file nothing more was to come, nor of one that is whole; anything else stands still.
    fn timeout(&mut self, scope: &mut Scope) -> Step {
        let is_empty = self.received == 0 && self.size.is_none();
        let is_complete = is_empty || self.is_whole();
        self.abandon(scope);
        if is_complete { Step::Done } else { Step::Broken(Broken::Interrupted("stands still".to_owned())) }
    }

    /// Blocks that never reach the file are acknowledged too: a Gabble that waits for them does not read our close.
    fn abandon(&mut self, scope: &mut Scope) {
        if self.end == End::Over {
            return;
        }
        self.end = End::Over;
        for block in std::mem::take(&mut self.unwritten) {
            self.acknowledge(block, scope);
        }
        close(&self.line, scope.shared, scope.cx);
    }
}
