//! Where messages are written: it grows with what is written, and scrolls so that the cursor stays in view.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::tui::dialog::found;
use crate::tui::keymap::{Action, Context};
use crate::tui::layout::Layout;
use crate::tui::model::conversation::About;
use crate::tui::model::finder::Finder;
use crate::tui::model::message::Message;
use crate::tui::model::{Focus, Model, Page};
use crate::tui::widget::editor::{Drawn, Editor, Mode};
use crate::tui::widget::text;

/// A bar and a space before the text.
const PROMPT: u16 = 2;

/// Enough of a message to know it again.
const QUOTED: usize = 32;

/// How many rows it would like.
pub(crate) fn height(model: &Model, width: u16) -> u16 {
    u16::try_from(drawn(model, width).rows.len()).unwrap_or(u16::MAX)
}

fn drawn(model: &Model, width: u16) -> Drawn {
    field(model).drawn(room(width))
}

/// What is being written there: a message, or what is searched for.
pub(crate) fn field(model: &Model) -> &Editor {
    model.finder.as_ref().map_or(&model.current().draft, |finder| &finder.field)
}

/// How many cells a row has for text.
fn room(width: u16) -> usize {
    usize::from(width.saturating_sub(PROMPT))
}

/// How wide what is being written is drawn.
pub(crate) fn text_width(model: &Model) -> usize {
    Layout::of(model).composer.map_or(usize::MAX, |area| room(area.width))
}

/// Whether vi's letters command.
fn is_normal(model: &Model) -> bool {
    model.input.vi.as_ref().is_some_and(|vi| vi.mode() == Mode::Normal)
}

/// The search through what was typed before, while it lasts.
pub(crate) fn title(model: &Model) -> String {
    if let Some(finder) = &model.finder {
        return format!("search this conversation{}", finder_says(model, finder));
    }
    match &model.input.search {
        Some(search) => {
            let nothing = if model.input.finds_nothing() {
                format!(" {} nothing found", model.look.symbols.between)
            } else {
                String::new()
            };
            format!("search what you typed: {}{nothing}", text::visible(&search.query))
        }
        None if is_normal(model) => "normal mode".to_owned(),
        None => about(model),
    }
}

/// Which of what was found is shown, or why nothing is.
fn finder_says(model: &Model, finder: &Finder) -> String {
    let symbols = model.look.symbols;
    let says = match (&finder.wrong, &finder.search) {
        (Some(wrong), _) => wrong.clone(),
        (None, None) => return String::new(),
        (None, Some(search)) => match (search.hits.len(), search.fault()) {
            (_, Some(why)) => why.to_owned(),
            (0, None) if search.is_asked() => symbols.waiting.to_owned(),
            (0, None) => found::nothing(model, search),
            (many, None) => format!("{} of {many}{}", finder.at + 1, if search.is_open() { "+" } else { "" }),
        },
    };
    format!(" {} {}", symbols.between, text::visible(&says))
}

/// Whether what is said here goes out at once.
fn is_heard(model: &Model) -> bool {
    match &model.page {
        Page::With(id) => model.is_online(id.account),
        Page::Home => true,
    }
}

/// Which earlier message it is about, and how it ceases to be.
fn about(model: &Model) -> String {
    let (does, body) = match &model.current().about {
        None if model.current().is_restored => return restored(model),
        None => return String::new(),
        Some(About::Answer(quoted)) => ("answering", quoted.body.clone()),
        Some(About::Correction { id, .. }) => {
            let corrected = model.current().called(id);
            let does = match corrected.is_some_and(Message::did_fail) {
                true => "sending anew",
                false if is_heard(model) => "correcting",
                false => "correcting once you are online",
            };
            (does, corrected.and_then(|message| message.line.body.clone()).unwrap_or_default())
        }
    };
    let first = text::cut(
        &text::visible(&text::said(body.lines().next().unwrap_or_default())),
        QUOTED,
        model.look.symbols.more,
    );
    let key = model.keymap.key(Context::Dialog, Action::Dismiss).unwrap_or_default();
    format!("{does}: {first} {} {key} drops that", model.look.symbols.between)
}

/// That it was written in an earlier run, so that nobody writes on behind it unawares.
fn restored(model: &Model) -> String {
    let key = model.keymap.key(Context::Everywhere, Action::Interrupt).unwrap_or_default();
    format!("begun earlier {} {key} drops it", model.look.symbols.between)
}

/// Draws it; says where the cursor is, if keys go there.
pub(crate) fn draw(model: &Model, area: Rect, buf: &mut Buffer) -> Option<Position> {
    let drawn = drawn(model, area.width);
    let height = usize::from(area.height);
    let top = (drawn.cursor.0 + 1).saturating_sub(height);
    let theme = &model.look.theme;
    for (y, line) in (area.y..area.bottom()).zip(drawn.rows.iter().skip(top)) {
        buf.set_stringn(area.x, y, model.look.symbols.prompt, 1, theme.focused);
        buf.set_stringn(area.x + PROMPT, y, line, usize::from(area.width.saturating_sub(PROMPT)), theme.plain);
    }
    let x = area.x + PROMPT + u16::try_from(drawn.cursor.1).unwrap_or(0);
    let y = area.y + u16::try_from(drawn.cursor.0 - top).unwrap_or(0);
    (model.focus == Focus::Composer).then(|| Position::new(x.min(area.right().saturating_sub(1)), y))
}
