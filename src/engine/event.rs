//! Everything a user interface can be told.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use jid::{BareJid, FullJid, Jid};

pub use super::checkup::Examined;
pub use super::command::{ChatState, Priority, Via};
use super::history::{Conversation, Found, Hints, Page, Part, Place, Query, Said};
pub use super::login::Login;
pub use super::reach::Reachability;
pub use super::watch::Way;
pub use crate::xep::oob::WebAddress;
pub use crate::xep::stanza::Show;
pub use crate::xep::vcard::About;

/// Our handle of a transfer; never on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferId(pub u64);

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
        with: Option<BareJid>,
        /// As it was asked for.
        words: String,
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
    /// Something that belongs nowhere else, as a sentence.
    Notice(String),
}

/// Something about the server's archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveNews {
    /// It searches texts ([`SearchArchive`](super::command::Command::SearchArchive)).
    Searchable,
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
    pub hits: Vec<Said>,
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
    /// Another program logged in with the same resource.
    Conflict,
    /// Something else that trying again does not mend, as a sentence.
    Other(String),
}

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

/// How a transfer began or changed, in the order in which it happens.
#[derive(Debug, Clone, PartialEq)]
pub enum TransferChange {
    /// It exists: we offer, or are offered, a file.
    Offered(Box<OfferInfo>),
    /// The offer was accepted.
    Answered {
        /// What both can do, in the order in which it is tried.
        methods: Vec<Via>,
        /// Where the file will be, when receiving.
        path: Option<PathBuf>,
    },
    /// A try of one method began or changed. The same `index` replaces the earlier state.
    Attempt(Attempt),
    /// Bytes moved. Told at most ten times a second.
    Progress(Progress),
    /// It may move, or must wait; every transfer may until this is told.
    Turn {
        /// Whether.
        turn: Turn,
        /// How much it is preferred.
        priority: Priority,
    },
    /// The stream broke, or the one who waits for what has changed; `Answered` tells that it goes on.
    Interrupted(Interruption),
    /// Something worth knowing about how it goes, as a sentence: `montague.lit lets 9.8 KiB/s through`.
    Remark(String),
    /// It is over.
    Ended(Outcome),
}

/// Whether a transfer may move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Turn {
    /// It may.
    #[default]
    Now,
    /// Others go first.
    Waits {
        /// 1 is next.
        place: usize,
    },
    /// The user stopped it for a while.
    Paused,
}

/// Which way a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From us.
    Sending,
    /// To us.
    Receiving,
}

/// What is offered, by whom.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferInfo {
    /// Which way.
    pub direction: Direction,
    /// The other side.
    pub peer: Jid,
    /// Whether they are in the roster, or a device of ours.
    pub is_contact: bool,
    /// Whether the user asked for it before it was offered: it is accepted already.
    pub is_asked_for: bool,
    /// The name as it was offered, made safe: a single path component without control characters.
    pub name: String,
    /// The name as it was offered, if that differs; to be drawn escaped.
    pub offered_name: Option<String>,
    /// In bytes; some peers leave it out for an empty file.
    pub size: Option<u64>,
    /// MIME type.
    pub mime_type: Option<String>,
    /// In the sender's words.
    pub description: Option<String>,
    /// The file's date.
    pub date: Option<SystemTime>,
    /// Hexadecimal MD5 (XEP-0096).
    pub hash: Option<String>,
    /// The methods offered, as far as we know them, in the order of the offer.
    pub methods: Vec<Via>,
    /// Whether the sender can take several methods in one answer.
    pub si_multiple: bool,
    /// The file, when sending.
    pub path: Option<PathBuf>,
    /// How much of it is here already and need not come again, when receiving.
    pub continues_at: Option<u64>,
    /// What is in it, if it is a folder that travels packed.
    pub folder: Option<FolderInfo>,
    /// Where it would be fetched from, if it is on the web: nothing is asked there before the user has seen this.
    pub web: Option<WebPlace>,
}

/// Where a file is on the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebPlace {
    /// The address, whole.
    pub address: WebAddress,
    /// The host that led there, if it is not where the user wanted to go.
    pub led_by: Option<String>,
}

