//! What happens: everything that can change the model.

use std::path::PathBuf;

use super::effect::{Shipment, Unsendable};
use super::keymap::Key;
use super::model::AccountId;
use crate::doctor::Section;
use crate::engine::command::Link;
use crate::engine::event::{Event, TransferId};
use crate::store::config::{Config, ThemeWish};
use crate::store::journal::Past;
use crate::store::people::Kept;
use crate::store::rules::Rule;

/// Something happened.
#[derive(Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted, or a file dropped on the terminal.
    Paste(String),
    /// The mouse was used.
    Mouse(Mouse),
    /// The terminal has the keys again.
    FocusGained,
    /// The keys go elsewhere.
    FocusLost,
    /// The terminal has another size.
    Resize(u16, u16),
    /// A client has something to tell.
    Client(AccountId, Event),
    /// A client ended.
    ClientEnded(AccountId),
    /// A client runs for that account.
    Started(AccountId),
    /// No client can be started for that account, in words.
    Unstartable(AccountId, String),
    /// The configuration was saved: what it says, or what is wrong with it.
    Configured(Result<Box<Config>, String>),
    /// What became of a wish about an account in the configuration.
    Account(AccountAnswer),
    /// A theme is not to be had: this one is drawn with still.
    Unpainted {
        /// What is drawn with.
        theme: ThemeWish,
        /// Why it is not the other one.
        why: String,
    },
    /// The names in a folder that a path is being completed in.
    Folder(Folder),
    /// The files that are to be sent, or why they cannot be.
    Found(Result<Shipment, Unsendable>),
    /// What was pasted names these files and folders.
    PastedFiles {
        /// The text as it was pasted.
        text: String,
        /// Where they are.
        paths: Vec<PathBuf>,
        /// How long the files are together; none if one of them is not there.
        size: Option<u64>,
    },
    /// This was written in the user's own editor.
    Edited(String),
    /// The first-run dialog's account is stored and starts.
    SetUp(AccountId),
    /// The first-run dialog's account cannot be stored.
    SetUpFailed(String),
    /// What the journal knows, or why it tells nothing.
    Past {
        /// Of transfers older than this one.
        before: Option<i64>,
        /// The newest first.
        answer: Result<Vec<Past>, String>,
    },
    /// How much space is left where files go.
    FreeSpace(u64),
    /// How much space is left where a rule might put the file of that offer; none where nobody could measure.
    SpaceForRules(AccountId, TransferId, Vec<(PathBuf, Option<u64>)>),
    /// What is kept of an account's contacts.
    People(AccountId, Vec<Kept>),
    /// What became of a wish about the rules.
    Rules(RulesAnswer),
    /// What was found of files and terminal.
    Machine(Vec<Section>),
    /// The user came by a link.
    Follow(Link),
    /// Something that was to be done cannot be, in words.
    Complaint(String),
    /// Time passed.
    Tick,
}

/// The answer to [`Effect::Rules`](super::effect::Effect::Rules).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RulesAnswer {
    /// These are the rules that the configuration has.
    Are(Vec<Rule>),
    /// The one of that number stands in these lines; none if there is no such rule in lines of its own.
    Stands(usize, Option<String>),
    /// That did not work, in words.
    Failed(String),
}

/// The answer to [`Effect::Account`](super::effect::Effect::Account).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountAnswer {
    /// The one of that name stands in these lines; none if it has none of its own.
    Stands(String, Option<String>),
    /// The one of that name is gone, and this is left.
    Removed(String, Box<Config>),
    /// The one of that name accepts a certificate, and the file says this.
    Pinned(String, Box<Config>),
    /// That did not work, in words.
    Failed(String),
}

/// What the mouse did, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// Its left button went down.
    Click(u16, u16),
    /// Its wheel was turned up.
    WheelUp(u16, u16),
    /// Its wheel was turned down.
    WheelDown(u16, u16),
}

/// The answer to [`Effect::ListFolder`](super::effect::Effect::ListFolder).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// The text that was being completed, to be left alone if it has changed.
    pub text: String,
    /// Where in it the path begins.
    pub start: usize,
    /// The folder as it was typed, with its last slash.
    pub typed: String,
    /// What stands behind that slash.
    pub prefix: String,
    /// The names that begin so; folders end in a slash.
    pub names: Vec<String>,
}
