//! `config.toml`: read once, into values that cannot be wrong.
//!
//! The tables are read by serde and refuse keys they do not know; what a value means is checked right after, while the
//! place where it stands is still known. So every fault is told with its line and column, and nothing downstream
//! checks again. `assets/config.toml` shows every key with its default; a test holds the two together.
//!
//! This file is never rewritten behind the user's back: [`add_account()`] and [`add_rule()`] append a table, and
//! [`remove_account()`] and [`remove_rule()`] take the lines out that they were shown to be about; every other byte is
//! left alone.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

mod accounts;
mod add_account;
mod change_rules;
mod chat;
mod document;
mod fault;
mod history;
mod notifications;
mod palette;
mod pin_account;
mod remove_account;
mod rewrite;
mod roster;
mod rules;
mod settings;
mod size;
mod transfers;
mod ui;

pub use accounts::{AccountConfig, NoPassword, Password, Prompts};
pub use add_account::{NewAccount, add_account};
pub use change_rules::{add_rule, remove_rule, rule_lines, written_rule};
pub use chat::ChatConfig;
pub use fault::{ConfigError, Position, nearest};
pub use history::HistoryConfig;
pub use notifications::{Attention, DesktopWish, NotificationsConfig, QuietHours, TerminalWish, UnknownWish};
pub use palette::{Attribute, Colour, Ink, NoTheme, Palette, ROLES, Role, THEMES, UnknownInk, UnknownRole};
pub use pin_account::pin_account;
pub use remove_account::{account_lines, remove_account};
pub use roster::{Order, RosterConfig};
pub use settings::{Applies, Kind, SETTINGS, Setting};
pub use size::{Rate, Size, UnknownRate, UnknownSize};
pub use transfers::TransfersConfig;
pub use ui::{ColoursWish, KeyWish, Placed, Shown, Symbols, ThemeWish, UiConfig};

use document::Document;
use fault::Fault;

use super::rules::Rule;

/// Every key with its default, as comments; what a new `config.toml` starts with.
pub const EXAMPLE: &str = include_str!("../../assets/config.toml");

/// What the user configured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// `[accounts.NAME]`, in the order of the file.
    pub accounts: Vec<AccountConfig>,
    /// `[transfers]`.
    pub transfers: TransfersConfig,
    /// `[history]`.
    pub history: HistoryConfig,
    /// `[chat]`.
    pub chat: ChatConfig,
    /// `[roster]`.
    pub roster: RosterConfig,
    /// `[[rules]]`, in the order of the file: the last that fits decides.
    pub rules: Vec<Rule>,
    /// `[ui]`.
    pub ui: UiConfig,
    /// `[notifications]`.
    pub notifications: NotificationsConfig,
    /// `[keys]`, in the order of the file.
    pub keys: Vec<KeyWish>,
}

/// There is no account to log in with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAccount {
    /// None at all.
    #[error(
        "no account is configured; `balcony` without a command asks for one, and `balcony man` shows how to write one"
    )]
    Any,
    /// None of that name.
    #[error("no account is called {name}; there {}: {}", if known.len() == 1 { "is" } else { "are" }, known.join(", "))]
    Named {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
}

impl Config {
    /// Reads the file; one that does not exist is no error but `None`.
    pub fn load(path: &Path) -> Result<Option<Self>, ConfigError> {
        let unreadable = |why| ConfigError::Unreadable { path: path.to_owned(), why };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(unreadable(why)),
        };
        let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
        Self::parse_for(&text, Some(path), Others::by(mode)).map(Some).map_err(|fault| fault.place(path, &text))
    }

    /// Reads a text that stands in that file, or in none, and looks for the theme that it asks for.
    fn parse_for(text: &str, file: Option<&Path>, others: Others) -> Result<Self, Fault> {
        let document = Document::read(text)?;
        document.ui.0.look_for_theme(file.map(themes).as_deref())?;
        let folder = file.and_then(Path::parent).unwrap_or(Path::new(""));
        Self::check(document, text, folder, others)
    }

    /// Reads a text, and nothing beside it.
    #[cfg(test)]
    fn parse(text: &str, folder: &Path, others: Others) -> Result<Self, Fault> {
        Self::check(Document::read(text)?, text, folder, others)
    }

    fn check(document: Document, text: &str, folder: &Path, others: Others) -> Result<Self, Fault> {
        Ok(Config {
            accounts: accounts::check(document.accounts, folder, others)?,
            transfers: document.transfers.0.check(folder)?,
            history: document.history.0.check(),
            chat: document.chat.0.check(),
            roster: document.roster.0.check()?,
            rules: document
                .rules
                .into_iter()
                .map(|table| table.into_inner().0.check(folder))
                .collect::<Result<_, _>>()?,
            ui: document.ui.0.check()?,
            notifications: document.notifications.0.check()?,
            keys: ui::wishes(document.keys, text),
        })
    }

    /// The account of that name, or the first.
    pub fn account(&self, name: Option<&str>) -> Result<&AccountConfig, NoAccount> {
        let first = self.accounts.first().ok_or(NoAccount::Any)?;
        let Some(name) = name else { return Ok(first) };
        self.accounts.iter().find(|account| account.name == name).ok_or_else(|| NoAccount::Named {
            name: name.to_owned(),
            known: self.accounts.iter().map(|account| account.name.clone()).collect(),
        })
    }
}

