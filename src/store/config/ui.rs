//! `[ui]` and `[keys]`: how the screen looks, and which keys do what.
//!
//! Which actions and keys there are is the user interface's to say; each wish keeps its place for that.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use serde::Deserialize;

use super::document::{Word, read};
use super::fault::{Fault, Position};
use super::palette::{NoTheme, Palette};

/// `[ui]` as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UiTable {
    bell: Option<bool>,
    mouse: Option<bool>,
    vi: Option<bool>,
    links: Option<bool>,
    screen_reader: Option<bool>,
    symbols: Option<Word>,
    theme: Option<Word>,
    colours: Option<Word>,
}

/// `[keys]` as it is written.
pub(super) type KeysTable = BTreeMap<Word, Vec<Word>>;

/// How the screen looks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own in the file, on or off")]
pub struct UiConfig {
    /// Whether an offer or a message rings.
    pub bell: bool,
    /// Whether Balcony takes the mouse; without, the terminal selects text by itself.
    pub mouse: bool,
    /// Whether messages are written with vi's keys.
    pub vi: bool,
    /// Whether addresses can be clicked.
    pub links: bool,
    /// Which characters may be used.
    pub symbols: Symbols,
    /// How what happens is shown.
    pub shown: Shown,
    /// Which theme.
    pub theme: ThemeWish,
    /// How many colours.
    pub colours: ColoursWish,
}

/// How what happens is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shown {
    /// As panes that fill the terminal.
    #[default]
    Panes,
    /// As lines of text that follow each other, for screen others.
    Lines,
}

/// Which theme is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ThemeWish {
    /// What the terminal's background asks for.
    #[default]
    Auto,
    /// The one of that name.
    Named(String),
}

/// How many colours are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColoursWish {
    /// As many as the terminal has.
    #[default]
    Auto,
    /// None.
    None,
    /// The terminal's own sixteen.
    Sixteen,
    /// 256.
    Indexed,
    /// All.
    True,
}

/// Which characters Balcony draws with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Symbols {
    /// Boxes, bars and arrows.
    #[default]
    Unicode,
    /// Nothing beyond ASCII.
    Ascii,
}

/// Other keys for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyWish {
    /// What they should do.
    pub action: Placed,
    /// Which keys.
    pub keys: Vec<Placed>,
}

/// A word of the file that it is for others to understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The word.
    pub word: String,
    /// Where it stands.
    pub at: Position,
}

/// No such set of characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} are no symbols; there are unicode and ascii")]
pub struct UnknownSymbols(String);

impl FromStr for Symbols {
    type Err = UnknownSymbols;

    fn from_str(word: &str) -> Result<Self, UnknownSymbols> {
        match word {
            "unicode" => Ok(Symbols::Unicode),
            "ascii" => Ok(Symbols::Ascii),
            unknown => Err(UnknownSymbols(unknown.to_owned())),
        }
    }
}

/// No such number of colours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no number of colours; there are auto, none, 16, 256 and true")]
pub struct UnknownColours(String);

impl FromStr for ColoursWish {
    type Err = UnknownColours;

    fn from_str(word: &str) -> Result<Self, UnknownColours> {
        match word {
            "auto" => Ok(ColoursWish::Auto),
            "none" => Ok(ColoursWish::None),
            "16" => Ok(ColoursWish::Sixteen),
            "256" => Ok(ColoursWish::Indexed),
            "true" => Ok(ColoursWish::True),
            unknown => Err(UnknownColours(unknown.to_owned())),
        }
    }
}

impl From<&str> for ThemeWish {
    fn from(name: &str) -> Self {
        if name == "auto" { ThemeWish::Auto } else { ThemeWish::Named(name.to_owned()) }
    }
}

impl Default for UiConfig {
    fn default() -> Self {
        UiConfig {
            bell: true,
            mouse: true,
            vi: false,
            links: true,
            symbols: Symbols::default(),
            shown: Shown::default(),
            theme: ThemeWish::default(),
            colours: ColoursWish::default(),
        }
    }
}

