//! What dialogs with a list have in common: where the keys take the selection, and rows of which one is selected: by its
//! style, and by a mark, for there are terminals without styles.

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

/// What the mark takes, with the space behind it.
const MARK: usize = 2;

/// How wide rows are behind the mark.
pub(crate) fn width(model: &Model) -> usize {
    super::width(model).saturating_sub(MARK).max(1)
}

/// A row of a list, as wide as the dialog.
pub(crate) fn row(model: &Model, shown: &str, is_selected: bool) -> Line<'static> {
    let line = Line::from(plain(text::pad(shown, width(model), model.look.symbols.more), model.look.theme.plain));
    marked(model, line, is_selected)
}

/// The first row of something in a list, with its mark if that is selected.
pub(crate) fn marked(model: &Model, line: Line<'static>, is_selected: bool) -> Line<'static> {
    let (theme, mark) = (&model.look.theme, if is_selected { model.look.symbols.marker } else { " " });
    let line = behind(model, line, format!("{mark} "));
    if is_selected { line.patch_style(theme.selected) } else { line }
}

/// A further row of it.
pub(crate) fn below(model: &Model, line: Line<'static>) -> Line<'static> {
    behind(model, line, " ".repeat(MARK))
}

fn behind(model: &Model, mut line: Line<'static>, mark: String) -> Line<'static> {
    line.spans.insert(0, plain(mark, model.look.theme.plain));
    line
}
