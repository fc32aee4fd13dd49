//! The shell of the engine under test: files in memory, and connections on which others say what they like.
//!
//! It keeps the contract that the real shell keeps, and stops at an order that breaks it. What is a lie here comes from
//! others; what the engine must expect of a real disk happens too: a full one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use balcony::engine::journal::Landed;
use balcony::engine::{
    CloseReason, Digest, Digests, FetchError, FileError, FileEvent, FileId, FileIdentity, FileOrder, Flow, Input, Keep,
    Packed, Partial, Place, SocketEvent, SocketId, SocketOrder,
};

/// Where received files go.
pub(crate) const DOWNLOADS: &str = "/downloads";

/// What lies in every file that can be sent.
const BYTE: u8 = b'b';

/// The port of the listener.
const PORT: u16 = 5086;

/// Files and connections.
#[derive(Default)]
pub(crate) struct Shell {
    files: BTreeMap<FileId, File>,
    sockets: BTreeMap<SocketId, Socket>,
    is_listening: bool,
    accepted: u64,
    /// Nothing more fits on the disk.
    pub(crate) is_full: bool,
    /// What lies in the downloads folder and beside it.
    pub(crate) disk: BTreeMap<PathBuf, Vec<u8>>,
    /// How often anything was appended to a file, in-band.
    pub(crate) appended: usize,
    /// What is to be told to the engine.
    told: Vec<Input>,
}

enum File {
    Source { size: u64, read: (u64, u64) },
    Part { path: PathBuf, bytes: Vec<u8> },
}

/// One connection.
#[derive(Default)]
struct Socket {
    is_open: bool,
    reading: Option<usize>,
    receiving: Option<(FileId, u64, u64)>,
    arrived: Vec<u8>,
    end: Option<CloseReason>,
    written: Vec<u8>,
}

impl Shell {
    /// What the engine is to be told next.
    pub(crate) fn tells(&mut self) -> Vec<Input> {
        std::mem::take(&mut self.told)
    }

    /// How many files are open.
    pub(crate) fn open_files(&self) -> usize {
        self.files.len()
    }

    /// Every connection, the oldest first.
    pub(crate) fn sockets(&self) -> Vec<SocketId> {
        self.sockets.keys().copied().collect()
    }

    /// Whether there is a listener.
    pub(crate) fn is_listening(&self) -> bool {
        self.is_listening
    }

    /// What the engine wrote to a connection.
    pub(crate) fn written(&self, socket: SocketId) -> &[u8] {
        self.sockets.get(&socket).map_or(&[], |socket| &socket.written)
    }

    /// Whether a connection brings a file.
    pub(crate) fn is_receiving(&self, socket: SocketId) -> bool {
        self.sockets.get(&socket).is_some_and(|socket| socket.receiving.is_some())
    }

    pub(crate) fn file(&mut self, file: FileId, order: FileOrder) {
        if let Some(event) = self.filed(file, order) {
            self.told.push(Input::File(file, event));
        }
    }

    fn filed(&mut self, file: FileId, order: FileOrder) -> Option<FileEvent> {
        Some(match order {
            FileOrder::Open { path } => self.open(file, &path),
            FileOrder::OpenTogether { paths } => {
                let files = paths.len() as u64;
                self.files.insert(file, File::Source { size: files, read: (0, 0) });
                let name = "together".to_owned();
                FileEvent::Packed(Packed {
                    name,
                    size: files,
                    files,
                    bytes: files,
                    left_out: 0,
                    hidden: 0,
                    modified: None,
                })
            }
            FileOrder::Read { offset, length } => self.read(file, offset, length),
            FileOrder::Create { .. } | FileOrder::Append { .. } if self.is_full => FileEvent::Failed(full()),
            FileOrder::Create { place, .. } => {
                let path = match place {
                    Place::Downloads { name } => {
                        assert!(is_safe(&name), "{name:?} is no safe name");
                        Path::new(DOWNLOADS).join(name)
                    }
                    Place::Chosen { path, .. } => path,
                };
                self.files.insert(file, File::Part { path: path.clone(), bytes: Vec::new() });
                FileEvent::Created { path, identity: FileIdentity(file.0) }
            }
            FileOrder::Reopen { landed, keep, .. } => self.reopen(file, landed, keep),
            FileOrder::Append { bytes } => {
                self.appended += 1;
                FileEvent::Written { total: self.append(file, &bytes) }
            }
            FileOrder::Fetch(_) => FileEvent::Fetched(Err(FetchError::Broken("there is no web here".to_owned()))),
            FileOrder::Digest => FileEvent::Digested(self.digests(file)),
            FileOrder::Commit | FileOrder::Unpack(_) => match self.files.remove(&file) {
                Some(File::Part { path, bytes }) => {
                    self.disk.insert(path.clone(), bytes);
                    FileEvent::Committed { path }
                }
                Some(File::Source { .. }) | None => panic!("a commit of a file that is not received"),
            },
            FileOrder::Close { partial } => {
                if let (Some(File::Part { path, bytes }), Partial::Keep) = (self.files.remove(&file), partial) {
                    self.disk.insert(path.with_added_extension("part"), bytes);
                }
                return None;
            }
            FileOrder::Seed { .. } | FileOrder::Hash(_) | FileOrder::Hold | FileOrder::Release => return None,
        })
    }

