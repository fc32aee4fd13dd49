//! In which colours an evening is drawn: every theme that comes along, on every kind of terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use balcony::store::config::Palette;
use balcony::tui::{Appearance, Colours, draw};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use super::evening_on;
use crate::support::screen::Screen;

const SIZE: (u16, u16) = (80, 24);
const DEPTHS: [Colours; 4] = [Colours::True, Colours::Indexed, Colours::Sixteen, Colours::None];

#[test]
fn an_evening_in_the_colours_of_each_theme() {
    for theme in ["terminal", "dark", "light", "high-contrast"] {
        let told: Vec<String> =
            DEPTHS.iter().map(|depth| format!("== {depth} ==\n{}", colours(theme, *depth))).collect();
        super::stays(&format!("colours-{theme}"), &told.join("\n"));
    }
}

#[test]
fn without_colours_every_theme_is_the_same_to_those_who_read() {
    let pictures = ["terminal", "dark", "light", "high-contrast"].map(|theme| screen(theme, Colours::None).picture());
    assert!(pictures.windows(2).all(|two| two[0] == two[1]));
}

fn screen(theme: &str, colours: Colours) -> Screen {
    let palette = Palette::load(theme, None).unwrap();
    evening_on(Screen::with(SIZE.0, SIZE.1, Appearance { palette, colours, ..Appearance::default() }))
}

/// Each style that is used, with everything that is written in it.
fn colours(theme: &str, colours: Colours) -> String {
    let screen = screen(theme, colours);
    let mut buf = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
    draw(&screen.model, &mut buf);
    let mut written: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for y in 0..SIZE.1 {
        let cells: Vec<(Style, &str)> = (0..SIZE.0).map(|x| (buf[(x, y)].style(), buf[(x, y)].symbol())).collect();
        for run in cells.chunk_by(|one, other| one.0 == other.0) {
            let text: String = run.iter().map(|(_, symbol)| *symbol).collect();
            let texts = written.entry(named(run[0].0)).or_default();
            if !text.trim().is_empty() && !texts.iter().any(|known| known == text.trim()) {
                texts.push(text.trim().to_owned());
            }
        }
    }
    written.iter().fold(String::new(), |mut told, (style, texts)| {
        writeln!(told, "{style}: {}", texts.join(" | ")).unwrap();
        told
    })
}

/// `blue on black bold`, as far as it says anything.
fn named(style: Style) -> String {
    let colour = |colour: Option<Color>| colour.filter(|colour| *colour != Color::Reset);
    let text = colour(style.fg).map_or_else(|| "default".to_owned(), |colour| colour.to_string());
    let ground = colour(style.bg).map(|colour| format!(" on {colour}")).unwrap_or_default();
    let names = style.add_modifier.iter_names().map(|(name, _)| format!(" {}", name.to_lowercase()));
    format!("{text}{ground}{}", names.collect::<String>())
}
