//! What Juliet's engine wants done, done: files without bytes, connections that nobody takes, Romeo's program asked what it can.
//! What is written down and told is looked at on the way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::SystemTime;

use balcony::engine::command::{Command, TransferId};
use balcony::engine::event::{Direction, Event, TransferChange};
use balcony::engine::{
    CloseReason, Digest, Digests, FileEvent, FileId, FileIdentity, FileOrder, Input, Output, SocketEvent, SocketOrder,
};
use balcony::xep::ns;
use minidom::Element;

use super::home::ROMEO;
use crate::support::engine::{Subject, parse};

/// What Romeo's program can.
const FEATURES: [&str; 4] = [ns::SI, ns::SI_FILE, ns::BYTESTREAMS, ns::IBB];

/// Requests of ours that Romeo may still answer.
const MOST_ASKED: usize = 32;

/// How long every file is that Juliet sends.
const SIZE: u64 = 100_000;

/// The most that was seen of anything.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Bytes in what is written down of one transfer.
    pub(super) written: usize,
    /// Tries in it.
    pub(super) tries: usize,
    /// Bytes in one event about one.
    pub(super) told: usize,
    /// Blocks on their way to the disk, of one.
    pub(super) waiting: usize,
}

/// Files and connections, as far as the engine asks about them.
#[derive(Default)]
pub(super) struct Shell {
    pub(super) seen: Seen,
    /// Transfers that have not ended.
    pub(super) alive: BTreeSet<TransferId>,
    /// The names of our requests to Romeo, the last ones.
    pub(super) asked: VecDeque<String>,
    /// The disk writes nothing.
    stands_still: bool,
    files: BTreeMap<FileId, Part>,
}

/// A file that is received.
#[derive(Default)]
struct Part {
    length: u64,
    /// The lengths of what is not written yet.
    waiting: VecDeque<u64>,
}

impl Shell {
    /// Does what the engine wants, and returns what comes of it.
    pub(super) fn perform(&mut self, juliet: &mut Subject) -> Vec<Input> {
        let mut due = Vec::new();
        for stanza in juliet.sent() {
            due.extend(self.sent(&stanza));
        }
        for event in juliet.events() {
            due.extend(self.told(&event));
        }
        for output in juliet.others() {
            match output {
                Output::File(file, order) => due.extend(self.file(file, order).map(|event| Input::File(file, event))),
                Output::Socket(order) => due.extend(socket(&order).map(Input::Socket)),
                Output::Journal(entry) => {
                    self.seen.written = self.seen.written.max(format!("{entry:?}").len());
                    self.seen.tries = self.seen.tries.max(entry.attempts.len());
                }
                Output::Send { .. }
                | Output::Event(_)
                | Output::Connect
                | Output::TellPassword
                | Output::Disconnect
                | Output::Reach(_)
                | Output::History(_) => {}
            }
        }
        due
    }

    /// How many blocks are on their way to the disk.
    pub(super) fn blocks_that_wait(&self) -> usize {
        self.files.values().map(|part| part.waiting.len()).sum()
    }

    fn sent(&mut self, stanza: &Element) -> Option<Input> {
        let is_request = stanza.name() == "iq" && matches!(stanza.attr("type"), Some("get" | "set"));
        let id = stanza.attr("id").filter(|_| is_request && stanza.attr("to") == Some(ROMEO))?;
        if stanza.has_child("query", "http://jabber.org/protocol/disco#info") {
            let features = FEATURES.map(|feature| format!("<feature var='{feature}'/>")).concat();
            let query = format!("<query xmlns='http://jabber.org/protocol/disco#info'>{features}</query>");
            let answer = format!("<iq type='result' id='{id}' from='{ROMEO}'>{query}</iq>");
            return Some(Input::Stanza(parse(&answer)));
        }
        if self.asked.len() == MOST_ASKED {
            self.asked.pop_front();
        }
        self.asked.push_back(id.to_owned());
        None
    }

