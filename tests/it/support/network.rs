//! A world in virtual time: engines with their files, the server between them, the network beside it, and its faults.
//!
//! Nothing here waits. [`World::step`] takes the next thing that is due, sets the clock to it, and lets it happen; an
//! engine's wish to be woken is a thing like any other. Latency is the same everywhere, so order is kept.

mod connections;
mod disk;
mod seals;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use balcony::engine::command::Command;
use balcony::engine::context::Settings;
use balcony::engine::event::{Event, StopReason};
use balcony::engine::journal::{Entry, EntryKey};
use balcony::engine::{
    CloseReason, Engine, FileId, FileIdentity, Fingerprint, Input, Moment, Output, Session, SocketId,
};
use jid::FullJid;
use minidom::Element;

use super::engine::session;
use super::server::{self, Proxy};
pub(crate) use connections::End;
use connections::Side;
use disk::File;

/// One way between any two places.
pub(crate) const LATENCY: Duration = Duration::from_millis(20);

/// How fast everybody's line to the server is, in bytes a second.
const USUAL_RATE: u64 = 1_000_000;

/// How often what stands still looks whether it may go on.
const LOOK: Duration = Duration::from_secs(1);

/// More than any ordinary world needs until it comes to rest.
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

/// What lets somebody's stanzas through on their way to the server, so many bytes a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// A line: each arrives when its bytes are through.
    Line(u64),
    /// A server that limits: each is taken at once, and the next waits as long as that one should have taken.
    Limit(u64),
}

impl Gate {
    pub(crate) fn rate(self) -> u64 {
        match self {
            Gate::Line(rate) | Gate::Limit(rate) => rate,
        }
    }
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
    /// What it wrote down.
    pub(crate) journal: BTreeMap<EntryKey, Entry>,
    pub(crate) disk: BTreeMap<PathBuf, Vec<u8>>,
    /// What connections to this machine's listener meet.
    pub(crate) reach: Reach,
    /// What becomes of its stanzas.
    pub(crate) quirk: Option<Quirk>,
    /// What becomes of the bytes that it writes to sockets by hand.
    pub(crate) writes: Option<Rewrite>,
    /// What its stanzas go through.
    pub(crate) gate: Gate,
    /// When the gate has let through what came before.
    free: Instant,
    /// The key that it really has.
    pub(crate) key: Option<Fingerprint>,
    /// It gets no listener.
    pub(crate) cannot_listen: bool,
    /// It closes a connection on which it waits for nothing but the end.
    pub(crate) hangs_up: bool,
    online: bool,
    outgoing: VecDeque<Element>,
    incoming: VecDeque<Element>,
    listener: Option<u16>,
    files: BTreeMap<FileId, File>,
    /// Those that are held.
    held: BTreeSet<FileId>,
    /// How many files were made, and which is which.
    made: u64,
    identities: BTreeMap<PathBuf, FileIdentity>,
    settings: Settings,
    accepted: u64,
    wake: Option<Instant>,
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

/// Everybody and everything between them.
pub(crate) struct World {
    pub(crate) nodes: Vec<Node>,
    pub(crate) proxy: Option<Proxy>,
    /// Connections break after so many payload bytes.
    pub(crate) breaks_after: Option<u64>,
    /// Connections stand still after so many payload bytes.
    pub(crate) stalls_after: Option<u64>,
    /// Connections flip bits.
    pub(crate) flips: bool,
    /// What lies between the pieces of something that is not written at once.
    pub(crate) gap: Duration,
    /// What stanzas take more than bytes from anywhere to anywhere.
    pub(crate) detour: Duration,
    /// How many things may happen before this counts as a world that never comes to rest.
    pub(crate) most_steps: usize,
    now: Moment,
    due: BTreeMap<(Instant, u64), Due>,
    counted: u64,
    sides: BTreeMap<End, Side>,
    connections: usize,
    /// How many programs were started.
    programs: u64,
    /// Connections that were given up while they were dialled.
    given_up: BTreeSet<(Who, SocketId)>,
    /// Whose programs stand still.
    frozen: BTreeSet<Who>,
    pub(crate) steps: usize,
}

impl World {
    /// An empty one.
    pub(crate) fn new() -> Self {
        World {
            nodes: Vec::new(),
            proxy: None,
            breaks_after: None,
            stalls_after: None,
            flips: false,
            gap: Duration::from_millis(1),
            detour: Duration::ZERO,
            most_steps: MOST_STEPS,
            now: super::engine::first_moment(),
            due: BTreeMap::new(),
            counted: 0,
            sides: BTreeMap::new(),
            connections: 0,
            programs: 0,
            given_up: BTreeSet::new(),
            frozen: BTreeSet::new(),
            steps: 0,
        }
    }

