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

/// Draws lines one below the other, as many as there is room for.
pub(crate) fn draw_lines<'a>(lines: impl IntoIterator<Item = Line<'a>>, area: Rect, buf: &mut Buffer) {
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        buf.set_line(area.x, y, &line, area.width);
    }
}
