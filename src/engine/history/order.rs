//! What is asked of whoever keeps the history, and what is answered.
//!
//! The engine says [`Output::History`](crate::engine::Output::History), in the order in which things were said, and never
//! waits. An answer comes as [`Input::History`](crate::engine::Input::History); without a history none comes.

use std::time::SystemTime;

use jid::BareJid;

use super::{Line, Said};

/// Something to be done with the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Keep a fact.
    Keep(Box<Said>),
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
}

/// What the history tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Which conversations there are, the latest first. Told once, unasked, as soon as it is known.
    Conversations(Vec<Conversation>),
    /// A part of a conversation.
    Page {
        /// Of which.
        with: BareJid,
        /// As it was asked.
        before: Option<SystemTime>,
        /// What there is.
        page: Page,
    },
}

/// A part of a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Its messages, the oldest first.
    pub lines: Vec<Line>,
    /// Whether there are older ones.
    pub has_older: bool,
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
