//! What dialogs with a list have in common: where the keys take the selection, and rows of which one is selected.

use ratatui::text::Line;

use crate::tui::keymap::Action;
use crate::tui::model::Model;
use crate::tui::widget::line::plain;
use crate::tui::widget::text;

/// Which row is selected after a key, in a list with that many rows a page; none if the key moves nothing. It may lie
/// behind the last row: lists differ in what their end means.
pub(crate) fn moved(selected: usize, action: Action, page: usize) -> Option<usize> {
    if action == Action::Up {
        Some(selected.saturating_sub(1))
    } else if matches!(action, Action::Down | Action::NextField) {
        Some(selected + 1)
    } else if action == Action::ScrollUp {
        Some(selected.saturating_sub(page))
    } else if action == Action::ScrollDown {
        Some(selected + page)
    } else if action == Action::First {
        Some(0)
    } else if action == Action::Last {
        Some(usize::MAX)
    } else {
        None
    }
}

/// A row of a list, as wide as the dialog.
pub(crate) fn row(model: &Model, shown: &str, is_selected: bool) -> Line<'static> {
    let theme = &model.look.theme;
    let style = if is_selected { theme.selected } else { theme.plain };
    Line::from(plain(text::pad(shown, super::width(model), model.look.symbols.more), style))
}
