//! What the user configured: what the file says, and what holds.

use std::path::PathBuf;

use crate::engine::command::Preferences;
use crate::store::config::{AccountConfig, Config, Setting};

/// What the file says, and what holds.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    /// What holds: what the file says but for what was set since.
    pub in_force: Config,
    /// What the file said when it was last read and right.
    pub written: Config,
    /// The file; without, nothing is kept.
    pub file: Option<PathBuf>,
    /// Where received files go unless it says otherwise.
    pub usual_downloads: PathBuf,
    /// Whether the file cannot be used as it is.
    pub is_faulty: bool,
}

impl Configuration {
    /// As the program found it.
    pub fn new(config: Config, file: Option<PathBuf>, usual_downloads: PathBuf) -> Self {
        Configuration { in_force: config.clone(), written: config, file, usual_downloads, is_faulty: false }
    }

    /// The account of that name, if there is one.
    pub(crate) fn account(&self, name: &str) -> Option<&AccountConfig> {
        self.in_force.accounts.iter().find(|account| account.name == name)
    }

    /// Where received files go.
    pub(crate) fn downloads(&self) -> PathBuf {
        let folder = self.in_force.transfers.downloads.as_ref().unwrap_or(&self.usual_downloads);
        std::path::absolute(folder).unwrap_or_else(|_| folder.clone())
    }

    /// That a value is not the one of the file, if it is not.
    pub(crate) fn since(&self, setting: &Setting) -> &'static str {
        let is_written = setting.value(&self.in_force) == setting.value(&self.written);
        if is_written { "" } else { " (until you quit)" }
    }

    /// What a client may change while it runs.
    pub(crate) fn preferences(&self) -> Preferences {
        let transfers = &self.in_force.transfers;
        Preferences {
            methods: transfers.methods.clone(),
            advertise: transfers.advertise.clone(),
            encryption: transfers.encryption,
            parallel: transfers.parallel,
            downloads: self.downloads(),
        }
    }
}
