//! From the configuration to a client's options, the same way for every subcommand.

use std::path::{Path, PathBuf};

use super::exit::{Exit, Stop};
use crate::client::{Options, Timings};
use crate::engine::context::Settings;
use crate::store::config::{AccountConfig, Config};
use crate::store::paths::Paths;

/// What every subcommand starts from.
#[derive(Debug)]
pub(super) struct Setup {
    /// Where things are; `config` is the file that is really used.
    pub(super) paths: Paths,
    /// What it says; nothing, if there is none.
    pub(super) config: Config,
}

impl Setup {
    /// Reads the configuration. The usual file may be missing, one that was named may not.
    pub(super) fn read(named: Option<PathBuf>) -> Result<Self, Stop> {
        let usage = |why: String| Stop::new(Exit::Usage, why);
        let mut paths = Paths::find().map_err(|why| usage(why.to_string()))?;
        let is_named = named.is_some();
        paths.config = named.unwrap_or(paths.config);
        let found = Config::load(&paths.config).map_err(|why| usage(why.to_string()))?;
        if found.is_none() && is_named {
            return Err(usage(format!("there is no {}; write it, or leave --config out", paths.config.display())));
        }
        Ok(Setup { paths, config: found.unwrap_or_default() })
    }

    /// The account of that name, or the first.
    pub(super) fn account(&self, name: Option<&str>) -> Result<&AccountConfig, Stop> {
        self.config.account(name).map_err(|why| Stop::new(Exit::Usage, why.to_string()))
    }

    /// How its client is started by a subcommand. Runs `password_command`.
    ///
    /// Nobody reads messages here, so the priority is negative unless a subcommand has a reason: the server gives them
    /// to the user's other programs, or keeps them.
    pub(super) fn options(&self, account: &AccountConfig, folder: Option<&Path>) -> Result<Options, Stop> {
        let transfers = &self.config.transfers;
        let folder = folder.or(transfers.downloads.as_deref()).unwrap_or(&self.paths.downloads);
        let downloads = std::path::absolute(folder)
            .map_err(|why| Stop::new(Exit::Failed, format!("cannot find {}: {why}", folder.display())))?;
        Ok(Options {
            account: account.unlock().map_err(|why| Stop::new(Exit::Login, why.to_string()))?,
            engine: Settings {
                methods: transfers.methods.clone(),
                proxies: transfers.proxies.clone(),
                advertise: transfers.advertise.clone(),
                priority: -1,
                ..Settings::new(account.jid.to_bare())
            },
            downloads,
            listen: transfers.listen,
            timings: Timings::default(),
        })
    }
}
