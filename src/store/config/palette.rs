//! Themes: which ink each thing on the screen is written with, as files.
//!
//! `themes/NAME.toml` beside `config.toml` comes before the theme of that name that Balcony brings along. What a file
//! leaves out looks as in the theme `terminal`. Nothing is drawn here, and no terminal is asked.

mod ink;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::str::FromStr;

use serde::Deserialize;

use super::document::{Word, read, read_all};
use super::fault::{ConfigError, Fault, nearest};
pub use ink::{Attribute, Colour, Ink, UnknownInk};

/// What a theme says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    /// What is painted behind everything; without, the terminal's own background stays.
    pub background: Option<Colour>,
    /// The backgrounds of terminals that it is made for, where it paints none.
    pub on: Vec<Colour>,
    inks: BTreeMap<Role, Ink>,
}

/// The themes that Balcony brings along. The first uses the terminal's own sixteen colours, whatever they are.
pub static THEMES: &[(&str, &str)] = &[
    ("terminal", include_str!("../../../assets/themes/terminal.toml")),
    ("dark", include_str!("../../../assets/themes/dark.toml")),
    ("light", include_str!("../../../assets/themes/light.toml")),
    ("high-contrast", include_str!("../../../assets/themes/high-contrast.toml")),
];

/// What something on the screen is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is described in assets/themes/terminal.toml, which is what users read")]
pub enum Role {
    Text,
    Dim,
    Strong,
    Border,
    Focused,
    Selected,
    Key,
    Mine,
    Theirs,
    Unread,
    Good,
    Busy,
    Bad,
    Moving,
    Offer,
    Code,
    Link,
}

/// Every role, with its name in a file.
pub static ROLES: &[(Role, &str)] = &[
    (Role::Text, "text"),
    (Role::Dim, "dim"),
    (Role::Strong, "strong"),
    (Role::Border, "border"),
    (Role::Focused, "focused"),
    (Role::Selected, "selected"),
    (Role::Key, "key"),
    (Role::Mine, "mine"),
    (Role::Theirs, "theirs"),
    (Role::Unread, "unread"),
    (Role::Good, "good"),
    (Role::Busy, "busy"),
    (Role::Bad, "bad"),
    (Role::Moving, "moving"),
    (Role::Offer, "offer"),
    (Role::Code, "code"),
    (Role::Link, "link"),
];

/// The file as serde reads it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PaletteTable {
    background: Option<Word>,
    #[serde(default)]
    on: Vec<Word>,
    #[serde(default)]
    inks: BTreeMap<Word, Word>,
}

/// Why a theme cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum NoTheme {
    /// There is none of that name.
    #[error("there is no theme {name:?}; there are {}", known.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Its file is wrong, or cannot be read.
    #[error(transparent)]
    Wrong(#[from] ConfigError),
}

/// No such role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct UnknownRole(String);

impl fmt::Display for UnknownRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<&str> = ROLES.iter().map(|(_, name)| *name).collect();
        match nearest(&self.0, &known) {
            Some(near) => write!(f, "nothing is called {} here; did you mean {near}?", self.0),
            None => write!(f, "nothing is called {} here; there are {}", self.0, known.join(", ")),
        }
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, UnknownRole> {
        let known = ROLES.iter().find(|(_, name)| *name == word);
        known.map(|(role, _)| *role).ok_or_else(|| UnknownRole(word.to_owned()))
    }
}

impl Default for Palette {
    fn default() -> Self {
        built_in(THEMES[0].1)
    }
}

impl Palette {
    /// The theme of that name: the user's, from that folder, before ours.
    pub fn load(name: &str, folder: Option<&Path>) -> Result<Self, NoTheme> {
        let is_name = !name.is_empty() && !name.starts_with('.') && !name.contains('/');
        if let Some(folder) = folder.filter(|_| is_name) {
            let path = folder.join(format!("{name}.toml"));
            match fs::read_to_string(&path) {
                Ok(text) => return Ok(Self::parse(&text).map_err(|fault| fault.place(&path, &text))?),
                Err(why) if why.kind() == io::ErrorKind::NotFound => {}
                Err(why) => return Err(ConfigError::Unreadable { path, why }.into()),
            }
        }
        let ours = THEMES.iter().find(|(known, _)| *known == name);
        let unknown = || NoTheme::Unknown { name: name.to_owned(), known: names(folder) };
        ours.map(|(_, text)| built_in(text)).ok_or_else(unknown)
    }

