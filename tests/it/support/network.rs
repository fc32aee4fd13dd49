//! A world in virtual time: engines with their files, the server between them, the network beside it, and its faults.
//!
//! Nothing here waits. [`World::step`] takes the next thing that is due, sets the clock to it, and lets it happen; an
//! engine's wish to be woken is a thing like any other. Latency is the same everywhere, so order is kept.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use balcony::engine::command::Command;
use balcony::engine::context::Settings;
use balcony::engine::event::{Event, StopReason};
use balcony::engine::{
    CloseReason, Engine, FileError, FileEvent, FileId, FileOrder, Flow, Input, Moment, Output, Partial, Place, Pump,
    Session, SocketEvent, SocketId, SocketOrder,
};
use jid::FullJid;
use md5::{Digest as _, Md5};
use minidom::Element;

use super::server::{self, Proxy};

/// One way between any two places.
pub(crate) const LATENCY: Duration = Duration::from_millis(20);

/// How long a finished file takes to be safe on the disk: longer than the sender takes to close its stream.
const COMMIT: Duration = Duration::from_millis(200);

/// What a pump moves at a time.
const CHUNK: usize = 64 * 1024;

/// How many things may happen before a world counts as one that never comes to rest.
const MOST_STEPS: usize = 200_000;

/// Who is meant: the place in the world's list.
pub(crate) type Who = usize;

/// What happens to a connection attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It is made.
    Open,
    /// It is refused at once.
    Refused,
    /// Nothing ever comes back.
    Silent,
    /// It is made, and then nothing is ever said.
    Mute,
}

/// Which way a stanza goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the engine to the server.
    Out,
    /// From the server to the engine.
    In,
}

/// What makes of an engine somebody else's client: every stanza becomes what this makes of it.
pub(crate) type Quirk = Box<dyn FnMut(Way, Element) -> Vec<(Way, Element)>>;

/// Makes other bytes of what somebody writes; each piece arrives by itself.
pub(crate) type Rewrite = fn(Vec<u8>) -> Vec<Vec<u8>>;

/// One engine and what belongs to it.
pub(crate) struct Node {
    pub(crate) engine: Engine,
    pub(crate) jid: FullJid,
    pub(crate) address: IpAddr,
    pub(crate) events: Vec<Event>,
    pub(crate) disk: BTreeMap<PathBuf, Vec<u8>>,
    /// What connections to this machine's listener meet.
    pub(crate) reach: Reach,
    /// What becomes of its stanzas.
    pub(crate) quirk: Option<Quirk>,
    /// What becomes of the bytes that it writes to sockets by hand.
    pub(crate) writes: Option<Rewrite>,
    online: bool,
    outgoing: VecDeque<Element>,
    incoming: VecDeque<Element>,
    listener: Option<u16>,
    files: BTreeMap<FileId, File>,
    accepted: u64,
    wake: Option<Instant>,
}

enum File {
    Source(Vec<u8>),
    Part { path: PathBuf, bytes: Vec<u8> },
}

/// Something that will happen.
enum Due {
    Input(Who, Input),
    Stanza(Who, Element),
    Dialled { who: Who, socket: SocketId, host: String, port: u16 },
    Bytes { at: End, bytes: Vec<u8> },
    Closed { at: End, why: CloseReason },
    PumpOn { at: End, file: FileId, offset: u64, left: u64, moved: u64 },
}

/// One end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct End {
    pub(crate) connection: usize,
    pub(crate) side: usize,
}

impl End {
    fn other(self) -> End {
        End { side: 1 - self.side, ..self }
    }
}

/// Who holds one end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holder {
    Node(Who, SocketId),
    Proxy,
}

struct Side {
    holder: Holder,
    arrived: Vec<u8>,
    end: Option<CloseReason>,
    reading: Option<usize>,
    receiving: Option<Receiving>,
    is_closed: bool,
    is_mute: bool,
}

struct Receiving {
    file: FileId,
    left: u64,
    moved: u64,
}

/// Everybody and everything between them.
pub(crate) struct World {
    pub(crate) nodes: Vec<Node>,
    pub(crate) proxy: Option<Proxy>,
    /// Connections break after so many payload bytes.
    pub(crate) breaks_after: Option<u64>,
    now: Moment,
    due: BTreeMap<(Instant, u64), Due>,
    counted: u64,
    sides: BTreeMap<End, Side>,
    connections: usize,
    /// Connections that were given up while they were dialled.
    given_up: BTreeSet<(Who, SocketId)>,
    pub(crate) steps: usize,
}