impl UiTable {
    /// Refuses a theme that is not to be had: without it there would be no screen.
    pub(super) fn look_for_theme(&self, folder: Option<&Path>) -> Result<(), Fault> {
        let Some(word) = &self.theme else { return Ok(()) };
        let ThemeWish::Named(name) = ThemeWish::from(word.get_ref().as_str()) else { return Ok(()) };
        let told = |why| match why {
            NoTheme::Unknown { .. } => why.to_string(),
            NoTheme::Wrong(why) => format!("the theme makes no sense: {why}"),
        };
        Palette::load(&name, folder).map(drop).map_err(|why| Fault::new(word.span(), told(why)))
    }

    pub(super) fn check(&self) -> Result<UiConfig, Fault> {
        let default = UiConfig::default();
        Ok(UiConfig {
            bell: self.bell.unwrap_or(default.bell),
            mouse: self.mouse.unwrap_or(default.mouse),
            vi: self.vi.unwrap_or(default.vi),
            links: self.links.unwrap_or(default.links),
            symbols: self.symbols.as_ref().map_or(Ok(default.symbols), read)?,
            shown: if self.screen_reader.unwrap_or_default() { Shown::Lines } else { Shown::Panes },
            theme: self.theme.as_ref().map_or(default.theme, |name| ThemeWish::from(name.get_ref().as_str())),
            colours: self.colours.as_ref().map_or(Ok(default.colours), read)?,
        })
    }
}

/// The wishes in the order of the file.
pub(super) fn wishes(table: KeysTable, text: &str) -> Vec<KeyWish> {
    let mut wishes: Vec<_> = table.into_iter().collect();
    wishes.sort_by_key(|(action, _)| action.span().start);
    let placed = |word: Word| Placed { at: Position::of(text, word.span().start), word: word.into_inner() };
    let wish = |(action, keys): (Word, Vec<Word>)| KeyWish {
        action: placed(action),
        keys: keys.into_iter().map(placed).collect(),
    };
    wishes.into_iter().map(wish).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Others};
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        let config = Config::parse(text, Path::new("/etc"), Others::Read);
        config.map_err(|fault| fault.place(Path::new("c"), text).to_string())
    }

    #[test]
    fn the_screen_can_be_plain() {
        let ui = parse("[ui]\nbell = false\nmouse = false\nvi = true\nsymbols = \"ascii\"\n").unwrap().ui;
        let plain = UiConfig { symbols: Symbols::Ascii, ..UiConfig::default() };
        assert_eq!(ui, UiConfig { bell: false, mouse: false, vi: true, ..plain });
        assert!(parse("[ui]\nsymbols = \"emoji\"").unwrap_err().starts_with("c:2:11: \"emoji\" are no symbols"));
    }

    #[test]
    fn a_theme_and_a_number_of_colours_can_be_chosen() {
        let ui = parse("[ui]\ntheme = \"dusk\"\ncolours = \"256\"\n").unwrap().ui;
        assert_eq!((ui.theme, ui.colours), (ThemeWish::Named("dusk".to_owned()), ColoursWish::Indexed));
        assert!(parse("[ui]\ncolours = \"12\"").unwrap_err().starts_with("c:2:11: \"12\" is no number of colours"));
    }

    #[test]
    fn a_wish_for_keys_knows_where_it_stands() {
        let keys = parse("[keys]\nquit = [\"F10\"]\n  help = [\"F1\", \"Alt-H\"]\n").unwrap().keys;
        let words = keys.iter().flat_map(|wish| std::iter::once(&wish.action).chain(&wish.keys));
        let told: Vec<_> = words.map(|Placed { word, at }| format!("{word} {at}")).collect();
        assert_eq!(told, ["quit 2:1", "F10 2:9", "help 3:3", "F1 3:11", "Alt-H 3:17"]);
    }
}
