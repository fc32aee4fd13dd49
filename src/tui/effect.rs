//! What the user interface can cause.

use std::path::PathBuf;

use jid::BareJid;

use super::model::AccountId;
use crate::client::Limits;
use crate::engine::command::Command;
use crate::store::account::Secret;

/// Something that should be done. What is slow or can fail comes back as a [`Msg`](super::msg::Msg).
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Tell a client.
    Command(AccountId, Command),
    /// Have files of every account move no faster than this.
    Limit(Limits),
    /// Ring.
    Bell,
    /// Put something into the terminal's clipboard.
    Copy(String),
    /// Show a folder in whatever the user has for that.
    OpenFolder(PathBuf),
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
    /// See whether what was pasted is a file; comes back as [`Msg::PastedFile`](super::msg::Msg::PastedFile).
    CheckFile {
        /// The text as it was pasted.
        text: String,
        /// What it would name.
        path: PathBuf,
    },
    /// See how much space is left where files go; comes back as [`Msg::FreeSpace`](super::msg::Msg::FreeSpace).
    MeasureSpace(PathBuf),
    /// Give the terminal to the user's own editor, with this text; comes back as [`Msg::Edited`](super::msg::Msg::Edited).
    EditOutside(String),
    /// Store an account and start its client.
    SetUp(NewAccount),
    /// End the client of an account that is given up.
    Forget(AccountId),
    /// Draw everything anew.
    Redraw,
    /// End.
    Quit,
}

/// What the first-run dialog asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// The address.
    pub jid: BareJid,
    /// The password.
    pub password: Secret,
    /// The certificate that the user decided to accept: `sha256:…`.
    pub pin: Option<String>,
}

/// What an update causes, in order.
pub(crate) type Effects = Vec<Effect>;