    /// Somebody joins, offline.
    pub(crate) fn join(&mut self, jid: &str, address: &str, settings: Settings) -> Who {
        let who = self.nodes.len();
        let entropy = self.entropy(who);
        self.nodes.push(Node {
            engine: Engine::new(settings.clone(), entropy, self.now),
            jid: FullJid::new(jid).unwrap(),
            address: address.parse().unwrap(),
            events: Vec::new(),
            journal: BTreeMap::new(),
            disk: BTreeMap::new(),
            reach: Reach::Open,
            quirk: None,
            writes: None,
            gate: Gate::Line(USUAL_RATE),
            free: self.now.instant,
            key: settings.key,
            cannot_listen: false,
            hangs_up: false,
            online: false,
            outgoing: VecDeque::new(),
            incoming: VecDeque::new(),
            listener: None,
            files: BTreeMap::new(),
            held: BTreeSet::new(),
            made: 0,
            identities: BTreeMap::new(),
            settings,
            accepted: 0,
            wake: None,
        });
        who
    }

    /// Numbers that come once: each program's begin elsewhere.
    fn entropy(&mut self, who: Who) -> Box<dyn FnMut() -> u64 + Send> {
        self.programs += 1;
        let mut last = ((who as u64 + 1) << 40) + (self.programs << 32);
        Box::new(move || {
            last += 1;
            last
        })
    }

    /// Somebody's program is killed. Its connections break, what it had written stays, and the server notices.
    pub(crate) fn kill(&mut self, who: Who) {
        self.nodes[who].online = false;
        self.nodes[who].wake = None;
        self.nodes[who].outgoing.clear();
        self.nodes[who].incoming.clear();
        self.nodes[who].listener = None;
        self.nodes[who].drop_files();
        self.cut_off(who);
        self.due.retain(|_, due| !matches!(due, Due::Input(whose, _) if *whose == who));
        let (entropy, settings) = (self.entropy(who), self.nodes[who].settings.clone());
        self.nodes[who].engine = Engine::new(settings, entropy, self.now);
        self.vanish(who);
    }

    /// It is started again, and told what it had written down.
    pub(crate) fn restart(&mut self, who: Who) {
        let written = self.nodes[who].journal.values().cloned().collect();
        self.tell(who, Input::Remembered { left: written, elsewhere: Vec::new() });
        self.log_in(who, false);
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
        self.tell(who, session(jid, resumed, local));
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

    /// The server is killed, with everything that it had on its way.
    pub(crate) fn lose_server(&mut self) {
        self.due.retain(|_, due| !matches!(due, Due::Stanza(..)));
        for who in 0..self.nodes.len() {
            self.lose_session(who);
        }
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

    /// Somebody's program stands still, with everything that it should do.
    pub(crate) fn freeze(&mut self, who: Who) {
        self.frozen.insert(who);
        self.nodes[who].wake = None;
    }

    /// It goes on.
    pub(crate) fn thaw(&mut self, who: Who) {
        self.frozen.remove(&who);
        self.tell(who, Input::Tick);
    }

    /// Something happens to an engine, now.
    pub(crate) fn tell(&mut self, who: Who, input: Input) {
        if self.frozen.contains(&who) {
            return self.at(LOOK, Due::Input(who, input));
        }
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
            Output::Journal(entry) => {
                self.nodes[who].journal.insert(entry.key.clone(), *entry);
            }
            Output::Socket(order) => self.socket(who, order),
            Output::File(file, order) => self.file(who, file, order),
            Output::Connect | Output::TellPassword | Output::Disconnect | Output::Reach(_) | Output::History(_) => {}
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

    /// The server's part: a stanza goes to its addressee, a message also to whom an account belongs, or is answered by
    /// the server itself.
    fn route(&mut self, who: Who, mut stanza: Element) {
        let from = self.nodes[who].jid.clone();
        server::stamp(&mut stanza, &from);
        let to = stanza.attr("to").map(str::to_owned);
        let wait = self.nodes[who].pass(&stanza, self.now.instant);
        let is_message = stanza.name() == "message";
        let is_for = |node: &Node| to.as_deref() == Some(node.jid.as_str());
        let is_for_account = |node: &Node| is_message && to.as_deref() == Some(node.jid.to_bare().as_str());
        let addressee = self.nodes.iter().position(|node| is_for(node) || is_for_account(node));
        if let Some(other) = addressee {
            return self.at(wait + LATENCY + self.detour, Due::Stanza(other, stanza));
        }
        for answer in server::answer(&stanza, &from, self.proxy.as_mut()) {
            self.at(wait + LATENCY, Due::Stanza(who, answer));
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
        assert!(self.steps < self.most_steps, "the world never comes to rest");
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
}

impl Node {
    /// A stanza goes through the gate; how long until it is there.
    fn pass(&mut self, stanza: &Element, now: Instant) -> Duration {
        let micros = String::from(stanza).len() as u64 * 1_000_000 / self.gate.rate();
        let begins = self.free.max(now);
        self.free = begins + Duration::from_micros(micros);
        match self.gate {
            Gate::Line(_) => self.free - now,
            Gate::Limit(_) => begins - now,
        }
    }

    /// Whether its listener is there.
    pub(crate) fn listens(&self) -> bool {
        self.listener.is_some()
    }

    /// Files that are open.
    pub(crate) fn open_files(&self) -> usize {
        self.files.len()
    }
}
