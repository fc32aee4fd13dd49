//! Everything a user interface can be told.

mod attempt;
mod contact;
mod offer;
mod outcome;
mod transfer;

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use jid::{BareJid, FullJid, Jid};

pub use self::attempt::{Attempt, AttemptState, Protection};
pub use self::contact::{Card, Contact, Program, Resource, Subscription};
pub use self::offer::{Checksum, Direction, FolderInfo, OfferInfo, WebPlace};
pub use self::outcome::{Failure, Outcome, PeerFault, Side, Verified};
pub use self::transfer::{Finishing, Interruption, Progress, TheirTurn, TransferChange, TransferId, Turn, Waits};
pub use super::checkup::Examined;
pub use super::command::{ChatState, Priority, Via};
use super::history::{Conversation, Found, Hints, Hit, Page, Part, Place, Query, Said};
pub use super::login::Login;
pub use super::reach::Reachability;
pub use super::watch::Way;
pub use crate::xep::oob::WebAddress;
pub use crate::xep::stanza::Show;
pub use crate::xep::vcard::About;

/// Something the user may want to know.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The session with the server.
    Session(SessionEvent),
    /// A contact is new or changed (the whole of it, subscription and resources included).
    Contact(Contact),
    /// The roster came from the server and is complete; contacts not told of since `Online` are gone.
    RosterComplete,
    /// A contact was removed from the roster.
    ContactRemoved(BareJid),
    /// Somebody asks to see our presence.
    SubscriptionRequest {
        /// Who.
        from: BareJid,
        /// In their words.
        text: Option<String>,
        /// What they call themselves, made safe.
        nick: Option<String>,
    },
    /// Who is kept from us by our server; all of them, whenever that changes. A domain stands for everybody there.
    Blocked(BTreeSet<Jid>),
    /// What somebody says of themselves.
    Card {
        /// Who.
        of: BareJid,
        /// What; empty if they say nothing.
        card: Card,
    },
    /// Which program somebody uses.
    Program {
        /// Where.
        of: FullJid,
        /// As it says itself.
        program: Program,
    },
    /// A message, received or sent (also by another of our devices).
    Message(ChatMessage),
    /// The server has a message of ours.
    MessageSent {
        /// In whose conversation.
        with: BareJid,
        /// Which message.
        id: String,
    },
    /// A message of ours arrived at the contact (XEP-0184).
    Receipt {
        /// In whose conversation.
        with: BareJid,
        /// Which message.
        id: String,
    },
    /// A message of ours did not arrive.
    MessageFailed {
        /// In whose conversation.
        with: BareJid,
        /// Which message.
        id: String,
        /// Why.
        why: String,
    },
    /// Something was said about an earlier message: it was corrected, taken back, reacted to, seen.
    Amended(Box<Said>),
    /// Which conversations there are in the history, the latest first. Told once, and again when the archive had more.
    Conversations(Vec<Conversation>),
    /// A part of a conversation out of the history. What was told as [`Event::Message`] may be in it too.
    History {
        /// With whom.
        with: BareJid,
        /// As it was asked for.
        before: Option<SystemTime>,
        /// What there is.
        page: Page,
    },
    /// A conversation was read on another device of ours.
    ReadElsewhere {
        /// Which.
        with: BareJid,
        /// Up to this moment.
        at: SystemTime,
    },
    /// Something about the server's archive (XEP-0313).
    Archive(ArchiveNews),
    /// What was found in the server's archive.
    FoundInArchive {
        /// As it was asked for.
        query: Box<Query>,
        /// As it was asked for.
        before: Option<String>,
        /// What there is, or a sentence on why nobody can tell.
        found: Result<ArchivePage, String>,
    },
    /// What was said around a moment, out of the history.
    HistoryAround {
        /// With whom.
        with: BareJid,
        /// As it was asked for.
        from: SystemTime,
        /// What there is.
        part: Part,
    },
    /// What was found in the history.
    Found {
        /// As it was asked for.
        query: Box<Query>,
        /// As it was asked for.
        after: Option<Place>,
        /// What there is, or a sentence on why nobody can tell.
        found: Result<Found, String>,
    },
    /// What a contact is doing in our conversation (XEP-0085).
    ChatState {
        /// Who.
        from: BareJid,
        /// What.
        state: ChatState,
    },
    /// Somebody published a file that can be asked for (XEP-0137).
    Announced(Announcement),
    /// A message names an address that can be fetched from (XEP-0066).
    Linked(Link),
    /// A file of ours is published, until this program ends.
    Published {
        /// For whom, who was told; any contact may ask for what is for nobody in particular.
        to: Option<BareJid>,
        /// What it is called.
        name: String,
        /// By which address it can be asked for.
        uri: String,
    },
    /// A transfer began or changed.
    Transfer {
        /// Which.
        id: TransferId,
        /// How.
        change: TransferChange,
    },
    /// How a try to log in went.
    Login(Box<Login>),
    /// What the server can and what time it is there, as it was asked for.
    Examined(Box<Examined>),
    /// A stanza that came or goes, while stanzas are watched.
    Stanza {
        /// Which way.
        way: Way,
        /// It, without what is secret in it.
        xml: String,
    },
    /// How others can reach us, as far as it is known.
    Reachability(Box<Reachability>),
    /// What a contact says to nobody in particular, and wants no answer to.
    Headline {
        /// Who.
        from: BareJid,
        /// What.
        text: String,
    },
    /// Something that belongs nowhere else, as a sentence.
    Notice(String),
}

