//! Which theme, and how many colours: what is wished, what the environment says, what the terminal answers.

use std::env;
use std::path::Path;

use crate::store::config::{ColoursWish, NoTheme, Palette, ThemeWish, UiConfig};
use crate::tui::{Background, Colours};

/// The terminal's background, if it makes a difference. It can be asked only while nothing else reads what it answers.
pub(super) fn background(ui: &UiConfig) -> Option<Background> {
    match (&ui.theme, colours(ui.colours)) {
        (ThemeWish::Auto, Colours::Indexed | Colours::True) => Background::ask(),
        (ThemeWish::Auto, Colours::None | Colours::Sixteen) | (ThemeWish::Named(_), _) => None,
    }
}

/// The theme that is wished for, or the one that fits the background, in as many colours as there are to be.
pub(super) fn paint(
    ui: &UiConfig,
    folder: Option<&Path>,
    background: Option<Background>,
) -> Result<(Palette, Colours), NoTheme> {
    let colours = colours(ui.colours);
    let name = match (&ui.theme, colours, background) {
        (ThemeWish::Named(name), _, _) => name,
        (ThemeWish::Auto, Colours::Indexed | Colours::True, Some(Background::Dark)) => "dark",
        (ThemeWish::Auto, Colours::Indexed | Colours::True, Some(Background::Light)) => "light",
        (ThemeWish::Auto, _, _) => "terminal",
    };
    Ok((Palette::load(name, folder)?, colours))
}

/// The same, in words.
pub(super) fn colours_in_words(ui: &UiConfig) -> String {
    colours(ui.colours).to_string()
}

/// As many colours as are wished for, or as the environment says there are.
fn colours(wish: ColoursWish) -> Colours {
    match wish {
        ColoursWish::Auto => Colours::of_environment(|name| env::var_os(name)),
        ColoursWish::None => Colours::None,
        ColoursWish::Sixteen => Colours::Sixteen,
        ColoursWish::Indexed => Colours::Indexed,
        ColoursWish::True => Colours::True,
    }
}