    /// What something is written with.
    pub fn ink(&self, role: Role) -> Ink {
        self.inks.get(&role).cloned().unwrap_or_default()
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        let table: PaletteTable = toml::from_str(text)?;
        let mut inks = BTreeMap::new();
        for (role, ink) in &table.inks {
            inks.insert(read(role)?, read(ink)?);
        }
        Ok(Palette {
            background: table.background.as_ref().map(read).transpose()?,
            on: read_all(&table.on)?,
            inks: inks_of_the_first(inks),
        })
    }
}

/// What a file leaves out, as the first theme has it.
fn inks_of_the_first(mut inks: BTreeMap<Role, Ink>) -> BTreeMap<Role, Ink> {
    let first: PaletteTable = toml::from_str(THEMES[0].1).expect("a test reads every theme of ours");
    for (role, ink) in &first.inks {
        let (Ok(role), Ok(ink)) = (read(role), read(ink)) else { continue };
        inks.entry(role).or_insert(ink);
    }
    inks
}

fn built_in(text: &str) -> Palette {
    Palette::parse(text).expect("a test reads every theme of ours")
}

/// Every theme there is: ours, and those in that folder.
fn names(folder: Option<&Path>) -> Vec<String> {
    let mut names: Vec<String> = THEMES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let files = folder.and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten();
    let theirs = files.filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(".toml")?.to_owned()));
    let mut theirs: Vec<String> = theirs.filter(|name| !names.contains(name)).collect();
    theirs.sort_unstable();
    names.extend(theirs);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_of_ours_is_read_and_says_something_of_every_role() {
        for (name, text) in THEMES {
            let table: PaletteTable = toml::from_str(text).unwrap();
            assert_eq!(table.inks.len(), ROLES.len(), "{name} leaves something out");
            Palette::parse(text).unwrap();
        }
    }

    #[test]
    fn the_users_theme_comes_before_ours() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("dark.toml"), "[inks]\nbad = \"#ff0000 bold\"\n").unwrap();
        fs::write(folder.path().join("night.toml"), "").unwrap();
        let mine = Palette::load("dark", Some(folder.path())).unwrap();
        assert_eq!(mine.ink(Role::Bad).text, Some(Colour::Rgb(255, 0, 0)));
        assert_eq!(mine.ink(Role::Good), Palette::default().ink(Role::Good), "what it leaves out is as in terminal");
        assert_eq!(Palette::load("light", Some(folder.path())).unwrap(), built_in(THEMES[2].1));
        let missing = Palette::load("dusk", Some(folder.path())).unwrap_err().to_string();
        assert_eq!(missing, "there is no theme \"dusk\"; there are terminal, dark, light, high-contrast, night");
        assert!(Palette::load("../dark", Some(folder.path())).is_err(), "a name is no path");
    }

    #[test]
    fn a_fault_is_told_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        for (text, told) in [
            ("[inks]\nmoving = \"purple-ish\"\n", "2:10: \"purple-ish\" is no colour and no attribute"),
            ("[inks]\n\nofer = \"red\"\n", "3:1: nothing is called ofer here; did you mean offer?"),
            ("background = \"#12345\"\n", "1:14: \"#12345\" is no colour"),
            ("backgruond = \"#123456\"\n", "1:1: no key is called backgruond here; did you mean background?"),
        ] {
            fs::write(&path, text).unwrap();
            let fault = Palette::load("mine", Some(folder.path())).unwrap_err().to_string();
            assert!(fault.starts_with(&format!("{}:{told}", path.display())), "{fault}");
        }
    }
}