impl World {
    /// An empty one.
    pub(crate) fn new() -> Self {
        World {
            nodes: Vec::new(),
            proxy: None,
            breaks_after: None,
            now: super::engine::first_moment(),
            due: BTreeMap::new(),
            counted: 0,
            sides: BTreeMap::new(),
            connections: 0,
            given_up: BTreeSet::new(),
            steps: 0,
        }
    }

    /// Somebody joins, offline.
    pub(crate) fn join(&mut self, jid: &str, address: &str, settings: Settings) -> Who {
        let who = self.nodes.len();
        let mut last = (who as u64 + 1) << 32;
        let entropy = Box::new(move || {
            last += 1;
            last
        });
        self.nodes.push(Node {
            engine: Engine::new(settings, entropy, self.now),
            jid: FullJid::new(jid).unwrap(),
            address: address.parse().unwrap(),
            events: Vec::new(),
            disk: BTreeMap::new(),
            reach: Reach::Open,
            quirk: None,
            writes: None,
            online: false,
            outgoing: VecDeque::new(),
            incoming: VecDeque::new(),
            listener: None,
            files: BTreeMap::new(),
            accepted: 0,
            wake: None,
        });
        who
    }

    /// The time since the world began, to measure by.
    pub(crate) fn now(&self) -> Instant {
        self.now.instant
    }

    /// Somebody logs in, or comes back.
    pub(crate) fn log_in(&mut self, who: Who, resumed: bool) {
        let node = &mut self.nodes[who];
        node.online = true;
        let (jid, local) = (node.jid.clone(), Some(SocketAddr::new(node.address, 40_000)));
        let waiting: Vec<_> = node.outgoing.drain(..).collect();
        let missed: Vec<_> = node.incoming.drain(..).collect();
        self.tell(who, Input::Session(Session::Online { jid, resumed, security: "none".to_owned(), local }));
        if resumed {
            for stanza in waiting {
                self.route(who, stanza);
            }
            for stanza in missed {
                self.pass_on(who, Way::In, stanza);
            }
        } else if !waiting.is_empty() {
            self.tell(who, Input::Undelivered(waiting));
        }
        self.announce(who);
    }

    /// Everybody who is there sees everybody else.
    fn announce(&mut self, newcomer: Who) {
        for other in (0..self.nodes.len()).filter(|other| *other != newcomer) {
            if self.nodes[other].online {
                self.later(Due::Stanza(other, server::presence(&self.nodes[newcomer].jid, None)));
                self.later(Due::Stanza(newcomer, server::presence(&self.nodes[other].jid, None)));
            }
        }
    }

    /// Somebody's connection to the server is lost; the server waits for them.
    pub(crate) fn lose_session(&mut self, who: Who) {
        self.nodes[who].online = false;
        let why = "the connection broke".to_owned();
        self.tell(who, Input::Session(Session::Offline { why, retry_in: Duration::from_secs(1) }));
    }

    /// Somebody is gone for everybody else.
    pub(crate) fn leave(&mut self, who: Who) {
        self.nodes[who].online = false;
        self.tell(who, Input::Session(Session::Stopped { why: StopReason::Requested }));
        self.vanish(who);
    }

    /// The server tells everybody that somebody is gone.
    pub(crate) fn vanish(&mut self, who: Who) {
        let gone = self.nodes[who].jid.clone();
        for other in (0..self.nodes.len()).filter(|other| *other != who) {
            self.later(Due::Stanza(other, server::presence(&gone, Some("unavailable"))));
        }
    }

    /// Somebody's user wants something.
    pub(crate) fn command(&mut self, who: Who, command: Command) {
        self.tell(who, Input::Command(command));
    }

    /// Something happens to an engine, now.
    pub(crate) fn tell(&mut self, who: Who, input: Input) {
        self.nodes[who].engine.handle(input, self.now);
        while let Some(output) = self.nodes[who].engine.poll_output() {
            self.perform(who, output);
        }
        let wake = self.nodes[who].engine.poll_timeout();
        assert!(wake.is_none_or(|wake| wake > self.now.instant), "a deadline is in the past");
        self.nodes[who].wake = wake;
    }

