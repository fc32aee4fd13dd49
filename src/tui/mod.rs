//! The terminal user interface: Elm at the core, components at the rim.
//!
//! [`run`] is the only way in. Keys, pastes, clicks and the clients' events become [`msg::Msg`]s; [`update()`] makes them
//! true in the [`Model`] and answers with [`effect::Effect`]s, which the loop performs. What is slow comes back as a
//! message. The screen is drawn from the model.

pub mod config;
pub mod effect;
pub mod keymap;
pub mod msg;

mod background;
mod command;
mod desktop;
mod dialog;
mod disputed;
mod draw;
mod editing;
mod engaged;
mod event_loop;
mod input;
mod job;
mod key;
mod layers;
mod layout;
mod linear;
mod links;
mod model;
mod notify;
mod pane;
mod perform;
mod terminal;
mod theme;
mod update;
mod watch;
pub(crate) mod widget;
mod words;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;

pub use background::Background;
pub use command::{COMMANDS, SlashCommand};
pub use draw::{draw, picture};
pub use event_loop::run;
pub use linear::Reader;
pub use model::configuration::Configuration;
pub use model::{AccountId, Appearance, Model, RosterOrder, Rules};
pub use notify::{Between, Links, Osc, Seat, Surroundings};
pub use theme::{Colours, Glyphs};
pub use update::{settle, update};

use crate::client::{Handle, Limiter};
use crate::engine::command::Link;
use crate::engine::event::Event;
use crate::store::config::{AccountConfig, Config, Palette, UiConfig};
use effect::NewAccount;

/// A running client, as [`crate::client::start`] returns it, and the name of its account.
pub struct Client {
    /// As in the configuration.
    pub name: String,
    /// To tell it what the user wants.
    pub handle: Handle,
    /// What it tells.
    pub events: mpsc::UnboundedReceiver<Event>,
}

/// Starts a client for an account by a configuration, or says why not. It may take as long as the user takes to unlock
/// a password.
pub type Start = Arc<dyn Fn(&AccountConfig, &Config) -> Result<Client, String> + Send + Sync>;

/// The theme and the colours that a configuration asks for, or why they are not to be had.
pub type Paint = Box<dyn Fn(&UiConfig) -> Result<(Palette, Colours), String>>;

/// Stores an account that the user was asked for and starts its client; or says why not.
pub type SetUp = Box<dyn Fn(NewAccount) -> Result<Client, String>>;

/// How the user interface is set up.
#[derive(Default)]
pub struct UiOptions {
    /// How it looks.
    pub appearance: Appearance,
    /// Whether it takes the mouse; without, the terminal selects text by itself.
    pub mouse: bool,
    /// How fast files of the clients may move.
    pub limiter: Limiter,
    /// Which offers are answered without the user.
    pub rules: Rules,
    /// What is configured; the file is watched.
    pub configuration: Configuration,
    /// Why no client could be started for some of the configured accounts.
    pub locked: BTreeMap<String, String>,
    /// How other themes and colours are come by.
    pub paint: Option<Paint>,
    /// How clients are started for configured accounts.
    pub start: Option<Start>,
    /// The database with the journal of transfers, if one is kept.
    pub journal: Option<PathBuf>,
    /// The link that the user came by.
    pub link: Option<Link>,
    /// What to do with the answers of the first-run dialog, which comes up if there are no clients.
    pub set_up: Option<SetUp>,
}
