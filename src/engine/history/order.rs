//! What is asked of whoever keeps the history, and what is answered.
//!
//! The engine says [`Output::History`](crate::engine::Output::History), in the order in which things were said, and never
//! waits. An answer comes as [`Input::History`](crate::engine::Input::History); without a history none comes.

use std::time::SystemTime;

use jid::BareJid;

use super::{FileLine, Found, Line, Place, Query, Said};
use crate::engine::roster::{Edition, Revision};

/// Something to be done with the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Keep a fact.
    Keep(Box<Said>),
    /// Keep a fact, and tell if it is a new one.
    KeepAndTell(Box<Said>),
    /// A conversation was read.
    Read {
        /// Which.
        with: BareJid,
        /// Up to this moment.
        at: SystemTime,
    },
    /// Something is being written, or nothing any more.
    Draft {
        /// In which conversation.
        with: BareJid,
        /// What.
        text: String,
    },
    /// Look a part of a conversation up.
    Page {
        /// Of which.
        with: BareJid,
        /// What was said before this moment; the newest, without one.
        before: Option<SystemTime>,
        /// So many messages at most.
        most: u32,
    },
    /// A conversation was read on another device, up to the message of that name.
    ReadElsewhere {
        /// Which.
        with: BareJid,
        /// Up to where.
        message: Name,
    },
    /// Say up to where everything that the archive has is here.
    Horizon,
    /// Everything that the archive has up to there is here.
    MoveHorizon(Edge),
    /// Say once more which conversations there are.
    Conversations,
    /// Keep what the server does not have yet: if that is so until the end, the next run is told.
    Wait(Unsent),
    /// The server has it, or nobody will.
    NoLongerWait {
        /// Our name for it.
        id: String,
    },
    /// Keep the roster, in place of what is kept of it.
    KeepRoster(Box<Edition>),
    /// One item of it changed.
    ReviseRoster(Box<Revision>),
    /// Nobody knows any more which version of it is kept.
    ForgetRoster,
    /// Look up what was said around a moment.
    Around {
        /// In which conversation.
        with: BareJid,
        /// What was said then and later.
        from: SystemTime,
        /// From the message of that name on, if it was said about then.
        named: Option<String>,
        /// So many messages before it.
        above: u32,
        /// So many messages from it on, at most.
        most: u32,
    },
    /// Look for something in all conversations.
    Search {
        /// For what.
        query: Box<Query>,
        /// On from where a page ended.
        after: Option<Place>,
        /// So much at most.
        most: u32,
    },
}

/// Something that the user said and that the server does not have yet, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsent {
    /// Our name for it.
    pub id: String,
    /// All of it, as XML.
    pub stanza: String,
    /// When it was said.
    pub written: SystemTime,
}

/// How a message is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// By our archive.
    Archives(String),
    /// By its sender.
    Senders(String),
}

/// A place in the archive: where what is kept here begins, or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The archive's name for the message there; without one it is found by its time.
    pub archived: Option<String>,
    /// When that was said.
    pub at: SystemTime,
}

/// What the history tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Which conversations there are, the latest first. Told unasked as soon as it is known, and when it is asked for.
    Conversations(Vec<Conversation>),
    /// What an earlier run could not send any more, or does not know to have arrived. Told unasked, once, as soon as it
    /// is known.
    Unsent(Vec<Unsent>),
    /// The roster as an earlier run knew it. Told unasked, once, as soon as it is known, if there is one.
    Roster(Edition),
    /// A part of a conversation.
    Page {
        /// Of which.
        with: BareJid,
        /// As it was asked.
        before: Option<SystemTime>,
        /// What there is.
        page: Page,
        /// The oldest message of that conversation, if the page reaches back to it.
        floor: Option<Edge>,
    },
    /// How far a conversation was read, here or elsewhere.
    Read {
        /// Which.
        with: BareJid,
        /// Up to this moment.
        at: SystemTime,
        /// The archive's name for the last message up to there, if it has one.
        archived: Option<String>,
        /// Where it was read.
        place: ReadPlace,
    },
    /// Something that was to be kept and told is new.
    New(Box<Said>),
    /// Up to where everything that the archive has is here. Told when it was asked for, and when a move is written down.
    Horizon(Option<Edge>),
    /// What was said around a moment.
    Around {
        /// In which conversation.
        with: BareJid,
        /// As it was asked.
        from: SystemTime,
        /// What there is.
        part: Part,
    },
    /// What was found.
    Found {
        /// As it was asked.
        query: Box<Query>,
        /// As it was asked.
        after: Option<Place>,
        /// What there is, or why nobody can tell.
        found: Result<Found, String>,
    },
}

/// Where a conversation was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadPlace {
    /// On this device.
    Here,
    /// On another one.
    Elsewhere,
}

/// A part of a conversation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// Its messages, the oldest first.
    pub lines: Vec<Line>,
    /// What happened to files in that time, the earliest first.
    pub files: Vec<FileLine>,
    /// Whether there is something older.
    pub has_older: bool,
}

/// A part of a conversation, out of its middle.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Part {
    /// Its messages, the oldest first.
    pub lines: Vec<Line>,
    /// What happened to files in that time, the earliest first.
    pub files: Vec<FileLine>,
    /// Whether there is something older.
    pub has_older: bool,
    /// Whether there is something newer.
    pub has_newer: bool,
}

/// A conversation that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// With whom.
    pub with: BareJid,
    /// When the last message was said.
    pub last: SystemTime,
    /// Up to when it was read.
    pub read: SystemTime,
    /// How many messages of theirs were not.
    pub unread: u64,
    /// What is being written.
    pub draft: String,
}

impl Page {
    /// There may be messages that are older than these, and some of them between the files.
    pub fn go_on_before_messages(&mut self) {
        self.has_older = true;
        keep_from_first_message(&self.lines, &mut self.files);
    }
}

impl Part {
    /// There may be messages that are older than these, and some of them between the files.
    pub fn go_on_before_messages(&mut self) {
        self.has_older = true;
        keep_from_first_message(&self.lines, &mut self.files);
    }
}

fn keep_from_first_message(lines: &[Line], files: &mut Vec<FileLine>) {
    if let Some(first) = lines.first() {
        files.retain(|file| file.at() >= first.at);
    }
}