    fn perform(&mut self, who: Who, output: Output) {
        match output {
            Output::Send { stanza, .. } => {
                self.pass_on(who, Way::Out, stanza);
            }
            Output::Event(event) => self.nodes[who].events.push(event),
            Output::Socket(order) => self.socket(who, order),
            Output::File(file, order) => self.file(who, file, order),
            Output::Connect | Output::Disconnect => {}
        }
    }

    /// A stanza goes its way, or what its owner's quirk makes of it.
    fn pass_on(&mut self, who: Who, way: Way, stanza: Element) {
        let made = match &mut self.nodes[who].quirk {
            Some(quirk) => quirk(way, stanza),
            None => vec![(way, stanza)],
        };
        for (way, stanza) in made {
            match way {
                Way::In => self.input(who, Input::Stanza(stanza)),
                Way::Out if self.nodes[who].online => self.route(who, stanza),
                Way::Out => self.nodes[who].outgoing.push_back(stanza),
            }
        }
    }

    /// The server's part: a stanza goes to its addressee, or is answered by the server itself.
    fn route(&mut self, who: Who, mut stanza: Element) {
        let from = self.nodes[who].jid.clone();
        server::stamp(&mut stanza, &from);
        let to = stanza.attr("to").map(str::to_owned);
        let addressee = self.nodes.iter().position(|node| to.as_deref() == Some(node.jid.as_str()));
        if let Some(other) = addressee {
            return self.later(Due::Stanza(other, stanza));
        }
        for answer in server::answer(&stanza, &from, self.proxy.as_mut()) {
            self.later(Due::Stanza(who, answer));
        }
        self.activate();
    }

    fn deliver(&mut self, who: Who, stanza: Element) {
        if self.nodes[who].online {
            self.pass_on(who, Way::In, stanza);
        } else {
            self.nodes[who].incoming.push_back(stanza);
        }
    }

    fn later(&mut self, due: Due) {
        self.at(LATENCY, due);
    }

    fn at(&mut self, delay: Duration, due: Due) {
        self.counted += 1;
        self.due.insert((self.now.instant + delay, self.counted), due);
    }

    fn input(&mut self, who: Who, input: Input) {
        self.at(Duration::ZERO, Due::Input(who, input));
    }

    /// The next thing happens; whether there was one before `end`.
    pub(crate) fn step(&mut self, end: Instant) -> bool {
        let next = self.due.first_key_value().map(|((at, _), _)| *at);
        let wake = self.nodes.iter().enumerate().filter_map(|(who, node)| Some((node.wake?, who))).min();
        let at = next.into_iter().chain(wake.map(|(at, _)| at)).min();
        let Some(at) = at.filter(|at| *at <= end) else {
            self.jump_to(end);
            return false;
        };
        self.steps += 1;
        assert!(self.steps < MOST_STEPS, "the world never comes to rest");
        self.jump_to(at);
        if next == Some(at) {
            if let Some((_, due)) = self.due.pop_first() {
                self.happen(due);
            }
        } else if let Some((_, who)) = wake {
            self.tell(who, Input::Tick);
        }
        true
    }

