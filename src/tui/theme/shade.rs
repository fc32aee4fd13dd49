//! How many colours a terminal has, and the nearest of them to the one that is wanted.

use std::ffi::OsStr;
use std::fmt;

use ratatui::style::Color;

use crate::store::config::Colour;

/// How many colours may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colours {
    /// None: bold, dim, underlined and reversed text remain.
    None,
    /// The terminal's own sixteen, which its user chose to be readable.
    #[default]
    Sixteen,
    /// Those, a cube of 6 × 6 × 6 and 24 greys.
    Indexed,
    /// All of them.
    True,
}

impl fmt::Display for Colours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Colours::None => "no colours",
            Colours::Sixteen => "16 colours",
            Colours::Indexed => "256 colours",
            Colours::True => "true colour",
        })
    }
}

/// The terminal's own colours as xterm has them; what they really are, only its user knows.
const OWN: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

/// How ratatui calls them.
const NAMED: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// How bright red, green and blue are in the cube.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// Terminals that show every colour, by what they call themselves in `TERM`.
const TRUE: [&str; 6] = ["kitty", "alacritty", "foot", "ghostty", "wezterm", "direct"];

/// Those that show none.
const COLOURLESS: [&str; 4] = ["dumb", "vt100", "vt102", "vt220"];

impl Colours {
    /// What the environment says of the terminal: `NO_COLOR`, then `COLORTERM`, then `TERM`.
    pub fn of_environment<T: AsRef<OsStr>>(variable: impl Fn(&str) -> Option<T>) -> Self {
        let word = |name| variable(name).and_then(|value| value.as_ref().to_str().map(str::to_lowercase));
        let term = word("TERM").unwrap_or_default();
        if word("NO_COLOR").is_some_and(|wish| !wish.is_empty()) || COLOURLESS.contains(&term.as_str()) {
            Colours::None
        } else if matches!(word("COLORTERM").as_deref(), Some("truecolor" | "24bit"))
            || TRUE.iter().any(|known| term.contains(known))
        {
            Colours::True
        } else if term.contains("256col") {
            Colours::Indexed
        } else {
            Colours::Sixteen
        }
    }

    /// The nearest there is; none where there are none.
    pub(super) fn shade(self, colour: Colour) -> Option<Color> {
        match (self, colour) {
            (Colours::None, _) => None,
            (Colours::Sixteen | Colours::Indexed | Colours::True, Colour::Own(number)) => {
                NAMED.get(usize::from(number)).copied()
            }
            (Colours::True, Colour::Rgb(red, green, blue)) => Some(Color::Rgb(red, green, blue)),
            (Colours::Indexed, Colour::Rgb(..)) => {
                nearest(colour, (16..=255).map(|number| (indexed(number), Color::Indexed(number))))
            }
            (Colours::Sixteen, Colour::Rgb(..)) => {
                let own = OWN.map(|(red, green, blue)| Colour::Rgb(red, green, blue));
                nearest(colour, own.into_iter().zip(NAMED))
            }
        }
    }
}

/// What a colour of the cube or a grey looks like.
pub(super) fn indexed(number: u8) -> Colour {
    if number >= 232 {
        let grey = 8 + 10 * (number - 232);
        return Colour::Rgb(grey, grey, grey);
    }
    let place = usize::from(number.saturating_sub(16));
    Colour::Rgb(STEPS[place / 36], STEPS[place / 6 % 6], STEPS[place % 6])
}

fn nearest(wanted: Colour, known: impl Iterator<Item = (Colour, Color)>) -> Option<Color> {
    known.min_by_key(|(looks, _)| distance(*looks, wanted)).map(|(_, colour)| colour)
}

/// How different two colours look: eyes see green best and blue least.
fn distance(one: Colour, other: Colour) -> u32 {
    let (Colour::Rgb(red, green, blue), Colour::Rgb(other_red, other_green, other_blue)) = (one, other) else {
        return u32::MAX;
    };
    let square = |one: u8, other: u8| u32::from(one.abs_diff(other)).pow(2);
    2 * square(red, other_red) + 4 * square(green, other_green) + 3 * square(blue, other_blue)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn of(variables: &[(&str, &str)]) -> Colours {
        let variables: BTreeMap<_, _> = variables.iter().copied().collect();
        Colours::of_environment(|name| variables.get(name).copied())
    }

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        assert_eq!(of(&[]), Colours::Sixteen);
        assert_eq!(of(&[("TERM", "linux")]), Colours::Sixteen);
        assert_eq!(of(&[("TERM", "tmux-256color")]), Colours::Indexed);
        assert_eq!(of(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), Colours::True);
        assert_eq!(of(&[("TERM", "xterm-kitty")]), Colours::True);
        assert_eq!(of(&[("TERM", "vt100"), ("COLORTERM", "truecolor")]), Colours::None);
        assert_eq!(of(&[("TERM", "xterm-kitty"), ("NO_COLOR", "1")]), Colours::None);
        assert_eq!(of(&[("TERM", "xterm"), ("NO_COLOR", "")]), Colours::Sixteen, "an empty NO_COLOR says nothing");
    }

    #[test]
    fn a_colour_becomes_the_nearest_there_is() {
        let orange = Colour::Rgb(0xff, 0xaf, 0x02);
        assert_eq!(Colours::None.shade(orange), None);
        assert_eq!(Colours::Sixteen.shade(orange), Some(Color::Yellow));
        assert_eq!(Colours::Indexed.shade(orange), Some(Color::Indexed(214)));
        assert_eq!(Colours::True.shade(orange), Some(Color::Rgb(0xff, 0xaf, 0x02)));
        assert_eq!(Colours::Indexed.shade(Colour::Rgb(9, 8, 7)), Some(Color::Indexed(232)));
        assert_eq!(Colours::Indexed.shade(Colour::Own(11)), Some(Color::LightYellow));
    }
}