    /// Every path there is a file at says how long that is: `/home/juliet/4096`.
    fn open(&mut self, file: FileId, path: &Path) -> FileEvent {
        let size = path.file_name().and_then(|name| name.to_str()?.parse().ok());
        let Some(size) = size else { return FileEvent::Failed(FileError::Unreadable("no such file".to_owned())) };
        self.files.insert(file, File::Source { size, read: (0, 0) });
        FileEvent::Opened { size, modified: Some(SystemTime::UNIX_EPOCH) }
    }

    fn read(&mut self, file: FileId, offset: u64, length: usize) -> FileEvent {
        let Some(File::Source { size, read }) = self.files.get_mut(&file) else {
            panic!("a block of a file that is not open")
        };
        let length = size.saturating_sub(offset).min(length as u64);
        *read = if read.1 == offset { (read.0, offset + length) } else { (offset, offset + length) };
        FileEvent::Block { offset, bytes: vec![BYTE; usize::try_from(length).unwrap_or(0)] }
    }

    fn append(&mut self, file: FileId, bytes: &[u8]) -> u64 {
        let Some(File::Part { bytes: part, .. }) = self.files.get_mut(&file) else {
            panic!("an append to a file that is not received")
        };
        part.extend_from_slice(bytes);
        part.len() as u64
    }

    fn reopen(&mut self, file: FileId, landed: Landed, keep: Keep) -> FileEvent {
        let Some(mut bytes) = self.disk.remove(&landed.part) else {
            return FileEvent::Failed(FileError::Unwritable("it is another file".to_owned()));
        };
        let known = usize::try_from(landed.prefix.length).unwrap_or(usize::MAX);
        bytes.truncate(match keep {
            Keep::All => usize::MAX,
            Keep::Recognised => known,
            Keep::Nothing => 0,
        });
        let length = bytes.len() as u64;
        self.files.insert(file, File::Part { path: landed.path, bytes });
        FileEvent::Reopened { length }
    }

    /// Whatever was hashed, this came of it: so that whoever states it is right.
    fn digests(&self, file: FileId) -> Digests {
        let (offset, length) = match self.files.get(&file) {
            Some(File::Source { read, .. }) => (read.0, read.1 - read.0),
            Some(File::Part { bytes, .. }) => (0, bytes.len() as u64),
            None => panic!("a digest of a file that is not open"),
        };
        Digests { offset, length, found: vec![(Digest::Md5, vec![0; 16]), (Digest::Sha256, vec![0; 32])] }
    }

    pub(crate) fn socket(&mut self, order: SocketOrder) {
        match order {
            SocketOrder::Listen => {
                self.is_listening = true;
                let addresses = ["127.0.0.1", "192.0.2.2", "fe80::1"].map(|address| address.parse().unwrap());
                self.tell(SocketEvent::Listening { port: PORT, addresses: addresses.to_vec() });
            }
            SocketOrder::Unlisten => self.is_listening = false,
            SocketOrder::Dial { socket, .. } => {
                let before = self.sockets.insert(socket, Socket::default());
                assert!(before.is_none(), "two connections of one name");
            }
            SocketOrder::Read { socket, max } => self.with(socket, |it| it.reading = Some(max)),
            SocketOrder::Write { socket, bytes } => self.with(socket, |it| it.written.extend(&bytes)),
            SocketOrder::Seal(seal) => self.tell(SocketEvent::Sealed { socket: seal.socket }),
            SocketOrder::Pump(pump) => match pump.flow {
                Flow::Send { length, .. } => {
                    self.sockets.remove(&pump.socket);
                    self.tell(SocketEvent::Pumped { socket: pump.socket, bytes: length });
                }
                Flow::Receive { prefix, length, .. } => self.with(pump.socket, |it| {
                    it.reading = None;
                    it.arrived.splice(0..0, prefix);
                    it.receiving = Some((pump.file, length, 0));
                }),
            },
            SocketOrder::Close { socket } => drop(self.sockets.remove(&socket)),
        }
    }

