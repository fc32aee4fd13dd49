//! What something is written with, as a theme says it: `yellow bold`, `#e6e6e6 on #202020`, `reversed`.

use std::collections::BTreeSet;
use std::str::FromStr;

/// Colours and attributes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ink {
    /// The letters' colour; without, what they would have anyway.
    pub text: Option<Colour>,
    /// The colour behind them.
    pub behind: Option<Colour>,
    /// What else makes them stand out.
    pub attributes: BTreeSet<Attribute>,
}

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// One of the terminal's own sixteen, from 0.
    Own(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

/// What makes letters stand out without a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Attribute {
    Bold,
    Dim,
    Italic,
    Underlined,
    Reversed,
}

/// The names of the terminal's own colours, in the order of their numbers.
const OWN: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

const ATTRIBUTES: [(&str, Attribute); 5] = [
    ("bold", Attribute::Bold),
    ("dim", Attribute::Dim),
    ("italic", Attribute::Italic),
    ("underlined", Attribute::Underlined),
    ("reversed", Attribute::Reversed),
];

/// A word that is neither a colour nor an attribute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownInk {
    /// Where either would do.
    #[error(
        "{0:?} is no colour and no attribute; an ink is like \"yellow bold\", \"#e6e6e6 on #202020\" or \"reversed\""
    )]
    Word(String),
    /// Where a colour must stand.
    #[error(
        "{0:?} is no colour; one is like #d7af00, or black, red, green, yellow, blue, magenta, cyan, white, bright-red…"
    )]
    Colour(String),
}

impl FromStr for Colour {
    type Err = UnknownInk;

    fn from_str(word: &str) -> Result<Self, UnknownInk> {
        let own = OWN.iter().position(|name| *name == word).and_then(|number| u8::try_from(number).ok());
        own.map(Colour::Own).or_else(|| rgb(word)).ok_or_else(|| UnknownInk::Colour(word.to_owned()))
    }
}

fn rgb(word: &str) -> Option<Colour> {
    let digits = word.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    Some(Colour::Rgb(part(0)?, part(2)?, part(4)?))
}

impl FromStr for Ink {
    type Err = UnknownInk;

    fn from_str(text: &str) -> Result<Self, UnknownInk> {
        let mut ink = Ink::default();
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            if word == "on" {
                ink.behind = Some(words.next().unwrap_or_default().parse()?);
            } else if let Some((_, attribute)) = ATTRIBUTES.iter().find(|(name, _)| *name == word) {
                ink.attributes.insert(*attribute);
            } else {
                let colour = word.parse().map_err(|_| UnknownInk::Word(word.to_owned()))?;
                ink.text = Some(colour);
            }
        }
        Ok(ink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ink_is_colours_and_attributes_in_any_order() {
        let ink: Ink = "bold #ffaf00 on bright-black underlined".parse().unwrap();
        assert_eq!((ink.text, ink.behind), (Some(Colour::Rgb(255, 175, 0)), Some(Colour::Own(8))));
        assert_eq!(Vec::from_iter(ink.attributes), [Attribute::Bold, Attribute::Underlined]);
        assert_eq!("".parse(), Ok(Ink::default()));
    }

    #[test]
    fn what_is_no_ink_is_refused() {
        for wrong in ["purple", "#12345", "#12345g", "#äöü", "on", "red on", "Bold"] {
            assert!(wrong.parse::<Ink>().is_err(), "{wrong}");
        }
    }
}
