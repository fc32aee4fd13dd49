//! `[notifications]`: what somebody who looks elsewhere is told, and how.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jid::BareJid;
use serde::Deserialize;

use super::document::{Word, read, read_as};
use super::fault::Fault;

/// The table as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NotificationsTable {
    desktop: Option<Word>,
    terminal: Option<Word>,
    preview: Option<bool>,
    when_focused: Option<bool>,
    quiet: Option<Word>,
    #[serde(default)]
    contacts: BTreeMap<Word, Word>,
}

/// What somebody who looks elsewhere is told, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationsConfig {
    /// Whether the desktop shows it.
    pub desktop: DesktopWish,
    /// Whether the terminal shows it, by an escape sequence.
    pub terminal: TerminalWish,
    /// Whether what was said is shown, or only that something was.
    pub preview: bool,
    /// Whether the desktop and the terminal show it also while the terminal has the focus.
    pub when_focused: bool,
    /// When nobody is disturbed.
    pub quiet: Option<QuietHours>,
    /// Who is treated otherwise.
    pub contacts: BTreeMap<BareJid, Attention>,
}

/// Whether the desktop is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DesktopWish {
    /// Where there is one, on this machine.
    #[default]
    Auto,
    /// Yes; if there is none, the user wants to know.
    On,
    /// No.
    Off,
}

/// Which escape sequence tells the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TerminalWish {
    /// The one that it is known for, if the desktop is on another machine.
    #[default]
    Auto,
    /// OSC 9: `text`.
    Osc9,
    /// OSC 777: `notify;title;text`.
    Osc777,
    /// None.
    Off,
}

/// How much a contact's doings matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Attention {
    /// As everybody's.
    #[default]
    Usual,
    /// Also in quiet hours, and while the terminal has the focus.
    Always,
    /// Not at all: it is there when one looks.
    Never,
}

/// A part of each day, in minutes since midnight; it may last over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    from: u16,
    until: u16,
}

/// A word that means nothing here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownWish {
    /// Of `desktop`.
    #[error("{0:?} is nothing that desktop can be; there are auto, on and off")]
    Desktop(String),
    /// Of `terminal`.
    #[error("{0:?} is nothing that terminal can be; there are auto, 9, 777 and off")]
    Terminal(String),
    /// Of a contact.
    #[error("{0:?} is no way to be told of a contact; there are usual, always and never")]
    Attention(String),
    /// Of `quiet`.
    #[error("{0:?} are no hours; they are written like 22:00-07:00")]
    Hours(String),
}

impl DesktopWish {
    /// Its word in the file.
    pub fn word(self) -> &'static str {
        match self {
            DesktopWish::Auto => "auto",
            DesktopWish::On => "on",
            DesktopWish::Off => "off",
        }
    }
}

impl TerminalWish {
    /// Its word in the file.
    pub fn word(self) -> &'static str {
        match self {
            TerminalWish::Auto => "auto",
            TerminalWish::Osc9 => "9",
            TerminalWish::Osc777 => "777",
            TerminalWish::Off => "off",
        }
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let QuietHours { from, until } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, until / 60, until % 60)
    }
}

impl FromStr for DesktopWish {
    type Err = UnknownWish;

    fn from_str(word: &str) -> Result<Self, UnknownWish> {
        match word {
            "auto" => Ok(DesktopWish::Auto),
            "on" => Ok(DesktopWish::On),
            "off" => Ok(DesktopWish::Off),
            unknown => Err(UnknownWish::Desktop(unknown.to_owned())),
        }
    }
}

impl FromStr for TerminalWish {
    type Err = UnknownWish;

    fn from_str(word: &str) -> Result<Self, UnknownWish> {
        match word {
            "auto" => Ok(TerminalWish::Auto),
            "9" => Ok(TerminalWish::Osc9),
            "777" => Ok(TerminalWish::Osc777),
            "off" => Ok(TerminalWish::Off),
            unknown => Err(UnknownWish::Terminal(unknown.to_owned())),
        }
    }
}

impl FromStr for Attention {
    type Err = UnknownWish;

