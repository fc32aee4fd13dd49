//! Who is there, and what they are to us.

use std::time::SystemTime;

use jid::{BareJid, FullJid};

use crate::xep::stanza::Show;
use crate::xep::vcard::About;

/// Somebody in the roster, or not in it but available to us.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// Their address.
    pub jid: BareJid,
    /// What the user calls them.
    pub name: Option<String>,
    /// Their groups, sorted.
    pub groups: Vec<String>,
    /// Who sees whom.
    pub subscription: Subscription,
    /// We asked to see them and have no answer yet.
    pub asked: bool,
    /// What they call themselves (XEP-0172), made safe.
    pub nick: Option<String>,
    /// Until when they were there, if they are not and it is known.
    pub last_seen: Option<SystemTime>,
    /// Their available resources, the likeliest first.
    pub resources: Vec<Resource>,
}

impl Contact {
    /// Whether we see when they are online, or asked to.
    #[must_use]
    pub fn is_seen_or_asked(&self) -> bool {
        self.asked || matches!(self.subscription, Subscription::To | Subscription::Both)
    }
}

/// Who sees whose presence (RFC 6121 §2.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Subscription {
    /// Neither.
    #[default]
    None,
    /// We see them.
    To,
    /// They see us.
    From,
    /// Each other.
    Both,
}

/// One of a contact's programs that is logged in.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Its full address.
    pub jid: FullJid,
    /// How available.
    pub show: Show,
    /// In their words.
    pub status: Option<String>,
    /// RFC 6121 §4.7.2.3.
    pub priority: i8,
    /// Since when it says so, as far as their server tells.
    pub since: SystemTime,
    /// Since when nobody has touched it, if it says so (XEP-0319).
    pub idle_since: Option<SystemTime>,
    /// Whether it can take a file by stream initiation; unknown until its features are.
    pub takes_files: Option<bool>,
}

/// What somebody says of themselves (XEP-0054, XEP-0292).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// What they want to be called, made safe.
    pub name: Option<String>,
    /// Everything that a person would read.
    pub lines: Vec<(About, String)>,
}

/// A program, as it says itself (XEP-0092).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    /// What it is called.
    pub name: String,
    /// Which of its versions it is.
    pub version: String,
    /// The operating system, if it tells.
    pub os: Option<String>,
}
