//! Everything a user interface can ask for.

mod transfer;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::SystemTime;

use jid::{BareJid, Jid};

pub use self::transfer::{
    Encryption, KeepPartial, Priority, USUAL_PARALLEL, UnknownEncryption, UnknownMethod, Via, Wanted, WantedLink,
};
pub use super::event::TransferId;
use super::history::{Place, Query};
pub use crate::xep::blocking::Reason;
pub use crate::xep::stanza::Show;
pub use crate::xep::uri::{Link, LinkWish};

/// A wish of the user.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Connect, log in, stay so.
    Connect,
    /// The server may be told the password from now on, though so far it was only proved that we know it: for who has no
    /// session because of that, before they connect.
    TellPassword,
    /// Log out.
    Disconnect,
    /// Be available in this way.
    SetPresence {
        /// How.
        show: Show,
        /// In the user's words.
        status: Option<String>,
    },
    /// Send a one-to-one message.
    SendMessage {
        /// A bare address, or one resource.
        to: Jid,
        /// The text.
        body: String,
    },
    /// Answer a message.
    Reply {
        /// A bare address, or one resource.
        to: Jid,
        /// Which message.
        about: Quoted,
        /// The text.
        body: String,
    },
    /// Put a message of ours differently.
    Correct {
        /// Whom it went to.
        to: Jid,
        /// Which message.
        id: String,
        /// What it should have been.
        body: String,
        /// The message that it answers.
        about: Option<Quoted>,
    },
    /// Take a message of ours back.
    Retract {
        /// Whom it went to.
        to: Jid,
        /// Which message.
        id: String,
    },
    /// Take a message of ours back that nobody got: nobody is told.
    Discard {
        /// Whom it was to go to.
        to: Jid,
        /// Which message.
        id: String,
    },
    /// Have these reactions to a message, and no others.
    React {
        /// With whom the conversation is.
        to: Jid,
        /// To which message.
        about: Quoted,
        /// None takes earlier ones back.
        emoji: Vec<String>,
    },
    /// Tell a contact that a message of theirs was seen, if that is told at all (XEP-0333).
    MarkDisplayed {
        /// Whose.
        with: BareJid,
        /// Which message; all before it were seen too.
        id: String,
    },
    /// Tell a contact what the user is doing in their conversation.
    SetChatState {
        /// In whose.
        to: BareJid,
        /// What.
        state: ChatState,
    },
    /// Look a part of a conversation up in the history.
    LoadHistory {
        /// Whose.
        with: BareJid,
        /// What was said before this moment; the newest, without one.
        before: Option<SystemTime>,
        /// So many messages at most.
        most: u32,
    },
    /// Have the server's archive search.
    SearchArchive {
        /// For what.
        query: Box<Query>,
        /// On from where a page ended; without, from the newest.
        before: Option<String>,
    },
    /// Look up in the history what was said around a moment.
    LoadHistoryAround {
        /// With whom.
        with: BareJid,
        /// What was said then and later.
        from: SystemTime,
        /// From the message of that name on, if it was said about then: whoever found it knows the second.
        named: Option<String>,
        /// So many messages before it.
        above: u32,
        /// So many messages from it on, at most.
        most: u32,
    },
    /// Look for something in the history of all conversations.
    SearchHistory {
        /// For what.
        query: Box<Query>,
        /// On from where a page ended; without, from the newest.
        after: Option<Place>,
        /// So much at most.
        most: u32,
    },
    /// Take note of how far a conversation was read.
    MarkRead {
        /// Whose.
        with: BareJid,
        /// When the last message was said that was seen.
        at: SystemTime,
    },
    /// Keep what is written in a conversation and not sent.
    KeepDraft {
        /// In whose.
        with: BareJid,
        /// What; empty if it was sent or dropped.
        text: String,
    },
    /// Add somebody to the roster and ask to see their presence.
    AddContact {
        /// Whom.
        contact: BareJid,
        /// How to call them.
        name: Option<String>,
        /// In which groups.
        groups: Vec<String>,
    },
    /// Change a contact's name and groups.
    ChangeContact {
        /// Whose.
        contact: BareJid,
        /// The new name.
        name: Option<String>,
        /// The new groups.
        groups: Vec<String>,
    },
    /// Remove somebody from the roster, with both subscriptions.
    RemoveContact {
        /// Whom.
        contact: BareJid,
    },
    /// Answer somebody who asks to see our presence.
    AnswerSubscription {
        /// Whom.
        contact: BareJid,
        /// With what.
        answer: SubscriptionAnswer,
    },
    /// Have the server keep somebody from us: an address, everybody at a domain, or one program.
    Block {
        /// Whom.
        who: Jid,
        /// Tell the server why, so that it does something about them.
        report: Option<Report>,
    },
    /// Keep somebody from us no more.
    Unblock {
        /// Whom.
        who: Jid,
    },
    /// Tell contacts what we call ourselves.
    SetNickname {
        /// What; nothing any more, without.
        name: Option<String>,
    },
    /// Say since when nobody has touched this program, or that somebody does.
    SetIdle {
        /// Since when.
        since: Option<SystemTime>,
    },
    /// Tell the server whether anybody looks.
    SetClientState(ClientState),
    /// Find out what there is to know about somebody: their card, their programs, when they were here.
    AskAbout {
        /// About whom.
        contact: BareJid,
    },
    /// Find out which programs somebody uses.
    AskPrograms {
        /// Who.
        contact: BareJid,
    },
    /// Find out when there is time for it how somebody wants to be called.
    AskName {
        /// Who.
        contact: BareJid,
    },
    /// A file may be offered to somebody soon: find out what that takes.
    ForeseeOffer {
        /// To whom.
        to: BareJid,
    },
    /// Offer a file.
    OfferFile {
        /// A bare address picks the resource that can receive.
        to: Jid,
        /// Which file.
        path: PathBuf,
        /// Words that go with it.
        description: Option<String>,
        /// Only these methods, in this order; empty means the configured ones.
        via: Vec<Via>,
    },
    /// Offer several files and folders as one.
    OfferTogether {
        /// A bare address picks the resource that can receive.
        to: Jid,
        /// Which; at least one.
        paths: Vec<PathBuf>,
        /// Only these methods, in this order; empty means the configured ones.
        via: Vec<Via>,
    },
    /// Publish a file: whoever it is for may ask for it until this program ends (XEP-0137).
    Publish {
        /// For whom, who is told; any contact may ask for what is for nobody in particular.
        to: Option<BareJid>,
        /// Which file.
        path: PathBuf,
    },
    /// Ask for a file that somebody published; what they offer then is accepted.
    StartPublished(Wanted),
    /// Fetch a file from the web. The user has seen the address.
    Fetch(WantedLink),
    /// Accept an offer; it is refused if its file has no place there.
    AcceptOffer {
        /// Which.
        transfer: TransferId,
        /// Somewhere else than the downloads folder.
        save_as: Option<PathBuf>,
    },
    /// Accept an offer by the user's own hand: if its file has no place there it stays open, for they can make room, or name
    /// another place.
    AcceptByHand {
        /// Which.
        transfer: TransferId,
        /// Somewhere else than the downloads folder.
        save_as: Option<PathBuf>,
    },
    /// Decline an offer.
    DeclineOffer {
        /// Which.
        transfer: TransferId,
    },
    /// Stop a transfer, in whatever state.
    CancelTransfer {
        /// Which.
        transfer: TransferId,
        /// What becomes of what has arrived.
        partial: KeepPartial,
    },
    /// Let nothing of a transfer move until it is told to go on.
    PauseTransfer {
        /// Which.
        transfer: TransferId,
    },
    /// Let a paused transfer go on, as soon as it is its turn.
    ContinueTransfer {
        /// Which.
        transfer: TransferId,
    },
    /// Put a transfer before or behind others.
    PreferTransfer {
        /// Which.
        transfer: TransferId,
        /// How much.
        priority: Priority,
    },
    /// Stop a transfer, to go on with it in a later run of the program. One that nobody accepted yet is cancelled.
    LeaveTransfer {
        /// Which.
        transfer: TransferId,
    },
    /// Offer once more what could not be sent, or go on at once with what is interrupted.
    RetryTransfer {
        /// Which.
        transfer: TransferId,
    },
    /// Find out what the server can and what time it is there.
    Examine,
    /// Show every stanza that comes and goes, or stop that.
    WatchStanzas(bool),
    /// Send a stanza that the user wrote.
    SendRaw(String),
    /// Do it like this with transfers that begin from here on.
    Prefer(Preferences),
}

