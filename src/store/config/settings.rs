//! Every key of `config.toml` that stands for one value: [`SETTINGS`] is the table that `/set`, its completion, the
//! README and the tests of `assets/config.toml` read. Accounts, rules and keys are tables of the user's own and no
//! settings.
//!
//! A setting holds no meaning of its own. Its value is read by the table that it belongs to, as if it stood in the file,
//! and what it is about is what `assets/config.toml` says above it.

use std::path::Path;

use toml::Value;

pub use self::table::SETTINGS;
use self::table::list;
use super::rewrite::quoted;
use super::{Config, EXAMPLE, Others};

mod table;

/// A line of [`SETTINGS`].
#[derive(Debug)]
pub struct Setting {
    /// Its table and its key: `transfers.limit_up`.
    pub name: &'static str,
    /// What may stand behind it.
    pub kind: Kind,
    /// From when on a change of it holds.
    pub applies: Applies,
    value: fn(&Config) -> Value,
    copy: fn(&mut Config, &Config),
}

/// What a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// true or false.
    Switch,
    /// A whole number.
    Number,
    /// A piece of text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Several pieces of text; these words, if there are any.
    List(&'static [&'static str]),
}

/// From when on a change holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    /// At once.
    AtOnce,
    /// For transfers that begin from then on.
    NextTransfer,
    /// Once an account connects anew.
    NextConnection,
    /// Once Balcony starts anew.
    NextStart,
}

impl Applies {
    /// When, in words.
    pub fn words(self) -> &'static str {
        match self {
            Applies::AtOnce => "at once",
            Applies::NextTransfer => "for transfers that begin from then on",
            Applies::NextConnection => "after /connect",
            Applies::NextStart => "from the next start on",
        }
    }
}

impl Setting {
    /// The one of that name; the table may be left out where only one has such a key.
    pub fn find(name: &str) -> Option<&'static Setting> {
        let mut meant = SETTINGS.iter().filter(|setting| setting.name == name || setting.key() == name);
        let first = meant.next()?;
        (first.name == name || meant.next().is_none()).then_some(first)
    }

    /// Its table.
    pub fn table(&self) -> &'static str {
        self.name.split_once('.').map_or("", |(table, _)| table)
    }

    /// Its key in there.
    pub fn key(&self) -> &'static str {
        self.name.split_once('.').map_or("", |(_, key)| key)
    }

    /// Its value, as it would stand in the file.
    pub fn value(&self, config: &Config) -> String {
        (self.value)(config).to_string()
    }

    /// Its value without a configuration.
    pub fn default(&self) -> String {
        self.value(&Config::default())
    }

    /// Its line in the file, with its value.
    pub fn line(&self, config: &Config) -> String {
        format!("{} = {}", self.key(), self.value(config))
    }

    /// Takes its value over from another configuration; whether that is a change.
    pub fn copy(&self, to: &mut Config, from: &Config) -> bool {
        let differs = (self.value)(to) != (self.value)(from);
        (self.copy)(to, from);
        differs
    }

    /// Reads a value as it is typed, and refuses what that file would be refused for; without a file there are only the
    /// themes that Balcony brings along.
    pub fn set(&self, config: &mut Config, typed: &str, file: Option<&Path>) -> Result<(), String> {
        let line = format!("[{}]\n{} = {}\n", self.table(), self.key(), self.kind.written(typed.trim())?);
        let read = Config::parse_for(&line, file, Others::Nothing).map_err(|fault| fault.sentence())?;
        (self.copy)(config, &read);
        Ok(())
    }

    /// What it is about: the comment above it in `assets/config.toml`.
    pub fn about(&self) -> String {
        let table = format!("[{}]", self.table());
        let own_table = EXAMPLE.lines().skip_while(|line| *line != table).skip(1);
        let key = format!("#{} = ", self.key());
        let before: Vec<&str> = own_table.take_while(|line| !line.starts_with(&key)).collect();
        let is_comment = |line: &&&str| line.starts_with("# ");
        let comment: Vec<&str> =
            before.iter().rev().skip_while(|line| !is_comment(line)).take_while(is_comment).copied().collect();
        comment.iter().rev().map(|line| line.trim_start_matches("# ")).collect::<Vec<_>>().join(" ")
    }
}