    fn from_str(word: &str) -> Result<Self, UnknownWish> {
        match word {
            "usual" => Ok(Attention::Usual),
            "always" => Ok(Attention::Always),
            "never" => Ok(Attention::Never),
            unknown => Err(UnknownWish::Attention(unknown.to_owned())),
        }
    }
}

impl FromStr for QuietHours {
    type Err = UnknownWish;

    fn from_str(text: &str) -> Result<Self, UnknownWish> {
        let hours = text.split_once('-').and_then(|(from, until)| Some((minutes(from)?, minutes(until)?)));
        let (from, until) = hours.ok_or_else(|| UnknownWish::Hours(text.to_owned()))?;
        Ok(QuietHours { from, until })
    }
}

/// `22:30` as minutes since midnight.
fn minutes(time: &str) -> Option<u16> {
    let (hours, minutes) = time.trim().split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

impl QuietHours {
    /// Whether they include that minute of the day. Hours that end when they begin are the whole day.
    pub fn include(self, minute: u16) -> bool {
        if self.from < self.until {
            (self.from..self.until).contains(&minute)
        } else {
            minute >= self.from || minute < self.until
        }
    }
}

impl Default for NotificationsConfig {
    fn default() -> Self {
        NotificationsConfig {
            desktop: DesktopWish::default(),
            terminal: TerminalWish::default(),
            preview: true,
            when_focused: false,
            quiet: None,
            contacts: BTreeMap::new(),
        }
    }
}

impl NotificationsTable {
    pub(super) fn check(&self) -> Result<NotificationsConfig, Fault> {
        let default = NotificationsConfig::default();
        let mut contacts = BTreeMap::new();
        for (contact, attention) in &self.contacts {
            contacts.insert(read_as(contact, "address like romeo@montague.lit")?, read(attention)?);
        }
        // An empty text is no hours, so that the default can be shown.
        let quiet = self.quiet.as_ref().filter(|hours| !hours.get_ref().is_empty());
        Ok(NotificationsConfig {
            desktop: self.desktop.as_ref().map_or(Ok(default.desktop), read)?,
            terminal: self.terminal.as_ref().map_or(Ok(default.terminal), read)?,
            preview: self.preview.unwrap_or(default.preview),
            when_focused: self.when_focused.unwrap_or(default.when_focused),
            quiet: quiet.map(read).transpose()?,
            contacts,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<NotificationsConfig, Fault> {
        toml::from_str::<NotificationsTable>(text)?.check()
    }

    #[test]
    fn everything_has_its_words() {
        let config = check(
            "desktop = \"on\"\nterminal = \"777\"\npreview = false\nwhen_focused = true\n\
             quiet = \"22:00-07:00\"\ncontacts = { \"nurse@capulet.lit\" = \"always\" }\n",
        )
        .unwrap();
        assert_eq!((config.desktop, config.terminal), (DesktopWish::On, TerminalWish::Osc777));
        assert_eq!(config.quiet, Some(QuietHours { from: 22 * 60, until: 7 * 60 }));
        assert_eq!(config.contacts.into_values().collect::<Vec<_>>(), [Attention::Always]);
        assert_eq!(check("").unwrap(), NotificationsConfig::default());
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for wrong in [
            "quiet = \"22-7\"",
            "quiet = \"24:00-07:00\"",
            "desktop = \"yes\"",
            "terminal = \"99\"",
            "contacts = { \"nurse@capulet.lit\" = \"loud\" }",
            "contacts = { \"@\" = \"never\" }",
        ] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn quiet_hours_may_last_over_midnight() {
        let night: QuietHours = "22:00-07:00".parse().unwrap();
        assert!([22 * 60, 23 * 60 + 59, 0, 6 * 60 + 59].iter().all(|minute| night.include(*minute)));
        assert!([7 * 60, 12 * 60, 21 * 60 + 59].iter().all(|minute| !night.include(*minute)));
        let nap: QuietHours = "13:00-14:30".parse().unwrap();
        assert!(nap.include(14 * 60 + 29) && !nap.include(14 * 60 + 30) && !nap.include(0));
    }
}