    fn with(&mut self, socket: SocketId, change: impl FnOnce(&mut Socket)) {
        if let Some(it) = self.sockets.get_mut(&socket) {
            change(it);
            self.serve(socket);
        }
    }

    fn tell(&mut self, event: SocketEvent) {
        self.told.push(Input::Socket(event));
    }

    /// Somebody connects to the listener.
    pub(crate) fn accept(&mut self) -> Option<SocketId> {
        if !self.is_listening {
            return None;
        }
        self.accepted += 1;
        let socket = SocketId::Accepted(self.accepted);
        self.sockets.insert(socket, Socket { is_open: true, ..Socket::default() });
        self.tell(SocketEvent::Accepted { socket, from: "203.0.113.9:50000".parse().unwrap() });
        Some(socket)
    }

    /// A connection that is dialled is made.
    pub(crate) fn connect(&mut self, socket: SocketId) {
        if let Some(it) = self.sockets.get_mut(&socket).filter(|it| !it.is_open) {
            it.is_open = true;
            self.tell(SocketEvent::Connected { socket });
        }
    }

    /// The other side of a connection says something; of one that is not made yet, makes it first.
    pub(crate) fn say(&mut self, socket: SocketId, bytes: &[u8]) {
        self.connect(socket);
        self.with(socket, |it| it.arrived.extend(bytes));
    }

    /// The other side is gone.
    pub(crate) fn end(&mut self, socket: SocketId, why: CloseReason) {
        if self.sockets.get(&socket).is_some_and(|it| !it.is_open) {
            self.sockets.remove(&socket);
            return self.tell(SocketEvent::Closed { socket, why });
        }
        self.with(socket, |it| it.end = Some(why));
    }

    /// What has arrived goes to who waits for it.
    fn serve(&mut self, socket: SocketId) {
        let Some(it) = self.sockets.get_mut(&socket) else { return };
        if let Some((file, length, moved)) = it.receiving.as_mut() {
            let room = usize::try_from(*length - *moved).unwrap_or(usize::MAX);
            let bytes: Vec<u8> = it.arrived.drain(..room.min(it.arrived.len())).collect();
            *moved += bytes.len() as u64;
            let (file, moved, is_whole) = (*file, *moved, moved == length);
            let end = it.end.clone();
            self.append(file, &bytes);
            self.received(socket, moved, is_whole, end);
        } else if let Some(max) = it.reading {
            if !it.arrived.is_empty() {
                let bytes = it.arrived.drain(..max.min(it.arrived.len())).collect();
                it.reading = None;
                self.tell(SocketEvent::Data { socket, bytes });
            } else if let Some(why) = it.end.clone() {
                self.sockets.remove(&socket);
                self.tell(SocketEvent::Closed { socket, why });
            }
        }
    }

    fn received(&mut self, socket: SocketId, moved: u64, is_whole: bool, end: Option<CloseReason>) {
        match end {
            _ if is_whole => self.pumped(socket, moved),
            Some(CloseReason::ByPeer) => self.pumped(socket, moved),
            Some(why) => {
                self.sockets.remove(&socket);
                self.tell(SocketEvent::Closed { socket, why });
            }
            None => self.tell(SocketEvent::Progress { socket, bytes: moved }),
        }
    }

    fn pumped(&mut self, socket: SocketId, bytes: u64) {
        if let Some(it) = self.sockets.get_mut(&socket) {
            it.receiving = None;
        }
        self.tell(SocketEvent::Pumped { socket, bytes });
    }
}

fn full() -> FileError {
    FileError::Full { needed: 1, free: 0 }
}

/// Whether a name is one visible path component.
pub(crate) fn is_safe(name: &str) -> bool {
    let is_bad =
        |c: char| c.is_control() || matches!(c, '/' | '\\' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !name.is_empty() && !name.starts_with('.') && name.len() <= 255 && !name.contains(is_bad)
}
