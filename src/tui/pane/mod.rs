//! The panes: each draws its part of the model, and owns its scroll and selection.

pub(crate) mod chat;
pub(crate) mod composer;
pub(crate) mod hint;
pub(crate) mod home;
pub(crate) mod message;
pub(crate) mod offers;
pub(crate) mod roster;
pub(crate) mod status;
pub(crate) mod transfers;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::model::Model;

/// Draws lines one below the other, as many as there is room for.
pub(crate) fn draw_lines<'a>(lines: impl IntoIterator<Item = Line<'a>>, area: Rect, buf: &mut Buffer) {
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        buf.set_line(area.x, y, &line, area.width);
    }
}

/// Marks a row of a pane as the selected one, as lists in dialogs do: there are terminals without styles. The mark stands
/// beside what is written; where there is no room beside it, in the second column, which has to be free. Who listens hears
/// the selected row alone, without a mark.
pub(crate) fn mark(model: &Model, area: Rect, row: usize, buf: &mut Buffer) {
    let x = area.x.checked_sub(1).unwrap_or(area.x + 1);
    let y = u16::try_from(row).ok().and_then(|row| area.y.checked_add(row)).filter(|y| *y < area.bottom());
    let marker = model.look.symbols.marker;
    if let Some(y) = y.filter(|_| marker != " ") {
        buf.set_string(x, y, marker, model.look.theme.focused);
    }
}
