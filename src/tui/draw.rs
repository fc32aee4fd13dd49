//! The whole screen, from the model: panes in their places, dialogs over them.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Block, Widget};

use super::keymap::{Action, Context};
use super::layers;
use super::layout::{self, Layout, PADDING, Shape};
use super::links;
use super::model::{Focus, Model};
use super::notify::Links;
use super::pane::{chat, composer, hint, offers, roster, status, transfers};
use super::widget::text;

/// Draws everything; says where the cursor is.
pub fn draw(model: &Model, buf: &mut Buffer) -> Option<Position> {
    buf.set_style(buf.area, model.look.theme.ground);
    let layout = Layout::of(model);
    if layout.shape == Shape::TooSmall {
        too_small(model, buf);
        return None;
    }
    status::draw(model, layout.status, buf);
    if layout.shape == Shape::Framed {
        boxes(model, &layout, buf);
    } else {
        bare(model, &layout, buf);
    }
    let mut cursor = None;
    if let Some(area) = layout.roster {
        roster::draw(model, area, buf);
    }
    if let Some(area) = layout.chat {
        chat::draw(model, area, buf);
    }
    if let Some(area) = layout.composer {
        cursor = composer::draw(model, area, buf);
    }
    if let Some(area) = layout.offers {
        offers::draw(model, area, buf);
    }
    if let Some(area) = layout.transfers {
        transfers::draw(model, area, buf);
    }
    if model.layers.is_empty() { cursor } else { layers::draw(model, buf) }
}

/// Draws everything for a terminal: what only one that is looked at can use comes along.
pub(crate) fn draw_live(model: &Model, buf: &mut Buffer) -> Option<Position> {
    let cursor = draw(model, buf);
    if let Some(area) = Layout::of(model).chat.filter(|_| bears_links(model) && model.layers.is_empty()) {
        links::mark(model, area, buf);
    }
    cursor
}

fn bears_links(model: &Model) -> bool {
    model.look.links && model.look.surroundings.links == Links::Borne
}

/// The screen as text, row by row: what tests compare and what the README shows.
pub fn picture(model: &Model) -> String {
    let area = Rect::new(0, 0, model.size.width, model.size.height);
    let mut buf = Buffer::empty(area);
    draw(model, &mut buf);
    let rows = (0..area.height).map(|y| row(&buf, y).trim_end().to_owned());
    rows.collect::<Vec<_>>().join("\n")
}

/// What stands in a row. A wide character hides the cells behind its first.
pub(super) fn row(buf: &Buffer, y: u16) -> String {
    let mut row = String::new();
    let mut x = buf.area.x;
    while x < buf.area.right() {
        let symbol = buf[(x, y)].symbol();
        row.push_str(symbol);
        x += text::cells(symbol).max(1);
    }
    row
}

fn too_small(model: &Model, buf: &mut Buffer) {
    let (width, height) = layout::SMALLEST;
    let quits = model.keymap.key(Context::Everywhere, Action::Quit);
    let quits = quits.map(|key| format!("; {key} quits")).unwrap_or_default();
    let says = format!("Balcony needs {width}x{height}{quits}");
    let lines = text::wrap(&says, usize::from(model.size.width));
    for (y, line) in (0..model.size.height).zip(lines) {
        buf.set_stringn(0, y, line, usize::from(model.size.width), Style::new());
    }
}

fn boxes(model: &Model, layout: &Layout, buf: &mut Buffer) {
    let composing = matches!(model.focus, Focus::Composer);
    if let Some(area) = layout.roster {
        boxed(model, area, &roster::title(model), "", model.focus == Focus::Roster, buf);
    }
    if let Some(area) = layout.chat {
        boxed(model, area, &chat::title(model), &chat::position(model), composing, buf);
    }
    if let Some(area) = layout.composer {
        boxed(model, area, &composer::title(model), "", composing, buf);
    }
    if let Some(area) = layout.offers {
        boxed(model, area, &offers::title(model), "", model.focus == Focus::Offers, buf);
    }
    if let Some(area) = layout.transfers {
        boxed(model, area, &transfers::title(model), "", model.focus == Focus::Transfers, buf);
    }
    let hint_area = Rect { x: layout.hint.x + 2, width: layout.hint.width.saturating_sub(4), ..layout.hint };
    let line = hint::line(model, usize::from(hint_area.width).saturating_sub(1));
    buf.set_line(hint_area.x, hint_area.y, &line, hint_area.width);
}

/// A box around a pane. Boxes overlap by their borders, which grow together.
fn boxed(model: &Model, inside: Rect, title: &str, right: &str, focused: bool, buf: &mut Buffer) {
    let around = 1 + PADDING;
    let area = Rect::new(inside.x - around, inside.y - 1, inside.width + 2 * around, inside.height + 2);
    let symbols = model.look.symbols;
    let style = if focused { model.look.theme.focused } else { model.look.theme.plain };
    let mut block =
        Block::bordered().border_set(symbols.border).merge_borders(symbols.merge).border_style(model.look.theme.border);
    let room = usize::from(inside.width).saturating_sub(2 + text::width(right));
    if !title.is_empty() && room > 2 {
        let title = text::cut(title, room - 2, symbols.more);
        block = block.title_top(Line::styled(format!(" {title} "), style));
    }
    if !right.is_empty() {
        block = block.title_top(Line::styled(right.to_owned(), model.look.theme.unread).right_aligned());
    }
    block.render(area, buf);
}

/// Title and hint where there are no boxes to carry them.
fn bare(model: &Model, layout: &Layout, buf: &mut Buffer) {
    if let Some(area) = layout.title {
        let title = match model.focus {
            Focus::Roster => roster::title(model),
            Focus::Transfers => transfers::title(model),
            Focus::Composer if model.finder.is_some() => composer::title(model),
            Focus::Composer | Focus::Messages | Focus::Offers => {
                let where_it_is = format!("{} {}", chat::title(model), chat::position(model));
                match composer::title(model) {
                    writing if writing.is_empty() => where_it_is,
                    writing => format!("{writing} {} {where_it_is}", model.look.symbols.between),
                }
            }
        };
        let width = usize::from(area.width);
        let title = text::pad(&title, width, model.look.symbols.more);
        buf.set_stringn(area.x, area.y, title, width, model.look.theme.selected);
    }
    let width = usize::from(layout.hint.width);
    buf.set_line(layout.hint.x, layout.hint.y, &hint::line(model, width), layout.hint.width);
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;
    use crate::client::clock;
    use crate::store::config::Palette;
    use crate::tui::layers::Layer;
    use crate::tui::{Appearance, Colours};

    #[test]
    fn a_background_that_is_painted_is_everywhere() {
        let palette = Palette::load("high-contrast", None).unwrap();
        let appearance = Appearance { palette, colours: Colours::True, ..Appearance::default() };
        for (width, height) in [(80, 24), (40, 12), (200, 50), (10, 3)] {
            let mut model = Model::new(appearance.clone(), (width, height), clock::now()).unwrap();
            for layer in [None, Some(Layer::help()), Some(Layer::first_steps())] {
                model.layers = layer.into_iter().collect();
                let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
                draw(&model, &mut buf);
                assert!(buf.content.iter().all(|cell| cell.bg != Color::Reset && cell.fg != Color::Reset));
            }
        }
    }
}