    /// Every offer is accepted.
    fn told(&mut self, event: &Event) -> Option<Input> {
        let Event::Transfer { id, change } = event else { return None };
        self.seen.told = self.seen.told.max(format!("{event:?}").len());
        match change {
            TransferChange::Offered(offer) => {
                self.alive.insert(*id);
                let is_theirs = offer.direction == Direction::Receiving;
                is_theirs.then(|| Input::Command(Command::AcceptOffer { transfer: *id, save_as: None }))
            }
            TransferChange::Ended(_) => {
                self.alive.remove(id);
                None
            }
            TransferChange::Answered { .. }
            | TransferChange::Unplaced(_)
            | TransferChange::Attempt(_)
            | TransferChange::Progress(_)
            | TransferChange::Finishing(_)
            | TransferChange::Turn { .. }
            | TransferChange::TheirTurn(_)
            | TransferChange::Interrupted(_)
            | TransferChange::Remark(_)
            | TransferChange::Kept(_) => None,
        }
    }

    fn file(&mut self, file: FileId, order: FileOrder) -> Option<FileEvent> {
        let length = self.files.get(&file).map_or(0, |part| part.length);
        match order {
            FileOrder::Open { .. } => Some(FileEvent::Opened { size: SIZE, modified: Some(SystemTime::UNIX_EPOCH) }),
            FileOrder::Read { offset, length } => Some(FileEvent::Block { offset, bytes: vec![0; length] }),
            FileOrder::Create { .. } => {
                self.files.insert(file, Part::default());
                Some(FileEvent::Created { path: "/downloads/a.txt".into(), identity: FileIdentity(file.0) })
            }
            FileOrder::Reopen { landed, .. } => {
                let length = landed.prefix.length;
                self.files.insert(file, Part { length, ..Part::default() });
                Some(FileEvent::Reopened { length })
            }
            FileOrder::Append { bytes } => {
                let waiting = &mut self.files.entry(file).or_default().waiting;
                waiting.push_back(bytes.len() as u64);
                self.seen.waiting = self.seen.waiting.max(waiting.len());
                if self.stands_still { None } else { self.write(file) }
            }
            FileOrder::Digest => {
                let found = vec![(Digest::Sha256, vec![0; 32])];
                Some(FileEvent::Digested(Digests { offset: 0, length, found }))
            }
            FileOrder::Commit => Some(FileEvent::Committed { path: "/downloads/a.txt".into() }),
            FileOrder::Close { .. } => {
                self.files.remove(&file);
                None
            }
            FileOrder::OpenTogether { .. }
            | FileOrder::Fetch(_)
            | FileOrder::Unpack(_)
            | FileOrder::Seed { .. }
            | FileOrder::Hash(_)
            | FileOrder::Hold
            | FileOrder::Release => None,
        }
    }

    /// The oldest block that waits is written.
    fn write(&mut self, file: FileId) -> Option<FileEvent> {
        let part = self.files.get_mut(&file)?;
        part.length += part.waiting.pop_front()?;
        Some(FileEvent::Written { total: part.length })
    }

    /// The disk stands still from now on, or writes one block that waits.
    pub(super) fn disk_works(&mut self, works: bool) -> Option<Input> {
        self.stands_still = !works;
        let files: Vec<FileId> = self.files.keys().copied().filter(|_| works).collect();
        files.into_iter().find_map(|file| Some(Input::File(file, self.write(file)?)))
    }
}

/// Nobody can be connected to.
fn socket(order: &SocketOrder) -> Option<SocketEvent> {
    match order {
        SocketOrder::Listen => {
            Some(SocketEvent::Listening { port: 5086, addresses: vec!["192.0.2.2".parse().unwrap()] })
        }
        SocketOrder::Dial { socket, .. } => Some(SocketEvent::Closed { socket: *socket, why: CloseReason::Refused }),
        SocketOrder::Unlisten
        | SocketOrder::Read { .. }
        | SocketOrder::Write { .. }
        | SocketOrder::Seal(_)
        | SocketOrder::Pump(_)
        | SocketOrder::Close { .. } => None,
    }
}