/// What a folder that is offered holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderInfo {
    /// How many files, as the sender says.
    pub files: u64,
    /// How many bytes in them.
    pub bytes: u64,
    /// How many links and the like are not in it, when sending.
    pub left_out: u64,
    /// Whether the receiver's program unpacks it, as far as that is known.
    pub is_unpacked: Option<bool>,
}

/// One try of one method.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Counts from 0 within the transfer.
    pub index: usize,
    /// By which method.
    pub via: Via,
    /// `host:port`, where there is one.
    pub streamhost: Option<String>,
    /// How it stands.
    pub state: AttemptState,
    /// Since it began.
    pub took: Duration,
}

/// How an attempt stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptState {
    /// Not decided.
    Trying {
        /// What is waited for: `connecting`, `waiting for romeo to connect`.
        doing: String,
        /// When it is given up, from the beginning.
        patience: Duration,
    },
    /// It does not work.
    Failed {
        /// Why: `refused`, `no answer`.
        reason: String,
    },
    /// Bytes move through it.
    Active {
        /// More about it: `block 4096, 4 in flight`.
        detail: Option<String>,
    },
}

/// How far a transfer is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Bytes that arrived or were acknowledged.
    pub bytes: u64,
    /// In all, if known.
    pub size: Option<u64>,
    /// Bytes a second, lately.
    pub rate: u64,
    /// Time left at that rate.
    pub left: Option<Duration>,
}

/// A transfer that stands still, and goes on from where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interruption {
    /// How much need not be sent again, as far as known.
    pub bytes: u64,
    /// In all, if known.
    pub size: Option<u64>,
    /// Why it stands still, in words.
    pub why: String,
    /// What has to happen before it goes on.
    pub waits: Waits,
}

/// What an interrupted transfer waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// For our own connection to the server.
    Session,
    /// For the other side to be there.
    Peer,
    /// For the other side to offer it once more.
    Offer,
    /// For so much time to pass; then it is tried again.
    Time(Duration),
    /// For the user to say so.
    User,
}

/// How a transfer ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The file is there.
    Completed {
        /// By which method.
        via: Via,
        /// How much.
        bytes: u64,
        /// From the acceptance on.
        took: Duration,
        /// Where, when receiving.
        path: Option<PathBuf>,
        /// Whether it is proven to be what was sent.
        verified: Verified,
    },
    /// Somebody said no.
    Declined {
        /// Who.
        by: Side,
    },
    /// Somebody stopped it.
    Cancelled {
        /// Who.
        by: Side,
    },
    /// It went wrong.
    Failed(Failure),
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The user here.
    Us,
    /// The other side.
    Peer,
}

/// Whether a file is proven to be what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// The peer gave no hash.
    No,
    /// By the MD5 of XEP-0096.
    Md5,
    /// By SHA-256.
    Sha256,
}

/// Why a transfer failed, by who could do something about it.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// No method works between the two; each try with its reason.
    Unreachable {
        /// Every try.
        tried: Vec<Attempt>,
    },
    /// The peer.
    Peer(PeerFault),
    /// This machine.
    Local(super::FileError),
    /// What arrived is not what was sent.
    Corrupt {
        /// The hash that was stated.
        expected: String,
        /// The hash of what arrived.
        found: String,
        /// Where it lies.
        kept: Option<PathBuf>,
    },
    /// Our own connection was lost.
    Disconnected,
    /// The stream broke after bytes had moved; what arrived is kept.
    Interrupted {
        /// By which method.
        via: Via,
        /// How much had moved.
        bytes: u64,
        /// Why.
        why: String,
        /// Where what arrived lies.
        kept: Option<PathBuf>,
    },
}

/// What a peer did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerFault {
    /// Cannot take files this way.
    Incompatible(String),
    /// Refused with an error that is no decline.
    Refused(String),
    /// Broke the protocol.
    Misbehaved(String),
    /// Did not answer in time.
    Silent(String),
    /// Went offline.
    Gone,
}
