//! Where the user is: which page and pane, what the bar asks, in which order contacts stand.

use std::time::{Duration, Instant};

use jid::BareJid;

use super::AccountId;
use super::transfer::TransferKey;
use crate::engine::Moment;
use crate::store::config::Order;
use crate::tui::keymap::Context;

/// What the chat pane shows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Page {
    /// Who is there and what can be done; answers to commands typed here.
    Home,
    /// A conversation.
    With(ConversationId),
}

/// Which conversation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConversationId {
    pub(crate) account: AccountId,
    pub(crate) peer: Peer,
}

/// Whom a conversation is with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Peer {
    /// One person.
    Direct(BareJid),
    /// Everybody in a room.
    #[expect(dead_code, reason = "what shows conversations knows both kinds before the client can join rooms")]
    Room(BareJid),
}

impl Peer {
    pub(crate) fn jid(&self) -> &BareJid {
        match self {
            Peer::Direct(jid) | Peer::Room(jid) => jid,
        }
    }
}

/// Which pane the keys go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Focus {
    Composer,
    /// On a message of the conversation.
    Messages,
    Roster,
    Offers,
    Transfers,
}

impl Focus {
    /// Where a key is looked up, the narrowest place first.
    pub(crate) fn contexts(self) -> &'static [Context] {
        match self {
            Focus::Composer => &[Context::Composer, Context::Editing, Context::Everywhere],
            Focus::Messages => &[Context::Messages, Context::Everywhere],
            Focus::Roster => &[Context::Roster, Context::Everywhere],
            Focus::Offers => &[Context::Offers, Context::Everywhere],
            Focus::Transfers => &[Context::Transfers, Context::Everywhere],
        }
    }
}

/// What the bar asks about, and since when.
#[derive(Debug, Clone)]
pub(crate) struct OffersView {
    pub(crate) shown: Option<Prompt>,
    /// When it came there by itself; keys for its predecessor may still be on their way.
    pub(crate) since: Instant,
    /// Whom we let see us last, without seeing them.
    pub(crate) unreturned: Option<(AccountId, BareJid)>,
    /// How many things wait.
    pub(crate) waiting: usize,
}

/// A sentence about what just happened, in the hint line: until the next key, the next offer, or its time is over.
#[derive(Debug, Clone)]
pub(crate) struct Flash {
    pub(crate) text: String,
    pub(crate) until: Instant,
}

impl Flash {
    /// Long enough to read a line twice; after that it is hardly true any more, and the keys are missed.
    pub(super) const SPAN: Duration = Duration::from_secs(6);
}

/// Something that waits for a yes or a no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Prompt {
    /// A file that is offered.
    Offer(TransferKey),
    /// Somebody who asks to see us.
    Request(AccountId, BareJid),
    /// Somebody who sees us by now: do we want to see them?
    Return(AccountId, BareJid),
}

impl Prompt {
    /// Whether it is about seeing each other, of which one line of the bar is enough.
    pub(crate) fn is_about_seeing(&self) -> bool {
        match self {
            Prompt::Offer(_) => false,
            Prompt::Request(..) | Prompt::Return(..) => true,
        }
    }
}

/// In which order contacts stand within their groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RosterOrder {
    /// Who is there first, by name.
    #[default]
    Presence,
    /// By name.
    Name,
    /// With whom something was said last first.
    Recent,
}

impl From<Order> for RosterOrder {
    fn from(order: Order) -> Self {
        match order {
            Order::Presence => RosterOrder::Presence,
            Order::Name => RosterOrder::Name,
            Order::Recent => RosterOrder::Recent,
        }
    }
}

impl RosterOrder {
    pub(crate) fn next(self) -> RosterOrder {
        match self {
            RosterOrder::Presence => RosterOrder::Name,
            RosterOrder::Name => RosterOrder::Recent,
            RosterOrder::Recent => RosterOrder::Presence,
        }
    }

    /// Completes `sorted by`.
    pub(crate) fn title(self) -> &'static str {
        match self {
            RosterOrder::Presence => "who is there",
            RosterOrder::Name => "name",
            RosterOrder::Recent => "the last message",
        }
    }
}

/// Whether the user is here, and whether contacts know.
#[derive(Debug, Clone)]
pub(crate) struct Idle {
    /// Whether contacts are told.
    pub(crate) wanted: bool,
    /// When the last key was pressed.
    pub(crate) since: Moment,
    /// They are told.
    pub(crate) told: bool,
}