/// What of the configuration may change while a client runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// Methods in order of preference; one left out is turned off.
    pub methods: Vec<Via>,
    /// Addresses to offer as streamhosts instead of those that the machine has.
    pub advertise: Vec<IpAddr>,
    /// Whether SOCKS5 streams pass through TLS.
    pub encryption: Encryption,
    /// How many files move at a time.
    pub parallel: usize,
    /// Where received files go.
    pub downloads: PathBuf,
}

/// What a server is told of somebody who is blocked (XEP-0377).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What they did.
    pub reason: Reason,
    /// In the user's words.
    pub words: Option<String>,
}

/// An earlier message, as programs that know nothing of answers are told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoted {
    /// The sender's name for it.
    pub id: String,
    /// Who wrote it, if that is known.
    pub author: Option<Jid>,
    /// What it says.
    pub body: String,
}

/// What to say to somebody who asks to see our presence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionAnswer {
    /// They may.
    Approve,
    /// They may not.
    Deny,
}

/// What somebody is doing in a conversation (XEP-0085).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatState {
    /// Looking at it.
    Active,
    /// Writing.
    Composing,
    /// Stopped writing.
    Paused,
    /// Not looking at it.
    Inactive,
    /// Closed it.
    Gone,
}

/// Whether anybody looks at what a client shows (XEP-0352).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClientState {
    /// Somebody does.
    #[default]
    Active,
    /// Nobody does: what can wait may wait.
    Inactive,
}
