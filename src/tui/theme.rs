//! Colours: a theme's inks, as the terminal can show them. Colour never carries a meaning alone: a symbol or a word says
//! the same.

mod shade;
mod symbols;

use ratatui::style::{Modifier, Style};

use crate::store::config::{Attribute, Ink, Palette, Role};
pub use shade::Colours;
pub use symbols::Glyphs;
pub(crate) use symbols::Symbols;

/// The styles of things, by what they mean.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Theme {
    /// Under everything: the background, and the letters that nothing else colours.
    pub(crate) ground: Style,
    pub(crate) plain: Style,
    pub(crate) dim: Style,
    pub(crate) strong: Style,
    pub(crate) border: Style,
    pub(crate) focused: Style,
    pub(crate) selected: Style,
    pub(crate) key: Style,
    pub(crate) mine: Style,
    pub(crate) theirs: Style,
    pub(crate) unread: Style,
    pub(crate) good: Style,
    pub(crate) busy: Style,
    pub(crate) bad: Style,
    pub(crate) moving: Style,
    pub(crate) offer: Style,
    pub(crate) code: Style,
    pub(crate) link: Style,
}

impl Theme {
    pub(crate) fn new(palette: &Palette, colours: Colours) -> Self {
        let style = |role| style(&palette.ink(role), colours);
        let mut ground = style(Role::Text);
        ground.bg = palette.background.and_then(|colour| colours.shade(colour));
        Theme {
            ground,
            plain: Style::new(),
            dim: style(Role::Dim),
            strong: style(Role::Strong),
            border: style(Role::Border),
            focused: style(Role::Focused),
            selected: style(Role::Selected),
            key: style(Role::Key),
            mine: style(Role::Mine),
            theirs: style(Role::Theirs),
            unread: style(Role::Unread),
            good: style(Role::Good),
            busy: style(Role::Busy),
            bad: style(Role::Bad),
            moving: style(Role::Moving),
            offer: style(Role::Offer),
            code: style(Role::Code),
            link: style(Role::Link),
        }
    }
}

/// An ink as the terminal can show it. Where it can show no colours, what stands on another background is reversed, so
/// that it stands out still.
fn style(ink: &Ink, colours: Colours) -> Style {
    let mut style = Style::new();
    style.fg = ink.text.and_then(|colour| colours.shade(colour));
    style.bg = ink.behind.and_then(|colour| colours.shade(colour));
    for attribute in &ink.attributes {
        style = style.add_modifier(modifier(*attribute));
    }
    if ink.behind.is_some() && colours == Colours::None {
        style = style.add_modifier(Modifier::REVERSED);
    }
    style
}

fn modifier(attribute: Attribute) -> Modifier {
    match attribute {
        Attribute::Bold => Modifier::BOLD,
        Attribute::Dim => Modifier::DIM,
        Attribute::Italic => Modifier::ITALIC,
        Attribute::Underlined => Modifier::UNDERLINED,
        Attribute::Reversed => Modifier::REVERSED,
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;
    use crate::store::config::{Colour, ROLES, THEMES};

    /// What letters must have against what is behind them (WCAG 2, level AA).
    const READABLE: f64 = 4.5;

    fn luminance(colour: Colour) -> f64 {
        let Colour::Rgb(red, green, blue) = colour else { panic!("nobody knows what {colour:?} looks like") };
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    fn contrast(one: Colour, other: Colour) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// What a colour looks like after it was brought down to what the terminal has.
    fn shown(colour: Colour, colours: Colours) -> Colour {
        let shown = colours.shade(colour).unwrap();
        if let Color::Rgb(red, green, blue) = shown {
            return Colour::Rgb(red, green, blue);
        }
        let Color::Indexed(number) = shown else { panic!("{shown:?} is as the terminal wants it") };
        shade::indexed(number)
    }

    #[test]
    fn everything_is_readable_on_every_background_that_a_theme_is_made_for() {
        for (name, _) in THEMES.iter().skip(1) {
            let palette = Palette::load(name, None).unwrap();
            let grounds: Vec<Colour> = palette.background.into_iter().chain(palette.on.iter().copied()).collect();
            assert!(!grounds.is_empty(), "{name} is made for no background");
            for (role, named) in ROLES {
                let ink = palette.ink(*role);
                let Some(text) = ink.text else { continue };
                let behind = ink.behind.map_or_else(|| grounds.clone(), |behind| vec![behind]);
                for (behind, colours) in behind.iter().flat_map(|it| [(it, Colours::True), (it, Colours::Indexed)]) {
                    let ratio = contrast(shown(text, colours), *behind);
                    assert!(ratio >= READABLE, "{named} in {name} has {ratio:.2} on {behind:?} with {colours:?}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_coloured_where_no_colour_is_wanted() {
        for (name, _) in THEMES {
            let theme = Theme::new(&Palette::load(name, None).unwrap(), Colours::None);
            let all = [theme.ground, theme.selected, theme.key, theme.bad, theme.offer, theme.dim];
            assert!(all.iter().all(|style| style.fg.is_none() && style.bg.is_none()), "{name} is coloured");
            assert!(theme.selected.add_modifier.contains(Modifier::REVERSED), "{name} shows no selection");
        }
    }

    #[test]
    fn the_terminals_own_colours_stay_what_they_are() {
        for colours in [Colours::Sixteen, Colours::Indexed, Colours::True] {
            let theme = Theme::new(&Palette::default(), colours);
            assert_eq!((theme.good.fg, theme.offer.fg), (Some(Color::Green), Some(Color::Yellow)));
        }
    }
}
