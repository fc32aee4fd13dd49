//! Dialogs: each has its state, its keys, and what it looks like as a [`Drawing`].

pub(crate) mod block;
pub(crate) mod blocked;
pub(crate) mod chooser;
pub(crate) mod confirm;
pub(crate) mod console;
pub(crate) mod contact;
pub(crate) mod doctor;
pub(crate) mod files;
pub(crate) mod found;
pub(crate) mod help;
pub(crate) mod journal;
pub(crate) mod links;
pub(super) mod list;
pub(crate) mod message;
pub(crate) mod offer;
pub(crate) mod person;
pub(crate) mod reactions;
pub(crate) mod settings;
pub(crate) mod setup;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Widget};

use super::keymap::{Action, Context};
use super::model::Model;
use super::widget::line::plain;
use super::widget::text;

/// Wide enough to read, not so wide that lines get lost.
const WIDEST: u16 = 84;

/// What a dialog looks like: lines in a box in the middle of the screen, on a small one all over it.
pub(crate) struct Drawing {
    pub(crate) title: String,
    pub(crate) lines: Vec<Line<'static>>,
    /// Which line is the first visible one, if not all fit.
    pub(crate) scroll: usize,
    /// Line and column of the cursor.
    pub(crate) cursor: Option<(usize, usize)>,
    /// The keys that go on from here and what they do, for the lower border.
    pub(crate) keys: Vec<Hint>,
}

/// A key and the word for what it does.
pub(crate) type Hint = (Context, Action, &'static str);

/// The key that closes whatever dialog it is.
pub(crate) const fn dismiss(word: &'static str) -> Hint {
    (Context::Dialog, Action::Dismiss, word)
}

/// The key that agrees to whatever dialog it is.
pub(crate) const fn confirm(word: &'static str) -> Hint {
    (Context::Dialog, Action::Confirm, word)
}

/// How wide the inside of a dialog is.
pub(crate) fn width(model: &Model) -> usize {
    usize::from(model.size.width.saturating_sub(4).clamp(1, WIDEST))
}

/// How many lines a dialog shows at most.
pub(crate) fn height(model: &Model) -> usize {
    usize::from(model.size.height.saturating_sub(2).max(1))
}

/// The furthest that so many lines can be scrolled.
pub(crate) fn last_scroll(model: &Model, lines: usize) -> usize {
    lines.saturating_sub(height(model))
}

/// Where a key takes a page of so many lines that was scrolled so far; none if it scrolls nothing.
pub(crate) fn scrolled(model: &Model, scroll: usize, lines: usize, action: Action) -> Option<usize> {
    let last = last_scroll(model, lines);
    let page = height(model).saturating_sub(1).max(1);
    list::moved(scroll.min(last), action, page).map(|there| there.min(last))
}

/// The key that shows what is below, if something is.
pub(crate) fn more(model: &Model, lines: usize, scroll: usize) -> Option<Hint> {
    (last_scroll(model, lines) > scroll).then_some((Context::Dialog, Action::ScrollDown, "more"))
}

/// What is known of something, wrapped in a column beside its name.
fn field(model: &Model, column: usize, (name, value): (&str, &str), lines: &mut Vec<Line<'static>>) {
    let room = width(model).saturating_sub(column).max(4);
    let pieces = text::visible_lines(value).flat_map(|line| text::wrap(&line, room));
    for (index, piece) in pieces.enumerate() {
        let head = if index == 0 { name } else { "" };
        let head = plain(text::pad(head, column, ""), model.look.theme.dim);
        lines.push(Line::from(vec![head, plain(piece, model.look.theme.plain)]));
    }
}

impl Drawing {
    pub(crate) fn draw(self, model: &Model, buf: &mut Buffer) -> Option<Position> {
        let screen = Rect::new(0, 0, model.size.width, model.size.height);
        let inner_width = u16::try_from(width(model)).unwrap_or(WIDEST);
        let shown = self.lines.len().min(height(model));
        let outer = (inner_width + 4, u16::try_from(shown).unwrap_or(u16::MAX).saturating_add(2));
        let area = Rect::new(
            screen.width.saturating_sub(outer.0) / 2,
            screen.height.saturating_sub(outer.1) / 2,
            outer.0.min(screen.width),
            outer.1.min(screen.height),
        );
        clear(area, buf);
        buf.set_style(area, model.look.theme.ground);
        self.border(model, area, buf);
        let inside = Rect::new(area.x + 2, area.y + 1, area.width.saturating_sub(4), area.height.saturating_sub(2));
        let scroll = self.scroll.min(last_scroll(model, self.lines.len()));
        super::pane::draw_lines(self.lines.into_iter().skip(scroll), inside, buf);
        let (row, column) = self.cursor?;
        let y = inside.y + u16::try_from(row.checked_sub(scroll)?).ok()?;
        let x = inside.x + u16::try_from(column).ok()?;
        Some(Position::new(x, y)).filter(|at| inside.contains(*at))
    }

    fn border(&self, model: &Model, area: Rect, buf: &mut Buffer) {
        let room = usize::from(area.width.saturating_sub(4));
        let more = model.look.symbols.more;
        let title = text::cut(&self.title, room, more);
        let named = self.keys.iter().filter_map(|&(context, action, word)| {
            model.keymap.key(context, action).map(|key| format!("{key} {word}"))
        });
        let keys = named.collect::<Vec<_>>().join(&format!(" {} ", model.look.symbols.between));
        let keys = text::cut(&keys, room, more);
        let theme = &model.look.theme;
        Block::bordered()
            .border_set(model.look.symbols.border)
            .border_style(theme.focused)
            .title_top(Line::styled(format!(" {title} "), theme.strong))
            .title_bottom(Line::styled(format!(" {keys} "), theme.key))
            .render(area, buf);
    }
}

/// Empties an area, and what a wide character that it cuts through would leave outside of it.
fn clear(area: Rect, buf: &mut Buffer) {
    for y in area.y..area.bottom() {
        if let Some(before) = area.x.checked_sub(1)
            && let Some(cell) = buf.cell_mut((before, y)).filter(|cell| text::width(cell.symbol()) > 1)
        {
            cell.set_symbol(" ");
        }
    }
    Clear.render(area, buf);
}