impl Kind {
    /// The words that it knows.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Kind::Switch => &["true", "false"],
            Kind::Word(words) | Kind::List(words) => words,
            Kind::Number | Kind::Text => &[],
        }
    }

    /// What is typed, as it stands in the file: nobody has to type quotes.
    fn written(self, typed: &str) -> Result<String, String> {
        match self {
            Kind::Switch => match typed {
                "true" | "on" | "yes" => Ok("true".to_owned()),
                "false" | "off" | "no" => Ok("false".to_owned()),
                _ => Err(format!("{typed:?} is neither true nor false")),
            },
            Kind::Number if typed.parse::<u64>().is_ok() => Ok(typed.to_owned()),
            Kind::Number => Err(format!("{typed:?} is no whole number")),
            Kind::List(_) if typed.starts_with('[') => Ok(typed.to_owned()),
            Kind::List(_) => {
                let items = typed.split([' ', ',']).filter(|item| !item.is_empty());
                Ok(list(items.map(|item| item.trim_matches('"'))).to_string())
            }
            Kind::Text | Kind::Word(_) => Ok(quoted(typed.trim_matches('"'))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::config::document::Document;

    fn set(name: &str, typed: &str) -> Result<String, String> {
        let setting = Setting::find(name).unwrap();
        let mut config = Config::default();
        setting.set(&mut config, typed, Some(Path::new("/etc/config.toml"))).map(|()| setting.line(&config))
    }

    #[test]
    fn every_key_of_the_file_that_stands_for_one_value_is_a_setting() {
        let fault = Document::read("stranger = 1").unwrap_err();
        let tables: Vec<_> =
            fault.known_keys().filter(|table| !["accounts", "rules", "keys"].contains(table)).collect();
        let keys = tables.iter().flat_map(|table| {
            let fault = Document::read(&format!("[{table}]\nstranger = 1")).unwrap_err();
            fault.known_keys().map(|key| format!("{table}.{key}")).collect::<Vec<_>>()
        });
        // A table in a table is the user's own, too.
        let keys = keys.filter(|key| key != "notifications.contacts");
        assert_eq!(SETTINGS.iter().map(|setting| setting.name).collect::<Vec<_>>(), keys.collect::<Vec<_>>());
    }

    #[test]
    fn the_example_shows_each_with_its_default_and_says_what_it_is_about() {
        for setting in SETTINGS {
            let shown = EXAMPLE.lines().find_map(|line| line.strip_prefix(&format!("#{} = ", setting.key())));
            let shown = shown.unwrap().parse::<Value>().unwrap();
            assert_eq!(shown.to_string(), setting.default(), "{}", setting.name);
            assert!(setting.about().ends_with('.'), "{}: {}", setting.name, setting.about());
        }
    }

    #[test]
    fn the_comment_above_a_key_says_what_it_is_about() {
        assert_eq!(Setting::find("downloads").unwrap().about(), "Where received files go.");
        let both = ["limit_up", "limit_down"].map(|name| Setting::find(name).unwrap().about());
        assert_eq!(both[0], both[1]);
        assert!(both[0].starts_with("How fast files may go up"));
    }

    #[test]
    fn a_value_is_typed_with_or_without_the_quotes_of_the_file() {
        assert_eq!(set("symbols", "ascii").unwrap(), "symbols = \"ascii\"");
        assert_eq!(set("symbols", "\"ascii\"").unwrap(), "symbols = \"ascii\"");
        let methods = "methods = [\"in-band\", \"socks5-proxy\"]";
        assert_eq!(set("methods", "in-band, socks5-proxy").unwrap(), methods);
        assert_eq!(set("methods", "[\"in-band\", 'socks5-proxy']").unwrap(), methods);
        assert_eq!(set("bell", "off").unwrap(), "bell = false");
        assert_eq!(set("transfers.limit_up", "500k").unwrap(), "limit_up = \"500 KiB/s\"");
        assert_eq!(set("parallel", "5").unwrap(), "parallel = 5");
        assert_eq!(set("downloads", "in").unwrap(), "downloads = \"/etc/in\"");
    }

    #[test]
    fn what_the_file_would_not_take_is_not_taken() {
        assert_eq!(set("bell", "loud").unwrap_err(), "\"loud\" is neither true nor false");
        assert_eq!(set("parallel", "many").unwrap_err(), "\"many\" is no whole number");
        assert!(set("limit_up", "fast").unwrap_err().starts_with("\"fast\" is no rate"));
        let themes = "there are terminal, dark, light, high-contrast";
        assert_eq!(set("theme", "pink").unwrap_err(), format!("there is no theme \"pink\"; {themes}"));
        assert_eq!(set("theme", "auto").unwrap(), "theme = \"auto\"");
        assert_eq!(set("symbols", "emoji").unwrap_err(), "\"emoji\" are no symbols; there are unicode and ascii");
        assert!(set("methods", "smoke").unwrap_err().starts_with("\"smoke\" is no method"));
        assert!(set("parallel", "0").unwrap_err().starts_with("with 0 at a time"));
        assert!(set("history.days", "99999999").is_err());
    }

    #[test]
    fn a_name_without_its_table_must_mean_one() {
        assert_eq!(Setting::find("bell").unwrap().name, "ui.bell");
        assert!(Setting::find("accounts").is_none() && Setting::find("transfers").is_none());
    }
}
