//! The imperative shell: tokio, sockets, files, the clock, and the session with the server.
//!
//! [`start`] spawns the one driver task, which owns the engine: one [`Input`](crate::engine::Input) in, every
//! [`Output`](crate::engine::Output) out. A user interface holds the [`Handle`] and reads the events.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::sync::{mpsc, watch};

use crate::engine::command::Command;
use crate::engine::context::Settings;
use crate::engine::event::{Event, SessionEvent};
use crate::store::account::Account;

#[doc(hidden)]
mod acknowledge;
pub mod bare;
pub mod clock;
pub mod connection;
mod dial;
mod driver;
pub mod entropy;
mod fetch;
mod files;
pub mod find;
mod heap;
mod history;
mod journal;
mod keeping;
mod limits;
mod nat;
mod pump;
mod sockets;
mod timings;

use driver::{Driver, bug};
pub use history::HistoryOptions;
pub use journal::JournalOptions;
pub use limits::{Limiter, Limits};
pub use timings::Timings;

/// How a client is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who logs in, and where.
    pub account: Account,
    /// How the engine is set up.
    pub engine: Settings,
    /// Where received files go.
    pub downloads: PathBuf,
    /// Where the SOCKS5 listener binds; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How fast files may move; every client with a copy of it shares the limits.
    pub limiter: Limiter,
    /// Where it is kept what this user's Balconies are called at the server, if it is.
    pub berths: Option<PathBuf>,
    /// The journal of transfers, if one is kept.
    pub journal: Option<JournalOptions>,
    /// The history of conversations, if one is kept.
    pub history: Option<HistoryOptions>,
    /// How long to wait for what; [`Timings::default`] unless in tests.
    pub timings: Timings,
}

/// A running client. Dropping the last handle logs out.
#[derive(Debug, Clone)]
pub struct Handle {
    commands: mpsc::UnboundedSender<Command>,
    ended: watch::Receiver<()>,
}

impl Handle {
    /// Tells the client what the user wants. After the client ended, nothing happens.
    pub fn send(&self, command: Command) {
        let _ = self.commands.send(command);
    }

    /// Lets go of this handle, and waits until the client has logged out and every file is closed. It does so once the
    /// last handle is gone, and takes no longer than [`Timings::farewell`] to tell the server.
    pub async fn closed(self) {
        let Handle { commands, mut ended } = self;
        drop(commands);
        // Nothing is ever told this way but the end, by the sender being dropped.
        let _ = ended.changed().await;
    }
}

/// Starts a client on the current tokio runtime; it connects at [`Command::Connect`]. The stream of events ends when
/// the last handle is dropped and the session is closed.
pub fn start(options: Options) -> (Handle, mpsc::UnboundedReceiver<Event>) {
    let (commands, wishes) = mpsc::unbounded_channel();
    let (events, receiver) = mpsc::unbounded_channel();
    let (running, ended) = watch::channel(());
    let driver = Driver::new(options, wishes, events.clone());
    tokio::spawn(async move {
        if let Err(why) = tokio::spawn(driver.run()).await {
            let _ = events.send(Event::Session(SessionEvent::Stopped { why: bug(why) }));
        }
        drop(running);
    });
    (Handle { commands, ended }, receiver)
}
