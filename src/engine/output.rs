//! What an engine has its shell do.

use minidom::Element;

use super::event::Event;
use super::file::{FileId, FileOrder};
use super::history::Order;
use super::journal::Entry;
use super::reach::ReachOrder;
use super::socket::SocketOrder;

/// Something that should be done.
#[derive(Debug)]
pub enum Output {
    /// Send a stanza.
    Send {
        /// The stanza.
        stanza: Element,
        /// In which queue it waits.
        lane: Lane,
    },
    /// Connect and log in; stay so until told otherwise.
    Connect,
    /// The user says that the server may be told the password.
    TellPassword,
    /// Log out.
    Disconnect,
    /// Something about a socket.
    Socket(SocketOrder),
    /// Something about a file.
    File(FileId, FileOrder),
    /// Something so that others can reach us.
    Reach(ReachOrder),
    /// Write this down, in place of what was written under the same key.
    Journal(Box<Entry>),
    /// Something about the history of conversations. Without one nothing comes of it.
    History(Order),
    /// Tell the user.
    Event(Event),
}

/// Which queue a stanza waits in: chat overtakes bulk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Everything a person waits for.
    Chat,
    /// In-band data.
    Bulk,
}
