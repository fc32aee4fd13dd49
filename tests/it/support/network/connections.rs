//! The connections of the simulated world: dialling, listening, bytes and pumps, and what goes wrong with them.

use std::net::SocketAddr;
use std::time::Duration;

use balcony::engine::{CloseReason, FileError, FileId, Flow, Input, Pump, SocketEvent, SocketId, SocketOrder};

use super::disk::{BREATH, File, full};
use super::seals::Sealing;
use super::{Due, LATENCY, LOOK, Node, Reach, Who, World};
use crate::support::server::Proxy;

/// What a pump moves at a time.
const CHUNK: usize = 64 * 1024;

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
pub(super) enum Holder {
    Node(Who, SocketId),
    Proxy,
}

pub(super) struct Side {
    pub(super) holder: Holder,
    pub(super) arrived: Vec<u8>,
    pub(super) end: Option<CloseReason>,
    pub(super) reading: Option<usize>,
    receiving: Option<Receiving>,
    pub(super) sealing: Option<Sealing>,
    pub(super) is_closed: bool,
    pub(super) is_mute: bool,
}

pub(super) struct Receiving {
    file: FileId,
    left: u64,
    moved: u64,
}

impl World {
    /// A connection attempt arrives.
    pub(super) fn connect(&mut self, who: Who, socket: SocketId, host: &str, port: u16) {
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
                sealing: None,
                is_closed: false,
                is_mute,
            };
            self.sides.insert(end, side);
        }
        self.connections += 1;
    }

    pub(super) fn end_of(&self, who: Who, socket: SocketId) -> Option<End> {
        let is_it = |side: &Side| side.holder == Holder::Node(who, socket) && !side.is_closed;
        self.sides.iter().find(|(_, side)| is_it(side)).map(|(end, _)| *end)
    }

    pub(super) fn socket(&mut self, who: Who, order: SocketOrder) {
        match order {
            SocketOrder::Listen if self.nodes[who].cannot_listen => {
                let why = "no permission".to_owned();
                self.input(who, Input::Socket(SocketEvent::ListenFailed { why }));
            }
            SocketOrder::Listen => {
                let port = *self.nodes[who].listener.get_or_insert(5000 + u16::try_from(who).unwrap());
                let addresses = vec!["127.0.0.1".parse().unwrap(), self.nodes[who].address];
                self.input(who, Input::Socket(SocketEvent::Listening { port, addresses }));
            }
            SocketOrder::Unlisten => self.nodes[who].listener = None,
            SocketOrder::Dial { socket, host, port, .. } => self.later(Due::Dialled { who, socket, host, port }),
            SocketOrder::Read { socket, max: 1 } if self.nodes[who].hangs_up => {
                if let Some(end) = self.end_of(who, socket) {
                    self.close(end, CloseReason::ByPeer);
                    self.input(who, Input::Socket(SocketEvent::Closed { socket, why: CloseReason::ByPeer }));
                }
            }
            SocketOrder::Read { socket, max } => self.order(who, socket, |side| side.reading = Some(max)),
            SocketOrder::Write { socket, bytes } => {
                let pieces = match self.nodes[who].writes {
                    Some(change) => change(bytes),
                    None => vec![bytes],
                };
                if let Some(end) = self.end_of(who, socket) {
                    self.write(end, pieces);
                }
            }
            SocketOrder::Seal(seal) => self.seal(who, seal),
            SocketOrder::Pump(pump) => self.pump(who, pump),
            SocketOrder::Close { socket } => match self.end_of(who, socket) {
                Some(end) => self.close(end, CloseReason::ByPeer),
                None => drop(self.given_up.insert((who, socket))),
            },
        }
    }

    /// Pieces go to the other end, one after the other.
    pub(super) fn write(&mut self, from: End, pieces: Vec<Vec<u8>>) {
        let mut delay = LATENCY;
        for bytes in pieces {
            self.at(delay, Due::Bytes { at: from.other(), bytes });
            delay += self.gap;
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
            Flow::Send { offset, length, .. } => {
                if let Some(side) = self.sides.get_mut(&at) {
                    side.reading = None;
                }
                self.at(Duration::ZERO, Due::PumpOn { at, file, offset, left: length, moved: 0 });
            }
            Flow::Receive { prefix, length, .. } => self.order(who, socket, |side| {
                side.reading = None;
                side.arrived.splice(0..0, prefix);
                side.receiving = Some(Receiving { file, left: length, moved: 0 });
            }),
        }
    }

    /// A pump sends its next piece.
    pub(super) fn pump_on(&mut self, at: End, file: FileId, offset: u64, left: u64, moved: u64) {
        let Some(Side { holder: Holder::Node(who, socket), is_closed: false, .. }) = self.sides.get(&at) else {
            return;
        };
        let (who, socket) = (*who, *socket);
        if self.frozen.contains(&who) {
            return self.at(LOOK, Due::PumpOn { at, file, offset, left, moved });
        }
        if let Some(why) = self.sides[&at].end.clone() {
            self.sides.get_mut(&at).unwrap().is_closed = true;
            return self.input(who, Input::Socket(SocketEvent::Closed { socket, why }));
        }
        if self.stalls_after.is_some_and(|most| moved >= most) {
            return self.at(LOOK, Due::PumpOn { at, file, offset, left, moved });
        }
        if left == 0 {
            self.close(at, CloseReason::ByPeer);
            return self.at(LATENCY * 2, Due::Input(who, Input::Socket(SocketEvent::Pumped { socket, bytes: moved })));
        }
        let is_held = self.nodes[who].held.contains(&file);
        let chunk = if is_held { 1 } else { CHUNK };
        let length = chunk.min(usize::try_from(left).unwrap());
        let source = self.nodes[who].files.get_mut(&file);
        let Some(mut bytes) = source.and_then(|source| source.read(offset, length)) else { return };
        if bytes.len() < length {
            return self.input(who, Input::Socket(SocketEvent::FileFailed { socket, why: FileError::Changed }));
        }
        if self.flips {
            bytes[0] ^= 1;
        }
        let moved = moved + length as u64;
        if self.breaks_after.is_some_and(|most| moved > most) {
            self.later(Due::Closed { at: at.other(), why: CloseReason::Reset("cut".to_owned()) });
            self.sides.get_mut(&at).unwrap().end = Some(CloseReason::Reset("cut".to_owned()));
        } else {
            self.later(Due::Bytes { at: at.other(), bytes });
            self.input(who, Input::Socket(SocketEvent::Progress { socket, bytes: moved }));
        }
        let (offset, left) = (offset + length as u64, left - length as u64);
        let pace = if is_held { BREATH } else { Duration::from_millis(10) };
        self.at(pace, Due::PumpOn { at, file, offset, left, moved });
    }

    pub(super) fn close(&mut self, end: End, why: CloseReason) {
        if let Some(side) = self.sides.get_mut(&end) {
            side.is_closed = true;
            self.later(Due::Closed { at: end.other(), why });
        }
    }

    /// Every connection of somebody breaks.
    pub(super) fn cut_off(&mut self, who: Who) {
        let is_theirs =
            |side: &Side| matches!(side.holder, Holder::Node(holder, _) if holder == who) && !side.is_closed;
        let ends: Vec<End> = self.sides.iter().filter(|(_, side)| is_theirs(side)).map(|(end, _)| *end).collect();
        for end in ends {
            self.close(end, CloseReason::Reset("reset".to_owned()));
        }
    }

    /// What has arrived at an end goes to who waits for it.
    pub(super) fn serve(&mut self, end: End) {
        let Some(side) = self.sides.get_mut(&end).filter(|side| !side.is_closed) else { return };
        let Holder::Node(who, socket) = side.holder else { return self.serve_proxy(end) };
        if let Some(sealing) = side.sealing {
            return self.serve_seal(end, sealing);
        }
        if let Some(receiving) = &mut side.receiving {
            let length = side.arrived.len().min(usize::try_from(receiving.left).unwrap_or(usize::MAX));
            let bytes: Vec<u8> = side.arrived.drain(..length).collect();
            receiving.left -= length as u64;
            receiving.moved += length as u64;
            let (file, moved, left) = (receiving.file, receiving.moved, receiving.left);
            let end_of_stream = side.end.clone();
            if self.nodes[who].is_full() {
                return self.fail_to_write(end, who, socket);
            }
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

    /// What arrives does not fit on the disk.
    fn fail_to_write(&mut self, end: End, who: Who, socket: SocketId) {
        if let Some(side) = self.sides.get_mut(&end) {
            side.receiving = None;
        }
        self.input(who, Input::Socket(SocketEvent::FileFailed { socket, why: full() }));
    }

    fn serve_proxy(&mut self, end: End) {
        let Some(proxy) = &mut self.proxy else { return };
        let Some(side) = self.sides.get_mut(&end) else { return };
        let arrived = std::mem::take(&mut side.arrived);
        let ended = side.end.clone();
        let pieces = proxy.take(end, &arrived);
        if ended.is_some() {
            proxy.leaves(end);
        }
        self.write(end, pieces);
        self.activate();
        if let (Some(why), Some(partner)) = (ended, self.proxy.as_ref().and_then(|proxy| proxy.partner(end))) {
            self.later(Due::Closed { at: partner.other(), why });
        }
    }

    /// What the proxy holds for joined connections goes on.
    pub(super) fn activate(&mut self) {
        let held = self.proxy.as_mut().map(Proxy::forward).unwrap_or_default();
        for (end, bytes) in held {
            self.later(Due::Bytes { at: end.other(), bytes });
        }
    }

    /// How many connections bring somebody a file.
    pub(crate) fn open_streams(&self, who: Who) -> usize {
        let is_stream =
            |side: &&Side| matches!(side.holder, Holder::Node(holder, _) if holder == who) && !side.is_closed;
        self.sides.values().filter(is_stream).filter(|side| side.receiving.is_some()).count()
    }

    /// How many connections somebody has.
    pub(crate) fn open_sockets(&self, who: Who) -> usize {
        let is_open = |side: &&Side| matches!(side.holder, Holder::Node(holder, _) if holder == who) && !side.is_closed;
        self.sides.values().filter(is_open).filter(|side| side.end.is_none()).count()
    }
}
