//! Which theme, and how many colours: what is wished, what the environment says, what the terminal answers.

use std::env;
use std::path::Path;

use crate::store::config::{ColoursWish, NoTheme, Palette, ThemeWish};
use crate::tui::{Background, Colours};

/// As many colours as are wished for, or as the environment says there are.
pub(super) fn colours(wish: ColoursWish) -> Colours {
    match wish {
        ColoursWish::Auto => Colours::of_environment(|name| env::var_os(name)),
        ColoursWish::None => Colours::None,
        ColoursWish::Sixteen => Colours::Sixteen,
        ColoursWish::Indexed => Colours::Indexed,
        ColoursWish::True => Colours::True,
    }
}

/// The theme that is wished for, or the one that fits the terminal's background. The terminal is asked only if that
/// makes a difference.
pub(super) fn palette(wish: &ThemeWish, colours: Colours, folder: Option<&Path>) -> Result<Palette, NoTheme> {
    let name = match (wish, colours) {
        (ThemeWish::Named(name), _) => name,
        (ThemeWish::Auto, Colours::None | Colours::Sixteen) => "terminal",
        (ThemeWish::Auto, Colours::Indexed | Colours::True) => match Background::ask() {
            Some(Background::Dark) => "dark",
            Some(Background::Light) => "light",
            None => "terminal",
        },
    };
    Palette::load(name, folder)
}