    /// Time passes.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now.instant + time;
        while self.step(end) {}
    }

    fn jump_to(&mut self, instant: Instant) {
        self.now.wall += instant.saturating_duration_since(self.now.instant);
        self.now.instant = self.now.instant.max(instant);
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Input(who, input) => self.tell(who, input),
            Due::Stanza(who, stanza) => self.deliver(who, stanza),
            Due::Dialled { who, socket, host, port } => self.connect(who, socket, &host, port),
            Due::Bytes { at, bytes } => {
                if let Some(side) = self.sides.get_mut(&at).filter(|side| !side.is_mute) {
                    side.arrived.extend(bytes);
                    self.serve(at);
                }
            }
            Due::Closed { at, why } => {
                if let Some(side) = self.sides.get_mut(&at) {
                    side.end.get_or_insert(why);
                    self.serve(at);
                }
            }
            Due::PumpOn { at, file, offset, left, moved } => self.pump_on(at, file, offset, left, moved),
        }
    }

    /// A connection attempt arrives.
    fn connect(&mut self, who: Who, socket: SocketId, host: &str, port: u16) {
        if self.given_up.remove(&(who, socket)) {
            return;
        }
        let is_proxy = self.proxy.as_ref().is_some_and(|proxy| (proxy.host, proxy.port) == (host, port));
        let listening = |node: &Node| node.listener == Some(port) && node.address.to_string() == host;
        let other = self.nodes.iter().position(listening);
        let reach = match (is_proxy, other) {
            (true, _) => self.proxy.as_ref().map_or(Reach::Refused, |proxy| proxy.reach),
            (false, Some(other)) => self.nodes[other].reach,
            (false, None) if host.starts_with("203.0.113.") => Reach::Silent,
            (false, None) => Reach::Refused,
        };
        match reach {
            Reach::Silent => {}
            Reach::Refused => {
                let closed = SocketEvent::Closed { socket, why: CloseReason::Refused };
                self.at(LATENCY, Due::Input(who, Input::Socket(closed)));
            }
            Reach::Open | Reach::Mute => {
                let is_mute = reach == Reach::Mute;
                let holder = if is_proxy { Holder::Proxy } else { self.accept(other.unwrap(), who) };
                self.open(Holder::Node(who, socket), holder, is_mute);
                self.at(LATENCY, Due::Input(who, Input::Socket(SocketEvent::Connected { socket })));
            }
        }
    }

    fn accept(&mut self, host: Who, from: Who) -> Holder {
        self.nodes[host].accepted += 1;
        let socket = SocketId::Accepted(self.nodes[host].accepted);
        let from = SocketAddr::new(self.nodes[from].address, 50_000);
        self.input(host, Input::Socket(SocketEvent::Accepted { socket, from }));
        Holder::Node(host, socket)
    }

    fn open(&mut self, dialler: Holder, host: Holder, is_mute: bool) {
        for (side, holder) in [dialler, host].into_iter().enumerate() {
            let end = End { connection: self.connections, side };
            let side = Side {
                holder,
                arrived: Vec::new(),
                end: None,
                reading: None,
                receiving: None,
                is_closed: false,
                is_mute,
            };
            self.sides.insert(end, side);
        }
        self.connections += 1;
    }

    fn end_of(&self, who: Who, socket: SocketId) -> Option<End> {
        let is_it = |side: &Side| side.holder == Holder::Node(who, socket) && !side.is_closed;
        self.sides.iter().find(|(_, side)| is_it(side)).map(|(end, _)| *end)
    }

    fn socket(&mut self, who: Who, order: SocketOrder) {
        match order {
            SocketOrder::Listen => {
                let port = *self.nodes[who].listener.get_or_insert(5000 + u16::try_from(who).unwrap());
                let addresses = vec!["127.0.0.1".parse().unwrap(), self.nodes[who].address];
                self.input(who, Input::Socket(SocketEvent::Listening { port, addresses }));
            }
            SocketOrder::Unlisten => self.nodes[who].listener = None,
            SocketOrder::Dial { socket, host, port } => self.later(Due::Dialled { who, socket, host, port }),
            SocketOrder::Read { socket, max } => self.order(who, socket, |side| side.reading = Some(max)),
            SocketOrder::Write { socket, bytes } => {
                let pieces = match self.nodes[who].writes {
                    Some(change) => change(bytes),
                    None => vec![bytes],
                };
                if let Some(end) = self.end_of(who, socket) {
                    for bytes in pieces {
                        self.later(Due::Bytes { at: end.other(), bytes });
                    }
                }
            }
            SocketOrder::Pump(pump) => self.pump(who, pump),
            SocketOrder::Close { socket } => match self.end_of(who, socket) {
                Some(end) => self.close(end, CloseReason::ByPeer),
                None => drop(self.given_up.insert((who, socket))),
            },
        }
    }

    fn order(&mut self, who: Who, socket: SocketId, change: impl FnOnce(&mut Side)) {
        let Some(end) = self.end_of(who, socket) else { return };
        if let Some(side) = self.sides.get_mut(&end) {
            change(side);
            self.serve(end);
        }
    }

    fn pump(&mut self, who: Who, Pump { socket, file, flow }: Pump) {
        let Some(at) = self.end_of(who, socket) else { return };
        match flow {
            Flow::Send { offset, length } => {
                if let Some(side) = self.sides.get_mut(&at) {
                    side.reading = None;
                }
                self.at(Duration::ZERO, Due::PumpOn { at, file, offset, left: length, moved: 0 });
            }
            Flow::Receive { prefix, length } => self.order(who, socket, |side| {
                side.reading = None;
                side.arrived.splice(0..0, prefix);
                side.receiving = Some(Receiving { file, left: length, moved: 0 });
            }),
        }
    }

    /// A pump sends its next piece.
    fn pump_on(&mut self, at: End, file: FileId, offset: u64, left: u64, moved: u64) {
        let Some(Side { holder: Holder::Node(who, socket), is_closed: false, .. }) = self.sides.get(&at) else {
            return;
        };
        let (who, socket) = (*who, *socket);
        if let Some(why) = self.sides[&at].end.clone() {
            self.sides.get_mut(&at).unwrap().is_closed = true;
            return self.input(who, Input::Socket(SocketEvent::Closed { socket, why }));
        }
        if left == 0 {
            self.close(at, CloseReason::ByPeer);
            return self.at(LATENCY * 2, Due::Input(who, Input::Socket(SocketEvent::Pumped { socket, bytes: moved })));
        }
        let Some(File::Source(source)) = self.nodes[who].files.get(&file) else { return };
        let start = usize::try_from(offset).unwrap();
        let length = CHUNK.min(usize::try_from(left).unwrap());
        let Some(bytes) = source.get(start..start + length).map(<[u8]>::to_vec) else {
            return self.input(who, Input::Socket(SocketEvent::FileFailed { socket, why: FileError::Changed }));
        };
        let moved = moved + length as u64;
        if self.breaks_after.is_some_and(|most| moved > most) {
            self.later(Due::Closed { at: at.other(), why: CloseReason::Reset("cut".to_owned()) });
            self.sides.get_mut(&at).unwrap().end = Some(CloseReason::Reset("cut".to_owned()));
        } else {
            self.later(Due::Bytes { at: at.other(), bytes });
            self.input(who, Input::Socket(SocketEvent::Progress { socket, bytes: moved }));
        }
        let (offset, left) = (offset + length as u64, left - length as u64);
        self.at(Duration::from_millis(10), Due::PumpOn { at, file, offset, left, moved });
    }

    fn close(&mut self, end: End, why: CloseReason) {
        if let Some(side) = self.sides.get_mut(&end) {
            side.is_closed = true;
            self.later(Due::Closed { at: end.other(), why });
        }
    }

    /// What has arrived at an end goes to who waits for it.
    fn serve(&mut self, end: End) {
        let Some(side) = self.sides.get_mut(&end).filter(|side| !side.is_closed) else { return };
        let Holder::Node(who, socket) = side.holder else { return self.serve_proxy(end) };
        if let Some(receiving) = &mut side.receiving {
            let length = side.arrived.len().min(usize::try_from(receiving.left).unwrap_or(usize::MAX));
            let bytes: Vec<u8> = side.arrived.drain(..length).collect();
            receiving.left -= length as u64;
            receiving.moved += length as u64;
            let (file, moved, left) = (receiving.file, receiving.moved, receiving.left);
            let end_of_stream = side.end.clone();
            if let Some(File::Part { bytes: part, .. }) = self.nodes[who].files.get_mut(&file) {
                part.extend(bytes);
            }
            match end_of_stream {
                _ if left == 0 => self.input(who, Input::Socket(SocketEvent::Pumped { socket, bytes: moved })),
                Some(CloseReason::ByPeer) => {
                    self.input(who, Input::Socket(SocketEvent::Pumped { socket, bytes: moved }));
                }
                Some(why) => self.input(who, Input::Socket(SocketEvent::Closed { socket, why })),
                None => return self.input(who, Input::Socket(SocketEvent::Progress { socket, bytes: moved })),
            }
            if let Some(side) = self.sides.get_mut(&end) {
                side.receiving = None;
            }
        } else if let Some(max) = side.reading {
            if !side.arrived.is_empty() {
                let bytes = side.arrived.drain(..max.min(side.arrived.len())).collect();
                side.reading = None;
                self.input(who, Input::Socket(SocketEvent::Data { socket, bytes }));
            } else if let Some(why) = side.end.clone() {
                side.is_closed = true;
                self.input(who, Input::Socket(SocketEvent::Closed { socket, why }));
            }
        }
    }

    fn serve_proxy(&mut self, end: End) {
        let Some(proxy) = &mut self.proxy else { return };
        let Some(side) = self.sides.get_mut(&end) else { return };
        let arrived = std::mem::take(&mut side.arrived);
        let ended = side.end.clone();
        if let Some(reply) = proxy.take(end, &arrived) {
            self.later(Due::Bytes { at: end.other(), bytes: reply });
        }
        self.activate();
        if let (Some(why), Some(partner)) = (ended, self.proxy.as_ref().and_then(|proxy| proxy.partner(end))) {
            self.later(Due::Closed { at: partner.other(), why });
        }
    }

    /// What the proxy holds for joined connections goes on.
    fn activate(&mut self) {
        let held = self.proxy.as_mut().map(Proxy::forward).unwrap_or_default();
        for (end, bytes) in held {
            self.later(Due::Bytes { at: end.other(), bytes });
        }
    }

    fn file(&mut self, who: Who, file: FileId, order: FileOrder) {
        let takes = if matches!(order, FileOrder::Commit) { COMMIT } else { Duration::ZERO };
        let event = self.nodes[who].file(file, order, self.now.wall);
        if let Some(event) = event {
            self.at(takes, Due::Input(who, Input::File(file, event)));
        }
    }

    /// Whether any connection between two ends is open.
    pub(crate) fn open_sockets(&self, who: Who) -> usize {
        let is_open = |side: &&Side| matches!(side.holder, Holder::Node(holder, _) if holder == who) && !side.is_closed;
        self.sides.values().filter(is_open).filter(|side| side.end.is_none()).count()
    }
}

