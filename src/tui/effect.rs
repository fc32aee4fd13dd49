//! What the user interface can cause.

use std::path::PathBuf;
use std::time::SystemTime;

use jid::{BareJid, Jid};

use super::model::AccountId;
use crate::client::Limits;
use crate::doctor::machine::{Places, Screen};
use crate::engine::command::{Command, Via};
use crate::engine::event::TransferId;
use crate::store::account::{HostPort, Secret};
use crate::store::config::{AccountConfig, UiConfig};
use crate::store::rules::Rule;

/// Something that should be done. What is slow or can fail comes back as a [`Msg`](super::msg::Msg).
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Tell a client.
    Command(AccountId, Command),
    /// Have files of every account move no faster than this.
    Limit(Limits),
    /// Ring.
    Bell,
    /// Have the desktop show something.
    ShowOnDesktop(Note),
    /// Write an escape sequence that shows nothing on the screen.
    Escape(String),
    /// Put something into the terminal's clipboard.
    Copy(String),
    /// Show a folder in whatever the user has for that.
    OpenFolder(PathBuf),
    /// Open an address in whatever the user has for that.
    OpenLink(String),
    /// Look up names to complete a path with; comes back as [`Msg::Folder`](super::msg::Msg::Folder).
    ListFolder {
        /// The text that is being completed.
        text: String,
        /// Where in it the path begins.
        start: usize,
        /// The folder as it was typed, with its last slash.
        typed: String,
        /// Where to look.
        folder: PathBuf,
        /// What the names begin with.
        prefix: String,
    },
    /// See whether there are such files, and which ones patterns mean; comes back as
    /// [`Msg::Found`](super::msg::Msg::Found).
    Find(Shipment),
    /// See whether what was pasted is files; comes back as [`Msg::PastedFiles`](super::msg::Msg::PastedFiles).
    CheckFiles {
        /// The text as it was pasted.
        text: String,
        /// What it would name.
        paths: Vec<PathBuf>,
    },
    /// Ask the journal for transfers that are older; comes back as [`Msg::Past`](super::msg::Msg::Past).
    AskJournal {
        /// Than the one of this number; without one, for the newest.
        before: Option<i64>,
    },
    /// See how much space is left where files go; comes back as [`Msg::FreeSpace`](super::msg::Msg::FreeSpace).
    MeasureSpace(PathBuf),
    /// Give the terminal to the user's own editor, with this text; comes back as [`Msg::Edited`](super::msg::Msg::Edited).
    EditOutside(String),
    /// See how much space is left in each folder before the rules are asked about an offer; comes back as
    /// [`Msg::SpaceForRules`](super::msg::Msg::SpaceForRules).
    MeasureForRules(AccountId, TransferId, Vec<PathBuf>),
    /// Do something with the rules in the configuration; comes back as [`Msg::Rules`](super::msg::Msg::Rules).
    Rules(PathBuf, RulesWish),
    /// Start a client for an account, after the one that there may be; comes back as
    /// [`Msg::Started`](super::msg::Msg::Started) or [`Msg::Unstartable`](super::msg::Msg::Unstartable).
    Start(AccountId, Box<AccountConfig>),
    /// Do something with an account in the configuration; comes back as [`Msg::Account`](super::msg::Msg::Account).
    Account(PathBuf, AccountWish),
    /// Do something with what is kept of contacts.
    People(PeopleWish),
    /// Store an account and start its client.
    SetUp(NewAccount),
    /// End the client of an account that is given up.
    Forget(AccountId),
    /// Draw with the theme and the colours of this configuration.
    Paint(UiConfig),
    /// Take the mouse from the terminal, or leave it there.
    TakeMouse(bool),
    /// Look at files and terminal; comes back as [`Msg::Machine`](super::msg::Msg::Machine).
    LookAtMachine(Box<Places>, Screen),
    /// Draw everything anew.
    Redraw,
    /// Stop until the shell has it go on.
    Suspend,
    /// End.
    Quit,
}

/// Something for the desktop to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is about: it takes the place of the one before about the same.
    pub about: String,
    /// Who.
    pub title: String,
    /// What; plain text.
    pub body: String,
}

/// Files that are to be offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipment {
    /// By whom.
    pub account: AccountId,
    /// To whom.
    pub to: Jid,
    /// What: paths, or patterns of them.
    pub paths: Vec<PathBuf>,
    /// Only these methods; none means the configured ones.
    pub via: Vec<Via>,
    /// In how many offers.
    pub grouping: Grouping,
    /// What the user typed for that.
    pub typed: String,
    /// What stays here of what they meant, once it was looked up.
    pub remark: Option<String>,
}

/// Files that cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsendable {
    /// Why, as a sentence.
    pub why: String,
    /// What the user typed, to be put right.
    pub typed: String,
}

/// In how many offers several files travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// All in one.
    Together,
    /// One each.
    Apart,
}

impl Shipment {
    /// The offers.
    pub(crate) fn commands(self) -> Effects {
        let Shipment { account, to, mut paths, via, grouping, typed: _, remark: _ } = self;
        let commands = match (grouping, paths.len()) {
            (Grouping::Together, 2..) => vec![Command::OfferTogether { to, paths, via }],
            (Grouping::Together | Grouping::Apart, _) => {
                let offer = |path| Command::OfferFile { to: to.clone(), path, description: None, via: via.clone() };
                paths.drain(..).map(offer).collect()
            }
        };
        commands.into_iter().map(|command| Effect::Command(account, command)).collect()
    }
}

/// What is wanted of the rules in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RulesWish {
    /// To read them again.
    Read,
    /// To append one.
    Add(Box<Rule>),
    /// To see the lines in which the one of that number stands.
    Show(usize),
    /// To take the one of that number out, which was shown to stand in these lines.
    Remove(usize, String),
}

/// What is wanted of an account in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountWish {
    /// To see the lines in which the one of that name stands.
    Show(String),
    /// To take the one of that name out, which was shown to stand in these lines.
    Remove(String, String),
    /// To have the one of that name accept exactly the certificate of that fingerprint.
    Pin(String, String),
}

/// What is wanted of what is kept of contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeopleWish {
    /// To read it; comes back as [`Msg::People`](super::msg::Msg::People).
    Read(AccountId, BareJid),
    /// To keep for what one of them may ring.
    Notify {
        /// Whose contact.
        account: BareJid,
        /// Who.
        contact: BareJid,
        /// For what, in a word.
        word: &'static str,
        /// When that was said.
        said: SystemTime,
    },
    /// To keep what one of them calls themselves.
    Name {
        /// Whose contact.
        account: BareJid,
        /// Who.
        contact: BareJid,
        /// What; none if they do not say.
        name: Option<String>,
        /// When they were asked.
        asked: SystemTime,
    },
}

/// What the first-run dialog asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// The address.
    pub jid: BareJid,
    /// The password.
    pub password: Secret,
    /// Where its server is, if the domain does not lead there.
    pub server: Option<HostPort>,
    /// The certificate that the user decided to accept: `sha256:…`.
    pub pin: Option<String>,
}

/// What an update causes, in order.
pub(crate) type Effects = Vec<Effect>;
