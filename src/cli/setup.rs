//! From the configuration to a client's options, the same way for every subcommand.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use super::exit::{Exit, Stop};
use crate::client::{HistoryOptions, JournalOptions, Limiter, Limits, Options, Timings};
use crate::engine::context::Settings;
use crate::store::account::Account;
use crate::store::berth;
use crate::store::config::{AccountConfig, Config, HistoryConfig, Prompts};
use crate::store::journal::Claim;
use crate::store::paths::Paths;
use crate::tui::config::load;

/// What every subcommand starts from.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    /// Where things are; `config` is the file that is really used.
    pub(super) paths: Paths,
    /// What it says; nothing, if there is none.
    pub(super) config: Config,
    /// Whether the user named that file.
    pub(super) is_named: bool,
    /// The limits of every account's files together.
    pub(super) limiter: Limiter,
}

impl Setup {
    /// Reads the configuration: the file that was named, or the usual one. A missing file configures nothing.
    pub(super) fn read(named: Option<PathBuf>) -> Result<Self, Stop> {
        let usage = |why: &dyn Display| Stop::new(Exit::Usage, why.to_string());
        let mut paths = Paths::find().map_err(|why| usage(&why))?;
        let is_named = named.is_some();
        paths.config = named.unwrap_or(paths.config);
        let config = load(&paths.config).map_err(|why| usage(&why))?.unwrap_or_default();
        let (up, down) = (config.transfers.limit_up, config.transfers.limit_down);
        Ok(Setup { paths, config, is_named, limiter: Limiter::new(Limits { up, down }) })
    }

    /// The same for who only reads: a file that was named must be there.
    pub(super) fn demand_named(self) -> Result<Self, Stop> {
        if self.is_named && !self.paths.config.exists() {
            return Err(Stop::new(Exit::Usage, format!("{}: there is no such file", self.paths.config.display())));
        }
        Ok(self)
    }

    /// How a client of that account is started.
    pub(super) fn options(&self, account: Account) -> Result<Options, Stop> {
        let transfers = &self.config.transfers;
        Ok(Options {
            engine: Settings {
                methods: transfers.methods.clone(),
                proxies: transfers.proxies.clone(),
                advertise: transfers.advertise.clone(),
                parallel: transfers.parallel,
                port: Some(transfers.listen.port()).filter(|port| *port != 0),
                map_ports: transfers.map_ports,
                encryption: transfers.encryption,
                send_receipts: self.config.chat.send_receipts,
                send_markers: self.config.chat.send_markers,
                ..Settings::new(account.jid.to_bare())
            },
            account,
            downloads: self.downloads()?,
            listen: transfers.listen,
            limiter: self.limiter.clone(),
            berths: Some(berth::folder(&self.paths.database())),
            journal: Some(self.journal(Claim::All)),
            history: self.history(),
            timings: Timings::default(),
        })
    }

    /// The journal that all of this user's Balconies keep, and what of it to go on with.
    pub(super) fn journal(&self, claim: Claim) -> JournalOptions {
        JournalOptions { database: self.paths.database(), claim, keep: self.config.transfers.journal }
    }

    /// The history that all of this user's Balconies keep, unless it is not wanted.
    fn history(&self) -> Option<HistoryOptions> {
        let HistoryConfig { keep, span } = self.config.history;
        keep.then(|| HistoryOptions { database: self.paths.database(), keep: span })
    }

    /// Where received files go.
    pub(super) fn downloads(&self) -> Result<PathBuf, Stop> {
        absolute(self.config.transfers.downloads.as_deref().unwrap_or(&self.paths.downloads))
    }

    /// How a client is started that nobody reads messages with: its priority is negative, so that the server gives them
    /// to the user's other programs, or keeps them. What is said to this program alone is not kept here, so nobody is told
    /// that it arrived. The account is the one of that name, or the first.
    pub(super) fn headless(&self, name: Option<&str>, folder: Option<&Path>, claim: Claim) -> Result<Options, Stop> {
        let missing = if self.paths.config.exists() { "" } else { "there is no such file, so " };
        let absent = |why| Stop::new(Exit::Usage, format!("{}: {missing}{why}", self.paths.config.display()));
        let account = self.config.account(name).map_err(absent)?;
        let mut options = self.options(unlock(account)?)?;
        options.engine.priority = -1;
        options.engine.send_receipts = false;
        options.engine.send_markers = false;
        options.journal = Some(self.journal(claim));
        options.history = None;
        options.downloads = folder.map_or(Ok(options.downloads), absolute)?;
        Ok(options)
    }
}

/// The account with its password. Runs `password_command`.
pub(super) fn unlock(account: &AccountConfig) -> Result<Account, Stop> {
    account.unlock(Prompts::AtTerminal).map_err(|why| Stop::new(Exit::Login, why.to_string()))
}

/// A path that means the same in every folder, and in a later run.
pub(super) fn absolute(folder: &Path) -> Result<PathBuf, Stop> {
    let lost = |why| Stop::new(Exit::Failed, format!("cannot find {}: {why}", folder.display()));
    std::path::absolute(folder).map_err(lost)
}