impl Node {
    /// Whether its listener is there.
    pub(crate) fn listens(&self) -> bool {
        self.listener.is_some()
    }

    /// Files that are open.
    pub(crate) fn open_files(&self) -> usize {
        self.files.len()
    }

    fn file(&mut self, file: FileId, order: FileOrder, wall: SystemTime) -> Option<FileEvent> {
        match order {
            FileOrder::Open { path } => Some(match self.disk.get(&path) {
                None => FileEvent::Failed(FileError::Unreadable("no such file".to_owned())),
                Some(bytes) => {
                    let size = bytes.len() as u64;
                    self.files.insert(file, File::Source(bytes.clone()));
                    FileEvent::Opened { size, modified: Some(wall) }
                }
            }),
            FileOrder::Read { offset, length } => match self.files.get(&file) {
                Some(File::Source(bytes)) => {
                    let start = usize::try_from(offset).unwrap().min(bytes.len());
                    let end = (start + length).min(bytes.len());
                    Some(FileEvent::Block { offset, bytes: bytes[start..end].to_vec() })
                }
                _ => panic!("a block of a file that is not open"),
            },
            FileOrder::Create { place, .. } => {
                let path = match place {
                    Place::Downloads { name } => PathBuf::from("/downloads").join(name),
                    Place::Chosen { path, .. } => path,
                };
                if self.disk.contains_key(&PathBuf::from("/full")) {
                    return Some(FileEvent::Failed(FileError::Full { needed: 1, free: 0 }));
                }
                self.files.insert(file, File::Part { path: path.clone(), bytes: Vec::new() });
                Some(FileEvent::Created { path })
            }
            FileOrder::Append { bytes } => match self.files.get_mut(&file) {
                Some(File::Part { bytes: part, .. }) => {
                    part.extend(bytes);
                    Some(FileEvent::Written { total: part.len() as u64 })
                }
                _ => panic!("an append to a file that is not open"),
            },
            FileOrder::Commit => match self.files.remove(&file) {
                Some(File::Part { path, bytes }) => {
                    let digest = Some(Md5::digest(&bytes).to_vec());
                    self.disk.insert(path.clone(), bytes);
                    Some(FileEvent::Committed { path, digest })
                }
                _ => panic!("a commit of a file that is not open"),
            },
            FileOrder::Close { partial } => {
                if let (Some(File::Part { path, bytes }), Partial::Keep) = (self.files.remove(&file), partial) {
                    self.disk.insert(path.with_added_extension("part"), bytes);
                }
                None
            }
        }
    }
}