/// Something about the server's archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveNews {
    /// It searches texts ([`SearchArchive`](super::command::Command::SearchArchive)).
    Searchable,
    /// It does not, or there is none.
    Unsearchable,
    /// What was said while we were away is being fetched.
    CatchingUp,
    /// It is here, or as much of it as there will be.
    CaughtUp {
        /// In which conversations more is known than was told.
        with: Vec<BareJid>,
    },
}

/// A part of what was found in the server's archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchivePage {
    /// What was said, the newest first. Nothing of it was put into the history.
    pub hits: Vec<Hit>,
    /// Before which of the archive's names there is more.
    pub next: Option<String>,
}

/// A file that somebody published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// By which to ask for it.
    pub number: u64,
    /// Whose it is.
    pub owner: Jid,
    /// What it is called, made safe.
    pub name: Option<String>,
    /// In bytes.
    pub size: Option<u64>,
}

/// An address that somebody named in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// By which to fetch from it.
    pub number: u64,
    /// In whose conversation.
    pub with: BareJid,
    /// The address.
    pub address: WebAddress,
    /// What is said to be there.
    pub description: Option<String>,
}

/// How the session changed.
#[derive(Debug, Clone, PartialEq)]
pub enum SessionEvent {
    /// A connection is being made.
    Connecting,
    /// Logged in.
    Online {
        /// Our address.
        jid: FullJid,
        /// Whether the old stream went on.
        resumed: bool,
        /// How the connection is protected: `TLS 1.3`.
        security: String,
    },
    /// The connection is gone and will be made again.
    Offline {
        /// Why, as a sentence.
        why: String,
        /// When.
        retry_in: Duration,
    },
    /// The connection is gone and stays so.
    Stopped {
        /// Why.
        why: StopReason,
    },
}

/// Why the session ended for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// The user wanted it.
    Requested,
    /// The password is wrong, or the account may not log in; a sentence.
    Login(String),
    /// The server's certificate is not to be trusted.
    Certificate {
        /// What is wrong with it, as a sentence.
        why: String,
        /// `sha256:…`, what `pin` takes.
        fingerprint: String,
    },
    /// The server shows another certificate than the one that was pinned.
    CertificateChanged {
        /// Of which domain.
        domain: String,
        /// The one that was pinned, as `sha256:…`.
        pinned: String,
        /// The one that is shown now.
        shown: String,
    },
    /// The server wants the password itself, which earlier logins only proved.
    PasswordWanted {
        /// Of which domain.
        domain: String,
    },
    /// Another program logged in with the same resource.
    Conflict,
    /// Something else that trying again does not mend, as a sentence.
    Other(String),
}

/// A one-to-one message.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatMessage {
    /// With whom the conversation is.
    pub with: BareJid,
    /// Who wrote it: us or them.
    pub author: Author,
    /// Its id, for receipts.
    pub id: Option<String>,
    /// The text.
    pub body: String,
    /// When it was written.
    pub at: SystemTime,
    /// It waited somewhere before it came (XEP-0203).
    pub delayed: bool,
    /// What it answers (XEP-0461).
    pub reply: Option<Reply>,
    /// What its author asks for with it.
    pub hints: Hints,
}

/// What a message answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Which message.
    pub to: String,
    /// What that one said, in the words of who answers it.
    pub quoted: Option<String>,
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// We, here.
    Me,
    /// We, on another device (XEP-0280).
    MyOtherDevice,
    /// The contact, from this address.
    Contact(Jid),
}

impl Author {
    /// The person; none for us, whichever the device.
    pub fn speaker(&self) -> Option<BareJid> {
        match self {
            Author::Me | Author::MyOtherDevice => None,
            Author::Contact(jid) => Some(jid.to_bare()),
        }
    }
}
