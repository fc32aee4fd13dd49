//! Everything a user interface can ask for.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::SystemTime;

use jid::{BareJid, Jid};

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
    /// Find out when there is time for it how somebody wants to be called.
    AskName {
        /// Who.
        contact: BareJid,
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
    /// Accept an offer.
    AcceptOffer {
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

/// How many files move at a time unless the user says otherwise: more than one, so that a small file overtakes a large
/// one; few, so that they do not slow each other down.
pub const USUAL_PARALLEL: usize = 3;

/// Who goes first where not all can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Priority {
    /// After everybody else.
    Low,
    /// In the order in which they came.
    #[default]
    Normal,
    /// Before everybody else.
    High,
}

impl Priority {
    /// The next one up.
    #[must_use]
    pub fn raised(self) -> Self {
        match self {
            Priority::Low => Priority::Normal,
            Priority::Normal | Priority::High => Priority::High,
        }
    }

    /// The next one down.
    #[must_use]
    pub fn lowered(self) -> Self {
        match self {
            Priority::High => Priority::Normal,
            Priority::Normal | Priority::Low => Priority::Low,
        }
    }
}

/// Which published file is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The only one that was announced.
    Only,
    /// The one that was announced under this number.
    Number(u64),
    /// The one of this address, `xmpp:…?recvfile;sid=…`.
    Uri(String),
}

/// Which address is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedLink {
    /// The only one that was named.
    Only,
    /// The one that was named under this number.
    Number(u64),
    /// This one, written by the user.
    Address(String),
}

/// What becomes of a file that did not arrive whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepPartial {
    /// It stays beside where it was to be, as `.part`.
    Yes,
    /// It is removed.
    No,
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

/// A way of moving a file's bytes, as users configure and see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Via {
    /// A TCP connection from one side to the other (XEP-0065).
    Socks5Direct,
    /// Two TCP connections that meet at a proxy (XEP-0065).
    Socks5Proxy,
    /// In stanzas (XEP-0047).
    InBand,
    /// Fetched from the web (XEP-0066). We never send this way.
    Http,
}

impl Via {
    /// Every one by which we send, in the order of preference: the fastest first.
    pub const ALL: [Via; 3] = [Via::Socks5Direct, Via::Socks5Proxy, Via::InBand];

    /// Its word in configuration files, on the command line and in `--json`.
    pub const fn word(self) -> &'static str {
        match self {
            Via::Socks5Direct => "socks5-direct",
            Via::Socks5Proxy => "socks5-proxy",
            Via::InBand => "in-band",
            Via::Http => "http",
        }
    }

    /// The one of that word.
    pub fn named(word: &str) -> Option<Self> {
        Via::ALL.into_iter().chain([Via::Http]).find(|via| via.word() == word)
    }

    /// Its name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Via::Socks5Direct => "SOCKS5 direct",
            Via::Socks5Proxy => "SOCKS5 proxy",
            Via::InBand => "in-band",
            Via::Http => "HTTP",
        }
    }
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

/// Whether the bytes of a SOCKS5 stream pass through TLS. In-band they are protected as messages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encryption {
    /// With everybody who can.
    #[default]
    Preferred,
    /// With everybody: who cannot gets and sends files in-band alone.
    Required,
    /// With nobody.
    Off,
}

/// No such word for [`Encryption`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no choice; there are preferred, required and off")]
pub struct UnknownEncryption(String);

impl std::str::FromStr for Encryption {
    type Err = UnknownEncryption;

    fn from_str(word: &str) -> Result<Self, UnknownEncryption> {
        match word {
            "preferred" => Ok(Encryption::Preferred),
            "required" => Ok(Encryption::Required),
            "off" => Ok(Encryption::Off),
            other => Err(UnknownEncryption(other.to_owned())),
        }
    }
}

/// No way of moving bytes has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no method; there are socks5-direct, socks5-proxy and in-band")]
pub struct UnknownMethod(String);

impl std::str::FromStr for Via {
    type Err = UnknownMethod;

    fn from_str(word: &str) -> Result<Self, UnknownMethod> {
        Via::ALL.into_iter().find(|via| via.word() == word).ok_or_else(|| UnknownMethod(word.to_owned()))
    }
}