/// Where the user's own themes are, beside the file.
pub fn themes(config: &Path) -> PathBuf {
    config.with_file_name("themes")
}

/// What others than its owner may do with the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Others {
    Nothing,
    Read,
    Write,
}

impl Others {
    fn by(mode: u32) -> Self {
        match mode {
            mode if mode & 0o022 != 0 => Others::Write,
            mode if mode & 0o077 != 0 => Others::Read,
            _ => Others::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example with every commented key put into force.
    fn uncommented() -> String {
        let in_force = |line: &'static str| line.strip_prefix('#').unwrap_or(line);
        EXAMPLE.lines().filter(|line| !line.starts_with("# ")).map(in_force).collect::<Vec<_>>().join("\n")
    }

    fn parse(text: &str) -> Result<Config, Fault> {
        Config::parse(text, Path::new("/etc"), Others::Nothing)
    }

    #[test]
    fn the_example_as_it_is_changes_nothing() {
        assert_eq!(parse(EXAMPLE).unwrap(), Config::default());
    }

    #[test]
    fn the_example_shows_every_key_and_no_other() {
        let example = uncommented();
        Document::read(&example).unwrap();
        let shown = |key: &str| example.lines().any(|line| line.starts_with(&format!("{key} = ")));
        for table in ["accounts.x", "transfers", "history", "chat", "roster", "[rules]", "ui", "notifications"] {
            let fault = Document::read(&format!("[{table}]\nstranger = 1")).unwrap_err();
            for key in fault.known_keys() {
                assert!(shown(key), "assets/config.toml does not show {key} of [{table}]");
            }
        }
    }

    #[test]
    fn the_example_shows_the_defaults() {
        let example = uncommented();
        let shown = parse(example.split("[accounts.home]").next().unwrap()).unwrap();
        let downloads = Some(super::super::paths::expand_home(Path::new("~/Downloads")));
        assert_eq!(shown.transfers, TransfersConfig { downloads, ..TransfersConfig::default() });
        assert_eq!(shown.history, HistoryConfig::default());
        assert_eq!(shown.chat, ChatConfig::default());
        assert_eq!(shown.roster, RosterConfig::default());
        assert_eq!(shown.ui, UiConfig::default());
        assert_eq!(shown.notifications, NotificationsConfig::default());
        assert_eq!(shown.rules, [], "there are no rules unless the user writes some");
    }

    #[test]
    fn an_account_is_found_by_name_and_the_first_without() {
        let config = parse(
            "[accounts.work]\njid = \"a@b\"\npassword = \"x\"\n[accounts.home]\njid = \"c@d\"\npassword = \"y\"\n",
        )
        .unwrap();
        assert_eq!(config.account(None).unwrap().name, "work");
        assert_eq!(config.account(Some("home")).unwrap().jid.to_string(), "c@d");
        let wrong = config.account(Some("hone")).unwrap_err();
        assert_eq!(wrong.to_string(), "no account is called hone; there are: work, home");
        assert_eq!(Config::default().account(None), Err(NoAccount::Any));
    }

    #[test]
    fn a_missing_file_is_no_configuration() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Config::load(&folder.path().join("config.toml")).unwrap(), None);
    }

    #[test]
    fn a_theme_that_is_not_to_be_had_is_told_where_it_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "[ui]\ntheme = \"dusk\"\n").unwrap();
        let told = || Config::load(&path).unwrap_err().to_string();
        let says = "there is no theme \"dusk\"; there are terminal, dark, light, high-contrast";
        assert_eq!(told(), format!("{}:2:9: {says}", path.display()));

        fs::create_dir(themes(&path)).unwrap();
        let theme = themes(&path).join("dusk.toml");
        fs::write(&theme, "[inks]\nbad = \"purple-ish\"\n").unwrap();
        let says = format!("{}:2:9: the theme makes no sense: {}:2:7: ", path.display(), theme.display());
        assert!(told().starts_with(&says), "{}", told());
        fs::write(&theme, "").unwrap();
        assert!(Config::load(&path).unwrap().is_some());
    }

    #[test]
    fn a_fault_is_told_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "[transfers]\ndownlods = \"~\"\n").unwrap();
        let told = Config::load(&path).unwrap_err().to_string();
        assert_eq!(told, format!("{}:2:1: no key is called downlods here; did you mean downloads?", path.display()));
    }
}
